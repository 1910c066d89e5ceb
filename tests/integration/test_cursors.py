"""Where ?after and ?history start on a WebSocket: every kind of cursor, also
of a room that was evicted and made again, and after what is kept was trimmed.
"""
import uuid

import pytest

from harness import (ONE_CHILD, Httpd, WsFailure, location, order,
                     wait_until)

CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/five', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 5 1h') +
          location('/brief', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 100 1s'))


@pytest.fixture(scope='module')
def server():
    with Httpd(tls=True, config=CONFIG) as running:
        yield running


@pytest.fixture
def name():
    return uuid.uuid4().hex


def fill(server, room, count):
    """The ids of `count` messages, numbered from 0."""
    return [server.post(room, f'{{"text":"{n}"}}').json()['id']
            for n in range(count)]


def start(server, path, tls=False):
    """(hello, ids of what is sent before a new message, id of that one)."""
    with server.ws(path, tls=tls) as client:
        hello = client.recv_event('hello')
        room = path.partition('?')[0]
        new = server.post(room, '{"text":"new"}').json()['id']
        found = client.recv_until(lambda e: e.get('id') == new)
        kinds = {e['type'] for e in found}
        assert kinds <= {'message', 'presence'}, kinds
        client.close()
    ids = [e['id'] for e in found if e['type'] == 'message']
    assert ids == sorted(set(ids), key=order)
    return hello, ids[:-1], new


def earlier(identity):
    """The cursor directly in front of an id."""
    time, count = order(identity)
    return f'{time}-{count - 1}' if count else f'{time - 1}-999999'


def later(identity):
    time, count = order(identity)
    return f'{time}-{count + 1}'


def birth(server, room):
    """The cursor of an empty room."""
    hello, before, _ = start(server, room)
    assert before == []
    return hello['cursor']


@pytest.mark.parametrize('tls', [False, True])
def test_every_position_is_exact(server, name, tls):
    """After each id, and between each two: what follows, without a gap."""
    room = f'/chat/{name}'
    born = birth(server, room)
    fill(server, room, 5)
    for at in range(6):
        ids = [e['id'] for e in server.get(room).json()['events']]
        cursor = born if at == 0 else ids[at - 1]
        for asked in {cursor, earlier(ids[at]) if at else born}:
            hello, got, new = start(server, f'{room}?after={asked}', tls)
            assert (hello['resumed'], hello['gap']) == (True, False)
            assert hello['cursor'] == asked
            assert got == ids[at:]
            ids.append(new)


def test_after_the_newest(server, name):
    room = f'/chat/{name}'
    ids = fill(server, room, 3)
    hello, got, _ = start(server, f'{room}?after={ids[-1]}')
    assert (hello['resumed'], hello['gap'], got) == (True, False, [])


@pytest.mark.parametrize('cursor', [
    '0-0', '1-0', '1-1', '99999999999999-0', '18446744073709551615-0',
    '18446744073709551615-18446744073709551615'])
def test_before_birth_and_future(server, name, cursor):
    """A cursor that says nothing: a gap, and everything that is kept."""
    room = f'/chat/{name}'
    born = birth(server, room)
    ids = fill(server, room, 3)
    hello, got, _ = start(server, f'{room}?after={cursor}')
    assert (hello['resumed'], hello['gap']) == (False, True)
    assert hello['cursor'] == born
    assert got[1:] == ids


def test_one_step_into_the_future(server, name):
    room = f'/chat/{name}'
    ids = fill(server, room, 3)
    hello, got, _ = start(server, f'{room}?after={later(ids[-1])}')
    assert (hello['resumed'], hello['gap'], got) == (False, True, ids)


@pytest.mark.parametrize('cursor', [
    '', 'x', '1', '1-', '-1', '1-2-3', '+1-1', '%201-1', '1-1%20', '1.0-1',
    '0x1-1', '1-1%00', '18446744073709551616-0', '1-18446744073709551616',
    '%D9%A1-1', '%zz', '1-1&after=1-1', '9' * 300])
def test_malformed(server, name, cursor):
    with pytest.raises(WsFailure) as failure:
        server.ws(f'/chat/{name}?after={cursor}')
    assert failure.value.response.status == 400
    assert failure.value.response.json()['code'] == 'bad_cursor'


def test_trimmed_by_count(server, name):
    """The position is known as far as the room is complete: the last evicted
    id is exact, the one in front of it is not."""
    room = f'/five/{name}'
    ids = fill(server, room, 12)
    hello, got, new = start(server, f'{room}?after={ids[6]}')
    assert (hello['resumed'], hello['gap'], got) == (True, False, ids[7:])
    ids.append(new)
    for asked in (ids[0], ids[6], earlier(ids[7])):
        hello, got, new = start(server, f'{room}?after={asked}')
        assert (hello['resumed'], hello['gap']) == (False, True)
        assert got == ids[-5:] and hello['cursor'] == ids[-6]
        ids.append(new)


def test_trimmed_by_age(server, name):
    """Everything became too old: the newest id still resumes, older ones are
    told that something is missing."""
    room = f'/brief/{name}'
    ids = fill(server, room, 3)
    wait_until(lambda: server.get(room).json()['events'] == [], 10, 'age')
    with server.ws(f'{room}?after={ids[2]}') as client:
        hello = client.recv_event('hello')
        assert (hello['resumed'], hello['gap']) == (True, False)
    with server.ws(f'{room}?after={ids[0]}') as client:
        hello = client.recv_event('hello')
        assert (hello['resumed'], hello['gap']) == (False, True)
        assert hello['cursor'] == ids[2]


@pytest.mark.parametrize('count, kept', [
    ('0', 0), ('1', 1), ('3', 3), ('8', 8), ('9', 8), ('007', 7),
    ('18446744073709551616', 8)])
def test_history(server, name, count, kept):
    room = f'/chat/{name}'
    ids = fill(server, room, 8)
    hello, got, new = start(server, f'{room}?history={count}')
    assert (hello['resumed'], hello['gap']) == (False, False)
    assert got == ids[8 - kept:]
    if kept < 8:
        assert hello['cursor'] == ids[7 - kept]
    hello, got, _ = start(server, f'{room}?after={hello["cursor"]}')
    assert hello['resumed'] and got == ids[8 - kept:] + [new]


@pytest.mark.parametrize('count', ['', '-1', 'x', '1.5', '1&history=2'])
def test_bad_history(server, name, count):
    with pytest.raises(WsFailure) as failure:
        server.ws(f'/chat/{name}?history={count}')
    assert failure.value.response.status == 400
    assert failure.value.response.json()['code'] == 'bad_request'


@pytest.mark.parametrize('query', [
    'history=1&after={}', 'after={}&history=0', 'after={}&history=x'])
def test_history_beside_a_cursor(server, name, query):
    """It is ignored, even when it is a bad one."""
    room = f'/chat/{name}'
    ids = fill(server, room, 4)
    hello, got, _ = start(server, f'{room}?{query.format(ids[1])}')
    assert hello['resumed'] and got == ids[2:]


def test_the_same_on_every_child(server, name):
    """A cursor of one child's hello serves on the others."""
    room = f'/chat/{name}'
    expected = fill(server, room, 3)
    cursor = None
    for turn in range(20):
        query = f'?after={cursor}' if turn % 2 else ''
        hello, got, new = start(server, room + query)
        assert got == expected and hello['gap'] is False
        expected.append(new)
        cursor = hello['cursor']


SMALL = ('ChatMaxRooms 16\nChatSharedMemory 4M\n' +
         location('/chat', 'Chat rooms', 'ChatRate off'))


def test_a_room_that_was_given_away_and_made_again():
    """Its old cursors lie before the new room's birth: a gap, never silence;
    and what was said in the room that had its place does not show."""
    with Httpd(sizes=ONE_CHILD, config=SMALL) as server:
        server.allow('CW0304: all 16 rooms are in use')
        old = fill(server, '/chat/first', 3)
        for number in range(40):
            fill(server, f'/chat/other{number}', 1)
        asked = server.get(f'/chat/first?after={old[1]}').json()
        assert (asked['gap'], asked['events']) == (True, [])
        for cursor in (old[0], old[2], later(old[2])):
            hello, got, _ = start(server, f'/chat/first?after={cursor}')
            assert (hello['resumed'], hello['gap']) == (False, True)
            assert order(hello['cursor']) > order(old[2])
            assert not set(got) & set(old)
        hello, got, _ = start(server,
                              f'/chat/first?after={asked["cursor"]}')
        assert (hello['resumed'], hello['gap'], len(got)) == (True, False, 3)
        warnings = [line for line in server.log_lines() if ':warn]' in line]
        assert len(warnings) == 1
