"""The comparison page as its reader meets it: the guided run, what it says and
draws, what can be taken along, and in which language."""
import re

import pytest

from harness import in_soak, wait_until
from test_compare import Visit
from webdriver import SHIFT, TAB

LANGUAGES = ('en', 'ar', 'de', 'es', 'fr', 'ja', 'pt', 'ru', 'zh')
BARS = '''
return Array.from(document.querySelectorAll('#bars .bar-row'), (row) => ({
    width: row.querySelector('.bar').getBoundingClientRect().width,
    label: row.querySelector('.bar-track').ariaLabel,
    parts: Array.from(row.querySelectorAll('.part'), (part) =>
        [part.className.match(/part-(\\w+)/)[1],
            part.getBoundingClientRect().width]) }));
'''
# All tables, each key with the kind of its value.
SHAPES = '''
const [languages] = arguments;
const shape = (table, before = '') => Object.entries(table).flatMap(
    ([key, value]) => (value !== null && typeof value === 'object'
        ? shape(value, `${before}${key}.`)
        : [`${before}${key}:${typeof value}`])).sort();
return Promise.all(languages.map((language) =>
    import(`./lang/compare-${language}.js`))).then((modules) =>
    modules.map(({ default: table }) => shape(table)));
'''
# A result of a guided run, for a page that measures nothing.
STRETCHES = [('quiet', 120, 0), ('one', 90, 1), ('busy', 210, 21),
             ('all', 420, 22)]
LINK = ('v=2&set=2.10.100.0&n=100000&on=1.1795000000'
        '&once=1990.739.1510.1640.1720&head=670.0.4.711.6.1129.256&run=') + '!'.join(
    f'{name}.{tenths}.{100 * n}.{40 + 300 * n}.5000.0.1200.{n}.8.900'
    f'.{100 * n}.{200 * n}.{1000 * n}.0.{260 * n}.{n}.{n}.9'
    f'.{100 * n}.{180 * n}.{30 * n}.0.{104 * n}.{n}.0.4'
    f'.{100 * n}.{130 * n}.{4 * n}.0.{104 * n}.{n}.0.5'
    f'.{60 * n}.{80 * n}.{4 * n}.0.{104 * n}.{n}.0.5'
    for name, tenths, n in STRETCHES)
SHOW_FRAME = '''
const base = document.querySelector('script[type=module]').src;
const load = (name) => import(new URL(name, base));
delete document.body.dataset.linked;
Promise.all(
    ['wire.js', '../lang/tables.js', 'formats.js'].map(load)).then(
    async ([{ Wire }, { loadTable }, { Formats }]) => {
        const strings = await loadTable('compare', navigator.languages);
        new Wire(strings, new Formats(strings)).show(
            { frame: `8191774ebcd0${'0c'.repeat(17)}` });
    });
'''
WIDER = '''
const width = document.documentElement.clientWidth;
return Array.from(document.querySelectorAll('body *')).filter((element) => {
    const { left, right, width: own } = element.getBoundingClientRect();
    return own && (right > width + 1 || left < -1)
        && !element.closest('.unseen');
}).map((element) => `${element.tagName} ${element.textContent.slice(0, 30)}`);
'''


@pytest.fixture(scope='module')
def browser(driver):
    opened = driver.browser()
    yield opened
    opened.close()


@pytest.fixture(scope='module')
def guided(browser, server):
    """A guided run that has ended, and what it said on its way."""
    page = Visit(browser, server).open()
    page.said = {}
    wait_until(lambda: page.state() == 'running', 10, 'running')
    for step in ('quiet', 'one', 'busy'):
        wait_until(lambda: checked(page) == step, 15, step)
        page.said[step] = watch(page, step)
        page.browser.click('#skip')
    wait_until(lambda: page.state() == 'stopped', 10, 'the end')
    yield page
    page.browser.open('about:blank')


def checked(page):
    return page.browser.script(
        "return document.querySelector('#which :checked')?.value")


def shows(page):
    """What one reading shows, all of it at one moment."""
    return page.browser.script('''
        const total = (way) => Number(document.querySelector(
            `.way.of-${way} .total`).dataset.value);
        return { headline: document.getElementById('headline').textContent
                .replaceAll('\u00a0', ' '),
            poll: total('poll'), websocket: total('websocket'),
            columns: Array.from(document.querySelectorAll(
                '.way.of-poll .total, .way.of-websocket .total'),
            (total) => total.textContent.replaceAll('\u00a0', ' ')),
            question: document.getElementById('pair-question').textContent,
            frame: document.getElementById('pair-frame').textContent,
            rate: document.querySelector('[name=rate]:checked').value,
            bars: document.getElementById('bars-title').textContent,
            opened: document.querySelector('.way.of-websocket .opened')
                .textContent };
    ''')


