"""Authors and moderators with the server itself: what one of them does, the
others see, also those who come later."""
import re

import pytest
from harness import Httpd, wait_until
from order_page import Order
from webdriver import ESCAPE

CONFIG = '''
<Location "/chat">
    Chat rooms
    ChatRate off
    ChatUser "%{reqenv:CHAT_USER}"
    SetEnvIf Cookie "login=(\\w+)" CHAT_USER=$1
    ChatModerators user max
</Location>
'''

# Of ten minutes, however many the test has taken.
LEFT = re.compile(r'([2-9]|10) minutes left')

pytestmark = pytest.mark.engines(long=True)


@pytest.fixture(scope='module')
def site():
    with Httpd(config=CONFIG, files={'login.html': '<!doctype html>\n'}) \
            as running:
        yield running


@pytest.fixture
def room(site, request):
    name = request.node.name.replace('[', '-').replace(']', '')
    return f'http://{site.host()}/chat/{name}'


@pytest.fixture
def two(people, site, room):
    """A guest, and Max, who moderates, each with what they do."""
    ann, boss = people
    boss.browser.open(f'http://{site.host()}/login.html')
    boss.browser.script("document.cookie = 'login=max; path=/'")
    for page in people:
        page.enter(room)
        page.wait_settled()
    wait_until(lambda: boss.browser.count('#moderation'), 10, 'the shield')
    yield Order(ann), Order(boss)
    complaints = []
    boss.browser.open(f'http://{site.host()}/login.html')
    boss.browser.script("document.cookie = 'login=; path=/; max-age=0'")
    for page in people:
        complaints += page.complaints()
        page.browser.open('about:blank')
    assert [one for one in complaints
            if '403' not in one and 'favicon' not in one] == []
    site.check_log()


def last(order):
    """The id of the newest message."""
    return order.script(
        "return Array.from(room.querySelectorAll('#list .message')).at(-1)"
        '.dataset.id')


def wait_both(two, *texts):
    for order in two:
        order.page.wait_texts(*texts)


def is_shown(order, selector):
    return order.script('return Boolean(room.querySelector(arguments[0])'
                        '?.getClientRects().length)', selector)


def test_answer_edit_delete(two, room):
    ann, boss = two
    ann.page.say('hullo')
    wait_both(two, 'hullo')
    told = last(boss)
    boss.choose(told, 'Reply')
    boss.page.say('hello Ann')
    wait_both(two, 'hullo', 'hello Ann')
    assert ann.page.browser.texts('.quoted') == ['hullo']
    ann.choose(told, 'Edit')
    ann.page.browser.fill('.editor textarea', 'hello')
    ann.page.browser.click('.editor [type="submit"]')
    wait_both(two, 'hello', 'hello Ann')
    assert boss.page.browser.texts('.quoted') == ['hello']
    assert 'edited' in boss.page.browser.text(f'{boss.at(told)} .time')
    # A moderator deletes what others wrote, but does not change it.
    assert 'Edit' not in boss.open(told)
    boss.page.browser.press(ESCAPE)
    boss.choose(told, 'Delete')
    wait_both(two, 'Deleted message', 'hello Ann')
    wait_until(lambda: boss.page.browser.count('.going') == 0, 20, 'done')
    ann.page.enter(room)
    ann.page.wait_texts('Deleted message', 'hello Ann')
    assert ann.page.browser.texts('.quoted') == ['Deleted message']


def test_who_leaves_meanwhile_has_deleted(two, site, room):
    """What could have been undone is done when the page goes."""
    ann, boss = two
    ann.page.say('first')
    ann.page.say('second')
    wait_both(two, 'first', 'second')
    ann.choose(last(ann), 'Delete')
    ann.page.browser.open(f'http://{site.host()}/login.html')
    boss.page.wait_texts('first', 'Deleted message', seconds=20)
    # And when the element goes.
    ann.page.enter(room)
    ann.page.wait_settled()
    ann.choose(ann.script(
        "return room.querySelector('#list .message').dataset.id"), 'Delete')
    ann.script("document.querySelector('chat-room').remove()")
    boss.page.wait_texts('Deleted message', 'Deleted message', seconds=20)


