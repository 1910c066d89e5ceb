"""chatwsctl, beside a server or beside its database."""
import json
import os
import subprocess

from . import paths

PROGRAM = paths.MODULE.parent.parent / 'chatwsctl'
ERASED = {'id': 'g-0000000000000000', 'name': 'erased', 'guest': True}


def run(*args, status=0, give=None, env=None):
    """Runs the program; (stdout, stderr) as texts."""
    done = subprocess.run([str(PROGRAM), *map(str, args)], input=give or b'',
                          capture_output=True, timeout=120, check=False,
                          env={**os.environ, **(env or {})})
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == status, (args, done.returncode, out, err)
    assert (status == 0) or err, 'an error without a word'
    return out, err


def ask(server, *args, **options):
    """Asks the server."""
    return run('--socket', server.root / 'chatws.sock', *args, **options)


def lines(text):
    """The objects of an export."""
    return [json.loads(line) for line in text.splitlines()]


def direct(archive, *args, **options):
    """Works on the database "DRIVER PARAMS" itself. MariaDB's library keeps
    some memory to the end."""
    return run('--archive', archive, *args,
               env={'ASAN_OPTIONS': 'detect_leaks=0'}, **options)
