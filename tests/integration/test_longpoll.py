"""Row 5: polls that are held until there is something, on a connection that
has left httpd."""
import signal
import time

import pytest

from harness import (Httpd, Swarm, blackhole, hold, in_soak, key_of, location,
                     new_room, order, post_kind, say, wait_until)

GRACE = 10
CONFIG = ('ChatDrain 2s 1/s\n' +
          location('/chat', 'Chat rooms', 'ChatRate off', 'ChatHistory 500') +
          location('/small', 'Chat rooms', 'ChatRate off', 'ChatHistory 5') +
          location('/brief', 'Chat rooms', 'ChatRate off', 'ChatPollWait 1s') +
          location('/never', 'Chat rooms', 'ChatPollWait 0') +
          location('/off', 'Chat rooms', 'ChatGuests off'))


@pytest.fixture(scope='module', params=['event', in_soak('worker'), 'prefork'])
def server(request):
    with Httpd(mpm=request.param, tls=True, config=CONFIG) as running:
        yield running


@pytest.fixture(params=[False, in_soak('1.2'), '1.3'])
def tls(request):
    return request.param


def members(server, room):
    return server.get(f'{room}?members').json()


def goes_on(server, tls):
    """A connection whose poll was held is there for the next one."""
    return server.mpm == 'event' and not tls


def held(server, room, cursor, number=1, **options):
    """A poller whose poll waits: its guest is a member."""
    poller = server.poller(room, cursor=cursor, headers=key_of(number),
                           **options)
    before = members(server, room)['count']
    poller.ask()
    wait_until(lambda: members(server, room)['count'] > before, 5, 'held')
    return poller


def test_the_next_message_ends_it(server, tls):
    room = new_room()
    first, = say(server, room, 'a')
    with held(server, room, first, tls=tls) as poller:
        second, = say(server, room, 'b')
        response, events = poller.answer(15)
        assert [e['text'] for e in events] == ['b']
        assert events[0]['id'] == poller.cursor == second
        assert response.json() == {'cursor': second, 'gap': False,
                                   'events': events}
        ends = not goes_on(server, tls)
        assert (response.header('connection') == 'close') == ends
        assert (response.header('content-length') is None) == ends
        assert response.header('content-type') == 'application/json'
        assert response.header('cache-control') == 'no-store'
        assert response.header('x-content-type-options') == 'nosniff'
        assert response.header('vary') == 'Accept, Origin'


def test_what_is_there_is_told_at_once_and_all(server, tls):
    """Never one message an answer; and the connection stays open."""
    room = new_room()
    ids = say(server, room, *(f'{n}' for n in range(60)))
    with server.poller(room, tls=tls, cursor=ids[9]) as poller:
        poller.ask()
        response, events = poller.answer(15)
        assert [e['id'] for e in events] == ids[10:]
        assert response.header('connection', '').lower() != 'close'
        assert poller.client is not None


def test_a_burst_comes_in_few_answers(server):
    room, count = new_room(), 200
    ids = say(server, room, 'first')
    with Swarm(server.address()) as swarm, \
            held(server, room, ids[0]) as poller:
        posts = [swarm.add(room, [('Content-Type', 'application/json')],
                           kind=post_kind({'text': f'{n}'}))
                 for n in range(count)]
        swarm.run(lambda: all(p.state == 'closed' for p in posts), 30, 'posts')
        assert all(p.answer.status == 201 for p in posts)
        poller.answer(15)
        while len(poller.events) < count:
            poller.poll(15)
        got = [e['id'] for e in poller.events]
        assert sorted(got, key=order) == got
        assert set(got) == {p.answer.json()['id'] for p in posts}
        assert len(poller.answers) < count / 4


@pytest.mark.parametrize('prefix, wait, least, most', [
    ('/brief', 3600, 0.9, 300), ('/chat', 1, 0.9, 300), ('/chat', 0, 0, 300),
    ('/never', 25, 0, 20)])
