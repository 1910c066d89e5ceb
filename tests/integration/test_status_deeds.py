"""What can be done on the status page, by whom, and what of it the rooms see."""
import pytest

from harness import (Httpd, RawClient, location, new_room, stopped,
                     wait_until)
from harness.status_page import (ANN, BOB, BUSY, FILES, PATH, STATUS, close,
                                 connections, do, look, post, room_name, token)

CONFIG = (
    location('/chat', 'Chat rooms', 'ChatRate off',
             'ChatUser "%{HTTP:X-User}"') +
    STATUS +
    location('/figures', 'Chat status', 'Require local') +
    location('/local', 'Chat status', 'Require local',
             'ChatModerators all granted'))
CLEAR = {'type': 'clear', 'room': '/chat/none'}


@pytest.fixture(scope='module')
def server():
    with Httpd(config=CONFIG, tls=True, files=FILES,
               vhost_config='ServerName other.test\n') as running:
        running.allow('CW0646: ')
        yield running


def enter(server, room, name=None):
    headers = [('X-User', name)] if name else []
    client = server.ws(room, headers=headers)
    return client, client.recv_event('hello')


def attempt(server, change=(), drop=(), deed=None, path=PATH, user=ANN,
            kind='application/json'):
    """A deed that would be done, but for what is changed."""
    headers = dict(user)
    headers.update({'X-Chat-Token': token(server, user, path),
                    'Origin': f'http://{server.host()}',
                    'Sec-Fetch-Site': 'same-origin'})
    headers.update(change)
    pairs = [(name, value) for name, value in headers.items()
             if name not in drop]
    return post(server, CLEAR if deed is None else deed, pairs, path, kind)


def test_all_is_well(server):
    """So that the refusals below are for what they say: there is no room."""
    assert attempt(server).status == 404
    assert attempt(server, drop=('Origin', 'Sec-Fetch-Site')).status == 404
    assert attempt(server, path='/local', user=()).status == 404


@pytest.mark.parametrize('change, status', [
    ({'Origin': 'http://evil.test'}, 403),
    ({'Origin': 'null'}, 403),
    ({'Origin': ''}, 403),
    ({'Sec-Fetch-Site': 'cross-site'}, 403),
    ({'Sec-Fetch-Site': 'same-site'}, 403),
    ({'X-Chat-Token': ''}, 403),
    ({'X-Chat-Token': '0' * 32}, 403),
    ({'X-Chat-Token': 'x' * 33}, 403),
    (dict(BOB), 403),
])
def test_who_may_not(server, change, status):
    answer = attempt(server, change)
    assert answer.status == status, answer
    assert answer.json()['code'] == 'forbidden'
    assert answer.header('access-control-allow-origin') is None


@pytest.mark.parametrize('kind, status', [('application/json', 403),
                                          ('text/plain', 415)])
def test_who_may_not_is_not_waited_for(server, kind, status):
    """The body may never come."""
    with RawClient(server.address()) as client:
        client.send(f'POST /local HTTP/1.1\r\nHost: {server.host()}\r\n'
                    f'Content-Type: {kind}\r\nContent-Length: 100\r\n\r\n'
                    .encode())
        answer = client.read_response()
        assert answer.status == status
        assert answer.header('connection') == 'close'


@pytest.mark.parametrize('kind', ['text/plain', None, 'multipart/form-data',
                                  'application/x-www-form-urlencoded'])
def test_only_json(server, kind):
    assert attempt(server, kind=kind).status == 415


@pytest.mark.parametrize('deed, status', [
    ('', 400), ('{', 400), ({'type': 'none'}, 400), ({'type': 'clear'}, 400),
    ({'type': 'kick', 'user': 'u-x'}, 400),
    ({'type': 'close', 'connection': 'x'}, 400),
    ({'type': 'status'}, 403), ({'type': 'rooms'}, 403),
    ({'type': 'sanctions'}, 403), ({'type': 'erase', 'user': 'u-x'}, 403),
    ({'type': 'export', 'room': '/chat/x'}, 403),
    ({'type': 'close', 'connection': '9999-1-2'}, 404),
    ({'type': 'clear', 'room': '/x', 'more': 'x' * 5000}, 413),
])
def test_what_is_no_deed(server, deed, status):
    assert attempt(server, deed=deed).status == status


def test_the_token_is_one_users(server):
    """And one virtual host's."""
    mine = token(server)
    assert mine == token(server)
    there = look(server, 'health', tls=True)['token']
    local = token(server, (), '/local')
    assert len({mine, there, local}) == 3
    for other in (there, local):
        assert attempt(server, {'X-Chat-Token': other}).status == 403


def test_methods(server):
    """Without ChatModerators nothing is new."""
    for method in ('POST', 'PUT', 'OPTIONS'):
        answer = server.request(method, '/figures')
        assert answer.status == 405
        assert answer.header('allow') == 'GET, HEAD'
    answer = server.request('OPTIONS', PATH, ANN)
    assert answer.status == 405
    assert answer.header('allow') == 'GET, HEAD, POST'
    assert answer.header('access-control-allow-origin') is None


def lines(server, after=''):
    log = (server.root / 'logs' / 'error.log').read_text()
    return [line for line in log.splitlines()
            if 'CW0705: ' in line and after in line]


