"""Rooms where ann and adam keep order, and those who come there."""
import json
import uuid

from .address import PROXY, by
from .config import location

USER = 'ChatUser "%{HTTP:X-User}"'
ROOMS = ('Chat rooms', 'ChatRate off', 'ChatList on', USER,
         'ChatModerators user ann adam')
CONFIG = (PROXY +
          location('/chat', *ROOMS) +
          location('/chat/inner', 'ChatModerators user cat') +
          location('/much', *ROOMS, 'ChatHistory 2000') +
          location('/side', *ROOMS) +
          location('/status', 'Chat status'))
SEVERAL = ('StartServers 3\nMinSpareThreads 25\nThreadsPerChild 25\n'
           'MaxRequestWorkers 75\nMaxSpareThreads 75\n')


def user(name, address=None):
    return [('X-User', name)] + (by(address) if address else [])


def guest(address=None, key=None):
    return [('X-Chatws-Key', key or uuid.uuid4().hex)] + \
        (by(address) if address else [])


def new(prefix='/chat'):
    return f'{prefix}/{uuid.uuid4().hex}'


def enter(server, room, headers):
    client = server.ws(room, headers=headers)
    return client, client.recv_event('hello')


def order(client, kind, person, **members):
    """A moderator's command, acked."""
    client.send_json(type=kind, user=person, ref='o', **members)
    ack = client.recv_event('ack')
    assert ack['ref'] == 'o'
    assert 'id' not in ack
    return ack


def post(server, room, headers, **members):
    return server.post(room, json.dumps(members), headers=headers)
