"""The prefix of a chat is where `Chat rooms` stands, whatever other sections
say about its URLs: the page, its files and the list of rooms work below it."""
import base64
import hashlib
import re

import pytest

from harness import Httpd, location

HTML = [('Accept', 'text/html')]
CHAT = location('/chat', 'Chat rooms', 'ChatRate off', 'ChatList on')
PASSWORD = ('AuthType Basic', 'AuthName Team',
            'AuthUserFile "@ROOT@/htdocs/users"', 'Require valid-user')


def match(pattern, *lines):
    return location(pattern, *lines).replace('Location', 'LocationMatch')


def page(server, path, headers=(), kind='room'):
    """The page is there and its files are where it looks for them."""
    answer = server.get(path, HTML + list(headers))
    assert answer.status == 200, (path, answer)
    script = re.search(f'"_chatws/(v-[0-9a-f]+/page/{kind}.js)"',
                       answer.body.decode()).group(1)
    folder = path.rpartition('/')[0]
    for name in ('chatws.js', script, 'page/chat.css'):
        assert server.get(f'{folder}/_chatws/{name}',
                          list(headers)).status == 200, (path, name)


def prefix(server, path, headers=()):
    """The path is sent on to the page that chooses a room."""
    answer = server.get(path + '?x=y', HTML + list(headers))
    assert answer.status == 302, (path, answer)
    assert answer.header('location') == path + '/?x=y'
    assert answer.header('cache-control') == 'no-store'
    page(server, path + '/', headers, 'rooms')


def rooms_below(server, path, *names):
    """Rooms below the path, all listed, each with its page."""
    for name in names:
        room = f'{path}/{name}'
        assert server.post(room, 'x', 'text/plain').status == 201
        page(server, room)
    listed = server.get(path + '/?rooms')
    assert {row['room'] for row in listed.json()['rooms']} >= \
        {f'{path}/{name}' for name in names}


# Sections that say nothing of the role
OTHERS = {
    'none': '',
    'the room of README': location('/chat/team', *PASSWORD),
    'the whole site': location('/', 'Header set X-Any "y"'),
    'the prefix again': location('/chat', 'ChatGuests on'),
    'the prefix with a slash': location('/chat/', 'ChatGuests on'),
    'a pattern': match('^/chat', 'ChatRate off'),
    'a pattern of one': match('^/chat/lobby$', 'ChatRate off'),
    'a wildcard': location('/ch*', 'ChatRate off'),
    'a folder': '<Directory "@ROOT@/htdocs/chat">\nChatRate off\n'
                '</Directory>\n',
    'if': location('/chat', '<If "true">', 'ChatRate off', '</If>'),
    'rooms below': location('/chat/lobby', 'Chat rooms'),
    'rooms around, later': match('^/chat/?', 'Chat rooms'),
}


@pytest.mark.parametrize('first', [True, False])
@pytest.mark.parametrize('other', OTHERS.values(), ids=OTHERS)
def test_other_sections(other, first):
    with Httpd(config=other + CHAT if first else CHAT + other,
               files={'chat/x': 'x'}) as server:
        prefix(server, '/chat')
        rooms_below(server, '/chat', 'lobby', 'team-b/red')
        client = server.ws('/chat/lobby')
        assert client.recv_event('hello')['room'] == '/chat/lobby'
        client.close()


def test_the_room_of_readme_with_its_password():
    config = CHAT + location('/chat/team', *PASSWORD)
    secret = base64.b64encode(hashlib.sha1(b'b').digest()).decode()
    basic = [('Authorization', 'Basic ' + base64.b64encode(b'a:b').decode())]
    with Httpd(config=config,
               files={'users': f'a:{{SHA}}{secret}\n'}) as server:
        for room in ('/chat/team', '/chat/team/red'):
            assert server.get(room, HTML).status == 401
            page(server, room, basic)


# Where the role stands in other ways

KINDS = {
    'slash': (location('/chat/', 'Chat rooms'), None),
    'pattern': (match('^/chat(/|$)', 'Chat rooms'), '/chat'),
    'pattern without end': (match('/chat', 'Chat rooms'), '/chat'),
    'if': (location('/chat', '<If "true">', 'Chat rooms', '</If>'), '/chat'),
    'if on the URL': ('<If "%{REQUEST_URI} =~ m#^/chat#">\nChat rooms\n</If>\n'
                      + location('/chat', 'ChatRate off'), None),
    'two': (location('/chat', 'Chat rooms')
            + location('/else/chat', 'Chat rooms'), '/chat'),
    'folder': ('<Directory "@ROOT@/htdocs/chat">\nChat rooms\n</Directory>\n',
               '/chat'),
    'htaccess': ('', '/chat'),
    'the site': (location('/', 'Chat rooms'), None),
    'server': ('Chat rooms\n', None),
    'off between': (location('/a', 'Chat rooms') + location('/a/b', 'Chat off')
                    + location('/a/b/chat', 'Chat rooms'), '/a/b/chat'),
}


@pytest.mark.parametrize('mpm', ['event', 'prefork'])
@pytest.mark.parametrize('kind', KINDS)
def test_kinds_of_sections(kind, mpm):
    config, path = KINDS[kind]
    files = {'chat/index.html': 'x'}
    if kind == 'htaccess':
        files['chat/.htaccess'] = 'Chat rooms\nChatList on\n'
    with Httpd(mpm=mpm, config=config + 'ChatList on\nChatRate off\n',
               files=files) as server:
        if path:
            prefix(server, path)
            rooms_below(server, path, 'lobby', 'team/red')
        elif kind in ('the site', 'server'):
            page(server, '/chat')
            rooms_below(server, '', 'lobby')
            rooms_below(server, '/chat', 'lobby', 'team/red')
        elif kind == 'slash':
            assert server.get('/chat', HTML).status in (301, 404)
            rooms_below(server, '/chat', 'lobby', 'team/red')


def test_only_these_rooms():
    """The pattern of OPERATIONS: no room but two, with their files."""
    with Httpd(config=match('^/chat/(lobby|team|_chatws/.+)$',
                            'Chat rooms')) as server:
        for room in ('/chat/lobby', '/chat/team'):
            page(server, room)
            server.ws(room).close()
        for path in ('/chat', '/chat/', '/chat/other', '/chat/lobby/x'):
            assert server.get(path, HTML).status == 404


def test_the_prefix_is_no_way_to_another_host():
    with Httpd(config='MergeSlashes Off\n'
               + match('/chat(/|$)', 'Chat rooms')) as server:
        answer = server.get('//evil.test/chat', HTML)
        assert answer.status == 302
        assert answer.header('location') == '/evil.test/chat/'


def test_names_that_have_to_be_escaped():
    with Httpd(config=location('/ch%at ü', 'Chat rooms')) as server:
        path = '/ch%25at%20%C3%BC'
        answer = server.get(path, HTML)
        assert answer.status == 302
        assert answer.header('location').lower() == (path + '/').lower()
        page(server, path + '/x y?'.replace(' ', '%20').replace('?', '%3F'))
