"""The field of <chat-room>: how high it is, what it keeps, what it says."""
import pytest
from harness import wait_until
from test_element import element, host  # noqa: F401
from webdriver import ENTER

HEIGHT = "return room.getElementById('text').getBoundingClientRect().height"
VALUE = "return room.getElementById('text')?.value"
DRAFTS = "return localStorage.getItem('chatws.drafts') ?? ''"


@pytest.fixture(autouse=True)
def forgotten(pages):
    """No draft of another test."""
    yield
    for page in pages:
        if page.browser.url.startswith('http'):
            page.browser.script('localStorage.clear()')


def wait_draft(page, text):
    wait_until(lambda: text in page.browser.script(DRAFTS), 5, 'draft stored')


@pytest.mark.engines(long=True)
def test_the_field_grows_with_its_text(pages):
    ann, _ = pages
    one = ann.browser.script(HEIGHT)
    ann.browser.fill('#text', 'one\ntwo')
    two = ann.browser.script(HEIGHT)
    ann.browser.fill('#text', 'one\ntwo\n')
    three = ann.browser.script(HEIGHT)
    ann.browser.fill('#text', 'words ' * 60)
    wrapped = ann.browser.script(HEIGHT)
    ann.browser.fill('#text', 'line\n' * 200)
    most = ann.browser.script(HEIGHT)
    assert 44 <= one < two < three < most and wrapped > one
    assert most <= 160
    ann.browser.fill('#text', '')
    assert ann.browser.script(HEIGHT) == one
    assert ann.browser.count('[style]') == 0


def test_no_keystroke_makes_the_page_measure(pages):
    """The copy behind the field is laid out by the browser alone."""
    ann, _ = pages
    ann.browser.script(
        'window.reads = 0;'
        "for (const name of ['scrollHeight', 'clientHeight']) {"
        '    const { get } = Object.getOwnPropertyDescriptor('
        '        Element.prototype, name);'
        "    Object.defineProperty(room.getElementById('text'), name, {"
        '        get() { window.reads += 1; return get.call(this); } });'
        '}')
    ann.browser.fill('#text', 'one\ntwo\nthree')
    assert ann.browser.script('return window.reads') == 0


@pytest.mark.engines(long=True)
def test_a_draft_is_there_after_a_reload(pages, room):
    ann, _ = pages
    ann.browser.fill('#text', 'half a\nthought')
    ann.enter(room)
    assert ann.browser.script(VALUE) == 'half a\nthought'
    assert ann.browser.script(HEIGHT) > 50
    ann.enter(room + '-2')
    assert ann.browser.script(VALUE) == ''
    ann.browser.script('history.back()')
    wait_until(lambda: ann.state() == 'online' and ann.browser.script(VALUE)
               == 'half a\nthought', 10, 'the draft after Back')
    ann.browser.type('#text', ENTER)
    ann.wait_texts('half a\nthought')
    assert 'thought' not in ann.browser.script(DRAFTS)
    ann.enter(room)
    assert ann.browser.script(VALUE) == ''


def test_a_draft_stays_in_its_room(pages, host, room):  # noqa: F811
    """Also when one element goes from room to room."""
    ann, _ = pages
    ann.enter(host(element(room)))
    other = "document.getElementById('box').setAttribute('src', arguments[0])"
    ann.browser.fill('#text', 'for the first')
    ann.browser.script(other, room + '-2')
    wait_until(lambda: ann.state() == 'online'
               and ann.browser.script(VALUE) == '', 10, 'the other room')
    ann.browser.fill('#text', 'for the second')
    ann.browser.script(other, room)
    wait_until(lambda: ann.state() == 'online' and ann.browser.script(VALUE)
               == 'for the first', 10, 'its own draft')


def test_drafts_are_bounded(pages, room):
    ann, _ = pages
    ann.browser.script(
        "localStorage.setItem('chatws.drafts', JSON.stringify(Array.from("
        "{ length: 20 }, (_, n) => [`room ${n}`, 'old'])))")
    ann.enter(room)
    ann.browser.fill('#text', 'new')
    wait_draft(ann, 'new')
    assert ann.browser.script(
        "return JSON.parse(localStorage.getItem('chatws.drafts')).length"
        ) == 20
    ann.browser.fill('#text', 'x' * 30000)
    wait_until(lambda: len(ann.browser.script(DRAFTS)) < 5000, 5,
               'what is far too long is not kept')
    ann.browser.script("localStorage.setItem('chatws.drafts', '{\"a\":[1]}')")
    ann.enter(room)
    assert ann.browser.script(VALUE) == ''


def test_the_draft_of_another_tab_is_not_taken_away(pages, room):
    ann, _ = pages
    ann.browser.fill('#text', 'mine')
    wait_draft(ann, 'mine')
    ann.browser.script(
        "localStorage.setItem('chatws.drafts', JSON.stringify("
        "[[location.href, 'of the other tab']]))")
    ann.browser.type('#text', ENTER)
    ann.wait_texts('mine')
    assert 'of the other tab' in ann.browser.script(DRAFTS)


def test_the_size_is_told_in_characters(pages):
    ann, _ = pages
    size = lambda: ann.browser.text('#size')    # noqa: E731
    ann.browser.fill('#text', 'x' * 8000)
    assert size() == '192 left'
    ann.browser.fill('#text', 'x' * 8195)
    assert size() == '3 characters too many'
    ann.browser.fill('#text', '中' * 2732)
    assert size() == '2 characters too many'
    ann.browser.fill('#text', '中' * 2700)
    assert size() == '30 left'
    family = '\U0001f468\u200d\U0001f469\u200d\U0001f467'
    ann.browser.fill('#text', 'x' * 8192 + family)
    assert size() == '1 character too many'
    ann.browser.fill('#text', 'short')
    assert size() == ''


def test_an_error_goes_with_its_cause(pages):
    ann, ben = pages
    ann.write('x' * 8193)
    ann.wait_alert('too long')
    ann.browser.fill('#text', 'x')
    assert ann.browser.text('#alert') == ''
    ann.receive(type='error', code='bad_text', text='no')
    ann.wait_alert('cannot be sent')
    ann.browser.fill('#text', 'xy')
    assert ann.browser.text('#alert') == ''
    ann.browser.script('spy.sockets.at(-1).swallows = true')
    ann.write('refused')
    ref = ann.browser.script('return spy.sent.at(-1).ref')
    ann.browser.script('spy.sockets.at(-1).swallows = false')
    ann.receive(type='error', code='bad_text', text='no', ref=ref)
    ann.wait_alert('cannot be sent')
    ann.browser.fill('#text', 'going on')
    assert 'cannot be sent' in ann.browser.text('#alert'), 'it still failed'
    ann.browser.click('#pending .failed .link')
    ben.wait_texts('refused')
    ann.wait_texts('refused')
    assert ann.browser.text('#alert') == ''


@pytest.mark.engines(long=True)
def test_who_is_typing_lies_on_no_message(pages):
    ann, _ = pages
    for number in range(30):
        ann.say(f'line {number}')
    for place in ('0', '200', 'log.scrollHeight'):
        ann.browser.script(f"const log = room.getElementById('log');"
                           f'log.scrollTop = {place};')
        ann.receive(**{'type': 'typing', 'from': {'id': 'u-B', 'name': 'B'}})
        wait_until(lambda: ann.browser.texts('#typing')[0], 5, 'typing')
        end, line = ann.browser.script(
            "const box = (id) => room.getElementById(id)"
            '.getBoundingClientRect();'
            "return [box('log').bottom, box('typing').top];")
        assert line >= end
