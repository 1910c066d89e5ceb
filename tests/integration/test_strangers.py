"""Strangers who take all that they can get: each of them alone, and what an
honest member of the same child feels meanwhile. Every case prints the member's
times, the children's memory and the counters that moved."""
import json
import time

import pytest

from harness import (BINARY, CONT, LONG, ONE_CHILD, PING, TEXT, Flood, Honest,
                     Httpd, begun, connect, encode_frame, location,
                     send_without_end, update_keys_without_end, wait_until)

SOON = 100                  # milliseconds: the honest member's p99
SECONDS = 20 if LONG else 5
KEPT = 300000 if LONG else 60000        # messages of the long room
NO_MASK = b'\0\0\0\0'
CONFIG = (location('/chat', 'Chat rooms') +
          location('/honest', 'Chat rooms', 'ChatRate off') +
          location('/long', 'Chat rooms', 'ChatRate off',
                   f'ChatHistory {KEPT} 1h') +
          location('/slow', 'Chat rooms', 'ChatRate off', 'ChatSlowClient 6s',
                   'ChatHistory 0') +
          location('/echo', 'Chat echo') +
          location('/chat-status', 'Chat status') +
          f'ChatSharedMemory {max(64, KEPT // 700)}M\n')


@pytest.fixture(scope='module')
def server():
    with Httpd(config=CONFIG, sizes=ONE_CHILD, tls=True) as running:
        running.allow(r'CW0507')
        yield running


def frames(opcode, payload, count=1):
    """The bytes of `count` masked frames."""
    return encode_frame(opcode, payload, mask=NO_MASK) * count


def during(server, attack, *arguments, tls=False):
    """What the honest member feels during an attack."""
    with Honest(server, '/honest/lobby') as honest:
        with Flood(attack, server.address(tls), *arguments):
            figures = honest.measure(SECONDS)
    print(f'\n{figures}')
    assert figures.p99 < SOON, str(figures)
    return figures


NUMBERS = json.dumps([0] * 20000).encode()
VALUES = json.dumps({'type': 'message', 'text': 'x', 'more': [[]] * 15000})
FLOODS = {
    'one byte': ('/chat/x', frames(TEXT, b'x', 20000)),
    'empty': ('/chat/x', frames(TEXT, b'', 20000)),
    'binary': ('/chat/x', frames(BINARY, b'x', 20000)),
    'arrays': ('/chat/x', frames(TEXT, NUMBERS)),
    'values': ('/chat/x', frames(TEXT, VALUES.encode())),
    'large text': ('/chat/x', frames(
        TEXT, b'{"type":"message","text":"' + b'x' * 60000 + b'"}')),
    'messages': ('/chat/x', frames(TEXT, b'{"type":"message","text":"hi"}',
                                   3000)),
    'typing': ('/chat/x', frames(TEXT, b'{"type":"typing"}', 4000)),
    'pings': ('/chat/x', frames(PING, b'', 20000)),
    'fragments': ('/chat/x', encode_frame(TEXT, b'', fin=False, mask=NO_MASK)
                  + encode_frame(CONT, b'', fin=False, mask=NO_MASK) * 60000
                  + frames(CONT, b'')),
    'echo': ('/echo', frames(BINARY, b'x', 20000)),
}


@pytest.mark.alone
@pytest.mark.parametrize('read', [False, True], ids=['unread', 'read'])
@pytest.mark.parametrize('kind', FLOODS)
def test_frames_without_end(server, kind, read):
    path, payload = FLOODS[kind]
    during(server, send_without_end, path, 300, payload, read)


@pytest.mark.alone
def test_tls_frames_without_end(server):
    path, payload = FLOODS['pings']
    during(server, send_without_end, path, 50, payload, True, True, tls=True)


@pytest.mark.alone
def test_key_updates_without_end(server):
    figures = during(server, update_keys_without_end, '/chat/x', 3, tls=True)
    assert figures.counters['closed_flood_total'] > 0
