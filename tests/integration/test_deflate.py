"""permessage-deflate (RFC 7692) as a peer sees it: what is agreed on, in rooms
and in the echo, plain and over TLS; zlib of Python is the oracle."""
import json
import zlib

import pytest

from harness import (BINARY, CLOSE, CONT, PING, PONG, TEXT, Httpd,
                     config_test, location, new_room, wait_until)
from harness.deflated import RSV1, DeflatedClient, inflate, pack

BOTH = ('permessage-deflate; server_no_context_takeover; '
        'client_no_context_takeover')
SERVER_BITS = '; server_max_window_bits='
CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/echo', 'Chat echo') +
          location('/small', 'Chat echo', 'ChatMaxPayload 1K') +
          location('/off', 'Chat echo', 'ChatCompression off') +
          location('/least', 'Chat rooms', 'ChatRate off',
                   'ChatCompression on 1K') +
          location('/always', 'Chat rooms', 'ChatRate off',
                   'ChatCompression on 0') +
          '<Location /denied>\nChat echo\nSetEnvIf User-Agent "Version/15\\..* '
          'Safari" no-gzip\n</Location>\n')
LONG_TEXT = 'What is said in a chat is much the same all day long. ' * 12

OFFERS = [
    ('permessage-deflate', BOTH),
    ('permessage-deflate; client_max_window_bits', BOTH),
    ('permessage-deflate; client_max_window_bits=8', BOTH),
    ('permessage-deflate; server_max_window_bits=9', BOTH + SERVER_BITS + '9'),
    ('permessage-deflate; server_max_window_bits="10"',
     BOTH + SERVER_BITS + '10'),
    ('permessage-deflate; server_max_window_bits=15',
     BOTH + SERVER_BITS + '15'),
    ('permessage-deflate; server_max_window_bits=8', None),
    ('permessage-deflate; server_max_window_bits=8, permessage-deflate', BOTH),
    ('permessage-deflate; foo, permessage-deflate; server_max_window_bits=12, '
     'permessage-deflate', BOTH + SERVER_BITS + '12'),
    ('x-webkit-deflate-frame', None),
    ('permessage-deflate;', None),
    ('permessage-deflate, a b', None),
]


@pytest.fixture(scope='module')
def server():
    with Httpd(tls=True, config=CONFIG) as running:
        yield running


@pytest.fixture(params=[False, True], ids=['plain', 'tls'])
def connect(request, server):
    """connect(path, offer) gives a client that has offered it."""
    opened = []

    def begin(path='/echo', offer='permessage-deflate', **options):
        tls = request.param
        opened.append(DeflatedClient(server.address(tls), path, offer,
                                     tls=tls, **options))
        return opened[-1]
    yield begin
    for client in opened:
        client.disconnect()


def expect_close(client, code):
    opcode, payload = client.recv_message()
    while opcode == TEXT: # a room's hello
        opcode, payload = client.recv_message()
    assert opcode == CLOSE and int.from_bytes(payload[:2], 'big') == code


@pytest.mark.parametrize('offer,answer', OFFERS)
def test_what_is_agreed_on(server, offer, answer):
    for path in ('/echo', new_room()):
        client = DeflatedClient(server.address(), path, offer)
        assert client.agreed == answer
        client.disconnect()


def test_two_fields_are_one_list(server):
    client = DeflatedClient(
        server.address(), '/echo', 'permessage-deflate; bad',
        headers=[('Sec-WebSocket-Extensions', 'foo')])
    assert client.agreed is None
    client.disconnect()
    client = DeflatedClient(
        server.address(), '/echo', 'permessage-deflate',
        headers=[('Sec-WebSocket-Extensions', 'foo; bar="a, b"')])
    assert client.agreed == BOTH
    client.disconnect()


@pytest.mark.parametrize('path,headers', [
    ('/off', []), ('/echo?uncompressed', []),
    ('/chat/x?meter=00112233445566aa&look', []),
    ('/denied', [('User-Agent', 'Version/15.4 Mobile Safari/604')])])
