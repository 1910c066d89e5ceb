"""What a bubble shows: who somebody is, where the text begins, what speaks to the
reader; and the list on paper, in forced colours and on narrow screens."""
import pytest
from harness import wait_until

HEBREW = 'שלום לכולם! ' * 20
NAMES = [
    ('@Ann', 'Ann', True),
    ('hello @ann, how are you', 'Ann', True),
    ("@Ann's idea", 'Ann', True),
    ('(@Ann)', 'Ann', True),
    ('＠小明 你好', '小明', True),
    ('你好@小明你好', '小明', True),
    ('@Ann你好', 'Ann', True),
    ('@민수는', '민수', True),
    ('@Ann Lee!', 'Ann Lee', True),
    ('@guest-7f3a?', 'guest-7f3a', True),
    ('@Anna', 'Ann', False),
    ('@Ann-Marie', 'Ann', False),
    ('@Ann_', 'Ann', False),
    ('ann@ann.example', 'ann', False),
    ('https://example.com/@ann', 'ann', False),
    ('Ann', 'Ann', False),
    ('@', '', False),
    ('@a.b*', 'a.b*', True),
    ('@axb', 'a.b', False),
]
LARGE = ['👍', '❤️', '👨‍👩‍👧‍👦', '👩🏽‍⚕️', '🇩🇪🇫🇷', '1️⃣', '😀 😀 😀']
SMALL = ['1', '©', '👍👍👍👍', 'a 👍', '👍.']
PEOPLE = {
    'guest-7f3a': {'id': 'g-1', 'name': 'guest-7f3a', 'guest': True},
    'Zoe': {'id': 'g-2', 'name': 'Zoe', 'guest': True},
    'Bea': {'id': 'u-Bea', 'name': 'Bea'},
    'Max': {'id': 'u-Max', 'name': 'Max', 'moderator': True},
    'guest-91b0': {'id': 'g-3', 'name': 'guest-91b0', 'guest': True},
}
# What is said of a person beside the name: to eyes, and to screen readers.
HEADS = '''
return Object.fromEntries(Array.from(
    room.querySelectorAll('#list .message'), (item) => {
        const mark = item.querySelector('.mark');

        return [item.querySelector('.name').textContent, [
            item.querySelector('.face').textContent,
            mark ? mark.ariaLabel ?? mark.textContent : '',
            Boolean(mark?.getBoundingClientRect().width)]];
    }));
'''
# Distances of the lines of the last text from the sides of their element.
SIDES = '''
const text = Array.from(room.querySelectorAll('#list .text')).at(-1);
const box = text.getBoundingClientRect();
const range = document.createRange();

const lines = new Map();

range.selectNodeContents(text.firstChild);
for (const { top, left, right } of range.getClientRects()) {
    const [most, least] = lines.get(Math.round(top)) ?? [Infinity, 0];

    lines.set(Math.round(top), [Math.min(most, left), Math.max(least, right)]);
}
return Array.from(lines.values(), ([left, right]) => (
    [left - box.left, box.right - right]));
'''
OVERFLOW = '''
const log = room.getElementById('log');
return Math.max(log.scrollWidth - log.clientWidth, ...Array.from(
    room.querySelectorAll('.bubble, .bubble *:not(.name, .head)'),
    (item) => item.getBoundingClientRect().right
        - log.getBoundingClientRect().right));
'''


def tell(page, person, text, number=[0]):
    """Plays a message of somebody."""
    number[0] += 1
    page.receive(type='message', id=f'99999999{number[0]:05}-0', text=text,
                 **{'from': person})


def load(page, name):
    """A module of the element, as window.it."""
    page.browser.script(
        'import(arguments[0]).then((it) => { window.it = it; });',
        f'/chat/_chatws/element/{name}')
    wait_until(lambda: page.browser.script('return Boolean(window.it)'), 20,
               name)


