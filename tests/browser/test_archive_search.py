"""The search of <chat-room>: with a real archive, and with answers that are
played."""
import pytest

from archive_page import ASKED, CONFIG, FILES
from harness import Httpd, say, wait_until
from log_page import fill
from page import Page
from webdriver import DOWN, ENTER, ESCAPE, TAB, UP

TARGET = "return room.querySelector('.target .text')?.textContent ?? null"
FOCUS = "return room.activeElement?.closest('.found')?.dataset.id ?? null"
ACTIVE = ("return room.activeElement?.id || room.activeElement?.className"
          ' || null')
# Each answer is one of these: what a search is told, or a refusal with its
# status.
PLAY = '''
window.queries = [];
window.answers = arguments[0];
window.fetch = async (address, { signal }) => {
    const { searchParams } = new URL(address, location.href);

    signal?.throwIfAborted();
    queries.push(Object.fromEntries(searchParams));
    const { status = 200, ...told } = answers.shift();

    return new Response(JSON.stringify(told), { status });
};
'''
BEN = {'id': 'u-ben', 'name': 'Ben'}


@pytest.fixture(scope='module')
def archive(driver):
    with Httpd(config=CONFIG, files=FILES) as running:
        fill(running, 'talk', 250)
        say(running, '/chat/talk', 'The summer PARTY is in Straße 7')
        say(running, '/chat/talk', 'nobody <b>else</b> knows')
        yield running
        running.check_log()


@pytest.fixture
def reader(engines, driver):
    page = engines.reader(driver.engine, 'first', Page)
    page.browser.resize(1280, 800)
    yield page
    assert page.complaints() == []
    page.browser.open('about:blank')
    page.browser.resize(1280, 800)


def enter(reader, archive, path='/chat/talk'):
    reader.browser.open('about:blank')
    reader.enter(f'http://{archive.host()}{path}')
    reader.wait_settled()
    return reader.browser


def open_search(browser):
    wait_until(lambda: browser.count('#find:not([hidden])') == 1, 20, 'button')
    browser.click('#find')
    wait_until(lambda: browser.script(ACTIVE) == 'search-words', 20,
               'the field')


def look_for(browser, words, status):
    browser.fill('#search-words', words)
    browser.press(ENTER)
    wait_status(browser, status)


def wait_status(browser, status):
    try:
        wait_until(lambda: browser.text('.search-status') == status, 20,
                   status)
    except AssertionError:
        assert browser.text('.search-status') == status


def found(browser):
    return browser.texts('.found-text')


def test_there_is_none_without_an_archive(pages):
    page = pages[0]
    assert page.browser.count('#find[hidden]') == 1
    page.receive(type='hello', room='/chat/x', you=page.browser.script(
        "return document.querySelector('chat-room').chat.you"), cursor='0-0',
        resumed=True, gap=False, archive=True)
    wait_until(lambda: page.browser.count('#find:not([hidden])') == 1, 20,
               'shown')


@pytest.mark.engines(long=True)
def test_search_jump_and_back(reader, archive):
    browser = enter(reader, archive)
    loaded = ("return performance.getEntriesByType('resource').filter("
              "({ name }) => name.includes('/search/')).length")
    assert browser.script(loaded) == 0
    open_search(browser)
    assert browser.script(loaded) == 4
    look_for(browser, '1', '50 messages found so far')
    texts = found(browser)
    assert texts[:3] == ['241', '231', '221'] and len(texts) == 50
    assert set(browser.texts('.found mark')) == {'1', '11'}
    browser.click('.search-more')
    wait_status(browser, '100 messages found so far')
    assert browser.script(FOCUS) == browser.script(
        "return room.querySelectorAll('.found')[50].dataset.id")
    browser.press(UP, UP)
    told = browser.script(FOCUS)
    text = browser.script("return room.activeElement"
                          ".querySelector('.found-text').textContent")
    browser.press(ENTER)
    wait_until(lambda: browser.script(TARGET) == text, 20, 'the message')
    assert browser.script(
        "return room.activeElement.closest('li').dataset.id") == told
    assert browser.count('#search[hidden]') == 1
    assert browser.count('#search-way[hidden]') == 0
    assert browser.count('[inert]') == 0
    browser.click('.search-back')
    wait_until(lambda: browser.script(FOCUS) == told, 20, 'the same place')
    assert len(found(browser)) == 100
    assert browser.count('#log[inert], footer[inert], .whisper[inert]') == 3
    browser.click('#search .search-close')
    assert browser.script(ACTIVE) == 'find'
    assert browser.count('[inert], #search:not([hidden])') == 0
    assert reader.browser.url.endswith('/chat/talk')


