#!/usr/bin/env python3
"""Runs one test program and tells its cases as TAP.

Called by `make check` (LOG_COMPILER in Makefile.am) with the path of
  - a compiled unit test (cmocka): its cases;
  - a compiled fuzz target, fuzz_NAME: one case for each file in
    tests/fuzz/corpus/fuzz_NAME;
  - test_NAME.py: pytest, its cases;
  - any other .py: a program that speaks TAP itself.

Most programs wait rather than work, so several run at once (Slots), whatever
`make -j` allows; browsers work, so fewer files of browser tests do. The cases
marked with pytest.mark.alone measure time or the processor: in check-soak they
run after their file's other cases, when nothing else does. `make check` runs
beside whatever the machine has to do: nothing there fails because of time.

A program that crashes, hangs, or runs fewer cases than it announced has a
failed case of its own, so that nothing is lost silently. The exit status is 0
if all that went well: the cases tell the rest.
"""
import collections
import contextlib
import fcntl
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as xml

SOURCE = pathlib.Path(__file__).resolve().parents[2]
DEADLINE = int(os.environ.get('CHATWS_SUITE_DEADLINE', '1200'))  # seconds
ALONE = 'pytest.mark.alone'
LONG = os.environ.get('CHATWS_LONG', '') not in ('', '0')  # check-soak


class Slots:
    """Locks in a folder: a program holds one while it runs, a file of browser
    tests one of the browsers, one for each processor and one more, as a third
    of its time is waiting; any other one of the slots, two for each: it waits
    most of its time. The two do not wait for each other: there are so many of
    the others that a browser would idle. Who must be alone holds all, and waits
    until nobody else wants to run: others need not wait for it. Builds that
    share the folder (named by CHATWS_SLOTS) take turns. `held` is for how many
    seconds something has been held."""

    def __init__(self):
        self.folder = os.environ.get('CHATWS_SLOTS') or '.'
        self.held = 0.0
        processors = len(os.sched_getaffinity(0))
        self.counts = {'slot': 2 * processors, 'browser': processors + 1}

    def _open(self, name):
        return open(os.path.join(self.folder, f'suite-{name}.lock'), 'w')

    @staticmethod
    def _try(lock):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    @contextlib.contextmanager
    def _hold(self):
        begin = time.monotonic()
        yield
        self.held += time.monotonic() - begin

    @contextlib.contextmanager
    def one(self, kind):
        """Waits for one of this kind, in the order of coming, and keeps it."""
        with contextlib.ExitStack() as stack:
            locks = [stack.enter_context(self._open(f'{kind}-{n}'))
                     for n in range(self.counts[kind])]
            with self._open(f'{kind}-queue') as queue:
                fcntl.flock(queue, fcntl.LOCK_EX)
                while not any(map(self._try, locks)):
                    time.sleep(0.02)
            with self._hold():
                yield

    @contextlib.contextmanager
    def all(self):
        """Waits until nothing else runs, and keeps it so."""
        names = [f'{kind}-{what}' for kind, count in self.counts.items()
                 for what in ('queue', *range(count))]
        with contextlib.ExitStack() as stack:
            while True:
                locks = [stack.enter_context(self._open(n)) for n in names]
                if all(map(self._try, locks)):
                    break
                stack.close()
                time.sleep(0.1)
            with self._hold():
                yield


class Report:
    """Numbers the cases and prints them. What follows one that failed says why:
    summary.py repeats it."""

    def __init__(self):
        self.count = 0
        self.failed = 0
        self.last = collections.deque(maxlen=6)

    def case(self, passed, name, skipped=None, why=()):
        self.count += 1
        self.failed += not passed
        name = name.replace('#', '')
        skip = '' if skipped is None else f' # SKIP {skipped}'
        print(f'{"ok" if passed else "not ok"} {self.count} - {name}{skip}',
              flush=True)
        for line in why:
            self.comment(line)

    def comment(self, line):
        print(f'# {line}'.rstrip(), flush=True)
        self.last.append(line)

    def broken(self, what):
        """The program itself failed, not one of its cases; its last words say
        why."""
        self.case(False, what, why=[line for line in self.last if line])

    def end(self):
        print(f'1..{self.count}', flush=True)


