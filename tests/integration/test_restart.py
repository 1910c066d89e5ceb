"""Graceful restart and stop with connections open: rooms survive the first,
nobody hangs in either, and the log stays clean. Who is told to come back has
TLS here: the others stay (test_restart_moved)."""
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import (CLOSE, PATIENCE, TEXT, Httpd, Swarm, fd_count, location,
                     wait_until)

CONFIG = 'ChatDrain 1s\n' + location('/chat', 'Chat rooms', 'ChatRate off') \
    + location('/echo', 'Chat echo')
MPMS = ['event', 'worker', 'prefork']


def generation_ended(server, old):
    return not set(old) & set(server.children())


@pytest.mark.children_die
@pytest.mark.parametrize('mpm', MPMS)
def test_rooms_survive_a_graceful_restart(mpm):
    with Httpd(mpm=mpm, tls=True, config=CONFIG) as server:
        clients = [server.ws('/chat/lobby', tls=tls)
                   for tls in (False, True, False, True)]
        for client in clients:
            client.recv_event('hello')
        first = server.post('/chat/lobby', '{"text":"before"}').json()['id']
        old = server.children()
        server.graceful()
        second = server.post('/chat/lobby', '{"text":"after"}').json()['id']
        events = server.get('/chat/lobby').json()['events']
        assert [e['id'] for e in events] == [first, second]
        for client in clients[1::2]:
            sent_away(client)
        for client in clients[::2]:
            texts = [client.recv_event('message')['text'] for _ in range(2)]
            assert texts == ['before', 'after']
            client.close()
        wait_until(lambda: generation_ended(server, old), 10,
                   'the old children end')
        client = server.ws('/chat/lobby')
        client.recv_event('hello')
        assert client.recv_event('message')['text'] == 'before'
        client.close()


def sent_away(client):
    """The rest of what a client of an old child gets: events, perhaps a
    Close for a restart, the end."""
    client.timeout = 10
    while True:
        try:
            opcode, payload = client.recv_message()
        except AssertionError as ended:
            assert 'ended' in str(ended)
            break
        if opcode == CLOSE:
            assert payload[:2] in (b'\x03\xf4', b'\x03\xe9'), payload
            break
        assert opcode == TEXT
    client.disconnect()


@pytest.mark.children_die
@pytest.mark.parametrize('mpm', ['event', 'prefork'])
def test_few_people_do_not_wait(mpm):
    """The window is for hundreds: three are told to come back within a
    second, however long it is."""
    sizes = ('StartServers 6\nMinSpareServers 6\nMaxSpareServers 12\n'
             'MaxRequestWorkers 40\n') if mpm == 'prefork' else None
    with Httpd(mpm=mpm, sizes=sizes, tls=True, config='ChatDrain 600s\n'
               + location('/chat', 'Chat rooms')) as server, \
            ThreadPoolExecutor(3) as readers:
        clients = [server.ws('/chat/lobby', tls=True) for _ in range(3)]
        for client in clients:
            client.recv_event('hello')
        begun = time.monotonic()
        server.graceful()
        byes = list(readers.map(lambda c: c.recv_event('bye', 10), clients))
        assert all(bye['retry'] == [0, 1] for bye in byes)
        assert time.monotonic() - begun < 120


@pytest.mark.children_die
def test_children_with_one_connection_share_the_window():
    """Each of them would else send its only client away at the very end, and
    all would come back in one instant."""
    drain = 4
    sizes = ('StartServers 6\nMinSpareServers 6\nMaxSpareServers 12\n'
             'MaxRequestWorkers 40\n')
    with Httpd(mpm='prefork', sizes=sizes, tls=True,
               config=f'ChatDrain {drain}s 1/s\n'
               + location('/chat', 'Chat rooms')) as server, \
            ThreadPoolExecutor(6) as readers:
        clients = [server.ws('/chat/lobby', tls=True) for _ in range(6)]
        for client in clients:
            client.timeout = drain + 10
            client.recv_event('hello')
        begun = time.monotonic()
        server.graceful()
        times = sorted(end - begun for end in readers.map(end_of, clients))
        assert times[-1] - times[0] > drain / 4, times


def end_of(client):
    """When its `bye` comes."""
    client.recv_event('bye')
    ended = time.monotonic()
    client.disconnect()
    return ended


@pytest.mark.children_die
def test_descriptors_after_restarts():
    """Graceful restarts with connections: the parent keeps nothing."""
    with Httpd(tls=True, config=CONFIG) as server:
        server.graceful()
        before = fd_count(server.process.pid)
        for _ in range(5):
            with Swarm(server.address()) as swarm:
                swarm.connect(['/chat/lobby', '/echo'] * 10)
                assert swarm.open_count() == 20
                server.graceful()
        assert fd_count(server.process.pid) <= before
        wait_until(lambda: len(server.children()) == 2, 15, 'two children')


@pytest.mark.parametrize('mpm', MPMS)
def test_stop_with_connections_open(mpm):
    server = Httpd(mpm=mpm, tls=True, config=CONFIG).start()
    try:
        with Swarm(server.address()) as plain, \
                Swarm(server.address(True), True) as tls:
            plain.connect(['/chat/lobby', '/echo'] * 20, at_once=10)
            tls.connect(['/chat/lobby', '/echo'] * 10, at_once=10)
            assert plain.open_count() == 40 and tls.open_count() == 20
            begun = time.monotonic()
            server.stop()
            assert time.monotonic() - begun < PATIENCE
            for swarm in (plain, tls):
                swarm.run(lambda s=swarm: not s.by_fd, 5, 'all are closed')
    finally:
        server.stop(check=False)
