"""Which URLs are rooms, and which hosts share them."""
import uuid

import pytest

from harness import Httpd, WsFailure, location

VHOSTS = '''
<VirtualHost *:@PORT@>
ServerName localhost
DocumentRoot "@ROOT@/htdocs"
</VirtualHost>
<VirtualHost *:@PORT@>
ServerName chat.test
ServerAlias alias.test
DocumentRoot "@ROOT@/htdocs"
</VirtualHost>
<VirtualHost *:@PORT@>
ServerName other.test
DocumentRoot "@ROOT@/htdocs"
</VirtualHost>
'''
CONFIG = location('/chat', 'Chat rooms', 'ChatRate off') + VHOSTS


@pytest.fixture(scope='module')
def server():
    with Httpd(tls=True, config=CONFIG) as running:
        yield running


def status(server, path):
    """(101 or the refusal's status, the error's code)"""
    try:
        client = server.ws(path)
    except WsFailure as failure:
        answer = failure.response
        kind = answer.header('content-type', '')
        code = answer.json()['code'] if 'json' in kind else None
        return answer.status, code
    client.recv_event('hello')
    client.close()
    return 101, None


GOOD = ['/chat/r', '/chat/a/b/c', '/chat/a%20b', '/chat/%E4%BD%A0',
        '/chat/a+b', "/chat/~!$&'()*,;=:@", '/chat/a%3Fb%23c', '/chat/%25',
        '/chat/_chat', '/chat/_chatwsx', '/chat/x_chatws',
        '/chat/' + 'r' * 194, '/chat/' + '%C3%BC' * 97,
        '/chat/r?unknown=1&x', '/chat/%F0%9F%99%82']


@pytest.mark.parametrize('path', GOOD, ids=lambda p: p[:30])
def test_rooms(server, path):
    assert status(server, path) == (101, None)


BAD = {
    '/chat/': {400}, '/chat/a/': {400},
    '/chat/' + 'r' * 195: {414}, '/chat/' + '%C3%BC' * 98: {414},
    '/chat/%01': {400}, '/chat/a%0Ab': {400}, '/chat/a%0D': {400},
    '/chat/%09': {400}, '/chat/%1B': {400}, '/chat/%7F': {400},
    '/chat/%C2%80': {400}, '/chat/%C2%9F': {400},
    '/chat/%FF': {400}, '/chat/%C0%AF': {400}, '/chat/%E2%82': {400},
    '/chat/%ED%A0%80': {400}, '/chat/%F4%90%80%80': {400},
    '/chat/a%2Fb': {400, 404}, '/chat/%00': {400, 404},
    '/chat/%zz': {400},
    '/chat/_chatws': {400, 404}, '/chat/_chatws/r': {400, 404},
    '/chat/r/_chatws/x': {400, 404}, '/chat/%5Fchatws/x': {400, 404},
}


@pytest.mark.parametrize('path', BAD, ids=lambda p: p[:30])
def test_no_rooms(server, path):
    server.allow('AH10244')
    got, code = status(server, path)
    assert got in BAD[path]
    if BAD[path] == {414}:
        assert code == 'bad_room'


def test_dots_are_resolved(server):
    one = server.ws('/chat/x/../dots')
    assert one.recv_event('hello')['room'] == '/chat/dots'
    one.close()


def test_slashes_kept_by_the_administrator():
    config = ('AllowEncodedSlashes NoDecode\n' +
              location('/chat', 'Chat rooms'))
    with Httpd(config=config) as server:
        assert status(server, '/chat/a%2Fb')[0] == 400
        assert status(server, '/chat/a%2fb')[0] == 400
        assert status(server, '/chat/a%25b')[0] == 101


def heard(server, room, talker, listener):
    """True when `listener` gets what `talker` says; each is (host, tls)."""
    speaking, listening = [
        server.ws(room, headers=[('Host', host)], tls=tls)
        for host, tls in (talker, listener)]
    speaking.recv_event('hello')
    listening.recv_event('hello')
    speaking.say('secret of the room', ref='x')
    speaking.recv_event('ack')
    listening.say('own', ref='y')
    events = listening.recv_until(lambda e: e['type'] == 'ack')
    speaking.close()
    listening.close()
    return any(e.get('text') == 'secret of the room' for e in events)


@pytest.mark.parametrize('talker, listener, together', [
    (('chat.test', False), ('chat.test', False), True),
    (('chat.test', False), ('alias.test', False), True),
    (('chat.test', False), ('CHAT.TEST:99', False), True),
    (('chat.test', False), ('other.test', False), False),
    (('localhost', False), ('chat.test', False), False),
    (('localhost', False), ('unknown.test', False), True),
    (('localhost', False), ('localhost', True), True),
    (('other.test', False), ('localhost', True), False),
], ids=str)
def test_hosts(server, talker, listener, together):
    room = '/chat/' + uuid.uuid4().hex
    assert heard(server, room, talker, listener) == together
    answer = server.get(room, [('Host', listener[0])], tls=listener[1])
    texts = [e['text'] for e in answer.json()['events']]
    assert ('secret of the room' in texts) == together


def test_case_and_form_are_different_rooms(server):
    room = '/chat/' + uuid.uuid4().hex + 'a'
    server.post(room, '{"text":"canary"}')
    for other in (room[:-1] + 'A', room + '%20', room[:-1] + '%C3%A4'):
        assert server.get(other).json()['events'] == []
