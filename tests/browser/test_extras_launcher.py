"""<chat-launcher>: a button in the corner of any page."""
import json

import pytest
from harness import wait_until
from webdriver import ENTER, ESCAPE, TAB

SCRIPT = '<script type="module" src="/chat/_chatws/chat-launcher.js"></script>'
LAUNCHER = "document.querySelector('chat-launcher')"
ROOM_IS = f'{LAUNCHER}?.room?.shadowRoot ?? document'
INSIDE = f'{LAUNCHER}.shadowRoot'
LOADED = ("return performance.getEntriesByType('resource')"
          '.map(({ name }) => new URL(name).pathname)')


@pytest.fixture
def host(server, request):
    """A function that writes a page of the site and returns its URL."""
    name = 'host-' + request.node.name.replace('[', '-').replace(']', '')

    def write(body, suffix='', lang='en'):
        server.write_files({f'{name}{suffix}.html':
                            f'<!doctype html>\n<html lang="{lang}">\n'
                            '<meta charset="utf-8">\n<title>Host</title>\n'
                            '<meta name="viewport"'
                            ' content="width=device-width">\n'
                            '<link rel="icon" href="/chat/_chatws/icon.svg">\n'
                            f'{SCRIPT}\n<h1>A site</h1>\n'
                            f'<a href="#">A link</a>\n{body}\n'})
        return f'http://{server.host()}/{name}{suffix}.html'
    return write


def element(room, attributes=''):
    path = '/' + room.split('/', 3)[3]
    return f'<chat-launcher src="{path}" {attributes}></chat-launcher>'


def show(page, url):
    """Opens a page and waits for the button; page is the launched room's."""
    launched = page.part(ROOM_IS)
    launched.browser.open(url)
    wait_button(launched)
    return launched


def wait_button(page):
    wait_until(lambda: page.browser.script(
        f"return {INSIDE}?.getElementById('button')?.hidden === false"), 10,
        'the button')


def button(page, what):
    return page.browser.script(
        f"return {INSIDE}.getElementById('button').{what}")


def press_button(page):
    page.browser.script(f"{INSIDE}.getElementById('button').focus()")
    page.browser.press(ENTER)


def focus(page):
    """Where the keyboard is: in the page, the launcher or the room."""
    return page.browser.script(
        'let focused = document.activeElement;'
        'while (focused?.shadowRoot?.activeElement) {'
        ' focused = focused.shadowRoot.activeElement; }'
        'return focused.id || focused.className || focused.localName')


def badge(page):
    return page.browser.script(
        f"const badge = {INSIDE}.querySelector('.badge');"
        "return badge.hidden ? '' : badge.textContent")


def test_who_never_opens_it_costs_nothing(pages, host, room):
    pages[0].browser.script('sessionStorage.clear()')
    ann = show(pages[0], host(element(room)))
    wait_until(lambda: ann.browser.script(
        "return document.readyState === 'complete'"), 10, 'loaded')
    loaded = ann.browser.script(LOADED)
    assert not any('chat-room' in path or '/client/' in path
                   for path in loaded), loaded
    assert len([path for path in loaded if '_chatws' in path
                and not path.endswith('.svg')]) <= 8, loaded
    assert ann.urls() == []
    assert ann.browser.script(
        "return sessionStorage.getItem('chatws.launcher')") is None


@pytest.mark.engines(long=True)
def test_opens_talks_and_closes(pages, host, room):
    """By keyboard alone, under a strict policy."""
    ben = pages[1]
    ann = show(pages[0], host(element(room)))
    assert button(ann, 'ariaExpanded') == 'false'
    assert button(ann, 'ariaLabel') == 'Chat'
    press_button(ann)
    ann.wait_state('online')
    assert button(ann, 'ariaExpanded') == 'true'
    wait_until(lambda: focus(ann) == 'text', 20, 'focus in the field')
    ann.browser.press(*'hello', ENTER)
    ben.wait_texts('hello')
    ann.browser.press(ESCAPE)
    wait_until(lambda: button(ann, 'ariaExpanded') == 'false', 20, 'closed')
    wait_until(lambda: focus(ann) == 'button', 20, 'focus on the button')
    assert ann.violations() == []
    assert ann.browser.script(
        f"return {INSIDE}.querySelectorAll('[style], style').length") == 0


