#!/usr/bin/env python3
"""Takes the pictures of docs/images: each page narrow and wide, light and dark.
Not a test: run it by hand, and look at them.  Without a name all are taken:

    CHATWS_MODULE=path/to/mod_chatws.so tests/browser/screenshots.py \\
        [chat order search refused readonly rooms check launcher compare
         status wordpress]
"""
import base64
import json
import os
import shutil
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'integration'))

from harness import Httpd, ctl, location, wait_until  # noqa: E402
from chromium import Chromium  # noqa: E402
from order_page import Order  # noqa: E402
from page import Page  # noqa: E402
from webdriver import ENTER, ESCAPE  # noqa: E402
from wordpress import PASSWORD, wordpress  # noqa: E402

IMAGES = HERE.parents[1] / 'docs' / 'images'
SIZES = {320: 640, 390: 844, 768: 1024, 1280: 800}
THEMES = ('light', 'dark')
QUALITY = 80
CONFIG = '''
<Location "/chat">
    Chat rooms
    ChatRate off
    ChatList on
</Location>
<Location "/kept">
    Chat rooms
    ChatRate off
    ChatUser "%{reqenv:CHAT_USER}"
    SetEnvIf Cookie "login=(\\w+)" CHAT_USER=$1
    ChatModerators user Olga
</Location>
<Location "/chat-status">
    Chat status
    ChatModerators all granted
</Location>
<Location "/team">
    Chat rooms
    ChatGuests off
</Location>
<Location "/news">
    Chat rooms
    ChatGuests readonly
    ChatUser "%{reqenv:CHAT_USER}"
    SetEnvIf Cookie "login=(\\w+)" CHAT_USER=$1
</Location>
'''
ARCHIVED = ('ChatArchive sqlite3 data/chat.db\n'
            + location('/club', 'Chat rooms', 'ChatArchiveKeep forever'))
# What was said in the room with an archive: minutes ago, by whom, what.
SAID = (
    (40000, 'Ben', 'The first frost is near. Who has winter tyres already?'),
    (39970, 'Chloé', 'I have had mine since October. 42 mm, with spikes.'),
    (39950, 'Ann', 'Are spikes loud on a dry road?'),
    (39940, 'Chloé', 'They hum a little. On ice you will be glad.'),
    (30400, 'Olga', 'Saturday at nine, at the old bridge: a tour of 60 km. '
     'The ferry does not run, so we cross at the mill.'),
    (30390, 'Ben', 'I am in.'),
    (30380, 'Ann', 'So am I, if the tyres arrive in time.'),
    (21200, 'Ann', 'My winter tyres are here! They are hard to get on the rim.'),
    (21150, 'Olga', 'Warm them on the heater first, then it is easy.'),
    (21140, 'Ann', 'That helped, thank you.'),
    (9000, 'Chloé', 'Somebody has left a blue helmet at the mill.'),
    (8990, 'Ben', 'That is mine, I am coming for it.'),
    (1500, 'Olga', 'Winter tyres are cheaper this week in the shop at the '
     'station, and whoever says that they are from the club gets a tube.'),
    (1440, 'Ben', 'Then I will take two.'),
    (50, 'Chloé', 'Is the tour on Sunday on?'),
    (45, 'Olga', 'Yes, if it does not snow. With winter tyres even then.'),
)
HOST = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The bicycle shop</title>
<link rel="icon" href="/chat/_chatws/icon.svg">
<link rel="stylesheet" href="shop.css">
<script type="module" src="/chat/_chatws/%s.js"></script>
<h1>The bicycle shop</h1>
<p>Open on weekdays from 9 to 18. What you bring before noon we repair on the
same day.</p>
%s
'''
STYLE = '''
body { max-width: 44rem; margin: 2rem auto; padding: 0 1rem;
    font: 1.05rem/1.6 Georgia, serif }
chat-room { height: 22rem }
'''
BEN = {'id': 'u-Ben', 'name': 'Ben'}
SANCTIONS = '''
const { chat } = document.querySelector('chat-room');

