"""How a guest gets a name, keeps it, and is told when it is gone."""
import pytest
from harness import wait_until
from test_element import element, host  # noqa: F401
from webdriver import ENTER, ESCAPE

ASKED = "return localStorage.getItem('chatws.asked')"
OPEN = "return !room.getElementById('ask').hidden"
FOCUS = 'return room.activeElement?.id'
# After the script of all tests, which has no page ask.
FORGET = "localStorage.removeItem('chatws.asked')"


@pytest.fixture
def stranger(pages, room):
    """A page of somebody who was never asked for a name."""
    ann, _ = pages
    ann.browser.script('localStorage.clear()')
    added = ann.browser.add_script(FORGET)
    ann.enter(room)
    ann.browser.remove_script(added)
    yield ann
    if ann.browser.url.startswith('http'):
        ann.browser.script('localStorage.clear()')


def wait_name(page, name):
    wait_until(lambda: page.name() == name, 10, f'the name {name}')


def is_open(page):
    return page.browser.script(OPEN)


@pytest.mark.engines(long=True)
def test_a_stranger_is_asked_once_and_not_in_the_way(stranger, room):
    browser = stranger.browser
    assert not is_open(stranger), 'the page itself set the focus'
    browser.script('room.activeElement?.blur()')
    browser.script("room.getElementById('text').focus()")
    assert is_open(stranger)
    assert browser.script(FOCUS) == 'text'
    browser.type('#text', 'I just go on')
    assert is_open(stranger)
    browser.click('#ask-skip')
    assert not is_open(stranger) and browser.script(FOCUS) == 'text'
    browser.type('#text', ENTER)
    stranger.wait_texts('I just go on')
    assert browser.script(ASKED) == '1'
    stranger.enter(room)
    browser.type('#text', 'again')
    assert not is_open(stranger)


def test_a_focus_that_the_page_set_asks_at_the_first_key(stranger):
    stranger.browser.script("document.querySelector('chat-room').focus()")
    assert not is_open(stranger)
    stranger.browser.type('#text', 'x')
    assert is_open(stranger)
    stranger.browser.type('#ask-name', ESCAPE)
    assert not is_open(stranger)
    assert stranger.browser.script(FOCUS) == 'text'


def test_the_name_is_kept(stranger, pages, room):
    _, ben = pages
    ben.rename('Ben 7')
    wait_name(ben, 'Ben 7')
    stranger.browser.type('#text', 'x')
    stranger.browser.fill('#ask-name', 'bEN 7')
    stranger.browser.type('#ask-name', ENTER)
    wait_until(lambda: 'taken or reserved' in
               stranger.browser.text('#ask-error'), 10, 'the sentence')
    assert is_open(stranger) and stranger.browser.script(FOCUS) == 'ask-name'
    stranger.browser.fill('#ask-name', 'x' * 33)
    assert stranger.browser.text('#ask-error') == ''
    stranger.browser.type('#ask-name', ENTER)
    assert '32' in stranger.browser.text('#ask-error')
    stranger.browser.fill('#ask-name', 'Ursula')
    stranger.browser.type('#ask-name', ENTER)
    wait_name(stranger, 'Ursula')
    wait_until(lambda: not is_open(stranger), 5, 'answered')
    assert stranger.browser.script(FOCUS) == 'text'
    stranger.enter(room + '-2')
    wait_name(stranger, 'Ursula')
    stranger.browser.type('#text', 'y')
    assert not is_open(stranger)


def test_sending_is_an_answer_too(stranger):
    stranger.browser.type('#text', 'hello')
    assert is_open(stranger)
    stranger.browser.type('#text', ENTER)
    stranger.wait_texts('hello')
    assert not is_open(stranger)
    assert stranger.browser.script(ASKED) == '1'


def test_a_page_that_knows_the_name(stranger, host, room):  # noqa: F811
    added = stranger.browser.add_script(FORGET)
    stranger.enter(host(element(room, 'name="Customer 7"')))
    stranger.browser.remove_script(added)
    wait_name(stranger, 'Customer 7')
    stranger.browser.type('#text', 'x')
    assert not is_open(stranger)
    stranger.browser.script(
        "document.getElementById('box').setAttribute('name', 'Customer 8')")
    wait_name(stranger, 'Customer 8')


def test_a_name_that_is_lost_is_told(stranger):
    stranger.rename('Ursula')
    wait_name(stranger, 'Ursula')
    you = stranger.browser.script(
        "return document.querySelector('chat-room').chat.you.id")
    stranger.receive(type='you', id=you, name='guest-4c4a')
    # The server may tell of the first name only now, and as another remark.
    wait_until(lambda: 'Ursula has logged in: the name is theirs.'
               ' You are guest-4c4a now.'
               in stranger.browser.texts('#list .note'), 5, 'a remark')
    assert stranger.name() == 'guest-4c4a'


def test_the_name_of_an_earlier_visit_is_taken(stranger, pages, room):
    _, ben = pages
    stranger.rename('Ursula')
    wait_name(stranger, 'Ursula')
    ben.enter(room + '-2')
    ben.rename('Ursula')
    wait_name(ben, 'Ursula')
    stranger.enter(room + '-2')
    stranger.wait_alert('The name that you chose is taken or reserved here.')
    assert stranger.browser.count('dialog[open]') == 0
    stranger.rename('Ursula 2')
    wait_name(stranger, 'Ursula 2')
    assert stranger.browser.text('#alert') == ''
    ben.browser.script('localStorage.clear()')


def test_the_dialog_tells_why(pages):
    ann, ben = pages
    ben.rename('Carlos')
    wait_name(ben, 'Carlos')
    ann.rename('CarIos')
    wait_until(lambda: ann.browser.text('#rename-error') == 'This name is '
               'taken or reserved, or looks like one that is.', 10, 'why')
    ann.receive(type='error', code='bad_text', text='of something else')
    assert 'taken' in ann.browser.text('#rename-error')
    ann.browser.fill('#rename-name', 'Carla')
    assert ann.browser.text('#rename-error') == ''
    ann.browser.type('#rename-name', ESCAPE)
    ben.browser.script('localStorage.clear()')


def test_the_list_marks_everybody(pages):
    """Without colour, and for those who do not see."""
    ann, _ = pages
    ann.wait_count()
    you = ann.browser.script(
        "return document.querySelector('chat-room').chat.you.id")
    ann.receive(type='presence', count=4, list=[
        {'id': 'g-1', 'name': 'Zoe', 'guest': True},
        {'id': 'u-anna', 'name': 'Anna'},
        {'id': 'u-bob', 'name': 'Bob', 'moderator': True},
        {'id': you, 'name': 'Ursula', 'guest': True}])
    items = ann.browser.script(
        "return Array.from(room.querySelectorAll('#people-list .member'),"
        ' (item) => [item.querySelector(".person").textContent,'
        ' item.querySelector(".self")?.textContent.trim() ?? "",'
        " ...Array.from(item.querySelectorAll('.mark'),"
        ' (mark) => mark.ariaLabel || mark.textContent)])')
    assert items == [['Ursula', '(you)', 'guest'], ['Bob', '', 'moderator'],
                     ['Anna', '', 'verified'], ['Zoe', '', 'guest']]
