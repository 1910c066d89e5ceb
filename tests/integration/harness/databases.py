"""Databases of the tests' own: a SQLite file, and PostgreSQL and MariaDB that
are started in a folder of their own, on loopback, with their own data.

    with database('pgsql') as db:
        config = f'ChatArchive {db.driver} "{db.params}"'

None of the machine's services is used, and nothing is left behind. A server
that runs as root would refuse to: it gets the user that its package has made.
"""
import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import sqlite3
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from .paths import free_port
from .proc import child_pids

PAGE = 4096
STARTING = 60  # seconds, on a slow machine with much to do
PASSWORD = 'p' + secrets.token_hex(8)


def _newest(pattern, name):
    found = sorted(Path('/').glob(pattern),
                   key=lambda path: [int(part) if part.isdigit() else 0
                                     for part in path.parts])
    assert found or shutil.which(name), f'{name} is not installed'
    return str(found[-1]) if found else shutil.which(name)


def _demoted(user):
    """What lets a process run as `user` when we are root."""
    if os.getuid() != 0:
        return {}
    account = pwd.getpwnam(user)
    return {'user': account.pw_uid, 'group': account.pw_gid,
            'extra_groups': []}


def _give(folder, user):
    if os.getuid() == 0:
        shutil.chown(folder, user)


WAL_WRITE = re.compile(r'POSIX +ADVISORY +WRITE (\d+) \S+:(\d+) 120 120$',
                       re.M)


def sqlite_writer(file, seconds=0.02):
    """The process that has a transaction open on this file just now, or
    None. It looks for so long, and no longer on a machine with many locks:
    meanwhile nobody says anything."""
    end = time.monotonic() + seconds
    with contextlib.suppress(FileNotFoundError):
        inode = str(os.stat(f'{file}-shm').st_ino)
        while time.monotonic() < end:
            with open('/proc/locks') as locks:
                for pid, number in WAL_WRITE.findall(locks.read()):
                    if number == inode:
                        return int(pid)
    return None


def without_gap(page, first):
    """A page without what is between its cells' numbers and its cells, which is
    no part of the database: in moving cells SQLite itself leaves copies there,
    whatever secure_delete says (docs/ARCHIVE.md)."""
    head = 100 if first else 0
    size = {2: 12, 5: 12, 10: 8, 13: 8}.get(page[head]) \
        if len(page) == PAGE else None
    if size is None:
        return page
    cells, content = struct.unpack('>HH', page[head + 3:head + 7])
    return page[:head + size + 2 * cells] + page[content or 65536:]


def sqlite_bytes(folder):
    """What is in a file and its log, but for the gaps."""
    found = []
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        at, step = (32, 24) if path.name.endswith('-wal') else (0, 0)
        found += [without_gap(data[start + step:start + step + PAGE],
                              start == 0 and not step)
                  for start in range(at, len(data), PAGE + step)]
    return b''.join(found)


class Sqlite:
    """A file; `folder` must be one that httpd's children may write to."""

    driver = 'sqlite3'

    def __init__(self, folder):
        self.file = Path(folder) / 'chat.db'
        self.params = str(self.file)

    def query(self, sql):
        """The rows of a statement, in a connection of its own."""
        with contextlib.closing(sqlite3.connect(self.file, timeout=30)) as db:
            rows = db.execute(sql).fetchall()
            db.commit()
            return rows

    def stop(self):
        pass


