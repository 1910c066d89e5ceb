"""Who is here and who is typing, as the other page shows it."""
import pytest
from harness import wait_until
from webdriver import ENTER, ESCAPE

pytestmark = pytest.mark.engines(long=True)


def people(page):
    """The names of the list, sorted."""
    return sorted(page.browser.texts('#people-list .person'))


def wait_people(page, *names, seconds=10):
    try:
        wait_until(lambda: people(page) == sorted(names), seconds, 'people')
    except AssertionError:
        assert people(page) == sorted(names)
    number = str(len(names))
    assert page.browser.script(
        "return room.getElementById('count').textContent") == number
    assert number in page.browser.script(
        "return room.getElementById('people').textContent")


def is_open(page):
    return page.browser.script(
        "return room.getElementById('members').open")


def typing(page):
    return page.browser.script(
        "const line = room.getElementById('typing');"
        "return line.hidden ? '' : line.textContent.replace(/[\\u2068\\u2069]/g,"
        " '')")


def test_members_come_are_renamed_and_go(pages, room):
    ann, ben = pages
    wait_people(ann, ann.name(), ben.name())
    wait_people(ben, ann.name(), ben.name())
    old = ben.name()
    ben.rename('Benedikt')
    wait_people(ann, ann.name(), 'Benedikt')
    wait_until(lambda: f'{old} is now Benedikt' in ann.browser.text('#list'),
               10, 'the remark')
    ben.enter(room)
    wait_people(ben, ann.name(), 'Benedikt')
    ben.browser.open('about:blank')
    wait_people(ann, ann.name(), seconds=15)
    assert ann.browser.count('#list .note') == 1
    ben.enter(room)
    wait_people(ann, ann.name(), ben.name())


def test_the_list_opens_and_closes(pages):
    ann, ben = pages
    wait_people(ann, ann.name(), ben.name())
    assert not is_open(ann)
    ann.browser.type('#members summary', ENTER)
    wait_until(lambda: is_open(ann), 5, 'open')
    assert ben.name() in ann.browser.text('#people-list')
    ann.browser.type('#members summary', ESCAPE)
    wait_until(lambda: not is_open(ann), 5, 'closed')
    assert ann.browser.script('return room.activeElement.matches('
                              "'#members summary')")
    ann.browser.click('#members summary')
    ann.browser.click('#log')
    wait_until(lambda: not is_open(ann), 5, 'closed by a click elsewhere')


def test_a_room_that_grows_too_large_and_shrinks(pages):
    ann, ben = pages
    wait_people(ann, ann.name(), ben.name())
    ann.receive(type='presence', count=12345)
    assert people(ann) == []
    assert ann.browser.text('#count').lower() == '12k'
    ann.receive(type='presence', count=12346)
    one = {'id': 'u-One', 'name': 'One'}
    ann.receive(type='presence', count=1, list=[one])
    wait_people(ann, 'One')


def test_typing_is_shown_to_the_other(pages):
    ann, ben = pages
    wait_people(ann, ann.name(), ben.name())
    # It is told once in three seconds, which are not over.
    ann.browser.script('const now = performance.now();'
                       'performance.now = () => now;')
    ann.browser.type('#text', 'Hel')
    wait_until(lambda: typing(ben) == f'{ann.name()} is typing…', 5, 'typing')
    assert typing(ann) == ''
    ann.browser.type('#text', 'lo')
    assert len(ann.commands('typing')) == 1
    ann.browser.type('#text', ENTER)
    ben.wait_texts('Hello')
    wait_until(lambda: typing(ben) == '', 5, 'the message is there')


def test_typing_ends_by_itself(pages, chinese):
    ann, ben = pages
    names = [ann.name(), ben.name(),
             chinese.name().replace('访客', 'guest')]
    shown = [name.replace('guest', '访客') for name in names]
    wait_people(ann, *names)
    wait_people(chinese, *shown)
    ann.browser.type('#text', 'never sent')
    wait_until(lambda: typing(chinese) == f'{shown[0]} 正在输入…', 5, 'typing')
    def both():
        for page in (ann, ben):         # each is shown for four seconds
            page.browser.type('#text', '…')
        return '、' in typing(chinese)
    wait_until(both, 3, 'both')
    wait_until(lambda: typing(chinese) == '', 8, 'over')
    ann.browser.fill('#text', '')


def test_alone_nobody_is_told(pages, room):
    ann, _ = pages
    ann.enter(room + '-alone')
    ann.browser.type('#text', 'x')
    ann.say('to myself')
    assert ann.commands('typing') == []


def test_a_refused_typing_is_not_shown(pages):
    ann, ben = pages
    wait_people(ann, ann.name(), ben.name())
    ann.receive(type='error', code='read_only', text='x', ref='typing')
    ann.browser.fill('#text', 'x')
    assert ann.browser.text('#alert') == ''
    assert ann.commands('typing') == []


def test_back_to_a_page_that_was_left(pages, server):
    ann, ben = pages
    wait_people(ann, ann.name(), ben.name())
    ben.browser.open(f'http://{server.host()}/chat/')
    ben.browser.script('history.back()')
    ben.wait_state('online')
    wait_people(ben, ann.name(), ben.name())
    ann.say('still here?')
    ben.wait_texts('still here?')


def test_the_list_changes_under_the_keyboard(pages):
    """Who is at the button of somebody stays there when others come."""
    ann, ben = pages
    wait_people(ann, ann.name(), ben.name())
    ann.browser.click('#members summary')
    ann.browser.script("room.querySelector('#people-list button').focus()")
    focused = ('const { activeElement } = room;'
               'return activeElement?.closest("li")?.textContent'
               ' ?? activeElement?.localName ?? "";')
    assert ben.name() in ann.browser.script(focused)
    ann.receive(type='presence', count=3,
                joined=[{'id': 'g-1', 'name': 'Aaron', 'guest': True}])
    wait_people(ann, ann.name(), 'Aaron', ben.name())
    assert ben.name() in ann.browser.script(focused)
    # Who is gone leaves the reader at the list.
    ben_id = ann.browser.script(
        "return room.activeElement.closest('li').dataset.id")
    ann.receive(type='presence', count=2,
                left=[{'id': ben_id, 'name': ben.name(), 'guest': True}])
    wait_people(ann, ann.name(), 'Aaron')
    assert ann.browser.script(focused) == 'summary'
