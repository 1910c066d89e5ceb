"""The status page in a real browser: it moves, lists and finds, shows names
only as text, and says what is wrong."""
import pytest

from barrier import Barrier
from harness import Httpd, wait_until
from status_page import CONFIG, Status, answer_with
from webdriver import ENTER, ESCAPE, RIGHT, TAB

WIDER = '''
const width = document.documentElement.clientWidth;
return Array.from(document.querySelectorAll('body *')).filter((element) => {
    const { left, right, width: own } = element.getBoundingClientRect();
    return own > 1 && (right > width + 1 || left < -1)
        && !element.closest('.unseen, thead, svg');
}).map((element) => `${element.tagName} ${element.textContent.slice(0, 30)}`);
'''
HOSTILE = ['<img src=x onerror=alert(1)>', '"><script>alert(2)</script>']

@pytest.fixture(scope='module')
def site():
    with Httpd(config=CONFIG) as running:
        yield running


@pytest.fixture
def browser(engines, driver):
    yield engines.reader(driver.engine, 'status')


@pytest.fixture
def barrier(browser, site):
    """What is between the page and the site."""
    with Barrier(site.address()) as running:
        yield running
        browser.open('about:blank')
        browser.log()


@pytest.fixture
def status(browser, site):
    shown = Status(browser, site.host())
    yield shown
    browser.resize(1280, 800)
    assert shown.complaints() == []
    browser.open('about:blank')
    site.check_log()


@pytest.mark.engines(long=True)
def test_moves(status, site):
    """Figures come by themselves, and charts are of what happens."""
    with site.ws('/chat/moves') as ann:
        ann.recv_event('hello')
        status.open()
        wait_until(lambda: status.browser.texts('#verdict')[0], 30, 'a verdict')
        assert status.script('return document.title') == 'Chat status'
        assert 'mod_chatws ' in status.browser.texts('#about')[0]

        def happens():
            ann.say('hello')
            _, says, line = status.chart('messages')
            return line.count('L') >= 3 and 'highest 0 ' not in says
        wait_until(happens, 60, 'a chart of messages')
        shown, says, _ = status.chart('open')
        assert says.startswith(f'Open connections: {shown}, highest ')
        assert int(shown) >= 1


def test_rooms_and_people(status, site):
    """Who is in a room is below it, and goes with them."""
    with site.ws('/chat/garden') as ann:
        name = ann.recv_event('hello')['you']['name']
        status.open()
        status.focus('.room-name', '/chat/garden')
        status.press(ENTER)
        wait_until(lambda: status.browser.count('.chip'), 30, 'a member')
        assert name in status.browser.texts('.chip')[0]
        status.focus('[role="tab"]', 'Rooms')
        status.press(RIGHT)
        assert status.focused().startswith('Connections')
        status.wait_row(name)
        row = next(row for row in status.rows() if name in row)
        assert '/chat/garden' in row and 'WebSocket' in row
    status.wait_no_row(name)


def test_search(status, site):
    """"/" goes there; what is found is of that word; Escape shows all."""
    for room in ('tea', 'tools'):
        site.post(f'/chat/{room}', 'hello', 'text/plain')
    status.open()
    status.wait_row('/chat/tools')
    status.press('/')
    status.press(*'tea')
    status.wait_no_row('/chat/tools')
    assert len(status.rows()) == 1 and '/chat/tea' in status.rows()[0]
    status.open()
    status.wait_row('/chat/tea')
    status.press('/', ESCAPE)
    status.wait_row('/chat/tools')
    status.find('nobody is called so')
    wait_until(lambda: 'nobody is called so' in status.note(), 30, 'nothing')


def test_connections_of_a_room(status, site):
    """From its menu: those, and no others."""
    well = '/chat/' + 'well' * 20
    with site.ws(well) as ann, site.ws(well + '/two') as bob:
        names = [one.recv_event('hello')['you']['name'] for one in (ann, bob)]
        status.open()
        status.focus(f'.acts button[aria-label$="{well}"]', well)
        status.choose('Find the connections')
        status.wait_row(names[0])
        assert len(status.rows()) == 1 and names[1] not in status.rows()[0]
        status.find(well)
        for name in names:
            status.wait_row(name)


def test_hostile_names(status, site):
    """What people call themselves is text."""
    guests = [site.ws('/chat/hostile') for _ in HOSTILE]
    for guest, name in zip(guests, HOSTILE):
        guest.recv_event('hello')
        guest.send_json(type='name', name=name)
        guest.recv_event('you', timeout=20)
    status.open('/chat-status#list=connections')
    for name in HOSTILE:
        status.wait_row(name)
    assert status.browser.count('#list img, #list script') == 0
    for guest in guests:
        guest.close()


