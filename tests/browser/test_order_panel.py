"""The moderators' panel: reports, sanctions, and how the room is."""
import json

import pytest
from harness import wait_until
from order_page import ANN, BEN, MAX, begin
from webdriver import ESCAPE

SANCTIONS = [
    {'kind': 'mute', 'user': ANN, 'by': MAX, 'for': 540, 'reason': 'spam'},
    {'kind': 'ban', 'user': BEN, 'by': MAX, 'address': True},
]


@pytest.fixture
def order(pages):
    return begin(pages[0], moderate=True)


def sanction(order, sanctions):
    """What the server answers to ?sanctions from now on."""
    order.script('window.fetch = async () => new Response(arguments[0]);',
                 json.dumps({'sanctions': sanctions}))


def show(order):
    order.page.browser.click('#moderation summary')
    wait_until(lambda: order.page.browser.count('.room-form'), 10, 'the panel')


def texts(order):
    return order.page.browser.texts('#moderation .orders .about')


def press(order, text, at=0):
    order.script(
        "Array.from(room.querySelectorAll('#moderation button')).filter("
        '(one) => one.textContent === arguments[0])[arguments[1]].click()',
        text, at)


def test_only_for_moderators(order):
    """Whoever is one no longer has none; and nothing of it is loaded before it
    is needed."""
    loaded = ("return performance.getEntriesByType('resource').filter("
              "({ name }) => /\\/(moderate|acts)\\//.test(name)).length")
    order.page.enter(order.page.browser.url)
    assert order.script(loaded) == 0
    assert order.page.browser.count('#moderation') == 0
    order.hello()
    assert order.script(loaded) == 0
    order.hello(moderate=True)
    wait_until(lambda: order.script(loaded) == 2, 10, 'the button, its style')
    order.hello()
    assert order.script("return room.getElementById('moderation').hidden")
    order.hello(moderate=True)
    sanction(order, [])
    show(order)
    wait_until(lambda: order.page.browser.texts('#moderation .none')
               == ['None since you came.', 'Nobody is muted or banned.'], 10,
               'what was answered')


@pytest.mark.engines(long=True)
def test_sanctions(order):
    sanction(order, SANCTIONS)
    show(order)
    wait_until(lambda: texts(order) == [
        'Ann muted · 9 minutes left · by Max',
        'Ben banned · without end · with the address · by Max'], 20, 'both')
    assert 'Reason: spam' in order.page.browser.texts('#moderation .hint')
    order.hold()
    sanction(order, SANCTIONS[1:])
    order.script("room.querySelector('.orders button').click()")
    assert order.said() == {'type': 'pardon', 'user': ANN['id']}
    order.answer('ack')
    wait_until(lambda: len(texts(order)) == 1, 20, 'one less')
    # Another moderator's are there at once.
    sanction(order, SANCTIONS)
    order.page.receive(type='sanction', **SANCTIONS[0])
    wait_until(lambda: len(texts(order)) == 2, 20, 'one more')


def test_the_server_cannot_be_asked(order):
    order.script("window.fetch = async () => { throw new TypeError('no'); };")
    show(order)
    wait_until(lambda: 'no connection' in order.page.browser.texts(
        '#moderation .none')[-1], 10, 'why not')


def test_reports(order):
    sanction(order, [])
    rude, mine = order.say(BEN, 'rude'), order.say(order.you, 'mine')
    for number in range(40):
        order.say(ANN, f'line {number}')
    order.page.receive(type='report', target=rude, by=ANN, reason='insult')
    order.page.receive(type='report', target=mine, by=ANN)
    order.page.receive(type='report', target='1-0', by=ANN)
    wait_until(lambda: order.page.browser.text('#moderation .count') == '3', 20,
               'the number')
    assert order.script("return room.querySelector('#moderation .unseen')"
                        '.textContent') == 'Moderation, 3 reports'
    show(order)
    assert texts(order)[:3] == ['An older message', f'{order.you["name"]} mine',
                                'Ben rude']
    assert 'Reason: insult' in order.page.browser.texts('#moderation .hint')
    press(order, 'Done')
    assert len(texts(order)) == 2
    press(order, 'Show', 1)
    wait_until(lambda: order.focused() == rude, 20, 'the message')
    assert order.page.browser.text('#moderation .count') == '2'
    # Deleted by anybody, it is settled.
    order.happen('deleted', target=rude, by=MAX)
    assert order.page.browser.text('#moderation .count') == '1'
    order.hold()
    show(order)
    press(order, 'Delete')
    assert texts(order) == []
    assert order.page.browser.count(f'{order.at(mine)}.going') == 1


def test_a_ban_from_a_report(order):
    sanction(order, [])
    rude = order.say(BEN, 'rude')
    order.page.receive(type='report', target=rude, by=ANN)
    show(order)
    press(order, 'Ban…')
    wait_until(lambda: order.script(
        "return room.getElementById('order-ask')?.open"), 10, 'the dialog')
    assert order.page.browser.text('#order-title') == 'Ban Ben'
    order.page.browser.press(ESCAPE)
    wait_until(lambda: order.page.browser.count('#order-ask') == 0, 20, 'gone')


@pytest.mark.engines(long=True)
def test_the_room(order):
    sanction(order, [])
    order.hello(moderate=True, topic='old', slow=45, locked=True)
    show(order)
    state = ("return [room.getElementById('room-topic').value,"
             " room.getElementById('room-slow').value,"
             " room.querySelector('.room-form [type=\"checkbox\"]').checked]")
    assert order.script(state) == ['old', '45', True]
    order.hold()
    order.page.browser.fill('#room-topic', 'ü' * 101)
    press(order, 'Save')
    assert 'too long' in order.page.browser.text('.room-form .alert')
    order.page.browser.fill('#room-topic', ' new\ttopic ')
    order.script("room.getElementById('room-slow').value = '0';"
                 "room.querySelector('.room-form [type=\"checkbox\"]').click()")
    press(order, 'Save')
    assert order.said() == {'type': 'room', 'topic': 'new topic', 'slow': 0,
                            'locked': False}
    # Another moderator was faster; what is being written stays.
    order.script("room.getElementById('room-slow').focus()")
    order.happen('room', topic='theirs', slow=60, locked=False, by=MAX)
    assert order.script(state) == ['theirs', '60', False]
    order.page.browser.fill('#room-topic', 'mine')
    order.happen('room', topic='theirs again', slow=0, locked=False, by=MAX)
    assert order.script(state) == ['mine', '0', False]


def test_clear(order):
    sanction(order, [])
    order.say(BEN, 'hello')
    show(order)
    order.hold()
    press(order, 'Delete all messages')
    assert order.toast() == 'All messages are deleted.'
    assert order.commands() == []
    order.page.browser.click('#toast button')
    press(order, 'Delete all messages')
    assert order.said() == {'type': 'clear'}
