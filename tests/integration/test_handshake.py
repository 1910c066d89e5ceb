"""The opening handshake: which requests upgrade, what every other one gets,
and that a refusal is one response and the end of the connection."""
import asyncio
import subprocess

import pytest
import websockets

from harness import (ECHO, PING, PONG, ROOMS, TEXT, Httpd, RawClient,
                     WsClient, WsFailure, accept_for, client_context,
                     encode_frame, handshake_bytes, new_key)

KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
SERVERS = [('event', False), ('worker', False), ('prefork', False),
           ('event', '1.3')]


@pytest.fixture(scope='module', params=SERVERS, ids=str)
def place(request):
    """(server, tls)"""
    mpm, tls = request.param
    with Httpd(mpm=mpm, tls=bool(tls), config=ECHO + ROOMS) as server:
        yield server, tls


def ask(place, path='/echo', headers=(), after=b'', **options):
    """One handshake as bytes; (response, what came behind it until EOF)."""
    server, tls = place
    host = server.host(bool(tls))
    with RawClient(server.address(bool(tls)), tls) as client:
        client.send(handshake_bytes(path, host, KEY, headers, **options) +
                    after)
        answer = client.read_response(options.get('method', 'GET'))
        if answer.status == 101:
            return answer, None
        return answer, client.read_eof()


UPGRADES = {
    'plain': [],
    'connection lower': [('Connection', 'upgrade')],
    'connection upper': [('Connection', 'UPGRADE')],
    'connection list': [('Connection', 'keep-alive, Upgrade')],
    'connection list first': [('Connection', 'Upgrade, keep-alive')],
    'connection tabs': [('Connection', 'keep-alive\t,\tUpgrade\t')],
    'connection empty members': [('Connection', ',, Upgrade ,,')],
    'connection no spaces': [('Connection', 'a,b,upgrade,c')],
    'connection twice': [('Connection', 'keep-alive'),
                         ('Connection', 'Upgrade')],
    'upgrade case': [('Upgrade', 'WebSocket')],
    'upgrade and h2c': [('Upgrade', 'websocket, h2c')],
    'h2c and upgrade': [('Upgrade', 'h2c, websocket')],
    'upgrade twice': [('Upgrade', 'TLS/1.0'), ('Upgrade', 'websocket')],
    'version spaces': [('Sec-WebSocket-Version', '  13 ')],
    'names in lower case': [('upgrade', 'websocket'),
                            ('connection', 'Upgrade'),
                            ('sec-websocket-version', '13')],
    'content-length 0': [('Content-Length', '0')],
    'key with spare bits': [('Sec-WebSocket-Key',
                             'AQIDBAUGBwgJCgsMDQ4PEC==')],
    'unknown subprotocols': [('Sec-WebSocket-Protocol', 'soap, wamp')],
    'unknown extensions': [('Sec-WebSocket-Extensions',
                            'x-foo; bar="baz, qux", x-webkit')],
    'broken extensions': [('Sec-WebSocket-Extensions', ';;=,"')],
    'long extensions': [('Sec-WebSocket-Extensions', 'b' + ' ' * 7000 + 'x')],
}


@pytest.mark.parametrize('name', UPGRADES)
def test_upgrades(place, name):
    headers = UPGRADES[name]
    answer, _ = ask(place, headers=headers)
    assert answer.status == 101, answer
    assert answer.header('upgrade').lower() == 'websocket'
    assert answer.header('connection').lower() == 'upgrade'
    key = dict(headers).get('Sec-WebSocket-Key', KEY)
    assert answer.header('sec-websocket-accept') == accept_for(key)
    assert answer.header('sec-websocket-protocol') is None
    assert answer.header('sec-websocket-extensions') is None


@pytest.mark.parametrize('path', ['/echo', '/chat/lobby'])
@pytest.mark.parametrize('expect', ['100-continue', '100-Continue'])
def test_expect(place, path, expect):
    """RFC 9110 7.8: a 100, then the 101, in this order and once."""
    server, tls = place
    with RawClient(server.address(bool(tls)), tls) as client:
        client.send(handshake_bytes(path, server.host(bool(tls)), KEY,
                                    [('Expect', expect)]) +
                    encode_frame(PING, b'early'))
        assert client.read_until(b'\r\n\r\n') == \
            b'HTTP/1.1 100 Continue\r\n\r\n'
        answer = client.read_head()
        assert answer.status == 101
        assert answer.header('sec-websocket-accept') == accept_for(KEY)
        assert encode_frame(PONG, b'early', masked=False) in \
            client.read_until(b'early')


