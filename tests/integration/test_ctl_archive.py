"""chatwsctl and the archive: erasing, exports and imports, with the server and
without it."""
import json
import os
import shutil
import sqlite3

import pytest

from harness import Httpd, location, new_room, say, wait_until
from harness.ctl import ERASED, ask, ask_again, direct, lines
from harness.databases import database
from harness.moderator import enter

CONFIG = ('ChatArchive sqlite3 data/chat.db\n' +
          location('/chat', 'Chat rooms', 'ChatRate off', 'ChatHistory 3',
                   'ChatModerators env boss', 'SetEnvIf X-Boss . boss'))
KEY = [('X-Chatws-Key', '0123456789abcdef' * 2)]
OTHER = [('X-Chatws-Key', 'fedcba9876543210' * 2)]
BOSS = [('X-Chatws-Key', 'b055' * 8), ('X-Boss', '1')]


@pytest.fixture
def server(tmp_path):
    running = Httpd(tmp_path, config=CONFIG)
    running.allow('CW070')
    with running:
        yield running


def named(room):
    return 'localhost' + room


def archive_of(server):
    return f'sqlite3 {server.root}/data/chat.db'


def send(server, room, headers, **members):
    answer = server.post(room, json.dumps(members), headers=headers)
    assert answer.status in (200, 201, 204), answer
    return answer.json() if answer.body else {}


def nothing_of(server, *words):
    """In no file of the archive."""
    for path in (server.root / 'data').iterdir():
        data = path.read_bytes()
        for word in words:
            assert word.encode() not in data, (path, word)


def fill(server):
    """Two rooms; (room, side, the guest's id, the ids of its messages)."""
    room, side = new_room(), new_room()
    client, hello = enter(server, room, KEY)
    send(server, room, KEY, type='name', name='Zebraname')
    ids = say(server, room, 'ZEBRAONE', 'ZEBRATWO', 'three', headers=KEY)
    ids += say(server, side, 'ZEBRAFIVE', headers=KEY)
    client.disconnect()
    say(server, room, *(f'other {n}' for n in range(6)), headers=OTHER)
    send(server, room, KEY, type='edit', id=ids[1], text='ZEBRASIX')
    send(server, room, KEY, type='delete', id=ids[2])
    send(server, room, BOSS, type='room', topic='Zoo', slow=0)
    return room, side, hello['you']['id'], ids


def check_erased(events, ids):
    mine = {event['id']: event for event in events
            if event.get('id') in ids}
    assert set(mine) == set(ids)
    for event in mine.values():
        assert event['from'] == ERASED and event['text'] == ''
        assert event['deleted'] is True and 'ref' not in event


def test_erase_asks_the_server(server):
    """Also what no room keeps any more, what is not in use, and after a
    start."""
    room, side, user, ids = fill(server)
    server.stop()
    server.start()
    assert server.get(room).status == 200  # in use, unlike the other
    out, _ = ask(server, 'erase', user)
    assert out.startswith('erased: ') and out != 'erased: 0 messages and ' \
        'events\n'
    events = [event for path in (room, side)
              for event in lines(ask(server, 'export', named(path))[0])]
    check_erased(events, ids)
    assert user not in json.dumps(events)
    nothing_of(server, 'ZEBRA', 'zebra', 'Zebraname', user)
    server.stop()
    nothing_of(server, 'ZEBRA', 'zebra', 'Zebraname', user)
    server.start()
    page = server.get(f'{room}?after={ids[0]}').json()
    check_erased(page['events'], ids[1:3])


def test_erase_without_the_server(server):
    room, side, user, ids = fill(server)
    _, err = direct(archive_of(server), 'erase', user, status=69)
    assert 'httpd' in err
    server.stop()
    direct(archive_of(server), 'erase', 'eve', status=64)
    direct(archive_of(server), 'erase', user)
    nothing_of(server, 'ZEBRA', 'zebra', 'Zebraname', user)
    events = [event for path in (room, side) for event in
              lines(direct(archive_of(server), 'export', named(path))[0])]
    check_erased(events, ids)
    server.start()
    assert server.get(room).json()['state']['topic'] == 'Zoo'


