"""ChatFilter and ChatLinks: what is masked, refused or let pass, on every way
in and out; a list that changes; patterns that take too long."""
import base64
import hashlib
import json
import time
import uuid

import pytest

from harness import Httpd, config_test, location, wait_until

WORDS = '''# unwanted
ass
dumb*
/[0-9]{4}-[0-9]{4}/
'''
MASK = ('Chat rooms', 'ChatRate off', 'ChatFilter "@ROOT@/words.txt"')
LOGIN = ('AuthType Basic', 'AuthName x', 'AuthUserFile "@ROOT@/users"',
         'Require valid-user')
USERS = 'ann:{SHA}' + base64.b64encode(
    hashlib.sha1(b'ann').digest()).decode() + '\n'
ANN = [('Authorization', 'Basic ' + base64.b64encode(b'ann:ann').decode())]
CONFIG = (location('/mask', *MASK)
          + location('/reject', *MASK[:2],
                     'ChatFilter "@ROOT@/words.txt" reject')
          + location('/off', *MASK, 'ChatFilter none')
          + location('/links', *MASK[:2], 'ChatLinks off')
          + location('/kept', *MASK, 'ChatUser "%{HTTP:X-User}"',
                     'ChatModerators user cat')
          + location('/strict', *MASK[:2],
                     'ChatFilter "@ROOT@/words.txt" reject',
                     'ChatUser "%{HTTP:X-User}"', 'ChatModerators user cat')
          + location('/members', *MASK[:2], 'ChatLinks off', *LOGIN))
FILES = {'../words.txt': WORDS, '../users': USERS}
FORM = 'application/x-www-form-urlencoded'


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, config=CONFIG, files=FILES) as running:
        yield running


@pytest.fixture
def name():
    return uuid.uuid4().hex


def say(client, text):
    """The text as the speaker sees it, or the code of the error."""
    ref = uuid.uuid4().hex
    client.say(text, ref)
    event = client.recv_until(lambda event: event.get('ref') == ref)[-1]
    return event['text'] if event['type'] == 'message' else event['code']


def answer(client, *kinds):
    return client.recv_until(lambda event: event['type'] in kinds)[-1]


def logged(server):
    return '\n'.join(server.log_lines())


def rename(client, to):
    """The new name, or the code of the error."""
    client.send_json(type='name', name=to)
    event = answer(client, 'you', 'error')
    return event['name'] if event['type'] == 'you' else event['code']


def test_masked_on_every_way(server, name):
    """By WebSocket and POST in; by WebSocket, stream, held and later polls
    out: all see the same."""
    room = f'/mask/{name}'
    with server.ws(room) as socket, server.sse(room) as stream:
        cursor = socket.recv_event('hello')['cursor']
        stream.recv_event('hello')
        with server.poller(room, cursor=cursor, wait=25) as held:
            held.ask()
            assert say(socket, 'you A$$, 1234-5678') == 'you ***, *********'
            assert held.answer()[1][0]['text'] == 'you ***, *********'
        for kind, body in (('text/plain', 'dumbest ass!'),
                           (FORM, 'text=dumbest+ass!'),
                           ('application/json',
                            json.dumps({'text': 'dumbest ass!'}))):
            assert server.post(room, body, kind).status == 201
            assert socket.recv_event('message')['text'] == '******* ***!'
        assert [stream.recv_event('message')['text'] for _ in range(4)] == \
            ['you ***, *********'] + ['******* ***!'] * 3
    events = server.get(f'{room}?after=0-0').json()['events']
    assert [event['text'] for event in events] == \
        ['you ***, *********'] + ['******* ***!'] * 3


def amend(server, room, who, **command):
    return server.post(room, json.dumps(command), headers=[('X-User', who)])


def test_an_edit_is_looked_at_like_a_message(server, name):
    """Else one would write first and insult then."""
    for place, shown in (('kept', 'you ***'), ('strict', 'hello')):
        room = f'/{place}/{name}'
        ident = amend(server, room, 'ann', text='hello').json()['id']
        with server.ws(room, headers=[('X-User', 'ann')]) as client, \
                server.sse(room) as stream:
            client.recv_event('hello')
            stream.recv_event('hello')
            client.send_json(type='edit', id=ident, text='you A$$')
            event = answer(client, 'edited', 'error')
            if place == 'kept':
                assert event['text'] == shown
                assert stream.recv_event('edited')['text'] == shown
            else:
                assert event['code'] == 'filtered'
                posted = amend(server, room, 'ann', type='edit', id=ident,
                               text='you A$$')
                assert posted.status == 403
                assert posted.json()['code'] == 'filtered'
        events = server.get(f'{room}?history=5').json()['events']
        assert events[0]['text'] == shown


@pytest.mark.parametrize('place', ['kept', 'strict'])
def test_moderators_write_what_they_want(server, name, place):
    room = f'/{place}/{name}'
    posted = amend(server, room, 'cat', text='no ass here')
    assert posted.status == 201
    assert amend(server, room, 'cat', type='room',
                 topic='no ass here').status == 200
    with server.ws(room, headers=[('X-User', 'cat')]) as client:
        assert client.recv_event('hello')['state']['topic'] == 'no ass here'
        assert say(client, 'ass') == 'ass'


