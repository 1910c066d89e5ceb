"""What /proc says of a process: children, descriptors, memory, CPU time."""
import contextlib
import os
import signal
import time
from pathlib import Path


# A deadline finds what hangs. A machine that has much else to do is no fault:
# whoever waits for something waits at least so many seconds for it.
PATIENCE = 60.0


def deadline_after(seconds):
    """The moment at which waiting for `seconds` is given up."""
    return time.monotonic() + max(seconds, PATIENCE)


def wait_until(condition, seconds=10.0, what='condition'):
    """Polls condition() until it is true and returns its value; an
    AssertionError naming `what` after `seconds`, or later (PATIENCE)."""
    begun, deadline = time.monotonic(), deadline_after(seconds)
    while True:
        value = condition()
        if value:
            return value
        now = time.monotonic()
        assert now < deadline, f'not within {seconds:g} s: {what}'
        # To ask costs as well, a browser most of all.
        time.sleep(min(max((now - begun) / 10, 0.02), 0.25))


def _is_stopped(pid):
    states = [Path(f'/proc/{pid}/task/{thread}/stat').read_text()
              .rpartition(') ')[2][0]
              for thread in os.listdir(f'/proc/{pid}/task')]
    return set(states) == {'T'}


@contextlib.contextmanager
def stopped(pid):
    """A process that does nothing for as long as this lasts. It is not stopped
    at once: a thread of it may still take a connection, and then stop."""
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: _is_stopped(pid), 10, 'a stopped process')
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _stat(pid):
    text = Path(f'/proc/{pid}/stat').read_text()
    return text[text.rindex(')') + 2:].split()


def _children(parent):
    """What the kernel lists of each thread of `parent`."""
    found = []
    for thread in os.listdir(f'/proc/{parent}/task'):
        path = Path(f'/proc/{parent}/task/{thread}/children')
        found += map(int, path.read_text().split())
    return sorted(found)


def child_pids(parent):
    """The pids of the living direct children of `parent`, ascending. The
    kernel may leave one out while another ends, but not twice."""
    try:
        found, before = _children(parent), None
        while found != before:
            found, before = _children(parent), found
    except OSError:
        return []
    return list(filter(is_alive, found))


def is_alive(pid):
    """True while the process exists and is no zombie."""
    try:
        return _stat(pid)[0] != 'Z'
    except OSError:
        return False


def cpu_seconds(pid):
    """CPU time that the process has used so far, user and system."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def fd_count(pid):
    """How many descriptors the process has open."""
    return len(os.listdir(f'/proc/{pid}/fd'))


def listens(pid):
    """Whether the process has a TCP socket that listens."""
    sockets = set()
    for table in ('tcp', 'tcp6'):
        for line in Path(f'/proc/net/{table}').read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == '0A':
                sockets.add(f'socket:[{fields[9]}]')
    try:
        names = os.listdir(f'/proc/{pid}/fd')
    except OSError:
        return False
    for name in names:
        with contextlib.suppress(OSError):
            if os.readlink(f'/proc/{pid}/fd/{name}') in sockets:
                return True
    return False


def thread_count(pid):
    """How many threads the process has."""
    return len(os.listdir(f'/proc/{pid}/task'))


def _rollup(pid, name):
    with open(f'/proc/{pid}/smaps_rollup') as lines:
        for line in lines:
            if line.startswith(name + ':'):
                return int(line.split()[1]) * 1024
    raise ValueError(name)


def pss_bytes(pid):
    """Proportional set size: shared pages are divided by their sharers."""
    return _rollup(pid, 'Pss')


def rss_bytes(pid):
    """Resident set size."""
    return _rollup(pid, 'Rss')