def test_figures_only(status):
    """Without ChatModerators: no list, and what to add."""
    status.open('/figures')
    wait_until(lambda: not status.script(
        "return document.getElementById('limited').hidden"), 30, 'limited')
    assert 'ChatModerators' in status.browser.text('#limited-why')
    assert 'ChatModerators valid-user' in status.browser.text('#limited-lines')
    assert status.script("return document.getElementById('lists').hidden")
    assert status.chart('open')[0] != ''


def test_login(status):
    """Who is only let in without a name finds the way to log in, by keys."""
    status.open('/guests')
    wait_until(lambda: status.browser.count('#login:not([hidden])'), 30,
               'a link')
    assert 'ChatModerators' in status.browser.text('#limited-why')
    assert not status.browser.count('#limited-lines:not([hidden])')
    status.script('document.activeElement?.blur()')
    status.go(TAB, 'Log in')
    status.press(ENTER)
    wait_until(lambda: status.browser.url.endswith('/guests?login'), 30,
               'the question for a password')
    wait_until(lambda: '401' in str(status.browser.log()), 30, 'its answer')
    status.open('/figures')
    wait_until(lambda: status.browser.count('#limited:not([hidden])'), 30,
               'the reason')
    assert not status.browser.count('#login:not([hidden])')


def test_without_scripts(status):
    status.browser.set_scripts(False)
    try:
        status.open(live=False)
        status.browser.click('#counters summary')
        assert 'messages_total' in status.browser.text('#counters table')
    finally:
        status.browser.set_scripts(True)


@pytest.mark.parametrize('tab, width', [
    ('rooms', 320), ('connections', 320), ('connections', 768),
    ('connections', 1040)])
def test_narrow(status, site, tab, width):
    status.browser.resize(width, 640)
    with site.ws('/chat/' + 'long' * 30) as ann:
        ann.recv_event('hello')
        status.open(f'/chat-status#list={tab}')
        status.wait_row('longlong')
        assert status.script(WIDER) == []


def test_busy(browser, site, barrier):
    """What is shown stays, and comes again by itself."""
    site.post('/chat/busy', 'hello', 'text/plain')
    status = Status(browser, barrier.host()).open()
    status.wait_row('/chat/busy')
    barrier.rules['poll'] = 'busy'
    wait_until(lambda: browser.count('#list.busy'), 30, 'busy')
    assert any('/chat/busy' in row for row in status.rows())
    assert 'again' in status.note() and status.live() == 'live'
    barrier.rules.clear()
    wait_until(lambda: not browser.count('#list.busy'), 30, 'again')
    status.wait_row('/chat/busy')


def test_of_no_known_room(browser, barrier):
    """Whose room has been given away since: to lift that is no click, as it
    would be lifted on all sites."""
    status = Status(browser, barrier.host())
    barrier.rules['poll'] = answer_with(
        you=None, token='0' * 32, sanction_total=1, sanction_list=[
            {'kind': 'ban', 'user': {'id': 'u-eve', 'name': 'eve'}}])
    status.open('/chat-status#list=sanctions')
    status.wait_row('eve')
    (row,) = status.rows()
    assert row.split('|')[2] == '–', row
    assert browser.count('#list .acts button') == 1
    assert browser.script(
        "return document.querySelector('#list .acts button').offsetParent"
    ) is None


def test_not_allowed_any_more(browser, site):
    """The page that may not be seen any more says so, and asks no more."""
    status = Status(browser, site.host()).open()
    status.script("document.cookie = 'staff=1; path=/'")
    status.open('/mine')
    status.script("document.cookie = 'staff=; path=/; max-age=0'")
    status.wait_live('denied')
    assert 'log in again' in browser.text('#notice')
    assert not browser.count('#live-part:not([hidden])')
    assert 'Load again' in browser.text('#reload')
    site.allow('AH01630')


def test_lost_and_back(browser, barrier):
    """A server that is gone is no flat line, and is found when it is back."""
    status = Status(browser, barrier.host()).open()
    wait_until(lambda: status.chart('open')[2].count('L') > 1, 30, 'a line')
    barrier.rules['sse'] = 'refuse'
    barrier.cut('sse')
    status.wait_live('lost')
    assert 'Not live' in browser.text('#live')
    assert status.chart('open')[2].count('L') > 1
    barrier.rules.clear()
    status.wait_live('live')


def test_by_keys(status, site):
    """Every control is reached, and a row that is asked about stays."""
    site.post('/chat/keys', 'hello', 'text/plain')
    status.open()
    status.wait_row('/chat/keys')
    status.script('document.activeElement?.blur()')
    seen = []
    for _ in range(12):
        status.press(TAB)
        seen.append(status.focused())
    assert any('checks passed' in one or 'check passed' in one
               for one in seen), seen
    assert any(one.startswith('Rooms') for one in seen), seen
    assert any(one.startswith('Search') for one in seen), seen
    assert any(one.startswith('What to do about') for one in seen), seen
