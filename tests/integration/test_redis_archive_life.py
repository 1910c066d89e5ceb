"""ChatArchive beside ChatRedis, through what happens in years: the host that
writes dies, the database is away, Redis is added and taken out, and hosts start
in any order."""
import contextlib
import socket
import sqlite3
import time

import pytest

from harness import LONG, Httpd, location, order, wait_until
from harness.archived import archived
from harness.hosts import (KILLED, SIZES, TROUBLE, Hosts, alike,
                           check_unavailable, enter, say)
from harness.moderator import guest, new, post
from harness.redis import Redis
from harness.wsclient import WsFailure
from test_redis_reload import reload, say_until

RULES = ('Chat rooms', 'ChatRate off', 'ChatList on')
CONFIG = (location('/chat', *RULES, 'ChatHistory 1000') +
          location('/few', *RULES, 'ChatHistory 3 24h') +
          location('/off', *RULES, 'ChatArchiveKeep off') +
          location('/status', 'Chat status'))
FILE = 'ChatArchive sqlite3 data/chat.db\n'
SERVERS = ['pgsql', 'mysql'] if LONG else ['pgsql']
END = '?before=99999999999999-0&limit=1000'
BACK = 60       # another host writes when one was silent for 10 s
CUT = 8         # s; who cannot reach Redis for 6 s leaves writing to others

pytestmark = pytest.mark.children_die


def rows(site, room):
    """The ids of a room in the database."""
    sql = ("SELECT ms, n FROM chatws_events WHERE room IN (SELECT id FROM "
           f"chatws_rooms WHERE name LIKE '%{room.rsplit('/', 1)[1]}') "
           'ORDER BY ms, n')
    if site.db is not None:
        return [f'{ms}-{n}' for ms, n in site.db.query(sql)]
    path = site.hosts[0].root / 'data' / 'chat.db'
    with contextlib.closing(sqlite3.connect(path, timeout=30)) as db:
        return [f'{ms}-{n}' for ms, n in db.execute(sql)]


def until_acked(host, room, headers, text, seconds=BACK):
    """Says it again with its ref until it is acked; the id."""
    def acked():
        answer = post(host, room, headers, text=text, ref=text)
        assert answer.status in (200, 201, 503), answer
        return answer.status != 503 and answer.json()['id']
    return wait_until(acked, seconds, f'{text} is acked')


def older(host, room):
    """Once it can be asked."""
    def told():
        answer = host.get(room + END)
        return answer.status == 200 and [answer.json()['events']]
    return [e['id'] for e in wait_until(told, BACK, 'old messages')[0]]


def writer(site):
    """The number of the host that has the database's row."""
    def found():
        pids = [int(pid) for pid, in
                site.db.query('SELECT pid FROM chatws_writer')]
        return [n for n, host in enumerate(site.hosts)
                if host.process and host.process.pid in pids]
    return wait_until(found, BACK, 'a writer')[0]


@pytest.mark.parametrize('kind', SERVERS)
def test_another_host_writes_when_one_dies(kind):
    with archived(kind, 2, CONFIG, f'{TROUBLE}|{KILLED}|CW0303') as site:
        room, headers, ids = new(), guest(), []
        for n in range(3):
            one = writer(site)
            other = site.hosts[1 - one]
            ids += [until_acked(host, room, headers, f'{n}-{number}')
                    for number, host in enumerate(site.hosts)]
            site.hosts.kill_host(one, back=False)
            ids.append(until_acked(other, room, headers, f'{n}-dead'))
            assert rows(site, room) == ids
            site.hosts[one].start()
            site.hosts.wait_ready()
        for host in site.hosts:
            assert older(host, room) == ids
        # One that goes leaves it to the other at once.
        one = writer(site)
        site.hosts.restart(one, meanwhile=lambda: ids.append(until_acked(
            site.hosts[1 - one], room, headers, 'gone')))
        assert rows(site, room) == ids


