"""The storm after a cut, and the soak with hostile visitors: SECURITY X13, X14.

CHATWS_LONG=1 runs 5,000 clients of the worst kind, and a quarter of an hour."""
import os
import random
import signal
import threading
import time

import pytest

from harness import (LONG, Crowd, Httpd, RawClient, Swarm, SwarmClient, Talk,
                     at_most, check_account, deadline_after, encode_frame,
                     handshake_bytes, in_soak, location, new_key)

WORST, HONEST = (5000, 100) if LONG else (500, 30)
SECONDS = 900 if LONG else 16
SEED = int(os.environ.get('CHATWS_SEED', '0')) or random.randrange(1 << 30)
CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off',
                   'ChatHistory 100000 1h')
          + location('/strict', 'Chat rooms', 'ChatHistory 100 1h',
                     'ChatSlowClient 2s')
          + location('/chat-status', 'Chat status') + 'ChatDrain 1s\n')
SIZES = ('StartServers 2\nServerLimit 6\nThreadsPerChild 25\n'
         'MinSpareThreads 25\nMaxSpareThreads 150\nMaxRequestWorkers 150\n')


def figures(server):
    """Event itself may accept nothing for half a minute after many connections
    have ended at once, also without the chat."""
    return server.get('/chat-status?format=json', timeout=60).json()


def drive(step, seconds, what):
    """Calls step() until it is true; the sockets are what it waits for."""
    deadline = deadline_after(seconds)
    while not step():
        assert time.monotonic() < deadline, f'not within {seconds} s: {what}'


class Worst(SwarmClient):
    """Comes back at once, whatever it was told, and has got no cursor."""

    def drop(self):
        ended = self.state != 'closed'
        super().drop()
        self.swarm.refused += ended and self.status == 503
        if ended and self.swarm.storming:
            self.swarm.again.append(self.path)


class Storm(Swarm):
    """A swarm of Worst clients; `tries` counts their connections, `refused`
    those that got a 503."""

    def __init__(self, address):
        super().__init__(address)
        self.storming, self.again = True, []
        self.tries = self.refused = 0

    def begin(self, paths):
        for path in paths:
            self.add(path, kind=Worst)
            self.tries += 1

    def proceed(self):
        """Brings those that have ended back."""
        self.turn(0.001)
        self.clients = [c for c in self.clients if c.state != 'closed']
        for client in [c for c in self.clients if c.state == 'refused']:
            client.drop()
        paths, self.again = self.again, []
        self.begin(paths)

    def __exit__(self, *unused):
        self.storming = False
        super().__exit__()


@pytest.mark.alone
@pytest.mark.children_die
@pytest.mark.parametrize('cut', ['graceful', in_soak('restart'), 'kill'])
def test_x13_reconnect_storm(cut):
    """All come back at once, most of them as badly as they can: those who wait
    as they were told are in again within 30 s, and lose nothing."""
    with Httpd(sizes=SIZES, config=CONFIG) as server, \
            Storm(server.address()) as storm, \
            Swarm(server.address()) as swarm:
        server.allow('exit signal|CW0303|AH00(45|52)|refused .* with 503')
        crowd = Crowd(swarm, HONEST, '/chat/honest', random.Random(SEED))
        crowd.greet()
        paths = [f'/chat/w{n % 20}' for n in range(WORST)]
        for first in range(0, WORST, 100):
            storm.begin(paths[first:first + 100])
            wanted = min(first + 100, WORST)
            drive(lambda n=wanted: storm.proceed()
                  or storm.open_count() >= n, 30, 'all are in')
        talk = Talk(crowd, 20, 100)
        before = storm.tries
        end_children(server, cut)
        begun = time.monotonic()

        def back():
            storm.proceed()
            talk.proceed(crowd.turn(0))
            return all(m.ready() and (m.closes or m.lost)
                       for m in crowd.members)
        drive(back, 30, 'the honest are back')
        honest = time.monotonic() - begun
        assert honest < at_most(30)
        drive(lambda: back() and storm.open_count() == WORST
              and storm.tries >= before + WORST and talk.over(), 60,
              'the others too')
        tries = storm.tries - before
        print(f'{cut}: honest back after {honest:.1f} s, all after '
              f'{time.monotonic() - begun:.1f} s, {tries} tries, seed {SEED}')
        storm.storming = False
        crowd.settle(30)
        spoken = crowd.spoken()
        for member in crowd.members:
            check_account(member.account, spoken)
        assert server.get('/alive.txt').status == 200