@pytest.mark.engines(long=True)
def test_by_the_keyboard_alone(reader, archive):
    browser = enter(reader, archive)
    wait_until(lambda: browser.count('#find:not([hidden])') == 1, 20, 'button')
    browser.script("room.getElementById('find').focus()")
    browser.press(ENTER)
    wait_until(lambda: browser.script(ACTIVE) == 'search-words', 20, 'field')
    browser.press(*'party STRASSE', ENTER)
    wait_status(browser, '1 message found')
    assert browser.texts('.found mark') == ['PARTY', 'Straße']
    browser.press(DOWN)
    assert browser.script(FOCUS)
    browser.press(UP)
    assert browser.script(ACTIVE) == 'search-words'
    browser.press(TAB, TAB, TAB)                # the buttons, then the list
    assert browser.script(FOCUS)
    browser.press(ENTER)
    wait_until(lambda: browser.script(TARGET)
               == 'The summer PARTY is in Straße 7', 20, 'the message')
    browser.press(ESCAPE)
    wait_until(lambda: browser.script(FOCUS), 20, 'back')
    browser.press(ESCAPE)
    assert browser.script(ACTIVE) == 'find'
    browser.press(ENTER)                        # all is as it was
    wait_until(lambda: browser.script(ACTIVE) == 'search-words', 20, 'field')
    assert len(found(browser)) == 1


def test_nothing_and_too_much(reader, archive):
    browser = enter(reader, archive)
    open_search(browser)
    look_for(browser, 'nobody said this', 'Nothing found')
    look_for(browser, 'a b c d e f g h i', 'Search for one to eight words.')
    assert browser.count('.search-more[hidden]') == 1
    look_for(browser, '<b>', '1 message found')
    assert found(browser) == ['nobody <b>else</b> knows']
    assert browser.texts('.found mark') == ['<b>']
    look_for(browser, ' ', '')
    assert found(browser) == []
    browser.press(ESCAPE)
    assert browser.script(ACTIVE) == 'find'
    browser.log()                               # of the 400


def test_a_message_that_comes_and_goes(reader, archive):
    """What is changed or deleted meanwhile is so in the list as well."""
    browser = enter(reader, archive, '/chat/changing')
    ids = say(archive, '/chat/changing', 'tea one', 'tea two', 'tea three')
    wait_until(lambda: len(reader.texts()) == 3, 20, 'they are there')
    open_search(browser)
    look_for(browser, 'tea', '3 messages found')
    reader.receive(type='edited', id='99999999999990-0', target=ids[0],
                   text='coffee and tea')
    reader.receive(type='deleted', id='99999999999991-0', target=ids[2],
                   by=BEN)
    wait_until(lambda: found(browser) == ['tea two', 'coffee and tea'], 20,
               'as they are now')
    reader.receive(type='cleared', id='99999999999992-0', by=BEN)
    wait_until(lambda: found(browser) == [], 20, 'none')


def message(number, text='x'):
    return {'type': 'message', 'id': f'{1000000000000 + number}-0',
            'from': BEN, 'text': text}


def play(browser, *answers):
    browser.script(PLAY, list(answers))


def told(*numbers, more=False, cursor='1000000000000-0'):
    return {'events': [message(number) for number in numbers], 'more': more,
            'cursor': cursor, 'gap': False}


def test_it_goes_on_until_something_is_found(reader, archive):
    browser = enter(reader, archive)
    open_search(browser)
    play(browser, told(more=True, cursor='1000000000900-0'),
         {'status': 429, 'type': 'error', 'code': 'rate_limited',
          'retry': 0.1, 'text': 'Too fast'},
         told(more=True, cursor='1000000000800-0'),
         told(5, 6, more=True, cursor='1000000000005-0'),
         told(more=True, cursor='1000000000003-0'), told(1))
    look_for(browser, 'x', '2 messages found so far')
    assert [query.get('before') for query in
            browser.script('return queries')] == [
        None, '1000000000900-0', '1000000000900-0', '1000000000800-0']
    browser.click('.search-more')
    wait_status(browser, '3 messages found')
    assert browser.count('.search-more[hidden]') == 1
    assert browser.script('return answers.length') == 0


def test_it_cannot_be_asked(reader, archive):
    browser = enter(reader, archive)
    open_search(browser)
    play(browser, {'status': 503, 'type': 'error', 'code': 'unavailable',
                   'text': 'x', 'retry': 5}, told(1))
    look_for(browser, 'x', 'The server cannot do this right now.')
    assert browser.text('.search-more') == 'Try again'
    browser.click('.search-more')
    wait_status(browser, '1 message found')
    assert browser.script(FOCUS)
    # What was found is gone by now.
    play(browser, told())
    browser.press(ENTER)
    wait_status(browser, 'This message is no longer here.')
    assert browser.count('#search[hidden]') == 0
    reader.browser.log()


LANGUAGES = ('ar', 'de', 'en', 'es', 'fr', 'ja', 'pt', 'ru', 'zh')


