"""The chunks of an event stream (RFC 9112 7.1), and clients of others that need
them: whoever decodes chunk by chunk has each event as soon as it is sent, and
knows an end from a cut."""
import http.client
import json
import subprocess
import threading
import time

import pytest
import requests

from harness import (Httpd, in_soak, key_of, location, new_room, order, say,
                     wait_until)

CONFIG = ('ChatDrain 1s\n' + location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/quick', 'Chat rooms', 'ChatRate off', 'ChatPing 1s 5s') +
          location('/old', 'Chat rooms', 'ChatRate off',
                   'SetEnv downgrade-1.0', 'SetEnv force-response-1.0'))
SSE = ('Accept', 'text/event-stream')


@pytest.fixture(scope='module', params=['event', in_soak('worker'), 'prefork'])
def server(request):
    with Httpd(mpm=request.param, tls=True, config=CONFIG) as running:
        yield running


@pytest.fixture(params=[False, in_soak('1.2'), '1.3'])
def tls(request):
    return request.param


def chunk(client):
    """The next chunk, as it came."""
    size = int(client.read_until(b'\r\n')[:-2], 16)
    data = client.read_exactly(size + 2)
    assert data[-2:] == b'\r\n'
    return data[:-2]


def stream(server, path, tls=False, version='1.1'):
    """The client of an event stream, behind its head."""
    client = server.raw(tls)
    client.send(f'GET {path} HTTP/{version}\r\n'
                f'Host: {server.host(bool(tls))}\r\n'
                'Accept: text/event-stream\r\n\r\n'.encode())
    return client, client.read_head()


def refused(server):
    """The head of an event stream that found too many bytes behind its request,
    and the first byte after it; None when they had not come yet."""
    with server.raw() as client:
        client.send(f'GET {new_room()} HTTP/1.1\r\nHost: {server.host()}\r\n'
                    'Accept: text/event-stream\r\n\r\n'.encode() +
                    b'x' * 100000)
        head = client.read_head()
        return (head, client.read_exactly(1)) if head.status == 400 else None


def test_a_refusal_has_no_chunks(server):
    """Found when the head of the stream was written already."""
    head, first = wait_until(lambda: refused(server), 30, 'refused')
    assert head.header('transfer-encoding') is None
    assert first == b'{'


def test_each_event_is_a_chunk(server, tls):
    room = new_room()
    say(server, room, 'a', 'b')
    client, head = stream(server, room, tls)
    assert head.header('transfer-encoding') == 'chunked'
    with client:
        for start in (b'"hello"', b'"text":"a"', b'"text":"b"'):
            event = chunk(client)
            assert event.startswith(b'id: ') and event.endswith(b'}\n\n')
            assert start in event and event.count(b'\n') == 3
        for number in range(20):
            say(server, room, f'{number}')
            assert f'"text":"{number}"'.encode() in chunk(client)
        with server.ws(room, headers=key_of(5)):
            presence = chunk(client)
            assert presence.startswith(b'data: {"type":"presence"')
            assert presence.endswith(b'}\n\n')


def test_a_comment_is_a_chunk(server, tls):
    client, _ = stream(server, new_room('/quick'), tls)
    with client:
        assert b'"hello"' in chunk(client)
        for _ in range(2):
            assert chunk(client) == b':\n\n'


@pytest.mark.parametrize('path, version', [('/chat', '1.0'), ('/old', '1.1')])
def test_without_chunks(server, path, version):
    """HTTP/1.0, and what httpd is told to take for it."""
    room = new_room(path)
    say(server, room, 'a')
    client, head = stream(server, room, version=version)
    assert head.header('transfer-encoding') is None
    with client:
        assert client.read_until(b'\n\n').startswith(b'id: ')
        kept = client.read_until(b'\n\n')
        assert kept.startswith(b'id: ') and kept.endswith(b'"text":"a"}\n\n')
        say(server, room, 'b')
        assert client.read_until(b'\n\n').endswith(b'"text":"b"}\n\n')


def test_both_codings_in_one_room(server):
    """Readers with chunks and without get the same events, live and behind."""
    room = new_room()
    old, _ = stream(server, room, version='1.0')
    with old, server.sse(room) as new, server.ws(room) as socket:
        for client in (new, socket):
            client.recv_event('hello')
        assert b'"hello"' in old.read_until(b'\n\n')
        for number in range(300):
            say(server, room, f'{number} ' + 'x' * (number * 20))
        for number in range(300):
            event = socket.recv_event('message')
            assert new.recv_event('message') == event
            lines = b''
            while b'"message"' not in lines:
                lines = old.read_until(b'\n\n')
            assert json.loads(lines.split(b'data: ')[1]) == event


