"""The clocks of two hosts differ by minutes: ids, positions and times are those
of Redis (B55)."""
import pytest

from harness import location, order, wait_until
from harness.address import until_refused
from harness.clock import Clock
from harness.hosts import Hosts, alike, kept, say
from harness.moderator import ROOMS as RULES
from harness.moderator import guest, new, post, user
from harness.redis import Redis

CONFIG = location('/chat', *RULES, 'ChatAmend 1m')
OFFSETS = ['+10m', '-10m']


@pytest.fixture(scope='module')
def redis():
    with Redis() as running:
        yield running


@pytest.fixture(scope='module', params=OFFSETS)
def hosts(redis, request):
    """The second one's clock is wrong."""
    pair = Hosts(redis, 2, CONFIG)
    Clock(pair[1]).set(request.param)
    pair.allow('CW070')
    with pair:
        yield pair


def test_ids_are_by_redis_clock(hosts, redis):
    room, headers = new(), guest()
    before = redis.ask('TIME')[0] * 1000
    ids = [say(hosts[n % 2], room, f'{n}', headers) for n in range(10)]
    after = redis.ask('TIME')[0] * 1000 + 1000
    assert ids == sorted(ids, key=order)
    assert all(before <= order(identity)[0] <= after for identity in ids)
    assert [e['id'] for e in alike(hosts, room, 10)] == ids


def test_positions_of_rooms_that_are_not_there(hosts):
    for asked in hosts:
        room = new()
        cursor = asked.get(room).json()['cursor']
        identity = say(hosts[0], room, 'x', guest())
        for host in hosts:
            assert [e['id'] for e in kept(host, room, cursor)] == [identity]


def test_positions_of_empty_rooms(hosts):
    for asked in hosts:
        room = new()
        with asked.ws(room, headers=guest()) as client:
            cursor = client.recv_event('hello')['cursor']
        for host in hosts:
            with host.ws(f'{room}?after={cursor}', headers=guest()) as client:
                assert client.recv_event('hello')['resumed'] is True
        identity = say(hosts[0], room, 'x', guest())
        for host in hosts:
            assert [e['id'] for e in kept(host, room, cursor)] == [identity]


def test_own_messages_may_be_amended_for_a_minute(hosts):
    room, headers = new(), guest()
    for there in hosts:
        identity = say(there, room, 'x', headers)
        for number, host in enumerate(hosts):
            answer = post(host, room, headers, type='edit', id=identity,
                          text=f'y{number}')
            assert answer.status == 200, answer


def test_a_ban_lasts_as_long_on_both(hosts):
    room, eve = new(), guest()
    with hosts[0].ws(room, headers=eve) as client:
        person = client.recv_event('hello')['you']['id']
    post(hosts[1], room, user('ann'), type='ban', user=person, **{'for': 8})
    for host in hosts:
        wait_until(lambda: post(host, room, eve, text='x').status == 403, 10,
                   'banned')
    for host in hosts:
        wait_until(lambda: post(host, room, eve, text='x').status == 201, 10,
                   'let in again')


def test_a_room_is_slow_by_redis_clock(hosts):
    room, ben = new(), guest()
    say(hosts[0], room, 'x', guest())
    assert post(hosts[1], room, user('ann'), type='room',
                slow=2).status == 200
    wait_until(lambda: hosts[0].get(room).json()['state']['slow'] == 2, 10,
               'the state')
    for host in hosts:
        wait_until(lambda: post(host, room, ben, text='x').status == 201, 10,
                   'may speak')
        answer = until_refused(lambda: post(host, room, ben, text='x'))[-1]
        assert 0 < answer.json()['retry'] <= 2
