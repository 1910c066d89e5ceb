"""Event streams and long-polls over HTTP/2: each holds a worker thread, so
only a quarter of them may, the others are answered at once, and pages are
served meanwhile."""
import json
import re
import subprocess
import time
import uuid

import pytest

from harness import PATIENCE, Httpd, in_soak, key_of, location, say, wait_until
from harness.http2 import Http2Client, held

THREADS, BUDGET = 16, 4
SIZES = (f'StartServers 1\nServerLimit 4\nThreadsPerChild {THREADS}\n'
         f'MinSpareThreads 1\nMaxSpareThreads {THREADS}\n'
         f'MaxRequestWorkers {THREADS}\nH2MaxWorkers 40\n')
CONFIG = ('ChatDrain 2s 1/s\n' +
          location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/chat-status', 'Chat status') +
          location('/quick', 'Chat rooms', 'ChatRate off', 'ChatPing 1s 1s') +
          location('/brief', 'Chat rooms', 'ChatRate off', 'ChatPollWait 1s'))
PROTOCOLS = 'Protocols h2 h2c http/1.1\n'
SSE = [('accept', 'text/event-stream')]


@pytest.fixture(scope='module', params=['event', in_soak('worker')])
def server(request):
    with Httpd(mpm=request.param, tls=True, modules=('http2',), sizes=SIZES,
               config=PROTOCOLS + CONFIG,
               vhost_config='Protocols h2 http/1.1\n') as running:
        yield running


@pytest.fixture(params=[False, True])
def client(server, all_free, request):
    del all_free
    made = Http2Client(server, request.param)
    yield made
    made.close()


@pytest.fixture
def room():
    return f'/chat/{uuid.uuid4().hex}'


def cookie(number):
    return [('cookie', key_of(number)[0][1])]


def events(stream):
    """The events that came on an event stream."""
    lines = stream.body.decode().split('\n')
    return [json.loads(line[6:]) for line in lines
            if line.startswith('data: ')]


def texts(stream):
    return [e['text'] for e in events(stream) if e['type'] == 'message']


@pytest.fixture(autouse=True)
def all_free(server):
    """What a test has left holds no thread soon after it."""
    yield
    wait_until(lambda: held(server) == 0, 5, 'all threads are free')


def occupy(server, path, extra):
    """A connection with as many requests as may wait."""
    made = Http2Client(server)
    streams = [made.begin(path, extra=extra + cookie(n))
               for n in range(BUDGET)]
    wait_until(lambda: held(server) == BUDGET, 5, 'all wait')
    return made, streams


def test_an_event_stream(server, client, room):
    ids = say(server, room, 'a', 'b')
    stream = client.begin(room, extra=[*SSE, ('last-event-id', ids[0])])
    client.until(lambda: texts(stream) == ['b'])
    assert stream.status == 200
    assert stream.headers['content-type'].startswith('text/event-stream')
    assert stream.headers['cache-control'] == 'no-store, no-transform'
    assert stream.headers['x-accel-buffering'] == 'no'
    assert 'connection' not in stream.headers
    assert events(stream)[0]['resumed'] is True
    say(server, room, 'c')
    client.until(lambda: texts(stream) == ['b', 'c'])
    assert not stream.ended
    status, _, body = client.request('/alive.txt')
    assert (status, body) == (200, b'alive\n')


def test_the_status_stream(client):
    stream = client.begin('/chat-status', extra=SSE)
    client.until(lambda: len(events(stream)) == 2)
    assert {e['type'] for e in events(stream)} == {'status'}
    assert not stream.ended


def test_a_long_poll(server, client, room):
    ids = say(server, room, 'a')
    stream = client.begin(f'{room}?after={ids[0]}&wait=20', extra=cookie(1))
    wait_until(lambda: held(server) == 1, 5, 'held')
    assert not stream.ended and stream.status is None
    ids += say(server, room, 'b')
    client.until(lambda: stream.ended, 5)
    assert stream.headers['content-type'] == 'application/json'
    assert 'connection' not in stream.headers
    page = json.loads(stream.body)
    assert page['cursor'] == ids[1] and page['gap'] is False
    assert [e['text'] for e in page['events']] == ['b']


def test_after_the_wait(server, client):
    room = f'/brief/{uuid.uuid4().hex}'
    first, = say(server, room, 'a')
    begun = time.monotonic()
    status, _, body = client.request(f'{room}?after={first}&wait=3600')
    assert time.monotonic() - begun > 0.9
    assert json.loads(body) == {'cursor': first, 'gap': False, 'events': []}


