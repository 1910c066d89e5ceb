"""Origin: who may come from which page (same, any, a list)."""
import base64
import hashlib
import uuid

import pytest

from harness import Httpd, WsFailure, location

SECRET = base64.b64encode(hashlib.sha1(b'secret').digest()).decode()
APPS = ['capacitor://localhost', 'ionic://localhost', 'tauri://localhost',
        'app://obsidian.md', 'file://',
        'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
        'moz-extension://6e4f0c5a-0b7c-4f0e-9f6f-0123456789ab']
LOGIN = ('AuthType Basic', 'AuthName chat',
         'AuthUserFile "@ROOT@/htdocs/passwords"')

CONFIG = (location('/same', 'Chat rooms', 'ChatRate off') +
          location('/any', 'Chat rooms', 'ChatRate off', 'ChatOrigin any') +
          location('/list', 'Chat rooms', 'ChatRate off',
                   'ChatOrigin https://a.test http://b.test:8080') +
          location('/apps', 'Chat rooms', 'ChatRate off',
                   f'ChatOrigin {" ".join(APPS)} http://[2001:db8::7]') +
          location('/order', 'Chat rooms', 'ChatRate off', 'ChatOrigin any',
                   'ChatModerators ip 127.0.0.1') +
          location('/user', 'Chat rooms', 'ChatRate off', 'ChatOrigin any',
                   'ChatUser "%{HTTP:X-User}"') +
          location('/members', 'Chat rooms', 'ChatRate off',
                   'ChatOrigin any', 'ChatGuests off', 'ChatList on',
                   'ChatUser "%{HTTP:X-User}"') +
          location('/closed', 'Chat rooms', 'ChatRate off', 'ChatList on',
                   'ChatOrigin any', *LOGIN, 'Require valid-user') +
          location('/locked', 'Chat echo', 'ChatOrigin any', *LOGIN,
                   'Require valid-user') +
          location('/echo', 'Chat echo'))


@pytest.fixture(scope='module')
def server():
    with Httpd(tls=True, config=CONFIG,
               files={'passwords': f'Ann:{{SHA}}{SECRET}\n'}) as running:
        yield running


def ws_status(server, path, headers, tls=False):
    """101 or the status of the refusal."""
    try:
        client = server.ws(path, headers=headers, tls=tls)
    except WsFailure as failure:
        assert failure.response.header('connection').lower() == 'close'
        return failure.response.status
    client.close()
    return 101


# (Host or None for the real one, Origin, allowed by `same`)
SAME = [
    (None, 'http://127.0.0.1:@PORT@', True),
    (None, 'https://127.0.0.1:@PORT@', True),
    (None, 'HTTP://127.0.0.1:@PORT@', True),
    ('chat.test', 'http://chat.test', True),
    ('chat.test', 'https://chat.test', True),
    ('chat.test', 'http://chat.test:80', True),
    ('chat.test', 'https://chat.test:443', True),
    ('chat.test:80', 'http://chat.test', True),
    ('chat.test:443', 'https://chat.test', True),
    ('Chat.TEST', 'http://chat.test', True),
    ('chat.test', 'http://CHAT.test', True),
    ('chat.test:8080', 'http://chat.test:8080', True),
    ('chat.test', 'wss://chat.test', True),
    ('chat.test', 'ws://chat.test:443', True),
    (None, 'ws://127.0.0.1:@PORT@', True),
    (None, 'WSS://127.0.0.1:@PORT@', True),
    ('[::1]:8080', 'http://[0:0::1]:8080', True),
    ('chat.test', 'wss://chat.test:8080', False),
    ('chat.test', 'wss://evil.test', False),
    ('chat.test', 'capacitor://chat.test', False),
    ('chat.test', 'file://chat.test', False),
    ('chat.test', 'http://chat.test/', False),
    ('chat.test', 'http://chat.test:8080', False),
    ('chat.test:8080', 'http://chat.test', False),
    ('chat.test:8080', 'http://chat.test:8081', False),
    ('chat.test', 'http://evil.test', False),
    ('chat.test', 'http://chat.test.evil.test', False),
    ('chat.test', 'http://evil-chat.test', False),
    ('chat.test', 'http://chat.test@evil.test', False),
    ('chat.test', 'http://sub.chat.test', False),
    ('sub.chat.test', 'http://chat.test', False),
    ('chat.test', 'http://chat.tes', False),
    ('chat.test', 'http://chat.testx', False),
    ('chat.test', 'null', False),
    ('chat.test', 'file://', False),
    ('chat.test', '', False),
    ('chat.test', 'chat.test', False),
    ('chat.test', 'http://', False),
    ('chat.test', 'http://chat.test, http://chat.test', False),
    ('chat.test', 'http://chat.test http://evil.test', False),
    ('chat.test', 'http://chat.test:8080x', False),
    ('chat.test', 'http://chat.test:99999999999999999999', False),
    ('127.0.0.1', 'http://localhost', False),
]