def test_who_is_spoken_to(pages):
    ann, _ = pages
    load(ann, 'mention.js')
    for text, name, is_named in NAMES:
        assert ann.browser.script('return it.names(...arguments)', text,
                                  name) == is_named, (text, name)


def test_what_speaks_to_the_reader_stands_out(pages):
    ann, ben = pages
    ann.wait_settled()
    ben.say(f'@{ann.name()} and https://example.com/@{ann.name()}')
    ben.say('@Annette, that is you')
    wait_until(lambda: len(ann.texts()) == 2, 20, 'both')
    assert ann.browser.texts('.mention') == [f'@{ann.name()}']
    assert ann.browser.count('.names-me') == 1
    assert ben.browser.count('.mention') == 0
    ann.say(f'I am @{ann.name()}')
    assert ann.browser.count('.mention') == 1
    ann.rename('Annette')
    wait_until(lambda: ann.browser.texts('.mention') == ['@Annette'], 20,
               'the new name')
    assert ann.browser.count('.names-me') == 1
    ann.browser.script('localStorage.clear()')


def test_a_few_emoji_are_large(pages):
    ann, ben = pages
    for text in LARGE + SMALL:
        ben.say(text)
    ann.wait_texts(*LARGE, *SMALL)
    sizes = ann.browser.script(
        "return Array.from(room.querySelectorAll('#list .text'),"
        ' (item) => parseFloat(getComputedStyle(item).fontSize))')
    assert min(sizes[:len(LARGE)]) >= 32
    assert max(sizes[len(LARGE):]) == 16


@pytest.mark.parametrize('colours', ['none', 'active'])
def test_who_somebody_is(pages, colours):
    """By a word or a sign, with a name for it, also without colours."""
    ann, _ = pages
    ann.browser.cdp('Emulation.setEmulatedMedia', features=[
        {'name': 'forced-colors', 'value': colours}])
    try:
        for person in PEOPLE.values():
            tell(ann, person, 'hello')
        wait_until(lambda: len(ann.texts()) == len(PEOPLE), 20, 'all')
        assert ann.browser.script(HEADS) == {
            'guest-7f3a': ['3a', '', False],
            'Zoe': ['Z', 'guest', True],
            'Bea': ['B', 'verified', True],
            'Max': ['M', 'moderator', True],
            'guest-91b0': ['b0', '', False],
        }
        borders = ann.browser.script(
            "const style = (one) => getComputedStyle(room.querySelector(one));"
            "return [style('.bubble').borderTopWidth,"
            " style('.day .bubble, .day').borderTopWidth]")
        assert borders[0] == ('1px' if colours == 'active' else '0px')
    finally:
        ann.browser.cdp('Emulation.setEmulatedMedia', features=[])


def test_own_ones_and_new_ones_without_colours(pages):
    ann, ben = pages
    ann.wait_settled()
    ann.browser.cdp('Emulation.setEmulatedMedia', features=[
        {'name': 'forced-colors', 'value': 'active'}])
    try:
        ann.say('mine')
        ben.say('yours')
        wait_until(lambda: len(ann.texts()) == 2, 20, 'both')
        widths = ann.browser.script(
            "return Array.from(room.querySelectorAll('#list .bubble'),"
            ' (one) => getComputedStyle(one).borderTopWidth)')
        assert widths == ['2px', '1px']
        assert ann.browser.script(
            "const line = getComputedStyle(room.querySelector('.day'),"
            " '::before');"
            'return [line.borderTopWidth, line.borderTopStyle]') \
            == ['1px', 'solid']
    finally:
        ann.browser.cdp('Emulation.setEmulatedMedia', features=[])


@pytest.mark.engines(long=True)
def test_a_text_begins_on_its_own_side(pages):
    """Browsers give li the side of its parent."""
    ann, _ = pages
    tell(ann, PEOPLE['Bea'], HEBREW)
    wait_until(lambda: len(ann.texts()) == 1, 20, 'the text')
    lines = ann.browser.script(SIDES)
    assert len(lines) > 1
    assert all(right < 8 for _, right in lines), lines
    assert max(left for left, _ in lines) > 8
    tell(ann, PEOPLE['Bea'], 'Good morning, everybody. ' * 20)
    wait_until(lambda: len(ann.texts()) == 2, 20, 'the text')
    assert all(left < 8 for left, _ in ann.browser.script(SIDES))


