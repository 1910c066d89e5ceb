"""The recipes of docs/RECIPES.md, as they stand there, against a real httpd."""
import base64
import hashlib
import json
import re
import subprocess
import time
from urllib.parse import urlencode

import pytest

from harness import Httpd, WsFailure, wait_until
from harness.ctl import ERASED, ask
from harness.paths import SOURCE

HTML = [('Accept', 'text/html')]
SECRET = base64.b64encode(hashlib.sha1(b'b').digest()).decode()


def password(name, word='b'):
    pair = base64.b64encode(f'{name}:{word}'.encode()).decode()
    return [('Authorization', f'Basic {pair}')]


GOOD = password('ann')
FORM = ('auth_form', 'request', 'session', 'session_cookie', 'session_crypto')


def recipe(title, which=0):
    """One block of code below a heading."""
    text = (SOURCE / 'docs' / 'RECIPES.md').read_text()
    section = re.split(r'^## ', text.split(f'## {title}\n', 1)[1],
                       maxsplit=1, flags=re.M)[0]
    return re.findall(r'^```\w+\n(.*?)^```$', section, re.M | re.S)[which]


def start(config, **options):
    """The recipe with a password file and without TLS."""
    config = config.replace('/etc/apache2/chat.', '@ROOT@/') \
        .replace(';Secure', '')
    server = Httpd(config=config, **options)
    (server.root / 'users').write_text(
        ''.join(f'{name}:{{SHA}}{SECRET}\n' for name in ('ann', 'ben', 'dan')))
    (server.root / 'groups').write_text('staff: ann\nmembers: ben cat\n')
    for name in ('users', 'groups'):
        (server.root / name).chmod(0o644)
    return server


def status_of(server, path, headers=()):
    try:
        server.ws(path, headers=list(headers)).close()
    except WsFailure as failure:
        return failure.response.status
    return 101


def speaks(server, headers, room='/chat/lobby'):
    """How a message is answered, over a socket and by POST."""
    client = server.ws(room, headers=list(headers))
    you = client.recv_event('hello')['you']
    client.say('x', ref='1')
    events = client.recv_until(lambda e: e['type'] in ('ack', 'error'))
    client.close()
    posted = server.post(room, 'x', 'text/plain', list(headers))
    return you['id'][:2], events[-1].get('code', 'ack'), posted.status


def test_only_these_rooms():
    text = recipe('Only these rooms')
    with start(text) as server:
        for room in ('/chat/lobby', '/chat/team'):
            assert status_of(server, room) == 101
            assert server.get(room, HTML).status == 200
        for file in ('chat-room.js', 'page/room.js', 'page/chat.css', 'check.html'):
            assert server.get(f'/chat/_chatws/{file}').status == 200
        for path in ('/chat', '/chat/', '/chat/other', '/chat/lobby/x',
                     '/chat/lobby/_chatws/page/room.js'):
            assert server.get(path, HTML).status == 404, path
            assert status_of(server, path) == 404, path
    text = text.replace('(lobby', '(|lobby').replace(
        'Chat rooms', 'Chat rooms\nChatList on')
    with start(text) as server:
        server.post('/chat/team', 'x', 'text/plain')
        assert server.get('/chat/', HTML).status == 200
        listed = server.get('/chat/?rooms').json()['rooms']
        assert [row['room'] for row in listed] == ['/chat/team']


def test_a_login_with_a_password():
    with start(recipe('A login with a password')) as server:
        assert status_of(server, '/chat/lobby') == 401
        assert server.get('/chat/', HTML).status == 401
        assert speaks(server, GOOD) == ('u-', 'ack', 201)


def moderates(server, headers, room='/chat/lobby'):
    return server.get(f'{room}?members', headers).json()['rights']['moderate']


def test_a_members_room():
    title = "A members' room, and who keeps order in it"
    with start(recipe(title), modules=('authz_groupfile',)) as server:
        assert status_of(server, '/chat/lobby') == 401
        assert speaks(server, GOOD) == ('u-', 'ack', 201)
        assert speaks(server, password('ben')) == ('u-', 'ack', 201)
        assert speaks(server, password('dan')) == ('u-', 'read_only', 403)
        assert moderates(server, GOOD)
        assert not moderates(server, password('ben'))


