"""Redis is away, in each of the ways in which it can be: reading goes on, who
sends is told `unavailable` and when to try again, and when Redis is back the
chat goes on by itself, with nothing lost, repeated or stored twice."""
import contextlib
import itertools
import time

import pytest
from redis.exceptions import ConnectionError, ResponseError

from harness import location, order, wait_until
from harness.badlink import BadLink
from harness.hosts import TROUBLE, Hosts, check_unavailable, enter
from harness.moderator import guest, new, post
from harness.redis import Redis

CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off', 'ChatHistory 5000') +
          location('/few', 'Chat rooms', 'ChatRate off', 'ChatHistory 10') +
          location('/status', 'Chat status'))
REFUSED = 20    # most seconds until who sends is told; promised are 5
BACK = 30       # most seconds until it flows again; usual is less than one


class Site:
    """Two hosts, each with a way of its own to one Redis."""

    def __init__(self, redis, links):
        self.redis, self.links = redis, links
        self.hosts = Hosts(redis, config=CONFIG, lines=[
            redis.directive(port=link.port) for link in links])

    def all_links(self, **states):
        for link in self.links:
            for name, value in states.items():
                setattr(link, name, value)


@pytest.fixture(scope='module')
def site():
    with Redis() as redis, contextlib.ExitStack() as stack:
        links = [stack.enter_context(BadLink(redis.port)) for _ in range(2)]
        made = Site(redis, links)
        made.hosts.allow(TROUBLE)
        with made.hosts:
            yield made


class Room:
    """A room with a reader and a sender on each host, and what was acked."""

    def __init__(self, site):
        self.site, self.path = site, new()
        self.headers = [guest() for _ in site.hosts]
        self.readers = [enter(host, self.path) for host in site.hosts]
        self.senders = [enter(host, self.path, headers=headers)
                        for host, headers in zip(site.hosts, self.headers)]
        for client in self.readers + self.senders:
            client.recv_event('hello')
        self.acked, self.count = {}, itertools.count()
        self.say()
        # An ack says that one host has it; the others may lose Redis first.
        last = max(self.acked.values(), key=order)
        for host in site.hosts:
            wait_until(lambda: self._page(host, last), BACK, 'all of it')

    def say(self):
        """One message on each host, acked within BACK seconds; how long
        the slower one took."""
        begun = time.monotonic()
        for number in range(len(self.senders)):
            self.deliver(number, f'r-{next(self.count)}')
        return time.monotonic() - begun

    def deliver(self, number, ref):
        """Says it until it is stored, as a client does."""
        def stored():
            answer = post(self.site.hosts[number], self.path,
                          self.headers[number], text=ref, ref=ref)
            if answer.status == 503:
                check_unavailable(answer)
                return None
            assert answer.status in (200, 201), answer
            return answer.json()['id']
        identity = wait_until(stored, BACK, f'{ref} is stored')
        assert self.acked.setdefault(ref, identity) == identity

    def refuse(self):
        """Everybody who sends is told, and who reads can read."""
        refs = [f'r-{next(self.count)}' for _ in self.senders]
        for sender, ref in zip(self.senders, refs):
            sender.say(ref, ref)
        for number, host in enumerate(self.site.hosts):
            answer = post(host, self.path, self.headers[number], text='post',
                          ref=refs[number] + '-post')
            check_unavailable(answer)
            event = self.senders[number].recv_event('error', REFUSED)
            assert event['code'] == 'unavailable', event
            assert event['ref'] == refs[number] and event['retry'] > 0
            self.check_reading(host)
        for number, ref in enumerate(refs):
            yield number, ref

    def check_reading(self, host):
        known = sorted(self.acked.values(), key=order)
        page = host.get(self.path).json()
        assert [e['id'] for e in page['events']][:len(known)] == known
        with host.ws(f'{self.path}?after={known[0]}') as late:
            hello = late.recv_event('hello')
            assert hello['resumed'] is True and hello['gap'] is False
            assert late.recv_event('message')['id'] == known[1]

    def check(self):
        """All were told all of it, once, in one order; so will be who comes
        now. Refs that were refused may have been stored all the same (A32),
        but once, and told to all."""
        last = max(self.acked.values(), key=order)
        told = []
        for client in self.readers:
            events = [e for e in client.events if e['type'] == 'message']
            while not events or order(events[-1]['id']) < order(last):
                events.append(client.recv_event('message', BACK))
            assert not [e for e in client.events if e['type'] == 'gap']
            client.events = events
            told.append(events)
        pages = [wait_until(lambda: self._page(host, last), BACK, 'all of it')
                 for host in self.site.hosts]
        for events in told + pages:
            assert events == told[0]
        ids = [e['id'] for e in told[0]]
        assert ids == sorted(set(ids), key=order)
        found = {e['ref']: e['id'] for e in told[0]}
        assert len(found) == len(ids), 'a ref is there twice'
        assert {r: found.get(r) for r in self.acked} == self.acked
        stream, = [v for k, v in self.site.redis.streams().items()
                   if self.path in k]
        assert stream == ids

    def _page(self, host, last):
        page = host.get(self.path).json()
        assert page['gap'] is False
        events = page['events']
        there = events and order(events[-1]['id']) >= order(last)
        return events if there else None

    def close(self):
        for client in self.readers + self.senders:
            client.disconnect()


