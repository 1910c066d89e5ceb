#!/usr/bin/env python3
"""The house rules as a test of `make check`: every rule over every file of the
project, and first over bad samples, which it has to refuse.

Speaks TAP. CHATWS_MODULE in the environment is the built mod_chatws.so; without
it the check of its symbols is skipped.
"""
import os
import pathlib
import re
import subprocess
import sys

from house_rules import RULES, foreign_symbols
from house_samples import BAD, BAD_SYMBOLS, GOOD

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ('modules', 'ctl', 'tests', 'conf', 'contrib', 'htdocs', 'docs', '.ci')
FILES = ('mod_chatws.c', 'configure.ac', 'Makefile.am', 'bootstrap.sh',
         'README.md', 'CHANGES', 'CONTRIBUTING.md', 'SECURITY.md')
# What tests leave behind, and the inputs of fuzz targets.
MADE = re.compile(r'/__pycache__/|/\.pytest_cache/|/corpus/')


def load():
    """The project's own text files as {path: text}."""
    tree = {}
    paths = [SOURCE / name for name in FILES]
    for folder in FOLDERS:
        paths += sorted((SOURCE / folder).rglob('*'))
    for path in paths:
        name = path.relative_to(SOURCE).as_posix()
        if not path.is_file() or MADE.search(name):
            continue
        try:
            tree[name] = path.read_text(encoding='utf-8')
        except UnicodeDecodeError:
            continue
    return tree


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def case(self, name, problems=(), skip=None):
        problems = list(problems)
        self.count += 1
        self.failed += bool(problems)
        print(f'{"not ok" if problems else "ok"} {self.count} - {name}'
              + (f' # SKIP {skip}' if skip else ''), flush=True)
        for problem in problems:
            print(f'# {problem}', flush=True)


def check_rules(tap, tree):
    for name, rule in RULES.items():
        for number, sample in enumerate(BAD[rule.__name__], 1):
            missed = [] if list(rule(sample)) else ['the sample passed']
            tap.case(f'{name}: refuses bad sample {number}', missed)
        tap.case(f'{name}: accepts the good sample', rule(GOOD))
        tap.case(f'{name}: {len(tree)} files', rule(tree))


def check_symbols(tap):
    for number, sample in enumerate(BAD_SYMBOLS, 1):
        missed = [] if list(foreign_symbols(sample)) else ['it passed']
        tap.case(f'only the module is exported: refuses bad sample {number}',
                 missed)
    name = 'only the module is exported: mod_chatws.so'
    module = os.environ.get('CHATWS_MODULE')
    if not module:
        tap.case(name, skip='CHATWS_MODULE is not set')
    elif os.environ.get('CHATWS_SANITIZERS'):
        tap.case(name, skip='a sanitizer exports symbols of its own')
    else:
        nm = subprocess.run(['nm', '-D', '--defined-only', module],
                            capture_output=True, text=True, check=False)
        tap.case(name, [nm.stderr] if nm.returncode
                 else foreign_symbols(nm.stdout))


def main():
    tree = load()
    tap = Tap()
    check_rules(tap, tree)
    check_symbols(tap)
    print(f'1..{tap.count}')
    return tap.failed > 0


if __name__ == '__main__':
    sys.exit(main())
