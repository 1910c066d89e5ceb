"""CORS: which pages of other sites may read which answers, and OPTIONS."""
import pytest

from harness import Httpd, WsFailure, is_made, location
from harness.address import until_refused

LISTED = 'https://a.test'
FOREIGN = 'https://evil.test'
CONFIG = (location('/same', 'Chat rooms', 'ChatRate off', 'ChatList on') +
          location('/any', 'Chat rooms', 'ChatRate 1/s 1', 'ChatOrigin any',
                   'ChatList on') +
          location('/list', 'Chat rooms', 'ChatRate off', 'ChatList on',
                   f'ChatOrigin {LISTED} http://b.test:8080') +
          location('/off', 'Chat rooms', 'ChatGuests off',
                   f'ChatOrigin {LISTED}') +
          location('/login', 'Chat rooms', f'ChatOrigin {LISTED}',
                   'AuthType Basic', 'AuthName x',
                   'AuthBasicProvider file', 'AuthUserFile "@ROOT@/none"',
                   '<RequireAny>', 'Require method OPTIONS',
                   'Require valid-user', '</RequireAny>'))
HEADERS = ('Authorization, Cache-Control, Content-Type, Last-Event-ID, '
           'X-Chatws-Key, X-Requested-With')


@pytest.fixture(scope='module')
def server():
    with Httpd(config=CONFIG) as running:
        yield running


def cors(answer):
    """The CORS headers of an answer."""
    return {name.removeprefix('access-control-'): values
            for name, values in answer.headers.items()
            if name.startswith('access-control-')}


def readable(origin, credentials):
    found = {'allow-origin': [origin], 'expose-headers': ['Retry-After']}
    if credentials:
        found['allow-credentials'] = ['true']
    return found


def vary(answer):
    return [word.strip() for word in answer.header('vary').split(',')]


def rows(prefix):
    """A request of each row but WebSocket: (method, path, accept, body)."""
    room = f'{prefix}/r'
    return [('GET', f'{room}?members', '*/*', ''),
            ('GET', f'{prefix}/?rooms', '*/*', ''),
            ('GET', f'{room}?after=0-0', '*/*', ''),
            ('GET', f'{room}?before=1-0', '*/*', ''),
            ('GET', room, '*/*', ''),
            ('HEAD', room, '*/*', ''),
            ('HEAD', room, 'text/event-stream', ''),
            ('GET', f'{prefix}/held?after=0-0&wait=1', '*/*', ''),
            ('GET', room, 'text/html', ''),
            ('POST', room, '*/*', '{"text":"a"}'),
            ('POST', room, '*/*', '{"text":'),
            ('GET', f'{room}?after=x', '*/*', ''),
            ('GET', f'{prefix}/%01', '*/*', ''),
            ('POST', f'{prefix}/', '*/*', '{"text":"a"}'),
            ('DELETE', room, '*/*', '')]


def ask(server, row, origin):
    method, path, accept, body = row
    headers = [('Accept', accept)]
    if origin:
        headers.append(('Origin', origin))
    if body:
        headers.append(('Content-Type', 'application/json'))
    return server.request(method, path, headers, body)


@pytest.mark.parametrize('row', rows('/list'), ids=str)
def test_a_listed_origin_reads_everything(server, row):
    answer = ask(server, row, LISTED)
    assert answer.status != 403
    assert cors(answer) == readable(LISTED, True)
    assert 'Origin' in vary(answer)


@pytest.mark.parametrize('row', rows('/any'), ids=str)
def test_any_origin_reads_without_credentials(server, row):
    for origin in (FOREIGN, 'null', 'http://127.0.0.1:1'):
        answer = ask(server, row, origin)
        assert cors(answer) == readable('*', False)
        assert 'Origin' in vary(answer)


@pytest.mark.parametrize('prefix', ['/same', '/list'])
@pytest.mark.parametrize('number', range(len(rows(''))))
def test_a_foreign_origin_reads_nothing(server, prefix, number):
    row = rows(prefix)[number]
    for origin in (FOREIGN, 'null', '', f'{LISTED}.evil.test',
                   f'{LISTED}, {LISTED}', f'{LISTED}\x0b'):
        answer = ask(server, row, origin or 'x')
        assert cors(answer) == {}
        assert answer.status in (400, 403, 405)
        assert 'vary' not in answer.headers or 'Origin' in vary(answer)


