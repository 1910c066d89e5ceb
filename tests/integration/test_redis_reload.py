"""ChatRedis is added, changed and taken out by a reload: what the rooms have
stays, ids go on above it, and positions hold. Two chats in one Redis do not
know of each other."""
import pytest

from harness import Httpd, location, order, wait_until
from harness.hosts import SIZES, TROUBLE, Hosts, alike, kept, say
from harness.moderator import guest, new, post
from harness.redis import Redis

CONFIG = location('/chat', 'Chat rooms', 'ChatRate off', 'ChatHistory 1000')
BACK = 30

pytestmark = pytest.mark.children_die


@pytest.fixture
def alone():
    """One httpd without Redis."""
    with Httpd(config='ChatRedis none\n' + CONFIG, sizes=SIZES) as server:
        server.allow(TROUBLE)
        yield server


def reload(server, line):
    """As an owner does it: another line, and a reload."""
    text = server.config_path.read_text()
    old, = [row for row in text.splitlines() if row.startswith('ChatRedis ')]
    server.config_path.write_text(text.replace(old, line.strip()))
    server.graceful()


def say_until(server, room, text, headers):
    """Said until it is stored, as clients do."""
    def stored():
        answer = post(server, room, headers, text=text, ref=text)
        assert answer.status in (200, 201, 503), answer
        return answer.status != 503 and answer.json()['id']
    return wait_until(stored, BACK, f'{text} is stored')


def texts(server, room, after=None):
    return [e['text'] for e in kept(server, room, after)]


def test_it_is_added_and_taken_out(alone):
    room, headers = new(), guest()
    ids = say(alone, room, 'a0', headers), say(alone, room, 'a1', headers)
    member = alone.ws(room, headers=headers)
    you = member.recv_event('hello')['you']['id']
    with Redis() as redis:
        reload(alone, redis.directive())
        third = say_until(alone, room, 'b', headers)
        assert order(third) > order(ids[-1])
        assert texts(alone, room, ids[0]) == ['a1', 'b']
        with Hosts(redis, 1, CONFIG) as others:
            wait_until(lambda: texts(others[0], room) == ['a0', 'a1', 'b'],
                       BACK, 'the history is there')
            assert texts(others[0], room, ids[0]) == ['a1', 'b']
            fourth = say_until(others[0], room, 'c', guest())
            assert texts(alone, room, third) == ['c']
            again = post(others[0], room, headers, text='b', ref='b')
            assert again.status == 200 and again.json()['id'] == third
            with others[0].ws(room, headers=headers) as client:
                assert client.recv_event('hello')['you']['id'] == you
        reload(alone, 'ChatRedis none')
        fifth = say_until(alone, room, 'd', headers)
    assert order(fifth) > order(fourth)
    assert texts(alone, room, ids[0]) == ['a1', 'b', 'c', 'd']
    member.disconnect()


def test_it_moves_to_another_redis(alone):
    room, headers = new(), guest()
    with Redis() as first, Redis() as second:
        reload(alone, first.directive())
        ids = [say_until(alone, room, f'a{n}', headers) for n in range(3)]
        reload(alone, second.directive())
        ids.append(say_until(alone, room, 'b', headers))
        assert texts(alone, room, ids[0]) == ['a1', 'a2', 'b']
        first.kill()
        with Hosts(second, 1, CONFIG) as others:
            assert [e['id'] for e in alike([alone, others[0]], room, 4)] == ids


def test_two_chats_in_one_redis():
    with Redis() as redis:
        lines = [redis.directive(), redis.directive('prefix=b'),
                 redis.directive().replace('\n', '/1\n')]
        with Hosts(redis, 3, CONFIG, lines) as hosts:
            room = new()
            for number, host in enumerate(hosts):
                say(host, room, f'{number}', guest())
            for number, host in enumerate(hosts):
                assert texts(host, room) == [f'{number}']
            assert len(redis.streams('chatws:')) == 1
            assert len(redis.streams('chatws-b:')) == 1
