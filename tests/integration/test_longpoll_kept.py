"""A held poll whose connection goes on: the chat's loop answers the same
request again, httpd everything else, and nothing is read in two ways."""
import secrets

import pytest

from harness import (LONG, Httpd, RawClient, head_bytes, key_of, location,
                     new_room, say, wait_until)
from harness.address import figures
from harness.paths import free_port

ROOMS = ('Chat rooms', 'ChatRate off', 'ChatHistory 500')
CONFIG = ('ThreadsPerChild 4\nMaxRequestWorkers 4\nServerLimit 1\n'
          'MinSpareThreads 1\nMaxSpareThreads 4\nStartServers 1\n'
          'MaxKeepAliveRequests 0\nKeepAliveTimeout 60\n' +
          location('/chat', *ROOMS, 'Header set X-Told yes',
                   'ChatUser "%{HTTP:X-User}"', 'ChatModerators user ann') +
          location('/env', *ROOMS, 'SetEnv nokeepalive 1') +
          location('/said', *ROOMS, 'Header set Connection close') +
          location('/status', 'Chat status'))


@pytest.fixture(scope='module')
def server():
    with Httpd(config=CONFIG, tls=True, modules=('headers',)) as running:
        yield running


class Kept:
    """One client on one connection."""

    def __init__(self, server, room, headers=None, tls=False, version='1.1',
                 query=''):
        self.server, self.room, self.version = server, room, version
        self.query = query
        self.headers = key_of(1) if headers is None else headers
        self.cursor, = say(server, room, 'first')
        self.client = server.raw(tls)
        self.host = server.host(bool(tls))

    def request(self, wait=25, headers=()):
        path = f'{self.room}?after={self.cursor}&wait={wait}{self.query}'
        return head_bytes('GET', path, self.host,
                          [*self.headers, *headers]).replace(
            b'HTTP/1.1', f'HTTP/{self.version}'.encode(), 1)

    def asked(self):
        status = figures(self.server)
        return status['adopted_total'] + status['received_bytes_total']

    def ask(self, wait=25):
        """The hub has the poll when this returns."""
        before = self.asked()
        self.client.send(self.request(wait))
        wait_until(lambda: self.asked() > before, 10, 'held')

    def answer(self):
        answer = self.client.read_response(timeout=10)
        if answer.status == 200:
            self.cursor = answer.json()['cursor']
        return answer

    def hold(self, text='news'):
        """A poll that waits, and its answer."""
        self.ask()
        say(self.server, self.room, text)
        answer = self.answer()
        assert [e['text'] for e in answer.json()['events']] == [text]
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.client.disconnect()


def goes_on(answer):
    """What its head says; it cannot say both."""
    closes = answer.header('connection', '').lower() == 'close'
    assert closes == (answer.header('content-length') is None)
    return not closes


def lines_of(server, part):
    return [line for line in server.access_lines() if part in line]


def test_two_hundred_messages(server):
    """On one connection, each there once, each answer as long as it says; the
    access log has only the polls before the first one that was held."""
    room = new_room()
    with Kept(server, room) as kept:
        assert goes_on(kept.hold())
        before = len(lines_of(server, f'GET {room}?'))
        for n in range(200):
            if n % 10 == 0:  # one that waits
                kept.ask()
                say(server, room, f'{n}')
            elif n % 2:
                say(server, room, f'{n}')
                kept.client.send(kept.request())
            else:
                kept.client.send(kept.request())
                say(server, room, f'{n}')
            answer = kept.answer()
            assert [e['text'] for e in answer.json()['events']] == [f'{n}']
            assert answer.header('x-told') == 'yes' and goes_on(answer)
    assert len(lines_of(server, f'GET {room}?')) == before == 1


def test_who_polls_stays_a_member(server):
    room = new_room()
    with server.ws(room, headers=key_of(9)) as watcher, \
            Kept(server, room) as kept:
        watcher.recv_event('hello')
        kept.ask()
        watcher.recv_event('presence')
        for n in range(5):
            kept.client.send(kept.request()) if n else None
            say(server, room, f'{n}')
            kept.answer()
            assert watcher.recv_event()['type'] == 'message'
            assert server.get(f'{room}?members').json()['count'] == 2


