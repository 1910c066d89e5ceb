"""mpm-itk, which serves each connection with a process of its own: it ends with
the connection, so nothing can be handed over to it. What can be done without
that works, and the rest is refused with a sentence."""
import os
import re
import time

import pytest

from harness import (PATIENCE, Httpd, RawClient, WsFailure, deadline_after,
                     key_of, location, new_room, paths, say, wait_until)

# Installed, or unpacked by bootstrap.sh.
ITK = paths.APACHE_MODULES / 'mpm_itk.so'
if not ITK.is_file():
    ITK = (paths.SOURCE / 'build/unpacked/libapache2-mpm-itk'
           / 'usr/lib/apache2/modules/mpm_itk.so')
CONFIG = (f'LoadModule mpm_itk_module {ITK}\n'
          'AssignUserID www-data www-data\n' +
          location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/echo', 'Chat echo') + location('/status', 'Chat status') +
          location('/deeds', 'Chat status', 'ChatModerators all granted'))
END = '99999999999999-0'
SSE = ('Accept', 'text/event-stream')

pytestmark = pytest.mark.skipif(
    os.getuid() != 0 or not ITK.is_file(),
    reason='needs root and libapache2-mpm-itk')


@pytest.fixture(scope='module')
def server():
    with Httpd(mpm='prefork', tls=True, config=CONFIG) as running:
        running.allow(r'CW0636: |CW0601: refused .* with 501')
        yield running


@pytest.fixture(params=[False, True])
def tls(request):
    return request.param


def test_it_says_so(server):
    """Once in the log, and in the status."""
    assert sum('CW0636: mpm-itk ' in line for line in server.log_lines()) == 1
    status = server.get('/status?format=json').json()
    assert status['process_per_connection'] == 1
    assert b'process_per_connection' in server.get('/status').body


def test_nothing_is_archived(tmp_path):
    """The chat is served as without ChatArchive, and no file is made."""
    config = 'ChatArchive sqlite3 data/chat.db\n' + CONFIG
    with Httpd(tmp_path, mpm='prefork', config=config) as server:
        server.allow('CW0636: ')
        [line] = [line for line in server.log_lines() if 'CW0636' in line]
        assert 'nothing is archived (ChatArchive)' in line
        room = new_room()
        ids = say(server, room, 'here')
        told = server.get(f'{room}?before={END}').json()
        assert [event['id'] for event in told['events']] == ids
        assert 'archive' not in server.get(room).json()
    assert not list(tmp_path.glob('data/chat.db*'))


@pytest.mark.parametrize('path', ['/chat/r', '/echo'])
def test_websocket_is_refused(server, path, tls):
    with pytest.raises(WsFailure) as failure:
        server.ws(path, tls=tls)
    answer = failure.value.response
    assert answer.status == 501 and answer.json()['code'] == 'bad_handshake'
    assert 'mpm-itk' in answer.json()['text']


def test_refusals_fill_no_log(server):
    """Each comes to a process of its own; together they write one line."""
    warned = [line for line in server.log_lines() if 'CW0601' in line
              and ':warn]' in line]
    for _ in range(30):
        with pytest.raises(WsFailure):
            server.ws('/echo')
    now = [line for line in server.log_lines() if 'CW0601' in line
           and ':warn]' in line]
    assert len(now) <= max(1, len(warned))


def wait_for_last(client):
    """The stream is complete; the connection may go on."""
    deadline = deadline_after(5)
    while not client.chunks.last:
        assert client.fill(deadline)
        assert client.chunks.feed(client.take(len(client.buffer))) == b''


def test_event_stream(server, tls):
    """It has what is there, and ends at once: a browser comes back with its
    position."""
    room = new_room()
    ids = say(server, room, 'a', 'b')
    begun = time.monotonic()
    with server.sse(room, tls=tls, headers=key_of(1)) as client:
        assert client.response.header('content-type') == \
            'text/event-stream; charset=utf-8'
        assert client.recv_event()['type'] == 'hello'
        assert client.recv_texts(2) == ['a', 'b']
        wait_for_last(client)
        assert client.last_id == ids[1]
        assert time.monotonic() - begun < PATIENCE
    ids += say(server, room, 'c')
    with server.sse(room, tls=tls, headers=[
            *key_of(1), ('Last-Event-ID', ids[1])]) as client:
        assert client.recv_event('hello')['resumed'] is True
        assert client.recv_texts(1) == ['c']


def test_the_status_page(server, tls):
    """Its stream ends at once, and nobody knows other connections."""
    with server.sse('/status', tls=tls) as client:
        assert client.recv_event()['type'] == 'status'
        wait_for_last(client)
    told = server.get('/deeds?format=json&list=connections,health',
                      tls=tls).json()
    assert told['connection_list'] is None
    assert 'limits' in {one['code'] for one in told['health']
                        if one['level'] != 'ok'}


def test_long_poll(server, tls):
    """Not held; and the connection goes on."""
    room = new_room()
    first, = say(server, room, 'a')
    with RawClient(server.address(tls), tls) as client:
        for _ in range(3):
            begun = time.monotonic()
            client.send(f'GET {room}?after={first}&wait=20 HTTP/1.1\r\n'
                        f'Host: {server.host(tls)}\r\n\r\n'.encode())
            answer = client.read_response()
            assert answer.json() == {'cursor': first, 'gap': False,
                                     'events': []}
            assert time.monotonic() - begun < 18


def test_posts_and_polls(server, tls):
    """All of them share one room, whichever process they came to."""
    room = new_room()
    ids = say(server, room, *(f'{n}' for n in range(40)), tls=tls)
    page = server.get(f'{room}?after={ids[9]}', tls=tls).json()
    assert [event['id'] for event in page['events']] == ids[10:]
    assert server.get(f'{room}?members').json()['count'] == 0


def test_the_page_and_the_echo(server):
    answer = server.get('/chat/r', [('Accept', 'text/html')])
    assert answer.status == 200 and b'<html' in answer.body
    assert server.get('/echo').status == 426


def test_nothing_stays(server):
    """Neither a slot in the segment nor a process."""
    room = new_room()
    for _ in range(80):
        say(server, room, 'x')
    wait_until(lambda: server.get('/status?format=json').json()['children']
               <= 2, 10, 'slots')
    assert not [line for line in server.log_lines()
                if re.search(r'CW03\d\d|CW0503', line)]
