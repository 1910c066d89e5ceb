"""The harness's clients of event streams and polls, against answers that are
not our server's."""
import contextlib
import socket
import threading

import pytest

from harness import (Poller, SseClient, SseParser, Swarm, SwarmRequest,
                     SwarmStream, hold)

pytestmark = pytest.mark.no_module

STREAM = ('\ufeffid: 1\nevent: x\ndata: a\ndata:b\ndata\n\n'
          ': a comment\n\nid\r\ndata:  c\r\n\r\nretry: 12\nretry: 1x\n'
          'id: 2\0\rid: 7\r\runknown: y\rdata: ü\n\ndata: lost').encode()
EVENTS = [('x', 'a\nb\n', '1'), ('message', ' c', ''), ('message', 'ü', '7')]
HEAD = b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n'
POLL = b'{"cursor":"%d-0","gap":false,"events":[{"type":"message"}]}'


def check(parser):
    assert parser.events == EVENTS and parser.last_id == '7'
    assert parser.comments == [' a comment'] and parser.retry == 12


def test_parser_at_every_cut():
    for cut in range(len(STREAM)):
        parser = SseParser()
        parser.feed(STREAM[:cut])
        parser.feed(STREAM[cut:])
        check(parser)


def test_parser_bytewise():
    parser = SseParser()
    for at in range(len(STREAM)):
        parser.feed(STREAM[at:at + 1])
    check(parser)


@contextlib.contextmanager
def scripted(*answers, keep=False):
    """A server that answers the requests that come with these bytes, one after
    the other; it closes after each, or keeps one connection open. Yields its
    address and the requests."""
    listener = socket.create_server(('127.0.0.1', 0))
    requests, kept = [], []

    def serve():
        connection = None
        for answer in answers:
            if connection is None:
                connection = listener.accept()[0]
                connection.settimeout(10)
            data = b''
            while not data.endswith(b'\r\n\r\n'):
                data += connection.recv(65536)
            requests.append(data.decode())
            connection.sendall(answer)
            if not keep:
                connection.close()
                connection = None
        kept.append(connection)
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname(), requests
    finally:
        thread.join(10)
        listener.close()


def test_stream_client():
    answer = HEAD + b'id: 1\ndata: {"type":"hello"}\n\n:\n\n' \
        b'id: 2\ndata: {"type":"message","text":"a"}\n\nretry: 5\n\n'
    with scripted(answer) as (address, requests):
        client = SseClient(address, '/room', [('Last-Event-ID', '0')])
        assert client.streams
        assert client.recv_event('message')['text'] == 'a'
        assert client.events == [{'type': 'hello'}]
        assert client.ids == ['1', '2'] and client.last_id == '2'
        assert client.expect_end() == []
        assert client.parser.comments == [''] and client.parser.retry == 5
    assert 'Accept: text/event-stream\r\n' in requests[0]
    assert 'Last-Event-ID: 0\r\n' in requests[0]


def test_stream_client_is_strict():
    with scripted(HEAD + b'event: x\ndata: {}\n\n') as (address, _):
        client = SseClient(address, '/room')
        with pytest.raises(AssertionError):
            client.recv_event()
    refusal = b'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno'
    with scripted(refusal) as (address, _):
        client = SseClient(address, '/room')
        assert not client.streams and client.response.body == b'no'


def test_poller():
    """Answers that leave the connection open, and one that ends it."""
    bodies = [POLL % n for n in (1, 2, 3)]
    answers = [b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b'
               % (len(body), body) for body in bodies[:2]]
    answers.append(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n' + bodies[2])
    for keep in (True, False):
        with scripted(*answers[:2], keep=keep) as (address, requests):
            poller = Poller(address, '/room', wait=9)
            poller.poll()
            if not keep:
                poller.close()
            poller.poll()
            assert len(poller.events) == 2 and poller.cursor == '2-0'
            poller.close()
        assert requests[0].startswith('GET /room HTTP/1.1\r\n')
        assert requests[1].startswith('GET /room?after=1-0&wait=9 HTTP')
    with scripted(answers[2]) as (address, requests):
        poller = Poller(address, '/room', '2-0', wait=0)
        poller.poll()
        assert poller.client is None and poller.cursor == '3-0'
    assert requests[0].startswith('GET /room?after=2-0 HTTP')


def test_swarm():
    body = POLL % 4
    answers = [HEAD + b'data: {"type":"hello"}\n\n',
               b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n' + body,
               b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n' + body]
    with scripted(*answers) as (address, _), Swarm(address) as swarm:
        stream = swarm.add('/a', kind=SwarmStream)
        swarm.run(lambda: stream.state == 'closed', 10, 'end')
        assert stream.count('hello') == 1 and stream.status == 200
        whole, = hold_one(swarm)
        assert whole.answer.json()['cursor'] == '4-0'
        cut, = hold_one(swarm)
        assert cut.answer is None and cut.status == 200


def hold_one(swarm):
    made = [swarm.add('/b', kind=SwarmRequest)]
    swarm.run(lambda: made[0].state == 'closed', 10, 'answer')
    return made


def test_swarm_holds():
    with socket.create_server(('127.0.0.1', 0), backlog=100) as listener, \
            Swarm(listener.getsockname()) as swarm:
        clients = hold(swarm, ['/x'] * 60, at_once=20)
        assert all(client.waiting() for client in clients)
        connection = listener.accept()[0]
        connection.recv(65536)
        connection.sendall(b'HTTP/1.1 204 No Content\r\n'
                           b'Content-Length: 0\r\n\r\n')
        swarm.run(lambda: any(c.answer for c in clients), 10, 'answer')
        assert sum(c.waiting() for c in clients) == 59
        connection.close()
