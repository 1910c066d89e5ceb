"""Three hosts, a Redis and an archive; kill -9 of children, of the one that
writes in the midst of its transactions, of whole hosts, of Redis and of the
database, and a Redis that has lost all that it had. What was acked is in the
database, once, as it was acked last, and everybody was told all of it in one
order, or a gap.

CHATWS_LONG=1 does it 100 times with SQLite, 60 times with PostgreSQL and
MariaDB; CHATWS_SEED repeats a run, CHATWS_KILLS changes its length."""
import os
import random

import pytest

from harness import LONG, location, wait_until
from harness.archived import archived
from harness.databases import sqlite_writer
from harness.hosts import KILLED, TROUBLE, HostsSwarm
from harness.storm import (Ledger, Storm, check_afresh, check_reader, check_rows,
                           figures, seed_of)
from test_archive_storm import Base, no_old_texts
from test_archive_storm import Killer as ArchiveKiller
from test_redis_storm import ROOMS, RULES, kept
from test_redis_storm import Killer as HostsKiller

KILLS = {'sqlite3': 100, 'pgsql': 60, 'mysql': 60} if LONG else {'sqlite3': 16}
CONFIG = ('ChatDrain 1s\n' +
          location('/all', *RULES, 'ChatHistory 20000 1h') +
          location('/few', *RULES, 'ChatHistory 30 1h') +
          location('/chat', *RULES) +
          location('/status', 'Chat status'))


class Killer(HostsKiller, ArchiveKiller):
    """What happens, one thing after the other."""

    patience = 60       # another host writes when one was silent for 10 s

    def __init__(self, storm, site, kills):
        super().__init__(storm, site.hosts, site.redis, site.links)
        self.db, self.kills = site.db, kills
        self.deeds = [self.writer] * 4 + [self.child] * 2 + \
            [self.host] * 2 + [self.emptied] * 2 + [self.all] * 2 + \
            [self.graceful, self.redis_killed, self.dropped, self.cut]
        if self.db is not None:
            self.deeds += [self.database] * 2

    def _writer(self):
        children = [pid for host in self.hosts.alive()
                    for pid in host.children()]
        if self.db is not None:
            return self._busiest(children)
        pid = sqlite_writer(self.hosts[0].root / 'data' / 'chat.db')
        return pid if pid in children else None

    def emptied(self):
        self.redis.ask('FLUSHALL')

    def all(self):
        """What was acked is nowhere else by then."""
        if self.dice.random() < 0.7:
            self._hold_writer()
        for host in self.hosts:
            host.kill_tree()
        self.redis.restart(empty=True)
        for host in self.hosts:
            host.start()


def check_all(site, storm, base):
    """Databases, Redis and readers; what each room says, and what it said."""
    ledgers = {r: Ledger(ms) for r, ms in storm.rooms.items()}
    told = {room: ledger.texts() for room, ledger in ledgers.items()}
    old = set().union(*(texts for _, texts in told.values()))
    wait_until(lambda: not site.redis.ask('HLEN', 'chatws:due'), 60,
               'nothing waits for the archive')
    no_old_texts(base, old)
    everything = site.redis.everything()
    assert not [t for t in old if t.split(' ')[1] in everything]
    events = base.events()
    count = sum(check_rows(ledger, events[room])
                for room, ledger in ledgers.items())
    phantoms = sum(check_reader(m, ledgers[r], told[r][0])
                   for r, ms in storm.rooms.items() for m in ms)
    figures(storm, ledgers, count, phantoms)
    assert old
    return {room: truth for room, (truth, _) in told.items()}


@pytest.mark.children_die
@pytest.mark.parametrize('kind', KILLS)
def test_redis_archive_storm(kind, request):
    dice = random.Random(seed_of(request))
    kills = int(os.environ.get('CHATWS_KILLS', KILLS[kind]))
    allow = f'{TROUBLE}|{KILLED}|CW0303|CW0665'
    if kind != 'sqlite3':
        allow += '|CW1101|FATAL: '      # the latter is libpq's
    with archived(kind, 3, CONFIG, allow) as site:
        base = Base(site.hosts[0], site.db)
        with HostsSwarm(site.hosts, dice) as swarm:
            storm = Storm(swarm, dice, ROOMS)
            storm.killer = Killer(storm, site, kills)
            storm.rage()
            storm.settle()
        truths = check_all(site, storm, base)
        site.hosts.restart(
            0, 1, 2, meanwhile=lambda: site.redis.restart(empty=True))
        site.hosts.wait_ready()
        check_afresh(site.hosts[0], storm, truths)
        for host in list(site.hosts)[1:]:
            check_afresh(host, storm, truths if site.db is not None else
                         {r: kept(r, t) for r, t in truths.items()})
