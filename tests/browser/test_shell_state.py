"""What the reader is told of the connection, and when."""
import pytest
from harness import wait_until

TROUBLE = '''
const line = room.getElementById('trouble');
return line.hidden ? '' : room.getElementById('trouble-text').textContent;
'''


# What the reader sees of it, with the times at which that changes.
CHANGES = '''
window.changes = [];
window.lostAt = performance.now();
const now = () => [room.getElementById('state').textContent,
    room.getElementById('state').dataset.look,
    room.getElementById('trouble').hidden];
let before = String(now());
new MutationObserver(() => {
    if (String(now()) !== before) {
        before = String(now());
        changes.push([performance.now(), ...now()]);
    }
}).observe(room.getElementById('room'), { attributes: true, childList: true,
    characterData: true, subtree: true });
'''


def word(page):
    return page.browser.texts('#state')[0]


def trouble(page):
    return page.browser.script(TROUBLE)


def look(page):
    return page.browser.script("return room.getElementById('state')"
                               '.dataset.look')


def lose(page, retry=(100, 101)):
    """The connection ends with a bye; the next attempt is far away."""
    page.receive(type='bye', code=1012, retry=list(retry))
    page.browser.script("spy.detour = 'ws://127.0.0.1:9/';"
                        'spy.sockets.at(-1).close();')
    page.wait_state('waiting')


@pytest.mark.engines(long=True)
def test_a_restart_does_not_alarm(pages):
    ann, _ = pages
    top = "return room.getElementById('log').getBoundingClientRect().top"
    before = ann.browser.script(top)
    ann.browser.script(CHANGES)
    lose(ann)
    wait_until(lambda: word(ann) == 'The server restarts…', 10, 'the word')
    changes, lost = ann.browser.script('return [changes, lostAt]')
    at, *first = changes[0]
    assert first == ['The server restarts…', 'wait', False]
    assert at - lost > 2500
    wait_until(lambda: trouble(ann).startswith('Trying again in '), 5,
               'the countdown')
    first = int(trouble(ann).split()[3])
    assert 1 < first <= 101
    wait_until(lambda: int(trouble(ann).split()[3]) < first, 5, 'it counts')
    assert ann.browser.script(top) == before, 'nothing has moved'
    ann.browser.script("spy.detour = ''")
    ann.browser.click('#trouble-now')
    ann.wait_state('online')
    assert trouble(ann) == '' and word(ann) == 'Connected'
    assert look(ann) == 'good'
    assert ann.browser.script('return room.activeElement?.id') == 'log'


def test_a_lost_connection_is_told_at_once(pages):
    ann, _ = pages
    ann.browser.script('Math.random = () => 1')
    ann.cut()
    wait_until(lambda: word(ann) == 'Connection lost, trying again…', 20,
               'it is told')     # but for the moments of the attempts
    assert look(ann) == 'wait'
    wait_until(lambda: trouble(ann).startswith('Trying again in '), 20,
               'the countdown')
    ann.browser.script("spy.detour = ''")
    ann.browser.click('#trouble-now')
    ann.wait_state('online')
    assert trouble(ann) == ''


def test_a_blink_shows_no_line(pages):
    """Most interruptions are over before it would be read: here the clock
    stands still until then."""
    ann, _ = pages
    ann.browser.script(
        'window.shown = 0;'
        "new MutationObserver(() => { shown += room.getElementById('trouble')"
        '.hidden ? 0 : 1; })'
        ".observe(room.getElementById('trouble'), { attributes: true });"
        'Math.random = () => 0.1;'
        'const now = Date.now(); Date.now = () => now;'
        'spy.sockets.at(-1).close();')
    wait_until(lambda: len(ann.urls()) > 1, 10, 'a second socket')
    ann.wait_state('online')
    assert ann.browser.script('return shown') == 0


def test_an_offline_browser_is_not_connected(pages):
    """Unless it is: the server may be on the same machine."""
    ann, _ = pages
    ann.browser.script(
        "spy.detour = 'ws://127.0.0.1:9/';"
        "Object.defineProperty(navigator, 'onLine',"
        ' { configurable: true, get: () => false });'
        "dispatchEvent(new Event('offline'));")
    wait_until(lambda: word(ann) == 'You are offline', 20, 'it is told')
    assert look(ann) == 'wait'
    ann.browser.script("spy.detour = ''; dispatchEvent(new Event('online'));")
    ann.wait_state('online')
    wait_until(lambda: word(ann) == 'Connected', 20, 'it is told')
    assert look(ann) == 'good'
    ann.browser.script('delete navigator.onLine')


def test_the_countdown_is_not_read_aloud(pages):
    ann, _ = pages
    assert ann.browser.script(
        "return room.getElementById('trouble').closest('[aria-live],"
        " [role=status], [role=alert], [role=log]')") is None


def test_whoever_never_gets_in_can_find_out_why(pages, room):
    """A foreign site, or a proxy: the browser tells the page nothing."""
    ann, _ = pages
    link = ("const link = room.getElementById('trouble-check');"
            "return link.checkVisibility() ? link.href : '';")
    added = ann.browser.add_script(
        "spy.detour = 'ws://127.0.0.1:9/';"
        'window.ahead = 0; const now = Date.now();'
        'Date.now = () => now + window.ahead;')
    ann.browser.open(room)
    ann.browser.remove_script(added)
    ann.wait_state('waiting')
    assert ann.browser.script(link) == ''
    ann.browser.script('window.ahead = 11000')
    wait_until(lambda: ann.browser.script(link)
               == room.rsplit('/', 1)[0] + '/_chatws/check.html', 10, 'link')
    ann.browser.script("spy.detour = ''")
    ann.browser.click('#trouble-now')
    ann.wait_state('online')
    ann.browser.script('Math.random = () => 1')
    ann.cut()
    ann.browser.script('window.ahead += 11000')
    wait_until(lambda: trouble(ann), 5, 'the line')
    assert ann.browser.script(link) == ''
