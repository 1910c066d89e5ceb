"""chatws.js where the page came over HTTP/2: Chromium then asks for WebSocket
over HTTP/2 (RFC 8441) if the server offers it."""
import contextlib

import pytest

from harness import Httpd, wait_until
from harness.http2 import Http2Client, Http2Socket, held
from client import CONFIG, FILES, Client

THREADS, BUDGET = 16, 4
SIZES = (f'StartServers 1\nServerLimit 1\nThreadsPerChild {THREADS}\n'
         f'MinSpareThreads 1\nMaxSpareThreads {THREADS}\n'
         f'MaxRequestWorkers {THREADS}\nH2MaxWorkers 40\n')


@contextlib.contextmanager
def site(sockets):
    protocols = f'Protocols h2 http/1.1\nH2WebSockets {sockets}\n'
    with Httpd(config=protocols + CONFIG, vhost_config=protocols, tls=True,
               modules=('http2',), sizes=SIZES, files=FILES) as server:
        yield server


@pytest.fixture
def tab(engines, driver):
    """Enters a room of a server, over TLS."""
    client = Client(engines.reader(driver.engine, 'ann'), None)
    client.scheme = 'https'

    def enter(server):
        client.host = server.host(True)
        client.forget()
        return client.load().join('/chat/h2')

    yield enter
    client.end()


def upgrades(server):
    """The protocols of the requests that became a WebSocket."""
    return {entry['request'].split()[-1] for entry in server.access_entries()
            if entry['status'] == '101'}


@pytest.mark.parametrize('sockets, version', [('on', '2.0'), ('off', '1.1')])
def test_websocket(tab, sockets, version):
    with site(sockets) as server:
        client = tab(server)
        client.wait_transport('websocket')
        client.call('send', 'over what it likes')
        client.wait_texts('over what it likes')
        assert server.post('/chat/h2', 'answer', 'text/plain').status == 201
        client.wait_texts('over what it likes', 'answer')
        assert held(server) == (sockets == 'on')
        client.end()
        wait_until(lambda: f'HTTP/{version}' in upgrades(server), 10,
                   'the log line')


def test_no_place_for_a_websocket(tab):
    """All threads are held by others, which ends event streams at once: the
    page asks at intervals."""
    with site('on') as server, Http2Client(server) as one, \
            Http2Client(server) as two:
        server.allow('CW0601: refused GET /chat/h2 with 503')
        for others in (one, two) * (BUDGET // 2):
            Http2Socket(others, '/chat/h2')
        client = tab(server)
        client.wait_transport('longpoll')
        client.call('send', 'one')
        client.wait_texts('one')