@pytest.mark.parametrize('kind', SERVERS)
def test_the_database_goes_away(kind):
    """Reading goes on, an ack does not come, and what was said meanwhile is
    written once when it is back."""
    with archived(kind, 2, CONFIG, 'CW11|CW0601|FATAL: ') as site:
        room, headers = new(), guest()
        ids = [say(host, room, f'{n}', headers) for n, host in
               enumerate(site.hosts)]
        site.db.kill()
        for n, host in enumerate(site.hosts):
            answer = post(host, room, headers, text=f'away {n}', ref=f'away {n}')
            assert answer.status == 503, answer
            assert answer.json()['code'] == 'unavailable'
        told = alike(site.hosts, room, 4)
        for host in site.hosts:
            assert host.get(new()).status == 503    # it may be in there
        site.db.start()
        ids += [until_acked(host, room, headers, f'away {n}')
                for n, host in enumerate(site.hosts)]
        assert ids == [e['id'] for e in told]
        assert rows(site, room) == ids
        wait_until(lambda: all(host.get(new()).status == 200
                               for host in site.hosts), BACK, 'new rooms')


def test_a_full_redis_is_emptied():
    """By what is written: who writes is not cut off for it."""
    with archived('pgsql', 2, CONFIG,
                  f'CW11|CW12|CW0601|FATAL: |{TROUBLE}') as site:
        room, headers = new(), guest()
        ids = [say(site.hosts[0], room, 'first', headers)]
        site.db.kill()
        answer = post(site.hosts[0], room, headers, text='a', ref='a')
        assert answer.status == 503, answer
        site.redis.ask('CONFIG', 'SET', 'maxmemory', '1')
        full = time.monotonic()
        wait_until(lambda: time.monotonic() > full + CUT, CUT + 5,
                   'as long as who is cut off is waited for')
        site.db.start()
        wait_until(lambda: len(rows(site, room)) == 2, BACK, 'it is written')
        wait_until(lambda: not site.redis.ask('HLEN', 'chatws:due'), BACK,
                   'Redis need not keep it')
        site.redis.ask('CONFIG', 'SET', 'maxmemory', '0')
        ids.append(until_acked(site.hosts[1], room, headers, 'a'))
        assert rows(site, room) == ids


def test_a_host_without_the_database_cannot_do_without_the_other():
    with archived('sqlite3', 2, CONFIG, f'{TROUBLE}|{KILLED}|CW0303') as site:
        room, headers = new(), guest()
        ids = [say(site.hosts[1], room, 'only here', headers)]
        assert rows(site, room) == ids
        assert older(site.hosts[0], room) == ids
        site.hosts.kill_host(0, back=False)
        answer = post(site.hosts[1], room, headers, text='b', ref='b')
        assert answer.status == 503 and rows(site, room) == ids
        events = site.hosts[1].get(room).json()['events']
        assert [e['text'] for e in events] == ['only here', 'b']
        with pytest.raises(WsFailure) as refused:       # it may be in there
            site.hosts[1].ws(new())
        check_unavailable(refused.value.response)
        site.hosts[0].start()
        ids.append(until_acked(site.hosts[1], room, headers, 'b'))
        assert [e['id'] for e in events] == ids == rows(site, room)
        enter(site.hosts[1], new()).disconnect()


def test_what_is_not_archived():
    """Such rooms do not wait for the database, and it does not get them."""
    with archived('sqlite3', 2, CONFIG, f'{TROUBLE}|{KILLED}|CW0303') as site:
        room, headers = new('/off'), guest()
        ids = [say(host, room, f'{n}', headers) for n, host in
               enumerate(site.hosts)]
        site.hosts.kill_host(0, back=False)
        ids.append(say(site.hosts[1], room, 'alone', headers))
        site.hosts[0].start()
        assert [e['id'] for e in alike(site.hosts, room, 3)] == ids
        until_acked(site.hosts[0], new(), headers, 'written')
        assert rows(site, room) == []
        wait_until(lambda: not site.redis.ask('HLEN', 'chatws:due'), BACK,
                   'nothing waits for the archive')


def test_redis_is_added_to_an_archive_and_taken_out(tmp_path):
    """What is in the database is in the rooms of all hosts, and is there
    once."""
    room, headers = new('/few'), guest()
    with Httpd(tmp_path, config='ChatRedis none\n' + FILE + CONFIG,
               sizes=SIZES) as alone, Redis() as redis:
        alone.allow(f'{TROUBLE}|CW0683')
        ids = [say_until(alone, room, f'a{n}', headers) for n in range(8)]
        you = alone.get(room, headers).json()['you']
        reload(alone, redis.directive())
        ids.append(say_until(alone, room, 'b', headers))
        with Hosts(redis, 1, CONFIG) as others:
            ids.append(say_until(others[0], room, 'c', headers))
            assert others[0].get(room, headers).json()['you'] == you
            assert say_until(others[0], room, 'a7', headers) == ids[7]
            wait_until(lambda: older(alone, room) == ids, BACK, 'all')
        reload(alone, 'ChatRedis none')
        ids.append(say_until(alone, room, 'd', headers))
        assert ids == sorted(ids, key=order)
        assert older(alone, room) == ids
        alone.stop(check=False)
        alone.start()
        assert older(alone, room) == ids
        assert say_until(alone, room, 'c', headers) == ids[9]


