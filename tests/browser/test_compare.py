"""The comparison page in a real browser: what it shows is what the server's
meter says, and what it explains is what was on the wire."""
import csv
import json
import re

import pytest

from harness import Httpd, ROOMS, accept_for, wait_until
from harness.wire import apply_mask

WAYS = ('poll', 'longpoll', 'sse', 'websocket', 'deflate')
COUNTERS = ('requests', 'packets_sent', 'packets_received', 'wire_sent',
            'wire_received')
COOKIES = "return document.cookie.split('; ').filter(c => c.includes('demo'))"
FIGURES = '''
return Object.fromEntries(Array.from(
    document.querySelectorAll('#table [data-figure]'),
    (cell) => [cell.dataset.figure, Number(cell.dataset.value)]));
'''
NO_SOCKET = '''
window.WebSocket = class extends WebSocket {
    constructor() { super('ws://127.0.0.1:9/'); }
};
'''
# The server has given all its meters to others.
NO_PLACE = '''
const fetchIt = window.fetch;
window.fetch = async (url, ...more) => {
    const answer = await fetchIt(url, ...more);
    if (!String(url).includes('/meter?')) {
        return answer;
    }
    const told = await answer.json();
    told.traffic.websocket.requests = 0;
    return new Response(JSON.stringify(told));
};
'''
# What goes over each WebSocket; of those that look, the first one fails.
# And the bytes of the bodies that were posted.
WATCHED = '''
window.sockets = [];
window.bodies = [];
const fetchIt = window.fetch;
window.fetch = (url, options) => {
    if (options?.method === 'POST') {
        bodies.push(options.body.length);
    }
    return fetchIt(url, options);
};
window.WebSocket = class extends WebSocket {
    constructor(url, ...more) {
        const looks = new URL(url).searchParams.has('look');
        const first = looks && !sockets.some((seen) => seen.looks);

        super(first ? 'ws://127.0.0.1:9/' : url, ...more);
        this.seen = { looks, sent: [], got: [], open: true,
            key: new URL(url).searchParams.get('meter') };
        sockets.push(this.seen);
        this.addEventListener('message', ({ data }) =>
            this.seen.got.push(JSON.parse(data).type));
        this.addEventListener('open', () => {
            this.seen.agreed = this.extensions;
        });
        this.addEventListener('close', () => { this.seen.open = false; });
    }
    send(data) {
        this.seen.sent.push(data);
        super.send(data);
    }
};
'''


def running(traffic, name):
    """A counter of a way without its opening."""
    opening = traffic['opening']
    return traffic[name] - opening.get(name, 0)


class Visit:
    """The page in one browser; also used by test_compare_page.py."""

    def __init__(self, browser, server):
        self.browser, self.server = browser, server
        self.url = f'http://{server.host()}/chat/_chatws/compare.html'

    def open(self):
        self.browser.log()
        self.browser.open(self.url)
        return self

    def state(self):
        return self.browser.script('return document.body.dataset.state')

    def choose(self, name, value):
        self.browser.script(
            'document.querySelector(`[name="${arguments[0]}"]'
            '[value="${arguments[1]}"]`).click()', name, value)

    def slide(self, size):
        self.browser.script(
            "const slider = document.getElementById('extra');"
            'slider.value = arguments[0];'
            "slider.dispatchEvent(new Event('input', { bubbles: true }));",
            size)

    def figures(self):
        return self.browser.script(FIGURES)

    def wire(self, way):
        shown = self.figures()
        return shown[f'{way}.wire_sent'] + shown[f'{way}.wire_received']

    def next_figures(self):
        """Those of a reading that begins after this call: the next one that
        is shown may have begun before."""
        self.browser.script(
            "window.readings = 0; new MutationObserver(() => { readings += 1;"
            " }).observe(document.getElementById('table'), { subtree: true,"
            " attributes: true, attributeFilter: ['data-value'] });")
        wait_until(lambda: self.browser.script('return readings') > 1, 10,
                   'two readings')
        return self.figures()

    def meter(self):
        """What the server says of this run."""
        key = self.browser.script(
            "return document.getElementById('table').dataset.meter")
        answer = self.server.get(f'/chat/_chatws/meter?meter={key}')
        assert answer.status == 200
        return answer.json()['traffic']

    def take_over(self, interval, rate):
        """Ends the guided run; the reader chooses."""
        wait_until(lambda: self.state() == 'running', 10, 'running')
        self.choose('interval', interval)
        self.browser.click('#take-over')
        self.choose('rate', rate)
        return self

    def total(self, way):
        """What a column shows: bytes of the stretch that it is about."""
        return float(self.browser.script(
            "return document.querySelector(`.way.of-${arguments[0]} .total`)"
            '.dataset.value ?? -1', way))

    def stop(self):
        self.browser.click('#toggle')
        wait_until(lambda: self.state() == 'stopped', 10, 'stopped')

    def complaints(self):
        return [line['message'] for line in self.browser.log()
                if '127.0.0.1:9' not in line['message']
                and '/_chatws/meter' not in line['message']]