def test_sanctions_go(server):
    """Of who is erased, also from the database."""
    room, _, user, _ = fill(server)
    send(server, room, BOSS, type='mute', user=user, reason='ZEBRAREASON')
    assert 'ZEBRAREASON' in ask(server, 'sanctions')[0]
    ask(server, 'erase', user)
    assert 'ZEBRAREASON' not in ask(server, 'sanctions')[0]

    def rows():
        with sqlite3.connect(f'file:{server.root}/data/chat.db?mode=ro',
                             uri=True) as opened:
            return opened.execute(
                'SELECT COUNT(*) FROM chatws_sanctions').fetchone()[0]
    wait_until(lambda: rows() == 0, 10, 'no row')


def test_export_has_all_of_the_past(server):
    room, _, _, ids = fill(server)
    head, *events = lines(ask(server, 'export', named(room))[0])
    assert head['topic'] == 'Zoo'
    assert events[0]['id'] == ids[0]
    texts = [e['text'] for e in events if e['type'] == 'message']
    assert texts == ['ZEBRAONE', 'ZEBRASIX', ''] + [f'other {n}'
                                                    for n in range(6)]
    server.stop()
    first, *rest = lines(direct(archive_of(server), 'export', room)[0])
    assert rest == events and head.items() <= first.items()
    assert named(room) in direct(archive_of(server), 'rooms')[0]
    direct(archive_of(server), 'export', '/chat/none', status=66)


def test_rooms_that_only_the_archive_has(server):
    room, side, _, _ = fill(server)
    server.stop()
    server.start()
    assert server.get(room).status == 200
    out, _ = ask(server, 'rooms')
    assert f'{named(room)}\t0 members' in out
    assert f'{named(side)}\tin the archive only' in out


@pytest.mark.parametrize('kind', ['sqlite3', 'pgsql', 'mysql'])
def test_move_to_another_database(server, tmp_path, kind):
    """All is as it was: ids, positions, who is who, whose message it is, who
    is banned. What is brought in twice is there once."""
    room, side, user, ids = fill(server)
    send(server, side, BOSS, type='ban', user=user, reason='spam')
    you = server.get(room, OTHER).json()['you']
    page = server.get(room).json()
    server.stop()
    whole = direct(archive_of(server), 'export', '--all')[0]
    folder = tmp_path / 'new'
    folder.mkdir()
    if os.getuid() == 0:
        shutil.chown(folder, 'www-data')
    with database(kind, folder) as new:
        target = f'{new.driver} {new.params}'
        out, _ = direct(target, 'import', give=whole.encode())
        assert out != 'imported: 0 messages and events\n'
        out, _ = direct(target, 'import', give=whole.encode())
        assert out == 'imported: 0 messages and events\n'
        assert direct(target, 'export', '--all')[0] == whole
        server.config = server.config.replace(
            'sqlite3 data/chat.db', f'{new.driver} "{new.params}"')
        server.start()
        after = server.get(room).json()
        assert after['events'] == page['events']
        assert after['cursor'] == page['cursor']
        assert server.get(room, OTHER).json()['you'] == you
        assert server.get(side, KEY).status == 403
        last = [e for e in page['events'] if e['type'] == 'message'][-1]
        send(server, room, OTHER, type='edit', id=last['id'],
             text='still mine')
        say(server, room, 'new')
        ask(server, 'erase', user)
        events = lines(ask(server, 'export', named(room))[0])
        check_erased(events, ids[:3])
        server.stop()


def test_import_where_a_server_writes(server):
    fill(server)
    _, err = direct(archive_of(server), 'import', give=b'', status=69)
    assert 'stop it' in err


@pytest.mark.parametrize('line', [
    b'x', b'{}', b'{"type":"message"}', b'{"type":"room","room":"x"}',
    b'{"type":"message","id":"5-0","from":{"id":"u-a","name":"a"},'
    b'"text":"t"}',
    b'{"type":"archive","secret":"xyz"}', b'{"type":"sanction","row":[]}'])
