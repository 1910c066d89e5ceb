"""chatws.js and a room with an archive: what a crash of the server brings again,
and older messages, newer ones and words that are asked for."""
import json
import sqlite3
import time

import pytest

from barrier import Barrier
from client import FILES, Client
from harness import Httpd, in_soak, location, say, wait_until
from test_client_events import BEN, HELLO, PLAY, YOU, Server

pytestmark = pytest.mark.engines(long=True)

ARCHIVED = {**HELLO, 'archive': True}
CONFIG = ('ChatArchive sqlite3 data/chat.db\n'
          + location('/chat', 'Chat rooms', 'ChatRate off',
                     'ChatHistory 5 24h')
          + location('/none', 'Chat rooms', 'ChatRate off'))
TRANSPORTS = ('websocket', in_soak('sse'), 'longpoll', in_soak('poll'))
ASK = '''
window.answer = null;
chat[arguments[0]](...arguments[1]).then(
    (told) => { answer = told; },
    ({ code, status }) => { answer = { code, status }; });
'''


@pytest.fixture
def play(ann):
    def start(**hello):
        ann.load()
        ann.browser.script(PLAY, {})
        return Server(ann).connect({**ARCHIVED, **hello})
    yield start
    assert ann.run('return thrown') == []


def message(number, millisecond, author=BEN, **more):
    return {'type': 'message', 'id': f'{millisecond}-0', 'from': author,
            'text': str(number), **more}


def wait_loaded(ann):
    wait_until(lambda: ann.run('return Boolean(chat.unsure)'), 20, 'unsure')


def test_the_end_is_lost(ann, play):
    """The server has come back without its last messages: it tells what it
    keeps from the beginning, and what is said again has another id."""
    server = play()
    for number in range(1, 6):
        server.tell(**message(number, 1000 + number, ref=f'r{number}'))
    server.cut(1012)
    server.connect({**ARCHIVED, 'gap': True, 'cursor': '1000-0'}, 2)
    for number in range(1, 4):
        server.tell(**message(number, 1000 + number, ref=f'r{number}'))
    server.tell(**message(4, 2001, ref='r4'))
    server.tell(**message(6, 2002, ref='r6'))
    server.tell(**message(5, 2003, ref='r5'))
    ann.wait_texts('1', '2', '3', '4', '5', '6')
    assert ann.get('cursor') == '2003-0'


def test_without_an_archive_a_room_begins_anew(ann, play):
    """Its ids may be lower: the clock was set."""
    server = play(archive=False)
    server.tell(**message(1, 5000))
    server.cut()
    server.connect({**HELLO, 'gap': True, 'cursor': '2000-0'}, 2)
    server.tell(**message(2, 3000))
    ann.wait_texts('1', '2')
    assert ann.run('return chat.unsure') is None


def sent(server):
    return [(command['text'], command['ref'])
            for command in server.sent('message') if command['text']]


def test_what_was_seen_and_not_acked_is_said_again(ann, play):
    """With its ref, once the server has lost its end; what was acked is not."""
    server = play()
    wait_loaded(ann)
    refs = [ann.call('send', text) for text in ('one', 'two', 'three')]
    for number, (text, ref) in enumerate(zip(('one', 'two', 'three'), refs)):
        wait_until(lambda: (text, ref) in sent(server), 20, text)
        server.tell(**message(text, 1001 + number, YOU, ref=ref))
    server.tell(type='ack', ref=refs[0], id='1001-0')
    ann.wait_texts('one', 'two', 'three')
    assert len(sent(server)) == 3
    server.cut()                                # nothing is lost
    server.connect({**ARCHIVED, 'cursor': '1003-0', 'resumed': True}, 2)
    server.cut()
    server.connect({**ARCHIVED, 'cursor': '1000-0', 'gap': True}, 3)
    wait_until(lambda: len(sent(server)) == 5, 20, 'said again')
    assert sent(server)[3:] == [('two', refs[1]), ('three', refs[2])]
    server.tell(**message('two', 2001, YOU, ref=refs[1]))
    server.tell(type='ack', ref=refs[1], id='2001-0')
    server.tell(type='error', ref=refs[2], code='rate_limited', retry=0.1)
    wait_until(lambda: len(sent(server)) == 6, 20, 'and again')
    server.tell(type='ack', ref=refs[2], id='1003-0')
    server.tell(**message('end', 2002))
    ann.wait_texts('one', 'two', 'three', 'end')
    server.cut()
    server.connect({**ARCHIVED, 'cursor': '2002-0', 'gap': True}, 4)
    server.tell(**message('all', 2003))
    ann.wait_texts('one', 'two', 'three', 'end', 'all')
    assert len(sent(server)) == 6
    assert ann.events('error') == []


