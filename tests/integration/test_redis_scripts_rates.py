"""The scripts that Redis runs where rates are counted for all hosts: in a Redis,
without the module."""
import pytest

from harness import wait_until
from harness.redis import Redis
from harness.redis_room import RedisRoom, script


@pytest.fixture(name='redis', scope='module')
def one_redis():
    with Redis() as running:
        yield running


@pytest.fixture(name='client')
def one_client(redis):
    with redis.client() as client:
        client.flushall()
        yield client


USER = ('chatws:rate:1', 60000000, 2)
ADDRESS = ('chatws:rate:2', 60000000, 5)


def test_a_rate_is_for_all_hosts(client):
    room = RedisRoom(client).make()
    other = RedisRoom(client, name='{site/other}').make()
    assert room.say('a', rates=[USER]).status == 'OK'
    assert other.say('a', rates=[USER]).status == 'OK'
    late = room.say('b', rates=[USER])
    assert (late.status, late.ack) == ('RATE', 'u')
    assert 0 < late.wait <= 60000
    assert 0 < client.pttl(USER[0]) <= 120001
    assert room.say('b', rates=[('chatws:rate:9', *USER[1:])]).status == 'OK'
    client.delete(USER[0])
    assert room.say('c', rates=[USER]).status == 'OK'
    quick = 'chatws:rate:3', 200000, 1
    assert room.say('d', rates=[quick]).status == 'OK'
    wait_until(lambda: room.say('e', rates=[quick]).status == 'OK', 5,
               'the wait is over')


def test_of_two_rates_both_are_taken_or_none(client):
    room = RedisRoom(client).make()
    none = ('', 0, 0)
    for i in range(5):
        assert room.say(str(i), rates=[none, ADDRESS]).status == 'OK'
    late = room.say('a', ref='r', rates=[USER, ADDRESS])
    assert (late.status, late.ack) == ('RATE', 'a')
    assert late.wait <= 60000 and not client.exists(USER[0])
    before = client.get(ADDRESS[0])
    client.delete(ADDRESS[0])
    assert room.say('a', rates=[USER, ADDRESS]).status == 'OK'
    assert room.say('a', rates=[USER, ADDRESS]).status == 'OK'
    once = client.get(ADDRESS[0])
    assert once != before
    assert room.say('a', rates=[USER, ADDRESS]).status == 'RATE'
    assert client.get(ADDRESS[0]) == once


def test_a_resend_counts_and_what_is_unread_does_not(client):
    room = RedisRoom(client).make()
    first = room.said('a', ref='r', rates=[USER])
    assert room.say('b', newest='9999999999999-0', rates=[USER]).status == \
        'UNREAD'
    assert room.say('a', ref='r', rates=[USER]).id == first
    assert room.say('a', ref='r', rates=[USER]).status == 'RATE'
    # A clock that was set back locks nobody out.
    client.set(USER[0], '8' * 16)
    late = room.say('a', ref='r', rates=[USER])
    assert late.status == 'RATE' and late.wait <= 60000
    client.set(USER[0], 'nonsense')
    assert room.say('a', ref='r', rates=[USER]).status == 'REPEATED'


def test_rooms_that_an_address_makes(client):
    """One that there is costs nothing, whoever asks; what is refused costs
    nothing either."""
    room = RedisRoom(client).make()
    key = 'chatws:rate:7'
    ask = client.register_script(script('rate'))

    def take(meta):
        answer, = ask(keys=[meta, key], args=[60000000, 3])
        return int(answer)
    for _ in range(5):
        assert take(room.key('meta')) == 0
    assert not client.exists(key)
    assert [take(f'chatws:{{site/{n}}}:meta') for n in range(3)] == [0, 0, 0]
    before = client.get(key)
    assert 0 < take('chatws:{site/3}:meta') <= 60000
    assert client.get(key) == before
    assert take(room.key('meta')) == 0
    assert 0 < client.pttl(key) <= 180001
