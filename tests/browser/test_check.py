"""The page that tests the way to the chat: whatever is in the way, it names."""
import json
import re

import pytest

from barrier import Barrier
from harness import Httpd, ROOMS, wait_until

CONFIG = '''
<Location "/chat">
    Chat rooms
</Location>
<Location "/read">
    Chat rooms
    ChatGuests readonly
</Location>
<Location "/members">
    Chat rooms
    ChatGuests off
</Location>
<Location "/short">
    Chat rooms
    ChatPollWait 1s
</Location>
'''
STEPS = ['server', 'posting', 'websocket', 'stream', 'longpoll', 'facts']
RESULTS = '''
return Array.from(document.querySelectorAll('#steps > li'), (item) =>
    [item.dataset.step, item.dataset.state, item.dataset.cause ?? null]);
'''
FACTS = '''
return Object.fromEntries(Array.from(document.querySelectorAll('[data-fact]'),
    (item) => [item.dataset.fact, item.textContent]));
'''
# Both languages, each key with the kind of its value.
SHAPES = '''
return import('./check-strings.js').then(({ chooseTable }) => {
    const shape = (table) => Object.entries(table).flatMap(([key, value]) =>
        (typeof value === 'object' ? shape(value).map((k) => `${key}.${k}`)
            : [`${key}:${typeof value}`])).sort();
    return [shape(chooseTable(['en-GB'])), shape(chooseTable(['zh-TW']))];
});
'''
NO_SOCKET = '''
window.WebSocket = class {
    constructor() { throw new DOMException('no', 'SecurityError'); }
};
'''
# A quick clock for the timers: what waits for an answer that does not come.
WIDTHS = '''
return [document.documentElement.scrollWidth - innerWidth,
    ...Array.from(document.querySelectorAll('button, summary'), (item) =>
        item.getBoundingClientRect().height)];
'''


def answer(status, body=b'', head=b''):
    """Bytes of an answer."""
    return (b'HTTP/1.1 %s\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n'
            b'%s' % (status, head, len(body), body))


def refusal(status, code):
    """One of the chat's own."""
    return answer(status, json.dumps(
        {'type': 'error', 'code': code, 'text': 'No.'}).encode())


CREATED = answer(b'201 Created', b'{"id":"1795321234567-1"}')
EMPTY_POLL = answer(b'200 OK', b'{"cursor":"0-0","gap":false,"events":[]}')
FOREIGN = answer(b'200 OK', b'{"hello":"world"}')

# What is in the way, the steps that fail and why, and the verdict.
TROUBLES = [
    ({'websocket': 'refuse'}, {'websocket': 'refused'}, 'instead'),
    ({'websocket': 'error'}, {'websocket': 'refused'}, 'instead'),
    ({'websocket': 'strip'}, {'websocket': 'stripped'}, 'instead'),
    ({'websocket': 'stall'}, {'websocket': 'oneWay'}, 'instead'),
    ({'websocket': 'lose', 'sse': 'refuse'},
     {'websocket': 'swallowed', 'stream': 'cut'}, 'instead'),
    ({'websocket': 'plain', 'sse': 'plain', 'longpoll': 'refuse'},
     {'websocket': 'refused', 'stream': 'foreign', 'longpoll': 'cut'},
     'instead'),
    ({'sse': 'swallow'}, {'stream': 'buffered'}, 'spare'),
    ({'sse': 'stall', 'longpoll': EMPTY_POLL},
     {'stream': 'late', 'longpoll': 'early'}, 'spare'),
    ({'sse': 'error', 'longpoll': 'error'},
     {'stream': 'gateway', 'longpoll': 'gateway'}, 'spare'),
    ({'sse': answer(b'200 OK', b': no\n\n',
                    b'Content-Type: text/event-stream\r\n')},
     {'stream': 'ended'}, 'spare'),
    ({'post': CREATED}, {'posting': 'elsewhere'}, 'spare'),
    ({'post': FOREIGN, 'websocket': 'refuse'},
     {'posting': 'foreign', 'websocket': 'refused'}, 'readable'),
]

# What may be answered to a POST, and what that means.
REFUSALS = [
    (answer(b'401 Unauthorized'), 'login'),
    (answer(b'403 Forbidden'), 'wall'),
    (answer(b'404 Not Found'), 'missing'),
    (answer(b'405 Method Not Allowed'), 'method'),
    (answer(b'413 Too Large'), 'size'),
    (answer(b'429 Too Many'), 'rate'),
    (answer(b'302 Found', head=b'Location: /login\r\n'), 'redirect'),
    (answer(b'500 Oops'), 'status'),
    ('busy', 'gateway'),
    ('plain', 'foreign'),
    ('refuse', 'cut'),
    (refusal(b'403 Forbidden', 'forbidden'), 'forbidden'),
    (refusal(b'413 Too Large', 'too_long'), 'size'),
    (refusal(b'429 Too Many', 'rate_limited'), 'rate'),
    (refusal(b'503 Busy', 'rooms_full'), 'full'),
]


