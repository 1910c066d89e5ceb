"""The address of a message, its date, and the way back to the newest one."""
import pytest
from harness import Httpd, wait_until
from log_page import CONFIG, FILES, SLOWLY, Log, fill
from page import Page
from webdriver import DOWN, ENTER, SHIFT, TAB, UP

TARGET = "return room.querySelector('.target .text')?.textContent ?? null"
FOCUS = '''
const focused = room.activeElement?.closest('.message');
return focused?.querySelector('.text').textContent ?? null;
'''
# The styles seem to be on their way until style() is called.
UNSTYLED = '''
const late = [];

Object.defineProperty(HTMLLinkElement.prototype, 'onload', {
    set(act) { this.addEventListener('load', () => late.push(act)); }
});
window.style = () => late.splice(0).forEach((act) => act());
'''


@pytest.fixture(scope='module')
def long(driver):       # another one for each engine: tests write there, too
    with Httpd(config=CONFIG, files=FILES) as running:
        fill(running, 'long', 600)
        yield running
        running.check_log()


@pytest.fixture
def reader(engines, driver):
    page = engines.reader(driver.engine, 'first', Page)
    page.browser.resize(1280, 800)
    yield page
    assert page.complaints() == []
    page.browser.open('about:blank')


def enter(reader, long, path='/chat/long'):
    reader.browser.open('about:blank')
    reader.enter(f'http://{long.host()}{path}')
    return Log(reader)


def address_of(log, text):
    """The href of the time of a message that is built."""
    return log.script(
        "return Array.from(room.querySelectorAll('#list .message'))"
        ".find((item) => item.querySelector('.text').textContent"
        " === arguments[0]).querySelector('.time').href", text)


def old_address(reader, long, text='5'):
    log = enter(reader, long)
    log.wait_last('599')
    reader.wait_settled()
    log.wait_first('0')
    return address_of(log, text)


@pytest.mark.engines(long=True)
def test_a_page_opens_at_a_message(reader, long):
    address = old_address(reader, long)
    assert address.startswith(f'http://{long.host()}/chat/long#')
    log = enter(reader, long, address.partition(long.host())[2])
    wait_until(lambda: log.script(TARGET) == '5', 10, 'it is marked')
    wait_until(lambda: 0 < log.place('5') < 1, 20, 'it is seen')
    wait_until(lambda: log.script(FOCUS) == '5', 20, 'it has the focus')
    assert reader.browser.script(
        "return room.getElementById('jump').ariaLabel"
        ) == 'To the newest message'
    reader.browser.click('#jump')
    log.wait_last('599')
    wait_until(lambda: log.distance() < 2, 20, 'the end')
    assert reader.browser.count('#jump[hidden]') == 1


def test_it_opens_there_while_the_history_comes_in(reader, long):
    """The first events may be few: all of them fit, and it is the end."""
    address = old_address(reader, long)
    added = reader.browser.add_script(SLOWLY)
    try:
        log = enter(reader, long, address.partition(long.host())[2])
        wait_until(lambda: log.script(TARGET) == '5', 10, 'it is marked')
        reader.wait_settled()
    finally:
        reader.browser.remove_script(added)
    assert 0 < log.place('5') < 1
    reader.browser.click('#jump')
    log.wait_last('599')


def test_it_opens_there_when_its_styles_come_last(reader, long):
    """What is not shown yet can be neither scrolled nor focused."""
    events = long.get('/chat/long?after=0-0').json()['events']
    [wanted] = [e['id'] for e in events if e.get('text') == '400']
    added = reader.browser.add_script(UNSTYLED)
    try:
        reader.browser.open('about:blank')
        reader.browser.open(f'http://{long.host()}/chat/long#{wanted}')
        wait_until(lambda: reader.browser.count('#log'), 20, 'a room')
        reader.wait_settled()
        assert reader.browser.count('#room[hidden]') == 1
        log = Log(reader)
        wait_until(lambda: log.script('style();' + FOCUS) == '400', 20,
                   'it has the focus')
    finally:
        reader.browser.remove_script(added)
    assert log.script(TARGET) == '400'
    assert 0 < log.place('400') < 1


def test_a_lost_connection_does_not_lead_back(reader, long):
    address = old_address(reader, long)
    log = enter(reader, long, address.partition(long.host())[2])
    wait_until(lambda: log.script(TARGET) == '5', 10, 'it is marked')
    reader.wait_settled()
    reader.browser.click('#jump')
    log.wait_last('599')
    reader.browser.script(
        'window.attributes = 0;'
        'new MutationObserver(() => { attributes += 1; }).observe('
        "room.getElementById('log'), { attributes: true });")
    reader.cut()
    reader.mend()
    wait_until(lambda: reader.browser.script('return attributes'), 10,
               'the history is there again')
    assert log.texts()[-1] == '599'
    assert log.distance() < 2
    reader.browser.log()


