"""Clients that take all that they can get, in a process of their own.

    with Flood(attack, server.address(), ...):
        ...

`attack(address, ...)` runs until it is killed; it says that it has begun by
calling begun()."""
import ctypes
import ctypes.util
import multiprocessing
import selectors
import socket
import ssl

from .tls import client_context
from .wire import handshake_bytes, new_key

_forked = multiprocessing.get_context('fork')
_begun = None


def begun():
    """Called by an attack when all of it is under way."""
    _begun.set()


def _run(event, attack, arguments):
    global _begun
    _begun = event
    attack(*arguments)


class Flood:
    """Runs an attack; as a context manager it begins and ends with it."""

    def __init__(self, attack, *arguments, patience=240):
        self.event = _forked.Event()
        self.process = _forked.Process(
            target=_run, args=(self.event, attack, arguments), daemon=True)
        self.patience = patience

    def __enter__(self):
        self.process.start()
        if not self.event.wait(self.patience):
            self.process.kill()
            raise AssertionError('the attack did not begin')
        return self

    def __exit__(self, kind, value, trace):
        self.process.kill()
        self.process.join(10)


def connect(address, path, tls=False, rcvbuf=None, timeout=60):
    """A socket behind its 101, or None when it was refused."""
    one = socket.socket()
    if rcvbuf:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    one.settimeout(timeout)
    try:
        one.connect(address)
        if tls:
            one = client_context().wrap_socket(one)
        one.sendall(handshake_bytes(path, '{}:{}'.format(*address), new_key(),
                                    [], ()))
        head = b''
        while b'\r\n\r\n' not in head:
            more = one.recv(1)
            if not more:
                return None
            head += more
    except OSError:
        return None
    return one if head.startswith(b'HTTP/1.1 101') else None


def send_without_end(address, path, count, payload, read, tls=False):
    """`count` connections that send the payload again and again, as fast as
    they can; whoever is closed comes back. `read`: they read what comes."""
    waiter = selectors.DefaultSelector()
    events = selectors.EVENT_WRITE | (selectors.EVENT_READ if read else 0)

    def join():
        one = connect(address, path, tls)
        if one is not None:
            one.setblocking(False)
            waiter.register(one, events, [0])
        return one

    for _ in range(count):
        assert join() is not None, 'no upgrade'
    begun()
    while True:
        for key, ready in waiter.select(1):
            try:
                if ready & selectors.EVENT_READ and not key.fileobj.recv(65536):
                    raise ConnectionResetError
                if ready & selectors.EVENT_WRITE:
                    at = key.data[0]
                    sent = key.fileobj.send(payload[at:at + 65536])
                    key.data[0] = (at + sent) % len(payload)
            except (BlockingIOError, ssl.SSLWantReadError,
                    ssl.SSLWantWriteError):
                continue
            except OSError:
                waiter.unregister(key.fileobj)
                key.fileobj.close()
                join()


def update_keys_without_end(address, path, count):
    """`count` TLS 1.3 clients that send key updates only (Python's ssl cannot,
    so this is OpenSSL itself)."""
    lib = ctypes.CDLL(ctypes.util.find_library('ssl') or 'libssl.so.3')
    for name in ('TLS_client_method', 'SSL_CTX_new', 'SSL_new'):
        getattr(lib, name).restype = ctypes.c_void_p
    context = ctypes.c_void_p(lib.SSL_CTX_new(
        ctypes.c_void_p(lib.TLS_client_method())))

    def join():
        one = socket.create_connection(address, 30)
        one.settimeout(None)
        line = ctypes.c_void_p(lib.SSL_new(context))
        lib.SSL_set_fd(line, one.fileno())
        head = handshake_bytes(path, '{}:{}'.format(*address), new_key(), [],
                               ())
        into = ctypes.create_string_buffer(1)
        if lib.SSL_connect(line) != 1 or \
                lib.SSL_write(line, head, len(head)) != len(head) or \
                lib.SSL_read(line, into, 1) != 1:
            return None
        return one, line

    lines = [join() for _ in range(count)]
    assert None not in lines
    begun()
    while True:
        for index, line in enumerate(lines):
            for _ in range(50):
                if line is None or lib.SSL_key_update(line[1], 0) != 1 or \
                        lib.SSL_do_handshake(line[1]) != 1:
                    if line is not None:
                        lib.SSL_free(line[1])
                        line[0].close()
                    line = lines[index] = join()
                    break
