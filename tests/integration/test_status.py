"""The status page: the same numbers in HTML, JSON and for Prometheus, without
names of rooms and addresses."""
import re

import pytest

from harness import ECHO, ROOMS, Httpd, location, wait_until

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


def parse_prometheus(text):
    """{name: value}; each has its HELP and TYPE in front of it."""
    found = {}
    lines = text.split('\n')
    assert lines.pop() == ''
    for help_line, type_line, line in zip(lines[::3], lines[1::3],
                                          lines[2::3], strict=True):
        name, value = re.fullmatch(
            r'(chatws_[a-z_]+)(?:\{version="[\d.]+"\})? (\d+)', line).groups()
        assert re.fullmatch(rf'# HELP {name} \S.*\.', help_line), help_line
        kind = 'counter' if name.endswith('_total') else 'gauge'
        assert type_line == f'# TYPE {name} {kind}'
        assert name not in found
        found[name] = int(value)
    return found


def test_formats_have_the_same_rows(server):
    page = server.get(PATH)
    assert page.status == 200
    assert page.header('content-type') == 'text/html; charset=utf-8'
    json = server.get(PATH + '?format=json')
    assert json.header('content-type') == 'application/json'
    prometheus = server.get(PATH + '?format=prometheus')
    assert prometheus.header('content-type').startswith(
        'text/plain; version=0.0.4')
    for answer in (page, json, prometheus):
        assert answer.header('cache-control') == 'no-store'
        assert answer.header('x-content-type-options') == 'nosniff'
    names = set(json.json()) - {'version'}
    assert names == {name.removeprefix('chatws_') for name in
                     parse_prometheus(prometheus.body.decode())} - {'info'}
    assert names == set(re.findall(r'<th[^>]*>(\w+)</th>',
                                   page.body.decode()))
    assert b'<script' not in page.body and b'style' not in page.body
    assert re.fullmatch(r'\d+\.\d+\.\d+', json.json()['version'])


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
    assert 0 < after['pages_free'] < after['pages']
    for query in ('', '?format=json', '?format=prometheus'):
        body = server.get(PATH + query).body
        for secret in (b'canary', b'127.0.0.1', b'/chat/', b'guest-'):
            assert secret not in body
    for client in (*clients, echo):
        client.close()
    wait_until(lambda: numbers(server)['connections']
               == before['connections'])


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
        assert parse_prometheus(server.get(
            PATH + '?format=prometheus').body.decode())['chatws_up'] == 0
