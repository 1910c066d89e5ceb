"""Rows 2 and 3: who is in a room, and which rooms the asker may enter."""
import base64
import subprocess
import uuid

import pytest

from harness import Httpd, is_made, location, new_room, wait_until

MOST = 200  # HTTPD_LIST_ROOMS
LISTED = ('Chat rooms', 'ChatRate off', 'ChatList on')
CONFIG = (
    location('/chat', *LISTED) +
    location('/unlisted', 'Chat rooms', 'ChatRate off') +
    location('/small', 'Chat rooms', 'ChatPresence on 2') +
    location('/quiet', 'Chat rooms', 'ChatPresence off') +
    location('/off', *LISTED, 'ChatGuests off') +
    location('/site', *LISTED) +
    location('/site/closed', 'Require all denied') +
    location('/site/members', 'AuthType Basic', 'AuthName x',
             'AuthBasicProvider file', 'AuthUserFile "@ROOT@/users"',
             'Require user ann') +
    location('/site/users', 'ChatGuests off',
             'ChatUser "%{HTTP:X-User}"') +
    location('/site/files', 'Chat off') +
    location('/site/expr', 'Require expr "%{REQUEST_URI} !~ m#secret#"') +
    location('/site/header', 'Require expr "%{HTTP:X-Pass} == \'yes\'"') +
    location('/site/gone', 'RewriteEngine on',
             'RewriteRule "." "-" [F]') +
    '<Directory "@ROOT@/htdocs/tree">\nAllowOverride All\n</Directory>\n')
HTACCESS = ('Chat rooms\nChatRate off\nChatList on\n'
            'Require expr "%{REQUEST_URI} !~ m#secret#"\n')


def password(user, cost, root):
    """A password file that only one user is in."""
    text = subprocess.run(['htpasswd', '-nbB', '-C', str(cost), user, 'x'],
                          capture_output=True, check=True, text=True).stdout
    path = root / 'users'
    path.write_text(text)
    path.chmod(0o644)


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    running = Httpd(mpm=request.param, config=CONFIG, tls=True,
                    vhost_config='ServerName other.test\n',
                    files={'tree/.htaccess': HTACCESS})
    password('ann', 4, running.root)
    with running:
        yield running


def say(server, room, *headers):
    answer = server.post(room, 'x', 'text/plain', list(headers))
    assert answer.status == 201, answer


def enter(server, room, **options):
    client = server.ws(room, **options)
    client.recv_event('hello')
    return client


def rooms(server, prefix, *headers):
    answer = server.get(f'{prefix}?rooms', list(headers))
    assert answer.status == 200, answer
    listed = answer.json()
    assert set(listed) <= {'rooms', 'more'}
    paths = [row['room'] for row in listed['rooms']]
    assert paths == sorted(paths, key=str.encode)
    return {row['room']: row['count'] for row in listed['rooms']}


def members(server, room, *headers):
    answer = server.get(f'{room}?members', list(headers))
    assert answer.status == 200, answer
    assert answer.header('cache-control') == 'no-store'
    assert answer.header('set-cookie') is None
    return answer.json()


SPEAKS = {'speak': True, 'moderate': False}
STATE = {'topic': '', 'slow': 0, 'locked': False}
NOBODY = {'count': 0, 'list': [], 'rights': SPEAKS, 'state': STATE}


# Members

def test_members(server):
    room = new_room()
    assert members(server, room) == NOBODY
    ann = enter(server, room, headers=[('Cookie', 'chatws=' + 'a1' * 16)])
    tab = enter(server, room, headers=[('Cookie', 'chatws=' + 'a1' * 16)])
    bob = enter(server, room, headers=[('Cookie', 'chatws=' + 'b2' * 16)])
    bob.send_json(type='name', name='Bob <3')
    bob.recv_event('you')
    found = members(server, room)
    assert found['count'] == 2
    assert sorted(x['name'] for x in found['list'])[0] == 'Bob <3'
    assert all(x['guest'] and x['id'].startswith('g-')
               for x in found['list'])
    hello = server.ws(room)
    list_of_hello = hello.recv_event('hello')['members']['list']
    assert {x['id'] for x in list_of_hello} > \
        {x['id'] for x in found['list']}
    for client in (ann, tab, bob, hello):
        client.close()


def test_members_of_a_room_that_does_not_exist(server):
    room = new_room()
    assert members(server, room) == NOBODY
    assert members(server, '/chat/') == NOBODY
    assert not is_made(server, room)