@contextlib.contextmanager
def trouble(site, away, back, empty=False):
    """A room on which Redis goes away and comes back."""
    room = Room(site)
    away()
    try:
        refused = list(room.refuse())
    finally:
        back()
    yield room
    for number, ref in refused:
        room.deliver(number, ref)
    seconds = room.say()
    print(f'flows again after {seconds:.2f} s')
    room.check()
    room.close()


def killed(site):
    return site.redis.kill, site.redis.start


def frozen(site):
    return site.redis.freeze, site.redis.thaw


def unreachable(site):
    def away():
        site.all_links(refused=True)
        for link in site.links:
            link.drop()
    return away, lambda: site.all_links(refused=False)


def stalled(site):
    return (lambda: site.all_links(stalled=True),
            lambda: site.all_links(stalled=False))


def paused(site):
    return lambda: site.redis.pause(10), lambda: None


def full(site):
    def away():
        site.redis.ask('CONFIG', 'SET', 'maxmemory', '1mb')
    return away, lambda: site.redis.ask('CONFIG', 'SET', 'maxmemory', '0')


def is_busy(redis):
    try:
        redis.ask('PING')
    except ResponseError as refused:
        assert str(refused).startswith('BUSY'), refused
        return True
    return False


def busy(site):
    """Somebody else's script does not end."""
    client = site.redis.client()

    def away():
        site.redis.ask('CONFIG', 'SET', 'busy-reply-threshold', '100')
        connection = client.connection_pool.get_connection('EVAL')
        connection.send_command('EVAL', 'while true do end', 0)
        wait_until(lambda: is_busy(site.redis), 20, 'it runs')
    return away, lambda: site.redis.ask('SCRIPT', 'KILL')


def read_only(site):
    """It has become a replica of one that is not there."""
    def away():
        site.redis.ask('REPLICAOF', '127.0.0.1', '1')
    return away, lambda: site.redis.ask('REPLICAOF', 'NO', 'ONE')


def password(site):
    """It demands one that the hosts do not have."""
    def away():
        site.redis.rotate('another')

    def back():
        site.redis.ask('CONFIG', 'SET', 'requirepass', '')
        site.redis.password = None
    return away, back


@pytest.mark.parametrize('way', [killed, frozen, unreachable, stalled, paused,
                                 full, busy, read_only, password])
def test_it_goes_away_and_comes_back(site, way):
    with trouble(site, *way(site)):
        pass


def test_it_comes_back_empty(site):
    """The hosts have what it has lost, and give it back."""
    with trouble(site, site.redis.kill,
                 lambda: site.redis.restart(empty=True)):
        pass


def has_loaded(redis):
    with contextlib.suppress(ConnectionError):      # it may not listen yet
        return not redis.ask('INFO', 'persistence')['loading']
    return False


def test_it_comes_back_and_loads_for_a_while(site):
    redis = site.redis
    with redis.client() as client:
        pipe = client.pipeline()
        for number in range(3000):
            pipe.set(f'else:{number}', 'x' * 100)
        pipe.execute()
        client.bgrewriteaof()
        wait_until(lambda: not client.info('persistence')[
            'aof_rewrite_in_progress'], 20, 'the file is written')
    redis.config.update({'key-load-delay': 1000,
                         'loading-process-events-interval-bytes': 1024})
    room = Room(site)
    redis.restart(wait=False)
    refused = list(room.refuse())
    wait_until(lambda: has_loaded(redis), 30, 'it has loaded')
    for number, ref in refused:
        room.deliver(number, ref)
    room.say()
    room.check()
    room.close()
    redis.config.pop('key-load-delay')
    redis.ask('CONFIG', 'SET', 'key-load-delay', '0')


@pytest.mark.parametrize('words', [
    ('FLUSHALL',), ('SCRIPT', 'FLUSH'), ('CLIENT', 'KILL', 'TYPE', 'pubsub'),
    ('CLIENT', 'KILL', 'TYPE', 'normal'), ('DEBUG', 'RELOAD')])
