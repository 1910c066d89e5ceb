"""The list of a room whose past is in an archive: older messages come when the
reader scrolls up, and a link leads to one however old."""
import sqlite3

import pytest

from archive_page import ASKED, CONFIG, COUNT, DOWN, FILES
from harness import Httpd, say, wait_until
from log_page import Log, fill
from order_page import Order
from page import Page
from webdriver import ENTER

TARGET = "return room.querySelector('.target .text')?.textContent ?? null"
SHOW = ("document.querySelector('chat-room').show(arguments[0])"
        '.then((is) => { window.there = is; });')
MISSING = 'Some messages are missing here.'
# The texts of the messages above and below each remark.
AROUND_REMARKS = '''
const next = (item, step) => {
    let at = item[step];

    while (at && !at.classList.contains('message')) {
        at = at[step];
    }
    return at?.querySelector('.text').textContent ?? null;
};

return Array.from(room.querySelectorAll('#list .note'), (item) =>
    [next(item, 'previousElementSibling'), item.textContent,
        next(item, 'nextElementSibling')]);
'''
# Towards where something is missing, to and fro, until it is told.
SEEK = '''
const log = room.getElementById('log');
const step = arguments[0];

clearInterval(window.seeking);
window.seeking = setInterval(() => {
    const note = room.querySelector('#list .note');

    if (note) {
        note.scrollIntoView({ block: 'center' });
        log.dispatchEvent(new Event('scroll'));
    }
    else {
        log.scrollTop += step;
    }
}, 50);
'''


@pytest.fixture(scope='module')
def archive(driver):
    with Httpd(config=CONFIG, files=FILES) as running:
        fill(running, 'old', COUNT)
        fill(running, 'some', 300)
        yield running
        running.check_log()


@pytest.fixture
def reader(engines, driver):
    page = engines.reader(driver.engine, 'first', Page)
    page.browser.resize(1280, 800)
    yield page
    assert page.complaints() == []
    page.browser.open('about:blank')


def enter(reader, archive, path):
    reader.browser.open('about:blank')
    reader.enter(f'http://{archive.host()}{path}')
    reader.wait_settled()
    reader.browser.script(ASKED)
    return Log(reader)


def id_of(archive, name, number):
    """That of a message, by its text."""
    told = archive.get(f'/chat/{name}?search={number}&limit=200').json()
    while True:
        for event in told['events']:
            if event['text'] == str(number):
                return event['id']
        told = archive.get(f'/chat/{name}?search={number}&limit=200'
                           f'&before={told["cursor"]}').json()


def asked(reader):
    return reader.browser.script('return asked')


@pytest.mark.engines(long=True)
def test_scrolling_up_goes_on(reader, archive):
    log = enter(reader, archive, '/chat/some')
    log.wait_last('299')
    log.wait_first('0')
    wait_until(lambda: log.texts()[:3] == ['0', '1', '2'], 20, 'the beginning')
    assert len(set(log.ids())) == len(log.ids())
    count = len(asked(reader))
    assert count <= 3                           # pages of a hundred
    reader.browser.click('#jump')
    log.wait_last('299')
    log.wait_first('0')
    assert len(asked(reader)) == count          # there is nothing older


def walk_down(reader, log):
    """The texts of all messages from here to the end."""
    reader.browser.script(DOWN)
    wait_until(lambda: reader.browser.script('return down.done'), 600, 'down')
    assert reader.browser.script('return down.wrong') == 0
    return reader.browser.script('return down.ids.size')


@pytest.mark.engines(long=True)
def test_a_link_to_the_distant_past(reader, archive):
    """Two requests, however far it is; and what is in between comes when the
    reader gets there, from either side."""
    told = id_of(archive, 'old', 205)
    log = enter(reader, archive, f'/chat/old#{told}')
    wait_until(lambda: log.script(TARGET) == '205', 20, 'it is marked')
    wait_until(lambda: 0 < log.place('205') < 1, 20, 'it is seen')
    assert log.texts()[-1] != str(COUNT - 1)
    reader.browser.click('#jump')
    log.wait_last(str(COUNT - 1))
    wait_until(lambda: log.distance() < 2, 20, 'the end')
    assert len(log.texts()) < 400
    log.wait_first('0')
    assert walk_down(reader, log) == COUNT
    log.wait_last(str(COUNT - 1))
    assert reader.browser.count('#list .note') == 0


