"""The echo: the whole of RFC 6455 after the handshake, as a peer sees it, over
plain TCP, TLS 1.2 and TLS 1.3, under all three MPMs."""
import time

import pytest

from harness import (BINARY, CLOSE, CONT, PATIENCE, PING, PONG, TEXT, Httpd,
                     close_payload, encode_frame, location)

CONFIG = (location('/echo', 'Chat echo') +
          location('/big', 'Chat echo', 'ChatMaxPayload 16M') +
          location('/small', 'Chat echo', 'ChatMaxPayload 1K') +
          location('/slow', 'Chat echo', 'ChatSlowClient 1s'))
KINDS = [(mpm, tls) for mpm in ('event', 'worker', 'prefork')
         for tls in (False, '1.2', '1.3')]


@pytest.fixture(scope='module')
def servers():
    running = {}

    def get(mpm):
        if mpm not in running:
            running[mpm] = Httpd(mpm=mpm, tls=True, config=CONFIG).start()
        return running[mpm]
    yield get
    for server in running.values():
        server.stop()


@pytest.fixture(params=KINDS, ids=str)
def connect(request, servers):
    """connect(path) gives a client for this MPM and transport."""
    mpm, tls = request.param
    server = servers(mpm)
    opened = []

    def begin(path='/echo', **options):
        opened.append(server.ws(path, tls=tls, **options))
        return opened[-1]
    yield begin
    for client in opened:
        client.disconnect()


@pytest.fixture
def plain(servers):
    """connect on event without TLS: for long tables."""
    return servers('event').ws


