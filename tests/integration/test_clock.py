"""SECURITY X6: the wall clock is set, forward and back, while people talk."""
import time

import pytest

from harness import (ONE_CHILD, Httpd, SseClient, location, new_room, order,
                     proc, say, wait_until)
from harness.clock import Clock

CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off', 'ChatPing 2s') +
          location('/slow', 'Chat rooms', 'ChatRate 1/s 5') +
          location('/brief', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 100 3s'))
JUMPS = ['+1h', '-1h', '+3650d', '-30d', '+0']


@pytest.fixture
def clock():
    server = Httpd(sizes=ONE_CHILD, config=CONFIG)
    setting = Clock(server)
    with server:
        yield setting


def seconds(server):
    """Processor time of the children."""
    return sum(proc.cpu_seconds(pid) for pid in server.children())


def test_x6_nobody_is_cut_and_nothing_is_lost(clock):
    server = clock.server
    room = new_room()
    ids = say(server, room, 'start')
    reader = SseClient(server.address(), f'{room}?after={ids[0]}')
    member = server.ws(f'{room}?after={ids[0]}')
    member.recv_event('hello')
    reader.recv_event('hello')
    for offset in JUMPS:
        clock.set(offset)
        ids += say(server, room, offset)
        assert member.recv_event('message')['id'] == ids[-1]
        assert reader.recv_event('message')['id'] == ids[-1]
        got = server.get(f'{room}?after={ids[-2]}').json()
        assert got['gap'] is False
        assert [e['id'] for e in got['events']] == ids[-1:]
        used, begun = seconds(server), time.monotonic()
        member.say(offset, f'r{offset}')
        ids.append(member.recv_event('ack')['id'])
        assert reader.recv_event('message')['id'] == ids[-1]
        wait_until(lambda t=begun: time.monotonic() - t > 1)
        assert seconds(server) - used < (time.monotonic() - begun) / 2
    assert ids == sorted(set(ids), key=order)
    kept = [e['id'] for e in server.get(room).json()['events']]
    assert kept == ids
    member.close()
    reader.disconnect()


def test_x6_the_rate_holds(clock):
    server = clock.server
    room = new_room('/slow')
    key = [('X-Chatws-Key', '0123456789abcdef0123456789abcdef')]
    stored = 0
    begun = time.monotonic()
    for offset in JUMPS:
        clock.set(offset)
        for _ in range(10):
            answer = server.post(room, 'x', 'text/plain', key)
            assert answer.status in (201, 429)
            stored += answer.status == 201
    assert 5 <= stored <= 6 + time.monotonic() - begun


def test_x6_ids_of_the_future_stay_with_their_rooms(clock):
    server = clock.server
    old = new_room()
    future = []
    clock.set('+3650d')
    future += say(server, old, 'future')
    clock.set('+0')
    future += say(server, old, 'now')
    assert order(future[0]) < order(future[1])
    room = new_room()
    cursor = server.get(room).json()['cursor']
    for identity in (cursor, *say(server, room, 'now')):
        assert abs(order(identity)[0] / 1000 - time.time()) < 90
    assert server.get(f'{room}?after={cursor}').json()['gap'] is False


@pytest.mark.parametrize('offset', ['+3650d', '-30d'])
def test_x6_history_ages_from_storing(clock, offset):
    server = clock.server
    room = new_room('/brief')
    begun = time.monotonic()
    say(server, room, 'kept for three seconds')
    clock.set(offset)
    kept = server.get(room).json()['events']
    assert len(kept) == 1 or time.monotonic() - begun > 3
    wait_until(lambda: server.get(room).json()['events'] == [], 10, 'its age')
    assert time.monotonic() - begun >= 3
