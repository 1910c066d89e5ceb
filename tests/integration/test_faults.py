"""A child is killed inside a lock of the segment, at every step of storing a
message, entering and leaving: the others go on within a second, nothing is
lost or repeated, and the dead child's members leave.

The module is the one with fault points that `make check` builds. The normal
run takes every fourth place, CHATWS_LONG=1 all."""
import json
import os
import random
import re
import signal
import time
from pathlib import Path

import pytest

from harness import (LONG, MODULE, PATIENCE, SOURCE, TEXT, Crowd, Httpd, Swarm,
                     Talk, check_account, deadline_after, key_of, location,
                     paths, say, wait_until)
from harness.address import PROXY, by

FAULTS = MODULE.with_name('mod_chatws_faults.so')
SIZES = ('StartServers 4\nServerLimit 8\nThreadsPerChild 10\n'
         'MinSpareThreads 20\nMaxSpareThreads 80\nMaxRequestWorkers 80\n')
CONFIG = 'ChatMaxRooms 100\n' + \
    location('/chat', 'Chat rooms', 'ChatRate off', 'ChatHistory 20000 1h') + \
    location('/visit', 'Chat rooms', 'ChatRate off', 'ChatHistory 10 1h',
             'ChatAddressRate off', 'ChatAddressRooms off')
MEMBERS, RATE = 12, 40
ROOM = '/visit/room'
# Steps of reading a room in from the archive.
READ_IN = set(range(160, 167))
# Steps of a room that several hosts share: test_room_relay_fault and
# test_room_kept.
SHARED = set(range(170, 179))
# Steps of repair, of eviction, of reaping the dead, and of moderators: not on
# the way of one who says something, takes it back, enters or leaves.
ELSEWHERE = READ_IN | SHARED | {40, 41, 42, 60, 61, 100, 101, 102, 103, 120,
                                121, 122, 130, 135, 140, 141, 142, 143, 144,
                                145}


def places():
    """The numbers of all places in the sources."""
    found = set()
    for path in (SOURCE / 'modules' / 'room').rglob('*.c'):
        found |= {int(n) for n in
                  re.findall(r'ROOM_FAULT\((\d+)\)', path.read_text())}
    wanted = sorted(found - ELSEWHERE)
    assert wanted, 'no place was found'
    return wanted if LONG else wanted[::4]


class Trap:
    """Kills whichever child first comes to a place."""

    def __init__(self, server, swarm, talk):
        self.server, self.swarm, self.talk = server, swarm, talk
        self.crowd = talk.crowd
        self.visitors = []
        self.number = 1000
        self.next_visit = 0.0

    def visit(self, now):
        """A guest with a long name comes from a new address to the room, twice,
        and to a new one; those of before go."""
        if now < self.next_visit:
            return
        self.next_visit = now + 0.02
        self.number += 1
        name = {'type': 'name', 'name': '\u540d' * 26 + str(self.number)}
        for room in (ROOM, ROOM, f'/visit/{self.number}'):
            client = self.swarm.add(room + '?history=0', by(
                f'2001:db8:0:{self.number:x}::1', *key_of(self.number)))
            self.visitors.append(client)
        first = self.visitors[-3]
        first.send(TEXT, json.dumps(name))
        first.say('x' * 1500, 'v')
        for client in self.visitors[::3]:
            self.take_back(client)
        while len(self.visitors) > 9:
            self.leave()

    def take_back(self, client):
        """Edits and deletes what it has said, once."""
        if client.count('ack') == 1 and client.state == 'open':
            said = client.events('ack')[0]['id']
            client.say({'type': 'edit', 'id': said, 'text': 'y'}, 'e')
            client.say({'type': 'delete', 'id': said}, 'd')

    def leave(self):
        client = self.visitors.pop(0)
        client.drop()
        self.swarm.clients.remove(client)

    def turn(self):
        now = self.crowd.turn()
        self.talk.proceed(now)
        return now

    def spring(self, place):
        """Returns when a child died there."""
        path = self.server.root / 'faults' / 'place'
        fresh = path.with_name('fresh')
        fresh.write_text(str(place))
        fresh.chmod(0o644)
        fresh.rename(path)
        deadline = deadline_after(15)
        while path.exists():
            now = self.turn()
            assert now < deadline, f'{place} was not reached'
            self.visit(now)

    def expect_life(self):
        """Who is connected to another child hears something new."""
        begun = time.monotonic()
        lost = {m: m.lost for m in self.crowd.members}

        def heard():
            self.turn()
            return all(m.lost > lost[m] or not m.greeted
                       or (m.heard and m.heard[-1] > begun + 0.05)
                       for m in self.crowd.members)
        self.crowd.run(heard, 10, 'the others go on')


