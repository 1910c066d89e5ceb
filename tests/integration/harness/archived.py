"""Hosts that are one chat and have an archive.

    with archived('pgsql', 2, CONFIG) as site:
        site.hosts[0].post('/chat/lobby', ...)

SQLite's file is on the first host, and the others have no ChatArchive."""
import contextlib
from types import SimpleNamespace

from .badlink import BadLink
from .databases import database
from .hosts import Hosts
from .redis import Redis


@contextlib.contextmanager
def archived(kind, count, config, allow='CW0683'):
    """`redis`, the `links` to it, the `hosts`, which may log what `allow` says,
    and the server `db`, or None: a file."""
    with contextlib.ExitStack() as stack:
        db = None if kind == 'sqlite3' else stack.enter_context(database(kind))
        line = 'ChatArchive sqlite3 data/chat.db\n' if db is None \
            else f'ChatArchive {db.driver} "{db.params}"\n'
        redis = stack.enter_context(Redis())
        links = [stack.enter_context(BadLink(redis.port))
                 for _ in range(count)]
        hosts = Hosts(redis, count, config, [
            redis.directive(port=link.port) + (line if db or not n else '')
            for n, link in enumerate(links)])
        hosts.allow(f'CW0683|{allow}')
        stack.enter_context(hosts)
        yield SimpleNamespace(redis=redis, links=links, hosts=hosts, db=db)
