"""ChatArchive with a real SQLite: what was said is there after httpd has
stopped, was restarted or killed."""
import json
import os
import random
import signal
import sqlite3
import threading
from pathlib import Path

import pytest

from harness import Httpd, location, new_room, order, say, wait_until

ARCHIVE = 'ChatArchive sqlite3 data/chat.db\n'
CONFIG = (ARCHIVE + location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/off', 'Chat rooms', 'ChatRate off',
                   'ChatArchiveKeep off') +
          location('/made', 'Chat rooms', 'ChatRate off',
                   'ChatCreators env maker',
                   'SetEnvIf X-Maker . maker') +
          location('/kept', 'Chat rooms', 'ChatRate off',
                   'ChatModerators env boss', 'SetEnvIf X-Boss . boss') +
          location('/listed', 'Chat rooms', 'ChatRate off', 'ChatList on') +
          location('/few', 'Chat rooms', 'ChatRate off',
                   'ChatAddressPrivate on', 'ChatAddressRooms 1/h') +
          '<If "%{HTTP:X-Free} == \'1\'">\nChatAddressRooms off\n</If>\n' +
          location('/status', 'Chat status'))
KEY = [('X-Chatws-Key', '0123456789abcdef' * 2)]
OTHER = [('X-Chatws-Key', 'fedcba9876543210' * 2)]
BOSS = [('X-Chatws-Key', 'b055' * 8), ('X-Boss', '1')]


@pytest.fixture
def server(tmp_path):
    with Httpd(tmp_path, config=CONFIG) as running:
        yield running


def texts(server, path, headers=()):
    answer = server.get(path, headers)
    assert answer.status == 200, answer
    return [event['text'] for event in answer.json()['events']
            if event['type'] == 'message']


def command(server, room, body, headers, status=200):
    answer = server.post(room, json.dumps(body), headers=headers)
    assert answer.status == status, answer
    return answer


def again(server):
    """Stops the server and starts it with the same files."""
    server.stop()
    server.start()


def rows(server, query):
    """Of the database, by other means than ours."""
    database = sqlite3.connect(f'file:{server.root}/data/chat.db?mode=ro',
                               uri=True)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


@pytest.mark.parametrize('mpm', ['event', 'worker', 'prefork'])
def test_stop_and_start(tmp_path, mpm):
    """Messages, ids, positions, who one is, and refs."""
    with Httpd(tmp_path, mpm=mpm, config=CONFIG) as server:
        room = new_room()
        ids = say(server, room, 'one', 'two', headers=KEY)
        ref = {'text': 'three', 'ref': 'r3'}
        ids.append(command(server, room, ref, KEY, 201).json()['id'])
        you = server.get(room, KEY).json()['you']
        cursor = server.get(room).json()['cursor']
        again(server)
        page = server.get(room, KEY).json()
        assert [event['id'] for event in page['events']] == ids
        assert page['you'] == you and page['cursor'] == cursor
        page = server.get(f'{room}?after={cursor}').json()
        assert page == {'cursor': cursor, 'gap': False, 'events': []}
        assert texts(server, f'{room}?after={ids[0]}') == ['two', 'three']
        assert command(server, room, ref, KEY).json()['id'] == ids[2]
        command(server, room, {'type': 'edit', 'id': ids[0], 'text': 'ONE'},
                KEY)
        new = say(server, room, 'four')[0]
        assert order(new) > order(ids[-1])
        assert texts(server, room) == ['ONE', 'two', 'three', 'four']


def test_the_state_of_a_room(server):
    """Its topic, and what was made of its messages."""
    room = new_room('/kept')
    ids = say(server, room, 'good', 'bad', 'worse', headers=KEY)
    say(server, room, 'x', headers=OTHER)
    command(server, room, {'type': 'room', 'topic': 'T', 'slow': 7}, BOSS)
    command(server, room, {'type': 'delete', 'id': ids[1]}, BOSS)
    command(server, room, {'type': 'edit', 'id': ids[2], 'text': 'fine'}, KEY)
    before = server.get(room).json()
    again(server)
    page = server.get(room).json()
    assert page['events'] == before['events']
    assert page['state'] == before['state']
    assert page['state']['topic'] == 'T' and page['state']['slow'] == 7
    assert texts(server, room) == ['good', '', 'fine', 'x']


