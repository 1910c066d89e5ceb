"""A proxy between a browser and httpd that plays what a school, a company or a
bad network does to a chat's requests.  Used by the tests of this folder.

Its rules can be changed while it runs: Barrier.rules maps a kind of request
('websocket', 'sse', 'longpoll', 'poll', 'post', 'other') to what is done:
    'refuse'   the connection is cut before anything is answered
    'error'    it is answered with 502
    'busy'     it is answered with 503 and Retry-After
    'plain'    it is answered with 200 and a page
    'strip'    WebSocket: passed on without its Upgrade
    'swallow'  passed on, but the answer's head is all that comes back
    'hang'     never answered
    'lose'     passed on, and cut before anything is answered
    'late'     passed on, but what is answered waits for release()
    'clip'     passed on, and cut behind the answer's head
    'stall'    passed on, but nothing that comes after hello comes back
    bytes      it is answered with these
Anything else is passed on, one request to a connection, without the headers
that Barrier.drops names (lower case) and with those of Barrier.adds."""
import re
import socket
import threading

HEAD_LIMIT = 65536
LATEST = 300                # seconds: it hangs
ERROR = (b'HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n'
         b'Connection: close\r\n\r\n')
PLAIN = (b'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 7\r\n'
         b'Connection: close\r\n\r\n<p>No.\n')


def busy(seconds):
    """An answer of a server that wants to be left alone for so long."""
    return ERROR.replace(b'502 Bad Gateway',
                         b'503 Busy\r\nRetry-After: %d' % seconds)


ANSWERS = {'error': ERROR, 'busy': busy(1), 'plain': PLAIN}


def kind_of(head):
    """Which of the room's requests this head begins."""
    line = head.split(b'\r\n', 1)[0].decode('latin-1')
    if re.search(rb'(?i)\r\nupgrade: *websocket', head):
        return 'websocket'
    if line.startswith('POST'):
        return 'post'
    if re.search(rb'(?i)\r\naccept: *text/event-stream', head):
        return 'sse'
    if 'wait=' in line:
        return 'longpoll'
    if '_chatws/' not in line and \
            re.search(rb'(?i)\r\naccept: *application/json', head):
        return 'members' if 'members' in line else 'poll'
    return 'other'


def strip(head, names):
    """A head without these headers."""
    lines = head.rstrip(b'\r\n').split(b'\r\n')
    kept = [line for line in lines
            if line.split(b':')[0].lower() not in names]
    return b'\r\n'.join(kept)


class Barrier:
    """Listens on a port of its own for as long as it is a context."""

    def __init__(self, target):
        self.target = target        # (address, port) of httpd; may change
        self.rules = {}
        self.drops = set()
        self.adds = []              # whole lines, b'Name: value'
        self.seen = []              # kinds of the requests, in their order
        self._links = set()
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server(('127.0.0.1', 0), backlog=64)
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind, value, trace):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def host(self):
        return f'127.0.0.1:{self.port}'

    def count(self, kind):
        return self.seen.count(kind)

    def open(self, kind):
        """How many requests of this kind are being answered."""
        with self._lock:
            return sum(link.kind == kind for link in self._links)

    def cut(self, kind=None):
        """Ends the connections of a kind, or all."""
        with self._lock:
            links = [link for link in self._links
                     if kind in (None, link.kind)]
        for link in links:
            link.close()

    def release(self):
        """Lets go of what is late."""
        self._released.set()

    def wait_release(self):
        self._released.wait(LATEST)

    def mute(self, kind):
        """From now on nothing comes back on connections of this kind, as if
        the network had gone without a word."""
        with self._lock:
            for link in self._links:
                link.is_mute = link.is_mute or link.kind == kind

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            link = Link(self, client)
            with self._lock:
                self._links.add(link)
            threading.Thread(target=link.run, daemon=True).start()

    def forget(self, link):
        with self._lock:
            self._links.discard(link)


class Link:
    """One connection of the browser, and that to httpd."""

    def __init__(self, barrier, client):
        self._barrier = barrier
        self._client = client
        self._server = None
        self.kind = ''
        self.is_mute = False

    def run(self):
        try:
            self._serve()
        except OSError:
            pass                    # either side has gone
        finally:
            self.close()
            self._barrier.forget(self)

    def close(self):
        for end in (self._client, self._server):
            if end is not None:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass            # it is closed already
                end.close()

    def _serve(self):
        head, rest = self._read_head()
        if not head:
            return
        self.kind = kind_of(head)
        self._barrier.seen.append(self.kind)
        rule = self._barrier.rules.get(self.kind)
        if rule == 'refuse':
            return
        if rule == 'hang':
            self._wait()
        elif rule in ANSWERS or isinstance(rule, bytes):
            self._client.sendall(ANSWERS.get(rule, rule))
        else:
            self._pass_on(head, rest, rule)

    def _read_head(self):
        data = b''
        while b'\r\n\r\n' not in data:
            more = self._client.recv(4096)
            if not more or len(data) > HEAD_LIMIT:
                return b'', b''
            data += more
        head, _, rest = data.partition(b'\r\n\r\n')
        return head, rest

    def _wait(self):
        """Until the browser gives up."""
        while self._client.recv(4096):
            pass

    def _pass_on(self, head, rest, rule):
        if rule == 'strip':
            head = strip(head, {b'upgrade', b'connection'})
        if rule == 'stall':         # it looks for the hello, see _copy()
            head = strip(head, {b'sec-websocket-extensions'})
        if self.kind != 'websocket' or rule == 'strip':
            head = strip(head, {b'connection'}) + b'\r\nConnection: close'
        head = b'\r\n'.join([strip(head, self._barrier.drops),
                            *self._barrier.adds])
        self._server = socket.create_connection(self._barrier.target)
        self._server.sendall(head + b'\r\n\r\n' + rest)
        back = threading.Thread(target=self._answer, args=(rule,),
                                daemon=True)
        back.start()
        while True:
            data = self._client.recv(65536)
            if not data:
                break
            if rule != 'swallow':
                self._server.sendall(data)
        self.close()
        back.join()

    def _answer(self, rule):
        try:
            self._copy(rule)
        except OSError:
            pass                    # either side has gone
        if not self.is_mute and rule != 'swallow':
            self.close()

    def _copy(self, rule):
        data = self._server.recv(65536)
        if rule == 'late':
            self._barrier.wait_release()
        if rule in ('swallow', 'clip'):
            head, end, _ = data.partition(b'\r\n\r\n')
            self._client.sendall(head + end)
            self.is_mute = rule == 'swallow'
        while data and rule not in ('lose', 'clip'):
            if not self.is_mute:
                self._client.sendall(data)
            if rule == 'stall' and b'"type":"hello"' in data:
                self.is_mute = True
            data = self._server.recv(65536)