class Check:
    """The page in one browser."""

    def __init__(self, browser):
        self.browser = browser

    def open(self, host, location='chat', scheme='http'):
        self.browser.log()
        self.browser.open(f'{scheme}://{host}/{location}/_chatws/check.html')
        return self

    def step(self, name):
        return self.browser.script(
            "return document.querySelector(`[data-step='${arguments[0]}']`)"
            '?.dataset.state', name)

    def wait_step(self, name, seconds=15):
        """Until the step has begun."""
        wait_until(lambda: self.step(name) not in (None, 'waiting'), seconds,
                   f'{name} begins')
        return self

    def wait_done(self, seconds=30):
        wait_until(lambda: self.browser.script(
            "return document.body.dataset.state === 'done'"), seconds,
            'the verdict')
        return self

    def causes(self):
        """The steps that do not work."""
        results = self.browser.script(RESULTS)
        assert [name for name, _, _ in results] == STEPS
        assert all((state == 'bad') == (cause is not None)
                   and state in ('ok', 'bad') for _, state, cause in results)
        return {name: cause for name, _, cause in results if cause}

    def verdict(self):
        return self.browser.script(
            "return document.getElementById('verdict').dataset.verdict")

    def facts(self):
        return self.browser.script(FACTS)

    def report(self):
        return self.browser.texts('#report')[0]


@pytest.fixture(scope='module')
def chat():
    with Httpd(config=CONFIG) as running:
        yield running


@pytest.fixture(scope='module')
def check(driver):
    browser = driver.browser()
    yield Check(browser)
    browser.close()


@pytest.fixture
def between(chat):
    with Barrier(chat.address()) as running:
        yield running
    chat.check_log()


def test_everything_works(check, chat):
    check.open(chat.host()).wait_done()
    assert check.causes() == {}
    assert check.verdict() == 'works'
    facts = check.facts()
    assert facts['browser'] == facts['server'] == 'HTTP/1.1'
    assert facts['host'] == chat.host()
    assert facts['page'] == 'http'
    assert facts['socket'].startswith(f'ws://{chat.host()}/chat/check-')
    assert facts['cookie'] == 'kept'
    assert re.fullmatch(r'\d+ ms', facts['trip'])
    assert facts['skew'] == 'agrees with the server’s'
    assert check.browser.log() == []


def test_result_can_be_copied(check, chat):
    check.browser.script("Object.defineProperty(navigator, 'clipboard', {"
                         ' value: undefined, configurable: true })')
    check.browser.click('#copy')
    wait_until(lambda: check.browser.text('#copied'), 5, 'selected')
    copied = check.browser.script('return getSelection().toString()')
    assert copied.strip() == check.report().strip()
    assert 'WebSocket: works (' in copied and chat.host() in copied
    check.browser.script(
        "Object.defineProperty(navigator, 'clipboard', { value: {"
        ' writeText: async (text) => { window.taken = text; } } })')
    check.browser.click('#copy')
    wait_until(lambda: check.browser.text('#copied') == 'Copied.', 5, 'taken')
    assert check.browser.script('return taken') == check.report()


def test_again(check, between):
    check.open(between.host()).wait_done()
    between.rules = {'websocket': 'refuse'}
    check.browser.click('#again')
    wait_until(lambda: check.step('websocket') == 'bad', 10, 'refused')
    check.wait_done()
    assert check.causes() == {'websocket': 'refused'}


@pytest.mark.parametrize('rules, causes, verdict', TROUBLES)
def test_names_what_is_in_the_way(check, between, rules, causes, verdict):
    between.rules = rules
    check.open(between.host()).wait_done()
    assert check.causes() == causes
    assert check.verdict() == verdict
    for cause in causes.values():
        assert f'[{cause}] ' in check.report()


@pytest.mark.parametrize('rule, cause', REFUSALS)
def test_posting_is_refused(check, between, rule, cause):
    between.rules = {'post': rule}
    check.open(between.host()).wait_step('websocket')
    assert check.step('posting') == 'bad'
    assert check.browser.script(
        "return document.querySelector('[data-step=posting]').dataset.cause"
    ) == cause
