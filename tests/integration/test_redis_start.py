"""httpd starts while Redis is away, is not the one that is needed, or wants
another password: what is told then, and how it goes on."""
import json
import uuid

from harness import at_most, location, wait_until
from harness.badlink import BadLink
from harness.hosts import TROUBLE, Hosts, check_unavailable
from harness.moderator import guest, post
from harness.redis import Redis

CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off', 'ChatHistory 5000') +
          location('/status', 'Chat status'))
REFUSED = at_most(8)   # most seconds until who asks is told
BACK = 30              # most seconds until it works


def test_httpd_starts_while_it_is_away():
    """Nothing can be known of any room; from then on that it is there on,
    all of it (B53)."""
    redis = Redis()
    hosts = Hosts(redis, config=CONFIG)
    hosts.allow(TROUBLE)
    try:
        hosts.start(ready=False)
        for host in hosts:
            assert host.get('/alive.txt').status == 200
            check_unavailable(host.get('/chat/room', timeout=REFUSED))
            check_unavailable(post(host, '/chat/room', guest(), text='x'))
            assert host.get('/status?format=json').json()[
                'relay_connected'] == 0
        redis.start()
        hosts.wait_ready(BACK)
        assert post(hosts[0], '/chat/room', guest(), text='x').status == 201
        wait_until(lambda: len(hosts[1].get('/chat/room').json()['events'])
                   == 1, BACK, 'the message')
    finally:
        hosts.stop()
        redis.stop()


def test_one_host_starts_while_it_is_away_from_there():
    """And so it knows nothing until it can be asked; then it tells what was
    said meanwhile, and positions of before hold."""
    with Redis() as redis, BadLink(redis.port) as link:
        hosts = Hosts(redis, config=CONFIG, lines=[
            redis.directive(), redis.directive(port=link.port)])
        hosts.allow(TROUBLE)
        link.refused = True
        hosts.start(ready=False)
        try:
            hosts.wait_ready(servers=[hosts[0]])
            headers = guest()
            ids = [post(hosts[0], '/chat/room', headers, text='x').json()['id']
                   for _ in range(5)]
            check_unavailable(hosts[1].get('/chat/room', timeout=REFUSED))
            link.refused = False
            hosts.wait_ready(BACK)
            page = hosts[1].get(f'/chat/room?after={ids[1]}').json()
            assert page['gap'] is False, page
            assert [e['id'] for e in page['events']] == ids[2:]
        finally:
            hosts.stop()


def test_the_password_is_read_anew_by_a_reload():
    first, second = uuid.uuid4().hex, uuid.uuid4().hex
    with Redis(password=first) as redis, Hosts(redis, config=CONFIG) as hosts:
        hosts.allow(TROUBLE)
        headers = guest()
        one = post(hosts[0], '/chat/room', headers, text='one').json()['id']
        redis.rotate(second)
        wait_until(lambda: post(hosts[0], '/chat/room', headers,
                                text='two').status == 503, BACK, 'away')
        redis.write_password()
        for host in hosts:
            host.graceful()
        for host in hosts:
            wait_until(lambda: post(host, '/chat/room', headers,
                                    text='three').status == 201, BACK, 'back')
            page = json.loads(host.get(f'/chat/room?after={one}').body)
            assert page['gap'] is False
            assert page['events'][-1]['text'] == 'three'
            assert first not in '\n'.join(host.log_lines())
            assert second not in '\n'.join(host.log_lines())


def test_an_unsuitable_redis_is_refused_with_a_sentence():
    """One that throws keys away by itself: rooms would lose their end."""
    with Redis({'maxmemory-policy': 'allkeys-lru'}) as redis:
        hosts = Hosts(redis, 1, CONFIG)
        hosts.allow(TROUBLE)
        hosts.start(ready=False)
        try:
            hosts[0].wait_log('allkeys', 20)
            check_unavailable(post(hosts[0], '/chat/room', guest(), text='x'))
            redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
            hosts.wait_ready(70)
        finally:
            hosts.stop()
