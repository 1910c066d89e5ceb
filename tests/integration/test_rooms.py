"""Rooms over WebSocket: hello, messages, acknowledgements, every command
error, what is kept, and one order for all members on all children."""
import json
import re
import uuid

import pytest

from harness import (BINARY, TEXT, Httpd, Swarm, WsFailure, location,
                     wait_until)

CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/rated', 'Chat rooms') +
          location('/five', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 5 1h') +
          location('/small', 'Chat rooms', 'ChatRate off',
                   'ChatMaxMessage 10'))
ID = re.compile(r'^\d+-\d+$')


@pytest.fixture(scope='module', params=['event', 'worker', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, tls=True, config=CONFIG) as running:
        yield running


@pytest.fixture
def room():
    return '/chat/' + uuid.uuid4().hex


@pytest.fixture
def join(server):
    """join(room) gives a client that has read its hello (client.hello)."""
    opened = []

    def begin(path, **options):
        client = server.ws(path, **options)
        opened.append(client)
        client.hello = client.recv_event('hello')
        assert client.events == [], 'something came before hello'
        return client
    yield begin
    for client in opened:
        client.disconnect()


def position(text):
    """An id as a pair that can be compared."""
    assert ID.match(text), text
    return tuple(int(part) for part in text.split('-'))


def test_hello(join, room):
    client = join(room)
    hello = client.hello
    assert set(hello) >= {'type', 'room', 'you', 'cursor', 'resumed', 'gap',
                          'limits', 'members'}
    assert hello['room'] == room
    assert ID.match(hello['cursor'])
    assert hello['resumed'] is False and hello['gap'] is False
    assert hello['limits']['message'] == 8192
    assert hello['limits']['rate'] is None
    you = hello['you']
    assert set(you) == {'id', 'name', 'guest'} and you['guest'] is True
    assert you['id'].startswith('g-') and you['name'].startswith('guest-')
    assert hello['members'] == {'count': 1, 'list': [you]}


def test_hello_limits(join):
    hello = join('/rated/' + uuid.uuid4().hex).hello
    assert hello['limits'] == {'message': 8192, 'rate': 5, 'burst': 20}
    hello = join('/small/' + uuid.uuid4().hex).hello
    assert hello['limits']['message'] == 10


def test_hello_room_is_the_decoded_path(join):
    name = 'Grüße 你好 ' + uuid.uuid4().hex
    quoted = ''.join(c if c.isascii() and c.isalnum() else
                     ''.join(f'%{b:02x}' for b in c.encode()) for c in name)
    client = join('/chat/' + quoted + '?x=1')
    assert client.hello['room'] == '/chat/' + name
    other = join('/chat/' + quoted)
    client.say('here')
    assert other.recv_event('message')['text'] == 'here'


def test_message_and_ack(join, room):
    client = join(room)
    client.say('hi', ref='c-17')
    event = client.recv_event('message')
    assert event == {'type': 'message', 'id': event['id'],
                     'from': client.hello['you'], 'text': 'hi',
                     'ref': 'c-17'}
    assert position(event['id']) > position(client.hello['cursor'])
    assert client.recv_event() == {'type': 'ack', 'ref': 'c-17',
                                   'id': event['id']}


def test_message_without_ref(join, room):
    client = join(room)
    client.say('hi')
    event = client.recv_event('message')
    assert 'ref' not in event


@pytest.mark.parametrize('tls', [False, '1.2', '1.3'])
def test_over_every_transport(join, room, tls):
    one, two = join(room, tls=tls), join(room)
    one.say('from one')
    for client in (one, two):
        assert client.recv_event('message')['text'] == 'from one'
    two.say('from two')
    for client in (one, two):
        assert client.recv_event('message')['text'] == 'from two'


def test_ref_is_idempotent(join, room):
    client = join(room)
    client.say('first', ref='same')
    first = client.recv_event('ack')
    client.say('second', ref='same')
    assert client.recv_event('ack') == first
    assert not [e for e in client.events if e.get('text') == 'second']
    again = join(room)
    again.say('other user', ref='same')
    assert again.recv_until(lambda e: e['type'] == 'ack')[-1]['id'] != \
        first['id']


@pytest.mark.parametrize('ref', ['r' * 64, 'r', 'ü' * 32, '"\\\u2028', '🙂'])
def test_good_refs(join, room, ref):
    client = join(room)
    client.say('x', ref=ref)
    assert client.recv_event('message')['ref'] == ref
    assert client.recv_event('ack')['ref'] == ref


ERRORS = {
    'no json': ('hello', {'bad_json'}),
    'half json': ('{"type":"message"', {'bad_json'}),
    'two values': ('{"type":"typing"} {}', {'bad_json'}),
    'empty message': ('', {'bad_json'}),
    'array': ('[]', {'bad_json', 'bad_type'}),
    'string': ('"message"', {'bad_json', 'bad_type'}),
    'null': ('null', {'bad_json', 'bad_type'}),
    'nested': ('[' * 10000 + ']' * 10000, {'bad_json'}),
    'nan': ('{"type":"message","text":NaN}', {'bad_json'}),
    'single quotes': ("{'type':'message','text':'a'}", {'bad_json'}),
    'duplicate keys': ('{"type":"message","text":"a","text":"b"}',
                       {'bad_json'}),
    'no type': ('{"text":"a"}', {'bad_type'}),
    'unknown type': ('{"type":"shout","text":"a"}', {'bad_type'}),
    'type number': ('{"type":1}', {'bad_type'}),
    'server type': ('{"type":"hello"}', {'bad_type'}),
    'no text': ('{"type":"message"}', {'bad_text', 'empty', 'bad_json'}),
    'text number': ('{"type":"message","text":1}',
                    {'bad_text', 'bad_json'}),
    'text null': ('{"type":"message","text":null}',
                  {'bad_text', 'bad_json', 'empty'}),
    'lone surrogate': ('{"type":"message","text":"a\\ud800"}',
                       {'bad_text'}),
    'low surrogate': ('{"type":"message","text":"\\udc00a"}', {'bad_text'}),
    'nul': ('{"type":"message","text":"a\\u0000b"}', {'bad_text'}),
    'escape': ('{"type":"message","text":"a\\u001bb"}', {'bad_text'}),
    'lone cr': ('{"type":"message","text":"a\\rb"}', {'bad_text'}),
    'delete': ('{"type":"message","text":"a\\u007f"}', {'bad_text'}),
    'c1': ('{"type":"message","text":"a\\u0085"}', {'bad_text'}),
    'empty': ('{"type":"message","text":""}', {'empty'}),
    'spaces': ('{"type":"message","text":" \\t\\n\\u00a0\\u3000"}',
               {'empty'}),
    'too long': (json.dumps({'type': 'message', 'text': 'x' * 8193}),
                 {'too_long'}),
    'too long in bytes': (json.dumps({'type': 'message',
                                      'text': 'ü' * 4097}), {'too_long'}),
    'ref number': ('{"type":"message","text":"a","ref":1}', {'bad_ref'}),
    'ref null': ('{"type":"message","text":"a","ref":null}', {'bad_ref'}),
    'ref 65': (json.dumps({'type': 'message', 'text': 'a',
                           'ref': 'r' * 65}), {'bad_ref'}),
    'ref 33 of 2': (json.dumps({'type': 'message', 'text': 'a',
                                'ref': 'ü' * 33}), {'bad_ref'}),
}


@pytest.mark.parametrize('name', ERRORS)
def test_command_errors(join, room, name):
    command, codes = ERRORS[name]
    client, other = join(room), join(room)
    client.send_text(command)
    event = client.recv_event('error')
    assert event['code'] in codes, event
    assert isinstance(event['text'], str) and event['text']
    client.say('still here', ref='s')
    assert client.recv_event('ack')['ref'] == 's'
    assert other.recv_event('message')['text'] == 'still here'


def test_binary_is_bad_type(join, room):
    client = join(room)
    client.send_frame(BINARY, b'{"type":"message","text":"a"}')
    assert client.recv_event('error')['code'] == 'bad_type'
    client.say('still here', ref='s')
    assert client.recv_event('ack')


def test_an_error_names_the_ref(join, room):
    client = join(room)
    client.say('', ref='c-9')
    event = client.recv_event('error')
    assert event['code'] == 'empty' and event['ref'] == 'c-9'


@pytest.mark.parametrize('sent, stored', [
    ('a\r\nb\r\n', 'a\nb\n'), ('tab\tlf\n.', 'tab\tlf\n.'),
    (' kept ', ' kept '), ('<script>&"\\/', '<script>&"\\/'),
    ('a\u2028\u2029\ufeff', 'a\u2028\u2029\ufeff'), ('𝄞🙂', '𝄞🙂'),
    ('x' * 8192, 'x' * 8192), ('ü' * 4096, 'ü' * 4096)],
    ids=lambda value: repr(value)[:20])
def test_text_is_text(join, room, sent, stored):
    client = join(room)
    client.say(sent, ref='t')
    assert client.recv_event('message')['text'] == stored


def test_limit_of_the_directive(join):
    client = join('/small/' + uuid.uuid4().hex)
    client.say('x' * 10, ref='a')
    assert client.recv_event('ack')
    client.say('x' * 11, ref='b')
    assert client.recv_event('error')['code'] == 'too_long'


def test_server_made_members_are_ignored(join, room):
    client = join(room)
    client.send_json(type='message', text='mine', ref='r', id='1-1', ts=1,
                     system=True, role='admin', guest=False, room='/x',
                     **{'from': {'id': 'u-admin', 'name': 'admin'}})
    event = client.recv_event('message')
    assert set(event) == {'type', 'id', 'from', 'text', 'ref'}
    assert event['from'] == client.hello['you'] and event['id'] != '1-1'


def test_over_the_payload_limit_closes(join, room):
    client = join(room)
    client.send_text('{"x":"' + 'y' * 65536 + '"}')
    while True:
        opcode, payload = client.recv_message()
        if opcode != TEXT:
            break
    assert payload[:2] == b'\x03\xf1'


def test_bad_utf8_closes(join, room):
    client = join(room)
    client.send_frame(TEXT, b'{"type":"\xff"}')
    client.expect_close(1007)


def test_history_is_replayed(join):
    room = '/five/' + uuid.uuid4().hex
    first = join(room)
    raw = []
    for number in range(8):
        first.say(f'm{number}', ref=str(number))
        event = first.recv_raw_event()
        while json.loads(event)['type'] != 'message':
            event = first.recv_raw_event()
        raw.append(event)
    first.recv_until(lambda e: e.get('ref') == '7' and e['type'] == 'ack')
    late = join(room)
    assert late.hello['resumed'] is False
    got = [late.recv_raw_event() for _ in range(5)]
    assert got == raw[-5:]
    assert position(late.hello['cursor']) < \
        position(json.loads(got[0])['id'])
    first.say('new', ref='n')
    assert late.recv_event('message')['text'] == 'new'


@pytest.mark.parametrize('count, kept', [
    (0, []), (2, ['m2', 'm3']), (9, ['m0', 'm1', 'm2', 'm3'])])
def test_history_argument(join, room, count, kept):
    first = join(room)
    for number in range(4):
        first.say(f'm{number}', ref=str(number))
        first.recv_event('ack')
    late = join(f'{room}?history={count}')
    first.say('end')
    events = late.recv_until(lambda e: e.get('text') == 'end')
    assert [e['text'] for e in events if e['type'] == 'message'] == \
        kept + ['end']


def test_bad_arguments_are_refused(server, room):
    for query in ('history=x', 'history=-1', 'history='):
        with pytest.raises(WsFailure) as failure:
            server.ws(f'{room}?{query}')
        assert failure.value.response.status == 400
        assert failure.value.response.json()['code'] == 'bad_request'
    for query in ('after=x', 'after=1', 'after=1-', 'after=-1-1', 'after='):
        with pytest.raises(WsFailure) as failure:
            server.ws(f'{room}?{query}')
        assert failure.value.response.status == 400
        assert failure.value.response.json()['code'] == 'bad_cursor'


def test_after_a_cursor(join, room):
    first = join(room)
    ids = []
    for number in range(4):
        first.say(f'm{number}', ref=str(number))
        ids.append(first.recv_event('ack')['id'])
    late = join(f'{room}?after={ids[1]}')
    assert late.hello['resumed'] is True and late.hello['gap'] is False
    assert late.hello['cursor'] == ids[1]
    assert [late.recv_event('message')['id'] for _ in range(2)] == ids[2:]


def test_ids_strictly_increase(join, room):
    client = join(room)
    for number in range(300):
        client.say(str(number))
    seen = []
    while len(seen) < 300:
        event = client.recv_event('message')
        assert event['text'] == str(len(seen))
        seen.append(position(event['id']))
    assert all(a < b for a, b in zip(seen, seen[1:]))


def test_one_order_on_every_child(server, room):
    """Members on all children send at once; everybody gets the same bytes."""
    with Swarm(server.address()) as swarm:
        clients = []
        while len(clients) < 8 or len(set(server.upgrades())) < 2:
            assert len(clients) < 200, 'all connections on one child'
            clients += swarm.connect([room] * 8)
        assert swarm.open_count() == len(clients)
        swarm.run(lambda: all(c.messages for c in clients), 10, 'hello')
        for turn in range(10):
            for number, client in enumerate(clients):
                client.say(f'{number} {turn}', ref=f'{number} {turn}')
        total = 10 * len(clients)
        swarm.run(lambda: all(c.count('ack') == 10 and
                              c.count('message') >= total
                              for c in clients), 60, 'messages')
        lists = [c.raw_events('message') for c in clients]
        assert len(lists[0]) == total
        assert all(x == lists[0] for x in lists)
        ids = [position(json.loads(m)['id']) for m in lists[0]]
        assert ids == sorted(set(ids))
        for number, client in enumerate(clients):
            own = [json.loads(m)['ref'] for m in lists[0]
                   if json.loads(m)['ref'].split()[0] == str(number)]
            assert own == [f'{number} {turn}' for turn in range(10)]


def test_leaving_is_logged(join, room, server):
    client = join(room)
    client.send_close(1000, 'x\n\x1b[2J%n%s')
    client.expect_close(1000)
    wait_until(lambda: any('[chatws:info]' in line and '1000' in line
                           for line in server.log_lines()), 5, 'close line')
    for line in server.log_lines():
        assert '\x1b' not in line
        assert line.startswith('['), f'forged line: {line!r}'