def watch(page, step):
    wanted = {'quiet': r'^Nobody has said anything for ([5-9]|\d\d) s',
              'one': '^One message in .* times less',
              'busy': r'^([3-9]|\d\d) messages in'}[step]

    def seen():
        shown = shows(page)
        return re.match(wanted, shown['headline']) \
            and shown['poll'] > 0 and shown
    return wait_until(seen, 15, f'{step}: {wanted}')


def test_it_begins_with_silence(guided):
    """The first thing that the page says: polling has cost something already,
    WebSocket nothing."""
    quiet = guided.said['quiet']
    assert re.fullmatch(
        r'Nobody has said anything for \d+ s\. '
        r'Polling: [\d.]+\sK?B\. WebSocket: 0\sB\.', quiet['headline'])
    assert quiet['poll'] > 1000 and quiet['websocket'] == 0
    assert quiet['frame'] == '0 bytes' and quiet['rate'] == '0'
    assert 'silence' in quiet['bars']
    assert re.fullmatch(r'opened once: [\d.]+\sK?B', quiet['opened'])


def test_then_one_message_then_talk(guided):
    one, busy = guided.said['one'], guided.said['busy']
    assert one['poll'] > one['websocket'] > 100
    assert 'times less' in one['headline']
    assert one['frame'] == '4 bytes' and 'message' in one['bars']
    assert busy['rate'] == '60'         # the settings show what is sent
    assert re.fullmatch(r'\d{3} bytes', busy['question'])


def test_headline_and_columns_are_one_window(guided):
    for step in guided.said.values():
        assert len(step['columns']) == 2
        for figure in step['columns']:
            assert f' {figure}' in step['headline']


def test_what_was_measured_can_be_chosen(guided):
    """After the run: each step and the whole, all figures with it."""
    browser = guided.browser
    assert checked(guided) == 'all'
    whole = shows(guided)
    steps = 0
    for step in ('quiet', 'one', 'busy'):
        browser.script("document.querySelector(`#which [value=${arguments[0]}]"
                       '`).click()', step)
        steps += shows(guided)['poll']
    assert shows(guided)['headline'] != whole['headline']
    assert steps == whole['poll'] > 0
    assert len(browser.texts('#stretches tr')) == 6
    browser.script("document.querySelector('#which [value=all]').click()")


def test_bars(guided):
    """As long as their bytes, in parts that have words as well as colours."""
    bars = guided.browser.script(BARS)
    assert [bar['label'].split(',')[0] for bar in bars] == \
        ['Polling', 'Long-polling', 'Server-sent events', 'WebSocket',
         'WebSocket']
    widths = [bar['width'] for bar in bars]
    for bar in bars:
        parts = dict(bar['parts'])
        assert list(parts) == ['text', 'json', 'head', 'packet']
        assert abs(sum(parts.values()) - bar['width']) < 2
        assert all(word in bar['label'] for word in
                   ('Text 100', 'JSON', 'headers', 'TCP/IP'))
    assert widths[0] > widths[3]
    assert dict(bars[0]['parts'])['head'] > 10 * dict(bars[3]['parts'])['head']


@pytest.mark.parametrize('count', (1, 10, 100000))
def test_visitors(guided, count):
    """A month is what one second was, times visitors and seconds."""
    browser = guided.browser
    browser.fill('#visitors-number', str(count))
    value = browser.script('''
        const cell = (name) => Number(document.querySelector(
            `#month .of-poll .month-${name}`).dataset.value);
        return { bytes: cell('bytes'), requests: cell('requests'),
            slider: document.getElementById('visitors').value,
            said: document.getElementById('visitors').ariaValueText,
            note: document.getElementById('visitors-note').textContent };''')
    seconds = float(re.search(r'in ([\d.]+) s', value['note']).group(1))
    expected = shows(guided)['poll'] / seconds * 30 * 86400 * count
    assert abs(value['bytes'] / expected - 1) < 0.05
    assert 'a poll every 2 s' in value['note']
    assert value['slider'] == {1: '0', 10: '9', 100000: '45'}[count]
    assert value['said'] == {1: '1 visitor', 10: '10 visitors',
                             100000: '100,000 visitors'}[count]


def test_visitors_refuse_nonsense(guided):
    browser = guided.browser
    for wrong in ('0', '100001', '1.5', ''):
        browser.fill('#visitors-number', wrong)
        assert browser.script("return document.getElementById('visitors')"
                              '.ariaValueText') == '100,000 visitors'


