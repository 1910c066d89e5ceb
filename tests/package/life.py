#!/usr/bin/env python3
"""The life of the Debian package in a bare system: installed, switched on,
upgraded with members connected, removed, installed again, purged.

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

from room import Room, inside

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'integration'))
from harness import Crowd, Swarm, Talk, check_account, wait_until
from harness.hopper import Hopper
from harness.member import key_of

NAME = 'libapache2-mod-chatws'
ADDRESS = ('127.0.0.1', 80)
ROOM = '/chat/lobby'
SITE = '/etc/apache2/sites-available/000-default.conf'
CONF = '/etc/apache2/mods-available/chatws.conf'
MODULE = '/usr/lib/apache2/modules/mod_chatws.so'
BARE = '\n<Location "/team">\n    Chat rooms\n</Location>\n'
ASIDE = f'\n<IfModule chatws_module>{BARE}</IfModule>\n'
ANN = [('Authorization', 'Basic ' + base64.b64encode(b'ann:secret').decode())]


def before(package, folder):
    """The same package as the version before: with another chatws.conf."""
    parts = folder / 'before'
    made = folder / f'{NAME}_before.deb'
    subprocess.run(['rm', '-rf', parts], check=True)
    subprocess.run(['dpkg-deb', '-R', package, parts], check=True)
    control = parts / 'DEBIAN' / 'control'
    control.write_text(re.sub(r'^(Version: .*)$', r'\1~before',
                              control.read_text(), flags=re.M))
    conf = parts / CONF.lstrip('/')
    conf.write_text(conf.read_text() + '# of the version before\n')
    subprocess.run(['dpkg-deb', '-b', '--root-owner-group', parts, made],
                   check=True, stdout=subprocess.DEVNULL)
    return made


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

    def __init__(self, room, old, new):
        self.room = room
        self.old, self.new = f'/packages/{old.name}', f'/packages/{new.name}'

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
        self.install(self.old)
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
        self.edit(CONF, lambda text: re.sub(
            r'^    #((Auth|ChatModerators).*)$', r'    \1', text, flags=re.M))
        self.reload()
        wait_until(lambda: act(ANN, type='room', topic='order')[0] == 204, 30,
                   'ann keeps order')

    def an_upgrade_keeps_everything(self):
        pid = self.pid()
        inode = self.room.path(MODULE).stat().st_ino
        status, said = act(key_of(77), type='message', text='something bad')
        assert status == 201
        bad = [event['from']['id'] for event in self.events()
               if event['id'] == json.loads(said)['id']][0]
        assert act(ANN, type='ban', user=bad)[0] == 204
        swarm = Swarm(ADDRESS)
        crowd = Crowd(swarm, 4, '/chat/crowd', random.Random(1), kind=Hopper)
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
        upgrade = subprocess.Popen(
            [sys.executable, '-B', __file__, *sys.argv[1:], self.new])
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
        assert self.pid() == pid, 'httpd was restarted'
        assert self.room.path(MODULE).stat().st_ino != inode
        texts = [event.get('text') for event in self.events()]
        assert 'the first' in texts
        assert act(key_of(77), type='message', text='again')[0] == 403

    def events(self):
        return json.loads(ask('GET', ROOM)[1])['events']

    def edited_configuration_stays(self):
        assert '\n    ChatModerators valid-user' in \
            self.room.path(CONF).read_text()
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
         Life.moderators_log_in, Life.an_upgrade_keeps_everything,
         Life.edited_configuration_stays, Life.an_archive_over_a_reboot,
         Life.removed_it_is_gone, Life.installed_again_it_is_on,
         Life.lines_that_stay_behind, Life.who_has_switched_it_off_means_it,
         Life.purged_it_leaves_nothing, Life.without_the_server)


def main():
    folder, new = (Path(word).resolve() for word in sys.argv[1:3])
    room = Room(folder)
    if len(sys.argv) > 3:    # the upgrade beside the members
        room.apt('install', sys.argv[3])
        return 0
    old = folder / f'{NAME}_before.deb'
    if not inside():
        folder.mkdir(parents=True, exist_ok=True)
        room.prepare([before(new, folder), new],
                     ['apache2', 'libaprutil1-dbd-sqlite3'])
        room.enter()
    room.furnish()
    life = Life(room, old, new)
    for number, case in enumerate(CASES, 1):
        name = case.__name__.replace('_', ' ')
        try:
            case(life)
        except (AssertionError, OSError) as failure:
            print(f'not ok {number} - {name}\n# {failure!r}', flush=True)
            break    # the next case begins with what this one should leave
        print(f'ok {number} - {name}', flush=True)
    else:
        print(f'1..{len(CASES)}')
        return 0
    return 1


if __name__ == '__main__':
    sys.exit(main())
