"""Any process is killed with -9 at random, the writer in the midst of its
transactions among them, or all at once, or the database's server; the rooms are
full of people who say things, change them and read on. What was acked is in the
database, once, as it was acked last: that is counted there, by other means than
ours, and compared with what each reader was told.

CHATWS_LONG=1 kills 200 times with SQLite, 60 times with PostgreSQL and MariaDB;
CHATWS_SEED repeats a run, CHATWS_KILLS and CHATWS_SECONDS change its length."""
import collections
import contextlib
import json
import os
import random
import re
import secrets
import signal
import sqlite3
import time

import pytest

from harness import (Httpd, Keeper, LONG, Swarm, key_of, location, order,
                     wait_until)
from harness.databases import database, sqlite_bytes, sqlite_writer

ROOMS, MEMBERS, RATE = 6, 3, 50
KILLS = {'sqlite3': 200, 'pgsql': 60, 'mysql': 60} if LONG else {'sqlite3': 12}
SIZES = ('StartServers 3\nServerLimit 6\nThreadsPerChild 12\n'
         'MinSpareThreads 24\nMaxSpareThreads 72\nMaxRequestWorkers 72\n')
# Of each room the member whose key ends with 0 keeps order.
RULES = ('Chat rooms', 'ChatRate off', 'ChatModerators env boss',
         'SetEnvIf Cookie "chatws=[0-9a-f]{31}0" boss')
CONFIG = ('ChatDrain 1s\n' +
          location('/all', *RULES, 'ChatHistory 20000 1h') +
          location('/few', *RULES, 'ChatHistory 30 1h') +
          location('/status', 'Chat status'))
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


class Base:
    """The database, looked at without any of our code."""

    def __init__(self, server, db):
        self.db = db
        self.file = server.root / 'data' / 'chat.db'

    def rows(self, sql):
        if self.db is not None:
            return self.db.query(sql)
        with contextlib.closing(sqlite3.connect(
                f'file:{self.file}?mode=ro', uri=True)) as base:
            return base.execute(sql).fetchall()

    def events(self):
        """{room: [(id, event)]}, in the order of the ids."""
        found = collections.defaultdict(list)
        for name, ms, n, body in self.rows(
                'SELECT substr(name, length(name) - 10), ms, n, body FROM '
                'chatws_events AS e JOIN chatws_rooms AS r ON r.id = e.room '
                'ORDER BY e.room, ms, n'):
            event = json.loads(body)
            assert event['id'] == f'{ms}-{n}', event
            found[name].append((event['id'], event))
        return found

    def vacuum(self, old):
        """What is in the gaps then is nothing that was taken back."""
        if self.db is None:
            before = self.file.read_bytes()
            with contextlib.closing(sqlite3.connect(self.file)) as base:
                base.execute('VACUUM')
            left = [sum(text.split(' ')[1].encode() in data for text in old)
                    for data in (before, self.file.read_bytes())]
            print(f'{left[0]} of {len(old)} old texts in gaps')
            assert left[1] == 0

    def pages(self):
        """All of the file and what SQLite has put beside it, but for gaps."""
        if self.db is not None:
            return b''
        return sqlite_bytes(self.file.parent)


