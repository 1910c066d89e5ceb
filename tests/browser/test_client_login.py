"""chatws.js where a room asks for a login: one quiet attempt, no dialog."""
import base64
import hashlib

import pytest

from client import FILES, Client
from harness import Httpd, wait_until

pytestmark = pytest.mark.engines(long=True)

SECRET = base64.b64encode(hashlib.sha1(b'secret').digest()).decode()
GUARD = '''
    AuthType Basic
    AuthName "chat"
    AuthUserFile "@ROOT@/htdocs/passwords"
    Require valid-user
'''
CONFIG = f'''
<Location "/chat">
    Chat rooms
</Location>
<Location "/basic">
    Chat rooms
    {GUARD}
</Location>
<Location "/inside.html">
    {GUARD}
</Location>
<Location "/form">
    Chat rooms
</Location>
'''
# Whoever has no session is led to a page, as PHP or mod_auth_form do it.
FORM = '''
RewriteEngine On
RewriteCond %{REQUEST_URI} ^/form/(?!_chatws)
RewriteCond %{HTTP_COOKIE} !session=1
RewriteRule ^ /client.html [R=302,L]
'''


@pytest.fixture
def house():
    """Each test's own: it counts the requests, whatever the engine."""
    files = {**FILES, 'inside.html': FILES['client.html'],
             'passwords': f'Ann:{{SHA}}{SECRET}\n'}
    with Httpd(config=CONFIG + FORM, files=files,
               modules=('rewrite',)) as running:
        yield running


@pytest.fixture
def visitor(driver, house):
    """A browser that has never been logged in."""
    browser = driver.browser()
    client = Client(browser, house.host())
    client.load()
    yield client
    browser.close()
    house.check_log()


def requests(house, path):
    return [entry for entry in house.access_entries()
            if entry['request'].split()[1].startswith(path)]


def test_password_is_not_asked_for(visitor, house):
    visitor.join('/basic/quiet')
    visitor.wait_state('closed')
    refusal = visitor.get('refusal')
    assert (refusal['code'], refusal['status'], refusal['login']) \
        == ('login_required', 401, True)
    assert visitor.states() == ['connecting', 'closed']
    assert not visitor.browser.has_dialog()
    wait_until(lambda: requests(house, '/basic/quiet'), 5, 'the log')
    assert len(requests(house, '/basic/quiet')) == 1
    # It tries once more when the page is looked at again.
    for count in (2, 3):
        visitor.show(False)
        visitor.show()
        wait_until(lambda: len(requests(house, '/basic/quiet')) == count, 5,
                   'another attempt')
        visitor.wait_state('closed')
    assert len(visitor.events('error')) == 3


def open_inside(client, path):
    """The browser is given the password, as a reader types it."""
    client.browser.open(f'http://Ann:secret@{client.host}{path}')


def test_page_that_is_logged_in(visitor, house):
    """Its browser sends the password along by itself."""
    open_inside(visitor, '/inside.html')
    wait_until(lambda: visitor.run('return Boolean(window.join)'), 10, 'page')
    visitor.join('/basic/room')
    visitor.wait_state('online')
    wait_until(lambda: visitor.get('you') is not None, 5, 'who it is')
    assert visitor.get('you')['id'] == 'u-Ann'
    visitor.call('send', 'from Ann')
    try:
        visitor.wait_texts('from Ann')
    except AssertionError:
        raise AssertionError((visitor.run('return told'), requests(house, '/basic/room')))


def test_login_in_another_tab(visitor, house):
    visitor.join('/basic/other')
    visitor.wait_state('closed')
    tab = visitor.tab().load()
    open_inside(tab, '/basic/other')
    visitor.wait_state('online', 20)
    assert visitor.get('you')['id'] == 'u-Ann'
    assert visitor.states()[:2] == ['connecting', 'closed']
    tab.close_tab()


def test_redirect_to_a_login(visitor, house):
    visitor.join('/form/room')
    visitor.wait_state('closed')
    refusal = visitor.get('refusal')
    assert (refusal['code'], refusal['status'], refusal['login']) \
        == ('login_required', 302, True)
    # Without credentials, and with them.
    wait_until(lambda: len(requests(house, '/form/room')) == 2, 5, 'the log')
    visitor.run("document.cookie = 'session=1'")
    visitor.show(False)
    visitor.show()
    visitor.wait_state('online')
    visitor.call('send', 'logged in')
    visitor.wait_texts('logged in')