def test_expect_and_a_refusal(place):
    """There is nothing to go on with: one response."""
    answer, rest = ask(place, headers=[('Expect', '100-continue'),
                                       ('Sec-WebSocket-Version', '8')])
    assert answer.status == 426 and rest == b''
    answer, rest = ask(place, headers=[('Expect', 'miracles')])
    assert answer.status == 417 and rest == b''
    answer, rest = ask(place, headers=[('Expect', '100-continue'),
                                       ('Content-Length', '5')])
    assert answer.status == 400 and rest == b''


def test_accept_of_the_rfc(place):
    answer, _ = ask(place)
    assert answer.header('sec-websocket-accept') == \
        's3pPLMBiTxaQ9kYGzzhZRbK+xOo='


V = 'Sec-WebSocket-Version'
K = 'Sec-WebSocket-Key'

# name -> (statuses that are right, headers, options)
REFUSALS = {
    'no version': ({426}, [], {'without': [V]}),
    'version 8': ({426}, [(V, '8')], {}),
    'version 0': ({426}, [(V, '0')], {}),
    'version 14': ({426}, [(V, '14')], {}),
    'version 130': ({426}, [(V, '130')], {}),
    'version word': ({426}, [(V, 'thirteen')], {}),
    'version empty': ({426}, [(V, '')], {}),
    'version signed': ({426}, [(V, '+13')], {}),
    'two versions': ({400}, [(V, '13'), (V, '8')], {}),
    'two versions reversed': ({400}, [(V, '8'), (V, '13')], {}),
    'version list': ({400}, [(V, '13, 8')], {}),
    'same version twice': ({400}, [(V, '13'), (V, '13')], {}),
    'no key': ({400}, [], {'without': [K]}),
    'key empty': ({400}, [(K, '')], {}),
    'key twice': ({400}, [(K, KEY), (K, new_key())], {}),
    'same key twice': ({400}, [(K, KEY), (K, KEY)], {}),
    'key list': ({400}, [(K, f'{KEY}, {KEY}')], {}),
    'key 23': ({400}, [(K, KEY[1:])], {}),
    'key 25': ({400}, [(K, 'A' + KEY)], {}),
    'key 15 bytes': ({400}, [(K, 'AAAAAAAAAAAAAAAAAAAA')], {}),
    'key 17 bytes': ({400}, [(K, 'AAAAAAAAAAAAAAAAAAAAAAA=')], {}),
    'key one pad': ({400}, [(K, 'AAAAAAAAAAAAAAAAAAAAAA=')], {}),
    'key no pad': ({400}, [(K, 'AAAAAAAAAAAAAAAAAAAAAA')], {}),
    'key space': ({400}, [(K, 'dGhlIHNhbXBs ZSBub25jZQ==')], {}),
    'key url-safe': ({400}, [(K, 'dGhlIHNhbX-_ZSBub25jZQ==')], {}),
    'key high byte': ({400}, [(K, 'dGhlIHNhbX\xe9sZSBub25jZQ==')], {}),
    'key long': ({400}, [(K, 'A' * 4000)], {}),
    'http 1.0': ({400}, [], {'version': 'HTTP/1.0'}),
    'post': ({400}, [], {'method': 'POST'}),
    'put': ({400}, [], {'method': 'PUT'}),
    'delete': ({400}, [], {'method': 'DELETE'}),
    'head': ({400}, [], {'method': 'HEAD'}),
    'body': ({400}, [('Content-Length', '5')], {'after': b'hello'}),
    'body announced': ({400, 413}, [('Content-Length', '4500000000')], {}),
    'chunked': ({400}, [('Transfer-Encoding', 'chunked')],
                {'after': b'5\r\nhello\r\n0\r\n\r\n'}),
    'chunked empty': ({400}, [('Transfer-Encoding', 'chunked')],
                      {'after': b'0\r\n\r\n'}),
    'length and chunked': ({400}, [('Transfer-Encoding', 'chunked'),
                                   ('Content-Length', '0')],
                           {'after': b'0\r\n\r\n'}),
    'foreign origin twice': ({403}, [('Origin', 'http://evil.test'),
                                     ('Origin', 'http://evil.test')], {}),
}


