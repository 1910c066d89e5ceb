"""chatws.js when the server refuses, is busy, or is no longer there, and when
others talk rubbish."""
import json
import time

import pytest

from barrier import busy
from harness import wait_until

pytestmark = pytest.mark.engines(long=True)

# A minute has passed, as the page sees it.
LATER = '''
const now = Date.now;
Date.now = () => now() + 60000;
dispatchEvent(new Event('online'));
'''


@pytest.mark.parametrize('transport', ['auto', 'websocket', 'poll'])
def test_refusal_is_final(ann, barrier, transport):
    """It is learned by two requests: without credentials, and with them."""
    ann.load().join('/closed/room', transport=transport)
    ann.wait_state('closed')
    error = ann.events('error')[0]
    assert (error['code'], error['status']) == ('forbidden', 403)
    assert [kind for kind in barrier.seen if kind != 'other'] == ['poll'] * 2
    ann.call('wake')
    ann.wake()
    assert ann.get('state') == 'closed'
    assert ann.states()[0::len(ann.states()) - 1] == ['connecting', 'closed']


def test_busy_server_is_left_alone(ann, barrier, path):
    barrier.rules = dict.fromkeys(('websocket', 'sse', 'poll'), busy(600))
    ann.load().join(path)
    ann.wait_state('waiting')
    assert 0 < ann.get('retryAt') - ann.run('return Date.now()') <= 601000
    barrier.seen.clear()
    ann.call('wake')
    assert ann.get('state') == 'waiting' and barrier.seen == []
    barrier.rules = dict.fromkeys(('websocket', 'sse', 'poll'), busy(1))
    ann.call('reconnect')
    wait_until(lambda: barrier.seen, 10, 'it asks')
    barrier.rules = {}          # and again by itself
    ann.wait_transport('websocket')


@pytest.mark.parametrize('transport', ['auto', 'websocket'])
def test_refused_handshake_says_how_long(ann, barrier, path, transport):
    """A WebSocket does not tell; a request does."""
    ann.enter(path, transport=transport)
    barrier.rules = dict.fromkeys(('websocket', 'sse', 'poll', 'longpoll'),
                                  busy(600))
    barrier.cut()
    wait_until(lambda: barrier.count('poll') > 2, 15, 'it asks')
    ann.wait_state('waiting')
    barrier.seen.clear()
    ann.call('wake')
    assert ann.get('state') == 'waiting' and barrier.seen == []
    barrier.rules = {}
    ann.call('reconnect')
    ann.wait_transport('websocket')


def test_dead_stream_is_found_on_wake(ann, ben, barrier, path):
    ben.enter(path)
    ann.enter(path, transport='sse')
    barrier.mute('sse')
    ben.call('send', 'who hears this?')
    ben.wait_texts('who hears this?')
    assert ann.texts() == []
    ann.run(LATER)
    ann.wait_texts('who hears this?', seconds=4)
    wait_until(lambda: barrier.open('sse') == 1, 5, 'the dead one is closed')
    assert ann.states() == ['connecting', 'online']


def test_dead_long_poll_is_found_on_wake(ann, ben, barrier, path):
    ben.enter(path)
    ann.enter(path, transport='longpoll')
    wait_until(lambda: barrier.open('longpoll'), 5, 'it waits')
    barrier.mute('longpoll')
    ben.call('send', 'who hears this?')
    ben.wait_texts('who hears this?')
    assert ann.texts() == []
    ann.run(LATER)
    ann.wait_texts('who hears this?', seconds=4)


@pytest.mark.parametrize('transport', ['websocket', 'sse', 'poll'])
def test_gap_is_told(ann, site, barrier, transport):
    room = f'/chat/short/{transport}-{ann.browser.engine}'
    for n in range(2):
        site.post(room, f'early {n}', 'text/plain')
    ann.enter(room, transport=transport)
    ann.wait_texts('early 0', 'early 1')
    barrier.rules = {transport: 'refuse'}
    barrier.cut(transport)
    ann.wait_state('waiting', 35)
    texts = [f'late {n}' for n in range(5)]
    for text in texts:
        site.post(room, text, 'text/plain')
    barrier.rules = {}
    ann.wake()
    ann.wait_texts('early 0', 'early 1', *texts[2:])
    gaps = ann.events('gap') + [hello for hello in ann.events('hello')
                                if hello['gap']]
    assert len(gaps) == 1


def test_new_room_is_no_gap(ann, site, path):
    ann.enter(path, transport='poll')
    assert ann.get('cursor')
    site.post(path, 'the first', 'text/plain')
    ann.wake()
    ann.wait_texts('the first')
    assert ann.events('gap') == []