def test_link(guided, driver, server):
    """It opens with settings and result, and starts no run of its own."""
    browser = guided.browser
    browser.fill('#visitors-number', '50')
    shown = shows(guided)
    browser.click('#share')
    url = browser.script("return document.getElementById('link').value")
    assert url == browser.url and url.startswith(guided.url + '#v=2&')
    other = Visit(driver.browser(), server)
    try:
        other.browser.open(url)
        wait_until(lambda: other.state() == 'stopped', 10, 'the result')
        there = shows(other)
        assert abs(there['poll'] - shown['poll']) <= 4
        assert there['headline'] == shown['headline']
        assert there['question'] == shown['question']
        assert 'come from the link' in other.browser.text('#notice')
        assert other.browser.script("return document.getElementById("
                                    "'visitors-number').value") == '50'
        assert other.browser.script(
            "return performance.getEntriesByType('resource')"
            ".filter(({ name }) => name.includes('meter')).length") == 0
        assert other.complaints() == []
    finally:
        other.browser.close()


def test_picture(guided, tmp_path):
    browser = guided.browser
    browser.cdp('Page.setDownloadBehavior', behavior='allow',
                downloadPath=str(tmp_path))
    browser.click('#picture')
    path = tmp_path / 'chatws-compare.png'
    wait_until(path.exists, 10, 'a file')
    data = path.read_bytes()
    assert data.startswith(b'\x89PNG') and len(data) > 20000
    assert guided.complaints() == []


def test_above_the_fold(guided):
    """At 1280 x 800 the sentence, both heads and all bars are seen at once."""
    guided.browser.resize(1280, 800)
    assert guided.browser.script(
        "scrollTo(0, 0); return document.querySelector('#bars')"
        '.getBoundingClientRect().bottom') < 800


@pytest.mark.parametrize('width', (320, 390, 768, 1280))
def test_no_sideways_scrolling(guided, width):
    guided.browser.resize(width, 800)
    assert guided.browser.script(
        'return document.documentElement.scrollWidth - innerWidth') <= 0
    guided.browser.resize(1280, 800)


@pytest.mark.parametrize('poll, words', [
    ('0.0.0.0.104.0.0', ''), ('100.50.700.0.104.1.2', ', 2.8 times less'),
    ('100.50.20.0.104.1.2', ', 1.3 times more'), ('0.0.0.0.0.0.0', '')])
def test_no_verdict_before_the_message_is_there(browser, server, poll, words):
    """A poll that has not brought it yet is not cheaper."""
    one = f'one.20.{poll}.-1' + 4 * '.100.135.4.0.104.1.0.5'
    browser.open('about:blank')
    browser.open(Visit(browser, server).url + '#' + re.sub(
        'run=.*', f'run={one}', LINK))
    wait_until(lambda: browser.text('#headline'), 10, 'a sentence')
    assert browser.text('#headline').replace('\u00a0', ' ').endswith(
        f'WebSocket: 343 B{words}.')


def test_hidden(browser, server):
    """Nobody looks: nothing is sent any more, and the page says so; a guided
    run begins anew when somebody does."""
    page = Visit(browser, server).open()
    wait_until(lambda: page.state() == 'running', 10, 'running')
    key = "return document.getElementById('table').dataset.meter"
    before = browser.script(key)
    look_away = '''
        Object.defineProperty(document, 'hidden',
            { configurable: true, value: arguments[0] });
        document.dispatchEvent(new Event('visibilitychange'));'''
    browser.script(look_away, True)
    wait_until(lambda: page.state() == 'stopped', 20, 'a pause')
    assert 'hidden' in browser.text('#notice')
    browser.script(look_away, False)
    wait_until(lambda: page.state() == 'running', 10, 'another run')
    assert browser.script(key) != before
    page.stop()


def test_other_settings_begin_anew(browser, server):
    """What was measured with the old ones is in no figure any more; what the
    reader chose stands beside the steps, and goes into the link."""
    page = Visit(browser, server).open()

    def silence(shown):
        found = re.match(r'Nobody has said anything for (\d+) s',
                         shown['headline'])
        return found and int(found[1])
    before = silence(watch(page, 'quiet'))
    page.choose('interval', 1)
    wait_until(lambda: (silence(shows(page)) or before) < before, 5,
               'a younger silence')
    assert checked(page) == 'quiet'
    assert 'a poll every second' in browser.script(
        "return document.getElementById('visitors-note').textContent")
    page.choose('rate', 180)
    wait_until(lambda: re.match(r'([2-9]|\d\d) messages',
                                shows(page)['headline']), 15, 'messages')
    page.stop()
    page.choose('interval', 30)         # for the next run, not for this one
    assert checked(page) == 'free'
    assert browser.script(
        "return Array.from(document.querySelectorAll('#which label'),"
        ' (label) => label.hidden)') == [False, True, True, False, True]
    assert 'asks every second' in browser.text('.way.of-poll .how')
    browser.click('#share')
    assert '&set=1.180.100.0&' in browser.url


