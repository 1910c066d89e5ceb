"""What authors and moderators have: on narrow screens, from right to left, in
every colour, and as assistive technology gets it."""
import json

import pytest
from harness import in_soak, wait_until
from order_page import ANN, BEN, MAX, begin
from test_element_access import CONTRASTS, tree
from test_extras_axe import AXE, look
from webdriver import DOWN, END, ESCAPE

LONG = 'Donaudampfschifffahrtsgesellschaft'
SANCTIONS = [{'kind': 'mute', 'user': {**ANN, 'name': LONG}, 'by': MAX,
              'for': 540, 'reason': LONG * 3},
             {'kind': 'ban', 'user': BEN, 'by': MAX, 'address': True}]
# How far an element, or what is in it, is beyond the window; 0: it is not.
BEYOND = '''
const seen = (one) => one.getClientRects().length && !one.closest('.unseen')
    && one.tagName !== 'OPTION';
const items = [...room.querySelectorAll(arguments[0])].filter(seen);

return [items.length > 0, Math.max(0, ...items.flatMap((one) => {
    const { left, right } = one.getBoundingClientRect();

    return [-left, right - document.documentElement.clientWidth];
}))];
'''


@pytest.fixture
def order(pages):
    pages[0].browser.script(
        'window.fetch = async () => new Response(arguments[0]);',
        json.dumps({'sanctions': SANCTIONS}))
    yield begin(pages[0], moderate=True, topic=f'{LONG} {LONG}', slow=30,
                locked=True)
    pages[0].browser.resize(1280, 800)


def tell(order):
    """One message of each kind; the ids."""
    told = order.say(BEN, f'hello {LONG}')
    ids = [told, order.say(ANN, 'an answer', re=told),
           order.say(order.you, f'mine {LONG}', re=told, edited=True),
           order.say({**ANN, 'name': LONG}, '', deleted=True),
           order.say(order.you, 'the last one')]
    order.page.receive(type='report', target=told, by=ANN, reason=LONG * 3)
    return ids


def show(order, dialog):
    """Opens one of the things that lie over the room."""
    browser = order.page.browser
    if dialog == 'panel':
        browser.click('#moderation summary')
        wait_until(lambda: len(browser.texts('.orders .about')) == 3, 10,
                   'the panel')
        return '#moderation .panel, #moderation .panel *'
    if dialog == 'ban':
        order.choose(order.script(
            "return room.querySelector('#list .message').dataset.id"), 'Ban…')
        wait_until(lambda: order.script(
            "return room.getElementById('order-ask')?.open"), 10, 'the dialog')
        return '#order-ask, #order-ask *'
    order.open(order.script(
        "return room.querySelector('#list .message').dataset.id"))
    return '#menu, #menu *'


@pytest.mark.parametrize('width, height', [
    (160, 500), in_soak(240, 500), (320, 256), in_soak(320, 640)])
@pytest.mark.parametrize('direction', ['ltr', 'rtl'])
def test_narrow(order, width, height, direction):
    """Nothing is beyond the window; what is too long can be scrolled to."""
    order.page.browser.resize(width, height)
    order.uses_keys = True
    order.script("room.host.dir = arguments[0]", direction)
    ids = tell(order)
    order.choose(ids[1], 'Reply')
    order.wait_frames()
    for selector in ('#order, #topic, #lock', '.quote', '.deleted .bubble',
                     '.answer, .answer p, .answer button'):
        assert order.script(BEYOND, selector) == [True, 0], selector
    order.choose(ids[-1], 'Delete')
    assert order.script(BEYOND, '.toast, .toast *') == [True, 0]
    order.page.browser.click('#toast button')
    order.choose(ids[-1], 'Edit')
    assert order.script(BEYOND, '.editor, .editor *') == [True, 0]
    order.page.browser.press(ESCAPE)
    for dialog in ('menu', 'ban', 'panel'):
        selector = show(order, dialog)
        is_there, beyond = order.script(BEYOND, selector)
        assert is_there and beyond < 1, dialog
        order.page.browser.press(ESCAPE)


@pytest.mark.parametrize('width, height', [
    (240, 500), in_soak(320, 640), in_soak(390, 844), (640, 300),
    in_soak(1280, 800)])
def test_the_end_of_the_panel(order, width, height):
    """It is longer than the room is high: neither the field nor the window
    hides its last button."""
    order.page.browser.resize(width, height)
    tell(order)
    show(order, 'panel')
    assert order.script('''
        const last = room.querySelector('.room-form .primary');

        last.scrollIntoView({ block: 'end' });
        const { left, right, top, bottom } = last.getBoundingClientRect();

        return [top + 2, bottom - 2].map(
            (y) => room.elementFromPoint((left + right) / 2, y) === last);
        ''') == [True, True]
    order.page.browser.press(ESCAPE)