def test_a_host_without_the_database_starts_first():
    """With an empty Redis: nobody can know by which secret guests were who they
    were. That is said, and all hosts agree on one."""
    with archived('sqlite3', 2, CONFIG, f'{TROUBLE}|CW1109') as site:
        room, headers = new(), guest()
        ids = [say(site.hosts[1], room, 'mine', headers)]

        def other_first():
            site.hosts.restart(
                1, meanwhile=lambda: site.redis.restart(empty=True))
            wait_until(lambda: site.redis.ask('EXISTS', 'chatws:secret'), BACK,
                       'a secret')
        site.hosts.restart(0, meanwhile=other_first)
        site.hosts.wait_ready(BACK)
        site.hosts[0].wait_log('CW1109', BACK)
        ids.append(until_acked(site.hosts[1], room, headers, 'mine, too'))
        assert [e['id'] for e in alike(site.hosts, room, 2)] == ids
        one, other = [host.get(room, headers).json()['you']['id']
                      for host in site.hosts]
        assert one == other
        assert rows(site, room) == ids


def wait_beats(redis):
    """Until each host has been told what there is now."""
    seconds, _ = redis.ask('TIME')
    wait_until(lambda: min(map(int, redis.ask('HVALS', 'chatws:hosts')))
               > 1000 * (int(seconds) + 1), BACK, 'a beat of each')


def drop_archive(host):
    """As an owner takes it out: the line goes, and a reload."""
    text = host.config_path.read_text()
    assert FILE in text
    host.config_path.write_text(text.replace(FILE, ''))
    host.graceful()


@contextlib.contextmanager
def slow_downloads(host):
    """Requests that no child of now gets rid of."""
    (host.root / 'htdocs' / 'big').write_bytes(bytes(32 << 20))
    with contextlib.ExitStack() as stack:
        for _ in range(8):      # some for each child
            sock = stack.enter_context(
                socket.create_connection(('127.0.0.1', host.port), 10))
            sock.sendall(b'GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n')
            assert sock.recv(12) == b'HTTP/1.1 200'
        yield


def test_the_archive_is_taken_out():
    """As docs/REDIS.md says it: Redis is told, and it stays out, although a
    child of before still has a request."""
    with archived('sqlite3', 2, CONFIG, TROUBLE) as site, \
            slow_downloads(site.hosts[0]):
        room, headers = new(), guest()
        ids = [say(host, room, f'a{n}', headers)
               for n, host in enumerate(site.hosts)]
        drop_archive(site.hosts[0])
        site.hosts.wait_ready(BACK)
        answer = post(site.hosts[1], room, headers, text='b', ref='b')
        assert answer.status == 503, answer
        site.redis.ask('DEL', 'chatws:archive')
        ids += [until_acked(host, room, headers, text)
                for host in site.hosts for text in ('b', 'c')]
        wait_beats(site.redis)
        site.redis.ask('FLUSHALL')
        ids += [until_acked(host, room, headers, f'd{n}')
                for n, host in enumerate(site.hosts)]
        assert not site.redis.ask('EXISTS', 'chatws:archive', 'chatws:due')
        told = [e['id'] for e in alike(site.hosts, room)]
        assert told == sorted(set(ids), key=order)
        for host in site.hosts:
            enter(host, new()).disconnect()


def test_redis_forgets_all_while_people_talk():
    with archived('sqlite3', 2, CONFIG, f'{TROUBLE}') as site:
        rooms, headers = [new('/few'), new('/few')], guest()
        said = {room: [] for room in rooms}
        for n in range(40):
            for room in rooms:
                said[room].append(until_acked(site.hosts[n % 2], room, headers,
                                              f'{n}'))
            if n % 10 == 9:
                site.redis.ask('FLUSHALL')
        for room, ids in said.items():
            assert rows(site, room) == ids == older(site.hosts[0], room)
