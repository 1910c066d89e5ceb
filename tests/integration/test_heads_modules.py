"""What other modules of httpd add to a response is on every one of ours: a poll,
a long-poll (held or not), an event stream, a 101; over HTTP/2 too."""
import re
import time

import pytest

from harness import Httpd, in_soak, key_of, location, new_room, say, wait_until
from harness.http2 import Http2Client

SSE = ('Accept', 'text/event-stream')
MODULES = ('session', 'session_cookie', 'usertrack', 'expires', 'deflate',
           'filter', 'brotli', 'unique_id')
HEADERS = ('Header set X-One 1', 'Header always set X-Two "2 2"',
           'Header add Set-Cookie "a=b"',
           'Header onsuccess set X-Status "expr=%{REQUEST_STATUS}"',
           'Header always set Strict-Transport-Security "max-age=9"')
CONFIG = (
    location('/chat', 'Chat rooms', 'ChatRate off', *HEADERS) +
    location('/edit', 'Chat rooms', 'ChatRate off',
             'Header append Vary X-Three',
             'Header set Cache-Control "no-store, private"',
             'Header unset X-Content-Type-Options') +
    location('/frame', 'Chat rooms', 'ChatRate off',
             'Header always set Content-Length 7',
             'Header always set Transfer-Encoding gzip',
             'Header set Sec-WebSocket-Protocol x',
             'Header set Sec-WebSocket-Extensions permessage-deflate',
             'Header set Upgrade h2c', 'Header set Connection X-One') +
    location('/session', 'Chat rooms', 'ChatRate off', 'Session On',
             'SessionCookieName site path=/', 'SessionMaxAge 60') +
    location('/track', 'Chat rooms', 'ChatRate off', 'CookieTracking on',
             'CookieName track') +
    location('/expires', 'Chat rooms', 'ChatRate off', 'ExpiresActive on',
             'ExpiresDefault "access plus 1 hour"') +
    location('/zip', 'Chat rooms', 'ChatRate off', 'SetOutputFilter DEFLATE',
             'AddOutputFilterByType BROTLI_COMPRESS application/json '
             'text/event-stream', 'SetEnv force-gzip 1') +
    location('/plain', 'Chat rooms', 'ChatRate off'))
KINDS = ('poll', 'longpoll', 'held', 'events', 'websocket')


@pytest.fixture(scope='module', params=['event', in_soak('worker'), 'prefork'])
def server(request):
    with Httpd(mpm=request.param, tls=True, modules=MODULES,
               config=CONFIG) as running:
        yield running


def lines_of(server, kind, prefix, tls=False, headers=()):
    """The head of one answer of that kind in a fresh room, as the list of its
    lines; what follows it must be what it should be."""
    room = new_room(prefix)
    first, = say(server, room, 'a', headers=key_of(9))
    headers = [('X-Chatws-Key', '1' * 32), ('Accept-Encoding', 'gzip, br'),
               *headers]
    if kind == 'websocket':
        with server.ws(room, tls=tls, headers=headers) as client:
            client.recv_event('hello')
            return head_lines(client.response)
    if kind == 'events':
        with server.sse(room, tls=tls, headers=headers) as client:
            client.recv_event('hello')
            assert client.recv_texts(1) == ['a']
            return head_lines(client.response)
    query = {'poll': f'?after={first}', 'held': f'?after={first}&wait=1',
             'longpoll': '?after=0-0&wait=9'}[kind]
    answer = server.request('GET', room + query, headers, tls=tls)
    events = answer.json()['events']
    assert [e['text'] for e in events] == (['a'] if kind == 'longpoll' else [])
    assert (answer.header('content-length') is None) == (kind == 'held')
    return head_lines(answer)


def head_lines(answer):
    return [f'{name}: {value}' for name, values in answer.headers.items()
            for value in values]


@pytest.mark.parametrize('tls', [False, in_soak('1.2'), '1.3'])
@pytest.mark.parametrize('kind', KINDS)
def test_headers(server, kind, tls):
    lines = lines_of(server, kind, '/chat', tls)
    for line in ('x-one: 1', 'x-two: 2 2', 'set-cookie: a=b',
                 'strict-transport-security: max-age=9',
                 f'x-status: {101 if kind == "websocket" else 200}'):
        assert lines.count(line) == 1, lines
    if kind != 'websocket':
        assert lines.count('cache-control: no-store' +
                           ', no-transform' * (kind == 'events')) == 1
        assert lines.count('vary: Accept, Origin') == 1
        assert lines.count('x-content-type-options: nosniff') == 1


@pytest.mark.parametrize('kind', KINDS)
def test_edited(server, kind):
    """Our own lines can be changed."""
    lines = lines_of(server, kind, '/edit')
    assert lines.count('cache-control: no-store, private') == 1
    assert not any('nosniff' in line for line in lines), lines
    assert lines.count('vary: X-Three' if kind == 'websocket' else
                       'vary: Accept, Origin, X-Three') == 1


