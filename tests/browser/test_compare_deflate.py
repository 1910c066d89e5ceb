"""The comparison page's second WebSocket, which differs from the first one in
permessage-deflate alone: what it costs is what its own meter says."""
import pytest

from harness import ROOMS, Httpd, wait_until
from test_compare import WATCHED, WAYS, Visit, running

pytestmark = pytest.mark.engines(long=True)

MESSAGES = 3
PARTS = ('text', 'json', 'head', 'record', 'packet')
PLAIN = ('text', 'json', 'head')


@pytest.fixture(scope='module')
def visit(driver, server):
    page = Visit(driver.browser(), server)
    page.browser.add_script(WATCHED)
    page.open().take_over(interval=1, rate=0)
    yield page
    page.browser.close()


def settled(visit):
    """Figures of a moment in which nothing is on its way."""
    def quiet():
        before, now = visit.figures(), visit.next_figures()
        same = [f'{way}.{name}' for way in ('websocket', 'deflate')
                for name in ('wire_sent', 'wire_received')]
        return len({now[f'{way}.messages'] for way in WAYS}) == 1 and \
            all(now[name] == before[name] for name in same) and now
    return wait_until(quiet, 30, 'all messages are counted')


def say(visit, size):
    """What some messages of so many bytes add to the figures."""
    before = settled(visit)
    visit.choose('size', size)
    visit.choose('rate', 180)
    wait_until(lambda: all(
        visit.figures()[f'{way}.messages'] >= before[f'{way}.messages']
        + MESSAGES for way in WAYS), 30, f'{MESSAGES} messages each')
    said = visit.browser.text('#packed')
    visit.choose('rate', 0)
    now = settled(visit)
    return said, {name: now[name] - before[name] for name in now}


def plain(added, way):
    return sum(added[f'{way}.{part}'] for part in PLAIN)


def test_what_was_agreed_on(visit):
    def both():
        opened = visit.browser.script('return sockets')
        own = {seen['key']: seen for seen in opened if not seen['looks']}
        return len(own) == 2 and all('agreed' in seen
                                     for seen in own.values()) and own
    own = wait_until(both, 15, 'two WebSockets')
    first = own.pop(visit.browser.script(
        "return document.getElementById('table').dataset.meter"))
    [second] = own.values()
    assert first['agreed'] == '' and first['open']
    assert second['agreed'].startswith('permessage-deflate') and second['open']


def test_short_texts_are_the_same_on_both(visit):
    """Their events have less than 256 bytes, and the page says so."""
    said, added = say(visit, 100)
    for part in PLAIN:
        assert added[f'deflate.{part}'] == added[f'websocket.{part}'] > 0, part
    assert 'from 256 bytes on: both WebSockets move the same' in said


def test_long_texts_are_not(visit):
    """To the byte what the second meter has counted; a bar has all of it."""
    said, added = say(visit, 1000)
    assert 'compresses it for WS + deflate' in said
    assert 0 < plain(added, 'deflate') < 0.8 * plain(added, 'websocket')
    assert added['deflate.messages'] == added['websocket.messages']
    shown = settled(visit)
    [key] = {seen['key'] for seen in visit.browser.script('return sockets')
             if seen.get('agreed') and not seen['looks']}
    told = visit.server.get(f'/chat/_chatws/meter?meter={key}') \
        .json()['traffic']['websocket']
    for name in ('requests', 'wire_sent', 'wire_received', 'packets_sent'):
        assert shown[f'deflate.{name}'] == running(told, name), name
    assert abs(sum(shown[f'deflate.{part}'] for part in PARTS)
               - shown['deflate.wire_sent'] - shown['deflate.wire_received']) \
        < 1
    assert 0 < shown['deflate.share'] < 1


def test_no_compression(visit):
    """The server does not agree on it: both are the same, and the page, and
    one that opens its link, say why."""
    config = 'ChatCompression off\n' + ROOMS
    wanted = 'agreed on no compression'
    browser = visit.browser
    visit.stop()
    with Httpd(config=config) as server:
        browser.open(f'http://{server.host()}/chat/_chatws/compare.html')
        visit.take_over(interval=1, rate=60)
        visit.choose('size', 1000)
        wait_until(lambda: wanted in browser.text('#packed'), 15, 'the reason')
        wait_until(lambda: visit.figures()['deflate.messages'] >= 2, 15,
                   'messages')
        visit.stop()
        browser.click('#share')
        url = browser.script("return document.getElementById('link').value")
        browser.open('about:blank')
        browser.open(url)
        wait_until(lambda: visit.state() == 'stopped', 10, 'the result')
        assert wanted in browser.text('#packed')
        browser.open('about:blank')
