"""The same room over all transports: one set of ids, bytes and cursors, and a
client may change from any to any at every message."""
import itertools
import random
import threading
import time

import pytest

from harness import (Httpd, in_soak, key_of, location, new_room, order, say,
                     wait_until)

KINDS = ('websocket', 'sse', 'longpoll', 'poll')
CHILDREN = ('StartServers 4\nServerLimit 4\nThreadsPerChild 10\n'
            'MinSpareThreads 5\nMaxSpareThreads 40\nMaxRequestWorkers 40\n')
SIZES = {'event': CHILDREN, 'worker': CHILDREN,
         'prefork': 'StartServers 4\nServerLimit 20\nMinSpareServers 4\n'
                    'MaxSpareServers 20\nMaxRequestWorkers 20\n'}
CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off', 'ChatHistory 500') +
          location('/small', 'Chat rooms', 'ChatRate off', 'ChatHistory 5') +
          location('/brief', 'Chat rooms', 'ChatRate off', 'ChatPollWait 1s'))


@pytest.fixture(scope='module', params=['event', in_soak('worker'), 'prefork'])
def server(request):
    with Httpd(mpm=request.param, tls=True, sizes=SIZES[request.param],
               config=CONFIG) as running:
        yield running


class Reader:
    """One guest that reads a room, each time over whatever it is told.
    `got` are the ids of the messages, in order, `cursor` is where to go on."""

    def __init__(self, server, room, number, tls=False, cursor=None):
        self.server, self.room, self.tls = server, room, tls
        self.headers = key_of(number)
        self.cursor = cursor
        self.got, self.gaps = [], 0

    def take(self, kind, count=1):
        """At least so many further messages."""
        wanted = len(self.got) + count
        if kind in ('websocket', 'sse'):
            self._stream(kind, wanted)
        else:
            wait = 25 if kind == 'longpoll' and count else 0
            with self.server.poller(self.room, cursor=self.cursor,
                                    headers=self.headers, tls=self.tls,
                                    wait=wait) as poller:
                wait_until(lambda: self._polled(poller) >= wanted, 10, kind)

    def _polled(self, poller):
        events = poller.poll()
        self.got += [e['id'] for e in events]
        self.gaps += poller.gaps
        poller.gaps, self.cursor = 0, poller.cursor
        return len(self.got)

    def _stream(self, kind, wanted):
        query = '' if self.cursor is None else f'?after={self.cursor}'
        headers = list(self.headers)
        if kind == 'sse' and query and len(self.got) % 2:
            query, headers = '', headers + [('Last-Event-ID', self.cursor)]
        begin = self.server.ws if kind == 'websocket' else self.server.sse
        with begin(self.room + query, tls=self.tls, headers=headers) as client:
            hello = client.recv_event()
            assert hello['type'] == 'hello'
            assert hello['resumed'] is (self.cursor is not None
                                        and not hello['gap'])
            self.gaps += hello['gap']
            self.cursor = hello['cursor']
            while len(self.got) < wanted:
                self.cursor = client.recv_event('message')['id']
                self.got.append(self.cursor)


@pytest.mark.parametrize('pair', itertools.product(KINDS, KINDS),
                         ids=' to '.join)
def test_from_each_to_each(server, pair):
    """The cursor of one goes on exactly with the next, also where nothing new
    has come."""
    room = new_room()
    ids = say(server, room, *'abc')
    reader = Reader(server, room, 1)
    for kind in pair * 2:
        reader.take(kind, 0)
        ids += say(server, room, 'x', 'y')
        reader.take(kind, 1)
    reader.take(pair[0], len(ids) - len(reader.got))
    assert reader.got == ids and reader.gaps == 0


@pytest.mark.parametrize('tls', [False, True])
def test_changes_at_any_message(server, tls):
    """Six readers change at random while others talk; each got everything
    once and in order."""
    room, count = new_room(), 120
    seed = random.randrange(1 << 32)
    print(f'seed {seed}')
    ids, failures = say(server, room, 'first'), []

    def talk():
        for number in range(count - 1):
            ids.extend(say(server, room, f'{number}'))

    def read(number):
        dice = random.Random(seed + number)
        reader = Reader(server, room, number, tls)
        try:
            while len(reader.got) < count:
                reader.take(dice.choice(KINDS), min(
                    dice.randrange(4), count - len(reader.got)))
            results.append(reader)
        except Exception as failure:
            failures.append(failure)
            raise
    results = []
    threads = [threading.Thread(target=read, args=(n,)) for n in range(1, 7)]
    threads.append(threading.Thread(target=talk))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures and len(results) == 6
    assert all(reader.got == ids for reader in results)
    assert all(reader.gaps == 0 for reader in results)


@pytest.mark.parametrize('kind', KINDS)
def test_a_gap_is_told(server, kind):
    """Before the first kept one, and after the newest."""
    room = new_room('/small')
    ids = say(server, room, *'abcdefgh')
    for cursor in (ids[0], '99999999999999-0'):
        reader = Reader(server, room, 1, cursor=cursor)
        reader.take(kind, 5)
        assert reader.gaps == 1 and reader.got == ids[3:]
    for at in (3, 5, 7):
        reader = Reader(server, room, 1, cursor=ids[at])
        reader.take(kind, 7 - at)
        assert reader.gaps == 0 and reader.got == ids[at + 1:]