@pytest.mark.parametrize('path', ['/echo', '/chat/lobby'])
@pytest.mark.parametrize('name', REFUSALS)
def test_refuses(place, name, path):
    statuses, headers, options = REFUSALS[name]
    answer, rest = ask(place, path, headers, **options)
    assert answer.status in statuses, answer
    assert rest == b'', 'more than one response'
    assert 'close' in answer.header('connection', '').lower() or \
        options.get('version') == 'HTTP/1.0'
    if 426 in statuses:
        assert answer.header(V) == '13'
        assert answer.header('upgrade').lower() == 'websocket'


# On the echo, what does not ask for WebSocket is told to, and the malformed
# is refused by us or by httpd; never 101.
NOT_ASKING = {
    'no upgrade': ({426}, [], {'without': ['Upgrade']}),
    'upgrade empty': ({400, 426}, [('Upgrade', '')], {}),
    'upgrade other': ({426}, [('Upgrade', 'h2c')], {}),
    'upgrade prefix': ({426}, [('Upgrade', 'websocketx')], {}),
    'upgrade quoted': ({400, 426}, [('Upgrade', '"websocket"')], {}),
    'upgrade folded': ({400, 426}, [('Upgrade', 'web\r\n socket')], {}),
    'upgrade long': ({400, 426}, [('Upgrade', 'x' * 8000)], {}),
    'no connection': ({400, 426}, [], {'without': ['Connection']}),
    'connection close': ({400, 426}, [('Connection', 'close')], {}),
    'connection suffix': ({400, 426}, [('Connection', 'notupgrade')], {}),
    'nul': ({400}, [('Upgrade', 'websocket\0')], {}),
    'two hosts': ({400}, [('Host', 'a.test'), ('Host', 'b.test')], {}),
    'no host': ({400}, [], {'without': ['Host']}),
    'huge header': ({400}, [('X', 'x' * 20000)], {}),
}


@pytest.mark.parametrize('name', NOT_ASKING)
def test_does_not_upgrade(place, name):
    statuses, headers, options = NOT_ASKING[name]
    server, tls = place
    head = handshake_bytes('/echo', server.host(bool(tls)), KEY, headers,
                           **options)
    with RawClient(server.address(bool(tls)), tls) as client:
        client.send(head)
        answer = client.read_response()
        assert answer.status in statuses, answer
    assert server.get('/alive.txt').status == 200


def test_header_flood(place):
    server, tls = place
    host = server.host(bool(tls))
    many = [(f'X-{i}', 'y') for i in range(2000)]
    order = [('Upgrade', 'websocket'), ('Connection', 'Upgrade')]
    with RawClient(server.address(bool(tls)), tls) as client:
        client.send(handshake_bytes('/echo', host, KEY, many + order))
        assert client.read_head().status == 400
    assert server.get('/alive.txt').status == 200


def test_smuggled_request_is_not_answered(place):
    server, tls = place
    inner = b'GET /alive.txt HTTP/1.1\r\nHost: x\r\n\r\n'
    answer, rest = ask(place, headers=[('Content-Length', str(len(inner)))],
                       after=inner)
    assert answer.status == 400 and rest == b''
    answer, rest = ask(place, headers=[(V, '12')], after=inner)
    assert answer.status == 426 and rest == b''


def test_refusal_is_an_error_event_and_logged(place):
    server, _ = place
    before = sum('[chatws:' in line for line in server.log_lines())
    answer, _ = ask(place, '/chat/lobby', [(K, 'bad')])
    assert answer.header('content-type').startswith('application/json')
    event = answer.json()
    assert event['type'] == 'error' and event['code'] == 'bad_handshake'
    assert len(event['text']) > 10
    answer, _ = ask(place, '/chat/lobby', [(K, 'bad'),
                                           ('Accept', 'text/html')])
    assert answer.header('content-type').startswith('text/html')
    assert sum('[chatws:' in line for line in server.log_lines()) \
        >= before + 2