@pytest.mark.children_die
def test_killed_at_every_step(monkeypatch):
    assert FAULTS.is_file(), 'make mod_chatws_faults.la'
    monkeypatch.setattr(paths, 'MODULE', FAULTS)
    server = Httpd(sizes=SIZES, config=PROXY + CONFIG, modules=('remoteip',))
    folder = server.root / 'faults'
    folder.mkdir()
    folder.chmod(0o777)
    server.env['CHATWS_FAULT'] = str(folder / 'place')
    # CW0302: visitors make fifty rooms a second; a child that has no processor
    # for two seconds does not know yet that a hundred were left.
    server.allow('exit signal Killed|AH10392: |CW0302: ')
    with server, Swarm(server.address()) as swarm:
        crowd = Crowd(swarm, MEMBERS, '/chat/talk', random.Random(2))
        crowd.greet()
        trap = Trap(server, swarm, Talk(crowd, RATE, 1 << 30))
        for place in places():
            trap.spring(place)
            trap.expect_life()
        trap.talk.total = trap.talk.said
        while trap.visitors:
            trap.leave()
        crowd.settle(20)
        spoken = crowd.spoken()
        for member in crowd.members:
            check_account(member.account, spoken)
        died = deadline_after(30)
        while visitors(server):
            assert time.monotonic() < died, visitors(server)
            crowd.turn()
        server.wait_log('CW0303: child', count=len(places()))
        assert not [x for x in server.log_lines() if 'CW0301' in x]


@pytest.mark.children_die
@pytest.mark.parametrize('place', sorted(READ_IN))
def test_killed_where_a_room_is_read_in(monkeypatch, tmp_path, place):
    """Whoever asks next reads it in, and nothing is missing or twice."""
    assert FAULTS.is_file(), 'make mod_chatws_faults.la'
    monkeypatch.setattr(paths, 'MODULE', FAULTS)
    server = Httpd(tmp_path, sizes=SIZES, modules=('remoteip',),
                   config=f'{PROXY}ChatArchive sqlite3 data/chat.db\n{CONFIG}')
    folder = server.root / 'faults'
    folder.mkdir()
    folder.chmod(0o777)
    server.env['CHATWS_FAULT'] = str(folder / 'place')
    server.allow('exit signal Killed|CW0601: .* with 503')
    with server:
        said = say(server, ROOM, 'one', 'two', 'three')
        server.stop()
        server.start()
        fresh = folder / 'fresh'
        fresh.write_text(str(place))
        fresh.chmod(0o644)
        fresh.rename(folder / 'place')
        with pytest.raises((AssertionError, OSError)):
            server.get(ROOM)
        assert not (folder / 'place').exists()
        wait_until(lambda: server.get(ROOM).status == 200, 20, 'the room')
        page = server.get(ROOM).json()
        assert [e['id'] for e in page['events']] == said
        said += say(server, ROOM, 'four')
        assert [e['id'] for e in server.get(ROOM).json()['events']] == said


def stopped(server):
    """The children that were stopped."""
    return [pid for pid in server.children()
            if Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2]
            .split()[0] == 'T']


@pytest.mark.children_die
@pytest.mark.parametrize('place', [96, 74])
def test_x12_hung_child(monkeypatch, place):
    """SECURITY X12. A child is stopped while it holds a room's lock (74), or
    that and the members' (96): requests that need it are told so at once, the others are
    served, and when it goes on nobody is left behind."""
    monkeypatch.setattr(paths, 'MODULE', FAULTS)
    server = Httpd(sizes=SIZES, config=CONFIG)
    folder = server.root / 'faults'
    folder.mkdir()
    folder.chmod(0o777)
    server.env['CHATWS_FAULT'] = str(folder / 'place')
    server.allow('CW0305: |CW0601: .* with 503|CW0501: ')
    with server:
        members = [server.ws(ROOM, headers=key_of(n)) for n in range(2, 14)]
        for client in members:
            client.recv_event('hello')
        assert server.post(ROOM, 'before', 'text/plain').status == 201
        fresh = folder / 'fresh'
        fresh.write_text(f'{place} stop')
        fresh.chmod(0o644)
        fresh.rename(folder / 'place')
        with server.raw() as hanging:
            line = f'GET {ROOM}?after=0-0&wait=1 HTTP/1.1' if place == 96 \
                else (f'POST {ROOM} HTTP/1.1\r\nContent-Type: text/plain\r\n'
                      'Content-Length: 1')
            hanging.send(f'{line}\r\nHost: {server.host()}\r\n'
                         f'Cookie: chatws={1:032x}\r\n\r\nx'.encode())
            wait_until(lambda: stopped(server), 10, 'a child is stopped')
            pid = stopped(server)[0]
            try:
                expect_unavailable(server, place)
                for client in members:
                    client.disconnect()
            finally:
                os.kill(pid, signal.SIGCONT)
            wait_until(lambda: server.post(ROOM, 'after', 'text/plain').status
                       == 201, 10, 'it goes on')
        wait_until(lambda: visitors(server) == 0, 25, 'all have left')
        texts = [e['text'] for e in server.get(ROOM).json()['events']]
        assert texts == ['before', *(['x'] if place == 74 else []), 'after']


