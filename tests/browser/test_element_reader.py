"""What the element does for somebody who reads, comes and goes: the line where
the reader left off, notifications, the keyboard."""
import pytest
from harness import wait_until
from webdriver import ENTER, ESCAPE, SHIFT, SPACE, TAB

pytestmark = pytest.mark.engines(long=True)

TITLE = 'return document.title'
# The texts around the line where the reader left off.
AROUND_MARK = '''
const mark = room.querySelector('#list .new');
const text = (item) => item?.querySelector('.text')?.textContent ?? null;
return mark ? [text(mark.previousElementSibling), mark.textContent,
    text(mark.nextElementSibling)] : [];
'''
MARK_TOP = '''
return room.querySelector('#list .new').getBoundingClientRect().y
    - room.getElementById('log').getBoundingClientRect().y;
'''
FOCUS = '''
const focused = document.activeElement.shadowRoot?.activeElement
    ?? document.activeElement;
return focused.id || focused.closest('[id]')?.id || focused.localName;
'''


def long_text(number):
    return f'line {number}\n\n\n.'


def wait_read(page, message):
    """Until the browser has stored that this message was read."""
    last = page.browser.script(
        "return Array.from(room.querySelectorAll('.message'), (item) =>"
        ' [item.querySelector(".text").textContent, item.dataset.id])')
    id_of = dict(last)[message]
    wait_until(lambda: id_of in (page.browser.script(
        "return localStorage.getItem('chatws.read')") or ''), 5, 'stored')


def test_the_first_visit_has_no_mark(pages, room):
    ann, ben = pages
    ben.say('long ago')
    ann.browser.script('localStorage.clear()')
    ann.enter(room)
    ann.wait_texts('long ago')
    ann.wait_settled()
    assert ann.browser.script(AROUND_MARK) == []


def test_a_new_visit_begins_where_the_last_ended(pages, room):
    ann, ben = pages
    ann.wait_settled()
    ben.say('seen')
    ann.wait_texts('seen')
    wait_read(ann, 'seen')
    ann.browser.open('about:blank')
    ben.say('missed')
    ben.say('missed too')
    ann.enter(room)
    ann.wait_texts('seen', 'missed', 'missed too')
    ann.wait_settled()
    assert ann.browser.script(AROUND_MARK) == ['seen', 'New', 'missed']
    wait_read(ann, 'missed too')
    ann.enter(room)
    ann.wait_texts('seen', 'missed', 'missed too')
    ann.wait_settled()
    assert ann.browser.script(AROUND_MARK) == []


def test_much_was_missed(pages, room):
    """More than fits: the page shows its beginning, and how much it is."""
    ann, ben = pages
    ann.wait_settled()
    ben.say('seen')
    ann.wait_texts('seen')
    wait_read(ann, 'seen')
    ann.leave()
    missed = [long_text(number) for number in range(12)]
    for text in missed:
        ben.say(text)
    ann.wait_texts('seen', *missed)
    assert ann.browser.script(AROUND_MARK) == ['seen', 'New', missed[0]]
    ann.come_back()
    assert -1 < ann.browser.script(MARK_TOP) < 100
    assert ann.browser.text('#jump') == '12 new messages'
    ann.browser.click('#jump')
    wait_until(lambda: ann.browser.text('#jump') == '', 5, 'at the end')
    wait_read(ann, missed[-1])
    ann.leave()
    ben.say('again')
    ann.wait_texts('seen', *missed, 'again')
    assert ann.browser.script(AROUND_MARK) == [missed[-1], 'New', 'again']
    ann.come_back()
    wait_read(ann, 'again')


def test_the_reader_reads_on_while_present(pages):
    ann, ben = pages
    ann.wait_settled()
    for number in range(3):
        ben.say(str(number))
    ann.wait_texts('0', '1', '2')
    assert ann.browser.script(AROUND_MARK) == []


def count_tones(page):
    page.browser.script(
        'window.tones = 0;'
        'const real = AudioContext.prototype.createOscillator;'
        'AudioContext.prototype.createOscillator = function () {'
        '    window.tones += 1;'
        '    return real.call(this);'
        '};')