def test_the_order_of_a_room(two, room):
    ann, boss = two
    boss.page.browser.click('#moderation summary')
    wait_until(lambda: is_shown(boss, '.room-form'), 10, 'the panel')
    boss.page.browser.fill('#room-topic', 'Be kind <b>always</b>')
    boss.script("room.getElementById('room-slow').value = '300'")
    boss.page.browser.click('.room-form .primary')
    wait_until(lambda: ann.page.browser.texts('#topic bdi')
               == ['Be kind <b>always</b>'], 10, 'the topic')
    assert ann.page.browser.text('#pace') \
        == 'Slow mode: one message in 5 minutes'
    ann.page.say('one')
    assert 'You can write again in' in ann.page.browser.text('#pace')
    # After a reload, too: it is the message that counts.
    ann.page.enter(room)
    wait_until(lambda: 'You can write again in'
               in ann.page.browser.text('#pace'), 10, 'the countdown')
    boss.page.browser.click('.room-form .choice')
    boss.page.browser.click('.room-form .primary')
    wait_until(lambda: 'Only moderators' in ann.page.browser.text('#gate'),
               10, 'the lock')
    assert not is_shown(ann, '#pace')       # it would promise otherwise
    boss.page.browser.click('.room-form .quiet')
    ann.page.wait_texts('Deleted message', seconds=20)
    wait_until(lambda: any(note.startswith('max has') for note in
                           ann.page.browser.texts('#list .note')), 10,
               'who it was')


def test_mute_and_pardon(two, room):
    ann, boss = two
    ann.page.say('spam')
    wait_both(two, 'spam')
    boss.choose(last(boss), 'Mute for 10 minutes')
    wait_until(lambda: 'has muted you' in ann.page.browser.text('#gate'), 10,
               'the mute')
    assert LEFT.search(ann.page.browser.text('#gate-rest'))
    ann.page.enter(room)
    wait_until(lambda: 'has muted you' in ann.page.browser.text('#gate'), 10,
               'the mute, later')
    boss.page.browser.click('#moderation summary')
    wait_until(lambda: boss.page.browser.count('.orders button'), 10,
               'the sanction')
    told = boss.page.browser.texts('.orders .about')[-1]
    assert LEFT.sub('REST', told).endswith('muted · REST · by max'), told
    boss.page.browser.click('.orders button')
    wait_until(lambda: is_shown(ann, '#composer'), 10, 'the pardon')
    wait_until(lambda: 'Nobody is muted or banned.'
               in boss.page.browser.texts('.orders .none'), 10, 'none left')


def assert_banned(order):
    """Why and for how long, whichever way the server said it."""
    told = order.page.browser.text('#gate-text')
    assert told.translate({0x2068: None, 0x2069: None}) \
        == 'You are banned from this room. Reason: enough <i>of it</i>'
    assert order.page.browser.text('#gate-more') == ''
    assert order.page.browser.text('#gate-rest') == '1 day left'


def test_sent_out(two):
    ann, boss = two
    ann.page.say('loud')
    wait_both(two, 'loud')
    boss.choose(last(boss), 'Send out once')
    wait_until(lambda: ann.page.state() == 'closed', 20, 'out')
    assert ann.page.browser.text('#gate-text') \
        == 'A moderator has sent you out of this room.'
    wait_until(lambda: not is_shown(ann, '#gate-rest'), 20, 'it is over')
    ann.page.browser.click('#gate-again')
    ann.page.wait_state('online')


def test_report_and_ban(two):
    ann, boss = two
    boss.page.say('too strict')
    wait_both(two, 'too strict')
    ann.choose(last(ann), 'Report…')
    wait_until(lambda: is_shown(ann, '#order-ask'), 10, 'the dialog')
    ann.page.browser.fill('#ask-reason', 'he is')
    ann.page.browser.click('#order-ask .primary')
    wait_until(lambda: boss.page.browser.texts('#moderation .count') == ['1'],
               10, 'the report')
    wait_until(lambda: 'have been told' in ann.toast(), 10, 'the thanks')
    ann.page.say('spam')
    wait_both(two, 'too strict', 'spam')
    boss.choose(last(boss), 'Ban…')
    wait_until(lambda: is_shown(boss, '#order-ask'), 10, 'the dialog')
    boss.page.browser.fill('#ask-reason', 'enough <i>of it</i>')
    boss.script("Array.from(room.querySelectorAll('#order-ask [type]'))"
                ".filter((one) => one.type === 'checkbox').at(-1).click()")
    boss.page.browser.click('#order-ask .primary')
    wait_until(lambda: ann.page.state() == 'closed', 20, 'the ban')
    assert_banned(ann)
    wait_until(lambda: boss.page.texts()[-1] == 'Deleted message', 10,
               'the purge')
    ann.page.browser.click('#gate-again')
    wait_until(lambda: ann.page.state() == 'closed', 10, 'still banned')
    assert_banned(ann)
    boss.page.browser.click('#moderation summary')
    wait_until(lambda: len(boss.page.browser.texts('.orders .about')) == 2, 10,
               'the sanction')
    boss.script("Array.from(room.querySelectorAll('.orders button')).at(-1)"
                '.click()')
    wait_until(lambda: 'Nobody is muted or banned.'
               in boss.page.browser.texts('.orders .none'), 10, 'the pardon')
    ann.page.browser.click('#gate-again')
    ann.page.wait_state('online')