@pytest.mark.parametrize('offer, chosen', [
    ([], None),
    (['chatws.v1'], 'chatws.v1'),
    (['soap', 'chatws.v1'], 'chatws.v1'),
    (['chatws.v1', 'chatws.key.' + '0' * 31 + '1'], 'chatws.v1'),
    (['chatws.key.' + '0' * 31 + '1', 'chatws.v1'], 'chatws.v1'),
    (['soap'], None),
    (['CHATWS.V1'], None),
    (['chatws.v1x', 'xchatws.v1'], None),
    ([f'p{i}' for i in range(1000)] + ['chatws.v1'], 'chatws.v1'),
], ids=lambda value: str(value)[:40])
def test_subprotocol(place, offer, chosen):
    server, tls = place
    client = server.ws('/chat/lobby', tls=tls, protocols=offer)
    assert client.protocol == chosen
    client.close()


def test_frames_in_the_segment_of_the_handshake(place):
    server, tls = place
    early = b''.join(encode_frame(TEXT, b'early %d' % i) for i in range(3))
    client = server.ws('/echo', tls=tls, early=early)
    for i in range(3):
        assert client.recv_message() == (TEXT, b'early %d' % i)
    client.close()


def test_half_a_frame_in_the_segment_of_the_handshake(place):
    server, tls = place
    frame = encode_frame(TEXT, b'x' * 300)
    client = server.ws('/echo', tls=tls, early=frame[:150])
    client.send(frame[150:])
    assert client.recv_message() == (TEXT, b'x' * 300)
    client.close()


def test_stray_line_end_is_a_frame(place):
    server, tls = place
    client = server.ws('/echo', tls=tls, early=b'\r\n')
    client.expect_close(1002)
    assert client.read_eof() == b''


def test_everything_byte_by_byte(place):
    server, tls = place
    client = server.ws('/echo', tls=tls, bytewise=True)
    for frame in (encode_frame(TEXT, b'slowly'),
                  encode_frame(PING, b'p'), encode_frame(TEXT, b'y' * 200)):
        client.send_bytewise(frame)
    assert client.recv_message() == (TEXT, b'slowly')
    frame = client.recv_frame()
    assert (frame.opcode, frame.payload) == (PONG, b'p')
    assert client.recv_message() == (TEXT, b'y' * 200)
    client.close()


def test_reset_at_every_step(place):
    server, tls = place
    data = handshake_bytes('/echo', server.host(bool(tls)), KEY) + \
        encode_frame(TEXT, b'abc')
    for end in range(0, len(data) + 1, 7):
        client = RawClient(server.address(bool(tls)), tls)
        client.send(data[:end])
        client.reset()
    client = server.ws('/echo', tls=tls)
    client.send_text('still here')
    assert client.recv_message() == (TEXT, b'still here')
    client.close()


def test_python_websockets(place):
    server, tls = place
    scheme = 'wss' if tls else 'ws'
    url = f'{scheme}://{server.host(bool(tls))}/echo'

    async def talk():
        options = {'ssl': client_context()} if tls else {}
        async with websockets.connect(url, **options) as socket:
            for message in ('text', b'\x00binary\xff', '', 'z' * 60000):
                await socket.send(message)
                assert await socket.recv() == message
            await asyncio.wait_for(await socket.ping(b'hey'), 5)
        return socket.close_code
    assert asyncio.run(talk()) == 1000


def test_curl(place):
    server, tls = place
    scheme = 'https' if tls else 'http'
    done = subprocess.run(
        ['curl', '-ski', '--http1.1', '--max-time', '5',
         '-H', 'Connection: Upgrade', '-H', 'Upgrade: websocket',
         '-H', f'{V}: 12', '-H', f'{K}: {KEY}',
         f'{scheme}://{server.host(bool(tls))}/echo'],
        capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith(b'HTTP/1.1 426')


def test_a_browser_that_is_refused_sees_why(place):
    server, tls = place
    with pytest.raises(WsFailure) as failure:
        WsClient(server.address(bool(tls)), '/chat/', tls=tls)
    assert failure.value.response.status == 400
    assert failure.value.response.json()['code'] == 'bad_room'