def run(command, each_line, extra=None):
    """Runs a command, gives every line of its output to `each_line`, and
    returns None or a sentence about how it ended badly."""
    env = dict(os.environ, **(extra or {}))
    child = subprocess.Popen(command, env=env, text=True, errors='replace',
                             stdin=subprocess.DEVNULL, start_new_session=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def too_late(signum, frame):
        del signum, frame
        os.killpg(child.pid, signal.SIGKILL)
        each_line(f'killed after {DEADLINE} s')

    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(DEADLINE)
    for line in child.stdout:
        each_line(line.rstrip('\n'))
    status = child.wait()
    signal.alarm(0)
    if status < 0:
        return f'ended by {signal.Signals(-status).name}'
    return f'exit status {status}' if status else None


CASE = re.compile(r'^(not )?ok \d+(?: - )?(.*)$')
PLAN = re.compile(r'^1\.\.(\d+)$')
NOTHING_SELECTED = 'exit status 5'  # of pytest
# What pytest marks in the text of a failure.
ERROR = re.compile(r'^E .*', re.M)
STATEMENT = re.compile(r'^> .*', re.M)
PLACE = re.compile(r'^(?:\S*/)?(\w+\.py:\d+):', re.M)
SEED = re.compile(r'\bCHATWS_SEED=\d+')
LONG_SECONDS = 1


def forward_tap(report, command, extra=None):
    """Runs a program that speaks TAP, perhaps in several groups, and renumbers
    its cases."""
    planned = 0

    def each_line(line):
        nonlocal planned
        case, plan = CASE.match(line), PLAN.match(line)
        if plan:
            planned += int(plan[1])
        elif case:
            name, skip, why = case[2].partition('# SKIP')
            report.case(bool(skip) or not case[1], name.strip() or why.strip(),
                        why.strip() if skip else None)
        else:
            report.comment(line)

    before, failed = report.count, report.failed
    ending = run(command, each_line, extra)
    ran = report.count - before
    if ran != planned or ran == 0:
        report.broken(f'{ran} of {planned} cases ran: {ending}')
    elif ending and report.failed == failed:
        report.broken(f'all cases passed, but {ending}')


def unit(report, program):
    # cmocka has several ways to tell its results.
    forward_tap(report, [os.path.abspath(program)],
                {'CMOCKA_MESSAGE_OUTPUT': 'TAP'})


def fuzz(report, program):
    name = pathlib.Path(program).name
    files = sorted((SOURCE / 'tests/fuzz/corpus' / name).glob('*'))
    for file in files:
        said = []
        ending = run([os.path.abspath(program), str(file)], said.append)
        report.case(ending is None, f'{file.name} {ending or ""}'.strip(),
                    why=said)
    if not files:
        report.case(False, f'{name} has no corpus')


def reasons(text):
    """Why a case failed, of all that pytest tells of it: what is wrong, where,
    and on the way to where; and what repeats it."""
    errors = [line[1:].strip() for line in ERROR.findall(text)]
    frames = [f'{place}: {line[1:].strip()}' for line, place in
              zip(STATEMENT.findall(text), PLACE.findall(text))]
    told = errors[:1] + frames[:1] + errors[1:8] + frames[1:4]
    return told + list(dict.fromkeys(SEED.findall(text)))


def pytest_case(report, case):
    """Reports one <testcase> of a JUnit file, with its time if that counts."""
    name = f'{case.get("classname").split(".")[-1]} {case.get("name")}'
    outcomes = {outcome.tag: outcome for outcome in case}
    bad = [outcomes[tag] for tag in ('failure', 'error') if tag in outcomes]
    why, skipped = [], None
    if bad:
        text = '\n'.join(case.itertext())
        why = reasons(text) or [bad[0].get('message') or 'no reason']
    elif 'skipped' in outcomes:
        skipped = outcomes['skipped'].get('message') or 'no reason'
    seconds = float(case.get('time') or 0)
    if seconds >= LONG_SECONDS:
        why.append(f'in {seconds:.1f} s')
    report.case(not bad, name, skipped, why)


def pytest(report, path, *options):
    """Runs the cases of a file that the options select."""
    with tempfile.TemporaryDirectory() as scratch:
        junit = os.path.join(scratch, 'junit.xml')
        before, count = report.failed, report.count
        ending = run([sys.executable, '-B', '-m', 'pytest', '-v', '-rA',
                      '-p', 'no:cacheprovider', '--color=no',
                      '-o', 'junit_logging=system-out', *options,
                      f'--junitxml={junit}', os.path.abspath(path)],
                     report.comment)
        if os.path.exists(junit):
            for case in xml.parse(junit).getroot().iter('testcase'):
                pytest_case(report, case)
        if options and ending == NOTHING_SELECTED:
            return
        if ending and report.failed == before:
            report.broken(f'pytest: {ending}')
        if report.count == count:
            report.case(False, 'pytest ran no case')


def pytest_file(report, slots, path):
    """Its cases that may run beside others, then those that may not."""
    is_browser = pathlib.Path(path).resolve().parent.name == 'browser'
    kind = 'browser' if is_browser else 'slot'
    if not LONG or ALONE not in pathlib.Path(path).read_text():
        with slots.one(kind):
            pytest(report, path)
        return
    with slots.one(kind):
        pytest(report, path, '-m', 'not alone')
    with slots.all():
        pytest(report, path, '-m', 'alone')
    if report.count == 0:
        report.case(False, 'pytest ran no case')


def main():
    program = sys.argv[1]
    name = os.path.basename(program)
    report, slots = Report(), Slots()
    if name.startswith('test_') and name.endswith('.py'):
        pytest_file(report, slots, program)
    else:
        with slots.one('slot'):
            if name.endswith('.py'):
                forward_tap(report, [sys.executable, '-B',
                                     os.path.abspath(program)])
            elif name.startswith('fuzz_'):
                fuzz(report, program)
            else:
                unit(report, program)
    report.comment(f'took {slots.held:.0f} s')
    report.end()


if __name__ == '__main__':
    main()
