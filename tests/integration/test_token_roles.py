"""What a token lets its user do, for how long, and how the others see it."""
import time
import uuid

import pytest

from harness import CLOSE, Httpd, location, wait_until
from harness.tokens import Keys, bearer, check_bad, cookie, protocols

SPEAK = {'speak': True, 'moderate': False}
READ = {'speak': False, 'moderate': False}
MODERATE = {'speak': True, 'moderate': True}


@pytest.fixture(scope='module')
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp('keys'))


@pytest.fixture(scope='module')
def server(keys):
    def rooms(path, *lines):
        return location(path, 'Chat rooms', 'ChatRate off',
                        f'ChatTokenKey "{keys.folder}/secret"', *lines)
    with Httpd(config=(
            rooms('/chat') +
            rooms('/ruled', 'ChatSpeakers user ann ben',
                  'ChatModerators user ann') +
            rooms('/nobody', 'ChatSpeakers all denied') +
            rooms('/readonly', 'ChatGuests readonly') +
            rooms('/off', 'ChatGuests off'))) as running:
        running.allow('CW064[45]')
        yield running


@pytest.fixture
def name():
    return uuid.uuid4().hex


@pytest.fixture
def join(server):
    opened = []

    def begin(path, token=None):
        client = server.ws(path, protocols=protocols(token) if token else ())
        opened.append(client)
        client.hello = client.recv_event('hello')
        return client
    yield begin
    for client in opened:
        client.disconnect()


@pytest.mark.parametrize('path, sub, role, rights', [
    ('/chat', 'ann', None, SPEAK),
    ('/chat', 'ann', 'reader', READ),
    ('/chat', 'ann', 'speaker', SPEAK),
    ('/chat', 'ann', 'moderator', MODERATE),
    ('/ruled', 'ann', None, MODERATE),
    ('/ruled', 'ben', None, SPEAK),
    ('/ruled', 'cat', None, READ),
    ('/ruled', 'ann', 'reader', READ),
    ('/ruled', 'ann', 'speaker', SPEAK),
    ('/ruled', 'cat', 'speaker', SPEAK),
    ('/ruled', 'cat', 'moderator', MODERATE),
    ('/nobody', 'ann', None, READ),
    ('/nobody', 'ann', 'speaker', SPEAK),
    ('/readonly', 'ann', None, SPEAK),
    ('/readonly', 'ann', 'reader', READ),
    ('/off', 'ann', None, SPEAK),
])
def test_roles(server, join, keys, name, path, sub, role, rights):
    """The role stands for ChatSpeakers and ChatModerators, both ways; the id is
    what these ask for, and not the name."""
    claims = {'sub': sub, 'name': 'Ann', 'role': role}
    token, room = keys.token(claims), f'{path}/{name}'
    client = join(room, token)
    assert client.hello['rights'] == rights
    assert client.hello['you'].get('moderator', False) == rights['moderate']
    answer = server.get(f'{room}?members', bearer(token)).json()
    assert answer['rights'] == rights and answer['you'] == client.hello['you']
    client.say('by socket', ref='1')
    kind = 'message' if rights['speak'] else 'error'
    event = client.recv_event(kind)
    answer = server.post(room, '{"text":"by post"}', headers=cookie(token))
    if rights['speak']:
        assert event['from'] == client.hello['you']
        assert answer.status == 201
        event = client.recv_until(lambda e: e.get('text') == 'by post')[-1]
        assert event['from'] == client.hello['you']
    else:
        assert event['code'] == 'read_only'
        assert answer.status == 403 and answer.json()['code'] == 'read_only'


def moderates(client):
    """What the next news of u-ann says."""
    def about(event):
        return [one for name in ('renamed', 'joined', 'list')
                for one in event.get(name, []) if one['id'] == 'u-ann']
    event = client.recv_until(about, 30)[-1]
    assert 'left' not in event
    return about(event)[0].get('moderator', False)


def test_one_connection_is_enough(join, keys, name):
    """A member moderates as long as any of its connections does, and each
    change is told as a new name would be."""
    room = f'/chat/{name}'
    reader = join(room)
    plain = join(room, keys.token())
    assert moderates(reader) is False
    assert 'moderator' not in plain.hello['you']
    other = join(room, keys.token(role='moderator'))
    assert other.hello['you']['moderator'] is True
    assert moderates(reader) is True
    plain.say('as one')
    event = reader.recv_until(lambda e: e['type'] == 'message')[-1]
    assert event['from']['moderator'] is True, 'the member is one'
    other.close()
    assert moderates(reader) is False
    plain.say('as none')
    event = reader.recv_until(lambda e: e['type'] == 'message')[-1]
    assert 'moderator' not in event['from']


def test_post_of_a_stranger(server, join, keys, name):
    room = f'/chat/{name}'
    reader = join(room)
    server.post(room, '{"text":"hi"}',
                headers=bearer(keys.token(role='moderator')))
    assert reader.recv_event('message')['from'] == {
        'id': 'u-ann', 'name': 'ann', 'moderator': True}


def test_end_of_a_token(server, join, keys, name):
    """Before it ends its user is sent away, and is back with the next one as if
    nothing had been; with the old one not."""
    room, soon = f'/chat/{name}', time.time() + 24
    reader = join(room)
    client = join(room, keys.token(exp=soon))
    stream = server.sse(room, headers=bearer(keys.token(exp=soon)))
    client.say('hi')
    position = client.recv_event('message')['id']
    bye = client.recv_until(lambda e: e['type'] == 'bye', 60)[-1]
    assert bye['code'] == 1012 and bye['retry'] == [0, 1]
    opcode, reason = client.recv_message(60)
    assert opcode == CLOSE and reason[:2] == (1012).to_bytes(2, 'big')
    assert stream.recv_event('bye', 60)['retry'] == [0, 1]
    again = join(f'{room}?after={position}', keys.token())
    assert again.hello['resumed'] is True and again.hello['gap'] is False
    wait_until(lambda: time.time() > soon, 60, 'the token has ended')
    check_bad(server.get(room, bearer(keys.token(exp=soon))))
    again.say('back')
    events = reader.recv_until(lambda e: e.get('text') == 'back')
    assert not any('left' in event for event in events)
