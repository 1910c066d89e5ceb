"""What has left a room and is in the archive can be changed as before: by its
author, by moderators, and on every way."""
import json
import time

import pytest

from harness import Httpd, key_of, location, new_room, order, say, wait_until

RULES = ('Chat rooms', 'ChatRate off', 'ChatHistory 3 24h',
         'ChatModerators env boss', 'SetEnvIf X-Boss . boss')
CONFIG = ('ChatArchive sqlite3 data/chat.db\n' +
          location('/chat', *RULES) +
          location('/late', *RULES, 'ChatAmend 1s'))
ANN, BEN = key_of(1), key_of(2)
BOSS = [*key_of(3), ('X-Boss', '1')]
END = '99999999999999-0'
PADDING = 'x' * 1900


@pytest.fixture(scope='module')
def server():
    with Httpd(config=CONFIG, modules=('setenvif',)) as running:
        yield running


def restart(server):
    server.own_root = False
    server.stop()
    server.start()
    server.own_root = True


@pytest.fixture(params=[
    'pushed out', pytest.param('restarted', marks=pytest.mark.children_die)])
def filled(request, server):
    """(a room, the ids of five messages of Ann's that it does not have any
    more, a word of theirs alone): more has come since, or the room is in the
    archive alone."""
    room = new_room()
    word = 'w' + room[-12:]
    ids = say(server, room, *[f'{word}.{n}' for n in range(5)], headers=ANN)
    if request.param == 'restarted':
        say(server, room, *'abc', headers=BEN)
        restart(server)
    else:
        say(server, room, *[f'{n} {PADDING}' for n in range(150)],
            headers=BEN)
    return room, ids, word


def command(server, room, who, **body):
    return server.post(room, json.dumps(body), headers=who, timeout=30)


def done(server, room, who, **body):
    answer = command(server, room, who, **body)
    assert answer.status in (200, 204), answer
    return answer.json()['id'] if answer.body else None


def refused(server, room, who, **body):
    answer = command(server, room, who, **body)
    return answer.status, answer.json()['code']


def told(server, room, ids, word):
    """As they are now: in a page, and by their word."""
    behind = f'{order(ids[-1])[0]}-{order(ids[-1])[1] + 1}'
    page = server.get(f'{room}?before={behind}').json()['events']
    found = server.get(f'{room}?search={word}').json()['events']
    assert [event['id'] for event in page] == ids
    assert found == [event for event in page if word in event['text']]
    return page


def stored(server, text):
    """Whether it stands in the files of the archive."""
    return any(text.encode() in path.read_bytes()
               for path in (server.root / 'data').iterdir())


def test_by_post(server, filled):
    room, ids, word = filled
    edit = done(server, room, ANN, type='edit', id=ids[1], text='newtext ' + word)
    assert edit and not stored(server, f'{word}.1')
    assert done(server, room, ANN, type='edit', id=ids[1],
                text='newtext ' + word) is None
    again = done(server, room, ANN, type='edit', id=ids[1], text='newer ' + word,
                 ref='e')
    assert done(server, room, ANN, type='edit', id=ids[1], text='newer ' + word,
                ref='e') == again
    assert not stored(server, 'newtext ' + word)
    gone = done(server, room, ANN, type='delete', id=ids[2], ref='d')
    assert done(server, room, ANN, type='delete', id=ids[2], ref='d') == gone
    assert done(server, room, ANN, type='delete', id=ids[2]) is None
    assert not stored(server, f'{word}.2')
    now = told(server, room, ids, word)
    assert [event['text'] for event in now] == [
        f'{word}.0', 'newer ' + word, '', f'{word}.3', f'{word}.4']
    assert now[1]['edited'] is True and now[2]['deleted'] is True
    events = server.get(f'{room}?after={ids[4]}').json()
    while 'more' in events:
        more = server.get(f'{room}?after={events["cursor"]}').json()
        events = {**more, 'events': events['events'] + more['events']}
    changes = [event for event in events['events']
               if event['type'] in ('edited', 'deleted')]
    assert [(event['id'], event['target'], event.get('text'))
            for event in changes] == [(edit, ids[1], None),
                                      (again, ids[1], 'newer ' + word),
                                      (gone, ids[2], None)]