def test_after_the_wait(server, tls, prefix, wait, least, most):
    """The answer is empty and has the cursor that was asked with."""
    room = new_room(prefix)
    first, = say(server, room, 'a')
    poller = server.poller(room, tls=tls, cursor=first)
    poller.client = server.raw(tls)
    begun = time.monotonic()
    poller.client.send(
        f'GET {room}?after={first}&wait={wait} HTTP/1.1\r\n'
        f'Host: {server.host(bool(tls))}\r\n\r\n'.encode())
    response, events = poller.answer(10)
    took = time.monotonic() - begun
    assert response.json() == {'cursor': first, 'gap': False, 'events': []}
    assert least <= took < most
    assert (response.header('connection') == 'close') == (
        least > 0 and not goes_on(server, tls))


@pytest.mark.parametrize('query, code', [
    ('after=1-0&wait=x', 'bad_request'), ('after=1-0&wait=-1', 'bad_request'),
    ('after=1-0&wait=1.5', 'bad_request'), ('after=1-0&wait=', 'bad_request'),
    ('after=1-0&before=1-0&wait=1', 'bad_request'),
    ('after=x&wait=1', 'bad_cursor'), ('after=&wait=1', 'bad_cursor')])
def test_refused(server, query, code):
    answer = server.get(f'{new_room()}?{query}')
    assert answer.status == 400 and answer.json()['code'] == code


def test_guests_may_be_kept_out(server):
    answer = server.get('/off/r?after=0-0&wait=1')
    assert answer.status == 403 and answer.json()['code'] == 'forbidden'


def test_head_is_not_held(server, tls):
    room = new_room()
    first, = say(server, room, 'a')
    begun = time.monotonic()
    answer = server.request('HEAD', f'{room}?after={first}&wait=25', tls=tls)
    assert answer.status == 200 and time.monotonic() - begun < 20
    assert answer.header('content-type') == 'application/json'


def test_head_enters_no_room(server):
    room = new_room()
    answer = server.request('HEAD', f'{room}?after=0-0&wait=25',
                            headers=key_of(7))
    assert answer.status == 200
    assert members(server, room)['count'] == 0


def test_a_gap_is_told_at_once(server):
    room = new_room('/small')
    ids = say(server, room, *'abcdefgh')
    for cursor in (ids[0], '99999999999999-0'):
        with server.poller(room, cursor=cursor) as poller:
            assert [e['text'] for e in poller.poll(15)] == list('defgh')
            assert poller.gaps == 1 and poller.cursor == ids[-1]


def test_a_room_that_was_not_there(server):
    room = new_room()
    with server.poller(room, cursor='0-0') as poller:
        assert poller.poll(15) == [] and poller.cursor != '0-0'
        for text in ('first', 'second'):
            poller.ask()
            say(server, room, text)
            assert [e['text'] for e in poller.answer(15)[1]] == [text]


def test_only_messages_end_it(server):
    """Neither who comes and goes nor who types."""
    room = new_room()
    first, = say(server, room, 'a')
    with held(server, room, first) as poller:
        with server.ws(room, headers=key_of(2)) as other:
            hello = other.recv_event('hello')
            assert hello['members']['count'] == 2
            other.send_json(type='typing')
            other.send_json(type='name', name='Zoe')
            other.recv_event('you')
            with pytest.raises(TimeoutError), poller.client.exactly():
                poller.client.read_head(1.5)
            other.say('b')
            assert [e['text'] for e in poller.answer(15)[1]] == ['b']


def test_its_guest_stays_a_member(server):
    """Longer than the grace, poll after poll, nobody leaves; who does not come
    back is gone after it. Each guest is one member with a WebSocket too."""
    room = new_room('/brief')
    with server.ws(room, headers=key_of(1)) as watcher:
        watcher.recv_event('hello')
        pollers = [held(server, room, say(server, room, 'a')[0], n)
                   for n in (2, 3)]
        with server.sse(room, headers=key_of(2)):
            end = time.monotonic() + GRACE + 2
            pollers[1].answer()
            pollers[1].close()
            while time.monotonic() < end:
                pollers[0].answer(15)
                pollers[0].ask()
                told = members(server, room)
                assert told['count'] in (2, 3)
        assert told['count'] == 2
        for poller in pollers:
            poller.close()