def test_who_polls_is_told_who_it_is(server):
    """A hello says it to the others."""
    room, key = new_room(), 'c3' * 16
    cookie = ('Cookie', 'chatws=' + key)
    assert 'you' not in members(server, room)
    before = members(server, room, cookie)['you']
    assert before['guest'] and before['name'].startswith('guest-')
    client = enter(server, room, headers=[cookie])
    client.send_json(type='name', name='Zoe')
    told = client.recv_event('you')
    assert members(server, room, ('X-Chatws-Key', key))['you'] == \
        {'id': told['id'], 'name': 'Zoe', 'guest': True}
    assert before['id'] == told['id']
    client.close()


def test_members_of_a_large_room(server):
    room = new_room('/small')
    clients = [enter(server, room) for _ in range(2)]
    assert len(members(server, room)['list']) == 2
    clients.append(enter(server, room))
    assert members(server, room) == {'count': 3, 'rights': SPEAKS,
                                     'state': STATE}
    for client in clients:
        client.close()


@pytest.mark.parametrize('path', ['/quiet/r', '/off/r'])
def test_members_are_not_told(server, path):
    answer = server.get(f'{path}?members')
    assert answer.status == 403 and answer.json()['code'] == 'forbidden'


def test_members_is_json_whatever_is_accepted(server):
    assert members(server, new_room(), ('Accept', 'text/html'))['count'] == 0
    answer = server.request('HEAD', f'{new_room()}?members')
    assert answer.status == 200 and answer.body == b''


# Rooms

def test_rooms(server):
    top = f'/chat/{uuid.uuid4().hex}'
    assert rooms(server, f'{top}/') == {}
    say(server, f'{top}/b')
    say(server, f'{top}/a/deep')
    say(server, f'{top}x')
    assert server.get(f'{top}/nobody').status == 200
    client = enter(server, f'{top}/c')
    assert rooms(server, f'{top}/') == {
        f'{top}/a/deep': 0, f'{top}/b': 0, f'{top}/c': 1}
    assert rooms(server, f'{top}/a/') == {f'{top}/a/deep': 0}
    listed = rooms(server, '/chat/')
    assert f'{top}x' in listed and f'{top}/b' in listed
    client.close()


def test_when_somebody_spoke_last(server):
    top = f'/chat/{uuid.uuid4().hex}'
    client = enter(server, f'{top}/silent')
    say(server, f'{top}/b')
    say(server, f'{top}/a')
    newest = server.get(f'{top}/a').json()['cursor']
    listed = {row['room']: row.get('last') for row in
              server.get(f'{top}/?rooms').json()['rooms']}
    assert listed.pop(f'{top}/silent') is None
    assert listed[f'{top}/a'] == newest
    client.close()


def test_rooms_with_odd_names(server):
    top = f'/chat/{uuid.uuid4().hex}'
    for name in ('a%20b', 'a%3Fb', 'a%23b', 'a%25b', '%C3%BC', 'a&b;c=d',
                 'a%22%3Cb%3E'):
        say(server, f'{top}/{name}')
    assert set(rooms(server, f'{top}/')) == {
        f'{top}/{name}' for name in ('a b', 'a?b', 'a#b', 'a%b', 'ü',
                                     'a&b;c=d', 'a"<b>')}


def test_rooms_have_to_be_switched_on(server):
    say(server, '/unlisted/r')
    answer = server.get('/unlisted/?rooms')
    assert answer.status == 403 and answer.json()['code'] == 'forbidden'
    assert b'/unlisted/r' not in answer.body
    assert server.get('/off/?rooms').status == 403


def test_rooms_are_asked_of_a_prefix(server):
    room = new_room()
    say(server, room)
    assert 'events' in server.get(f'{room}?rooms').json()
    answer = server.get(f'{room}?rooms', [('Accept', 'text/html')])
    assert answer.header('content-type').startswith('text/html')
    answer = server.get('/chat/?rooms', [('Accept', 'text/html')])
    assert answer.header('content-type') == 'application/json'


def test_only_what_the_asker_may_enter(server):
    """Rooms come to be in a closed place too: it was open before."""
    basic = ('Authorization',
             'Basic ' + base64.b64encode(b'ann:x').decode())
    wrong = ('Authorization',
             'Basic ' + base64.b64encode(b'ann:y').decode())
    user = ('X-User', 'zoe')
    passed = ('X-Pass', 'yes')
    say(server, '/site/open')
    say(server, '/site/members/r', basic)
    say(server, '/site/users/r', user)
    say(server, '/site/expr/open')
    say(server, '/site/header/r', passed)
    seen = {'/site/open', '/site/expr/open'}
    assert set(rooms(server, '/site/')) == seen
    assert set(rooms(server, '/site/', wrong)) == seen
    assert set(rooms(server, '/site/', basic)) == \
        seen | {'/site/members/r'}
    assert set(rooms(server, '/site/', user)) == seen | {'/site/users/r'}
    assert set(rooms(server, '/site/', passed)) == \
        seen | {'/site/header/r'}


