"""A room that refuses, a reader who may not write, and the way to log in."""
import pytest
from harness import Httpd, wait_until
from test_element import SCRIPT

CONFIG = '''
<Location "/chat">
    Chat rooms
</Location>
<Location "/members">
    Chat rooms
    ChatGuests off
    ChatUser "%{reqenv:CHAT_USER}"
    SetEnvIf Cookie "login=(\\w+)" CHAT_USER=$1
</Location>
<Location "/read">
    Chat rooms
    ChatGuests readonly
    ChatUser "%{reqenv:CHAT_USER}"
    SetEnvIf Cookie "login=(\\w+)" CHAT_USER=$1
</Location>
<Location "/asks">
    Chat rooms
    ChatGuests readonly
    AuthType Basic
    AuthName "Team"
    AuthUserFile conf/none
</Location>
<LocationMatch "^/closed/[^/_]+$">
    Require all denied
</LocationMatch>
<Location "/closed">
    Chat rooms
</Location>
<Location "/basic">
    Chat rooms
    AuthType Basic
    AuthName "Team"
    AuthUserFile conf/none
    Require valid-user
</Location>
'''
GATE = '''
const shown = (id) => {
    const element = room.getElementById(id);
    return element?.checkVisibility() ? element.textContent : '';
};
return ['gate-text', 'gate-more', 'gate-login', 'gate-again', 'gate-check']
    .map(shown);
'''
FIELD = "return room.getElementById('composer').checkVisibility()"


@pytest.fixture(scope='module')
def guarded():
    with Httpd(config=CONFIG) as running:
        running.allow('AH01630')        # Require all denied
        yield running


@pytest.fixture
def page(guarded, people, request):
    """A function that opens a page with this room, and waits for a state."""
    ann = people[0]

    def show(path, state, attributes='', lang='en'):
        name = f'host-{abs(hash((path, attributes, lang)))}.html'
        guarded.write_files({
            name: f'<!doctype html>\n<html lang="{lang}">\n'
                  '<meta charset="utf-8">\n<title>Host</title>\n'
                  f'{SCRIPT}\n<h1>Host</h1>'
                  f'<chat-room id="box" src="{path}" {attributes}>'
                  '</chat-room>\n'})
        ann.browser.log()
        ann.browser.open(f'http://{guarded.host()}/{name}')
        ann.wait_state(state)
        return ann
    yield show
    ann.browser.script("document.cookie = 'login=; path=/; max-age=0'")
    complaints = [line for line in ann.complaints()
                  if '40' not in line and 'favicon' not in line]
    ann.browser.open('about:blank')
    assert complaints == []


def post(guarded, text):
    """The desk has news."""
    assert guarded.post('/read/a', text.encode(), 'text/plain', [
        ('Cookie', 'login=desk')]).status == 201


def gate(page):
    """What stands in place of the field: text, more, login, again, check."""
    return page.browser.script(GATE)


def link(page, name='login'):
    return page.browser.script(
        f"return room.getElementById('gate-{name}').href")


@pytest.mark.engines(long=True)
def test_a_room_for_members(page, guarded):
    ann = page('/members/a', 'closed')
    assert gate(ann) == ['Guests may not enter here: log in first.', '',
                         'Log in to take part', 'Try again', '']
    assert not ann.browser.script(FIELD)
    assert link(ann) == f'http://{guarded.host()}/members/a'
    assert ann.browser.script(
        "return room.getElementById('gate-login').target") == '_top'
    assert ann.browser.text('#alert') == ''


def test_the_reason_in_the_language_of_the_reader(page):
    ann = page('/members/a', 'closed', lang='zh')
    assert gate(ann) == ['该聊天室需要登录后才能进入。',
                         'Guests may not enter here: log in first.',
                         '登录后参与聊天', '重新连接', '']
    assert ann.browser.script(
        "return room.getElementById('gate-more').lang") == 'en'


def test_the_reader_comes_back_from_the_login(page):
    """One more attempt, and only if the reader went there."""
    ann = page('/members/a', 'closed')
    ann.browser.script(
        "document.cookie = 'login=ann; path=/';"
        "dispatchEvent(new Event('focus'));")
    assert ann.state() == 'closed'
    ann.browser.script(
        "const link = room.getElementById('gate-login');"
        "link.addEventListener('click', (event) => event.preventDefault());"
        'link.click();'
        "dispatchEvent(new Event('focus'));")
    ann.wait_state('online')
    assert ann.browser.script(FIELD) and gate(ann)[0] == ''
    ann.say('in')


def test_trying_again(page):
    ann = page('/members/a', 'closed')
    ann.browser.click('#gate-again')
    wait_until(lambda: ann.state() == 'closed'
               and len(ann.urls()) > 0, 10, 'refused again')
    ann.browser.script("document.cookie = 'login=ann; path=/'")
    ann.browser.click('#gate-again')
    ann.wait_state('online')
    assert ann.browser.script(FIELD)
    assert ann.browser.script('return room.activeElement?.id') == 'log'


def test_a_refusal_by_httpd(page):
    ann = page('/closed/a', 'closed')
    text, more, login, again, check = gate(ann)
    assert text and more == '' and again == 'Try again' and check == ''
    assert not ann.browser.script(FIELD)