def test_guests_read_beside_members():
    with start(recipe('Guests read beside members')) as server:
        server.allow('AH01617')
        assert speaks(server, []) == ('g-', 'read_only', 403)
        assert speaks(server, password('ben')) == ('u-', 'ack', 201)
        assert moderates(server, GOOD)
        rights = [server.get('/chat/lobby?members', who).json()['rights']
                  for who in ([], password('ben'))]
        assert rights == [
            {'speak': False, 'moderate': False, 'login': True},
            {'speak': True, 'moderate': False}]
        assert not moderates(server, password('ben'))
        assert server.get('/chat/lobby?login', HTML).status == 401
        assert server.get('/chat/lobby?login', HTML + GOOD).status == 303
        assert status_of(server, '/chat/lobby', password('ann', 'x')) == 401


def test_one_moderator_by_htaccess():
    text = recipe('One moderator, by .htaccess')
    users = '/srv/example/chat.users'
    assert users in text
    server = start('<Directory "@ROOT@/htdocs">\n'
                   'AllowOverride FileInfo AuthConfig\n</Directory>\n')
    server.write_files({
        'chat/.htaccess': text.replace(users, f'{server.root}/users'),
        'other/.htaccess': 'Chat rooms\n'})
    with server:
        assert speaks(server, []) == ('g-', 'ack', 201)
        assert server.get('/chat/lobby?login', HTML + GOOD).status == 303
        assert moderates(server, GOOD)
        assert not moderates(server, password('ben'))
        assert not moderates(server, GOOD, '/other/lobby')


def log_in(server, word):
    """The answer to the form, and the cookie that it sets."""
    answer = server.post('/login', urlencode(
        {'httpd_username': 'ann', 'httpd_password': word}),
        'application/x-www-form-urlencoded')
    cookies = answer.headers.get('set-cookie', [''])
    return answer, [('Cookie', cookies[0].partition(';')[0])]


@pytest.mark.parametrize('mpm', ['event', 'prefork'])
def test_a_login_page_and_guests_who_only_read(mpm):
    title = 'A login page, and guests who only read'
    text = recipe(title)
    form = recipe(title, 1)
    assert set(re.findall(r'name="(\w+)"', form)) == \
        {'httpd_username', 'httpd_password'}
    with start(text, mpm=mpm, modules=FORM,
               files={'login.html': form}) as server:
        server.allow('AH01807|AH01617|AH01817|AH01842')
        assert speaks(server, []) == ('g-', 'read_only', 403)
        assert server.get('/chat/lobby', HTML).status == 200
        answer, cookie = log_in(server, 'b')
        assert answer.status == 302
        assert answer.header('location').endswith('/chat/lobby')
        assert 'b' != cookie[0][1] and 'ann' not in cookie[0][1]
        assert speaks(server, cookie) == ('u-', 'ack', 201)
        page = server.get('/chat/lobby', HTML + cookie)
        assert page.status == 200
        assert 'chatws=' not in str(page.headers.get('set-cookie'))
        guest = server.ws('/chat/lobby')
        assert guest.recv_event('hello')['you']['guest'] is True
        assert guest.recv_event('message')['from']['id'] == 'u-ann'
        guest.close()
        first = 'x' if cookie[0][1][11] != 'x' else 'y'
        forged = [('Cookie', f'chat_login={first}{cookie[0][1][12:]}')]
        assert speaks(server, forged) == ('g-', 'read_only', 403)
        wrong, _ = log_in(server, 'wrong')
        assert wrong.status in (302, 401)
        assert wrong.header('location', '').endswith('/login.html')
        out = server.get('/logout', cookie)
        assert out.header('location').endswith('/login.html')
        assert 'chat_login=;' in out.headers['set-cookie'][0]


