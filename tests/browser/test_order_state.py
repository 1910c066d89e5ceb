"""The order that moderators keep, as readers have it: the topic, a lock, slow
mode, a mute."""
import pytest
from harness import wait_until
from order_page import ANN, BEN, LOBBY, MAX, begin
from webdriver import ESCAPE


@pytest.fixture
def order(pages):
    return begin(pages[0])


def is_shown(order, selector):
    return order.script(
        'return room.querySelector(arguments[0]).getClientRects().length > 0',
        selector)


def change(order, **state):
    order.happen('room', by=MAX, **{**LOBBY, **state})


@pytest.mark.engines(long=True)
def test_the_topic(order):
    for number in range(40):
        order.say(BEN, f'line {number}')
    order.script("room.getElementById('log').scrollTop -= 300")
    order.wait_frames()
    before = order.tops()
    assert not is_shown(order, '#order')
    change(order, topic='Release on Friday. ' * 9)
    assert order.page.browser.text('#topic bdi').startswith('Release on')
    height = "return room.getElementById('topic').offsetHeight"
    one = order.script(height)
    order.page.browser.click('#topic')
    assert order.script(height) > one or order.script(
        'return innerWidth') > 1000 and order.script(height) == one
    order.page.browser.click('#topic')
    change(order)
    assert not is_shown(order, '#order')
    order.assert_still(before)
    # Nor does what the reader sees move while it is there.
    change(order, topic='Short')
    order.assert_still(before)


def test_a_lock(order):
    change(order, locked=True)
    assert 'Only moderators can write' in order.page.browser.text('#gate-text')
    assert not is_shown(order, '#composer')
    told = order.say(BEN, 'hello')
    assert 'Reply' not in order.open(told)
    order.page.browser.press(ESCAPE)
    change(order)
    assert is_shown(order, '#composer')
    # A moderator writes, and sees that it is so.
    order.hello(moderate=True, locked=True)
    assert is_shown(order, '#composer')
    assert 'Only moderators' in order.page.browser.text('#lock')


@pytest.mark.engines(long=True)
def test_slow_mode(order):
    change(order, slow=300)
    assert order.page.browser.text('#pace') \
        == 'Slow mode: one message in 5 minutes'
    order.hold()
    order.page.write('first')
    ref = order.wait_command()['ref']
    order.page.receive(type='message', id=order.id(), text='first', ref=ref,
                       **{'from': order.you})
    wait_until(lambda: 'You can write again in' in
               order.page.browser.text('#pace'), 20, 'the countdown')
    left = int(order.script(
        "return room.querySelector('.send').dataset.left"))
    assert 0 < left <= 300
    # What is written meanwhile stays where it is.
    order.page.write('second')
    order.page.wait_alert('You can write again in')
    assert order.script("return room.getElementById('text').value") == 'second'
    assert len(order.commands()) == 1
    wait_until(lambda: int(order.script(
        "return room.querySelector('.send').dataset.left")) < left, 10,
        'it counts')
    change(order)
    assert order.page.browser.text('#pace') == ''
    order.page.write('second')
    assert order.said() == {'type': 'message', 'text': 'second'}


def test_slow_mode_ends_by_itself(order):
    change(order, slow=8)
    order.hold()
    order.page.write('first')
    order.page.receive(type='message', id=order.id(), text='first',
                       ref=order.wait_command()['ref'],
                       **{'from': order.you})
    wait_until(lambda: 'again in' in order.page.browser.text('#pace'), 20,
               'the countdown')
    wait_until(lambda: order.page.browser.text('#pace')
               == 'Slow mode: one message in 8 seconds', 30, 'the end')
    assert order.script(
        "return room.querySelector('.send').dataset.left") == ''


def test_slow_mode_is_not_for_moderators(order):
    order.hello(moderate=True, slow=30)
    order.say(order.you, 'mine')
    assert order.page.browser.text('#pace') == ''


def test_the_server_counts_otherwise(order):
    """It knows of a message that this page does not: it is sent later."""
    change(order, slow=30)
    order.hold()
    order.page.write('first')
    order.answer('error', code='slow', text='Slow.', retry=9)
    order.page.wait_alert('Sending again in 9 s.')


@pytest.mark.engines(long=True)
def test_a_mute(order):
    order.page.browser.fill('#text', 'a draft')
    order.page.receive(type='sanction', kind='mute', user=order.you,
                       reason='<b>spam</b>', **{'for': 600})
    wait_until(lambda: 'has muted you' in order.page.browser.text('#gate'), 20,
               'the mute')
    assert '10 minutes left' in order.page.browser.text('#gate-rest')
    assert 'Reason: <b>spam</b>' in order.page.browser.text('#gate-text')
    assert not is_shown(order, '#composer')
    order.page.receive(type='sanction', kind='pardon', user=order.you)
    wait_until(lambda: is_shown(order, '#composer'), 20, 'the pardon')
    assert order.script("return room.getElementById('text').value") == 'a draft'
    # One of somebody else's is nothing to this reader.
    order.page.receive(type='sanction', kind='mute', user=ANN, by=MAX)
    order.wait_frames()
    assert is_shown(order, '#composer')
    order.page.receive(type='sanction', kind='mute', user=order.you)
    wait_until(lambda: order.page.browser.text('#gate-rest') == 'without end',
               5, 'for ever')


def test_a_mute_ends_by_itself(order):
    order.hello(muted=8)
    wait_until(lambda: 'has muted you' in order.page.browser.text('#gate'), 20,
               'the mute')
    wait_until(lambda: is_shown(order, '#composer'), 30, 'the end')


def test_a_mute_that_the_server_tells_of(order):
    """A poll learns of it no sooner than the reader writes."""
    order.hold()
    order.page.write('hello')
    order.answer('error', code='muted', text='Muted.', **{'for': 600})
    wait_until(lambda: 'has muted you' in order.page.browser.text('#gate'), 20,
               'the mute')
