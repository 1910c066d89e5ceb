"""What is not in memory any more comes from the archive: pages, old positions
on every way, words; and what is told when the archive is away."""
import json
import os
import shutil
import sqlite3
import urllib.parse

import pytest

from harness import (Httpd, config_test, location, new_room, order, say,
                     say_many, wait_until)

ARCHIVE = 'ChatArchive sqlite3 data/chat.db\n'
CONFIG = (ARCHIVE +
          location('/chat', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 3 24h') +
          location('/none', 'Chat rooms', 'ChatRate off', 'ChatHistory 0') +
          location('/short', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 100 24h', 'ChatArchiveKeep 2s') +
          location('/off', 'Chat rooms', 'ChatArchiveKeep off') +
          location('/boss', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 3 24h', 'ChatModerators env boss',
                   'SetEnvIf X-Boss . boss') +
          location('/status', 'Chat status'))
KEY = [('X-Chatws-Key', '0123456789abcdef' * 2)]
END = '99999999999999-0'


@pytest.fixture(scope='module')
def server():
    with Httpd(config=CONFIG) as running:
        yield running


@pytest.fixture(params=[
    'memory', pytest.param('restarted', marks=pytest.mark.children_die)])
def filled(request, server):
    """(a room in which 20 messages were said, their ids): the room is in
    memory, or was read in after its place was given away."""
    room = new_room()
    ids = say(server, room, *[f'text {n}' for n in range(20)], headers=KEY)
    if request.param == 'restarted':
        server.own_root = False
        server.stop()
        server.start()
        server.own_root = True
    return room, ids


def page(server, path):
    answer = server.get(path)
    assert answer.status == 200, answer
    return answer.json()


def ids_of(told):
    return [event['id'] for event in told['events']]


def test_pages_before(server, filled):
    room, ids = filled
    assert ids_of(page(server, room)) == ids[-3:]
    for limit in (1, 2, 3, 4, 7, 19):
        found, at = [], END
        while True:
            told = page(server, f'{room}?before={at}&limit={limit}')
            assert len(told['events']) <= limit
            found = ids_of(told) + found
            assert told.get('more', False) is (len(found) < 20), limit
            if 'more' not in told:
                break
            at = told['events'][0]['id']
        assert found == ids, limit
    for limit in (20, 21, 1000, 99999):
        told = page(server, f'{room}?before={END}&limit={limit}')
        assert ids_of(told) == ids and 'more' not in told
    told = page(server, f'{room}?before={ids[10]}&limit=2')
    assert ids_of(told) == ids[8:10] and told['more'] is True
    assert page(server, f'{room}?before={ids[0]}')['events'] == []
    assert page(server, f'{room}?before=5-0')['events'] == []


def test_old_positions_by_poll(server, filled):
    room, ids = filled
    told = page(server, f'{room}?after={ids[4]}')
    assert ids_of(told) == ids[5:] and told['gap'] is False
    assert told['cursor'] == ids[-1] and 'more' not in told
    told = page(server, f'{room}?after={ids[4]}&wait=5')
    assert ids_of(told) == ids[5:]
    for between in (f'{order(ids[4])[0]}-{order(ids[4])[1] + 1}',):
        assert ids_of(page(server, f'{room}?after={between}')) == ids[5:]
    told = page(server, f'{room}?after=0-0')
    assert ids_of(told) == ids[-3:]
    ms, count = order(ids[-1])
    told = page(server, f'{room}?after={ms}-{count + 5}')
    assert told['gap'] is True and ids_of(told) == ids[-3:]
    told = page(server, f'{room}?after=1-0')
    assert told['gap'] is True and ids_of(told) == ids[-3:]


def test_old_positions_on_connections(server, filled):
    room, ids = filled
    with server.ws(f'{room}?after={ids[1]}') as client:
        hello = client.recv_event('hello')
        assert hello['resumed'] is True and hello['gap'] is False
        told = client.recv_until(lambda e: e.get('id') == ids[-1])
        assert [e['id'] for e in told if e['type'] == 'message'] == ids[2:]
    with server.ws(f'{room}?after=0-0') as client:
        client.recv_event('hello')
        told = client.recv_until(lambda e: e.get('id') == ids[-1])
        assert [e['id'] for e in told if e['type'] == 'message'] == ids[-3:]


@pytest.mark.parametrize('restart', [
    False, pytest.param(True, marks=pytest.mark.children_die)])
def test_the_position_of_a_room_that_is_not_there_yet(server, restart):
    """It stays exact when more is said than the room keeps, on every way; a
    position of before it was told is none."""
    room = new_room()
    told = page(server, room)
    at, ms = told['cursor'], order(told['cursor'])[0]
    assert told['events'] == []
    ids = say(server, room, *[f'text {n}' for n in range(10)])
    if restart:
        server.own_root = False
        server.stop()
        server.start()
        server.own_root = True
    for query in (f'?after={at}', f'?after={at}&wait=5'):
        told = page(server, room + query)
        assert told['gap'] is False and ids_of(told) == ids, query
    with server.ws(f'{room}?after={at}') as client:
        hello = client.recv_event('hello')
        assert hello['resumed'] is True and hello['gap'] is False
        told = client.recv_until(lambda e: e.get('id') == ids[-1])
        assert [e['id'] for e in told if e['type'] == 'message'] == ids
    with server.sse(f'{room}?after={at}') as client:
        assert client.recv_event('hello')['resumed'] is True
        assert [client.recv_event('message')['id'] for _ in ids] == ids
    told = page(server, f'{room}?after={ms - 86400000}-0')
    assert told['gap'] is True and ids_of(told) == ids[-3:]


def test_many_pages_after(server):
    """A thousand events an answer, each once, to the end."""
    room = new_room()
    ids = say_many(server, room, 2300)
    found, at, answers = [], ids[0], 0
    while True:
        told = page(server, f'{room}?after={at}')
        assert told['gap'] is False and len(told['events']) <= 1000
        found += ids_of(told)
        at = told['cursor']
        answers += 1
        if 'more' not in told:
            break
    assert found == ids[1:] and answers == 3


def test_nothing_is_kept_in_memory(server):
    """ChatHistory 0: what was said is in the archive alone."""
    room = new_room('/none')
    ids = say(server, room, 'a', 'b')
    assert page(server, room)['events'] == []
    assert ids_of(page(server, f'{room}?before={END}')) == ids
    assert ids_of(page(server, f'{room}?after={ids[0]}')) == ids[1:]


def test_amendments(server, filled):
    """Old messages are told as they are now, and events come in their
    order."""
    room, ids = filled

    def command(**body):
        answer = server.post(room, json.dumps(body), headers=KEY)
        assert answer.status == 200, answer
        return answer.json()['id']
    edit = command(type='edit', id=ids[-1], text='new')
    gone = command(type='delete', id=ids[-2])
    more = say(server, room, '1', '2', '3', '4')
    told = page(server, f'{room}?before={more[0]}&limit=3')
    assert [event['text'] for event in told['events']] == ['text 17', '',
                                                           'new']
    told = page(server, f'{room}?after={ids[-1]}')
    assert ids_of(told) == [edit, gone, *more]
    told = server.get(f'{room}?search=new').json()
    assert ids_of(told) == [ids[-1]]


def test_clients_are_told(server):
    """That there is an archive, and where not."""
    for room, archive in (('/chat/told', True), ('/off/told', None)):
        with server.ws(room) as client:
            assert client.recv_event('hello').get('archive') is archive
            for query in ('', '?members'):
                told = page(server, room + query)
                assert told.get('archive') is archive, query
                assert told['state']['topic'] == ''


def test_search(server, filled):
    room, ids = filled

    def search(words, **more):
        return page(server, room + '?' + urllib.parse.urlencode(
            {'search': words, **more}))
    assert ids_of(search('text')) == ids
    assert ids_of(search('TEXT 1')) == [ids[1], *ids[10:]]
    assert ids_of(search('7')) == [ids[7], ids[17]]
    assert ids_of(search('nothing')) == []
    assert ids_of(search('%')) == [] and ids_of(search('_')) == []
    found, at = [], END
    while True:
        told = search('text', limit=6, before=at)
        found = ids_of(told) + found
        assert len(told['events']) <= 6
        if 'more' not in told:
            break
        at = told['cursor']
    assert found == ids


def test_what_is_too_old(server):
    """It is told to nobody, and a position before it is a gap."""
    room = new_room('/short')
    old = say(server, room, 'old 1', 'old 2')

    def is_gone():
        return page(server, f'{room}?before={END}')['events'] == []
    wait_until(is_gone, 30, 'too old')
    assert page(server, f'{room}?search=old')['events'] == []
    told = page(server, f'{room}?after={old[0]}')
    assert told['gap'] is True and told['events'] == []
    new = say(server, room, 'new')
    assert ids_of(page(server, f'{room}?before={END}')) == new
    assert ids_of(page(server, room)) == new


def database(root):
    return sqlite3.connect(root / 'data' / 'chat.db', isolation_level=None)


def test_what_was_cleared_is_not_told(tmp_path):
    """Nor while the database has it still: of many messages it drops some at a
    time."""
    boss = [*KEY, ('X-Boss', '1')]
    with Httpd(tmp_path, config=CONFIG) as server:
        room = new_room('/boss')
        ids = say(server, room, *[f'text {n}' for n in range(10)])
        assert ids_of(page(server, f'{room}?before={ids[3]}')) == ids[:3]
        server.allow('CW11|CW0601')
        lock = database(tmp_path)
        lock.execute('BEGIN IMMEDIATE')
        answer = server.post(room, '{"type":"clear"}', headers=boss,
                             timeout=30)
        assert answer.status == 503, answer
        for query in (f'before={ids[3]}', f'before={END}', 'search=text'):
            told = page(server, f'{room}?{query}')
            assert told['events'] == [] and 'more' not in told, query
        told = page(server, f'{room}?after={ids[3]}')
        assert [event['type'] for event in told['events']] == ['cleared']
        count = 'SELECT COUNT(*) FROM chatws_events'
        assert lock.execute(count).fetchone() == (10,)
        lock.execute('ROLLBACK')
        wait_until(lambda: lock.execute(count).fetchone() == (1,), 30,
                   'cleared')
        lock.close()


def test_somebody_has_it_locked(tmp_path):
    """The chat goes on; who posts is told to come again, and once the
    database is back the same message with its ref is acked, once."""
    with Httpd(tmp_path, config=CONFIG) as server:
        room = new_room()
        say(server, room, 'before')
        server.allow('CW11|CW0601')
        lock = database(tmp_path)
        lock.execute('BEGIN IMMEDIATE')
        body = '{"text":"meanwhile","ref":"m"}'
        answer = server.post(room, body, headers=KEY, timeout=30)
        assert answer.status == 503, answer
        assert answer.json()['code'] == 'unavailable'
        assert int(answer.header('retry-after')) >= 1
        assert [event['text'] for event in page(server, room)['events']] == \
            ['before', 'meanwhile']
        assert server.get('/alive.txt').status == 200
        counted = page(server, '/status?format=json')
        assert counted['archive_lag_messages'] >= 1
        answer = server.post(room, '{"text":"later"}', headers=KEY)
        assert answer.status == 503
        lock.execute('ROLLBACK')
        lock.close()

        def acked():
            answer = server.post(room, body, headers=KEY, timeout=30)
            return answer if answer.status == 200 else None
        identity = wait_until(acked, 30, 'ack').json()['id']
        told = page(server, room)['events']
        assert [event['text'] for event in told] == ['before', 'meanwhile',
                                                     'later']
        assert told[1]['id'] == identity


def test_it_cannot_be_opened(tmp_path):
    """The rooms are refused rather than empty, all else is served, and one
    clear line says what to do; then it heals by itself."""
    with Httpd(tmp_path, config=CONFIG) as server:
        say(server, '/chat/a', 'here')
        server.stop()
        os.chown(tmp_path / 'data', 0, 0)
        os.chmod(tmp_path / 'data', 0o700)
        server.allow('CW0664|CW11|CW0601')
        server.start()
        line = server.wait_log('CW0664')[0]
        assert str(tmp_path / 'data') in line and 'chown www-data' in line
        for answer in (server.get('/chat/a'), server.post('/chat/a', '{}'),
                       server.get('/chat/a?after=0-0&wait=5'),
                       server.get('/chat/a?before=9-0'),
                       server.get('/chat/a?members'),
                       server.get('/chat/a', [('Accept',
                                               'text/event-stream')])):
            assert answer.status == 503, answer
            assert answer.json()['code'] == 'unavailable'
            assert int(answer.header('retry-after')) >= 1
        assert server.get('/alive.txt').status == 200
        shutil.chown(tmp_path / 'data', 'www-data', 'www-data')
        wait_until(lambda: server.get('/chat/a').status == 200, 30, 'a room')
        assert [event['text'] for event in
                page(server, '/chat/a')['events']] == ['here']


def test_two_servers_on_one_file(tmp_path):
    """The second one does not write, and says so; when the first has ended it
    takes over."""
    config = CONFIG.replace('data/chat.db', f'{tmp_path}/data/chat.db')
    body = '{"text":"second","ref":"s"}'
    (tmp_path / 'second').mkdir()
    with Httpd(tmp_path, config=config) as first, \
            Httpd(tmp_path / 'second', config=config) as second:
        ids = say(first, '/chat/a', 'first')
        second.allow('CW11|CW0601')
        second.wait_log('CW1102', 20)
        answer = second.post('/chat/a', body, headers=KEY, timeout=30)
        assert answer.status == 503, answer
        assert answer.json()['code'] == 'unavailable'
        ids += say(first, '/chat/a', 'still first')
        first.stop()

        def acked():
            return second.post('/chat/a', body, headers=KEY,
                               timeout=30).status == 200
        wait_until(acked, 60, 'the second one writes')
        file = database(tmp_path)
        assert file.execute('SELECT count(*) FROM chatws_events') \
            .fetchall() == [(3,)]
        file.close()


def test_the_folder_is_made(tmp_path):
    with Httpd(tmp_path, config=CONFIG) as server:
        say(server, '/chat/a', 'x')
        info = (tmp_path / 'data').stat()
        assert info.st_mode & 0o7777 == 0o750
        assert (tmp_path / 'data' / 'chat.db').stat().st_mode & 0o077 == 0
        assert len(server.wait_log('CW0663')) == 1


@pytest.mark.parametrize('place, wrong, said', [
    ('no/such/chat.db', 'CW0662', 'install -d -o www-data -m 750 '),
    ('closed/new/chat.db', 'CW0664', 'cannot enter'),
    ('closed/chat.db', 'CW0664', 'cannot write'),
])
def test_a_place_that_cannot_be_used(tmp_path, place, wrong, said):
    """One line says what would help: of these, chown only helps the last."""
    closed = tmp_path / 'closed'
    closed.mkdir(mode=0o700)
    config = CONFIG.replace('data/chat.db', place)
    with Httpd(tmp_path, config=config) as server:
        server.allow('CW066|CW11|CW0601')
        [line] = server.wait_log('CW066[24]')
        assert wrong in line and said in line, line
        assert ('chown' in line) == ('cannot write' in said), line


@pytest.mark.parametrize('line, words', [
    ('ChatArchive sqlite3', ['sqlite3', 'PARAMETERS']),
    ('ChatArchive', ['none']),
    ('ChatArchive pgsql host=a dbname=b', ['quotes']),
    ('ChatArchive sqlite3 ""', ['PARAMETERS']),
    ('ChatArchive sqlite data/chat.db', ['sqlite3']),
    ('ChatArchive oracle "host=a"', ['sqlite3', 'pgsql', 'mysql']),
    ('ChatArchive mariadb "host=a"', ['mysql (also for MariaDB)']),
    ('ChatArchive sqlite3 data/', ['is a folder', 'data/chat.db']),
    ('ChatArchive sqlite3 htdocs', ['is a folder', 'htdocs/chat.db']),
    ('ChatArchiveAck maybe', ['on or off']),
    ('ChatArchiveKeep never', ['forever', '30d']),
    ('ChatArchiveKeep -1d', ['forever', '30d']),
    ('ChatArchiveKeep 30d 40d', ['forever', '30d']),
])
def test_configtest_refuses(line, words):
    code, text = config_test(line)
    assert code != 0 and line.split()[0] in text, text
    assert all(word in text for word in words), text


@pytest.mark.parametrize('line', [
    'ChatArchive none', 'ChatArchive SQLite3 data/chat.db',
    'ChatArchive sqlite3 /nowhere/at/all/chat.db', 'ChatArchiveAck off',
    'ChatArchiveKeep forever', 'ChatArchiveKeep 1s', 'ChatArchiveKeep 3650d',
    'ChatArchiveKeep Off'])
def test_configtest_accepts(line):
    """Nothing is opened or made."""
    code, text = config_test(line)
    assert code == 0 and 'CW' not in text, text


def test_a_file_that_everybody_could_load():
    code, text = config_test('ChatArchive sqlite3 htdocs/data/chat.db')
    assert code == 0 and 'CW0661' in text and 'DocumentRoot' in text
    code, text = config_test('ChatArchive sqlite3 htdocs2/chat.db')
    assert code == 0 and 'CW0661' not in text
