"""A Hopper of a room with an archive, and what it may believe: it says again
what was not acked, keeps what was, and shows what a client shows by PROTOCOL.md
and ARCHIVE.md ("For clients")."""
from .hopper import Hopper
from .member import order

AGAIN = 2.0     # most seconds until what was `unavailable` is said again


class Keeper(Hopper):
    """`acks` and `gone` are what it was promised: refs with their ids, and
    those of commands that did nothing. `view` is what it shows, id: text.
    `told_ids` are all ids in the order in which they came, None for a gap."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.view, self.shown, self.replaced = {}, {}, []
        self.told_ids, self.gone, self.once = [], set(), {}
        self.again, self.refusals, self.gaps = {}, 0, 0
        self.commands = {}
        self.now = 0.0

    def say(self, text, ref):
        if ref in self.commands:
            self.once.pop(ref, None)
        elif self.kind == 'websocket' and self.ready():
            self.once[ref] = self.client
        self.commands[ref] = text if isinstance(text, dict) else \
            {'type': 'message', 'text': text}
        super().say(text, ref)

    def say_pending(self):
        for ref in self.pending:
            self.once.pop(ref, None)
        super().say_pending()

    def proceed(self, now):
        self.now = now
        for ref in [r for r, due in self.again.items() if due <= now]:
            if self.ready():
                del self.again[ref]
                if ref in self.pending:
                    self.say(self.pending[ref], ref)
        super().proceed(now)

    # What comes

    def _take(self, event, now):
        if event['type'] == 'error':
            self._error(event, now)
        elif event['type'] == 'ack' and 'id' not in event:
            self._done(event['ref'])
        elif event['type'] == 'gap':
            self._gap(event['after'])
        else:
            super()._take(event, now)

    def _greet(self, event):
        super()._greet(event)
        if event['gap']:
            self._gap(event['cursor'])

    def _gap(self, position):
        """What is kept comes again."""
        self.view.clear()
        self.told_ids.append(None)
        self.gaps += 1
        self.last = position

    def _take_answer(self, now):
        answer = self.client.answer
        if answer is not None and answer.status == 503:
            self.refusals += 1
            assert answer.header('retry-after')
            self.ended(now)
            self.due = now + self.random.uniform(0, AGAIN)
            return
        if answer is not None and answer.status == 200:
            page = answer.json()
            if page['gap']:
                self._gap('0-0')
        super()._take_answer(now)

    def told(self, event, now):
        assert self.last is None or order(event['id']) > order(self.last), \
            f'repeated: {event} after {self.last}'
        super().told(event, now)
        self.told_ids.append(event['id'])
        kind, target = event['type'], event.get('target')
        if kind == 'message':
            self._show(event)
        elif kind == 'edited' and 'text' in event and target in self.view:
            self.view[target] = event['text']
        elif kind == 'deleted' and target in self.view:
            self.view[target] = ''
        elif kind == 'cleared':
            self.view.clear()

    def _show(self, event):
        """The same message under another id: a crash has taken the first."""
        key = event['from']['id'], event['ref']
        before = self.shown.get(key, event['id'])
        if before != event['id']:
            self.view.pop(before, None)
            self.replaced.append(before)
        self.shown[key] = event['id']
        self.view[event['id']] = event['text']

    # What is answered

    def note_ack(self, ref, identity):
        if self.once.get(ref) is self.client and self.client is not None:
            before = getattr(self.client, 'acked', None)
            assert before is None or order(before) < order(identity), \
                f'{ref} was acked as {identity} behind {before}'
            self.client.acked = identity
        super().note_ack(ref, identity)

    def _done(self, ref):
        """Acked, without anything stored: a command that changes nothing."""
        if self.pending.pop(ref, None):
            self.gone.add(ref)

    def _error(self, event, now):
        if event['code'] == 'not_found':    # it was cleared
            self._done(event['ref'])
            return
        assert event['code'] == 'unavailable', event
        self.refusals += 1
        if 'ref' in event:
            self.again[event['ref']] = now + self.random.uniform(0, AGAIN)

    def posted(self, ref, client):
        if client.status in (204, 404):
            self._done(ref)
        elif client.status == 503:
            self.refusals += 1
            assert client.answer.json()['code'] == 'unavailable'
            self.again[ref] = self.now + self.random.uniform(0, AGAIN)
        else:
            super().posted(ref, client)
