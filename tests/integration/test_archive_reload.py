"""A reload while acks wait for a database that does not answer: of the same
shared memory, or into another one. Who waits is told to come again, or is acked
late; what was said is in the room all the time, and in the database once."""
import contextlib
import json
import sqlite3
import threading

import pytest

from harness import Httpd, in_soak, location, new_room, wait_until
from harness.databases import database

CONFIG = ('ChatDrain 1s\n' +
          location('/chat', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 2000 24h') +
          location('/status', 'Chat status'))
KEY = [('X-Chatws-Key', '0123456789abcdef' * 2)]
END = '99999999999999-0'
SAID = ['first', 'by POST', 'by WebSocket', 'behind']


class File:
    """SQLite: somebody else writes, and does not end."""

    def __init__(self, server):
        self.path = server.root / 'data' / 'chat.db'
        self.lock = None

    def pause(self):
        self.lock = sqlite3.connect(self.path, isolation_level=None)
        self.lock.execute('BEGIN IMMEDIATE')

    def resume(self):
        self.lock.execute('ROLLBACK')
        self.lock.close()

    def query(self, sql):
        with contextlib.closing(sqlite3.connect(self.path)) as base:
            return base.execute(sql).fetchall()


@pytest.fixture(params=['sqlite3', 'pgsql', in_soak('mysql')])
def stage(request):
    """(httpd, what its database is)"""
    with contextlib.ExitStack() as stack:
        db, params = None, 'data/chat.db'
        if request.param != 'sqlite3':
            db = stack.enter_context(database(request.param))
            params = f'"{db.params}"'
        server = stack.enter_context(Httpd(
            config=f'ChatArchive {request.param} {params}\n{CONFIG}'))
        yield server, db or File(server)


def post(server, room, text):
    return server.post(room, json.dumps({'text': text, 'ref': text}),
                       headers=KEY, timeout=60)


def acked(server, room, text):
    def try_it():
        answer = post(server, room, text)
        return answer if answer.status in (200, 201) else None
    return wait_until(try_it, 90, f'an ack of {text}').json()['id']


def texts(server, path):
    answer = server.get(path, timeout=30)
    assert answer.status == 200, answer
    return [event['text'] for event in answer.json()['events']]


def answer_of(client):
    """What comes of a message: an ack, an error, or the end."""
    told = client.recv_until(
        lambda e: e['type'] in ('ack', 'error', 'bye'), timeout=60)[-1]
    return told['type'], told.get('code')


@pytest.mark.parametrize('resize', [False, True])
def test_a_reload_while_acks_wait(stage, resize):
    server, db = stage
    room, answers = new_room(), []
    server.allow('CW11|CW0601|CW0639')
    ids = [acked(server, room, SAID[0])]
    with server.ws(room, headers=KEY) as client:
        client.recv_until(lambda e: e['type'] == 'message')
        db.pause()
        try:
            poster = threading.Thread(target=lambda: answers.append(
                post(server, room, SAID[1])))
            poster.start()
            wait_until(lambda: texts(server, room) == SAID[:2], 30, 'by POST')
            client.say(SAID[2], SAID[2])
            wait_until(lambda: texts(server, room) == SAID[:3], 30,
                       'by WebSocket')
            if resize:
                path = server.root / 'httpd.conf'
                path.write_text(path.read_text() + 'ChatSharedMemory 8M\n')
            server.graceful(60)
            assert answer_of(client) in (('bye', 1012),
                                         ('error', 'unavailable'))
            poster.join(60)
            assert answers[0].status == 503, answers[0]
            assert texts(server, room) == SAID[:3]
            assert post(server, room, SAID[3]).status == 503
            assert server.get('/alive.txt').status == 200
        finally:
            db.resume()
    ids += [acked(server, room, text) for text in SAID[1:]]
    page = server.get(room).json()
    assert [event['id'] for event in page['events']] == ids
    assert texts(server, room) == SAID
    counted = server.get('/status?format=json').json()
    assert counted['archive_lost_total'] == 0
    wait_until(lambda: server.get(f'{room}?before={END}').status == 200, 60,
               'pages')
    assert texts(server, f'{room}?before={END}') == SAID
    bodies = [json.loads(row[0])['text'] for row in db.query(
        'SELECT body FROM chatws_events ORDER BY ms, n')]
    assert bodies == SAID
    server.stop(check=False)
    server.start()
    wait_until(lambda: server.get(room).status == 200, 60, 'a room')
    assert [event['id'] for event in
            server.get(room).json()['events']] == ids
