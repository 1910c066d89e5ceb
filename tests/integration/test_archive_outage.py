"""PostgreSQL and MariaDB behind httpd: they hang for a while, or have another
password. The chat goes on, nothing is lost, and nothing is twice."""
import threading
import time

import pytest

from harness import Httpd, location, new_room, say, wait_until
from harness.databases import database

ROOMS = (location('/chat', 'Chat rooms', 'ChatRate off', 'ChatHistory 50 1h') +
         location('/status', 'Chat status'))
KEY = [('X-Chatws-Key', '0123456789abcdef' * 2)]


@pytest.fixture(scope='module', params=['pgsql', 'mysql'])
def db(request):
    with database(request.param) as running:
        yield running


def directive(db, params=None):
    return f'ChatArchive {db.driver} "{params or db.params}"\n'


@pytest.fixture
def server(db, tmp_path):
    with Httpd(tmp_path, config=directive(db) + ROOMS) as running:
        yield running


def texts(server, path):
    answer = server.get(path)
    assert answer.status == 200, answer
    return [event['text'] for event in answer.json()['events']]


def messages(db, text):
    [(count,)] = db.query("SELECT COUNT(*) FROM chatws_events"
                          f" WHERE body LIKE '%{text}%'")
    return int(count)


def acked(server, room, body):
    """The id, as soon as the database is back."""
    def try_it():
        answer = server.post(room, body, headers=KEY, timeout=30)
        return answer if answer.status in (200, 201) else None
    return wait_until(try_it, 60, 'ack').json()['id']


def goes_on(server, room):
    """The chat does without the database, and so does all else."""
    server.allow('CW11|CW0601')
    answer = server.post(room, '{"text":"meanwhile","ref":"m"}', headers=KEY,
                         timeout=60)
    assert answer.status == 503 and \
        answer.json()['code'] == 'unavailable', answer
    assert texts(server, room) == ['before', 'meanwhile']
    assert server.get('/alive.txt').status == 200


def all_is_there(server, db, room, mark):
    identity = acked(server, room, '{"text":"meanwhile","ref":"m"}')
    say(server, room, mark)
    assert texts(server, room) == ['before', 'meanwhile', mark]
    assert server.get(room).json()['events'][1]['id'] == identity
    assert messages(db, mark) == 1


def test_it_hangs(server, db):
    room = new_room()
    say(server, room, 'before')
    db.pause()
    try:
        goes_on(server, room)
    finally:
        db.resume()
    all_is_there(server, db, room, f'hung-{time.time_ns()}')


def test_nobody_waits_for_ever(server, db):
    """More readers than there are connections, while nothing answers: each has
    a refusal, and none keeps a worker. Only who connects to MariaDB as the
    first of a child may hang until it is back."""
    room = new_room()
    say(server, room, 'before')
    server.allow('CW11|CW0601')
    statuses, readers = [], []
    hung = 2 if db.driver == 'mysql' else 0

    def ask(number):
        answer = server.get(f'/chat/absent-{number}', timeout=300)
        statuses.append(answer.status)
    db.pause()
    try:
        for _ in range(2):
            some = [threading.Thread(target=ask, args=(number,))
                    for number in range(12)]
            readers += some
            for reader in some:
                reader.start()
            wait_until(lambda: len(statuses) >= len(readers) - hung, 30,
                       'refusals')
        assert server.get('/alive.txt').status == 200
        assert set(statuses) == {503}
    finally:
        db.resume()
        for reader in readers:
            reader.join()
    wait_until(lambda: server.get('/chat/absent-1').status == 200, 60, 'back')
    say(server, room, 'behind')
    assert texts(server, room) == ['before', 'behind']


def test_another_password(db, tmp_path):
    wrong = db.params.replace('password=p', 'password=x') \
        .replace('pass=p', 'pass=x')
    with Httpd(tmp_path, config=directive(db, wrong) + ROOMS) as server:
        server.allow('CW11|CW0601')
        line = server.wait_log('CW1101')[0]
        assert 'correct user and password in ChatArchive' in line
        assert 'host=' not in line and 'pass' not in line.split(': ')[0]
        answer = server.get('/chat/a')
        assert answer.status == 503 and answer.header('retry-after')
        assert server.get('/alive.txt').status == 200
