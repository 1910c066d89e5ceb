"""The chat page when connections break."""
import socket
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from harness import at_most, deadline_after, wait_until

pytestmark = pytest.mark.engines(long=True)


def after(url):
    return parse_qs(urlsplit(url).query).get('after')


def test_children_of_the_server_are_killed(pages, server):
    ann, ben = pages
    ann.say('before')
    ben.wait_texts('before')
    server.allow('exit signal Killed')
    for pid in server.children():
        server.kill_child(pid)
    for page in pages:
        wait_until(lambda: len(page.urls()) > 1, 20, 'reconnect')
        page.wait_state('online', 30)
        assert after(page.urls()[0]) is None
        assert after(page.urls()[-1]) is not None
    ben.say('behind')
    ann.wait_texts('before', 'behind')
    ben.wait_texts('before', 'behind')
    assert ann.browser.count('#list .note') == 0


def test_written_without_connection(pages):
    ann, ben = pages
    ann.say('one')
    ann.cut()
    wait_until(lambda: 'Connection lost' in ann.browser.text('#state'), 10,
               'the reader is told')
    ann.write('two')
    ann.write('three')
    wait_until(lambda: ann.pending() == ['two', 'three'], 5, 'both wait')
    assert ann.sent('two') == 0
    ben.say('meanwhile')
    ann.mend()
    ann.wait_texts('one', 'meanwhile', 'two', 'three')
    ben.wait_texts('one', 'meanwhile', 'two', 'three')
    wait_until(lambda: ann.pending() == [], 5, 'nothing is pending')


def test_unconfirmed_message_is_sent_again_with_its_ref(pages):
    ann, ben = pages
    ann.browser.script('spy.sockets.at(-1).swallows = true')
    ann.write('lost on the way')
    wait_until(lambda: ann.sent('lost on the way') == 1, 5, 'first time')
    ann.cut()
    ann.mend()
    ann.wait_texts('lost on the way')
    ben.wait_texts('lost on the way')
    refs = {command['ref'] for command in ann.commands('message')}
    assert ann.sent('lost on the way') > 1 and len(refs) == 1
    wait_until(lambda: ann.pending() == [], 5, 'confirmed')
    for page in pages:
        assert page.texts() == ['lost on the way']


def test_stored_message_is_not_repeated(pages):
    """The server has it, but its answer was lost: one message, not two."""
    ann, ben = pages
    ann.browser.script(
        'spy.sockets.at(-1).send = function (data) {'
        '    spy.sent.push(JSON.parse(data));'
        '    Object.getPrototypeOf(WebSocket).prototype.send.call(this, data);'
        '    this.swallows = true;'
        '};')
    ann.write('once')
    ben.wait_texts('once')
    assert ann.pending() == ['once']
    ann.cut()
    ann.mend()
    ann.wait_texts('once')
    wait_until(lambda: ann.pending() == [], 10, 'confirmed')
    ben.say('only once')
    ann.wait_texts('once', 'only once')
    ben.wait_texts('once', 'only once')


def test_dead_connection_is_found_on_wake(pages):
    """It looks open, but nobody answers: replaced soon after a wake-up."""
    ann, ben = pages
    ann.browser.script(
        'hasty.push(3000);'
        'spy.sockets.at(-1).swallows = true;'
        'const now = Date.now;'
        'Date.now = () => now() + 60000;'
        "dispatchEvent(new Event('online'));")
    ben.say('who hears this?')
    wait_until(lambda: len(ann.urls()) > 1, 10, 'second socket')
    ann.wait_state('online')
    ann.wait_texts('who hears this?')


def test_living_connection_is_kept_on_wake(pages):
    ann, _ = pages
    ann.browser.script(
        'const now = Date.now;'
        'Date.now = () => now() + 60000;'
        "dispatchEvent(new Event('online'));")
    wait_until(lambda: ann.sent('') == 1, 5, 'probe')
    ann.say('alive')
    assert ann.browser.text('#alert') == ''
    assert len(ann.urls()) == 1 and ann.texts() == ['alive']


def test_restart_is_spread(pages):
    """After bye the page waits for a moment of the window it was given."""
    ann, _ = pages
    ann.browser.script(
        'window.delays = [];'
        'const real = setTimeout;'
        'Math.random = () => 0.5;'
        'window.setTimeout = (act, delay) => {'
        '    delays.push(delay);'
        '    return real(act, delay);'
        '};')
    ann.receive(type='bye', code=1012, retry=[0.5, 1.2])
    ann.browser.script('spy.sockets.at(-1).close()')
    wait_until(lambda: len(ann.urls()) > 1, 10, 'second socket')
    ann.wait_state('online')
    assert 850 in map(round, ann.browser.script('return delays'))


