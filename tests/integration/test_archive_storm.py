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
import signal
import sqlite3
import threading
import time

import pytest

from harness import Httpd, LONG, Swarm, location, wait_until
from harness.databases import database, sqlite_bytes, sqlite_writer
from harness.storm import (Ledger, Storm, check_afresh, check_reader, check_rows,
                           figures, seed_of)

ROOMS = [f'/{"few" if n % 2 else "all"}/room-{n}' for n in range(6)]
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

    patience = 20       # seconds until somebody has begun a transaction

    def __init__(self, storm, server, db, kills):
        self.storm, self.server, self.dice = storm, server, storm.dice
        self.db = db
        self.kills, self.done = kills, collections.Counter()
        self.next = time.monotonic() + 1
        self.deeds = [self.writer] * 6 + [self.child] * 4 + [self.all] * 3 + \
            [self.parent, self.graceful, self.graceful]
        if self.db is not None:
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
        self._strike(signal.SIGKILL)

    def _strike(self, number):
        """A thread watches for the transaction, which may be a tenth of a
        millisecond long; the others talk on."""
        struck, over = [], threading.Event()

        def watch():
            while not struck and not over.is_set():
                pid = self._writer()
                if pid:
                    struck.append(pid)
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, number)
        thread = threading.Thread(target=watch)
        thread.start()
        try:
            self.storm.run(lambda: struck, self.patience, 'a transaction')
        finally:
            over.set()
            thread.join()

    def _a_moment(self, most):
        end = time.monotonic() + self.dice.uniform(0, most)
        self.storm.run(lambda: time.monotonic() > end, 30, 'a moment')

    def _hold_writer(self):
        """It gets no further: what is said meanwhile is told, and must not be
        acked."""
        self._strike(signal.SIGSTOP)
        self._a_moment(0.5)

    def _writer(self):
        children = self.server.children()
        if self.db is not None:
            return self._busiest(children)
        pid = sqlite_writer(self.server.root / 'data' / 'chat.db')
        return pid if pid in children else None

    def _busiest(self, children):
        """Whose connection to the server has sent most."""
        text = os.popen(f'ss -tinpHO dst 127.0.0.1:{self.db.port}').read()
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
        self.db.kill()
        self._a_moment(1.5)
        self.db.start()


def no_old_texts(base, old):
    data = base.pages()
    if data:
        found = [text for text in old if text.split(' ')[1].encode() in data]
        assert not found, f'{len(found)} old texts are in the file: ' \
            f'{[text[:40] for text in found[:20]]}'


@contextlib.contextmanager
def base_of(kind):
    """None for SQLite: a file below the server's root."""
    if kind == 'sqlite3':
        yield None, 'ChatArchive sqlite3 data/chat.db\n'
        return
    with database(kind) as db:
        yield db, f'ChatArchive {kind} "{db.params}"\n'


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
            storm = Storm(swarm, dice, ROOMS)
            storm.killer = Killer(storm, server, db, kills)
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
