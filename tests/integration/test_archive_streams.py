"""Connections and the archive: old positions are read on, and acks come after
the commit."""
import sqlite3

import pytest

from harness import Httpd, location, new_room, say, wait_until

CONFIG = ('ChatArchive sqlite3 data/chat.db\n' +
          location('/chat', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 3 24h') +
          location('/many', 'Chat rooms', 'ChatRate off', 'ChatHistory 0') +
          location('/status', 'Chat status'))
KEY = [('X-Chatws-Key', '0123456789abcdef' * 2)]
PADDING = 'x' * 2000


@pytest.fixture
def server(tmp_path):
    with Httpd(tmp_path, config=CONFIG) as running:
        yield running


def ids_of(events):
    return [event['id'] for event in events if event['type'] == 'message']


def lock_of(server):
    """Somebody else writes: the chat's own writer has to wait."""
    lock = sqlite3.connect(server.root / 'data' / 'chat.db',
                           isolation_level=None)
    lock.execute('BEGIN IMMEDIATE')
    return lock


@pytest.mark.parametrize('base', ['/chat', '/many'])
def test_a_week_later(server, base):
    """Much more than a piece, on each way, also behind a restart: everything
    once, in order, and then what is new."""
    room = new_room(base)
    ids = say(server, room, *[f'{n} {PADDING}' for n in range(150)])
    for round_ in range(2):
        with server.ws(f'{room}?after={ids[0]}') as client, \
                server.sse(room, headers=[('Last-Event-ID', ids[9])]) as stream:
            hello = client.recv_event('hello')
            assert hello['resumed'] is True and hello['gap'] is False
            new = say(server, room, f'news {round_}')[0]
            told = client.recv_until(lambda e: e.get('id') == new)
            assert ids_of(told) == ids[1:] + [new]
            assert not [e for e in told if e['type'] == 'gap']
            hello = stream.recv_event('hello')
            assert hello['resumed'] is True and hello['gap'] is False
            for wanted in ids[10:] + [new]:
                assert stream.recv_event('message')['id'] == wanted
            ids.append(new)
        server.stop()
        server.start()
    counted = server.get('/status?format=json').json()
    assert counted['gaps_total'] == 0


def test_ack_after_the_commit(server):
    """Readers have it at once; its sender gets the ack when it is in the
    database, behind five seconds an error, and then the ack for its ref."""
    room = new_room()
    say(server, room, 'first')
    server.allow('CW11')
    lock = lock_of(server)
    with server.ws(room, headers=KEY) as ann, server.ws(room) as ben:
        ann.recv_until(lambda e: e['type'] == 'message')
        ben.recv_until(lambda e: e['type'] == 'message')
        ann.say('hello', 'r1')
        assert ben.recv_event('message')['text'] == 'hello'
        mine = ann.recv_event('message')
        error = ann.recv_event('error', timeout=30)
        assert error['code'] == 'unavailable' and error['ref'] == 'r1'
        assert error['retry'] > 0
        lock.execute('ROLLBACK')
        lock.close()

        def acked():
            ann.say('hello', 'r1')
            return ann.recv_until(
                lambda e: e['type'] in ('ack', 'error'), timeout=30)[-1]
        ack = wait_until(lambda: (lambda e: e['type'] == 'ack' and e)(
            acked()), 60, 'ack')
        assert ack['id'] == mine['id'] and ack['ref'] == 'r1'
    assert [event['text'] for event in
            server.get(room).json()['events']] == ['first', 'hello']
