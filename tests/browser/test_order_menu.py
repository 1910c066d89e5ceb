"""The menu of a message: by mouse, finger and keyboard, and what is in it."""
import pytest
from harness import wait_until
from order_page import ANN, BEN, MAX, begin
from webdriver import DOWN, END, ENTER, ESCAPE, F10, HOME, SHIFT, TAB, UP

READER = ['Reply', 'Copy link', 'Report…', 'Ben, more']
AUTHOR = ['Reply', 'Copy link', 'Edit', 'Delete']
SANCTIONS = ['Mute for 10 minutes', 'Mute for 1 hour', 'Send out once', 'Ban…',
             'Lift mute and ban']


@pytest.fixture
def order(pages):
    return begin(pages[0])


def fill(order, count=30):
    return [order.say(BEN, f'line {number}') for number in range(count)]


@pytest.mark.engines(long=True)
def test_by_mouse(order):
    """The button is there while the reader points; nothing moves."""
    ids = fill(order)
    told = ids[-8]
    browser = order.page.browser
    order.script('room.getElementById("log").scrollTop -= 150')
    order.wait_frames()
    before = order.tops()
    order.script(
        'room.querySelector(arguments[0]).dispatchEvent(new PointerEvent('
        "'pointermove', { bubbles: true, pointerType: 'mouse', movementX: 1 }))",
        f'{order.at(told)} .text')
    assert browser.count('.act') == 1
    assert browser.count(f'{order.at(told)} .act') == 1
    browser.click('.act')
    assert order.items() == READER
    assert order.tops() == before
    browser.press(ESCAPE)
    wait_until(lambda: not order.is_open(), 20, 'closed')
    assert order.focused() == told
    assert order.tops() == before
    # A click beside it closes it, too.
    browser.click('.act')
    order.items()
    order.script("room.getElementById('menu').click()")
    assert not order.is_open() and order.tops() == before


@pytest.mark.engines(long=True)
def test_by_keyboard(order):
    told, mine = order.say(BEN, 'hello'), order.say(order.you, 'mine')
    browser = order.page.browser
    order.focus(told)
    browser.press(SHIFT, F10)
    assert order.items() == READER
    item = 'return room.activeElement.textContent'
    assert order.script(item) == 'Reply'
    browser.press(DOWN)
    assert order.script(item) == 'Copy link'
    browser.press(END)
    assert order.script(item) == 'Ben, more'
    browser.press(HOME)
    assert order.script(item) == 'Reply'
    browser.press(ESCAPE)
    wait_until(lambda: not order.is_open(), 20, 'closed')
    assert order.focused() == told
    browser.press(SHIFT, F10)
    order.items()
    browser.press(END)
    browser.press(DOWN)
    assert order.script(item) == 'Reply'
    browser.press(UP)
    browser.press('c')
    assert order.script(item) == 'Copy link'
    browser.press(TAB)
    wait_until(lambda: not order.is_open(), 20, 'closed')
    assert order.focused() == told
    # The button is what the Tab key reaches next.
    browser.press(TAB)
    assert order.script('return room.activeElement.className') == 'act'
    browser.press(ENTER)
    assert order.items() == READER
    browser.press(ENTER)
    wait_until(lambda: order.focused() == 'text', 20, 'the field')
    # Own messages have one, too.
    assert order.script(
        "const event = new KeyboardEvent('keydown', { key: 'ContextMenu',"
        ' bubbles: true, cancelable: true });'
        'const link = room.querySelector(arguments[0]);'
        'link.focus(); link.dispatchEvent(event);'
        'return event.defaultPrevented', f'{order.at(mine)} .time') is True
    assert order.items() == AUTHOR


@pytest.mark.engines(long=True)
def test_opened_again_at_once(order):
    """A dialog's `close` event comes later, when the menu may be open again:
    for this one or another message."""
    told = order.say(BEN, 'hello')
    order.focus(told)
    order.page.browser.press(SHIFT, F10)
    assert order.items() == READER
    order.script("""
const press = (key) => room.activeElement.dispatchEvent(new KeyboardEvent(
    'keydown', { key, bubbles: true, composed: true, cancelable: true }));

press('Escape');
press('ContextMenu');
""")
    order.wait_frames()
    assert order.is_open()
    order.page.browser.press(ESCAPE)
    wait_until(lambda: not order.is_open(), 20, 'closed')
    assert order.focused() == told


