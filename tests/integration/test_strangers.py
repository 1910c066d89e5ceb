"""Strangers who take all that they can get: each of them alone, and what an
honest member of the same child feels meanwhile. Every case prints the member's
times, the children's memory and the counters that moved."""
import http.client
import json
import multiprocessing
import select
import selectors
import signal
import time

import pytest

from harness import (BINARY, CONT, LONG, ONE_CHILD, PING, TEXT, Flood, Honest,
                     Httpd, Swarm, at_most, begun, connect, counters,
                     deadline_after, encode_frame, in_soak, key_of, location,
                     parse_frame, send_without_end, update_keys_without_end,
                     wait_until)
from harness.address import BEN, PROXY, by

SOON = at_most(0.1) * 1000  # milliseconds: the honest member's p99
SECONDS = 20 if LONG else 2
KEPT = 300000 if LONG else 60000        # messages of the long room
NO_MASK = b'\0\0\0\0'
CONFIG = (location('/chat', 'Chat rooms') +
          location('/honest', 'Chat rooms', 'ChatRate off') +
          location('/long', 'Chat rooms', 'ChatRate off',
                   f'ChatHistory {KEPT} 1h') +
          location('/slow', 'Chat rooms', 'ChatRate off', 'ChatSlowClient 6s',
                   'ChatHistory 0') +
          location('/echo', 'Chat echo') +
          location('/chat-status', 'Chat status') +
          f'ChatSharedMemory {max(64, KEPT // 700)}M\n')


@pytest.fixture(scope='module')
def server():
    with Httpd(config=CONFIG, sizes=ONE_CHILD, tls=True) as running:
        # A hundred who come at once take all 25 workers for a moment.
        running.allow(r'CW0507|AH00484')
        yield running


def frames(opcode, payload, count=1):
    """The bytes of `count` masked frames."""
    return encode_frame(opcode, payload, mask=NO_MASK) * count


def during(server, attack, *arguments, tls=False):
    """What the honest member feels during an attack."""
    with Honest(server, '/honest/lobby') as honest:
        with Flood(attack, server.address(tls), *arguments):
            figures = honest.measure(SECONDS)
    print(f'\n{figures}')
    assert figures.p99 < SOON, str(figures)
    return figures


NUMBERS = json.dumps([0] * 20000).encode()
VALUES = json.dumps({'type': 'message', 'text': 'x', 'more': [[]] * 15000})
FLOODS = {
    'one byte': ('/chat/x', frames(TEXT, b'x', 20000)),
    'empty': ('/chat/x', frames(TEXT, b'', 20000)),
    'binary': ('/chat/x', frames(BINARY, b'x', 20000)),
    'arrays': ('/chat/x', frames(TEXT, NUMBERS)),
    'values': ('/chat/x', frames(TEXT, VALUES.encode())),
    'large text': ('/chat/x', frames(
        TEXT, b'{"type":"message","text":"' + b'x' * 60000 + b'"}')),
    'messages': ('/chat/x', frames(TEXT, b'{"type":"message","text":"hi"}',
                                   3000)),
    'typing': ('/chat/x', frames(TEXT, b'{"type":"typing"}', 4000)),
    'pings': ('/chat/x', frames(PING, b'', 20000)),
    'fragments': ('/chat/x', encode_frame(TEXT, b'', fin=False, mask=NO_MASK)
                  + encode_frame(CONT, b'', fin=False, mask=NO_MASK) * 60000
                  + frames(CONT, b'')),
    'echo': ('/echo', frames(BINARY, b'x', 20000)),
}
SHORT = ('arrays', 'messages', 'pings')


@pytest.mark.alone
@pytest.mark.parametrize('read', [in_soak(False), True],
                         ids=['unread', 'read'])
@pytest.mark.parametrize('kind', [
    kind if kind in SHORT else in_soak(kind) for kind in FLOODS])
def test_frames_without_end(server, kind, read):
    path, payload = FLOODS[kind]
    during(server, send_without_end, path, 300, payload, read)


@pytest.mark.alone
def test_tls_frames_without_end(server):
    path, payload = FLOODS['pings']
    during(server, send_without_end, path, 50, payload, True, True, tls=True)


@pytest.mark.alone
def test_key_updates_without_end(server):
    figures = during(server, update_keys_without_end, '/chat/x', 3, tls=True)
    assert figures.counters['closed_flood_total'] > 0


# SECURITY R9: floods of messages, and of those who come and go