@pytest.mark.parametrize('manner', ['close', 'reset', 'vanish'])
def test_who_goes_while_waiting_loses_nothing(server, manner):
    """What was written for somebody who had gone comes with the next poll."""
    room = new_room()
    first, = say(server, room, 'a')
    gone = held(server, room, first)
    if manner == 'reset':
        gone.client.reset()
    elif manner == 'vanish':
        blackhole(gone.client.socket)
    else:
        gone.client.disconnect()
    second, = say(server, room, 'b')
    with server.poller(room, cursor=first, headers=key_of(1)) as poller:
        assert [e['id'] for e in poller.poll(15)] == [second]
    gone.close()


def test_a_hundred_that_go(server):
    """Half are reset while they wait: the others are answered, and all
    descriptors come back."""
    room = new_room()
    first, = say(server, room, 'a')
    before = sum(server.fds(pid) for pid in server.children())
    with Swarm(server.address()) as swarm:
        clients = hold(swarm, [f'{room}?after={first}&wait=25'] * 100,
                       at_once=4)
        for client in clients[::2]:
            client.drop()
        second, = say(server, room, 'b')
        swarm.run(lambda: all(c.state == 'closed' for c in clients), 10,
                  'answers')
        assert [c.answer.json()['cursor'] for c in clients[1::2]] == \
            [second] * 50
    wait_until(lambda: sum(server.fds(pid) for pid in server.children())
               <= before + 4, 10, 'descriptors')


def test_over_a_used_connection(server, tls):
    """The first request of a connection was another one."""
    room = new_room()
    first, = say(server, room, 'a')
    with server.raw(tls) as client:
        host = server.host(bool(tls))
        client.send(f'GET /alive.txt HTTP/1.1\r\nHost: {host}\r\n\r\n'
                    .encode())
        assert client.read_response().body == b'alive\n'
        client.send(f'GET {room}?after={first}&wait=9 HTTP/1.1\r\n'
                    f'Host: {host}\r\n\r\n'.encode())
        wait_until(lambda: members(server, room)['count'] == 1, 5, 'held')
        say(server, room, 'b')
        answer = client.read_response(timeout=5)
        assert answer.json()['events'][0]['text'] == 'b'


def test_a_cookie_is_set(server):
    room = new_room()
    first, = say(server, room, 'a')
    for wait in (0, 1):
        answer = server.get(f'{room}?after={first}&wait={wait}')
        assert answer.header('set-cookie').startswith('chatws=')


@pytest.mark.children_die
def test_a_restart_answers_it(server):
    """Over TLS: at once, and whoever asks again misses nothing."""
    room = new_room()
    first, = say(server, room, 'a')
    pollers = [held(server, room, first, n + 1, tls=True) for n in range(5)]
    old, begun = server.children(), time.monotonic()
    server.graceful()
    for poller in pollers:
        response, events = poller.answer(10)
        assert response.status == 200 and events == []
        assert poller.cursor == first
    assert time.monotonic() - begun < 20
    say(server, room, 'b')
    for poller in pollers:
        with poller:
            assert [e['text'] for e in poller.poll(15)] == ['b']
    wait_until(lambda: not set(old) & set(server.children()), 15, 'old gone')


@pytest.mark.children_die
def test_a_child_is_killed(server):
    """Its clients see the end of the connection, not half an answer."""
    server.allow(r'exit signal Killed|CW\d+: .*(child|died|dead|owner|repair)')
    room = new_room()
    first, = say(server, room, 'a')
    with Swarm(server.address()) as swarm:
        clients = hold(swarm, [f'{room}?after={first}&wait=25'] * 40,
                       at_once=4)
        wait_until(lambda: members(server, room)['count'] == 40, 10, 'held')
        victim = max(server.children(), key=server.fds)
        server.kill_child(victim, signal.SIGKILL)
        swarm.run(lambda: any(c.state == 'closed' for c in clients), 10, 'cut')
        second, = say(server, room, 'b')
        swarm.run(lambda: all(c.state == 'closed' for c in clients), 10,
                  'answers')
        cut = [c for c in clients if c.answer is None]
        assert cut and all(c.status is None for c in cut)
        whole = [c.answer.json()['cursor'] for c in clients if c not in cut]
        assert whole == [second] * (len(clients) - len(cut))
        again = server.get(cut[0].path).json()
        assert again['cursor'] == second and not again['gap']