@pytest.mark.engines(long=True)
def test_by_finger(order):
    ids = fill(order)
    told = ids[-2]
    before = order.tops()
    order.touch(told, 'pointerdown', 'pointerup')               # a tap
    order.touch(told, 'pointerdown', ('pointermove', 50))       # a scroll
    order.wait_frames()
    assert not order.is_open()
    order.touch(told, 'pointerdown')
    assert order.items() == ['Reply', 'Copy text', 'Copy link', 'Report…',
                             'Ben, more']
    assert order.tops() == before
    place = order.script(
        "const menu = room.getElementById('menu').getBoundingClientRect();"
        'return [menu.left, menu.top, innerWidth - menu.right,'
        ' innerHeight - menu.bottom]')
    assert min(place) >= 0, place
    # What ends the press takes no item.
    order.touch(told, 'pointerup')
    assert order.is_open()


def test_the_browsers_own_long_press(order):
    """It would mark a word, or open a menu of its own."""
    told = order.say(BEN, 'see https://example.com/')
    # A link has a menu of its own, and so has the mouse.
    for target, kind, is_ours in (('.text', 'touch', True),
                                  ('.text a', 'touch', False),
                                  ('.text', 'mouse', False)):
        assert order.script('''
            const item = room.querySelector(arguments[0]);
            const send = (type) => {
                const event = new PointerEvent(type, { bubbles: true,
                    cancelable: true, pointerType: arguments[1],
                    isPrimary: true });
                item.dispatchEvent(event);
                return event.defaultPrevented;
            };
            send('pointerdown');
            return send('contextmenu');
            ''', f'{order.at(told)} {target}', kind) is is_ours
        if is_ours:
            order.items()
            order.page.browser.press(ESCAPE)


def test_what_is_in_it(order):
    told, mine = order.say(BEN, 'hello'), order.say(order.you, 'mine')
    boss = order.say(MAX, 'be kind', re=told)
    close = order.page.browser.press
    for message, items in ((told, READER), (mine, AUTHOR), (boss, [
            'Reply', 'Go to the quoted message', 'Copy link', 'Report…',
            'Max, more'])):
        assert order.open(message) == items
        close(ESCAPE)
    order.hello(moderate=True)
    for message, items in (
            (told, ['Reply', 'Copy link', 'Delete', 'Ben, more', *SANCTIONS]),
            (mine, AUTHOR),
            (boss, ['Reply', 'Go to the quoted message', 'Copy link', 'Delete',
                    'Max, more'])):
        assert order.open(message) == items
        close(ESCAPE)
    order.happen('deleted', target=told, by=MAX)
    assert order.open(told) == ['Copy link', 'Ben, more', *SANCTIONS]
    close(ESCAPE)


def test_an_older_server(order):
    """It has none of the commands: there is nothing to refuse."""
    order.page.receive(type='hello', room='/chat/lobby', you=order.you,
                       cursor='0-0', resumed=True, gap=False)
    told, mine = order.say(BEN, 'hello'), order.say(order.you, 'mine')
    assert order.open(told) == ['Copy link', 'Ben, more']
    order.page.browser.press(ESCAPE)
    assert order.open(mine) == ['Copy link']
    order.page.browser.press(ESCAPE)


def test_copies(order, room):
    told = order.say(BEN, 'hello')
    order.script('navigator.clipboard.writeText = async (text) =>'
                 ' { window.copied = text; };')
    order.choose(told, 'Copy link')
    wait_until(lambda: order.script('return window.copied')
               == f'{room}#{told}', 20, 'the link')
    assert order.toast() == 'Copied.'
    # Without https there is no such thing: the old way, and back again.
    order.script('''
        navigator.clipboard.writeText = async () => { throw new Error(); };
        document.execCommand = (name) => {
            window.copied = `${name} ${room.activeElement.value}`;
        };
    ''')
    order.touch(told, 'pointerdown')
    order.items()
    order.script("room.querySelectorAll('#menu [role=\"menuitem\"]')[1].click()")
    wait_until(lambda: order.script('return window.copied') == 'copy hello',
               5, 'the text')
    assert order.focused() == told
    assert order.page.browser.count('textarea') == 1


