"""Thousands of WebSocket clients in one thread: epoll, nothing blocks.

run() drives every client until a condition holds; what a client got is in its
`messages`, in order, as raw bytes."""
import json
import select
import socket
import ssl
import struct
import time

from .proc import deadline_after
from .tls import client_context
from .wire import (BINARY, CLOSE, CONT, PING, PONG, TEXT, accept_for,
                   close_payload, encode_frame, handshake_bytes, new_key,
                   parse_frame)

READ = select.EPOLLIN | select.EPOLLRDHUP
WRITE = select.EPOLLOUT
WANT = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)


class SwarmClient:
    """One client. state: connecting, tls, handshake, open, closed.
    `status` is the answer to the handshake, `close_code` the server's Close
    (None: the stream ended without one)."""

    def __init__(self, swarm, path, headers=(), protocols=(), tag=None):
        self.swarm, self.path, self.tag = swarm, path, tag
        self.key = new_key()
        self.state = 'connecting'
        self.status = None
        self.head = b''
        self.close_code = None
        self.messages, self.parsed, self.counts = [], [], {}
        self.pongs = []
        self.last_heard = 0.0
        self.inbox, self.outbox, self.parts = bytearray(), bytearray(), []
        self.close_sent = False
        address = swarm.address
        host = '{}:{}'.format(*address)
        self.outbox += self.request(host, list(headers), protocols)
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex(tuple(address))
        self.number = self.socket.fileno()
        self.interest = READ | WRITE
        swarm.poll.register(self.number, self.interest)

    def request(self, host, headers, protocols):
        """The bytes to begin with."""
        return handshake_bytes(self.path, host, self.key, headers, protocols)

    def events(self, kind=None):
        """The messages as JSON, those of one type when given."""
        self._parse()
        return [e for e in self.parsed if kind is None or e['type'] == kind]

    def raw_events(self, kind):
        """The bytes of the messages of one type."""
        self._parse()
        return [raw for raw, event in zip(self.messages, self.parsed)
                if event['type'] == kind]

    def count(self, kind):
        """How many events of one type came; cheap to ask again."""
        self._parse()
        return self.counts.get(kind, 0)

    def _parse(self):
        for raw in self.messages[len(self.parsed):]:
            event = json.loads(raw)
            self.parsed.append(event)
            self.counts[event['type']] = \
                self.counts.get(event['type'], 0) + 1

    def send(self, opcode, payload=b'', **options):
        if isinstance(payload, str):
            payload = payload.encode()
        self.outbox += encode_frame(opcode, payload, **options)
        self._write()

    def say(self, text, ref=None):
        """A message, or a whole command (a dict)."""
        command = dict(text) if isinstance(text, dict) \
            else {'type': 'message', 'text': text}
        if ref is not None:
            command['ref'] = ref
        self.send(TEXT, json.dumps(command))

    def close(self, code=1000):
        """Starts the closing handshake."""
        self.close_sent = True
        self.send(CLOSE, close_payload(code))

    def drop(self):
        """Closes the socket with nothing said."""
        if self.state != 'closed':
            self.swarm.forget(self)
            self.socket.close()
            self.state = 'closed'

    def ready(self, mask):
        """epoll's news."""
        try:
            if self.state == 'connecting':
                self._connected()
            if self.state == 'tls':
                self.socket.do_handshake()
                self.state = 'handshake'
            if mask & (READ | select.EPOLLHUP | select.EPOLLERR):
                self._read()
            self._write()
        except WANT:
            return
        except (OSError, ssl.SSLError):
            self.drop()

    def _connected(self):
        error = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, 'connect')
        self.state = 'handshake'
        if self.swarm.tls:
            self.socket = self.swarm.context.wrap_socket(
                self.socket, server_hostname='localhost',
                do_handshake_on_connect=False)
            self.state = 'tls'

    def ended(self):
        """The server has closed."""
        self.drop()

    def _read(self):
        while self.state != 'closed':
            try:
                data = self.socket.recv(65536)
            except WANT:
                return
            if not data:
                self.ended()
                return
            self.inbox += data
            self.last_heard = time.monotonic()
            self.consume()

    def consume(self):
        """Takes what is in the inbox."""
        if self.state == 'handshake':
            end = self.inbox.find(b'\r\n\r\n')
            if end < 0:
                return
            self.head = bytes(self.inbox[:end])
            del self.inbox[:end + 4]
            self.status = int(self.head.split(b' ', 2)[1])
            self.state = 'open' if self.status == 101 else 'refused'
            if self.status == 101:
                wanted = accept_for(self.key).encode()
                assert wanted in self.head, 'wrong Sec-WebSocket-Accept'
        while self.state == 'open':
            frame = parse_frame(self.inbox)
            if frame is None:
                return
            del self.inbox[:frame.wire]
            self._frame(frame)

    def _frame(self, frame):
        if frame.opcode in (TEXT, BINARY, CONT):
            self.parts.append(frame.payload)
            if frame.fin:
                self.messages.append(b''.join(self.parts))
                self.parts = []
                self.swarm.received += 1
        if frame.opcode == PING:
            self.send(PONG, frame.payload)
        if frame.opcode == PONG:
            self.pongs.append(frame.payload)
        if frame.opcode == CLOSE:
            self._closing(frame.payload)

    def _closing(self, payload):
        if payload:
            self.close_code = struct.unpack('!H', payload[:2])[0]
        if not self.close_sent:
            self.close_sent = True
            self.send(CLOSE, payload[:2])

    def _write(self):
        if self.state in ('open', 'handshake'):
            while self.outbox:
                try:
                    sent = self.socket.send(self.outbox[:65536])
                except WANT:
                    break
                except OSError:
                    self.drop()
                    return
                del self.outbox[:sent]
        wanted = READ | (WRITE if self.outbox else 0)
        if self.state == 'tls':
            wanted = READ
        if wanted != self.interest and self.state != 'closed':
            self.interest = wanted
            self.swarm.poll.modify(self.number, wanted)