def test_a_message_that_is_gone(reader, long):
    log = enter(reader, long, '/chat/long#12345-0')
    wait_until(lambda: reader.browser.texts('#list .note')
               == ['The linked message is no longer here.'], 10, 'the note')
    assert log.distance() < 2
    assert log.script(TARGET) is None


def test_a_message_that_the_page_has_not_got_yet(reader, long):
    """show() of an element asks the server; the page's address is its own."""
    address = old_address(reader, long, '7')
    log = enter(reader, long, '/host-part.html?long&20')
    log.wait_last('599')
    reader.wait_settled()
    url = reader.browser.url
    reader.browser.script(
        "document.querySelector('chat-room').show(arguments[0])"
        '.then((is) => { window.there = is; });', address.partition('#')[2])
    wait_until(lambda: reader.browser.script('return window.there'), 10,
               'it is there')
    assert log.script(TARGET) == '7'
    reader.browser.script(
        "document.querySelector('chat-room').show('1-1')"
        '.then((is) => { window.gone = !is; });')
    wait_until(lambda: reader.browser.script('return window.gone'), 10,
               'it is not there')
    assert reader.browser.url == url


def test_a_message_that_cannot_be_asked_for(reader, long):
    """Nobody says that it is gone, and a little later it is there."""
    address = old_address(reader, long, '8')
    log = enter(reader, long, '/host-part.html?long&20')
    log.wait_last('599')
    reader.wait_settled()
    show = ("document.querySelector('chat-room').show(arguments[0])"
            '.then((is) => { window.there = is; });')
    reader.browser.script("spy.detour = 'ws://127.0.0.1:9/';" + show,
                          address.partition('#')[2])
    wait_until(lambda: reader.browser.script('return window.there') is False,
               10, 'an answer')
    wait_until(lambda: reader.browser.texts('#list .note') == [
        'There is no connection at the moment.'], 10, 'the note')
    reader.browser.script("spy.detour = ''")

    def is_there():
        reader.browser.script(show, address.partition('#')[2])
        return reader.browser.script('return window.there')
    wait_until(is_there, 10, 'it is there')


@pytest.mark.engines(long=True)
def test_a_click_on_the_time(reader, long):
    """It gives the message an address to copy, and shows the date."""
    log = enter(reader, long)
    log.wait_last('599')
    reader.wait_settled()
    address = address_of(log, '599')
    reader.browser.click('#list .message:last-child .time')
    wait_until(lambda: log.script(TARGET) == '599', 20, 'it is marked')
    assert reader.browser.url == address
    date = reader.browser.texts('.date')
    assert len(date) == 1 and date[0] == reader.browser.script(
        "return room.querySelector('.target time').title")
    assert len(date[0]) > len('28 November 2026')


def test_a_click_elsewhere_keeps_the_address(reader, long):
    log = enter(reader, long, '/host-part.html?long&20')
    log.wait_last('599')
    reader.wait_settled()
    url = reader.browser.url
    reader.browser.click('#list .message:last-child .time')
    wait_until(lambda: log.script(TARGET) == '599', 20, 'it is marked')
    assert reader.browser.url == url


def test_the_keyboard_goes_from_message_to_message(reader, long):
    """All of them are one stop of the Tab key; the address is one key away."""
    log = enter(reader, long)
    log.wait_last('599')
    reader.wait_settled()
    press = reader.browser.press
    reader.browser.script("room.getElementById('text').focus()")
    press(SHIFT, TAB)
    assert log.script(FOCUS) == '599'
    press(UP, UP, DOWN)
    assert log.script(FOCUS) == '598'
    assert len(reader.browser.texts('.date')) == 1
    press(ENTER)
    wait_until(lambda: log.script(TARGET) == '598', 20, 'it is marked')
    assert reader.browser.url == address_of(log, '598')
    press(TAB)                                  # its menu
    assert log.script('return room.activeElement.className') == 'act'
    press(TAB)
    assert log.script(FOCUS) is None
    assert reader.browser.texts('.date') == []
    assert reader.browser.count('.act') == 0


def test_the_way_back_is_there_without_news(reader, long):
    log = enter(reader, long)
    log.wait_last('599')
    reader.wait_settled()
    assert reader.browser.count('#jump[hidden]') == 1
    log.script("room.getElementById('log').scrollTop -= 300")
    wait_until(lambda: reader.browser.count('#jump[hidden]') == 0, 20, 'shown')
    assert reader.browser.count('#jump.plain svg') == 1
    fill(long, 'long', 601, start=600)
    wait_until(lambda: reader.browser.text('#jump') == '1 new message', 10,
               'how many')
    assert log.script("return room.getElementById('jump').ariaLabel") is None
    reader.browser.click('#jump')
    wait_until(lambda: log.distance() < 2, 20, 'the end')