def test_a_cookie_is_told_once(server):
    with Kept(server, new_room(), headers=()) as kept:
        assert kept.hold().header('set-cookie').startswith('chatws=')
        assert kept.hold().header('set-cookie') is None


@pytest.mark.parametrize('prefix, options, headers', [
    ('/chat', {'tls': '1.3'}, ()), ('/chat', {'version': '1.0'}, ()),
    ('/chat', {}, [('Connection', 'close')]), ('/env', {}, ()),
    ('/said', {}, ())], ids=['tls', '1.0', 'asked', 'nokeepalive', 'header'])
def test_where_it_ends(server, prefix, options, headers):
    with Kept(server, new_room(prefix), headers=[*key_of(1), *headers],
              **options) as kept:
        assert not goes_on(kept.hold())
        assert kept.client.read_eof(10) == b''


@pytest.mark.parametrize('config', [
    'KeepAlive Off', 'MaxKeepAliveRequests 3', 'KeepAliveTimeout 1'])
def test_settings_of_httpd(start, config):
    server = start(config=CONFIG + config + '\n', modules=('headers',))
    with Kept(server, new_room()) as kept:
        if config == 'KeepAlive Off':
            assert not goes_on(kept.hold())
        elif config == 'KeepAliveTimeout 1':
            assert goes_on(kept.hold())
        else:
            with server.raw() as other:
                count = 0
                while not other.eof:
                    other.send(head_bytes('GET', '/alive.txt', kept.host))
                    answer = other.read_response(timeout=10)
                    count += 1
                    if answer.header('connection', '').lower() == 'close':
                        assert other.read_eof(10) == b''
            assert [goes_on(kept.hold()) for _ in range(count)] == \
                [True] * (count - 1) + [False]
        assert kept.client.read_eof(10) == b''


def test_a_proxy_that_names_the_client(start):
    """On a connection that comes back, mod_remoteip would wait for another
    PROXY line, and believe the client's."""
    port = free_port()
    server = start(config=CONFIG + f'''
        Listen 127.0.0.1:{port}
        <VirtualHost 127.0.0.1:{port}>
            RemoteIPProxyProtocol On
        </VirtualHost>''', modules=('headers', 'remoteip'))
    with Kept(server, new_room()) as kept:
        assert goes_on(kept.hold())
        kept.client = RawClient(('127.0.0.1', port))
        kept.client.send(b'PROXY TCP4 10.1.1.1 10.1.1.2 1 2\r\n')
        assert not goes_on(kept.hold())
        kept.client.disconnect()


OTHERS = [
    b'GET /alive.txt HTTP/1.1\r\nHost: a\r\n\r\n',
    b'GET /none HTTP/1.1\r\nHost: a\r\n\r\n',
    b'GET /alive.txt HTTP/1.1\r\n\r\n',
    b'HEAD /alive.txt HTTP/1.1\r\nHost: a\r\n\r\n',
    b'GET /alive.txt HTTP/1.0\r\n\r\n',
    b'GET /alive.txt\r\n',
    b'GET /alive.txt HTTP/1.1\nHost: a\n\n',
    b'\r\n\r\nGET /alive.txt HTTP/1.1\r\nHost: a\r\n\r\n',
    b'GET /alive.txt HTTP/1.1\r\nHost : a\r\n\r\n',
    b'GET /alive.txt HTTP/1.1\r\nHost: a\r\n b\r\n\r\n',
    b'GET /alive.txt HTTP/1.1\r\nHost: a\x00b\r\n\r\n',
    b'GET /alive.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
    b'GET /alive.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
    b'GET /alive.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n'
    b'Content-Length: 6\r\n\r\nhello',
    b'GET /alive.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n'
    b'Content-Length: 5\r\n\r\n0\r\n\r\n',
    b'GET /alive.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n'
    b'\r\n0\r\n\r\n',
    b'GET /alive.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n',
    b'POST /chat/posted HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n'
    b'Content-Length: 4\r\n\r\nword',
    b'POST /chat/posted HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n'
    b'Transfer-Encoding: chunked\r\n\r\n4\r\nword\r\n0\r\n\r\n',
    b'GET /alive.txt HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n',
    b'GET /alive.txt HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n'
    b'Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
    b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0',
    b'PROXY TCP4 10.1.1.1 10.1.1.2 1 2\r\n'
    b'GET /alive.txt HTTP/1.1\r\nHost: a\r\n\r\n',
]
SECOND = b'GET /second HTTP/1.1\r\nHost: a\r\n\r\n'


