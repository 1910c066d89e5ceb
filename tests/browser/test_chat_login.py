"""One moderator in a room that is open to all: the plainest configuration, and
what a browser makes of ?login."""
import base64
import hashlib

import pytest

from harness import Httpd, wait_until
from page import Page

SECRET = base64.b64encode(hashlib.sha1(b'secret').digest()).decode()
CONFIG = '''
<Location "/chat">
    Chat rooms
    AuthType Basic
    AuthName "Chat"
    AuthUserFile "@ROOT@/htdocs/passwords"
    ChatModerators user ann
</Location>
'''


@pytest.fixture
def house():
    with Httpd(config=CONFIG,
               files={'passwords': f'ann:{{SHA}}{SECRET}\n'}) as running:
        yield running


# WebKit sends no password with a WebSocket, as docs/PEOPLE.md says.
@pytest.mark.engines('chromium', 'firefox', long=True)
def test_a_moderator_logs_in(driver, house):
    """Her browser is given the password as a reader types it; from then on it
    sends it along, with the WebSocket too. Others are asked nothing."""
    browser, other = driver.browser(), driver.browser()
    try:
        guest = Page(other).enter(f'http://{house.host()}/chat/lobby')
        page = Page(browser).enter(
            f'http://ann:secret@{house.host()}/chat/lobby?login')
        assert browser.script('return location.pathname + location.search') \
            == '/chat/lobby'
        page.say('good evening')
        guest.wait_texts('good evening')
        guest.say('hello')
        page.wait_texts('good evening', 'hello')
        said = house.get('/chat/lobby').json()['events']
        assert [event['from']['id'][:5] for event in said] == \
            ['u-ann', said[1]['from']['id'][:5]]
        assert said[0]['from']['moderator'] is True
        assert said[1]['from']['guest'] is True
        assert page.urls() and not page.complaints()
        # A reload needs no further password.
        page.enter(f'http://{house.host()}/chat/lobby')
        wait_until(lambda: page.texts() == ['good evening', 'hello'], 10,
                   'the same room')
        page.say('still here')
        last = house.get('/chat/lobby').json()['events'][-1]
        assert last['from']['id'] == 'u-ann'
    finally:
        browser.close()
        other.close()
