"""A graceful restart that nobody notices: plain connections go from the old
children to the new ones, open as they are.

CHATWS_LONG=1 runs the long form.
"""
import random
import signal
import time

import pytest

from harness import (LONG, Crowd, Httpd, Swarm, Talk, check_account,
                     deadline_after, location)
from harness.address import figures

ROOM = '/chat/busy'
# Those that are told to come back take their time: who is gone before that was
# moved.
DRAIN = 60
CONFIG = (f'ChatDrain {DRAIN}s 1/s\n'
          + location('/chat', 'Chat rooms', 'ChatRate off',
                     'ChatHistory 20000 1h')
          + location('/status', 'Chat status')
          + location('/echo', 'Chat echo'))


def gone(server, pids):
    return not set(pids) & set(server.children())


@pytest.mark.children_die
@pytest.mark.parametrize('mpm', ['event', 'worker', 'prefork'])
def test_nobody_notices(mpm):
    clients = 50 if mpm == 'prefork' else 1000 if LONG else 200
    rounds = 50 if LONG else 3
    with Httpd(mpm=mpm, config=CONFIG) as server, \
            Swarm(server.address()) as swarm:
        crowd = Crowd(swarm, clients, ROOM, random.Random(7))
        crowd.greet()
        talk = Talk(crowd, 20, 1 << 30, padding=100)

        def run(condition, seconds, what):
            deadline = deadline_after(seconds)
            while not condition():
                now = crowd.turn()
                talk.proceed(now)
                assert now < deadline, f'{what}: {crowd.state()}'

        for _ in range(rounds):
            old = server.children()
            begun = time.monotonic()
            said = talk.said
            server.process.send_signal(signal.SIGUSR1)
            run(lambda old=old: gone(server, old), DRAIN / 2,
                'the old children end')
            print(f'{time.monotonic() - begun:.2f} s')
            run(lambda said=said: talk.said > said + 30, 60, "it goes on")
        crowd.settle(60)
        spoken = crowd.spoken()
        for member in crowd.members:
            assert check_account(member.account, spoken) == 0
            assert member.byes == [] and member.closes == []
            assert len(member.tries) == 1 and member.lost == 0
        assert figures(server)['moved_total'] == clients * rounds
