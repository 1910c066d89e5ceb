"""A real httpd for one set of cases: start, watch, stop, a clean log."""
import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from . import config as configs
from . import paths, proc
from .poller import Poller
from .raw import RawClient
from .sse import SseClient
from .wsclient import WsClient

LOG_LINE = re.compile(r'^\[[^\]]+\] \[([a-z0-9_]*):([a-z0-9]+)\] \[pid ')
BAD_LEVELS = ('warn', 'error', 'crit', 'alert', 'emerg')
BAD_WORDS = re.compile(r'exit signal|AddressSanitizer|LeakSanitizer|'
                       r'ThreadSanitizer|runtime error|scoreboard is full|'
                       r'Assertion|base_check|corrupt', re.I)


class HttpdFailure(AssertionError):
    """httpd did not start, did not stop, or wrote what it should not."""


def skip_without(text):
    """Skips a test when httpd refuses its configuration because the module was
    built without a library."""
    found = re.search(r'mod_chatws was built without \S+: install the Debian '
                      r'package \S+', text)
    if found:
        pytest.skip(found[0])


def make_reachable(folder):
    """Lets the server's user walk to `folder`: only directories of ours."""
    folder.chmod(0o755)
    for parent in folder.parents:
        status = parent.stat()
        if status.st_uid != os.getuid() or status.st_mode & 0o001:
            continue
        parent.chmod(status.st_mode | 0o011)