class Swarm:
    """Many clients of one address. Not thread safe; one thread drives it."""

    def __init__(self, address, tls=False):
        self.address, self.tls = address, bool(tls)
        self.context = client_context(tls if isinstance(tls, str) else None) \
            if tls else None
        self.poll = select.epoll()
        self.by_fd = {}
        self.clients = []
        self.received = 0

    def add(self, path, headers=(), protocols=(), tag=None, kind=SwarmClient):
        """Starts one connection; run() brings it up."""
        client = kind(self, path, headers, protocols, tag)
        self.by_fd[client.number] = client
        self.clients.append(client)
        return client

    def forget(self, client):
        """For SwarmClient: takes a socket out of the poll set."""
        if self.by_fd.get(client.number) is client:
            del self.by_fd[client.number]
            self.poll.unregister(client.number)

    def turn(self, timeout=0.05):
        """Waits once and serves what is ready."""
        for number, mask in self.poll.poll(timeout, 1024):
            client = self.by_fd.get(number)
            if client is not None:
                client.ready(mask)

    def run(self, condition, seconds=30.0, what='swarm'):
        """Drives all clients until condition() is true."""
        deadline = deadline_after(seconds)
        while not condition():
            assert time.monotonic() < deadline, \
                f'not within {seconds:g} s: {what}; {self.summary()}'
            self.turn()

    def run_for(self, seconds):
        """Drives all clients for a time that is part of the case."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.turn(min(0.05, max(0.0, deadline - time.monotonic())))

    def connect(self, paths, headers=(), protocols=(), at_once=100,
                seconds=60.0):
        """Opens one client per path, at most `at_once` handshakes at a time;
        returns them when every one is open or refused."""
        made = []
        pending = []
        deadline = deadline_after(seconds)
        for path in paths:
            while len(pending) >= at_once:
                assert time.monotonic() < deadline, self.summary()
                self.turn()
                pending = [c for c in pending if c.status is None
                           and c.state != 'closed']
            client = self.add(path, headers, protocols)
            made.append(client)
            pending.append(client)
        self.run(lambda: all(c.status is not None or c.state == 'closed'
                             for c in made),
                 max(1.0, deadline - time.monotonic()), 'connect')
        return made

    def open_count(self):
        return sum(c.state == 'open' for c in self.clients)

    def ping_all(self, payload=b'p', seconds=30.0):
        """Every open client pings; returns how many were answered."""
        asked = [c for c in self.clients if c.state == 'open']
        for client in asked:
            client.send(PING, payload)
        self.run(lambda: all(payload in c.pongs or c.state == 'closed'
                             for c in asked), seconds, 'pongs')
        return sum(payload in c.pongs for c in asked)

    def echo_all(self, payload=b'echo', opcode=TEXT, seconds=60.0):
        """Every open client sends; returns how many got it back."""
        asked = [(c, len(c.messages)) for c in self.clients
                 if c.state == 'open']
        for client, _ in asked:
            client.send(opcode, payload)
        self.run(lambda: all(len(c.messages) > n or c.state == 'closed'
                             for c, n in asked), seconds, 'echoes')
        return sum(c.messages[n:] == [payload] for c, n in asked)

    def close_all(self, code=1000, seconds=60.0):
        """The closing handshake of all; waits until every socket is gone."""
        for client in self.clients:
            if client.state == 'open':
                client.close(code)
        self.run(lambda: not self.by_fd, seconds, 'close')

    def drop_all(self):
        """Closes every socket at once."""
        for client in self.clients:
            client.drop()

    def summary(self):
        states = {}
        for client in self.clients:
            name = f'{client.state}/{client.status}'
            states[name] = states.get(name, 0) + 1
        return f'{states}, {self.received} messages'

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.drop_all()
        self.poll.close()
