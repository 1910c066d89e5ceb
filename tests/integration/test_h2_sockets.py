"""WebSocket over HTTP/2 (RFC 8441): what is true over HTTP/1.1 is true there,
each one holds a worker thread, and so few of them may."""
import json
import subprocess
import uuid

import h2.settings
import pytest

from harness import (BINARY, CLOSE, ECHO, PING, PONG, TEXT, Httpd,
                     config_test, location, say, wait_until)
from harness.deflated import RSV1, inflate, pack
from harness.http2 import Http2Client, Http2Socket, Http2Stream, held

THREADS, BUDGET, EACH = 16, 4, 2     # EACH: of one connection
SIZES = (f'StartServers 1\nServerLimit 4\nThreadsPerChild {THREADS}\n'
         f'MinSpareThreads 1\nMaxSpareThreads {THREADS}\n'
         f'MaxRequestWorkers {THREADS}\nH2MaxWorkers 40\n')
CONFIG = ('ChatDrain 2s 1/s\n' + ECHO +
          location('/wide', 'Chat echo', 'ChatMaxPayload 2M') +
          location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/paced', 'Chat rooms', 'ChatRate 100/s 5') +
          location('/forged', 'Chat echo', 'RequestHeader set Upgrade websocket',
                   'RequestHeader set Connection upgrade',
                   'RequestHeader set Sec-WebSocket-Version 13',
                   'RequestHeader set Sec-WebSocket-Key '
                   'dGhlIHNhbXBsZSBub25jZQ=='))
CONNECTS = h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL
PROTOCOLS = 'Protocols h2 h2c http/1.1\nH2WebSockets on\n'


@pytest.fixture(scope='module', params=['event', 'worker'])
def server(request):
    with Httpd(mpm=request.param, tls=True, modules=('http2',), sizes=SIZES,
               config=PROTOCOLS + CONFIG,
               vhost_config='Protocols h2 http/1.1\nH2WebSockets on\n') as running:
        yield running


@pytest.fixture(params=[False, True])
def client(server, all_free, request):
    del all_free
    with Http2Client(server, request.param) as made:
        yield made


@pytest.fixture
def plain(server, all_free):
    del all_free
    with Http2Client(server, False) as made:
        yield made


@pytest.fixture
def room():
    return f'/chat/{uuid.uuid4().hex}'


@pytest.fixture(autouse=True)
def all_free(server):
    """What a test has left holds no thread soon after it."""
    yield
    wait_until(lambda: held(server) == 0, 10, 'all threads are free')


def ended(socket):
    """Reads until the server has ended the stream."""
    socket.client.until(lambda: socket.eof)


