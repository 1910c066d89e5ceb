"""A database that hangs takes a few of httpd's workers, and not the site: most
of those who want something of it are told at once to come again."""
import itertools
import threading
import time

import pytest

from harness import (Httpd, Swarm, at_most, in_soak, location, new_room, say,
                     wait_until)
from harness.address import ANN, BEN, PROXY, by
from harness.databases import database

SIZES = {'prefork': 'StartServers 8\nServerLimit 8\nMinSpareServers 8\n'
                    'MaxSpareServers 8\nMaxRequestWorkers 8\n',
         'event': 'StartServers 2\nServerLimit 2\nThreadsPerChild 4\n'
                  'MinSpareThreads 4\nMaxSpareThreads 8\n'
                  'MaxRequestWorkers 8\n'}
PLACES = 2
OFF = ('ChatRate off', 'ChatAddressRate off', 'ChatAddressRooms off',
       'ChatAddressConnections off')
CONFIG = PROXY + location('/chat', 'Chat rooms', 'ChatHistory 3 24h', *OFF)
END = '99999999999999-0'


@pytest.fixture(scope='module')
def db():
    with database('pgsql') as running:
        yield running


@pytest.fixture(params=['prefork', in_soak('event')])
def served(request, tmp_path, db):
    """(a server with eight workers, its database)"""
    db.empty()
    config = f'ChatArchive pgsql "{db.params}"\n' + CONFIG
    server = Httpd(tmp_path, mpm=request.param, config=config,
                   sizes=SIZES[request.param], modules=('remoteip',))
    server.allow('CW11|CW0665|CW0601|AH00484|AH00161|AH10159')
    with server:
        try:
            yield server, db
        finally:
            db.resume()


class Asking:
    """Who asks and asks again, on so many connections, until it is ended."""

    def __init__(self, count, ask):
        self.answers = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(ask,))
                        for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def _run(self, ask):
        while not self.over.is_set():
            try:
                self.answers.append(ask())
            except Exception:
                pass  # its child was killed

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        return {answer.status for answer in self.answers}


def check_site(server):
    """Every worker that waits for the database would do so for seconds: with
    all of them waiting this would take minutes."""
    begun = time.monotonic()
    for _ in range(20):
        assert server.get('/alive.txt', timeout=60).status == 200
    assert time.monotonic() - begun < at_most(100)


def reads(server, room):
    return lambda: server.get(f'{room}?before={END}', by(ANN), timeout=120)


def posts(server, room):
    return lambda: server.post(room, 'x', 'text/plain', headers=by(ANN),
                               timeout=120)


def searches(server, room):
    return lambda: server.get(f'{room}?search=text', by(ANN), timeout=120)


@pytest.mark.parametrize('ask', [reads, searches, posts])
def test_it_does_not_take_the_site(served, ask):
    server, db = served
    rooms = itertools.cycle([new_room() for _ in range(20)])
    for _ in range(20):
        say(server, next(rooms), *[f'text {n}' for n in range(9)])
    db.pause()
    some = Asking(30, lambda: ask(server, next(rooms))())
    check_site(server)
    wait_until(lambda: len(some.answers) > 100, 60, 'many refusals')
    db.resume()
    assert 503 in some.end()
    refused = [answer for answer in some.answers if answer.status == 503]
    assert {answer.json()['code'] for answer in refused} == {'unavailable'}
    assert all(int(answer.header('retry-after')) >= 1 for answer in refused)
    wait_until(lambda: ask(server, next(rooms))().status in (200, 201), 60,
               'the database')
    wait_until(lambda: posts(server, next(rooms))().status == 201, 60,
               'an ack')


@pytest.mark.children_die
def test_who_was_killed_has_no_place(served):
    server, db = served
    room = new_room()
    say(server, room, *[f'text {n}' for n in range(9)])
    db.pause()
    some = Asking(20, reads(server, room))
    wait_until(lambda: len(some.answers) > 20, 60, 'refusals')
    server.allow('AH00051|AH00052|CW0303')
    some.over.set()
    for child in server.children():
        server.kill_child(child)
    db.resume()
    some.end()

    def all_at_once():
        two = Asking(PLACES, reads(server, room))
        wait_until(lambda: len(two.answers) >= 4 * PLACES, 60, 'answers')
        return two.end() == {200}
    wait_until(all_at_once, 60, 'places for all')


@pytest.mark.parametrize('sender', [[], by(ANN)])
@pytest.mark.parametrize('mpm', ['prefork', in_soak('event')])
def test_a_database_that_works_refuses_nobody(mpm, sender, tmp_path):
    """As many as after a restart come at once into rooms that are nowhere, or
    only in the archive."""
    config = 'ChatArchive sqlite3 data/chat.db\n' + CONFIG
    rooms = [new_room() for _ in range(100)]
    with Httpd(tmp_path, mpm=mpm, config=config, sizes=SIZES[mpm],
               modules=('remoteip',)) as server:
        for room in rooms[::2]:
            say(server, room, 'a')
        server.stop()
        server.start()
        with Swarm(server.address()) as swarm:
            clients = [swarm.add(room, sender) for room in rooms * 3]
            swarm.run(lambda: all(c.status for c in clients), 60, 'answers')
            assert {c.state for c in clients} == {'open'}