def test_rejected(server, name):
    room = f'/reject/{name}'
    with server.ws(room) as client:
        client.recv_event('hello')
        assert say(client, 'kick-ass') == 'filtered'
        assert say(client, 'a classic') == 'a classic'
        posted = server.post(room, 'you ass', 'text/plain')
        assert (posted.status, posted.json()['code']) == (403, 'filtered')
    events = server.get(f'{room}?after=0-0').json()['events']
    assert [event['text'] for event in events] == ['a classic']


@pytest.mark.parametrize('text', ['classic', 'Scunthorpe passes', 'assess',
                                  'see https://a.example/ass/dumb', '455'])
def test_what_passes(server, name, text):
    with server.ws(f'/reject/{name}') as client:
        client.recv_event('hello')
        assert say(client, text) == text


def test_none_below(server, name):
    with server.ws(f'/off/{name}') as client:
        client.recv_event('hello')
        assert say(client, 'ass') == 'ass'


@pytest.mark.parametrize('place', ['mask', 'reject'])
def test_names_are_refused(server, name, place):
    with server.ws(f'/{place}/{name}') as client:
        client.recv_event('hello')
        assert rename(client, 'Dumbo') == 'bad_name'
        assert rename(client, 'Cassandra') == 'Cassandra'


def test_links_of_guests(server, name):
    room = f'/links/{name}'
    with server.ws(room) as client:
        client.recv_event('hello')
        for text in ('see http://a.example', 'www.a.example', 'mailto:a@b.c'):
            assert say(client, text) == 'filtered'
        for text in ('a.example', 'awww.so nice'):
            assert say(client, text) == text
        assert rename(client, 'www.a.example') == 'bad_name'
    posted = server.post(room, 'http://a.example', 'text/plain')
    assert (posted.status, posted.json()['code']) == (403, 'filtered')
    assert 'links' in posted.json()['text']


def test_links_of_verified_users(server, name):
    with server.ws(f'/members/{name}', headers=ANN) as client:
        client.recv_event('hello')
        assert say(client, 'see http://a.example') == 'see http://a.example'


def test_a_list_that_changes(name):
    """For sockets and POST, in each child, without a reload."""
    with Httpd(config=CONFIG, files=FILES) as server:
        room, words = f'/reject/{name}', server.root / 'words.txt'
        with server.ws(room) as client:
            client.recv_event('hello')
            assert say(client, 'new') == 'new'
            words.write_text(WORDS + 'new\nb*d\n')
            wait_until(lambda: say(client, 'new') == 'filtered', 30,
                       'the new word')
            server.allow('CW0721')
            server.wait_log(
                r'CW0721: .*words.txt: 1 line is left out: line 6: ')
            for _ in range(5):
                wait_until(lambda: server.post(room, 'new', 'text/plain')
                           .status == 403, 30, 'the new word in a POST')
            assert logged(server).count('CW0721') == 1
            words.unlink()
            server.allow('CW0722')
            wait_until(lambda: say(client, 'ass') == 'filtered'
                       and 'CW0722' in logged(server), 30, 'CW0722')
            words.write_text('other\n')
            wait_until(lambda: say(client, 'ass') == 'ass', 30, 'no words')


def test_bad_lines_stop_nothing(tmp_path):
    words = tmp_path / 'words.txt'
    words.write_bytes(b'good\ncaf\xe9\n*\n')
    code, output = config_test(f'ChatFilter "{words}"')
    assert code == 0, output
    assert 'CW0725' in output and 'line 2: ' in output
    assert '2 lines are left out; the first is' in output


def test_bad_lines_are_told_once_at_start():
    """Though httpd reads its configuration twice."""
    server = Httpd(config=CONFIG, files={**FILES, '../words.txt': 'good\n*\n'})
    server.allow('CW0725')
    with server:
        assert logged(server).count('CW0725') == 1
        assert 'words.txt: 1 line is left out: line 2: ' in logged(server)


def test_an_endless_pattern(name):
    """Who sends what it was not made for hears nothing of it; nor does
    anybody wait."""
    files = {**FILES, '../words.txt': '/(a+)+$/\n/x[^!]*[!?]/\nass\n'}
    with Httpd(config=CONFIG, files=files) as server:
        server.allow('CW072[34]')
        with server.ws(f'/mask/{name}') as client:
            client.recv_event('hello')
            text = 'a' * 5000 + ' ass!'
            assert say(client, text) == 'a' * 5000 + ' ***!'
            server.wait_log(r'CW0723: .*\(a\+\)\+')
            text = 'x' * 8000
            before = time.monotonic()
            while 'CW0724' not in logged(server):
                assert say(client, text) == text
                assert time.monotonic() - before < 300
            assert say(client, 'ass') == '***'