def test_a_login_page_beside_a_front_controller():
    """As the recipe says: without that line WordPress' rules take /login."""
    text = recipe('A login page, and guests who only read')
    rules = ('RewriteEngine On\nRewriteCond %{REQUEST_FILENAME} !-f\n'
             'RewriteRule . /index.php [L]\n')
    advice = 'RewriteEngine Off'
    assert f'`{advice}`' in (SOURCE / 'docs' / 'RECIPES.md').read_text()
    text = re.sub('( *SetHandler form-.*\n)', fr'\1{advice}\n', text)
    assert text.count(advice) == 2
    with start(text, modules=FORM, files={
            'login.html': 'x', 'index.php': 'x', '.htaccess': rules}
               ) as server:
        answer, cookie = log_in(server, 'b')
        assert answer.header('location', '').endswith('/chat/lobby')
        assert speaks(server, cookie) == ('u-', 'ack', 201)
        out = server.get('/logout', cookie)
        assert out.header('location', '').endswith('/login.html')


def test_a_login_page_for_members_only():
    text = recipe('A login page, and guests who only read')
    advice = 'Require valid-user'
    assert f'put `{advice}`' in (SOURCE / 'docs' / 'RECIPES.md').read_text()
    text = text.replace('ChatGuests readonly', advice)
    with start(text, modules=FORM, files={'login.html': 'x'}) as server:
        server.allow('AH01807')
        assert server.get('/chat/lobby', HTML).status == 302
        assert status_of(server, '/chat/lobby') == 302
        assert speaks(server, log_in(server, 'b')[1]) == ('u-', 'ack', 201)


def test_with_another_login():
    with start(recipe('Members write, guests read: with another login')) \
            as server:
        assert speaks(server, []) == ('g-', 'read_only', 403)
        assert speaks(server, [('X-Authenticated-User', 'ann')]) == \
            ('u-', 'ack', 201)


def wordpress(name, days, secret='SECRET'):
    """The cookie that the recipe's PHP sets."""
    day = time.strftime('%Y%m%d', time.gmtime(time.time() + days * 86400))
    digest = hashlib.sha1(f'{secret}.{name}.{day}'.encode()).hexdigest()
    return [('Cookie', f'a=b; chat_user={name}.{day}.{digest}; c=d')]


def test_the_names_of_wordpress_users():
    good = wordpress('ann', 2)
    with start(recipe('The names of WordPress users')) as server:
        last = [('Cookie', good[0][1].removesuffix('; c=d'))]
        assert speaks(server, last) == ('u-', 'ack', 201)
        assert speaks(server, good) == ('u-', 'ack', 201)
        assert server.get('/chat/lobby').json()['events'][0]['from'] == \
            {'id': 'u-ann', 'name': 'ann'}
        for bad in ([], wordpress('ann', 2, 'OTHER'), wordpress('ann', -2),
                    [('Cookie', good[0][1].replace('ann', 'bob'))],
                    [('Cookie', good[0][1].replace('chat', 'x_chat'))]):
            assert speaks(server, bad)[0] == 'g-', bad


def test_one_room_for_members():
    with start(recipe('One room for members, the others for everybody')) \
            as server:
        assert speaks(server, [])[1:] == ('ack', 201)
        for room in ('/chat/team', '/chat/team/red'):
            assert status_of(server, room) == 401
            assert speaks(server, GOOD, room) == ('u-', 'ack', 201)
        assert server.get('/chat/team', HTML + GOOD).status == 200
        assert server.get('/chat/_chatws/page/room.js').status == 200


def events_of(server):
    return server.get('/chat/lobby').json()['events']


def test_export_a_room():
    with start('<Location "/chat">\nChat rooms\nChatHistory 3000\n'
               'ChatRate off\n</Location>\n') as server:
        client = server.ws('/chat/lobby')
        for number in range(2500):
            client.say(str(number), ref=str(number))
        client.recv_until(lambda e: e.get('ref') == '2499'
                          and e['type'] == 'ack')
        client.close()
        script = recipe('Export a room').replace(
            'https://www.example.org', f'http://127.0.0.1:{server.port}')
        assert str(server.port) in script
        subprocess.run(['sh', '-c', script], cwd=server.root, check=True,
                       timeout=60)
        lines = (server.root / 'lobby.jsonl').read_text().splitlines()
        assert [json.loads(line)['text'] for line in lines] == \
            [str(number) for number in range(2500)]


