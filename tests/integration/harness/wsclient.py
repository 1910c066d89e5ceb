"""A blocking WebSocket client that can break every rule."""
import json
import struct
import time

from .raw import RawClient
from .wire import (BINARY, CLOSE, CONT, PING, PONG, TEXT, accept_for,
                   close_payload, encode_frame, handshake_bytes, new_key,
                   parse_frame)


class WsFailure(AssertionError):
    """The server answered the handshake otherwise than expected; `response`
    is what it said."""

    def __init__(self, response):
        super().__init__(f'no upgrade: {response!r}')
        self.response = response


class WsClient(RawClient):
    """One WebSocket connection.

    `early` is sent in the same segment as the handshake. Pings of the server
    are answered while messages are read, unless auto_pong is off."""

    def __init__(self, address, path, headers=(), protocols=(), tls=False,
                 host=None, timeout=None, early=b'', bytewise=False,
                 auto_pong=True, rcvbuf=None):
        super().__init__(address, tls, timeout, rcvbuf)
        self.auto_pong = auto_pong
        self.pings = []
        self.events = []
        key = new_key()
        host = host or f'{address[0]}:{address[1]}'
        head = handshake_bytes(path, host, key, list(headers), protocols)
        (self.send_bytewise if bytewise else self.send)(head + early)
        self.response = self.read_response()
        if self.response.status != 101:
            self.disconnect()
            raise WsFailure(self.response)
        self._check_upgrade(key)

    def _check_upgrade(self, key):
        answer = self.response
        assert answer.header('upgrade', '').lower() == 'websocket'
        assert 'upgrade' in [token.strip() for token in
                             answer.header('connection', '').lower()
                             .split(',')]
        assert answer.header('sec-websocket-accept') == accept_for(key)
        assert answer.header('transfer-encoding') is None
        assert answer.header('content-length') is None

    @property
    def protocol(self):
        """The subprotocol that the server chose, or None."""
        return self.response.header('sec-websocket-protocol')

    def send_frame(self, opcode, payload=b'', **options):
        if isinstance(payload, str):
            payload = payload.encode()
        self.send(encode_frame(opcode, payload, **options))

    def send_text(self, text, **options):
        self.send_frame(TEXT, text, **options)

    def send_binary(self, data, **options):
        self.send_frame(BINARY, data, **options)

    def send_json(self, **members):
        self.send_text(json.dumps(members))

    def say(self, text, ref=None):
        """Sends a message command."""
        if ref is None:
            self.send_json(type='message', text=text)
        else:
            self.send_json(type='message', text=text, ref=ref)

    def recv_frame(self, timeout=None):
        """The next frame; AssertionError at the end of the stream."""
        deadline = self._deadline(timeout)
        while True:
            frame = parse_frame(self.buffer)
            if frame is not None:
                self.take(frame.wire)
                assert not frame.masked, 'server masked a frame'
                return frame
            assert self.fill(deadline), \
                f'ended within a frame: {bytes(self.buffer)!r}'

    def recv_message(self, timeout=None):
        """(opcode, payload) of the next whole message or Close; pings are
        answered, pongs skipped."""
        deadline = self._deadline(timeout)
        opcode, rsv, parts = None, 0, []
        while True:
            frame = self.recv_frame(deadline - time.monotonic())
            assert frame.rsv == 0 or (opcode is None and frame.opcode < CLOSE)
            if frame.opcode == CLOSE:
                return CLOSE, frame.payload
            if frame.opcode in (PING, PONG):
                self._control(frame)
                continue
            assert (frame.opcode == CONT) == (opcode is not None)
            if opcode is None:
                opcode, rsv = frame.opcode, frame.rsv
            parts.append(frame.payload)
            if frame.fin:
                return opcode, self._whole(b''.join(parts), rsv)

    def _whole(self, payload, rsv):
        """What a message of these bits is."""
        assert rsv == 0
        return payload

    def _control(self, frame):
        if frame.opcode == PING:
            self.pings.append(frame.payload)
            if self.auto_pong:
                self.send_frame(PONG, frame.payload)

    def recv_raw_event(self, timeout=None):
        """The bytes of the next event."""
        opcode, payload = self.recv_message(timeout)
        assert opcode == TEXT, f'no event: {opcode} {payload!r}'
        return payload

    def recv_event(self, kind=None, timeout=None):
        """The next event; with `kind` the next one of that type, those in
        front of it are left in self.events."""
        deadline = self._deadline(timeout)
        while True:
            left = deadline - time.monotonic()
            event = json.loads(self.recv_raw_event(left).decode('utf-8'))
            if kind is None or event['type'] == kind:
                return event
            self.events.append(event)

    def recv_until(self, condition, timeout=None):
        """Reads events until condition(event); returns all of them."""
        deadline = self._deadline(timeout)
        found = []
        while True:
            found.append(self.recv_event(
                timeout=deadline - time.monotonic()))
            if condition(found[-1]):
                return found

    def silent(self, seconds=0.3):
        """True when nothing but pings comes within that time."""
        try:
            with self.exactly():
                self.recv_message(seconds)
        except TimeoutError:
            return True
        return False

    def expect_close(self, code=None, timeout=None):
        """The server's Close must be the next thing but pings; returns
        (code or None, reason) and demands `code` when given."""
        opcode, payload = self.recv_message(timeout)
        assert opcode == CLOSE, f'no Close: {opcode} {payload[:200]!r}'
        got = struct.unpack('!H', payload[:2])[0] if payload else None
        assert code is None or got == code, \
            f'closed with {got} {payload[2:]!r}, not {code}'
        return got, payload[2:].decode('utf-8')

    def send_close(self, code=None, reason=''):
        self.send_frame(CLOSE, close_payload(code, reason))

    def close(self, code=1000, reason=''):
        """The whole closing handshake, events in between are dropped."""
        self.send_close(code, reason)
        while True:
            opcode, payload = self.recv_message()
            if opcode == CLOSE:
                break
        assert payload[:2] == close_payload(code)
        assert self.read_eof() == b''
        self.disconnect()
