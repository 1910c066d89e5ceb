"""The chat page as its reader sees it, on top of a Browser.  Used by the
tests of this folder."""
import copy
import json
import re

from harness import wait_until
from patience import PATIENT
from webdriver import ENTER

# A port that no browser ever connects to: it fails at once.
NOWHERE = 'ws://127.0.0.1:9/'

# Runs in every page before its own scripts: it keeps the page's sockets and
# what was sent, by whatever transport, and can play a network that is down or
# swallows everything.
SPY = PATIENT + '''
(() => {
    const Real = WebSocket;
    const realFetch = fetch;

    /* Only the tests of that are asked for a name; and the network that the
     * test before took away says nothing about this one. */
    try {
        localStorage.setItem('chatws.asked', '1');
        Object.keys(sessionStorage).filter((key) => key.includes('blocked'))
            .forEach((key) => sessionStorage.removeItem(key));
    } catch {
        /* A page without storage. */
    }

    window.spy = { sockets: [], urls: [], sent: [], detour: '',
        violations: [] };
    addEventListener('securitypolicyviolation',
        (event) => spy.violations.push(event.effectiveDirective));
    window.fetch = (address, options) => {
        if (spy.detour) {
            return Promise.reject(new TypeError('no network'));
        }
        if (options?.method === 'POST') {
            spy.sent.push(JSON.parse(options.body));
        }
        return realFetch(address, options);
    };
    window.WebSocket = class extends Real {
        constructor(url, protocols) {
            super(spy.detour || url, protocols);
            spy.sockets.push(this);
            spy.urls.push(url);
            this.addEventListener('message', (event) => {
                if (this.swallows) {
                    event.stopImmediatePropagation();
                }
            });
        }

        send(data) {
            spy.sent.push(JSON.parse(data));
            if (!this.swallows) {
                super.send(data);
            }
        }
    };
})();
'''

MESSAGES = '''
return Array.from(room.querySelectorAll('#list .message'), (item) => ({
    name: item.querySelector('.name').textContent,
    /* None while it is being edited. */
    text: item.querySelector('.text')?.textContent ?? null,
    time: item.querySelector('time').textContent,
    moment: Date.parse(item.querySelector('time').dateTime) / 1000,
    own: item.classList.contains('own'),
}));
'''

# Only what a page sees of it: a browser without windows has nothing to hide.
AWAY = '''
const dispatch = (away) => {
    Object.defineProperty(document, 'hidden',
        { configurable: true, get: () => away });
    Object.defineProperty(document, 'visibilityState',
        { configurable: true, get: () => (away ? 'hidden' : 'visible') });
    document.hasFocus = () => !away;
    document.dispatchEvent(new Event('visibilitychange'));
    dispatchEvent(new Event(away ? 'blur' : 'focus'));
};
'''


class Page:
    """One person in one room."""

    def __init__(self, browser):
        self.browser = browser
        browser.add_script(SPY)

    def leave(self):
        """Another window hides this page, as far as the page can tell."""
        self.browser.script(AWAY + "dispatch(true)")

    def come_back(self):
        self.browser.script(AWAY + "dispatch(false)")

    def part(self, room_is):
        """The same page, with another of its rooms."""
        other = copy.copy(self)
        other.browser = copy.copy(self.browser)
        other.browser.room_is = room_is
        return other

    def enter(self, url):
        """Opens a room and waits until it is connected."""
        self.browser.log()
        self.browser.open(url)
        self.wait_state('online')
        return self

    def state(self):
        """That of the connection, or '' while nothing is shown yet."""
        return self.browser.script(
            "const shown = room.getElementById('room');"
            "return shown && !shown.hidden ? shown.dataset.state : '';")

    def wait_state(self, state, seconds=20):
        wait_until(lambda: self.state() == state, seconds, f'state {state}')

    def wait_settled(self):
        """Until the history is there and the log is read aloud."""
        wait_until(lambda: self.live() == 'polite', 20, 'armed live region')

    def wait_count(self, count=2):
        """Until the server has told of so many people. It tells a second
        after they came: what a test lets receive() tell of them would be
        mixed with that."""
        wait_until(lambda: self.browser.texts('#count') == [str(count)], 20,
                   f'{count} people')

    def live(self):
        return self.browser.script(
            "return room.getElementById('log').ariaLive")

    def write(self, text):
        """Puts a text into the composer and presses Enter."""
        self.browser.fill('#text', text)
        self.browser.type('#text', ENTER)

    def say(self, text):
        """Writes a text and waits until the room has it."""
        count = len(self.texts())
        self.write(text)
        wait_until(lambda: len(self.texts()) > count
                   and not self.pending(), 20, 'own message')

    def messages(self):
        """What is shown, as dicts: name, text, time, moment, own."""
        return self.browser.script(MESSAGES)

    def texts(self):
        return [message['text'] for message in self.messages()]

    def wait_texts(self, *texts, seconds=20):
        """Until exactly these texts are shown, in this order."""
        try:
            wait_until(lambda: self.texts() == list(texts), seconds, 'texts')
        except AssertionError:
            assert self.texts() == list(texts)

    def pending(self):
        return self.browser.texts('#pending .text')

    def wait_alert(self, words):
        wait_until(lambda: words in self.browser.text('#alert'), 20,
                   f'alert {words!r}')

    def name(self):
        return self.browser.texts('#my-name')[0]

    def rename(self, name):
        """Asks for another name in the dialog; does not wait."""
        self.browser.click('#me')
        self.browser.fill('#rename-name', name)
        self.browser.click('#rename-form .primary')

    def urls(self):
        """The addresses of the sockets that the page has opened."""
        return self.browser.script('return spy.urls')

    def sent(self, text):
        """How often a message with this text was sent."""
        return sum(command.get('text') == text for command in
                   self.browser.script('return spy.sent'))

    def commands(self, kind):
        """The commands of one type that were sent."""
        return [command for command in self.browser.script('return spy.sent')
                if command['type'] == kind]

    def receive(self, **event):
        """Plays an event of the server."""
        self.browser.script(
            'spy.sockets.at(-1).dispatchEvent('
            "new MessageEvent('message', { data: arguments[0] }));",
            json.dumps(event))

    def cut(self, detour=NOWHERE):
        """The network goes down for this page; new sockets go elsewhere."""
        self.browser.script('spy.detour = arguments[0];'
                            'spy.sockets.at(-1).close();', detour)
        self.wait_state('waiting')

    def mend(self):
        """The network is back, and the browser says so: again, if it did so
        while an attempt was under way that failed.  Then the page may have
        gone on by a stream; until it is back on a WebSocket."""
        self.browser.script("spy.detour = ''")
        wait_until(lambda: self.browser.script(
            "const { transport } = room.host.chat;"
            "if (transport !== 'websocket') {"
            "    dispatchEvent(new Event('online'));"
            '}'
            "return transport === 'websocket';"), 20, 'a WebSocket')
        self.wait_state('online')

    def violations(self):
        """What the page did against its content security policy."""
        return self.browser.script('return spy.violations')

    def complaints(self):
        """Lines of the console but those about sockets that failed, and what
        WebKit says of a stream of the page that ends with it."""
        return [line['message'] for line in self.browser.log()
                if not re.search('WebSocket |ws://|^Fetch API cannot load .*'
                                 ' due to access control checks',
                                 line['message'])]
