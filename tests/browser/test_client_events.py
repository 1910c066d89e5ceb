"""chatws.js and events that a server may send, or should not: played by a
WebSocket of the test's own."""
import json

import pytest

from harness import wait_until

YOU = {'id': 'g-0000000000000001', 'name': 'guest-0001', 'guest': True}
BEN = {'id': 'g-0000000000000002', 'name': 'Ben', 'guest': True}
HELLO = {'type': 'hello', 'room': '/chat/played', 'you': YOU,
         'cursor': '1000-0', 'resumed': False, 'gap': False}

PLAY = '''
window.sockets = [];
window.thrown = [];
addEventListener('error', ({ message }) => thrown.push(message));
console.error = (problem) => thrown.push(String(problem));
join('/chat/played', { ...arguments[0], WebSocket: class {
    sent = [];
    constructor() { sockets.push(this); }
    send(text) { this.sent.push(JSON.parse(text)); }
    close() {}
} });
'''


class Server:
    """The other end of the client's WebSocket."""

    def __init__(self, client):
        self.client = client

    def connect(self, hello=HELLO, count=1):
        wait_until(lambda: self.client.run('return sockets.length') >= count,
                   10, 'a socket')
        self.tell(**hello)
        self.client.wait_state('online')
        return self

    def tell(self, **event):
        self.tell_text(json.dumps(event))

    def tell_text(self, text):
        self.client.browser.script(
            'sockets.at(-1).onmessage({ data: arguments[0] })', text)

    def cut(self, code=1006):
        self.client.browser.script(
            'sockets.at(-1).onclose({ code: arguments[0] })', code)

    def sent(self, kind):
        return [command for command
                in self.client.run('return sockets.flatMap(({ sent }) => sent)')
                if command['type'] == kind]


@pytest.fixture
def play(ann):
    def start(**options):
        ann.load()
        ann.browser.script(PLAY, options)
        return Server(ann).connect()
    yield start
    assert ann.run('return thrown') == []


BAD = ['', 'null', '5', '"text"', '[]', '{}', '{"type":5}', '{"type":null}',
       '{"type":"toString"}', '{"type":"__proto__"}', '{"type":"unknown"}',
       '{"type":"message"}', '{"type":"message","id":5}',
       '{"type":"message","id":"1001-1"}',
       '{"type":"message","id":"1001-2","from":null,"text":"x"}',
       '{"type":"message","id":"1001-3","from":{"id":1},"text":"x"}',
       '{"type":"message","id":"1001-4","from":{"id":"g-1"}}',
       '{"type":"ack"}', '{"type":"ack","ref":null,"id":"1001-5"}',
       '{"type":"error"}', '{"type":"error","code":5,"ref":7,"retry":"x"}',
       '{"type":"you"}', '{"type":"presence"}', '{"type":"typing"}',
       '{"type":"gap"}', '{"type":"gap","after":"x","next":5}',
       '{"type":"bye","retry":"soon"}', '{"type":"bye","retry":[-1,1e9]}',
       '{"type":"hello"}']


def test_no_event_stops_the_line(ann, play):
    server = play()
    for text in BAD:
        server.tell_text(text)
    server.tell(type='message', id='1002-0', text='alive', **{'from': BEN})
    ann.wait_texts('alive')
    server.tell(type='message', id='1001-9', text='old', **{'from': BEN})
    server.tell(type='message', id='1003-0', text='mine', **{'from': YOU})
    ann.wait_texts('alive', 'mine')
    assert ann.get('cursor') == '1003-0' and len(server.sent('message')) == 0
    server.cut()
    server.connect({**HELLO, 'cursor': '1003-0', 'resumed': True}, 2)
    ann.wait_texts('alive', 'mine')


def test_stored_events_of_a_later_server_move_on(ann, play):
    server = play()
    for _ in range(2):
        server.tell(type='edited', id='1005-0', target='1001-0', text='new')
    wait_until(lambda: ann.events('edited'), 5, 'it is told')
    assert ann.get('cursor') == '1005-0' and len(ann.events('edited')) == 1


@pytest.mark.parametrize('code, more, is_final', [
    ('rate_limited', {'retry': 0.2}, False), ('slow', {'retry': 0.2}, False),
    ('unavailable', {}, False), ('muted', {'retry': 3600}, True),
    ('muted', {'for': 2678400}, True), ('banned', {'retry': 2678400}, True),
    ('locked', {}, True), ('bad_text', {'retry': 1}, True)])
def test_only_what_is_wanted_is_sent_again(ann, play, code, more, is_final):
    server = play()
    ref = ann.call('send', 'hi')
    server.tell(type='error', code=code, ref=ref, **more)
    if is_final:
        wait_until(lambda: ann.events('pending')[-1]['state'] == 'failed', 5,
                   'it failed')
        ann.call('send', 'next')
        wait_until(lambda: len(server.sent('message')) == 2, 5, 'the next one')
        assert server.sent('message')[1]['text'] == 'next'
    else:
        wait_until(lambda: len(server.sent('message')) == 2, 5, 'again')
        assert server.sent('message')[1]['ref'] == ref
        assert ann.events('pending')[-1]['code'] == code


