"""Clients that are cut at random, children that are killed and a server that
restarts, while a tenth of what is said changes what was said before: everybody
is told each event once and in order, and ends with what a fresh reader sees.

CHATWS_LONG=1 runs 60 clients and 6,000 commands; CHATWS_SEED repeats a run.
"""
import json
import os
import random
import signal
import time

import pytest

from harness import (LONG, Crowd, Hopper, Httpd, Member, Swarm, Talk,
                     deadline_after, key_of, location, order, wait_until)

CLIENTS, COMMANDS, RATE = (60, 6000, 100) if LONG else (20, 1200, 120)
CUT_AFTER = (1.0, 5.0)
MANNERS = ('reset', 'close', 'half', 'torn')
SIZES = ('StartServers 4\nServerLimit 8\nThreadsPerChild 10\n'
         'MinSpareThreads 5\nMaxSpareThreads 80\nMaxRequestWorkers 80\n')
FEW = '/few/storm'
RULES = ('Chat rooms', 'ChatRate off', 'ChatUser "%{HTTP:X-User}"',
         'ChatModerators user boss')
CONFIG = ('ChatDrain 2s\n' +
          location('/all', *RULES, 'ChatHistory 20000 1h') +
          location('/few', *RULES, 'ChatHistory 40 1h'))
BOSS = [('X-User', 'boss')]


def apply(view, event):
    """What a reader shows after an event."""
    kind = event['type']
    if kind == 'message':
        view[event['id']] = event['text']
    elif kind == 'edited' and 'text' in event and event['target'] in view:
        view[event['target']] = event['text']
    elif kind == 'deleted' and event['target'] in view:
        view[event['target']] = ''
    elif kind == 'cleared':
        view.clear()


class Reader:
    """A member that applies what it is told. An edit that comes after a
    moderator's deletion is refused, and then is done with."""

    def told(self, event, now):
        super().told(event, now)
        apply(self.view, event)

    def _take(self, event, now):
        if event['type'] == 'error':
            assert event['code'] == 'not_found', event
            self.pending.pop(event['ref'], None)
        elif event['type'] == 'ack' and 'id' not in event:
            self.pending.pop(event['ref'], None)
        else:
            super()._take(event, now)

    def posted(self, ref, client):
        if client.status in (204, 404):
            self.pending.pop(ref, None)
        else:
            super().posted(ref, client)


class ReadingMember(Reader, Member):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.view = {}


class ReadingHopper(Reader, Hopper):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.view = {}


class AmendingTalk(Talk):
    """One command of ten edits or deletes a message of its sender; some are
    sent twice."""

    def __init__(self, crowd, random):
        super().__init__(crowd, RATE, COMMANDS)
        self.random = random
        self.amended = 0

    def proceed(self, now):
        wanted = min(self.total, int((now - self.begun) * self.rate) + 1)
        while self.said < wanted:
            member = self.crowd.members[self.said % len(self.crowd.members)]
            ref = f'm-{self.said}'
            command = self.amendment(member, ref)
            member.say(command or ref, ref)
            if command and self.random.random() < 0.5:
                member.say(command, ref)
            self.said += 1

    def amendment(self, member, ref):
        own = [i for r, i in member.acks.items() if r in member.messages] \
            if self.random.random() < 0.1 else []
        if not own:
            member.messages.add(ref)
            return None
        self.amended += 1
        target = self.random.choice(own[-20:])
        if self.random.random() < 0.3:
            return {'type': 'delete', 'id': target}
        return {'type': 'edit', 'id': target,
                'text': ref + 'x' * self.random.choice((0, 9, 300, 2000))}