def test_the_archive_is_away(ann, play):
    """What was seen is in the room: it goes on with the next one, and nobody
    is told of an error."""
    server = play()
    wait_loaded(ann)
    first, second = (ann.call('send', text) for text in ('one', 'two'))
    server.tell(**message('one', 1001, YOU, ref=first))
    wait_until(lambda: ('two', second) in sent(server), 20, 'the next one')
    server.tell(type='error', ref=first, code='unavailable', retry=1)
    server.tell(**message('two', 1002, YOU, ref=second))
    server.tell(type='error', ref=second, code='unavailable', retry=1)
    server.tell(type='error', ref='x', code='unavailable')
    wait_until(lambda: ann.events('error'), 20, 'the one that is nobody\'s')
    assert [event['ref'] for event in ann.events('error')] == ['x']
    assert [event['state'] for event in ann.events('pending')] \
        == ['sending', 'sending', 'sent', 'sent']
    assert len(sent(server)) == 2


def test_what_has_failed_is_not_said_by_itself(ann, play):
    server = play()
    wait_loaded(ann)
    for code in ('too_long', 'filtered'):
        ref = ann.call('send', code)
        wait_until(lambda: (code, ref) in sent(server), 20, code)
        server.tell(type='error', ref=ref, code=code)
    wait_until(lambda: [event['state'] for event in ann.events('pending')]
               .count('failed') == 2, 20, 'both failed')
    ann.call('discard', ref)
    server.cut()
    server.connect({**ARCHIVED, 'gap': True}, 2)
    ref = ann.call('send', 'new')
    wait_until(lambda: ('new', ref) in sent(server), 20, 'new')
    assert len(sent(server)) == 3


@pytest.fixture(scope='module')
def archive():
    with Httpd(config=CONFIG, files=FILES) as running:
        yield running


@pytest.fixture
def between(archive):
    with Barrier(archive.address()) as running:
        yield running


@pytest.fixture
def reader(engines, driver, between):
    client = Client(engines.reader(driver.engine, 'ann'), between.host())
    client.forget()
    yield client
    client.end()


def ask(client, name, *arguments):
    client.browser.script(ASK, name, arguments)
    wait_until(lambda: client.run('return answer'), 20, name)
    return client.run('return answer')


def texts(answer):
    return [one['text'] for one in answer['messages']]


@pytest.mark.parametrize('transport', TRANSPORTS)
def test_what_the_room_does_not_keep(reader, archive, path, transport):
    """Who was away gets everything; the rest is there when it is asked for."""
    said = [f'text {number}' for number in range(20)]
    say(archive, path, 'there is a room')
    reader.enter(path, transport=transport)
    assert reader.events('hello')[0]['archive'] is True
    ids = say(archive, path, *said[:10])
    reader.wait_texts('there is a room', *said[:10])
    reader.call('close')
    ids += say(archive, path, *said[10:])
    reader.join(path, transport=transport, history=1)
    wait_until(lambda: reader.texts()[-1:] == said[19:], 20, 'the last one')
    told = ask(reader, 'before', ids[3], 2)
    assert texts(told) == said[1:3] and told['more'] is True
    assert told['messages'][0]['own'] is False
    told = ask(reader, 'before', ids[3])
    assert texts(told)[1:] == said[:3] and told['more'] is False
    told = ask(reader, 'after', ids[3])
    assert texts(told) == said[4:]
    assert (told['more'], told['gap']) == (False, False)
    told = ask(reader, 'search', 'TEXT 1', {'limit': 3})
    assert texts(told) == said[17:] and told['more'] is True
    told = ask(reader, 'search', 'TEXT 1', {'before': told['cursor']})
    assert texts(told) == [said[1], *said[10:17]] and told['more'] is False
    assert ask(reader, 'search', '100%')['messages'] == []
    assert ask(reader, 'search', ' ') == {'code': 'bad_request', 'status': 400}