@pytest.fixture(scope='module')
def visit(driver, server):
    """A run at a poll a second, with nobody saying anything yet."""
    page = Visit(driver.browser(), server)
    page.browser.add_script(WATCHED)
    page.open().take_over(interval=1, rate=0)
    yield page
    page.browser.close()


def test_idle_polling_costs_more(visit):
    wait_until(lambda: visit.figures()['websocket.requests'] == 1, 10,
               'first figures')
    before = visit.wire('websocket')
    wait_until(lambda: visit.figures()['poll.empty'] >= 4, 20,
               'polls that found nothing')
    assert visit.wire('poll') > 2 * visit.wire('websocket')
    assert visit.wire('websocket') - before < 200
    assert visit.figures()['longpoll.empty'] == 0
    assert visit.browser.text('#headline').startswith('Nobody has said ')


def test_head_of_a_question_is_what_a_poll_sends(visit):
    """To the byte: what has come in over HTTP/1.1, by the kernel's count."""
    first = visit.meter()['poll']
    wait_until(lambda: visit.meter()['poll']['requests']
               >= first['requests'] + 3, 10, 'three polls')
    now = visit.meter()['poll']
    each = (now['received'] - first['received']) \
        / (now['requests'] - first['requests'])
    assert visit.browser.text('#pair-question') == f'{each:g} bytes'
    assert visit.browser.text('#pair-frame') == '0 bytes'


def test_messages_arrive_on_all(visit):
    visit.choose('rate', 60)
    wait_until(lambda: all(visit.figures()[f'{way}.messages'] >= 3
                           for way in WAYS), 15, 'three messages each')
    before = visit.figures()

    def even():
        now = visit.next_figures()
        return now['poll.delay'] > now['websocket.delay'] > 0 and all(
            abs(now[f'{way}.messages'] - now['sse.messages']) <= 2
            for way in WAYS) and now
    now = wait_until(even, 30, 'as many on each, polls the latest')
    for way in WAYS:
        assert now[f'{way}.each'] > 100
        assert 0 < now[f'{way}.share'] < 1
        assert now[f'{way}.wire_sent'] >= before[f'{way}.wire_sent']


def test_heads_of_sending_are_what_was_sent(visit):
    """To the byte, too: that of a POST, and that of the page's own frame."""
    def settled():
        posts, bodies = visit.meter()['post'], \
            visit.browser.script('return bodies')
        return posts['requests'] == len(bodies) and (posts, bodies)
    posts, bodies = wait_until(settled, 10, 'every POST is counted')
    each = (posts['received'] - sum(bodies)) / len(bodies)
    assert f'{each:g} bytes' in visit.browser.text('#pair-post')
    assert ': 6 bytes ' in visit.browser.text('#pair-sent')
    labels = visit.browser.script(
        "return Array.from(document.querySelectorAll('#send .bar-track'),"
        ' (bar) => bar.ariaLabel)')
    assert [label.split(',')[0] for label in labels] == ['POST', 'Frame']
    assert all('Text 100' in label for label in labels)


