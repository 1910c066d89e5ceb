"""A ban with a purge: what somebody has said goes from the archive, too, in all
rooms of the realm, before the answer comes."""
import json

import pytest

from harness import Httpd, key_of, location, new_room, say

RULES = ('Chat rooms', 'ChatRate off', 'ChatHistory 3 24h',
         'ChatModerators env boss')
CONFIG = ('SetEnvIf X-Boss . boss\nChatArchive sqlite3 data/chat.db\n' +
          location('/chat', *RULES) + location('/other', *RULES))
ANN, BEN = key_of(1), key_of(2)
BOSS = [*key_of(3), ('X-Boss', '1')]


@pytest.fixture
def server(tmp_path):
    running = Httpd(tmp_path, config=CONFIG, modules=('setenvif',))
    running.allow('CW070')
    with running:
        yield running


def command(server, room, who, **body):
    answer = server.post(room, json.dumps(body), headers=who, timeout=60)
    assert answer.status in (200, 204), answer
    return answer.json() if answer.body else {}


def stored(server, text):
    return any(text.encode() in path.read_bytes()
               for path in (server.root / 'data').iterdir())


def all_of(server, room, before='99999999999999-0'):
    return server.get(f'{room}?before={before}&limit=1000').json()['events']


def by_post(server, room, user):
    command(server, room, BOSS, type='ban', user=user, purge=True)


def by_websocket(server, room, user):
    with server.ws(room, headers=BOSS) as client:
        client.recv_event('hello')
        client.send_json(type='ban', user=user, purge=True, ref='1')
        client.send_json(type='message', text='done', ref='2')
        told = client.recv_until(lambda e: e.get('ref') == '2'
                                 and e['type'] == 'ack')
        assert [e['ref'] for e in told if e['type'] == 'ack'] == ['1', '2']


@pytest.mark.parametrize('ban', [by_post, by_websocket])
def test_everywhere_in_the_realm(server, ban):
    rooms = [new_room(), new_room(), new_room()]
    other = new_room('/other')
    for room in rooms:
        ids = say(server, room, *[f'zebra {n}' for n in range(450)],
                  headers=ANN)
        command(server, room, ANN, type='edit', id=ids[-1], text='zebra end')
        say(server, room, *[f'kept {n}' for n in range(20)], headers=BEN)
    say(server, other, 'giraffe', headers=ANN)
    user = all_of(server, rooms[0])[0]['from']['id']
    server.stop()
    server.start()
    server.get(rooms[0])  # in use, the others are in the archive alone
    ban(server, rooms[1], user)
    assert not stored(server, 'zebra') and stored(server, 'giraffe')
    assert stored(server, 'kept 0')
    for room in rooms:
        told = all_of(server, room)
        mine = [event for event in told if event['from']['id'] == user]
        assert len(mine) == 450
        assert all(event['deleted'] and event['text'] == ''
                   for event in mine)
        assert server.get(f'{room}?search=zebra').json()['events'] == []
        assert [event['text'] for event in told
                if event['text'].startswith('kept')] == \
            [f'kept {n}' for n in range(20)]
    assert [event['text'] for event in all_of(server, other)] == ['giraffe']
    assert server.get(rooms[2], ANN).status == 403


def test_an_edit_of_what_the_room_does_not_keep(server):
    """Its message has gone, and it is told to whoever joins."""
    room = new_room()
    first = say(server, room, 'zebra', headers=ANN)[0]
    user = all_of(server, room)[0]['from']['id']
    say(server, room, 'a', 'b', headers=BEN)
    command(server, room, ANN, type='edit', id=first, text='zebra again')
    say(server, room, 'c', headers=BEN)
    told = server.get(room).json()['events']
    assert 'zebra again' in [event.get('text') for event in told]
    by_post(server, room, user)
    assert 'zebra' not in server.get(room).body.decode()
    assert not stored(server, 'zebra')
