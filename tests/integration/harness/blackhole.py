"""A peer that has vanished, as behind a pulled cable."""
import ctypes
import socket
import struct

SO_ATTACH_FILTER = 26


def blackhole(sock):
    """From now on the kernel drops whatever comes for this TCP socket before
    it is acknowledged; the other side sees nothing any more, no FIN either as
    long as the socket stays open."""
    drop = ctypes.create_string_buffer(struct.pack('HBBI', 0x06, 0, 0, 0))
    program = struct.pack('HL', 1, ctypes.addressof(drop))
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
