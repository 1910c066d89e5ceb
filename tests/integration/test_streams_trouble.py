"""Event streams and held polls in trouble: behind other requests of their
connection, with clients that vanish, and where no poll is held."""
import pytest

from harness import ECHO, Httpd, SseClient, location, wait_until
from harness.http2 import Http2Client

ROOM = '/chat/lobby'
CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off',
                   'ChatPing 200ms 400ms') +
          location('/direct', 'Chat rooms', 'ChatRate off',
                   'ChatPollWait 0') +
          location('/chat-status', 'Chat status'))


@pytest.fixture(scope='module', params=['event', 'worker', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, tls=True, config=CONFIG) as running:
        yield running


def cursor_of(server, room=ROOM):
    server.post(room, '{"text":"one"}')
    return server.get(room).json()['cursor']


def request_line(server, path, tls, *more):
    return '\r\n'.join([f'GET {path} HTTP/1.1', f'Host: {server.host(tls)}',
                        *more, '', '']).encode()


@pytest.mark.parametrize('tls', [False, True])
def test_behind_another_request(server, tls):
    """The answer in front of it is not lost with httpd's buffers."""
    held = f'{ROOM}?after={cursor_of(server)}&wait=1'
    with server.raw(tls) as client:
        client.send(request_line(server, '/alive.txt', tls) +
                    request_line(server, held, tls))
        assert client.read_response().body == b'alive\n'
        assert client.read_response().json()['events'] == []
    with server.raw(tls) as client:
        client.send(request_line(server, '/alive.txt', tls) +
                    request_line(server, ROOM, tls,
                                 'Accept: text/event-stream'))
        assert client.read_response().body == b'alive\n'
        client.read_until(b'"type":"hello"')


def test_no_poll_is_held(server):
    """With ChatPollWait 0 the connection stays httpd's, for the next poll."""
    poll = f'/direct/lobby?after={cursor_of(server, "/direct/lobby")}&wait=9'
    with server.raw() as client:
        for _ in range(3):
            client.send(request_line(server, poll, False))
            answer = client.read_response()
            assert answer.json()['events'] == []
            assert answer.header('connection') is None


def test_no_place_for_another_room():
    """Whoever is refused is told when to come again."""
    config = 'ChatMaxRooms 1\n' + CONFIG
    with Httpd(config=config) as server:
        server.allow('CW0302|refused .* with 503')
        address = server.address()
        with SseClient(address, '/chat/one') as first:
            first.recv_event('hello')
            refused = SseClient(address, '/chat/two').response
            assert refused.status == 503
            assert refused.header('retry-after') == '10'
            assert refused.json()['code'] == 'rooms_full'
            answer = server.get('/chat/two?after=0-0&wait=5')
            assert answer.status == 503
            assert answer.header('retry-after') == '10'
            assert answer.json()['code'] == 'rooms_full'
            assert answer.json()['retry'] == 10


def connections(server):
    return server.get('/chat-status?format=json').json()['connections']


@pytest.mark.parametrize('tls', [False, True])
def test_vanished_over_http2(tls):
    """Who vanishes gives its place back when ChatPing says so, though the
    worker's end of the stream takes all that it is sent."""
    config = 'Protocols h2 h2c http/1.1\n' + ECHO + CONFIG
    with Httpd(tls=True, modules=('http2',), config=config,
               vhost_config='Protocols h2 http/1.1\n') as server:
        client = Http2Client(server, tls)
        stream = client.begin(ROOM, extra=[('accept', 'text/event-stream')])
        # One that is there stays.
        client.until(lambda: stream.body.count(b'\n:\n\n') == 3)
        assert b'"type":"hello"' in stream.body
        assert connections(server) == 1
        client.raw.vanish()
        wait_until(lambda: connections(server) == 0, 8, 'it is let go')
        client.raw.disconnect()