@pytest.mark.parametrize('kind', KINDS)
def test_between_two_ids(server, kind):
    """Such a cursor is exact."""
    room = new_room()
    ids = say(server, room, 'a')
    wait_until(lambda: time.time() * 1e3 > order(ids[0])[0] + 10, 5, 'later')
    ids += say(server, room, 'b')
    cursor = f'{order(ids[0])[0]}-{order(ids[0])[1] + 5}'
    reader = Reader(server, room, 1, cursor=cursor)
    reader.take(kind)
    assert reader.got == ids[1:] and reader.gaps == 0


@pytest.mark.parametrize('text', ['hi', 'ü <&> "\\ \n\t \u2028 \U0001f600',
                                  'data: {}\n\nid: 1'])
def test_the_bytes_are_the_same(server, text):
    room = new_room()
    first, = say(server, room, 'first')
    with server.ws(f'{room}?after={first}') as socket, \
            server.sse(f'{room}?after={first}') as stream, \
            server.poller(room, cursor=first) as poller:
        socket.recv_event('hello')
        stream.recv_event('hello')
        poller.ask()
        socket.say(text, ref='r-1')
        raw = socket.recv_raw_event()
        while b'"message"' not in raw:
            raw = socket.recv_raw_event()
        other = stream.recv_raw_event()
        while '"message"' not in other:
            other = stream.recv_raw_event()
        held = poller.answer(10)[0].body
        polled = server.get(f'{room}?after={first}').body
        assert other.encode() == raw
        assert held == polled and b'"events":[' + raw + b']' in held


def test_members_of_all_kinds(server):
    """Everybody sees everybody, and who has all kinds is one member."""
    room = new_room()
    first, = say(server, room, 'a')
    socket = server.ws(room, headers=key_of(1))
    stream = server.sse(room, headers=key_of(2))
    with socket, stream, \
            server.poller(room, cursor=first, headers=key_of(3)) as poller, \
            server.poller(room, cursor=first, headers=key_of(1)) as second, \
            server.sse(room, headers=key_of(1)) as third:
        poller.ask()
        second.ask()
        you = [client.recv_event('hello')['you']['id']
               for client in (socket, stream, third)]
        assert you[0] == you[2] != you[1]
        wait_until(lambda: server.get(f'{room}?members').json()['count'] == 3,
                   5, 'three members')
        seen = {person['id'] for person in
                server.get(f'{room}?members').json()['list']}
        assert {you[0], you[1]} < seen and len(seen) == 3
        with server.sse(room, headers=key_of(4)) as late:
            assert late.recv_event('hello')['members']['count'] == 4


def test_a_change_of_transport_is_no_news(server):
    """Whoever goes from one to the next within the grace neither leaves nor
    joins."""
    room = new_room()
    say(server, room, 'a')
    with server.ws(room, headers=key_of(1)) as watcher:
        watcher.recv_event('hello')     # it is in: who comes now is told
        reader = Reader(server, room, 2)
        reader.take('websocket')
        watcher.recv_until(lambda e: e.get('count') == 2)
        for kind in ('sse', 'longpoll', 'websocket', 'longpoll', 'sse'):
            say(server, room, kind)
            reader.take(kind)
        told = []
        while len(told) < 5:
            event = watcher.recv_event()
            if event['type'] == 'message' and event['text'] != 'a':
                told.append(event)
            assert event['type'] != 'presence' or \
                not {'left', 'joined'} & set(event), event


def test_refs_over_all_transports(server):
    """A message that was said on a WebSocket and posted again is stored once,
    and whoever reads over something else gets it once."""
    room = new_room()
    with server.ws(room, headers=key_of(1)) as socket, \
            server.sse(room) as stream:
        socket.recv_event('hello')
        stream.recv_event('hello')
        socket.say('once', ref='r')
        identity = socket.recv_event('ack')['id']
        again = server.post(room, '{"text":"other","ref":"r"}',
                            headers=key_of(1))
        assert again.status == 200 and again.json() == {'id': identity}
        other = server.post(room, '{"text":"other","ref":"r"}',
                            headers=key_of(2))
        assert other.status == 201
        say(server, room, 'end')
        assert stream.recv_texts(3) == ['once', 'other', 'end']


def test_every_child_knows_every_cursor(server):
    """Polls of one guest come to all children, and cursors go from one to the
    other."""
    room = new_room()
    ids = say(server, room, *(f'{n}' for n in range(30)))
    reader = Reader(server, room, 1, cursor=ids[0])
    for number in range(40):
        reader.take('poll', 1 if number == 0 else 0)
        if number % 4 == 0:
            ids += say(server, room, 'x')
    reader.take('poll', len(ids) - 1 - len(reader.got))
    assert reader.got == ids[1:] and reader.gaps == 0
    pids = {e['pid'] for e in server.access_entries()
            if e['request'].startswith(f'GET {room}?after=')}
    assert len(pids) > 1
