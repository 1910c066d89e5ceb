#!/usr/bin/env python3
"""Checks that the documents say what the sources do (docs_rules.py): every
directive with its default, every error code, close code, log line and counter,
and that links lead somewhere. Run by `make check`; before a rule looks at the
project it has to refuse a bad sample of docs_samples.py and to accept the good
one.

Speaks TAP.
"""
import sys

from check_house import SOURCE, Tap, load
from docs_rules import RULES
from docs_samples import BAD, GOOD


def main():
    tree = load()
    for name in ('LICENSE', 'NOTICE'):
        tree[name] = (SOURCE / name).read_text(encoding='utf-8')
    for picture in (SOURCE / 'docs').rglob('*.webp'):  # links lead there too
        tree[picture.relative_to(SOURCE).as_posix()] = ''
    tap = Tap()
    for name, rule in RULES.items():
        for number, changes in enumerate(BAD[rule.__name__], 1):
            missed = [] if list(rule({**GOOD, **changes})) \
                else ['the sample passed']
            tap.case(f'{name}: refuses bad sample {number}', missed)
        tap.case(f'{name}: accepts the good sample', rule(GOOD))
        tap.case(f'{name}: the project', rule(tree))
    print(f'1..{tap.count}')
    return tap.failed > 0


if __name__ == '__main__':
    sys.exit(main())
