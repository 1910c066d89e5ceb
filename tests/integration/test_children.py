"""Rooms across child processes: 10,000 messages in one order for everybody,
and a child that is killed in the middle."""
import time

import pytest

from harness import (Httpd, Swarm, at_most, deadline_after, in_soak, location,
                     wait_until)

SIZES = {
    'event': 'StartServers 4\nServerLimit 4\nThreadsPerChild 10\n'
             'MinSpareThreads 5\nMaxSpareThreads 40\n'
             'MaxRequestWorkers 40\n',
    'prefork': 'StartServers 4\nServerLimit 4\nMinSpareServers 4\n'
               'MaxSpareServers 8\nMaxRequestWorkers 4\n',
}
SIZES['worker'] = SIZES['event']
CONFIG = location('/chat', 'Chat rooms', 'ChatRate off',
                  'ChatHistory 3000 1h')
ROOMS = [f'/chat/room{n}' for n in range(4)]
WINDOW = 8
# Nobody has to wait for what a dead child held. The machine itself may stop
# all of them for more than a second.
HANGS = 20


def key_of(number):
    """The cookie of a client that comes back as the same guest."""
    return [('Cookie', f'chatws={number:032x}')]


class Talker:
    """One member that says `quota` numbered messages, at most WINDOW of them
    unacknowledged, and says again what was not acknowledged when it has to
    reconnect. `got` is what its connections delivered, `times` when."""

    def __init__(self, swarm, number, quota):
        self.swarm, self.number, self.quota = swarm, number, quota
        self.room = ROOMS[number % len(ROOMS)]
        self.said = 0
        self.pending = {}
        self.got, self.times = [], []
        self.last_id = None
        self.lives = 0
        self.connect()

    def connect(self):
        path = self.room
        if self.last_id:
            path += f'?after={self.last_id}'
        self.client = self.swarm.add(path, key_of(self.number + 1))
        self.read = 0
        self.greeted = False
        self.lives += 1

    def done(self):
        return self.said == self.quota and not self.pending

    def proceed(self):
        """Takes what came and says what may be said."""
        client = self.client
        for event in client.events()[self.read:] \
                if len(client.messages) > self.read else []:
            self._take(event)
        self.read = len(client.messages)
        if client.state == 'closed':
            self.connect()
        while self.greeted and client.state == 'open' and \
                self.said < self.quota and len(self.pending) < WINDOW:
            text = f'{self.number}:{self.said}'
            self.said += 1
            self.pending[text] = True
            client.say(text, ref=text)

    def _take(self, event):
        assert event['type'] not in ('error', 'gap'), event
        if event['type'] == 'hello':
            assert event['gap'] is False
            self.greeted = True
            for text in self.pending:
                self.client.say(text, ref=text)
        elif event['type'] == 'message':
            self.got.append((event['id'], event['text']))
            self.times.append(time.monotonic())
            self.last_id = event['id']
        elif event['type'] == 'ack':
            self.pending.pop(event['ref'], None)


def turn(swarm, talkers):
    swarm.turn(0.01)
    for talker in talkers:
        talker.proceed()


def drive(swarm, talkers, condition, seconds, what):
    deadline = deadline_after(seconds)
    while not condition():
        assert time.monotonic() < deadline, f'{what}: {swarm.summary()}'
        turn(swarm, talkers)


def run_all(swarm, talkers, seconds):
    """Until everything is said, acknowledged and delivered."""
    total = sum(t.quota for t in talkers) // len(ROOMS)
    drive(swarm, talkers, lambda: all(t.done() for t in talkers),
          seconds, 'everything is said')
    drive(swarm, talkers, lambda: all(len(t.got) >= total for t in talkers),
          20, 'everything is delivered')


def check_rooms(talkers):
    """In every room all got the same list, each message once, every sender's
    in its order."""
    for number, room in enumerate(ROOMS):
        members = [t for t in talkers if t.room == room]
        first = members[0].got
        texts = [text for _, text in first]
        expected = {f'{t.number}:{n}' for t in members
                    for n in range(t.quota)}
        assert len(texts) == len(expected) and set(texts) == expected
        for talker in members:
            assert talker.got == first, \
                f'{talker.number} saw another order in room {number}'
        ids = [tuple(map(int, i.split('-'))) for i, _ in first]
        assert all(a < b for a, b in zip(ids, ids[1:]))


def upgraded(server, talkers):
    """The children that have them, as soon as the log knows all."""
    wait_until(lambda: len(server.upgrades()) >= len(talkers), 10,
               'access log')
    return set(server.upgrades())