def test_token(pages, host, room):
    """The room has it, whenever it is given and however."""
    ann = show(pages[0], host(element(room, 'token="an.attribute.s"')))
    press_button(ann)
    ann.wait_state('online')
    used = f'return {LAUNCHER}.chat?.room.token'
    assert ann.browser.script(used) == 'an.attribute.s'
    ann.browser.script(f"{LAUNCHER}.token = async () => 'the.property.s';")
    ann.cut()
    ann.mend()
    wait_until(lambda: ann.browser.script(used) == 'the.property.s', 20,
               'that of the property')


def test_escape_closes_the_innermost_first(pages, host, room):
    ann = show(pages[0], host(element(room)))
    press_button(ann)
    ann.wait_state('online')
    ann.browser.script("room.querySelector('#notices summary').focus()")
    ann.browser.press(ENTER)
    wait_until(lambda: ann.browser.script(
        "return room.getElementById('notices').open"), 20, 'the bell')
    ann.browser.press(ESCAPE)
    assert not ann.browser.script(
        "return room.getElementById('notices').open")
    assert button(ann, 'ariaExpanded') == 'true'
    ann.browser.script("room.getElementById('me').focus()")
    ann.browser.press(ENTER)
    wait_until(lambda: ann.browser.script(
        "return room.getElementById('rename').open"), 20, 'the dialog')
    ann.browser.press(ESCAPE)
    wait_until(lambda: not ann.browser.script(
        "return room.getElementById('rename').open"), 20, 'no dialog')
    assert button(ann, 'ariaExpanded') == 'true'
    ann.browser.press(ESCAPE)
    wait_until(lambda: button(ann, 'ariaExpanded') == 'false', 20, 'closed')


@pytest.mark.engines(long=True)
def test_badge_and_events(pages, host, room):
    ben = pages[1]
    ann = show(pages[0], host(element(room)))
    ann.browser.script(
        f'window.told = []; const launcher = {LAUNCHER};'
        "for (const type of ['message', 'state', 'unread', 'toggle']) {"
        ' launcher.addEventListener(type, ({ detail }) =>'
        ' told.push([type, detail])); }')
    press_button(ann)
    ann.wait_state('online')
    ann.wait_settled()
    ann.browser.press(ESCAPE)
    ben.say('one')
    ben.say('two')
    wait_until(lambda: badge(ann) == '2', 10, 'the badge')
    assert button(ann, 'ariaLabel') == 'Chat, 2 new messages'
    assert ann.browser.script(
        f"return {INSIDE}.querySelector('.status').textContent"
    ) == '1 new message'
    press_button(ann)
    wait_until(lambda: badge(ann) == '', 10, 'no badge')
    told = ann.browser.script('return told')
    assert [detail['text'] for kind, detail in told
            if kind == 'message'] == ['one', 'two']
    assert [detail['open'] for kind, detail in told
            if kind == 'toggle'] == [True, False, True]
    assert [detail['count'] for kind, detail in told
            if kind == 'unread'] == [1, 2, 0]
    assert ['online'] == [detail['state'] for kind, detail in told
                          if kind == 'state'][-1:]