def test_keyboard(browser, server):
    """Everything that is shown is reached, and no focus is lost when a button
    goes away."""
    page = Visit(browser, server).open()
    wait_until(lambda: page.state() == 'running', 10, 'running')
    browser.script("document.getElementById('take-over').focus()")
    browser.press(' ')
    wait_until(lambda: browser.script(
        'return document.activeElement.id') == 'toggle', 5, 'the focus')
    reached = set()
    for _ in range(20):
        browser.press(TAB)
        reached.add(browser.script('return document.activeElement.id'
                                   ' || document.activeElement.name'))
    assert {'guided', 'reset', 'interval', 'rate', 'size', 'extra',
            'visitors', 'visitors-number', 'request'} <= reached
    browser.press(SHIFT, TAB)
    page.stop()


def test_languages_have_the_same_texts(browser, server):
    Visit(browser, server).open()
    tables = browser.script(SHAPES, list(LANGUAGES))
    for language, table in zip(LANGUAGES, tables):
        assert table == tables[0], language


@pytest.mark.parametrize('language', [
    language if language in ('en', 'ar', 'de') else in_soak(language)
    for language in LANGUAGES])
def test_every_language_fits(browser, server, language):
    """From 320 px on, with everything that the page can show; no text is
    without its words."""
    added = browser.add_script(
        "Object.defineProperty(navigator, 'languages',"
        f" {{ get: () => ['{language}'] }});")
    page = Visit(browser, server)
    try:
        browser.open('about:blank')
        browser.open(f'{page.url}#{LINK}')
        wait_until(lambda: page.state() == 'stopped', 10, 'the result')
        browser.script(SHOW_FRAME)
        wait_until(lambda: browser.count('.byte') == 17, 10, 'a frame')
        for width in (320, 390, 768, 1280):
            browser.resize(width, 800)
            assert browser.script(WIDER) == [], width
        text = browser.script('return document.body.textContent')
        for wrong in ('undefined', 'NaN', 'null', '[object', '*poll'):
            assert wrong not in text
        assert browser.script(
            'return [document.documentElement.lang.slice(0, 2),'
            ' document.documentElement.dir]') == \
            [language, 'rtl' if language == 'ar' else 'ltr']
    finally:
        browser.resize(1280, 800)
        browser.remove_script(added)


@pytest.mark.parametrize('language, words', [('zh-CN', '没有新消息')])
def test_language(driver, server, language, words):
    page = Visit(driver.browser(language), server).open()
    try:
        wait_until(lambda: words in page.browser.text('#headline'), 15,
                   'a sentence')
        assert page.browser.script(
            'return [document.documentElement.lang, document.title]') == \
            [language, page.browser.text('h1')]
        assert 'undefined' not in page.browser.text('body')
        loaded = page.browser.script(
            "return performance.getEntriesByType('resource').map((entry) =>"
            " entry.name).filter((name) => name.includes('/lang/compare-'))")
        assert len(loaded) <= 1
        assert page.complaints() == []
    finally:
        page.browser.close()


@pytest.mark.engines(long=True)
def test_in_every_engine(driver, server):
    """Silence costs a WebSocket nothing, a message little; the bars are as
    long as their bytes, and the link opens with what was measured."""
    page = Visit(driver.browser(), server).open()
    browser = page.browser
    try:
        wait_until(lambda: checked(page) == 'quiet', 15, 'quiet')
        quiet = watch(page, 'quiet')
        assert quiet['poll'] > 500 and quiet['websocket'] == 0
        browser.click('#skip')
        wait_until(lambda: checked(page) == 'one', 15, 'one')
        one = watch(page, 'one')
        assert one['poll'] > one['websocket'] > 100
        bars = browser.script(BARS)
        assert all(abs(sum(width for _, width in bar['parts'])
                       - bar['width']) < 2 for bar in bars)
        page.stop()
        shown = shows(page)
        browser.click('#share')
        url = browser.script("return document.getElementById('link').value")
        browser.open('about:blank')
        browser.open(url)
        wait_until(lambda: page.state() == 'stopped', 10, 'the result')
        assert shows(page)['headline'] == shown['headline']
        for width in (320, 1280):
            browser.resize(width, 800)
            assert browser.script(WIDER) == [], width
        assert page.complaints() == []
    finally:
        browser.close()
