"""The page that tests the way to the chat: whatever is in the way, it names."""
import contextlib
import json
import re

import pytest

from barrier import Barrier
from harness import Httpd, ROOMS, wait_until

pytestmark = pytest.mark.engines(long=True)

CONFIG = '''
<Location "/chat">
    Chat rooms
    ChatRate off
</Location>
<Location "/read">
    Chat rooms
    ChatGuests readonly
</Location>
<Location "/closed">
    Chat rooms
    ChatGuests off
</Location>
<Location "/short">
    Chat rooms
    ChatPollWait 1s
</Location>
'''
# What a step says that has waited in vain.
LATE = {'late', 'held', 'silent', 'hung', 'oneWay', 'buffered', 'swallowed'}
STEPS = ['server', 'posting', 'websocket', 'stream', 'longpoll', 'facts']
RESULTS = '''
return Array.from(document.querySelectorAll('#steps > li'), (item) =>
    [item.dataset.step, item.dataset.state, item.dataset.cause ?? null]);
'''
FACTS = '''
return Object.fromEntries(Array.from(document.querySelectorAll('[data-fact]'),
    (item) => [item.dataset.fact, item.textContent]));
'''
NO_SOCKET = '''
window.WebSocket = class {
    constructor() { throw new DOMException('no', 'SecurityError'); }
};
'''
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
    ({'websocket': 'swallow'}, {'websocket': 'swallowed'}, 'instead'),
    ({'websocket': 'hang'}, {'websocket': 'hung'}, 'instead'),
    ({'websocket': 'clip'}, {'websocket': 'closed'}, 'instead'),
    ({'sse': 'hang', 'post': 'hang'},
     {'posting': 'silent', 'stream': 'buffered'}, 'spare'),
    ({'poll': 'refuse'},
     {'server': 'cut', 'posting': 'cut', 'longpoll': 'cut'}, 'spare'),
    ({kind: 'plain' for kind in ('poll', 'post', 'websocket', 'sse')},
     {'server': 'foreign', 'posting': 'foreign', 'websocket': 'refused',
      'stream': 'foreign', 'longpoll': 'foreign'}, 'broken'),
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

