"""The bundled chat page in real browsers: two people in one room."""
import re
import time

import pytest
from harness import wait_until
from webdriver import ENTER, ESCAPE, SHIFT

pytestmark = pytest.mark.engines(long=True)


@pytest.mark.engines()
def test_two_pages_chat(pages):
    ann, ben = pages
    ann.say('Hello, is anybody here?')
    ben.wait_texts('Hello, is anybody here?')
    ben.say('I am. 你好 👋')
    ann.wait_texts('Hello, is anybody here?', 'I am. 你好 👋')
    for page, own in ((ann, [True, False]), (ben, [False, True])):
        shown = page.messages()
        assert [message['own'] for message in shown] == own
        assert [message['name'] for message in shown] == [ann.name(),
                                                          ben.name()]
        for message in shown:
            assert re.fullmatch(r'\d{1,2}:\d\d', message['time'])
            assert abs(message['moment'] - time.time()) < 300
    assert ann.name() != ben.name()
    assert ann.browser.text('#state') == 'Connected'
    days = {time.localtime(message['moment'])[:3] for message in shown}
    assert ann.browser.count('#list .day') == len(days)


def test_second_visit_shows_history(pages, room):
    ann, ben = pages
    ann.say('first')
    ann.say('second')
    ben.enter(room)
    ben.wait_texts('first', 'second')
    assert ben.live() in ('off', 'polite')
    ben.wait_settled()
    assert [message['own'] for message in ben.messages()] == [False, False]
    ann.enter(room)
    ann.wait_texts('first', 'second')
    assert [message['own'] for message in ann.messages()] == [True, True]


def test_history_is_not_read_aloud(pages):
    ann, _ = pages
    ann.browser.script(
        'window.early = [];'
        "new MutationObserver(() => early.push(room.getElementById('log')"
        ".ariaLive)).observe(room.getElementById('list'),"
        '{ childList: true });')
    ann.wait_settled()
    ann.say('aloud')
    assert ann.browser.script('return early').count('polite') >= 1
    assert ann.browser.script(
        "return room.getElementById('log').role") == 'log'
    assert ann.browser.script(
        "return room.getElementById('alert').role") == 'alert'


@pytest.mark.engines(long=True)
def test_guest_changes_name(pages):
    ann, ben = pages
    name = f'Ann {time.time():.0f}'
    ann.rename(name)
    wait_until(lambda: ann.name() == name, 10, 'new name')
    assert ann.browser.count('dialog[open]') == 0
    ann.say('under my new name')
    ben.wait_texts('under my new name')
    assert ben.messages()[0]['name'] == name
    ben.rename(name)
    wait_until(lambda: 'taken' in ben.browser.text('#rename-error'),
               10, 'error in the dialog')
    ben.browser.type('#rename-name', ESCAPE)
    wait_until(lambda: ben.browser.count('dialog[open]') == 0, 5, 'closed')
    assert ben.name() != name


