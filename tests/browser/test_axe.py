"""axe-core finds nothing above "minor" on any page, light or dark.  npm ci has
put it into build/npm."""
import os
from pathlib import Path

import pytest
from harness import SOURCE, Httpd, wait_until
from test_element import SCRIPT as ROOM_SCRIPT
from test_element_access import show_everything

NPM = Path(os.environ.get('CHATWS_NPM') or SOURCE / 'build' / 'npm')
AXE = NPM / 'node_modules' / 'axe-core' / 'axe.min.js'
LAUNCHER_SCRIPT = ROOM_SCRIPT.replace('chat-room.js', 'chat-launcher.js')
CONFIG = '''
<Location "/chat">
    Chat rooms
    ChatRate 500/s 500
    ChatList on
</Location>
<Location "/chat-status">
    Chat status
    ChatModerators all granted
</Location>
<Location "/figures">
    Chat status
</Location>
<Location "/read">
    Chat rooms
    ChatGuests readonly
</Location>
<Location "/closed">
    Chat rooms
    ChatGuests off
</Location>
'''
FINDINGS = '''
return axe.run(document, { resultTypes: ['violations'],
    ...(arguments[0] && { runOnly: arguments[0] }) }).then((result) =>
    result.violations.filter(({ impact }) => impact !== 'minor')
        .flatMap(({ id, impact, nodes }) => nodes.map(({ target, any }) =>
            `${impact} ${id}: ${target.flat().join(' >> ')} `
            + any.map(({ message }) => message).join('; '))));
'''
HOST = '''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Host</title>
<link rel="icon" href="/chat/_chatws/icon.svg">
%s
<main><h1>A site</h1>
%s
</main>
'''


@pytest.fixture(scope='module')
def site():
    with Httpd(config=CONFIG) as running:
        yield running


def check(browser, *widths):
    """What is shown, in these widths and both themes: of the dark one only
    what colours are about."""
    browser.script(AXE.read_text())
    try:
        for width in widths or (1280,):
            browser.resize(width, 800)
            for theme, rules in (('light', None), ('dark', ['color-contrast'])):
                browser.set_theme(theme)
                wait_until(browser.is_still, 10, 'nothing moves')
                found = browser.script(FINDINGS, rules)
                assert not found, '\n'.join([f'{theme} {width}', *found])
    finally:
        browser.set_theme('light')


def show_host(page, site, script, body):
    site.write_files({'host.html': HOST % (script, body)})
    page.browser.open(f'http://{site.host()}/host.html')


def show_page(page, site, path, ready):
    page.browser.open(f'http://{site.host()}{path}')
    wait_until(lambda: page.browser.script(f'return {ready}'), 60, path)
    return page.browser


@pytest.fixture
def talk(people, site, path):
    """A room in which there is everything."""
    ann, ben = people
    for page in people:
        page.enter(f'http://{site.host()}{path}')
    show_everything(ann, ben)
    yield ann
    for page in people:
        page.browser.open('about:blank')
        page.browser.log()
        page.browser.resize(1280, 800)


def test_room(talk):
    check(talk.browser, 320, 1280)
    for panel in ('#members summary', '#notices summary', '#me'):
        talk.browser.click(panel)
        check(talk.browser)


def test_refused(people, site):
    show_host(people[0], site, ROOM_SCRIPT,
              '<chat-room src="/closed/room"></chat-room>')
    people[0].wait_state('closed')
    check(people[0].browser)


def test_read_only(people, site):
    people[0].enter(f'http://{site.host()}/read/room')
    check(people[0].browser)


def test_rooms(people, site):
    for room in 'abcdefghij':
        site.post(f'/chat/{room}', 'hello', 'text/plain')
    people[1].enter(f'http://{site.host()}/chat/a')
    check(show_page(people[0], site, '/chat/',
                    "document.querySelectorAll('#open bdi').length > 0"))


def test_embedded(people, site):
    show_host(people[0], site, ROOM_SCRIPT,
              '<chat-room src="/chat/axe"></chat-room>')
    people[0].wait_state('online')
    check(people[0].browser)


def test_launcher(people, site):
    page, inside = people[0], "document.querySelector('chat-launcher')"
    show_host(page, site, LAUNCHER_SCRIPT,
              '<chat-launcher src="/chat/axe"></chat-launcher>')
    wait_until(lambda: page.browser.script(
        f"return {inside}.shadowRoot.getElementById('button')?.hidden"
        ' === false'), 10, 'the button')
    check(page.browser)
    page.browser.script(
        f"{inside}.shadowRoot.getElementById('button').click()")
    launched = page.part(f'{inside}?.room?.shadowRoot ?? document')
    launched.wait_state('online')
    wait_until(lambda: page.browser.script(
        f'return {inside}.shadowRoot.getAnimations().length') == 0, 5,
        'the panel is there')
    check(page.browser)


def test_check(people, site):
    check(show_page(people[0], site, '/chat/_chatws/check.html',
                    "document.body.dataset.state === 'done'"), 320, 1280)


def test_compare(people, site):
    check(show_page(people[0], site, '/chat/_chatws/compare.html',
                    "document.body.dataset.state === 'running'"), 320, 1280)


@pytest.mark.parametrize('path, widths, ready', (
    ('/chat-status', (320, 1280), '.room-name'),
    ('/chat-status#list=connections', (1280,), '.col-way'),
    ('/figures', (1280,), '#limited:not([hidden])')))
def test_status(people, site, path, widths, ready):
    people[1].enter(f'http://{site.host()}/chat/status')
    people[0].browser.open('about:blank')
    check(show_page(people[0], site, path, f"document.querySelector('{ready}')"
                    " && document.querySelector('#verdict').textContent"),
          *widths)
