"""A client of HTTP/2: single requests, streams that go on, and WebSockets
(RFC 8441)."""
import os
import time
from pathlib import Path

import h2.config
import h2.connection
import h2.events

from .proc import PATIENCE, deadline_after
from .raw import RawClient
from .tls import client_context
from .wsclient import WsClient, WsFailure

ENDS = (h2.events.StreamEnded, h2.events.StreamReset)


class Http2Stream:
    """What has come so far; `body` can be taken from."""

    def __init__(self):
        self.headers, self.body = {}, bytearray()
        self.ended = False

    @property
    def status(self):
        """None: no answer yet, or the stream was reset without one."""
        status = self.headers.get(':status')
        return status and int(status)

    def take(self, event):
        if isinstance(event, h2.events.ResponseReceived):
            self.headers = dict(event.headers)
        if isinstance(event, h2.events.DataReceived):
            self.body += event.data
        if isinstance(event, ENDS):
            self.ended = True


class Http2Client:
    """One connection; `extra` of each request are further headers."""

    def __init__(self, server, tls=True, host=None, context=None):
        if context is None:
            context = client_context(None, ('h2',)) if tls else False
        self.raw = RawClient(server.address(tls), context, PATIENCE)
        if tls:
            assert self.raw.socket.selected_alpn_protocol() == 'h2'
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding='utf-8'))
        self.h2.initiate_connection()
        self.flush()
        self.host = host or server.host(tls)
        self.scheme = 'https' if tls else 'http'
        self.streams, self.settings = {}, {}

    def flush(self):
        self.raw.send(self.h2.data_to_send())

    def turn(self, deadline):
        """Reads once, and gives everybody what came."""
        if not self.raw.buffer:
            assert self.raw.fill(deadline), 'connection ended'
        for event in self.h2.receive_data(self.raw.take(len(
                self.raw.buffer))):
            if isinstance(event, h2.events.RemoteSettingsChanged):
                self.settings.update(event.changed_settings)
            if isinstance(event, h2.events.DataReceived):
                self.h2.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id)
            stream = self.streams.get(getattr(event, 'stream_id', None))
            if stream:
                stream.take(event)
        self.flush()

    def until(self, condition, seconds=10.0):
        """Reads until condition() is true."""
        deadline = deadline_after(seconds)
        while not condition():
            self.turn(deadline)

    def begin(self, path, method='GET', extra=(), protocol=None, body=None):
        """Sends a request; the stream of its answer."""
        number = self.h2.get_next_available_stream_id()
        headers = [(':method', method), (':path', path),
                   (':scheme', self.scheme), (':authority', self.host)]
        if protocol:
            headers.append((':protocol', protocol))
        open_end = protocol is not None or body is not None
        self.h2.send_headers(number, headers + list(extra),
                             end_stream=not open_end)
        if body is not None:
            self.h2.send_data(number, body, end_stream=True)
        self.flush()
        self.streams[number] = Http2Stream()
        return self.streams[number]

    def request(self, path, method='GET', extra=(), protocol=None,
                body=None):
        """(status, headers, body); status None: the stream was reset."""
        stream = self.begin(path, method, extra, protocol, body)
        self.until(lambda: stream.ended)
        return stream.status, stream.headers, bytes(stream.body)

    def close(self):
        self.h2.close_connection()
        self.flush()
        self.raw.disconnect()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.raw.disconnect()


class Http2Socket(WsClient):
    """A WebSocket that is a stream of an Http2Client's connection."""

    def __init__(self, client, path, headers=(), protocols=(), timeout=None):
        extra = [('sec-websocket-version', '13'), *headers]
        if protocols:
            extra.append(('sec-websocket-protocol', ', '.join(protocols)))
        self.client = client
        self._be_patient(timeout)
        self.auto_pong, self.pings, self.events = True, [], []
        self.number = client.h2.get_next_available_stream_id()
        self.stream = client.begin(path, 'CONNECT', extra, 'websocket')
        self.buffer = self.stream.body
        client.until(lambda: self.stream.ended
                     or self.stream.status is not None, self.timeout)
        if self.stream.status != 200:
            client.until(lambda: self.stream.ended, self.timeout)
            raise WsFailure(self.stream)

    @property
    def protocol(self):
        return self.stream.headers.get('sec-websocket-protocol')

    @property
    def eof(self):
        return self.stream.ended

    def send(self, data):
        """What comes while the server lets us wait is taken in."""
        deadline = self._deadline(None)
        while data:
            size = min(self.client.h2.local_flow_control_window(self.number),
                       self.client.h2.max_outbound_frame_size, len(data))
            if size == 0:
                self.client.turn(deadline)
                continue
            self.client.h2.send_data(self.number, data[:size])
            self.client.flush()
            data = data[size:]

    def fill(self, deadline):
        before = len(self.buffer)
        while not self.eof and len(self.buffer) == before:
            if time.monotonic() >= deadline + self.patience:
                raise TimeoutError('nothing came')
            self.client.turn(deadline + self.patience)
        return len(self.buffer) > before

    def half_close(self):
        self.client.h2.end_stream(self.number)
        self.client.flush()

    def reset(self):
        self.client.h2.reset_stream(self.number)
        self.client.flush()

    def disconnect(self):
        if not self.eof:
            self.reset()


def links(pid):
    """What the descriptors of a process are."""
    found = []
    for entry in os.listdir(f'/proc/{pid}/fd'):
        try:
            found.append(os.readlink(f'/proc/{pid}/fd/{entry}'))
        except FileNotFoundError:
            continue
    return found


def held(server):
    """How many requests hold a thread: each has a pair of Unix sockets
    between its thread and the loop. What the children have from their parent
    is none."""
    unix = {line.split()[6] for line in
            Path('/proc/net/unix').read_text().splitlines()[1:]}
    ours = set(links(server.process.pid))
    return sum(link.startswith('socket:[') and link[8:-1] in unix
               and link not in ours
               for pid in server.children() for link in links(pid)) // 2
