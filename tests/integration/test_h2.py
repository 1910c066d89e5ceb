"""Beside mod_http2: WebSocket over HTTP/1.1 on the same host works, and HTTP/2
serves the pages."""
import json
import subprocess

import pytest

from harness import ECHO, ROOMS, Httpd
from harness.http2 import Http2Client


@pytest.fixture(scope='module', params=['event', 'worker'])
def server(request):
    config = 'Protocols h2 h2c http/1.1\nH2WebSockets on\n' + ECHO + ROOMS
    with Httpd(mpm=request.param, tls=True, modules=('http2',),
               vhost_config='Protocols h2 http/1.1\nH2WebSockets on\n',
               config=config) as running:
        yield running


@pytest.mark.parametrize('tls', [False, True])
def test_http1_upgrade_on_the_same_host(server, tls):
    client = server.ws('/chat/lobby', tls=tls)
    client.recv_event('hello')
    client.say('over h1', ref='1')
    assert client.recv_event('ack')
    client.close()


def test_pages_over_h2(server):
    client = Http2Client(server)
    status, headers, body = client.request(
        '/chat/lobby', extra=[('accept', 'text/html')])
    assert status == 200 and headers['content-type'].startswith('text/html')
    status, headers, body = client.request(
        '/chat/h2', 'POST', [('content-type', 'application/json')],
        body=b'{"text":"over h2"}')
    assert status == 201
    status, headers, body = client.request('/chat/h2')
    assert status == 200
    assert json.loads(body)['events'][0]['text'] == 'over h2'
    status, headers, body = client.request('/echo')
    assert status == 426
    client.close()


@pytest.mark.parametrize('accept, mark', [
    ('text/html', b'<html'), ('application/json', b'"events"')])
@pytest.mark.parametrize('scheme, option, version', [
    ('https', '--http2', b'2'), ('http', '--http2-prior-knowledge', b'2'),
    ('http', '--http2', b'1.1'), ('https', '--http1.1', b'1.1')])
def test_curl(server, accept, mark, scheme, option, version):
    """A chat URL does not change to h2c within a connection."""
    tls = scheme == 'https'
    done = subprocess.run(
        ['curl', '-sk', option, '--max-time', '5', '-w', ' %{http_version}',
         '-H', f'Accept: {accept}',
         f'{scheme}://{server.host(tls)}/chat/lobby'],
        capture_output=True, check=True)
    assert mark in done.stdout.lower()
    assert done.stdout.split()[-1] == version


def test_h2c_upgrade_next_to_websocket(server):
    """A request that offers both gets WebSocket or stays HTTP; never h2c on
    a chat URL with frames behind it."""
    client = server.ws('/echo', headers=[
        ('Upgrade', 'websocket, h2c'),
        ('Connection', 'Upgrade, HTTP2-Settings'),
        ('HTTP2-Settings', 'AAMAAABkAARAAAAAAAIAAAAA')])
    client.send_text('websocket it is')
    assert client.recv_message()[1] == b'websocket it is'
    client.close()
