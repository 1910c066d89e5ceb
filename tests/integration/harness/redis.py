"""Redis servers of the tests' own, in a folder of their own, on loopback and a
unix socket, and a Sentinel that watches over two of them.

    with Redis() as redis:
        config = redis.directive()

None of the machine's services is used, nothing is left behind, and what is
written survives kill -9: the file of commands is written before an answer.
"""
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import redis as binding

from .paths import free_port
from .proc import wait_until

STARTING = 30  # seconds, on a slow machine with much to do


class _Server:
    """A process with a folder and a port, which is ended by its pid only."""

    program = 'redis-server'
    mode = ()

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix='chatws-redis-'))
        self.folder.chmod(0o755)
        self.port = free_port()
        self.process = None

    def _launch(self):
        with open(self.folder / 'server.log', 'ab') as log:
            self.process = subprocess.Popen(
                [self.program, str(self.folder / 'server.conf'), *self.mode],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self.folder, start_new_session=True)

    def start(self, wait=True):
        """Starts it; `wait` until it answers and has loaded its data."""
        self.write_config()
        self._launch()
        if wait:
            wait_until(self._answers, STARTING, f'{self.program} answers')
        return self

    def _answers(self):
        assert self.process.poll() is None, \
            (self.folder / 'server.log').read_text()[-2000:]
        try:
            with self.client() as client:
                return client.ping()
        except (binding.ConnectionError, binding.TimeoutError):
            return False

    def _signal(self, number):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self):
        """Ends it as a power cut of its host does."""
        self._signal(signal.SIGKILL)
        if self.process:
            self.process.wait(STARTING)

    def freeze(self):
        """The kernel takes what it is sent, and it says nothing more."""
        self._signal(signal.SIGSTOP)

    def thaw(self):
        self._signal(signal.SIGCONT)

    def stop(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *unused):
        self.stop()


class Redis(_Server):
    """One redis-server.

    config    {directive: value} of redis.conf
    password  what the clients have to say, or None
    of        the Redis of which this one is a replica"""

    def __init__(self, config=None, password=None, of=None):
        super().__init__()
        self.password = password
        self.socket = self.folder / 'socket'
        self.config = {'appendonly': 'yes', 'appendfsync': 'no', 'save': '""',
                       'databases': '16', **(config or {})}
        if of:
            self.config['replicaof'] = f'127.0.0.1 {of.port}'
            self.config['repl-diskless-sync-delay'] = '0'

    def write_config(self):
        told = {'bind': '127.0.0.1', 'port': self.port,
                'unixsocket': self.socket, 'unixsocketperm': '777',
                'dir': self.folder, **self.config}
        if self.password:
            told['requirepass'] = told['masterauth'] = self.password
            self.write_password()
        (self.folder / 'server.conf').write_text(
            ''.join(f'{name} {value}\n' for name, value in told.items()))

    def write_password(self):
        """Into the file that directive() names."""
        path = self.folder / 'password'
        path.touch(mode=0o600)
        path.write_text(self.password + '\n')

    def client(self, timeout=20.0):
        """A connection of the tests' own; answers are texts."""
        return binding.Redis('127.0.0.1', self.port, password=self.password,
                             socket_timeout=timeout, decode_responses=True)

    def ask(self, *words):
        """The answer to one command."""
        with self.client() as client:
            return client.execute_command(*words)

    def directive(self, *more, port=None, unix=False):
        """The line for httpd; `port` is that of a proxy in front."""
        words = [f'unix:{self.socket}' if unix else
                 f'redis://127.0.0.1:{port or self.port}', *more]
        if self.password:
            words.append(f'password={self.folder / "password"}')
        return f'ChatRedis {" ".join(words)}\n'

    def restart(self, empty=False, wait=True):
        """kill -9 and start again, with its data or `empty`."""
        self.kill()
        if empty:
            self._forget('appendonly')
        return self.start(wait)

    def _forget(self, name):
        """What was written: a file, or since Redis 7 a folder."""
        (self.folder / f'{name}.aof').unlink(missing_ok=True)
        shutil.rmtree(self.folder / f'{name}dir', ignore_errors=True)

    def snapshot(self):
        """What put_back() brings back."""
        self.kill()
        self._forget('aside')
        subprocess.run('cp -a appendonly.aof aside.aof 2>&- || '
                       'cp -a appendonlydir asidedir', shell=True, check=True,
                       cwd=self.folder)
        self.start()

    def put_back(self):
        """It starts with the data that it had at the snapshot."""
        self.kill()
        self._forget('appendonly')
        subprocess.run('mv aside.aof appendonly.aof 2>&- || '
                       'mv asidedir appendonlydir', shell=True, check=True,
                       cwd=self.folder)
        self.start()

    def pause(self, seconds):
        """CLIENT PAUSE: it takes commands, and answers them later."""
        self.ask('CLIENT', 'PAUSE', int(seconds * 1000), 'ALL')

    def rotate(self, password):
        """Another password; who is connected has to say it again. The file
        that directive() names keeps the old one."""
        self.ask('CONFIG', 'SET', 'requirepass', password)
        self.password = password
        self.disconnect()

    def disconnect(self, kind=None):
        """Ends the connections of all others, or those of one `kind`."""
        for each in [kind] if kind else ['normal', 'pubsub']:
            self.ask('CLIENT', 'KILL', 'TYPE', each, 'SKIPME', 'yes')

    def streams(self, prefix='chatws:'):
        """{name of a room's stream: the ids in it, in order}."""
        with self.client() as client:
            return {name: [entry for entry, _ in client.xrange(name)]
                    for name in client.scan_iter(f'{prefix}*:log', 1000)}

    def everything(self):
        """All keys and values as one text."""
        with self.client() as client:
            return '\n'.join(f'{name} {_value(client, name)}'
                             for name in client.scan_iter('*', 1000))


