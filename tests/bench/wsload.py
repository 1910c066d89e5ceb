"""Runs the load generator wsload and reads its report."""
import atexit
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEFAULT = HERE.parents[2] / 'shared' / 'wsload'


def build():
    """Builds wsload outside of its folder; gives the program's path. WSLOAD
    names the folder of its sources."""
    source = Path(os.environ.get('WSLOAD', DEFAULT))
    if not (source / 'Makefile').exists():
        raise SystemExit(f'no load generator at {source}: set WSLOAD to the '
                         'folder of its sources')
    folder = Path(tempfile.mkdtemp(prefix='chatws-wsload-'))
    atexit.register(shutil.rmtree, folder)
    for path in source.iterdir():
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    subprocess.run(['make', '-s', '-C', str(folder)], check=True,
                   stdout=subprocess.DEVNULL)
    return folder / 'wsload'


def run(program, mode, url, pid, *arguments):
    """One run against the server with parent process `pid`; `url` is None when
    it is among the arguments. A failed connection or a lost message ends the
    benchmark, unless it is what is measured: its figures would lie."""
    done = subprocess.run(
        [str(program), mode, *(['--url', url] if url else []),
         '--server-match-ppid', str(pid), '--quiet', *map(str, arguments)],
        capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise SystemExit(f'{arguments}: wsload ended with {done.returncode}: '
                         f'{done.stdout[:2000]} {done.stderr[:1000]}')
    return json.loads(done.stdout)