@pytest.mark.parametrize('host, origin, allowed', SAME, ids=str)
def test_same(server, host, origin, allowed):
    headers = [('Origin', origin.replace('@PORT@', str(server.port)))]
    if host is not None:
        headers.append(('Host', host))
    assert ws_status(server, '/same/r', headers) == (101 if allowed else 403)
    assert ws_status(server, '/echo', headers) == (101 if allowed else 403)
    body = '{"text":"hi"}'
    answer = server.post('/same/r', body, headers=headers)
    assert answer.status == (201 if allowed else 403)
    answer = server.get('/same/r', headers + [('Accept', '*/*')])
    assert answer.status == (200 if allowed else 403)
    if not allowed:
        event = answer.json()
        assert event['type'] == 'error' and event['code'] == 'forbidden'


@pytest.mark.parametrize('origin', ['http://evil.test', 'null',
                                    'https://a.test', 'x'])
def test_any(server, origin):
    headers = [('Origin', origin)]
    assert ws_status(server, '/any/r', headers) == 101
    assert server.post('/any/r', '{"text":"a"}',
                       headers=headers).status == 201
    assert server.get('/any/r', headers).status == 200


@pytest.mark.parametrize('origin, allowed', [
    ('https://a.test', True),
    ('https://A.Test', True),
    ('https://a.test:443', True),
    ('wss://a.test', True),
    ('ws://b.test:8080', True),
    ('ws://a.test', False),
    ('capacitor://a.test', False),
    ('http://b.test:8080', True),
    ('http://a.test', False),
    ('https://a.test:8443', False),
    ('http://b.test', False),
    ('https://a.test.evil.test', False),
    ('https://xa.test', False),
    ('null', False),
    ('http://evil.test', False),
])
def test_list(server, origin, allowed):
    headers = [('Origin', origin)]
    assert ws_status(server, '/list/r', headers) == \
        (101 if allowed else 403)
    assert server.post('/list/r', '{"text":"a"}', headers=headers).status \
        == (201 if allowed else 403)


@pytest.mark.parametrize('origin', [*APPS, 'http://[2001:DB8:0::7]'])
def test_apps_can_be_named(server, origin):
    headers = [('Origin', origin)]
    assert ws_status(server, '/apps/r', headers) == 101
    assert ws_status(server, '/same/r', headers) == 403
    answer = server.post('/apps/r', '{"text":"a"}', headers=headers)
    assert answer.status == 201
    assert answer.header('access-control-allow-origin') == origin


def test_apps_are_told_apart(server):
    for origin in ('capacitor://localhost:1', 'capacitor://other', 'null',
                   'http://localhost', 'file://x', 'app://', 'ionic:',
                   'chrome-extension://abcdefghijklmnopabcdefghijklmnopq'):
        assert ws_status(server, '/apps/r', [('Origin', origin)]) == 403


# Whose page asks under `any`: the site's own, or somebody else's.
OWN = [[], [('Origin', 'http://@HOST@')], [('Origin', 'wss://@HOST@')],
       [('Sec-Fetch-Site', 'same-origin')], [('Sec-Fetch-Site', 'same-site')]]
FOREIGN = [[('Origin', 'https://evil.test')], [('Origin', 'null')],
           [('Origin', '')], [('Origin', 'http://@HOST@, http://@HOST@')],
           [('Origin', 'capacitor://localhost')],
           [('Origin', 'http://127.0.0.1:1')],
           [('Sec-Fetch-Site', 'cross-site'), ('Sec-Fetch-Mode', 'cors')]]
KEY = '5e' * 16


def at(server, headers):
    return [(name, value.replace('@HOST@', server.host()))
            for name, value in headers]


def people(server, prefix, page, extra=()):
    """Who the page is on each row that makes somebody of it."""
    headers = at(server, page) + list(extra)
    room = f'{prefix}/{uuid.uuid4().hex}'
    listening = server.ws(room, headers=[('X-User', 'Watch')])
    with listening, server.ws(room, headers=headers) as client:
        yield client.recv_event('hello')['you'], client.response
        with server.sse(room, headers=headers) as stream:
            yield stream.recv_event('hello')['you'], stream.response
        answer = server.post(room, '{"text":"here"}', headers=headers)
        assert answer.status == 201
        event = listening.recv_until(lambda e: e.get('text') == 'here')[-1]
        yield event['from'], answer