PREFORK = ('StartServers 4\nMinSpareServers 4\nMaxSpareServers 8\n'
           'MaxRequestWorkers 16\n')


@pytest.mark.children_die
def test_prefork_ends_no_child_inside_a_lock(monkeypatch):
    """Its handler of SIGTERM ends a child in the middle of anything. One that
    stores a message does that, answers, and ends then."""
    monkeypatch.setattr(paths, 'MODULE', FAULTS)
    server = Httpd(mpm='prefork', sizes=PREFORK, config=CONFIG)
    folder = server.root / 'faults'
    folder.mkdir()
    folder.chmod(0o777)
    server.env['CHATWS_FAULT'] = str(folder / 'place')
    with server:
        members = [server.ws(ROOM, headers=key_of(n)) for n in range(2, 14)]
        for client in members:
            client.recv_event('hello')
        fresh = folder / 'fresh'
        fresh.write_text('74 stop')
        fresh.chmod(0o644)
        fresh.rename(folder / 'place')
        with server.raw() as asking:
            asking.send((f'POST {ROOM} HTTP/1.1\r\nContent-Type: text/plain\r\n'
                         f'Content-Length: 1\r\nHost: {server.host()}\r\n'
                         f'Cookie: chatws={1:032x}\r\n\r\nx').encode())
            wait_until(lambda: stopped(server), 10, 'a child is stopped')
            pid = stopped(server)[0]
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGCONT)
            assert asking.read_response('POST').status == 201
        wait_until(lambda: pid not in server.children(), 10, 'it has ended')
        assert server.post(ROOM, 'after', 'text/plain').status == 201
        texts = [e['text'] for e in server.get(ROOM).json()['events']]
        assert texts == ['x', 'after']
        for client in members:
            client.disconnect()


def test_x12_hung_child_without_a_lock():
    """A child is stopped at any other place: the others do not notice, and when
    it goes on its members have missed nothing."""
    said = [str(number) for number in range(20)]
    with Httpd(sizes=SIZES, config=CONFIG) as server, \
            Swarm(server.address()) as swarm:
        clients = [swarm.add(ROOM, key_of(n)) for n in range(2, 26)]
        swarm.run(lambda: all(c.count('hello') for c in clients), 10, 'in')
        pid = max(server.children(), key=server.fds)
        os.kill(pid, signal.SIGSTOP)
        try:
            # One child may have accepted all so far: these are elsewhere.
            others = [swarm.add(ROOM, key_of(n)) for n in range(30, 36)]
            swarm.run(lambda: all(c.count('hello') for c in others), 10,
                      'in, too')
            for text in said:
                assert server.post(ROOM, text, 'text/plain').status == 201
            swarm.run(lambda: all(c.count('message') == len(said)
                                  for c in others), 10, 'the others')
            assert 0 in {c.count('message') for c in clients}
        finally:
            os.kill(pid, signal.SIGCONT)
        clients += others
        swarm.run(lambda: all(c.count('message') == len(said)
                              for c in clients), 10, 'those, too')
        assert all([e['text'] for e in c.events('message')] == said
                   for c in clients)
        swarm.drop_all()
        wait_until(lambda: visitors(server) == 0, 25, 'all have left')


def expect_unavailable(server, place):
    """Whoever needs the lock is told so, the first one after two seconds."""
    answer = server.post(ROOM, 'meanwhile', 'text/plain')
    assert answer.status == 503 and answer.header('retry-after') == '2'
    assert answer.json()['code'] == 'unavailable'
    begun = time.monotonic()
    for _ in range(5):
        answer = server.get(f'{ROOM}?members')
        assert answer.status == 503 and answer.header('retry-after')
        assert answer.json()['code'] == 'unavailable'
        client = server.ws(ROOM, headers=key_of(99))
        assert client.recv_event()['code'] == 'unavailable'
        client.expect_close(1013)
        client.disconnect()
    assert server.get(ROOM).status == 503
    assert server.get('/visit/other').status == 200
    if place == 74:
        assert server.post('/visit/other', 'x', 'text/plain').status == 201
    assert time.monotonic() - begun < PATIENCE


def visitors(server):
    """How many are in the room beside the asker."""
    client = server.ws(ROOM + '?history=0', headers=key_of(1))
    count = client.recv_event('hello')['members']['count']
    client.disconnect()
    return count - 1
