"""Bodies with a content coding: decoded where httpd has a filter for that, and
never longer than ChatMaxPayload, whatever their head says."""
import gzip
import json
import os
import re
import secrets
import zlib

import pytest

from harness import Httpd, key_of, location, new_room

MOST = 16384
JSON = ('Content-Type', 'application/json')
GZIP = ('Content-Encoding', 'gzip')
CONFIG = (
    location('/chat', 'Chat rooms', 'ChatRate off', 'ChatMaxPayload 16K',
             'SetInputFilter DEFLATE') +
    location('/plain', 'Chat rooms', 'ChatRate off', 'ChatMaxPayload 16K'))


@pytest.fixture(scope='module', params=['event', 'worker', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, tls=True, modules=('deflate', 'filter'),
               config=CONFIG) as running:
        running.allow(r'\[deflate:')
        yield running


def post(server, room, body, *headers, tls=False):
    return server.request('POST', room, [*key_of(1), *headers], body, tls)


def texts(server, room):
    return [event['text'] for event in server.get(room).json()['events']]


@pytest.mark.parametrize('tls', [False, True])
def test_decoded(server, tls):
    room = new_room()
    for kind, body in (
            ('application/json', json.dumps({'text': 'ü 1'}).encode()),
            ('text/plain', 'ü 1'.encode()),
            ('application/x-www-form-urlencoded', b'text=%C3%BC+1')):
        for coding in ('gzip', 'x-gzip', 'GZIP'):
            answer = post(server, room, gzip.compress(body),
                          ('Content-Type', kind),
                          ('Content-Encoding', coding), tls=tls)
            assert answer.status == 201, answer
    assert texts(server, room) == ['ü 1'] * 9
    assert post(server, room, b'{"text":"as it is"}', JSON).status == 201


def test_in_chunks(server):
    """No Content-Length, and each byte in a chunk of its own."""
    room, body = new_room(), gzip.compress(b'{"text":"' + b'x' * 5000 + b'"}')
    with server.raw() as client:
        client.send(f'POST {room} HTTP/1.1\r\nHost: {server.host()}\r\n'
                    'Content-Type: application/json\r\n'
                    'Content-Encoding: gzip\r\n'
                    'Transfer-Encoding: chunked\r\n\r\n'.encode() +
                    b''.join(b'1\r\n%c\r\n' % byte for byte in body) +
                    b'0\r\n\r\n')
        assert client.read_response().status == 201
    assert texts(server, room) == ['x' * 5000]


@pytest.mark.parametrize('size, status', [
    (MOST, 201), (MOST + 1, 413), (MOST * 3 // 2, 413)])
def test_the_limit_is_of_what_comes_out(server, size, status):
    """Not of what the head says is on its way, which is less here."""
    body = json.dumps({'text': 'x', 'more': secrets.token_hex(size // 2 - 20)}
                      ).encode().ljust(size)
    packed = gzip.compress(body)
    assert len(body) == size and len(packed) < MOST
    answer = post(server, new_room(), packed, JSON, GZIP)
    assert answer.status == status, answer
    if status == 413:
        assert answer.json()['code'] == 'too_long'


def peak(pid):
    """The most memory that a process has had, in KB."""
    with open(f'/proc/{pid}/status', encoding='ascii') as file:
        return int(re.search(r'VmHWM:\s+(\d+)', file.read()).group(1))


def test_a_bomb(server):
    """16 KB that become 16 MB are refused before they have."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(bytes(15 << 20)) + packer.flush()
    assert len(bomb) < MOST
    before = {pid: peak(pid) for pid in server.children()}
    for _ in range(20):
        answer = post(server, new_room(), bomb, JSON, GZIP)
        assert answer.status in (400, 413), answer
    assert server.children() and all(
        peak(pid) < before[pid] + 6 * 1024 for pid in before
        if os.path.exists(f'/proc/{pid}'))


@pytest.mark.parametrize('body, coding, status', [
    (b'{"text":"x"}', 'gzip', 400), (b'', 'gzip', 400),
    (gzip.compress(b'{"text":"x"}')[:-9], 'gzip', 400),
    (b'{"text":"x"}', 'br', 415), (b'{"text":"x"}', 'deflate', 415),
    (gzip.compress(gzip.compress(b'{"text":"x"}')), 'gzip, gzip', 415),
    (gzip.compress(b'{"text":"x"}'), 'br, gzip', 415)])
def test_what_cannot_be_decoded(server, body, coding, status):
    room = new_room()
    answer = post(server, room, body, JSON, ('Content-Encoding', coding))
    assert answer.status == status, answer
    assert answer.json()['type'] == 'error'
    assert texts(server, room) == []


def test_without_a_filter(server):
    """415 before anything is read: who waits for a 100 is not told to go on."""
    room, body = new_room('/plain'), gzip.compress(b'{"text":"x"}')
    answer = post(server, room, body, JSON, GZIP)
    assert answer.status == 415 and answer.json()['code'] == 'bad_media_type'
    assert post(server, room, b'{"text":"x"}', JSON,
                ('Content-Encoding', 'identity')).status == 201
    with server.raw() as client:
        client.send(f'POST {room} HTTP/1.1\r\nHost: {server.host()}\r\n'
                    'Content-Type: application/json\r\n'
                    f'Content-Encoding: gzip\r\nContent-Length: {len(body)}'
                    '\r\nExpect: 100-continue\r\n\r\n'.encode())
        assert client.read_head().status == 415