def test_echo(client):
    socket = Http2Socket(client, '/wide')
    assert 'connection' not in socket.stream.headers
    assert 'upgrade' not in socket.stream.headers
    assert 'sec-websocket-accept' not in socket.stream.headers
    for size in (0, 1, 125, 126, 8192, 65535, 65536, 1000000):
        data = uuid.uuid4().bytes * (size // 16) + b'.' * (size % 16)
        socket.send_binary(data)
        assert socket.recv_message() == (BINARY, data)
    socket.close()


def test_both_ways_at_once(client):
    """A hundred messages of 8 KB are on their way before one is read."""
    socket = Http2Socket(client, '/wide')
    for number in range(100):
        socket.send_text(f'{number:08d}' * 1024)
    for number in range(100):
        assert socket.recv_message() == (TEXT, b'%08d' % number * 1024)
    socket.close()


def test_compressed(client):
    """permessage-deflate is agreed on as over HTTP/1.1."""
    config_test('ChatCompression on')
    text = b'what is said again and again, ' * 1000
    offer = [('sec-websocket-extensions',
              'permessage-deflate; server_max_window_bits=10')]
    socket = Http2Socket(client, '/wide', offer)
    assert socket.stream.headers['sec-websocket-extensions'].endswith(
        '; server_max_window_bits=10')
    socket.send_frame(TEXT, pack(text), rsv=RSV1)
    frame = socket.recv_frame()
    assert frame.rsv == RSV1 and len(frame.payload) < 1000
    assert inflate(frame.payload, 10) == text
    socket.close()


def test_a_room(server, client, room):
    first, = say(server, room, 'before')
    socket = Http2Socket(client, room, protocols=('other', 'chatws.v1'))
    assert socket.protocol == 'chatws.v1'
    assert 'chatws=' in socket.stream.headers['set-cookie']
    own = socket.recv_event('hello')['you']['id']
    assert socket.recv_event('message')['id'] == first
    with server.ws(room) as other:
        other.recv_event('hello')
        socket.say('over h2', ref='1')
        assert socket.recv_event('ack')['ref'] == '1'
        heard = other.recv_until(
            lambda e: e.get('text') == 'over h2')[-1]
        assert heard['from']['id'] == own
        other.say('over h1')
        socket.recv_until(lambda e: e.get('text') == 'over h1')
    socket.send_frame(PING, b'are you there')
    while socket.recv_frame().opcode != PONG:
        pass
    socket.close()


def test_ends_of_the_server_and_the_client(client, room):
    """Close of the server, end of the client's half, reset."""
    socket = Http2Socket(client, room)
    socket.send_frame(TEXT, b'\xff\xff')
    while socket.recv_frame().opcode != CLOSE:
        pass
    ended(socket)
    socket = Http2Socket(client, room)
    socket.half_close()
    ended(socket)
    Http2Socket(client, room).reset()
    assert client.request('/alive.txt')[0] == 200


def test_a_whole_close_then_end(server, plain, room):
    """A message right in front of END_STREAM is heard."""
    with server.ws(room) as other:
        other.recv_event('hello')
        socket = Http2Socket(plain, room)
        socket.say('my last words')
        socket.half_close()
        other.recv_until(lambda e: e.get('text') == 'my last words')
        ended(socket)


@pytest.mark.parametrize('extra, protocol, status', [
    ([('origin', 'http://e.test')], 'websocket', 403),
    ([('origin', 'null')], 'websocket', 403),
    ([('sec-websocket-version', '12')], 'websocket', 426),
    ([('content-length', '5')], 'websocket', 400),
    ([], 'chat', 501)])
def test_refused(plain, room, extra, protocol, status):
    plain.until(lambda: CONNECTS in plain.settings)
    assert plain.settings[CONNECTS].new_value == 1
    names = {name for name, _ in extra}
    own = [] if 'sec-websocket-version' in names \
        else [('sec-websocket-version', '13')]
    answer = plain.request(room, 'CONNECT', own + extra, protocol)
    assert answer[0] == status
    assert plain.request('/alive.txt')[0] == 200


@pytest.mark.parametrize('method', ['GET', 'POST'])
def test_what_only_looks_like_one(server, plain, method):
    """A request to which another module has added an Upgrade is not touched:
    no 101 goes to a client that has not asked for it."""
    server.allow(r'CW0631|CW0601: refused (GET|POST) /forged')
    status, headers, body = plain.request('/forged', method, body=b'')
    assert status == 501, headers
    assert json.loads(body)['code'] == 'bad_handshake'


def begin_many(client, path, count):
    return [client.begin(path, 'CONNECT', [('sec-websocket-version', '13')],
                         'websocket') for _ in range(count)]


def test_many_on_one_connection(plain, room):
    """Two of twenty are served, the others are refused at once: mod_http2 would
    serve nothing else on it."""
    streams = begin_many(plain, room, 20)
    plain.until(lambda: sum(s.ended for s in streams) == 20 - EACH, 20)
    for stream in streams:
        assert stream.status == (503 if stream.ended else 200)
        if stream.ended:
            assert int(stream.headers['retry-after']) > 0
            assert b'"rooms_full"' in stream.body
    assert plain.request('/alive.txt')[0] == 200


def test_beyond_the_budget(server, plain, room):
    """Of the connections together four have a thread; when one goes, a new one
    has its place. HTTP/1.1 has no such limit."""
    with Http2Client(server) as one, Http2Client(server, False) as two:
        held_ones = [Http2Socket(c, room) for c in (one, two)
                     for _ in range(EACH)]
        assert len(held_ones) == BUDGET
        stream, = begin_many(plain, room, 1)
        plain.until(lambda: stream.ended)
        assert stream.status == 503
        assert plain.request('/alive.txt')[0] == 200
        with server.ws(room) as other:
            other.recv_event('hello')
        held_ones[0].reset()
        wait_until(lambda: held(server) == BUDGET - 1, 5, 'a place is free')
        Http2Socket(plain, room).close()


def test_who_does_not_read(server, room):
    """Does not delay the others, and gets everything later."""
    with Http2Client(server, False) as slow, server.ws(room) as other:
        other.recv_event('hello')
        socket = Http2Socket(slow, room)
        socket.recv_event('hello')
        for number in range(100):
            other.say(f'{number:04d}' * 1000)
        other.recv_until(lambda e: e.get('text', '')[:4] == '0099')
        texts = [e['text'][:4] for e in socket.recv_until(
            lambda e: e.get('text', '')[:4] == '0099')
            if e['type'] == 'message']
        assert texts == [f'{n:04d}' for n in range(100)]


def test_who_says_too_much_waits(plain):
    """Beyond the rate a client is not read; what it has sent is not lost."""
    socket = Http2Socket(plain, f'/paced/{uuid.uuid4().hex}')
    socket.recv_event('hello')
    for number in range(60):
        socket.say('x' * 3000, ref=str(number))
    answers = []
    while len(answers) < 60:
        event = socket.recv_event()
        if event['type'] in ('ack', 'error'):
            answers.append(event['ref'])
    assert answers == [str(n) for n in range(60)]
    socket.close()


@pytest.mark.parametrize('options', [
    {'without': [':scheme']}, {'without': [':path']},
    {'without': [':authority']}, {'without': [':protocol']},
    {'without': ['sec-websocket-version']},
    {'more': [(':method', 'GET')]}, {'more': [(':method', 'POST')]},
    {'more': [(':protocol', 'websocket'), (':protocol', 'websocket')]},
    {'more': [(':protocol', 'WebSocket')]}, {'more': [(':scheme', 'ftp')]},
    {'more': [(':path', '*')]}], ids=str)
def test_no_handshake(plain, options):
    """Reset, or refused; and what is missing is not guessed."""
    plain.until(lambda: CONNECTS in plain.settings)
    # What h2 itself would not send is wanted here.
    plain.h2.config.validate_outbound_headers = False
    stream = plain.streams[send(plain, '/echo', **options)]
    plain.until(lambda: stream.ended or stream.status == 200)
    assert stream.status is None or stream.status >= 400
    assert plain.request('/alive.txt')[0] == 200


# What is wrong with the frames themselves. Each gets the connection and the
# path; none may leave a thread held or a child dead.

def send(client, path, end=False, without=(), more=()):
    """A CONNECT for WebSocket but for `without`, with `more`."""
    headers = [(':method', 'CONNECT'), (':protocol', 'websocket'),
               (':scheme', 'http'), (':path', path),
               (':authority', client.host), ('sec-websocket-version', '13')]
    changed = {name for name, _ in more} | set(without)
    number = client.h2.get_next_available_stream_id()
    client.h2.send_headers(
        number, [*more, *(h for h in headers if h[0] not in changed)],
        end_stream=end)
    client.flush()
    client.streams[number] = Http2Stream()
    return number


def end_at_once(client, path):
    send(client, path, end=True)


def reset_at_once(client, path):
    client.h2.reset_stream(send(client, path))
    client.flush()


def half_a_frame(client, path):
    socket = Http2Socket(client, path)
    socket.send(b'\x81\xfe\x10')
    socket.reset()


def half_a_frame_then_end(client, path):
    socket = Http2Socket(client, path)
    socket.send(b'\x81\xfe\x10')
    socket.half_close()
    ended(socket)


def trailers(client, path):
    socket = Http2Socket(client, path)
    client.h2.send_headers(socket.number, [('x-trailer', 'a')],
                           end_stream=True)
    client.flush()
    ended(socket)


def goodbye(client, path):
    Http2Socket(client, path)
    client.h2.close_connection()
    client.flush()


def no_window(client, path):
    """The client's windows shrink to nothing, and then it goes."""
    code = h2.settings.SettingCodes.INITIAL_WINDOW_SIZE
    socket = Http2Socket(client, path)
    client.h2.update_settings({code: 0})
    client.flush()
    socket.send_text('x' * 60000)


def a_byte_a_frame(client, path):
    socket = Http2Socket(client, path)
    for _ in range(3000):
        client.h2.send_data(socket.number, b'')
        client.h2.send_data(socket.number, b'\x89\x80\0\0\0\0')
    client.flush()


def no_websocket(client, path):
    socket = Http2Socket(client, path)
    socket.send(b'GET / HTTP/1.1\r\n\r\n' * 1000)


def many_at_once(client, path):
    for _ in range(100):
        send(client, path)


HOSTILE = [end_at_once, reset_at_once, half_a_frame, half_a_frame_then_end,
           trailers, goodbye, no_window, a_byte_a_frame, no_websocket,
           many_at_once]


@pytest.mark.parametrize('path', ['/echo', '/chat/hostile'])
def test_hostile(server, path):
    """After each, and after all of them, a new WebSocket has a place."""
    before = server.children()
    for attack in HOSTILE:
        for _ in range(3):
            with Http2Client(server, False) as client:
                client.until(lambda c=client: CONNECTS in c.settings)
                attack(client, path)
        wait_until(lambda: held(server) == 0, 10, f'{attack} is over')
    with Http2Client(server, False) as client:
        Http2Socket(client, path).close()
    assert server.children() == before


# A client of another make: it says `hi`, unless it is to wait, and tells what
# comes; it closes when it was answered, or told to.
NODE = r"""
const http2 = require('http2');
const [, origin, path, waits] = process.argv;
const CLOSE = Buffer.from([0x88, 0x80, 0, 0, 0, 0]);
const session = http2.connect(origin, { rejectUnauthorized: false });
session.once('remoteSettings', (settings) => {
    if (!settings.enableConnectProtocol) {
        throw new Error('not offered');
    }
    const stream = session.request({ ':method': 'CONNECT',
        ':protocol': 'websocket', ':path': path,
        'sec-websocket-version': '13' });
    stream.once('response', (headers) => {
        console.log(headers[':status']);
        if (!waits) {
            stream.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]));
        }
    });
    stream.on('data', (data) => {
        process.stdout.write(data);
        if (!stream.writableEnded
            && (!waits || data.includes('\x03\xf4', 'latin1'))) {
            stream.end(CLOSE);
        }
    });
    stream.once('end', () => console.log('\nend'));
    stream.once('close', () => session.close());
});
"""


def node(server, tls, *arguments):
    scheme = 'https' if tls else 'http'
    return subprocess.Popen(['node', '-e', NODE,
                             f'{scheme}://{server.host(tls)}', *arguments],
                            stdout=subprocess.PIPE)


@pytest.mark.parametrize('tls', [False, True])
def test_node(server, tls):
    with node(server, tls, '/echo') as client:
        told = client.communicate(timeout=60)[0]
        assert told.startswith(b'200\n\x81\x02hi')
        assert told.endswith(b'\nend\n')


@pytest.mark.children_die
@pytest.mark.parametrize('tls', [False, True])
def test_a_restart(server, room, tls):
    """bye, Close 1012, and the end of the stream."""
    old = server.children()
    with node(server, tls, room, 'wait') as client:
        wait_until(lambda: held(server) == 1, 20, 'it is there')
        server.graceful()
        told = client.communicate(timeout=60)[0]
        assert b'"type":"bye","code":1012' in told
        assert b'\x03\xf4' in told.split(b'}')[-1]
        assert told.endswith(b'\nend\n')
    wait_until(lambda: not set(old) & set(server.children()), 20, 'old gone')