def test_from_the_past_down(reader, archive):
    log = enter(reader, archive, '/host-part.html?old&20')
    log.wait_last(str(COUNT - 1))
    reader.browser.script(SHOW, id_of(archive, 'old', 1001))
    wait_until(lambda: log.script(TARGET) == '1001', 20, 'it is marked')
    assert [query.split('=')[0] for query in asked(reader)
            if 'limit=100' not in query] == ['?before', '?after']
    assert walk_down(reader, log) >= COUNT - 1001
    log.wait_last(str(COUNT - 1))
    assert reader.browser.count('#list .note') == 0


def test_from_place_to_place(reader, archive):
    """The piece of the past gives way to another one, unless they meet."""
    log = enter(reader, archive, '/host-part.html?old&20')
    log.wait_last(str(COUNT - 1))
    for number in (1203, 202, 240, 1500, 2590, 203, 1500):
        told = id_of(archive, 'old', number)
        reader.browser.script('window.there = null;' + SHOW, told)
        wait_until(lambda: reader.browser.script('return there'), 20,
                   'it is there')
        assert log.script(TARGET) == str(number)
        assert 0 < log.place(str(number)) < 1
        texts = [int(text) for text in log.texts()]
        assert texts == sorted(texts)
    reader.browser.script('window.there = null;' + SHOW, '1-1')
    wait_until(lambda: reader.browser.script('return there') is False, 20,
               'it is not there')
    assert log.script(TARGET) == '1500'
    log.wait_first('0')
    assert walk_down(reader, log) == COUNT


def lose(archive, name, number):
    """That message and all before it, as ChatArchiveKeep or a crash does."""
    place = [int(part) for part in id_of(archive, name, number).split('-')]
    database = sqlite3.connect(archive.root / 'data' / 'chat.db', 20)
    with database:
        changed = database.execute(
            'UPDATE chatws_rooms SET complete_ms = ?, complete_n = ?'
            ' WHERE name LIKE ?', [*place, f'%/{name}'])
        assert changed.rowcount == 1
    database.close()


@pytest.mark.parametrize('step', (400, -400))
def test_what_is_gone_is_said_to_be_missing(reader, archive, step):
    """While the reader was in the past, what came after that went: no list
    without a hole is made of it, from neither side."""
    name = f'holes{step}'
    fill(archive, name, 1500)
    log = enter(reader, archive, f'/host-part.html?{name}&20')
    log.wait_last('1499')
    reader.browser.script(SHOW, id_of(archive, name, 205))
    wait_until(lambda: log.script(TARGET) == '205', 20, 'it is marked')
    lose(archive, name, 1300)
    if step < 0:
        reader.browser.click('#jump')
        log.wait_last('1499')
    reader.browser.script(SEEK, step)
    wait_until(lambda: log.script(AROUND_REMARKS)
               == [['1205', MISSING, '1301']], 30, 'the remark')
    reader.browser.script('clearInterval(seeking)')
    texts = [int(text) for text in log.texts()]
    assert texts == sorted(set(texts))
    count = len(asked(reader))
    log.wait_first('156')               # of the piece; nothing is before it
    wait_until(lambda: len(asked(reader)) > count, 20, 'older ones')
    log.wait_frames()
    assert log.texts()[0] == '156'
    reader.browser.click('#jump')
    log.wait_last('1499')


