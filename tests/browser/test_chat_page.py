"""The bundled chat page in real browsers: two people in one room."""
import re
import time

import pytest
from harness import wait_until
from webdriver import ENTER, ESCAPE

pytestmark = pytest.mark.engines(long=True)


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