def test_empty_a_room():
    with start('<Location "/chat">\nChat rooms\n</Location>\n'
               'IncludeOptional "@ROOT@/empty*.conf"\n') as server:
        server.post('/chat/lobby', 'x', 'text/plain')
        server.graceful()
        assert [e['text'] for e in events_of(server)] == ['x']
        section = server.root / 'empty.conf'
        section.write_text(recipe('Empty a room', 1))
        server.graceful()
        server.get('/chat/lobby')
        section.unlink()
        server.graceful()
        assert events_of(server) == []


ORDER = ('<Location "/chat">\nChat rooms\nAuthType Basic\nAuthName c\n'
         'AuthUserFile "@ROOT@/users"\nChatModerators user ann\n'
         '</Location>\n')


def run(server, script):
    """A script of the documents, by ann, who types her password."""
    script = script.replace('https://www.example.org',
                            f'http://127.0.0.1:{server.port}')
    assert str(server.port) in script
    subprocess.run(['sh', '-c', script.replace('curl -u ann',
                                               'curl -fsS -u ann:b')],
                   check=True, timeout=60)


def test_a_moderator_empties_a_room():
    with start(ORDER) as server:
        server.post('/chat/lobby', 'x', 'text/plain')
        run(server, recipe('Empty a room'))
        assert [e['type'] for e in events_of(server)] == ['cleared']


def test_erase_somebody():
    with start(ORDER) as server:
        for name in ('ben', 'dan'):
            assert server.post('/chat/lobby', name, 'text/plain',
                               password(name)).status == 201
        run(server, recipe('Erase somebody', 1).replace('u-eve', 'u-ben'))
        assert [e['text'] for e in events_of(server)
                if e['type'] == 'message'] == ['', 'dan']
        wait_until(lambda: server.get('/chat/lobby',
                                      password('ben')).status == 200, 10,
                   'a second is over')
        listed = server.get('/chat/lobby?sanctions', GOOD).json()
        assert listed == {'sanctions': []}
        assert {e['from']['id'] for e in events_of(server)
                if e['type'] == 'message'} == {'u-ben', 'u-dan'}
        server.allow('CW0704')
        words = recipe('Erase somebody').split()
        assert words[:2] == ['sudo', 'chatwsctl']
        for user in ('u-ben', 'u-dan'):
            ask(server, *[user if w == 'u-eve' else w for w in words[2:]])
        assert [e['from'] for e in events_of(server)
                if e['type'] == 'message'] == [ERASED, ERASED]


# What docs/SITE.md says does not bind the chat

def test_rules_that_do_not_bind():
    config = ('<Location "/chat">\nChat rooms\n<Limit POST>\n'
              'Require all denied\n</Limit>\n</Location>\n')
    with Httpd(config=config) as server:
        server.allow('AH01630')
        assert server.post('/chat/lobby', 'x', 'text/plain').status == 403
        client = server.ws('/chat/lobby')
        client.recv_event('hello')
        client.say('x', ref='1')
        assert client.recv_event('ack')
        client.close()
    config = ('ProxyPass "/" "http://127.0.0.1:1/"\n<Proxy "*">\n'
              'Require all denied\n</Proxy>\n<Location "/chat">\nChat rooms\n'
              '</Location>\n<Location "/alive.txt">\nProxyPass "!"\n'
              '</Location>\n<Location "/closed">\nChat rooms\n'
              'Require all denied\n</Location>\n')
    with Httpd(config=config, modules=('proxy', 'proxy_http'),
               files={'chat/.htaccess': 'Require all denied\n'}) as server:
        server.allow('AH01630')
        assert status_of(server, '/chat/lobby') == 101
        assert status_of(server, '/closed/lobby') == 403
        assert server.get('/else').status == 403


def test_redirects_in_htaccess():
    rules = {'rewrite': 'RewriteEngine On\nRewriteRule ^ /else [R]\n',
             'alias': 'Redirect "/" "/else"\n'}
    statuses = {}
    for name, text in rules.items():
        with Httpd(config='<Location "/chat">\nChat rooms\n</Location>\n') \
                as server:
            server.write_files({'.htaccess': text})
            statuses[name] = status_of(server, '/chat/lobby')
    assert statuses == {'rewrite': 101, 'alias': 302}
