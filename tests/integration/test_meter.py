"""The traffic that the module counts is the traffic on the wire: what the
meter of a key says agrees with tcpdump within 2 %, on every transport."""
import json
import re
import secrets
import socket
import subprocess
from pathlib import Path

import pytest

from harness import (PATIENCE, ROOMS, Capture, Httpd, RawClient, can_capture,
                     location, wait_until)
from harness.capture import taken_anew

CONFIG = (ROOMS + location('/chat-status', 'Chat status')
          + 'KeepAlive On\nMaxKeepAliveRequests 0\n')
TOLERANCE = 0.02
TRANSPORTS = ('websocket', 'sse', 'longpoll', 'poll', 'post')


def needs_capture(test):
    return pytest.mark.skipif(not can_capture(), reason='tcpdump needs root')(
        taken_anew(test))


@pytest.fixture(scope='module', params=['event', 'worker', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, tls=True, config=CONFIG) as running:
        yield running


def new_key():
    return secrets.token_hex(8)


def meter(server, key):
    """{transport: figures}; asked over a connection of its own."""
    answer = server.get(f'/chat/_chatws/meter?meter={key}')
    assert answer.status == 200
    return answer.json()['traffic']


def is_nothing(figures):
    """All figures are 0, those of the opening too."""
    return not any(is_nothing(value) is False if isinstance(value, dict)
                   else value for value in figures.values())


def differences(found, wire):
    return {name: (found[name], wire[name]) for name in wire
            if abs(found[name] - wire[name]) > TOLERANCE * wire[name]}


def agrees(found, wire):
    return not differences(found, wire)


def must_agree(server, capture, key, transport, ports, requests):
    """The connections have ended: the key's meter says what was on the wire,
    and nothing of the other transports. Behind the last packet that an end
    needs there may be others, a second reset for example, and tcpdump may be
    late with them: so both are looked at again."""
    wait_until(lambda: capture.ended(ports), 15, 'the ends on the wire')
    wire, found = {}, {}

    def same():
        wire.update(capture.sums(ports))
        found.update(meter(server, key))
        return agrees(found[transport], wire)
    try:
        wait_until(same, 8, 'agreement')
    except AssertionError as failure:
        raise AssertionError(f'{failure}: {differences(found[transport], wire)}'
                             f' of {found} not {wire}') from None
    assert found[transport]['requests'] == requests
    for other in set(TRANSPORTS) - {transport}:
        assert is_nothing(found[other]), found


def port_of(client):
    return client.socket.getsockname()[1]


def get_bytes(server, path, *headers):
    lines = [f'GET {path} HTTP/1.1', f'Host: {server.host()}', *headers]
    return '\r\n'.join(lines + ['', '']).encode()


def poll_path(room, key, cursor='0-0'):
    return f'/chat/{room}?after={cursor}&meter={key}'


@needs_capture
@pytest.mark.parametrize('tls', [False, True])
def test_websocket(server, tls):
    """A conversation of some length, and one that is as short as can be."""
    for messages in (0, 60):
        key = new_key()
        with Capture(server.address(tls)[1]) as capture:
            client = server.ws(f'/chat/measured?meter={key}', tls=tls)
            client.recv_event('hello')
            for number in range(messages):
                client.say(f'{number} ' + 'x' * (number * 40))
                client.recv_event('ack')
            ports = [port_of(client)]
            client.close()
            must_agree(server, capture, key, 'websocket', ports, 1)


@needs_capture
def test_websocket_is_live(server):
    """The figures come while the connection lives; the end adds to them."""
    key = new_key()
    with Capture(server.port) as capture:
        client = server.ws(f'/chat/live?meter={key}')
        client.recv_event('hello')
        for _ in range(20):
            client.say('hello')
            client.recv_event('ack')
        ports = [port_of(client)]
        wait_until(lambda: agrees(meter(server, key)['websocket'],
                                  capture.sums(ports)), 5, 'live figures')
        client.close()


@needs_capture
@pytest.mark.parametrize('way', ['reset', 'disconnect'])
def test_websocket_that_just_goes(server, way):
    key = new_key()
    with Capture(server.port) as capture:
        client = server.ws(f'/chat/gone?meter={key}')
        client.recv_event('hello')
        for number in range(40):
            client.say(f'{number}')
            client.recv_event('ack')
        ports = [port_of(client)]
        getattr(client, way)()
        must_agree(server, capture, key, 'websocket', ports, 1)


@needs_capture
@pytest.mark.parametrize('tls', [False, True])
@pytest.mark.parametrize('first', ['client', 'server'])
def test_polls_with_a_connection_each(server, tls, first):
    """Handshakes, SYN and FIN are most of it, whoever closes first."""
    key, ports, count = new_key(), [], 20
    close = () if first == 'client' else ('Connection: close',)
    with Capture(server.address(tls)[1]) as capture:
        for _ in range(count):
            with RawClient(server.address(tls), tls) as client:
                ports.append(port_of(client))
                client.send(get_bytes(server, poll_path('each', key), *close))
                assert client.read_response().status == 200
                if first == 'server':
                    client.read_eof()
        must_agree(server, capture, key, 'poll', ports, count)


@needs_capture
@pytest.mark.parametrize('tls', [False, True])
def test_polls_with_one_connection(server, tls):
    key, count = new_key(), 50
    with Capture(server.address(tls)[1]) as capture:
        with RawClient(server.address(tls), tls) as client:
            ports = [port_of(client)]
            for _ in range(count):
                client.send(get_bytes(server, poll_path('kept', key)))
                assert client.read_response().status == 200
        must_agree(server, capture, key, 'poll', ports, count)


@needs_capture
@pytest.mark.parametrize('tls', [False, True])
@pytest.mark.parametrize('messages', [0, 40])
def test_event_stream(server, tls, messages):
    """The client closes first, and is sent the end of the stream."""
    key, room = new_key(), f'stream{secrets.token_hex(4)}'
    with Capture(server.address(tls)[1]) as capture:
        client = RawClient(server.address(tls), tls)
        ports = [port_of(client)]
        client.send(get_bytes(server, f'/chat/{room}?meter={key}',
                              'Accept: text/event-stream'))
        client.read_until(b'"hello"')
        for number in range(messages):
            text = f'{number} ' + 'x' * (number * 40)
            assert server.post(f'/chat/{room}', json.dumps(
                {'text': text})).status == 201
            client.read_until(text.encode())
        client.disconnect()
        must_agree(server, capture, key, 'sse', ports, 1)


@needs_capture
@pytest.mark.parametrize('tls', [False, True])
def test_long_polls(server, tls):
    """Some that a message ends, some that nothing does, one that leaves: its
    answer finds nobody."""
    key, room, ports = new_key(), f'long{secrets.token_hex(4)}', []
    cursor = server.post(f'/chat/{room}', '{"text":"x"}').json()['id']

    def ask(wait):
        client = RawClient(server.address(tls), tls)
        ports.append(port_of(client))
        client.send(get_bytes(server, f'/chat/{room}?after={cursor}'
                                      f'&wait={wait}&meter={key}'))
        return client
    with Capture(server.address(tls)[1]) as capture:
        for number in range(15):
            client = ask(20)
            server.post(f'/chat/{room}', f'{{"text":"{number}"}}')
            answer = client.read_response().json()
            assert len(answer['events']) == 1
            cursor = answer['cursor']
            client.disconnect()
        for _ in range(2):
            with ask(1) as client:
                assert client.read_response().json()['events'] == []
        client = ask(20)
        wait_until(lambda: meter(server, key)['longpoll']['requests'] == 18)
        client.disconnect()
        server.post(f'/chat/{room}', '{"text":"gone"}')
        must_agree(server, capture, key, 'longpoll', ports, 18)


@needs_capture
@pytest.mark.parametrize('mpm', ['event', 'worker'])
def test_http2(mpm):
    """One connection of HTTP/2 with polls only, and one with a stream: all of
    it is theirs, and a stream's figures come while it runs."""
    config = 'Protocols h2 h2c http/1.1\n' + CONFIG
    with Httpd(mpm=mpm, tls=True, modules=('http2',), config=config) as server:
        room = f'/chat/h2{secrets.token_hex(4)}'
        server.post(room, '{"text":"x"}')
        key = new_key()
        with Capture(server.tls_port) as capture:
            told = curl(server, f'{room}?after=0-0&meter={key}', 30)
            ports = {int(line.split()[1]) for line in told if line[:1] == b'P'}
            assert len(ports) == 1 and told.count(b'P %d' % min(ports)) == 30
            must_agree(server, capture, key, 'poll', ports, 30)
        key = new_key()
        with Capture(server.tls_port) as capture:
            process = start_curl(server, f'{room}?meter={key}',
                                 '-H', 'Accept: text/event-stream')
            wait_until(lambda: meter(server, key)['sse']['requests'], 5,
                       'a live stream')
            before = meter(server, key)['sse']['sent']
            server.post(room, json.dumps({'text': 'y' * 3000}))
            wait_until(lambda: meter(server, key)['sse']['sent']
                       >= before + 3000, 5, 'live figures')
            process.terminate()
            process.wait(PATIENCE)
            ports = wait_until(
                lambda: {p.source for p in capture.packets({server.tls_port})
                         if p.target == server.tls_port}, 15, 'its packets')
            must_agree(server, capture, key, 'sse', ports, 1)


def start_curl(server, path, *options):
    return subprocess.Popen(
        ['curl', '-skN', '--http2', '-o', '/dev/null', '-w',
         '\nP %{local_port}\n', *options,
         f'https://127.0.0.1:{server.tls_port}{path}'],
        stdout=subprocess.PIPE)


def curl(server, path, times):
    """The same request so often, on one connection."""
    process = start_curl(server, path + f'&n=[1-{times}]')
    return process.communicate(timeout=PATIENCE)[0].splitlines()


@needs_capture
def test_two_keys_share_a_connection(server):
    """Each gets its own requests; together they are all that was sent."""
    keys = [new_key(), new_key()]
    with Capture(server.port) as capture:
        with RawClient(server.address()) as client:
            ports = [port_of(client)]
            for number in range(40):
                client.send(get_bytes(server, poll_path('two',
                                                        keys[number % 2])))
                assert client.read_response().status == 200
        wait_until(lambda: capture.ended(ports), 10, 'the end')
        wire = capture.sums(ports)

        def together():
            both = [meter(server, key)['poll'] for key in keys]
            return {name: both[0][name] + both[1][name] for name in wire}
        wait_until(lambda: agrees(together(), wire), 5, 'agreement')
    for key in keys:
        assert meter(server, key)['poll']['requests'] == 20


def test_other_requests_of_the_connection_do_not_count(server):
    """A big page on the same connection, before and between the polls."""
    key = new_key()
    page = 'x' * 500000
    server.write_files({'big.txt': page})
    with RawClient(server.address()) as client:
        for _ in range(3):
            client.send(get_bytes(server, '/big.txt'))
            assert len(client.read_response().body) == len(page)
            client.send(get_bytes(server, poll_path('between', key)))
            assert client.read_response().status == 200
        client.send(get_bytes(server, '/chat/_chatws/page/chat.css'))
        assert client.read_response().status == 200
    found = wait_until(
        lambda: meter(server, key)['poll']['requests'] == 3
        and meter(server, key)['poll'], 5, 'three requests')
    assert found['sent'] < 20000 and found['packets_sent'] < 40


@needs_capture
def test_polls_between_posts(server):
    """To the packet: a poll is its request, our answer and the client's ACK
    of it, wherever the next request of the connection goes."""
    key, room, count = new_key(), f'/chat/posts{secrets.token_hex(4)}', 10
    poll = get_bytes(server, f'{room}?after=0-0&meter={key}')
    body = b'{"text":"z"}'
    post = (f'POST {room} HTTP/1.1\r\nHost: {server.host()}\r\n'
            'Content-Type: application/json\r\n'
            f'Content-Length: {len(body)}\r\n\r\n').encode() + body
    with Capture(server.port) as capture:
        with RawClient(server.address()) as client:
            port = port_of(client)

            def acks():
                return sum(p.source == port and p.payload == 0
                           for p in capture.packets({port}))

            def logged():
                return sum(room in entry['request']
                           for entry in server.access_entries())
            for number in range(2 * count):
                # The ACK comes late: after the answer has been logged.
                client.socket.setsockopt(socket.IPPROTO_TCP,
                                         socket.TCP_QUICKACK, 0)
                client.send((poll, post)[number % 2])
                assert client.read_response().status in (200, 201)
                # The SYN and the ACK of the opening count, too.
                wait_until(lambda: acks() == number + 3, 5, 'the ACK')
                wait_until(lambda: logged() == number + 1, 5, 'the log')
        wait_until(lambda: capture.ended({port}), 5, 'the end')
    # SYN and ACK, then at the end FIN and ACK; the ACK of the last answer is
    # the last poll's if it came after the log line.
    most = 2 + 2 * count + 3
    wait_until(lambda: meter(server, key)['poll']['packets_received']
               in (most - 1, most), 5, 'all packets')
    assert meter(server, key)['poll']['received'] == count * len(poll)


def test_upgrade_on_a_used_connection(server):
    """What came before the handshake is not of the WebSocket."""
    key = new_key()
    server.write_files({'big.txt': 'x' * 500000})
    with RawClient(server.address()) as client:
        client.send(get_bytes(server, '/big.txt'))
        client.read_response()
        client.send(get_bytes(
            server, f'/chat/used?meter={key}', 'Upgrade: websocket',
            'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
            'Sec-WebSocket-Key: ' + 'A' * 22 + '=='))
        assert client.read_head().status == 101
        client.read_until(b'"hello"')
        found = meter(server, key)['websocket']
    assert found['requests'] == 1
    assert 200 < found['sent'] < 20000


@pytest.mark.parametrize('query', ['', '?meter=', '?meter=' + 'A' * 16,
                                   '?meter=' + '0' * 16, '?meter=123',
                                   f"?meter={'1' * 16}&meter={'1' * 16}",
                                   '?look', '?meter=&look'])
def test_no_key(server, query):
    """400 at the meter; anywhere else it is as if it were not there."""
    answer = server.get('/chat/_chatws/meter' + query)
    assert answer.status == 400
    assert answer.json()['code'] == 'bad_request'
    client = server.ws('/chat/nokey' + query)
    assert client.recv_event()['type'] == 'hello'
    client.say('text')
    assert client.recv_event('message')['text'] == 'text'
    assert not [e for e in client.events if e['type'] == 'meter']
    client.close()


def test_answer_of_the_meter(server):
    key = new_key()
    path = f'/chat/_chatws/meter?meter={key}'
    answer = server.get(path, headers=[('Cookie', 'secret=1'),
                                       ('X-Umlaut', 'ä')])
    assert answer.header('cache-control') == 'no-store'
    assert answer.header('x-content-type-options') == 'nosniff'
    told = answer.json()
    assert told['protocol'] == 'HTTP/1.1'
    assert told['request'].startswith(f'GET {path} HTTP/1.1\r\n')
    assert '\r\nCookie: ********\r\n' in told['request']
    assert set(told['traffic']) == set(TRANSPORTS)
    assert all(is_nothing(one) for one in told['traffic'].values())
    assert told['connection'] == {'tls': None, 'record': 0, 'packet': 52}
    assert told['compression'] == 256
    assert server.request('POST', path).status == 405
    foreign = [('Origin', 'https://foreign.test')]
    assert server.get(path, headers=foreign).status == 403


def test_status_adds_up(server):
    """Everybody's traffic is in the status, with and without a key."""
    def now():
        return server.get('/chat-status?format=json').json()
    before = now()
    client = server.ws('/chat/status')
    client.recv_event('hello')
    client.close()
    with RawClient(server.address()) as client:
        client.send(get_bytes(server, '/chat/status?after=0-0'))
        client.read_response()

    def counted():
        return all(now()[name] > before[name] for name in before
                   if re.match('(websocket|poll)_.*_total$', name))
    wait_until(counted, 5, 'websocket and poll in the status')


def open_sockets(port):
    """Connections of the server's port that are not over."""
    lines = Path('/proc/net/tcp').read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    listening, waiting = '0A', '06'
    return sum(int(own.rpartition(':')[2], 16) == port
               and state not in (listening, waiting)
               for _, own, _, state, *_ in fields)


def test_descriptors_come_back(server):
    """Polls and clients with a key leave nothing open."""
    def open_now():
        return {pid: server.fds(pid) for pid in server.children()}
    key = new_key()

    def visit():
        client = server.ws(f'/chat/fds?meter={key}')
        client.recv_event('hello')
        client.disconnect()
        with RawClient(server.address()) as poller:
            poller.send(get_bytes(server, poll_path('fds', key)))
            poller.read_response()
    for _ in range(40):
        visit()  # in each child, so that what it opens once is open
    wait_until(lambda: open_sockets(server.port) == 0, 10, 'no connections')
    before = open_now()
    for _ in range(40):
        visit()
    wait_until(lambda: open_sockets(server.port) == 0, 10, 'no connections')
    wait_until(lambda: all(count <= before.get(pid, 0) + 2
                           for pid, count in open_now().items()
                           if pid in before),
               10, f'descriptors as before: {before}')