def test_sanctions(server):
    """Whom moderators have sent out or muted stays so, for the rest of the
    time, and who was pardoned is."""
    room = new_room('/kept')
    third = [('X-Chatws-Key', 'c0de' * 8)]
    user, muted, free = [server.get(room, key).json()['you']['id']
                         for key in (OTHER, KEY, third)]
    command(server, room, {'type': 'ban', 'user': user, 'for': 600,
                           'reason': 'spam'}, BOSS, 204)
    command(server, room, {'type': 'mute', 'user': muted}, BOSS, 204)
    command(server, room, {'type': 'ban', 'user': free}, BOSS, 204)
    command(server, room, {'type': 'pardon', 'user': free}, BOSS, 204)
    for _ in range(2):
        again(server)
        answer = server.get(room, OTHER)
        assert answer.status == 403 and answer.json()['code'] == 'banned'
        assert 1 <= answer.json()['for'] <= 600
        answer = server.post(room, '{"text":"x"}', headers=KEY)
        assert answer.status == 403 and answer.json()['code'] == 'muted'
        assert server.get(room, third).status == 200
        told = server.get(f'{room}?sanctions', BOSS).json()['sanctions']
        assert {(one['kind'], one['user']['id']) for one in told} == \
            {('ban', user), ('mute', muted)}
    command(server, room, {'type': 'pardon', 'user': user}, BOSS, 204)
    again(server)
    assert server.get(room, OTHER).status == 200


def test_old_texts_are_overwritten(server):
    """Also in the file and its log, when the answer has come."""
    room = new_room('/kept')
    ids = say(server, room, 'ZEBRAONE', 'ZEBRATWO', 'ZEBRATHREE',
              headers=KEY)
    command(server, room, {'type': 'delete', 'id': ids[0]}, KEY)
    command(server, room, {'type': 'edit', 'id': ids[1], 'text': 'x'}, KEY)
    command(server, room, {'type': 'clear'}, BOSS)
    for path in (server.root / 'data').iterdir():
        assert b'ZEBRA' not in path.read_bytes(), path
        assert b'zebra' not in path.read_bytes(), path


@pytest.mark.children_die
def test_everything_is_killed(server):
    """kill -9 of the parent and all children: what was acked is there, and
    nothing is there twice."""
    room = new_room()
    acked = {}
    stop = threading.Event()

    def write(name):
        for number in range(100000):
            body = json.dumps({'text': f'{name} {number}',
                               'ref': f'{name}-{number}'})
            try:
                answer = server.post(room, body, headers=KEY)
            except (OSError, AssertionError):
                return
            if answer.status not in (200, 201):
                return
            acked[f'{name} {number}'] = answer.json()['id']
            if stop.is_set():
                return
    threads = [threading.Thread(target=write, args=(f'w{n}',))
               for n in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(acked) > 60, 30, 'messages')
    server.allow('AH000|exit signal|CW0303')
    server.kill_tree()
    stop.set()
    for thread in threads:
        thread.join()
    server.start()
    found = {}
    path = f'{room}?before=99999999999999-0&limit=1000'
    while path:
        page = server.get(path).json()
        for event in page['events']:
            assert found.setdefault(event['text'], event['id']) \
                == event['id'], event
        path = f'{room}?before={page["events"][0]["id"]}&limit=1000' \
            if page.get('more') else None
    assert not set(acked.items()) - set(found.items())
    text, identity = next(iter(acked.items()))
    ref = text.replace(' ', '-')
    assert command(server, room, {'text': text, 'ref': ref}, KEY) \
        .json()['id'] == identity


