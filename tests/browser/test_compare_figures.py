"""The comparison page's arithmetic, without a browser: what is opening and what
is running, the parts of a bar, and what a month costs."""
import json
import re
import shutil
import subprocess

import pytest

from harness.paths import ASSETS

pytestmark = pytest.mark.skipif(shutil.which('node') is None,
                                reason='needs node')

# A run with readings at seconds 1, 2, ... whose counters `tell(second)` gives.
BEGIN = '''
let clock = 0;
globalThis.performance = { now: () => clock };
const { Figures, costs, frame, frameHeader, split } =
    await import(FIGURES_JS);
const { makeText } = await import(PUBLISH_JS);
const { partsOf } = await import(RESULT_JS);
const zero = () => ({ requests: 0, sent: 0, received: 0, packets_sent: 0,
    packets_received: 0, wire_sent: 0, wire_received: 0 });
/* Traffic of so many bytes each way in so many packets. */
const traffic = (sent, received, packets = 0) => ({ sent, received,
    packets_sent: packets, packets_received: packets,
    wire_sent: sent + 52 * packets, wire_received: received + 52 * packets });
const nothing = () => ({ poll: zero(), longpoll: zero(), sse: zero(),
    websocket: zero() });
function run(seconds, tell) {
    const figures = new Figures();
    for (let second = 1; second <= seconds; second += 1) {
        clock = second * 1000;
        figures.sample(tell(second, figures), {});
    }
    return figures;
}
const tell = (value) => console.log(JSON.stringify(value));
'''


