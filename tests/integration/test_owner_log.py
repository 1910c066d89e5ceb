"""What the owner of a site reads in the error log of a stock Debian."""
import re

from harness import Httpd, location
from harness.order import new, order, post, user
from harness.paths import SOURCE

MODERATED = location('/chat/team', 'ChatUser "%{HTTP:X-User}"',
                     'ChatModerators user ann')


def shipped():
    """conf/chatws.conf as it is, but for the module that is loaded."""
    text = (SOURCE / 'conf' / 'chatws.conf').read_text()
    return re.sub(r'^LoadModule .*\n', '', text, flags=re.M)


def acts(config):
    """What a ban leaves in the log."""
    with Httpd(debian=True, config='LogLevel warn\n' + config +
               MODERATED) as server:
        answer = post(server, new('/chat/team'), user('ann'), type='ban',
                      user='u-eve')
        assert answer.status == 204, answer
        return [line for line in server.log_lines() if 'CW0700' in line]


def test_what_moderators_do():
    assert len(acts(shipped())) == 1


def test_the_line_is_needed():
    """Else what the documents say of it would be wrong."""
    assert acts(shipped().replace('LogLevel chatws', '# LogLevel chatws')) == []
