"""Row 9 for what is no message: a new name and typing, as on a WebSocket."""
import json
import uuid

import pytest

from harness import Httpd, is_made, location, new_room
from harness.address import until_refused

HEADER = '%{HTTP:X-User}'
CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/user', 'Chat rooms', 'ChatRate off',
                   f'ChatUser "{HEADER}"') +
          location('/readonly', 'Chat rooms', 'ChatRate off',
                   'ChatGuests readonly') +
          location('/slow', 'Chat rooms', 'ChatRate 1/s 2') +
          location('/few', 'Chat rooms', 'ChatRate off',
                   'ChatPresence on 2') +
          location('/status', 'Chat status'))


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, config=CONFIG) as running:
        yield running


def new_key():
    return [('X-Chatws-Key', uuid.uuid4().hex)]


def enter(server, room, headers):
    client = server.ws(room, headers=headers)
    hello = client.recv_event('hello')
    return client, hello['you']


def command(server, room, headers, **members):
    return server.post(room, json.dumps(members), headers=headers)


def is_error(answer, status, code):
    assert answer.status == status, answer
    assert answer.json()['code'] == code
    return answer.json()


def test_name(server):
    room, key = new_room(), new_key()
    client, you = enter(server, room, key)
    answer = command(server, room, key, type='name', name='Zoe <3')
    assert answer.status == 200
    assert answer.header('content-type') == 'application/json'
    assert answer.json() == {'type': 'you', 'id': you['id'],
                             'name': 'Zoe <3'}
    names = []
    while 'Zoe <3' not in names:
        event = client.recv_event('presence')
        names = [person['name'] for person in
                 event.get('renamed', event.get('list', []))]
    posted = server.post(room, 'hi', 'text/plain', key)
    assert posted.status == 201
    assert client.recv_event('message')['from']['name'] == 'Zoe <3'
    client.close()


def test_who_is_not_there_has_no_name(server):
    room = new_room()
    error = is_error(command(server, room, new_key(), type='name',
                             name='Zoe'), 403, 'forbidden')
    assert 'not in this room' in error['text']
    assert not is_made(server, room)
    client, _ = enter(server, room, new_key())
    is_error(command(server, room, new_key(), type='name', name='Zoe'),
             403, 'forbidden')
    is_error(command(server, room, [], type='name', name='Zoe'), 403,
             'forbidden')
    client.close()


def test_names_are_checked(server):
    room, ann, bob = new_room(), new_key(), new_key()
    clients = [enter(server, room, key)[0] for key in (ann, bob)]
    assert command(server, room, ann, type='name', name='Ann').status == 200
    is_error(command(server, room, bob, type='name', name='ａnn'), 400,
             'name_taken')
    for name in ('', 'x' * 33, 'guest-1234', 'a\u202eb', 5, None):
        is_error(command(server, room, bob, type='name', name=name), 400,
                 'bad_name')
    error = is_error(command(server, room, bob, type='name', name='Ann',
                             ref='r1'), 400, 'name_taken')
    assert error['ref'] == 'r1'
    for client in clients:
        client.close()


def test_a_verified_user_has_one(server):
    room, zoe = new_room('/user'), [('X-User', 'zoe')]
    client, _ = enter(server, room, zoe)
    error = is_error(command(server, room, zoe, type='name', name='Ann'),
                     403, 'forbidden')
    assert 'not in this room' not in error['text']
    client.close()


def test_typing(server):
    room, ann, bob = new_room(), new_key(), new_key()
    typist, you = enter(server, room, ann)
    reader, _ = enter(server, room, bob)
    answer = command(server, room, ann, type='typing')
    assert answer.status == 204 and answer.body == b''
    assert answer.header('content-type') is None
    assert answer.header('cache-control') == 'no-store'
    event = reader.recv_event('typing')
    assert event == {'type': 'typing', 'from': you}
    assert server.get(room).json()['events'] == []
    typist.close()
    reader.close()


def test_typing_of_somebody_who_is_not_there(server):
    """It is nobody's business, and makes no room."""
    room = new_room()
    assert command(server, room, new_key(), type='typing').status == 204
    assert not is_made(server, room)
    client, _ = enter(server, room, new_key())
    assert command(server, room, new_key(), type='typing').status == 204
    server.post(room, 'end', 'text/plain')
    assert next_of(client, 'typing', 'message') == 'message'
    client.close()


def next_of(client, *kinds):
    """The kind of the next event that is one of these."""
    event = client.recv_event()
    while event['type'] not in kinds:
        event = client.recv_event()
    return event['type']


def test_typing_in_a_large_room(server):
    room, key = new_room('/few'), new_key()
    clients = [enter(server, room, k)[0] for k in (key, new_key(),
                                                   new_key())]
    assert command(server, room, key, type='typing').status == 204
    server.post(room, 'end', 'text/plain')
    assert next_of(clients[1], 'typing', 'message') == 'message'
    for client in clients:
        client.close()


def test_guests_that_only_read(server):
    room, key = new_room('/readonly'), new_key()
    client, _ = enter(server, room, key)
    is_error(command(server, room, key, type='typing'), 403, 'read_only')
    assert command(server, room, key, type='name', name='Zoe').status == 200
    client.close()


def counter(server, name):
    return server.get('/status?format=json').json()[name]


def test_the_rate_counts_them(server):
    room, key = new_room('/slow'), new_key()
    client, _ = enter(server, room, key)
    before = counter(server, 'rate_limited_total')
    *good, refused = until_refused(
        lambda: command(server, room, key, type='typing'))
    assert len(good) >= 2 and {answer.status for answer in good} == {204}
    assert refused.header('retry-after')
    is_error(refused, 429, 'rate_limited')
    assert counter(server, 'rate_limited_total') == before + 1
    client.close()


def test_unknown_commands(server):
    room = new_room()
    for kind in ('shout', 'ack', 'hello', '', None, 5):
        is_error(command(server, room, [], type=kind, text='x'), 400,
                 'bad_type')
    assert not is_made(server, room)