def open_over_children(server, swarm, quota):
    """40 members; and one more in each room, which only listens, as long as
    httpd has given them all to one child."""
    talkers = [Talker(swarm, n, quota) for n in range(40)]
    while True:
        drive(swarm, talkers, lambda: all(t.greeted for t in talkers), 20,
              'all are greeted')
        if len(upgraded(server, talkers)) >= 2:
            return talkers
        assert len(talkers) < 200, 'one child takes all connections'
        talkers += [Talker(swarm, len(talkers) + n, 0)
                    for n in range(len(ROOMS))]


def listen(server, swarm, talkers):
    """So many more in the first room, which only listen, that it is too large
    to come together in one child (hub_home.h), as the others do."""
    while True:
        talkers += [Talker(swarm, len(ROOMS) * (20 + n), 0)
                    for n in range(len(talkers), len(talkers) + 120)]
        drive(swarm, talkers, lambda: all(t.greeted for t in talkers), 20,
              'all are greeted')
        upgraded(server, talkers)
        if len(set(server.upgrades()[-50:])) >= 2:
            return      # these came when it was large
        assert len(talkers) < 500, 'one child takes all connections'


@pytest.mark.parametrize('mpm', ['event', in_soak('worker'), 'prefork'])
def test_ten_thousand_messages(mpm):
    with Httpd(mpm=mpm, sizes=SIZES[mpm], config=CONFIG) as server:
        wait_until(lambda: len(server.children()) == 4, 10, 'four children')
        with Swarm(server.address()) as swarm:
            talkers = open_over_children(server, swarm, 250)
            run_all(swarm, talkers, 60)
            assert all(t.lives == 1 for t in talkers), 'somebody was cut off'
            order_within_senders(talkers)
        check_rooms(talkers)


def order_within_senders(talkers):
    for talker in talkers:
        own = [text for _, text in talker.got
               if text.startswith(f'{talker.number}:')]
        assert own == [f'{talker.number}:{n}' for n in range(talker.quota)]


def longest_stall(talkers, begin, end):
    """The longest time that anybody heard nothing while people talked."""
    longest = 0.0
    for talker in talkers:
        times = [begin] + [t for t in talker.times if begin < t < end] + [end]
        longest = max([longest] + [b - a for a, b in zip(times, times[1:])])
    return longest


def victim_of(server):
    """The child that holds most connections."""
    return max(server.children(), key=server.fds)


@pytest.mark.children_die
@pytest.mark.parametrize('mpm', ['event', in_soak('worker'), 'prefork'])
def test_a_child_is_killed(mpm):
    with Httpd(mpm=mpm, sizes=SIZES[mpm], config=CONFIG) as server:
        server.allow(r'CW\d+: .*(child|died|dead|owner|repair)|AH10392: ')
        wait_until(lambda: len(server.children()) == 4, 10, 'four children')
        with Swarm(server.address()) as swarm:
            talkers = open_over_children(server, swarm, 100)
            if mpm != 'prefork':
                listen(server, swarm, talkers)
            third = sum(t.quota for t in talkers) // len(ROOMS) // 3
            drive(swarm, talkers,
                  lambda: all(len(t.got) >= third for t in talkers),
                  40, 'a third')
            begin = time.monotonic()
            server.kill_child(victim_of(server))
            run_all(swarm, talkers, 60)
            end = min(max(t.times) for t in talkers)
            victims = [t for t in talkers if t.lives > 1]
            others = [t for t in talkers if t.lives == 1]
            assert victims and others
            stall = longest_stall(others, begin, end)
            print(f'{mpm}: nothing came for {stall:.2f} s')
            assert stall < at_most(HANGS)
        check_rooms(talkers)
        wait_until(lambda: len(server.children()) == 4, 10, 'a new child')
        assert server.get('/alive.txt').status == 200


@pytest.mark.children_die
def test_children_killed_one_after_the_other():
    """Each child dies once while messages run; the rooms go on."""
    with Httpd(sizes=SIZES['event'], config=CONFIG) as server:
        server.allow(r'CW\d+: .*(child|died|dead|owner|repair)|AH10392: ')
        wait_until(lambda: len(server.children()) == 4, 10, 'four children')
        with Swarm(server.address()) as swarm:
            talkers = open_over_children(server, swarm, 250)
            for count, pid in enumerate(server.children(), 1):
                wanted = count * 400
                drive(swarm, talkers,
                      lambda n=wanted: all(len(t.got) >= n for t in talkers),
                      40, f'{wanted} messages')
                server.kill_child(pid)
            run_all(swarm, talkers, 60)
        check_rooms(talkers)