@pytest.mark.engines('chromium', 'firefox', long=True)
def test_a_password_of_httpd(page, guarded):
    """No dialog of the browser over somebody else's page: a link."""
    ann = page('/basic/a', 'closed')
    assert not ann.browser.has_dialog()
    text, _, login, again, _ = gate(ann)
    assert [text, login, again] == [
        'This room is for people who have logged in.', 'Log in to take part',
        'Try again']
    assert link(ann) == f'http://{guarded.host()}/basic/a'


def test_a_login_of_the_site(page, guarded):
    ann = page('/members/a', 'closed', 'login="/wp-login.php"')
    assert link(ann) == f'http://{guarded.host()}/wp-login.php'


def test_whoever_only_reads(page, guarded):
    ann = page('/read/a', 'online', 'login="/login.php"')
    post(guarded, 'news')
    ann.wait_texts('news')
    wait_until(lambda: gate(ann)[0], 5, 'the gate')
    assert link(ann) == f'http://{guarded.host()}/login.php'
    assert gate(ann) == ['You may read here, but not write.', '',
                         'Log in to write', '', '']
    assert not ann.browser.script(FIELD)
    post(guarded, 'more news')
    ann.wait_texts('news', 'more news')
    ann.browser.script(
        "document.cookie = 'login=ann; path=/';"
        "const link = room.getElementById('gate-login');"
        "link.addEventListener('click', (event) => event.preventDefault());"
        'link.click();'
        "dispatchEvent(new Event('focus'));")
    wait_until(lambda: ann.state() == 'online' and ann.browser.script(FIELD),
               10, 'as a user')
    ann.say('as ann')


def test_a_reader_where_httpd_has_a_login(page, guarded):
    """The link leads to it, in a page of the site and on the room's own."""
    room = f'http://{guarded.host()}/asks/a'

    def check(shown):
        wait_until(lambda: gate(shown)[2], 5, 'the link')
        assert gate(shown) == ['You may read here, but not write.', '',
                               'Log in to write', '', '']
        assert link(shown) == f'{room}?login'

    ann = page('/asks/a', 'online')
    check(ann)
    check(ann.enter(room))


def test_a_reader_without_a_login(page):
    """As with tokens: a link to the room would lead nowhere."""
    ann = page('/read/b', 'online')
    wait_until(lambda: gate(ann)[0], 5, 'the gate')
    assert gate(ann) == ['Log in to write', '', '', '', '']


def test_the_own_page_of_a_room_to_read(guarded, people):
    """It cannot know where the site's login is."""
    ann = people[0].enter(f'http://{guarded.host()}/read/own')
    wait_until(lambda: gate(ann)[0], 5, 'the gate')
    assert gate(ann) == ['Log in to write', '', '', '', '']
    ann.wait_settled()
    assert ann.browser.text('#empty') == ''     # "Say hello!"
    ann.browser.open('about:blank')
    assert ann.complaints() == []


def test_where_the_wiring_is_wrong(page, guarded):
    """Whoever runs the site finds more on the page that tests it."""
    ann = page('/chat/a', 'online')
    sentence = ('The Host of this request is no name of this site: who runs '
                'it can name it with ServerAlias.')
    ann.browser.script(
        "const { chat } = document.getElementById('box');"
        'spy.detour = arguments[0];'
        'window.fetch = async () => new Response(JSON.stringify({'
        "    type: 'error', code: 'forbidden', text: arguments[1] }),"
        '    { status: 403 });'
        'spy.sockets.at(-1).close();', 'ws://127.0.0.1:9/', sentence)
    ann.wait_state('closed', 20)
    assert gate(ann) == [sentence, '', '', 'Try again', 'Test the connection']
    assert link(ann, 'check') \
        == f'http://{guarded.host()}/chat/_chatws/check.html'


def test_what_was_written_is_held(page, guarded):
    """Nothing is being sent for ever in a room that is closed."""
    ann = page('/chat/held', 'online')
    ann.cut()
    ann.write('to be kept')
    wait_until(lambda: ann.browser.texts('#pending .fate') == ['Sending…'],
               5, 'it waits')
    ann.browser.script(
        'window.realFetch = fetch;'
        'window.fetch = async () => new Response(JSON.stringify({'
        "    type: 'error', code: 'forbidden', text: 'No.' }),"
        '    { status: 403 });'
        "dispatchEvent(new Event('online'));")
    ann.wait_state('closed', 20)
    fate = 'Not sent · Try again · Remove'
    wait_until(lambda: ann.browser.texts('#pending .fate') == [fate], 5,
               'it is not being sent')
    ann.browser.script("window.fetch = realFetch; spy.detour = '';")
    ann.browser.click('#gate-again')
    ann.wait_state('online')
    assert ann.browser.text('#alert') == ''
    ann.browser.click('#pending .link')
    ann.wait_texts('to be kept')


def test_a_room_that_its_page_closed(page):
    ann = page('/chat/a', 'online')
    ann.browser.script("document.getElementById('box').chat.close()")
    ann.wait_state('closed')
    assert gate(ann) == ['Disconnected', '', '', 'Try again', '']
    ann.browser.click('#gate-again')
    ann.wait_state('online')
    assert ann.browser.script(FIELD)


def test_the_focus_is_not_lost(page):
    ann = page('/chat/a', 'online')
    ann.browser.click('#text')
    ann.receive(type='error', code='read_only', text='x', ref='typing')
    wait_until(lambda: ann.browser.script(
        'return room.activeElement?.id') == 'log', 5, 'focus on the log')
