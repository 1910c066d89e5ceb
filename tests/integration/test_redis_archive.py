"""ChatArchive beside ChatRedis: one host writes what is said on all, whoever
has the database reads it, and what a host promises is there."""
import contextlib
import json
import sqlite3
import uuid

import pytest

from harness import location, order, wait_until
from harness.databases import database
from harness.hosts import Hosts, alike, kept, say
from harness.hosts import enter as come
from harness.moderator import CONFIG, enter, guest, new, post, user
from harness.redis import Redis

SHORT = location('/few', 'Chat rooms', 'ChatRate off', 'ChatHistory 3 24h',
                 'ChatUser "%{HTTP:X-User}"',
                 'ChatModerators user ann adam')
FILE = 'ChatArchive sqlite3 data/chat.db\n'
END = '99999999999999-0'
# More than Redis keeps of a room of /few.
MANY = 160


class File:
    """Two hosts, of which the first has a file."""

    def __init__(self, redis):
        self.hosts = Hosts(redis, 2, CONFIG + SHORT, modules=('remoteip',),
                           lines=[redis.directive() + FILE,
                                  redis.directive()])
        self.readers = self.hosts.servers[:1]

    def query(self, sql):
        path = self.hosts[0].root / 'data' / 'chat.db'
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as db:
            return db.execute(sql).fetchall()

    @contextlib.contextmanager
    def locked(self):
        """Nobody else writes into the database meanwhile."""
        path = self.hosts[0].root / 'data' / 'chat.db'
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as db:
            db.execute('BEGIN IMMEDIATE')
            yield
            db.rollback()


class Server:
    """Two hosts with one database."""

    def __init__(self, redis, db):
        line = (redis.directive() +
                f'ChatArchive {db.driver} "{db.params}"\n')
        self.hosts = Hosts(redis, 2, CONFIG + SHORT, modules=('remoteip',),
                           lines=[line, line])
        self.readers = self.hosts.servers
        self.query = db.query


@pytest.fixture(scope='module', params=['sqlite3', 'pgsql', 'mysql'])
def site(request):
    with Redis() as redis, contextlib.ExitStack() as stack:
        if request.param == 'sqlite3':
            made = File(redis)
        else:
            made = Server(redis, stack.enter_context(database(request.param)))
        made.redis = redis
        made.hosts.allow('CW070|CW0683')
        with made.hosts:
            yield made


def written(site, room):
    """How many messages of the room the database has."""
    path = room.split('?')[0]
    name = "name LIKE '%" + path.rsplit('/', 1)[1] + "'"
    (count,), = site.query(
        'SELECT COUNT(*) FROM chatws_events WHERE room IN '
        f'(SELECT id FROM chatws_rooms WHERE {name})')
    return int(count)


def page(server, path):
    answer = server.get(path)
    assert answer.status == 200, answer
    return answer.json()


def ids_of(told):
    return [event['id'] for event in told['events']
            if event['type'] == 'message']


def test_what_is_acked_is_written_once(site):
    room = new()
    clients = [enter(server, room, guest())[0] for server in site.hosts]
    for n in range(20):
        for number, client in enumerate(clients):
            client.say(f'{number}-{n}', f'r-{n}')
            assert client.recv_event('ack')['ref'] == f'r-{n}'
            assert written(site, room) == 2 * n + number + 1
    for server in site.hosts:
        say(server, room, 'by post', guest())
    assert written(site, room) == 42
    assert len(alike(site.hosts, room)) == 42
    for client in clients:
        client.disconnect()


def test_a_repeated_ref_is_written_once(site):
    room, headers = new(), guest()
    ids = {say(server, room, 'once', headers, 'r')
           for server in [*site.hosts, *site.hosts]}
    assert len(ids) == 1
    assert written(site, room) == 1