def test_the_next_page_of_the_tab(pages, host, room):
    """It is open again there, without taking the focus; a closed one tells
    how many messages came."""
    ben = pages[1]
    ben.say('first')
    ann = show(pages[0], host(element(room)))
    press_button(ann)
    ann.wait_state('online')
    show(pages[0], host(element(room), '-two'))
    ann.wait_state('online')
    assert button(ann, 'ariaExpanded') == 'true'
    assert focus(ann) == 'body'
    ann.wait_settled()
    ann.browser.script(f'{LAUNCHER}.close()')
    wait_until(lambda: button(ann, 'ariaExpanded') == 'false', 20, 'closed')
    ben.say('meanwhile')
    wait_until(lambda: badge(ann) == '1', 10, 'the badge')
    show(pages[0], host(element(room)))
    wait_until(lambda: badge(ann) == '1', 10, 'the badge')
    ann.wait_state('online', 20)
    assert button(ann, 'ariaExpanded') == 'false'
    ben.say('and now')
    wait_until(lambda: badge(ann) == '2', 10, 'the badge')


def test_when_it_connects(pages, host, room):
    ann = show(pages[0], host(element(room, 'connect="load"')))
    ann.wait_state('online')
    assert button(ann, 'ariaExpanded') == 'false'
    ann.browser.script('sessionStorage.clear()')
    ann = show(pages[0], host(element(room, 'connect="open"'), '-two'))
    press_button(ann)
    ann.wait_state('online')
    ann.browser.press(ESCAPE)
    wait_until(lambda: ann.browser.script(f'return {LAUNCHER}.room') is None,
               5, 'no room')
    press_button(ann)
    ann.wait_state('online')
    ann.browser.press(ESCAPE)
    wait_until(lambda: button(ann, 'ariaExpanded') == 'false', 20, 'closed')


def test_a_phone_gets_the_whole_screen(pages, host, room):
    """The page behind it is out of reach; its own button closes it."""
    ann = show(pages[0], host(element(room)))
    ann.browser.resize(390, 700)
    try:
        press_button(ann)
        ann.wait_state('online')
        wait_until(lambda: ann.browser.script(
            f"const box = {LAUNCHER}.room.getBoundingClientRect();"
            'return [box.x, box.y, box.width, box.height]')
            == [0, 0, 390, 700], 20, 'the whole screen')
        for _ in range(9):
            ann.browser.press(TAB)
            assert focus(ann) not in ('a', 'button')
        ann.browser.script(f"{LAUNCHER}.room.querySelector('.close').click()")
        wait_until(lambda: focus(ann) == 'button', 20, 'focus on the button')
        # Not at once over the next page.
        press_button(ann)
        show(pages[0], host(element(room), '-two'))
        assert button(ann, 'ariaExpanded') == 'false'
    finally:
        ann.browser.resize(1280, 800)


@pytest.mark.parametrize('corner, lang, at', [
    ('', 'en', 'right bottom'), ('bottom-start', 'en', 'left bottom'),
    ('top-end', 'en', 'right top'), ('', 'ar', 'left bottom')])
def test_corners(pages, host, room, corner, lang, at):
    url = host(element(room, f'corner="{corner}"' if corner else ''),
               lang=f'{lang}" dir="rtl' if lang == 'ar' else lang)
    ann = show(pages[0], url)
    box = ann.browser.script(
        f"const box = {INSIDE}.getElementById('button')"
        '.getBoundingClientRect();'
        "return `${box.x > innerWidth / 2 ? 'right' : 'left'} "
        "${box.y > innerHeight / 2 ? 'bottom' : 'top'}`")
    assert box == at
    press_button(ann)
    ann.wait_state('online')
    wait_until(lambda: ann.browser.script(
        f'return {INSIDE}.getAnimations().length') == 0, 10, 'it is there')
    inside = ann.browser.script(
        f"const panel = {INSIDE}.getElementById('panel')"
        '.getBoundingClientRect();'
        f"const own = {INSIDE}.getElementById('button')"
        '.getBoundingClientRect();'
        'return panel.left >= 0 && panel.top >= 0'
        ' && panel.right <= innerWidth && panel.bottom <= innerHeight'
        ' && (panel.bottom < own.top || panel.top > own.bottom)'
        ' && Math.abs(panel.left - own.left) < 500')
    assert inside


