"""A list of thousands of messages: it opens at once, shows all of them to whoever
scrolls up, and what is read stays where it is."""
import pytest
from harness import Httpd, wait_until
from log_page import CONFIG, FILES, LATE, Log, fill
from page import Page

COUNT = 5000
MORE = 1200             # than are built: enough for most of the tests
MOST = 500              # built at the same time
# From the first event of the server to the frame that shows the last message;
# how often the list was changed meanwhile, in how many frames.
WATCH = '''
window.watch = { changes: 0, frames: 0, first: 0, last: 0 };
{
    const Real = WebSocket;

    window.WebSocket = class extends Real {
        constructor(...options) {
            super(...options);
            this.addEventListener('message', () => {
                watch.first ||= performance.now();
            });
        }
    };
    const look = () => {
        const room = document.querySelector('chat-room')?.shadowRoot;
        const list = room?.getElementById('list');

        if (list && !watch.observer) {
            watch.observer = new MutationObserver(() => {
                watch.changes += 1;
            });
            watch.observer.observe(list, { childList: true });
        }
        watch.frames += watch.first > 0 && !watch.last;
        if (!watch.last && list?.lastElementChild?.querySelector('.text')
            .textContent === 'LAST') {
            watch.last = performance.now();
        }
        requestAnimationFrame(look);
    };
    look();
}
'''.replace('LAST', str(COUNT - 1))


@pytest.fixture(scope='module')
def long():
    """A server with rooms of a long history."""
    with Httpd(config=CONFIG, files=FILES) as running:
        fill(running, 'long', COUNT)
        fill(running, 'more', MORE)
        fill(running, 'part', 200)
        yield running
        running.check_log()


@pytest.fixture
def reader(engines, driver):
    page = engines.reader(driver.engine, 'first', Page)
    page.browser.resize(1280, 800)
    yield page
    page.browser.open('about:blank')


def enter(reader, long, path='/chat/long'):
    reader.enter(f'http://{long.host()}{path}')
    return Log(reader)


@pytest.mark.engines(long=True)
def test_five_thousand_messages_are_shown_at_once(reader, long, capsys):
    """The time is for people to read; what is asserted is what it is made
    of: a change a frame, and few elements."""
    browser = reader.browser
    added = browser.add_script(WATCH)
    try:
        log = enter(reader, long)
        log.wait_last(str(COUNT - 1))
    finally:
        browser.remove_script(added)
    wait_until(lambda: browser.script('return watch.last'), 10, 'a frame')
    watched = browser.script(
        'return { ...watch, observer: null,'
        " built: room.querySelectorAll('#list > *').length }")
    seconds = (watched['last'] - watched['first']) / 1000
    with capsys.disabled():
        print(f'\n  {browser.engine}: {COUNT} messages are shown in'
              f' {seconds:.2f} s, {watched["changes"]} changes in'
              f' {watched["frames"]} frames')
    assert watched['changes'] <= 2 * watched['frames'] + 5 * seconds + 5
    assert watched['changes'] < COUNT / 10
    assert watched['built'] < MOST
    assert log.distance() < 2


def test_hidden_messages_do_not_move_it_either(reader, long):
    """As those of somebody whom the reader ignores."""
    log = enter(reader, long, '/chat/more')
    log.wait_last(str(MORE - 1))
    reader.wait_settled()
    reader.browser.script('''
        const sheet = new CSSStyleSheet();
        const from = room.querySelector('#list .message').dataset.from;

        sheet.replaceSync(`[data-from="${from}"] { display: none; }`);
        room.adoptedStyleSheets.push(sheet);
        ''')
    log.wait_frames()       # it is shorter now, and still at its end
    moved, most = log.walk(600, 40)
    assert moved <= 1.5
    assert most < MOST
    assert int(log.texts()[0]) < MORE - 300


