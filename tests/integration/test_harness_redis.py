"""The harness of several hosts: its Redis keeps and loses what it should, and
the bad link does what it is told."""
import time

import pytest
import redis as binding

from harness import wait_until
from harness.badlink import BadLink
from harness.redis import Redis, Sentinel

pytestmark = pytest.mark.no_module


@pytest.fixture(scope='module')
def redis():
    with Redis() as running:
        yield running


def through(link):
    """A client that connects once and does not try again by itself."""
    return binding.Redis('127.0.0.1', link.port, socket_timeout=1,
                         single_connection_client=True, retry=None)


def test_what_is_written_survives_a_kill(redis):
    for number in range(20):
        redis.ask('SET', 'number', number)
        redis.restart()
        assert redis.ask('GET', 'number') == str(number)
    redis.restart(empty=True)
    assert redis.ask('GET', 'number') is None


def test_everything_is_told(redis):
    with redis.client() as client:
        client.hset('chatws:{a}:text', '5-0', 'a text')
        client.xadd('chatws:{a}:log', {'k': 'm'}, id='5-0')
    assert redis.streams() == {'chatws:{a}:log': ['5-0']}
    assert 'a text' in redis.everything()


def test_it_can_hold_its_tongue(redis):
    redis.freeze()
    with pytest.raises(binding.TimeoutError), redis.client(0.5) as client:
        client.ping()
    redis.thaw()
    assert redis.ask('PING')


def test_the_password_changes():
    with Redis(password='first') as redis:
        assert redis.ask('PING')
        assert f'password={redis.folder}/password' in redis.directive()
        redis.rotate('second')
        assert redis.ask('PING')
        with binding.Redis(port=redis.port, password='first') as client, \
                pytest.raises(binding.ResponseError):
            client.ping()


def test_the_link_delays(redis):
    with BadLink(redis.port, 0.05) as link:
        client = through(link)
        begun = time.monotonic()
        assert client.ping()
        assert time.monotonic() - begun >= 0.1


def test_the_link_cuts_an_answer_in_the_middle(redis):
    redis.ask('SET', 'long', 'x' * 1000)
    with BadLink(redis.port) as link:
        client = through(link)
        assert client.ping()
        before = link.bytes
        link.cut = 500
        with pytest.raises(binding.ConnectionError):
            client.get('long')
        assert link.bytes > before and link.cut is None
        assert through(link).get('long') == b'x' * 1000


def test_the_link_stalls_drops_and_refuses(redis):
    with BadLink(redis.port) as link:
        client = through(link)
        assert client.ping()
        link.stalled = True
        with pytest.raises(binding.TimeoutError):
            client.ping()
        link.stalled = False
        client = through(link)
        assert client.ping()
        link.drop()
        with pytest.raises(binding.ConnectionError):
            client.ping()
        link.refused = True
        with pytest.raises(binding.ConnectionError):
            through(link).ping()
        link.refused = False
        assert through(link).ping()


def test_sentinel_promotes_the_replica():
    with Sentinel() as sentinel:
        sentinel.main.ask('SET', 'key', 'value')
        wait_until(lambda: sentinel.replica.ask('GET', 'key') == 'value', 10,
                   'replicated')
        sentinel.main.kill()
        sentinel.wait_failover()
        assert sentinel.replica.ask('SET', 'key', 'other')
