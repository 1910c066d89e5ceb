"""<chat-room> in the page around it: its font, title and size, on screens of
every kind and on paper."""
import pytest
from harness import wait_until
from test_element import element, host  # noqa: F401

FONT = ("return getComputedStyle(room.getElementById('text')).fontFamily")
REGION = '''
const section = room.getElementById('room');
return [section.localName, room.getElementById('title').textContent,
    room.getElementById('title').parentElement.localName,
    section.getAttribute('aria-labelledby')];
'''
# What does not fit: parts beyond the room, or over each other.
MISFITS = '''
const boxOf = (element) => element.getBoundingClientRect();
const frame = boxOf(room.getElementById('room'));
const shown = (element) => element.checkVisibility()
    && boxOf(element).width > 1;
const controls = Array.from(room.querySelectorAll('button, summary, textarea,'
    + ' input, .title, #state, #gate-login')).filter(shown);
const beyond = controls.filter((element) => {
    const box = boxOf(element);
    return box.left < frame.left - 1 || box.right > frame.right + 1
        || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
});
const small = controls.filter((element) => element.matches(
    'button, summary, textarea') && (boxOf(element).width < 44
    || boxOf(element).height < 43.9));
const cross = controls.flatMap((one, at) => controls.slice(at + 1)
    .filter((other) => !one.contains(other) && !other.contains(one)
        && boxOf(one).left < boxOf(other).right - 1
        && boxOf(other).left < boxOf(one).right - 1
        && boxOf(one).top < boxOf(other).bottom - 1
        && boxOf(other).top < boxOf(one).bottom - 1)
    .map((other) => [one.id || one.className, other.id || other.className]));
const log = room.getElementById('log');
return [beyond.map((element) => element.id || element.className),
    small.map((element) => element.id || element.className), cross,
    log.scrollWidth - log.clientWidth];
'''
NOTHING = [[], [], [], 0]


def attribute(page, name, value):
    page.browser.script("document.getElementById('box').setAttribute("
                        'arguments[0], arguments[1])', name, value)


@pytest.mark.engines(long=True)
def test_the_font_is_that_of_the_page(pages, host, room):  # noqa: F811
    ann, _ = pages
    ann.enter(host(element(room), 'body { font: 9px/3 monospace }'))
    assert ann.browser.script(FONT) == 'monospace'
    assert ann.browser.script(
        "return parseFloat(getComputedStyle(room.getElementById('text'))"
        '.fontSize)') == 16
    ann.enter(host(element(room), 'body { font-family: monospace }'
                                  'chat-room { --chat-font: fantasy }'))
    assert ann.browser.script(FONT) == 'fantasy'


@pytest.mark.engines(long=True)
def test_the_colours_are_those_of_the_page(pages, host, room):  # noqa: F811
    """A light page of a reader whose system is dark has no dark box."""
    ann, _ = pages
    colour = ("return getComputedStyle(room.getElementById('room'))"
              '.backgroundColor')
    ann.browser.set_theme('dark')
    try:
        ann.enter(host(element(room)))
        light = ann.browser.script(colour)
        attribute(ann, 'theme', 'light')
        assert ann.browser.script(colour) == light
        attribute(ann, 'theme', 'dark')
        dark = ann.browser.script(colour)
        attribute(ann, 'theme', '')
        ann.browser.script("document.documentElement.className = 'dark'")
        assert ann.browser.script(colour) == light != dark
        ann.enter(host(element(room), ':root { color-scheme: dark }'))
        assert ann.browser.script(colour) == dark
        ann.enter(room)
        assert ann.browser.script(colour) == dark, 'a page of ours'
    finally:
        ann.browser.set_theme('light')


def test_a_browser_without_light_dark(pages, host, room):  # noqa: F811
    ann, _ = pages
    colour = ("return getComputedStyle(room.getElementById('room'))"
              '.backgroundColor')
    added = ann.browser.add_script('CSS.supports = () => false;')
    ann.enter(host(element(room), ':root { color-scheme: dark }'))
    dark = ann.browser.script(colour)
    theme = "return room.getElementById('room').dataset.theme"
    assert ann.browser.script(theme) == 'dark'
    ann.enter(host(element(room)))
    assert ann.browser.script(theme) == 'light'
    assert ann.browser.script(colour) != dark
    ann.browser.remove_script(added)


def test_the_title_and_its_level(pages, host, room):  # noqa: F811
    ann, _ = pages
    name = room.rsplit('/', 1)[1]
    ann.enter(host(element(room)))
    assert ann.browser.script(REGION) == ['section', name, 'h2', 'title']
    attribute(ann, 'label', 'Ask us <anything>')
    assert ann.browser.script(REGION)[1] == 'Ask us <anything>'
    ann.cut()
    ann.mend()
    assert ann.browser.script(REGION)[1] == 'Ask us <anything>'
    attribute(ann, 'label', '')
    assert ann.browser.script(REGION)[1] == name
    attribute(ann, 'heading', '4')
    wait_until(lambda: ann.state() == 'online'
               and ann.browser.script(REGION)[2] == 'h4', 10, 'h4')
    assert ann.browser.script(
        "return room.getElementById('rename-title').localName") == 'h5'
    attribute(ann, 'heading', 'none')
    wait_until(lambda: ann.state() == 'online'
               and ann.browser.script(REGION)[2] == 'h2', 10, 'h2')


