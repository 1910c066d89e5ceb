"""Clients that are cut at random and come back, on WebSockets or each time over
another transport: nothing is lost or repeated silently, everybody sees one
order, and each ref is stored once.

CHATWS_LONG=1 runs 100 clients and 10,000 messages; CHATWS_SEED repeats a run.
"""
import collections
import os
import random
import time

import pytest

from harness import (LONG, Crowd, Hopper, Httpd, Member, Swarm, Talk,
                     check_account, deadline_after, key_of, location,
                     post_kind, wait_until)

CLIENTS, MESSAGES, RATE = (100, 10000, 120) if LONG else (30, 1000, 200)
CUT_AFTER = (1.0, 5.0)
MANNERS = ('reset', 'close', 'half', 'torn')
SIZES = {
    'event': 'StartServers 4\nServerLimit 4\nThreadsPerChild 10\n'
             'MinSpareThreads 5\nMaxSpareThreads 40\n'
             'MaxRequestWorkers 40\n',
    'prefork': 'StartServers 4\nServerLimit 4\nMinSpareServers 4\n'
               'MaxSpareServers 8\nMaxRequestWorkers 4\n',
}
SIZES['worker'] = SIZES['event']
FEW = '/few/storm'
JSON = [('Content-Type', 'application/json')]
CONFIG = (location('/all', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 20000 1h') +
          location('/few', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 40 1h'))


class Visit:
    """A short connection of the same guest, to whichever child, that says a
    ref again."""

    def __init__(self, swarm, member, ref):
        self.swarm, self.ref = swarm, ref
        self.client = swarm.add(f'{member.room}?history=0',
                                key_of(member.number))
        self.said, self.identity = False, None

    def proceed(self):
        client = self.client
        if not self.said and client.count('hello'):
            self.said = True
            client.say(self.ref, self.ref)
        if self.said and client.count('ack'):
            self.identity = client.events('ack')[0]['id']
            client.drop()
        assert self.identity or client.state not in ('closed', 'refused'), \
            f'a visitor was sent away: {client.status}'
        return self.identity is not None


class Storm:
    """The crowd, its talk, the cuts and the repetitions."""

    def __init__(self, server, swarm, room, seed, kind):
        self.server, self.swarm = server, swarm
        self.random = random.Random(seed)
        self.crowd = Crowd(swarm, CLIENTS, room, self.random,
                           away=0.8 if room == FEW else 0, kind=kind)
        self.crowd.greet()
        self.talk = Talk(self.crowd, RATE, MESSAGES)
        self.cut_at = {m: self.next_cut(self.talk.begun)
                       for m in self.crowd.members}
        self.cuts = dict.fromkeys(MANNERS, 0)
        self.visits, self.posts = [], []
        self.again = {}
        self.repeats = 0
        self.elsewhere = {}

    def next_cut(self, now):
        return now + self.random.uniform(*CUT_AFTER)

    def turn(self):
        now = self.crowd.turn()
        for number, (member, ref) in enumerate(self.talk.proceed(now)):
            if (self.talk.said + number) % 2:
                self.repeat(member, ref)
        self.visits = [v for v in self.visits if not self.visited(v)]
        self.posts = [p for p in self.posts if not self.posted(*p)]
        for member in list(self.again):
            self.say_again(member)
        for member, due in self.cut_at.items():
            if now >= due and member.ready():
                manner = self.random.choice(MANNERS)
                self.cuts[manner] += 1
                member.cut(manner)
                self.cut_at[member] = self.next_cut(now)

    def repeat(self, member, ref):
        """One of the four ways of sending a ref twice."""
        self.repeats += 1
        way = self.random.choice(('at once', 'later', 'elsewhere', 'post'))
        if way == 'at once' and member.ready():
            member.repeat(ref)
        elif way == 'elsewhere':
            self.visits.append(Visit(self.swarm, member, ref))
        elif way == 'post':
            self.post(member, ref)
        else:
            self.again.setdefault(member, []).append((ref, member.client))

    def say_again(self, member):
        """Over another connection than the first time."""
        if not member.ready():
            return
        waiting = self.again.pop(member)
        left = [(r, c) for r, c in waiting if c is member.client]
        for ref, client in waiting:
            if client is not member.client:
                member.repeat(ref)
        if left:
            self.again[member] = left

    def post(self, member, ref):
        kind = post_kind({'text': ref, 'ref': ref})
        self.posts.append((ref, self.swarm.add(
            member.room, JSON + key_of(member.number), kind=kind)))

    def posted(self, ref, client):
        if client.state != 'closed':
            return False
        self.swarm.clients.remove(client)
        assert client.answer is not None and client.status in (200, 201)
        self.note(ref, client.answer.json()['id'])
        return True

    def note(self, ref, identity):
        assert self.elsewhere.setdefault(ref, identity) == identity

    def visited(self, visit):
        if visit.proceed():
            self.swarm.clients.remove(visit.client)
            self.note(visit.ref, visit.identity)
            return True
        return False

    def over(self):
        return self.talk.over() and not (self.visits or self.posts
                                         or self.again)

    def run(self):
        deadline = deadline_after(20 * MESSAGES / RATE)
        while not self.over():
            self.turn()
            assert time.monotonic() < deadline, self.crowd.state()
        self.crowd.settle(60, self.elsewhere)


def seed_of(request):
    seed = os.environ.get('CHATWS_SEED') or random.randrange(1 << 32)
    print(f'{request.node.name}: CHATWS_SEED={seed}')
    return int(seed)


@pytest.mark.parametrize('mpm, room, kind', [
    ('event', '/all/storm', Member), ('event', FEW, Member),
    ('worker', '/all/storm', Member), ('prefork', '/all/storm', Member),
    ('event', '/all/storm', Hopper), ('event', FEW, Hopper),
    ('prefork', '/all/storm', Hopper)])
def test_storm(mpm, room, kind, request):
    with Httpd(mpm=mpm, sizes=SIZES[mpm], config=CONFIG) as server:
        if mpm == 'prefork':
            server.allow('AH00161: ')  # four processes, many at a time
        wait_until(lambda: len(server.children()) == 4, 10, 'four children')
        with Swarm(server.address()) as swarm:
            storm = Storm(server, swarm, room, seed_of(request), kind)
            storm.run()
        crowd = storm.crowd
        spoken = crowd.spoken(storm.elsewhere)
        assert sorted(ref for _, ref in spoken) == \
            sorted(f'm-{n}' for n in range(MESSAGES))
        missed = sum(check_account(m.account, spoken, room != FEW)
                     for m in crowd.members)
        assert not any(m.refused for m in crowd.members)
        lives = sum(len(m.tries) for m in crowd.members)
        children = collections.Counter(server.upgrades())
        print(f'{storm.cuts} cuts, {lives} connections on {children}, '
              f'{storm.repeats} refs twice, {missed} told as gaps')
        assert min(storm.cuts.values()) > 0
        # How many is a matter of the machine, which child httpd's.
        assert len(children) > 1, 'one child took all'
        if kind is Member:
            assert lives > CLIENTS
        else:       # a WebSocket is one way of four
            kinds = {k: sum(m.kinds[k] for m in crowd.members)
                     for k in crowd.members[0].kinds}
            print(kinds)
            assert min(kinds.values()) > 0
        assert (missed > 0) == (room == FEW)
