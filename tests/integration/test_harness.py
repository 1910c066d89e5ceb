"""The harness itself: httpd without our module, and the clients against a
WebSocket server that is not ours (python3-websockets)."""
import asyncio
import signal
import threading

import pytest
import websockets

from harness import (PONG, TEXT, Httpd, HttpdFailure, Swarm, WsClient,
                     config_test, encode_frame, parse_frame, wait_until)
from harness.wire import apply_mask

pytestmark = pytest.mark.no_module


class Mock:
    """An echo server in a thread."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.stopping = asyncio.Event()
        self.port = None
        self.thread = threading.Thread(target=self._main, daemon=True)

    def _main(self):
        self.loop.run_until_complete(self._serve())

    async def _serve(self):
        async def echo(socket):
            async for message in socket:
                await socket.send(message)
        async with websockets.serve(echo, '127.0.0.1', 0,
                                    max_size=1 << 20) as server:
            self.port = server.sockets[0].getsockname()[1]
            await self.stopping.wait()

    def __enter__(self):
        self.thread.start()
        wait_until(lambda: self.port, 5, 'mock')
        return self

    def __exit__(self, *unused):
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(5)

    @property
    def address(self):
        return ('127.0.0.1', self.port)


@pytest.fixture(scope='module')
def mock():
    with Mock() as server:
        yield server


@pytest.mark.parametrize('mpm', ['event', 'worker', 'prefork'])
def test_httpd_serves(mpm):
    with Httpd(mpm=mpm, tls=True, chat=False) as server:
        assert server.get('/alive.txt').body == b'alive\n'
        for version in ('1.2', '1.3'):
            assert server.get('/alive.txt', tls=version).status == 200
        wait_until(lambda: len(server.children()) >= 2, 10, 'two children')
        assert int(server.status()['BusyWorkers']) >= 1
        assert server.pss() > 0 and server.fds() > 0
        wait_until(lambda: any(e['request'] == 'GET /alive.txt HTTP/1.1'
                               for e in server.access_entries()), 5, 'log')


def test_httpd_debian():
    with Httpd(debian=True, tls=True, chat=False) as server:
        assert server.get('/alive.txt').status == 200
        assert server.get('/alive.txt', tls=True).status == 200
        assert server.status()['ServerMPM'] == 'event'
        server.graceful()
        assert server.get('/alive.txt').status == 200


def test_httpd_demands_a_clean_log():
    server = Httpd(chat=False, config='<Location /no>\nRequire all denied\n'
                                      '</Location>')
    server.start()
    assert server.get('/no').status == 403
    with pytest.raises(HttpdFailure, match='AH01630'):
        server.stop()


def test_httpd_declared_lines():
    with Httpd(chat=False) as server:
        server.allow('AH00052')
        server.kill_child(server.children()[0], signal.SIGSEGV)
        server.wait_log('AH00052')


def test_config_test():
    assert config_test('', chat=False)[0] == 0
    code, output = config_test('NoSuchDirective on', chat=False)
    assert code != 0 and 'NoSuchDirective' in output


@pytest.mark.parametrize('size', [0, 1, 125, 126, 65535, 65536, 70000])
def test_client_echo(mock, size):
    client = WsClient(mock.address, '/')
    payload = bytes(i % 251 for i in range(size))
    client.send_binary(payload)
    assert client.recv_message()[1] == payload
    client.send_frame(0x9, b'beat')
    assert client.recv_frame() == parse_frame(
        encode_frame(PONG, b'beat', masked=False))
    client.close(1000, 'done')


def test_client_sees_violations(mock):
    client = WsClient(mock.address, '/', bytewise=True)
    client.send_frame(TEXT, b'x', masked=False)
    assert client.expect_close()[0] == 1002
    client.disconnect()


def test_mask():
    data = bytes(range(256)) * 3 + b'end'
    mask = b'\x01\x02\x03\x04'
    assert apply_mask(data, mask) == bytes(
        b ^ mask[i % 4] for i, b in enumerate(data))


def test_swarm(mock):
    with Swarm(mock.address) as swarm:
        swarm.connect(['/'] * 200)
        assert swarm.open_count() == 200
        assert swarm.ping_all() == 200
        assert swarm.echo_all(b'x' * 5000) == 200
        swarm.close_all()
        assert all(c.close_code == 1000 for c in swarm.clients)
        assert {c.state for c in swarm.clients} == {'closed'}


def test_swarm_sees_a_dead_server():
    with Httpd(chat=False) as server, Swarm(server.address()) as swarm:
        clients = swarm.connect(['/alive.txt', '/none'])
        assert [c.status for c in clients] == [200, 404]
        assert swarm.open_count() == 0
