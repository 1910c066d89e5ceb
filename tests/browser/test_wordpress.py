"""The plugin of contrib/wordpress in Debian's WordPress: who is logged in has
the name and the role of the site in the room, and is a guest again after the
logout. Needs packages that only the long check installs (bootstrap.sh)."""
import json
import urllib.parse

import pytest

from harness import wait_until
from page import Page
from webdriver import ENTER
from wordpress import PASSWORD, wordpress

NAMES = {'ann': 'Ann Owner', 'ben': 'Ben "B" & Zo\u00eb'}
SETTINGS = '/wp-admin/options-general.php?page=mod-chatws'
TOKEN = '/wp-admin/admin-ajax.php?action=mod_chatws_token'
# Who the room says that the reader is.
WHO = '''
const chat = document.querySelector('chat-room')?.chat;
return chat?.you && { ...chat.you, ...chat.rights };
'''
# How often the page has asked for a token.
ASKED = '''
return performance.getEntriesByType('resource')
    .filter((entry) => entry.name.includes('action=mod_chatws_token')).length;
'''


@pytest.fixture(scope='module')
def site():
    with wordpress() as running:
        ann = f'{{"key_file":"{running.root}/chat.key"}}'
        running.run("update_option( 'mod_chatws', json_decode( "
                    f"'{ann}', true ) );")
        yield running
        assert running.log() == []


@pytest.fixture
def visitor(driver):
    browser = driver.browser()
    yield browser
    browser.close()


def log_in(browser, site, name):
    browser.open(f'{site.url}/wp-login.php')
    wait_until(lambda: browser.count('#user_login'), 20, 'the login')
    browser.fill('#user_login', name)
    browser.fill('#user_pass', PASSWORD)
    browser.type('#user_pass', ENTER)
    wait_until(lambda: '/wp-admin/' in browser.url, 20, 'the dashboard')


def log_out(browser, site):
    """As the link in the bar on top does it, which has a nonce."""
    browser.open(f'{site.url}/shortcode/')
    link = browser.script("return document.querySelector("
                          "'#wp-admin-bar-logout a').href")
    browser.open(link)
    wait_until(lambda: 'loggedout' in browser.url, 20, 'the logout')


def who(browser):
    wait_until(lambda: browser.script(WHO), 20, 'the room')
    return browser.script(WHO)


@pytest.mark.parametrize('page', ['/shortcode/', '/block/'])
def test_a_visitor_is_a_guest(site, visitor, page):
    visitor.open(site.url + page)
    found = who(visitor)
    assert found['guest'] and not found['moderate']
    assert not visitor.count('#mod-chatws-token-js')
    assert visitor.script("return document.querySelector('chat-room')"
                          ".getAttribute('login')") == \
        f'{site.url}/wp-login.php?redirect_to=' + \
        urllib.parse.quote(site.url + page, safe='')


@pytest.mark.parametrize('page', ['/shortcode/', '/block/'])
@pytest.mark.parametrize('name', NAMES)
def test_a_user_has_a_name_and_a_role(site, visitor, name, page):
    log_in(visitor, site, name)
    visitor.open(site.url + page)
    found = who(visitor)
    assert found['name'] == NAMES[name] and not found.get('guest')
    assert found['id'] == {'ann': 'u-1', 'ben': 'u-2'}[name]
    assert found['moderate'] == (name == 'ann')
    assert found['speak']
    assert visitor.script(ASKED) == 1, 'the cookie alone said it'
    log_out(visitor, site)
    visitor.open(site.url + page)
    assert who(visitor)['guest']


def test_the_name_is_at_the_message(site, driver, visitor):
    reader = Page(driver.browser())
    reader.enter(f'{site.url}/shortcode/')
    log_in(visitor, site, 'ben')
    writer = Page(visitor)
    writer.enter(f'{site.url}/shortcode/')
    writer.say('from WordPress')
    wait_until(lambda: reader.messages(), 20, 'the message')
    assert reader.messages()[-1]['text'] == 'from WordPress'
    assert NAMES['ben'] in reader.messages()[-1]['name']
    reader.browser.close()


