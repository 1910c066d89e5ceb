"""A bad way to a server: a proxy in a thread that delays, stalls, drops and
cuts what goes through it."""
import collections
import random
import selectors
import socket
import struct
import threading
import time

from .proc import deadline_after

TICK = 0.02
AGAIN = 0.2     # seconds until TCP sends what was lost once more


class _Side:
    """One direction of a connection: what came, and what waits."""

    def __init__(self, source, target):
        self.source, self.target = source, target
        self.waiting = collections.deque()      # (when it may go, bytes)
        self.ended = False


class BadLink:
    """Listens on `port` and connects each who comes there to `to`.

    delay    seconds that every byte is under way, in each direction
    lost     the share of pieces that TCP has to send again: they and all
             behind them come later
    stalled  nothing gets through as long as it is true
    refused  who comes is closed at once
    cut      after so many further bytes of answers the connection that they
             come by is reset, once; None: never
    passed   connections that were let in; `bytes` that came from the server"""

    def __init__(self, to, delay=0.0, lost=0.0):
        self.to, self.delay, self.lost = to, delay, lost
        self.stalled = self.refused = False
        self.cut = None
        self.passed = self.bytes = 0
        self._drop = self._over = False
        self._pairs = []
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(('127.0.0.1', 0))
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def drop(self):
        """Resets all connections that there are."""
        self._drop = True
        deadline = deadline_after(5)
        while self._drop:
            assert time.monotonic() < deadline, 'the link does not answer'
            time.sleep(TICK / 4)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *unused):
        self._over = True
        self._thread.join(5)
        self._listener.close()
        self._selector.close()

    # In the thread

    def _run(self):
        while not self._over:
            for key, _ in self._selector.select(
                    min(TICK, self.delay / 4) or TICK):
                if key.data is None:
                    self._accept()
                else:
                    self._read(*key.data)
            if self._drop:
                self._reset_all()
                self._drop = False
            for pair in list(self._pairs):
                self._forward(pair)
        self._reset_all()

    def _accept(self):
        client, _ = self._listener.accept()
        if self.refused:
            client.close()
            return
        try:
            server = socket.create_connection(('127.0.0.1', self.to), 2)
        except OSError:
            client.close()
            return
        self.passed += 1
        pair = (_Side(client, server), _Side(server, client))
        self._pairs.append(pair)
        for side in pair:
            side.source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(side.source, selectors.EVENT_READ,
                                    (pair, side))

    def _read(self, pair, side):
        if pair not in self._pairs or self.stalled:
            time.sleep(TICK / 10)
            return
        try:
            data = side.source.recv(65536)
        except OSError:
            data = b''
        if side is pair[1]:
            self.bytes += len(data)
        if data and side is pair[1] and self.cut is not None:
            whole, data = data, data[:self.cut]
            self.cut -= len(data)
            if len(data) < len(whole) or self.cut == 0:
                self.cut = None
                self._write(side.target, data)
                self._reset(pair)
                return
        late = AGAIN if random.random() < self.lost else 0
        side.waiting.append((time.monotonic() + self.delay + late, data))

    def _forward(self, pair):
        now = time.monotonic()
        for side in pair:
            while not self.stalled and side.waiting and \
                    side.waiting[0][0] <= now:
                data = side.waiting.popleft()[1]
                if not data or not self._write(side.target, data):
                    self._reset(pair)
                    return

    def _write(self, target, data):
        """Whole; who does not read for so long is cut."""
        try:
            target.settimeout(5)
            target.sendall(data)
            return True
        except OSError:
            return False

    def _reset(self, pair):
        if pair in self._pairs:
            self._pairs.remove(pair)
        for side in pair:
            try:
                self._selector.unregister(side.source)
            except (KeyError, ValueError):
                continue
            side.source.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack('ii', 1, 0))
            side.source.close()

    def _reset_all(self):
        for pair in list(self._pairs):
            self._reset(pair)
