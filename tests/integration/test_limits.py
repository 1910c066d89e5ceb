"""What bounds a connection: their number, descriptors, the time of a close,
an unanswered ping; and that ends of every kind cost nothing."""
import time

import pytest

from harness import (ECHO, LONG, ONE_CHILD, PATIENCE, ROOMS, Httpd, RawClient,
                     Swarm, WsFailure, encode_frame, location, rss_bytes,
                     wait_until)


def refused(server, path='/echo', tls=False):
    """The refusal of an upgrade or None when it succeeds."""
    try:
        client = server.ws(path, tls=tls)
    except WsFailure as failure:
        return failure.response
    client.close()
    return None


def check_503(answer):
    assert answer is not None, 'upgraded beyond the limit'
    assert answer.status == 503
    assert int(answer.header('retry-after')) >= 1
    assert answer.json()['type'] == 'error'


@pytest.mark.parametrize('mpm', ['event', 'worker'])
def test_max_connections(mpm):
    config = 'ChatMaxConnections 5\n' + ECHO + ROOMS
    with Httpd(mpm=mpm, tls=True, sizes=ONE_CHILD, config=config) as server:
        server.allow('refused .* with 503')
        opened = [server.ws('/echo', tls=n % 2 == 1) for n in range(5)]
        check_503(refused(server))
        check_503(refused(server, '/chat/lobby', tls=True))
        assert server.get('/alive.txt').status == 200
        assert server.get('/chat/lobby').status == 200
        opened.pop().close()
        wait_until(lambda: refused(server) is None, 5, 'a place is free')
        for client in opened:
            client.send_text('still')
            assert client.recv_message()[1] == b'still'
            client.close()


@pytest.mark.parametrize('mpm', ['event', 'worker', 'prefork'])
def test_descriptors_that_httpd_needs(mpm):
    """256 descriptors per process and 600 clients: some are refused, pages
    are always served, and it recovers."""
    sizes = ONE_CHILD if mpm != 'prefork' else \
        'StartServers 1\nServerLimit 1\nMaxRequestWorkers 1\n'
    with Httpd(mpm=mpm, tls=True, sizes=sizes, config=ECHO,
               limits={'nofile': 256}) as server:
        server.allow('refused .* with 503|AH00161')
        child = server.children()[0]
        with Swarm(server.address()) as swarm:
            made = swarm.connect(['/echo'] * 600, at_once=10)
            statuses = {c.status for c in made}
            assert statuses == {101, 503}, statuses
            assert 16 <= swarm.open_count() < 256
            for c in made:
                assert c.status == 101 or b'retry-after' in c.head.lower()
            for tls in (False, True, False):
                assert server.get('/alive.txt', tls=tls).status == 200
            assert server.fds(child) < 256
            swarm.close_all()
        wait_until(lambda: refused(server) is None, 10, 'it recovers')
        with Swarm(server.address()) as swarm:
            swarm.connect(['/echo'] * 15, at_once=5)
            assert swarm.open_count() == 15


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    sizes = ONE_CHILD if request.param == 'event' else \
        'StartServers 1\nServerLimit 1\nMaxRequestWorkers 1\n'
    config = (ECHO + ROOMS + location('/pinged', 'Chat echo', 'ChatPing 1s 1s')
              + location('/asked', 'Chat echo', 'ChatPing 1s 5s'))
    with Httpd(mpm=request.param, tls=True, sizes=sizes,
               config=config) as running:
        running.allow('AH00161')
        for tls in (False, True):
            client = running.ws('/echo', tls=tls)
            client.close()
        yield running


@pytest.fixture
def all_returned(server):
    """The child's descriptors are the same after the test as before it."""
    child = server.children()[0]
    before = wait_until(lambda: calm(server, child), 10, 'a calm child')
    yield
    wait_until(lambda: server.fds(child) <= before, 7,
               f'{before} descriptors')


def calm(server, child):
    counts = [server.fds(child) for _ in range(5)]
    return counts[0] if len(set(counts)) == 1 else None


@pytest.mark.parametrize('tls', [False, True])
def test_close_is_never_answered(server, all_returned, tls):
    """After the server's Close the client neither answers nor closes."""
    clients = []
    for _ in range(3):
        client = server.ws('/echo', tls=tls)
        client.send(encode_frame(3))
        client.expect_close(1002)
        clients.append(client)
    for client in clients:
        assert client.read_eof(20) == b''


@pytest.mark.parametrize('tls', [False, True])
def test_client_closes_and_stays(server, all_returned, tls):
    """The client's Close is answered; it keeps its socket open."""
    client = server.ws('/echo', tls=tls)
    client.send_close(1000)
    client.expect_close(1000)
    assert client.read_eof(20) == b''


def fill(client, data, count):
    """Sends while the server takes it; the bytes that went."""
    client.timeout = 1
    sent = 0
    try:
        for _ in range(count):
            client.send(data)
            sent += len(data)
    except (TimeoutError, OSError):
        pass
    return sent