def test_sizes(connect):
    client = connect('/big')
    for size in (0, 1, 2, 7, 8, 124, 125, 126, 127, 128, 4095, 16384, 65534,
                 65535, 65536, 65537, 70000):
        data = bytes((i * 7 + size) % 256 for i in range(size))
        client.send_binary(data)
        assert client.recv_message() == (BINARY, data)
        text = ('é' * (size // 2) + 'x' * (size % 2)).encode()
        client.send_text(text)
        assert client.recv_message() == (TEXT, text)
    client.close()


def test_a_megabyte_both_ways(connect):
    client = connect('/big')
    data = bytes(range(256)) * 4096
    client.send_binary(data)
    assert client.recv_message(30) == (BINARY, data)
    client.close()


def test_many_frames_in_one_write(connect):
    client = connect()
    count = 200
    client.send(b''.join(encode_frame(TEXT, b'%d' % i)
                         for i in range(count)))
    for i in range(count):
        assert client.recv_message() == (TEXT, b'%d' % i)
    client.close()


def test_fragments_with_pings_between(connect):
    client = connect()
    client.send_frame(TEXT, b'one ', fin=False)
    client.send_frame(PING, b'first')
    client.send_frame(CONT, b'', fin=False)
    client.send_frame(CONT, b'two ', fin=False)
    frame = client.recv_frame()
    assert (frame.opcode, frame.payload) == (PONG, b'first')
    client.send_frame(PONG, b'unsolicited')
    client.send_frame(PING, b'second')
    client.send_frame(CONT, b'three')
    frame = client.recv_frame()
    assert (frame.opcode, frame.payload) == (PONG, b'second')
    assert client.recv_message() == (TEXT, b'one two three')
    client.close()


def test_ping_payloads(connect):
    client = connect()
    for payload in (b'', b'x', bytes(range(125)), b'\xff\x00'):
        client.send_frame(PING, payload)
        frame = client.recv_frame()
        assert (frame.opcode, frame.fin, frame.payload) == \
            (PONG, True, payload)
    client.close()


def test_code_point_split_over_fragments(connect):
    client = connect()
    data = 'κόσμε€𝄞'.encode()
    for byte in range(len(data)):
        client.send_frame(TEXT if byte == 0 else CONT,
                          data[byte:byte + 1], fin=byte == len(data) - 1)
    assert client.recv_message() == (TEXT, data)
    client.close()


def test_zero_mask(connect):
    client = connect()
    client.send_text('in clear', mask=b'\0\0\0\0')
    assert client.recv_message() == (TEXT, b'in clear')
    client.close()


def test_closing_handshake(connect):
    client = connect()
    client.send_close(1000, 'enough')
    code, _ = client.expect_close(1000)
    assert code == 1000
    assert client.read_eof(20) == b'', 'server did not close the connection'


def test_bytes_after_close_are_ignored(connect):
    client = connect()
    client.send(encode_frame(CLOSE, close_payload(1001)) +
                encode_frame(TEXT, b'late') + encode_frame(CLOSE, b'x'))
    client.expect_close(1001)
    assert client.read_eof(20) == b''


def test_what_came_before_a_violation_is_answered(connect):
    client = connect()
    client.send(encode_frame(TEXT, b'a') + encode_frame(PING, b'p') +
                encode_frame(BINARY, b'b') +
                encode_frame(TEXT, b'bad', masked=False))
    assert client.recv_message() == (TEXT, b'a')
    frame = client.recv_frame()
    while frame.opcode == PONG:
        assert frame.payload == b'p'
        frame = client.recv_frame()
    assert (frame.opcode, frame.payload) == (BINARY, b'b')
    client.expect_close(1002)
    assert client.read_eof(20) == b''


def test_close_survives_unread_input(connect):
    client = connect()
    client.send(encode_frame(TEXT, b'bad', rsv=1) + b'z' * 60000)
    client.expect_close(1002)


VIOLATIONS = {
    'unmasked text': encode_frame(TEXT, b'x', masked=False),
    'unmasked ping': encode_frame(PING, b'x', masked=False),
    'unmasked close': encode_frame(CLOSE, b'\x03\xe8', masked=False),
    'unmasked empty': encode_frame(TEXT, masked=False),
    'rsv1': encode_frame(TEXT, b'x', rsv=4),
    'rsv2': encode_frame(TEXT, b'x', rsv=2),
    'rsv3': encode_frame(TEXT, b'x', rsv=1),
    'rsv1 ping': encode_frame(PING, b'x', rsv=4),
    'rsv1 close': encode_frame(CLOSE, b'\x03\xe8', rsv=4),
    'rsv1 continuation': encode_frame(TEXT, b'x', fin=False) +
    encode_frame(CONT, b'x', rsv=4),
    **{f'opcode {code}': encode_frame(code, b'x')
       for code in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    'ping 126': encode_frame(PING, b'x' * 126),
    'close 126': encode_frame(CLOSE, b'\x03\xe8' + b'x' * 124),
    'pong 65536': encode_frame(PONG, b'', length=65536),
    'ping fragment': encode_frame(PING, b'x', fin=False),
    'close fragment': encode_frame(CLOSE, b'\x03\xe8', fin=False),
    'continuation first': encode_frame(CONT, b'x'),
    'continuation first open': encode_frame(CONT, b'x', fin=False),
    'continuation after end': encode_frame(TEXT, b'x', fin=False) +
    encode_frame(CONT, b'y') + encode_frame(CONT, b'z'),
    'text within text': encode_frame(TEXT, b'x', fin=False) +
    encode_frame(TEXT, b'y'),
    'binary within text': encode_frame(TEXT, b'x', fin=False) +
    encode_frame(BINARY, b'y', fin=False),
    'length 0 in 2': encode_frame(TEXT, b'', length_bytes=2),
    'length 125 in 2': encode_frame(TEXT, b'x' * 125, length_bytes=2),
    'length 0 in 8': encode_frame(TEXT, b'', length_bytes=8),
    'length 125 in 8': encode_frame(TEXT, b'x' * 125, length_bytes=8),
    'length 126 in 8': encode_frame(TEXT, b'x' * 126, length_bytes=8),
    'length 65535 in 8': encode_frame(BINARY, b'', length=65535,
                                      length_bytes=8),
    'length 2^63': encode_frame(BINARY, b'', length=1 << 63),
    'length 2^64-1': encode_frame(BINARY, b'', length=(1 << 64) - 1),
    'too long and rsv': encode_frame(BINARY, b'', rsv=2, length=1 << 40),
    'too long and unmasked': encode_frame(BINARY, b'', masked=False,
                                          length=1 << 40),
    'close of one byte': encode_frame(CLOSE, b'\x03'),
    **{f'close code {code}': encode_frame(CLOSE, close_payload(code))
       for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999,
                    2000, 2999, 5000, 65535)},
}


@pytest.mark.parametrize('name', VIOLATIONS)
def test_1002(plain, name):
    client = plain('/echo')
    client.send(VIOLATIONS[name])
    while True:
        opcode, payload = client.recv_message()
        if opcode == CLOSE:
            break
        assert name == 'continuation after end' and payload == b'xy'
    assert payload[:2] == b'\x03\xea', f'closed with {payload!r}'
    client.disconnect()


@pytest.mark.parametrize('code', [1000, 1001, 1002, 1003, 1007, 1008, 1009,
                                  1010, 1011, 1012, 1013, 1014, 3000, 3999,
                                  4000, 4999])
def test_close_code_is_echoed(plain, code):
    client = plain('/echo')
    client.send_close(code, 'r' * 123)
    client.expect_close(code)
    assert client.read_eof(20) == b''


def test_close_without_code(plain):
    client = plain('/echo')
    client.send_close()
    assert client.expect_close()[0] in (None, 1000)
    assert client.read_eof(20) == b''


BAD_TEXT = {
    'continuation byte': b'\x80',
    'overlong slash': b'\xc0\xaf',
    'overlong nul': b'\xe0\x80\x80',
    'overlong 4': b'\xf0\x80\x80\xaf',
    'surrogate': b'\xed\xa0\x80',
    'surrogate pair': b'\xed\xa1\x8c\xed\xbe\xb4',
    'beyond unicode': b'\xf4\x90\x80\x80',
    'five bytes': b'\xf8\x88\x80\x80\x80',
    'ff': b'\xff',
    'cut at the end': b'\xe2\x82',
    'cut by ascii': b'\xe2\x82x',
}


@pytest.mark.parametrize('name', BAD_TEXT)
def test_1007(plain, name):
    client = plain('/echo')
    client.send(encode_frame(TEXT, b'good') +
                encode_frame(TEXT, b'ab' + BAD_TEXT[name]))
    assert client.recv_message() == (TEXT, b'good')
    client.expect_close(1007)
    client.disconnect()
    client = plain('/echo')
    client.send_close(1000, b'r' + BAD_TEXT[name])
    client.expect_close(1007)
    client = plain('/echo')
    client.send_binary(BAD_TEXT[name])
    assert client.recv_message() == (BINARY, BAD_TEXT[name])
    client.close()


def test_bad_text_is_refused_before_the_frame_ends(connect):
    client = connect()
    whole = encode_frame(TEXT, b'abc\xed\xa0' + b'x' * 90)
    client.send(whole[:12])
    client.expect_close(1007)


def test_bad_text_is_refused_before_the_message_ends(connect):
    client = connect()
    client.send_text(b'abc\xe2', fin=False)
    client.send_frame(CONT, b'\x41', fin=False)
    client.expect_close(1007)


@pytest.mark.parametrize('path, limit', [('/echo', 65536), ('/small', 1024)])
def test_1009_at_the_limit(plain, path, limit):
    client = plain(path)
    client.send_binary(b'x' * limit)
    assert client.recv_message() == (BINARY, b'x' * limit)
    client.send_binary(b'x' * (limit - 1), fin=False)
    client.send_frame(CONT, b'y')
    assert client.recv_message() == (BINARY, b'x' * (limit - 1) + b'y')
    client.send_binary(b'x' * (limit + 1))
    client.expect_close(1009)
    client = plain(path)
    client.send_binary(b'x' * limit, fin=False)
    client.send_frame(CONT, b'y')
    client.expect_close(1009)


@pytest.mark.parametrize('length', [65537, 1 << 31, (1 << 32) - 1, 1 << 32,
                                    (1 << 63) - 1])
def test_1009_at_the_header(plain, length):
    client = plain('/echo')
    client.send(encode_frame(BINARY, b'', length=length))
    client.expect_close(1009)
    client.disconnect()


def test_1009_in_the_continuation_header(plain):
    client = plain('/small')
    client.send_binary(b'x', fin=False)
    client.send(encode_frame(CONT, b'', length=(1 << 63) - 1))
    client.expect_close(1009)


def test_empty_fragments_count(plain):
    client = plain('/small')
    empty = encode_frame(CONT, fin=False)
    client.send(encode_frame(TEXT, fin=False) + empty * 1022 +
                encode_frame(CONT))
    assert client.recv_message() == (TEXT, b'')
    client.send(encode_frame(TEXT, fin=False) + empty * 1100)
    client.expect_close(1009)


def test_slow_message_is_closed(connect):
    client = connect('/slow')
    begun = time.monotonic()
    client.send_text('begun', fin=False)
    client.send(encode_frame(CONT, b'x' * 50)[:9])
    rest = client.read_eof(15)
    assert 0.7 < time.monotonic() - begun < PATIENCE
    assert rest == b'' or rest[0] == 0x88


def test_slow_bytes_do_not_prolong_a_message(plain):
    client = plain('/slow')
    client.patience = 0
    frame = encode_frame(TEXT, b'x' * 100)
    for at in range(len(frame)):
        try:
            client.send(frame[at:at + 1])
            if not client.fill(time.monotonic() + 0.1):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    assert at < len(frame) - 1, 'a slow message lived on'


def test_silence_is_no_slow_message(plain):
    client = plain('/slow')
    assert client.silent(2.5)
    client.send_text('awake')
    assert client.recv_message() == (TEXT, b'awake')
    client.close()


def test_many_pings(plain):
    client = plain('/echo')
    pings = [b'%d' % i for i in range(500)]
    client.send(b''.join(encode_frame(PING, p) for p in pings) +
                encode_frame(TEXT, b'end'))
    seen = []
    while True:
        frame = client.recv_frame()
        if frame.opcode == TEXT:
            break
        assert frame.opcode == PONG
        seen.append(frame.payload)
    assert seen[-1] == b'499', 'the newest ping has no pong'
    assert [p for p in pings if p in set(seen)] == seen, 'pongs out of order'
    client.close()


@pytest.mark.parametrize('tls', [False, True])
def test_no_websocket(servers, tls):
    server = servers('event')
    answer = server.get('/echo', tls=tls)
    assert answer.status == 426
    assert answer.header('upgrade').lower() == 'websocket'
    assert b'WebSocket' in answer.body
    answer = server.request('HEAD', '/echo', tls=tls)
    assert answer.status == 426 and answer.body == b''
    for method in ('POST', 'PUT', 'DELETE'):
        answer = server.request(method, '/echo', body=b'x', tls=tls)
        assert answer.status == 405
        assert 'GET' in answer.header('allow')