def test_title_counts_what_others_write(pages, room):
    ann, ben = pages
    ann.wait_settled()
    plain = ann.browser.script(TITLE)
    ben.say('present')
    ann.wait_texts('present')
    assert ann.browser.script(TITLE) == plain
    ann.leave()
    ben.say('one')
    ben.say('two')
    wait_until(lambda: ann.browser.script(TITLE) == f'(2) {plain}', 5, 'two')
    ann.write('my own')
    ann.wait_texts('present', 'one', 'two', 'my own')
    assert ann.browser.script(TITLE) == f'(2) {plain}'
    ann.browser.script("document.title = 'Changed'")
    ben.say('three')
    wait_until(lambda: ann.browser.script(TITLE) == '(3) Changed', 5, 'three')
    ann.come_back()
    assert ann.browser.script(TITLE) == 'Changed'


def test_history_never_notifies(pages, room):
    ann, ben = pages
    ben.say('before')
    plain = ann.browser.script(TITLE)
    added = ann.browser.add_script('document.hasFocus = () => false;')
    ann.enter(room)
    ann.browser.remove_script(added)
    ann.wait_texts('before')
    ann.wait_settled()
    assert ann.browser.script(TITLE) == plain


def test_notices_are_switched_and_remembered(pages, room):
    ann, ben = pages
    ann.wait_settled()
    count_tones(ann)
    plain = ann.browser.script(TITLE)
    ann.browser.click('#notices summary')
    ann.browser.click('#notice-title')
    ann.leave()
    ben.say('quiet')
    ann.wait_texts('quiet')
    assert ann.browser.script(TITLE) == plain
    assert ann.browser.script('return tones') == 0
    assert ann.browser.count('#notices.silent') == 1
    ann.come_back()
    ann.enter(room)
    ann.wait_settled()
    ann.browser.click('#notices summary')
    assert ann.browser.script(
        "return ['notice-title', 'notice-sound'].map((id) =>"
        ' room.getElementById(id).checked)') == [False, False]
    count_tones(ann)
    # The clock stands still, but for the two seconds until it may sound again.
    ann.browser.script('window.clock = performance.now();'
                       'performance.now = () => clock;')
    ann.browser.click('#notice-sound')
    heard = ann.browser.script('return tones')
    assert heard > 0
    ann.browser.script('window.clock += 2000')
    ann.leave()
    ben.say('one')
    wait_until(lambda: ann.browser.script('return tones') > heard, 5, 'sound')
    twice = ann.browser.script('return tones')
    ben.say('at once')
    ann.wait_texts('quiet', 'one', 'at once')
    assert ann.browser.script('return tones') == twice
    ann.come_back()
    ann.browser.script('localStorage.clear()')


def test_keyboard_alone(pages):
    ann, ben = pages
    wait_until(lambda: ann.browser.text('#count') == '2', 10, 'both are here')
    ben.say('to be read')
    ann.wait_texts('to be read')
    press = ann.browser.press
    focus = lambda: ann.browser.script(FOCUS)   # noqa: E731
    ann.browser.script('document.activeElement.blur()')
    order = []
    for _ in range(8):
        press(TAB)
        order.append(focus())
    # In the list the author's name and the button of what can be done.
    assert order == ['a', 'members', 'notices', 'me', 'log', 'list', 'list',
                     'text']
    assert ann.browser.script(
        "return getComputedStyle(room.getElementById('text'))"
        ".outlineStyle") == 'solid'
    press(*'typed', ENTER)
    ben.wait_texts('to be read', 'typed')
    press(*(SHIFT, TAB) * 3)
    assert focus() == 'me'
    press(ENTER)
    wait_until(lambda: focus() == 'rename-name', 5, 'the dialog')
    press(ESCAPE)
    wait_until(lambda: focus() == 'me', 5, 'back from the dialog')
    press(SHIFT, TAB, ENTER, TAB, SPACE)
    assert focus() == 'notice-title'
    assert not ann.browser.script(
        "return room.getElementById('notice-title').checked")
    press(SPACE, ESCAPE)
    assert focus() == 'notices'
    assert not ann.browser.script("return room.getElementById('notices').open")
    press(SHIFT, TAB, ENTER)
    assert ann.browser.script("return room.getElementById('members').open")
    press(TAB)
    assert focus() == 'people-list'     # what can be done about the other one
    press(TAB)
    assert not ann.browser.script("return room.getElementById('members').open")