def test_hostile_style_and_print(pages, host, room, server):
    server.write_files({'host-loud.css': '''
* { all: unset !important; color: red !important; background: lime !important;
    font: italic 40px/3 serif !important; }
''' })
    ann = show(pages[0], host('<link rel="stylesheet" href="host-loud.css">'
                              + element(room)))
    look = ("const style = getComputedStyle("
            f"{INSIDE}.getElementById('button'));"
            'return [style.position, style.width, style.display,'
            ' style.fontStyle]')
    assert ann.browser.script(look) == ['fixed', '56px', 'grid', 'normal']
    ann.browser.cdp('Emulation.setEmulatedMedia', media='print')
    try:
        assert ann.browser.script(look)[2] == 'none'
    finally:
        ann.browser.cdp('Emulation.setEmulatedMedia', media='')


def test_a_room_that_cannot_be_loaded(pages, host, room):
    ann = show(pages[0], host(element(room)))
    ann.browser.cdp('Network.enable')
    ann.browser.cdp('Network.setBlockedURLs', urls=['*chat-room.js*'])
    try:
        press_button(ann)
        wait_until(lambda: 'could not be loaded' in ann.browser.script(
            f"return {INSIDE}.querySelector('.failed').textContent"), 10,
            'a sentence')
        ann.browser.script(f"{LAUNCHER}.room.querySelector('.close').click()")
        wait_until(lambda: button(ann, 'ariaExpanded') == 'false', 20, 'closed')
    finally:
        ann.browser.cdp('Network.setBlockedURLs', urls=[])
        ann.browser.log()


def test_what_the_tab_remembers_may_be_anything(pages, host, room):
    ann = show(pages[0], host(element(room)))
    for kept in ('', '{', '{}', '[1]', '[[null, null]]', json.dumps(
            [[room, {'open': 'x', 'unread': 'y'}]])):
        ann.browser.script("sessionStorage.setItem('chatws.launcher',"
                           ' arguments[0])', kept)
        show(pages[0], host(element(room)))


def test_closed_and_opened_at_once(pages, host, room):
    """The closing is told later, and is over by then."""
    ann = show(pages[0], host(element(room, 'connect="open"')))
    press_button(ann)
    ann.wait_state('online')
    ann.browser.script(
        f"{INSIDE}.getElementById('panel').addEventListener('close',"
        " () => { window.told = true; });"
        f'{LAUNCHER}.close(); {LAUNCHER}.open()')
    wait_until(lambda: ann.browser.script('return window.told'), 20, 'told')
    assert button(ann, 'ariaExpanded') == 'true'
    assert ann.state() == 'online'


def test_a_room_that_is_named_later(pages, host, room):
    ann = pages[0].part(ROOM_IS)
    ann.browser.open(host('<chat-launcher connect="load"></chat-launcher>'))
    wait_until(lambda: ann.browser.script(
        f"return Boolean({LAUNCHER}.shadowRoot?.getElementById('button'))"),
        10, 'the launcher')
    ann.browser.script(f"{LAUNCHER}.setAttribute('src', arguments[0])", room)
    ann.wait_state('online')


def test_the_window_changes_under_the_keyboard(pages, host, room):
    """Small and large are two kinds of dialog: the reader writes on."""
    ann = show(pages[0], host(element(room)))
    ann.browser.resize(1000, 700)
    try:
        press_button(ann)
        ann.wait_state('online')
        for width in (390, 1000):
            ann.browser.script("room.getElementById('text').focus()")
            ann.browser.resize(width, 700)
            wait_until(lambda: ann.browser.script(
                f"return {INSIDE}.getElementById('panel').matches(':modal')")
                == (width == 390), 20, f'the kind for {width}')
            assert focus(ann) == 'text'
    finally:
        ann.browser.resize(1280, 800)