def end_children(server, cut):
    """Ends every connection of the server, in one of three ways."""
    if cut == 'kill':
        for pid in server.children():
            os.kill(pid, signal.SIGKILL)
    else:
        server.change()  # or the first of these would end none
        server.process.send_signal(signal.SIGUSR1 if cut == 'graceful'
                                   else signal.SIGHUP)


@pytest.mark.alone
def test_x13_refusals_are_cheap():
    """Nobody else fits in, and they try again without a pause: those who are
    in do not notice, and a refusal costs less than a millisecond."""
    config = f'ChatMaxConnections {HONEST}\n' + CONFIG
    with Httpd(sizes='StartServers 1\nServerLimit 1\nThreadsPerChild 25\n'
               'MinSpareThreads 5\nMaxSpareThreads 25\n'
               'MaxRequestWorkers 25\n', config=config) as server, \
            Storm(server.address()) as storm, \
            Swarm(server.address()) as swarm:
        server.allow('refused .* with 503|AH00484')
        crowd = Crowd(swarm, HONEST, '/chat/honest', random.Random(SEED))
        crowd.greet()
        cpu = server.cpu()
        storm.begin(['/chat/w1'] * 100)
        talk = Talk(crowd, 20, 100)

        def said():
            storm.proceed()
            talk.proceed(crowd.turn(0))
            return talk.over() and storm.refused > 100
        drive(said, 30, 'all is said, and many are refused')
        used, refused = server.cpu() - cpu, storm.refused
        storm.storming = False
        storm.drop_all()
        print(f'{refused} refusals, {used:.2f} s of CPU')
        crowd.settle(30)
        assert not any(m.lost or m.refused for m in crowd.members)
        assert used / refused < (0.001 if LONG else 0.004)


# X14: what each kind of hostile visitor does with one connection.

def upgraded(server, path='/strict/lobby'):
    """A socket that is a WebSocket; the 101 has been read."""
    client = RawClient(server.address(), timeout=3)
    client.send(handshake_bytes(path, server.host(), new_key()))
    client.read_head()
    return client


def junk_frames(server, dice):
    client = upgraded(server)
    client.send(bytes(dice.randrange(256) for _ in range(200)))
    client.read_eof(3)


def junk_commands(server, dice):
    client = upgraded(server)
    for text in (b'[' * 5000, b'{"type":"message"', b'\xff\xfe', b'{}' * 50,
                 b'{"type":"message","text":"' + b'x' * 9000 + b'"}'):
        client.send(encode_frame(1, text))
    client.send(encode_frame(8, b'\x03\xe8'))
    client.read_eof(3)


def unfinished(server, dice):
    frame = encode_frame(1, b'x' * 60000)
    client = upgraded(server)
    client.send(frame[:dice.randrange(1, len(frame))])
    return client


def flood(server, dice):
    client = upgraded(server)
    client.send(encode_frame(1, b'{"type":"message","text":"flood"}') * 500)
    return client


def pings(server, dice):
    client = upgraded(server)
    client.send(encode_frame(9, b'x' * 100) * 200)
    return client


def never_reads(server, dice):
    client = RawClient(server.address(), timeout=3, rcvbuf=4096)
    client.send(handshake_bytes('/chat/honest', server.host(), new_key()))
    return client


def bad_requests(server, dice):
    for head in ('GET /chat/x HTTP/2.0\r\nUpgrade: websocket\r\n',
                 'GET /chat/x?after=oops HTTP/1.1\r\n',
                 'PUT /chat/x HTTP/1.1\r\n', 'GET /chat/%00 HTTP/1.1\r\n',
                 'GET /chat/x HTTP/1.1\r\nOrigin: http://evil.test\r\n'
                 'Upgrade: websocket\r\nConnection: Upgrade\r\n'):
        with RawClient(server.address(), timeout=3) as client:
            client.send((f'{head}Host: {server.host()}\r\n'
                         'Connection: close\r\n\r\n').encode())
            client.read_eof(3)