def test_a_report(order):
    told = order.say(BEN, 'rude')
    order.hold()
    order.choose(told, 'Report…')
    wait_until(lambda: order.script(
        "return room.getElementById('order-ask')?.open"), 10, 'the dialog')
    order.page.browser.fill('#ask-reason', 'ü' * 101)
    order.page.browser.click('#order-ask .primary')
    assert 'too long' in order.page.browser.text('#order-ask .alert')
    order.page.browser.fill('#ask-reason', ' very rude ')
    order.page.browser.click('#order-ask .primary')
    assert order.said() == {'type': 'report', 'id': told,
                            'reason': 'very rude'}
    order.answer('ack')
    wait_until(lambda: 'have been told' in order.toast(), 20, 'the thanks')
    assert order.page.browser.count('#order-ask') == 0


def test_sanctions(order):
    told = order.say(ANN, 'spam')
    order.hello(moderate=True)
    order.hold()
    for text, command, words in (
            ('Mute for 10 minutes', {'type': 'mute', 'for': 600},
             'Ann is muted for 10 minutes.'),
            ('Mute for 1 hour', {'type': 'mute', 'for': 3600},
             'Ann is muted for 1 hour.'),
            ('Send out once', {'type': 'kick'}, 'Ann has been sent out.'),
            ('Lift mute and ban', {'type': 'pardon'},
             'Ann may write and enter again.')):
        order.choose(told, text)
        assert order.said() == {'user': ANN['id'], **command}
        order.answer('ack')
        wait_until(lambda: order.toast() == words, 20, words)
        order.commands(forget=True)
    order.choose(told, 'Mute for 1 hour')
    order.answer('error', code='forbidden', text='A moderator.')
    order.page.wait_alert('You may not do this.')


def test_a_ban(order):
    told = order.say(ANN, 'spam')
    order.hello(moderate=True)
    order.hold()
    order.choose(told, 'Ban…')
    wait_until(lambda: order.script(
        "return room.getElementById('order-ask')?.open"), 10, 'the dialog')
    order.script(
        "for (const box of room.querySelectorAll('#order-ask input[type]'))"
        ' { box.click(); }'
        "room.getElementById('ask-time').value = '3600';")
    order.page.browser.fill('#ask-reason', 'spam')
    began = order.script(
        "room.querySelector('#order-ask .primary').click();"
        'return performance.now()')
    wait_until(lambda: order.toast() == 'Ann is being banned.', 20, 'later')
    assert order.wait_command()['at'] - began > 4000
    assert order.said() == {'type': 'ban', 'user': ANN['id'], 'for': 3600,
                            'reason': 'spam', 'address': True, 'purge': True}
    order.answer('ack', address=False)
    wait_until(lambda: 'address is not known' in order.toast(), 20, 'the half')
    # Undone, nothing is sent; only guests have an address.
    order.commands(forget=True)
    told = order.say(BEN, 'spam')
    order.choose(told, 'Ban…')
    wait_until(lambda: order.script(
        "return room.getElementById('order-ask')?.open"), 10, 'the dialog')
    assert order.page.browser.count('#order-ask input[type]') == 1
    order.page.browser.click('#order-ask .primary')
    order.page.browser.click('#toast button')
    order.choose(told, 'Mute for 1 hour')
    assert [one['type'] for one in [order.wait_command()]] == ['mute']
    assert len(order.commands()) == 1


def test_from_the_people(order):
    """Whoever has written nothing can be muted, too."""
    order.hello(moderate=True)
    order.hold()
    order.page.browser.click('#members summary')
    order.script("room.querySelector('[data-id=\"u-ben\"] .more').click()")
    wait_until(lambda: order.page.browser.texts('#person .orders button')
               == SANCTIONS, 10, 'the dialog')
    order.script("room.querySelector('#person .orders button').click()")
    assert order.said() == {'type': 'mute', 'user': 'u-ben', 'for': 600}


def test_someone_who_was_edited_stays_focused(order):
    """A row that is built anew keeps the focus that it had."""
    told = order.say(BEN, 'hello')
    order.focus(told)
    order.happen('edited', target=told, text='hello again')
    assert order.focused() == told
    order.open(told)
    order.happen('edited', target=told, text='hello once more')
    order.page.browser.press(ESCAPE)
    wait_until(lambda: order.focused() == told, 20, 'the focus')
