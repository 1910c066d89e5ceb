"""httpd's own login in rooms that anybody may enter: a password that comes with
a request, or a session, is looked at; ?login asks for one."""
import base64
import hashlib
import re
import uuid
from urllib.parse import urlencode

import pytest

from harness import Httpd, WsFailure, location

SECRET = base64.b64encode(hashlib.sha1(b'secret').digest()).decode()
FORM = ('auth_form', 'request', 'session', 'session_cookie', 'auth_digest')
HTML = [('Accept', 'text/html')]
EVENTS = [('Accept', 'text/event-stream')]
USERS = 'AuthUserFile "@ROOT@/htdocs/passwords"'
ADMIN = 'ChatModerators user ann'


def chat(path, *lines):
    return location(path, 'Chat rooms', 'ChatRate off', *lines)


CONFIG = (
    chat('/open', 'AuthType Basic', 'AuthName chat', USERS, ADMIN) +
    chat('/listed', 'AuthType Basic', 'AuthName chat', USERS, 'ChatList on') +
    chat('/closed', 'AuthType Basic', 'AuthName chat', USERS,
         'Require valid-user') +
    chat('/nologin') +
    chat('/noauth', 'AuthType None') +
    chat('/strange', 'AuthType Smoke', 'AuthName chat') +
    chat('/any', 'AuthType Basic', 'AuthName chat', USERS, 'ChatOrigin any') +
    chat('/fixed', 'AuthType Basic', 'AuthName chat', USERS,
         'ChatUser "%{HTTP:X-User}"') +
    chat('/form', 'AuthType Form', 'AuthName chat', 'AuthFormProvider file',
         USERS, 'Session On', 'SessionCookieName login path=/', ADMIN) +
    location('/enter', 'SetHandler form-login-handler', 'AuthType Form',
             'AuthName chat', 'AuthFormProvider file', USERS, 'Session On',
             'SessionCookieName login path=/',
             'AuthFormLoginSuccessLocation "/form/lobby"',
             'Require all granted'))


@pytest.fixture(scope='module')
def server():
    running = Httpd(config=CONFIG, modules=FORM,
                    files={'passwords': f'ann:{{SHA}}{SECRET}\n'
                                        f'ben:{{SHA}}{SECRET}\n'})
    # What httpd says of a wrong password, and of a type without a module.
    running.allow('AH0(1617|1618|1796|1808)')
    with running:
        yield running


def basic(name, password='secret'):
    pair = base64.b64encode(f'{name}:{password}'.encode()).decode()
    return [('Authorization', f'Basic {pair}')]


def new(prefix):
    return f'{prefix}/{uuid.uuid4().hex}'


def hello(server, path, headers=()):
    client = server.ws(path, headers=list(headers))
    try:
        return client.recv_event('hello')
    finally:
        client.disconnect()


def refused(server, path, headers=()):
    with pytest.raises(WsFailure) as failure:
        server.ws(path, headers=list(headers))
    return failure.value.response


def rows(server, path, headers):
    """An answer of each row but the WebSocket."""
    return [server.get(path, headers), server.get(path, headers + HTML),
            server.get(f'{path}?plain', headers + HTML),
            server.get(f'{path}?members', headers),
            server.get(f'{path}?after=0-0', headers),
            server.get(f'{path}?after=0-0&wait=0', headers),
            server.request('HEAD', path, headers + EVENTS),
            server.post(path, '{"text":"hi"}', headers=headers)]


def test_a_password_is_looked_at(server):
    path = new('/open')
    told = hello(server, path, basic('ann'))
    assert told['you'] == {'id': 'u-ann', 'name': 'ann', 'moderator': True}
    assert told['rights'] == {'speak': True, 'moderate': True}
    told = hello(server, path, basic('ben'))
    assert told['you'] == {'id': 'u-ben', 'name': 'ben'}
    assert told['rights'] == {'speak': True, 'moderate': False}
    assert hello(server, path)['you']['guest'] is True
    assert {a.status for a in rows(server, path, basic('ben'))} == {200, 201}
    events = server.get(path).json()['events']
    assert [e['from']['id'] for e in events] == ['u-ben']


