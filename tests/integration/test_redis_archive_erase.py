"""What somebody has said goes from the archive that several hosts share, too,
whichever of them is asked and whichever writes."""
import contextlib
import json
import sqlite3
import subprocess
import uuid

import pytest

from harness import location, wait_until
from harness.ctl import ERASED, PROGRAM
from harness.databases import database, sqlite_bytes
from harness.hosts import KILLED, TROUBLE, Hosts, say
from harness.moderator import CONFIG, guest, new, post, user
from harness.redis import Redis

# Of a room of /few Redis keeps some hundred records.
FEW = location('/few', 'Chat rooms', 'ChatRate off', 'ChatHistory 3 24h',
               'ChatUser "%{HTTP:X-User}"', 'ChatModerators user ann')
MANY = 200
END = '99999999999999-0'


class Site:
    """Two hosts; with SQLite the first one has the file."""

    def __init__(self, redis, driver, db=None):
        archive = f'ChatArchive {driver} "{db.params}"\n' if db else \
            'ChatArchive sqlite3 data/chat.db\n'
        lines = [redis.directive() + archive,
                 redis.directive() + (archive if db else '')]
        self.redis, self.db = redis, db
        self.hosts = Hosts(redis, 2, CONFIG + FEW, modules=('remoteip',),
                           lines=lines)
        self.readers = self.hosts.servers if db else self.hosts.servers[:1]

    def bodies(self):
        """All that the database has of events."""
        sql = 'SELECT body FROM chatws_events'
        if self.db:
            rows = self.db.query(sql)
        else:
            path = self.hosts[0].root / 'data' / 'chat.db'
            with contextlib.closing(sqlite3.connect(path, timeout=30)) as db:
                rows = db.execute(sql).fetchall()
        return '\n'.join(body for body, in rows)


@pytest.fixture(scope='module', params=['sqlite3', 'pgsql'])
def site(request):
    with Redis() as redis, contextlib.ExitStack() as stack:
        db = stack.enter_context(database(request.param)) \
            if request.param != 'sqlite3' else None
        made = Site(redis, request.param, db)
        made.hosts.allow('CW070|CW0683')
        with made.hosts:
            yield made


def talk(site, room, headers, word, count=MANY):
    return [say(site.hosts[n % 2], room, f'{word} {n}', headers)
            for n in range(count)]


def person(server, room, headers):
    return server.get(room, headers).json()['you']['id']


def erase(server, who):
    return subprocess.run(
        [str(PROGRAM), '-s', f'{server.root}/chatws.sock', 'erase', who],
        capture_output=True, text=True, timeout=200, check=False)


@pytest.mark.parametrize('asked', [0, 1])
def test_nothing_is_left_in_the_database(site, asked):
    room, name, secret = new('/few'), uuid.uuid4().hex[:20], uuid.uuid4().hex
    ids = talk(site, room, user(name), secret)
    talk(site, room, guest(), 'stays', 5)
    edited = post(site.hosts[1], room, user(name), type='edit', id=ids[-1],
                  text=f'{secret} edited')
    assert edited.status == 200, edited
    assert secret in site.bodies() and name in site.bodies()
    done = erase(site.hosts[asked], f'u-{name}')
    assert done.returncode == 0 and done.stdout.startswith('erased: '), done
    bodies = site.bodies()
    assert secret not in bodies and name not in bodies
    assert 'stays 4' in bodies
    if not site.db:
        data = sqlite_bytes(site.hosts[0].root / 'data')
        assert b'stays 4' in data and secret.encode() not in data
    for server in site.readers:
        told = server.get(f'{room}?before={END}&limit=1000').json()['events']
        mine = [event for event in told if event['id'] in ids]
        assert mine == [{'type': 'message', 'id': each, 'text': '',
                         'from': ERASED, 'deleted': True} for each in ids]
    everything = site.redis.everything()
    assert secret not in everything and name not in everything
    assert 'chatws:jobs' not in everything
    assert erase(site.hosts[1 - asked], f'u-{name}').returncode == 0


def test_a_purge_goes_on_in_the_archive(site):
    room, eve, secret = new('/few'), guest(), uuid.uuid4().hex
    talk(site, room, eve, secret)
    talk(site, room, guest(), 'stays', 5)
    done = post(site.hosts[1], room, user('ann'), type='ban', purge=True,
                user=person(site.hosts[1], room, eve))
    assert done.status in (200, 204), done
    wait_until(lambda: secret not in site.bodies(), 60, 'it is gone there')
    assert 'stays 4' in site.bodies()


@pytest.mark.children_die
def test_who_writes_dies(site):
    """The next one goes on, and who has asked is told the end."""
    site.hosts.allow(f'{TROUBLE}|{KILLED}|CW0303|CW11')
    rooms = [new('/few') for _ in range(3)]
    name, secret = uuid.uuid4().hex[:20], uuid.uuid4().hex
    for room in rooms:
        talk(site, room, user(name), secret, 60)
    with subprocess.Popen(
            [str(PROGRAM), '-s', f'{site.hosts[1].root}/chatws.sock', 'erase',
             f'u-{name}'], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL) as asking:
        with contextlib.suppress(AssertionError):
            wait_until(lambda: asking.poll() is not None or
                       site.redis.ask('EXISTS', 'chatws:jobs'), 60,
                       'the archive has been asked')
        site.hosts.kill_host(0)
        assert asking.wait(150) == 0
    bodies = site.bodies()
    assert secret not in bodies and name not in bodies
    everything = site.redis.everything()
    assert secret not in everything and name not in everything
    site.hosts.wait_ready()


def test_a_job_that_makes_no_sense_is_left_out(site):
    site.redis.ask('HSET', 'chatws:jobs', 'x', 'y', 'z',
                   json.dumps({'not': 'one'}), 'w', '0 0 0 0 0 0 0 0 0')
    wait_until(lambda: not site.redis.ask('EXISTS', 'chatws:jobs'), 60,
               'they are gone')
