"""Row 4: event streams on a connection that has left httpd, as EventSource and
curl see them."""
import re
import time

import pytest

from harness import (CLOSE, Httpd, blackhole, in_soak, key_of, location,
                     new_room, order, say, wait_until)

GRACE = 10
CONFIG = ('ChatDrain 2s 1/s\n' +
          location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/small', 'Chat rooms', 'ChatRate off', 'ChatHistory 5') +
          location('/quick', 'Chat rooms', 'ChatRate off',
                   '<If "%{HTTP:X-Patient} != \'1\'">', 'ChatPing 1s 1s',
                   '</If>') +
          location('/slow', 'Chat rooms', 'ChatRate off', 'ChatHistory 20',
                   'ChatSlowClient 1s') +
          location('/off', 'Chat rooms', 'ChatGuests off'))
SSE = ('Accept', 'text/event-stream')


@pytest.fixture(scope='module', params=['event', in_soak('worker'), 'prefork'])
def server(request):
    with Httpd(mpm=request.param, tls=True, config=CONFIG) as running:
        yield running


@pytest.fixture(params=[False, in_soak('1.2'), '1.3'])
def tls(request):
    return request.param


def test_head(server, tls):
    with server.sse(new_room(), tls=tls) as client:
        head = client.response
        assert head.status == 200 and head.version == 'HTTP/1.1'
        assert head.header('content-type') == SSE[1] + '; charset=utf-8'
        assert head.header('cache-control') == 'no-store, no-transform'
        assert head.header('x-content-type-options') == 'nosniff'
        assert head.header('x-accel-buffering') == 'no'
        assert head.header('vary') == 'Accept, Origin'
        assert head.header('content-length') is None
        assert head.header('transfer-encoding') == 'chunked'
        assert head.header('connection') == 'close'
        cookie = head.header('set-cookie')
        assert re.match(r'(__Host-)?chatws=[0-9a-f]{32};', cookie)
        assert cookie.startswith('__Host-') == bool(tls)
        assert ('secure' in cookie.lower()) == bool(tls)
        assert client.recv_event()['type'] == 'hello'


def test_hello_then_what_is_kept_then_what_is_new(server, tls):
    room = new_room()
    ids = say(server, room, 'a', 'b')
    with server.sse(room, tls=tls, headers=key_of(7)) as client:
        hello = client.recv_event()
        assert hello['type'] == 'hello' and hello['room'] == room
        assert hello['resumed'] is hello['gap'] is False
        assert hello['members']['count'] == 1
        assert order(hello['cursor']) < order(ids[0])
        assert client.recv_texts(2) == ['a', 'b']
        ids += say(server, room, 'c', headers=key_of(7))
        event = client.recv_event('message')
        assert event['text'] == 'c' and event['id'] == ids[2]
        assert event['from'] == hello['you']
        # hello and messages have their position as id, others do not change it
        at = iter([hello['cursor'], *ids])
        assert [i for n, i in enumerate(client.ids)
                if n == 0 or i != client.ids[n - 1]] == list(at)
        assert client.last_id == ids[2]


def test_the_bytes_are_those_of_the_other_rows(server):
    room = new_room()
    say(server, room, 'ü <b>"\\&', 'zwei\nZeilen\t\u2028')
    with server.ws(room) as socket, server.sse(room) as stream:
        socket.recv_event('hello')
        stream.recv_event('hello')
        kept = server.get(room).body
        for _ in range(2):
            raw = socket.recv_raw_event()
            assert stream.recv_raw_event().encode() == raw and raw in kept


def test_nothing_forges_a_line(server):
    """What a text or a name contains never begins a line of the stream."""
    texts = ['a\r\nid: 1\r\nevent: x\r\n\r\ndata: {}', 'a\n\ndata: b',
             '\ufeffdata: x', 'a\u2028id: 2\u2029', 'x\u0085retry: 1']
    room = new_room()
    with server.sse(room) as client:
        client.recv_event('hello')
        with server.ws(room) as socket:
            socket.recv_event('hello')
            for name in ('A\nid: 3', 'B\r\rid: 3', 'id: 3'):
                socket.send_json(type='name', name=name)
            for text in texts:
                socket.say(text, ref='r\u2028id: 9')
                socket.say(text)
            socket.say('end')
            got = []
            while not got or got[-1] != 'end':
                got.append(client.recv_event('message')['text'])
        allowed = {text.replace('\r\n', '\n') for text in texts} | {'end'}
        assert set(got) <= allowed and len(got) > 2
        assert client.parser.retry is None
        assert all(re.fullmatch(r'\d+-\d+', identity)
                   for identity in client.ids)