def test_kick_ban_pardon(server):
    room = new_room()
    name = room_name(room)
    eve, hello = enter(server, room, 'eve')
    sse = server.sse(room, headers=[('X-User', 'sue')])
    sse.recv_event('hello')
    answer = do(server, type='kick', room=name, user='u-eve', reason='a "b"')
    assert answer.status == 200, answer
    assert answer.json() == {'done': True, 'realms': 1}
    assert eve.recv_event('bye')['code'] == 1008
    answer = do(server, type='ban', room=name, user='u-sue', reason='x')
    assert answer.status == 200, answer
    wait_until(lambda: refused(server, room, 'sue'), 30)
    found = look(server, 'sanctions', f'&room={name}')['sanction_list']
    bans = [row for row in found if row['kind'] == 'ban']
    assert bans[0]['user']['id'] == 'u-sue' and bans[0]['room'] == name
    assert bans[0]['by'] == {'id': 'u-ann', 'name': 'ann',
                             'moderator': True}
    assert bans[0]['reason'] == 'x' and 'for' not in bans[0]
    assert do(server, type='pardon', room=name, user='u-sue').status == 200
    assert not refused(server, room, 'sue')
    said = lines(server, name)
    assert len(said) == 3 and all('"ann" from 127.0.0.1' in one
                                  and '(done): ' in one for one in said)
    assert 'sends out "u-eve"' in said[0]


def refused(server, room, name):
    return server.get(room + '?after=0-0',
                      [('X-User', name)]).status == 403


def test_upkeep(server):
    """A topic, a lock and emptying are told to all, in the owner's name."""
    room = new_room()
    client, hello = enter(server, room, 'amy')
    client.say('something', ref='1')
    client.recv_event('ack')
    answer = do(server, type='room', room=room_name(room), topic='New',
                locked=True)
    assert answer.json() == {'done': True, 'rooms': 1}
    told = client.recv_event('room')
    assert (told['topic'], told['locked']) == ('New', True)
    assert told['by']['id'] == 'u-ann'
    client.say('no', ref='2')
    assert client.recv_event('error')['code'] == 'locked'
    assert do(server, type='clear', room=room_name(room)).status == 200
    assert client.recv_event('cleared')['by']['name'] == 'ann'
    page = server.get(room + '?after=0-0').json()
    assert [one for one in page['events']
            if one['type'] == 'message'] == []
    client.close()
    assert len(lines(server, room_name(room))) == 2


def test_the_room_keeps_its_settings(server):
    """A deed does not open the room: its history stays as configured."""
    room = new_room()
    client, hello = enter(server, room)
    do(server, type='room', room=room_name(room), slow=0, topic='x')
    for i in range(3):
        client.say(f'm{i}', ref=f'r{i}')
        client.recv_event('ack')
    page = server.get(room + '?after=0-0').json()
    assert len([one for one in page['events']
                if one['type'] == 'message']) == 3
    client.close()


def test_with_an_archive():
    """A deed is done when the archive has it."""
    archive = 'ChatArchive sqlite3 data/chat.db\n'
    with Httpd(config=archive + CONFIG,
               files=FILES) as running:
        room = new_room()
        client, hello = enter(running, room, 'amy')
        client.say('something', ref='1')
        client.recv_event('ack')
        for deed in ({'type': 'room', 'topic': 'New'}, {'type': 'clear'},
                     {'type': 'mute', 'user': 'u-amy', 'for': 60}):
            answer = do(running, room=room_name(room), **deed)
            assert answer.status == 200, answer
        client.recv_event('cleared')
        page = running.get(room + '?after=0-0').json()
        assert [one for one in page['events']
                if one['type'] == 'message'] == []
        client.close()


def test_close(server):
    """Ends one connection; who had it may come back."""
    room = new_room()
    client, hello = enter(server, room, 'cat')
    (row,) = wait_until(lambda: connections(server, '&q=u-cat'), 30)
    close(server, row['connection'])
    assert client.recv_event('bye')
    client.disconnect()
    wait_until(lambda: do(server, type='close',
                          connection=row['connection']).status == 404, 30)
    again, hello = enter(server, room, 'cat')
    again.close()


def test_close_of_a_busy_child(server):
    """What a child does not answer is not said to be gone."""
    server.allow(BUSY)
    client, hello = enter(server, new_room(), 'dan')
    (row,) = wait_until(lambda: connections(server, '&q=u-dan'), 30)
    place, fd, started = row['connection'].split('-')
    deed = {'type': 'close', 'connection': f'{place}-{fd}-{int(started) + 1}'}
    headers = [*ANN, ('X-Chat-Token', token(server))]

    def while_stopped(pid):
        with stopped(pid):
            return post(server, deed, headers)
    answers = [while_stopped(pid) for pid in server.children()]
    (busy, *_) = [one for one in answers if one.status == 503]
    assert busy.header('retry-after') == '1'
    assert busy.json()['code'] == 'unavailable'
    assert 'try again' in busy.json()['text']
    client.close()


def test_a_reload_keeps_the_token():
    """Another server has another one."""
    with Httpd(config=CONFIG, files=FILES) as running, \
            Httpd(config=CONFIG, files=FILES) as other:
        mine = token(running)
        running.graceful()
        assert token(running) == mine != token(other)