@pytest.mark.parametrize('steps', [0, 10])
def test_a_room_that_its_page_hides(reader, long, steps):
    """It is where it was when it is shown again, and at the end if it was."""
    log = enter(reader, long, '/chat/more')
    log.wait_last(str(MORE - 1))
    reader.wait_settled()
    log.walk(600, steps)
    text = log.texts()[len(log.texts()) // 2 if steps else -1]
    place, distance = log.place(text), log.distance()
    hide = "document.querySelector('chat-room').hidden = arguments[0]"
    for is_hidden in (True, False):
        reader.browser.script(hide, is_hidden)
        log.wait_frames()
    assert abs(log.place(text) - place) < 0.01
    assert abs(log.distance() - distance) < 2


def test_the_list_does_not_forget(reader, long):
    log = enter(reader, long, '/chat/more')
    log.wait_last(str(MORE - 1))
    reader.wait_settled()
    log.wait_first('0')
    texts = log.texts()
    assert texts == [str(number) for number in range(len(texts))]
    assert len(texts) < MOST
    reader.browser.click('#jump')
    log.wait_last(str(MORE - 1))
    assert log.distance() < 2


def test_older_ones_are_not_read_aloud(reader, long):
    log = enter(reader, long, '/chat/aloud')
    reader.wait_settled()
    for count in range(0, 150, 30):
        fill(long, 'aloud', count + 30, start=count)
        log.wait_last(str(count + 29))
    assert reader.browser.count('#list > [aria-live]') == 0
    log = enter(reader, long, '/chat/aloud')
    log.wait_last('149')
    reader.wait_settled()
    log.wait_first('0')
    quiet = reader.browser.texts('#list > [aria-live="off"] .text')
    assert '0' in quiet and '50' in quiet


@pytest.mark.engines(long=True)
def test_the_server_is_asked_for_more(reader, long):
    """The seams are not seen: it is the list of who has got everything."""
    look = ("return Array.from(room.querySelectorAll('#list > *'), (item) =>"
            " [item.className, item.textContent])")
    log = enter(reader, long, '/host-part.html?part&30')
    log.wait_last('199')
    assert len(log.texts()) == 30
    reader.wait_settled()
    log.wait_first('0')
    part = reader.browser.script(look)
    assert len(set(log.ids())) == len(log.ids()) == 200
    log = enter(reader, long, '/host-part.html?part&1000')
    log.wait_last('199')
    reader.wait_settled()
    log.wait_first('0')
    assert part == reader.browser.script(look)


# The server seems to be slow until release() is called.
HELD = '''
const { fetch } = window;
const held = new Promise((go) => { window.release = go; });

window.fetch = async (...given) => {
    await held;
    return fetch(...given);
};
'''
TO_TOP = '''
const log = room.getElementById('log');
const was = log.scrollTop;

log.scrollTop = 0;
return was;
'''
SECOND = '''
const { top } = Array.from(room.querySelectorAll('#list .message'))
    .find((item) => item.dataset.id === arguments[0]).getBoundingClientRect();
return top;
'''


def test_what_is_at_the_top_does_not_move(reader, long):
    """The first message that was there loses its name when those before it
    come: it is what becomes lower, upwards."""
    log = enter(reader, long, '/host-part.html?part&30')
    log.wait_last('199')
    reader.wait_settled()
    log.script(HELD)
    wait_until(lambda: log.script(TO_TOP) == 0, 10, 'the top')
    log.wait_frames()
    second = log.ids()[1]
    before = log.script(SECOND, second)
    log.script('release()')
    wait_until(lambda: log.ids()[1] != second, 20, 'older ones')
    log.wait_frames()
    assert abs(log.script(SECOND, second) - before) <= 1.5


# Also where there is too little to scroll.
REACH_UP = '''
room.getElementById('log').dispatchEvent(
    new WheelEvent('wheel', { deltaY: -1 }));
'''
OLDER = '''
window.asked = 0;
window.fetch = async () => {
    asked += 1;
    return new Response(JSON.stringify({ more: false, events: arguments[0] }));
};
'''


@pytest.mark.parametrize('days', [0, 1])
def test_days_and_heads_at_the_seam(reader, long, days):
    """The first message has a day's line and a name until what was in front
    of it is there."""
    log = enter(reader, long, '/host-part.html?part&1')
    log.wait_last('199')
    reader.wait_settled()
    assert reader.browser.count('#list .day') == 1
    assert reader.browser.count('#list .same') == 0
    first = log.ids()[0]
    person = reader.browser.script(
        "return room.querySelector('#list .message').dataset.from")
    name = reader.browser.texts('#list .name')[0]
    moment = int(first.split('-')[0]) - 1 - days * 24 * 3600 * 1000
    reader.browser.script(OLDER, [
        {'type': 'message', 'id': f'{moment}-0', 'text': 'older',
         'from': {'id': person, 'name': name, 'guest': True}}])
    reader.browser.script(REACH_UP)
    wait_until(lambda: log.texts() == ['older', '199'], 10, 'older')
    assert reader.browser.count('#list .day') == 1 + days
    assert reader.browser.count('#list .same') == 1 - days
    reader.browser.script(REACH_UP)
    assert reader.browser.script('return asked') == 1


def test_the_rest_is_asked_for_again_after_a_failure(reader, long):
    log = enter(reader, long, '/host-part.html?part&1')
    log.wait_last('199')
    reader.wait_settled()
    reader.browser.script(
        'window.real = fetch;'
        "window.fetch = () => Promise.reject(new TypeError('no network'));"
        + REACH_UP)
    reader.browser.script('window.fetch = real')
    log.wait_first('0')


@pytest.mark.parametrize('script', ['', LATE], ids=['at once', 'late'])
def test_much_was_missed(reader, long, script):
    """More than is built: the page begins at the first one."""
    name = f'missed-{len(script)}'
    enter(reader, long, f'/chat/{name}')
    reader.wait_settled()
    fill(long, name, 10)
    log = Log(reader)
    log.wait_last('9')
    wait_until(lambda: log.ids()[-1] in (reader.browser.script(
        "return localStorage.getItem('chatws.read')") or ''), 20, 'stored')
    reader.browser.open('about:blank')
    fill(long, name, 910, people=2, start=10)
    added = reader.browser.add_script(script)
    log = enter(reader, long, f'/chat/{name}')
    reader.browser.remove_script(added)
    wait_until(lambda: reader.browser.text('#jump') == '900 new messages', 10,
               'how many')
    assert reader.browser.count('#list .new') == 1
    wait_until(lambda: 0 <= log.place('10') < 0.3, 20, 'the first missed one')
    assert log.distance() > 1000
    reader.browser.click('#jump')
    log.wait_last('909')
    wait_until(lambda: log.distance() < 2, 20, 'the end')
    reader.browser.script('localStorage.clear()')