# WebKitWebDriver itself waits by the timers of the page.
@pytest.mark.engines('chromium', 'firefox', long=True)
def test_attempts_become_rare(pages):
    """Exponential, at most every 30 s; the jitter is taken out here."""
    ann, _ = pages
    ann.browser.script(
        'window.delays = [];'
        'const real = setTimeout;'
        'Math.random = () => 1;'
        'window.setTimeout = (act, delay) => {'
        "    if ([2200, 3000, 5000, 10000].includes(delay)"
        "        || new Error().stack.includes('element/state.js')) {"
        '        return real(act, delay);'
        '    }'
        '    delays.push(delay);'
        '    return real(act, delays.length < 8 ? 0 : 60000);'
        '};')
    ann.cut()
    wait_until(lambda: len(ann.browser.script('return delays')) == 8, 10,
               'eight attempts')
    assert ann.browser.script('return delays') == [
        1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]
    ann.mend()
    ann.say('at once when the network is back')


def test_attempt_without_answer_is_given_up(pages):
    ann, _ = pages
    ann.browser.script(
        'hasty.push(2200, 5000);'
        'window.turns = [];'
        "room.host.addEventListener('state', ({ detail: { state } }) =>"
        ' turns.push([state, performance.now()]));')
    with socket.create_server(('127.0.0.1', 0)) as silent:
        ann.cut('ws://127.0.0.1:{}/'.format(silent.getsockname()[1]))
        wait_until(lambda: len(ann.browser.script('return turns')) > 2, 10,
                   'it is given up')
        (_, _), (tried, began), (gave_up, end) = \
            ann.browser.script('return turns')[:3]
        assert (tried, gave_up) == ('connecting', 'waiting')
        assert 3000 < end - began < 1000 * at_most(8)
    ann.mend()


def test_refused_message_can_be_repeated_or_removed(pages):
    ann, ben = pages
    ann.browser.script('spy.sockets.at(-1).swallows = true')
    ann.write('refused')
    ref = ann.browser.script('return spy.sent.at(-1).ref')
    ann.browser.script('spy.sockets.at(-1).swallows = false')
    ann.receive(type='error', code='bad_text', text='no', ref=ref)
    ann.wait_alert('cannot be sent')
    wait_until(lambda: ann.browser.count('#pending .failed') == 1, 5,
               'it says so')
    ann.browser.click('#pending .failed .link')
    ben.wait_texts('refused')
    ann.wait_texts('refused')
    assert ann.pending() == []


# All that a reader could notice: words about the connection, notes among the
# messages, and who is said to come or go.  A machine may be so slow that it is
# no longer a matter of a moment: `longest` is the longest pause.  How long the
# client itself means to be away is in `pauses`: [planned, milliseconds].
NOTICE = '''
window.noticed = [];
window.longest = 0;
window.pauses = [];
room.host.addEventListener('state', ({ detail }) => {
    if (detail.state === 'waiting') {
        pauses.push([detail.planned, detail.retryAt - Date.now()]);
    }
});
let since = 0;
const look = () => {
    const word = room.querySelector('#state').textContent;
    const isTrouble = !room.querySelector('#trouble').hidden;

    if (since) {
        longest = Math.max(longest, performance.now() - since);
    }
    since = room.querySelector('#room').dataset.state === 'online' ? 0
        : since || performance.now();
    if (word !== 'Connected' || isTrouble) {
        noticed.push(`${word} ${isTrouble}`);
    }
};
new MutationObserver(look).observe(room.querySelector('#room'),
    { attributes: true, childList: true, characterData: true, subtree: true });
const listen = (socket) => socket.addEventListener('message', (event) => {
    const told = JSON.parse(event.data);
    if (told.type === 'presence' && (told.left || told.joined || told.list)) {
        noticed.push(event.data);
    }
});
listen(spy.sockets.at(-1));
const Plain = WebSocket;
window.WebSocket = class extends Plain {
    constructor(...rest) {
        super(...rest);
        listen(this);
    }
};
'''


PAUSE = 1000


def test_nobody_notices_that_the_server_asks_anew(people, server):
    """ChatRecheck: both come back again and again while they talk."""
    url = f'http://{server.host()}/anew/lobby'
    ann, ben = [page.enter(url) for page in people]
    for page in people:
        wait_until(lambda page=page: page.browser.text('#count') == '2', 10,
                   'both are there')
    for page in people:
        page.browser.script(NOTICE)
    said = []
    deadline = deadline_after(300)
    while min(len(page.urls()) for page in people) < 3:
        assert time.monotonic() < deadline, 'they do not come back'
        said.append(f'text {len(said)}')
        (ann if len(said) % 2 else ben).say(said[-1])
    for page in people:
        page.wait_texts(*said, seconds=30)
    is_moment = max(page.browser.script('return longest')
                    for page in people) < 2500
    for page in people:
        pauses = page.browser.script('return pauses')
        assert len(pauses) > 1
        assert all(planned and wait <= PAUSE for planned, wait in pauses)
        assert not is_moment or page.browser.script('return noticed') == []
        assert page.browser.count('#list .note') == 0
        assert page.pending() == []
        page.browser.open('about:blank')
    server.check_log()
