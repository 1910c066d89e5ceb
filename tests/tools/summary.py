#!/usr/bin/env python3
"""Adds the cases of all suites and prints them, last of all the line
`N passed, N failed` alone. Right before that come the names of all cases that
failed once more, each with the reason: who has only the last lines of the
output knows what to repair.

Called by bootstrap.sh with the .trs files (the results that automake's TAP
driver leaves) of every test program that should have run; `build=NAME` in
front of some of them names a second build. Exits 1 when a case failed, when a
program left no result, and when nothing ran at all.
"""
import collections
import pathlib
import re
import sys

RESULT = re.compile(r'^:test-result: (\w+)')
SKIPPED = re.compile(r'^ok (.* # SKIP.*)$', re.M)
# A library that is not there (harness/httpd.py). `bootstrap.sh check` leaves
# none out, so one that configure has lost must not look green.
WITHOUT = ' was built without '
# What suite.py, and cmocka, say behind a case that failed; the driver's line is
# in between.
FAILURE = re.compile(r'^(?:not ok (.*)|(Bail out!.*))\n(?:[A-Z]+: .*\n)?'
                     r'((?:#.*\n)*)', re.M)
REASON_LINES, REASON_COLUMNS = 12, 200
# How long a program ran (suite.py), and how many such are told; how many lines
# the failed cases have at the end, and how long these are.
TOOK = re.compile(r'^# took (\d+) s$', re.M)
SLOWEST, LAST_LINES, LAST_COLUMNS = 10, 40, 120
NAMES = {'tools': 'house', 'check': 'dist'}


class Suite:
    def __init__(self):
        self.passed = self.skipped = self.failed = 0
        self.words = []
        self.failures = []      # (name, reasons)
        self.times = []


def add(suite, path):
    """Counts the results in one .trs file; their names are in the .log."""
    lines = path.read_text().splitlines() if path.exists() else []
    outcomes = [match[1] for match in map(RESULT.match, lines) if match]
    passed, skipped = outcomes.count('PASS'), outcomes.count('SKIP')
    failed = len(outcomes) - passed - skipped
    suite.passed += passed
    suite.skipped += skipped
    suite.failed += failed if outcomes else 1
    log = path.with_suffix('.log')
    text = log.read_text(errors='replace') if outcomes and log.exists() else ''
    for match in SKIPPED.finditer(text):
        if WITHOUT in match[1]:
            suite.skipped -= 1
            suite.failed += 1
            suite.failures.append((f'{path.stem} {match[1]}', []))
        else:
            suite.words.append(f'skipped: {path.stem} {match[1]}')
    suite.failures += [
        (f'{path.stem} {match[1] or match[2]}',
         [line[2:] for line in match[3].splitlines()[:REASON_LINES]
          if not TOOK.match(line)])
        for match in FAILURE.finditer(text)]
    suite.times += [(int(match[1]), path.stem)
                    for match in TOOK.finditer(text)]
    if not outcomes:
        suite.failures.append((f'{path.stem} did not run', []))


def slowest(suites):
    times = sorted((time for suite in suites.values()
                    for time in suite.times), reverse=True)
    if times:
        yield 'slowest: ' + ', '.join(f'{name} {seconds} s' for seconds, name
                                      in times[:SLOWEST])


def failures(suites, lines, columns):
    """Who failed, and why in so many lines."""
    for name, suite in suites.items():
        for case, reasons in suite.failures:
            yield f'FAILED: {case} ({name})'
            for line in reasons[:lines]:
                yield f'    {line[:columns]}'


def last_failures(suites):
    """In few lines: the first reasons of each, or but the names."""
    count = sum(len(suite.failures) for suite in suites.values())
    each = LAST_LINES // count - 1 if count else 0
    lines = list(failures(suites, max(each, 0), LAST_COLUMNS))
    yield from lines[:LAST_LINES]
    if len(lines) > LAST_LINES:
        yield f'... and {len(lines) - LAST_LINES} more FAILED'


def summary(arguments, write=print):
    """Prints the table; returns the exit status."""
    suites = collections.defaultdict(Suite)
    build = ''
    for argument in arguments:
        label, equals, build_name = argument.partition('build=')
        if equals and not label:
            build = f' ({build_name})'
            continue
        path = pathlib.Path(argument)
        kind = path.parent.name
        add(suites[NAMES.get(kind, kind) + build], path)
    for name, suite in suites.items():
        if suite.passed + suite.failed == 0:
            suite.failed = 1
            suite.failures.append((f'all of {name} was skipped', []))
        for line in suite.words:
            write(line)
    for line in failures(suites, REASON_LINES, REASON_COLUMNS):
        write(line)
    for line in slowest(suites):
        write(line)
    for name, suite in suites.items():
        write(f'{name:28} {suite.passed:5} passed {suite.failed:5} failed'
              f' {suite.skipped:5} skipped')
    for line in last_failures(suites):
        write(line)
    passed = sum(suite.passed for suite in suites.values())
    failed = sum(suite.failed for suite in suites.values())
    write(f'{passed} passed, {failed} failed')
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(summary(sys.argv[1:]))