class _Server:
    """A server process with a folder and a port."""

    def __init__(self):
        # Not below the test's own folder, which is root's alone.
        self.folder = Path(tempfile.mkdtemp(prefix='chatws-database-'))
        self.folder.chmod(0o755)
        self.port = free_port()
        self.process = None
        self.prepare()
        self.start()

    def start(self):
        """Starts it, and waits until it answers."""
        log = open(self.folder / 'server.log', 'ab')
        with log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=self.folder, start_new_session=True,
                **_demoted(self.user))
        deadline = time.monotonic() + STARTING
        while not self.answers():
            assert self.process.poll() is None and \
                time.monotonic() < deadline, \
                (self.folder / 'server.log').read_text()[-2000:]
            time.sleep(0.05)

    def _signal(self, what):
        """To PostgreSQL's children too, which have groups of their own."""
        for pid in [self.process.pid] + child_pids(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, what)

    def kill(self):
        """Ends it as a power cut does."""
        if self.process and self.process.poll() is None:
            self._signal(signal.SIGKILL)
            self.process.wait(STARTING)

    def pause(self):
        """The kernel takes what it is sent, and it says nothing more."""
        self._signal(signal.SIGSTOP)

    def resume(self):
        self._signal(signal.SIGCONT)

    def stop(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def query(self, sql):
        """The rows of a statement, as texts."""
        result = subprocess.run(self.client() + [sql], check=True, text=True,
                                stdout=subprocess.PIPE, timeout=STARTING)
        return [tuple(line.split('\t')) for line in
                result.stdout.splitlines()]

    def empty(self):
        """As it was made; it starts in seconds, this takes none."""
        self.query(self.anew)

    def answers(self):
        return subprocess.run(self.client() + ['SELECT 1'], text=True,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL,
                              timeout=STARTING).returncode == 0


class Postgresql(_Server):
    driver = 'pgsql'
    user = 'postgres'
    anew = 'DROP SCHEMA public CASCADE; CREATE SCHEMA public'

    def _bin(self, name):
        return _newest(f'usr/lib/postgresql/*/bin/{name}', name)

    @property
    def params(self):
        return (f'host=127.0.0.1 port={self.port} dbname=chat user=chat '
                f'password={PASSWORD}')

    def prepare(self):
        _give(self.folder, self.user)
        secret = self.folder / 'password'
        secret.write_text(PASSWORD)
        _give(secret, self.user)
        subprocess.run([self._bin('initdb'), '-D', self.folder / 'data', '-U',
                        'chat', '-A', 'scram-sha-256', '--pwfile', secret,
                        '-E', 'UTF8', '--locale=C', '--no-sync'],
                       check=True, stdout=subprocess.DEVNULL,
                       cwd=self.folder, **_demoted(self.user))
        self.created = False

    def command(self):
        return [self._bin('postgres'), '-D', self.folder / 'data', '-p',
                str(self.port), '-c', 'listen_addresses=127.0.0.1', '-c',
                'unix_socket_directories=', '-c', 'max_connections=50']

    def stop(self):
        """Killed, it leaves a System V segment, named in its lock file."""
        self.kill()
        lock = self.folder / 'data' / 'postmaster.pid'
        named = lock.read_text().splitlines()[6:7] if lock.exists() else []
        for _key, ident in map(str.split, named):
            subprocess.run(['ipcrm', '-m', ident], check=True)
        super().stop()

    def client(self, name='chat'):
        return ['env', f'PGPASSWORD={PASSWORD}', self._bin('psql'), '-qAtX',
                '-F', '\t', '-h', '127.0.0.1', '-p', str(self.port), '-U',
                'chat', '-d', name, '-c']

    def answers(self):
        if not self.created:
            self.created = subprocess.run(
                self.client('postgres') + ['CREATE DATABASE chat'],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                timeout=STARTING).returncode == 0
        return self.created and super().answers()


class Mariadb(_Server):
    driver = 'mysql'
    user = 'nobody'
    anew = 'DROP DATABASE chat; CREATE DATABASE chat'

    @property
    def params(self):
        return (f'host=127.0.0.1;port={self.port};user=chat;'
                f'pass={PASSWORD};dbname=chat')

    def _server(self):
        return _newest('usr/sbin/mariadbd', 'mariadbd')

    def prepare(self):
        for name in ('data', 'tmp'):
            (self.folder / name).mkdir(exist_ok=True)
            _give(self.folder / name, self.user)
        _give(self.folder, self.user)
        start = self.folder / 'start.sql'
        start.write_text(
            'CREATE DATABASE IF NOT EXISTS chat;\n'
            f"CREATE OR REPLACE USER chat@'%' IDENTIFIED BY '{PASSWORD}';\n"
            "GRANT ALL ON chat.* TO chat@'%';\n")
        start.chmod(0o644)
        tables = (Path('/usr/share/mysql') / name for name in
                  ('mysql_system_tables.sql', 'mysql_system_tables_data.sql'))
        script = 'CREATE DATABASE IF NOT EXISTS mysql;\nUSE mysql;\n' + \
            ''.join(path.read_text() for path in tables)
        subprocess.run([self._server(), '--no-defaults', '--bootstrap',
                        f'--datadir={self.folder}/data',
                        f'--tmpdir={self.folder}/tmp',
                        '--innodb-log-file-size=8M'],
                       input=script, text=True, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       cwd=self.folder, **_demoted(self.user))

    def command(self):
        return [self._server(), '--no-defaults',
                f'--datadir={self.folder}/data',
                f'--tmpdir={self.folder}/tmp',
                f'--socket={self.folder}/sock',
                f'--pid-file={self.folder}/pid', f'--port={self.port}',
                '--bind-address=127.0.0.1', '--skip-name-resolve',
                f'--init-file={self.folder}/start.sql',
                '--innodb-log-file-size=8M', '--innodb-buffer-pool-size=32M']

    def client(self):
        return ['env', f'MYSQL_PWD={PASSWORD}', _newest('usr/bin/mariadb',
                'mariadb'), '--no-defaults', '-NB', '-h', '127.0.0.1', '-P',
                str(self.port), '-u', 'chat', 'chat', '-e']


@contextlib.contextmanager
def database(kind, folder=None):
    """A database of this kind that runs, with nothing in it; `folder` is for
    SQLite's file."""
    made = Sqlite(folder) if kind == 'sqlite3' else \
        {'pgsql': Postgresql, 'mysql': Mariadb}[kind]()
    try:
        yield made
    finally:
        made.stop()
