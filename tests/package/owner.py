#!/usr/bin/env python3
"""A new owner's first five minutes, from the Debian package on a bare system
with a stock Apache and PHP site: two people chat over TLS in a page of that
site, one of them keeps order, and all is there after a reboot.

    owner.py FOLDER PACKAGE.deb      (./bootstrap.sh package --try)

Each line that an owner types is in TYPED or PAGE, as the documents say; the
clock runs from the first one. FOLDER is as for life.py. Speaks TAP."""
import json
import re
import sys
import time
from pathlib import Path

from room import Room, run_cases

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / 'integration'), str(TESTS / 'browser')]
from chromium import Chromium
from harness import wait_until
from order_page import Order
from page import Page

SECONDS = 300
LINES = 10
TYPING = 10    # seconds for each line, which here takes none

SITE = '<?php $day = date("l"); echo "<h1>Open on $day</h1>"; ?>\n'
PAGE = '''\
<script type="module" src="/chat/_chatws/chat-room.js"></script>
<chat-room src="/chat/lobby"></chat-room>
'''
TYPED = (
    'apt install ./libapache2-mod-chatws_*.deb',
    'htpasswd -B -c /etc/apache2/chatws.users ann',
    "sed -i 's/^#ChatArchive/ChatArchive/' "
    '/etc/apache2/mods-available/chatws.conf',
    'a2enmod chatws ssl',
    'a2ensite default-ssl',
    'systemctl reload apache2',
)
PASSWORD_LINES = 2    # htpasswd asks for it, twice
# What a stock site says anyhow: its certificate has no name of a server.
STOCK = re.compile(r'AH01909|AH01906|AH00558')
COMPLAINT = re.compile(r':(warn|error|crit|alert|emerg)\]')


def as_here(line):
    """There is no terminal and no systemd in the room."""
    line = re.sub(r'^htpasswd (.*)$', r'echo secret | htpasswd -i \1', line)
    return re.sub(r'^systemctl (\w+) (\w+)$', r'invoke-rc.d \2 \1', line)


def newest(order, count):
    """The ids of the newest messages."""
    return order.script(
        "return Array.from(room.querySelectorAll('#list .message'),"
        ' (item) => item.dataset.id).slice(-arguments[0])', count)


class Owner:
    """The cases, in their order."""

    def __init__(self, room, chromium):
        self.room, self.chromium = room, chromium
        self.begun = None
        self.lines = 0
        self.ann = self.ben = None

    def type(self, line, count=1):
        self.lines += count
        self.room.must('bash', '-c', f'cd /packages && {as_here(line)}')

    def person(self):
        return Page(self.chromium.browser())

    # ---------------------------------------------------------------- cases
    def a_stock_site(self):
        """In front of the clock."""
        self.room.apt('install', 'apache2', 'curl', 'libapache2-mod-php')
        self.room.path('/etc/apt/apt.conf.d/99yes').write_text(
            'APT::Get::Assume-Yes "true";\n')
        self.room.path('/var/www/html/index.html').unlink()
        self.room.path('/var/www/html/index.php').write_text(SITE)
        self.room.must('invoke-rc.d', 'apache2', 'start')
        assert 'mpm_prefork' in self.room.must('apache2ctl', '-M')

    def the_owner_types(self):
        self.begun = time.monotonic()
        for line in TYPED:
            self.type(line, 1 + PASSWORD_LINES * line.startswith('htpasswd'))
        with self.room.path('/var/www/html/index.php').open('a') as page:
            page.write(PAGE)
        self.lines += PAGE.count('\n')

    def two_people_chat(self):
        self.ben, self.ann = self.person(), self.person()
        self.ann.enter('https://ann:secret@localhost/chat/lobby?login')
        for who in (self.ben, self.ann):
            who.enter('https://localhost/')
            assert 'Open on' in who.browser.text('h1')
            who.wait_settled()
        self.ben.say('hello Ann')
        self.ann.wait_texts('hello Ann')
        self.ann.say('hello Ben')
        self.ben.wait_texts('hello Ann', 'hello Ben')
        assert self.ann.name() == 'ann'
        for who in (self.ben, self.ann):
            assert all(url.startswith('wss:') for url in who.urls())

    def one_keeps_order(self):
        order = Order(self.ann)
        for text in ('pills', 'more pills'):
            self.ben.say(text)
        self.ann.wait_texts('hello Ann', 'hello Ben', 'pills', 'more pills')
        first, second = newest(order, 2)
        order.choose(first, 'Delete')
        self.ben.wait_texts('hello Ann', 'hello Ben', 'Deleted message',
                            'more pills')
        order.choose(second, 'Ban…')
        wait_until(lambda: order.script(
            "return room.getElementById('order-ask')?.open"), 10, 'the dialog')
        self.ann.browser.click('#order-ask .primary')
        wait_until(lambda: self.ben.state() == 'closed', 20, 'the ban')

    def it_is_there_after_a_reboot(self):
        """The kernel stays; httpd and its memory do not."""
        self.room.must('invoke-rc.d', 'apache2', 'stop')
        self.room.must('invoke-rc.d', 'apache2', 'start')
        self.ann.enter('https://localhost/')
        self.ann.wait_texts('hello Ann', 'hello Ben', 'Deleted message',
                            'more pills')
        self.ben.browser.open('https://localhost/')
        wait_until(lambda: self.ben.state() == 'closed', 20, 'the ban')

    def all_is_well(self):
        """What the owner sees on the status page."""
        status = json.loads(self.room.must(
            'curl', '-sSfk', '-u', 'ann:secret',
            'https://localhost/chat-status?format=json&list=health,rooms'))
        assert [one['code'] for one in status['health']
                if one['level'] != 'ok'] == [], status['health']
        assert [one['room'].partition('/')[2] for one
                in status['room_list']] == ['chat/lobby']

    def in_time(self):
        took = time.monotonic() - self.begun
        all_in_all = took + TYPING * self.lines
        print(f'# {self.lines} lines; {took:.0f} s without typing, '
              f'{all_in_all:.0f} s with {TYPING} s a line', flush=True)
        assert self.lines <= LINES
        assert all_in_all < SECONDS

    def nothing_to_complain_about(self):
        log = self.room.path('/var/log/apache2/error.log').read_text()
        assert 'CW0700' in log    # who banned whom
        bad = [line for line in log.splitlines()
               if COMPLAINT.search(line) and not STOCK.search(line)]
        assert bad == [], bad


CASES = (Owner.a_stock_site, Owner.the_owner_types, Owner.two_people_chat,
         Owner.one_keeps_order, Owner.it_is_there_after_a_reboot,
         Owner.all_is_well, Owner.in_time, Owner.nothing_to_complain_about)


def main():
    folder, package = (Path(word).resolve() for word in sys.argv[1:3])
    room = Room(folder)
    room.enter(lambda: [package], ['apache2', 'curl', 'libapache2-mod-php'])
    chromium = Chromium()
    try:
        return run_cases(Owner(room, chromium), CASES)
    finally:
        chromium.stop()


if __name__ == '__main__':
    sys.exit(main())
