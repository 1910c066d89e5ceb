"""What it costs that several hosts are one chat: a thousand rooms with a reader
on one host, and those who speak on another, through one Redis; beside one host
without it, and nginx with nchan, which can do the same.

CPU is measured over the middle of a run at a fixed rate, from /proc, and so
are the scripts that Redis ran: both store a message by scripts.
"""
import contextlib
import statistics
import subprocess
import threading
import time

import peers
from harness import child_pids, cpu_seconds, wait_until
from harness.redis import Redis

ROOMS = 1000
RATE = 1000         # messages a second where it is not the most possible
WINDOW = 512        # messages under way at the most possible
DRAIN = 3           # seconds that wsload waits at the end
SIZE = 100
INFLIGHT = 8        # handshakes at a time: a new room waits for Redis
COMING = 2000       # members of rooms of 20, who come and go
ROUND_TRIPS = ('evalsha', 'eval', 'wait')   # what a message makes hosts ask


class Watch(threading.Thread):
    """Looks at the processes and at Redis four times a second."""

    def __init__(self, pids, redis):
        super().__init__(daemon=True)
        self.pids, self.redis = pids, redis
        self.seen, self.over = [], threading.Event()

    def look(self):
        commands = cpu = 0
        if self.redis:
            with self.redis.client() as client:
                stats = client.info('commandstats')
            commands = sum(stats[f'cmdstat_{name}']['calls']
                           for name in ROUND_TRIPS
                           if f'cmdstat_{name}' in stats)
            cpu = cpu_seconds(self.redis.process.pid)
        spent = sum(cpu_seconds(each) for pid in self.pids
                    for each in [pid, *child_pids(pid)])
        return time.monotonic(), spent, cpu, commands

    def run(self):
        while not self.over.wait(0.25):
            with contextlib.suppress(OSError):  # a child has just ended
                self.seen.append(self.look())

    def between(self, seconds):
        """What was used for each message in the middle of the run that has
        just ended: us of the servers, us of Redis, commands."""
        self.over.set()
        self.join()
        end = self.seen[-1][0] - DRAIN - 0.5
        middle = [row for row in self.seen if end - seconds + 1 < row[0] < end]
        first, last = middle[0], middle[-1]
        messages = RATE * (last[0] - first[0])
        return [(last[1] - first[1]) / messages * 1e6,
                (last[2] - first[2]) / messages * 1e6,
                (last[3] - first[3]) / messages]


@contextlib.contextmanager
def held(program, peer):
    """A third host, that has all the rooms too."""
    holder = subprocess.Popen(
        [str(program), 'idle', '--url', peer.room_url(), '--clients',
         str(ROOMS), '--members', '1', '--hold', '600', '--quiet',
         '--inflight', str(INFLIGHT),
         *peer.arguments()], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        holder.terminate()
        holder.wait(20)


def load(run, peer, speaker, seconds, *more):
    """One reader in each room, and one who speaks by another connection."""
    return run('fanout', peer.room_url(), peer.pid, '--clients', ROOMS,
               '--members', 1, '--publish', 'ws', '--publishers', ROOMS,
               '--pub-url', speaker.room_url(), '--size', SIZE, '--drain',
               DRAIN, '--duration', seconds, '--inflight', INFLIGHT,
               *peer.arguments(), *more)


def presence(run, peer, redis):
    """What Redis does for each member who comes and goes: us."""
    with redis.client() as client:
        before = cpu_seconds(redis.process.pid)
        run('idle', peer.room_url(), peer.pid, '--clients', COMING,
            '--members', 20, '--settle', 2, '--hold', 1,
            '--inflight', INFLIGHT, *peer.arguments())
        wait_until(lambda: not list(client.scan_iter('*:people', 1000)), 60,
                   'all have left')
        if not client.exists('chatws:secret'):  # nobody uses it
            return 0
    return (cpu_seconds(redis.process.pid) - before) / COMING * 1e6


def figures(run, program, made, redis, seconds):
    """The row of one set-up: readers on the first, speakers on the last."""
    people = presence(run, made[0], redis) \
        if isinstance(made[0], peers.Chat) else 0
    with contextlib.ExitStack() as stack:
        for third in made[1:-1]:
            stack.enter_context(held(program, third))
        watch = Watch([peer.pid for peer in made], redis)
        watch.start()
        paced = load(run, made[0], made[-1], seconds, '--rate', RATE)
        cost = watch.between(seconds)
        most = load(run, made[0], made[-1], seconds, '--rate', 0, '--window',
                    WINDOW)
    return [paced['latency_us']['p50'] / 1000,
            paced['latency_us']['p99'] / 1000, *cost, most['sent_per_s'],
            people]


def chat(count):
    """Hosts with mod_chatws; 0: one without Redis."""
    def make(redis):
        return [peers.Chat(redis.directive()) for _ in range(count)] \
            if count else [peers.Chat()]
    return make


def nchan(count):
    def make(redis):
        return [peers.Nchan(redis.port) for _ in range(count)] \
            if count else [peers.Nchan()]
    return make


COLUMNS = {'alone': chat(0), '1 host': chat(1), '2 hosts': chat(2),
           '3 hosts': chat(3), 'nchan': nchan(0), '1 nginx': nchan(1),
           '2 nginx': nchan(2)}
ROWS = (f'{ROOMS:,} rooms, {RATE:,}/s: p50 latency, ms', '    p99, ms',
        '    us of CPU per message, all httpd', '    us of CPU of Redis',
        '    scripts that Redis ran', 'as fast as possible: messages/s')


def measure(run, program, make, seconds):
    with Redis() as redis, contextlib.ExitStack() as stack:
        made = make(redis)
        for peer in made:
            stack.callback(peer.stop)
        return figures(run, program, made, redis, seconds)


def show(run, options, program):
    rows = {name: [] for name in COLUMNS}
    for _ in range(options.repeat):
        for name, make in COLUMNS.items():
            rows[name].append(measure(run, program, make, options.seconds))
    print(f'{"":40}' + ''.join(f'{name:>10}' for name in COLUMNS))
    for number, what in enumerate(ROWS):
        print(f'{what:40}' + ''.join(
            f'{statistics.median(row[number] for row in rows[name]):10.2f}'
            for name in COLUMNS), flush=True)
