"""Compression as in classes 12 and 13 of the Autobahn test suite: five kinds of
data, 16 bytes to 128 KB, whole and in fragments, with every kind of offer. Each
message comes back equal, of its type, in its order, compressed, and within the
window that was agreed on."""
import asyncio
import json
import random
import zlib

import pytest

from harness import (BINARY, LONG, SOURCE, TEXT, Httpd, encode_frame, location,
                     new_room)
from harness.deflated import RSV1, DeflatedClient, pack

CONFIG = (location('/echo', 'Chat echo', 'ChatMaxPayload 16M') +
          location('/chat', 'Chat rooms', 'ChatRate off',
                   'ChatCompression on'))

# (bytes, bytes of a fragment or 0)
SIZES = [(16, 0), (64, 0), (256, 0), (1024, 0), (4096, 0), (8192, 0),
         (16384, 0), (32768, 0), (65536, 0), (131072, 0), (8192, 256),
         (16384, 256), (32768, 256), (65536, 256), (131072, 256),
         (131072, 1024), (131072, 4096), (131072, 32768)]
NAME = 'permessage-deflate'
CONTEXT = '; server_no_context_takeover; client_no_context_takeover'


def bits(number):
    return f'; server_max_window_bits={number}'


OFFERS = {
    '13.1': NAME,
    '13.2': NAME + CONTEXT,
    '13.3': NAME + bits(9) + '; client_max_window_bits=9',
    '13.4': NAME + bits(15) + '; client_max_window_bits=15',
    '13.5': NAME + CONTEXT + bits(9) + '; client_max_window_bits=9',
    '13.6': NAME + CONTEXT + bits(15) + '; client_max_window_bits=15',
    '13.7': ', '.join((NAME + CONTEXT + bits(9), NAME + CONTEXT, NAME)),
}


def picture():
    """A grey picture: neighbours are alike, and it is noisy."""
    draw = random.Random(12)
    return bytes((x * y // 700 + draw.randrange(8)) % 256
                 for y in range(512) for x in range(512))


def events():
    draw = random.Random(1)
    return json.dumps([{'id': number, 'type': 'message', 'text': 'n' * (
        number % 40), 'from': {'id': draw.randrange(1 << 60)}}
        for number in range(3000)]).encode()


KINDS = {
    '12.1': (TEXT, events()),
    '12.2': (BINARY, picture()),
    '12.3': (TEXT, (SOURCE / 'docs' / 'ARCHITECTURE.md').read_bytes() * 8),
    '12.4': (TEXT, ''.join(f'<li><a href="/{n}">ü{n}</a></li>\n' for n in
                           range(8000)).encode()),
    '12.5': (BINARY, random.Random(5).randbytes(1 << 18)),
}


@pytest.fixture(scope='module')
def server():
    with Httpd(tls=True, config=CONFIG) as running:
        yield running


def pieces(kind, data, size):
    """Messages of that size out of the data; text ends with a character."""
    for at in range(0, len(data) - size, max(size, 1 << 15)):
        part = data[at:at + size]
        if kind == TEXT:
            part = part.decode(errors='ignore').encode()
        yield part


def play(client, kind, data):
    """All sizes; 1,000 messages of each in the long form."""
    window = min(client.window, 15)
    for size, fragment in SIZES:
        parts = list(pieces(kind, data, size))
        for turn in range(1000 if LONG else 20 if size < 4096 else 2):
            payload = parts[turn % len(parts)]
            client.send_packed(payload, kind, fragment or None, bits=window)
            assert client.recv_message() == (kind, payload), (size, fragment)
            # Compressed, but for what does not get shorter.
            assert client.was_packed == (
                len(pack(payload, client.window, 1)) < len(payload)) \
                or size < 256


@pytest.mark.parametrize('tls', [False, True], ids=['plain', 'tls'])
@pytest.mark.parametrize('case', KINDS)
def test_kinds_of_data(server, case, tls):
    client = DeflatedClient(server.address(tls), '/echo', tls=tls)
    play(client, *KINDS[case])
    client.disconnect()


@pytest.mark.parametrize('tls', [False, True], ids=['plain', 'tls'])
@pytest.mark.parametrize('case', OFFERS)
def test_kinds_of_offers(server, case, tls):
    client = DeflatedClient(server.address(tls), '/echo', OFFERS[case],
                            tls=tls)
    assert client.window == (9 if '=9' in OFFERS[case] else 15)
    play(client, *KINDS['12.1'])
    client.disconnect()


def test_byte_by_byte(server):
    client = DeflatedClient(server.address(), '/echo')
    payload = KINDS['12.3'][1][:3000]
    data = pack(payload)
    client.send_bytewise(
        encode_frame(TEXT, data[:500], fin=False, rsv=RSV1) +
        encode_frame(0, data[500:]) + encode_frame(TEXT, b'plain'))
    assert client.recv_message() == (TEXT, payload)
    assert client.recv_message() == (TEXT, b'plain')
    client.disconnect()


@pytest.mark.parametrize('strategy', [zlib.Z_RLE, zlib.Z_FILTERED])
def test_other_encoders(server, strategy):
    client = DeflatedClient(server.address(), '/echo')
    kind, data = KINDS['12.4']
    client.send_packed(data[:60000].decode(errors='ignore'), kind,
                       strategy=strategy)
    assert client.recv_message()[0] == kind and client.was_packed
    client.disconnect()


def test_python_websockets(server):
    """A client of its own, which offers what it likes and keeps to it."""
    websockets = pytest.importorskip('websockets')
    text = KINDS['12.3'][1][:5000].decode()

    async def talk():
        url = f'ws://127.0.0.1:{server.port}'
        async with websockets.connect(url + '/echo') as client:
            assert 'PerMessageDeflate' in str(client.extensions)
            for _ in range(20):
                await client.send(text)
                assert await client.recv() == text
        async with websockets.connect(url + new_room(),
                                      origin=f'http://127.0.0.1:{server.port}'
                                      ) as client:
            json.loads(await client.recv())
            await client.send(json.dumps({'type': 'message', 'text': text}))
            kinds = set()
            while 'message' not in kinds:
                event = json.loads(await client.recv())
                kinds.add(event['type'])
            assert event['text'] == text
    asyncio.run(asyncio.wait_for(talk(), 60))