def test_figures_are_the_meters(visit):
    low = visit.meter()
    shown = visit.next_figures()
    high = visit.meter()
    for way in ('poll', 'sse', 'websocket'):
        for name in COUNTERS:
            assert running(low[way], name) <= shown[f'{way}.{name}'] \
                <= running(high[way], name), f'{way} {name}'
    for way in WAYS:
        assert shown[f'{way}.wire_sent'] > 0
        assert shown[f'{way}.wire_received'] > 0
    assert visit.browser.text('#chip') == 'HTTP/1.1'


def test_the_measured_socket_is_not_looked_at(visit):
    """It carries the room alone; a further one, which is tried again, has a
    key of its own and ends when it has told what is shown."""
    def over():
        seen = visit.browser.script('return sockets')
        looks = [one for one in seen if one['looks']]
        return len(looks) >= 2 and not looks[1]['open'] and (
            [one for one in seen if not one['looks']], *looks)
    both, failed, looking = wait_until(over, 15, 'a look')
    assert len(both) == 2 and both[0]['key'] == visit.browser.script(
        "return document.getElementById('table').dataset.meter")
    for measured in both:
        assert measured['open'] and measured['sent'] == []
        assert {'meter', 'typing'}.isdisjoint(measured['got'])
    assert failed['got'] == []
    assert looking['key'] not in [measured['key'] for measured in both]
    assert looking['sent'] == ['{"type":"typing"}']
    assert looking['got'].count('meter') == 2
    assert visit.figures()['websocket.requests'] == 1


def test_handshake(visit):
    request = visit.browser.texts('#request')[0]
    response = visit.browser.texts('#response')[0]
    headers = dict(line.split(': ', 1) for text in (request, response)
                   for line in text.splitlines() if ': ' in line)
    assert request.startswith('GET /chat/compare-')
    assert response.startswith('HTTP/1.1 101 ')
    assert headers['Sec-WebSocket-Accept'] == \
        accept_for(headers['Sec-WebSocket-Key'])
    assert visit.browser.script(
        "return document.getElementById('accepted').dataset.value") == 'true'
    size = len(request.replace('\n', '\r\n')) + 2
    assert visit.browser.text('#request-size') == \
        f'WebSocket: {size} bytes, once'
    polled = visit.browser.texts('#poll-request')[0]
    assert polled.startswith('GET /chat/_chatws/meter?meter=')
    assert 'Cookie: ' not in polled or 'Cookie: *' in polled


def test_frame(visit):
    data = bytes.fromhex(visit.browser.texts('#frame-hex')[0])
    plain = apply_mask(data[6:], data[2:6])
    assert data[:2] == bytes([0x81, 0x80 | len(plain)])
    assert json.loads(plain) == {'type': 'typing'}
    wire = visit.browser.texts('#frame .wire')
    assert wire[:5] == ['1', '000', '0001', '1', f'{len(plain):07b}']
    assert ''.join(visit.browser.texts('#unmask .plain')) == plain.decode()
    assert '81 11' in visit.browser.text('#server-frame')


def test_cookies_make_polls_longer(visit):
    before = visit.browser.script(COOKIES)
    size = len(visit.browser.texts('#poll-request')[0])
    visit.slide(3072)
    wait_until(lambda: len(visit.browser.texts('#poll-request')[0])
               == size + 3072, 10, '3072 bytes more')
    first = visit.next_figures()
    wait_until(lambda: visit.figures()['poll.requests']
               >= first['poll.requests'] + 3, 10, 'three polls')
    now = visit.next_figures()
    polls = now['poll.requests'] - first['poll.requests']
    assert now['poll.wire_received'] - first['poll.wire_received'] \
        > polls * (3072 + size)
    assert before == [] and len(visit.browser.script(COOKIES)) == 2