def test_a_long_wait_does_not_overflow(ann, play):
    """A timer of more than 2^31 ms fires at once."""
    server = play()
    ref = ann.call('send', 'hi')
    server.tell(type='error', code='slow', ref=ref, retry=2678400)
    wait_until(lambda: ann.events('pending')[-1].get('code') == 'slow', 5,
               'it waits')
    ann.call('type')
    wait_until(lambda: server.sent('typing'), 5, 'the line is alive')
    assert len(server.sent('message')) == 1


@pytest.mark.parametrize('then, state', [
    ({'id': 'u-ann', 'name': 'ann'}, 'failed'),
    ({**YOU, 'id': 'g-0000000000000003'}, 'sending')])
def test_nobody_speaks_as_somebody_else(ann, play, then, state):
    """What waits when a login begins or ends is for the reader to send.  (A
    guest is new after a stop of the server, and so is the room.)"""
    server = play()
    ann.call('send', 'as a guest')
    server.cut()
    server.connect({**HELLO, 'you': then}, 2)
    wait_until(lambda: ann.events('pending')[-1]['state'] == state, 5, state)
    wait_until(lambda: len(server.sent('message')) ==
               (1 if state == 'failed' else 2), 5, 'sent again')


def test_planned_restart(ann, play):
    server = play()
    server.tell(type='bye', code=1012, retry=[0.2, 0.3])
    server.cut(1012)
    wait_until(lambda: 'waiting' in ann.states(), 10, 'a moment without')
    assert ann.get('planned') is True
    assert ann.get('retryAt') - ann.run('return Date.now()') < 400
    server.connect({**HELLO, 'resumed': True}, 2)
    assert ann.get('planned') is False
    server.cut()
    wait_until(lambda: ann.states().count('waiting') == 2, 10, 'another one')
    assert ann.get('planned') is False


def test_reconnect_ends_a_wait(ann, play):
    server = play()
    server.tell(type='bye', code=1012, retry=[60, 60])
    server.cut(1012)
    ann.wait_state('waiting')
    assert ann.run('return sockets.length') == 1
    ann.call('reconnect')
    server.connect({**HELLO, 'resumed': True}, 2)


def test_offline_is_not_online(ann, play):
    server = play()
    assert ann.run("Object.defineProperty(navigator, 'onLine', "
                   "{ configurable: true, get: () => false });"
                   "dispatchEvent(new Event('offline'));"
                   "return [chat.state, chat.transport ?? '']") \
        == ['waiting', '']
    ann.run("Object.defineProperty(navigator, 'onLine', "
            "{ configurable: true, get: () => true });"
            "dispatchEvent(new Event('online'));")
    server.connect({**HELLO, 'resumed': True}, 2)


def test_who_only_reads(ann, play):
    server = play()
    assert ann.get('canSpeak') is True
    ref = ann.call('send', 'hi')
    server.tell(type='error', code='read_only', ref=ref)
    wait_until(lambda: ann.get('canSpeak') is False, 5, 'it is known')
    server.cut()
    server.connect({**HELLO, 'rights': {'speak': False, 'moderate': False}},
                   2)
    assert ann.get('canSpeak') is False
    server.cut()
    server.connect({**HELLO, 'rights': {'speak': True, 'moderate': False}}, 3)
    assert ann.get('canSpeak') is True


def test_name_that_is_taken_is_told_once(ann, play):
    server = play(name='Zoe')
    for count in (1, 2, 3):
        wait_until(lambda: len(server.sent('name')) == count, 5, 'asked for')
        assert server.sent('name')[-1]['name'] == 'Zoe'
        server.tell(type='error', code='name_taken', ref='wish')
        wait_until(lambda: ann.events('error'), 5, 'it is told')
        server.cut()
        server.connect({**HELLO, 'resumed': True}, count + 1)
    assert [error['ref'] for error in ann.events('error')] == ['name']
    assert ann.get('name') == 'Zoe'


def test_name_that_is_taken_away_is_not_fought_for(ann, play):
    server = play(name='Zoe')
    wait_until(lambda: server.sent('name'), 5, 'asked for')
    server.tell(type='you', id=YOU['id'], name='Zoe')
    wait_until(lambda: ann.get('you')['name'] == 'Zoe', 5, 'given')
    server.tell(type='you', id=YOU['id'], name='guest-0001')
    wait_until(lambda: ann.get('you')['name'] == 'guest-0001', 5, 'taken')
    server.cut()
    server.connect({**HELLO, 'resumed': True}, 2)
    ann.call('type')
    wait_until(lambda: server.sent('typing'), 5, 'the line is alive')
    assert len(server.sent('name')) == 1


def test_verified_user_is_not_renamed(ann, play):
    server = play(name='Zoe')
    wait_until(lambda: server.sent('name'), 5, 'as a guest')
    server.cut()
    server.connect({**HELLO, 'you': {'id': 'u-ann', 'name': 'ann'}}, 2)
    ann.call('type')
    wait_until(lambda: server.sent('typing'), 5, 'the line is alive')
    assert len(server.sent('name')) == 1
