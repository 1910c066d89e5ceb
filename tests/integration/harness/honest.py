"""An honest member, and how it fares while somebody else does something.

    with Honest(server, '/chat/lobby') as honest:
        figures = honest.measure(5)
    print(figures)

It says a short message some fifty times a second and hears it; the time in
between is what a user feels."""
import time

from .wire import TEXT

STATUS = '/chat-status?format=json'


class Figures:
    """What was measured: milliseconds from saying to hearing, resident bytes
    of the children (the most in the time), counters that have changed."""

    def __init__(self, times, rss, counters):
        self.times, self.rss, self.counters = sorted(times), rss, counters

    def at(self, part):
        """The time within which this part of the messages were heard."""
        return self.times[min(len(self.times) - 1,
                              int(part * len(self.times)))]

    @property
    def p50(self):
        return self.at(0.5)

    @property
    def p99(self):
        return self.at(0.99)

    def __str__(self):
        changed = ' '.join(f'{name}={value}' for name, value
                           in sorted(self.counters.items()))
        return (f'{len(self.times)} messages: p50 {self.p50:.1f} ms, '
                f'p99 {self.p99:.1f} ms, worst {self.times[-1]:.1f} ms; '
                f'RSS {self.rss / 1e6:.1f} MB; {changed}')


def counters(server, path=STATUS):
    """The server's own counters (a location with `Chat status`)."""
    answer = server.get(path, timeout=60).json()
    return {name: value for name, value in answer.items()
            if name.endswith('_total') and 'bytes' not in name
            and 'packets' not in name and 'requests' not in name}


class Honest:
    """A member of `room`; use as a context manager."""

    def __init__(self, server, room, pause=0.02, status=STATUS, **options):
        self.server, self.pause, self.status = server, pause, status
        self.client = server.ws(f'{room}?history=0', timeout=60, **options)
        self.client.recv_event('hello')
        self.number = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.client.disconnect()

    def once(self):
        """Seconds until one's own message is heard."""
        self.number += 1
        text = f'honest {self.number}'
        start = time.monotonic()
        self.client.say(text)
        while True:
            opcode, payload = self.client.recv_message()
            assert opcode == TEXT, f'{opcode} {payload!r}'
            if text.encode() in payload and b'"message"' in payload:
                return time.monotonic() - start

    def measure(self, seconds, least=100):
        """Talks for so long, and at least so many messages."""
        before = counters(self.server, self.status)
        times, rss = [], self.server.rss()
        end = time.monotonic() + seconds
        while time.monotonic() < end or len(times) < least:
            times.append(1000 * self.once())
            if len(times) % 10 == 0:
                rss = max(rss, self.server.rss())
            time.sleep(self.pause)
        after = counters(self.server, self.status)
        return Figures(times, rss, {
            name: after[name] - before[name] for name in after
            if after[name] != before.get(name)})
