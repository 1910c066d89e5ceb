"""Beside mod_http2: WebSocket over HTTP/1.1 on the same host works, HTTP/2
serves the pages, and WebSocket over HTTP/2 is refused clearly."""
import json
import subprocess
import time

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest

from harness import ECHO, ROOMS, Httpd, RawClient, client_context


@pytest.fixture(scope='module', params=['event', 'worker'])
def server(request):
    config = 'Protocols h2 h2c http/1.1\nH2WebSockets on\n' + ECHO + ROOMS
    with Httpd(mpm=request.param, tls=True, modules=('http2',),
               vhost_config='Protocols h2 http/1.1\nH2WebSockets on\n',
               config=config) as running:
        yield running


ENDS = (h2.events.StreamEnded, h2.events.StreamReset)


class H2Client:
    """One HTTP/2 connection."""

    def __init__(self, server, tls=True):
        context = client_context(None, ('h2',)) if tls else False
        self.raw = RawClient(server.address(tls), context)
        if tls:
            assert self.raw.socket.selected_alpn_protocol() == 'h2'
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding='utf-8'))
        self.h2.initiate_connection()
        self.flush()
        self.host = server.host(tls)
        self.scheme = 'https' if tls else 'http'
        self.body = b''

    def flush(self):
        self.raw.send(self.h2.data_to_send())

    def next_events(self, deadline):
        if not self.raw.buffer and not self.raw.fill(deadline):
            return None
        events = self.h2.receive_data(self.raw.take(len(self.raw.buffer)))
        self.flush()
        return events

    def settings(self):
        """The server's first SETTINGS."""
        deadline = time.monotonic() + 5
        while True:
            for event in self.next_events(deadline):
                if isinstance(event, h2.events.RemoteSettingsChanged):
                    return event.changed_settings

    def start(self, path, extra=()):
        """Sends a GET; its answer is read with read_until()."""
        self.h2.send_headers(
            self.h2.get_next_available_stream_id(),
            [(':method', 'GET'), (':path', path), (':scheme', self.scheme),
             (':authority', self.host), *extra], end_stream=True)
        self.flush()
        self.body = b''

    def read_until(self, mark, seconds=10):
        """The body up to and including `mark`, of the only stream."""
        deadline = time.monotonic() + seconds
        while mark not in self.body:
            events = self.next_events(deadline)
            assert events is not None, f'ended before {mark!r}'
            for event in events:
                assert not isinstance(event, ENDS), event
                if isinstance(event, h2.events.DataReceived):
                    self.body += event.data
                    self.h2.acknowledge_received_data(
                        event.flow_controlled_length, event.stream_id)
        taken, _, self.body = self.body.partition(mark)
        return taken + mark

    def request(self, path, method='GET', extra=(), protocol=None,
                body=None):
        """(status, headers, body); status None: the stream was reset."""
        stream = self.h2.get_next_available_stream_id()
        headers = [(':method', method), (':path', path),
                   (':scheme', self.scheme), (':authority', self.host)]
        if protocol:
            headers.append((':protocol', protocol))
        open_end = protocol is not None or body is not None
        self.h2.send_headers(stream, headers + list(extra),
                             end_stream=not open_end)
        if body is not None:
            self.h2.send_data(stream, body, end_stream=True)
        self.flush()
        return self._answer(stream)

    def _answer(self, stream):
        answer, data = {}, b''
        deadline = time.monotonic() + 10
        while True:
            events = self.next_events(deadline)
            assert events is not None, 'connection ended'
            for event in events:
                if getattr(event, 'stream_id', None) != stream:
                    continue
                if isinstance(event, h2.events.ResponseReceived):
                    answer = dict(event.headers)
                if isinstance(event, h2.events.DataReceived):
                    data += event.data
                    self.h2.acknowledge_received_data(
                        event.flow_controlled_length, stream)
                if isinstance(event, ENDS):
                    status = answer.get(':status')
                    return status and int(status), answer, data

    def close(self):
        self.h2.close_connection()
        self.flush()
        self.raw.disconnect()


@pytest.mark.parametrize('tls', [False, True])
def test_http1_upgrade_on_the_same_host(server, tls):
    client = server.ws('/chat/lobby', tls=tls)
    client.recv_event('hello')
    client.say('over h1', ref='1')
    assert client.recv_event('ack')
    client.close()


EXTENDED = [('sec-websocket-version', '13'),
            ('sec-websocket-key', 'dGhlIHNhbXBsZSBub25jZQ==')]


@pytest.mark.parametrize('path', ['/echo', '/chat/lobby'])
@pytest.mark.parametrize('extra', [[], EXTENDED,
                                   EXTENDED + [('origin', 'http://e.test')]],
                         ids=['bare', 'key', 'origin'])
def test_extended_connect_is_refused(server, path, extra):
    server.allow(r'\[chatws:warn\].*HTTP/2')
    before = sum('[chatws:' in line for line in server.log_lines())
    client = H2Client(server)
    settings = client.settings()
    code = h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL
    assert code in settings and settings[code].new_value == 1
    status, headers, body = client.request(path, 'CONNECT', extra,
                                           'websocket')
    assert status is not None and 400 <= status < 600, headers
    if body and 'json' in headers.get('content-type', ''):
        assert json.loads(body)['type'] == 'error'
    status, _, body = client.request('/alive.txt')
    assert status == 200 and body == b'alive\n'
    client.close()
    assert sum('[chatws:' in line for line in server.log_lines()) > before


def test_pages_over_h2(server):
    client = H2Client(server)
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