@pytest.mark.alone
def test_r9_message_flood():
    """Sixty guests of one address say what they can into the room of an honest
    member: it hears no more than ChatAddressRate, and feels nothing."""
    config = (PROXY + 'ChatAddressPrivate on\n'
              + location('/chat', 'Chat rooms', 'ChatAddressRate 20/s 100')
              + location('/honest', 'Chat rooms', 'ChatRate off',
                         'ChatAddressRate off')
              + location('/chat-status', 'Chat status'))
    with Httpd(config=config, sizes=ONE_CHILD, modules=('remoteip',)) as server:
        server.allow('CW0511')
        room, payload = FLOODS['messages']
        start = time.monotonic()
        with Honest(server, room, pause=0.25, headers=by(BEN)) as honest, \
                Flood(send_without_end, server.address(), room, 60, payload,
                      True):
            before = counters(server)
            figures = honest.measure(SECONDS, least=12)
            after = counters(server)
        took = time.monotonic() - start
        stored = after['messages_total'] - before['messages_total']
        print(f'\n{figures}')
        assert figures.p99 < SOON, str(figures)
        assert after['rate_limited_total'] > before['rate_limited_total']
        assert stored - len(figures.times) <= 100 + 20 * took


CROWD, PER_SECOND = 2000 if LONG else 500, 100
LONGEST = len('{"type":"presence","count":99999}')


def sit_and_count(address, path, report):
    """CROWD members, who tell the most presence events, and bytes of them, that
    any of them has got, and how many they are in the latest."""
    with Swarm(address) as swarm:
        for first in range(0, CROWD, 100):
            some = [swarm.add(path, key_of(1 + first + n)) for n in range(100)]
            swarm.run(lambda s=some: all(c.count('hello') for c in s), 60)

        def told(client):
            events = client.events('presence')
            return bool(events) and events[-1]['count'] == CROWD
        swarm.run(lambda: all(map(told, swarm.clients[:-100])), 60)
        before = [len(c.messages) for c in swarm.clients]
        begun()
        while True:
            swarm.run_for(0.5)
            got = [[raw for raw in c.messages[n:] if b'"presence"' in raw[:20]]
                   for c, n in zip(swarm.clients, before)]
            report[0] = max(map(len, got))
            report[1] = max(sum(map(len, one)) for one in got)
            report[2] = min(map(len, got))
            assert all(c.state == 'open' for c in swarm.clients)


def come_and_go(address, path, report):
    """PER_SECOND new guests, each of whom stays for a second."""
    with Swarm(address) as swarm:
        start, number = time.monotonic(), 0
        begun()
        while True:
            swarm.turn(0.005)
            while number < (time.monotonic() - start) * PER_SECOND:
                number += 1
                swarm.add(path, key_of(100000 + number))
            while len(swarm.clients) > PER_SECOND:
                gone = swarm.clients.pop(0)
                report[3] += gone.count('hello')
                gone.drop()


@pytest.mark.alone
def test_r9_join_and_leave_flood(server):
    """A hundred a second come to a room of two thousand, and go: each member
    gets a number now and then, not what each of them does."""
    report = multiprocessing.get_context('fork').Array('l', 4)
    path = '/honest/crowd?history=0'
    with Flood(sit_and_count, server.address(), path, report):
        start = time.monotonic()
        with Flood(come_and_go, server.address(), path, report):
            with Honest(server, '/honest/lobby') as honest:
                figures = honest.measure(SECONDS)
            wait_until(lambda: report[2] > 0, 10, 'they were told')
            events, most, _, visits = report[:]
            took = time.monotonic() - start
    print(f'\n{figures}\n{visits} visits in {took:.1f} s; {events} events, '
          f'{most} bytes for a member')
    assert figures.p99 < SOON, str(figures)
    assert visits > (PER_SECOND * (took - 1) / 2 if LONG else 0)
    assert events <= 2 + took / 1.25 and most <= events * LONGEST


# What is kept


@pytest.fixture(scope='module')
def long_room(server):
    """A room that keeps KEPT messages of 700 bytes; its first position."""
    text = json.dumps({'type': 'message', 'text': 'x' * 600})
    batch = frames(TEXT, text.encode(), 500)
    speaker = server.ws('/long/room', timeout=60)
    first = speaker.recv_event('hello')['cursor']
    speaker.socket.setblocking(False)
    before = counters(server)['messages_total']
    sent, total = 0, KEPT // 500 * len(batch)
    while sent < total:
        readable, writable, _ = select.select([speaker.socket],
                                              [speaker.socket], [], 60)
        assert readable or writable, 'the server takes nothing more'
        if readable:
            assert speaker.socket.recv(1 << 20)
        if writable:
            at = sent % len(batch)
            sent += speaker.socket.send(batch[at:at + 100000])
    wait_until(lambda: counters(server)['messages_total'] == before + KEPT, 60,
               'all is stored')
    speaker.disconnect()
    return first


def join_without_end(address, path, count):
    """Newcomers who read all that there is, one after the other."""
    begun()
    while True:
        ones = [connect(address, path) for _ in range(count)]
        for _ in range(40000):
            for one in ones:
                one.recv(1 << 20)


def get_without_end(address, path):
    """Page after page, as fast as they come."""
    begun()
    while True:
        line = http.client.HTTPConnection(*address, timeout=60)
        for _ in range(90):
            line.request('GET', path)
            line.getresponse().read()