def test_a_stopped_reader_finds_whole_chunks(server):
    """However its socket filled up, and however far it fell behind."""
    room = new_room()
    slow = server.sse(room, rcvbuf=4096)
    slow.recv_event('hello')
    for number in range(150):
        say(server, room, f'{number} ' + 'x' * 7000)
    heard = 0
    while heard < 150:
        event = slow.recv_event()
        if event['type'] == 'message':
            heard = int(event['text'].split(' ')[0]) + 1
        else:
            assert event['type'] in ('gap', 'presence')
    assert slow.chunks.between() and not slow.chunks.last
    slow.disconnect()


@pytest.mark.parametrize('half', [False, True])
def test_half_closed(server, half):
    """Who closes its half of the connection, before the answer or in it, gets
    what is there, and the end."""
    room = new_room()
    ids = say(server, room, *(f'{n} ' + 'x' * 5000 for n in range(60)))
    client = server.sse(room, headers=key_of(3))
    if half:
        client.recv_texts(20)
    client.half_close()
    told = client.expect_end(10)
    assert client.chunks.last and client.last_id == ids[-1]
    assert len(told) >= (40 if half else 60)


@pytest.mark.children_die
def test_an_end_and_a_cut(server, tls):
    """A restart ends the stream; a killed child cuts it."""
    server.allow(r'exit signal Killed|CW\d+: .*(child|died|dead|owner|repair)')
    room = new_room()
    with server.sse(room, tls=tls) as client:
        client.recv_event('hello')
        old = server.children()
        server.change()
        server.graceful()
        client.expect_end(10)
        assert client.chunks.last
        wait_until(lambda: not set(old) & set(server.children()), 15, 'old gone')
    with server.sse(room, tls=tls) as client:
        client.recv_event('hello')
        for child in server.children():  # one of them has it
            server.kill_child(child)
        client.read_eof(10)
        assert not client.chunks.last


@pytest.mark.filterwarnings('ignore:Unverified HTTPS')
def test_requests(server, tls):
    """python3-requests: an event is there when it is sent, whatever its size;
    a check mark is no end of a line."""
    room = new_room()
    got = []

    def listen():
        scheme = 'https' if tls else 'http'
        with requests.get(f'{scheme}://{server.host(bool(tls))}{room}',
                          headers=dict([SSE]), stream=True, verify=False,
                          timeout=10) as answer:
            assert answer.encoding == 'utf-8'
            for line in answer.iter_lines(decode_unicode=True):
                if line.startswith('data: '):
                    got.append(json.loads(line[6:]))
                if got and got[-1].get('text') == 'end':
                    return
    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    for text in (None, '\u2705 done', 'a\u2028b', 'x' * 3000, 'end'):
        if text:
            say(server, room, text)
        wait_until(lambda: got and got[-1].get('text') == text, 5,
                   f'the event of {text!r}')
    thread.join(5)
    assert not thread.is_alive()


@pytest.mark.children_die
def test_http_client(server):
    """Python's own client raises nothing at a planned end, and does at a
    cut."""
    server.allow(r'exit signal Killed|CW\d+: .*(child|died|dead|owner|repair)')
    room = new_room()
    for cut in (False, True):
        connection = http.client.HTTPConnection(*server.address(), timeout=10)
        connection.request('GET', room, headers=dict([SSE]))
        answer = connection.getresponse()
        assert b'"hello"' in answer.readline() + answer.readline()
        old = server.children()
        if cut:
            for child in old:
                server.kill_child(child)
            with pytest.raises(http.client.IncompleteRead):
                answer.read()
        else:
            server.change()
            server.graceful()
            assert b'"bye"' in answer.read()
            wait_until(lambda: not set(old) & set(server.children()), 15,
                       'old gone')
        connection.close()


@pytest.mark.children_die
def test_curl(server):
    """curl prints each event at once and ends without an error."""
    room = new_room()
    with subprocess.Popen(
            ['curl', '-sN', '-H', 'Accept: text/event-stream', '--max-time',
             '300', f'http://{server.host(False)}{room}'],
            stdout=subprocess.PIPE) as curl:
        first = curl.stdout.readline() + curl.stdout.readline()
        assert first.startswith(b'id: ') and b'"hello"' in first
        ids = say(server, room, 'a')
        lines = b''
        while not lines.endswith(b'}\n\n'):
            lines += curl.stdout.readline()
        assert ids[0].encode() in lines
        old = server.children()
        server.change()
        server.graceful()
        assert b'"bye"' in curl.stdout.read()
        assert curl.wait(5) == 0
    wait_until(lambda: not set(old) & set(server.children()), 15, 'old gone')


def test_bytes_of_an_event(server):
    """What the coding adds: a size, twice CR LF, no more."""
    room = new_room()
    client, _ = stream(server, room)
    with client:
        chunk(client)
        for size in (1, 100, 5000):
            say(server, room, 'x' * size)
            head = client.read_until(b'\r\n')
            event = client.read_exactly(int(head, 16))
            assert client.read_exactly(2) == b'\r\n'
            assert len(head) + 2 <= 8
            assert event.count(b'\n') == 3 and order(
                event[4:event.index(b'\n')].decode())