@pytest.mark.parametrize('other', OTHERS,
                         ids=[f'{n}' for n in range(len(OTHERS))])
@pytest.mark.parametrize('early', [False, True])
def test_others_are_read_by_httpd(server, other, early):
    """As on a new connection, whether they come while a poll waits or after its
    answer. What stands behind them is read by nobody."""
    with server.raw() as fresh:
        fresh.send(other)
        fresh.half_close()
        plain = fresh.read_eof(20)
    with Kept(server, new_room()) as kept:
        kept.ask()
        behind = other + SECOND + kept.request(0)
        if early:
            kept.client.send(behind)
        say(server, kept.room, 'news')
        kept.answer()
        if not early:
            kept.client.send(behind)
        everything = kept.client.read_eof(20)
    assert everything.split(b'\r\n')[0] == plain.split(b'\r\n')[0]
    assert everything.count(b'HTTP/1.1 ') == plain.count(b'HTTP/1.1 ')
    assert b'"events"' not in everything
    assert not lines_of(server, '/second')


@pytest.mark.parametrize('early', [False, True])
def test_what_a_client_does_next(server, early):
    """A POST, a file, a WebSocket, another room, on a connection that was a
    poll's: each is served, with its line in the access log, and ends it."""
    room, other = new_room(), new_room()
    text = b'posted'
    requests = [
        head_bytes('POST', room, server.host(), [
            ('Content-Type', 'text/plain'), *key_of(1)], text),
        head_bytes('GET', f'/alive.txt?{other[6:]}', server.host()),
        head_bytes('GET', f'{other}?after=0-0&wait=0', server.host(),
                   key_of(1))]
    for request in requests:
        with Kept(server, room) as kept:
            kept.ask()
            if early:
                kept.client.send(request)
            say(server, room, 'news')
            kept.answer()
            if not early:
                kept.client.send(request)
            answer = kept.client.read_response(timeout=10)
            assert answer.status in (200, 201)
            assert answer.header('connection').lower() == 'close'
            assert kept.client.read_eof(10) == b''
    assert 'posted' in server.get(room).body.decode()
    assert len(lines_of(server, other[6:])) == 2


@pytest.mark.parametrize('early', [False, True])
def test_meter(server, early):
    """To the byte whose each request is, although the loop has seen all."""
    room, key = new_room(), secrets.token_hex(8)
    post = head_bytes('POST', f'{room}?meter={key}', server.host(), [
        ('Content-Type', 'text/plain'), *key_of(1)], b'posted')

    def told():
        answer = server.get(f'/chat/_chatws/meter?meter={key}').json()
        polls, posts = (answer['traffic'][way] for way in ('longpoll', 'post'))
        return posts['requests'] == 1 and (polls, posts)
    with Kept(server, room, query=f'&meter={key}') as kept:
        polls = 2 * len(kept.request())
        kept.hold()
        kept.ask()
        if early:
            kept.client.send(post)
        say(server, room, 'news')
        kept.answer()
        if not early:
            kept.client.send(post)
        assert kept.client.read_response(timeout=10).status == 201
        assert kept.client.read_eof(10) == b''
    poll, posted = wait_until(told, 10, 'a POST that was counted')
    assert (poll['received'], posted['received']) == (polls, len(post))


def test_a_websocket_on_it(server):
    room = new_room()
    with Kept(server, room) as kept:
        kept.hold()
        kept.client.send(head_bytes('GET', room, server.host(), [
            ('Connection', 'Upgrade'), ('Upgrade', 'websocket'),
            ('Sec-WebSocket-Version', '13'),
            ('Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='),
            ('Origin', f'http://{server.host()}'), *key_of(1)]))
        assert kept.client.read_head(10).status == 101
        assert b'"hello"' in kept.client.read_until(b'"hello"', 10)