def test_after_and_last_event_id(server, tls):
    room = new_room()
    ids = say(server, room, 'a', 'b', 'c', 'd')

    def resumed(query, last, texts, gap=False):
        headers = [('Last-Event-ID', last)] if last is not None else []
        with server.sse(room + query, headers=headers, tls=tls) as client:
            hello = client.recv_event()
            assert hello['gap'] is gap and hello['resumed'] is not gap
            assert client.recv_texts(len(texts)) == texts
            say(server, room, 'x', headers=[])
            assert client.recv_texts(1) == ['x']
        ids.append(hello['cursor'])
        return texts
    resumed(f'?after={ids[1]}', None, ['c', 'd'])
    resumed('', ids[2], ['d', 'x'])
    resumed(f'?after={ids[3]}', ids[1], ['c', 'd', 'x', 'x'])
    resumed(f'?after={ids[1]}', ids[3], ['x'] * 3)
    for bad in ('x', '12', '-', '1-2-3', '9' * 30 + '-0', ' '):
        with server.sse(f'{room}?after={ids[0]}', tls=tls,
                        headers=[('Last-Event-ID', bad)]) as client:
            if not bad.strip():
                continue  # no value at all is no Last-Event-ID
            hello = client.recv_event()
            assert hello['gap'] is True and hello['resumed'] is False
            assert client.recv_texts(1) == ['a']


@pytest.mark.parametrize('name', ['last_event_id', 'lastEventId',
                                  'lastEventID', 'Last-Event-ID'])
def test_the_last_event_in_the_query(server, name):
    """As clients send it that cannot set a header: nchan's, Mercure's, and
    polyfills, which add it to a URL that has its first `after` still."""
    room = new_room()
    ids = say(server, room, 'a', 'b', 'c')
    for query, last, texts in (
            (f'?{name}={ids[0]}', None, ['b', 'c']),
            (f'?after={ids[0]}&{name}={ids[1]}', None, ['c']),
            (f'?after={ids[1]}&{name}=', None, ['c']),
            (f'?{name}={ids[1]}', ids[0], ['b', 'c'])):
        headers = [('Last-Event-ID', last)] if last else []
        with server.sse(room + query, headers=headers) as client:
            assert client.recv_event('hello')['resumed'] is True
            assert client.recv_texts(len(texts)) == texts
    with server.sse(f'{room}?{name}=x') as client:
        assert client.recv_event('hello')['gap'] is True


def test_too_old_and_too_new(server):
    room = new_room('/small')
    ids = say(server, room, *'abcdefgh')
    for last in (ids[0], '99999999999999-0', '0-0'):
        with server.sse(room, headers=[('Last-Event-ID', last)]) as client:
            hello = client.recv_event()
            assert hello['gap'] is True and hello['resumed'] is False
            assert client.recv_texts(5) == list('defgh')


@pytest.mark.parametrize('query, texts', [
    ('?history=1', ['c']), ('?history=0', []), ('?history=99', ['a', 'b', 'c'])
])
def test_history(server, query, texts):
    room = new_room()
    say(server, room, 'a', 'b', 'c')
    with server.sse(room + query) as client:
        client.recv_event('hello')
        assert client.recv_texts(len(texts)) == texts
        say(server, room, 'new')
        assert client.recv_texts(1) == ['new']


@pytest.mark.parametrize('path, status, code', [
    ('/chat/r?after=x', 400, 'bad_cursor'),
    ('/chat/r?history=x', 400, 'bad_request'),
    ('/chat/%01', 400, 'bad_room'),
    ('/off/r', 403, 'forbidden'),
])
def test_refused(server, path, status, code):
    client = server.sse(path)
    assert not client.streams
    assert client.response.status == status
    assert client.response.json()['code'] == code


def test_head_is_not_held(server, tls):
    answer = server.request('HEAD', new_room(), [SSE], tls=tls)
    assert answer.status == 200 and answer.body == b''
    assert answer.header('content-type') == SSE[1] + '; charset=utf-8'
    assert answer.header('x-accel-buffering') == 'no'


@pytest.mark.parametrize('accept', [
    'text/event-stream', 'text/event-stream, */*;q=0.1',
    'TEXT/Event-Stream', 'application/json;q=0.5, text/event-stream'])
def test_accepted(server, accept):
    with server.sse(new_room(), headers=[('Accept', accept)]) as client:
        assert client.streams
        client.recv_event('hello')


@pytest.mark.parametrize('accept', ['*/*', 'text/*', 'application/json',
                                    'text/event-stream;q=0', 'text/html'])
def test_other_types_do_not_get_one(server, accept):
    answer = server.get(new_room(), [('Accept', accept)])
    assert 'event-stream' not in answer.header('content-type')


