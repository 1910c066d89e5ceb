"""Event streams: a parser by the rules of WHATWG HTML 9.2.6, and a client."""
import json
import time

from .raw import Chunks, RawClient
from .poller import head_bytes


class SseParser:
    """feed() takes bytes as they come, `events` has what they told, in order:
    (type, data, last event id). `retry` is the newest, in milliseconds,
    `comments` are the comments."""

    def __init__(self):
        self.events, self.comments = [], []
        self.retry = None
        self.last_id = ''
        self._buffer = b''
        self._begun = False
        self._type, self._data, self._id = '', [], ''

    def feed(self, data):
        self._buffer += data
        if not self._begun:
            if len(self._buffer) < 3:
                return
            self._begun = True
            self._buffer = self._buffer.removeprefix(b'\xef\xbb\xbf')
        while True:
            line = self._line()
            if line is None:
                return
            self._take(line.decode('utf-8'))

    def _line(self):
        """The next whole line: it ends with CR LF, LF or CR."""
        ends = [at for at in (self._buffer.find(b'\n'),
                              self._buffer.find(b'\r')) if at >= 0]
        if not ends:
            return None
        end = after = min(ends)
        if self._buffer[end:] == b'\r':
            return None  # an LF may follow
        after += 2 if self._buffer[end:end + 2] == b'\r\n' else 1
        line, self._buffer = self._buffer[:end], self._buffer[after:]
        return line

    def _take(self, line):
        if line == '':
            self._dispatch()
        elif line[0] == ':':
            self.comments.append(line[1:])
        else:
            name, _, value = line.partition(':')
            self._field(name, value.removeprefix(' '))

    def _field(self, name, value):
        if name == 'event':
            self._type = value
        elif name == 'data':
            self._data.append(value)
        elif name == 'id' and '\0' not in value:
            self._id = value
        elif name == 'retry' and value.isascii() and value.isdigit():
            self.retry = int(value)

    def _dispatch(self):
        self.last_id = self._id
        if self._data:
            self.events.append((self._type or 'message',
                                '\n'.join(self._data), self.last_id))
        self._type, self._data = '', []


class SseClient(RawClient):
    """One event stream; `response` is its head. Whatever is no JSON object in
    a single event without a type, as ours must be, is a failure."""

    def __init__(self, address, path, headers=(), tls=False, host=None,
                 timeout=None, rcvbuf=None, early=b''):
        super().__init__(address, tls, timeout, rcvbuf)
        self.parser = SseParser()
        self.ids, self.events = [], []
        self.chunks = None  # of a stream in the chunked coding
        self._queue = []
        pairs = list(headers)
        if 'accept' not in {name.lower() for name, _ in pairs}:
            pairs.append(('Accept', 'text/event-stream'))
        self.send(head_bytes('GET', path, host or '{}:{}'.format(*address),
                             pairs) + early)
        self.response = self.read_head()
        kind = self.response.header('content-type', '')
        self.streams = self.response.status == 200 and \
            kind.partition(';')[0] == 'text/event-stream'
        if self.response.header('transfer-encoding') is not None:
            assert self.response.header('transfer-encoding') == 'chunked'
            self.chunks = Chunks()
        if not self.streams:
            self.response.body = self._refusal()
            self.disconnect()

    def _refusal(self):
        if self.chunks:
            body = self.chunks.feed(self.read_eof())
            assert self.chunks.last
            return body
        length = self.response.header('content-length')
        return self.read_eof() if length is None \
            else self.read_exactly(int(length))

    @property
    def last_id(self):
        """What a browser would send as Last-Event-ID."""
        return self.parser.last_id

    def _collect(self):
        data = self.take(len(self.buffer))
        self.parser.feed(self.chunks.feed(data) if self.chunks else data)
        for kind, data, identity in self.parser.events:
            assert kind == 'message' and '\n' not in data
            self._queue.append((data, identity))
        self.parser.events.clear()

    def recv_raw_event(self, timeout=None):
        """The text of the next event; AssertionError at the end."""
        deadline = self._deadline(timeout)
        self._collect()
        while not self._queue:
            assert self.fill(deadline), 'the stream ended'
            self._collect()
        data, identity = self._queue.pop(0)
        self.ids.append(identity)
        return data

    def recv_event(self, kind=None, timeout=None):
        """The next event; with `kind` the next one of that type, those in
        front of it are left in self.events."""
        deadline = self._deadline(timeout)
        while True:
            event = json.loads(
                self.recv_raw_event(deadline - time.monotonic()))
            if kind is None or event['type'] == kind:
                return event
            self.events.append(event)

    def recv_texts(self, count, timeout=None):
        """The texts of the next messages."""
        deadline = self._deadline(timeout)
        return [self.recv_event('message', deadline - time.monotonic())['text']
                for _ in range(count)]

    def silent(self, seconds=0.3):
        """True when nothing but comments comes within that time."""
        try:
            with self.exactly():
                self.recv_raw_event(seconds)
        except TimeoutError:
            return True
        return False

    def wait_comment(self, timeout=None):
        """Waits for the next comment."""
        deadline, before = self._deadline(timeout), len(self.parser.comments)
        while len(self.parser.comments) == before:
            assert self.fill(deadline), 'the stream ended'
            self._collect()

    def expect_end(self, timeout=None):
        """The stream must end with whole events and, if there are chunks, the
        last one; returns what still came."""
        rest = self.read_eof(timeout)
        self.buffer += rest
        self._collect()
        assert not self.chunks or self.chunks.last, 'no last chunk'
        return [json.loads(data) for data, _ in self._queue]