@pytest.mark.parametrize('page', OWN, ids=str)
def test_the_own_page_under_any_has_its_credentials(server, page):
    brought = [('Cookie', f'chatws={KEY}')]
    with server.ws('/user/x', headers=brought) as client:
        known = client.recv_event('hello')['you']
    for you, _ in people(server, '/user', page, brought):
        assert you['id'] == known['id']
    for you, _ in people(server, '/user', page, [('X-User', 'Ann')]):
        assert you['id'] == 'u-Ann'


@pytest.mark.parametrize('page', FOREIGN, ids=str)
def test_a_foreign_page_under_any_has_no_credentials(server, page):
    """Cross-site hijacking: the browser adds cookies and passwords."""
    brought = [('Cookie', f'chatws={KEY}; __Host-chatws={KEY}'),
               ('X-User', 'Ann')]
    seen = set()
    for you, answer in people(server, '/user', page, brought):
        assert you['guest'] is True
        assert answer.header('set-cookie') is None
        seen.add(you['id'])
    with server.ws('/user/x', headers=brought[:1]) as client:
        known = client.recv_event('hello')['you']['id']
    assert len(seen) == 3 and known not in seen


@pytest.mark.parametrize('page', FOREIGN, ids=str)
def test_a_key_of_the_page_itself_counts(server, page):
    with server.ws('/user/x', headers=[('X-Chatws-Key', KEY)]) as client:
        known = client.recv_event('hello')['you']
    brought = [('X-Chatws-Key', KEY), ('X-User', 'Ann')]
    for you, _ in people(server, '/user', page, brought):
        assert you['id'] == known['id']
    with server.ws('/user/x', headers=at(server, page),
                   protocols=['chatws.v1', f'chatws.key.{KEY}']) as client:
        assert client.recv_event('hello')['you']['id'] == known['id']


def keeps_order(server, headers):
    """The status of a ban, and the rights that the page is told."""
    ban = server.post('/order/x', '{"type":"ban","user":"u-eve"}',
                      headers=headers)
    with server.ws('/order/x', headers=headers) as client:
        return ban.status, client.recv_event('hello')['rights']['moderate']


@pytest.mark.parametrize('page', FOREIGN, ids=str)
def test_a_foreign_page_does_not_moderate_for_its_visitor(server, page):
    """By address the visitor's browser is a moderator's."""
    assert keeps_order(server, at(server, page)) == (403, False)
    assert server.get('/order/x?sanctions', at(server, page)).status == 403
    assert keeps_order(server, at(server, OWN[0])) == (204, True)


def statuses(server, prefix, headers):
    """Of every row: WebSocket first."""
    room = f'{prefix}/r'
    yield ws_status(server, room, headers)
    for path, accept in ((room, '*/*'), (room, 'text/html'),
                         (room, 'text/event-stream'),
                         (f'{room}?after=0-0', '*/*'),
                         (f'{room}?before=1-0', '*/*'),
                         (f'{room}?after=0-0&wait=1', '*/*'),
                         (f'{room}?members', '*/*'),
                         (f'{room}?plain=log', 'text/html'),
                         (f'{prefix}/?rooms', '*/*')):
        yield server.request('HEAD', path,
                             headers + [('Accept', accept)]).status
    yield server.post(room, '{"text":"a"}', headers=headers).status


@pytest.mark.parametrize('page', FOREIGN, ids=str)
def test_where_guests_are_off_a_foreign_page_is_refused(server, page):
    headers = at(server, page) + [('X-User', 'Ann')]
    assert set(statuses(server, '/members', headers)) == {403}
    answer = server.get('/members/r', headers)
    assert answer.json()['code'] == 'forbidden'
    assert 'another site' in answer.json()['text']
    own = [('Origin', f'http://{server.host()}'), ('X-User', 'Ann')]
    assert not {403} & set(statuses(server, '/members', own))


def test_who_follows_a_link_under_any_is_the_same(server):
    """To follow a link is to read; a form of another page is no link."""
    headers = [('Sec-Fetch-Site', 'cross-site'), ('X-User', 'Ann'),
               ('Sec-Fetch-Mode', 'navigate'), ('Accept', 'text/html')]
    assert server.get('/members/r', headers).status == 200
    assert server.post('/members/r', 'text=a',
                       'application/x-www-form-urlencoded',
                       headers).status == 403