def test_it_forgets_something_while_it_runs(site, words):
    """Nobody is refused for long, and nothing is missing afterwards."""
    if words[0] == 'DEBUG':
        site.redis.config['enable-debug-command'] = 'yes'
        site.redis.restart()
        site.hosts.wait_ready(BACK)
    room = Room(site)
    for _ in range(3):
        with site.redis.client() as client:
            client.execute_command(*words)
        room.say()
    room.check()
    room.close()


def test_one_rooms_stream_is_lost(site):
    """Somebody deletes keys by hand."""
    room = Room(site)
    with site.redis.client() as client:
        for name in client.scan_iter('*', 1000):
            if room.path in name:
                client.delete(name)
    room.say()
    room.check()
    room.close()


@pytest.mark.children_die
def test_more_is_lost_than_the_hosts_have(site):
    """It comes back as it was long ago, and no host keeps so much: what is
    missing is told as a gap, by each host, and never passed over."""
    room, headers, redis = new('/few'), guest(), site.redis
    hosts = site.hosts

    def said(host, text):
        # A child of it may not have found Redis again, though others have.
        answer = post(host, room, headers, text=text, ref=text)
        return answer.status in (200, 201) and answer.json()['id']

    def say(count, word):
        return [wait_until(lambda n=n: said(hosts[n % 2], f'{word} {n}'), BACK,
                           'it is said') for n in range(count)]
    old = say(5, 'old')
    redis.snapshot()
    wait_until(lambda: post(hosts[0], room, headers, text='x').status == 201,
               BACK, 'back')
    new_ids = say(30, 'new')
    redis.put_back()
    wait_until(lambda: post(hosts[1], room, headers, text='x').status == 201,
               BACK, 'back again')
    hosts.restart(0)
    hosts.wait_ready(BACK)
    for host in hosts:
        page = host.get(f'{room}?after={old[-1]}').json()
        assert page['gap'] is True
        assert [e['id'] for e in page['events']][-6:-1] == new_ids[-5:]
        page = host.get(f'{room}?after={new_ids[-3]}').json()
        assert page['gap'] is False
        assert [e['id'] for e in page['events']][:2] == new_ids[-2:]


def test_answers_are_cut_in_the_middle(site):
    """Each time somewhere else, so that nobody knows whether it is stored;
    and nothing is stored twice."""
    room = Room(site)
    for cut in (1, 2, 5, 9, 14, 20, 33, 60, 150, 400):
        site.all_links(cut=cut)
        room.say()
    room.check()
    room.close()


def test_connections_are_cut_while_many_speak(site):
    room = Room(site)
    for number in range(100):
        sender = room.senders[number % 2]
        sender.say(f'm-{number}', f'm-{number}')
        if number % 10 == 5:
            site.links[number // 10 % 2].drop()
    for number, sender in enumerate(room.senders):
        waiting = {f'm-{n}' for n in range(number, 100, 2)}
        while waiting:
            event = sender.recv_event(timeout=BACK)
            if event['type'] not in ('ack', 'error'):
                continue
            waiting.remove(event['ref'])
            if event['type'] == 'ack':
                room.acked[event['ref']] = event['id']
            else:
                assert event['code'] == 'unavailable'
                room.deliver(number, event['ref'])
    room.say()
    room.check()
    room.close()


def test_no_descriptor_is_left_behind(site):
    room = Room(site)
    hosts = site.hosts
    before = [host.fds() for host in hosts]
    for number in range(30):
        for link in site.links:
            link.drop()
        room.say()
    for host, count in zip(hosts, before):
        wait_until(lambda: host.fds() <= count + 1, 10,
                   f'as many descriptors as before: {count}')
    room.check()
    room.close()


def test_slow_is_not_away(site):
    site.links[0].delay, site.links[1].delay = 0.02, 0.3
    room = Room(site)
    for _ in range(3):
        room.say()
    room.check()
    check_hops(site, room)
    room.close()
    site.all_links(delay=0.0)


def check_hops(site, room):
    """The other host has not got that far yet when the client comes."""
    for _ in range(5):
        room.deliver(0, f'r-{next(room.count)}')
        path = f'{room.path}?after={max(room.acked.values(), key=order)}'
        page = site.hosts[1].get(path).json()
        assert page['gap'] is False and page['events'] == [], (path, page)
        room.deliver(0, f'r-{next(room.count)}')
        path = f'{room.path}?after={max(room.acked.values(), key=order)}'
        with site.hosts[1].ws(path) as client:
            assert client.recv_event('hello')['resumed'] is True


def test_the_log_says_it_once(site):
    """Not for each message, nor for each attempt to connect."""
    def lines():
        return [sum('CW12' in line and ':info]' not in line
                    for line in host.log_lines()) for host in site.hosts]
    before = lines()
    with trouble(site, *killed(site)) as room:
        pass
    for count, old, host in zip(lines(), before, site.hosts):
        assert count - old <= 4 * len(host.children()), host.log_lines()[-30:]
