"""The search on narrow screens, from right to left, in every colour, and as
assistive technology gets it."""
import pytest

from archive_page import CONFIG, FILES
from harness import Httpd, in_soak, say, wait_until
from page import Page
from test_archive_search import ACTIVE, look_for, open_search
from test_element_access import CONTRASTS, tree
from test_extras_axe import AXE, look
from test_order_looks import BEYOND, LONG
from webdriver import DOWN, ENTER, ESCAPE


@pytest.fixture(scope='module')
def archive():
    with Httpd(config=CONFIG, files=FILES) as running:
        say(running, '/chat/looks', *[f'{number} {LONG * 3} سلام'
                                      for number in range(60)])
        yield running


@pytest.fixture
def reader(engines, driver, archive):
    page = engines.reader(driver.engine, 'first', Page)
    page.browser.resize(1280, 800)
    page.enter(f'http://{archive.host()}/chat/looks')
    page.wait_settled()
    yield page
    page.browser.open('about:blank')
    page.browser.resize(1280, 800)


def fill_in(reader):
    open_search(reader.browser)
    look_for(reader.browser, 'fahrt', '50 messages found so far')


def boxes(reader, *selectors):
    return reader.browser.script(
        'return arguments[0].map((one) => room.querySelector(one)'
        '.getBoundingClientRect().toJSON())', selectors)


@pytest.mark.parametrize('width, height', [
    (160, 500), in_soak(240, 500), (320, 256), in_soak(320, 640), (1280, 800)])
@pytest.mark.parametrize('direction', ['ltr', 'rtl'])
def test_narrow(reader, width, height, direction):
    reader.browser.resize(width, height)
    reader.browser.script("document.querySelector('chat-room').dir"
                          ' = arguments[0]', direction)
    fill_in(reader)
    assert reader.browser.script(BEYOND, '#search, #search *') == [True, 0]
    view, bar, frame = boxes(reader, '#search', 'header > .column', '#room')
    assert abs(view['bottom'] - frame['bottom']) < 2
    assert view['top'] >= bar['bottom'] - 1 and view['height'] > 100
    reader.browser.press(DOWN, ENTER)
    wait_until(lambda: reader.browser.count('.target') == 1, 20, 'a message')
    assert reader.browser.script(BEYOND, '#search-way, #search-way *') \
        == [True, 0]
    way, target = boxes(reader, '#search-way', '.target .time')
    assert target['bottom'] > way['bottom'] or height < 300
    reader.browser.press(ESCAPE, ESCAPE)


def test_a_very_low_room(reader):
    """Without a header: what is open can be closed."""
    fill_in(reader)
    reader.browser.resize(320, 150)
    view, frame = boxes(reader, '#search', '#room')
    assert abs(view['top'] - frame['top']) < 3 and view['height'] > 50
    reader.browser.press(ESCAPE)
    assert reader.browser.count('[inert]') == 0


@pytest.mark.parametrize('theme', ['light', 'dark'])
def test_contrast(reader, theme):
    reader.browser.set_theme(theme)
    try:
        fill_in(reader)
        pairs = reader.browser.script(CONTRASTS)
        assert len(pairs) > 50
        assert [pair for pair in pairs if pair[0] < 4.5] == []
        reader.browser.press(DOWN, ENTER)
        wait_until(lambda: reader.browser.count('.target') == 1, 20, 'there')
        assert [pair for pair in reader.browser.script(CONTRASTS)
                if pair[0] < 4.5] == []
    finally:
        reader.browser.set_theme('light')


def test_as_a_screen_reader_has_it(reader):
    fill_in(reader)
    found = [(role, name) for role, name, _ in tree(reader)]
    assert ('searchbox', 'Search this room') in found
    assert ('search', 'Search') in found or ('region', 'Search') in found
    for name in ('Search', 'Close the search', 'Search older messages'):
        assert ('button', name) in found, name
    links = [name for role, name in found if role == 'link'
             and LONG in name]
    assert len(links) == 50 and all(name[:5].startswith('guest')
                                    for name in links)
    assert 'status' in {role for role, _ in found}
    assert 'log' not in {role for role, _ in found}     # it cannot be reached
    reader.browser.press(DOWN, ENTER)
    wait_until(lambda: reader.browser.count('.target') == 1, 20, 'there')
    found = [(role, name) for role, name, _ in tree(reader)]
    assert ('button', 'Back to the results') in found
    assert 'log' in {role for role, _ in found}


@pytest.mark.skipif(not AXE.is_file(), reason='npm ci was not run in build/npm')
@pytest.mark.parametrize('theme', ['light', 'dark'])
def test_axe(reader, theme, request):
    reader.browser.set_theme(theme)
    request.addfinalizer(lambda: reader.browser.set_theme('light'))
    open_search(reader.browser)
    assert look(reader) == []
    look_for(reader.browser, 'fahrt', '50 messages found so far')
    assert look(reader) == []
    reader.browser.press(DOWN, ENTER)
    wait_until(lambda: reader.browser.count('.target') == 1, 20, 'there')
    assert look(reader) == []
    reader.browser.press(ESCAPE, ESCAPE)
    assert reader.browser.script(ACTIVE) == 'find'