def make_anyway(server, paths):
    """Rooms of places that are closed by now: made while they were open."""
    config = server.root / 'httpd.conf'
    before = config.read_text()
    config.write_text(before.replace('Require all denied', '')
                      .replace('!~ m#secret#', '!~ m#nothing#')
                      .replace('RewriteRule "." "-" [F]', '')
                      .replace('Chat off', ''))
    server.graceful()
    for name in paths:
        def posted(name=name):
            return server.post(name, 'x', 'text/plain').status == 201
        wait_until(posted, 10, f'a message in {name}')
    config.write_text(before)
    server.graceful()
    for name in paths:
        def refused(name=name):
            return server.post(name, 'x', 'text/plain').status >= 400
        wait_until(refused, 10, f'{name} is closed again')


def check_what_was_closed(server):
    make_anyway(server, ['/site/closed/r', '/site/expr/secret',
                         '/site/gone/r', '/site/files/r'])
    before = len([x for x in server.log_lines() if 'AH01630' in x])
    listed = set(rooms(server, '/site/'))
    assert '/site/open' in listed
    assert not {'/site/closed/r', '/site/expr/secret', '/site/gone/r',
                '/site/files/r'} & listed
    lines = [x for x in server.log_lines() if 'AH01630' in x]
    assert len(lines) == before, 'nobody tried to enter'


def test_what_was_closed_is_not_listed():
    with Httpd(config=CONFIG) as server:
        server.allow(r'client denied by server configuration')
        say(server, '/site/open')
        check_what_was_closed(server)


def test_one_htaccess_with_a_rule_about_the_path(server):
    """Both requests have one configuration: httpd would not ask again."""
    server.allow(r'client denied by server configuration')
    say(server, '/tree/open')
    path = server.root / 'htdocs' / 'tree' / '.htaccess'
    path.write_text(HTACCESS.replace('secret', 'nothing'))
    say(server, '/tree/secret')
    path.write_text(HTACCESS)
    assert server.get('/tree/secret').status == 403
    assert set(rooms(server, '/tree/')) == {'/tree/open'}


def test_rooms_of_another_host_are_not_told(server):
    room = new_room()
    answer = server.post(room, 'x', 'text/plain', tls=True,
                         headers=[('Host', 'other.test')])
    assert answer.status == 201
    assert room not in rooms(server, '/chat/')
    answer = server.get('/chat/?rooms', [('Host', 'other.test')], tls=True)
    assert room in [x['room'] for x in answer.json()['rooms']]


def test_a_long_list_is_cut(server):
    """The ones with members first, then those where somebody spoke last."""
    top = f'/chat/{uuid.uuid4().hex}'
    for i in range(MOST + 5):
        say(server, f'{top}/{i:03}')
    client = enter(server, f'{top}/zzz')
    answer = server.get(f'{top}/?rooms').json()
    assert answer['more'] is True and len(answer['rooms']) == MOST
    found = {x['room'].rpartition('/')[2]: x.get('last')
             for x in answer['rooms']}
    assert found.pop('zzz') is None
    # Of two in one millisecond, either.
    assert '000' not in found and {f'{i:03}' for i in range(20, MOST + 5)} \
        <= set(found)
    client.close()


def test_slow_passwords_do_not_hold_a_worker():
    """To check one of these takes longer than the whole list may."""
    lines = ('AuthType Basic', 'AuthName x', 'AuthBasicProvider file',
             'AuthUserFile "@ROOT@/users"', 'Require valid-user')
    server = Httpd(config=location('/open', *LISTED) +
                   location('/open/b', *lines))
    password('ann', 15, server.root)
    basic = ('Authorization',
             'Basic ' + base64.b64encode(b'ann:x').decode())
    with server:
        for name in ('b/4', 'b/5', 'b/6'):
            answer = server.post(f'/open/{name}', 'x', 'text/plain', [basic],
                                 timeout=30)
            assert answer.status == 201
        for name in ('b/3', 'a2', 'a1'):
            answer = server.post(f'/open/{name}', 'x', 'text/plain', [basic],
                                 timeout=30)
            assert answer.status == 201
        answer = server.get('/open/?rooms', [basic], timeout=30).json()
        assert answer['more'] is True
        assert [x['room'] for x in answer['rooms']] == \
            ['/open/a1', '/open/a2', '/open/b/3']
        answer = server.get('/open/?rooms').json()
        assert [x['room'] for x in answer['rooms']] == \
            ['/open/a1', '/open/a2']
        assert 'more' not in answer
