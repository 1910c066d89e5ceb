"""The recipes of docs/SCALING.md, as they stand there, with a real HAProxy and
a real nginx in front of two hosts: no client stays with one host, and one that
dies costs nobody a message."""
import os
import random
import re
import signal
import subprocess
import time

import pytest

from harness import (Crowd, Hopper, RawClient, Talk, check_account,
                     deadline_after, head_bytes, location, order, wait_until)
from harness.hosts import KILLED, TROUBLE, Hosts
from harness.paths import SOURCE, free_port
from harness.redis import Redis
from harness.swarm import Swarm

MESSAGES, RATE, CLIENTS = 400, 60, 16
ROOM = '/chat/lobby'
BALANCERS = (502, 503, 504)
PROXY = 'RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1\n'
CONFIG = PROXY + location('/chat', 'Chat rooms', 'ChatRate off',
                          'ChatAddressRate off', 'ChatHistory 5000')


def recipe(name):
    """The block of code below a line that is this name."""
    text = (SOURCE / 'docs' / 'SCALING.md').read_text()
    return re.search(rf'^{name}:\n\n```\w+\n(.*?)^```$', text,
                     re.M | re.S).group(1)


class Front:
    """The balancer in front of the hosts, with the recipe's configuration but
    for addresses, and what a test must not share with the machine."""

    def __init__(self, name, hosts, folder):
        self.name, self.folder = name, folder
        self.port = free_port()
        text = recipe(name)
        for number, host in enumerate(hosts, 1):
            assert f'192.0.2.{number}:80' in text
            text = text.replace(f'192.0.2.{number}:80',
                                f'127.0.0.1:{host.port}')
        self.command = getattr(self, '_' + name.lower())(text)
        self.process = None

    def _haproxy(self, text):
        path = self.folder / 'haproxy.cfg'
        path.write_text(text.replace('bind :80',
                                     f'bind 127.0.0.1:{self.port}'))
        return ['haproxy', '-db', '-f', str(path)]

    def _nginx(self, text):
        text = text.replace('listen 80', f'listen 127.0.0.1:{self.port}')
        user = 'user root;' if os.getuid() == 0 else ''
        folder = self.folder
        temporary = ''.join(
            f'{name}_temp_path {folder}/{name};\n' for name in
            ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        path = folder / 'nginx.conf'
        path.write_text(
            f'{user}\ndaemon off;\npid {folder}/pid;\n'
            f'error_log {folder}/error.log;\nevents {{ }}\n'
            f'http {{\naccess_log off;\n{temporary}{text}}}\n')
        return ['nginx', '-p', str(folder), '-c', str(path), '-e',
                str(folder / 'error.log')]

    def __enter__(self):
        with open(self.folder / 'front.log', 'ab') as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, start_new_session=True)
        return self

    def address(self):
        return ('127.0.0.1', self.port)

    def __exit__(self, *unused):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


class Behind(Hopper):
    """A balancer says 502 or the like when a host dies under a request: then
    it is sent again."""

    def posted(self, ref, client):
        if client.status in BALANCERS:
            self._post(self.pending[ref], ref)
        else:
            super().posted(ref, client)

    def _take_answer(self, now):
        if self.client.status in BALANCERS:
            self.ended(now)
        else:
            super()._take_answer(now)


def greets(front, path=ROOM):
    """Whether the chat can be reached through it."""
    with Swarm(front.address()) as swarm:
        client = swarm.add(path)
        swarm.run(lambda: client.count('hello') or client.state in (
            'closed', 'refused'), 10, 'an answer')
        return client.count('hello') == 1


@pytest.mark.children_die
@pytest.mark.parametrize('name', ['HAProxy', 'nginx'])
def test_in_front_of_two_hosts(name, tmp_path):
    dice = random.Random(7)
    with Redis() as redis, Hosts(redis, 2, CONFIG,
                                 modules=('remoteip',)) as hosts, \
            Front(name, hosts, tmp_path) as front:
        hosts.allow(f'{TROUBLE}|{KILLED}|CW0303')
        wait_until(lambda: greets(front), 20, f'{name} passes it on')
        with Swarm(front.address()) as swarm:
            crowd = Crowd(swarm, CLIENTS, ROOM, dice, kind=Behind)
            crowd.greet()
            talk(crowd, dice, hosts)
            crowd.settle(60)
        spoken = crowd.spoken()
        assert len(spoken) == MESSAGES
        for member in crowd.members:
            check_account(member.account, spoken)
        served = [len(host.access_entries()) for host in hosts]
        print(f'{name}: requests of each host {served}')
        assert min(served) > CLIENTS, 'one host has done it all'
        stream, = redis.streams().values()
        assert sorted(stream, key=order) == [i for i, _ in spoken]


def talk(crowd, dice, hosts):
    """All speak, some are cut now and then, and in the middle of it one host
    dies."""
    talk, killed = Talk(crowd, RATE, MESSAGES), False
    deadline = deadline_after(300)
    while not talk.over():
        now = crowd.turn()
        talk.proceed(now)
        assert now < deadline, crowd.state()
        if dice.random() < 0.02:
            dice.choice(crowd.members).cut('reset')
        if talk.said > MESSAGES // 2 and not killed:
            hosts.kill_host(0, back=False)
            killed = True
    assert killed


@pytest.mark.parametrize('name', ['HAProxy', 'nginx'])
def test_readers_read_on_while_redis_is_away(name, tmp_path):
    """Long enough for the balancer to take out whom it takes for dead."""
    with Redis() as redis, Hosts(redis, 2, CONFIG,
                                 modules=('remoteip',)) as hosts, \
            Front(name, hosts, tmp_path) as front:
        hosts.allow(TROUBLE)
        for host in hosts:
            assert host.post(ROOM, 'x', 'text/plain').status == 201
        wait_until(lambda: greets(front), 20, f'{name} passes it on')
        redis.kill()
        end = time.monotonic() + 8
        while time.monotonic() < end:
            assert greets(front)
            with RawClient(front.address()) as client:
                client.send(head_bytes('GET', '/chat/other', 'localhost'))
                assert client.read_head().status == 503