def test_too_long_is_blocked_before_sending(pages):
    ann, _ = pages
    limit = 8192
    long = '中' * (limit // 3 + 1)
    ann.write(long)
    ann.wait_alert('too long')
    assert ann.browser.text('#size') == '1 character too many'
    assert ann.sent(long) == 0 and ann.texts() == []
    assert ann.browser.script(
        "return room.getElementById('text').value") == long
    ann.browser.fill('#text', long[1:])
    assert ann.browser.text('#alert') == ''
    fits = 'x' * limit
    ann.say(fits)
    assert ann.texts() == [fits]
    assert ann.browser.text('#alert') == ''


@pytest.mark.engines()
def test_enter_and_input_methods(pages):
    ann, _ = pages
    ann.browser.fill('#text', 'one')
    ann.browser.script(
        "room.getElementById('text').dispatchEvent(new KeyboardEvent("
        "'keydown', { key: 'Enter', isComposing: true, bubbles: true }));")
    assert ann.sent('one') == 0
    ann.browser.press(SHIFT, ENTER, *'two', ENTER)
    ann.wait_texts('one\ntwo')
    ann.write('   \n ')
    ann.say('three')
    assert ann.texts() == ['one\ntwo', 'three']
    assert len(ann.commands('message')) == 2


def test_too_fast_is_sent_later_in_order(pages, room):
    ann, ben = pages
    for page in pages:
        page.enter(room.replace('/chat/', '/slow/'))
    texts = [f'line {n}' for n in range(24)]
    ann.browser.script(
        "const field = room.getElementById('text');"
        'for (const text of arguments[0]) {'
        '    field.value = text;'
        "    room.getElementById('composer').requestSubmit();"
        '}', texts)
    ben.wait_texts(*texts, seconds=20)
    ann.wait_texts(*texts)
    wait_until(lambda: ann.pending() == [], 5, 'all confirmed')
    assert ann.browser.text('#alert') == ''


@pytest.mark.engines()
def test_reader_above_is_not_moved(pages):
    ann, ben = pages
    ben.browser.resize(360, 480)
    try:
        for n in range(8):
            ann.say(f'line {n}\n\n\n')
            ann.say(f'text {n}\n\n\n.')
        ben.wait_texts(*ann.texts())
        place = 'return room.getElementById("log").scrollTop'
        assert ben.browser.script(place) > 0
        ben.browser.script('room.getElementById("log").scrollTop = 0')
        wait_until(lambda: ben.browser.script(place) == 0, 5, 'scrolled up')
        ben.wait_settled()
        wait_scrolled(ben)
        ann.say('one more')
        wait_until(lambda: ben.browser.text('#jump') == '1 new message', 5,
                   'the button')
        assert ben.browser.script(place) == 0
        ben.browser.click('#jump')
        wait_until(lambda: ben.browser.script(place) > 0, 5, 'at the end')
        assert ben.browser.text('#jump') == ''
    finally:
        ben.browser.resize(1280, 800)


def wait_scrolled(page):
    """Until the browser has told the page about its scrolling."""
    page.browser.script(
        'window.frames2 = 0;'
        'requestAnimationFrame(() => requestAnimationFrame('
        '() => { window.frames2 = 2; }));')
    wait_until(lambda: page.browser.script('return frames2') == 2, 5, 'frames')


def test_chinese(chinese, pages):
    ann, _ = pages
    browser = chinese.browser
    assert browser.script('return document.documentElement.lang') == 'zh-CN'
    assert browser.text('#state') == '已连接'
    assert browser.script(
        "return room.getElementById('text').placeholder") == '输入消息'
    ann.say('good morning')
    chinese.wait_texts('good morning')
    assert re.match(r'\d+年\d+月\d+日', browser.texts('#list .day')[0])
    assert ann.browser.script('return document.documentElement.lang') == 'en'


def test_rooms_in_use_are_links(pages, server, room):
    ann, ben = pages
    browser = ben.browser
    browser.open(f'http://{server.host()}/chat/')
    name = room.rsplit('/', 1)[1]
    wait_until(lambda: name in browser.texts('#open bdi'), 10, 'the room')
    browser.click(f'#open a[href$="/{name}"]')
    ben.wait_state('online')
    assert browser.text('#title') == name
    browser.open(f'http://{server.host()}/chat/')
    assert browser.count('a[href*="compare.html"]') == 0


def test_choose_a_room(pages, server):
    browser = pages[0].browser
    browser.open(f'http://{server.host()}/chat/')
    wait_until(lambda: browser.script(
        'return document.title') == 'Choose a room', 5, 'the page')
    for bad in ('a/b', '..', '_chatws', 'x' * 200):
        browser.fill('#name', bad)
        browser.type('#name', ENTER)
        assert 'cannot be a room' in browser.text('#error')
    browser.fill('#name', '茶 & 100% #1?')
    browser.type('#name', ENTER)
    pages[0].wait_state('online')
    wait_until(lambda: browser.text('#title') == '茶 & 100% #1?', 5, 'title')
    browser.click('.icon-button')
    wait_until(lambda: browser.url.endswith('/chat/'), 5, 'back')
