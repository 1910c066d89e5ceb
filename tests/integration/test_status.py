"""The status page: the same numbers in HTML, JSON and for Prometheus, without
names of rooms and addresses; and how the page and its files are served."""
import re
import shutil
import time

import pytest

from harness import ECHO, ROOMS, Httpd, location, wait_until
from harness.paths import ASSETS

CONFIG = (ROOMS + ECHO
          + location('/chat-status', 'Chat status', 'Require local')
          + location('/closed', 'Chat status', 'Require all denied'))
PATH = '/chat-status'


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, config=CONFIG) as running:
        yield running


def numbers(server):
    return server.get(PATH + '?format=json').json()


TRANSPORTS = ('websocket', 'sse', 'longpoll', 'poll')
REASONS = {
    'connections_refused_total': {
        'full': 'refused_full_total',
        'address': 'address_connections_refused_total'},
    'connections_closed_total': {
        reason: f'closed_{reason}_total' for reason in (
            'slow', 'ping', 'protocol', 'flood', 'descriptors', 'upload')},
    'rooms_refused_total': {
        'full': 'rooms_full_total', 'address': 'address_rooms_refused_total'}}
SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)'
                    r'(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})?'
                    r' (\d+(?:\.\d+)?)')
LABEL = re.compile(r'([a-zA-Z_]\w*)="([^"]*)"')


def parse_prometheus(text):
    """{(name, label values...): value}, by the rules of the text format 0.0.4
    and of promtool's check: each metric stands together, with one HELP and one
    TYPE in front of its samples; no series twice; counters, and only they, are
    called _total."""
    found, kinds, current = {}, {}, None
    assert text.endswith('\n') and text.isascii() and '\r' not in text
    for line in text.splitlines():
        if line.startswith('# HELP '):
            _, _, name, sentence = line.split(' ', 3)
            assert name not in kinds, f'{name} twice'
            assert re.fullmatch(r'[^\\]*\.', sentence), line
            current, kinds[name] = name, None
        elif line.startswith('# TYPE '):
            _, _, name, kind = line.split(' ')
            assert name == current and kinds[name] is None, line
            assert kind == ('counter' if name.endswith('_total') else 'gauge')
            kinds[name] = kind
        else:
            name, labels, value = SAMPLE.fullmatch(line).groups()
            assert name == current and kinds[name], line
            pairs = LABEL.findall(labels or '')
            assert len({label for label, _ in pairs}) == len(pairs), line
            key = (name, *(value for _, value in pairs))
            assert key not in found, f'{key} twice'
            found[key] = float(value)
    assert all(kinds.values())
    assert {key[0] for key in found} == set(kinds), 'a metric has no sample'
    return found


def plain_metrics(text):
    """{name: value} of those that have no label, without the prefix."""
    return {key[0].removeprefix('chatws_'): value
            for key, value in parse_prometheus(text).items() if len(key) == 1}


def metrics(server):
    return server.get(PATH + '?format=prometheus').body.decode()


def test_formats_have_the_same_rows(server):
    page = server.get(PATH + '?format=html')
    assert page.status == 200
    assert page.header('content-type') == 'text/html; charset=utf-8'
    assert b'<meta name="viewport" content="width=device-width">' in page.body
    json = server.get(PATH + '?format=json')
    assert json.header('content-type') == 'application/json'
    prometheus = server.get(PATH + '?format=prometheus')
    assert prometheus.header('content-type').startswith(
        'text/plain; version=0.0.4')
    for answer in (page, json, prometheus):
        assert answer.header('cache-control') == 'no-store'
        assert answer.header('x-content-type-options') == 'nosniff'
    names = set(json.json()) - {'version'}
    flat = re.compile('(?:' + '|'.join(TRANSPORTS) + ')_')
    assert {name for name in names if not flat.match(name)} == set(
        plain_metrics(prometheus.body.decode()))
    assert names == set(re.findall(r'<th[^>]*>(\w+)</th>',
                                   page.body.decode()))
    assert b'<script' not in page.body and b'style' not in page.body
    assert re.fullmatch(r'\d+\.\d+\.\d+', json.json()['version'])


def test_transports_are_one_metric_with_a_label(server):
    server.ws('/chat/status-labels').close()
    server.get('/chat/status-labels?after=0-0')
    wait_until(lambda: numbers(server)['websocket_requests_total'] > 0
               and numbers(server)['poll_requests_total'] > 0)
    found = parse_prometheus(metrics(server))
    labelled = {key: value for key, value in found.items()
                if key[0].startswith('chatws_transport_')}
    assert len(labelled) == 7 * len(TRANSPORTS)
    for (name, transport), value in labelled.items():
        assert transport in TRANSPORTS
        flat = name.replace('chatws_transport', transport)
        assert (f'chatws_{flat}',) not in found
        assert numbers(server)[flat] >= value
    assert labelled[('chatws_transport_requests_total', 'websocket')] > 0


@pytest.mark.parametrize('metric, parts', REASONS.items())
def test_reasons_are_one_metric_with_a_label(server, metric, parts):
    """The names of before say the same."""
    if metric == 'connections_closed_total':
        client = server.ws('/chat/status-reasons')
        client.recv_event('hello')
        client.send_frame(3)  # there is no such opcode
        client.expect_close(1002)
        wait_until(lambda: numbers(server)['closed_protocol_total'] > 0)
    found = parse_prometheus(metrics(server))
    told = {key[1]: value for key, value in found.items()
            if key[0] == f'chatws_{metric}'}
    assert told == {reason: found[(f'chatws_{old}',)]
                    for reason, old in parts.items()}
    if metric == 'connections_closed_total':
        assert told['protocol'] > 0


