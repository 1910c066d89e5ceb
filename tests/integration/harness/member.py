"""A member that lives on through cuts and restarts, and the account of what
it got: every message once and in order, or a gap that says what is missing.

A Member connects again with ?after=<last id> whenever its connection ends,
within the window of the `bye` if there was one, else `away` seconds. It says again what was
not acknowledged. Crowd drives many of them; check_account() judges."""
import json
import socket
import struct
import time

from .proc import deadline_after
from .wire import TEXT, encode_frame

STORED = ('message', 'deleted', 'edited', 'cleared', 'room')

# Most seconds until the next attempt after a connection ended without a bye.
AWAY = 0.2


def order(text):
    """An id or cursor as something that compares."""
    return tuple(int(part) for part in text.split('-'))


def key_of(number):
    """The cookie of a guest that is the same one after a reconnect."""
    return [('Cookie', f'chatws={number:032x}')]


class Member:
    """One guest. `account` lists what came, in order: ('hello', gap, cursor),
    ('gap', after, next) and ('message', id, text). `byes` has (time, lowest,
    highest, to read) of each bye, `closes` (time, code), `tries` the times of
    all handshakes, `refused` the statuses of those that failed, `lost_as` what was
    known of each of the `lost`, which ended without a Close."""

    def __init__(self, swarm, number, room, random, away=AWAY):
        self.swarm, self.number, self.room = swarm, number, room
        self.random, self.away = random, away
        self.account, self.byes, self.closes = [], [], []
        self.tries, self.refused, self.lost, self.lost_as = [], [], 0, []
        self.pending, self.acks = {}, {}
        self.heard = []
        self.last = None
        self.client = None
        self.window = None
        self.due = 0.0
        self.greeted = False

    def connect(self):
        path = self.room if self.last is None \
            else f'{self.room}?after={self.last}'
        self.client = self.swarm.add(path, key_of(self.number))
        self.greeted = False
        self.window = None
        self.tries.append(time.monotonic())

    def say(self, text, ref):
        """Says a message now or at the next connection, until it has been
        acknowledged."""
        self.pending[ref] = text
        if self.ready():
            self.client.say(text, ref)

    def repeat(self, ref):
        """Says again, now, what may have been acknowledged already."""
        self.client.say(ref, ref)

    def ready(self):
        return self.client is not None and self.greeted and \
            self.client.state == 'open' and not self.client.close_sent

    def proceed(self, now):
        """Takes what came; connects when there is no connection."""
        client = self.client
        if client is None:
            if now >= self.due:
                self.connect()
            return
        if client.messages:
            came, client.messages = client.messages, []
            for raw in came:
                self._take(json.loads(raw), now)
        if client.state == 'refused':
            self.refused.append(client.status)
            client.drop()
        if client.state == 'closed':
            self.ended(now)

    def ended(self, now):
        if self.client.close_code is None:
            self.lost += 1
            self.lost_as.append((self.client.status, self.greeted,
                                 len(self.account), bytes(self.client.inbox)))
        else:
            self.closes.append((now, self.client.close_code))
        self.swarm.clients.remove(self.client)
        self.client, self.greeted = None, False
        self.due = now + self.random.uniform(*self.window or (0, self.away))

    def _take(self, event, now):
        kind = event['type']
        if kind == 'hello':
            self._greet(event)
        elif kind in STORED:
            self.told(event, now)
        elif kind == 'gap':
            self.account.append(('gap', event['after'], event['next']))
        elif kind == 'ack':
            self._acknowledged(event)
        elif kind == 'bye':
            assert event['code'] == 1012
            self.window = event['retry']
            self.byes.append((now, *event['retry']))
        else:
            assert kind == 'presence', event

    def told(self, event, now):
        """Something that is stored in the room."""
        self.account.append((event['type'], event['id'], event.get('text')))
        self.last = event['id']
        self.heard.append(now)

    def _greet(self, event):
        assert event['resumed'] is (self.last is not None
                                    and not event['gap']), event
        self.greeted = True
        self.account.append(('hello', event['gap'], event['cursor']))
        if self.last is None or event['gap']:
            self.last = event['cursor']
        self.say_pending()

    def say_pending(self):
        for ref, text in self.pending.items():
            self.client.say(text, ref)

    def _acknowledged(self, event):
        assert order(self.last) >= order(event['id']), \
            'acknowledged in front of the message'
        self.note_ack(event['ref'], event['id'])

    def note_ack(self, ref, identity):
        known = self.acks.setdefault(ref, identity)
        assert known == identity, 'one ref has two ids'
        self.pending.pop(ref, None)

    def cut(self, manner):
        """Breaks the connection: 'reset' (RST), 'close', 'half' (FIN of our
        direction, the other is read to its end), 'torn' (half a frame)."""
        client = self.client
        if client is None or client.state != 'open':
            return
        if manner == 'half':
            client.socket.shutdown(socket.SHUT_WR)
            self.greeted = False
            return
        if manner == 'torn':
            frame = encode_frame(TEXT, b'{"type":"message","text":"torn"}')
            client.outbox += frame[:self.random.randrange(1, len(frame))]
            client.ready(0)
        if manner == 'reset' and client.state == 'open':
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                     struct.pack('ii', 1, 0))
        client.drop()


