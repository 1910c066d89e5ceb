"""A graceful restart that nobody notices: plain connections go from the old
children to the new ones, open as they are.

CHATWS_LONG=1 runs the long form.
"""
import os
import random
import signal
import time

import pytest

from harness import (LONG, Crowd, Httpd, Swarm, Talk, check_account,
                     deadline_after, location, wait_until)
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


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def gone(server, pids):
    return not set(pids) & set(server.children())


# The one child of the next generation begins when the old one has ended.
SINGLE = ('ServerLimit 1\nStartServers 1\nThreadsPerChild 25\n'
          'MaxRequestWorkers 25\nMinSpareThreads 1\nMaxSpareThreads 25\n')


@pytest.mark.children_die
@pytest.mark.parametrize('mpm, sizes', [
    ('event', None), ('event', SINGLE), ('worker', None), ('prefork', None)],
    ids=['event', 'single', 'worker', 'prefork'])
def test_nobody_notices(mpm, sizes):
    few = sizes or mpm == 'prefork'
    clients = 50 if few else 1000 if LONG else 200
    rounds = 50 if LONG else 3
    with Httpd(mpm=mpm, config=CONFIG, sizes=sizes) as server, \
            Swarm(server.address()) as swarm:
        server.allow('AH00484|AH03490')  # no child more beside the old one
        crowd = Crowd(swarm, clients, ROOM, random.Random(7))
        crowd.greet()
        talk = Talk(crowd, 20, 1 << 30, padding=100)

        def run(condition, seconds, what):
            deadline = deadline_after(seconds)
            while not condition():
                now = crowd.turn()
                talk.proceed(now)
                assert now < deadline, f'{what}: {crowd.state()}'

        for done in range(1, rounds + 1):
            old = server.children()
            begun = time.monotonic()
            said = talk.said
            server.process.send_signal(signal.SIGUSR1)
            run(lambda old=old: gone(server, old), DRAIN / 2,
                'the old children end')
            print(f'{time.monotonic() - begun:.2f} s')
            # One child leaves the other its share, which begins a second later.
            run(lambda said=said, moved=clients * done: talk.said > said + 30
                and figures(server)['moved_total'] == moved, 60, 'it goes on')
        crowd.settle(60)
        spoken = crowd.spoken()
        for member in crowd.members:
            assert check_account(member.account, spoken) == 0
            assert member.byes == [] and member.closes == []
            assert len(member.tries) == 1 and member.lost == 0


@pytest.mark.skipif(not LONG, reason='30 seconds')
@pytest.mark.children_die
@pytest.mark.parametrize('generation', ['old', 'new'])
def test_killed_in_between(generation):
    """Of the old children, which give, or the new ones, which take: whoever was
    in its hands comes back with its cursor, and nobody is forgotten."""
    rounds, clients = 20, 200
    chance = random.Random(8)
    with Httpd(config=CONFIG) as server, Swarm(server.address()) as swarm:
        server.allow('AH00051|AH00052|AH03490|AH10392')
        crowd = Crowd(swarm, clients, ROOM, random.Random(7))
        crowd.greet()
        talk = Talk(crowd, 20, 1 << 30, padding=100)
        for _ in range(rounds):
            old = set(server.children())
            said = talk.said
            server.process.send_signal(signal.SIGUSR1)
            victims = old if generation == 'old' else wait_until(
                lambda old=old: set(server.children()) - old, 30, 'a child')
            until = time.monotonic() + chance.uniform(0, 0.2)
            while time.monotonic() < until:
                swarm.turn(0)
            for pid in victims & set(server.children()):
                kill(pid)
            until = deadline_after(60)
            while not (talk.said > said + 30
                       and all(m.greeted for m in crowd.members)):
                assert crowd.turn() < until, crowd.state()
                talk.proceed(time.monotonic())
        crowd.settle(60)
        spoken = crowd.spoken()
        for member in crowd.members:
            assert check_account(member.account, spoken) == 0
        lost = sum(m.lost for m in crowd.members)
        print(f'{lost} of {clients * rounds} lost')