def test_another_user_on_it(server):
    """As a proxy sends them: neither is taken for the other."""
    room = new_room()
    with Kept(server, room) as kept:
        kept.hold()
        mine = server.get(f'{room}?members', headers=key_of(1)).json()
        kept.headers = key_of(2)
        kept.client.send(kept.request())
        say(server, room, 'for the other')
        answer = kept.answer()
        assert answer.header('connection').lower() == 'close'
        assert mine['count'] == 1


def test_many_that_rest_cost_nobody_a_thread(server):
    """Ten times as many as there are threads, each with half a request: a page
    is served."""
    server.allow('AH00484')  # there are four threads
    room = new_room()
    kept = [Kept(server, room, headers=key_of(n)) for n in range(40)]
    for one in kept:
        one.cursor = kept[-1].cursor
        one.client.send(one.request())
    wait_until(lambda: server.get(f'{room}?members').json()['count'] == 40, 10,
               'all wait')
    say(server, room, 'news')
    for one in kept:
        one.answer()
        one.client.send(one.request()[:-2])
    assert server.get('/alive.txt').status == 200
    for one in kept:
        one.client.send(b'\r\n')
    say(server, room, 'more')
    for one in kept:
        assert one.answer().json()['events'][-1]['text'] == 'more'
        one.client.disconnect()


def test_bodies_that_never_come(start):
    """As many as there are threads: they hold these no longer than on a new
    connection, and then another one's page is served."""
    server = start(config=CONFIG + 'RequestReadTimeout body=1\n',
                   modules=('headers', 'reqtimeout'))
    server.allow('AH00484')
    post = head_bytes('POST', new_room(), server.host(), [
        ('Content-Type', 'text/plain'),
        ('Content-Length', '100')]) + b'only half of it'
    with server.raw() as fresh:
        fresh.send(post)
        plain = fresh.read_response(timeout=20).status
    kept = [Kept(server, new_room()) for _ in range(5)]
    for one in kept:
        assert goes_on(one.hold())
    for one in kept[:4]:
        one.client.send(post)
    kept[4].client.send(head_bytes('GET', '/alive.txt', kept[4].host))
    assert kept[4].client.read_response(timeout=20).status == 200
    for one in kept:
        if one is not kept[4]:
            assert one.client.read_response(timeout=20).status == plain
        one.client.disconnect()


@pytest.mark.skipif(not LONG, reason='20 seconds')
@pytest.mark.parametrize('size', [100, 0], ids=['a body', 'an answer'])
def test_a_place_is_not_held_for_ever(start, size):
    """Where no time is set either: whoever sends no body, or reads nothing of a
    long answer, makes others wait for 20 s and not longer."""
    server = start(config=CONFIG, modules=('headers',))
    server.allow('AH00484')
    (server.root / 'htdocs' / 'long').write_bytes(bytes(1 << 26))
    request = head_bytes('POST', new_room(), server.host(), [
        ('Content-Type', 'text/plain'), ('Content-Length', f'{size}')]) \
        if size else head_bytes('GET', '/long', server.host())
    kept = [Kept(server, new_room()) for _ in range(3)]
    for one in kept:
        assert goes_on(one.hold())
    for one in kept[:2]:
        one.client.send(request)
    wait_until(lambda: figures(server)['connections'] == 1, 10, 'httpd has two')
    kept[2].client.send(head_bytes('GET', '/alive.txt', kept[2].host))
    assert kept[2].client.read_response(timeout=50).status == 200
    for one in kept:
        one.client.disconnect()


@pytest.mark.children_die
def test_a_restart(server):
    """Who waits goes on elsewhere, with its connection; who rests is not told
    anything, and that ends."""
    server.allow('AH00484|AH03490')  # one child, and the old one
    room = new_room()
    with Kept(server, room) as resting, Kept(server, room) as waiting:
        resting.cursor = waiting.cursor
        resting.hold()
        waiting.cursor = resting.cursor
        waiting.ask()
        server.graceful()
        say(server, room, 'after it')
        answer = waiting.answer()
        assert [e['text'] for e in answer.json()['events']] == ['after it']
        assert goes_on(answer)
        assert goes_on(waiting.hold('and once more'))
        assert resting.client.read_eof(10) == b''
