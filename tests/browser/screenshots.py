#!/usr/bin/env python3
"""Takes the pictures of docs/images: the chat and the comparison page, narrow
and wide, light and dark.  Not a test: run it by hand, and look at them.

    CHATWS_MODULE=path/to/mod_chatws.so tests/browser/screenshots.py [compare]
"""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'integration'))

from harness import Httpd, wait_until  # noqa: E402
from chromium import Chromium  # noqa: E402
from page import Page  # noqa: E402

IMAGES = HERE.parents[1] / 'docs' / 'images'
SIZES = {360: 720, 1280: 800}
COMPARISON_SIZES = {320: 720, 390: 844, 768: 1024, 1280: 800}
THEMES = ('light', 'dark')
CONFIG = '''
<Location "/chat">
    Chat rooms
    ChatRate off
</Location>
'''
BEN = {'id': 'u-Ben', 'name': 'Ben'}
# The comparison page's guided run has ended.
MEASURED = "return document.body.dataset.state === 'stopped'"


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


def take(browser, name, sizes=None):
    """One picture for each size and theme."""
    for width, height in (sizes or SIZES).items():
        for theme in THEMES:
            browser.resize(width, height)
            browser.set_theme(theme)
            browser.script('document.activeElement?.blur()')
            yield f'{name}-{width}-{theme}.png'


def picture_chat(server, driver):
    ann, ben = (Page(driver.browser()) for _ in range(2))
    for page, name in ((ann, 'Ann'), (ben, 'Ben')):
        page.enter(f'http://{server.host()}/chat/lobby')
        page.rename(name)
        wait_until(lambda: page.name() == name, 10, 'the name')
    wait_until(lambda: ann.browser.text('#count') == '2', 10, 'both are here')
    ann.enter(f'http://{server.host()}/chat/lobby')
    converse(ann, ben)
    for name in take(ann.browser, 'chat'):
        ann.receive(**{'type': 'typing', 'from': BEN})
        ann.browser.screenshot(IMAGES / name)


def picture_comparison(server, driver):
    browser = driver.browser()
    browser.open(f'http://{server.host()}/chat/_chatws/compare.html')
    wait_until(lambda: browser.script(MEASURED), 120, 'the measurement')
    for name in take(browser, 'compare', COMPARISON_SIZES):
        browser.screenshot(IMAGES / name)


def main():
    IMAGES.mkdir(exist_ok=True)
    driver = Chromium()
    try:
        with Httpd(config=CONFIG) as server:
            if sys.argv[1:] != ['compare']:
                picture_chat(server, driver)
            picture_comparison(server, driver)
    finally:
        driver.stop()


if __name__ == '__main__':
    main()
