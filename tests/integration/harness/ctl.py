"""chatwsctl, beside a server or beside its database."""
import json
import os
import subprocess

from . import paths, proc

PROGRAM = paths.MODULE.parent.parent / 'chatwsctl'
ERASED = {'id': 'g-0000000000000000', 'name': 'erased', 'guest': True}


def call(*args, give=None, env=None):
    """Runs the program; (exit code, stdout, stderr) as texts."""
    done = subprocess.run([str(PROGRAM), *map(str, args)], input=give or b'',
                          capture_output=True, timeout=300, check=False,
                          env={**os.environ, **(env or {})})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def run(*args, status=0, **options):
    """(stdout, stderr); it must end with this status."""
    code, out, err = call(*args, **options)
    assert code == status, (args, code, out, err)
    assert (status == 0) or err, 'an error without a word'
    return out, err


def ask(server, *args, **options):
    """Asks the server."""
    return run('--socket', server.root / 'chatws.sock', *args, **options)


def ask_again(server, *args):
    """As who is told that it cannot be done just now (75), and says it again: a
    purge waits five seconds for a writer that has just been started."""
    def done():
        code, out, err = call('--socket', server.root / 'chatws.sock', *args)
        assert code in (0, 75), (args, code, out, err)
        return code == 0 and (out, err)
    return proc.wait_until(done, 60, f'{args} is done')


def lines(text):
    """The objects of an export."""
    return [json.loads(line) for line in text.splitlines()]


def direct(archive, *args, **options):
    """Works on the database "DRIVER PARAMS" itself. MariaDB's library keeps
    some memory to the end."""
    return run('--archive', archive, *args,
               env={'ASAN_OPTIONS': 'detect_leaks=0'}, **options)
