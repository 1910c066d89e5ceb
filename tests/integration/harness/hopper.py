"""A Member that begins with a WebSocket and takes another transport each time it
connects again; where that one only reads, it says things by POST."""
import socket
import struct

from .http_swarm import SwarmRequest, SwarmStream, post_kind
from .member import Member, key_of

KINDS = ('websocket', 'sse', 'longpoll', 'poll')
JSON = [('Content-Type', 'application/json')]
STAY = 0.9          # how likely the next poll follows on the same transport
INTERVAL = 0.1      # seconds between polls that do not wait


class Hopper(Member):
    """See Member. `kinds` counts the connections and requests of each kind."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.kind = 'websocket'
        self.kinds = dict.fromkeys(KINDS, 0)
        self.posts = []

    def polls(self):
        return self.kind in ('longpoll', 'poll')

    def connect(self):
        if self.last is not None and \
                not (self.polls() and self.random.random() < STAY):
            self.kind = self.random.choice(KINDS)
        self.kinds[self.kind] += 1
        if self.kind == 'websocket':
            super().connect()
            return
        was_greeted = self.greeted and self.polls()
        path, headers = self.room, key_of(self.number)
        if self.kind == 'sse' and self.random.random() < 0.5:
            headers = headers + [('Last-Event-ID', self.last)]
        else:
            path += f'?after={self.last}'
            path += '&wait=25' if self.kind == 'longpoll' else ''
        self.client = self.swarm.add(
            path, headers,
            kind=SwarmRequest if self.polls() else SwarmStream)
        self.window = None
        self.greeted = self.polls()
        if self.greeted and not was_greeted:
            self.say_pending()

    def say(self, text, ref):
        self.pending[ref] = text
        if self.kind != 'websocket':
            self._post(text, ref)
        elif self.ready():
            self.client.say(text, ref)

    def repeat(self, ref):
        if self.kind == 'websocket':
            super().repeat(ref)
        else:
            self._post(ref, ref)

    def ready(self):
        return self.greeted if self.kind != 'websocket' else super().ready()

    def say_pending(self):
        if self.kind == 'websocket':
            super().say_pending()
            return
        under_way = {ref for ref, _ in self.posts}
        for ref, text in self.pending.items():
            if ref not in under_way:
                self._post(text, ref)

    def _post(self, text, ref):
        command = {**text, 'ref': ref} if isinstance(text, dict) \
            else {'text': text, 'ref': ref}
        self.posts.append((ref, self.swarm.add(
            self.room, JSON + key_of(self.number), kind=post_kind(command))))

    def proceed(self, now):
        self._take_posts()
        if self.client is not None and self.polls():
            if self.client.state == 'closed':
                self._take_answer(now)
            return
        super().proceed(now)

    def _take_posts(self):
        under_way, self.posts = self.posts, []
        for ref, client in under_way:
            if client.state != 'closed':
                self.posts.append((ref, client))
                continue
            self.swarm.clients.remove(client)
            if client.answer is not None:
                self.posted(ref, client)
            elif ref in self.pending:
                self._post(self.pending[ref], ref)

    def posted(self, ref, client):
        """A POST was answered."""
        assert client.status in (200, 201), client.answer
        self.note_ack(ref, client.answer.json()['id'])

    def _take_answer(self, now):
        answer = self.client.answer
        if answer is None:
            self.ended(now)
            return
        assert answer.status == 200, answer
        self.swarm.clients.remove(self.client)
        page = answer.json()
        events = page['events']
        if page['gap'] and events:
            self.account.append(('gap', self.last, events[0]['id']))
        for event in events:
            self.told(event, now)
        self.last = page['cursor']
        self.client = None
        self.due = now + (INTERVAL if self.kind == 'poll' else 0)

    def cut(self, manner):
        if self.kind == 'websocket':
            super().cut(manner)
            return
        client = self.client
        if client is None or client.state not in ('open', 'handshake'):
            return
        if manner in ('reset', 'torn'):
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                     struct.pack('ii', 1, 0))
        client.drop()
