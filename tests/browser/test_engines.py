"""What each check asks of all engines: two people in a room, over every
transport, and a list that stays where it is.  In one file, for to start their
browsers takes longer than the tests do."""
import re
import time

import pytest
from harness import Httpd, wait_until
from log_page import CONFIG, FILES, Log, fill
from test_element import element, host  # noqa: F401
from webdriver import ENTER, SHIFT

pytestmark = pytest.mark.engines()

COUNT = 1000            # messages of the long list


@pytest.fixture(scope='module')
def long():
    with Httpd(config=CONFIG, files=FILES) as running:
        fill(running, 'long', COUNT)
        yield running
        running.check_log()


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


@pytest.mark.parametrize('transport, words', [
    ('websocket', 'WebSocket'), ('sse', 'SSE'), ('longpoll', 'Long polling'),
    ('poll', 'Polling')])
def test_every_transport(pages, host, room,  # noqa: F811
                         transport, words):
    ann, ben = pages
    ann.enter(host(element(room, f'transport="{transport}"')))
    assert ann.browser.script(
        "return room.getElementById('state').title") == words
    ben.say('from a WebSocket')
    ann.wait_texts('from a WebSocket')
    ann.say(f'by {transport}')
    ben.wait_texts('from a WebSocket', f'by {transport}')
    assert [message['own'] for message in ann.messages()] == [False, True]
    ann.enter(host(element(room, f'transport="{transport}"')))
    ann.wait_texts('from a WebSocket', f'by {transport}')
    assert ann.violations() == []


def test_what_is_read_does_not_move(people, long):
    reader = people[0]
    reader.browser.resize(1280, 800)
    log = Log(reader.enter(f'http://{long.host()}/chat/long'))
    log.wait_last(str(COUNT - 1))
    reader.wait_settled()
    moved, most = log.walk(600, 40)
    assert moved <= 1.5
    assert most < 500           # built at the same time
    assert int(log.texts()[0]) < COUNT - 300
    reader.browser.open('about:blank')
