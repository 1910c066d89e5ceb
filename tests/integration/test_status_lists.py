"""The lists of the status page: who sees rooms and people there, and what."""
import pytest

from harness import (Httpd, RawClient, location, new_room, status_page,
                     wait_until)
from harness.moderator import SEVERAL
from harness.status_page import (ANN, BOB, FILES, LOGIN, PATH, STATUS, ask,
                                 look, room_name)

OPEN = 'ChatModerators all granted'
CONFIG = (
    SEVERAL +
    location('/chat', 'Chat rooms', 'ChatRate off', 'ChatHistory 2000',
             'ChatUser "%{HTTP:X-User}"', 'ChatModerators user mia') +
    STATUS +
    location('/figures', 'Chat status', 'Require all granted') +
    location('/local', 'Chat status', 'Require local', OPEN) +
    location('/addresses', 'Chat status', 'Require local', OPEN,
             'ChatStatusAddresses on') +
    location('/wrapped', '<IfModule mod_authz_core.c>', 'Chat status',
             '</IfModule>', 'Require local', OPEN) +
    location('/outer', OPEN) +
    location('/outer/status', 'Chat status', 'Require local') +
    location('/twice', 'Chat status', 'Require local') +
    location('/twice', OPEN) +
    location('/guests', 'Chat status', *LOGIN[:3], 'Require local',
             'ChatModerators valid-user') +
    location('/either', 'Chat status', *LOGIN[:3], 'Require local', OPEN) +
    location('/nobody', 'Chat status', 'Require local',
             'ChatModerators user ann') +
    '<Directory "@ROOT@/htdocs/tree">\nAllowOverride All\n</Directory>\n')
HTACCESS = 'Chat status\nRequire local\nChatModerators all granted\n'
ALL = 'health,rooms,connections,sanctions'
LISTS = {'room_list', 'member_list', 'connection_list', 'sanction_list'}


@pytest.fixture(scope='module')
def server():
    with Httpd(config=CONFIG, tls=True,
               vhost_config='ServerName other.test\nServerAlias *.wild.test\n',
               files={**FILES, 'tree/.htaccess': HTACCESS}) as running:
        yield running


def enter(server, room, name=None, **options):
    headers = [('X-User', name)] if name else []
    client = server.ws(room, headers=headers, **options)
    client.recv_event('hello')
    return client


def connections(server, room, path=PATH, query='', **options):
    return status_page.connections(server, f'&room={room_name(room)}{query}',
                                   path=path, **options)


def is_limited(server, path, headers=(), **options):
    """Whether names are hidden; figures and health are shown anyway."""
    found = look(server, ALL, headers=headers, path=path, **options)
    assert found['up'] == 1 and found['health']
    hidden = 'limited' in found
    assert hidden == (not LISTS & set(found)) == ('token' not in found)
    return found['limited'] if hidden else None


def test_without_list_nothing_is_new(server):
    """Flat, whoever asks: scripts and chatwsctl read it."""
    for path, headers in ((PATH, ANN), ('/figures', ()), ('/local', ())):
        found = server.get(f'{path}?format=json', list(headers)).json()
        found.pop('version')
        assert all(type(value) is int for value in found.values())
        assert type(found['rooms']) is int


@pytest.mark.parametrize('path, headers, cure', [
    (PATH, ANN, None),
    ('/figures', (), 'ChatModerators'),
    ('/local', (), None),
    ('/local', [('Host', 'localhost')], None),
    ('/local', [('Host', 'evil.test')], 'ServerName'),
    ('/local', [('X-Forwarded-For', '192.0.2.1')], 'mod_remoteip'),
    ('/local', [('X-Forwarded-Proto', 'https')], 'mod_remoteip'),
    ('/local', [('Via', '1.1 proxy')], 'mod_remoteip'),
    ('/local', [('Sec-Fetch-Site', 'none')], None),
    ('/local', [('Sec-Fetch-Site', 'same-site')], 'another site'),
    ('/local', [('Origin', 'http://evil.test')], 'another site'),
    (PATH, [*ANN, ('Sec-Fetch-Site', 'cross-site')], 'another site'),
    ('/wrapped', (), None),
    ('/outer/status', (), 'section'),
    ('/twice', (), 'section'),
    ('/guests', (), 'log in'),
    ('/guests', ANN, None),
    ('/nobody', (), 'AuthType'),
    ('/either', (), None),
    (PATH, BOB, 'somebody else'),
    ('/tree/x', (), 'section'),
])
def test_who_sees_names(server, path, headers, cure):
    why = is_limited(server, path, headers)
    assert (why is None) if cure is None else (cure in why), why


@pytest.mark.parametrize('path, headers, login', [
    (PATH, BOB, False),                     # is somebody already
    ('/figures', (), False),                # and nobody ever may
    ('/nobody', (), False),                 # there is no way to log in
    ('/guests', (), True),
    ('/guests', [('Origin', 'http://evil.test')], False),
    ('/either', [('Via', '1.1 proxy')], True),
])
def test_whether_a_login_helps(server, path, headers, login):
    found = look(server, 'health', headers=headers, path=path)
    assert found['login'] is login and found['limited'], found
    assert found['you'] == ('bob' if headers == BOB else None)
    assert ('?login' in found['limited']) == (path == '/guests' and login)


