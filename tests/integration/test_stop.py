"""Stopping with clients connected, also in the middle of a restart; and being
killed: httpd starts again every time, and nothing is left behind."""
import os
import random
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from harness import (LONG, PATIENCE, Crowd, Httpd, Swarm, at_most, cpu_seconds,
                     location, wait_until)

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
            children = len(server.children())
            begun = time.monotonic()
            server.process.terminate()
            crowd.run(lambda: all(m.closes for m in crowd.members), 5,
                      'all are closed')
            server.process.wait(PATIENCE)
            assert time.monotonic() - begun < at_most(9)
            for member in crowd.members:
                # Who comes back within milliseconds may find a child that
                # has not heard of it yet, and gets another bye there. A child
                # that hears of it last counts only those who are left.
                assert all(low == 0 and 0 < high <= 10
                           for _, low, high in member.byes)
                assert 1 <= len(member.byes) <= children
                assert member.closes[0][1] == 1012
            whole = sum((0, 10) in {b[1:] for b in m.byes}
                        for m in crowd.members)
            assert whole > len(crowd.members) / 2
            deaf.disconnect()
    finally:
        server.stop(check=False)


def test_stop_while_a_client_is_slow():
    """A child of prefork waits for a request that has begun, but not long."""
    one = 'StartServers 1\nServerLimit 1\nMaxRequestWorkers 1\n'
    server = Httpd(mpm='prefork', sizes=one, config=CONFIG).start()
    try:
        member = server.ws(ROOM)
        member.recv_event('hello')
        idle = wait_until(lambda: len({server.fds() for _ in range(9)}) == 1
                          and server.fds(), 10, 'nothing is open but the chat')
        with server.raw() as slow:
            slow.send(f'POST {ROOM} HTTP/1.1\r\nHost: {server.host()}\r\n'
                      'Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nx'
                      .encode())
            wait_until(lambda: server.fds() > idle, 10, 'it is served')
            server.process.terminate()
            assert member.recv_event('bye')['code'] == 1012
            server.process.wait(PATIENCE)
        member.disconnect()
    finally:
        server.stop(check=False)
    assert not [x for x in server.log_lines() if 'SIGKILL' in x]


def test_stop_while_a_connection_rests(tmp_path):
    """A child of prefork that has no chat yet, but an archive, does not wait for
    a browser's next request: httpd would complain after three seconds."""
    tmp_path.chmod(0o777)
    server = Httpd(mpm='prefork', sizes='StartServers 1\nServerLimit 1\n'
                   'MaxRequestWorkers 1\nKeepAliveTimeout 60\n', config=CONFIG +
                   f'ChatArchive sqlite3 {tmp_path}/chat.db\n').start()
    try:
        with server.raw() as resting:
            resting.send(f'GET /alive.txt HTTP/1.1\r\nHost: {server.host()}'
                         '\r\n\r\n'.encode())
            assert resting.read_response('GET').status == 200
            server.process.terminate()
            server.process.wait(PATIENCE)
    finally:
        server.stop(check=False)
    assert not [x for x in server.log_lines() if 'AH00045' in x]


def post_without_end(server, until):
    """Keeps one child busy, and another one when that has ended."""
    body = b'{"type":"message","text":"x"}'
    request = (f'POST {ROOM} HTTP/1.1\r\nHost: {server.host()}\r\n'
               'Content-Type: application/json\r\n'
               f'Content-Length: {len(body)}\r\n\r\n').encode() + body
    while not until.is_set():
        try:
            with socket.create_connection(server.address(), 5) as line:
                line.sendall(request * 8)
                while line.recv(65536) and not until.is_set():
                    line.sendall(request * 8)
        except OSError:
            continue


def works(pid):
    """True while it has the processor, or wants it, and has had it before."""
    try:
        stat = Path(f'/proc/{pid}/stat').read_text()
        return cpu_seconds(pid) > 0.02 \
            and stat.rpartition(')')[2].split()[0] == 'R'
    except OSError:         # it is gone
        return False


@pytest.mark.children_die
def test_prefork_ends_who_is_busy():
    """A signal that comes in the middle of a request leaves nobody behind who
    waits for a lock that he has himself."""
    server = Httpd(mpm='prefork', config='MaxKeepAliveRequests 0\n' + CONFIG)
    over = threading.Event()
    with server:
        told = set()
        busy = [threading.Thread(target=post_without_end, args=(server, over))
                for _ in range(3)]
        for thread in busy:
            thread.start()
        try:
            while len(told) < (600 if LONG else 60):
                for pid in set(server.children()) - told:
                    if works(pid):
                        told.add(pid)
                        os.kill(pid, signal.SIGTERM)
            wait_until(lambda: not told & set(server.children()), 20,
                       'all have ended')
        finally:
            over.set()
            for thread in busy:
                thread.join()


@pytest.mark.parametrize('mpm', ['event', 'worker', 'prefork'])
def test_stop_while_a_restart_drains(mpm):
    """The old children, which had ten seconds for those that have TLS, give
    them up."""
    sizes = ('StartServers 4\nMinSpareServers 4\nMaxSpareServers 32\n'
             'MaxRequestWorkers 32\n') if mpm == 'prefork' else None
    server = Httpd(mpm=mpm, tls=True, config=CONFIG, sizes=sizes).start()
    try:
        with Swarm(server.address(True), True) as swarm:
            crowd = Crowd(swarm, 100, ROOM, random.Random(1))
            crowd.greet()
            old = server.children()
            server.graceful()
            crowd.run(lambda: sum(len(m.byes) for m in crowd.members) >= 10,
                      10, 'the drain has begun')
            assert set(old) & set(server.children())
            took = terminate(server, PATIENCE)
            print(f'{mpm}: stopped in {took:.1f} s')
            assert took < at_most(9)
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


def system_v():
    """The machine's System V segments: ids, and who made each."""
    lines = Path('/proc/sysvipc/shm').read_text().splitlines()[1:]
    return {fields[1]: int(fields[4]) for fields in map(str.split, lines)}


@pytest.mark.children_die
@pytest.mark.parametrize('mpm', ['event', 'worker', 'prefork'])
def test_killed_and_started_again(mpm):
    count = 20 if LONG else 5
    server = Httpd(mpm=mpm, tls=True, config=CONFIG)
    server.allow('overwritten -- Unclean shutdown of previous Apache run')
    files = None
    for number in range(count):
        before = system_v()
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
        assert [maker for ident, maker in system_v().items()
                if ident not in before and maker in pids] == []
        now = {str(p.relative_to(server.root))
               for p in server.root.rglob('*')}
        assert files is None or now == files
        files = now
    server.start()
    wait_until(lambda: server.get('/alive.txt').status == 200, 5, 'alive')
    server.stop()