def test_what_is_read_stays_while_the_past_comes_in(reader, archive):
    """Also at the seam, and also what has the focus."""
    log = enter(reader, archive, '/host-part.html?old&20')
    log.wait_last(str(COUNT - 1))
    reader.browser.script(SHOW, id_of(archive, 'old', 205))
    wait_until(lambda: log.script(TARGET) == '205', 20, 'it is marked')
    focused = "return room.activeElement?.closest('li')?.dataset.id"
    assert reader.browser.script(focused) == id_of(archive, 'old', 205)
    moved, most = log.walk(500, 30)
    assert moved <= 1.5 and most < 500
    reader.browser.click('#jump')
    log.wait_last(str(COUNT - 1))
    moved, most = log.walk(500, 60)
    assert moved <= 1.5 and most < 500


def test_news_while_the_reader_is_in_the_past(reader, archive):
    name = 'news'
    fill(archive, name, 1400)
    log = enter(reader, archive, f'/chat/{name}')
    log.wait_last('1399')
    reader.browser.script(SHOW, id_of(archive, name, 203))
    wait_until(lambda: log.script(TARGET) == '203', 20, 'it is marked')
    place = log.place('203')
    fill(archive, name, 1403, start=1400)
    wait_until(lambda: reader.browser.text('#jump') == '3 new messages', 20,
               'how many')
    assert abs(log.place('203') - place) < 0.01
    reader.browser.click('#jump')
    log.wait_last('1402')
    assert log.texts()[-4:] == ['1399', '1400', '1401', '1402']


def test_a_room_that_keeps_nothing_itself(reader, archive):
    """What was said is there all the same."""
    say(archive, '/gone/room', 'yesterday')
    reader.browser.open('about:blank')
    reader.enter(f'http://{archive.host()}/gone/room')
    wait_until(lambda: reader.texts() == ['yesterday'], 20, 'it is there')
    assert reader.browser.count('#empty[hidden]') == 1


def test_nothing_was_ever_said(reader, archive):
    reader.browser.open('about:blank')
    reader.enter(f'http://{archive.host()}/gone/nothing')
    wait_until(lambda: reader.browser.count('#empty:not([hidden])') == 1, 20,
               'it is said')


def test_the_archive_is_away(reader, archive):
    """What is missing comes when it can be had again."""
    log = enter(reader, archive, '/host-part.html?old&20')
    log.wait_last(str(COUNT - 1))
    told = id_of(archive, 'old', 206)
    reader.browser.script("spy.detour = 'ws://127.0.0.1:9/';" + SHOW, told)
    wait_until(lambda: reader.browser.script('return window.there') is False,
               20, 'an answer')
    wait_until(lambda: reader.browser.texts('#list .note')
               == ['There is no connection at the moment.'], 20, 'the note')
    reader.browser.script("spy.detour = '';" + SHOW, told)
    wait_until(lambda: log.script(TARGET) == '206', 20, 'it is marked')


def test_an_old_message_is_changed(reader, archive):
    """One that only the archive has: its author edits and deletes it."""
    enter(reader, archive, '/chat/changed')
    for text in ('mine', 'also mine'):
        reader.say(text)
    fill(archive, 'changed', 60)            # twice what the room keeps
    first, second = (one['id'] for one in archive.get(
        '/chat/changed?before=999999999999999-0&limit=62'
        ).json()['events'][:2])
    log = enter(reader, archive, f'/chat/changed#{first}')
    wait_until(lambda: log.script(TARGET) == 'mine', 20, 'it is marked')
    order = Order(reader)
    order.choose(first, 'Edit')
    reader.browser.fill('.editor textarea', 'changed')
    reader.browser.press(ENTER)
    wait_until(lambda: log.script(TARGET) == 'changed', 20, 'edited')
    order.choose(second, 'Delete')
    told = f'/chat/changed?before={second[:-1]}9&limit=2'
    wait_until(lambda: [one['text'] for one in archive.get(told).json()
                        ['events']] == ['changed', ''], 30, 'both')
    wait_until(lambda: log.texts()[:2] == ['changed', 'Deleted message'], 20,
               'in the list')