def test_login(server):
    """?login asks for a password where Require does not."""
    asked = server.get('/guests?login')
    assert asked.status == 401
    assert asked.header('www-authenticate').startswith('Basic')
    server.allow('AH01617: |AH01618: ')
    there = server.get('/guests?login', list(ANN))
    assert there.status == 303 and there.header('location') == '/guests'
    assert look(server, 'health', path='/guests')['you'] == 'ann'
    wrong = [('Authorization', 'Basic YW5uOmJvYg==')]
    assert ask(server, ALL, headers=wrong, path='/guests').status == 401


def test_a_wildcard_is_no_name(server):
    """Somebody else may own what matches."""
    for host, seen in (('other.test', True), ('a.wild.test', False)):
        why = is_limited(server, '/local', [('Host', host)], tls=True)
        assert (why is None) == seen, (host, why)


def test_it_needs_a_password(server):
    server.allow('AH01617: |AH01618: ')
    assert ask(server, ALL, headers=()).status == 401


@pytest.mark.parametrize('query', [
    'list=', 'list=x', 'list=rooms,x', 'list=%zz', 'list=rooms&list=rooms',
    'list=members', 'list=rooms&room=x', 'list=rooms&site=a/b',
    'list=rooms&q=%ff', 'list=rooms&q=%00', 'list=rooms&q=' + 'a' * 481])
def test_what_is_not_understood(server, query):
    answer = server.get(f'/local?format=json&{query}')
    assert answer.status == 400, answer


def test_rooms_and_members(server):
    room = new_room()
    with enter(server, room, 'mia') as mia, enter(server, room) as guest:
        mia.send_json(type='room', topic='<Tea>', slow=3, locked=True,
                      ref='1')
        mia.recv_event('ack')
        found = look(server, 'rooms,members', f'&room={room_name(room)}')
        assert found['you'] == 'ann' and len(found['token']) == 32
        (row,) = found['room_list']
        assert row['room'] == room_name(room) and row['members'] == 2
        assert (row['topic'], row['slow'], row['locked']) == ('<Tea>', 3, True)
        assert found['room_total'] == 1 and found['member_total'] == 2
        people = {one['name']: one for one in found['member_list']}
        assert people.pop('mia') == {'id': 'u-mia', 'name': 'mia',
                                     'moderator': True}
        (other,) = people.values()
        assert other['guest'] is True and other['id'].startswith('g-')
        found = look(server, 'rooms', f'&q={room[-12:].upper()}')
        assert [row['room'] for row in found['room_list']] == [
            room_name(room)]
        assert look(server, 'rooms', '&site=none')['room_list'] == []
        guest.close()
        mia.close()


def test_connections(server):
    """Of all transports, over several children; each is listed once."""
    room = new_room()
    clients = [enter(server, room, f'p{i}') for i in range(12)]
    sse = server.sse(room, headers=[('X-User', 'sse')])
    sse.recv_event('hello')
    secure = enter(server, room, 'tls', tls=True, host='localhost')
    wait_until(lambda: len(connections(server, room)) == 13, 30)
    rows = connections(server, room)
    assert len({row['connection'] for row in rows}) == 13
    assert {row['name'] for row in rows} == {
        'sse', *(f'p{i}' for i in range(12))}
    by_name = {row['name']: row for row in rows}
    assert by_name['sse']['transport'] == 'sse'
    one = by_name['p0']
    assert one['transport'] == 'websocket' and one['id'] == 'u-p0'
    assert one['room'] == room_name(room) and one['guest'] is False
    assert one['tls'] is False and one['lag'] == 0 and one['age'] >= 0
    assert all('address' not in row for row in rows)
    tls = status_page.connections(server, '&q=u-tls')
    assert [row['tls'] for row in tls] == [True]
    for client in (*clients, secure):
        client.close()
    sse.disconnect()
    wait_until(lambda: connections(server, room) == [], 30)


def test_search(server):
    room = new_room()
    with enter(server, room, 'Zoe Quill') as zoe, \
            enter(server, room, 'p') as other:
        for query in ('&q=u-Zoe%20Quill', '&q=QUILL'):
            wait_until(lambda: len(connections(server, room, query=query))
                       == 1, 30)
            (row,) = connections(server, room, query=query)
            assert row['name'] == 'Zoe Quill'
        assert connections(server, room, query='&q=nobody') == []
        wait_until(lambda: {row['name'] for row in status_page.connections(
            server, f'&q={room[2:]}')} == {'Zoe Quill', 'p'}, 30)
        zoe.close()
        other.close()


def test_addresses(server):
    room = new_room()
    with enter(server, room) as client:
        wait_until(lambda: connections(server, room), 30)
        answer = ask(server, 'connections', '&q=127.0.0.1')
        assert answer.status == 400
        assert 'ChatStatusAddresses' in answer.json()['text']
        (row,) = connections(server, room, path='/addresses', headers=())
        assert row['address'] == '127.0.0.1'
        assert len(connections(server, room, '/addresses', '&q=127.0.0.1',
                               headers=())) == 1
        assert connections(server, room, '/addresses', '&q=192.0.2.1',
                           headers=()) == []
        client.close()


def test_who_is_behind(server):
    """Somebody who does not read comes first, with how long it is behind."""
    room = new_room()
    with enter(server, room, 'slow', rcvbuf=4096) as slow, \
            enter(server, room, 'quick') as quick:
        for i in range(700):
            quick.say('x' * 8000, ref=str(i))
            quick.recv_event('ack')
        wait_until(lambda: connections(server, room)[0]['lag'] > 0, 30)
        first = connections(server, room)[0]
        assert first['name'] == 'slow' and first['waiting'] > 0
        quick.close()
        slow.disconnect()
