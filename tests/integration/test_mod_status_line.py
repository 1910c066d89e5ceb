"""mod_status shows a line about the chat, where it is loaded; numbers only."""
import re

import pytest

from harness import ROOMS, Httpd, location

CONFIG = ROOMS + location('/server-status', 'SetHandler server-status')
LINES = ('ChatConnections', 'ChatRooms', 'ChatMessages')


@pytest.fixture(scope='module')
def server():
    with Httpd(modules=('status',), config=CONFIG) as running:
        yield running


def test_the_line(server):
    client = server.ws('/chat/canary')
    client.say('a canary text', ref='1')
    client.recv_event('ack')
    auto = server.get('/server-status?auto').body.decode()
    found = dict(re.findall(r'^(Chat\w+): (\d+)$', auto, re.M))
    assert found == dict(zip(LINES, '111'))
    page = server.get('/server-status').body.decode()
    assert ('<dt>Chat: 1 connections in 1 rooms, 1 messages since the start'
            in page)
    assert 'a canary text' not in page + auto
    client.close()


def test_without_mod_status():
    with Httpd(config=CONFIG.replace('server-status', 'none')) as running:
        assert running.get('/chat/lobby').status == 200