def test_a_refusal_is_a_sentence_in_every_language(reader, archive):
    browser = enter(reader, archive)
    told = {}
    for language in LANGUAGES:
        browser.script("document.querySelector('chat-room').lang"
                       ' = arguments[0]', language)
        wait_until(lambda wanted=language: browser.script(
            "return room.getElementById('room')?.lang ?? ''").startswith(wanted)
            and reader.state() == 'online', 20, language)
        open_search(browser)
        play(browser, {'status': 429, 'type': 'error', 'retry': 600,
                       'code': 'rate_limited', 'text': 'x'},
             {'status': 503, 'type': 'error', 'code': 'unavailable',
              'text': 'x', 'retry': 5}, {'status': 502})
        told[language] = []
        for words in 'abc':
            browser.fill('#search-words', words)
            browser.press(ENTER)
            wait_until(lambda: browser.count('#search[aria-busy]') == 0
                       and browser.count('.search-more:not([hidden])') == 1,
                       20, 'a refusal')
            told[language].append(browser.text('.search-status'))
    assert told['en'] == ['Too fast. Please wait a moment.',
                          *['The server cannot do this right now.'] * 2]
    assert len({text for texts in told.values() for text in texts}) \
        == 2 * len(LANGUAGES)
    browser.log()


def test_nothing_is_asked_while_the_reader_types(reader, archive):
    """One search after Enter, also when the key is held; another one ends
    it."""
    browser = enter(reader, archive)
    open_search(browser)
    browser.script("""
        window.signals = [];
        window.fetch = (address, { signal }) => {
            signals.push(signal);
            return new Promise((_, reject) => {
                signal.onabort = () => reject(signal.reason);
            });
        };""")
    ended = 'return signals.map(({ aborted }) => aborted)'
    browser.press(*'party')
    assert browser.script(ended) == []
    browser.press(ENTER, ENTER, ENTER)
    wait_until(lambda: browser.script(ended) == [False], 20, 'one')
    browser.press(*' old', ENTER)
    wait_until(lambda: browser.script(ended) == [True, False], 20, 'another')
    assert browser.text('.search-status') == 'Searching…'
    browser.press(ESCAPE)
    wait_until(lambda: browser.script(ended) == [True, True], 20, 'none')


def test_what_stands_around_the_words(reader, archive):
    browser = enter(reader, archive)
    open_search(browser)
    texts = ['ａｂｃ ＸＹＺ', f'{"a" * 300} xyz {"b" * 300}', 'x\u0301yz xyz',
             '\U0001f469\u200d\U0001f680xYzxyz', 'no such word', 'ﬁne xyz']
    play(browser, {'events': [message(number, text) for number, text
                              in enumerate(reversed(texts))],
                   'more': False, 'cursor': '0-0', 'gap': False})
    look_for(browser, 'XyZ ﬁN', '6 messages found')
    marks = browser.script(
        "return Array.from(room.querySelectorAll('.found-text'), (one) =>"
        " Array.from(one.querySelectorAll('mark'), (mark) =>"
        ' mark.textContent))')
    assert marks == [['ＸＹＺ'], ['xyz'], ['xyz'], ['xYzxyz'], [],
                     ['ﬁn', 'xyz']]
    shown = found(browser)
    assert shown[0] == texts[0] and shown[4] == texts[4]
    assert shown[1] == f'…{"a" * 59} xyz {"b" * 176}…'


def test_somebody_who_is_ignored(reader, archive):
    browser = enter(reader, archive)
    browser.script("localStorage.setItem('chatws.ignored', "
                   "JSON.stringify([[location.origin, 'u-ben', 'Ben']]));"
                   "dispatchEvent(new StorageEvent('storage'))")
    open_search(browser)
    play(browser, told(1, 2))
    look_for(browser, 'x', '2 messages found')
    hidden = browser.script(
        "return Array.from(room.querySelectorAll('.found'), (item) =>"
        ' item.getClientRects().length)')
    browser.script("localStorage.removeItem('chatws.ignored')")
    assert hidden == [0, 0]


def test_a_link_of_the_list_is_that_of_the_message(reader, archive):
    browser = enter(reader, archive)
    browser.script(ASKED)
    open_search(browser)
    look_for(browser, 'party', '1 message found')
    href = browser.script("return room.querySelector('.found a').href")
    browser.open('about:blank')
    reader.enter(href)
    wait_until(lambda: browser.script(TARGET)
               == 'The summer PARTY is in Straße 7', 20, 'the message')


def test_closing_it_ends_the_search(reader, archive):
    browser = enter(reader, archive)
    open_search(browser)
    play(browser, *[told(more=True, cursor=f'{1000000000000 - number}-0')
                    for number in range(5)], {
        'status': 429, 'type': 'error', 'code': 'rate_limited', 'retry': 30})
    browser.fill('#search-words', 'x')
    browser.press(ENTER)
    wait_until(lambda: browser.script('return answers.length') == 0, 20,
               'it waits')
    wait_status(browser, 'Too fast. Please wait a moment.')
    browser.press(ESCAPE)
    assert browser.count('#search[hidden]') == 1
    assert browser.script('return queries.length') == 6