def test_the_rooms_own_page(site, visitor):
    """It is not WordPress': there the cookie says who comes, until the
    logout."""
    log_in(visitor, site, 'ann')
    visitor.open(f'{site.url}/chat/lobby')
    assert who(visitor)['name'] == NAMES['ann']
    assert 'chatws_token' not in visitor.script('return document.cookie'), \
        'a script can read it'
    log_out(visitor, site)
    visitor.open(f'{site.url}/chat/lobby')
    assert who(visitor)['guest']


def test_a_new_role_counts_from_the_next_token_on(site, visitor):
    log_in(visitor, site, 'ben')
    site.run("get_userdata( 2 )->set_role( 'editor' );")
    visitor.open(f'{site.url}/shortcode/')
    assert who(visitor)['moderate']
    site.run("get_userdata( 2 )->set_role( 'subscriber' );")
    visitor.open(f'{site.url}/chat/lobby')
    visitor.open(f'{site.url}/block/')
    assert not who(visitor)['moderate']


def test_settings(site, visitor):
    """What is saved is what is shown, and a key that cannot be used is told."""
    log_in(visitor, site, 'ann')
    visitor.open(site.url + SETTINGS)
    key = f'{site.root}/chat.key'

    def save(**fields):
        for name, value in fields.items():
            visitor.fill(f'#mod-chatws-{name}', value)
        visitor.script('window.isOld = true')
        visitor.click('#submit')
        wait_until(lambda: visitor.script(
            "return !window.isOld && document.readyState === 'complete' && "
            "document.querySelectorAll('.settings-error').length > 0"),
            20, 'saved')

    save(key_file='/no/such/file', rooms='lobby\n/team/\n_chatws/x\n\nlobby')
    assert visitor.count('.notice-error')
    assert visitor.script("return document.getElementById("
                          "'mod-chatws-rooms').value") == 'lobby\nteam'
    (site.root / 'htdocs' / 'key.txt').write_text('x' * 40)
    save(key_file=f'{site.root}/htdocs/key.txt')
    assert 'within the site' in visitor.text('.notice-error')
    save(key_file=key, prefix='chat/')
    assert not visitor.count('.notice-error')
    assert visitor.script("return document.getElementById("
                          "'mod-chatws-prefix').value") == '/chat'
    visitor.click('#mod-chatws-role-subscriber option[value=reader]')
    save(prefix='https://example.org/chat')
    assert visitor.script("return document.getElementById("
                          "'mod-chatws-prefix').value") == '/chat'
    log_out(visitor, site)
    log_in(visitor, site, 'ben')
    visitor.open(f'{site.url}/shortcode/')
    assert not who(visitor)['speak']
    site.run("$it = get_option( 'mod_chatws' ); $it['roles']['subscriber'] = "
             "''; update_option( 'mod_chatws', $it );")
    visitor.open(site.url + SETTINGS)
    assert 'not allowed' in visitor.script('return document.body.textContent')


def test_the_block_in_the_editor(site, visitor):
    log_in(visitor, site, 'ann')
    page = json.loads(site.server.get(
        '/wp-json/wp/v2/pages?slug=block').body)[0]
    visitor.open(f'{site.url}/wp-admin/post.php?post={page["id"]}&action=edit')
    wait_until(lambda: visitor.script(
        "return document.querySelector('.components-placeholder__instructions')"
        "?.textContent") == 'The room "lobby" is shown here.', 60, 'the block')
    assert not visitor.count('.block-editor-warning')


def test_a_token_is_for_its_asker_only(site, visitor):
    """For guests it is empty; no cache keeps it, and no other site reads it."""
    answer = site.server.get(TOKEN, [('Origin', 'https://other.example')])
    assert answer.status == 200 and answer.body == b''
    assert 'no-cache' in answer.header('cache-control')
    assert answer.header('access-control-allow-origin') is None
    log_in(visitor, site, 'ben')
    token = visitor.script(f"return fetch('{TOKEN}').then((a) => a.text())")
    assert len(token.split('.')) == 3


def test_uninstalled(site):
    """Last of all: nothing of it stays."""
    site.run("require_once ABSPATH . 'wp-admin/includes/plugin.php';"
             "require_once ABSPATH . 'wp-admin/includes/file.php';"
             "deactivate_plugins( 'mod-chatws/mod-chatws.php' );"
             "uninstall_plugin( 'mod-chatws/mod-chatws.php' );"
             "if ( false !== get_option( 'mod_chatws' ) ) { echo 'kept'; }")
    assert 'chat-room' not in site.server.get('/block/').body.decode()
