"""Httpd with one Redis: what one user, and one address, may do on all of them
together."""
import contextlib
import itertools
import time

import pytest

from harness import Swarm, WsFailure, location, wait_until
from harness.address import (ANN, BEN, PROXY, REFUSAL, by, check_429, figures,
                             refusal)
from harness.hosts import KILLED, TROUBLE, Hosts
from harness.moderator import guest, new, post
from harness.redis import Redis

OFF = ('ChatRate off', 'ChatAddressRate off', 'ChatAddressRooms off',
       'ChatAddressConnections off')
LIMITS = {'ChatRate': '1/s 12', 'ChatAddressRate': '1/s 12',
          'ChatAddressRooms': '6/h', 'ChatAddressConnections': '20'}
FIRST = 'ChatRate 1/s 4', 'ChatAddressRate 1/s 20', 'ChatAddressRooms off'


def only(name):
    """All limits off, but for one."""
    return *(line for line in OFF if not line.startswith(f'{name} ')), \
        f'{name} {LIMITS[name]}'


CONFIG = PROXY + location('/free', 'Chat rooms', *OFF) + \
    location('/user', 'Chat rooms', *only('ChatRate')) + \
    location('/address', 'Chat rooms', *only('ChatAddressRate')) + \
    location('/both', 'Chat rooms', *FIRST) + \
    location('/rooms', 'Chat rooms', *only('ChatAddressRooms')) + \
    location('/held', 'Chat rooms', *only('ChatAddressConnections'),
             'ChatPing 600s') + \
    location('/chat', 'Chat rooms', *OFF, 'ChatList on') + location('/status', 'Chat status')
BURST = 12
FAY = '203.0.113.90'    # has not sent anything yet
EACH = 9      # by WebSocket: twice that is too much


def meet(hosts):
    """Until each knows of all others: before that they count for
    themselves."""
    wait_until(lambda: all(each['hosts'] == len(hosts) - 1
                           for each in hosts.figures()), 60, 'all have met')


@contextlib.contextmanager
def serve(count):
    """So many with a Redis of their own, which is their `redis`."""
    with Redis() as redis, Hosts(redis, count, CONFIG,
                                 modules=('remoteip',)) as running:
        running.allow(REFUSAL)
        meet(running)
        yield running


@pytest.fixture(name='hosts', scope='module')
def two_hosts():
    with serve(2) as running:
        yield running


def most_in(begun):
    """What a limit of BURST, and one a second, allows since then."""
    return BURST + int(time.monotonic() - begun) + 1


def hop(hosts, room, people, count):
    """Sends so many messages, each to the next host; the answers that are not
    refused, and the others."""
    good, bad = [], []
    for n, (host, headers) in enumerate(zip(itertools.cycle(hosts),
                                            itertools.cycle(people))):
        if n == count:
            return good, bad
        answer = post(host, room, headers, text=f'm-{n}', ref=f'r-{n}')
        if answer.status == 429:
            check_429(answer)
            bad.append(answer)
        else:
            assert answer.status in (200, 201), answer
            good.append(answer)


def test_one_user_on_two_hosts(hosts):
    """BURST messages at once and one more a second, however they are spread:
    each host by itself would take that many."""
    before = [figures(host)['rate_limited_total'] for host in hosts]
    begun = time.monotonic()
    good, bad = hop(hosts, new('/user'), [guest(ANN)], 60)
    assert BURST <= len(good) <= most_in(begun)
    after = [figures(host)['rate_limited_total'] for host in hosts]
    assert sum(after) - sum(before) == len(bad)


def test_one_user_by_websockets(hosts):
    """What is refused is told by its ref, and can be sent again then."""
    room, headers = new('/user'), guest(ANN)
    clients = [host.ws(room, headers=headers) for host in hosts]
    begun = time.monotonic()
    for n in range(EACH):
        for number, client in enumerate(clients):
            client.say(f'm-{n}', f'r-{number}-{n}')
    told = [[next_answer(client) for _ in range(EACH)] for client in clients]
    said = sum(e['type'] == 'ack' for e in sum(told, []))
    assert BURST <= said <= most_in(begun)
    refused = [e for e in told[1] if e['type'] == 'error']
    for event in refused:
        assert event['code'] == 'rate_limited'
        assert event['ref'].startswith('r-1-')
        assert 0 < event['retry']

    def goes_on():
        clients[1].say('again', 'again')
        return next_answer(clients[1])['type'] == 'ack'
    wait_until(goes_on, 20, 'one more is allowed')
    for client in clients:
        client.disconnect()


def next_answer(client):
    return client.recv_until(lambda e: e['type'] in ('ack', 'error'), 20)[-1]


def test_one_address_on_two_hosts(hosts):
    """Many users of one address; another one is not concerned."""
    room = new('/address')
    counts = [figures(host)['address_rate_limited_total'] for host in hosts]
    begun = time.monotonic()
    good, bad = hop(hosts, room, [guest(ANN) for _ in range(60)], 60)
    assert BURST <= len(good) <= most_in(begun)
    assert sum(figures(host)['address_rate_limited_total'] for host in hosts) \
        == sum(counts) + len(bad)
    assert hop(hosts, room, [guest(BEN)], 2)[1] == []


