"""Two hosts with a file each as their archive: one of the files has all, and
the other host says that its own has nothing."""
import contextlib
import sqlite3

from harness import wait_until
from harness.hosts import TROUBLE, Hosts
from harness.moderator import CONFIG, guest, new, post
from harness.redis import Redis

FILE = 'ChatArchive sqlite3 data/chat.db\n'
BACK = 90


def events(host):
    path = host.root / 'data' / 'chat.db'
    with contextlib.closing(sqlite3.connect(path, timeout=30)) as db:
        return db.execute('SELECT COUNT(*) FROM chatws_events').fetchall()[0][0]


def says_so(host):
    return any('CW1110' in line for line in host.log_lines())


def test_one_of_two_files_has_all():
    room, headers = new(), guest()
    with Redis() as redis:
        hosts = Hosts(redis, 2, CONFIG, modules=('remoteip',),
                      lines=[redis.directive() + FILE] * 2)
        hosts.allow(f'{TROUBLE}|CW070|CW0683|CW1101|CW1110')
        with hosts:
            wait_until(lambda: [h for h in hosts if says_so(h)], BACK,
                       'the second one says so')
            busy, idle = sorted(hosts, key=says_so)
            for number in range(10):
                for host in hosts:
                    text = f'{number} on {host.port}'
                    wait_until(lambda: post(host, room, headers, text=text,
                                            ref=text).status in (200, 201),
                               BACK, 'it is acked')
            assert events(busy) == 20 and events(idle) == 0
            # When that one is gone for good the other one's is the archive.
            busy.stop()
            wait_until(lambda: post(idle, room, headers, text='alone',
                                    ref='alone').status in (200, 201), BACK,
                       'it is written here')
            assert events(idle) > 0