@pytest.mark.parametrize('number', range(len(rows(''))))
def test_without_need_nothing_is_said(server, number):
    for prefix in ('/same', '/list', '/any'):
        assert cors(ask(server, rows(prefix)[number], None)) == {}
    own = f'http://{server.host()}'
    answer = ask(server, rows('/same')[number], own)
    assert answer.status != 403 and cors(answer) == {}


def test_refusals_can_be_read(server):
    """Too fast, and no guests: the page can tell its reader why."""
    answer = ask(server, ('GET', '/off/r', '*/*', ''), LISTED)
    assert answer.status == 403 and cors(answer) == readable(LISTED, True)
    key = [('X-Chatws-Key', '7c' * 16), ('Origin', FOREIGN)]
    answers = until_refused(
        lambda: server.post('/any/r', '{"text":"a"}', headers=key))
    assert answers[-1].header('retry-after')
    assert cors(answers[-1]) == readable('*', False)


def test_a_refused_handshake_can_be_read(server):
    with pytest.raises(WsFailure) as failure:
        server.ws('/list/r?after=x', headers=[('Origin', LISTED)])
    assert cors(failure.value.response) == readable(LISTED, True)


def preflight(server, path, origin, method='POST'):
    headers = [('Access-Control-Request-Method', method),
               ('Access-Control-Request-Headers', 'content-type')]
    if origin:
        headers.append(('Origin', origin))
    answer = server.request('OPTIONS', path, headers)
    assert answer.status == 204 and answer.body == b''
    assert vary(answer) == ['Origin']
    assert answer.header('content-type') is None
    assert answer.header('set-cookie') is None
    return answer


METHODS = 'GET, HEAD, POST, OPTIONS'


@pytest.mark.parametrize('path, origin, allow, credentials', [
    ('/list/r', LISTED, LISTED, True),
    ('/list/', LISTED, LISTED, True),
    ('/list/r', 'http://b.test:8080', 'http://b.test:8080', True),
    ('/any/r', FOREIGN, '*', False),
    ('/any/r', 'null', '*', False),
])
def test_preflight(server, path, origin, allow, credentials):
    answer = preflight(server, path, origin)
    assert answer.header('allow') == METHODS
    wanted = {'allow-origin': [allow], 'allow-methods': [METHODS],
              'allow-headers': [HEADERS], 'max-age': ['7200']}
    if credentials:
        wanted['allow-credentials'] = ['true']
    assert cors(answer) == wanted


@pytest.mark.parametrize('path, origin', [
    ('/same/r', FOREIGN), ('/list/r', FOREIGN), ('/list/r', 'null'),
    ('/list/r', None), ('/same/r', None), ('/any/r', None),
    ('/list/r', 'http://a.test'), ('/list/r', f'{LISTED}:8443')])
def test_preflight_of_others(server, path, origin):
    answer = preflight(server, path, origin)
    assert answer.header('allow') == METHODS and cors(answer) == {}


def test_preflight_of_a_place_with_a_login(server):
    answer = preflight(server, '/login/r', LISTED)
    assert answer.header('access-control-allow-origin') == LISTED
    assert server.get('/login/r', [('Origin', LISTED)]).status == 401


def test_options_do_not_make_a_room(server):
    preflight(server, '/list/new', LISTED)
    assert not is_made(server, '/list/new')


def test_methods_that_are_refused_name_options(server):
    answer = server.request('PUT', '/same/r')
    assert answer.status == 405 and answer.header('allow') == METHODS


@pytest.mark.parametrize('prefix', ['/same', '/list', '/any'])
@pytest.mark.parametrize('origin', [FOREIGN, LISTED, None])
def test_assets_are_for_every_page(server, prefix, origin):
    headers = [('Origin', origin)] if origin else []
    answer = server.get(f'{prefix}/_chatws/page/chat.css', headers)
    assert answer.status == 200
    assert cors(answer)['allow-origin'] == ['*']
    assert 'allow-credentials' not in cors(answer)
    assert answer.header('cross-origin-resource-policy') == 'cross-origin'
    answer = preflight(server, f'{prefix}/_chatws/page/chat.css', FOREIGN, 'GET')
    assert answer.header('allow') == 'GET, HEAD, OPTIONS'
    assert cors(answer)['allow-origin'] == ['*']


def test_pages_among_the_assets_have_the_policy(server):
    page = server.get('/same/r', [('Accept', 'text/html')])
    asset = server.get('/same/_chatws/room.html')
    assert asset.status == 200
    assert asset.header('content-security-policy') == \
        page.header('content-security-policy')
    assert server.get('/same/_chatws/page/chat.css') \
        .header('content-security-policy') is None
