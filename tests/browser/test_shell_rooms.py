"""The page that asks for a room, and the page of a room in a frame."""
import json

import pytest
from harness import Httpd, wait_until

ROOMS = [
    {'room': '/chat/empty 2', 'count': 0, 'last': '1795321230000-0'},
    {'room': '/chat/quiet', 'count': 1, 'last': '1795321230000-0'},
    {'room': '/chat/lively', 'count': 12, 'last': '1795321230000-0'},
    {'room': '/chat/check-0123abcd', 'count': 3},
    {'room': '/chat/talking', 'count': 1, 'last': '1795321239000-4'},
    {'room': '/chat/empty 10', 'count': 0},
]
LIST = '''
const names = (id) => Array.from(document.querySelectorAll(`#${id} bdi`),
    (name) => name.textContent);
return [names('open-list'), names('idle-list'),
    document.getElementById('idle').open,
    document.getElementById('idle-count').textContent];
'''


@pytest.fixture
def chooser(people, server):
    """A function that opens the page with these rooms in use."""
    browser = people[0].browser

    def show(rooms):
        added = browser.add_script(
            'window.asked = [];'
            'window.fetch = async (url) => { asked.push(url);'
            f' return new Response(JSON.stringify({json.dumps(rooms)})); }};')
        browser.open(f'http://{server.host()}/chat/')
        browser.remove_script(added)
        return browser
    return show


def test_rooms_by_people_and_last_message(chooser):
    browser = chooser({'rooms': ROOMS})
    wait_until(lambda: browser.script(LIST)[0], 5, 'the list')
    assert browser.script(LIST) == [
        ['lively', 'talking', 'quiet'], ['empty 2', 'empty 10'], False,
        '2 empty rooms']
    browser.click('#idle summary')
    assert browser.script(LIST)[2]
    assert browser.text('#idle-list a') == 'empty 2'


def test_no_room_is_in_use(chooser):
    browser = chooser({'rooms': []})
    wait_until(lambda: browser.script('return asked.length') == 1, 5, 'asked')
    assert browser.script("return document.getElementById('open').hidden")
    browser = chooser({'rooms': ROOMS[:1]})
    wait_until(lambda: browser.script(LIST)[1] == ['empty 2'], 5, 'the list')
    assert browser.text('#idle-count') == '1 empty room'


def test_a_list_that_is_off_is_not_asked_for(people):
    with Httpd(config='<Location "/chat">\n    Chat rooms\n</Location>\n'
               ) as server:
        browser = people[0].browser
        browser.log()
        browser.open(f'http://{server.host()}/chat/')
        wait_until(lambda: browser.script(
            'return document.title') == 'Choose a room', 5, 'the page')
        assert browser.count('a[href*="compare.html"]') == 0
        assert browser.count('a[href*="check.html"]') == 1
        browser.open('about:blank')
        assert browser.log() == []
        wait_until(lambda: any('/chat/_chatws/' in line for line in
                               server.access_lines()), 5, 'the log')
        assert not any('?rooms' in line for line in server.access_lines())


def test_an_error_goes_when_the_name_changes(people, server):
    browser = people[0].browser
    browser.open(f'http://{server.host()}/chat/')
    wait_until(lambda: browser.script(
        'return document.title') == 'Choose a room', 5, 'the page')
    browser.fill('#name', 'a/b')
    browser.click('.primary')
    assert 'cannot be a room' in browser.text('#error')
    browser.fill('#name', 'a')
    assert browser.text('#error') == ''


@pytest.mark.engines(long=True)
def test_a_room_in_a_frame_leaves_the_page_alone(people, server):
    """It neither takes the focus nor scrolls."""
    page = people[0]
    browser = page.browser
    server.write_files({'frame.html': '''<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Frame</title>
<link rel="icon" href="/chat/_chatws/icon.svg">
<h1>A long page</h1><input id="mine" autofocus>
<p style="height: 3000px"></p>
<iframe src="/chat/framed" title="Chat" width="400" height="400"></iframe>
'''})
    browser.log()
    browser.open(f'http://{server.host()}/frame.html')
    browser.script("document.getElementById('mine').focus()")
    wait_until(lambda: browser.script(
        "const frame = document.querySelector('iframe').contentDocument;"
        "return frame.querySelector('chat-room')?.chat?.state"
        ) == 'online', 10, 'the room in the frame')
    assert browser.script(
        'return [scrollY, document.activeElement.id,'
        " document.querySelector('iframe').contentDocument.querySelector("
        "'chat-room').shadowRoot.activeElement]") == [0, 'mine', None]
    browser.open('about:blank')
    browser.log()


def test_the_page_of_a_room_has_landmarks(pages):
    ann, _ = pages
    assert ann.browser.script(
        "return [document.querySelectorAll('main').length,"
        " room.querySelectorAll('h1').length,"
        " room.querySelector('h1').textContent ==="
        " document.title.replace(/^\\(\\d+\\) /, '')]"
        ) == [1, 1, True]
    ann.browser.open(ann.browser.url.rsplit('/', 1)[0] + '/50%25')
    ann.wait_state('online')
    assert ann.browser.script('return document.title') == '50%'


def test_the_first_paint_stays(people, server):
    """Nothing that the reader sees of an empty room moves while it loads."""
    page = people[0]
    added = page.browser.add_script(
        'window.shifts = [];'
        'new PerformanceObserver((list) => shifts.push(...list.getEntries()'
        ".map(({ value }) => value))).observe({ type: 'layout-shift',"
        ' buffered: true });')
    page.enter(f'http://{server.host()}/chat/first-paint')
    page.wait_settled()
    page.browser.remove_script(added)
    assert sum(page.browser.script('return shifts')) < 0.02