class Crowd:
    """Members of one room on one swarm, guests `first` and following."""

    def __init__(self, swarm, count, room, random, away=AWAY, first=1,
                 kind=Member):
        self.swarm = swarm
        self.members = [kind(swarm, first + n, room, random, away)
                        for n in range(count)]

    def turn(self, timeout=0.01):
        self.swarm.turn(timeout)
        now = time.monotonic()
        for member in self.members:
            member.proceed(now)
        return now

    def run(self, condition, seconds, what):
        """Drives all until condition() holds."""
        deadline = deadline_after(seconds)
        while not condition():
            now = self.turn()
            assert now < deadline, \
                f'not within {seconds:g} s: {what}; {self.state()}'

    def state(self):
        missing = sum(len(m.pending) for m in self.members)
        lost = sum(m.lost for m in self.members)
        return f'{self.swarm.summary()}, {missing} not acknowledged, ' \
            f'{lost} connections lost'

    def greet(self, seconds=30):
        self.run(lambda: all(m.greeted for m in self.members), seconds,
                 'all are greeted')

    def spoken(self, extra=None):
        """Everything acknowledged, in the order of ids: [(id, ref)]."""
        found = dict(extra or {})
        for member in self.members:
            for ref, identity in member.acks.items():
                assert found.setdefault(ref, identity) == identity, \
                    f'{ref} was stored twice'
        return sorted(((i, ref) for ref, i in found.items()),
                      key=lambda pair: order(pair[0]))

    def settle(self, seconds=30, extra=None):
        """Until everything said is acknowledged and has come to all."""
        self.run(lambda: not any(m.pending for m in self.members), seconds,
                 'all is acknowledged')
        newest = self.spoken(extra)[-1][0]
        self.run(lambda: all(m.last == newest and m.greeted
                             for m in self.members), seconds,
                 f'all have {newest}')


class Talk:
    """`total` messages, one each 1/rate seconds, by the members in turn. The
    text of a message is its ref."""

    def __init__(self, crowd, rate, total, padding=0):
        self.crowd, self.rate, self.total = crowd, rate, total
        self.padding = padding
        self.begun = time.monotonic()
        self.said = 0

    def proceed(self, now):
        """Says what is due; returns the new refs with their members."""
        wanted = min(self.total, int((now - self.begun) * self.rate) + 1)
        fresh = []
        while self.said < wanted:
            member = self.crowd.members[self.said % len(self.crowd.members)]
            ref = f'm-{self.said}'
            member.say(ref + ' ' * self.padding, ref)
            fresh.append((member, ref))
            self.said += 1
        return fresh

    def over(self):
        return self.said == self.total


def check_account(account, spoken, complete=True):
    """What a member got against all that was said. Returns how many messages
    the gaps took; `complete` forbids gaps."""
    place = {identity: at for at, (identity, _) in enumerate(spoken)}
    refs = dict(spoken)
    ids = [order(identity) for identity, _ in spoken]
    position, missed = 0, 0

    def skip(to, entry):
        nonlocal position, missed
        assert not complete and to > position, f'{entry} at {position}'
        missed += to - position
        position = to

    for entry in account:
        if entry[0] == 'message':
            at = place[entry[1]]
            assert at == position, \
                f'{"lost" if at > position else "repeated"}: {entry}, ' \
                f'{at} instead of {position}'
            assert entry[2].strip() == refs[entry[1]].split('/')[0]
            position += 1
        elif entry[0] == 'gap':
            assert position == 0 or order(entry[1]) >= ids[position - 1]
            skip(place[entry[2]], entry)
        elif entry[1]:
            cursor = order(entry[2])
            skip(sum(i <= cursor for i in ids), entry)
    assert position == len(spoken), f'{position} of {len(spoken)}'
    return missed