@pytest.mark.children_die
def test_children_are_killed(server):
    """Any child, the writer among them: the others go on."""
    room = new_room()
    server.allow('AH000|exit signal|CW0303')
    acked = []
    chance = random.Random(12)
    for turn in range(8):
        for number in range(5):
            ref = f'{turn}-{number}'
            for _ in range(20):
                try:
                    answer = server.post(room, json.dumps(
                        {'text': ref, 'ref': ref}), headers=KEY)
                except (OSError, AssertionError):
                    continue
                if answer.status in (200, 201):
                    acked.append((ref, answer.json()['id']))
                    break
            else:
                pytest.fail(f'{ref}: never acked')
        os.kill(chance.choice(server.children()), signal.SIGKILL)
    told = [(event['text'], event['id'])
            for event in server.get(room).json()['events']]
    assert told == acked
    assert len(rows(server, 'SELECT 1 FROM chatws_events')) == len(acked)


@pytest.mark.children_die
def test_another_program_looks(server):
    """Into the file, while a child becomes the writer that has read in it: what
    is acked afterwards is there."""
    room = new_room()
    server.allow('AH000|exit signal|CW0303')
    said = len(say(server, room, 'first'))
    for pid in server.children():
        for _ in range(20):
            server.get(f'{room}?before=1-0')
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda gone=pid: gone not in server.children(), 10, 'end')
        for _ in range(2):
            said += len(say(server, room, 'more'))
            other = sqlite3.connect(server.root / 'data/chat.db')
            told = other.execute('SELECT count(*) FROM chatws_events')
            assert told.fetchall() == [(said,)]
            other.close()


def test_a_reload(server):
    """Also one that makes other shared memory, or first brings an archive."""
    room = new_room()
    say(server, room, 'a')
    server.graceful()
    say(server, room, 'b')
    config = server.root / 'httpd.conf'
    text = config.read_text()
    config.write_text(text + 'ChatSharedMemory 8M\n')
    server.graceful()
    # A child of before may still accept: its shared memory is not the chat's.
    server.allow('CW0601: .*The server restarts')
    wait_until(lambda: server.post(room, 'c', 'text/plain').status == 201, 20,
               'the new shared memory')
    assert texts(server, room) == ['a', 'b', 'c']
    again(server)
    assert texts(server, room) == ['a', 'b', 'c']


def test_an_archive_is_added(tmp_path):
    """To rooms that are there: they come into it."""
    with Httpd(tmp_path, config=CONFIG.replace(ARCHIVE, '')) as server:
        room = new_room()
        ids = say(server, room, 'before', headers=KEY)
        assert not (server.root / 'data').exists()
        config = server.root / 'httpd.conf'
        config.write_text(config.read_text() + ARCHIVE)
        server.graceful()
        say(server, room, 'after')
        assert texts(server, room) == ['before', 'after']
        server.config = CONFIG
        again(server)
        assert texts(server, room) == ['before', 'after']
        assert server.get(room).json()['events'][0]['id'] == ids[0]


def test_another_archive_gets_what_is_there(tmp_path):
    """What the rooms know of the one is not true of the other."""
    with Httpd(tmp_path, config=CONFIG) as server:
        room = new_room()
        say(server, room, 'before', headers=KEY)
        config = server.root / 'httpd.conf'
        other = CONFIG.replace('chat.db', 'other.db')
        assert other != CONFIG
        config.write_text(config.read_text().replace('chat.db', 'other.db'))
        server.graceful()
        say(server, room, 'after')
        assert texts(server, room) == ['before', 'after']
        server.config = other
        again(server)
        assert texts(server, room) == ['before', 'after']


@pytest.mark.parametrize('way', ['again', 'graceful'])
def test_a_longer_limit(tmp_path, way):
    """Whoever reads brings it into the database, too."""
    short = 'ChatArchiveKeep 1d\n'
    query = 'SELECT keep_ms FROM chatws_rooms'
    with Httpd(tmp_path, config=short + CONFIG) as server:
        room = new_room()
        say(server, room, 'one')
        assert rows(server, query) == [(86400000,)]
        server.config = server.config.replace(short, '')
        if way == 'graceful':
            config = server.root / 'httpd.conf'
            config.write_text(config.read_text().replace(short, ''))
            server.graceful()
        else:
            again(server)
        assert texts(server, room) == ['one']
        wait_until(lambda: rows(server, query) == [(30 * 86400000,)], 10,
                   'the limit')