def test_old_messages_are_told_and_found(site):
    room, headers = new('/few'), guest()
    ids = [say(site.hosts[n % 2], room, f'm-{n}', headers)
           for n in range(MANY)]
    for server in site.readers:
        assert ids_of(page(server, f'{room}?before={END}&limit=100')) == ids[-100:]
        assert ids_of(page(server, f'{room}?before={ids[10]}')) == ids[:10]
        assert ids_of(page(server, f'{room}?search=m-7')) == [ids[7]] + \
            ids[70:80]
        told = page(server, f'{room}?after={ids[2]}')
        assert told['gap'] is False
        assert ids_of(told)[0] == ids[3]
        client, hello = enter(server, f'{room}?after={ids[2]}', guest())
        assert hello['resumed'] is True
        found = [client.recv_event('message')['id'] for _ in ids[3:]]
        assert found == ids[3:]
        client.disconnect()


@pytest.mark.parametrize('way', ['websocket', 'post'])
def test_old_messages_are_changed_by_their_author(site, way):
    room, headers = new('/few'), guest()
    ids = [say(site.hosts[n % 2], room, f'm-{n}', headers)
           for n in range(MANY)]

    def change(server, **command):
        if way == 'post':
            answer = post(server, room, headers, **command)
            return answer.json() if answer.status != 204 else {'type': 'ack'}
        client, _ = enter(server, room, headers)
        client.send_json(ref=uuid.uuid4().hex, **command)
        answer = client.recv_until(
            lambda event: event['type'] in ('ack', 'error'))[-1]
        client.disconnect()
        return answer
    for server in site.readers:
        edited, deleted = ids.pop(0), ids.pop(0)
        assert 'id' in change(server, type='edit', id=edited, text='other')
        assert 'id' in change(server, type='delete', id=deleted)
        assert change(server, type='delete',
                      id=deleted).get('code') is None    # it is so already
        answer = change(server, type='edit', id=deleted, text='x')
        assert answer.get('code') == 'not_found', answer
        for reader in site.readers:
            events = page(reader, f'{room}?before={ids[0]}&limit=20')
            told = {event['id']: event for event in events['events']}
            assert told[edited]['text'] == 'other'
            assert told[deleted]['deleted'] is True


def test_a_host_without_the_archive_knows_nothing_older(site):
    if site.readers == site.hosts.servers:
        return
    room, headers = new('/few'), guest()
    ids = [say(site.hosts[1], room, f'm-{n}', headers) for n in range(MANY)]
    answer = post(site.hosts[1], room, headers, type='edit', id=ids[0],
                  text='other')
    assert answer.status == 404, answer
    told = page(site.hosts[1], f'{room}?after={ids[2]}')
    assert told['gap'] is True


@pytest.mark.children_die
def test_redis_comes_back_empty(site):
    """And no host has the room: it comes from the database, whoever asks."""
    boss, banned, headers = user('ann'), guest(), guest()
    rooms = [new('/few') for _ in range(4)]
    ids = {}
    for room in rooms:
        ids[room] = [say(site.hosts[n % 2], room, f'm-{n}', headers, f'r-{n}')
                     for n in range(10)]
        answer = post(site.hosts[1], room, boss, type='room', topic='T')
        assert answer.status in (200, 204), answer
    you = site.hosts[1].get(rooms[0], banned).json()['you']['id']
    assert post(site.hosts[1], rooms[0], boss, type='ban',
                user=you).status == 204
    for host in site.hosts:
        host.own_root, host.kept_root = False, host.own_root
        host.stop()
    site.redis.ask('FLUSHALL')
    for host in site.hosts:
        host.start()
        host.own_root = host.kept_root
    site.hosts.wait_ready()
    for n, room in enumerate(rooms):
        first, other = site.hosts[n % 2], site.hosts[1 - n % 2]
        if n < 2:
            client = come(first, room, headers=guest())
            assert client.recv_event('hello')['state']['topic'] == 'T'
            client.disconnect()
        elif first not in site.readers:
            continue
        for server in (first, other):
            found = [e['id'] for e in kept(server, room)
                     if e['type'] == 'message']
            assert found == ids[room][-len(found):] and len(found) >= 3
        assert say(other, room, 'm-9', headers, 'r-9') == ids[room][9]
        assert order(say(other, room, 'more', guest())) > order(ids[room][9])
        assert written(site, room) == 12
        for server in (first, other):
            wait_until(lambda: server.get(room, banned).status == 403, 30,
                       'the ban holds')
