#!/usr/bin/env python3
"""Adds the cases of all suites and prints them, last of all the line
`N passed, N failed` alone. Shortly before that, so that the end of the output
is enough to know them, come the names of all cases that failed once more, and
the files of tests that took longest.

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
FAILED = re.compile(r'^not ok (.*)$|^(Bail out!.*)$', re.M)
SKIPPED = re.compile(r'^ok (.* # SKIP.*)$', re.M)
# What pytest tells of the cases that failed, and of that what marks the place
# and the reason; and what cmocka says behind such a case.
FAILURES = re.compile(r'^# =+ FAILURES =+\n(.*?)^# =+ ', re.M | re.S)
REASON = re.compile(r'^# (_{3,} .* _{3,}|>.*|E .*|\S+\.py:\d+: .*)$', re.M)
REMARKS = re.compile(r'^not ok .*\n((?:# .*\n)+)', re.M)
REASON_LINES, REASON_COLUMNS = 40, 160
# How long a program ran (suite.py), and how many such and failed cases are
# told at the end.
TOOK = re.compile(r'^# took (\d+) s$', re.M)
SLOWEST, LAST_FAILED = 10, 25
NAMES = {'tools': 'house', 'check': 'dist'}


class Suite:
    def __init__(self):
        self.passed = self.skipped = self.failed = 0
        self.words = []
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
        suite.words.append(f'skipped: {path.stem} {match[1]}')
    for match in FAILED.finditer(text):
        suite.words.append(f'FAILED: {path.stem} {match[1] or match[2]}')
    suite.words += reasons(text)
    suite.times += [(int(match[1]), path.stem)
                    for match in TOOK.finditer(text)]
    if not outcomes:
        suite.words.append(f'FAILED: {path.stem} did not run')


def reasons(text):
    """Why cases of this log failed: a run elsewhere leaves nothing else."""
    lines = [match[1] for failures in FAILURES.finditer(text)
             for match in REASON.finditer(failures[1])]
    for match in REMARKS.finditer(text):
        lines += match[1].splitlines()
    return [f'    {line[:REASON_COLUMNS]}' for line in lines[:REASON_LINES]]


def last_words(suites):
    """What is told once more: who failed, and what took longest."""
    failed = [f'{line} ({name})' for name, suite in suites.items()
              for line in suite.words if line.startswith('FAILED: ')]
    yield from failed[:LAST_FAILED]
    if len(failed) > LAST_FAILED:
        yield f'... and {len(failed) - LAST_FAILED} more FAILED'
    times = sorted((time for suite in suites.values()
                    for time in suite.times), reverse=True)
    if times:
        yield 'slowest: ' + ', '.join(f'{name} {seconds} s' for seconds, name
                                      in times[:SLOWEST])


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
            suite.words.append(f'FAILED: all of {name} was skipped')
        for line in suite.words:
            write(line)
    for line in last_words(suites):
        write(line)
    for name, suite in suites.items():
        write(f'{name:28} {suite.passed:5} passed {suite.failed:5} failed'
              f' {suite.skipped:5} skipped')
    passed = sum(suite.passed for suite in suites.values())
    failed = sum(suite.failed for suite in suites.values())
    write(f'{passed} passed, {failed} failed')
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(summary(sys.argv[1:]))