@pytest.mark.parametrize('kind', ['held', 'events', 'websocket'])
def test_framing_is_ours(server, kind):
    """Neither can a head say how long an answer is that httpd does not send, nor
    make another protocol of a WebSocket."""
    room = new_room('/frame')
    if kind == 'held':
        with server.ws(room) as client:
            cursor = client.recv_event('hello')['cursor']
        answer = server.get(f'{room}?after={cursor}&wait=1')
        assert answer.json()['events'] == []
    else:
        connect = server.sse if kind == 'events' else server.ws
        with connect(room) as client:
            client.recv_event('hello')
            answer = client.response
    assert 'content-length' not in answer.headers
    assert answer.header('transfer-encoding') == (
        'chunked' if kind == 'events' else None)
    assert answer.header('connection').lower() == (
        'upgrade' if kind == 'websocket' else 'close')
    assert answer.header('upgrade') == (
        'websocket' if kind == 'websocket' else None)
    assert answer.header('sec-websocket-protocol') is None
    assert answer.header('sec-websocket-extensions') is None
    if kind == 'websocket':
        assert not any(name.startswith(('content-', 'date', 'server'))
                       for name in answer.headers), answer.headers


def test_cookies_of_a_new_guest(server):
    """Beside those of others, once."""
    for kind in KINDS:
        room = new_room()
        first, = say(server, room, 'a', headers=key_of(9))
        if kind == 'websocket':
            client = server.ws(room)
            answer = client.response
            client.disconnect()
        elif kind == 'events':
            client = server.sse(room)
            answer = client.response
            client.disconnect()
        else:
            answer = server.get(f'{room}?after={first}' + {
                'poll': '', 'longpoll': '&wait=0', 'held': '&wait=1'}[kind])
        cookies = answer.headers['set-cookie']
        assert len(cookies) == 2 and 'a=b' in cookies, (kind, cookies)
        assert sum(c.startswith('chatws=') for c in cookies) == 1


def session_expiry(lines):
    found = [re.search(r'^set-cookie: site=expiry=(\d+)', line)
             for line in lines]
    found = [match for match in found if match]
    assert len(found) == 1, lines
    return int(found[0].group(1)) / 1e6


@pytest.mark.parametrize('kind', KINDS)
def test_a_session_slides(server, kind):
    """mod_session: each answer makes it live longer, and a session that is
    only ever used by long-polls does not end."""
    before = time.time()
    expiry = session_expiry(lines_of(server, kind, '/session'))
    assert before + 59 <= expiry <= time.time() + 61
    cookie = ('Cookie', f'site=expiry={int((time.time() + 9) * 1e6)}')
    again = session_expiry(lines_of(server, kind, '/session',
                                    headers=[cookie]))
    assert again >= expiry


@pytest.mark.parametrize('kind', KINDS)
def test_usertrack(server, kind):
    lines = lines_of(server, kind, '/track')
    assert sum(line.startswith('set-cookie: track=') for line in lines) == 1


@pytest.mark.parametrize('kind', KINDS)
def test_expires(server, kind):
    lines = lines_of(server, kind, '/expires')
    assert sum(line.startswith('expires: ') for line in lines) == 1
    assert sum('max-age=3600' in line for line in lines) == 1


@pytest.mark.parametrize('tls', [False, True])
def test_compression_is_not_announced(server, tls):
    """Where the filters of the body are not used, nothing may speak of them;
    what passes them is still compressed (test_heads)."""
    for kind in ('held', 'events', 'websocket'):
        lines = lines_of(server, kind, '/zip', tls)
        assert not any('content-encoding' in line for line in lines), lines


def test_nothing_else(server):
    """Without such modules the heads are what they were: small."""
    lines = lines_of(server, 'websocket', '/plain')
    assert {line.partition(':')[0] for line in lines} == {
        'upgrade', 'connection', 'sec-websocket-accept'}
    lines = lines_of(server, 'held', '/plain')
    assert {line.partition(':')[0] for line in lines} == {
        'date', 'content-type', 'cache-control', 'x-content-type-options',
        'vary', 'connection'}


@pytest.mark.parametrize('tls', [False, True])
def test_over_http2(tls):
    """An event stream whose worker passes it on, and polls."""
    with Httpd(tls=True, modules=(*MODULES, 'http2'),
               config='Protocols h2 h2c http/1.1\n' + CONFIG,
               vhost_config='Protocols h2 http/1.1\n') as server, \
            Http2Client(server, tls) as client:
        room = new_room()
        first, = say(server, room, 'a', headers=key_of(9))
        for query, extra in ((f'?after={first}&wait=1', []),
                             (f'?after={first}', []),
                             ('', [('accept', 'text/event-stream')])):
            stream = client.begin(room + query, extra=[
                ('x-chatws-key', '1' * 32), *extra])
            client.until(lambda s=stream: s.body)
            head = stream.headers
            assert head['x-one'] == '1' and head['x-two'] == '2 2', head
            assert head['strict-transport-security'] == 'max-age=9'
            assert head['set-cookie'] == 'a=b'
            assert 'connection' not in head
            assert 'transfer-encoding' not in head


def test_refusals(server):
    """After the modules have been asked, too: `always` lines are there, once."""
    answer = server.get('/chat/r?after=x')
    assert answer.status == 400 and answer.header('x-two') == '2 2'
    answer = server.get('/chat/', [SSE])
    assert answer.status == 400 and answer.header('x-two') == '2 2'


def test_the_log_has_one_line(server):
    room = new_room('/session')
    for kind in ('events', 'websocket'):
        path = f'{room}{kind}'
        client = getattr(server, 'sse' if kind == 'events' else 'ws')(path)
        client.recv_event('hello')
        client.disconnect()
        entry, = wait_until(lambda: [
            e for e in server.access_entries() if path in e['request']], 5,
            'the line of the log')
        assert entry['status'] == ('200' if kind == 'events' else '101')
