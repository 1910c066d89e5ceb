"""What a message costs over each transport: bytes on the wire and packets.

Plain clients that send the headers of a browser wait for messages of 100 bytes
in rooms of their own, all at the same time, and the server's meter says what
its kernel has counted for each: docs/COMPARISON.md. Used by bench.py.
"""
import json
import os
import select
import threading
import time

import peers
from harness import RawClient, WsClient, wait_until

SECONDS = 120
SIZE = 100
RATES = (1, 10, 60)             # messages a minute
WAIT = 25                       # seconds that a long-poll asks for
KINDS = ('poll', 'longpoll', 'sse', 'websocket')

# What Chromium sends with a fetch of a page, about 600 bytes with the rest.
HEADERS = [
    ('Connection', 'keep-alive'),
    ('sec-ch-ua-platform', '"Linux"'),
    ('User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 '
                   '(KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'),
    ('sec-ch-ua', '"Chromium";v="140", "Not;A=Brand";v="24"'),
    ('sec-ch-ua-mobile', '?0'),
    ('Accept', '*/*'),
    ('Sec-Fetch-Site', 'same-origin'),
    ('Sec-Fetch-Mode', 'cors'),
    ('Sec-Fetch-Dest', 'empty'),
    ('Accept-Encoding', 'gzip, deflate, br, zstd'),
    ('Accept-Language', 'en-GB,en;q=0.9'),
    ('Cookie', 'chatws=0123456789abcdef0123456789abcdef'),
]
# A browser's handshake says nothing about itself but this.
SOCKET_HEADERS = [(name, value) for name, value in HEADERS
                  if name in ('User-Agent', 'Accept-Encoding',
                              'Accept-Language', 'Cookie')]
SOCKET_HEADERS += [('Pragma', 'no-cache'), ('Cache-Control', 'no-cache')]


class Reader(threading.Thread):
    """Somebody who waits for the messages of one room, over one transport."""

    def __init__(self, httpd, name, kind, rate, interval=0):
        super().__init__(daemon=True)
        self.httpd, self.kind, self.rate = httpd, kind, rate
        self.interval = interval
        self.key = os.urandom(8).hex()
        self.room = f'/chat/{name}-{rate}'
        self.count = 0
        self.failure = None
        self._client = None
        self._stopped = threading.Event()

    def run(self):
        try:
            {'poll': self._poll, 'longpoll': self._poll, 'sse': self._stream,
             'websocket': self._socket}[self.kind]()
        except Exception as failure:  # told by expect()
            if not self._stopped.is_set():
                self.failure = failure

    def stop(self):
        self._stopped.set()

    def expect(self):
        assert self.failure is None, f'{self.room}: {self.failure!r}'
        return self.count

    def _url(self, query):
        return f'{self.room}?{query}&meter={self.key}'

    def _request(self, path, headers):
        lines = [f'GET {path} HTTP/1.1', f'Host: {self.httpd.host()}']
        lines += [f'{name}: {value}' for name, value in headers]
        return ('\r\n'.join(lines) + '\r\n\r\n').encode()

    def _open(self):
        """The connection that is kept, or a new one if the server has closed
        it meanwhile, as it does after KeepAliveTimeout."""
        if self._client and select.select([self._client.socket], [], [],
                                          0)[0]:
            self._client.disconnect()
            self._client = None
        self._client = self._client or RawClient(self.httpd.address(),
                                                 timeout=WAIT + 10)
        return self._client

    def _poll(self):
        cursor = json.loads(self.httpd.get(self.room).body)['cursor']
        while not self._stopped.is_set():
            begun = time.monotonic()
            query = f'after={cursor}'
            if self.kind == 'longpoll':
                query += f'&wait={WAIT}'
            client = self._open()
            client.send(self._request(self._url(query), HEADERS))
            answer = client.read_response()
            assert answer.status == 200, answer
            page = json.loads(answer.body)
            cursor = page['cursor']
            self.count += len(page['events'])
            self._stopped.wait(begun + self.interval - time.monotonic())

    def _stream(self):
        headers = [(name, 'text/event-stream' if name == 'Accept' else value)
                   for name, value in HEADERS]
        client = self._open()
        client.send(self._request(self._url('history=0'), headers))
        assert client.read_head().status == 200
        while not self._stopped.is_set():
            event = client.read_until(b'\n\n', 2 * SECONDS)
            self.count += b'"type":"message"' in event

    def _socket(self):
        origin = ('Origin', f'http://{self.httpd.host()}')
        client = WsClient(self.httpd.address(), self._url('history=0'),
                          headers=[*SOCKET_HEADERS, origin],
                          protocols=['chatws.v1'])
        while not self._stopped.is_set():
            client.recv_event('message', 2 * SECONDS)
            self.count += 1


