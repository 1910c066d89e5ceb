"""Names while the reader writes "@"."""
import pytest
from harness import wait_until
from webdriver import DOWN, ENTER, ESCAPE, TAB, UP

OFFERED = ("return Array.from(room.querySelectorAll('#names:not([hidden]) li'),"
           ' (item) => [item.textContent, item.ariaSelected === "true"])')


@pytest.fixture
def ann(pages):
    """The first reader, in a room with people whom the server tells of."""
    page, _ = pages
    page.wait_settled()
    page.wait_count()
    page.receive(type='presence', count=5, list=[
        {'id': page.browser.script(
            "return document.querySelector('chat-room').chat.you.id"),
         'name': page.name(), 'guest': True},
        {'id': 'u-1', 'name': 'Ben'}, {'id': 'u-2', 'name': 'Benita'},
        {'id': 'u-3', 'name': 'Lou Bennet'}, {'id': 'u-4', 'name': '小明'}])
    wait_loaded(page)
    return page


def offered(page):
    return [name for name, _ in page.browser.script(OFFERED)]


def active(page):
    return [name for name, chosen in page.browser.script(OFFERED) if chosen]


def value(page):
    return page.browser.script("return room.getElementById('text').value")


def type_(page, text):
    page.browser.type('#text', text)


def wait_loaded(page):
    """What offers names comes with the first "@"."""
    page.browser.fill('#text', '@')
    wait_until(lambda: offered(page), 20, 'names')
    page.browser.fill('#text', '')


@pytest.mark.engines(long=True)
def test_by_keyboard(ann):
    type_(ann, 'hi @')
    assert offered(ann) == ['Ben', 'Benita', 'Lou Bennet', '小明']
    assert active(ann) == []
    type_(ann, 'be')
    assert offered(ann) == ['Ben', 'Benita', 'Lou Bennet']
    assert active(ann) == ['Ben']
    ann.browser.press(DOWN)
    assert active(ann) == ['Benita']
    assert ann.browser.script(
        "return room.getElementById('text')"
        ".getAttribute('aria-activedescendant')") == 'name-1'
    assert '3 names' in ann.browser.texts('[role=status].unseen')
    ann.browser.press(ENTER)
    assert value(ann) == 'hi @Benita '
    assert offered(ann) == []
    assert ann.texts() == []
    ann.browser.press(*'@lou', TAB)
    assert value(ann) == 'hi @Benita @Lou Bennet '
    ann.browser.press(ENTER)
    ann.wait_texts('hi @Benita @Lou Bennet')


def test_escape_and_whole_names(ann):
    type_(ann, '@b')
    ann.browser.press(UP)
    assert active(ann) == ['Lou Bennet']
    ann.browser.press(ESCAPE)
    assert offered(ann) == [] and value(ann) == '@b'
    type_(ann, 'en')
    assert offered(ann) == ['Ben', 'Benita', 'Lou Bennet']
    assert active(ann) == []
    ann.browser.press(ENTER)
    ann.wait_texts('@ben')


def test_by_touch(ann):
    type_(ann, '@小')
    ann.browser.click('#names li')
    assert value(ann) == '@小明 '
    assert ann.browser.script('return room.activeElement.id') == 'text'


def test_what_is_no_name(ann):
    for text in ('ann@be', 'see x/@be', '@ be', '@zzz'):
        ann.browser.fill('#text', text)
        assert offered(ann) == [], text
    for text in ('你好@be', '(@be', '＠be', '@BE', 'x\n@be'):
        ann.browser.fill('#text', text)
        assert offered(ann)[0] == 'Ben', text
    ann.browser.script('room.activeElement.blur()')
    assert offered(ann) == []


def test_authors_of_a_large_room(pages):
    """The server no longer tells who is here."""
    ann, ben = pages
    ben.say('hello')
    ann.wait_texts('hello')
    ann.wait_count()
    ann.receive(type='presence', count=5000)
    ann.browser.fill('#text', '@gu')
    wait_until(lambda: offered(ann) == [ben.name()], 20, 'the author')
    ann.browser.fill('#text', '')
