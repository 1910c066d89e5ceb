"""Stopping with clients connected, also in the middle of a restart; and being
killed: httpd starts again every time, and nothing is left behind."""
import random
import time
from pathlib import Path

import pytest

from harness import (LONG, Crowd, Httpd, Swarm, location, wait_until)

CONFIG = ('ChatDrain 10s 1/s\n' + location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/echo', 'Chat echo'))
ROOM = '/chat/room'


def terminate(server, seconds):
    """TERM; returns how long the server took to end."""
    begun = time.monotonic()
    server.process.terminate()
    server.process.wait(seconds)
    return time.monotonic() - begun


@pytest.mark.parametrize('mpm', ['event', 'worker', 'prefork'])
def test_stop(mpm):
    """ChatDrain is no reason to wait: everybody gets the bye with its window
    at once, also who reads nothing."""
    server = Httpd(mpm=mpm, config=CONFIG).start()
    try:
        with Swarm(server.address()) as swarm:
            deaf = server.ws('/echo', rcvbuf=4096)
            for _ in range(40):
                deaf.send_binary(b'x' * 16384)
            crowd = Crowd(swarm, 100, ROOM, random.Random(1))
            crowd.greet()
            begun = time.monotonic()
            server.process.terminate()
            crowd.run(lambda: all(m.closes for m in crowd.members), 5,
                      'all are closed')
            server.process.wait(5)
            assert time.monotonic() - begun < 5
            for member in crowd.members:
                assert [b[1:] for b in member.byes] == [(0, 10)]
                assert member.closes[0][1] == 1012
            deaf.disconnect()
    finally:
        server.stop(check=False)


@pytest.mark.parametrize('mpm', ['event', 'worker', 'prefork'])
def test_stop_while_a_restart_drains(mpm):
    """The old children, which had ten seconds, give them up."""
    sizes = ('StartServers 4\nMinSpareServers 4\nMaxSpareServers 32\n'
             'MaxRequestWorkers 32\n') if mpm == 'prefork' else None
    server = Httpd(mpm=mpm, config=CONFIG, sizes=sizes).start()
    try:
        with Swarm(server.address()) as swarm:
            crowd = Crowd(swarm, 100, ROOM, random.Random(1))
            crowd.greet()
            old = server.children()
            server.graceful()
            crowd.run(lambda: sum(len(m.byes) for m in crowd.members) >= 10,
                      10, 'the drain has begun')
            assert set(old) & set(server.children())
            took = terminate(server, 15)
            print(f'{mpm}: stopped in {took:.1f} s')
            assert took < 6
    finally:
        server.stop(check=False)
    bad = [line for line in server.log_lines()
           if 'SIGKILL' in line or 'exit signal' in line]
    assert bad == []


def shared_files(pid):
    """Files that the process shares memory with others through; anonymous
    memory and what has no name any more are none."""
    found = set()
    for line in Path(f'/proc/{pid}/maps').read_text().splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[1][3] == 's' and \
                not fields[5].endswith('(deleted)'):
            found.add(fields[5])
    return found


def system_v(pids):
    """Ids of the System V segments that one of the processes made."""
    lines = Path('/proc/sysvipc/shm').read_text().splitlines()[1:]
    return [fields[1] for fields in map(str.split, lines)
            if int(fields[4]) in pids]


@pytest.mark.children_die
@pytest.mark.parametrize('mpm', ['event', 'worker', 'prefork'])
def test_killed_and_started_again(mpm):
    count = 20 if LONG else 5
    server = Httpd(mpm=mpm, tls=True, config=CONFIG)
    server.allow('overwritten -- Unclean shutdown of previous Apache run')
    files = None
    for number in range(count):
        server.start()
        with Swarm(server.address()) as swarm:
            crowd = Crowd(swarm, 20, ROOM, random.Random(number))
            crowd.greet()
            assert crowd.members[0].account[0][1] is False
            crowd.members[0].say('x', f'{number}')
            crowd.settle(10)
            assert all(len(m.account) == 2 for m in crowd.members), \
                'something of the server before is left'
            pids = [server.process.pid] + server.children()
            for pid in pids:
                assert shared_files(pid) <= {'/dev/zero'}
            server.kill_tree()
        assert system_v(pids) == []
        now = {str(p.relative_to(server.root))
               for p in server.root.rglob('*')}
        assert files is None or now == files
        files = now
    server.start()
    wait_until(lambda: server.get('/alive.txt').status == 200, 5, 'alive')
    server.stop()
