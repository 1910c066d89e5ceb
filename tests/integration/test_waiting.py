"""Thousands of waiting long-polls and event streams on Debian's stock
configuration hold no worker and no connection slot of httpd, a message reaches
all of them, and their descriptors come back."""
import time

import pytest

from harness import (LONG, Httpd, Swarm, SwarmRequest, SwarmStream, at_most,
                     deadline_after, hold, location, wait_until)

STREAMS = POLLS = 2000 if LONG else 500          # TLS_SHARE of each over TLS
TLS_SHARE = 5
CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off',
                   'ChatPollWait 10m') +
          location('/chat-status', 'Chat status'))
ROOM = '/chat/lobby'


def quiet(server):
    """server-status shows nobody but the one who asks."""
    status = server.status()
    return int(status['BusyWorkers']) == 1 and \
        int(status.get('ConnsTotal', 0)) <= 1


def connections(server):
    return server.get('/chat-status?format=json').json()['connections']


def say(server, text):
    """The id of a message that the server has taken."""
    answer = server.post(ROOM, text, 'text/plain')
    assert answer.status == 201
    return answer.json()['id']


def fetch_quickly(server, tls=False):
    begun = time.monotonic()
    answer = server.get('/alive.txt', tls=tls)
    assert answer.status == 200 and answer.body == b'alive\n'
    assert time.monotonic() - begun < at_most(5)


def stream(swarm, count, at_once):
    """Opens event streams, not more than `at_once` at a time."""
    made = []
    for _ in range(count):
        made.append(swarm.add(ROOM + '?history=0', kind=SwarmStream))
        swarm.run(lambda: sum(c.status is None for c in made[-at_once:])
                  < at_once, 30, 'answers')
    swarm.run(lambda: all(c.state == 'open' for c in made), 30, 'streams')
    return made


class Crowd:
    """Everybody who waits in the room, plain and over TLS."""

    def __init__(self, server, plain, tls):
        self.server, self.swarms = server, (plain, tls)
        self.streams, self.polls = [], []

    def come(self, streams, polls, share, at_once):
        """1 / `share` of each kind over TLS."""
        path = f'{ROOM}?after={say(self.server, "before")}&wait=600'
        for swarm, tls in zip(self.swarms, (False, True)):
            self.streams += stream(swarm, part(streams, share, tls), at_once)
            self.polls += hold(swarm, [path] * part(polls, share, tls),
                               at_once=at_once)
        wait_until(lambda: connections(self.server) == streams + polls, 10,
                   'all are with the loops')

    def turn(self):
        for swarm in self.swarms:
            swarm.turn(0.01)

    def all_got(self):
        return all(c.answer for c in self.polls) and \
            all(c.count('message') for c in self.streams)

    def get(self, text):
        """A message is published, and reaches all."""
        identity = say(self.server, text)
        deadline = deadline_after(10)
        while not self.all_got():
            assert time.monotonic() < deadline, self.missing()
            self.turn()
        for client in self.streams:
            assert [e['text'] for e in client.events('message')] == [text]
        for client in self.polls:
            page = client.answer.json()
            assert [e['text'] for e in page['events']] == [text]
            assert page['cursor'] == identity and page['gap'] is False

    def missing(self):
        return [swarm.summary() for swarm in self.swarms]

    def keep(self):
        """Nobody was answered or cut meanwhile."""
        self.turn()
        assert all(c.state == 'open' for c in self.streams), self.missing()
        assert all(c.waiting() for c in self.polls), self.missing()


def part(count, share, tls):
    return count // share if tls else count - count // share


def descriptors(server):
    return {pid: server.fds(pid) for pid in server.children()}


def warm_up(server):
    """Opens everything that the children open once, in every child."""
    for tls in (False, True):
        with Swarm(server.address(tls), tls) as swarm:
            stream(swarm, 40, 10)
    wait_until(lambda: quiet(server) and connections(server) == 0, 10,
               'quiet after the first clients')


def wait_together(server, streams, polls, share, at_once):
    warm_up(server)
    before = descriptors(server)
    with Swarm(server.address()) as plain, \
            Swarm(server.address(True), True) as tls:
        crowd = Crowd(server, plain, tls)
        crowd.come(streams, polls, share, at_once)
        wait_until(lambda: quiet(server), 10, 'no busy workers')
        now = descriptors(server)
        assert set(before) <= set(now)
        assert connections(server) == streams + polls
        for secure in (False, True):
            fetch_quickly(server, secure)
        crowd.keep()
        crowd.get('to everybody')
        wait_until(lambda: connections(server) == streams, 10,
                   'answered polls are gone')
        wait_until(lambda: quiet(server), 10, 'no busy workers')
    returned(server, before)


def returned(server, before):
    """Every descriptor came back, in every child that was there."""
    def same():
        now = descriptors(server)
        return all(now.get(pid, 0) <= count for pid, count in before.items())
    wait_until(same, 10, f'descriptors as before: {before}')


@pytest.mark.alone
def test_stock_debian():
    with Httpd(debian=True, tls=True, config=CONFIG) as server:
        wait_together(server, STREAMS, POLLS, TLS_SHARE, 15)


@pytest.mark.parametrize('mpm', ['worker', 'prefork'])
def test_other_mpms(mpm):
    """More of each than the MPM has workers."""
    with Httpd(mpm=mpm, tls=True, config=CONFIG) as server:
        wait_together(server, 300, 300, TLS_SHARE, 4)
