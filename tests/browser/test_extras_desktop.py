"""Notifications of the reader's system.  The browser's own are replaced: what
matters is when the page asks and what it shows."""
import pytest
from harness import wait_until

FAKE = '''
const [permission, answer] = arguments;

window.shown = [];
window.asked = 0;
window.Notification = class {
    static permission = permission;
    static requestPermission() {
        asked += 1;
        Notification.permission = answer;
        return Promise.resolve(answer);
    }
    constructor(title, options) {
        if (window.refuses) {
            throw new TypeError('Illegal constructor');
        }
        Object.assign(this, { title, ...options });
        shown.push(this);
    }
    close() { this.closed = true; }
};
'''
# The tab at which nobody looks lets the other one have its half second, however
# busy the machine is.
LATER = '''
const { setTimeout } = window;

window.isLater = true;
window.setTimeout = (act, time) => setTimeout(act,
    isLater && time === 500 ? 20000 : time);
'''
SHOWN = ('return shown.map(({ title, body, tag, closed }) =>'
         ' ({ title, body, tag, closed: Boolean(closed) }))')


@pytest.fixture
def reader(pages, room):
    """A function: the first reader, in the room with a browser that says
    this."""
    def begin(permission='default', answer='granted'):
        ann = pages[0]
        ann.wait_settled()
        ann.browser.script(FAKE, permission, answer)
        return ann
    yield begin
    pages[0].browser.script("localStorage.removeItem('chatws.notices');"
                            "localStorage.removeItem('chatws.notified')")


def choose(page, value):
    page.browser.script(
        "const select = room.getElementById('notice-desktop');"
        'select.value = arguments[0];'
        "select.dispatchEvent(new Event('change'))", value)


def chosen(page):
    return page.browser.script(
        "return room.getElementById('notice-desktop').value")


def bodies(page):
    return [note['body'] for note in page.browser.script(SHOWN)]


def choose_and_leave(page, value):
    choose(page, value)
    wait_until(lambda: f'"desktop":"{value}"' in (page.browser.script(
        "return localStorage.getItem('chatws.notices')") or ''), 20, 'kept')
    page.leave()


def test_all(pages, reader):
    ann, ben = reader(), pages[1]
    assert ann.browser.script('return asked') == 0
    assert chosen(ann) == 'never'
    ben.say('before')
    choose_and_leave(ann, 'all')
    assert ann.browser.script('return asked') == 1
    ben.say('hello <b>')
    wait_until(lambda: bodies(ann) == ['hello <b>'], 10, 'a notification')
    note = ann.browser.script(SHOWN)[0]
    assert ben.name() in note['title'] and 'test_all' in note['title']
    assert '/chat/test_all' in note['tag']
    ben.say('again')
    wait_until(lambda: bodies(ann) == ['hello <b>', 'again'], 10, 'another')
    # A click brings the reader to the message; so does coming back.
    ann.browser.script('window.focused = 0;'
                       'window.focus = () => { focused += 1; };'
                       'shown.at(-1).onclick()')
    assert ann.browser.script('return focused') == 1
    ann.come_back()
    assert ann.browser.script(SHOWN)[-1]['closed']
    # Who looks is not told, nor of own messages.
    ben.say('seen')
    ann.wait_texts('before', 'hello <b>', 'again', 'seen')
    ann.say('own')
    wait_until(lambda: ann.browser.script(
        "return JSON.parse(localStorage.getItem('chatws.notified'))"
        '.length') == 1, 20, 'taken')
    assert len(bodies(ann)) == 2


def test_only_when_named(pages, reader):
    ann, ben = reader(), pages[1]
    choose_and_leave(ann, 'named')
    ben.say('nobody')
    ben.say(f'hello @{ann.name()}!')
    wait_until(lambda: bodies(ann), 10, 'a notification')
    ben.say('nobody again')
    ann.wait_texts('nobody', f'hello @{ann.name()}!', 'nobody again')
    assert bodies(ann) == [f'hello @{ann.name()}!']


def test_a_browser_that_refuses(pages, reader):
    ann = reader(answer='denied')
    choose(ann, 'all')
    wait_until(lambda: 'does not let' in ann.browser.script(
        "return room.querySelector('.blocked').textContent"), 20, 'a sentence')
    assert chosen(ann) == 'never'


def test_a_phone_that_has_none(pages, reader):
    ann, ben = reader(), pages[1]
    ann.browser.script('window.refuses = true')
    choose_and_leave(ann, 'all')
    ben.say('hello')
    wait_until(lambda: chosen(ann) == 'never', 10, 'never')
    assert bodies(ann) == []


def test_one_of_two_tabs(pages, reader, room):
    """The one that the reader looks at takes it; else any one of them."""
    ann, ben = reader(), pages[1]
    choose_and_leave(ann, 'all')
    first = ann.browser.window()
    ann.browser.script(LATER)
    ann.browser.switch(ann.browser.new_window())
    try:
        ann.enter(room)
        ann.wait_settled()
        ann.browser.script(FAKE, 'granted', 'granted')
        ann.browser.script("dispatchEvent(new Event('storage'))")
        ann.come_back()
        ben.say('hello')
        ann.wait_texts('hello')
        wait_until(lambda: ann.browser.script(
            "return localStorage.getItem('chatws.notified')"), 10, 'taken')
        ann.leave()
        second = ann.browser.window()
        ann.browser.switch(first)
        ann.browser.script('isLater = false')
        ann.browser.switch(second)
        ben.say('elsewhere')
        ann.wait_texts('hello', 'elsewhere')

        def both():
            ann.browser.switch(first)
            texts = bodies(ann)
            ann.browser.switch(second)
            return texts + bodies(ann)
        wait_until(lambda: 'elsewhere' in both(), 10, 'one of them')
        ben.say('the last')
        wait_until(lambda: 'the last' in both(), 10, 'one of them')
        assert both().count('elsewhere') == 1
        assert 'hello' not in both()
        ann.browser.close_window()
    finally:
        ann.browser.switch(first)


# In the frame: tells its page whether there is a choice, when it can.
REPORT = '''
const timer = setInterval(() => {
    const room = document.querySelector('chat-room').shadowRoot;

    if (room?.getElementById('notice-sound')) {
        clearInterval(timer);
        parent.postMessage(room.getElementById('notice-desktop') !== null,
            '*');
    }
}, 100);
'''


def test_a_sandboxed_frame_has_no_choice(pages, server, room):
    """Nor one of another site, and nothing fails."""
    browser = pages[0].browser
    server.write_files({'frame.html': '''<!doctype html><title>Host</title>
<link rel="icon" href="/chat/_chatws/icon.svg">
<script>
window.told = [];
addEventListener('message', ({ data }) => told.push(data));
</script>
<iframe sandbox="allow-scripts" src="inner.html"></iframe>''',
                        'inner.html': f'''<!doctype html><title>Inner</title>
<script type="module" src="/chat/_chatws/chat-room.js"></script>
<chat-room src="{room}"></chat-room>
<script>{REPORT}</script>'''})
    browser.open(f'http://{server.host()}/frame.html')
    wait_until(lambda: browser.script('return told'), 10, 'the room')
    assert browser.script('return told') == [False]
    browser.open('about:blank')
    browser.log()