def test_declined(server, path, headers):
    client = DeflatedClient(server.address(), path, headers=headers)
    assert client.agreed is None
    client.send_frame(TEXT, pack(b'hello'), rsv=RSV1)
    expect_close(client, 1002)
    client.disconnect()


def test_echo(connect):
    client = connect()
    for size in (0, 1, 125, 126, 4096, 65535):
        for opcode in (TEXT, BINARY):
            payload = (LONG_TEXT * (size // len(LONG_TEXT) + 1))[:size]
            client.send_packed(payload, opcode)
            assert client.recv_message() == (opcode, payload.encode())
            assert client.was_packed == (size > 64)
            client.send_frame(opcode, payload)
            assert client.recv_message() == (opcode, payload.encode())
            assert not client.was_packed


@pytest.mark.parametrize('bits', range(9, 16))
def test_every_window(connect, bits):
    """A text that repeats itself just beyond the window."""
    client = connect(offer=f'permessage-deflate; server_max_window_bits={bits}')
    part = bytes((i * 167 + (i >> 8) * 91 ^ i >> 3) % 251 for i in
                 range((1 << bits) + 7))
    payload = (b'x' * 1000 + part + part)[:65536]
    client.send_packed(payload, BINARY)
    assert client.recv_message() == (BINARY, payload)
    assert client.was_packed and client.window == bits


def test_fragments_and_pings(connect):
    client = connect()
    data = pack(LONG_TEXT.encode())
    for size in (1, 7, 50):
        for at in range(0, len(data), size):
            client.send_frame(PING, b'%d' % at)
            client.send_frame(CONT if at else TEXT, data[at:at + size],
                              rsv=0 if at else RSV1,
                              fin=at + size >= len(data))
            frame = client.recv_frame()
            assert (frame.opcode, frame.payload) == (PONG, b'%d' % at)
        assert client.recv_message() == (TEXT, LONG_TEXT.encode())


@pytest.mark.parametrize('strategy', [zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED,
                                      zlib.Z_HUFFMAN_ONLY])
@pytest.mark.parametrize('level', [0, 1, 9])
def test_every_kind_of_block(connect, level, strategy):
    client = connect()
    client.send_packed(LONG_TEXT, level=level, strategy=strategy)
    assert client.recv_message() == (TEXT, LONG_TEXT.encode())


def test_a_last_block_and_what_follows_it(connect):
    """RFC 7692 7.2.3.4; and without the byte behind it, as some send it."""
    client = connect()
    whole = zlib.compressobj(6, zlib.DEFLATED, -15)
    data = whole.compress(b'Hello') + whole.flush(zlib.Z_FINISH)
    for payload, expected in ((data + b'\0', b'Hello'), (data, b'Hello'),
                              (data + pack(b'Hello'), b'HelloHello')):
        client.send_frame(TEXT, payload, rsv=RSV1)
        assert client.recv_message() == (TEXT, expected)


BAD = [
    ('no stream', [(TEXT, b'\xff\xff\xff', RSV1, True)], 1007),
    ('nothing', [(TEXT, b'', RSV1, True)], 1007),
    ('cut', [(TEXT, pack(LONG_TEXT.encode())[:-2], RSV1, True)], 1007),
    ('no UTF-8', [(TEXT, pack(b'caf\xe9'), RSV1, True)], 1007),
    ('RSV1 on a continuation',
     [(TEXT, b'a', RSV1, False), (CONT, b'b', RSV1, True)], 1002),
    ('RSV1 on a ping', [(PING, b'a', RSV1, True)], 1002),
    ('RSV2', [(TEXT, b'a', RSV1 | 2, True)], 1002),
    ('RSV3', [(TEXT, b'a', 1, True)], 1002),
]


@pytest.mark.parametrize('frames,code', [row[1:] for row in BAD],
                         ids=[row[0] for row in BAD])
def test_what_ends_it(connect, frames, code):
    client = connect()
    for opcode, payload, rsv, fin in frames:
        client.send_frame(opcode, payload, rsv=rsv, fin=fin)
    expect_close(client, code)


def test_the_limit_is_of_what_comes_out(connect):
    client = connect('/small')
    client.send_packed('x' * 1024)
    assert client.recv_message() == (TEXT, b'x' * 1024)
    client.send_packed('x' * 1025)
    expect_close(client, 1009)
    client = connect('/small')
    client.send_packed('x' * (1 << 24))
    expect_close(client, 1009)


def test_a_room(server):
    """All of a room's readers get every message once, each in its own way."""
    room = new_room()
    readers = [DeflatedClient(server.address(tls), room, offer, tls=tls)
               for tls in (False, True)
               for offer in ('permessage-deflate', 'foo',
                             'permessage-deflate; server_max_window_bits=9')]
    stream = server.sse(room)
    for reader in readers:
        reader.recv_event('hello')
    texts = [LONG_TEXT[i:] if i % 3 else str(i) for i in range(60)]
    before = [reader.wire for reader in readers]
    for text in texts:
        readers[0].send_packed(json.dumps({'type': 'message', 'text': text}))
    for reader in readers:
        packed = reader.packed
        for text in texts:
            assert reader.recv_event('message')['text'] == text
        # Who is here is told meanwhile, and may be packed, too.
        assert reader.packed - packed in (range(40, 50) if reader.agreed
                                          else [0])
    for text in texts:
        assert stream.recv_event('message')['text'] == text
    spent = [reader.wire - start for reader, start in zip(readers, before)]
    assert spent[0] < spent[1] / 2, spent
    for reader in readers:
        reader.disconnect()
    stream.disconnect()


def test_history_comes_so_as_well(server):
    room = new_room()
    first = DeflatedClient(server.address(), room)
    for i in range(30):
        first.say(f'{i} {LONG_TEXT}')
        first.recv_event('message')
    late = DeflatedClient(server.address(), room + '?history=30')
    plain = server.ws(room + '?history=30')
    for i in range(30):
        event = late.recv_event('message')
        assert event == plain.recv_event('message')
        assert event['text'] == f'{i} {LONG_TEXT}'
    assert late.packed >= 30
    for client in (first, late, plain):
        client.disconnect()


@pytest.mark.parametrize('path,size,packed', [
    ('/least/', 800, False), ('/least/', 1000, True), ('/always/', 60, True)])
def test_the_least_size(server, path, size, packed):
    client = DeflatedClient(server.address(), path + new_room()[6:])
    client.recv_event('hello')
    client.say('ab' * (size // 2))
    client.recv_event('message')
    assert client.was_packed == packed
    client.disconnect()


def test_no_secret_is_compressed(server):
    """A guest's key travels in heads alone: nothing that is compressed beside
    others' words has it."""
    room = new_room()
    client = DeflatedClient(server.address(), '/always/' + room[6:])
    cookie = client.response.header('set-cookie')
    key = cookie.split('=', 1)[1].split(';')[0]
    client.say(LONG_TEXT)
    events = client.recv_until(lambda event: event['type'] == 'message')
    assert client.packed and key not in json.dumps(events)
    client.disconnect()


@pytest.mark.parametrize('mpm', ['worker', 'prefork'])
def test_other_mpms(mpm):
    with Httpd(mpm=mpm, config=CONFIG) as server:
        client = DeflatedClient(server.address(), '/echo')
        client.send_packed(LONG_TEXT)
        assert client.recv_message() == (TEXT, LONG_TEXT.encode())
        assert client.was_packed
        client.disconnect()


def test_a_reload_changes_it():
    config_test('ChatCompression on')
    config = location('/echo', 'Chat echo', 'ChatCompression off')
    with Httpd(config=config) as server:
        assert not is_agreed(server)
        text = server.config_path.read_text()
        server.config_path.write_text(text.replace('ChatCompression off',
                                                   'ChatCompression on'))
        server.graceful()
        wait_until(lambda: is_agreed(server), 30)


def is_agreed(server):
    client = DeflatedClient(server.address(), '/echo')
    client.disconnect()
    return client.agreed is not None
