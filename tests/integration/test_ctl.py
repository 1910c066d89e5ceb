"""chatwsctl asks a server that runs: what it answers, and whom it answers."""
import json
import os
import pwd
import socket
import stat
import subprocess

import pytest

from harness import Httpd, location, new_room, say, wait_until
from harness.ctl import ERASED, PROGRAM, ask, lines, run
from harness.moderator import enter

USER = 'ChatUser "%{HTTP:X-User}"'
ROOMS = ('Chat rooms', 'ChatRate off', USER, 'ChatModerators user boss')
CONFIG = (location('/chat', *ROOMS) + location('/side', *ROOMS) +
          location('/status', 'Chat status'))
KEY = [('X-Chatws-Key', '0123456789abcdef' * 2)]
OTHER = [('X-Chatws-Key', 'fedcba9876543210' * 2)]
ANN = [('X-User', 'ann')]
BOSS = [('X-User', 'boss')]


@pytest.fixture(scope='module', params=['event', 'worker', 'prefork'])
def server(request):
    running = Httpd(mpm=request.param, config=CONFIG)
    running.allow('CW070')
    with running:
        say(running, new_room(), 'so that a child of prefork has a hub')
        yield running


def named(room):
    return 'localhost' + room


def who(server, room, headers):
    client, hello = enter(server, room, headers)
    client.disconnect()
    return hello['you']['id']


def exported(server, room):
    head, *events = lines(ask(server, 'export', named(room))[0])
    assert head['room'] == named(room)
    return events


# The command line

@pytest.mark.parametrize('args', [
    [], ['frobnicate'], ['--frobnicate', 'rooms'], ['export'], ['erase'],
    ['status', 'x'], ['export', 'a', 'b'], ['ban', 'u-a', '--for', 'soon'],
    ['ban', 'u-a', '--for', '11y'], ['ban', 'u-a', '--for', '0'],
    ['pardon', 'u-a', '--for', '1h'], ['mute', 'u-a', '--purge'],
    ['rooms', '--room', 'x'], ['export', '--all'], ['import', 'x'],
    ['kick', 'u-a', '--for', '1h'], ['clear', '/a', '--reason', 'x'],
    ['lock'], ['unlock', 'a', 'b'],
    ['--archive', 'sqlite3', 'rooms'], ['--archive', 'x y', 'ban', 'u-a'],
])
def test_wrong_usage(args):
    wanted = 69 if args[:2] == ['--archive', 'x y'] else 64
    _, err = run(*args, status=wanted)
    assert err.startswith('chatwsctl: ') or 'option' in err


def test_help():
    out, _ = run('--help')
    for command in ('status', 'rooms', 'export', 'import', 'erase', 'ban',
                    'pardon', 'sanctions', 'Exit status'):
        assert command in out
    assert max(map(len, out.splitlines())) <= 80
    assert run('--version')[0].startswith('chatwsctl ')


