"""ChatArchive with PostgreSQL and MariaDB behind a real httpd: what
test_archive.py and test_archive_pages.py look at closely with SQLite."""
import contextlib
import threading
import urllib.parse

import pytest

from harness import Httpd, in_soak, location, order, say, wait_until
from harness.databases import PASSWORD, database

CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off', 'ChatList on',
                   'ChatHistory 3 24h', 'ChatModerators env boss',
                   'SetEnvIf X-Boss . boss') +
          location('/status', 'Chat status'))
KEY = [('X-Chatws-Key', '0123456789abcdef' * 2)]
BOSS = [('X-Chatws-Key', 'b055' * 8), ('X-Boss', '1')]
OTHER = [('X-Chatws-Key', 'fedcba9876543210' * 2)]
ROOM = "/chat/o'hara \\ 100%_消息"
URL = urllib.parse.quote(ROOM)
END = '99999999999999-0'
TEXTS = ["it's", 'back \\ slash', '100 %', 'a_b', '消息 🙂', 'two\nlines',
         '"; DROP TABLE events; --', 'last']


@pytest.fixture(scope='module', params=['pgsql', 'mysql'])
def running(request):
    with database(request.param) as made:
        yield made


@pytest.fixture
def db(running):
    """Nobody has used it before."""
    running.empty()
    return running


def ids_of(server, query):
    answer = server.get(f'{URL}?{query}')
    assert answer.status == 200, answer
    return [event['id'] for event in answer.json()['events']
            if event['type'] == 'message']


def search(server, words):
    return ids_of(server, urllib.parse.urlencode({'search': words}))


def check(server, ids):
    assert ids_of(server, f'before={END}') == ids
    assert ids_of(server, 'before=99999999999999-0&limit=2') == ids[-2:]
    assert ids_of(server, f'after={ids[1]}') == ids[2:]
    for n, words in enumerate(["IT'S", '\\', '%', '_', '🙂', 'lines two',
                               'drop --', 'ast']):
        assert search(server, words) == [ids[n]], words
    assert search(server, 'nothing') == []
    [room] = server.get('/chat/?rooms').json()['rooms']
    assert room['room'] == ROOM
    with server.ws(f'{URL}?after={ids[1]}') as client:
        assert client.recv_event('hello')['resumed'] is True
        told = client.recv_until(lambda event: event.get('id') == ids[-1])
        assert [event['id'] for event in told
                if event['type'] == 'message'] == ids[2:]


def test_rooms(tmp_path, db):
    config = f'ChatArchive {db.driver} "{db.params}"\n' + CONFIG
    with Httpd(tmp_path, config=config) as server:
        ids = say(server, URL, *TEXTS, headers=KEY)
        user = server.get(URL, OTHER).json()['you']['id']
        answer = server.post(URL, f'{{"type":"ban","user":"{user}"}}',
                             headers=BOSS)
        assert answer.status == 204
        check(server, ids)
        you = server.get(URL, KEY).json()['you']
        server.stop()
        server.start()
        check(server, ids)
        assert server.get(URL, KEY).json()['you'] == you
        assert server.get(URL, OTHER).status == 403
        body = f'{{"type":"edit","id":"{ids[-1]}","text":"edited"}}'
        assert server.post(URL, body, headers=KEY).status == 200
        assert search(server, 'edited') == [ids[-1]]
        assert search(server, 'last') == []
        more = say(server, URL, *'12345')
        assert order(more[0]) > order(ids[-1])
        assert ids_of(server, f'before={END}') == ids + more


def test_several_begin_at_once(db):
    """Each would make the tables."""
    config = f'ChatArchive {db.driver} "{db.params}"\n' + CONFIG
    servers = [Httpd(config=config) for _ in range(4)]
    with contextlib.ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
            server.allow('CW1102')          # one of them writes
        begun = [threading.Thread(target=server.start) for server in servers]
        for thread in begun:
            thread.start()
        for thread in begun:
            thread.join()
        wait_until(lambda: all(server.get(URL).status == 200
                               for server in servers), 60, 'rooms')
        for server in servers:
            server.check_log()


def test_the_server_goes_away(tmp_path, db):
    config = f'ChatArchive {db.driver} "{db.params}"\n' + CONFIG
    with Httpd(tmp_path, config=config) as server:
        ids = say(server, URL, 'before', headers=KEY)
        server.allow('CW11|CW0601')
        db.kill()
        body = '{"text":"meanwhile","ref":"m"}'
        answer = server.post(URL, body, headers=KEY, timeout=30)
        assert answer.status == 503, answer
        assert answer.json()['code'] == 'unavailable'
        assert server.get('/alive.txt').status == 200
        assert len(ids_of(server, 'after=0-0')) == 2
        assert server.get('/chat/new', KEY, timeout=30).status == 503
        db.start()

        def acked():
            answer = server.post(URL, body, headers=KEY, timeout=30)
            return answer if answer.status == 200 else None
        ids.append(wait_until(acked, 60, 'ack').json()['id'])
        wait_until(lambda: server.get(f'{URL}?before={END}').status == 200,
                   60, 'pages')  # of each child's own connections
        assert ids_of(server, f'before={END}') == ids
        server.stop()
        server.start()
        assert ids_of(server, f'before={END}') == ids


@pytest.mark.parametrize('mpm', ['event', in_soak('prefork')])
def test_a_stop_while_the_server_hangs(tmp_path, db, mpm):
    """As behind a broken network: httpd goes, and in time."""
    config = f'ChatArchive {db.driver} "{db.params}"\n' + CONFIG
    with Httpd(tmp_path, mpm=mpm, config=config) as server:
        ids = say(server, URL, 'before', headers=KEY)
        server.allow('CW11|CW0601')
        db.pause()
        try:
            answer = server.post(URL, '{"text":"x","ref":"x"}', headers=KEY,
                                 timeout=30)
            assert answer.status == 503, answer
            assert server.get('/alive.txt').status == 200
            server.stop()
        finally:
            db.resume()
        server.start()
        wait_until(lambda: server.get(URL, KEY).status == 200, 60, 'a room')
        assert ids_of(server, f'before={END}')[:1] == ids


def test_without_pg_trgm(tmp_path):
    """A user who may make tables, and no extension: searches do without."""
    with database('pgsql') as db:
        db.query(f"CREATE ROLE plain LOGIN PASSWORD '{PASSWORD}'")
        db.query('GRANT CREATE ON SCHEMA public TO plain')
        params = db.params.replace('user=chat', 'user=plain')
        config = f'ChatArchive {db.driver} "{params}"\n' + CONFIG
        with Httpd(tmp_path, config=config) as server:
            ids = say(server, URL, 'a summer party', *'1234567', headers=KEY)
            assert search(server, 'mmer art') == ids[:1]
            assert search(server, 'winter') == []
        assert db.query('SELECT COUNT(*) FROM pg_extension'
                        " WHERE extname = 'pg_trgm'") == [('0',)]
