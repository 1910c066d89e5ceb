"""Answers: the quotation above the field and in the message, and the way to
what is quoted."""
import pytest
from harness import wait_until
from order_page import ANN, BEN, MAX, Order, begin
from webdriver import ENTER, ESCAPE

QUOTES = '''
return Array.from(room.querySelectorAll('#list .quote'),
    (quote) => [quote.querySelector('bdi')?.textContent ?? '',
        quote.querySelector('.quoted').textContent]);
'''


@pytest.fixture
def order(pages):
    return begin(pages[0])


def quotes(order):
    return order.script(QUOTES)


@pytest.mark.engines(long=True)
def test_an_answer_is_sent(order):
    told = order.say(BEN, 'Who\ncomes  along?')
    order.hold()
    order.choose(told, 'Reply')
    assert order.focused() == 'text'
    assert order.page.browser.text('#answer p') \
        == 'Reply to Ben Who comes along?'
    order.page.write('me')
    assert order.said() == {'type': 'message', 'text': 'me', 're': told}
    # The one after it is no answer.
    assert order.page.browser.text('#answer') == ''
    order.page.receive(type='message', id=order.id(), text='me', re=told,
                       ref=order.commands()[-1]['ref'],
                       **{'from': order.you})
    wait_until(lambda: quotes(order) == [['Ben', 'Who comes along?']], 20,
               'the quotation')
    order.page.write('and you?')
    assert order.said() == {'type': 'message', 'text': 'and you?'}


def test_no_answer_after_all(order):
    told = order.say(BEN, 'hello')
    order.choose(told, 'Reply')
    order.page.browser.fill('#text', 'half')
    order.page.browser.press(ESCAPE)
    assert order.page.browser.text('#answer') == ''
    assert order.focused() == 'text'
    assert order.script('return room.activeElement.value') == 'half'
    order.choose(told, 'Reply')
    order.page.browser.click('#answer button')
    assert order.page.browser.text('#answer') == ''
    order.hold()
    order.page.browser.press(ENTER)
    assert order.said() == {'type': 'message', 'text': 'half'}


@pytest.mark.engines(long=True)
def test_the_way_to_what_is_quoted(order):
    told = order.say(BEN, 'the first')
    for number in range(40):
        order.say(ANN, f'line {number}')
    answer = order.say(MAX, 'an answer', re=told)
    assert order.tops()[told] < 0
    order.page.browser.click(f'{order.at(answer)} .quote')
    wait_until(lambda: order.tops()[told] > 0, 20, 'it is there')
    assert order.page.browser.count(f'{order.at(told)}.target') == 1
    assert order.focused() == told
    # By keyboard it is in the menu.
    order.page.browser.click('#jump')
    order.choose(answer, 'Go to the quoted message')
    wait_until(lambda: order.focused() == told, 20, 'again')


def test_what_is_quoted_changes(order):
    """A text that is gone is gone from quotations, too; and none of it moves
    the reader."""
    told = order.say(BEN, 'first')
    answer = order.say(ANN, 'an answer', re=told)
    for number in range(40):
        order.say(ANN, f'line {number}')
    order.script('room.getElementById("log").scrollTop -= 300')
    order.wait_frames()
    before = order.tops()
    order.script('window.held = room.querySelector(arguments[0]);',
                 f'{order.at(answer)} .quote')
    order.happen('edited', target=told, text='second')
    assert quotes(order) == [['Ben', 'second']]
    order.happen('deleted', target=told, by=MAX)
    assert quotes(order) == [['', 'Deleted message']]
    assert order.script('return held.isConnected && !held.dataset.from')
    order.assert_still(before)
    order.choose(answer, 'Reply')
    order.happen('deleted', target=answer, by=ANN)
    assert order.page.browser.text('#answer') == ''     # nothing is answered
    assert quotes(order) == []


def test_what_is_quoted_is_older(people, server, room):
    """Than what came by itself: it can be gone to, and is told then."""
    path = room.split('/', 3)[3]
    for number in range(30):
        server.post(f'/{path}', f'{number}'.encode(), 'text/plain')
    server.write_files({'host-older.html': f'''<!doctype html>
<html lang="en"><meta charset="utf-8"><title>older</title>
<link rel="icon" href="/chat/_chatws/icon.svg">
<script type="module" src="/chat/_chatws/chat-room.js"></script>
<chat-room src="/{path}" history="5"></chat-room></html>'''})
    page = people[0].enter(f'http://{server.host()}/host-older.html')
    page.wait_settled()
    wait_until(lambda: page.texts() == ['25', '26', '27', '28', '29'], 10,
               'the newest')
    first = page.browser.script(
        'return fetch(arguments[0]).then((answer) => answer.json())'
        '.then(({ events }) => events[0].id)', f'/{path}?history=30')
    order = Order(page)
    order.hello()
    answer = order.say(MAX, 'an answer', re=first)
    order.wait_frames()
    assert quotes(order) == [['', 'An older message']]
    page.browser.click(f'{order.at(answer)} .quote')
    wait_until(lambda: order.focused() == first, 10, 'it is there')
    order.page.browser.click('#jump')
    wait_until(lambda: quotes(order)[0][1] == '0', 20, 'the quotation')
    page.complaints()


def test_whoever_is_ignored_is_not_quoted(order):
    told = order.say(BEN, 'spam')
    answer = order.say(ANN, 'an answer', re=told)
    order.page.browser.click(f'{order.at(told)} .face')
    order.page.browser.click('#person .ignore-them')
    assert order.script(
        'return room.querySelector(arguments[0]).getClientRects().length',
        f'{order.at(answer)} .quote') == 0
    order.script("localStorage.removeItem('chatws.ignored')")


def test_quotations_of_nothing(order):
    """What a later server or a stranger may send."""
    for nonsense in (None, 5, {}, 'x', '<b>', '__proto__', '1-2-3'):
        told = order.say(ANN, 'an answer', re=nonsense)
        assert order.page.browser.count(f'{order.at(told)} .quote') == 0
    order.say(ANN, 'an answer', re='1-0')
    assert quotes(order) == [['', 'An older message']]