def test_a_wrong_clock_at_the_start(server):
    """40 days ahead, as of a machine that was without power: nothing is
    removed by it."""
    library = next(Path('/usr/lib').glob('*/faketime/libfaketimeMT.so.1'), None)
    assert library, 'the package libfaketime is missing'
    room = new_room()
    say(server, room, 'one', 'two')
    server.stop()
    server.env = {'LD_PRELOAD': str(library), 'FAKETIME': '+40d',
                  'FAKETIME_DONT_FAKE_MONOTONIC': '1',
                  # Else waits by the monotonic clock end at once, and a child
                  # leaves a thread behind, which libfaketime does not survive.
                  'FAKETIME_FORCE_MONOTONIC_FIX': '0'}
    server.start()
    for _ in range(5):  # the writer looks for old ones between them
        say(server, new_room(), 'x')
    server.stop()
    server.env = {}
    server.start()
    assert texts(server, room) == ['one', 'two']


def test_rooms_that_are_not_archived(server):
    room = new_room('/off')
    say(server, room, 'gone tomorrow')
    say(server, new_room(), 'here')
    assert rows(server, 'SELECT count(*) FROM chatws_events') == [(1,)]
    again(server)
    assert texts(server, room) == []


def test_who_may_make_rooms(server):
    """A room that was there is none that somebody makes."""
    room = new_room('/made')
    assert server.post(room, 'x', 'text/plain', KEY).status == 404
    say(server, room, 'made', headers=[*KEY, ('X-Maker', '1')])
    again(server)
    say(server, room, 'found', headers=KEY)
    assert texts(server, room) == ['made', 'found']
    assert server.post(new_room('/made'), 'x', 'text/plain', KEY).status == 404


def test_who_asks_makes_nothing(server):
    """Thousands of names that somebody tries are no rooms."""
    def used():
        return server.get('/status?format=json').json()['rooms']
    before = used()
    for _ in range(20):
        assert texts(server, new_room()) == []
        assert texts(server, f'{new_room()}?before=99-0') == []
        assert texts(server, f'{new_room()}?search=x') == []
    assert used() == before
    assert rows(server, 'SELECT count(*) FROM chatws_rooms') == [(0,)]


def test_the_list_of_rooms(server):
    """Those that nobody has entered since the start, too."""
    rooms = [new_room('/listed') for _ in range(3)]
    said = {room: say(server, room, 'x')[0] for room in rooms}
    say(server, new_room(), 'another place')
    again(server)
    server.get(rooms[1])
    told = server.get('/listed/?rooms').json()
    assert {one['room']: one['last'] for one in told['rooms']} == said
    assert {one['count'] for one in told['rooms']} == {0}
    assert 'more' not in told


def test_many_old_rooms_of_one_address(server):
    """They are not new: ChatAddressRooms is for those that somebody makes."""
    rooms = [new_room('/few') for _ in range(4)]
    for room in rooms:
        server.allow('CW0511')
        say(server, room, 'x', headers=[('X-Free', '1')])
    again(server)
    for room in rooms:
        with server.ws(room) as client:
            client.recv_event('hello')
    answers = [server.post(new_room('/few'), 'x', 'text/plain').status
               for _ in range(3)]
    assert answers.count(429) >= 1


def test_counters(server):
    say(server, new_room(), 'a', 'b')
    counted = server.get('/status?format=json').json()
    assert counted['archive_commits_total'] >= 1
    assert counted['archive_lag_messages'] == 0
    assert counted['archive_lag_seconds'] == 0
    assert counted['archive_errors_total'] == 0
    assert counted['archive_lost_total'] == 0
    text = server.get('/status?format=prometheus').body.decode()
    assert '# TYPE chatws_archive_lag_messages gauge\n' in text
