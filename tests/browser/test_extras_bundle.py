"""chat-room.bundle.js: a site copies one file, and that is all it takes."""
import re
from pathlib import Path

import pytest
from harness import MODULE, wait_until

HTDOCS = Path(__file__).resolve().parents[2] / 'htdocs'
BUNDLE = MODULE.resolve().parents[1] / 'chat-room.bundle.js'
LOADED = ("return performance.getEntriesByType('resource')"
          '.map(({ name }) => new URL(name).pathname)'
          ".filter((path) => !path.endsWith('icon.svg'))")

pytestmark = pytest.mark.skipif(not BUNDLE.is_file(),
                                reason='configure found no esbuild')


@pytest.fixture
def host(server, request):
    name = 'host-' + request.node.name.replace('[', '-').replace(']', '')

    def write(body, script=''):
        server.write_files({
            'host-chat.js': BUNDLE.read_text(encoding='utf-8'),
            f'{name}.js': script,
            f'{name}.html': '<!doctype html>\n<html lang="de">\n'
                            '<meta charset="utf-8">\n<title>Host</title>\n'
                            '<link rel="icon" href="/chat/_chatws/icon.svg">\n'
                            '<script type="module" src="host-chat.js">'
                            '</script>\n'
                            f'<script type="module" src="{name}.js"></script>'
                            f'\n{body}\n'})
        return f'http://{server.host()}/{name}.html'
    return write


def path_of(room):
    return '/' + room.split('/', 3)[3]


@pytest.mark.engines(long=True)
def test_a_room(pages, host, room):
    """Under default-src 'self', with its styles and the reader's language."""
    ann, ben = pages
    ann.enter(host(f'<chat-room src="{path_of(room)}"></chat-room>'))
    assert ann.browser.text('#state') == 'Verbunden'
    ann.say('hello')
    ben.wait_texts('hello')
    assert ann.browser.script(
        "return getComputedStyle(room.querySelector('.bubble'))"
        ".borderRadius") != '0px'
    assert ann.browser.count('#emoji') == 0
    assert [path for path in ann.browser.script(LOADED)
            if '_chatws' in path or path.endswith('.css')] == []
    assert ann.violations() == []


def test_what_is_loaded_late_is_in_it(pages, host, room):
    """Polling, and the messages that are older."""
    ann, ben = pages
    ben.say('before')
    ann.enter(host(f'<chat-room src="{path_of(room)}" transport="poll">'
                   '</chat-room>'))
    ann.wait_texts('before')
    ann.say('by polling')
    ben.wait_texts('before', 'by polling')
    assert not any('_chatws' in path for path in ann.browser.script(LOADED))


def test_the_launcher_and_the_client(pages, host, room):
    ann, ben = pages
    path = path_of(room)
    ann.browser.open(host(
        f'<chat-launcher src="{path}"></chat-launcher>',
        "import { connect } from './host-chat.js';"
        f"window.chat = connect('{path}');"))
    launched = ann.part(
        "document.querySelector('chat-launcher')?.room?.shadowRoot"
        ' ?? document')
    wait_until(lambda: launched.browser.script(
        "return window.chat?.state === 'online' && document"
        ".querySelector('chat-launcher').shadowRoot"
        ".getElementById('button') !== null"), 10, 'both')
    launched.browser.script(
        "document.querySelector('chat-launcher').open()")
    launched.wait_state('online')
    launched.say('hello')
    ben.wait_texts('hello')
    assert ann.violations() == []


def test_each_style_sheet_is_in_it():
    styles = (HTDOCS / 'bundle/styles.js').read_text(encoding='utf-8')
    used = set()
    for name in ('chat-room.js', 'chat-launcher.js'):
        used |= set(re.findall(r"'(element/\w+\.css)'", (
            HTDOCS / name).read_text(encoding='utf-8')))
    assert used == set(f'element/{name}' for name in
                       re.findall(r"'../element/(\w+\.css)'", styles))