@pytest.mark.parametrize('page', FOREIGN, ids=str)
def test_a_password_opens_nothing_to_a_foreign_page(server, page):
    """httpd has let the browser's password in, the page does not know it."""
    password = [('Authorization', 'Basic ' +
                 base64.b64encode(b'Ann:secret').decode())]
    headers = at(server, page) + password
    assert set(statuses(server, '/closed', headers)) == {403}
    assert ws_status(server, '/locked', headers) == 403
    assert 'log in' in server.get('/closed/r', headers).json()['text']
    own = [('Origin', f'http://{server.host()}')] + password
    assert not {403} & set(statuses(server, '/closed', own))
    assert ws_status(server, '/locked', own) == 101


REBOUND = ('UseCanonicalName On\nServerAlias www.chat.test *.wild.test\n')


@pytest.fixture(scope='module')
def canonical():
    site = ('<VirtualHost *:*>\nServerName chat.test\n'
            f'DocumentRoot "@ROOT@/htdocs"\n{REBOUND}</VirtualHost>\n')
    with Httpd(config=CONFIG + site,
               files={'passwords': ''}) as running:
        yield running


@pytest.mark.parametrize('host, ours', [
    ('chat.test', True), ('CHAT.test', True), ('www.chat.test', True),
    ('a.wild.test', True), ('a.b.wild.test', True), ('127.0.0.1', True),
    ('[::1]', True), ('evil.test', False), ('chat.test.evil.test', False),
    ('xwww.chat.test', False), ('localhost', False)])
def test_a_host_that_is_no_name_of_the_site(canonical, host, ours):
    """DNS rebinding: the attacker's own name leads to this server, so Host and
    Origin agree. httpd knows the names of the site."""
    for port in ('', f':{canonical.port}'):
        named = [('Host', host + port)]
        for page in ([], [('Origin', f'http://{host}{port}')]):
            headers = named + page
            assert ws_status(canonical, '/same/r', headers) == \
                (101 if ours else 403)
            answer = canonical.get('/same/r', headers)
            assert answer.status == (200 if ours else 403)
            if not ours:
                assert 'ServerAlias' in answer.json()['text']
            answer = canonical.post('/same/r', '{"text":"a"}',
                                    headers=headers)
            assert answer.status == (201 if ours else 403)


def test_without_canonical_names_any_host_is_ours(server):
    assert server.get('/same/r', [('Host', 'evil.test')]).status == 200


def test_no_origin_is_no_browser(server):
    for path in ('/same/r', '/list/r', '/any/r'):
        assert ws_status(server, path, []) == 101
        assert server.get(path).status == 200
        assert server.post(path, '{"text":"a"}').status == 201


@pytest.mark.parametrize('site, status', [
    ('cross-site', 403), ('same-origin', 200), ('same-site', 200),
    ('none', 200)])
def test_fetch_metadata_without_origin(server, site, status):
    headers = [('Sec-Fetch-Site', site), ('Sec-Fetch-Mode', 'cors')]
    assert server.get('/same/r', headers).status == status
    answer = server.post('/same/r', '{"text":"a"}', headers=headers)
    assert answer.status == (201 if status == 200 else 403)
    assert ws_status(server, '/same/r', headers) == \
        (101 if status == 200 else 403)
    assert server.get('/any/r', headers).status in (200, status)


def test_navigation_from_elsewhere_is_allowed(server):
    headers = [('Sec-Fetch-Site', 'cross-site'),
               ('Sec-Fetch-Mode', 'navigate'), ('Accept', 'text/html')]
    answer = server.get('/same/r', headers)
    assert answer.status == 200
    assert answer.header('content-type').startswith('text/html')
    assert server.get('/same/', headers).status == 200


def test_navigation_is_for_pages_only(server):
    headers = [('Sec-Fetch-Site', 'cross-site'),
               ('Sec-Fetch-Mode', 'navigate')]
    assert server.get('/same/r', headers +
                      [('Accept', 'application/json')]).status == 403
    assert server.post('/same/r', 'text=a',
                       'application/x-www-form-urlencoded',
                       headers).status == 403


def test_same_over_tls(server):
    good = [('Origin', f'https://127.0.0.1:{server.tls_port}')]
    assert ws_status(server, '/same/r', good, tls=True) == 101
    bad = [('Origin', f'https://127.0.0.1:{server.port}')]
    assert ws_status(server, '/same/r', bad, tls=True) == 403


def test_assets_have_no_origin_rule(server):
    headers = [('Origin', 'http://evil.test')]
    assert server.get('/same/_chatws/no-such-file.js',
                      headers).status == 404
