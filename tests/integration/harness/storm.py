"""What the Keepers of a room say and change, what they were promised, and
whether each was told all of it: for the storms, which kill whatever there is."""
import collections
import json
import os
import random
import secrets
import time

from .keeper import Keeper
from .member import key_of, order
from .proc import wait_until

RATE = 50       # commands a second
BEFORE = '?before=99999999999999-0&limit=1000'


class Talk:
    """One command each 1/RATE seconds, by the members in turn: about a tenth
    changes a message of its sender, or the room."""

    def __init__(self, members, dice):
        self.members, self.dice = members, dice
        self.said, self.next = 0, 0.0
        self.targets = {m: {} for m in members}     # id: ref that changes it

    def _text(self, ref):
        """It is found nowhere else."""
        padding = self.dice.choice((0, 0, 9, 300, 2000))
        return f'{ref} {secrets.token_hex(12)} .' + 'x' * padding

    def proceed(self, now):
        if now < self.next:
            return
        self.next = max(self.next + 1 / RATE, now - 0.5)
        member = self.members[self.said % len(self.members)]
        if len(member.pending) >= 40:
            return      # nobody types on for ever
        self.said += 1
        ref = f'm-{self.said}'
        member.say(self._command(member, ref) or self._text(ref), ref)

    def _command(self, member, ref):
        chance = self.dice.random()
        if chance < 0.002 and member.number % 16 == 0:
            return {'type': 'clear'}
        if chance > 0.1:
            return None
        busy = self.targets[member]
        own = [i for r, i in list(member.acks.items())[-30:]
               if member.commands[r]['type'] == 'message'
               and busy.get(i) not in member.pending]
        if not own:
            return None
        target = self.dice.choice(own)
        busy[target] = ref
        if chance < 0.03:
            return {'type': 'delete', 'id': target}
        return {'type': 'edit', 'id': target, 'text': self._text(ref)}


class Ledger:
    """What the members of a room were promised."""

    def __init__(self, members):
        self.messages, self.changes, self.clears = {}, {}, []
        for member in members:
            for ref, identity in member.acks.items():
                self._note(member, ref, identity)
        self.cleared = max(self.clears, key=order, default='0-0')

    def _note(self, member, ref, identity):
        command = member.commands[ref]
        if command['type'] == 'message':
            assert identity not in self.messages
            self.messages[identity] = (ref, command['text'])
        elif command['type'] == 'clear':
            self.clears.append(identity)
        else:
            assert identity not in self.changes
            self.changes[identity] = command

    def stored(self, identity):
        """It is not among what was cleared."""
        return order(identity) > order(self.cleared)

    def ids(self):
        return {*self.messages, *self.changes, *self.clears}

    def texts(self):
        """What each message has to say now, {id: text}, and every text that
        was taken back."""
        now = {i: text for i, (_, text) in self.messages.items()}
        old = set()
        for identity in sorted(self.changes, key=order):
            command = self.changes[identity]
            if command['id'] not in now:
                continue
            old.add(now[command['id']])
            now[command['id']] = command.get('text', '')
        old |= {text for i, text in now.items() if not self.stored(i)}
        return ({i: text for i, text in now.items() if self.stored(i)},
                old - {''})


class Storm:
    """Rooms full of Keepers who talk while `killer` does what it does:
    proceed(now), killed(), kills, done. `rooms`: paths, `members` in each, of
    whom the first keeps order and the last is away longest."""

    def __init__(self, swarm, dice, rooms, members=3):
        self.swarm, self.dice = swarm, dice
        self.rooms = {room: [
            Keeper(swarm, 0x1000 + 16 * n + m, room, dice,
                   0.2 if m < members - 1 else 0.8)
            for m in range(members)] for n, room in enumerate(rooms)}
        self.members = [m for room in self.rooms.values() for m in room]
        self.talk = self.killer = None
        self.run(lambda: all(m.greeted for m in self.members), 60, 'hellos')
        self.talk = Talk(self.members, dice)

    def turn(self):
        self.swarm.turn(0.01)
        now = time.monotonic()
        for member in self.members:
            member.proceed(now)
        if self.talk:
            self.talk.proceed(now)
        return now

    def run(self, condition, seconds, what):
        """Drives all until condition() is true, and returns what it is."""
        deadline = time.monotonic() + seconds
        while True:
            now = self.turn()
            value = condition()
            if value:
                return value
            assert now < deadline, f'not within {seconds} s: {what}; ' \
                f'{self.swarm.summary()}, {self._waiting()}'

    def _waiting(self):
        return [(m.room, m.kind, list(m.pending)) for m in self.members
                if m.pending or not m.greeted]

    def rage(self):
        while self.killer.killed() < self.killer.kills:
            self.killer.proceed(self.turn())
        end = time.monotonic() + 0.5
        self.run(lambda: time.monotonic() > end, 10, 'a moment')

    def settle(self):
        """Until all is acked, and everybody was told all of it."""
        self.talk = None
        self.run(lambda: not any(m.pending for m in self.members), 120,
                 'all is acked')
        newest = {room: max((i for m in members for i in m.acks.values()),
                            key=order)
                  for room, members in self.rooms.items()}
        self.run(lambda: all(m.greeted and order(m.last) >=
                             order(newest[m.room]) for m in self.members),
                 120, 'all have everything')


