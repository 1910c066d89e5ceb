"""Lines of the error log: those that a stranger can cause, as often as they
like, come once a minute (SECURITY R10), and what the server lacks is told."""
import re

import pytest

from harness import LONG, ONE_CHILD, ROOMS, Httpd, location

TIMES = 25000 if LONG else 1500
UPGRADE = ('Connection: Upgrade\r\nUpgrade: websocket\r\n'
           'Sec-WebSocket-Version: 13\r\n'
           'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n')
CONFIG = ('LogLevel warn\nMaxKeepAliveRequests 0\nChatMaxConnections 1\n'
          'ChatAssets "@ROOT@/htdocs"\n' + ROOMS
          + location('/named', 'Chat rooms', 'ChatUser "%{HTTP:X-Name}"'))

# What a stranger sends, the status that it gets, and the line that it causes.
FLOODS = [
    ('GET /chat/lobby HTTP/2.0', UPGRADE, 501, 'CW0631'),
    ('GET /chat/lobby HTTP/1.1', 'Accept: text/event-stream\r\n', 503,
     'CW0601'),
    ('GET /named/lobby HTTP/1.1', f'X-Name: {"x" * 200}\r\n', 403, 'CW0612'),
    ('GET /chat/lobby HTTP/1.1', 'Accept: text/html\r\n', 500, 'CW0641'),
]


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    sizes = ONE_CHILD if request.param == 'event' else \
        'StartServers 1\nServerLimit 1\nMaxRequestWorkers 1\n'
    with Httpd(mpm=request.param, sizes=sizes, config=CONFIG) as running:
        for _, _, _, line in FLOODS:
            running.allow(line)
        running.allow('CW0601: refused .* with 50[013]|AH00(161|484)')
        yield running


def flood(server, line, headers, count):
    """Sends a request so often, over as many connections as that takes;
    their statuses."""
    request = f'{line}\r\nHost: {server.host()}\r\n{headers}\r\n'.encode()
    statuses = []
    while len(statuses) < count:
        with server.raw() as client:
            for _ in range(min(100, count - len(statuses))):
                client.send(request)
                answer = client.read_response('GET')
                statuses.append(answer.status)
                if answer.header('connection') == 'close':
                    break
    return statuses


def fill(server):
    """As many clients as the child takes; their sockets."""
    clients = []
    while True:
        client = server.raw()
        client.send(f'GET /chat/lobby HTTP/1.1\r\nHost: {server.host()}\r\n'
                    f'{UPGRADE}\r\n'.encode())
        if client.read_response('GET').status == 503:
            client.disconnect()
            return clients
        clients.append(client)


def lines_of(server, number):
    return [line for line in server.log_lines() if number + ': ' in line]


def test_r10_log_flood(server):
    """Each flood is one line of the child, and the log stays small."""
    clients = []
    for line, headers, status, number in FLOODS:
        if status == 503:
            clients = fill(server)
        assert set(flood(server, line, headers, TIMES)) == {status}, number
        found = lines_of(server, number)
        assert len(found) == 1, (number, found[:3])
        assert ':warn]' in found[0] or ':error]' in found[0], found[0]
    size = (server.root / 'logs' / 'error.log').stat().st_size
    assert size < 50000, f'{size} bytes'
    for client in clients:
        client.disconnect()


def test_what_is_lacking_is_a_warning():
    """CW0601 at its level: once at warn, the others at info."""
    config = 'ChatMaxConnections 1\n' + ROOMS
    with Httpd(sizes=ONE_CHILD, config=config) as server:
        server.allow('CW0601: refused GET /chat/lobby with 503')
        clients = fill(server)
        flood(server, 'GET /chat/lobby HTTP/1.1',
              'Accept: text/event-stream\r\n', 5)
        levels = [re.search(r'\[chatws:(\w+)\]', line)[1]
                  for line in lines_of(server, 'CW0601')]
        assert levels == ['warn'] + ['info'] * 5
        assert 'more like it' not in ''.join(server.log_lines())
        for client in clients:
            client.disconnect()