chat.setRoom({ topic: 'Tomatoes, hoses and who waters when', slow: 10 });
chat.mute('g-00000000000000aa', { for: 600, reason: 'Advertising' });
chat.ban('u-Kim', { for: 86400 * 7 });
'''
BLOCK = 5   # the page with the block: see wordpress.py
# What the status page shows: how many are in which room, and some names.
CROWDS = (('lobby', 12), ('garden', 7), ('release', 4), ('support', 2))
NAMES = ('Ann', 'Ben', 'Chloé', 'Dmitri', 'Eva', 'Farid', 'Grace')
LAUNCHER = "document.querySelector('chat-launcher')"


def converse(ann, ben):
    ben.say('Good morning! The new server is up.')
    ben.say('Notes are at https://example.com/notes/2026#friday')
    ann.say('Great, thank you. I can already read yours, so it works.')
    ann.say('On the phone as well?')
    ben.say('Yes, I am on the train. It only blinked in the tunnel.')
    ann.wait_texts(*ben.texts())
    ann.wait_settled()
    ann.leave()
    ben.say('One question before the release:')
    ben.say('does somebody still need the old log format? Otherwise I drop it '
            'on Monday.')
    ann.wait_texts(*ben.texts())
    ann.come_back()


def keep_order(boss, ben):
    """A conversation with all that authors and moderators do."""
    ben.page.say('Who waters the tomatoes this week?')
    boss.page.wait_texts('Who waters the tomatoes this week?')
    boss.choose(newest(boss), 'Reply')
    boss.page.say('I do. On Thursday it is your turn.')
    ben.page.say('Cheap watches, only today!')
    ben.page.wait_texts(*boss.page.texts())
    ben.choose(newest(boss), 'Delete')
    wait_until(lambda: boss.page.texts()[-1] == 'Deleted message', 15, 'gone')
    ben.page.say('Then I take the hose with me.')
    boss.page.say('Ben, that is the wrong hose')
    ben.page.wait_texts(*boss.page.texts())
    ben.choose(newest(ben), 'Report…')
    wait_until(lambda: ben.script(
        "return room.getElementById('order-ask')?.open"), 10, 'the dialog')
    ben.page.browser.fill('#ask-reason', 'It is the right one')
    ben.page.browser.click('#order-ask .primary')
    boss.script(SANCTIONS)
    wait_until(lambda: boss.page.browser.count('#moderation'), 10, 'the button')


def newest(order):
    return order.script("return Array.from(room.querySelectorAll("
                        "'#list .message')).at(-1).dataset.id")


def show_order(boss, name):
    boss.uses_keys = True
    boss.open(boss.script("return room.querySelector('#list .message')"
                          '.dataset.id'))
    picture(boss.page.browser, f'menu-{name}')
    boss.page.browser.press(ESCAPE)
    boss.page.browser.click('#moderation summary')
    wait_until(lambda: len(boss.page.browser.texts('.orders .about')) == 3,
               10, 'the panel')
    picture(boss.page.browser, f'moderation-{name}')
    boss.page.browser.press(ESCAPE)


def picture(browser, name):
    """One picture of what is in the window."""
    data = browser.cdp('Page.captureScreenshot', format='webp',
                       quality=QUALITY)['data']
    (IMAGES / f'{name}.webp').write_bytes(base64.b64decode(data))


def take(browser, name, before=lambda: None):
    """One picture for each size and theme."""
    for width, height in SIZES.items():
        for theme in THEMES:
            browser.resize(width, height)
            browser.set_theme(theme)
            browser.script('document.activeElement?.blur()')
            before()
            picture(browser, f'{name}-{width}-{theme}')


class Studio:
    """Two people on one site."""

    def __init__(self, server, driver):
        self.server = server
        self.ann, self.ben = (Page(driver.browser()) for _ in range(2))
        self.ann.browser.set_motion(False)

    def url(self, path):
        return f'http://{self.server.host()}{path}'

    def host(self, script, body):
        self.server.write_files({'shop.html': HOST % (script, body),
                                 'shop.css': STYLE})
        return self.url('/shop.html')

    def show(self, path, ready, seconds=20):
        """The browser on a page, when that is true."""
        browser = self.ann.browser
        browser.open(self.url(path))
        wait_until(lambda: browser.script(f'return {ready}'), seconds, path)
        return browser

    def chat(self):
        ann, ben = self.ann, self.ben
        for page, name in ((ann, 'Ann'), (ben, 'Ben')):
            page.enter(self.url('/chat/lobby'))
            page.rename(name)
            wait_until(lambda: page.name() == name, 10, 'the name')
        wait_until(lambda: ann.browser.text('#count') == '2', 10, 'both')
        ann.enter(self.url('/chat/lobby'))
        converse(ann, ben)
        take(ann.browser, 'chat', lambda: ann.receive(
            **{'type': 'typing', 'from': BEN}))

    def order(self):
        """What moderators have: the menu of a message, and their panel."""
        for page, name in ((self.ann, 'Olga'), (self.ben, None)):
            page.browser.open(self.url('/kept/_chatws/icon.svg'))
            if name:
                page.browser.script(
                    "document.cookie = `login=${arguments[0]}; path=/`", name)
            page.enter(self.url('/kept/garden'))
        self.ben.rename('Ben')
        boss = Order(self.ann)
        keep_order(boss, Order(self.ben))
        for width, height in SIZES.items():
            for theme in THEMES:
                boss.page.browser.resize(width, height)
                boss.page.browser.set_theme(theme)
                show_order(boss, f'{width}-{theme}')

    def search(self):
        """What is found in a room of some weeks, and one of it."""
        server = Httpd(config=ARCHIVED)
        fill_archive(server)
        with server:
            browser = self.ann.browser
            browser.resize(1280, 800)
            self.ann.enter(f'http://{server.host()}/club/tours')
            wait_until(lambda: browser.count('#find:not([hidden])'), 20,
                       'the button')
            browser.click('#find')
            wait_until(lambda: browser.count('#search:not([hidden])'), 20,
                       'the search')
            browser.fill('#search-words', 'winter tyres')
            browser.press(ENTER)
            wait_until(lambda: browser.count('.found') == 4, 20, 'the list')
            take(browser, 'search')
            browser.script("room.querySelectorAll('.found a')[2].click()")
            wait_until(lambda: browser.count('#search[hidden]'), 20, 'there')
            told = browser.script("return room.querySelector('.target')"
                                  '.dataset.id')
            take(browser, 'found', lambda: browser.script(
                "return document.querySelector('chat-room')"
                '.show(arguments[0]).then(() => room.activeElement.blur())',
                told))

    def refused(self):
        self.ann.browser.open(self.host(
            'chat-room', '<chat-room src="/team/room" label="Team">'
            '</chat-room>'))
        self.ann.wait_state('closed')
        take(self.ann.browser, 'refused')

    def readonly(self):
        for text in ('The shop is closed on Friday.',
                     'From Saturday on we have winter tyres.'):
            self.server.post('/news/shop', text.encode(), 'text/plain',
                             [('Cookie', 'login=Olga')])
        self.ann.enter(self.host(
            'chat-room', '<chat-room src="/news/shop" label="News">'
            '</chat-room>'))
        self.ann.wait_settled()
        take(self.ann.browser, 'readonly')

    def rooms(self):
        for room in ('garden', 'Jazz and blues', '茶'):
            self.server.post(f'/chat/{room}'.replace(' ', '%20').replace(
                '茶', '%E8%8C%B6'), b'hello', 'text/plain')
        self.ben.enter(self.url('/chat/lobby'))
        take(self.show('/chat/', "document.querySelectorAll('#open bdi')"
                                 '.length > 0'), 'rooms')

    def check(self):
        take(self.show('/chat/_chatws/check.html',
                       "document.body.dataset.state === 'done'", 40), 'check')

    def launcher(self):
        browser = self.ann.browser
        browser.open(self.host(
            'chat-launcher', '<chat-launcher src="/chat/lobby"'
            ' label="Ask us"></chat-launcher>'))
        shadow = f'{LAUNCHER}?.shadowRoot'
        wait_until(lambda: browser.script(
            f"return {shadow}?.getElementById('button')?.hidden === false"),
            10, 'the button')
        browser.script(f"{shadow}.getElementById('button').click()")
        room = self.ann.part(f'{LAUNCHER}?.room?.shadowRoot ?? document')
        room.wait_state('online')
        room.wait_settled()
        take(browser, 'launcher')

    def compare(self):
        """Its guided run has ended."""
        take(self.show('/chat/_chatws/compare.html',
                       "document.body.dataset.state === 'stopped'", 120),
             'compare')

    def status(self):
        """A minute of a few rooms."""
        clients = [self.server.ws(f'/chat/{room}') for room, count in CROWDS
                   for _ in range(count)]
        for client, name in zip(clients, NAMES):
            client.send_json(type='name', name=name)
        browser = self.show('/chat-status', "document.body.dataset.live"
                            " === 'live'")
        for second in range(70):
            for client in clients[:1 + second % 7 + second // 30]:
                client.say(f'{second}')
            if second % 9 == 4:
                clients.append(self.server.ws('/chat/lobby'))
            for client in clients:
                while not client.silent(0.001):
                    pass                    # pings are answered
            time.sleep(0.5)
        browser.click('.room-name')
        wait_until(lambda: browser.count('.chip'), 20, 'members')
        for width, height in {360: 780, 1280: 900}.items():
            for theme in THEMES:
                browser.resize(width, height)
                browser.set_theme(theme)
                browser.script('document.activeElement?.blur(); scrollTo(0, 0)')
                picture(browser, f'status-{width}-{theme}')
        for client in clients:
            client.close()

    def wordpress(self):
        """The plugin's settings, its block in the editor, and in a page."""
        with wordpress() as site:
            prepare(site)
            self.shop(site)

    def shop(self, site):
        ann, ben = self.ann, self.ben
        for page, name in ((ann, 'ann'), (ben, 'ben')):
            page.browser.resize(1280, 800)
            page.browser.set_theme('light')
            page.browser.open(f'{site.url}/wp-login.php')
            page.browser.fill('#user_login', name)
            page.browser.fill('#user_pass', PASSWORD)
            page.browser.click('#wp-submit')
            wait_until(lambda shown=page.browser: '/wp-admin/' in shown.url,
                       20, 'the dashboard')
        for path, ready, name in (
                ('options-general.php?page=mod-chatws', '#submit', 'settings'),
                ('post.php?post=%d&action=edit' % BLOCK,
                 '.components-placeholder__instructions', 'editor')):
            browser = self.ann.browser
            browser.open(f'{site.url}/wp-admin/{path}')
            wait_until(lambda wanted=ready, shown=browser:
                       shown.count(wanted), 60, path)
            if name == 'settings':      # not the folder of this test
                browser.fill('#mod-chatws-key_file', '/etc/apache2/chat.key')
            else:
                browser.click('.wp-block-mod-chatws-room')
                wait_until(lambda shown=browser: shown.count(
                    '.block-editor-block-inspector input'), 20, 'its fields')
            picture(browser, f'wordpress-{name}')
        for page in (ann, ben):
            page.enter(f'{site.url}/block/')
        ben.say('Is the shop open on Saturday?')
        ann.say('From 10 to 14. Bring the bicycle before noon, please.')
        ann.wait_texts(*ben.texts())
        picture(ben.browser, 'wordpress-room')


def fill_archive(server):
    """Before it starts."""
    now = int(time.time() * 1000)
    events = [{'type': 'message', 'id': f'{now - 60000 * ago}-0',
               'from': {'id': f'u-{name}', 'name': name}, 'text': text}
              for ago, name, text in SAID]
    place = f'{now - 60000 * SAID[0][0] - 1}-0'
    room = {'type': 'room', 'room': 'localhost/club/tours', 'topic': '',
            'slow': 0, 'locked': False, 'birth': place, 'complete': place}
    folder = server.root / 'data'
    folder.mkdir()
    ctl.direct(f'sqlite3 {folder}/chat.db', 'import', give=''.join(
        json.dumps(line, ensure_ascii=False, separators=(',', ':')) + '\n'
        for line in [room, *events]).encode())
    if os.getuid() == 0:                    # the server's user
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, 'www-data', 'www-data')


def prepare(site):
    """No pictures from another host, and no tour of the editor."""
    site.run("update_option( 'show_avatars', 0 );"
             "update_option( 'mod_chatws', array( 'key_file' => '"
             f"{site.root}/chat.key' ) );"
             "update_user_meta( 1, 'wp_persisted_preferences', array("
             "'core/edit-post' => array( 'welcomeGuide' => false ),"
             "'_modified' => gmdate( 'c' ) ) );")


def main():
    names = sys.argv[1:] or ['chat', 'order', 'search', 'refused', 'readonly',
                             'rooms', 'check', 'launcher', 'compare',
                             'status', 'wordpress']
    IMAGES.mkdir(exist_ok=True)
    driver = Chromium()
    try:
        with Httpd(config=CONFIG) as server:
            server.allow('.')
            studio = Studio(server, driver)
            for name in names:
                getattr(studio, name)()
    finally:
        driver.stop()


if __name__ == '__main__':
    main()
