"""What happens to a message: it is edited in its place, or deleted, with five
seconds to think better of it."""
import pytest
from harness import wait_until
from order_page import ANN, BEN, MAX, begin
from webdriver import ENTER, ESCAPE, UP

EDITOR = "return room.querySelector('.editor textarea')?.value ?? null"


@pytest.fixture
def order(pages):
    return begin(pages[0])


def shown(order, told):
    """Its text, and its time as it is shown."""
    return order.script(
        'const item = room.querySelector(arguments[0]);'
        "return [item.querySelector('.text').textContent,"
        " item.querySelector('.time').textContent.replace(/[\\d:]+/, 'T')]",
        order.at(told))


@pytest.mark.engines(long=True)
def test_arrow_up(order):
    """In the empty field: the reader's last message, in its place."""
    order.say(order.you, 'older')
    told = order.say(order.you, 'hullo')
    order.say(BEN, 'hello')
    order.hold()
    browser = order.page.browser
    browser.fill('#text', 'x')
    browser.press(UP)
    assert order.script(EDITOR) is None
    browser.fill('#text', '')
    browser.press(UP)
    wait_until(lambda: order.script(EDITOR) == 'hullo', 10, 'the editor')
    assert order.focused() == told
    browser.press(ESCAPE)
    assert order.script(EDITOR) is None and order.focused() == 'text'
    browser.press(UP)
    wait_until(lambda: order.script(EDITOR) == 'hullo', 10, 'the editor')
    browser.fill('.editor textarea', 'hello')
    browser.press(ENTER)
    assert order.said() == {'type': 'edit', 'id': told, 'text': 'hello'}
    order.happen('edited', target=told, text='hello')
    order.answer('ack', id=order.id())
    wait_until(lambda: order.script(EDITOR) is None, 20, 'the end')
    assert shown(order, told) == ['hello', 'edited T']
    assert order.focused() == 'text'


def test_what_cannot_be(order):
    told = order.say(order.you, 'hullo')
    order.hold()
    browser = order.page.browser
    order.choose(told, 'Edit')
    browser.fill('.editor textarea', ' ')
    browser.press(ENTER)
    assert 'nothing to send' in browser.text('.editor .alert')
    browser.fill('.editor textarea', 'x' * 101)
    browser.press(ENTER)
    assert 'too long' in browser.text('.editor .alert')
    browser.fill('.editor textarea', 'hello')
    assert browser.text('.editor .alert') == ''
    browser.click('.editor [type="submit"]')
    order.answer('error', code='forbidden', text='Too late.')
    wait_until(lambda: 'too late' in browser.text('.editor .alert'), 20, 'why')
    assert order.script(EDITOR) == 'hello'
    browser.click('.editor .quiet')
    assert shown(order, told) == ['hullo', 'T'] and order.focused() == told
    # The same text is no change.
    order.commands(forget=True)
    order.choose(told, 'Edit')
    browser.press(ENTER)
    assert order.script(EDITOR) is None and order.commands() == []


def test_nothing_moves_while_it_is_edited(order):
    """Nor does what is written get lost when others go on."""
    told = order.say(order.you, 'mine')
    for number in range(40):
        order.say(BEN, f'line {number}')
    order.script("room.querySelector(arguments[0]).scrollIntoView()",
                 order.at(told))
    order.wait_frames()
    order.choose(told, 'Edit')
    order.page.browser.fill('.editor textarea', 'mine, but longer')
    top = order.tops()[told]
    order.say(BEN, 'more')
    order.happen('edited', target=told, text='elsewhere')
    order.wait_frames()
    assert order.tops()[told] == top
    assert order.script(EDITOR) == 'mine, but longer'
    assert order.focused() == told
    # Only when the message is gone it ends.
    order.happen('deleted', target=told, by=MAX)
    assert order.script(EDITOR) is None
    assert shown(order, told)[0] == 'Deleted message'


@pytest.mark.engines(long=True)
def test_a_delete_is_sent_after_five_seconds(order):
    told = order.say(order.you, 'mine')
    order.hold()
    began = order.script('return performance.now()')
    order.choose(told, 'Delete')
    assert order.toast() == 'The message is deleted.'
    assert order.page.browser.count(f'{order.at(told)}.going') == 1
    assert order.said() == {'type': 'delete', 'id': told}
    assert order.wait_command()['at'] - began > 4000
    order.happen('deleted', target=told, by=order.you)
    order.answer('ack', id=order.id())
    wait_until(lambda: order.page.browser.count('.going') == 0, 20, 'done')
    assert shown(order, told)[0] == 'Deleted message'


def test_undo(order):
    told, other = order.say(order.you, 'mine'), order.say(order.you, 'other')
    order.hold()
    order.choose(told, 'Delete')
    order.page.browser.click('#toast button')
    assert order.page.browser.count('.going') == 0
    assert order.toast() == ''
    order.choose(told, 'Delete')
    order.script("room.querySelector('#list .time').focus();"
                 "room.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
                 " { key: 'z', ctrlKey: true, bubbles: true }))")
    assert order.page.browser.count('.going') == 0
    # Another one: what was to be done is done.
    order.choose(told, 'Delete')
    order.choose(other, 'Delete')
    assert order.said() == {'type': 'delete', 'id': told}
    order.page.browser.click('#toast button')
    order.choose(other, 'Copy link')
    assert [one['id'] for one in order.commands()] == [told]


def test_a_refused_delete(order):
    told = order.say(order.you, 'mine')
    order.hold()
    order.choose(told, 'Delete')
    order.wait_command()
    order.answer('error', code='not_found', text='No such message.')
    order.page.wait_alert('no longer here')
    assert order.page.browser.count('.going') == 0


def test_what_is_gone(order):
    """A deleted message is a quiet line; so is one that comes later."""
    for number in range(30):
        order.say(BEN, f'line {number}')
    told = [order.say(ANN, f'spam {number}') for number in range(3)]
    last = order.say(BEN, 'last')
    order.happen('deleted', target=told[0], by=MAX)
    order.happen('edited', target=told[1], text='no spam')
    assert [shown(order, one) for one in told] == [
        ['Deleted message', 'T'], ['no spam', 'edited T'], ['spam 2', 'T']]
    gone = order.say(ANN, '', deleted=True)
    assert shown(order, gone) == ['Deleted message', 'T']
    assert shown(order, order.say(ANN, 'new', edited=True)) \
        == ['new', 'edited T']
    # Told again, without a text, and of what nobody knows: nothing happens.
    order.happen('edited', target=told[0], text='back')
    order.happen('edited', target=told[1])
    order.happen('deleted', target='1-0', by=MAX)
    assert shown(order, told[0])[0] == 'Deleted message'
    assert shown(order, told[1])[0] == 'no spam'
    order.happen('cleared', by=MAX)
    assert shown(order, last)[0] == 'Deleted message'
    assert order.page.browser.texts('#list .note') \
        == ['Max has deleted all messages.']
    assert shown(order, order.say(BEN, 'after'))[0] == 'after'


def test_what_is_gone_above_the_reader(order):
    """Moves nothing that the reader sees."""
    told = [order.say(ANN, f'spam {number}\n' * 3) for number in range(20)]
    for number in range(40):
        order.say(BEN, f'line {number}')
    order.script("room.getElementById('log').scrollTop -= 200")
    order.wait_frames()
    before = order.tops()
    for one in told:
        order.happen('deleted', target=one, by=MAX)
    order.assert_still(before)