def check_width(page, width):
    """A room with all that it may show at once."""
    page.browser.script(
        'document.documentElement.className = `wide-${arguments[0]}`', width)
    page.browser.fill('#text', 'x' * 8195)
    assert page.browser.script(MISFITS) == NOTHING
    page.browser.fill('#text', 'x')
    page.browser.script("room.getElementById('ask').hidden = false")
    assert page.browser.script(MISFITS) == NOTHING
    page.browser.script("room.getElementById('ask').hidden = true;"
                        "room.getElementById('members').open = true;")
    panel = page.browser.script(
        "const box = (id) => room.getElementById(id).getBoundingClientRect();"
        "return [box('people-list').left - box('room').left,"
        " box('room').right - box('people-list').right];")
    assert min(panel) >= 0
    page.browser.script("room.getElementById('members').open = false")


@pytest.mark.engines(long=True)
def test_a_narrow_place(pages, host, room):  # noqa: F811
    ann, ben = pages
    ben.say('words ' * 20 + 'https://example.com/' + 'long' * 40)
    ann.enter(host(element(room), 'chat-room { height: 480px }' + ''.join(
        f'.wide-{width} chat-room {{ width: {width}px }}'
        for width in (160, 240, 320))))
    ann.wait_settled()
    ann.receive(**{'type': 'typing', 'from': {'id': 'u-1', 'name': 'X' * 60}})
    for width in (320, 240, 160):
        check_width(ann, width)
    ann.receive(type='error', code='read_only', text='x', ref='typing')
    wait_until(lambda: ann.browser.script(
        "return !room.getElementById('gate').hidden"), 5, 'the gate')
    assert ann.browser.script(MISFITS) == NOTHING


@pytest.mark.parametrize('height', (120, 180, 260))
def test_landscape_with_a_keyboard(pages, room, height):
    """The field and a message are there, whatever is left of the screen."""
    ann, _ = pages
    ann.say('to be seen')
    ann.wait_settled()
    ann.browser.resize(640, height)
    try:
        log, field = ann.browser.script(
            "return ['log', 'text'].map((id) =>"
            ' { const { top, bottom, height } = room.getElementById(id)'
            '.getBoundingClientRect(); return { top, bottom, height }; })')
        assert field['bottom'] <= height and field['height'] >= 43.9
        assert log['height'] >= 40
        assert ann.browser.script(MISFITS) == NOTHING
    finally:
        ann.browser.resize(1280, 800)


def test_a_keyboard_over_the_page(pages):
    """As Safari does it: the page keeps its size, and less of it is seen."""
    ann, _ = pages
    bottom = ("return Math.round(room.getElementById('text')"
              '.getBoundingClientRect().bottom)')
    ann.browser.script(
        "Object.defineProperty(visualViewport, 'height',"
        ' { configurable: true, get: () => 400 });'
        "visualViewport.dispatchEvent(new Event('resize'));")
    assert ann.browser.script(bottom) <= 400
    ann.browser.script(
        'delete visualViewport.height;'
        "visualViewport.dispatchEvent(new Event('resize'));")
    assert ann.browser.script(bottom) > 400
    assert ann.violations() == []


def test_forced_colors(pages):
    """What is only a background elsewhere has a border."""
    ann, _ = pages
    ann.browser.set_forced_colors(True)
    try:
        assert ann.browser.script(
            "return ['.send', '#text', '.bar'].map((selector) =>"
            ' getComputedStyle(room.querySelector(selector))'
            '.borderBlockWidth)') == ['1px', '1px', '0px 1px']
    finally:
        ann.browser.set_forced_colors(False)


def test_on_paper(pages):
    """The whole log, without what only a screen can do."""
    ann, _ = pages
    for number in range(40):
        ann.say(f'line {number}')
    ann.browser.cdp('Emulation.setEmulatedMedia', media='print')
    try:
        found = ann.browser.script(
            "const box = (id) => room.getElementById(id)"
            '.getBoundingClientRect();'
            "return [box('room').height >= box('list').height,"
            " box('list').height > innerHeight,"
            " room.getElementById('composer').checkVisibility(),"
            " room.getElementById('title').checkVisibility(),"
            " room.getElementById('log').scrollHeight"
            " === room.getElementById('log').clientHeight]")
        assert found == [True, True, False, True, True]
    finally:
        ann.browser.cdp('Emulation.setEmulatedMedia', media='')
