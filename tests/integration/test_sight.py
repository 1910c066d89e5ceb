"""The filter that sees what TLS and HTTP/2 carry is on each connection of the
server: it holds nothing up, and what a stranger says in the words of HTTP/2
costs no more than other bytes."""
import time
from pathlib import Path

import pytest

from harness import ONE_CHILD, Httpd, location, wait_until
from harness.raw import RawClient

CHAT = location('/chat', 'Chat rooms')
SECONDS = 20

# Answers at once, and goes on when the other file is there.
NPH = r'''#!/bin/sh
printf 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n'
printf 'Connection: close\r\n\r\nfirst\n'
left=200
while [ ! -e "$0.go" ] && [ $left -gt 0 ]; do
    left=$((left - 1))
    sleep 0.1
done
echo second
'''


def test_a_program_that_answers_bit_by_bit_over_tls():
    """An nph- program's pipe reaches the filters of the connection as it is:
    nobody knows its length."""
    server = Httpd(mpm='prefork', tls=True, modules=('cgi',), config=CHAT
                   + 'ScriptAlias "/run/" "@ROOT@/htdocs/run/"\n',
                   files={'run/nph-slow': NPH})
    program = server.root / 'htdocs' / 'run' / 'nph-slow'
    program.chmod(0o755)
    with server:
        client = RawClient(server.address(True), True, timeout=SECONDS)
        client.send(b'GET /run/nph-slow HTTP/1.1\r\nHost: localhost\r\n\r\n')
        end = time.monotonic() + SECONDS / 2
        while b'first\n' not in client.buffer:
            assert client.fill(end)
        assert b'second' not in client.buffer
        program.with_name('nph-slow.go').write_text('')
        while b'second\n' not in client.buffer:
            assert client.fill(time.monotonic() + SECONDS)
        client.socket.close()


def frames(count):
    """The beginnings of so many streams, without anything in them."""
    return b''.join(b'\0\0\0\1\0' + (2 * i + 1).to_bytes(4, 'big')
                    for i in range(count))


def is_read(client):
    """Nothing that the client has sent waits in the server's socket."""
    ours = f'{client.socket.getsockname()[1]:04X}'
    theirs = f'{client.socket.getpeername()[1]:04X}'
    for line in Path('/proc/net/tcp').read_text().splitlines()[1:]:
        _, local, remote, _, queues, *_ = line.split()
        if local.endswith(':' + theirs) and remote.endswith(':' + ours):
            return int(queues.split(':')[1], 16) == 0
    return False


@pytest.mark.parametrize('first,rest', [
    (b'P', b'OST /alive.txt HTTP/1.1\r\n'),
    (b'PRI ', b'/alive.txt HTTP/1.1\r\n'),
    (b'PRI * HTTP/2.0\r\n', b''),
], ids=['one byte', 'a method', 'a request'])
def test_what_looks_like_http2(first, rest):
    """Each frame would be looked for among all streams before it."""
    body = frames(400000)
    with Httpd(config=CHAT, sizes=ONE_CHILD) as server:
        server.allow('AH00135')
        client = RawClient(server.address(), timeout=SECONDS)
        client.send(first)
        wait_until(lambda: is_read(client), SECONDS, 'what comes alone')
        client.send(rest + b'Host: localhost\r\nConnection: close\r\n'
                    + b'Content-Length: %d\r\n\r\n' % len(body))
        try:
            client.send(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it need not be read
        end = time.monotonic() + SECONDS
        while client.fill(end):
            pass
        client.socket.close()