def test_names_stand_apart_in_sentences(pages):
    ann, _ = pages
    name = 'דנה'
    ann.wait_count()
    ann.receive(type='presence', count=2, joined=[{'id': 'g-7', 'name': name}])
    ann.receive(type='presence', count=2,
                renamed=[{'id': 'g-7', 'name': name + name}])
    wait_until(lambda: ann.browser.texts('.note bdi') == [name, name + name],
               5, 'the note')
    assert ann.browser.texts('#list .note') == [f'{name} is now {name}{name}']
    ann.receive(type='typing', **{'from': {'id': 'g-7', 'name': name}})
    wait_until(lambda: ann.browser.texts('#typing bdi') == [name], 20,
               'who is typing')


@pytest.mark.parametrize('width', [160, 240, 320])
def test_narrow(pages, width):
    ann, _ = pages
    ann.browser.resize(width, 500)
    try:
        tell(ann, PEOPLE['Zoe'], 'https://example.com/' + 'long-path-' * 9)
        tell(ann, PEOPLE['Bea'], 'Some words, and a word of some length: '
             'Donaudampfschifffahrtsgesellschaft')
        tell(ann, PEOPLE['guest-7f3a'], '👍👍👍')
        wait_until(lambda: len(ann.texts()) == 3, 20, 'all')
        assert ann.browser.script(OVERFLOW) <= 0
    finally:
        ann.browser.resize(1280, 800)


@pytest.mark.engines(long=True)
def test_the_whole_list_goes_to_paper(pages):
    """Not only what is built; and then it is a part of it again."""
    ann, _ = pages
    ann.wait_settled()
    for number in range(500):
        if number % 50 == 0:
            wait_until(lambda: len(ann.texts()) >= min(number, 60), 20, 'some')
        tell(ann, PEOPLE['Bea'], f'line {number}')
    wait_until(lambda: ann.texts()[-1:] == ['line 499'], 10, 'all')
    assert ann.browser.count('#list .message') < 450
    ann.browser.script("dispatchEvent(new Event('beforeprint'))")
    assert ann.browser.count('#list .message') == 500
    ann.browser.script("dispatchEvent(new Event('afterprint'))")
    assert ann.browser.count('#list .message') < 450
    assert ann.texts()[-1] == 'line 499'


def test_on_paper_the_room_is_as_long_as_it_is(pages):
    ann, ben = pages
    for number in range(30):
        ben.say(f'line {number}\n\n.')
    wait_until(lambda: len(ann.texts()) == 30, 20, 'all')
    ann.browser.cdp('Emulation.setEmulatedMedia', media='print')
    try:
        assert ann.browser.script('''
            const log = room.getElementById('log');
            const height = (one) => one.getBoundingClientRect().height;
            const footer = room.querySelector('footer');
            return [log.scrollHeight <= log.clientHeight,
                height(document.querySelector('chat-room'))
                    > height(room.getElementById('list')),
                height(footer)];
            ''') == [True, True, 0]
    finally:
        ann.browser.cdp('Emulation.setEmulatedMedia', media='')


def test_what_is_copied_can_be_read(pages):
    ann, ben = pages
    ben.say('first')
    ben.say('second')
    ann.wait_texts('first', 'second')
    copied = ann.browser.script('''
        const items = room.querySelectorAll('#list .message');
        getSelection().setBaseAndExtent(items[0], 0, items[1],
            items[1].childNodes.length);
        return getSelection().toString();
        ''')
    times = [message['time'] for message in ann.messages()]
    assert [line for line in copied.split('\n') if line.strip()] == [
        ben.name(), 'first', times[0], ben.name(), 'second', times[1]]
