"""Requests over HTTP/1.1 as bytes, and a client for polls that may be held."""
import time

from .proc import deadline_after
from .raw import RawClient


def head_bytes(method, path, host, headers=(), body=b''):
    """A request; a Host in `headers` replaces `host`."""
    names = {name.lower() for name, _ in headers}
    pairs = list(headers) if 'host' in names else [('Host', host), *headers]
    if body and 'content-length' not in names:
        pairs.append(('Content-Length', str(len(body))))
    lines = [f'{method} {path} HTTP/1.1']
    lines += [f'{name}: {value}' for name, value in pairs]
    return ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1') + body


class Poller:
    """Follows a room by long-polls (wait > 0) or polls, each on the
    connection of the one before if the server left it open.

    `events` lists what came, `cursor` is where to go on, `gaps` counts the
    answers that told one, `answers` the answers."""

    def __init__(self, address, room, cursor=None, headers=(), tls=False,
                 wait=25):
        self.address, self.room, self.tls = address, room, tls
        self.headers, self.wait = list(headers), wait
        self.cursor = cursor
        self.events, self.gaps, self.answers = [], 0, []
        self.client = None
        self.asked = 0.0

    def ask(self, method='GET'):
        """Sends the next request."""
        if self.client is None or self.client.eof:
            self.client = RawClient(self.address, self.tls)
        path = self.room
        if self.cursor is not None:
            path += f'?after={self.cursor}'
            path += f'&wait={self.wait}' if self.wait else ''
        self.asked = time.monotonic()
        self.client.send(head_bytes(
            method, path, '{}:{}'.format(*self.address), self.headers))

    def answer(self, timeout=40, method='GET'):
        """The answer to it: (the response, its events)."""
        response = self.client.read_response(method, timeout)
        self.answers.append(response)
        if response.header('connection') == 'close' \
                or response.header('content-length') is None:
            assert self.client.read_eof() == b''
            self.close()
        if response.status != 200 or method == 'HEAD':
            return response, []
        page = response.json()
        self.cursor = page['cursor']
        self.gaps += page['gap']
        self.events += page['events']
        return response, page['events']

    def poll(self, timeout=40):
        """One request and its events."""
        self.ask()
        return self.answer(timeout)[1]

    def until(self, count, seconds=10):
        """Polls until so many events have come."""
        deadline = deadline_after(seconds)
        while len(self.events) < count:
            left = deadline - time.monotonic()
            assert left > 0, f'{len(self.events)} of {count} events'
            self.poll(left)
        return self.events

    def close(self):
        if self.client is not None:
            self.client.disconnect()
            self.client = None

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
