"""How the pages look: pictures to judge, and what can be measured."""
import pytest

from harness import wait_until

pytestmark = pytest.mark.engines(long=True)

BEA = {'id': 'u-Bea', 'name': 'Bea'}
WIDTHS = (360, 1280)
THEMES = ('light', 'dark')
TARGETS = '''
return Array.from(room.querySelectorAll(
    'button, summary, textarea, input:not([type="checkbox"]), .choice,'
    + ' .card a, .aside a'), (element) => {
    const box = element.getBoundingClientRect();
    return [element.id || element.className, box.width, box.height];
}).filter(([, width]) => width > 0);
'''
FONTS = '''
return Array.from(room.querySelectorAll(
    'textarea, input:not([type="checkbox"])'),
    (field) => parseFloat(getComputedStyle(field).fontSize));
'''
OVERFLOW = '''
const log = room.getElementById('log');
const page = document.documentElement;
return Math.max(page.scrollWidth - innerWidth,
    ...log ? [page.scrollHeight - innerHeight,
        log.scrollWidth - log.clientWidth] : []);
'''
END = '''
const log = room.getElementById('log');
return log.scrollHeight - log.scrollTop - log.clientHeight;
'''


def assert_usable(browser):
    assert browser.script(OVERFLOW) <= 0
    assert min(browser.script(FONTS)) >= 16
    small = [target for target in browser.script(TARGETS)
             if target[1] < 44 or target[2] < 44]
    assert small == []


def talk(first, second):
    first.say('Good morning! Is anybody here?')
    second.say('早上好！我在看 https://example.com/wiki/(chat)，你呢？')
    first.say('I am reading the draft of the manual. It has become a good '
              'deal shorter: the third chapter takes five minutes now.')
    first.say('https://example.com/' + 'a-very-long-path-' * 12)
    second.say('שלום')
    second.say('<b>no markup</b>\nsecond line')


@pytest.mark.parametrize('theme', THEMES)
@pytest.mark.parametrize('width', WIDTHS)
def test_room(pages, chinese, tmp_path, width, theme):
    ann, _ = pages
    talk(ann, chinese)
    ann.wait_texts(*chinese.texts())
    for name, page in (('en', ann), ('zh', chinese)):
        page.browser.resize(width, 740)
        page.browser.set_theme(theme)
        page.wait_settled()
        assert_usable(page.browser)
        page.receive(**{'type': 'typing', 'from': BEA})
        wait_until(lambda: page.browser.script(END) < 2, 10, 'the end')
        page.browser.screenshot(tmp_path / f'room-{name}-{width}-{theme}.png')
    ann.browser.click('#members summary')
    assert_usable(ann.browser)
    ann.browser.screenshot(tmp_path / f'people-{width}-{theme}.png')
    ann.browser.click('#me')
    assert_usable(ann.browser)
    ann.browser.screenshot(tmp_path / f'name-{width}-{theme}.png')


@pytest.mark.parametrize('theme', THEMES)
@pytest.mark.parametrize('width', WIDTHS)
def test_choice_of_rooms(people, server, tmp_path, width, theme):
    browser = people[0].browser
    browser.open(f'http://{server.host()}/chat/')
    browser.resize(width, 740)
    browser.set_theme(theme)
    assert_usable(browser)
    browser.screenshot(tmp_path / f'rooms-{width}-{theme}.png')