def test_wrong_lines(tmp_path, line):
    """They stop the import, with their number."""
    archive = f'sqlite3 {tmp_path}/chat.db'
    good = b'{"type":"room","room":"a.test/chat"}\n' if b'"5-0"' not in line \
        else b''
    _, err = direct(archive, 'import', give=good + line + b'\n', status=65)
    assert f'line {2 if good else 1}: ' in err


def test_what_is_no_event_as_exported(tmp_path):
    archive = f'sqlite3 {tmp_path}/chat.db'
    room = b'{"type":"room","room":"a.test/chat"}\n'
    event = (b'{"type":"message","id":"5-1","from":{"id":"u-a","name":"a"},'
             b'"text":"t"}')
    for wrong in (event.replace(b':', b': '), event.replace(b'5-1', b'x'),
                  event.replace(b'message', b'hello'), event[:-1],
                  event.replace(b'"t"', b'"\\u0074"'),
                  event.replace(b'"t"', b'5')):
        direct(archive, 'import', give=room + wrong + b'\n', status=65)
    direct(archive, 'import', give=room + event + b'\n')
    earlier = event.replace(b'5-1', b'4-1')
    _, err = direct(archive, 'import', give=room + earlier + b'\n', status=65)
    assert 'newer events' in err
    assert lines(direct(archive, 'export', '/chat')[0])[1:] == \
        [json.loads(event)]


@pytest.mark.skipif(os.getuid() != 0, reason='it takes root')
def test_root_follows_no_link_of_others(tmp_path):
    """Root opens the file as who owns the folder: a link there leads to
    nothing that its owner could not write, and what is made is the owner's."""
    tmp_path.chmod(0o755)
    folder, secret = tmp_path / 'data', tmp_path / 'secret'
    folder.mkdir()
    secret.write_text('')
    secret.chmod(0o600)
    given = tmp_path / 'given'
    given.write_text('{"type":"room","room":"a.test/chat"}\n')
    given.chmod(0o600)
    (folder / 'chat.db').symlink_to(secret)
    shutil.chown(folder, 'www-data', 'www-data')
    owner = folder.stat()
    os.lchown(folder / 'chat.db', owner.st_uid, owner.st_gid)
    archive = f'sqlite3 {folder}/chat.db'
    direct(archive, 'import', given, status=75)
    assert secret.read_text() == ''
    (folder / 'chat.db').unlink()
    direct(archive, 'import', given)
    assert (folder / 'chat.db').stat().st_uid == owner.st_uid
    assert secret.read_text() == ''


def test_no_database(tmp_path):
    _, err = direct(f'sqlite3 {tmp_path}/none/chat.db', 'rooms', status=75)
    assert 'CW1101' in err
    assert 'libaprutil1-dbd' in direct('oracle x', 'rooms', status=69)[1] or \
        'kind' in direct('oracle x', 'rooms', status=69)[1]


def test_orders_where_nobody_is(server):
    """ban, mute, sanctions and pardon need nobody in the room; a purge takes
    what was said there."""
    room = new_room()
    client, hello = enter(server, room, KEY)
    client.disconnect()
    user = hello['you']['id']
    ids = say(server, room, 'ZEBRAONE', *'abcd', headers=KEY)
    for purge in ([], ['--purge']):
        server.stop()
        server.start()
        ask_again(server, 'ban', user, '--room', named(room), *purge)
        assert f'ban {user}' in ask(server, 'sanctions', '--room',
                                    named(room))[0]
        assert server.get(room, KEY).status == 403
        ask(server, 'pardon', user, '--room', named(room))
        assert server.get(room, KEY).status == 200
    nothing_of(server, 'ZEBRA', 'zebra')
    told = server.get(f'{room}?after={ids[0]}').json()['events']
    assert [event['text'] for event in told] == [''] * 4
    ask(server, 'mute', user, '--room', named(room))
    assert server.post(room, 'x', 'text/plain', headers=KEY).status == 403
    _, err = ask(server, 'ban', user, '--room', named(new_room()), status=66)
    assert 'no such room' in err