def test_two_hundred_percent(order):
    """As a browser zooms a window of 640 by 512 pixels."""
    order.page.browser.cdp('Emulation.setDeviceMetricsOverride', width=320,
                           height=256, deviceScaleFactor=2, mobile=False)
    try:
        order.uses_keys = True
        tell(order)
        show(order, 'menu')
        last = "return room.querySelector('#menu button:last-child')"
        order.page.browser.press(END)
        box = order.script(f'{last}.getBoundingClientRect().toJSON()')
        assert box['top'] >= 0 and box['bottom'] <= 256
        order.page.browser.press(ESCAPE)
        show(order, 'panel')
        order.script("room.querySelector('.room-form .primary').focus()")
        box = order.script("return room.querySelector('.room-form .primary')"
                           '.getBoundingClientRect().toJSON()')
        assert box['top'] >= 0 and box['bottom'] <= 256
    finally:
        order.page.browser.cdp('Emulation.clearDeviceMetricsOverride')


@pytest.mark.parametrize('theme', ['light', 'dark'])
def test_contrast(order, theme):
    order.page.browser.set_theme(theme)
    try:
        ids = tell(order)
        order.choose(ids[1], 'Reply')
        order.choose(ids[-1], 'Edit')
        for dialog in (None, 'menu', 'ban', 'panel'):
            if dialog:
                show(order, dialog)
            pairs = order.script(CONTRASTS)
            assert len(pairs) > 15
            assert [pair for pair in pairs if pair[0] < 4.5] == [], dialog
            if dialog:
                order.page.browser.press(ESCAPE)
    finally:
        order.page.browser.set_theme('light')


def test_without_colours(order):
    """What floats has an edge, and where the reader is can be seen."""
    order.page.browser.cdp('Emulation.setEmulatedMedia', features=[
        {'name': 'forced-colors', 'value': 'active'}])
    try:
        ids = tell(order)
        order.open(ids[0])
        style = ('const style = getComputedStyle(room.querySelector('
                 'arguments[0])); return [style.borderTopWidth,'
                 ' style.backgroundColor]')
        order.page.browser.press(DOWN)
        assert order.script(style, '#menu')[0] == '1px'
        assert order.script(style, '#menu :focus')[1] \
            != order.script(style, '#menu button:last-child')[1]
        order.page.browser.press(ESCAPE)
        assert order.script(style, '.act')[0] == '1px'
        assert order.script(style, '.deleted .bubble')[0] == '1px'
    finally:
        order.page.browser.cdp('Emulation.setEmulatedMedia', features=[])


def test_as_a_screen_reader_has_it(order):
    ids = tell(order)
    order.open(ids[0])
    found = [(role, name) for role, name, _ in tree(order.page)]
    assert ('menu', 'Actions') in found
    assert [name for role, name in found if role == 'menuitem'] \
        == order.items()
    order.page.browser.press(ESCAPE)
    order.choose(ids[-1], 'Edit')
    order.page.browser.click('#moderation summary')
    wait_until(lambda: len(order.page.browser.texts('.orders .about')) == 3,
               10, 'the panel')
    found = {(role, name) for role, name, _ in tree(order.page)}
    for wanted in (('textbox', 'Edit your message'), ('textbox', 'Topic'),
                   ('combobox', 'Time between messages of a person'),
                   ('checkbox', 'Only moderators write'),
                   ('button', f'Lift mute and ban ({LONG})'),
                   ('DisclosureTriangle', 'Moderation, 1 report'),
                   ('button', f'Topic: {LONG} {LONG}')):
        assert wanted in found, wanted
    assert ('link', 'Reply to Ben hello ' + LONG) in {
        (role, name.strip()) for role, name in found}


@pytest.mark.skipif(not AXE.is_file(), reason='npm ci was not run in build/npm')
def test_axe(order):
    ids = tell(order)
    order.choose(ids[1], 'Reply')
    order.choose(ids[-1], 'Edit')
    assert look(order.page) == []
    for dialog in ('menu', 'ban', 'panel'):
        show(order, dialog)
        assert look(order.page) == [], dialog
        order.page.browser.press(ESCAPE)
    order.choose(ids[2], 'Delete')
    order.script("room.querySelector('#toast button').focus()")     # it waits
    assert look(order.page) == []
    order.page.browser.click('#toast button')
    order.hello(muted=600)
    assert look(order.page) == []


@pytest.mark.engines(long=True)
@pytest.mark.parametrize('direction', ['ltr', 'rtl'])
def test_where_the_menu_opens(order, direction):
    """Beside its button, whichever side that is on."""
    order.page.browser.resize(1280, 1000)
    order.script("room.host.dir = arguments[0]", direction)
    ids = tell(order)
    for told in (ids[0], ids[-1]):
        order.open(told)
        boxes = order.script(
            "return ['.act', '#menu'].map((one) => room.querySelector(one)"
            '.getBoundingClientRect().toJSON())')
        button, menu = boxes
        assert menu['left'] < button['right'] + 1
        assert menu['right'] > button['left'] - 1
        assert menu['top'] >= button['bottom'] - 1 \
            or menu['bottom'] <= button['top'] + 1
        order.page.browser.press(ESCAPE)
