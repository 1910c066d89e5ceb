"""RFC 6455 on the wire, from the client's side: handshake and frames."""
import base64
import hashlib
import os
import struct
from dataclasses import dataclass

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
GUID = b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11'


@dataclass
class Frame:
    """One frame of the server; `wire` is its length with header."""
    fin: bool
    rsv: int
    opcode: int
    masked: bool
    payload: bytes
    wire: int


def new_key():
    """A Sec-WebSocket-Key."""
    return base64.b64encode(os.urandom(16)).decode()


def accept_for(key):
    """The Sec-WebSocket-Accept that answers `key`."""
    digest = hashlib.sha1(key.encode('latin-1') + GUID).digest()
    return base64.b64encode(digest).decode()


def apply_mask(payload, mask):
    """payload XOR mask (RFC 6455 5.3)."""
    size = len(payload)
    if size == 0 or mask == b'\0\0\0\0':
        return bytes(payload)
    repeated = (mask * (size // 4 + 1))[:size]
    mixed = int.from_bytes(payload, 'big') ^ int.from_bytes(repeated, 'big')
    return mixed.to_bytes(size, 'big')


def encode_frame(opcode, payload=b'', fin=True, rsv=0, mask=None,
                 masked=True, length=None, length_bytes=None):
    """One client frame. `mask` fixes the masking key, masked=False leaves it
    out. `length` announces another length than the payload's, `length_bytes`
    (0, 2 or 8) forces the form of the length field, minimal or not."""
    size = len(payload) if length is None else length
    head = bytearray([(0x80 if fin else 0) | (rsv << 4) | opcode])
    bit = 0x80 if masked else 0
    if length_bytes is None:
        length_bytes = 0 if size < 126 else 2 if size < 65536 else 8
    if length_bytes == 0:
        head.append(bit | size)
    elif length_bytes == 2:
        head += struct.pack('!BH', bit | 126, size)
    else:
        head += struct.pack('!BQ', bit | 127, size)
    if not masked:
        return bytes(head) + payload
    key = os.urandom(4) if mask is None else mask
    return bytes(head) + key + apply_mask(payload, key)


def close_payload(code=None, reason=''):
    """The payload of a Close frame."""
    if code is None:
        return b''
    if isinstance(reason, str):
        reason = reason.encode()
    return struct.pack('!H', code) + reason


def parse_frame(data):
    """The first frame in `data` or None while it is incomplete."""
    if len(data) < 2:
        return None
    masked, size, at = bool(data[1] & 0x80), data[1] & 0x7f, 2
    if size == 126:
        if len(data) < 4:
            return None
        size, at = struct.unpack_from('!H', data, 2)[0], 4
        assert size >= 126, 'server used a length that is not minimal'
    elif size == 127:
        if len(data) < 10:
            return None
        size, at = struct.unpack_from('!Q', data, 2)[0], 10
        assert size >= 65536, 'server used a length that is not minimal'
    if len(data) < at + size:
        return None
    return Frame(bool(data[0] & 0x80), data[0] >> 4 & 7, data[0] & 0xf,
                 masked, bytes(data[at:at + size]), at + size)


def handshake_bytes(path, host, key, headers=(), protocols=(),
                    method='GET', version='HTTP/1.1', without=()):
    """A request head. `headers` replace the default of the same name or are
    added, in order; names in `without` are left out."""
    default = [('Host', host), ('Upgrade', 'websocket'),
               ('Connection', 'Upgrade'), ('Sec-WebSocket-Key', key),
               ('Sec-WebSocket-Version', '13')]
    if protocols:
        default.append(('Sec-WebSocket-Protocol', ', '.join(protocols)))
    gone = {name.lower() for name in without}
    gone |= {name.lower() for name, _ in headers}
    kept = [pair for pair in default if pair[0].lower() not in gone]
    lines = [f'{method} {path} {version}']
    lines += [f'{name}: {value}' for name, value in kept + list(headers)]
    return ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1')
