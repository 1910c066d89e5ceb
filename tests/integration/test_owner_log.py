"""What the owner of a site reads in the error log of a stock Debian."""
import re

from harness import ONE_CHILD, Httpd, location, wait_until
from harness.moderator import new, order, post, user
from harness.paths import SOURCE
from harness.tokens import Keys, bearer

MODERATED = location('/chat/team', 'ChatUser "%{HTTP:X-User}"',
                     'ChatModerators user ann')


def shipped():
    """conf/chatws.conf as it is."""
    return (SOURCE / 'conf' / 'chatws.conf').read_text()


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


def test_two_mistakes_in_the_tokens(tmp_path):
    """Each is told, once a child; neither hides the other."""
    keys = Keys(tmp_path)
    wrong = {'it has no exp': keys.token({'exp': None}),
             'no key of ChatTokenKey has signed it (reload httpd after a '
             'change of a key)': keys.token(key=b'x' * 40)}
    with Httpd(sizes=ONE_CHILD, config='LogLevel warn\n' + location(
            '/chat', 'Chat rooms', f'ChatTokenKey "{keys.folder}/secret"',
            'ChatAddressRate off')) as server:
        server.allow('CW0644')
        for token in [*wrong.values()] * 3:
            assert server.get('/chat/a', bearer(token)).status == 401
        lines = [line for line in server.log_lines() if 'CW0644' in line]
    assert sorted(line.partition('token')[2].split(': ', 1)[1]
                  for line in lines) == sorted(wrong)


def test_somebody_who_has_left_has_a_name(tmp_path):
    """A token's user, "2" to the site, is called as the messages are."""
    keys = Keys(tmp_path)
    with Httpd(config='LogLevel warn chatws:notice\n' + location(
            '/chat', 'Chat rooms', f'ChatTokenKey "{keys.folder}/secret"',
            'ChatModerators user ann')) as server:
        ben = bearer(keys.token({'sub': '2', 'name': 'Ben'}))
        for text in (b'one', b'two'):
            assert server.post('/chat/a', text, 'text/plain',
                               ben).status == 201
        wait_until(lambda: server.get('/chat/a?members').json()['count'] == 0,
                   60, 'he has left')
        for whom in ('u-2', 'u-3'):
            assert post(server, '/chat/a', bearer(keys.token()), type='mute',
                        user=whom).status == 204
        lines = [line for line in server.log_lines() if 'CW0700' in line]
    assert 'mutes "u-2" called "Ben"' in lines[0]
    assert 'mutes "u-3" called "3"' in lines[1]