def test_output_that_cannot_be_written(server):
    with open('/dev/full', 'wb') as full:
        done = subprocess.run(
            [str(PROGRAM), '-s', f'{server.root}/chatws.sock', 'status'],
            stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == 74 and b'written' in done.stderr


# The socket

def test_no_server(tmp_path):
    _, err = run('--socket', tmp_path / 'none', 'status', status=69)
    assert 'no httpd' in err
    deep = tmp_path / ('x' * 120)
    assert 'No such file' in run('-s', deep / 's', 'rooms', status=69)[1]


def test_only_root_may_ask(server):
    path = server.root / 'chatws.sock'
    found = path.stat()
    assert stat.S_ISSOCK(found.st_mode)
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert found.st_uid == os.getuid()
    if os.getuid() != 0:
        pytest.skip('only root can be somebody else')
    with socket.socket(socket.AF_UNIX) as client:
        os.seteuid(pwd.getpwnam('nobody').pw_uid)
        try:
            with pytest.raises(PermissionError):
                client.connect(str(path))
        finally:
            os.seteuid(0)


def test_a_descriptor_that_was_given_away(server):
    """Whoever could connect all the same is not answered: the mode is not the
    only guard."""
    if os.getuid() != 0:
        pytest.skip('only root can be somebody else')
    path = server.root / 'chatws.sock'
    path.chmod(0o666)
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            os.seteuid(pwd.getpwnam('nobody').pw_uid)
            try:
                client.connect(str(path))
            finally:
                os.seteuid(0)
            try:
                client.sendall(b'{"type":"status"}\n')
                assert client.recv(100) == b''
            except (BrokenPipeError, ConnectionResetError):
                pass
    finally:
        path.chmod(0o600)


def talk(server, data):
    """All that comes for these bytes until the end."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(30)
        client.connect(str(server.root / 'chatws.sock'))
        client.sendall(data)
        came = b''
        while True:
            part = client.recv(65536)
            if not part:
                return came
            came += part


@pytest.mark.parametrize('data', [
    b'\n', b'{}\n', b'x' * 5000, b'{"type":"erase","user":"ann"}\n',
    b'{"type":"export","room":"a\\u0000/b"}\n', b'\xff\xfe\n',
    b'{"type":"status"}{"type":"status"}\n'], ids=range(7))
def test_wrong_lines(server, data):
    answer = json.loads(talk(server, data))
    assert answer['error'] == 'bad_request' and answer['text']


def test_nothing_is_asked(server):
    """Who says nothing, or no whole line, is let go and keeps nobody."""
    with socket.socket(socket.AF_UNIX) as silent:
        silent.settimeout(60)
        silent.connect(str(server.root / 'chatws.sock'))
        silent.sendall(b'{"type":"stat')
        assert b'"end":true' in talk(server, b'{"type":"rooms"}\n')
        assert silent.recv(100) == b''


@pytest.mark.parametrize('mpm', ['event', 'prefork'])
def test_restarts(tmp_path, mpm):
    """The socket stays over a reload, goes with a stop, and is taken over from
    a server that was killed."""
    path = tmp_path / 'chatws.sock'
    with Httpd(tmp_path, mpm=mpm, config=CONFIG) as server:
        server.allow('AH00098')  # it was killed
        room = new_room()
        say(server, room, 'one')
        assert named(room) in ask(server, 'rooms')[0]
        server.graceful()
        say(server, room, 'two')
        assert named(room) in ask(server, 'rooms')[0]
        server.stop()
        assert not path.exists()
        server.start()
        server.kill_tree()
        assert path.exists()
        run('--socket', path, 'status', status=69)
        server.start()
        say(server, room, 'three')
        assert [event['text'] for event in exported(server, room)] == ['three']


def test_something_else_has_its_name(tmp_path):
    (tmp_path / 'chatws.sock').write_text('mine')
    server = Httpd(tmp_path, config=CONFIG)
    server.allow('CW0671')
    with server:
        server.wait_log('CW0671.*something else')
        assert (tmp_path / 'chatws.sock').read_text() == 'mine'


# What is asked

def test_status_and_rooms(server):
    room = new_room()
    client, _ = enter(server, room, KEY)
    say(server, room, 'one', 'two', headers=KEY)
    out, _ = ask(server, 'status')
    assert 'rooms_limit' in out
    told = lines(ask(server, '--json', 'rooms')[0])
    mine = [one for one in told if one['room'] == named(room)]
    assert len(mine) == 1
    assert mine[0]['members'] == 1 and mine[0]['kept'] == 2
    assert f'{named(room)}\t1 members\t2 messages kept' in \
        ask(server, 'rooms', '--site', 'localhost')[0]
    assert ask(server, 'rooms', '--site', 'other')[0] == ''
    client.disconnect()


def test_export(server):
    room = new_room()
    ids = say(server, room, 'one "quoted"\n', 'two', headers=KEY)
    server.post(room, json.dumps({'type': 'delete', 'id': ids[0]}),
                headers=KEY)
    page = server.get(room).json()['events']
    assert exported(server, room) == page
    assert lines(ask(server, 'export', room)[0])[1:] == page
    _, err = ask(server, 'export', named(new_room()), status=66)
    assert 'no such room' in err


def test_ban_mute_and_pardon(server):
    room, other, side = new_room(), new_room(), new_room('/side')
    for path in (room, other, side):
        say(server, path, 'hi', headers=KEY)
    user = who(server, room, KEY)
    client, _ = enter(server, room, KEY)
    ask(server, 'ban', user, '--room', named(room), '--for', '1h', '--reason',
        'spam')
    bye = client.recv_event('bye')
    assert bye['reason'] == 'spam' and bye['for'] == 3600
    assert server.get(other, KEY).status == 403
    assert server.get(side, KEY).status == 200
    out, _ = ask(server, 'sanctions', '--room', named(room))
    assert f'ban {user}' in out and out.rstrip().endswith(': spam')
    assert 'administrator' in out
    ask(server, 'pardon', user)
    assert server.get(other, KEY).status == 200
    assert ask(server, 'pardon', user)[0] == 'nothing to pardon\n'
    ask(server, 'mute', user, '--for', '30m')
    assert server.post(side, 'x', 'text/plain', headers=KEY).status == 403
    ask(server, 'pardon', user, '--site', 'localhost')
    assert server.post(side, 'x', 'text/plain', headers=KEY).status == 201
    _, err = ask(server, 'ban', user, '--room', named(new_room()), status=66)
    assert 'in use' in err


def test_kick_lock_and_clear(server):
    room = new_room()
    client, _ = enter(server, room, KEY)
    user = who(server, room, KEY)
    say(server, room, 'hi', headers=KEY)
    ask(server, 'lock', named(room))
    assert client.recv_event('room')['locked'] is True
    assert server.post(room, 'x', 'text/plain', headers=KEY).status == 403
    ask(server, 'unlock', named(room))
    assert client.recv_event('room')['locked'] is False
    ask(server, 'clear', named(room))
    client.recv_event('cleared')
    events = server.get(room + '?after=0-0', KEY).json()['events']
    assert not [one for one in events if one['type'] == 'message']
    assert 'needs a room' in ask(server, 'kick', user, status=64)[1]
    ask(server, 'kick', user, '--room', named(room), '--reason', 'spam')
    assert client.recv_event('bye')['reason'] == 'spam'
    ask(server, 'clear', named(new_room()), status=66)


def test_a_moderator_cannot_be_banned(server):
    room = new_room()
    client, _ = enter(server, room, BOSS)
    ask(server, 'ban', 'u-boss', '--room', named(room), status=77)
    client.disconnect()


def test_erase(server):
    """Who is here is sent out; nothing is left of it but that there was
    something."""
    room, side = new_room(), new_room('/side')
    client, hello = enter(server, room, KEY)
    reader, _ = enter(server, room, OTHER)
    user = hello['you']['id']
    server.post(room, json.dumps({'type': 'name', 'name': 'Zebra'}),
                headers=KEY)
    ids = say(server, room, 'ZEBRAONE', 'ZEBRATWO', 'gone', headers=KEY)
    say(server, room, 'Zebra was here', headers=OTHER)
    say(server, side, 'ZEBRATHREE', headers=KEY)
    for change in ({'type': 'edit', 'id': ids[1], 'text': 'ZEBRAFOUR'},
                   {'type': 'delete', 'id': ids[2]}):
        assert server.post(room, json.dumps(change), headers=KEY).status == 200
    out, _ = ask(server, 'erase', user)
    assert out.startswith('erased: ')
    client.recv_event('bye')
    told = [reader.recv_event('deleted') for _ in range(3)]
    assert [event['target'] for event in told] == [ids[2], ids[0], ids[1]]
    assert told[1]['by'] == ERASED
    events = exported(server, room) + exported(server, side)
    text = json.dumps(events)
    assert 'ZEBRA' not in text and user not in text
    assert text.count('Zebra') == 1 and 'Zebra was here' in text
    mine = {event['id']: event for event in events if event['id'] in ids}
    for event in mine.values():
        assert event == {'type': 'message', 'id': event['id'], 'text': '',
                         'from': ERASED, 'deleted': True}
    assert len(mine) == 3
    assert server.get(room).json()['events'] == exported(server, room)
    assert wait_until(lambda: 'CW0704' in '\n'.join(server.log_lines()), 10)
    assert ask(server, 'erase', user)[0] == 'erased: 0 messages and events\n'
    reader.disconnect()


def test_erase_a_verified_user(server):
    room = new_room()
    ids = say(server, room, 'one', headers=ANN)
    say(server, room, 'two', headers=BOSS)
    ask(server, 'erase', 'u-ann', '--site', 'other')
    assert exported(server, room)[0]['from']['id'] == 'u-ann'
    ask(server, 'erase', 'u-ann')
    first, second, event = exported(server, room)
    assert first['id'] == ids[0] and first['from'] == ERASED
    assert second['text'] == 'two'
    assert event['type'] == 'deleted' and event['target'] == ids[0]


def test_sites(tmp_path):
    """A room of two sites is named with its site."""
    config = CONFIG + ''.join(
        f'<VirtualHost *:@PORT@>\nServerName {name}\n</VirtualHost>\n'
        for name in ('a.test', 'b.test'))
    with Httpd(tmp_path, config=config) as server:
        room = new_room()
        for name in ('a.test', 'b.test'):
            answer = server.request('POST', room, [
                ('Host', name), ('Content-Type', 'text/plain')], b'at ' +
                name.encode())
            assert answer.status == 201, answer
        _, err = ask(server, 'export', room, status=64)
        assert 'SITE/PATH' in err
        for name in ('a.test', 'b.test'):
            head, event = lines(ask(server, 'export', name + room)[0])
            assert event['text'] == 'at ' + name
            assert lines(ask(server, 'export', room, '--site', name)[0]) == \
                [head, event]
