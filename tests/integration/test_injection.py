"""What a client says comes out as a text or not at all: it makes no line of a
header, of an event stream or of a log."""
import re
import urllib.parse
import uuid

import pytest

from harness import Httpd, WsFailure, location

CONFIG = ('LogLevel chatws:trace8\n' +
          location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/list', 'Chat rooms', 'ChatRate off',
                   'ChatOrigin https://a.test'))
BREAKS = ['\r\n', '\n', '\r', '\r\n\r\n', '\0', '\u2028', '\u0085', '\x1b[2J']
EVIL = 'X-Evil: 1'
SSE = ('Accept', 'text/event-stream')
ENTRY = re.compile(r'^\[[^\]]+\] \[[a-z0-9_]*:[a-z0-9]+\] \[pid \d+')


@pytest.fixture(scope='module')
def server():
    with Httpd(tls=True, config=CONFIG) as running:
        running.allow(r'\[(core|http|chatws):(warn|error|info)\]')
        yield running


@pytest.fixture(autouse=True)
def clean_logs(server):
    """Each line of the logs is one that httpd began."""
    yield
    for line in server.log_lines():
        assert ENTRY.match(line), line
        assert not re.search(r'[\x00-\x08\x0b-\x1f\x7f]', line), line
    for entry in server.access_entries():
        assert 'request' in entry and entry['status'].isdigit(), entry


def check(answer):
    assert 'x-evil' not in answer.headers
    for name, values in answer.headers.items():
        assert re.fullmatch(r'[a-z0-9-]+', name)
        assert not any(re.search(r'[\x00-\x08\x0a-\x1f\x7f]', value)
                       for value in values)


def handshake(server, path):
    """The answer, whether it is a room or not."""
    try:
        with server.ws(path) as client:
            return client.response
    except WsFailure as failure:
        return failure.response


@pytest.mark.parametrize('bad', BREAKS, ids=repr)
def test_in_the_url(server, bad):
    word = urllib.parse.quote(f'{bad}{EVIL}{bad}', safe='')
    for path in (f'/chat/{word}', f'/chat/r?after={word}',
                 f'/chat/r?after=0-0&wait={word}', f'/chat/r?history={word}',
                 f'/chat/r?before={word}', f'/chat/r?limit={word}',
                 f'/chat/r?{word}=1', f'/chat/_chatws/{word}',
                 f'/chat/r?meter={word}'):
        for accept in ('*/*', 'text/event-stream', 'text/html'):
            check(server.request('HEAD' if accept == SSE[1] else 'GET', path,
                                 [('Accept', accept)]))
        check(server.post(path, '{"text":"a"}'))
        check(handshake(server, path))


# What httpd lets through in a header's value.
VALUES = ['\tX-Evil: 1', '\x80\xff\x85', 'a' * 4000, '%0d%0aX-Evil: 1',
          '"\'<script>\\r\\nX-Evil: 1', '\xe2\x80\xa8X-Evil: 1']


@pytest.mark.parametrize('value', VALUES, ids=lambda v: repr(v)[:20])
@pytest.mark.parametrize('name', [
    'Origin', 'Last-Event-ID', 'X-Chatws-Key', 'Cookie', 'Accept',
    'Content-Type', 'Sec-WebSocket-Protocol', 'Sec-Fetch-Site', 'Referer'])
def test_in_a_header(server, name, value):
    value = f'chatws={value}' if name == 'Cookie' else value
    for path in ('/chat/r', '/list/r'):
        for method, body in (('GET', ''), ('POST', '{"text":"a"}'),
                             ('OPTIONS', '')):
            answer = server.request(method, path, [(name, value)], body)
            check(answer)
        answer = server.request('HEAD', path, [SSE] * (name != 'Accept')
                                + [(name, value)])
        check(answer)


@pytest.mark.parametrize('bad', BREAKS, ids=repr)
def test_in_texts_names_and_refs(server, bad):
    """On an event stream, in polls, and in the answer to a POST."""
    room = f'/chat/{uuid.uuid4().hex}'
    forged = f'a{bad}{bad}id: 9-9{bad}data: {{"type":"bye"}}{bad}{bad}retry: 1'
    with server.sse(room) as stream, server.ws(room) as socket:
        stream.recv_event('hello')
        socket.recv_event('hello')
        socket.send_json(type='name', name=forged[:30])
        socket.say(forged, ref=forged[:60])
        socket.say(forged)
        for kind in ('application/json', 'text/plain'):
            check(server.post(room, forged, kind))
        socket.say('end')
        kinds, text = set(), ''
        while text != 'end':
            event = stream.recv_event()
            kinds.add(event['type'])
            if event['type'] == 'message':
                text = event['text']
                assert text in ('end', forged, forged.replace('\r\n', '\n'))
        assert kinds <= {'message', 'presence'}
        assert stream.parser.retry is None
        assert '9-9' not in stream.ids
        page = server.get(room)
        assert page.body.count(b'\n') <= 1
        assert {e['type'] for e in page.json()['events']} == {'message'}