@pytest.mark.parametrize('tls', [False, True])
def test_comments_keep_it_alive(server, tls):
    """Also what the client sends after its request changes nothing."""
    room = new_room('/quick')
    with server.sse(room, tls=tls, early=b'\r\nGET / HTTP/1.1\r\n') as client:
        client.recv_event('hello')
        for _ in range(2):
            client.wait_comment(3)
        say(server, room, 'a')
        assert client.recv_texts(1) == ['a']


def test_typing_and_presence(server):
    room = new_room()
    with server.sse(room, headers=key_of(1)) as client:
        client.recv_event('hello')
        with server.ws(room, headers=key_of(2)) as other:
            you = other.recv_event('hello')['you']
            told = client.recv_event('presence')
            assert told['count'] == 2
            assert you in told.get('joined', told.get('list'))
            other.send_json(type='typing')
            assert client.recv_event('typing')['from'] == you


def test_who_goes_is_gone(server):
    """Closed, reset, and vanished without a FIN: that one acknowledges no
    comment any more, and is gone when the time for the answer is over."""
    room = new_room('/quick')
    watcher = server.ws(room, headers=key_of(1) + [('X-Patient', '1')])
    watcher.recv_event('hello')
    clients = [server.sse(room, headers=key_of(n)) for n in (2, 3, 4)]
    ids = {c.recv_event('hello')['you']['id'] for c in clients}
    watcher.recv_until(lambda e: e.get('count') == 4)
    begun = time.monotonic()
    clients[0].disconnect()
    clients[1].reset()
    blackhole(clients[2].socket)
    left = set()
    while left != ids:
        event = watcher.recv_event('presence', GRACE + 8)
        left |= {person['id'] for person in event.get('left', [])}
    assert time.monotonic() - begun > GRACE - 1.5
    watcher.close()
    clients[2].disconnect()


def test_a_stopped_reader_is_cut(server):
    """It is told nothing more, and the others go on."""
    room = new_room('/slow')
    stopped = server.sse(room, rcvbuf=4096)
    stopped.recv_event('hello')
    with server.sse(room) as reader:
        reader.recv_event('hello')
        for number in range(1000):
            say(server, room, f'{number} ' + 'x' * 7000)
            assert reader.recv_texts(1)[0].startswith(f'{number} ')
    server.wait_log(r'CW\d+: closed: .*code=1013', 15)
    rest = stopped.read_eof(10)
    assert rest
    stopped.disconnect()


@pytest.mark.children_die
def test_a_restart_says_bye(server):
    """Over TLS: a random time to come back in, within the window; whoever
    does misses nothing."""
    room, clients, tls = new_room(), [], True
    for number in range(12):
        client = server.sse(room, tls=tls, headers=key_of(number + 1))
        client.recv_event('hello')
        clients.append(client)
    ids, old = say(server, room, 'before'), server.children()
    server.graceful()
    for client in clients:
        bye = client.recv_event('bye', 10)
        assert bye == {'type': 'bye', 'code': 1012, 'retry': [0, 2]}
        assert client.expect_end() == []
        assert client.last_id == ids[0]
    retries = [client.parser.retry for client in clients]
    assert all(0 <= retry <= 2000 for retry in retries)
    assert len(set(retries)) > 2
    after = say(server, room, 'after')
    with server.sse(room, headers=[('Last-Event-ID', ids[0])], tls=tls) \
            as again:
        assert again.recv_event('hello')['resumed'] is True
        assert again.recv_event('message')['id'] == after[0]
    wait_until(lambda: not set(old) & set(server.children()), 15, 'old gone')


def test_it_is_logged_once(server):
    room = new_room()
    with server.sse(room) as client:
        client.recv_event('hello')
        entry, = wait_until(
            lambda: [e for e in server.access_entries()
                     if e['request'] == f'GET {room} HTTP/1.1'], 5, 'log')
        assert entry['status'] == '200'
    server.wait_log(r'\[chatws:info\].*duration=')


def test_http_1_0(server):
    """Such a client knows a stream that ends with the connection too."""
    with server.raw() as client:
        client.send(b'GET /chat/old HTTP/1.0\r\n'
                    b'Accept: text/event-stream\r\n\r\n')
        head = client.read_head()
        assert head.status == 200
        assert head.header('transfer-encoding') is None
        assert head.header('connection') == 'close'
        start = client.read_until(b'\n\n')
        assert start.startswith(b'id: ') and b'"hello"' in start


def test_websocket_wins(server):
    """Row 1 comes before row 4."""
    with server.ws(new_room(), headers=[SSE]) as client:
        client.recv_event('hello')
        client.send_close(1000)
        while client.recv_message()[0] != CLOSE:
            pass