def check_rows(ledger, rows):
    """The rows of a room: what was acked, once, and nothing else."""
    truth, _ = ledger.texts()
    ids = [identity for identity, _ in rows]
    assert ids == sorted(set(ids), key=order)
    messages = {i: e for i, e in rows if e['type'] == 'message'}
    lost = {i: ledger.messages[i][0] for i in truth if i not in messages}
    assert not lost, f'{len(lost)} acked messages are lost: ' \
        f'{list(lost.items())[:20]}'
    refs = collections.Counter((e['from']['id'], e['ref'])
                               for e in messages.values())
    twice = {ref: n for ref, n in refs.items() if n > 1}
    assert not twice and len(messages) == len(truth), \
        f'twice or never acked: {twice}, {set(messages) - set(truth)}'
    for identity, text in truth.items():
        event = messages[identity]
        assert event['ref'] == ledger.messages[identity][0]
        assert event['text'] == text, event
        assert text or event.get('deleted') is True
    changes = {i for i, e in rows if e['type'] in ('edited', 'deleted')}
    assert changes == {i for i in ledger.changes if ledger.stored(i)}
    clears = [i for i, e in rows if e['type'] == 'cleared']
    assert clears == ([ledger.cleared] if ledger.clears else [])
    return len(rows)


def check_reader(member, ledger, truth):
    """It was told each event once and in order, but for what was cleared, or
    a gap was told. Returns how many it saw that a crash has taken."""
    place = {i: n for n, i in enumerate(sorted(ledger.ids(), key=order))}
    position, free, phantoms = 0, False, 0
    for identity in member.told_ids:
        at = place.get(identity)
        if identity is None:
            position, free = 0, True
        elif at is None:
            phantoms += 1       # never acked under this id
        else:
            assert at >= position, f'repeated: {identity}'
            assert at == position or free or identity in ledger.clears, \
                f'{member.room}: lost {at - position} before {identity}'
            position, free = at + 1, False
    assert position == len(place)
    assert not set(member.replaced) & set(ledger.messages)
    wrong = {i: text for i, text in member.view.items()
             if truth.get(i) != text}
    assert not wrong, f'{member.room}: ' + str(
        [(i, text[:40], truth.get(i, '-')[:40]) for i, text in wrong.items()])
    if not member.gaps:
        assert set(member.view) == set(truth)
    return phantoms


def pages(server, room):
    """All messages by ?before, {id: text}, oldest first."""
    found, query = [], BEFORE
    while query:
        page = server.get(room + query)
        assert page.status == 200, page
        page = page.json()
        events = page['events']
        found = [(e['id'], e['text']) for e in events] + found
        query = f'?before={events[0]["id"]}&limit=1000' \
            if page.get('more') else None
    assert len(found) == len(dict(found))
    return dict(found)


def seed_of(request):
    seed = os.environ.get('CHATWS_SEED') or random.randrange(1 << 32)
    print(f'{request.node.name}: CHATWS_SEED={seed}')
    return int(seed)


def check_afresh(server, storm, truths):
    """What a new httpd tells: that, and refs have their ids."""
    def told():
        return server.get(next(iter(storm.rooms))).status == 200
    wait_until(told, 60, 'rooms')
    for room, members in storm.rooms.items():
        truth, ledger = truths[room], Ledger(members)
        assert pages(server, room) == truth
        for member in members:
            ref, identity = next(reversed(member.acks.items()))
            if not ledger.stored(identity) and identity != ledger.cleared:
                continue        # its ref has gone with it
            answer = server.post(room, json.dumps(
                {**member.commands[ref], 'ref': ref}),
                headers=key_of(member.number))
            assert answer.status == 200, (answer, member.commands[ref])
            assert answer.json()['id'] == identity


def figures(storm, ledgers, count, phantoms):
    kinds = sum((collections.Counter(m.kinds) for m in storm.members),
                collections.Counter())
    said = sum(len(e.messages) for e in ledgers.values())
    changed = sum(len(e.changes) + len(e.clears) for e in ledgers.values())
    refused = sum(m.refusals + len(m.refused) for m in storm.members)
    gaps = sum(m.gaps for m in storm.members)
    print(f'{storm.killer.killed()} kills: {dict(storm.killer.done)}; '
          f'{said} messages and {changed} changes acked, {count} rows, 0 lost, '
          f'0 twice; {phantoms} told and taken by a crash, {refused} refusals, '
          f'{gaps} gaps; {dict(kinds)}')