def new_rooms(server, dice):
    for _ in range(20):
        server.post(f'/chat/n{dice.randrange(1 << 40)}', 'x', 'text/plain')


def streams(server, dice):
    client = RawClient(server.address(), timeout=3)
    client.send(f'GET /strict/lobby HTTP/1.1\r\nHost: {server.host()}\r\n'
                'Accept: text/event-stream\r\n\r\n'.encode())
    return client


def lingering(server, dice):
    client = RawClient(server.address(), timeout=3)
    client.send(f'GET /alive.txt HTTP/1.1\r\nHost: {server.host()}\r\n'
                'Connection: close\r\n\r\n'.encode())
    return client


def resets(server, dice):
    upgraded(server).reset()


KINDS = (junk_frames, junk_commands, unfinished, flood, pings, never_reads,
         bad_requests, new_rooms, streams, lingering, resets)


def megabytes(server, before):
    """The children's memory; `before` when one of them ends just now."""
    try:
        return server.pss() >> 20
    except OSError:
        return before


class Hostile(threading.Thread):
    """Does all of that in a random order until it is told to end."""

    def __init__(self, server, seed):
        super().__init__(daemon=True)
        self.server, self.dice = server, random.Random(seed)
        self.ended, self.open, self.done = False, [], dict.fromkeys(KINDS, 0)

    def run(self):
        while not self.ended:
            kind = self.dice.choice(KINDS)
            try:
                client = kind(self.server, self.dice)
            except (OSError, AssertionError):
                client = None  # cut off, as it deserves, or restarting
            self.done[kind] += 1
            if client:
                self.open.append(client)
            while len(self.open) > 300 or (self.ended and self.open):
                self.open.pop(0).disconnect()

    def stop(self):
        self.ended = True
        self.join(120)
        assert not self.is_alive()
        for client in self.open:
            client.disconnect()


def done_by(hostile):
    """How often each kind was done."""
    return {kind.__name__: sum(thread.done[kind] for thread in hostile)
            for kind in KINDS}


@pytest.mark.children_die
@pytest.mark.parametrize('mpm', ['event', in_soak('prefork')])
def test_x14_hostile_mix(mpm):
    """Honest members talk, some connections are cut, httpd is restarted, and
    hostile visitors do what they can: nobody honest loses anything, memory and
    descriptors come back, the log is clean."""
    sizes = SIZES if mpm == 'event' else \
        'StartServers 8\nMinSpareServers 4\nMaxSpareServers 12\n' \
        'ServerLimit 24\nMaxRequestWorkers 24\n'
    dice = random.Random(SEED)
    print('seed', SEED)
    with Httpd(mpm=mpm, sizes=sizes, config=CONFIG) as server, \
            Swarm(server.address()) as swarm:
        server.allow('refused .* with 50|CW0(302|304|631|634)|exit signal|'
                     'CW0303|AH00(045|052|161|484|485)|AH10159')
        crowd = Crowd(swarm, 20, '/chat/honest', dice, away=0.5)
        crowd.greet()
        talk = Talk(crowd, 30, 30 * SECONDS)
        hostile = [Hostile(server, SEED + n) for n in range(2)]
        for thread in hostile:
            thread.start()
        sizes, steps = [], iter(range(SECONDS // 8, SECONDS, SECONDS // 8))
        due = next(steps)
        while not talk.over():
            now = crowd.turn()
            talk.proceed(now)
            if now - talk.begun >= due:
                due = next(steps, 1e9)
                sizes.append(megabytes(server, sizes[-1] if sizes else 0))
                dice.choice(crowd.members).cut('reset')
                if len(sizes) in (3, 6):
                    server.process.send_signal(signal.SIGUSR1)
        crowd.run(lambda: all(done_by(hostile).values()), 30, 'each was done')
        for thread in hostile:
            thread.stop()
        crowd.settle(60)
        spoken = crowd.spoken()
        assert len(spoken) == talk.total
        for member in crowd.members:
            check_account(member.account, spoken)
        print(f'{mpm}: MB {sizes}, {done_by(hostile)}')
        assert sizes[-1] < sizes[0] + 200
        drive(lambda: crowd.turn() and figures(server)['connections']
              <= len(crowd.members), 40, 'the hostile are gone')
        assert server.get('/alive.txt').status == 200