def traffic(httpd, reader):
    """What the meter has counted for a reader: a dict of counters."""
    answer = httpd.get(f'/chat/_chatws/meter?meter={reader.key}')
    assert answer.status == 200, answer
    return json.loads(answer.body)['traffic'][reader.kind]


def talk(httpd, readers, rate, seconds, stopped):
    """Says the same in the rooms of one rate; gives how many messages."""
    end = time.monotonic() + seconds
    count = 0
    while True:
        count += 1
        text = f'Message {count} '.ljust(SIZE, '.')
        for reader in readers:
            body = json.dumps({'type': 'message', 'text': text})
            assert httpd.post(reader.room, body).status == 201
        if stopped.wait(min(60 / rate, end - time.monotonic())) \
                or time.monotonic() >= end - 0.5:
            return count


def settle(httpd, readers):
    """Streams are counted twice a second or so: waits until they are."""
    seen = []

    def still():
        now = [traffic(httpd, reader) for reader in readers
               if reader.kind in ('sse', 'websocket')]
        if not seen or seen[-1][1] != now:
            seen.append((time.monotonic(), now))
        return time.monotonic() - seen[-1][0] > 1.5
    wait_until(still, 20, 'counted')


def measure(httpd, seconds):
    """Rows of readers, one column for each rate, when all have everything:
    [(name, [(reader, counters), ...]), ...]."""
    rows = [('polling every 2 s', 'poll', 2), ('polling every 10 s', 'poll', 10),
            ('long-polling', 'longpoll', 0), ('SSE', 'sse', 0),
            ('WebSocket', 'websocket', 0)]
    table = [(name, [Reader(httpd, f'{kind}{interval}', kind, rate, interval)
                     for rate in RATES]) for name, kind, interval in rows]
    readers = [reader for _, row in table for reader in row]
    stopped = threading.Event()
    said = {}
    for reader in readers:
        reader.start()
    wait_until(lambda: all(traffic(httpd, reader)['requests'] == 1
                           for reader in readers
                           if reader.kind in ('sse', 'websocket')
                           and reader.expect() == 0), 10, 'streams are open')
    talkers = []
    for rate in RATES:
        def say(rate=rate):
            said[rate] = talk(httpd, [reader for reader in readers
                                      if reader.rate == rate],
                              rate, seconds, stopped)
        talkers.append(threading.Thread(target=say, daemon=True))
        talkers[-1].start()
    for talker in talkers:
        talker.join(seconds + 60)
    stopped.set()
    wait_until(lambda: all(reader.expect() == said.get(reader.rate)
                           for reader in readers), 20, 'everything arrived')
    settle(httpd, readers)
    result = [(name, [(reader, traffic(httpd, reader)) for reader in row])
              for name, row in table]
    for reader in readers:
        reader.stop()
    return result


def show(seconds=SECONDS):
    """Measures and prints the table."""
    chat = peers.Chat()
    try:
        table = measure(chat.httpd, seconds)
    finally:
        chat.stop()
    print(f'Per delivered message of {SIZE} bytes, {seconds} s: bytes on the '
          'wire\n(both directions, with IP and TCP headers) and packets')
    print(f'{"":20}' + ''.join(f'{f"{rate} a minute":>22}' for rate in RATES))
    for name, row in table:
        cells = ''
        for reader, counters in row:
            wire = counters['wire_sent'] + counters['wire_received']
            packets = counters['packets_sent'] + counters['packets_received']
            cells += (f'{wire / reader.count:13,.0f} B'
                      f'{packets / reader.count:6.1f} p')
        print(f'{name:20}{cells}', flush=True)
