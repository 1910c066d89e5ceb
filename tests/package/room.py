"""A bare Debian of its own for the life of the package: a chroot in namespaces
of its own for processes, mounts and network, so that its httpd has port 80 and
an install touches nothing else. Needs root."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

SUITE = 'bookworm'
MIRROR = os.environ.get('CHATWS_MIRROR', 'http://deb.debian.org/debian')
INSIDE = 'CHATWS_ROOM'
# Nothing may ask, and a changed configuration stays as it is.
APT = ('apt-get', '-y', '-q', '-o', 'Dpkg::Options::=--force-confold')


class Room:
    """`folder` has the tarball of the bare system, and what is said in it: the
    log. Packages of ours are in /packages. `sources` is its own sources.list."""

    def __init__(self, folder, suite=SUITE, sources=None):
        self.folder = Path(folder).resolve()
        self.suite, self.sources = suite, sources
        self.root = self.folder / 'root'
        self.log = self.folder / 'log'
        self.folder.mkdir(parents=True, exist_ok=True)

    def run(self, *command, **options):
        """A command in the room: (its status, what it says)."""
        done = subprocess.run(
            ['chroot', self.root, *command], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, env={'PATH': '/usr/sbin:/usr/bin:/sbin:/bin',
                              'DEBIAN_FRONTEND': 'noninteractive',
                              'LC_ALL': 'C.UTF-8', 'HOME': '/root'}, **options)
        with self.log.open('a', encoding='utf-8') as log:
            log.write(f'$ {" ".join(map(str, command))}\n{done.stdout}'
                      f'= {done.returncode}\n')
        return done.returncode, done.stdout

    def must(self, *command):
        status, text = self.run(*command)
        assert status == 0, f'{" ".join(map(str, command))}: {text[-800:]}'
        return text

    def apt(self, *words):
        return self.must(*APT, *words)

    def path(self, name):
        return self.root / name.lstrip('/')

    def _prepare(self, packages, others):
        """A new room with `packages` at hand, so that apt needs no network:
        they, `others` by name, and what they depend on."""
        tarball = self.folder / f'{self.suite}.tar'
        shutil.rmtree(self.root, ignore_errors=True)
        if not tarball.exists():
            subprocess.run(['debootstrap', '--variant=minbase', self.suite,
                            self.root, MIRROR], check=True,
                           stdout=self.log.open('w'))
            subprocess.run(['tar', '-C', self.root, '-cf', f'{tarball}.new',
                            '.'], check=True)
            os.rename(f'{tarball}.new', tarball)
        else:
            self.root.mkdir()
            subprocess.run(['tar', '-C', self.root, '-xf', tarball],
                           check=True)
        self.log.write_text('')
        # It need not outlast a crash of the machine, and so need not sync.
        self.path('etc/dpkg/dpkg.cfg.d/room').write_text('force-unsafe-io\n')
        self.path('packages').mkdir()
        for package in packages:
            shutil.copy(package, self.path('packages'))
        self._sources()
        self.apt('update')
        self.apt('install', '--download-only', *others,
                 *(f'/packages/{package.name}' for package in packages[-1:]
                   if package.suffix == '.deb'))

    def _sources(self):
        """The machine's own, which have the security updates, or those that
        were asked for."""
        shutil.copy('/etc/resolv.conf', self.path('etc/resolv.conf'))
        if self.sources:
            self.path('etc/apt/sources.list').write_text(self.sources)
            return
        shutil.rmtree(self.path('etc/apt/sources.list.d'))
        self.path('etc/apt/sources.list').unlink(missing_ok=True)
        for name in ('sources.list', 'sources.list.d'):
            source = Path('/etc/apt') / name
            if source.is_dir():
                shutil.copytree(source, self.path(f'etc/apt/{name}'))
            elif source.exists():
                shutil.copy(source, self.path(f'etc/apt/{name}'))

    def enter(self, make, others):
        """Goes on with this program inside, where it returns the packages that
        `make` has made outside. The shell is there to be process 1, which has
        to bury those whose parents have ended."""
        if INSIDE in os.environ:
            self._furnish()
            return [Path(name) for name in os.environ[INSIDE].split(':')]
        packages = make()
        self._prepare(packages, others)
        os.environ[INSIDE] = ':'.join(map(str, packages))
        return os.execvp('unshare', [
            'unshare', '--mount', '--mount-proc', '--pid', '--net', '--uts',
            '--fork', '--kill-child', 'bash', '-c', '"$0" "$@"; exit $?',
            sys.executable, '-B', *sys.argv])

    def _furnish(self):
        """Inside: what a system has from its kernel."""
        subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
        subprocess.run(['hostname', 'bare'], check=True)
        subprocess.run(['mount', '-t', 'proc', 'proc', self.path('proc')],
                       check=True)
        # No init system: invoke-rc.d runs what is in /etc/init.d by this word.
        policy = self.path('usr/sbin/policy-rc.d')
        policy.write_text('#!/bin/sh\nexit 0\n')
        policy.chmod(0o755)
        self.path('etc/hosts').write_text('127.0.0.1 localhost bare\n')
        self.path('etc/hostname').write_text('bare\n')


def run_cases(life, cases):
    """Each with a line of TAP; the status for the shell."""
    for number, case in enumerate(cases, 1):
        name = case.__name__.replace('_', ' ')
        try:
            case(life)
        except (AssertionError, OSError) as failure:
            print(f'not ok {number} - {name}\n# {failure!r}', flush=True)
            return 1    # the next case begins with what this one should leave
        print(f'ok {number} - {name}', flush=True)
    print(f'1..{len(cases)}')
    return 0
