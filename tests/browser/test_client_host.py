"""chatws.js on pages that are not its own: nothing of theirs is touched, and a
browser that refuses something is one that lacks it."""
import pytest

from client import Client
from harness import SOURCE, at_most, wait_until
from patience import FILES, LINES, WAITS

# Timers of a page that were there before: their ids are the first ones.
TIMERS = '''
window.beats = [0, 0, 0, 0, 0];
beats.forEach((_, n) => setInterval(() => { beats[n] += 1; }, 50));
'''

# A frame that may do little: no storage, no cookies, no locks.
FRAME = '''
const frame = document.createElement('iframe');
window.framed = [];
addEventListener('message', ({ data }) => framed.push(data));
frame.sandbox = 'allow-scripts';
frame.srcdoc = `<script type="module">
let requests = 0;
const prototype = globalThis.LockManager?.prototype;
const real = prototype?.request;
if (real) {
    prototype.request = function (...rest) {
        requests += 1;
        return real.apply(this, rest);
    };
}
const { connect } = await import('${location.origin}/chat/_chatws/chatws.js');
const options = ${arguments[1]};
const tell = (told) => parent.postMessage({ ...told, requests }, '*');
const chat = connect('${arguments[0]}', { ...options,
    onMessage: ({ text, own }) => tell({ text, own }),
    onState: (state) => tell({ state, transport: chat.transport }) });
addEventListener('message', ({ data }) => chat.send(data));
</` + `script>`;
document.body.append(frame);
window.frame = frame;
'''
NO_SOCKETS = "{ WebSocket: class { constructor() { throw new Error('no'); } } }"

# What a browser does that keeps nothing.
REFUSE = '''
const refuse = () => { throw new DOMException('no', 'SecurityError'); };
for (const name of ['localStorage', 'sessionStorage']) {
    Object.defineProperty(window, name, { get: refuse });
}
Object.defineProperty(Document.prototype, 'cookie',
    { get: refuse, set: refuse });
const request = LockManager.prototype.request;
window.requests = 0;
LockManager.prototype.request = async function () {
    window.requests += 1;
    refuse();
};
'''


def wait_framed(client, **wanted):
    def found():
        return [told for told in client.run('return framed')
                if wanted.items() <= told.items()]
    wait_until(found, 15, f'{wanted} in {client.run("return framed")}')


@pytest.mark.engines(long=True)
@pytest.mark.parametrize('options', ['{}', NO_SOCKETS])
def test_sandboxed_frame(ann, ben, path, options):
    ben.enter(path)
    ann.load()
    ann.browser.script(FRAME, path, options)
    wait_framed(ann, state='online')
    for text in ('one', 'two'):
        ann.run(f"frame.contentWindow.postMessage('{text}', '*')")
        wait_framed(ann, text=text, own=True)
    ben.wait_texts('one', 'two')
    assert len({message['from']['id'] for message in ben.messages()}) == 1
    ben.call('send', 'three')
    wait_framed(ann, text='three', own=False)
    told = ann.run('return framed')
    assert told[-1]['requests'] <= 3
    assert [entry['text'] for entry in told if 'text' in entry] \
        == ['one', 'two', 'three']


@pytest.mark.engines(long=True)
@pytest.mark.parametrize('blocked', [(), ('websocket',)])
def test_browser_that_keeps_nothing(ann, ben, barrier, path, blocked):
    barrier.rules = dict.fromkeys(blocked, 'refuse')
    ben.enter(path)
    ann.load().run(REFUSE)
    ann.join(path, name='Ursula')
    ann.wait_transport('sse' if blocked else 'websocket')
    for text in ('one', 'two'):
        ann.call('send', text)
    for client in (ann, ben):
        client.wait_texts('one', 'two')
    assert [message['own'] for message in ann.messages()] == [True, True]
    assert {message['from']['name'] for message in ben.messages()} \
        == {'Ursula'}
    assert ann.run('return requests') <= 3
    # The same guest after all lines have been lost.
    barrier.cut()
    ann.wake()
    ann.wait_state('online')
    ann.call('send', 'three')
    ben.wait_texts('one', 'two', 'three')
    assert len({message['from']['id'] for message in ben.messages()}) == 1


@pytest.mark.engines(long=True)
def test_timers_of_the_page_go_on(ann, barrier, path):
    ann.load()
    ann.run(TIMERS)
    barrier.rules = {'websocket': 'refuse', 'sse': 'refuse'}
    ann.join(path)
    ann.wait_transport('longpoll')
    barrier.rules = {}
    ann.wake()
    ann.wait_transport('websocket')
    ann.call('send', 'hello')
    ann.wait_texts('hello')
    barrier.rules = dict.fromkeys(('websocket', 'sse', 'poll'), 'busy')
    barrier.cut()
    ann.wait_state('waiting')
    barrier.rules = {}
    ann.call('reconnect')
    ann.wait_state('online')
    ann.call('close')
    before = ann.run('return beats')
    wait_until(lambda: all(now > then for now, then in
                           zip(ann.run('return beats'), before)), 5,
               'all timers')


@pytest.mark.parametrize('name, path', [
    ('/chat/50%', '/chat/50%'), ('/chat/%zz', '/chat/%zz'),
    ('/chat/%E0%A4%A', '/chat/%E0%A4%A'), ('/chat/a%20b', '/chat/a b')])
def test_odd_urls_do_not_throw(ann, site, name, path):
    site.allow('AH10244: invalid URI path')
    ann.load().join(name)
    assert ann.run('''
        return import('/chat/_chatws/client/polls.js').then(
            ({ pathOf }) => pathOf(chat.room));
    ''') == path
    ann.wait_state('online' if path == '/chat/a b' else 'closed')


def test_no_request_is_cached(ann, barrier, path):
    """A site's rules for its caches, or a stalled stream of the same URL, are
    nothing to a poll."""
    ann.hasty = (2200,)
    ann.load().run('''
        window.caches_ = [];
        const real = fetch;
        window.fetch = (url, options = {}) => {
            caches_.push(options.cache);
            return real(url, options);
        };''')
    barrier.rules = {'websocket': 'refuse', 'sse': 'swallow'}
    ann.join(path)
    ann.wait_transport('longpoll')
    ann.call('send', 'hello')
    ann.wait_texts('hello')
    assert ann.time_to('online') < at_most(5)
    assert set(ann.run('return caches_')) == {'no-store'}


def test_the_patience_of_the_tests_is_about_the_client():
    """Its times and files are those that patience.py knows."""
    texts = {path.stem: path.read_text()
             for path in (SOURCE / 'htdocs' / 'client').glob('*.js')}
    assert set(FILES + LINES) <= set(texts)
    for wait in WAITS:
        assert f' = {wait};' in ''.join(texts.values()), wait