def _value(client, name):
    kind = client.type(name)
    if kind == 'none':
        return ''
    return {'string': client.get, 'hash': client.hgetall,
            'stream': client.xrange, 'set': client.smembers,
            'zset': lambda key: client.zrange(key, 0, -1),
            'list': lambda key: client.lrange(key, 0, -1)}[kind](name)


class Sentinel(_Server):
    """A master `main`, its replica, and the Sentinel that promotes it."""

    mode = ('--sentinel',)

    def __init__(self, config=None):
        super().__init__()
        self.main = Redis(config)
        self.replica = Redis(config, of=self.main)

    def start(self, wait=True):
        self.main.start()
        self.replica.start()
        wait_until(self._synced, STARTING, 'the replica has all')
        super().start(wait)
        return self

    def _synced(self):
        with self.replica.client() as client:
            return client.info('replication')['master_link_status'] == 'up'

    def write_config(self):
        watch = 'sentinel {} chat {}\n'
        (self.folder / 'server.conf').write_text(
            f'bind 127.0.0.1\nport {self.port}\ndir {self.folder}\n' +
            watch.format('monitor', f'127.0.0.1 {self.main.port} 1') +
            watch.format('down-after-milliseconds', 500) +
            watch.format('failover-timeout', 2000))

    def client(self, timeout=20.0):
        return binding.Redis('127.0.0.1', self.port, socket_timeout=timeout,
                             decode_responses=True)

    def directive(self, *more):
        words = [f'redis://127.0.0.1:{self.port}', 'sentinel=chat', *more]
        return f'ChatRedis {" ".join(words)}\n'

    def master(self):
        """The Redis that Sentinel names as the master just now."""
        with self.client() as client:
            _, port = client.execute_command(
                'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'chat')
        return self.main if int(port) == self.main.port else self.replica

    def wait_failover(self, seconds=STARTING):
        """Until the replica is the master."""
        def promoted():
            if self.master() is not self.replica:
                return False
            with self.replica.client() as client:
                return client.info('replication')['role'] == 'master'
        wait_until(promoted, seconds, 'the replica is the master')

    def stop(self):
        super().stop()
        self.replica.stop()
        self.main.stop()
