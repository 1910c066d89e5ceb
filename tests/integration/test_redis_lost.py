"""Redis has lost a room that one host has, and somebody comes to another host
before the first one is there again: nobody is told that nothing is missing."""
import contextlib

import pytest

from harness import location, wait_until
from harness.badlink import BadLink
from harness.hosts import TROUBLE, Hosts, say
from harness.moderator import guest, new
from harness.redis import Redis

CONFIG = location('/chat', 'Chat rooms', 'ChatRate off', 'ChatHistory 1000')
BACK = 30


@pytest.fixture
def site():
    """Redis, two hosts, and the second one's way to it."""
    with Redis() as redis, BadLink(redis.port) as link:
        hosts = Hosts(redis, 2, CONFIG, [redis.directive(),
                                         redis.directive(port=link.port)])
        hosts.allow(TROUBLE)
        with hosts:
            yield redis, hosts, link


def restarted(redis):
    redis.restart(empty=True)


def flushed(redis):
    redis.ask('FLUSHALL')


def put_back(redis):
    """It comes back as it was before the room was made."""
    redis.put_back()


def page_of(host, path):
    """What is told, once the host can say something."""
    def told():
        answer = host.get(path)
        return answer.status == 200 and answer.json()
    return wait_until(told, BACK, 'an answer')


def is_honest(page, ids):
    return page['gap'] or [e['id'] for e in page['events']][:len(ids)] == ids


@pytest.mark.parametrize('lose', [restarted, flushed, put_back])
def test_who_comes_first_to_the_other_host(site, lose):
    redis, hosts, link = site
    redis.snapshot()
    hosts.wait_ready(BACK)
    room, headers = new(), guest()
    ids = [say(hosts[1], room, f'{n}', headers) for n in range(6)]
    link.refused = True
    link.drop()
    lose(redis)
    entered = []
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            page = page_of(hosts[0], f'{room}?after={ids[0]}')
            assert is_honest(page, ids[1:]), page
            answer = hosts[0].post(room, 'new', 'text/plain', guest())
            entered += [answer.json()['id']] if answer.status == 201 else []
        link.refused = False
        watcher = stack.enter_context(hosts[1].ws(room, timeout=BACK))
        wait_until(lambda: hosts[1].post(room, 'on', 'text/plain',
                                         guest()).status == 201, BACK, 'back')
        wait_until(lambda: [e['id'] for e in page_of(hosts[0], room)['events']]
                   == [e['id'] for e in page_of(hosts[1], room)['events']],
                   BACK, 'the same on both')
        watcher.disconnect()
    for host in hosts:
        page = page_of(host, f'{room}?after={ids[0]}')
        assert is_honest(page, ids[1:] + entered), page
        assert set(entered) <= {e['id'] for e in page['events']}
