"""Event streams and single requests in a Swarm: thousands of them wait in one
thread. Give them to Swarm.add() as `kind`."""
import functools
import json
import time

from .proc import deadline_after
from .raw import Chunks, Response
from .poller import head_bytes
from .sse import SseParser
from .swarm import SwarmClient


class SwarmStream(SwarmClient):
    """An event stream. It is `open` from its head on; `messages` has the bytes
    of its events, as those of a WebSocket."""

    def __init__(self, *arguments):
        self.parser = SseParser()
        self.chunks = None
        super().__init__(*arguments)

    def request(self, host, headers, protocols):
        return head_bytes('GET', self.path, host, [
            ('Accept', 'text/event-stream'), *headers])

    def consume(self):
        if self.state == 'handshake':
            end = self.inbox.find(b'\r\n\r\n')
            if end < 0:
                return
            self.head = bytes(self.inbox[:end])
            del self.inbox[:end + 4]
            self.status = int(self.head.split(b' ', 2)[1])
            self.state = 'open' if self.status == 200 else 'refused'
            if b'\r\nTransfer-Encoding: chunked' in self.head:
                self.chunks = Chunks()
        if self.state != 'open':
            return
        data = bytes(self.inbox)
        self.inbox.clear()
        self.parser.feed(self.chunks.feed(data) if self.chunks else data)
        for kind, data, _ in self.parser.events:
            assert kind == 'message'
            self.messages.append(data.encode())
            self.swarm.received += 1
        self.parser.events.clear()


class SwarmRequest(SwarmClient):
    """One request; `answer` is the Response once it is whole, and then the
    client is closed. An answer that is cut short leaves it None."""

    def __init__(self, *arguments, method='GET', body=b''):
        self.method, self.body = method, body
        self.answer = None
        self.answered = 0.0
        super().__init__(*arguments)

    def request(self, host, headers, protocols):
        return head_bytes(self.method, self.path, host, headers, self.body)

    def waiting(self):
        """It was sent, and nothing came yet."""
        return self.state == 'handshake' and not self.outbox

    def consume(self):
        end = self.inbox.find(b'\r\n\r\n')
        if end < 0:
            return
        response = Response(bytes(self.inbox[:end]))
        self.status = response.status
        length = response.header('content-length')
        body = bytes(self.inbox[end + 4:])
        if length is not None and len(body) >= int(length):
            self._whole(response, body[:int(length)])
        elif response.header('transfer-encoding') == 'chunked':
            chunks = Chunks()       # of a proxy; our own polls have none
            body = chunks.feed(body)
            if chunks.last:
                self._whole(response, body)

    def ended(self):
        end = self.inbox.find(b'\r\n\r\n')
        if end >= 0:
            response = Response(bytes(self.inbox[:end]))
            if response.header('content-length') is None and \
                    response.header('transfer-encoding') is None:
                self._whole(response, bytes(self.inbox[end + 4:]))
        self.drop()

    def _whole(self, response, body):
        response.body = body
        self.answer = response
        self.answered = time.monotonic()
        self.drop()


def post_kind(command):
    """The kind of a POST of a command (a dict)."""
    return functools.partial(SwarmRequest, method='POST',
                             body=json.dumps(command).encode())


def hold(swarm, paths, headers=(), kind=SwarmRequest, at_once=50,
         seconds=60.0):
    """Starts requests that will wait; returns them when all are sent and none
    has been answered. The server may not have read them yet."""
    made, deadline = [], deadline_after(seconds)
    for path in paths:
        made.append(swarm.add(path, headers, kind=kind))
        while sum(not c.waiting() for c in made[-at_once:]) >= at_once:
            assert time.monotonic() < deadline, swarm.summary()
            swarm.turn()
    swarm.run(lambda: all(c.waiting() for c in made),
              max(1.0, deadline - time.monotonic()), 'all wait')
    return made
