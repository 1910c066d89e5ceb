"""The price of a poll: an empty one is small with Debian's own configuration,
and other modules and the access log still have their say."""
import re
import zlib
from email.utils import parsedate_to_datetime
from time import time

import pytest

from harness import Httpd, location, wait_until

KEY = ('X-Chatws-Key', '5a' * 16)
MOST = 250
CONFIG = location('/chat', 'Chat rooms', 'ChatRate off')


@pytest.fixture(scope='module')
def debian():
    with Httpd(debian=True, tls=True, config=CONFIG) as running:
        yield running


def head(server, path, *headers, version='1.1', tls=False):
    """A request as a browser sends it."""
    lines = [f'GET {path} HTTP/{version}', f'Host: {server.host(tls)}',
             'Connection: keep-alive', 'Accept: */*',
             'Accept-Encoding: gzip, deflate, br',
             *(f'{name}: {value}' for name, value in (KEY, *headers))]
    return '\r\n'.join(lines).encode() + b'\r\n\r\n'


def exchange(client, request):
    """The bytes of one answer, and the answer."""
    client.send(request)
    start = client.read_until(b'\r\n\r\n')
    size = int(re.search(rb'Content-Length: (\d+)', start).group(1))
    return start, client.read_exactly(size)


def newest(server, room):
    answer = server.post(room, 'x', 'text/plain')
    assert answer.status == 201
    return answer.json()['id']


@pytest.mark.parametrize('tls', [False, True])
def test_an_empty_poll_is_small(debian, tls):
    cursor = newest(debian, '/chat/small')
    request = head(debian, f'/chat/small?after={cursor}', tls=tls)
    with debian.raw(tls) as client:
        for _ in range(5):
            start, body = exchange(client, request)
            assert len(start) + len(body) <= MOST, start + body
            assert body.startswith(b'{"cursor":"' + cursor.encode())
            assert start.startswith(b'HTTP/1.1 200 OK\r\nDate: ')
            for name in (b'Server:', b'Keep-Alive:', b'Connection:'):
                assert name not in start
            for name in (b'Cache-Control: no-store', b'Vary: Accept, Origin',
                         b'X-Content-Type-Options: nosniff',
                         b'Content-Type: application/json'):
                assert start.count(name + b'\r\n') == 1, start


def test_a_held_poll_is_small(debian):
    """The hub writes its answer; the date is that of the answer."""
    cursor = newest(debian, '/chat/held')
    with debian.raw() as client:
        start, body = exchange(
            client, head(debian, f'/chat/held?after={cursor}&wait=1'))
    start = start.removesuffix(b'\r\n\r\n')
    assert len(start) + 4 + len(body) <= MOST, start
    assert body == (b'{"cursor":"' + cursor.encode()
                    + b'","gap":false,"events":[]}')
    status, date, *lines = start.decode().split('\r\n')
    assert status == 'HTTP/1.1 200 OK'
    assert abs(parsedate_to_datetime(date[6:]).timestamp() - time()) < 1.9
    assert lines == ['Cache-Control: no-store',
                     'X-Content-Type-Options: nosniff',
                     'Vary: Accept, Origin', 'Content-Type: application/json',
                     f'Content-Length: {len(body)}']


def test_the_log_has_the_bytes():
    with Httpd(config=CONFIG) as server:
        cursor = newest(server, '/chat/logged')
        path = f'/chat/logged?after={cursor}'
        with server.raw() as client:
            start, body = exchange(client, head(server, path))

        def logged():
            return [entry for entry in server.access_entries()
                    if path in entry['request']]
        entry, = wait_until(logged, 10, 'the line of the log')
        assert entry['status'] == '200'
        assert int(entry['body']) == len(body)
        assert int(entry['out']) == len(start) + len(body)


def answers_until_close(server, request):
    """How many answers one connection gets before the server ends it."""
    with server.raw() as client:
        for count in range(1, 20):
            start, _ = exchange(client, request)
            if b'\r\nConnection: close\r\n' in start:
                assert client.read_eof() == b''
                return count
    raise AssertionError('the connection goes on and on')


def test_the_connection_ends_when_it_has_to():
    with Httpd(config=CONFIG + 'MaxKeepAliveRequests 3\n') as server:
        cursor = newest(server, '/chat/end')
        poll = head(server, f'/chat/end?after={cursor}')
        assert answers_until_close(server, poll) == \
            answers_until_close(server, head(server, '/alive.txt')) > 1
        poll = poll.replace(b'keep-alive', b'close')
        assert answers_until_close(server, poll) == 1


def test_http_1_0_keeps_the_head_of_httpd(debian):
    cursor = newest(debian, '/chat/old')
    with debian.raw() as client:
        start, _ = exchange(client, head(debian, f'/chat/old?after={cursor}',
                                         version='1.0'))
        assert b'\r\nServer: ' in start
        assert b'\r\nConnection: Keep-Alive\r\n' in start


def test_head_requests_and_refusals(debian):
    answer = debian.request('HEAD', '/chat/r?after=0-0')
    assert answer.status == 200 and answer.body == b''
    answer = debian.get('/chat/r?after=x')
    assert answer.status == 400 and answer.json()['code'] == 'bad_cursor'


def test_headers_of_other_modules():
    config = location(
        '/chat', 'Chat rooms', 'ChatRate off', 'Header set X-One 1',
        'Header always set X-Two "2 2"', 'Header append Vary X-Three',
        'Header set Cache-Control "no-store, private"',
        'Header add Set-Cookie "a=b"', 'Header add Set-Cookie "c=d"')
    with Httpd(config=config) as server:
        cursor = newest(server, '/chat/r')
        with server.raw() as client:
            start, _ = exchange(client, head(server,
                                             f'/chat/r?after={cursor}'))
        lines = start.decode().split('\r\n')
        for line in ('X-One: 1', 'X-Two: 2 2', 'Set-Cookie: a=b',
                     'Set-Cookie: c=d',
                     'Vary: Accept, Origin, X-Three',
                     'Cache-Control: no-store, private'):
            assert lines.count(line) == 1, lines


def test_compressed():
    config = location('/chat', 'Chat rooms', 'ChatRate off',
                      'SetOutputFilter DEFLATE')
    with Httpd(config=config, modules=['deflate', 'filter']) as server:
        for _ in range(200):
            cursor = newest(server, '/chat/r')
        with server.raw() as client:
            start, body = exchange(client, head(server, '/chat/r'))
            assert b'\r\nContent-Encoding: gzip\r\n' in start
            plain = zlib.decompress(body, 31)
            assert plain.count(b'"text":"x"') == 100 and cursor.encode() in \
                plain
            assert b'Server:' not in start
            start, _ = exchange(client, head(server,
                                             f'/chat/r?after={cursor}'))
            assert start.startswith(b'HTTP/1.1 200 ')


def test_what_downgrades_is_left_to_httpd():
    config = location('/chat', 'Chat rooms', 'ChatRate off',
                      'SetEnv force-response-1.0', 'SetEnv downgrade-1.0')
    with Httpd(config=config) as server:
        with server.raw() as client:
            client.send(head(server, '/chat/r?after=0-0'))
            assert client.read_head().version == 'HTTP/1.0'
