"""Readers that stop in a busy room: the others get their messages as fast as
without them, memory is bounded, and the stopped ones are told what they missed
and sent away; afterwards they resume."""
import json
import random
import statistics
import time

import pytest

from harness import (CLOSE, LONG, ONE_CHILD, TEXT, Crowd, Httpd, Swarm, Talk,
                     at_most, check_account, deadline_after, in_soak, location,
                     order, rss_bytes)

ROOM, SLOW, READERS, RATE = '/chat/busy', 3, 30, 100
# The kernel takes that much for a reader that stops, before we wait for it.
KERNEL_SECONDS = 12
CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 60 1h', f'ChatSlowClient {SLOW}s') +
          location('/chat-status', 'Chat status'))


class Busy:
    """A crowd that talks, and how long each message took to each member."""

    def __init__(self, server, swarm):
        self.server = server
        self.crowd = Crowd(swarm, READERS, ROOM, random.Random(7))
        self.crowd.greet()
        self.talk = Talk(self.crowd, RATE, 1 << 30, padding=6000)
        self.said = {}
        self.asked, self.answer = 0.0, 0

    def run(self, condition, seconds, what):
        deadline = deadline_after(seconds)
        while not condition():
            now = self.crowd.turn()
            assert now < deadline, f'not within {seconds:g} s: {what}'
            for _, ref in self.talk.proceed(now):
                self.said[ref] = now

    def latencies(self, begin, end):
        """Seconds from saying to hearing, of what was said in a period."""
        found = []
        for member in self.crowd.members:
            texts = [e[2].strip() for e in member.account
                     if e[0] == 'message']
            found += [heard - self.said[text]
                      for text, heard in zip(texts, member.heard)
                      if begin <= self.said[text] < end]
        return sorted(found)

    def closed_slow(self):
        if time.monotonic() > self.asked + 0.3:
            answer = self.server.get('/chat-status?format=json').json()
            self.asked = time.monotonic()
            self.answer = answer['closed_slow_total']
        return self.answer


def stopped(server, tls):
    """A member that has read its hello and reads no more."""
    client = server.ws(f'{ROOM}?history=0', tls=tls, rcvbuf=4096)
    hello = client.recv_event('hello')
    client.account = [('hello', hello['gap'], hello['cursor'])]
    client.last = hello['cursor']
    return client


def take(client, until=None):
    """Reads on into client.account to the end, a Close, or the message
    `until`; returns the Close's payload."""
    while until is None or client.last != until:
        try:
            opcode, payload = client.recv_message()
        except AssertionError as ended:
            assert 'ended' in str(ended)
            return None
        if opcode == CLOSE:
            return payload
        assert opcode == TEXT
        event = json.loads(payload)
        if event['type'] == 'hello':
            client.account.append(('hello', event['gap'], event['cursor']))
        elif event['type'] == 'gap':
            client.account.append(('gap', event['after'], event['next']))
        elif event['type'] == 'message':
            client.account.append(('message', event['id'], event['text']))
            client.last = event['id']
    return None


def resume(server, client, tls, newest):
    """Comes back after its last id; returns the whole account."""
    with server.ws(f'{ROOM}?after={client.last}', tls=tls) as again:
        again.account, again.last = client.account, client.last
        take(again, newest)
        again.close()
        return again.account


@pytest.mark.alone
@pytest.mark.parametrize('tls', [False, in_soak(True)])
def test_stopped_readers(tls):
    with Httpd(tls=True, sizes=ONE_CHILD, config=CONFIG) as server, \
            Swarm(server.address()) as swarm:
        busy = Busy(server, swarm)
        begin = time.monotonic()
        busy.run(lambda: time.monotonic() > begin + 3, 60, 'the quiet time')
        child = server.children()[0]
        readers = [stopped(server, tls) for _ in range(5)]
        memory, middle = rss_bytes(child), time.monotonic()
        busy.run(lambda: busy.closed_slow() == 5, 30, 'closed as slow')
        took, end = time.monotonic() - middle, time.monotonic()
        grown = rss_bytes(child) - memory
        early = [take(client) for client in readers[:2]]
        busy.run(lambda: len([x for x in server.log_lines()
                              if 'code=1013' in x]) == 5, 30, 'all ended')
        late = [take(client) for client in readers[2:]]
        busy.crowd.settle()
        spoken = busy.crowd.spoken()
        for member in busy.crowd.members:
            assert check_account(member.account, spoken) == 0
        judge_latency(busy.latencies(begin, middle),
                      busy.latencies(middle, end), took, grown)
        # A slow machine reads them when nothing is sent any more.
        assert all(p[:2] == b'\x03\xf5' if p else not LONG for p in early)
        assert SLOW - 1 < took < at_most(SLOW + KERNEL_SECONDS)
        assert grown < 12 << 20
        print(f'late ones got {late}')
        for client in readers:
            judge_account(resume(server, client, tls, spoken[-1][0]), spoken)
            client.disconnect()


def judge_latency(before, during, took, grown):
    p99 = [values[len(values) * 99 // 100] for values in (before, during)]
    middle = [statistics.median(values) for values in (before, during)]
    print(f'median {middle[0] * 1e3:.1f} and {middle[1] * 1e3:.1f} ms, p99 '
          f'{p99[0] * 1e3:.1f} and {p99[1] * 1e3:.1f} ms, closed after '
          f'{took:.1f} s, {grown >> 10} K more memory')
    assert p99[1] < at_most(0.25)
    assert middle[1] < at_most(2 * middle[0] + 0.01)


def judge_account(account, spoken):
    """What was said before it came is not missing."""
    came = order(account[0][2])
    later = [pair for pair in spoken if order(pair[0]) > came]
    assert check_account(account, later, complete=False) > 0
