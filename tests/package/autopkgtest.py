#!/usr/bin/env python3
"""Runs debian/tests as Debian does: by autopkgtest, in a bare system, with the
package as it was built.

    autopkgtest.py FOLDER PACKAGE.deb      (./bootstrap.sh package --try)

The source package is beside PACKAGE.deb. FOLDER is as for life.py. Speaks TAP."""
import re
import sys
from pathlib import Path

from room import Room, run_cases

NEEDS = ('autopkgtest', 'dpkg-dev')


class Tests:
    """The one case."""

    def __init__(self, room, packages):
        self.room = room
        self.source = next(f'/packages/{package.name}' for package in packages
                           if package.suffix == '.dsc')
        self.package = f'/packages/{packages[-1].name}'

    def as_debian_runs_them(self):
        """A test that autopkgtest skips is none."""
        self.room.apt('install', '--no-install-recommends', *NEEDS)
        status, said = self.room.run('autopkgtest', '-B', self.package,
                                     self.source, '--', 'null')
        results = re.findall(r'^(\S+) +((?:PASS|FAIL|SKIP|FLAKY).*)$',
                             said[said.rfind(' summary\n'):], re.M)
        assert results and all(result == 'PASS' for _, result in results), \
            said[-2000:]
        assert status == 0, said[-800:]


def main():
    folder, package = (Path(word).resolve() for word in sys.argv[1:3])
    room = Room(folder)
    packages = room.enter(
        lambda: [*package.parent.glob('mod-chatws_*'), package],
        ['--no-install-recommends', *NEEDS, 'apache2', 'curl'])
    return run_cases(Tests(room, packages), [Tests.as_debian_runs_them])


if __name__ == '__main__':
    sys.exit(main())
