"""What is beside the log and the field, as axe-core sees it: no finding above
"minor"."""
import os
from pathlib import Path

import pytest
from harness import wait_until

SOURCE = Path(__file__).resolve().parents[2]
NPM = Path(os.environ.get('CHATWS_NPM') or SOURCE / 'build' / 'npm')
AXE = NPM / 'node_modules' / 'axe-core' / 'axe.min.js'
RUN = '''
window.found = null;
axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => {
    window.found = violations.filter(({ impact }) => impact !== 'minor')
        .map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
});
'''

pytestmark = pytest.mark.skipif(not AXE.is_file(),
                                reason='npm ci was not run in build/npm')


def look(page):
    browser = page.browser
    if not browser.script('return Boolean(window.axe)'):
        browser.script(AXE.read_text(encoding='utf-8'))
    wait_until(browser.is_still, 20, 'nothing moves')
    browser.script(RUN)
    wait_until(lambda: browser.script('return found') is not None, 60, 'axe')
    browser.log()       # axe itself uses inline styles
    return browser.script('return found')


def is_shown(page, selector):
    return page.browser.script(
        'const found = room.querySelector(arguments[0]);'
        'return Boolean(found?.getClientRects().length)', selector)


def test_the_parts_of_the_room(pages):
    ann, ben = pages
    ben.say('hello')
    ann.wait_texts('hello')
    wait_until(lambda: ann.browser.count('#people-list .more') == 1, 20,
               'the other one')
    ann.browser.click('#members summary')
    assert look(ann) == []
    ann.browser.click('#people-list .more')
    assert look(ann) == []
    ann.browser.click('#person .ignore-them')
    ann.browser.click('#notices summary')
    assert is_shown(ann, '.ignored button') and look(ann) == []
    ann.browser.click('.ignored button')
    ann.browser.fill('#text', '@')
    wait_until(lambda: is_shown(ann, '#names li'), 20, 'names')
    assert look(ann) == []
    ann.browser.fill('#text', '')
    ann.browser.click('#emoji')
    wait_until(lambda: is_shown(ann, '#emoji-panel .search'), 20, 'the panel')
    assert look(ann) == []


def test_the_launcher(pages, server, room):
    ann = pages[0]
    path = '/' + room.split('/', 3)[3]
    server.write_files({'axe.html': f'''<!doctype html><html lang="en">
<title>Host</title><link rel="icon" href="/chat/_chatws/icon.svg">
<script type="module" src="/chat/_chatws/chat-launcher.js"></script>
<main><h1>A site</h1></main>
<chat-launcher src="{path}"></chat-launcher></html>'''})
    ann = ann.part("document.querySelector('chat-launcher')?.room?.shadowRoot"
                   ' ?? document')
    ann.browser.open(f'http://{server.host()}/axe.html')
    wait_until(lambda: ann.browser.script(
        "return document.querySelector('chat-launcher').shadowRoot"
        ".getElementById('button') !== null"), 20, 'the button')
    assert look(ann) == []
    ann.browser.script("document.querySelector('chat-launcher').open()")
    ann.wait_state('online', 20)
    wait_until(lambda: not ann.browser.script(
        "return document.querySelector('chat-launcher').shadowRoot"
        '.getAnimations().length'), 10, 'the panel is there')
    assert look(ann) == []
    ann.browser.script('sessionStorage.clear()')
