"""A browser that runs no scripts: the room as a form and a frame."""
import pytest
from harness import wait_until
from webdriver import ENTER

pytestmark = pytest.mark.engines(long=True)

TEXTS = '''
return Array.from(document.querySelector('iframe')?.contentDocument
    ?.querySelectorAll('.text') ?? [], (text) => text.textContent);
'''
BOTTOM = '''
const frame = document.querySelector('iframe')?.contentDocument;
const last = frame?.querySelector('li:last-child')?.getBoundingClientRect();
return last && last.bottom <= frame.defaultView.innerHeight + 1
    && last.top >= 0;
'''
HOSTILE = '<script>window.hacked = 1</script><img src=x onerror=alert(1)>'


@pytest.fixture
def browser(driver):
    found = driver.browser()
    found.set_scripts(False)
    yield found
    lines = found.log()
    found.close()
    assert [line for line in lines if line['level'] == 'SEVERE'] == []


def texts(browser):
    """None while a page, or its frame, is loading."""
    return browser.script(TEXTS) or []


def test_a_room_without_scripts(browser, server, room):
    browser.open(room)
    wait_until(lambda: browser.url == f'{room}?plain', 10, 'the plain page')
    for text in ('hello', HOSTILE):
        browser.type('#text', text + ENTER)
        wait_until(lambda wanted=text: wanted in texts(browser), 15, text)
        assert browser.url == f'{room}?plain'
    assert texts(browser) == ['hello', HOSTILE]
    assert browser.script('return window.hacked') is None
    assert not browser.has_dialog()


def test_the_frame_shows_what_is_new(browser, server, room):
    browser.open(f'{room}?plain')
    path = room.removeprefix(f'http://{server.host()}')
    for i in range(40):
        server.post(path, f'line {i}', 'text/plain')
    wait_until(lambda: 'line 39' in texts(browser), 20, 'the newest')
    wait_until(lambda: browser.script(BOTTOM), 10, 'the newest is in sight')
