"""Several httpd that are one chat: the same ServerName, rooms and Redis.

    with Redis() as redis, Hosts(redis, 3) as hosts:
        hosts[0].post('/chat/lobby', ...)
"""
import contextlib
import json
import os
import signal

from .config import ROOMS
from .httpd import Httpd
from .moderator import new, post
from .proc import is_alive, wait_until
from .swarm import Swarm
from .wsclient import WsFailure

SIZES = ('StartServers 2\nServerLimit 4\nThreadsPerChild 12\n'
         'MinSpareThreads 12\nMaxSpareThreads 48\nMaxRequestWorkers 48\n')
# What a host logs when its Redis is away, and when it is there again.
TROUBLE = r'CW12\d\d|CW0601'
# What httpd itself has to say of children that a test has killed.
KILLED = 'exit signal Killed|AH00(045|052|098|484)|AH03490|AH10(159|392)'


class Hosts:
    """`count` servers; `lines` are their ChatRedis lines, if they have
    different ones. Further options are Httpd's."""

    def __init__(self, redis, count=2, config=ROOMS, lines=None, **options):
        options.setdefault('sizes', SIZES)
        lines = lines or [redis.directive()] * count
        self.redis = redis
        self.servers = [Httpd(config=line + config, **options)
                        for line in lines]

    def start(self, ready=True):
        try:
            for server in self.servers:
                server.start()
            if ready:
                self.wait_ready()
        except BaseException:
            self.stop(check=False)
            raise
        return self

    def wait_ready(self, seconds=60, servers=None):
        """Until each has Redis' word of its rooms. What it has refused before
        is no news."""
        for server in servers or self.servers:
            wait_until(lambda: is_ready(server), seconds, 'the host is ready')
            bad = [x for x in server.bad_lines() if 'CW0601' not in x]
            assert not bad, '\n'.join(bad)

    def stop(self, check=True):
        failures = []
        for server in self.servers:
            try:
                server.stop(check)
            except AssertionError as failure:
                failures.append(str(failure))
        assert not failures, '\n'.join(failures)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        self.stop(check=kind is None)

    def __getitem__(self, number):
        return self.servers[number]

    def __iter__(self):
        return iter(self.servers)

    def __len__(self):
        return len(self.servers)

    def allow(self, pattern):
        for server in self.servers:
            server.allow(pattern)

    def kill_host(self, number, back=True):
        """kill -9 of all of a host's processes; `back`: it starts again, on
        another port."""
        self.servers[number].kill_tree()
        if back:
            self.servers[number].start()

    def kill_child(self, number, dice):
        """kill -9 of one of a host's children, if there is one just now."""
        children = self.servers[number].children()
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(dice.choice(children), signal.SIGKILL)

    def restart(self, *numbers, meanwhile=None):
        """A stop and a start, as an upgrade of httpd does it. Of several: all
        are stopped when meanwhile() is called."""
        servers = [self.servers[number] for number in numbers]
        for server in servers:
            own, server.own_root = server.own_root, False   # its folder stays
            server.stop()
            server.own_root = own
        if meanwhile:
            meanwhile()
        for server in servers:
            server.start()

    def alive(self):
        """The servers that run."""
        return [s for s in self.servers
                if s.process and is_alive(s.process.pid)]

    def figures(self, path='/status'):
        """What each tells of the relay, for a location with Chat status."""
        return [{name.removeprefix('relay_'): value for name, value in
                 s.get(f'{path}?format=json').json().items()
                 if name.startswith('relay_')} for s in self.servers]


class HostsSwarm(Swarm):
    """Each connection goes to one of the hosts, by chance."""

    def __init__(self, hosts, dice, tls=False):
        self.hosts, self.dice = hosts, dice
        super().__init__(None, tls)

    @property
    def address(self):
        return self.dice.choice(self.hosts.servers).address(self.tls)

    @address.setter
    def address(self, unused):
        """Swarm's own; here it is another one each time."""


def is_ready(server):
    """Whether its children, whichever takes a request, can ask Redis for what
    they do not know."""
    return all(server.get(new()).status == 200 for _ in range(8))


def say(server, room, text, headers, ref=None):
    """A message by POST; its id."""
    command = {'text': text} if ref is None else {'text': text, 'ref': ref}
    answer = post(server, room, headers, **command)
    assert answer.status in (200, 201), answer
    return answer.json()['id']


def page_of(server, path):
    """None: whether there is more is not known just now."""
    answer = server.get(path)
    if answer.status == 503:
        check_unavailable(answer)
        return None
    assert answer.status == 200, answer
    return answer.json()


def kept(server, room, after=None):
    """What a host tells of the room, all of it, as soon as it can tell."""
    events, cursor = [], after
    while True:
        path = room if cursor is None else f'{room}?after={cursor}'
        page = wait_until(lambda: page_of(server, path), 60, 'a page')
        assert page['gap'] is False
        events += page['events']
        cursor = page['cursor']
        if not page.get('more'):
            return events


def alike(hosts, room, count=None):
    """What all hosts tell of the room, once that is the same (and so many)."""
    def same():
        told = [kept(server, room) for server in hosts]
        return told[0] if all(t == told[0] for t in told) and \
            count in (None, len(told[0])) else None
    if count == 0:
        wait_until(lambda: same() == [], 60, 'nothing is left')
        return []
    return wait_until(same, 60, f'{count} events, the same on all hosts')


def messages(client, count):
    """The bytes of the next messages."""
    found = []
    while len(found) < count:
        raw = client.recv_raw_event()
        if json.loads(raw)['type'] == 'message':
            found.append(raw)
    return found


def check_unavailable(answer):
    assert answer.status == 503, answer
    assert answer.json()['code'] == 'unavailable'
    assert int(answer.header('retry-after')) >= 1


def enter(host, path, **options):
    """A WebSocket. Comes again while it is told to: what Redis has just lost
    is not known to be nothing."""
    def entered():
        try:
            return host.ws(path, **options)
        except WsFailure as failure:
            check_unavailable(failure.response)
            return None
    return wait_until(entered, 60, 'it may enter')