def calculate(script):
    """What the script tells with tell()."""
    begin = BEGIN
    for name in ('figures', 'publish', 'result'):
        url = (ASSETS / f'compare/{name}.js').as_uri()
        begin = begin.replace(f'{name.upper()}_JS', json.dumps(url))
    done = subprocess.run(
        ['node', '--input-type=module', '-'],
        input=begin + script, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_opening_is_not_running():
    """A WebSocket that has opened with 5 KB and says nothing has run for
    nothing, whenever one looks; so it is after a reconnection."""
    found = calculate('''
    const figures = run(9, (second) => {
        const connections = second < 5 ? 1 : 2;
        const opening = traffic(4000 * connections, 1000 * connections, 8);
        const said = second < 8 ? 0 : 100;
        const all = traffic(4000 * connections + said, 1000 * connections, 8);
        return { ...nothing(), websocket: { ...zero(), ...all,
            requests: connections, opening: { ...opening, connections } } };
    });
    const at = (second) => figures.between('websocket', null,
        figures.at(second));
    tell([at(1), at(6), at(9), figures.opened().websocket]);
    ''')
    first, again, last, opened = found
    assert first['wire'] == 0 and first['opened']['wire'] == 5000 + 16 * 52
    assert again['wire'] == 0 and again['opened']['connections'] == 2
    assert last['wire'] == 100
    assert opened == last['opened'] and opened['wire'] == 10000 + 16 * 52


def test_long_polls_pay_for_each_further_connection():
    """The first one is opened once; that others are needed is their way. Polls
    are the first to use one that a long-poll has made necessary."""
    found = calculate('''
    const figures = run(4, (second) => ({ ...nothing(), longpoll: {
        ...zero(), ...traffic(600 * second, 900 * second), requests: second,
        opening: { ...traffic(100 * second, 400 * second),
            connections: second } },
        poll: { ...zero(), ...traffic(600 * second, 900 * second),
            opening: { ...traffic(100 * second, 400 * second),
                connections: second } } }));
    tell([figures.between('longpoll'), figures.between('poll')]);
    ''')
    found, poll = found
    assert poll['wire'] == 4 * 1000
    assert poll['opened']['wire'] == 4 * 500
    assert found['opened']['connections'] == 1
    assert found['opened']['wire'] == 500
    assert found['wire'] == 4 * 1500 - 500


def test_one_window_for_all():
    """What a headline and the cards say comes from the same two readings."""
    found = calculate('''
    const figures = run(100, (second) => ({ ...nothing(),
        poll: { ...zero(), ...traffic(second * second, 0) } }));
    const recent = figures.recent(60);
    tell([recent, figures.between('poll', recent.from, recent.to),
        figures.recent(500).seconds]);
    ''')
    recent, same, everything = found
    assert recent['seconds'] == 60 and everything == 100
    assert recent['ways']['poll'] == same
    assert same['wire'] == 100 ** 2 - 40 ** 2


def test_split_adds_up():
    found = calculate('''
    const figures = run(3, (second, figures) => {
        figures.sent(`r${second}`);
        figures.heard('sse', [{ type: 'hello' }], 200);
        figures.heard('sse', [{ type: 'message', ref: `r${second}`,
            text: '\\u00e4bc' }], 90);
        figures.posted('hello', 150);
        const all = { ...traffic(250 * second, 0, second),
            plain_sent: 120 * second, plain_received: 0 };
        return { ...nothing(), sse: { ...zero(), ...all },
            post: { ...zero(), ...traffic(100 * second, 700 * second) } };
    });
    const sse = figures.between('sse');
    tell([sse, split('sse', sse), split('sse', sse, sse.messages),
        split('post', figures.between('post'), 3)]);
    ''')
    sse, parts, each, post = found
    assert parts == {'text': 12, 'json': 258, 'head': 90, 'record': 390,
                     'packet': 312}
    assert sum(parts.values()) == sse['wire']
    assert each == {'text': 4, 'json': 86, 'head': 30, 'record': 130,
                    'packet': 104}
    assert post == {'text': 5, 'json': 145, 'head': 650, 'record': 0,
                    'packet': 0}


def test_split_of_counters_that_lag():
    """The page has heard more than the server has told: nothing below 0."""
    assert calculate('''
    tell(split('sse', { sent: 50, received: 0, plain_sent: 50,
        plain_received: 0, wire: 50, text: 60, payload: 90 }));
    ''') == {'text': 50, 'json': 0, 'head': 0, 'record': 0, 'packet': 0}


@pytest.mark.parametrize('plain, parts', [
    (2300, {'text': 1000, 'json': 1260, 'head': 40}),    # 10 plain frames
    (1130, {'text': 500, 'json': 610, 'head': 20}),      # half is left
    (0, {'text': 0, 'json': 0, 'head': 0})])
def test_split_of_what_was_compressed(plain, parts):
    """Text and JSON are one; a frame still has its header."""
    found = calculate(f'''
    tell(partsOf('deflate', {{ sent: {plain}, received: 0,
        plain_sent: {plain}, plain_received: 0, wire: {plain} + 520,
        messages: 10, text: 1000, payload: 2260, compressed: true }}));
    ''')
    assert found == {**parts, 'record': 0, 'packet': 520}


def test_what_lags_is_not_compressed():
    """The page has heard of more than is counted. A message that is too short to
    be compressed has its whole text all the same."""
    parts = calculate('''
    const figures = run(1, (second, figures) => {
        figures.least = 256;
        figures.sent('a');
        figures.heard('deflate', [{ type: 'message', ref: 'a',
            text: 'x'.repeat(100) }], 230);
        return { ...nothing(), deflate: { ...zero(), ...traffic(150, 0) } };
    });
    tell(partsOf('deflate', figures.between('deflate')));
    ''')
    assert parts == {'text': 100, 'json': 46, 'head': 4, 'record': 0,
                     'packet': 0}


def test_texts_are_what_people_write():
    """As long as they shall be, and no sentence comes twice."""
    texts = calculate('''
    tell([10, 100, 1000].flatMap((size) => Array.from({ length: 120 },
        (none, number) => [size, makeText(number + 1, size)])));
    ''')
    for size, text in texts:
        assert len(text) == size and text == text.strip() and text.isascii()
        sentences = re.split(r'(?<=[.!?]) ', text)
        assert len(set(sentences)) == len(sentences)


def test_a_frame():
    found = calculate('''
    tell([[0, 125, 126, 65535, 65536].map((size) => [frameHeader(size, false),
        frameHeader(size, true)]), frame({ text: 100, body: 140, answer: 60 },
        { record: 22, packet: 52 })]);
    ''')
    assert found[0] == [[2, 6], [2, 6], [4, 8], [4, 8], [10, 14]]
    assert found[1] == {'text': 100, 'json': 100, 'head': 10, 'record': 44,
                        'packet': 156}


def test_costs_of_a_month():
    """A poll of 500 bytes every 2 s is 648 GB a month for a thousand."""
    found = calculate('''
    const figures = run(61, (second) => ({ ...nothing(), poll: { ...zero(),
        ...traffic(200 * second, 50 * second), requests: second / 2 } }));
    const minute = figures.between('poll', figures.at(1));
    tell([costs(minute, 1000), costs(minute, 1),
        costs(minute, 1, 3600).requests,
        costs({ ...minute, seconds: 0 }, 1)]);
    ''')
    thousand, one, hour, nothing = found
    assert thousand['bytes'] == 250 * 30 * 24 * 3600 * 1000
    assert one['bytes'] * 1000 == thousand['bytes']
    assert one['requests'] == 15 * 24 * 3600 and hour == 1800
    assert nothing is None


def test_csv_keeps_opening_apart():
    lines = calculate('''
    const figures = run(1, () => ({ ...nothing(), websocket: { ...zero(),
        ...traffic(700, 300), requests: 1,
        opening: { ...traffic(600, 300), connections: 1 } } }));
    tell(figures.csv().trimEnd().split('\\r\\n'));
    ''')
    rows = [dict(zip(lines[0].split(','), line.split(',')))
            for line in lines[1:]]
    socket = rows[3]
    assert [row['transport'] for row in rows] == \
        ['poll', 'longpoll', 'sse', 'websocket', 'deflate']
    assert socket['wire_sent'] == '100' and socket['wire_received'] == '0'
    assert socket['opening_wire_sent'] == '600'
    assert socket['opening_connections'] == '1'
