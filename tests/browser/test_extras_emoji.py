"""The panel of emoji."""
import re
from pathlib import Path

import pytest
from harness import wait_until
from webdriver import DOWN, ENTER, ESCAPE, LEFT, RIGHT, TAB, UP

HTDOCS = Path(__file__).resolve().parents[2] / 'htdocs'
LOADED = ("return performance.getEntriesByType('resource')"
          '.map(({ name }) => new URL(name).pathname)'
          ".filter((path) => path.includes('/emoji/'))")
OPTIONS = ("return Array.from(room.querySelectorAll('#emoji-list [role=option]'),"
           ' (item) => [item.textContent, item.ariaLabel])')


def is_open(page):
    return page.browser.script(
        "return room.getElementById('emoji-panel')?.hidden === false")


def open_panel(page):
    page.browser.click('#emoji')
    wait_until(lambda: is_open(page), 10, 'the panel')


def search(page, text):
    page.browser.fill('#emoji-panel .search', text)
    return dict(page.browser.script(OPTIONS))


def value(page):
    return page.browser.script("return room.getElementById('text').value")


def focused(page):
    return page.browser.script('return room.activeElement.textContent')


@pytest.fixture
def ann(pages):
    page = pages[0]
    yield page
    assert page.violations() == []
    page.browser.script("localStorage.removeItem('chatws.emoji')")


def test_nothing_is_loaded_before(ann):
    ann.wait_settled()
    assert ann.browser.script(LOADED) == []
    open_panel(ann)
    loaded = [path.rsplit('/', 1)[1] for path in ann.browser.script(LOADED)]
    assert sorted(loaded) == ['emoji.css', 'en.js', 'list.js', 'panel.js']
    assert ann.browser.count('#emoji-panel [style]') == 0


@pytest.mark.engines(long=True)
def test_search_and_insert_at_the_caret(ann):
    ann.browser.type('#text', 'hello  world')
    ann.browser.script(
        "room.getElementById('text').setSelectionRange(6, 6)")
    open_panel(ann)
    found = search(ann, 'face joy')
    assert '😂' in found and 'joy' in found['😂']
    assert search(ann, 'germ') == {'🇩🇪': 'Germany'}
    assert search(ann, 'no such thing') == {}
    assert ann.browser.texts('#emoji-panel .none') == ['Nothing found']
    search(ann, 'face with tears of joy')
    ann.browser.press(ENTER)
    assert value(ann) == 'hello 😂 world'
    assert not is_open(ann)
    assert ann.browser.script('return room.activeElement.id') == 'text'
    ann.browser.press('!')
    assert value(ann) == 'hello 😂! world'
    # It is the first of those that were used lately.
    open_panel(ann)
    assert ann.browser.script(OPTIONS)[0][0] == '😂'
    assert ann.browser.texts('#emoji-list .panel-head')[0] == 'Recently used'
    ann.browser.fill('#text', '')


def test_keyboard(ann):
    """The list is one stop, and a grid for the arrow keys."""
    open_panel(ann)
    assert ann.browser.script('return room.activeElement.type') == 'search'
    ann.browser.press(DOWN)
    assert focused(ann) == '😀'
    ann.browser.press(RIGHT)
    assert focused(ann) == '😃'
    ann.browser.press(DOWN)
    below = ann.browser.script(
        "const [one, two] = ['😃', room.activeElement.textContent].map((emoji) =>"
        " Array.from(room.querySelectorAll('#emoji-list [role=option]'))"
        '.find((item) => item.textContent === emoji).getBoundingClientRect());'
        'return [two.top > one.top, two.left === one.left]')
    assert below == [True, True]
    ann.browser.press(UP, LEFT)
    assert focused(ann) == '😀'
    ann.browser.press(UP)
    assert ann.browser.script('return room.activeElement.type') == 'search'
    ann.browser.press(TAB, ' ')
    assert value(ann) == '😀'
    open_panel(ann)
    ann.browser.press(DOWN, ESCAPE)
    assert not is_open(ann)
    assert ann.browser.script('return room.activeElement.id') == 'emoji'
    open_panel(ann)
    ann.browser.click('#log')
    assert not is_open(ann)
    ann.browser.fill('#text', '')


def test_in_chinese(chinese):
    open_panel(chinese)
    found = search(chinese, '笑')
    assert len(found) > 10 and '😂' in found
    assert search(chinese, '德国') == {'🇩🇪': '德国'}


def test_what_is_stored_may_be_anything(ann, room):
    for nonsense in ('{', '{}', '[1, null, "x", "😀"]'):
        ann.browser.script("localStorage.setItem('chatws.emoji',"
                           ' arguments[0])', nonsense)
        open_panel(ann)
        assert ann.browser.script(OPTIONS)[0][0] == '😀'
        ann.browser.press(ESCAPE)


def test_each_language_names_each_emoji():
    text = (HTDOCS / 'emoji/list.js').read_text(encoding='utf-8')
    groups = text[text.index('['):text.index('].map')]
    count = len(re.sub('[`,[]', ' ', groups).split())
    assert count > 1000
    for path in sorted((HTDOCS / 'emoji').glob('??.js')):
        names = path.read_text(encoding='utf-8').split('`')[1].split('\n')
        assert len(names) == count, path
        assert all(names), path
