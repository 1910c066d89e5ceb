"""Sentinel promotes the replica: the hosts find the new master by themselves.
With wait=1 all that was acked is there; without it what the replica did not get
comes back from the hosts."""
import threading
import time

import pytest

from harness import location, order, wait_until
from harness.hosts import TROUBLE, Hosts, kept
from harness.moderator import guest, post
from harness.redis import Sentinel

CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off', 'ChatHistory 5000') +
          location('/status', 'Chat status'))
BACK = 45
ROOM = '/chat/room'


class Speaker(threading.Thread):
    """Says things on one host until it is told to end; each is said again
    with its ref until it is acked."""

    def __init__(self, host, number):
        super().__init__(daemon=True)
        self.host, self.number = host, number
        self.headers = guest()
        self.acked, self.over, self.failure = {}, False, None

    def run(self):
        count = 0
        try:
            while not self.over:
                count += 1
                self._deliver(f'{self.number}-{count}')
        except AssertionError as failure:
            self.failure = failure

    def _deliver(self, ref):
        def stored():
            answer = post(self.host, ROOM, self.headers, text=ref, ref=ref)
            assert answer.status in (200, 201, 503), answer
            return answer.status != 503 and answer.json()['id']
        self.acked[ref] = wait_until(stored, BACK, f'{ref} is stored')


@pytest.fixture(params=['', 'wait=1'])
def sentinel(request):
    with Sentinel() as running:
        running.words = request.param.split()
        yield running


def test_the_replica_takes_over(sentinel):
    line = sentinel.directive(*sentinel.words)
    with Hosts(sentinel, 2, CONFIG, [line] * 2) as hosts:
        hosts.allow(TROUBLE)
        speakers = [Speaker(host, n) for n, host in enumerate(hosts)]
        readers = [host.ws(ROOM) for host in hosts]
        for speaker in speakers:
            speaker.start()
        wait_until(lambda: all(len(s.acked) > 20 for s in speakers), BACK,
                   'they speak')
        sentinel.main.kill()
        sentinel.wait_failover()
        sentinel.main.start()       # and becomes the replica of the other
        said = [len(s.acked) for s in speakers]
        begun = time.monotonic()
        wait_until(lambda: all(len(s.acked) > n + 20 for s, n in
                               zip(speakers, said)), BACK, 'they speak again')
        print(f'again after {time.monotonic() - begun:.2f} s')
        for speaker in speakers:
            speaker.over = True
        for speaker in speakers:
            speaker.join(BACK + 5)
            assert not speaker.is_alive() and speaker.failure is None, \
                speaker.failure
        acked = {**speakers[0].acked, **speakers[1].acked}
        check(sentinel, hosts, readers, acked)
        for reader in readers:
            reader.disconnect()


def check(sentinel, hosts, readers, acked):
    """All is there once, on the new master too, in one order for all."""
    last = max(acked.values(), key=order)
    told = []
    for reader in readers:
        events = []
        while not events or order(events[-1]['id']) < order(last):
            events.append(reader.recv_event('message', BACK))
        assert not [e for e in reader.events if e['type'] == 'gap']
        told.append(events)
    assert told[0] == told[1]
    ids = [e['id'] for e in told[0]]
    assert ids == sorted(set(ids), key=order)
    found = {e['ref']: e['id'] for e in told[0]}
    assert len(found) == len(ids), 'a ref is there twice'
    assert {ref: found.get(ref) for ref in acked} == acked
    (name, stream), = sentinel.replica.streams().items()
    assert stream == ids, name
    for host in hosts:
        assert kept(host, ROOM) == told[0]


def test_a_replica_that_is_gone_holds_up_the_acks():
    """With wait=1 nothing is acked that is only on the master."""
    with Sentinel() as sentinel:
        line = sentinel.directive('wait=1')
        with Hosts(sentinel, 1, CONFIG, [line]) as hosts:
            hosts.allow(TROUBLE)
            headers = guest()
            assert post(hosts[0], ROOM, headers, text='x').status == 201
            sentinel.replica.kill()
            answer = post(hosts[0], ROOM, headers, text='y', ref='y')
            assert answer.status == 503, answer
            sentinel.replica.start()
            wait_until(lambda: post(hosts[0], ROOM, headers, text='y',
                                    ref='y').status in (200, 201), BACK,
                       'the replica is back')
            texts = [e['text'] for e in hosts[0].get(ROOM).json()['events']]
            assert texts == ['x', 'y']


def others(redis, last=None):
    """The ids of its connections but our own, those whose last command this
    was."""
    with redis.client() as client:
        return [c['id'] for c in client.client_list()
                if int(c['id']) != client.client_id() and
                (last is None or c['cmd'] == last)]


def cut_senders(redis):
    """They ping when there is nothing else to send; whoever listens beats."""
    found = others(redis, 'ping')
    with redis.client() as client:
        for number in found:
            client.execute_command('CLIENT', 'KILL', 'ID', number)
    return found


def test_a_master_that_lives_on_is_left():
    """Sentinel names another one, and whoever connects anew goes there; the one
    who listens would stay with the old one, and nobody could send."""
    with Sentinel() as sentinel:
        with Hosts(sentinel, 1, CONFIG, [sentinel.directive()]) as hosts:
            hosts.allow(TROUBLE)
            headers = guest()
            assert post(hosts[0], ROOM, headers, text='x').status == 201
            with sentinel.replica.client() as client:
                client.execute_command('REPLICAOF', 'NO', 'ONE')
            with sentinel.client() as client:
                client.execute_command('SENTINEL', 'REMOVE', 'chat')
                client.execute_command('SENTINEL', 'MONITOR', 'chat',
                                       '127.0.0.1', sentinel.replica.port, 1)
            wait_until(lambda: cut_senders(sentinel.main), BACK,
                       'a sender pings')
            wait_until(lambda: not others(sentinel.main), BACK,
                       'all have left the old one')
            wait_until(lambda: post(hosts[0], ROOM, headers, text='y',
                                    ref='y').status in (200, 201), BACK,
                       'the new one stores')
            texts = [e['text'] for e in hosts[0].get(ROOM).json()['events']]
            assert texts == ['x', 'y']
            assert [len(ids) for ids in sentinel.replica.streams().values()] \
                == [2]
