"""A page that has nothing but chatws.js, on top of a Browser, and tabs of one.
Used by the tests of the client."""
import copy

from harness import wait_until
from patience import PATIENT

CONFIG = '''
ChatDrain 1s
<Location "/chat">
    Chat rooms
    ChatRate 500/s 500
    ChatOrigin any
</Location>
<Location "/chat/short">
    ChatHistory 3 1h
</Location>
<Location "/slow">
    Chat rooms
    ChatRate 10/s 2
</Location>
<Location "/kept">
    Chat rooms
    ChatRate 500/s 500
    ChatModerators user Mod
    <If "%{HTTP_COOKIE} =~ /moderator=1/">
        ChatUser Mod
    </If>
</Location>
<Location "/kept/unseen">
    ChatPresence off
</Location>
<Location "/closed">
    Chat rooms
    ChatGuests off
</Location>
'''

# Below the document root.
FILES = {'client.html': '''<!doctype html>
<title>client</title>
<script type="module" src="client.js"></script>
''', 'client.js': PATIENT + '''
import { connect } from '/chat/_chatws/chatws.js';

window.told = { messages: [], events: [], states: [], times: {} };

window.join = (room, options) => {
    const started = performance.now();

    window.chat = connect(room, {
        ...options,
        onMessage: (message) => told.messages.push(message),
        onEvent: (event) => told.events.push(event),
        onState: (state) => {
            told.states.push(state);
            told.times[state] ??= performance.now() - started;
        },
    });
};
'''}

# A room in a worker, which has no document.
FILES['worker.js'] = PATIENT + '''
import { connect } from '/chat/_chatws/chatws.js';

const join = (port) => {
    const tell = (told) => port.postMessage(told);

    port.onmessage = ({ data: [room, options] }) => {
        const chat = connect(room, { ...options,
            onMessage: ({ text, own }) => tell({ text, own }),
            onState: (state) => tell({ state, transport: chat.transport,
                id: chat.you?.id }) });
        port.onmessage = ({ data }) => chat.send(data);
    };
};

globalThis.onconnect = ({ ports }) => join(ports[0]);
if (globalThis.DedicatedWorkerGlobalScope) {
    join(globalThis);
}
'''

OUTCOME = '''
return chat[arguments[0]](...arguments[1]).catch(
    ({ code, text, for: time, retry, status }) =>
        ({ code, text, for: time, retry, status }));
'''

# What a page sees of being hidden. A tab is also hidden while another one of its
# browser is driven.
SHOW = '''
Object.defineProperty(document, 'visibilityState',
    { configurable: true, get: () => arguments[0] });
document.dispatchEvent(new Event('visibilitychange'));
'''


class Client:
    """One tab of a browser, on the site that answers as `host`."""

    scheme = 'http'
    hasty = ()                  # what is not waited for longer, see patience.py

    def __init__(self, browser, host, handle=None):
        self.browser = browser
        self.host = host
        self._handle = handle or browser.window()

    def _script(self, source, *arguments):
        self.browser.switch(self._handle)
        return self.browser.script(source, *arguments)

    def tab(self):
        """Another tab of the same browser, empty."""
        other = Client(self.browser, self.host, self.browser.new_window())
        other.hasty = self.hasty
        return other

    def close_tab(self):
        self.browser.switch(self._handle)
        self.browser.close_window()

    def load(self, host=None):
        """The page, without a chat yet."""
        self.browser.switch(self._handle)
        self.browser.open(f'{self.scheme}://{host or self.host}/client.html')
        wait_until(lambda: self._script('return Boolean(window.join)'), 20,
                   'the page has loaded its script')
        self._script('hasty.push(...arguments)', *self.hasty)
        return self

    def join(self, room, **options):
        """Calls connect()."""
        self._script('join(...arguments)', room, options)
        return self

    def enter(self, room, **options):
        """Loads the page and waits until it is connected."""
        self.load().join(room, **options)
        self.wait_state('online')
        return self

    def forget(self):
        """As in a tab that was never here."""
        self.load()
        self._script('sessionStorage.clear()')

    def end(self):
        self.browser.switch(self._handle)
        self.browser.open('about:blank')

    def run(self, source):
        """Some JavaScript in the page, before or beside the chat."""
        return self._script(source)

    def call(self, name, *arguments):
        """A method of the chat."""
        return self._script('return chat[arguments[0]](...arguments[1])',
                            name, arguments)

    def get(self, name):
        """A property of the chat."""
        return self._script('return chat[arguments[0]]', name)

    def events(self, kind):
        return self._script('return told.events.filter(({ type }) =>'
                            ' type === arguments[0])', kind)

    def states(self):
        return self._script('return told.states')

    def time_to(self, state):
        """Seconds from connect() to the first time of a state."""
        return self._script('return told.times[arguments[0]]', state) / 1000

    def messages(self):
        return self._script('return told.messages')

    def texts(self):
        return [message['text'] for message in self.messages()]

    def wait_state(self, state, seconds=20):
        wait_until(lambda: self.get('state') == state, seconds,
                   f'state {state}')

    def wait_transport(self, transport, seconds=20):
        wait_until(lambda: self.get('transport') == transport, seconds,
                   f'transport {transport}')

    def wait_texts(self, *texts, seconds=20):
        """Until exactly these have come, in this order."""
        try:
            wait_until(lambda: self.texts() == list(texts), seconds, 'texts')
        except AssertionError:
            assert self.texts() == list(texts), \
                (self.get('transport'), self.states())

    def outcome(self, name, *arguments):
        """What becomes of a command: a dict, with a `code` if it failed."""
        return self._script(OUTCOME, name, arguments)

    def show(self, is_shown=True):
        """The reader looks at this tab, or away from it."""
        self._script(SHOW, 'visible' if is_shown else 'hidden')

    def wake(self):
        """The browser says that the network is back."""
        self._script("dispatchEvent(new Event('online'))")
