"""Rooms over plain HTTP: the page (7), JSON (8), publishing (9), assets (11)
and the refusals of every other request."""
import re
import json
import urllib.parse
import uuid

import pytest

from harness import Httpd, location
from harness.paths import ASSETS

BROWSER = ('Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,'
                     '*/*;q=0.8')
FORM = 'application/x-www-form-urlencoded'
CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/readonly', 'Chat rooms', 'ChatRate off',
                   'ChatGuests readonly') +
          location('/off', 'Chat rooms', 'ChatRate off', 'ChatGuests off'))


@pytest.fixture(scope='module', params=['event', 'worker', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, tls=True, config=CONFIG) as running:
        yield running


@pytest.fixture
def room():
    """A room that no other test uses."""
    return '/chat/' + uuid.uuid4().hex


def is_error(answer, status, *codes):
    """The answer is an error event with that status and one of the codes."""
    assert answer.status == status, answer
    assert answer.header('content-type').startswith('application/json')
    event = answer.json()
    assert event['type'] == 'error' and event['text']
    assert not codes or event['code'] in codes, event


@pytest.mark.parametrize('path', ['/chat/lobby', '/chat/'])
@pytest.mark.parametrize('tls', [False, True])
def test_page(server, path, tls):
    answer = server.get(path, [BROWSER], tls=tls)
    assert answer.status == 200
    kind = answer.header('content-type').lower()
    assert kind.replace(' ', '') == 'text/html;charset=utf-8'
    assert answer.header('x-content-type-options') == 'nosniff'
    policy = answer.header('content-security-policy')
    assert 'default-src' in policy and 'unsafe' not in policy
    assert 'Accept' in answer.header('vary')
    page = answer.body.decode('utf-8')
    assert '<html' in page.lower()
    for mark in ('http://', 'https://', '="//'):
        assert mark not in page.replace('http://www.w3.org/', ''), mark
    head = server.request('HEAD', path, [BROWSER], tls=tls)
    assert head.status == 200 and head.body == b''
    assert head.header('content-type') == answer.header('content-type')


@pytest.mark.parametrize('accept, html', [
    (None, False), ('*/*', False), ('application/json', False),
    ('text/html', True), ('text/*', True),
    ('application/json, text/html;q=0.5', False),
    ('text/html;q=0.4, application/json;q=0.8', False),
    ('text/html;q=0', False), ('TEXT/HTML', True), (BROWSER[1], True)])
def test_accept(server, accept, html):
    headers = [] if accept is None else [('Accept', accept)]
    answer = server.get('/chat/lobby', headers)
    assert answer.status == 200
    kind = answer.header('content-type').split(';')[0]
    assert kind == ('text/html' if html else 'application/json')


def test_json_of_an_empty_room(server, room):
    answer = server.get(room)
    assert answer.status == 200
    assert answer.header('content-type').startswith('application/json')
    assert answer.header('cache-control') == 'no-store'
    assert answer.header('x-content-type-options') == 'nosniff'
    assert [t.strip() for t in answer.header('vary').split(',')] == \
        ['Accept', 'Origin']
    page = answer.json()
    assert page['events'] == [] and page['gap'] is False
    assert 'more' not in page
    assert isinstance(page['cursor'], str)


def test_json_has_the_bytes_of_the_websocket(server, room):
    client = server.ws(room)
    client.recv_event('hello')
    raw = []
    for text in ('one', 'zwei ü', '三 <b>"\\ \t\n'):
        client.say(text, ref=text[:3])
        raw.append(client.recv_raw_event())
        while json.loads(raw[-1])['type'] != 'message':
            raw[-1] = client.recv_raw_event()
        client.recv_event('ack')
    answer = server.get(room)
    page = answer.json()
    assert page['events'] == [json.loads(x) for x in raw]
    for x in raw:
        assert x in answer.body
    assert page['cursor'] == page['events'][-1]['id']
    client.close()


def test_head_of_json(server, room):
    answer = server.request('HEAD', room)
    assert answer.status == 200 and answer.body == b''
    assert answer.header('content-type').startswith('application/json')


@pytest.mark.parametrize('kind, body, text', [
    ('application/json', '{"text":"hi"}', 'hi'),
    ('application/json; charset=utf-8', '{"text":"\\u00fc","x":[1]}', 'ü'),
    ('APPLICATION/JSON', '{"type":"message","text":"a\\r\\nb"}', 'a\nb'),
    ('text/plain', 'plain ü', 'plain ü'),
    ('text/plain; charset=UTF-8', '{"text":"no json"}', '{"text":"no json"}'),
    (FORM, 'text=a+b%20%C3%BC%26&other=1', 'a b ü&'),
    (FORM + '; charset=utf-8', 'x=1&text=t', 't'),
    ('text/plain; charset=utf8', 'ü', 'ü'),
    ("text/plain; charset='utf-8'", 'ü', 'ü'),
    ('text/plain;charset="UTF-8"', 'ü', 'ü'),
    ('application/json; charset=iso-8859-1', '{"text":"ü"}', 'ü'),
    ('application/json;charset=utf-16', '{"text":"ü"}', 'ü'),
    ('application/json', '\ufeff{"text":"hi"}', 'hi'),
    ('text/plain', '\ufeffhi', 'hi'),
    (FORM, 'text=%EF%BB%BFhi', 'hi'),
])
def test_post(server, room, kind, body, text):
    client = server.ws(room)
    client.recv_event('hello')
    answer = server.post(room, body, kind)
    assert answer.status == 201, answer
    assert answer.header('cache-control') == 'no-store'
    event = client.recv_event('message')
    assert answer.json()['id'] == event['id']
    assert event['text'] == text
    client.close()


def test_post_chunked(server, room):
    body = b'7\r\n{"text"\r\n6\r\n:"ab"}\r\n0\r\n\r\n'
    answer = server.request(
        'POST', room, [('Content-Type', 'application/json'),
                       ('Transfer-Encoding', 'chunked')], body)
    assert answer.status == 201
    assert server.get(room).json()['events'][0]['text'] == 'ab'


def test_post_with_ref_is_stored_once(server, room):
    cookie = ('Cookie', 'chatws=' + '5a' * 16)
    first = server.post(room, '{"text":"a","ref":"r1"}', headers=[cookie])
    assert first.status == 201
    again = server.post(room, '{"text":"b","ref":"r1"}', headers=[cookie])
    assert again.status == 200
    assert again.json()['id'] == first.json()['id']
    other = server.post(room, '{"text":"c","ref":"r1"}')
    assert other.status == 201, 'a ref belongs to its user'
    events = server.get(room).json()['events']
    assert [e['text'] for e in events] == ['a', 'c']
    assert events[0]['ref'] == 'r1'


def test_form_of_a_browser_is_sent_back_to_the_room(server, room):
    answer = server.post(room, 'text=hi', FORM, [BROWSER])
    assert answer.status == 303
    place = urllib.parse.urlsplit(answer.header('location')).path
    assert place == room
    assert server.get(room).json()['events'][0]['text'] == 'hi'


@pytest.mark.parametrize('kind, body, status, codes', [
    ('application/json', '{"text":', 400, ['bad_json']),
    ('application/json', '', 400, []),
    ('application/json', '\ufeff', 400, ['bad_json']),
    ('text/plain', '\ufeff', 400, ['empty']),
    ('text/plain; charset=iso-8859-1', 'a', 415, ['bad_media_type']),
    ('text/plain; charset=utf-16', 'a', 415, ['bad_media_type']),
    ('application/json', '[]', 400, []),
    ('application/json', '"text"', 400, []),
    ('application/json', '{"text":"a"} x', 400, ['bad_json']),
    ('application/json', '{}', 400, []),
    ('application/json', '{"text":5}', 400, []),
    ('application/json', '{"text":"\\ud800"}', 400,
     ['bad_text', 'bad_json']),
    ('application/json', '{"text":"\\u0000"}', 400,
     ['bad_text', 'bad_json']),
    ('application/json', '{"text":"\\u0007"}', 400, ['bad_text']),
    ('application/json', b'{"text":"\xff"}', 400, []),
    ('application/json', '{"text":" \\n\\t "}', 400, ['empty']),
    ('application/json', '{"text":"a","ref":5}', 400, ['bad_ref']),
    ('application/json', '{"text":"a","ref":"' + 'r' * 65 + '"}', 400,
     ['bad_ref']),
    ('application/json', json.dumps({'text': 'x' * 8193}), 413,
     ['too_long']),
    ('application/json', '[' * 5000, 400, ['bad_json']),
    ('text/plain', b'\xc0\xaf', 400, []),
    ('text/plain', ' ', 400, ['empty']),
    ('text/plain', 'a\x07', 400, ['bad_text']),
    ('text/plain', 'x' * 8193, 413, ['too_long']),
    ('text/plain', 'x' * 65537, 413, []),
    (FORM, 'message=hi', 400, []),
    (FORM, 'text=%ff', 400, []),
    (FORM, 'text=', 400, ['empty']),
    ('application/xml', '<a/>', 415, ['bad_media_type']),
    ('multipart/form-data; boundary=b', '--b--', 415, ['bad_media_type']),
    ('text/plainx', 'a', 415, ['bad_media_type']),
    (None, 'a', 415, ['bad_media_type']),
], ids=lambda value: str(value)[:30])
def test_post_refused(server, room, kind, body, status, codes):
    is_error(server.post(room, body, kind), status, *codes)
    assert server.get(room).json()['events'] == []


def test_post_of_the_longest(server, room):
    assert server.post(room, 'x' * 8192, 'text/plain').status == 201
    assert len(server.get(room).json()['events'][0]['text']) == 8192


def test_refused_form_of_a_browser_is_a_page(server, room):
    answer = server.post(room, 'text=', FORM, [BROWSER])
    assert answer.status == 400
    assert answer.header('content-type').startswith('text/html')


def test_guests_may_be_kept_out(server):
    body = '{"text":"a"}'
    is_error(server.post('/readonly/r', body), 403, 'read_only')
    is_error(server.post('/off/r', body), 403, 'forbidden')


@pytest.mark.parametrize('method', ['PUT', 'DELETE', 'PATCH', 'PROPFIND'])
def test_other_methods(server, room, method):
    answer = server.request(method, room, body=b'x')
    is_error(answer, 405, 'bad_method')
    allowed = {t.strip() for t in answer.header('allow').split(',')}
    assert {'GET', 'HEAD', 'POST'} <= allowed
    assert method not in allowed


@pytest.mark.parametrize('path, status', [
    ('/chat/' + 'r' * 194, 200), ('/chat/' + 'r' * 195, 414),
    ('/chat/' + '%C3%BC' * 97, 200), ('/chat/' + '%C3%BC' * 98, 414),
    ('/chat/%01', 400), ('/chat/a%0Ab', 400), ('/chat/%7F', 400),
    ('/chat/%C2%85', 400), ('/chat/%FF', 400), ('/chat/%C0%AF', 400),
    ('/chat/%ED%A0%80', 400), ('/chat/a%20b', 200), ('/chat/a%3Fb', 200),
    ('/chat/deep/er/room', 200),
])
def test_room_names(server, path, status):
    answer = server.get(path)
    assert answer.status == status, answer
    answer = server.post(path, '{"text":"a"}')
    assert answer.status == (201 if status == 200 else status)
    if status != 200:
        assert answer.json()['type'] == 'error'


def test_encoded_slash_and_nul(server):
    assert server.get('/chat/a%2Fb').status in (400, 404)
    assert server.get('/chat/a%00b').status in (400, 404)


def test_post_to_a_prefix(server):
    is_error(server.post('/chat/', '{"text":"a"}'), 400, 'bad_room')


def asset_names():
    return sorted(p.name for p in ASSETS.glob('*')
                  if p.suffix in ('.js', '.css', '.svg'))


KINDS = {'.js': ('text/javascript', 'application/javascript'),
         '.css': ('text/css',), '.svg': ('image/svg+xml',)}


def test_assets(server):
    names = asset_names()
    assert names, f'no assets in {ASSETS}'
    for name in names:
        for prefix in ('/chat/', '/chat/deep/er/'):
            answer = server.get(f'{prefix}_chatws/{name}')
            assert answer.status == 200, name
            if name.endswith('.js'):
                assert re.match(rb"export \* from './v-[0-9a-f]{16}/"
                                + name.encode() + b"'", answer.body)
            else:
                assert answer.body == (ASSETS / name).read_bytes()
            kind = answer.header('content-type').split(';')[0]
            assert kind in KINDS['.' + name.rsplit('.', 1)[1]]
            assert answer.header('x-content-type-options') == 'nosniff'


@pytest.mark.parametrize('path', [
    '/chat/_chatws/none.js', '/chat/_chatws/..%2f..%2fhttpd.conf',
    '/chat/_chatws/.htaccess', '/chat/_chatws/a/b.js',
    '/chat/_chatws/', '/chat/_chatws', '/chat/_chatws/%2e%2e%2fx',
    '/chat/x/_chatws/none'])
def test_reserved_names(server, path):
    assert server.get(path).status in (400, 404)
    assert server.post(path, '{"text":"a"}').status in (400, 404, 405)


def test_traversal_stays_inside(server):
    for path in ('/chat/_chatws/../../httpd.conf',
                 '/chat/_chatws/%2e%2e/%2e%2e/httpd.conf',
                 '/chat/_chatws/....//httpd.conf',
                 '/chat/_chatws/\\..\\httpd.conf'):
        assert b'LoadModule' not in server.get(path).body
