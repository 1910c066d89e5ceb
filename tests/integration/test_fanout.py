"""Readers that stop: nobody else notices, memory is bounded, the log that they
fell off is told as a gap, and at last they are sent away."""
import json
import time
import uuid

import pytest

from harness import (CLOSE, ONE_CHILD, PATIENCE, TEXT, Httpd, Swarm, location,
                     rss_bytes, wait_until)

CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 20 1h') +
          location('/quick', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 20 1h', 'ChatSlowClient 1s') +
          location('/flood', 'Chat rooms', 'ChatRate 1/s 1') +
          location('/aged', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 100 2s'))


@pytest.fixture(scope='module')
def server():
    with Httpd(tls=True, sizes=ONE_CHILD, config=CONFIG) as running:
        yield running


@pytest.fixture
def name():
    return uuid.uuid4().hex


def talk(server, room, count, size=7000):
    """One member says `count` long messages, each acknowledged before the
    next but seven; returns the ids in order as it saw them."""
    with Swarm(server.address()) as swarm:
        client, = swarm.connect([room])
        swarm.run(lambda: client.count('hello'), 10, 'hello')
        replayed = client.count('message')
        for number in range(count):
            client.say(f'{number} ' + 'x' * size, ref=f'{number} {room}')
            swarm.run(lambda n=number: client.count('ack') >= n - 7, 20,
                      'acks')
        swarm.run(lambda: client.count('ack') == count, 20, 'acks')
        texts = [e for e in client.events('message')
                 if e.get('ref', '').endswith(room)]
        assert len(texts) == count and replayed == 0
        client.close()
        swarm.run(lambda: not swarm.by_fd, 10, 'close')
        return [e['id'] for e in texts]


@pytest.mark.parametrize('tls', [False, True])
def test_a_stopped_reader_stops_nobody(server, name, tls):
    room = f'/quick/{name}'
    child = server.children()[0]
    stopped = [server.ws(room, tls=tls, rcvbuf=4096) for _ in range(10)]
    before = rss_bytes(child)
    begun = time.monotonic()
    ids = talk(server, room, 1500)
    assert len(ids) == 1500
    assert time.monotonic() - begun < 2 * PATIENCE
    assert rss_bytes(child) - before < 12 << 20
    server.wait_log(r'CW\d+: closed: .*code=1013', 15, count=10)
    for client in stopped:
        client.disconnect()


def read_to(client, last):
    """All events up to the message `last`, as JSON."""
    events = []
    while not events or events[-1].get('id') != last:
        opcode, payload = client.recv_message()
        assert opcode == TEXT, (opcode, payload)
        events.append(json.loads(payload))
    return events


@pytest.mark.parametrize('tls', [False, True])
def test_who_falls_off_the_log_is_told(server, name, tls):
    """A reader pauses for longer than the log is: what it gets is in order,
    and everything that is missing is named by a gap. There are two if its
    kernel took some more meanwhile."""
    room = f'/chat/{name}'
    reader = server.ws(room, tls=tls, rcvbuf=4096)
    reader.recv_event('hello')
    ids = talk(server, room, 1500)
    events = [e for e in read_to(reader, ids[-1])
              if e['type'] in ('message', 'gap')]
    assert any(e['type'] == 'gap' for e in events)
    seen, position = [], -1
    for at, event in enumerate(events):
        if event['type'] == 'gap':
            assert event['after'] == seen[-1]
            assert event['next'] == events[at + 1]['id']
            missed = ids.index(event['next']) - 1 - position
            assert missed > 0, 'a gap where nothing is missing'
            position += missed
            continue
        assert ids.index(event['id']) == position + 1, 'silently lost'
        position += 1
        seen.append(event['id'])
    assert seen[-1] == ids[-1]
    reader.close()


def test_a_slow_reader_of_few_bytes_is_kept(server, name):
    """Slow is who does not take what there is, not who gets little."""
    room = f'/quick/{name}'
    reader = server.ws(room)
    reader.recv_event('hello')
    assert reader.silent(2.5)
    ids = talk(server, room, 3, 10)
    assert [reader.recv_event('message')['id'] for _ in ids] == ids
    reader.close()


def test_a_flood_is_ended(server, name):
    """More than ten times the rate for ten seconds: 1008, and not before. Few
    of the commands are answered: it is not read while it is over the rate."""
    client = server.ws(f'/flood/{name}')
    client.recv_event('hello')
    start, answers = time.monotonic(), 0
    for _ in range(300):
        client.say('again')
    opcode, payload = client.recv_message()
    while opcode != CLOSE:
        answers += 1
        opcode, payload = client.recv_message(20)
    assert payload[:2] == b'\x03\xf0'
    assert 9.9 <= time.monotonic() - start < PATIENCE
    assert answers < 60
    client.disconnect()


def test_over_the_rate_is_no_flood(server, name):
    """Some commands at once are far over 1/s with a burst of 1. One is refused,
    and the others wait until there is another turn: none is lost."""
    client = server.ws(f'/flood/{name}')
    client.recv_event('hello')
    start, done = time.monotonic(), []
    for number in range(8):
        client.say('again', f'r{number}')
    while len(done) < 8:
        event = client.recv_event()
        if event['type'] == 'error':
            assert event['code'] == 'rate_limited' and 0 < event['retry'] <= 1
        if event['type'] in ('error', 'ack'):
            done.append((event['type'], event['ref']))
    assert [ref for _, ref in done] == [f'r{n}' for n in range(8)]
    assert done[0][0] == 'ack' and done[1][0] == 'error'
    assert [kind for kind, _ in done].count('ack') >= 3
    assert time.monotonic() - start > 2
    client.close()


def test_old_messages_go(server, name):
    room = f'/aged/{name}'
    answer = server.post(room, '{"text":"soon gone"}')
    assert answer.status == 201
    assert len(server.get(room).json()['events']) == 1
    wait_until(lambda: server.get(room).json()['events'] == [], 10,
               'the message is too old')