def test_csv(visit):
    visit.stop()
    assert visit.browser.script(COOKIES) == []
    visit.browser.click('#save')
    path = visit.browser.downloads / 'chatws-compare.csv'
    wait_until(path.exists, 10, 'a file')
    with open(path, newline='') as lines:
        table = list(csv.DictReader(lines))
    assert len(table) >= len(WAYS) * 8 and len(table) % len(WAYS) == 0
    shown = visit.figures()
    for row in table[-len(WAYS):]:
        for name in COUNTERS + ('messages',):
            assert float(row[name]) == \
                shown[f"{row['transport']}.{name}"], name
    assert [row['transport'] for row in table[:len(WAYS)]] == list(WAYS)
    assert {row['compressed_from'] for row in table} == {'256'}
    seconds = [float(row['second']) for row in table]
    assert seconds == sorted(seconds)
    assert visit.complaints() == []


@pytest.mark.parametrize('theme', ('light', 'dark'))
@pytest.mark.parametrize('width', (320, 1280))
def test_looks(visit, tmp_path, width, theme):
    visit.browser.resize(width, 800)
    visit.browser.set_theme(theme)
    assert visit.browser.script(
        'return document.documentElement.scrollWidth - innerWidth') <= 0
    assert visit.browser.script(
        "return Array.from(document.querySelectorAll('button, .choice span,"
        " input[type=range], input[type=number]'),"
        ' (e) => e.getBoundingClientRect().height)'
        '.filter((height) => height > 0 && height < 44)') == []
    visit.browser.screenshot(tmp_path / f'compare-{width}-{theme}.png')


def test_http2_is_told_apart(visit):
    with Httpd(config='Protocols h2 http/1.1\n' + ROOMS, tls=True,
               modules=('http2',)) as server:
        visit.browser.open(f'https://{server.host(True)}/chat/_chatws/'
                           'compare.html')
        visit.take_over(interval=1, rate=10)
        wait_until(lambda: visit.browser.text('#chip') == 'HTTP/2', 10,
                   'HTTP/2')
        wait_until(lambda: all(visit.figures()[f'{way}.messages'] >= 1
                               for way in WAYS), 10, 'a message on each')
        assert 'HPACK' in visit.browser.text('#protocol-text')
        assert 'HTTP/2 packs' in visit.browser.text('#poll-size')
        packed = re.search('into about (\\d+)',
                           visit.browser.text('#pair-every')).group(1)
        assert 9 < int(packed) < 200 < int(
            visit.browser.text('#pair-question').split()[0])
        assert 'estimate' in visit.browser.text('#bars-note')
        wait_until(lambda: 'times' in visit.browser.text('#headline'), 20,
                   'a verdict')
        assert 'times less' in visit.browser.text('#headline')
        wait_until(lambda: ' HTTP/1.1\n' in
                   visit.browser.texts('#request')[0], 15, 'the handshake')
        visit.browser.open('about:blank')


@pytest.mark.parametrize('missing', ('meter', 'socket', 'place'))
def test_says_what_is_missing(driver, server, missing):
    page = Visit(driver.browser(), server)
    if missing == 'meter':
        page.browser.cdp('Network.enable')
        page.browser.cdp('Network.setBlockedURLs', urls=['*_chatws/meter*'])
    elif missing == 'place':
        page.browser.add_script(NO_PLACE)
    else:
        page.browser.add_script(NO_SOCKET)
    page.open()
    try:
        wait_until(lambda: page.state() == 'refused', 15, 'a refusal')
        assert {'place': 'no place'}.get(missing, 'Nothing is counted') \
            in page.browser.text('#notice')
        assert page.browser.text('#headline') == ''
        assert not any(page.figures().values())
        assert page.complaints() == []
    finally:
        page.browser.close()