def test_history_is_limited(ann, site, path):
    for n in range(5):
        site.post(path, f'text {n}', 'text/plain')
    for transport, count in (('websocket', 2), ('sse', 2), ('poll', 2),
                             ('poll', 0)):
        ann.enter(path, transport=transport, history=count)
        ann.wait_texts(*(f'text {n}' for n in range(5 - count, 5)))
        ann.call('close')
        assert ann.get('state') == 'closed'


# It was the answer to something else: old events, and more of them.
STALE = (b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
         b'Connection: close\r\n\r\n{"cursor":"5-0","more":true,"events":['
         b'{"type":"message","id":"5-0","text":"old",'
         b'"from":{"id":"u-1","name":"x"}}]}')


@pytest.mark.parametrize('transport', ['longpoll', 'poll'])
def test_wrong_answers_are_not_asked_for_again(ann, barrier, site, path,
                                               transport):
    site.post(path, 'now', 'text/plain')
    ann.enter(path, transport=transport)
    ann.wait_texts('now')
    barrier.rules = dict.fromkeys(('poll', 'longpoll'), STALE)
    before, since = len(barrier.seen), time.monotonic()
    barrier.cut()

    def asked():
        return sum(kind in barrier.rules for kind in barrier.seen[before:])
    # It is being asked all the time now, or once in some seconds.
    wait_until(lambda: asked() > 2, 20, 'it goes on')
    assert time.monotonic() - since > 1
    barrier.rules = {}
    assert ann.texts() == ['now']


def test_endless_stream_ends(ann, barrier, path):
    """Something in between goes on and on with what is no event."""
    ann.load()
    told = ann.run('''
        return import('/chat/_chatws/client/eventstream.js').then(
            async ({ readEvents }) => {
                const chunk = new TextEncoder().encode('x'.repeat(1 << 20));
                const told = { bytes: 0, ended: '' };
                const body = new ReadableStream({
                    pull(controller) {
                        told.bytes += chunk.length;
                        if (told.bytes > 100 << 20) {
                            controller.close();
                        }
                        else {
                            controller.enqueue(chunk);
                        }
                    },
                });

                await readEvents(body, () => {}).catch((problem) => {
                    told.ended = problem.message;
                });
                return told;
            });
    ''')
    assert told['bytes'] < 20 << 20 and told['ended']


@pytest.mark.parametrize('value', ['x' * 70000, '\ud800', '\x00', 'a\tb'],
                         ids=range(4))
def test_odd_name_in_the_storage(ann, site, path, value):
    """Some other script has put it there: the room can be entered."""
    ann.load()
    ann.run(f'localStorage.setItem(`chatws name ${{location.origin}}`,'
            f' {json.dumps(value)})')
    ann.run(f'sessionStorage.setItem(`chatws key ${{location.origin}}`,'
            f' {json.dumps(value)})')
    ann.join(path)
    ann.wait_state('online')
    ann.call('send', 'here I am')
    ann.wait_texts('here I am')
    assert ann.states() == ['connecting', 'online']
    assert ann.get('transport') == 'websocket'
    ann.run('localStorage.clear(); sessionStorage.clear()')


def test_full_storage(ann):
    """What is said again counts, also where it cannot be stored."""
    ann.load()
    assert ann.run('''
        return import('/chat/_chatws/client/storage.js').then(
            ({ local }) => {
                const { setItem } = Storage.prototype;
                const seen = [];

                local.save('it', 'before');
                Storage.prototype.setItem = () => {
                    throw new DOMException('full', 'QuotaExceededError');
                };
                local.save('it', 'now');
                seen.push(local.load('it'));
                Storage.prototype.setItem = setItem;
                local.save('it', 'later');
                seen.push(local.load('it'), localStorage.getItem('it'));
                local.drop('it');
                return [...seen, local.load('it')];
            });
    ''') == ['now', 'later', 'later', None]


def test_slow_where_nothing_more_can_be_loaded(ann, barrier, path):
    """The other transports cannot be had: the WebSocket has its time."""
    ann.hasty = (2200,)
    ann.load()
    ann.run("return import('/chat/_chatws/client/arrival.js').then(() => 1)")
    barrier.rules = {'other': 'refuse', 'websocket': 'late'}
    ann.join(path)
    wait_until(lambda: barrier.seen[-1] == 'other', 10, 'a try to load them')
    # It has been told that it cannot have them when the same is said to us.
    assert ann.run("return import('/chat/_chatws/client/ladder.js').then("
                   "() => 'loaded', () => 'refused')") == 'refused'
    barrier.release()
    ann.wait_state('online')
    assert ann.states() == ['connecting', 'online']
    assert ann.get('transport') == 'websocket'
