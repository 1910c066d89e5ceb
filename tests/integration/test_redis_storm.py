"""Three hosts, people who hop from host to host and from transport to transport
at each reconnect, and kill -9 of children, of whole hosts and of Redis: what
was acked is in Redis, once, as it was acked last, and everybody was told all of
it in one order, or a gap.

CHATWS_LONG=1 does it 200 times; CHATWS_SEED repeats a run, CHATWS_KILLS changes
its length. Redis far away: 50 ms in each direction, and each twentieth piece is
lost once."""
import collections
import contextlib
import json
import os
import random
import time

import pytest

from harness import LONG, location, order
from harness.badlink import BadLink
from harness.hosts import KILLED, TROUBLE, Hosts, HostsSwarm
from harness.redis import Redis
from harness.storm import (Ledger, Storm, check_afresh, check_reader, check_rows,
                           figures, seed_of)

KILLS = int(os.environ.get('CHATWS_KILLS', 200 if LONG else 20))
ROOMS = [f'/{"few" if n % 2 else "all"}/room-{n}' for n in range(6)]
# Of each room the member whose key ends with 0 keeps order.
RULES = ('Chat rooms', 'ChatRate off', 'ChatModerators env boss',
         'SetEnvIf Cookie "chatws=[0-9a-f]{31}0" boss')
CONFIG = ('ChatDrain 1s\n' +
          location('/all', *RULES, 'ChatHistory 20000 1h') +
          location('/few', *RULES, 'ChatHistory 30 1h') +
          location('/chat', *RULES) +
          location('/status', 'Chat status'))
PAUSE = (0.5, 2.5) if LONG else (0.2, 1.2)
WAYS = {'near': {}, 'far': {'delay': 0.05, 'lost': 0.05}}


class Killer:
    """What happens to the hosts, to Redis and to the way between them, one
    thing after the other."""

    def __init__(self, storm, hosts, redis, links):
        self.storm, self.hosts, self.redis = storm, hosts, redis
        self.links, self.dice = links, storm.dice
        self.kills, self.done = KILLS, collections.Counter()
        self.next = time.monotonic() + 1
        self.deeds = [self.child] * 4 + [self.host] * 3 + \
            [self.redis_killed] * 3 + [self.redis_frozen, self.graceful,
             self.dropped, self.dropped, self.cut, self.cut, self.stalled,
             self.subscriptions]
        self.todo = []

    def killed(self):
        return self.done.total()

    def proceed(self, now):
        if now < self.next:
            return
        if not self.todo:       # each of them, in any order
            self.todo = self.dice.sample(self.deeds, len(self.deeds))
        deed = self.todo.pop()
        deed()
        self.done[deed.__name__] += 1
        self.next = time.monotonic() + self.dice.uniform(*PAUSE)

    def _a_moment(self, most):
        end = time.monotonic() + self.dice.uniform(0, most)
        self.storm.run(lambda: time.monotonic() > end, 30, 'a moment')

    def _some(self):
        return self.dice.randrange(len(self.hosts))

    def child(self):
        self.hosts.kill_child(self._some(), self.dice)

    def host(self):
        number = self._some()
        self.hosts.kill_host(number, back=False)
        self._a_moment(1.5)
        self.hosts[number].start()

    def graceful(self):
        self.hosts[self._some()].graceful()

    def redis_killed(self):
        self.redis.kill()
        self._a_moment(2)
        self.redis.start()

    def redis_frozen(self):
        self.redis.freeze()
        self._a_moment(4)
        self.redis.thaw()

    def dropped(self):
        self.links[self._some()].drop()

    def cut(self):
        self.links[self._some()].cut = self.dice.randrange(1, 4000)

    def stalled(self):
        link = self.links[self._some()]
        link.stalled = True
        self._a_moment(8)
        link.stalled = False

    def subscriptions(self):
        self.redis.disconnect('pubsub')


def rows_of(redis, room):
    """What Redis has of a room, in the stream's order: [(id, event)]."""
    with redis.client() as client:
        log, = [k for k in client.scan_iter('chatws:*:log', 1000) if room in k]
        texts = client.hgetall(log[:-len('log')] + 'text')
        ids = [entry for entry, _ in client.xrange(log)]
    assert set(ids) == {name for name in texts if name[0] != '@'}
    found = []
    for identity in ids:
        value = texts[identity]
        event = json.loads(value[value.index('{"type":'):])
        assert event['id'] == identity
        found.append((identity, event))
    return found


def check_newest(ledger, rows):
    """Of a room that keeps 30 messages Redis has at least the newest 100
    records: what was acked, and nothing else."""
    truth, _ = ledger.texts()
    ids = sorted((i for i in ledger.ids() if ledger.stored(i)
                  or i == ledger.cleared), key=order)
    assert len(rows) >= min(len(ids), 100)
    assert [identity for identity, _ in rows] == ids[-len(rows):]
    for identity, event in rows:
        if event['type'] == 'message':
            assert event['text'] == truth[identity], event
    return len(rows)


@contextlib.contextmanager
def site(way):
    with Redis() as redis, contextlib.ExitStack() as stack:
        links = [stack.enter_context(BadLink(redis.port, **WAYS[way]))
                 for _ in range(3)]
        hosts = Hosts(redis, 3, CONFIG, [redis.directive(port=link.port)
                                         for link in links])
        hosts.allow(f'{TROUBLE}|{KILLED}|CW0303|CW0665')
        with hosts:
            yield redis, links, hosts


@pytest.mark.children_die
@pytest.mark.parametrize('way', WAYS)
def test_redis_storm(way, request):
    dice = random.Random(seed_of(request))
    with site(way) as (redis, links, hosts):
        with HostsSwarm(hosts, dice) as swarm:
            storm = Storm(swarm, dice, ROOMS)
            storm.killer = Killer(storm, hosts, redis, links)
            storm.killer.kills //= 1 if way == 'near' else 3
            storm.rage()
            storm.settle()
        ledgers = {r: Ledger(ms) for r, ms in storm.rooms.items()}
        told = {room: ledger.texts() for room, ledger in ledgers.items()}
        count = 0
        for room, ledger in ledgers.items():
            check = check_rows if room.startswith('/all') else check_newest
            count += check(ledger, rows_of(redis, room))
        old = set().union(*(texts for _, texts in told.values()))
        everything = redis.everything()
        assert not [t for t in old if t.split(' ')[1] in everything]
        phantoms = sum(check_reader(m, ledgers[r], told[r][0])
                       for r, ms in storm.rooms.items() for m in ms)
        figures(storm, ledgers, count, phantoms)
        assert old and phantoms == 0
        hosts.restart(0)
        truths = {r: kept(r, t) for r, (t, _) in told.items()}
        for host in hosts:
            check_afresh(host, storm, truths)


def kept(room, truth):
    """What a host tells of it."""
    return truth if room.startswith('/all') else \
        dict(sorted(truth.items(), key=lambda p: order(p[0]))[-30:])