def nothing_but_more(cursor):
    """What is answered by whoever holds a request, and finds that the archive
    has to be asked."""
    body = json.dumps({'cursor': cursor, 'gap': False, 'events': [],
                       'more': True}).encode()
    return (b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
            b'Content-Length: %d\r\nConnection: close\r\n\r\n' % len(body)
            + body)


@pytest.mark.parametrize('transport', TRANSPORTS)
def test_there_is_more_and_nothing_of_it(reader, archive, between, path,
                                         transport):
    """It asks once more, at once and with its own position, and not again and
    again."""
    say(archive, path, 'there is a room')
    reader.enter(path, transport=transport)
    say(archive, path, 'one')
    reader.wait_texts('there is a room', 'one', seconds=20)
    told = nothing_but_more(reader.get('cursor'))
    between.rules = {'longpoll': told,
                     **({'poll': told} if transport == 'poll' else {})}
    between.cut('longpoll')
    before, since = len(between.seen), time.monotonic()
    kind = transport if 'poll' in transport else 'members'
    if 'poll' in transport:
        wait_until(lambda: kind in between.seen[before:], 20, 'it has asked')
    say(archive, path, 'two')
    if transport == 'poll':
        wait_until(lambda: between.seen[before:].count(kind) > 2, 30, 'more')
        between.rules = {}
    reader.wait_texts('there is a room', 'one', 'two', seconds=20)
    assert between.seen[before:].count(kind) \
        <= 3 + (time.monotonic() - since) / 2
    assert reader.events('gap') == []


def test_httpd_stops_and_starts(reader, archive, between, path):
    """Whoever was there reads on without a gap, and goes on writing."""
    reader.enter(path)
    for text in ('one', 'two'):
        reader.call('send', text)
    reader.wait_texts('one', 'two')
    you = reader.get('you')['id']
    archive.own_root = False
    archive.stop()
    archive.start()
    archive.own_root = True
    between.target = archive.address()
    reader.wake()
    reader.wait_state('online', 40)
    say(archive, path, 'meanwhile')
    reader.call('send', 'three')
    reader.wait_texts('one', 'two', 'meanwhile', 'three')
    assert reader.get('you')['id'] == you
    hello = reader.events('hello')[-1]
    assert (hello['resumed'], hello['gap']) == (True, False)
    assert json.dumps(hello).count('archive') == 1


def test_the_machine_dies_with_messages_that_are_not_archived(
        reader, archive, between, path):
    """Everybody has seen them, the database has not got them: they are said
    again, and nobody is told twice."""
    reader.enter(path)
    reader.call('send', 'before')
    reader.wait_texts('before')
    wait_until(lambda: reader.events('ack'), 20, 'it is archived')
    archive.allow('CW1101|AH000|exit signal|CW0303')
    lock = sqlite3.connect(archive.root / 'data' / 'chat.db',
                           isolation_level=None)
    lock.execute('BEGIN IMMEDIATE')
    for text in ('one', 'two'):
        reader.call('send', text)
    reader.wait_texts('before', 'one', 'two')
    archive.kill_tree()
    lock.close()
    archive.start()
    between.target = archive.address()
    reader.wake()
    reader.wait_state('online', 40)

    def kept():
        return [event['text'] for event in archive.get(path).json()['events']]
    wait_until(lambda: kept() == ['before', 'one', 'two'], 20, 'said again')
    say(archive, path, 'after')
    reader.wait_texts('before', 'one', 'two', 'after')
    assert reader.events('hello')[-1]['gap'] is True
    assert kept() == ['before', 'one', 'two', 'after']
