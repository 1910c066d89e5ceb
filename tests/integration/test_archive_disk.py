"""The disk of a SQLite archive fills up, loses its file or a part of it, or its
rights: the chat goes on, one line says what to do, and what can be saved is."""
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from harness import Httpd, location, new_room, say, wait_until
from harness.databases import sqlite_writer

CONFIG = ('ChatArchive sqlite3 data/chat.db\n' +
          location('/chat', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 2000 24h') +
          location('/few', 'Chat rooms', 'ChatRate off', 'ChatHistory 5 24h') +
          location('/status', 'Chat status'))
KEY = [('X-Chatws-Key', '0123456789abcdef' * 2)]
END = '99999999999999-0'
SMALL = 4 << 20


@pytest.fixture
def server():
    """Two children, in a folder that no other test may close."""
    with Httpd(config=CONFIG) as running:
        yield running


def folder(server):
    return server.root / 'data'


def rows(server):
    """The texts in the database, by other means than ours."""
    with contextlib.closing(sqlite3.connect(
            f'file:{folder(server)}/chat.db?mode=ro', uri=True)) as base:
        return [json.loads(body)['text'] for body, in base.execute(
            'SELECT body FROM chatws_events ORDER BY room, ms, n')]


def texts(server, path):
    answer = server.get(path, timeout=30)
    assert answer.status == 200, answer
    return [event['text'] for event in answer.json()['events']]


def figures(server):
    return server.get('/status?format=json').json()


def post(server, room, text):
    return server.post(room, json.dumps({'text': text, 'ref': text[:60]}),
                       headers=KEY, timeout=30)


def acked(server, room, text, seconds=60):
    """Sends it until it is; its id."""
    def try_it():
        answer = post(server, room, text)
        return answer if answer.status in (200, 201) else None
    return wait_until(try_it, seconds, f'an ack of {text}').json()['id']


def the_line(server, part):
    """What the log says: once a minute and process."""
    lines = server.wait_log(r'chatws:error\].*CW1101', 30)
    assert any(part in line for line in lines), lines
    pids = [line.split('[pid ')[1].split(':')[0] for line in lines]
    assert len(pids) == len(set(pids)), lines
    return lines


@contextlib.contextmanager
def small_disk(path):
    """A disk of four megabytes at this path."""
    path.mkdir()
    done = subprocess.run(['mount', '-t', 'tmpfs', '-o', f'size={SMALL}',
                           'tmpfs', path], stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        pytest.skip('only root, with the right to mount, can have a disk that'
                    ' is full')
    try:
        shutil.chown(path, 'www-data', 'www-data')
        yield path
    finally:
        subprocess.run(['umount', '-l', path], check=True)


def fill(path):
    """Takes all the place that is left."""
    ballast = path / 'ballast'
    with open(ballast, 'wb', buffering=0) as out, \
            contextlib.suppress(OSError):
        while out.write(b'x' * 4096):
            pass
    return ballast


def test_a_full_disk():
    """All that is said meanwhile is told at once, and in the file when there
    is place again; nobody waits for the disk for long."""
    server = Httpd(config=CONFIG)
    with small_disk(folder(server)), server:
        room = new_room()
        acked(server, room, 'before')
        server.allow('CW11|CW0601')
        ballast = fill(folder(server))
        said = ['before']
        with server.ws(f'{room}?history=0') as reader:
            reader.recv_event('hello')
            begun = time.monotonic()
            while len(said) < 300:
                said.append(f'{len(said)} ' + 'x' * 500)
                answer = post(server, room, said[-1])
                # a page or two may still have place
                assert answer.status in (201, 503), answer
                assert reader.recv_event('message')['text'] == said[-1]
            print(f'{len(said)} messages in {time.monotonic() - begun:.1f} s')
            the_line(server, 'make room on that disk')
            told = figures(server)
            assert told['archive_errors_total'] > 0
            assert told['archive_lag_messages'] > 200
            assert told['archive_lost_total'] == 0
            assert server.get('/alive.txt').status == 200
            assert texts(server, f'{room}?after=0-0') == said
            assert server.get(new_room()).status in (200, 503)
            ballast.unlink()
            acked(server, room, said[-1])
            assert rows(server) == said
        wait_until(lambda: figures(server)['archive_lag_messages'] == 0, 30,
                   'all is written')
        server.stop(check=False)
        server.start()
        assert texts(server, f'{room}?before={END}&limit=1000') == said


@pytest.mark.children_die
def test_rights_are_taken_away(server):
    """Who has the file open goes on; who has to open it tells the owner, and
    heals by itself."""
    room = new_room()
    acked(server, room, 'before')
    os.chown(folder(server), 0, 0)
    os.chmod(folder(server), 0o700)
    server.allow('CW11|CW0601|exit signal Killed|CW0303')
    acked(server, room, 'still open')
    for pid in server.children():
        os.kill(pid, signal.SIGKILL)

    def refused():
        with contextlib.suppress(OSError, AssertionError):
            return post(server, room, 'meanwhile').status == 503
    wait_until(refused, 60, 'a refusal')
    the_line(server, "let httpd's user write the file and its folder")
    assert texts(server, f'{room}?after=0-0')[:3] == ['before', 'still open',
                                                      'meanwhile']
    assert server.get('/alive.txt').status == 200
    shutil.chown(folder(server), 'www-data', 'www-data')
    acked(server, room, 'meanwhile')
    assert rows(server) == ['before', 'still open', 'meanwhile']


def damage(path, table):
    """Overwrites the pages on which the table's rows are."""
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()
        size, = base.execute('PRAGMA page_size').fetchone()
        pages = [row[0] for row in base.execute(
            'SELECT rootpage FROM sqlite_master WHERE tbl_name = ?',
            (table,))]
    with open(path, 'r+b') as out:
        for page in pages:
            out.seek((page - 1) * size)
            out.write(b'\xff' * size)
    return len(pages)


@pytest.mark.children_die
def test_pages_are_damaged(server):
    """What is in memory goes on, the rest is refused; nobody crashes. A backup
    in its place, and all that the rooms still have is there."""
    room, few = new_room(), new_room('/few')
    for n in range(20):
        acked(server, room, f'{n}')
        acked(server, few, f'few {n}')
    with contextlib.closing(sqlite3.connect(
            folder(server) / 'chat.db')) as base, \
            contextlib.closing(sqlite3.connect(
                server.root / 'backup.db')) as copy:
        base.backup(copy)
    assert damage(folder(server) / 'chat.db', 'chatws_events') >= 2
    server.allow('CW11|CW0601')
    pids = server.children()
    wait_until(lambda: post(server, room, 'meanwhile').status == 503, 30,
               'a refusal')
    the_line(server, 'put a backup in its place')
    answer = server.get(f'{few}?before={END}', timeout=30)
    assert answer.status == 503, answer
    assert texts(server, f'{room}?after=0-0') == \
        [f'{n}' for n in range(20)] + ['meanwhile']
    assert figures(server)['archive_errors_total'] > 0
    assert server.get('/alive.txt').status == 200
    assert set(pids) <= set(server.children())
    server.stop(check=False)
    for end in ('', '-wal', '-shm'):
        (folder(server) / f'chat.db{end}').unlink(missing_ok=True)
    shutil.copy(server.root / 'backup.db', folder(server) / 'chat.db')
    shutil.chown(folder(server) / 'chat.db', 'www-data', 'www-data')
    server.start()
    assert texts(server, f'{room}?before={END}') == [f'{n}' for n in range(20)]
    acked(server, room, 'meanwhile')


def backup(server, name):
    """A copy of the database, in the same folder."""
    path = folder(server) / name
    with contextlib.closing(sqlite3.connect(
            folder(server) / 'chat.db')) as base, \
            contextlib.closing(sqlite3.connect(path)) as copy:
        base.backup(copy)
    shutil.chown(path, 'www-data', 'www-data')
    return path


def cursors_go_on(server, room, ids):
    """From each position comes what is behind it, with no gap."""
    for at, identity in enumerate(ids):
        page = server.get(f'{room}?after={identity}').json()
        assert page['gap'] is False
        assert [event['id'] for event in page['events']] == ids[at + 1:]


@pytest.mark.parametrize('everything', [False, True])
def test_the_file_is_deleted(server, everything):
    """What the rooms still have comes into a new file, with who is who; of the
    rest nobody is told that it is all there is."""
    room, few = new_room(), new_room('/few')
    you = server.get(room, KEY).json()['you']
    ids = [acked(server, room, f'{n}') for n in range(20)]
    lost = [acked(server, few, f'few {n}') for n in range(20)]
    server.allow('CW11|CW0601|CW0664')
    if everything:
        shutil.move(folder(server), server.root / 'gone')
        folder(server).mkdir()
        shutil.chown(folder(server), 'www-data', 'www-data')
    else:
        for path in folder(server).iterdir():
            path.unlink()
    ids.append(acked(server, room, 'new'))
    lost.append(acked(server, few, 'few new'))
    assert any('stop httpd before you do that' in line
               for line in server.wait_log('chatws:error.*CW1101'))
    wait_until(lambda: figures(server)['archive_lag_messages'] == 0, 30,
               'all is written')
    said = [f'few {n}' for n in range(20)] + ['few new']
    want = texts(server, f'{few}?before={END}')
    assert len(want) >= 5 and want == said[-len(want):]
    assert sorted(rows(server)) == sorted(
        [f'{n}' for n in range(20)] + ['new'] + want)
    assert (folder(server) / 'chat.db').stat().st_mode & 0o077 == 0
    for _ in range(2):
        cursors_go_on(server, room, ids)
        cursors_go_on(server, few, lost[-len(want):])
        assert texts(server, f'{few}?before={END}') == want
        assert server.get(room, KEY).json()['you'] == you
        assert acked(server, room, '7') == ids[7]
        server.stop(check=False)
        server.start()


def test_a_backup_is_put_in_its_place(server):
    """While httpd runs, as nobody should: what came after it is written again,
    as far as the rooms have it, and what the backup has is told."""
    room, few = new_room(), new_room('/few')
    ids = [acked(server, room, f'{n}') for n in range(10)]
    late = [acked(server, few, f'few {n}') for n in range(20)]
    copy = backup(server, 'copy.db')
    ids += [acked(server, room, f'{n}') for n in range(10, 20)]
    late += [acked(server, few, f'few {n}') for n in range(20, 22)]
    body = json.dumps({'type': 'edit', 'id': ids[3], 'text': 'edited'})
    assert server.post(room, body, headers=KEY).status == 200
    server.allow('CW11|CW0601')
    for end in ('-wal', '-shm'):
        (folder(server) / f'chat.db{end}').unlink(missing_ok=True)
    os.rename(copy, folder(server) / 'chat.db')
    ids.append(acked(server, room, 'new'))
    late.append(acked(server, few, 'few new'))
    told = ['0', '1', '2', 'edited'] + [f'{n}' for n in range(4, 20)] + ['new']
    for _ in range(2):
        wait_until(lambda: server.get(f'{few}?before={END}').status == 200, 30,
                   'pages')
        assert texts(server, f'{room}?before={END}') == told
        assert texts(server, f'{few}?before={END}') == \
            [f'few {n}' for n in range(22)] + ['few new']
        cursors_go_on(server, few, late)
        server.stop(check=False)
        server.start()


def test_vacuum(server):
    """While people talk: it takes out what SQLite has left of old texts."""
    room = new_room()
    for n in range(30):
        acked(server, room, f'{n} ' + 'x' * 1500)
        if n % 10 == 5:
            subprocess.run(['sqlite3', folder(server) / 'chat.db', 'VACUUM'],
                           check=True, timeout=60)
            assert server.get(f'{room}?before={END}').status == 200
    assert len(rows(server)) == 30
