#!/usr/bin/env python3
"""The life of the Debian package in a bare system: installed, switched on,
upgraded with members connected, removed, installed again, purged.

It is upgraded twice. The package of the first release has a module of another
version, whose members come back; the next one has the same module as the new
package and another configuration, and its members do not notice.

    life.py FOLDER PACKAGE.deb      (./bootstrap.sh package --try)

FOLDER keeps the bare system for the next time, and a log. Speaks TAP."""
import base64
import http.client
import json
import random
import re
import subprocess
import sys
import time
from pathlib import Path

from room import Room, run_cases

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'integration'))
from harness import Crowd, Swarm, Talk, check_account, new_room, wait_until
from harness.hopper import Hopper
from harness.member import key_of

NAME = 'libapache2-mod-chatws'
ADDRESS = ('127.0.0.1', 80)
ROOM = '/chat/lobby'
SITE = '/etc/apache2/sites-available/000-default.conf'
CONF = '/etc/apache2/mods-available/chatws.conf'
MODULE = '/usr/lib/apache2/modules/mod_chatws.so'
FIRST = b'0.1.0'
EDITED = '    ChatHistory 200\n'
BARE = '\n<Location "/team">\n    Chat rooms\n</Location>\n'
ASIDE = f'\n<IfModule chatws_module>{BARE}</IfModule>\n'
ANN = [('Authorization', 'Basic ' + base64.b64encode(b'ann:secret').decode())]


def version_of(package):
    done = subprocess.run(['dpkg-deb', '-f', package, 'Version'], check=True,
                          capture_output=True, text=True)
    return done.stdout.strip()


def renamed(module, version):
    """The module says that it is of the first release."""
    own = version.split('-')[0].encode()
    assert len(own) == len(FIRST)
    made, count = re.subn(rb'(?<![\w.])' + re.escape(own) + rb'(?=\0)', FIRST,
                          module)
    assert count > 0
    return made


def remade(package, folder, version, spoil):
    """The package as it was before, for `spoil`, as of `version`."""
    parts = folder / 'parts'
    made = folder / f'{NAME}_{version}.deb'
    subprocess.run(['rm', '-rf', parts], check=True)
    subprocess.run(['dpkg-deb', '-R', package, parts], check=True)
    control = parts / 'DEBIAN' / 'control'
    control.write_text(re.sub(r'^(Version: ).*$', rf'\g<1>{version}',
                              control.read_text(), flags=re.M))
    spoil(parts)
    subprocess.run(['dpkg-deb', '-b', '--root-owner-group', parts, made],
                   check=True, stdout=subprocess.DEVNULL)
    return made


def packages_before(new, folder):
    """The first release's, and another one of the same module."""
    version = version_of(new)

    def spoil_module(parts):
        module = parts / MODULE.lstrip('/')
        module.write_bytes(renamed(module.read_bytes(), version))

    def spoil_configuration(parts):
        conf = parts / CONF.lstrip('/')
        conf.write_text(conf.read_text() + '# of the version before\n')

    return [remade(new, folder, f'{FIRST.decode()}-1', spoil_module),
            remade(new, folder, f'{version}~before', spoil_configuration)]


def ask(method, path, body=None, headers=()):
    """(the status, the body)."""
    line = http.client.HTTPConnection(*ADDRESS, timeout=60)
    try:
        line.request(method, path, body, dict(headers))
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def status_of(path):
    """None while nobody answers."""
    try:
        return ask('GET', path)[0]
    except OSError:
        return None


def act(headers=(), **command):
    return ask('POST', ROOM, json.dumps(command).encode(),
               [('Content-Type', 'application/json'), *headers])


class Certain:
    """Dice that a Hopper comes by one transport with."""

    def __init__(self, kind):
        self.kind = kind

    def choice(self, _):
        return self.kind

    def random(self):
        return 1.0

    def uniform(self, low, _):
        return low


