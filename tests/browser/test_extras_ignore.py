"""Ignoring somebody, in this browser only."""
import pytest
from harness import wait_until
from webdriver import END, ENTER, ESCAPE, F10, SHIFT

SEEN = '''
return Array.from(room.querySelectorAll('#list .message'))
    .filter((item) => item.getClientRects().length > 0)
    .map((item) => item.querySelector('.text').textContent);
'''


@pytest.fixture(autouse=True)
def nobody(pages):
    yield
    for page in pages:
        page.browser.script("localStorage.removeItem('chatws.ignored')")


def wait_seen(page, *texts):
    wait_until(lambda: page.browser.script(SEEN) == list(texts), 10,
               f'{texts}')


def open_dialog(page):
    wait_until(lambda: page.browser.script(
        "return room.getElementById('person').open"), 10, 'the dialog')


@pytest.mark.engines(long=True)
def test_from_a_message_and_back(pages, room):
    ann, ben = pages
    ben.say('spam')
    ann.wait_texts('spam')
    ann.wait_settled()
    ann.say('mine')
    ann.browser.click('.message .face')
    open_dialog(ann)
    assert ann.browser.text('#person-title') == ben.name()
    ann.browser.click('#person .ignore-them')
    wait_seen(ann, 'mine')
    ben.say('more spam')
    wait_until(lambda: 'more spam' in ann.texts(), 10, 'it came')
    assert ann.browser.script(SEEN) == ['mine']
    assert ann.browser.text('#jump') == ''
    # After a reload, too; and whoever ignores is told where.
    ann.enter(room)
    wait_until(lambda: 'more spam' in ann.texts(), 10, 'history')
    assert ann.browser.script(SEEN) == ['mine']
    ann.browser.click('#notices summary')
    assert ann.browser.texts('.ignored .person') == [ben.name()]
    ann.browser.click('.ignored button')
    wait_seen(ann, 'spam', 'mine', 'more spam')
    assert ann.browser.script(
        "return localStorage.getItem('chatws.ignored')") == '[]'


def test_from_the_people(pages):
    ann, ben = pages
    ben.say('spam')
    ann.wait_texts('spam')
    wait_until(lambda: ann.browser.count('#people-list .more') == 1, 10,
               'the other one')
    ann.browser.click('#members summary')
    ann.browser.click('#people-list .more')
    open_dialog(ann)
    ann.browser.click('#person .ignore-them')
    wait_seen(ann)
    assert ann.browser.count('#people-list .more') == 1     # not for oneself
    assert ann.browser.script(
        "return room.querySelector('#people-list [role=img]:last-of-type')"
        ' !== null')
    # Nothing else of them is noticed.
    ann.leave()
    ben.browser.type('#text', 'x')
    ben.say('unseen')
    wait_until(lambda: 'unseen' in ann.texts(), 10, 'it came')
    assert ann.browser.script('return document.title').startswith('(') is False
    assert ann.browser.text('#typing') == ''
    assert ann.browser.script(
        "return document.querySelector('chat-room').unread") == 0
    ann.come_back()


def test_by_keyboard(pages):
    """The menu key on a message, whose last item is the person; Escape leaves
    all as it was."""
    ann, ben = pages

    def open_person():
        ann.browser.press(SHIFT, F10)
        wait_until(lambda: ann.browser.script(
            "return room.getElementById('menu')?.open ?? false"), 10,
            'the menu')
        ann.browser.press(END, ENTER)
        open_dialog(ann)

    ben.say('hello')
    ann.wait_texts('hello')
    ann.browser.script("room.querySelector('#list .time').focus()")
    open_person()
    ann.browser.press(ESCAPE)
    wait_until(lambda: not ann.browser.script(
        "return room.getElementById('person').open"), 20, 'closed')
    assert ann.browser.script(
        'return room.activeElement.className') == 'time'
    open_person()
    ann.browser.press(ENTER)
    wait_until(lambda: ann.browser.script(
        "return room.getElementById('text').value")
        == f'@{ben.name()} ', 20, 'the mention')


def test_keys_before_the_menu_is_loaded(pages, room):
    """It is asked for over a slow network, and then obeys them."""
    ann, ben = pages
    slow = {'offline': False, 'downloadThroughput': -1, 'uploadThroughput': -1}
    ben.say('hello')
    ann.enter(room)
    ann.wait_texts('hello')
    ann.browser.cdp('Network.enable')
    ann.browser.cdp('Network.setCacheDisabled', cacheDisabled=True)
    ann.browser.cdp('Network.emulateNetworkConditions', latency=500, **slow)
    try:
        ann.browser.script("room.querySelector('#list .time').focus()")
        ann.browser.press(SHIFT, F10, END, ENTER)
        open_dialog(ann)
    finally:
        ann.browser.cdp('Network.emulateNetworkConditions', latency=0, **slow)
        ann.browser.cdp('Network.setCacheDisabled', cacheDisabled=False)
    assert ann.browser.text('#person-title') == ben.name()
    ann.browser.press(ESCAPE)


def test_many_and_nonsense(pages, room):
    ann, ben = pages
    ben.say('spam')
    ann.browser.script('''
localStorage.setItem('chatws.ignored', JSON.stringify(
    Array.from({ length: 300 }, (_, i) => [location.origin, `x"]${i}`, 'n'])));
''')
    ann.enter(room)
    wait_seen(ann, 'spam')
    ann.browser.click('.message .face')
    open_dialog(ann)
    ann.browser.click('#person .ignore-them')
    wait_seen(ann)
    kept = ann.browser.script(
        "return JSON.parse(localStorage.getItem('chatws.ignored'))")
    assert len(kept) == 200 and kept[0][2] == ben.name()
    for nonsense in ('', '{}', '[[1, 2, 3], null, ["a"]]', '['):
        ann.browser.script("localStorage.setItem('chatws.ignored',"
                           ' arguments[0])', nonsense)
        ann.enter(room)
        wait_seen(ann, 'spam')