class Trouble:
    """Cuts, kills, restarts, and a moderator."""

    def __init__(self, server, room, crowd, random):
        self.server, self.room, self.crowd = server, room, crowd
        self.random = random
        self.stored = {}
        now = time.monotonic()
        self.cut_at = {m: self.later(now, *CUT_AFTER) for m in crowd.members}
        self.next_word = now + 0.5
        self.plan = [(now + 2, self.kill), (now + 4, self.clear),
                     (now + 5, self.graceful), (now + 8, self.kill)]
        self.killed = 0

    def later(self, now, *span):
        return now + self.random.uniform(*span)

    def turn(self, now):
        for member, due in self.cut_at.items():
            if now >= due and member.ready():
                member.cut(self.random.choice(MANNERS))
                self.cut_at[member] = self.later(now, *CUT_AFTER)
        if now >= self.next_word:
            self.next_word = self.later(now, 0.2, 0.6)
            self.moderate()
        while self.plan and now >= self.plan[0][0]:
            self.plan.pop(0)[1]()

    def post(self, **command):
        """In the moderator's name, until it is answered: a child that takes it
        may be killed."""
        command['ref'] = f'boss-{self.random.random()}'
        for _ in range(20):
            try:
                answer = self.server.post(self.room, json.dumps(command),
                                          headers=BOSS, timeout=10)
            except (AssertionError, OSError):
                continue
            if answer.status == 200:
                identity = answer.json()['id']
                self.stored[identity] = command['type']
                return
            if answer.status in (204, 404):
                return
            assert answer.status == 503, answer.body
        raise AssertionError(f'{command} was not answered')

    def moderate(self):
        member = self.random.choice(self.crowd.members)
        if member.view and self.random.random() < 0.7:
            self.post(type='delete', id=self.random.choice(list(member.view)))
        else:
            self.post(type='room', topic=str(self.random.random()))

    def clear(self):
        self.post(type='clear')

    def kill(self):
        """The busiest: of four some may serve nobody."""
        self.killed += 1

        def descriptors(pid):
            try:
                return self.server.fds(pid)
            except OSError:     # one that has drained
                return 0
        os.kill(max(self.server.children(), key=descriptors), signal.SIGKILL)

    def graceful(self):
        self.server.process.send_signal(signal.SIGUSR1)


def check(account, place, complete):
    """Each event once and in order. What is missing was told as a gap, or was
    taken away by a clear. Returns how many gaps took something."""
    position, free, gaps = 0, False, 0
    for entry in account:
        kind = entry[0]
        if kind == 'hello':
            free = free or entry[1]
            continue
        if kind == 'gap':
            free = True
            continue
        at = place[entry[1]]
        assert at >= position, f'repeated: {entry}'
        if at > position and kind != 'cleared':
            assert free and not complete, f'lost {at - position}: {entry}'
            gaps += 1
        position, free = at + 1, False
    assert position == len(place)
    return gaps


def fresh_view(server, room):
    """What somebody sees who comes now."""
    view, page, query = {}, {'more': True}, ''
    while page.get('more'):
        page = server.get(room + query).json()
        query = f'?after={page["cursor"]}'
        for event in page['events']:
            apply(view, event)
    return view


def seed_of(request):
    seed = os.environ.get('CHATWS_SEED') or random.randrange(1 << 32)
    print(f'{request.node.name}: CHATWS_SEED={seed}')
    return int(seed)


@pytest.mark.children_die
@pytest.mark.parametrize('room, kind', [
    ('/all/storm', ReadingMember), (FEW, ReadingMember),
    ('/all/storm', ReadingHopper), (FEW, ReadingHopper)])
def test_storm_of_amendments(room, kind, request):
    chance = random.Random(seed_of(request))
    server = Httpd(sizes=SIZES, config=CONFIG)
    server.allow('exit signal Killed|AH10392: |CW0601: .* with 503')
    with server, Swarm(server.address()) as swarm:
        wait_until(lambda: len(server.children()) == 4, 10, 'four children')
        crowd = Crowd(swarm, CLIENTS, room, chance,
                      away=0.8 if room == FEW else 0.1, kind=kind)
        for member in crowd.members:
            member.messages = set()
        crowd.greet()
        talk = AmendingTalk(crowd, chance)
        trouble = Trouble(server, room, crowd, chance)
        deadline = deadline_after(20 * COMMANDS / RATE)
        while not talk.over() or trouble.plan:
            now = crowd.turn()
            talk.proceed(now)
            trouble.turn(now)
            assert now < deadline, crowd.state()
        crowd.settle(60, {t + i: i for i, t in trouble.stored.items()})
        ids = {i for m in crowd.members for i in m.acks.values()}
        place = {i: n for n, i in enumerate(
            sorted(ids | set(trouble.stored), key=order))}
        gaps = sum(check(m.account, place, room != FEW)
                   for m in crowd.members)
        seen = fresh_view(server, room)
        for member in crowd.members:
            assert {i: member.view.get(i) for i in seen} == seen
            if room != FEW:
                assert member.view == seen
        print(f'{talk.amended} amendments of {COMMANDS} commands, '
              f'{len(trouble.stored)} of a moderator, {gaps} gaps')
        assert talk.amended > COMMANDS / 20 and trouble.killed == 2
        assert '' in seen.values() or room == FEW
        server.wait_log('CW0303: child', count=1)