def test_a_wrong_one_is_httpds_401(server):
    path = new('/open')
    for wrong in (basic('ann', 'x'), basic('nobody'),
                  [('Authorization', 'Basic ???')]):
        answers = rows(server, path, wrong) + [refused(server, path, wrong)]
        for answer in answers:
            assert answer.status == 401
            assert answer.header('www-authenticate') == 'Basic realm="chat"'
            assert answer.header('set-cookie') is None
    assert server.get(path).json()['events'] == []


@pytest.mark.parametrize('prefix', ['/open', '/nologin', '/noauth', '/fixed'])
def test_what_is_none_of_it(server, prefix):
    """A token of another program does no harm, nor a password where nobody
    asks for one."""
    headers = [('Authorization', 'Bearer abc.def.ghi')] if prefix == '/open' \
        else basic('ann', 'x') if prefix != '/fixed' else []
    assert hello(server, new(prefix), headers)['you']['guest'] is True


def test_chat_user_wins(server):
    path = new('/fixed')
    told = hello(server, path, basic('ann') + [('X-User', 'zoe')])
    assert told['you']['id'] == 'u-zoe'


def test_a_type_without_a_module(server):
    path = new('/strange')
    assert hello(server, path)['you']['guest'] is True
    assert server.get(path, basic('ann')).status == 500


def test_a_page_of_another_site_is_a_guest(server):
    """Whatever its browser adds: nothing is looked at."""
    path = new('/any')
    foreign = [('Origin', 'https://other.test'),
               ('Sec-Fetch-Site', 'cross-site')]
    for headers in (basic('ann'), basic('ann', 'x')):
        answer = server.get(f'{path}?members', headers + foreign)
        assert answer.status == 200
    client = server.ws(path, headers=basic('ann') + foreign)
    assert client.recv_event('hello')['you']['guest'] is True
    client.disconnect()


def test_the_list_of_rooms(server):
    """A room where the password is wrong is none that one may enter."""
    path = new('/listed')
    server.post(path, '{"text":"x"}')
    listed = server.get('/listed/?rooms', basic('ann')).json()['rooms']
    assert [room['room'] for room in listed] == [path]
    assert server.get('/listed/?rooms', basic('ann', 'x')).status == 401


def test_login(server):
    """Asks once, then sends the browser to the room, as itself."""
    for path in (new('/open'), '/open/'):
        answer = server.get(f'{path}?login', HTML)
        assert answer.status == 401
        assert answer.header('www-authenticate') == 'Basic realm="chat"'
        assert server.get(f'{path}?login', basic('ann', 'x')).status == 401
        answer = server.get(f'{path}?login', HTML + basic('ann'))
        assert answer.status == 303
        assert answer.header('location') == path
        assert answer.header('cache-control') == 'no-store'
    assert server.get(new('/closed') + '?login', basic('ann')).status == 303
    answer = server.get('/open//a%20b?login', basic('ann'))
    assert answer.header('location') == '/open/a%20b'
    for prefix in ('/nologin', '/noauth'):
        answer = server.get(new(prefix) + '?login')
        assert answer.status == 404
        assert answer.json()['code'] == 'not_found'
    # A link to it may stand anywhere, but a form of another site posts nothing.
    assert server.get(new('/open') + '?login', HTML +
                      [('Sec-Fetch-Site', 'cross-site'),
                       ('Sec-Fetch-Mode', 'navigate')]).status == 401


def test_a_session(server):
    """mod_auth_form and mod_session: who has logged in is known in a room that
    is open to all, and who has not is a guest."""
    path = new('/form')
    assert hello(server, path)['you']['guest'] is True
    body = urlencode({'httpd_username': 'ann', 'httpd_password': 'secret'})
    answer = server.post('/enter', body, 'application/x-www-form-urlencoded')
    assert answer.status == 302
    cookie = re.match(r'(login=[^;]+)', answer.header('set-cookie'))[1]
    told = hello(server, path, [('Cookie', cookie)])
    assert told['you']['id'] == 'u-ann'
    assert told['rights']['moderate'] is True
    assert server.post(path, '{"text":"hi"}',
                       headers=[('Cookie', cookie)]).status == 201
    events = server.get(path).json()['events']
    assert [e['from']['id'] for e in events] == ['u-ann']
    other = [('Cookie', 'login=chat-user=nobody&chat-pw=x')]
    assert server.get(path, other).status == 401
    # A session in which nobody has logged in is no login.
    assert hello(server, path,
                 [('Cookie', 'login=colour=red')])['you']['guest'] is True
