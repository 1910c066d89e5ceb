"""Origin: who may come from which page (same, any, a list)."""
import pytest

from harness import Httpd, WsFailure, location

CONFIG = (location('/same', 'Chat rooms', 'ChatRate off') +
          location('/any', 'Chat rooms', 'ChatRate off', 'ChatOrigin any') +
          location('/list', 'Chat rooms', 'ChatRate off',
                   'ChatOrigin https://a.test http://b.test:8080') +
          location('/echo', 'Chat echo'))


@pytest.fixture(scope='module')
def server():
    with Httpd(tls=True, config=CONFIG) as running:
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