# All of them, and some that need more than a rule: what is set of the barrier,
# and the location.
TABS = [({'rules': rules}, 'chat') for rules, _, _ in TROUBLES] + [
    ({'drops': {b'cookie'}, 'adds': [b'Via: 1.1 cache.example']}, 'chat'),
    ({}, 'read'),
    ({}, 'chat'),               # and its second long-poll is late
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

    def cause(self, name):
        return self.browser.script(
            "return document.querySelector(`[data-step='${arguments[0]}']`)"
            '.dataset.cause ?? null', name)

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

    def wait_causes(self, wanted):
        """Until these steps do not work, and the others do.  A machine that
        is busy may be late itself: then the page is asked once more."""
        def found():
            causes = self.wait_done().causes()
            more = causes.items() - wanted.items()
            if more and {cause for _, cause in more} <= LATE:
                self.browser.click('#again')
                return None
            return [causes]
        assert wait_until(found, 120, wanted) == [wanted]

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


@pytest.fixture(scope='module', autouse=True)
def tabs(check, chat):
    """What waits for deadlines waits in tabs, each behind a barrier of its
    own, while the other tests run; the handles."""
    first, opened = check.browser.window(), []
    check.browser.open(f'http://{chat.host()}/chat/')   # one guest for all
    with contextlib.ExitStack() as stack:
        for settings, location in TABS:
            between = stack.enter_context(Barrier(chat.address()))
            vars(between).update(settings)
            opened.append(check.browser.new_window())
            check.browser.switch(opened[-1])
            host = between.host()
            if between.drops:       # a guest, and cookies, of its own
                host = f'localhost:{between.port}'
            check.open(host, location)
        wait_until(lambda: between.open('longpoll') == 1, 10, 'it is held')
        between.rules = {'longpoll': 'late'}
        check.browser.switch(first)
        yield opened
        for handle in opened:
            check.browser.switch(handle)
            check.browser.close_window()
        check.browser.switch(first)


@pytest.fixture
def tab(check, tabs):
    """Goes to a tab whose test has ended, by its place in TABS."""
    first = check.browser.window()

    def choose(place):
        check.browser.switch(tabs[place])
        return check.wait_done()
    yield choose
    check.browser.switch(first)


@pytest.fixture
def between(chat):
    with Barrier(chat.address()) as running:
        yield running
    chat.check_log()


def test_everything_works(check, chat):
    check.open(chat.host()).wait_causes({})
    assert check.verdict() == 'works'
    facts = check.facts()
    assert facts['browser'] == facts['server'] == 'HTTP/1.1'
    assert facts['host'] == chat.host()
    assert facts['page'] == 'http'
    assert facts['socket'].startswith(f'ws://{chat.host()}/chat/check-')
    assert facts['cookie'] == 'kept'
    assert re.fullmatch(r'\d+ ms', facts['trip'])
    assert re.fullmatch(r'agrees.*|[1-9] s .*', facts['skew'])
    assert [line for line in check.browser.log()
            if chat.host() in line['message']] == []


def test_result_can_be_copied(check, chat):
    check.open(chat.host()).wait_causes({})
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
    check.open(between.host(), 'closed').wait_done()
    assert check.cause('server') == 'forbidden'
    between.rules = {'poll': 'refuse'}
    check.browser.click('#again')
    wait_until(lambda: check.cause('server') == 'cut', 5, 'refused')
    check.wait_done()
    assert check.cause('posting') == 'forbidden'


@pytest.mark.parametrize('rule, cause', REFUSALS)
def test_posting_is_refused(check, between, rule, cause):
    between.rules = {'post': rule}
    check.open(between.host()).wait_step('websocket')
    assert check.cause('posting') == cause


def test_proxy_changes_host(check, between):
    between.drops, between.adds = {b'host'}, [b'Host: backend:8080']
    check.open(between.host()).wait_step('stream')
    assert [check.cause(name) for name in ('server', 'posting', 'websocket')] \
        == [None, 'host', 'host']
    assert f'backend:8080 ≠ {between.host()}' in check.browser.text(
        '[data-step=posting] .detail')


def test_cookie_does_not_come_back(check, tab):
    tab(-3)
    check.wait_causes({'facts': 'cookie'})
    assert check.verdict() == 'cookie'
    assert check.facts()['cookie'] == 'does not come back'
    assert check.facts()['via'] == 'Via'


def test_message_does_not_end_the_wait(check, tab):
    causes = tab(-1).causes()
    assert causes.pop('longpoll') == 'held' and set(causes.values()) <= LATE


def test_guests_only_read(check, tab):
    tab(-2)
    check.wait_causes({'posting': 'readOnly'})
    assert check.verdict() == 'readable'
    assert 'read_only' in check.browser.text('.detail')


def test_guests_may_not_enter(check, chat):
    check.open(chat.host(), 'closed').wait_causes({
        'server': 'forbidden', 'posting': 'forbidden',
        'websocket': 'forbidden',
        'stream': 'forbidden', 'longpoll': 'forbidden'})
    assert check.verdict() == 'broken'


def test_wait_is_short(check, chat):
    check.open(chat.host(), 'short').wait_causes({'longpoll': 'early'})


def test_browser_allows_no_socket(check, chat):
    added = check.browser.add_script(NO_SOCKET)
    try:
        check.open(chat.host()).wait_step('stream')
    finally:
        check.browser.remove_script(added)
    assert check.cause('websocket') == 'blocked'


@pytest.mark.engines('chromium')     # in others this machine is never away
def test_offline(check, chat):
    check.open(chat.host(), 'closed').wait_done()
    check.browser.set_offline(True)
    try:
        check.browser.click('#again')
        wait_until(lambda: check.step('server') == 'bad', 5, 'offline')
        assert check.cause('server') == 'offline'
    finally:
        check.browser.set_offline(False)


def test_http2_and_tls(check):
    with Httpd(config='Protocols h2 http/1.1\nChatPollWait 1s\n' + ROOMS,
               tls=True, modules=('http2',)) as server:
        check.open(server.host(True), scheme='https').wait_causes(
            {'longpoll': 'early'})
        facts = check.facts()
        assert facts['browser'] == 'HTTP/2'
        assert facts['server'] == 'HTTP/2.0'
        assert facts['page'] == 'https'
        assert facts['socket'].startswith('wss://')
        check.browser.open('about:blank')


def test_chinese(driver, chat):
    page = Check(driver.browser('zh-CN')).open(chat.host(), 'closed')
    page.wait_done()
    assert page.browser.script(
        'return document.documentElement.lang') == 'zh-CN'
    assert page.browser.text('#verdict').startswith('当前网络无法使用聊天。')
    page.browser.close()


@pytest.mark.parametrize('width', (360, 1280))
def test_looks(check, chat, width):
    check.browser.resize(width, 800)
    check.open(chat.host(), 'closed').wait_done()
    check.browser.script("document.getElementById('details').open = true")
    overflow, *heights = check.browser.script(WIDTHS)
    assert overflow <= 0
    assert min(heights) >= 44
    assert check.browser.script(
        "return document.querySelectorAll('[role=status]').length") == 2


@pytest.mark.parametrize('number', range(len(TROUBLES)))
def test_names_what_is_in_the_way(check, tab, number):
    rules, causes, verdict = TROUBLES[number]
    tab(number)
    if check.browser.engine == 'firefox' and 'clip' in rules.values() \
            and check.cause('websocket') == 'swallowed':
        causes = {'websocket': 'swallowed'}     # it may tell of no opening
    check.wait_causes(causes)
    assert check.verdict() == verdict
    for cause in causes.values():
        assert f'[{cause}] ' in check.report()