def test_by_websocket(server, filled):
    """In the order of the commands, and readers are told before the ack."""
    room, ids, word = filled
    with server.ws(room, headers=ANN) as client:
        client.recv_event('hello')
        client.send_json(type='edit', id=ids[0], text='edited ' + word, ref='1')
        client.send_json(type='message', text='between', ref='2')
        client.send_json(type='delete', id=ids[3], ref='3')
        client.send_json(type='delete', id=ids[3], ref='4')
        client.send_json(type='edit', id='5-0', text='x', ref='5')
        client.send_json(type='typing', ref='6')
        client.send_json(type='message', text='last', ref='7')
        seen = client.recv_until(lambda e: e.get('ref') == '7'
                                 and e['type'] == 'ack')
    answers = [(e['type'], e['ref']) for e in seen
               if e['type'] in ('ack', 'error')]
    assert answers == [('ack', '1'), ('ack', '2'), ('ack', '3'), ('ack', '4'),
                       ('error', '5'), ('ack', '7')]
    kinds = [e['type'] + e.get('ref', '') for e in seen]
    assert kinds.index('edited') < kinds.index('ack1')
    assert kinds.index('deleted') < kinds.index('ack3')
    assert kinds.count('edited') == kinds.count('deleted') == 1
    acks = [e for e in seen if e['type'] == 'ack']
    assert 'id' in acks[0] and 'id' in acks[2] and 'id' not in acks[3]
    now = told(server, room, ids, word)
    assert now[0]['text'] == 'edited ' + word and now[3]['deleted'] is True
    assert not stored(server, f'{word}.0') and not stored(server, f'{word}.3')


def test_not_by_others(server, filled):
    room, ids, word = filled
    for who in (BEN, BOSS):
        assert refused(server, room, who, type='edit', id=ids[0],
                       text='x') == (403, 'forbidden')
    assert refused(server, room, BEN, type='delete', id=ids[0]) == \
        (403, 'forbidden')
    for nothing in ('5-0', END, f'{order(ids[0])[0]}-77'):
        assert refused(server, room, ANN, type='delete', id=nothing) == \
            (404, 'not_found')
    with server.ws(room, headers=BEN) as client:
        client.recv_event('hello')
        client.send_json(type='delete', id=ids[0], ref='x')
        assert client.recv_event('error')['code'] == 'forbidden'
    assert [event['text'] for event in told(server, room, ids, word)] == \
        [f'{word}.{n}' for n in range(5)]


def test_by_a_moderator(server, filled):
    """Found by its words; a second time there is nothing to do."""
    room, ids, word = filled
    found = server.get(f'{room}?search={word}.1').json()['events']
    assert [event['id'] for event in found] == [ids[1]]
    assert done(server, room, BOSS, type='delete', id=ids[1])
    assert not stored(server, f'{word}.1')
    with server.ws(room, headers=BOSS) as client:
        client.recv_event('hello')
        client.send_json(type='delete', id=ids[2], ref='x')
        event = client.recv_until(lambda e: e.get('target') == ids[2])[-1]
        assert event['type'] == 'deleted'
        assert client.recv_event('ack')['ref'] == 'x'
    assert not stored(server, f'{word}.2')
    assert server.get(f'{room}?search={word}.1').json()['events'] == []
    assert refused(server, room, ANN, type='edit', id=ids[2], text='x') == \
        (404, 'not_found')


def test_reports(server, filled):
    room, ids, word = filled
    server.allow('CW0702')
    done(server, room, BOSS, type='delete', id=ids[4])
    with server.ws(room, headers=BOSS) as boss, \
            server.ws(room, headers=BEN) as client:
        boss.recv_event('hello')
        client.recv_event('hello')
        client.send_json(type='report', id=ids[0], reason='bad', ref='1')
        client.send_json(type='report', id=ids[4], ref='2')
        assert client.recv_event('ack')['ref'] == '1'
        assert client.recv_event('error')['code'] == 'not_found'
        assert boss.recv_event('report')['target'] == ids[0]
    assert refused(server, room, ANN, type='report', id=ids[1]) == \
        (400, 'bad_request')
    assert done(server, room, BEN, type='report', id=ids[1]) is None


@pytest.mark.children_die
def test_too_late(server):
    room = new_room('/late')
    ids = say(server, room, 'oldtext', *'abcd', headers=ANN)
    restart(server)
    wait_until(lambda: time.time() * 1000 > order(ids[0])[0] + 1100, 20,
               'it to be too late')
    assert refused(server, room, ANN, type='delete', id=ids[0]) == \
        (403, 'forbidden')


@pytest.mark.children_die
def test_a_locked_room(server):
    """Also when nobody has entered it since the start."""
    room = new_room()
    ids = say(server, room, 'oldtext', *'abcd', headers=ANN)
    done(server, room, BOSS, type='room', locked=True)
    restart(server)
    assert refused(server, room, ANN, type='edit', id=ids[0], text='x') == \
        (403, 'locked')
    assert done(server, room, BOSS, type='clear')
    assert refused(server, room, ANN, type='delete', id=ids[0]) == \
        (404, 'not_found')


def test_a_room_that_is_nowhere(server):
    """Neither in memory nor in the archive: that is an answer, and no reason
    to come again."""
    for body in ({'type': 'delete'}, {'type': 'edit', 'text': 'x'}):
        answer = command(server, new_room(), ANN, id='1795321234567-1', **body)
        assert answer.status == 404, answer
        assert answer.json()['code'] == 'not_found'