class Httpd:
    """One server. Use as a context manager, or start() and stop().

    config        directives for the main server (inherited by the TLS vhost);
                  @PORT@ and @ROOT@ (the server's folder) are filled in
    vhost_config  directives inside the TLS vhost
    tls           True: a second port, tls_port, with a self-signed certificate
    debian        True: Debian's stock configuration (event MPM)
    modules       names of further modules of httpd to load
    sizes         replaces the MPM's directives
    limits        {'nofile': N, 'as': N}: rlimits of the server
    env           further environment variables
    files         {path below the document root: text}
    chat          False: our module is not loaded
    """

    running = []

    def __init__(self, tmp_path=None, mpm='event', tls=False, config='',
                 debian=False, env=None, modules=(), sizes=None, limits=None,
                 vhost_config='', files=None, chat=True):
        self.own_root = tmp_path is None
        self.root = Path(tmp_path or tempfile.mkdtemp(prefix='chatws-httpd-'))
        make_reachable(self.root)
        self.mpm = 'event' if debian else mpm
        self.tls, self.debian, self.chat = tls, debian, chat
        self.config, self.vhost_config = config, vhost_config
        self.modules, self.sizes, self.limits = modules, sizes, limits or {}
        self.env = dict(env or {})
        self.process = None
        self.port = self.tls_port = None
        # All processes or threads of a small server are busy for a moment:
        # that is a matter of the machine.
        self.allowed = [re.compile('AH(00161|0028[67]|00484|10159): ')]
        if not paths.LONG:      # and they may not have gone in time
            self.allow('AH(00288|00485|03490): ')
        self.checked = self.changes = 0
        for name in ('logs', 'htdocs', 'run'):
            (self.root / name).mkdir(exist_ok=True)
            (self.root / name).chmod(0o755)
        self.write_files({'alive.txt': 'alive\n',
                          'index.html': '<!doctype html><p>index\n'})
        self.write_files(files or {})

    # Starting and stopping

    def write_files(self, files):
        """Writes below the document root, readable for the server."""
        for name, text in files.items():
            path = self.root / 'htdocs' / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.parent.chmod(0o755)
            path.write_text(text)
            path.chmod(0o644)

    def _write_config(self):
        self.port = paths.free_port()
        self.tls_port = paths.free_port() if self.tls else None
        environment = paths.environment()
        text = self.config.replace('@PORT@', str(self.port)) \
            .replace('@ROOT@', str(self.root))
        if self.debian:
            path, extra = configs.debian_config(
                self.root, self.port, self.tls_port, text, self.chat)
            environment.update(extra)
        else:
            path = configs.own_config(
                self.root, self.mpm, self.port, self.tls_port, text,
                self.vhost_config, self.modules, self.chat, self.sizes)
        environment.update(self.env)
        self.config_path, self.environment = path, environment
        return path, environment

    def _limit(self):
        for name, count in self.limits.items():
            number = getattr(resource, f'RLIMIT_{name.upper()}')
            resource.setrlimit(number, (count, count))

    def start(self):
        path, environment = self._write_config()
        with open(self.root / 'logs' / 'error.log', 'ab') as errors:
            self.process = subprocess.Popen(
                [paths.APACHE, '-d', str(self.root), '-f', str(path),
                 '-DFOREGROUND'],
                env=environment, stdin=subprocess.DEVNULL, stdout=errors,
                stderr=errors, start_new_session=True,
                preexec_fn=self._limit if self.limits else None)
        try:
            proc.wait_until(self._answers, 60, 'httpd answers')
        except AssertionError as failure:
            self._kill_group()
            self.process = None
            skip_without(self._tail())
            raise HttpdFailure(f'{failure}\n{self._tail()}') from None
        Httpd.running.append(self)
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise HttpdFailure(f'httpd ended at start\n{self._tail()}')
        try:
            return self.get('/alive.txt', timeout=2).status
        except (OSError, AssertionError):
            return None

    def stop(self, check=True):
        """Stops the server and demands that it went quietly."""
        if self.process is None:
            return
        Httpd.running.remove(self)
        ended = self.process.poll()
        if ended is None:
            self._settle()
            if self._has_silent_clients():
                self.allow('AH0004[56]')
            if not paths.LONG:      # after three seconds: see test_stop
                self.allow('AH00045')
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self._kill_group()
                raise HttpdFailure(
                    f'httpd did not stop\n{self._tail()}') from None
        self._kill_group()
        self.process = None
        if not check:
            return
        if ended is not None:
            raise HttpdFailure(f'httpd ended by itself: {ended}\n'
                               f'{self._tail()}')
        self.check_log()
        if self.own_root:
            shutil.rmtree(self.root, ignore_errors=True)

    def _settle(self):
        """Waits until the children neither start threads nor close sockets:
        httpd's own event MPM crashes when it is stopped at such a moment."""
        history = []

        def quiet():
            history.append([(pid, proc.fd_count(pid), proc.thread_count(pid))
                            for pid in self.children()])
            return len(history) > 4 and history[-5:] == history[-1:] * 5
        deadline = time.monotonic() + 3
        with contextlib.suppress(OSError):
            while not quiet() and time.monotonic() < deadline:
                time.sleep(0.02)

    def _has_silent_clients(self):
        """Somebody has connected and said nothing, as browsers do to be quick
        later. After half a minute Linux gives such a connection to httpd, whose
        thread then waits for a request; when its own event MPM is stopped it
        closes the descriptor under the thread's poll(), which does not end it,
        and the child is killed in the end."""
        ports = ' or '.join(f'sport = :{port}' for port in
                            (self.port, self.tls_port) if port)
        told = subprocess.run(['ss', '-tinHO', 'state', 'established',
                               f'( {ports} )'], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        return any('bytes_received:' not in line
                   for line in told.splitlines())

    def _kill_group(self):
        """Ends what is left of the group that start() made."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        self.stop(check=kind is None)

    # The logs

    def allow(self, pattern):
        """Declares an error log line that this test provokes."""
        self.allowed.append(re.compile(pattern))

    def log_lines(self):
        """The error log; what went to stderr is in it."""
        return self._complete_lines('error.log')

    def _complete_lines(self, name):
        """A log without the line that is just being written."""
        path = self.root / 'logs' / name
        text = path.read_text(errors='replace') if path.exists() else ''
        return text[:text.rfind('\n') + 1].splitlines()

    def bad_lines(self):
        """Lines of the error log that nobody declared, each told once."""
        bad = []
        lines = self.log_lines()
        fresh, self.checked = lines[self.checked:], len(lines)
        for line in fresh:
            form = LOG_LINE.match(line)
            if form and form.group(2) not in BAD_LEVELS and \
                    not BAD_WORDS.search(line):
                continue
            if not any(p.search(line) for p in self.allowed):
                bad.append(line)
        return bad

    def check_log(self):
        bad = self.bad_lines()
        if bad:
            raise HttpdFailure('undeclared lines in the error log:\n' +
                               '\n'.join(bad[:40]))

    def _tail(self):
        return '\n'.join(self.log_lines()[-40:])

    def wait_log(self, pattern, seconds=10.0, count=1):
        """Waits for `count` lines that match; returns them."""
        wanted = re.compile(pattern)

        def enough():
            found = [x for x in self.log_lines() if wanted.search(x)]
            return found if len(found) >= count else None
        return proc.wait_until(enough, seconds, f'log line {pattern!r}')

    def access_lines(self):
        """The access log's lines as they are."""
        return self._complete_lines('access.log')

    def access_entries(self):
        """The access log as dicts with the names of ACCESS_FIELDS (not with
        Debian's configuration)."""
        return [dict(zip(configs.ACCESS_FIELDS, line.split('\t')))
                for line in self.access_lines()]

    def upgrades(self):
        """The pids of the children that have served a 101, one for each."""
        return [entry['pid'] for entry in self.access_entries()
                if entry['status'] == '101']

    # The processes

    def children(self):
        """pids of the children, ascending."""
        return proc.child_pids(self.process.pid)

    def kill_child(self, pid, number=signal.SIGKILL):
        """Kills one child of this server and waits until it is gone."""
        assert pid in self.children()
        os.kill(pid, number)
        proc.wait_until(lambda: pid not in self.children(), 30, 'child gone')

    def graceful(self, seconds=60.0):
        """A graceful restart; returns when the new generation is there, and
        none of the old children accepts any more."""
        ready = 'resuming normal operations'
        before = sum(ready in line for line in self.log_lines())
        old = self.children()
        self.process.send_signal(signal.SIGUSR1)
        proc.wait_until(lambda: sum(
            ready in line for line in self.log_lines()) > before,
            seconds, 'graceful restart')
        if self.mpm != 'prefork':
            proc.wait_until(lambda: not any(map(proc.listens, old)), seconds,
                            'the old children accept no more')

    def change(self):
        """Another configuration from the next restart on, which only makes
        connections of before come back."""
        self.changes += 1
        with self.config_path.open('a') as file:
            file.write(f'ServerAdmin change-{self.changes}@chat.example\n')

    def control(self, command):
        """What apachectl does: the configuration is checked, then the running
        server is told. (exit code, output)."""
        done = subprocess.run(
            [paths.APACHE, '-d', str(self.root), '-f', str(self.config_path),
             '-k', command],
            env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=120, check=False)
        output = done.stdout.decode(errors='replace')
        skip_without(output)
        return done.returncode, output

    def kill_tree(self):
        """kill -9 of the parent and all children at once; start() starts
        the server again, on another port."""
        Httpd.running.remove(self)
        pids = [self.process.pid] + self.children()
        self._kill_group()
        proc.wait_until(lambda: not any(map(proc.is_alive, pids)), 30,
                        'all are killed')
        self.process = None

    def rss(self):
        """Resident bytes of all children."""
        return sum(proc.rss_bytes(pid) for pid in self.children())

    def pss(self):
        """Proportional bytes of all children."""
        return sum(proc.pss_bytes(pid) for pid in self.children())

    def fds(self, pid=None):
        """Descriptors of one child, or of all."""
        if pid is not None:
            return proc.fd_count(pid)
        return sum(proc.fd_count(child) for child in self.children())

    def cpu(self):
        """CPU seconds that the living children have used."""
        return sum(proc.cpu_seconds(pid) for pid in self.children())

    # Requests

    def address(self, tls=False):
        return ('127.0.0.1', self.tls_port if tls else self.port)

    def host(self, tls=False):
        """The Host header for this server."""
        return '{}:{}'.format(*self.address(tls))

    def raw(self, tls=False, **options):
        """A RawClient; tls False, True, '1.2' or '1.3'."""
        return RawClient(self.address(bool(tls)), tls, **options)

    def ws(self, path='/chat/lobby', tls=False, **options):
        """A WsClient."""
        return WsClient(self.address(bool(tls)), path, tls=tls, **options)

    def sse(self, path='/chat/lobby', tls=False, **options):
        """An SseClient."""
        return SseClient(self.address(bool(tls)), path, tls=tls, **options)

    def poller(self, room='/chat/lobby', tls=False, **options):
        """A Poller."""
        return Poller(self.address(bool(tls)), room, tls=tls, **options)

    def request(self, method, path, headers=(), body=b'', tls=False,
                timeout=None):
        """One request on a connection of its own; the server must close it
        after exactly one response."""
        if isinstance(body, str):
            body = body.encode()
        names = {name.lower() for name, _ in headers}
        pairs = list(headers)
        if 'host' not in names:
            pairs.insert(0, ('Host', self.host(bool(tls))))
        if 'connection' not in names:
            pairs.append(('Connection', 'close'))
        if body and not names & {'content-length', 'transfer-encoding'}:
            pairs.append(('Content-Length', str(len(body))))
        lines = [f'{method} {path} HTTP/1.1']
        lines += [f'{name}: {value}' for name, value in pairs]
        head = ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1')
        with self.raw(tls, timeout=timeout) as client:
            client.send(head + body)
            answer = client.read_response(method)
            rest = client.read_eof()
            assert rest == b'', f'more than one response: {rest!r}'
        return answer

    def get(self, path, headers=(), **options):
        return self.request('GET', path, headers, **options)

    def post(self, path, body, kind='application/json', headers=(),
             **options):
        pairs = list(headers)
        if kind is not None:
            pairs.append(('Content-Type', kind))
        return self.request('POST', path, pairs, body, **options)

    def status(self):
        """server-status?auto as a dict of strings."""
        text = self.get('/server-status?auto').body.decode()
        return dict(line.split(': ', 1) for line in text.splitlines()
                    if ': ' in line)


def config_test(config, chat=True, mpm='event', modules=(), files=None):
    """Runs httpd's own check of a configuration: (exit code, output)."""
    root = Path(tempfile.mkdtemp(prefix='chatws-test-'))
    try:
        for name in ('logs', 'htdocs'):
            (root / name).mkdir()
        for name, text in (files or {}).items():
            (root / name).write_text(text)
        path = configs.own_config(root, mpm, paths.free_port(), None, config,
                                  modules=modules, chat=chat)
        done = subprocess.run(
            [paths.APACHE, '-t', '-d', str(root), '-f', str(path)],
            env=paths.environment(), stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=120, check=False)
        output = done.stdout.decode(errors='replace')
        skip_without(output)
        return done.returncode, output
    finally:
        shutil.rmtree(root, ignore_errors=True)
