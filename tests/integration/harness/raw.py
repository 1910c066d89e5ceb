"""A client at the level of bytes, and the response that it reads."""
import contextlib
import ctypes
import json
import re
import socket
import ssl
import struct
import time

from .proc import PATIENCE
from .tls import client_context


class Response:
    """One HTTP response: status, headers (lower-case name -> list), body."""

    def __init__(self, head):
        lines = head.decode('latin-1').split('\r\n')
        parts = lines[0].split(' ', 2)
        assert parts[0].startswith('HTTP/1.'), f'no response: {lines[0]!r}'
        self.version = parts[0]
        self.status = int(parts[1])
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(':')
            self.headers.setdefault(name.strip().lower(), []).append(
                value.strip())
        self.body = b''

    def header(self, name, default=None):
        """The only value of a header; repeated ones are a failure."""
        values = self.headers.get(name.lower(), [])
        assert len(values) <= 1, f'{name} repeated: {values}'
        return values[0] if values else default

    def json(self):
        """The body as JSON."""
        return json.loads(self.body.decode('utf-8'))

    def __repr__(self):
        return f'<Response {self.status} {self.headers} {self.body[:200]!r}>'


class Chunks:
    """The chunked transfer coding (RFC 9112 7.1), as strict as it can be read:
    feed() takes bytes as they come and returns what was in whole chunks.
    `sizes` has the size of each, `last` is true behind the last one."""

    def __init__(self):
        self.sizes = []
        self.last = False
        self._buffer = b''

    def feed(self, data):
        self._buffer += data
        body = b''
        while True:
            piece = self._piece()
            if piece is None:
                return body
            body += piece

    def _piece(self):
        assert not (self.last and self._buffer), 'bytes behind the last chunk'
        head, mark, rest = self._buffer.partition(b'\r\n')
        if not mark:
            return None
        assert re.fullmatch(rb'[0-9a-fA-F]{1,16}', head), head
        size = int(head, 16)
        if len(rest) < size + 2:
            return None
        assert rest[size:size + 2] == b'\r\n', rest[:size + 2]
        self._buffer = rest[size + 2:]
        self.sizes.append(size)
        self.last = size == 0
        return rest[:size]

    def between(self):
        """True when no chunk is half there."""
        return not self._buffer


class RawClient:
    """A socket with deadlines. `address` is (host, port); `tls` is False,
    True, '1.2', '1.3' or an SSLContext. Unless it was made with a `timeout` of
    a few seconds, it waits longer than told for what has to come (PATIENCE)."""

    def __init__(self, address, tls=False, timeout=None, rcvbuf=None,
                 server_name='localhost'):
        self._be_patient(timeout)
        self.buffer = bytearray()
        self.eof = False
        self.socket = socket.socket()
        if rcvbuf:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
            # As on a real path. The loopback's would be half of that buffer,
            # and when its window is a byte less, the server's kernel sends
            # only what its timer lets out: 10 kB a second.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
        self.socket.settimeout(self.timeout)
        self.socket.connect(tuple(address))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            context = tls if isinstance(tls, ssl.SSLContext) else \
                client_context(None if tls is True else tls)
            self.socket = context.wrap_socket(
                self.socket, server_hostname=server_name,
                suppress_ragged_eofs=True)

    def _be_patient(self, timeout):
        self.timeout = timeout or PATIENCE
        self.patience = 0 if timeout and timeout <= 10 else PATIENCE

    @contextlib.contextmanager
    def exactly(self):
        """For whoever expects that nothing comes within a time."""
        patience, self.patience = self.patience, 0
        try:
            yield
        finally:
            self.patience = patience

    def send(self, data):
        self.socket.settimeout(self.timeout)
        self.socket.sendall(data)

    def send_bytewise(self, data):
        """One byte per send: one segment or TLS record each."""
        for at in range(len(data)):
            self.send(data[at:at + 1])

    def fill(self, deadline):
        """Reads once; False at the end of the stream."""
        left = deadline + self.patience - time.monotonic()
        if left <= 0:
            raise TimeoutError(f'nothing came; have {bytes(self.buffer)!r}')
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
            data = b''
        self.buffer += data
        self.eof = not data
        return bool(data)

    def _deadline(self, timeout):
        return time.monotonic() + (self.timeout if timeout is None
                                   else timeout)

    def take(self, count):
        """Removes and returns the first bytes of the buffer."""
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def read_exactly(self, count, timeout=None):
        deadline = self._deadline(timeout)
        while len(self.buffer) < count:
            assert self.fill(deadline), \
                f'ended after {len(self.buffer)} of {count} bytes'
        return self.take(count)

    def read_until(self, mark, timeout=None):
        """Everything up to and including `mark`."""
        deadline = self._deadline(timeout)
        while mark not in self.buffer:
            assert self.fill(deadline), \
                f'ended before {mark!r}: {bytes(self.buffer)!r}'
        return self.take(self.buffer.index(mark) + len(mark))

    def read_eof(self, timeout=None):
        """Everything that still comes until the server closes."""
        deadline = self._deadline(timeout)
        while not self.eof:
            self.fill(deadline)
        return self.take(len(self.buffer))

    def read_head(self, timeout=None):
        return Response(self.read_until(b'\r\n\r\n', timeout)[:-4])

    def read_response(self, method='GET', timeout=None):
        """A whole response by Content-Length, chunks or end of stream."""
        answer = self.read_head(timeout)
        bodiless = method == 'HEAD' or answer.status in (101, 204, 304)
        if bodiless:
            return answer
        if answer.header('transfer-encoding', '').lower() == 'chunked':
            answer.body = self._read_chunks(timeout)
        elif answer.header('content-length') is not None:
            answer.body = self.read_exactly(
                int(answer.header('content-length')), timeout)
        else:
            answer.body = self.read_eof(timeout)
        return answer

    def _read_chunks(self, timeout):
        body = b''
        while True:
            size = int(self.read_until(b'\r\n', timeout).split(b';')[0], 16)
            body += self.read_exactly(size, timeout)
            assert self.read_until(b'\r\n', timeout) == b'\r\n'
            if size == 0:
                return body

    def half_close(self):
        """Ends our direction, the other stays open (plain sockets)."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Closes with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack('ii', 1, 0))
        if isinstance(self.socket, ssl.SSLSocket):
            socket.socket(fileno=self.socket.detach()).close()
        else:
            self.socket.close()

    def vanish(self):
        """From now on this socket's kernel drops whatever comes and so
        acknowledges nothing, as when a phone is out of reach."""
        drop = ctypes.create_string_buffer(struct.pack('HBBI', 0x06, 0, 0, 0))
        self.socket.setsockopt(
            socket.SOL_SOCKET, 26,  # SO_ATTACH_FILTER
            struct.pack('HP', 1, ctypes.addressof(drop)))

    def unwrap(self):
        """Sends close_notify and waits for the server's."""
        self.socket.settimeout(self.timeout)
        self.socket = self.socket.unwrap()

    def disconnect(self):
        """Closes the socket, with nothing said."""
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.disconnect()
