"""What the comparison page keeps in a link, and what it believes of one that a
stranger has made; the steps of the guided run. Without a browser."""
import json
import shutil
import subprocess

import pytest

from harness.paths import ASSETS

pytestmark = pytest.mark.skipif(shutil.which('node') is None,
                                reason='needs node')

BEGIN = '''
const { readLink, stretchOf, writeLink, monthOf, wireOf } = await import(RESULT_JS);
const { Figures } = await import(FIGURES_JS);
const { Guide, LENGTH, STEPS } = await import(GUIDE_JS);
const offers = { interval: [1, 2], rate: [0, 60], size: [10, 100],
    extra: [0, 128] };
const settings = { interval: 2, rate: 60, size: 100, extra: 128 };
const way = (n) => ({ text: n, json: 2 * n, head: 3 * n, record: 0,
    packet: 4 * n, messages: 5, requests: 6, delay: n === 1 ? -1 : 7 });
const stretch = (name) => ({ name, seconds: 12.5, ways: { poll: way(100),
    longpoll: way(10), sse: way(2), websocket: way(1), deflate: way(1) } });
const result = { at: 1790000000000, protocol: 'HTTP/1.1',
    stretches: ['quiet', 'one', 'busy', 'all'].map(stretch),
    opened: { poll: 1, longpoll: 2, sse: 3, websocket: 4, deflate: 5 },
    heads: { question: 591, packed: 0, frame: 2, post: 640, sent: 6,
        message: 229, least: 256 } };
const tell = (value) => console.log(JSON.stringify(value));
'''


def calculate(script):
    begin = BEGIN
    for name in ('result', 'guide', 'figures'):
        url = (ASSETS / f'compare/{name}.js').as_uri()
        begin = begin.replace(f'{name.upper()}_JS', json.dumps(url))
    done = subprocess.run(['node', '--input-type=module', '-'],
                          input=begin + script, capture_output=True,
                          text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_link_keeps_all():
    hash_, same = calculate('''
    const hash = writeLink(settings, 700, result);
    const back = readLink(hash, offers);
    tell([hash, JSON.stringify(back) === JSON.stringify(
        { settings, visitors: 700, result })]);
    ''')
    assert same and len(hash_) < 1500
    assert set(hash_) <= set('#&=.!%-0123456789ABCDEF'
                             'abcdefghijklmnopqrstuvwxyz')


def test_a_link_without_a_result():
    assert calculate('''
    tell(readLink(writeLink(settings, 1, null), offers));
    ''') == {'settings': {'interval': 2, 'rate': 60, 'size': 100,
                          'extra': 128}, 'visitors': 1, 'result': None}


# Each is a text of the good hash and what a stranger writes there instead.
@pytest.mark.parametrize('old, new, lost', [
    ('v=2', 'v=1', 'settings visitors result'),
    ('set=2.60.100.128', 'set=2.60.100.4097', 'settings result'),
    ('set=2.60.100.128', 'set=2.60.100', 'settings result'),
    ('set=2.60.100.128', 'set=2.60.100.128.0', 'settings result'),
    ('set=2.60.100.128', 'set=0.000001.60.100', 'settings result'),
    ('n=700', 'n=100001', 'visitors'),
    ('n=700', 'n=1e5', 'visitors'),
    ('n=700', 'n=-1', 'visitors'),
    ('on=1.1790000000', 'on=__proto__.1790000000', 'result'),
    ('on=1.1790000000', 'on=3.1790000000', 'result'),
    ('on=1.1790000000', 'on=1.99999999999', 'result'),
    ('once=1.2.3.4.5', 'once=1.2.3.4.Infinity', 'result'),
    ('once=1.2.3.4.5', 'once=1.2.3.4.9999999999999', 'result'),
    ('once=1.2.3.4.5', 'once=1.2.3.4', 'result'),
    ('head=591.0.2.640.6.229.256', 'head=591.0.2.640.6', 'result'),
    ('run=quiet.125', 'run=constructor.125', 'result'),
    ('run=quiet.125', 'run=quiet.0', 'result'),
    ('run=quiet.125', 'run=quiet.125.1', 'result'),
    ('run=quiet.125.100', 'run=quiet.125.-1', 'result'),
    ('run=quiet.125.100', 'run=quiet.125.NaN', 'result'),
    ('run=', 'run=%3Cimg%20src%3Dx%3E!', 'result'),
    ('run=', 'run=' + '!' * 4000, 'settings visitors result'),
])
def test_a_link_of_a_stranger(old, new, lost):
    found = calculate(f'''
    const hash = writeLink(settings, 700, result);
    if (!hash.includes({json.dumps(old)})) {{
        throw new Error(hash);
    }}
    tell(readLink(hash.replace({json.dumps(old)}, {json.dumps(new)}),
        offers));
    ''')
    assert {name for name, value in found.items() if value is None} \
        == set(lost.split())


def test_no_link():
    assert calculate('''
    tell(['', '#', '#table', '#v=2'].map((hash) => readLink(hash, offers)));
    ''') == 4 * [{'settings': None, 'visitors': None, 'result': None}]


def test_a_month():
    """12.5 s at 1,000 bytes and 6 requests, of two visitors."""
    month, wire = calculate('''
    tell([monthOf(stretch('busy'), 'poll', 2), wireOf(way(100))]);
    ''')
    assert wire == 1000
    assert month == {'bytes': 1000 * 2 * 2592000 / 12.5,
                     'requests': 6 * 2 * 2592000 / 12.5}


def test_heads_of_a_message_that_is_not_counted_yet():
    """The page has it, the server's figures do not: its frame still had a
    header of 4 bytes, and all parts are what was on the wire."""
    socket = calculate('''
    const figures = new Figures();
    const told = { requests: 0, sent: 200, received: 0, packets_sent: 1,
        packets_received: 0, wire_sent: 252, wire_received: 0 };
    const none = Object.fromEntries(Object.keys(told).map((key) => [key, 0]));
    figures.sent('a');
    figures.heard('websocket', [{ type: 'message', ref: 'a',
        text: 'x'.repeat(100) }], 230);
    figures.sample({ poll: none, longpoll: none, sse: none,
        websocket: told }, {});
    tell(stretchOf(figures, 'one', null).ways.websocket);
    ''')
    assert socket['head'] == 4 and socket['text'] == 100
    assert socket['json'] == 96 and socket['packet'] == 52


def test_the_guided_run():
    """Silence first, then one message, then talk; it can be skipped."""
    steps, length, seen = calculate('''
    const guide = new Guide();
    const seen = [];
    for (let at = 3; !guide.over; at += 1) {
        if (guide.isDue(at) || at === 5) {
            guide.next(at);
            seen.push([at, guide.step?.name ?? null, guide.left(at)]);
        }
    }
    tell([STEPS, LENGTH, seen]);
    ''')
    assert [(step['rate'], step['single']) for step in steps] == \
        [(0, False), (0, True), (60, False)]
    assert length == sum(step['seconds'] for step in steps) <= 60
    quiet, one, busy = (step['seconds'] for step in steps)
    assert seen == [[3, 'quiet', quiet], [5, 'one', one],
                    [5 + one, 'busy', busy], [5 + one + busy, None, 0]]