class Killer:
    """What happens to the processes, one thing after the other."""

    def __init__(self, storm, kills):
        self.storm, self.server, self.dice = storm, storm.server, storm.dice
        self.kills, self.done = kills, collections.Counter()
        self.next = time.monotonic() + 1
        self.deeds = [self.writer] * 6 + [self.child] * 4 + [self.all] * 3 + \
            [self.parent, self.graceful, self.graceful]
        if storm.db is not None:
            self.deeds += [self.database] * 4
        self.todo = []

    def killed(self):
        return self.done.total() - self.done['graceful']

    def proceed(self, now):
        if now >= self.next and self.killed() < self.kills:
            if not self.todo:       # each of them, in any order
                self.todo = self.dice.sample(self.deeds, len(self.deeds))
            deed = self.todo.pop()
            deed()
            self.done[deed.__name__] += 1
            self.next = time.monotonic() + self.dice.uniform(0.2, 1.2)

    def _kill(self, pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def child(self):
        children = wait_until(self.server.children, 10, 'a child')
        self._kill(self.dice.choice(children))

    def writer(self):
        """The one that has a transaction open at this moment."""
        self._kill(self.storm.run(self._writer, 20, 'a transaction'))

    def _a_moment(self, most):
        end = time.monotonic() + self.dice.uniform(0, most)
        self.storm.run(lambda: time.monotonic() > end, 30, 'a moment')

    def _hold_writer(self):
        """It gets no further: what is said meanwhile is told, and must not be
        acked."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.storm.run(self._writer, 20, 'a transaction'),
                    signal.SIGSTOP)
        self._a_moment(0.5)

    def _writer(self):
        children = self.server.children()
        if self.storm.db is not None:
            return self._busiest(children)
        pid = sqlite_writer(self.server.root / 'data' / 'chat.db')
        return pid if pid in children else None

    def _busiest(self, children):
        """Whose connection to the server has sent most."""
        text = os.popen(f'ss -tinpHO dst 127.0.0.1:{self.storm.db.port}').read()
        best = max(((int(sent), int(pid)) for pid, sent in re.findall(
            r'pid=(\d+).*?bytes_sent:(\d+)', text) if int(pid) in children),
            default=(0, None))
        return best[1]

    def all(self):
        if self.dice.random() < 0.7:
            self._hold_writer()
        self.server.kill_tree()
        self._start()

    def parent(self):
        """Its children go on for a while, as they must."""
        server = self.server
        children = server.children()
        self._kill(server.process.pid)
        self._a_moment(0.6)
        for pid in children:
            self._kill(pid)
        server.kill_tree()
        self._start()

    def _start(self):
        self.server.start()
        self.storm.swarm.address = self.server.address()

    def graceful(self):
        self.server.process.send_signal(signal.SIGUSR1)

    def database(self):
        self.storm.db.kill()
        self._a_moment(1.5)
        self.storm.db.start()


class Storm:
    def __init__(self, server, swarm, db, dice, kills):
        self.server, self.swarm, self.db, self.dice = server, swarm, db, dice
        self.rooms = {f'/{"few" if n % 2 else "all"}/room-{n}': [
            Keeper(swarm, 0x1000 + 16 * n + m, f'/{"few" if n % 2 else "all"}'
                   f'/room-{n}', dice, 0.8 if m == 2 else 0.2)
            for m in range(MEMBERS)] for n in range(ROOMS)}
        self.members = [m for room in self.rooms.values() for m in room]
        self.talk = None
        self.run(lambda: all(m.greeted for m in self.members), 60, 'hellos')
        self.talk = Talk(self.members, dice)
        self.killer = Killer(self, kills)

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


def check_afresh(server, storm, truths):
    """What a new httpd tells: that, and refs have their ids."""
    def told():
        return server.get(next(iter(storm.rooms))).status == 200
    wait_until(told, 60, 'rooms')
    for room, members in storm.rooms.items():
        truth = truths[room]
        assert pages(server, room) == truth
        for member in members:
            ref, identity = next(reversed(member.acks.items()))
            answer = server.post(room, json.dumps(
                {**member.commands[ref], 'ref': ref}),
                headers=key_of(member.number))
            assert answer.status == 200, answer
            assert answer.json()['id'] == identity


def no_old_texts(base, old):
    data = base.pages()
    if data:
        found = [text for text in old if text.split(' ')[1].encode() in data]
        assert not found, f'{len(found)} old texts are in the file: ' \
            f'{[text[:40] for text in found[:20]]}'


def seed_of(request):
    seed = os.environ.get('CHATWS_SEED') or random.randrange(1 << 32)
    print(f'{request.node.name}: CHATWS_SEED={seed}')
    return int(seed)


@contextlib.contextmanager
def base_of(kind):
    """None for SQLite: a file below the server's root."""
    if kind == 'sqlite3':
        yield None, 'ChatArchive sqlite3 data/chat.db\n'
        return
    with database(kind) as db:
        yield db, f'ChatArchive {kind} "{db.params}"\n'


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


@pytest.mark.children_die
@pytest.mark.parametrize('kind', KILLS)
def test_archive_storm(kind, request):
    dice = random.Random(seed_of(request))
    kills = int(os.environ.get('CHATWS_KILLS', KILLS[kind]))
    with base_of(kind) as (db, archive), \
            Httpd(sizes=SIZES, config=archive + CONFIG) as server:
        server.allow('exit signal Killed|AH00(045|052|098|484)|AH03490|'
                     'AH10(159|392)|CW0303|CW0601|CW0665')
        if db is not None:
            server.allow('CW1101|FATAL: ')      # the latter is libpq's
        base = Base(server, db)
        with Swarm(server.address()) as swarm:
            storm = Storm(server, swarm, db, dice, kills)
            storm.rage()
            storm.settle()
        ledgers = {r: Ledger(ms) for r, ms in storm.rooms.items()}
        told = {room: ledger.texts() for room, ledger in ledgers.items()}
        old = set().union(*(texts for _, texts in told.values()))
        no_old_texts(base, old)
        server.stop(check=False)
        events = base.events()
        count = sum(check_rows(ledger, events[room])
                    for room, ledger in ledgers.items())
        no_old_texts(base, old)
        base.vacuum(old)
        phantoms = sum(check_reader(m, ledgers[r], told[r][0])
                       for r, ms in storm.rooms.items() for m in ms)
        figures(storm, ledgers, count, phantoms)
        assert old and (phantoms or kills < 40)
        server.start()
        check_afresh(server, storm, {r: t for r, (t, _) in told.items()})