@pytest.mark.alone
@pytest.mark.parametrize('count', [in_soak(1), 20])
def test_joiners_of_a_long_room(server, long_room, count):
    during(server, join_without_end, '/long/room', count)


@pytest.mark.alone
def test_pages_of_a_long_room(server, long_room):
    """A GET has a page; one client that follows `more` gets everything once."""
    during(server, get_without_end, f'/long/room?after={long_room}')
    cursor, seen, more = long_room, 0, True
    while more:
        page = server.get(f'/long/room?after={cursor}').json()
        assert len(page['events']) <= 1000 and not page['gap']
        seen += len(page['events'])
        more, cursor = page.get('more', False), page['cursor']
    assert seen == KEPT


def test_many_who_speak_at_once(server):
    """20 members say 20 messages of 8 KB in the same moment, far more than is
    kept: a member that reads hears each of them, in its sender's order."""
    speakers, count = 20, 20
    ones = [connect(server.address(), '/honest/burst') for _ in range(speakers)]
    bursts = [b''.join(
        frames(TEXT, json.dumps({'type': 'message', 'text':
                                 f'{i} {n} '.ljust(8000, '.')}).encode())
        for n in range(count)) for i in range(speakers)]
    heard = []
    with server.ws('/honest/burst?history=0', timeout=30) as reader:
        reader.recv_event('hello')
        waiter = selectors.DefaultSelector()
        for one, burst in zip(ones, bursts):
            one.setblocking(False)
            waiter.register(one, selectors.EVENT_READ | selectors.EVENT_WRITE,
                            [burst])
        waiter.register(reader.socket, selectors.EVENT_READ, None)
        while len(heard) < speakers * count:
            for key, ready in waiter.select(30):
                if key.data is None:
                    reader.fill(time.monotonic() + 30)
                    continue
                if ready & selectors.EVENT_READ:
                    key.fileobj.recv(1 << 20)
                if ready & selectors.EVENT_WRITE:
                    key.data[0] = key.data[0][key.fileobj.send(key.data[0]):]
                    if not key.data[0]:
                        waiter.modify(key.fileobj, selectors.EVENT_READ, [b''])
            while (frame := parse_frame(reader.buffer)) is not None:
                reader.take(frame.wire)
                event = json.loads(frame.payload)
                assert event['type'] != 'gap', event
                if event['type'] == 'message':
                    heard.append(event['text'].split(' ')[:2])
    for i in range(speakers):
        assert [int(n) for who, n in heard if who == str(i)] \
            == list(range(count))
    for one in ones:
        one.close()


# Memory


def stand_still(address, path, count, sent=b'', pause=0):
    """`count` connections that read nothing; they send `sent`, and no more."""
    ones = []
    for _ in range(count):
        one = connect(address, path, rcvbuf=4096)
        assert one is not None
        one.sendall(sent)
        ones.append(one)
    begun()
    signal.pause()


def test_stopped_readers_at_their_end(server):
    """Hundreds that never read, in a room with 400 KB a second: while they are
    closed for it they take no more memory than before."""
    count, text = 500 if LONG else 200, 'x' * 8000
    with Flood(stand_still, server.address(), '/slow/x?history=0', count):
        with Honest(server, '/slow/x') as honest:
            closed, most, least = 0, 0, None
            end = deadline_after(240)
            while closed < count and time.monotonic() < end:
                for _ in range(10):
                    server.post('/slow/x', json.dumps({'text': text}))
                rss = server.rss()
                honest.once()
                closed = counters(server)['closed_slow_total']
                if closed == 0:
                    least = max(least or 0, rss)
                most = max(most, rss)
    print(f'\n{least / 1e6:.1f} MB before, {most / 1e6:.1f} MB at the end')
    assert closed >= count
    assert most < least + 24e6


def test_unfinished_messages(server):
    """3000 connections with all but the last byte of a frame of 60 KB: 180 MB
    were in memory, or half of it in the short form; it is bounded, who is in it
    longest goes, and an honest fragmenter is not touched."""
    count = 3000 if LONG else 1500
    frame = frames(TEXT, b'x' * 60000)[:-1]
    with server.ws('/honest/y') as honest:
        honest.recv_event('hello')
        honest.send_frame(TEXT, '{"type":"message",', fin=False)
        before = counters(server)['closed_flood_total'], server.rss()
        with Flood(stand_still, server.address(), '/honest/x?history=0', count,
                   frame):
            rss = server.rss()
            closed = counters(server)['closed_flood_total'] - before[0]
            print(f'\n{before[1] / 1e6:.1f} MB before, {rss / 1e6:.1f} MB '
                  f'with them; {closed} closed')
            honest.send_frame(CONT, '"text":"whole"}')
            assert honest.recv_event('ack')['id']
        assert closed > count - 1000
        assert rss < before[1] + 64e6
    server.wait_log('CW0507')