def test_who_floods_takes_nothing_from_others_at_the_address(hosts):
    """What is refused for the user's sake costs the address nothing, on all
    hosts: 4 at once of 20, so that four others have theirs."""
    room, others = new('/both'), [guest(FAY) for _ in range(4)]
    begun = time.monotonic()
    good, _ = hop(hosts, room, [guest(FAY)], 40)
    assert 4 <= len(good) <= 4 + int(time.monotonic() - begun) + 1
    # 20 less these, and one more for each second that they took
    assert len(hop(hosts, room, others, 16)[0]) >= 15


def test_a_lone_host_asks_nobody():
    """Its own count is all that there is."""
    with serve(1) as alone:
        begun = time.monotonic()
        good, _ = hop(alone, new('/user'), [guest(ANN)], 30)
        assert BURST <= len(good) <= most_in(begun)
        assert refusal(alone[0], ANN, new('/rooms')) is None
        assert 'rate:' not in alone.redis.everything()


def test_rooms_of_one_address(hosts):
    """Six an hour, on all hosts together; a room that another host has made is
    there, and costs nothing."""
    made = [new('/rooms') for _ in range(6)]
    for room, host in zip(made, itertools.cycle(hosts)):
        assert refusal(host, ANN, room) is None
    for host in hosts:
        check_429(refusal(host, ANN, new('/rooms')))
        check_429(post(host, new('/rooms'), guest(ANN), text='x'))
        for room in made:
            assert refusal(host, ANN, room) is None
        assert refusal(host, BEN, new('/rooms')) is None
    assert sum(figures(host)['address_rooms_refused_total']
               for host in hosts) == 4


def walks_of(redis):
    """How many pieces of lists of rooms Redis was asked for."""
    with redis.client() as client:
        asked = client.info('commandstats').get('cmdstat_zrangebylex')
    return asked['calls'] if asked else 0


def test_lists_of_rooms_cost_redis_little(hosts):
    """However many are asked for, and under however many names; and a list is
    right all the same when that is over."""
    room = new('/chat/listed')
    before, begun = walks_of(hosts.redis), time.monotonic()
    for n in range(600):
        answer = hosts[n % 2].get(f'/chat/l{n % 20}/?rooms')
        assert answer.status == 200 and answer.json()['rooms'] == [], answer
    passed = time.monotonic() - begun
    children = sum(len(host.children()) for host in hosts)
    # a piece of each of three lists, each fifth of a second
    assert walks_of(hosts.redis) - before <= 3 * children * (5 * passed + 1)
    assert post(hosts[0], room, guest(), text='x').status == 201
    wait_until(lambda: [each['room'] for each in hosts[1].get(
        '/chat/listed/?rooms').json()['rooms']] == [room], 60, 'it is listed')


def connect(swarm, count, room='/held/lobby', address=ANN):
    clients = [swarm.add(room, by(address)) for _ in range(count)]
    swarm.run(lambda: all(c.status for c in clients), 60, 'all are answered')
    assert all(c.status == 101 for c in clients)
    return clients


def most_of(host, address=ANN):
    """How many more connections it may have there just now."""
    made = []
    with contextlib.suppress(WsFailure):
        while len(made) < 40:
            made.append(host.ws('/held/lobby', headers=by(address)))
    for client in made:
        client.disconnect()
    return len(made)


def test_connections_of_one_address():
    """Twenty on all hosts together, as soon as they have told each other; those
    of a host that stops or dies count no more."""
    with serve(3) as hosts, contextlib.ExitStack() as stack:
        hosts.allow(f'{TROUBLE}|{KILLED}|CW0303')
        swarms = [stack.enter_context(Swarm(host.address()))
                  for host in hosts]
        first = connect(swarms[0], 9)
        connect(swarms[1], 9)
        wait_until(lambda: most_of(hosts[2]) == 2, 60, 'all have been told')
        assert most_of(hosts[2], BEN) == 20
        for client in first:
            client.drop()
        wait_until(lambda: most_of(hosts[2]) == 11, 60, 'nine have left')
        hosts.kill_host(1, back=False)
        wait_until(lambda: most_of(hosts[2]) == 20, 60, 'a host has died')
        connect(swarms[0], 9)
        wait_until(lambda: most_of(hosts[2]) == 11, 60, 'nine have come')


@pytest.mark.children_die
def test_another_child_listens():
    """What the others have is known again when the child that knew it dies."""
    with serve(2) as hosts, Swarm(hosts[0].address()) as swarm:
        hosts.allow(f'{TROUBLE}|{KILLED}|CW0303')
        connect(swarm, 15)
        wait_until(lambda: most_of(hosts[1]) == 5, 60, 'it has been told')
        for child in hosts[1].children():
            with contextlib.suppress(AssertionError, ProcessLookupError):
                hosts[1].kill_child(child)      # others may have left
        wait_until(lambda: most_of(hosts[1]) == 5, 60, 'it is told again')


def test_without_redis_each_counts_for_itself():
    """Nobody is refused by what was known before."""
    with serve(2) as hosts, Swarm(hosts[0].address()) as swarm:
        hosts.allow(TROUBLE)
        connect(swarm, 15)
        host = hosts[1].ws('/held/lobby', headers=by(BEN))
        wait_until(lambda: most_of(hosts[1]) == 5, 60, 'it has been told')
        hosts.redis.freeze()
        try:
            wait_until(lambda: most_of(hosts[1]) == 20, 60, 'it has forgotten')
        finally:
            hosts.redis.thaw()
        wait_until(lambda: most_of(hosts[1]) == 5, 60, 'it is told again')
        host.disconnect()