class Life:
    """The cases, in their order."""

    def __init__(self, room, packages):
        self.room = room
        self.first, self.old, self.new = (f'/packages/{package.name}'
                                          for package in packages)

    def install(self, package, *options):
        return self.room.apt('install', *options, package)

    def pid(self):
        return self.room.path('/run/apache2/apache2.pid').read_text().strip()

    def reload(self):
        """Also done when nobody of before is left to answer."""
        self.room.must('apache2ctl', 'configtest')
        self.room.must('invoke-rc.d', 'apache2', 'reload')

    def state(self):
        return self.room.run('a2query', '-q', '-m', 'chatws')[0]

    def edit(self, name, change):
        path = self.room.path(name)
        text = path.read_text()
        assert change(text) != text
        path.write_text(change(text))

    def serves(self, path, status):
        wait_until(lambda: status_of(path) == status, 30,
                   f'{path} is {status}')

    # ---------------------------------------------------------------- cases
    def installed_it_is_off(self):
        self.room.apt('install', '--no-install-recommends',
                      'apache2', 'libaprutil1-dbd-sqlite3')
        self.room.must('invoke-rc.d', 'apache2', 'start')
        self.serves('/', 200)
        pid = self.pid()
        self.install(self.first)
        assert self.state() == 1 and self.pid() == pid
        self.serves('/', 200)
        self.serves(ROOM, 404)
        folder = self.room.path('/var/lib/chatws').stat()
        owner = self.room.must('stat', '-c', '%U:%G', '/var/lib/chatws')
        assert owner == 'www-data:www-data\n'
        assert folder.st_mode & 0o7777 == 0o750

    def two_words_switch_it_on(self):
        pid = self.pid()
        self.room.must('a2enmod', 'chatws')
        self.reload()
        self.serves(ROOM, 200)
        assert self.pid() == pid
        assert act(type='message', text='the first')[0] == 201
        assert ROOM in self.room.must('chatwsctl', 'rooms')
        assert b'chat-room' in ask('GET', '/chat/_chatws/chat-room.js')[1]

    def moderators_log_in(self):
        self.room.must('htpasswd', '-B', '-b', '-c',
                       '/etc/apache2/chatws.users', 'ann', 'secret')
        self.edit(CONF, lambda text: text.replace(
            '\n    Chat rooms', f'\n    Chat rooms\n{EDITED}'))
        self.reload()
        wait_until(lambda: act(ANN, type='room', topic='order')[0] == 204, 30,
                   'ann keeps order')

    def upgrade(self, package, look=lambda members: None):
        """While four members, one by each transport, talk. `look` is at them
        before it and after it."""
        pid = self.pid()
        inode = self.room.path(MODULE).stat().st_ino
        swarm = Swarm(ADDRESS)
        crowd = Crowd(swarm, 4, new_room(), random.Random(1), kind=Hopper)
        crowd.greet()
        for member, kind in zip(crowd.members,
                                ('websocket', 'sse', 'longpoll', 'poll')):
            member.random = Certain(kind)
            if kind != 'websocket':
                member.cut('close')
        talk = Talk(crowd, 2, 1 << 30)
        crowd.run(lambda: talk.proceed(time.monotonic()) is None or all(
            m.kind == m.random.kind and m.ready() for m in crowd.members),
            60, 'all are there')
        seen = look(crowd.members)
        upgrade = subprocess.Popen(
            [sys.executable, '-B', __file__, *sys.argv[1:], package])
        crowd.run(lambda: talk.proceed(time.monotonic()) is None or
                  upgrade.poll() is not None, 300, 'the upgrade')
        assert upgrade.returncode == 0
        until = time.monotonic() + 20    # the old children have ended
        crowd.run(lambda: talk.proceed(time.monotonic()) is None or
                  time.monotonic() > until, 60, 'some seconds')
        crowd.settle(60)
        for member in crowd.members:
            check_account(member.account, crowd.spoken())
            assert member.refused == []
        assert look(crowd.members) == seen
        swarm.drop_all()
        assert self.pid() == pid, 'httpd was restarted'
        assert self.room.path(MODULE).stat().st_ino != inode
        return [member.byes + member.closes for member in crowd.members]

    def another_version_brings_them_back(self):
        """Old children cannot give their connections to another module: its
        members are told, come back, and have missed nothing."""
        told = self.upgrade(self.old)
        assert told[0] != [], told
        assert 'the first' in [event.get('text') for event in self.events()]

    def an_upgrade_keeps_everything(self):
        status, said = act(key_of(77), type='message', text='something bad')
        assert status == 201
        bad = [event['from']['id'] for event in self.events()
               if event['id'] == json.loads(said)['id']][0]
        assert act(ANN, type='ban', user=bad)[0] == 204
        told = self.upgrade(self.new, lambda members: [
            (member.kinds[member.kind], member.lost, member.byes, member.closes)
            for member in members[:2]])
        assert told[:2] == [[], []], told
        texts = [event.get('text') for event in self.events()]
        assert 'the first' in texts
        assert act(key_of(77), type='message', text='again')[0] == 403

    def events(self):
        return json.loads(ask('GET', ROOM)[1])['events']

    def edited_configuration_stays(self):
        assert EDITED in self.room.path(CONF).read_text()
        assert not self.room.path(CONF + '.dpkg-new').exists()

    def an_archive_over_a_reboot(self):
        self.edit(CONF, lambda text: text.replace('#ChatArchive',
                                                  'ChatArchive'))
        self.reload()
        archive = self.room.path('/var/lib/chatws/chat.db')
        wait_until(archive.exists, 30, 'the archive')
        wait_until(lambda: act(type='message', text='for ever')[0] == 201, 30,
                   'the archive is open')
        self.room.must('invoke-rc.d', 'apache2', 'stop')
        self.room.must('invoke-rc.d', 'apache2', 'start')
        self.serves(ROOM, 200)
        assert 'for ever' in [event.get('text') for event in self.events()]

    def other_mpms(self):
        """A reload is enough there as well."""
        for switch in (('a2dismod', 'mpm_event'), ('a2enmod', 'mpm_worker')):
            self.room.must(*switch)
        self.served_after_an_upgrade('worker')
        for switch in (('a2dismod', 'mpm_worker'), ('a2enmod', 'mpm_prefork')):
            self.room.must(*switch)
        self.room.apt('install', 'libapache2-mpm-itk')
        self.served_after_an_upgrade('itk')
        self.room.apt('purge', 'libapache2-mpm-itk')
        for switch in (('a2dismod', 'mpm_prefork'), ('a2enmod', 'mpm_event')):
            self.room.must(*switch)
        self.served_after_an_upgrade('event')

    def served_after_an_upgrade(self, mpm):
        self.room.must('invoke-rc.d', 'apache2', 'stop')
        self.room.must('invoke-rc.d', 'apache2', 'start')
        assert f'mpm_{mpm}' in self.room.must('apache2ctl', '-M')
        self.serves(ROOM, 200)
        assert act(type='message', text=f'under {mpm}')[0] == 201
        pid = self.pid()
        self.room.apt('install', '--reinstall', self.new)
        self.serves(ROOM, 200)
        assert self.pid() == pid
        assert f'under {mpm}' in [event.get('text') for event in self.events()]

    def removed_it_is_gone(self):
        self.edit(SITE, lambda text: text + ASIDE)
        self.reload()
        self.serves('/team/x', 200)
        pid = self.pid()
        self.room.apt('remove', NAME)
        self.serves('/team/x', 404)
        self.serves('/', 200)
        assert self.pid() == pid and self.state() == 33
        assert not self.room.path(MODULE).exists()
        assert self.room.path('/var/lib/chatws/chat.db').exists()

    def installed_again_it_is_on(self):
        pid = self.pid()
        self.install(self.new)
        self.serves('/team/x', 200)
        assert self.state() == 0 and self.pid() == pid
        assert 'for ever' in [event.get('text') for event in self.events()]

    def lines_that_stay_behind(self):
        """httpd refuses the configuration, and goes on with the one it has."""
        self.edit(SITE, lambda text: text.replace(ASIDE, BARE))
        self.reload()
        said = self.room.apt('remove', NAME)
        assert "Invalid command 'Chat'" in said, said
        self.serves('/', 200)
        self.edit(SITE, lambda text: text.replace(BARE, ''))
        self.reload()
        self.serves(ROOM, 404)

    def who_has_switched_it_off_means_it(self):
        self.install(self.new)
        self.serves(ROOM, 200)
        self.room.must('a2dismod', 'chatws')
        self.reload()
        self.serves(ROOM, 404)
        self.room.apt('install', '--reinstall', self.new)
        assert self.state() == 32
        self.room.must('a2enmod', 'chatws')
        self.reload()
        self.serves(ROOM, 200)

    def purged_it_leaves_nothing(self):
        self.room.apt('purge', NAME)
        self.serves(ROOM, 404)
        self.serves('/', 200)
        assert self.state() == 1
        left = self.room.must('find', '/', '-xdev', '(', '-path', '/packages',
                              '-o', '-path', '/proc', ')', '-prune', '-o',
                              '-name', '*chatws*', '-print').split()
        assert left == ['/etc/apache2/chatws.users'], left

    def without_the_server(self):
        """apache2-bin alone, as for a httpd of one's own configuration."""
        self.room.must('invoke-rc.d', 'apache2', 'stop')
        self.room.apt('purge', 'apache2')
        self.install(self.new, '--no-install-recommends')
        assert self.room.path(MODULE).exists()
        self.room.apt('purge', NAME)


CASES = (Life.installed_it_is_off, Life.two_words_switch_it_on,
         Life.moderators_log_in, Life.another_version_brings_them_back,
         Life.an_upgrade_keeps_everything, Life.edited_configuration_stays,
         Life.an_archive_over_a_reboot, Life.other_mpms,
         Life.removed_it_is_gone, Life.installed_again_it_is_on,
         Life.lines_that_stay_behind, Life.who_has_switched_it_off_means_it,
         Life.purged_it_leaves_nothing, Life.without_the_server)


def main():
    folder, new = (Path(word).resolve() for word in sys.argv[1:3])
    room = Room(folder)
    if len(sys.argv) > 3:    # the upgrade beside the members
        room.apt('install', sys.argv[3])
        return 0
    packages = room.enter(
        lambda: [*packages_before(new, folder), new],
        ['--no-install-recommends', 'apache2', 'libaprutil1-dbd-sqlite3',
         'libapache2-mpm-itk'])
    return run_cases(Life(room, packages), CASES)


if __name__ == '__main__':
    sys.exit(main())
