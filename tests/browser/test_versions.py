"""The pages' files by version, in browsers: a repeated visit asks for the page
alone, and a page that is open while the server is upgraded goes on."""
import itertools
import re

import pytest

from harness import Httpd, location, wait_until
from page import Page

NUMBERS = itertools.count(1)
pytestmark = pytest.mark.engines(long=True)
FILES = '''
return performance.getEntriesByType('resource')
    .map(({ name }) => new URL(name).pathname)
    .filter((path) => path.includes('/_chatws/'));
'''
CONFIG = ('ChatDrain 1s\nSetOutputFilter DEFLATE\n'
          + location('/chat', 'Chat rooms', 'ChatRate off'))


@pytest.fixture(scope='module')
def upgraded():
    with Httpd(config=CONFIG, modules=('deflate', 'filter')) as running:
        yield running


@pytest.fixture
def page(driver):
    found = Page(driver.browser())
    yield found
    found.browser.close()


def asked(server):
    """The requests so far; a WebSocket has its line at its handshake."""
    return [entry['request'].split(' ')[1]
            for entry in server.access_entries()]


def test_a_second_visit(upgraded, page):
    room = f'http://{upgraded.host()}/chat/twice'
    before = len(asked(upgraded))
    page.enter(room)
    files = page.browser.script(FILES)
    wait_until(lambda: set(files) <= set(asked(upgraded)[before:]), 20,
               'the lines of the log')
    first = len(asked(upgraded)) - before
    page.browser.open('about:blank')
    before = len(asked(upgraded))
    page.enter(room)
    again = asked(upgraded)[before:]
    print(f'first visit {first} requests, second visit {len(again)}: {again}')
    assert first > 20
    assert not [path for path in again if '/_chatws/' in path]
    assert len(again) <= 3      # the page, the WebSocket, who the visitor is


def test_an_open_page_goes_on(upgraded, page):
    """What it loads later is of its own version; who comes new has the new
    one."""
    room = f'http://{upgraded.host()}/chat/open-{next(NUMBERS)}'
    page.enter(room)
    old = version(page)
    for path in (upgraded.root / 'assets').rglob('*.js'):
        path.write_text(path.read_text() + f'// {next(NUMBERS)}\n')
    upgraded.graceful()
    wait_until(lambda: version(upgraded) != old, 15, 'the new version')
    page.say('after the upgrade')
    page.wait_texts('after the upgrade')
    assert page.browser.script(
        f"return import('/chat/_chatws/{old}/lang/de.js')"
        '.then((found) => found.default.lang)') == 'de'
    page.enter(f'{room}-new')
    assert version(page) != old


def version(where):
    """That of a page, or of the server."""
    text = where.get('/chat/_chatws/chatws.js').body.decode() \
        if isinstance(where, Httpd) else where.browser.script(
            "return document.querySelector('script').src")
    return re.search('v-[0-9a-f]{16}', text).group()
