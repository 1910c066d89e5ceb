"""Texts of all scripts come out as they went in, over every transport in and
out; and polls need neither the same child nor the same connection."""
import json
import urllib.parse
import uuid

import pytest

from harness import Httpd, key_of, location, wait_until

CHILDREN = 8
CONFIG = ('KeepAlive Off\n' + location('/chat', 'Chat rooms', 'ChatRate off'))
SIZES = {'event': f'StartServers {CHILDREN}\nServerLimit {CHILDREN}\n'
                  'ThreadsPerChild 2\nMinSpareThreads 16\n'
                  'MaxSpareThreads 16\nMaxRequestWorkers 16\n',
         'prefork': f'StartServers {CHILDREN}\nServerLimit 16\n'
                    f'MinSpareServers {CHILDREN}\nMaxSpareServers 16\n'
                    'MaxRequestWorkers 16\n'}
TEXTS = {
    'astral': '\U0001f44b \U0001d4d0 \U00020000 \U0010ffff \ufffe',
    'joined': '\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3f3\ufe0f'
              '\u200d\U0001f308 \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd',
    'right-to-left': '\u05e9\u05dc\u05d5\u05dd \u200f\u0645\u0631\u062d\u200f'
                     ' \u2067abc\u2069 \u202ex\u202c',
    'combining': 'e\u0301 \u00e9 e\u0331\u0303\u0301 \u0e01\u0e35\u0e48 '
                 '\u0915\u094d\u0937\u093f',
    'invisible': 'a\u2028b\u2029c\ufeffd\u00ade',
}
INVISIBLE = {
    'spaces': ' \u00a0\u3000\n\t', 'braille': '\u2800', 'zero': '\u200b\u2060',
    'hangul': '\u3164', 'half hangul': '\uffa0', 'jamo': '\u115f\u1160',
    'hyphen': '\u00ad', 'style': '\ufe0f', 'joiner': '\u200d', 'bom': '\ufeff',
    'khmer': '\u17b4\u17b5', 'mongolian': '\u180b\u180e\u180f',
    'music': '\U0001d159\U0001d173', 'tags': '\U000e0001\U000e0041\U000e007f',
    'noncharacters': '\ufdd0\uffff\U0010ffff', 'unassigned': '\U000e0fff',
    'blank and marks': '\u2800\u0301 \u0302', 'all': ' \u200b\u2800\ufe0f\u3164',
}
FORM = 'application/x-www-form-urlencoded'


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, sizes=SIZES[request.param],
               config=CONFIG) as running:
        yield running


@pytest.fixture
def room():
    return f'/chat/{uuid.uuid4().hex}'


def text_of(event):
    return event['text']


@pytest.mark.parametrize('name', TEXTS)
def test_text_arrives_as_it_was_sent(server, room, name):
    text = TEXTS[name]
    with server.ws(room) as socket, server.sse(room) as stream:
        cursors = {client.recv_event('hello')['cursor']
                   for client in (socket, stream)}
        with server.poller(room, cursor=cursors.pop(), wait=25) as held:
            held.ask()
            socket.say(text)
            assert server.post(room, text, 'text/plain').status == 201
            assert text_of(stream.recv_event('message')) == text
            assert text_of(stream.recv_event('message')) == text
            assert [text_of(e) for e in held.answer()[1]][0] == text
        assert text_of(socket.recv_event('message')) == text
    kept = server.get(f'{room}?after=0-0')
    assert [text_of(e) for e in kept.json()['events']] == [text, text]


def test_polls_go_to_any_child(server, room):
    """Each answer on a connection of its own: none is refused, nothing is
    lost or repeated."""
    wait_until(lambda: len(server.children()) >= CHILDREN, 10, 'all children')
    readers = [server.poller(room, headers=key_of(n), wait=0)
               for n in range(10)]
    sent = []
    for number in range(20):
        answer = server.post(room, f'text {number}', 'text/plain')
        assert answer.status == 201
        sent.append(answer.json()['id'])
        for reader in readers:
            reader.poll()
    for reader in readers:
        assert {a.status for a in reader.answers} == {200}
        assert {a.header('connection') for a in reader.answers} == {'close'}
        assert [e['id'] for e in reader.events] == sent
        reader.close()


@pytest.mark.parametrize('name', INVISIBLE)
def test_text_that_shows_nothing_is_empty(server, room, name):
    """On every row that takes a text; nothing of it is stored."""
    text = INVISIBLE[name]
    form = urllib.parse.urlencode({'text': text})
    with server.ws(room) as socket:
        socket.recv_event('hello')
        socket.say(text, ref='x')
        error = socket.recv_event('error')
        assert (error['code'], error['ref']) == ('empty', 'x')
    for path, body, kind in (
            (room, json.dumps({'text': text}), 'application/json'),
            (room, json.dumps({'type': 'message', 'text': text}),
             'application/json'),
            (room, text, 'text/plain'), (room, form, FORM),
            (f'{room}?plain', form, FORM)):
        answer = server.post(path, body, kind)
        assert (answer.status, answer.json()['code']) == (400, 'empty'), kind
    assert server.get(room).json()['events'] == []