def test_info(server):
    (_, version, mpm, openssl), = [key for key in parse_prometheus(
        metrics(server)) if key[0] == 'chatws_info']
    assert version == numbers(server)['version']
    assert mpm == server.mpm
    assert re.fullmatch(r'3\.\d+\.\d+', openssl)


def test_start_time(server):
    found = numbers(server)
    assert abs(found['start_time_seconds'] + found['uptime_seconds']
               - time.time()) < 30


@pytest.mark.parametrize('text', [
    'chatws_a 1\n', '# HELP chatws_a A.\nchatws_a 1\n',
    '# HELP chatws_a A.\n# TYPE chatws_a counter\nchatws_a 1\n',
    '# HELP chatws_a A.\n# TYPE chatws_a gauge\nchatws_a 1\nchatws_a 2\n',
    '# HELP chatws_a A.\n# TYPE chatws_a gauge\nchatws_b 1\n',
    '# HELP chatws_a A.\n# TYPE chatws_a gauge\nchatws_a{b="c} 1\n',
    '# HELP chatws_a A.\n# TYPE chatws_a gauge\n'])
def test_the_parser_is_strict(text):
    with pytest.raises((AssertionError, AttributeError)):
        parse_prometheus(text)


def test_counts(server):
    before = numbers(server)
    assert before['up'] == 1
    clients = [server.ws('/chat/status-canary') for _ in range(2)]
    for client in clients:
        client.recv_event('hello')
    echo = server.ws('/echo')
    clients[0].say('a canary text', ref='1')
    clients[0].recv_event('ack')
    clients[1].recv_event('message')
    clients[0].say('again', ref='1')
    clients[0].recv_event('ack')
    wait_until(lambda: numbers(server)['connections']
               == before['connections'] + 3)
    after = numbers(server)
    for name, more in (('room_connections', 2), ('adopted_total', 3),
                       ('messages_total', 1), ('repeated_total', 1),
                       ('deliveries_total', 2), ('rooms', 1)):
        assert after[name] == before[name] + more, name
    assert after['children'] >= 1
    wait_until(lambda: numbers(server)['connections_limit']
               >= after['connections'])
    assert 0 < after['pages_free'] < after['pages']
    for query in ('', '?format=json', '?format=prometheus'):
        body = server.get(PATH + query).body
        for secret in (b'canary', b'127.0.0.1', b'/chat/', b'guest-'):
            assert secret not in body
    for client in (*clients, echo):
        client.close()
    wait_until(lambda: numbers(server)['connections']
               == before['connections'])


def serve(root, page):
    """A server whose bundled files have this page, or none."""
    folder = root / 'assets'
    shutil.copytree(ASSETS, folder)
    if page is None:
        (folder / 'status.html').unlink(missing_ok=True)
    else:
        (folder / 'status.html').write_text(page)
    for entry in (folder, *folder.rglob('*')):
        entry.chmod(0o755 if entry.is_dir() else 0o644)
    return Httpd(root, config=CONFIG)


def test_the_page(tmp_path):
    """It comes from ChatAssets, with the numbers in it and relative links that
    hold below any path; without it, there is the same as ?format=html."""
    with serve(tmp_path, '<!DOCTYPE html><title>a@b</title><i>@self@</i>'
                         '<table>@table@</table>') as running:
        for path, links in ((PATH, 'chat-status/'), (PATH + '/', ''),
                            (PATH + '/a%22%3C:b?x', './a%22%3c:b/')):
            page = running.get(path)
            assert page.status == 200, path
            assert page.header('content-type') == 'text/html; charset=utf-8'
            text = page.body.decode()
            assert '<title>a@b</title>' in text
            assert re.search('<i>(.*)</i>', text)[1].lower() == links.lower()
            assert '<th align="left">connections</th>' in text
            assert page.header('cache-control') == 'no-store'
            policy = page.header('content-security-policy')
            assert "frame-ancestors 'none'" in policy
            assert "script-src 'self'" in policy
        icon = running.get(PATH + '/_chatws/icon.svg')
        assert icon.status == 200
        assert running.get(PATH + '/_chatws/none.js').status == 404
        assert running.get('/closed/_chatws/icon.svg').status == 403
        running.allow('AH01630: client denied')


def test_without_the_page(tmp_path):
    with serve(tmp_path, None) as running:
        page = running.get(PATH)
        assert page.status == 200 and b'<script' not in page.body
        assert b'<th align="left">connections</th>' in page.body


def test_head(server):
    answer = server.request('HEAD', PATH)
    assert answer.status == 200 and answer.body == b''


@pytest.mark.parametrize('query', [
    '?format=xml', '?format=', '?format=%zz', '?format=json&format=html'])
def test_unknown_format(server, query):
    answer = server.get(PATH + query)
    assert answer.status == 400
    assert 'prometheus' in answer.json()['text']


@pytest.mark.parametrize('method', ['POST', 'PUT', 'DELETE', 'OPTIONS'])
def test_other_methods(server, method):
    answer = server.request(method, PATH)
    assert answer.status == 405
    assert answer.header('allow') == 'GET, HEAD'


def test_require_holds(server):
    server.allow('AH01630: client denied')
    assert server.get('/closed').status == 403


def test_without_shared_memory():
    """More memory than there is: the page says so."""
    server = Httpd(config='ChatSharedMemory 4G\n' + CONFIG,
                   limits={'as': 2 << 30})
    server.allow(r'CW0621: ')
    with server:
        found = numbers(server)
        assert found['up'] == 0 and 'rooms' not in found
        assert b'no rooms' in server.get(PATH).body
        assert plain_metrics(metrics(server))['up'] == 0
