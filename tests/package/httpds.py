#!/usr/bin/env python3
"""Builds the tarball in a bare Debian with another httpd, and runs its short
tests there. Prints a row of a table: what it was built with, and the counts.

    httpds.py FOLDER TARBALL SUITE PACKAGES TESTS     (./bootstrap.sh matrix)"""
import re
import sys
from pathlib import Path

from room import MIRROR, Room

OTHERS = ('curl', 'iproute2', 'libcmocka-dev', 'openssl', 'procps',
          'python3-h2', 'python3-pytest', 'python3-redis', 'python3-websockets',
          'redis-server', 'xz-utils')
PARTS = ('apache2-bin', 'gcc', 'libhiredis-dev', 'libjwt-dev', 'libssl-dev')


def version_in(room, package):
    text = room.must('dpkg-query', '-W', '-f', '${Version}', package)
    return re.sub(r'^\d+:|[-+~].*$', '', text)


def build(room, name, tests):
    steps = (f'tar -C /srv -xf /packages/{name}.tar.xz',
             f'mkdir /srv/{name}/build', f'cd /srv/{name}/build',
             '../configure -q --enable-werror', 'make -s -j 2',
             f'make -s check TESTS="{tests}" {short_of(tests)}')
    return room.run('bash', '-c', ' && '.join(steps))


def short_of(tests):
    """What of the test programs is wanted."""
    units = ' '.join(test for test in tests.split() if '/unit/' in test)
    return f'check_PROGRAMS="{units}" check_LTLIBRARIES='


def main():
    tarball, suite, packages, tests = sys.argv[2:6]
    room = Room(Path(sys.argv[1]) / suite, suite,
                f'deb {MIRROR} {suite} main\n')
    wanted = ['--no-install-recommends', *packages.split(), *OTHERS]
    room.enter(lambda: [Path(tarball).resolve()], wanted)
    room.apt('install', *wanted)
    status, said = build(room, Path(tarball).name[:-len('.tar.xz')], tests)
    counts = dict(re.findall(r'^# (PASS|FAIL|ERROR): +(\d+)', said, re.M))
    parts = ', '.join(f'{part} {version_in(room, part)}' for part in PARTS)
    print(f'| Debian {suite}: {parts} | '
          f'{counts.get("PASS", 0)} passed' + (' |' if status == 0 else
                                               f'; FAILED, see {room.log} |'))
    return status


if __name__ == '__main__':
    sys.exit(main())