@pytest.mark.parametrize('tls', [False, True])
@pytest.mark.parametrize('kind', ['message', 'fragment', 'ping'])
def test_memory_of_a_client_that_never_reads(kind, tls):
    """What it sends is not kept without a bound, and pongs are merged."""
    data = {'message': encode_frame(2, b'x' * 60000),
            'fragment': encode_frame(2, b'x' * 5) * 5000,
            'ping': encode_frame(9, b'x' * 100) * 500}[kind]
    with Httpd(tls=True, sizes=ONE_CHILD, config=ECHO) as server:
        server.ws('/echo', tls=tls).close()
        child = server.children()[0]
        client = server.ws('/echo', tls=tls, rcvbuf=4096)
        before = rss_bytes(child)
        sent = fill(client, data, 40000000 // len(data))
        grown = rss_bytes(child) - before
        assert grown < 4 << 20, f'{grown} bytes kept of {sent}'
        client.reset()


@pytest.mark.parametrize('path', ['/echo', '/chat/lobby'])
def test_half_close(server, all_returned, path):
    client = server.ws(path)
    client.half_close()
    client.read_eof(20)
    client.disconnect()


def test_half_close_answers_first(server, all_returned):
    client = server.ws('/echo')
    client.send_text('before')
    client.half_close()
    assert client.recv_message()[1] == b'before'
    client.read_eof(20)
    client.disconnect()


@pytest.mark.parametrize('path', ['/echo', '/chat/lobby'])
@pytest.mark.parametrize('tls', [False, True])
def test_reset(server, all_returned, path, tls):
    for _ in range(10):
        client = server.ws(path, tls=tls)
        client.send_text('x')
        client.reset()


@pytest.mark.parametrize('tls', [False, True])
def test_gone_without_a_word(server, all_returned, tls):
    for _ in range(10):
        server.ws('/chat/lobby', tls=tls).disconnect()


@pytest.mark.parametrize('version', ['1.2', '1.3'])
def test_tls_close_notify(server, all_returned, version):
    client = server.ws('/echo', tls=version)
    client.send_text('before')
    assert client.recv_message()[1] == b'before'
    client.unwrap()
    client.disconnect()


def test_tls_records(server, all_returned):
    """Many frames in one record, one frame over many records, and bytes that
    OpenSSL holds while the socket is silent."""
    client = server.ws('/echo', tls=True)
    client.send(b''.join(encode_frame(1, b'%03d' % i) for i in range(1000)))
    for i in range(1000):
        assert client.recv_message()[1] == b'%03d' % i
    client.send_bytewise(encode_frame(1, b'y' * 300))
    assert client.recv_message()[1] == b'y' * 300
    client.send_binary(b'z' * 65536)
    assert client.recv_message()[1] == b'z' * 65536
    client.close()
    client.disconnect()


@pytest.mark.parametrize('tls', [False, True])
def test_unanswered_ping(server, all_returned, tls):
    client = server.ws('/pinged', tls=tls, auto_pong=False)
    begun = time.monotonic()
    rest = client.read_eof(20)
    assert 1 < time.monotonic() - begun < PATIENCE
    assert rest[0] == 0x89, 'a ping comes first'
    client.disconnect()


def test_answered_ping(server, all_returned):
    """For longer than who does not answer one lives."""
    client = server.ws('/asked')
    begun = time.monotonic()
    while time.monotonic() - begun < 7:
        assert client.silent(1)
    assert len(client.pings) >= 2
    client.send_text('alive')
    assert client.recv_message()[1] == b'alive'
    client.close()


@pytest.mark.alone
def test_a_thousand_idle_cost_nothing():
    with Httpd(sizes=ONE_CHILD, tls=True, config=ECHO + ROOMS) as server, \
            Swarm(server.address()) as plain, \
            Swarm(server.address(True), True) as tls:
        rooms = [f'/chat/r{n % 50}' for n in range(800)]
        plain.connect(rooms, at_once=10)
        tls.connect(rooms[:200], at_once=10)
        assert plain.open_count() + tls.open_count() == 1000
        for client in plain.clients[:50] + tls.clients[:20]:
            client.drop()
        half_closed(server)
        plain.run_for(1)
        tls.run_for(0.5)
        before, seconds = server.cpu(), 5
        plain.run_for(seconds)
        used = server.cpu() - before
        share = 0.01 if LONG else 0.04
        assert used <= seconds * share + 0.02, f'{used:.2f} s in {seconds} s'


def half_closed(server):
    """Some clients that ended their direction and keep the other."""
    for _ in range(20):
        server.ws('/echo').half_close()


def test_silent_connections_before_the_handshake():
    """What never becomes a WebSocket stays httpd's."""
    with Httpd(sizes=ONE_CHILD, config=ECHO) as server:
        silent = [RawClient(server.address()) for _ in range(10)]
        client = server.ws('/echo')
        client.send_text('x')
        assert client.recv_message()[1] == b'x'
        client.close()
        for raw in silent:
            raw.disconnect()
