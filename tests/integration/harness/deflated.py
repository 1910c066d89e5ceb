"""A WebSocket client that has agreed on permessage-deflate (RFC 7692)."""
import zlib

from .wire import CONT, TEXT
from .wsclient import WsClient

RSV1 = 4
CUT_OFF = b'\x00\x00\xff\xff'


def pack(payload, bits=15, level=6, strategy=zlib.Z_DEFAULT_STRATEGY):
    """A message as it goes in a frame with RSV1."""
    encoder = zlib.compressobj(level, zlib.DEFLATED, -bits, 8, strategy)
    data = encoder.compress(payload) + encoder.flush(zlib.Z_SYNC_FLUSH)
    assert data.endswith(CUT_OFF)
    return data[:-4]


def inflate(data, bits=15):
    """What a frame with RSV1 holds, which points back no further than a window
    of so many bits."""
    decoder = zlib.decompressobj(-bits)
    payload = decoder.decompress(data + CUT_OFF)
    assert not decoder.unused_data and not decoder.unconsumed_tail
    return payload


class DeflatedClient(WsClient):
    """Offers `offer`; what was agreed on is in `agreed`, the value of the
    server's field, or None. Reads what comes either way: `packed` counts the
    messages that came compressed, and `wire` the bytes of all of them."""

    def __init__(self, address, path, offer='permessage-deflate', headers=(),
                 **options):
        headers = list(headers) + [('Sec-WebSocket-Extensions', offer)]
        super().__init__(address, path, headers=headers, **options)
        self.agreed = self.response.header('sec-websocket-extensions')
        parts = (self.agreed or '').split('=')
        self.window = int(parts[1]) if len(parts) > 1 else 15
        self.packed = 0
        self.wire = 0
        self.was_packed = False

    def send_packed(self, payload, opcode=TEXT, size=None, **options):
        """Sends a message compressed, in frames of `size` bytes or as one."""
        if isinstance(payload, str):
            payload = payload.encode()
        data = pack(payload, **options)
        size = size or len(data)
        for at in range(0, len(data), size):
            self.send_frame(CONT if at else opcode, data[at:at + size],
                            rsv=0 if at else RSV1, fin=at + size >= len(data))

    def _whole(self, payload, rsv):
        self.was_packed = rsv == RSV1
        self.wire += len(payload)
        if not self.was_packed:
            return super()._whole(payload, rsv)
        assert self.agreed
        self.packed += 1
        return inflate(payload, self.window)