def test_beyond_the_budget(server, client, room):
    """Streams and polls are told all that there is, at once; pages are served
    over both protocols; who waits goes on waiting."""
    first, = say(server, room, 'a')
    waiting, streams = occupy(server, room, SSE)
    waiting.until(lambda: all(texts(s) == ['a'] for s in streams))
    more = [client.begin(room, extra=SSE) for _ in range(20)]
    polls = [client.begin(f'{room}?after={first}&wait=20') for _ in range(20)]
    client.until(lambda: all(s.ended for s in more + polls))
    assert all(s.status == 200 and events(s)[0]['type'] == 'hello'
               and texts(s) == ['a'] for s in more)
    assert all(json.loads(p.body)['cursor'] == first for p in polls)
    for path in ('/alive.txt', room):
        begun = time.monotonic()
        assert client.request(path)[0] == 200
        assert server.get(path).status == 200
        assert time.monotonic() - begun < PATIENCE
    say(server, room, 'b')
    waiting.until(lambda: all(texts(s) == ['a', 'b'] for s in streams))
    assert not any(s.ended for s in streams)
    waiting.close()


def test_polls_within_the_budget_wait(server, client, room):
    first, = say(server, room, 'a')
    waiting, polls = occupy(server, f'{room}?after={first}&wait=20', [])
    more = client.begin(f'{room}?after={first}&wait=20')
    client.until(lambda: more.ended)
    assert json.loads(more.body)['events'] == []
    say(server, room, 'b')
    waiting.until(lambda: all(p.ended for p in polls), 5)
    assert all(b'"text":"b"' in p.body for p in polls)
    waiting.close()


@pytest.mark.parametrize('row', ['stream', 'poll'])
def test_a_connection_that_goes_frees_its_threads(server, room, row):
    """Nor is it told of as refused."""
    first, = say(server, room, 'a')
    query, extra = ('', SSE) if row == 'stream' else \
        (f'?after={first}&wait=25', [])
    gone = occupy(server, room + query, extra)[0]
    gone.raw.disconnect()
    wait_until(lambda: held(server) == 0, 5, 'all threads are free')
    wait_until(lambda: sum(f'GET {room}' in line for line in
                           server.access_lines()) == BUDGET, 5, 'all are over')
    assert not [line for line in server.log_lines() if room in line]


def test_comments_keep_it_alive(server, client):
    stream = client.begin(f'/quick/{uuid.uuid4().hex}', extra=SSE)
    client.until(lambda: stream.body.count(b'\n:') >= 2, 8)
    assert not stream.ended


@pytest.mark.parametrize('path', ['?after=1-0&wait=20', ''])
def test_head_is_not_held(server, client, room, path):
    say(server, room, 'a')
    begun = time.monotonic()
    status, headers, body = client.request(room + path, 'HEAD', SSE)
    assert status == 200 and body == b''
    assert time.monotonic() - begun < 18


@pytest.mark.parametrize('option, scheme', [
    ('--http2', 'https'), ('--http2-prior-knowledge', 'http'),
    ('--http1.1', 'https'), ('--http1.1', 'http')])
def test_curl(server, room, option, scheme):
    """curl -N prints each event as it comes."""
    say(server, room, 'kept')
    with subprocess.Popen(
            ['curl', '-skN', option, '--max-time', '20', '-H',
             'Accept: text/event-stream',
             f'{scheme}://{server.host(scheme == "https")}{room}'],
            stdout=subprocess.PIPE) as curl:
        for text in (b'kept', b'new', b'newer'):
            if text != b'kept':
                say(server, room, text.decode())
            while b'"text":"%b"' % text not in curl.stdout.readline():
                assert curl.poll() is None
        curl.terminate()


def curl_bytes(server, path, accept):
    """A curl that prints what comes on this path, over HTTP/2."""
    return subprocess.Popen(
        ['curl', '-skN', '--http2', '--max-time', '30', '-H',
         f'Accept: {accept}', f'https://{server.host(True)}{path}'],
        stdout=subprocess.PIPE)


@pytest.mark.children_die
def test_a_restart(server, room):
    """`bye` and a time to come back; a held poll is answered."""
    first, = say(server, room, 'a')
    old = server.children()
    with curl_bytes(server, room, SSE[0][1]) as stream, \
            curl_bytes(server, f'{room}?after={first}&wait=25', '*/*') as poll:
        wait_until(lambda: held(server) == 2, 5, 'both wait')
        server.graceful()
        told = stream.communicate(timeout=20)[0]
        assert re.search(rb'\nretry: \d{1,4}\n', told)
        assert told.endswith(b'data: {"type":"bye","code":1012,'
                             b'"retry":[0,2]}\n\n')
        page = json.loads(poll.communicate(timeout=20)[0])
        assert page == {'cursor': first, 'gap': False, 'events': []}
        assert stream.returncode == poll.returncode == 0
    wait_until(lambda: not set(old) & set(server.children()), 20, 'old gone')
