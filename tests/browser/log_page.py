"""A room with a long history, and what a reader does with its list.  Used by
the tests test_log_*.py."""
import http.client
import json

from harness import wait_until

CONFIG = '''
<LocationMatch "^/host-">
    Header always set Content-Security-Policy "default-src 'self'"
</LocationMatch>
<Location "/chat">
    Chat rooms
    ChatRate off
    ChatHistory 5000 1d
</Location>
'''
# A room that begins with the newest messages only.
FILES = {'host-part.html': '''<!doctype html>
<meta charset="utf-8">
<title>part</title>
<link rel="icon" href="/chat/_chatws/icon.svg">
<script type="module" src="/chat/_chatws/chat-room.js"></script>
<script src="host-part.js" defer></script>
<link rel="stylesheet" href="host-part.css">
<chat-room></chat-room>
<p>after</p>
''', 'host-part.css': 'chat-room { height: 600px; }', 'host-part.js': '''
const [name, history] = location.search.slice(1).split('&');
const room = document.querySelector('chat-room');

room.setAttribute('history', history);
room.setAttribute('src', `/chat/${name}`);
'''}
IDS = '''
return Array.from(room.querySelectorAll('#list .message'),
    (item) => item.dataset.id);
'''
# Looks at one message after the other in the middle of the log while it
# scrolls; the greatest distance that one moved by itself is in `moved`.  Where
# some are missing just above it waits for them: whoever goes on, over the line
# that says so, sees that the other side stays.
WALK = '''
const [step, steps] = arguments;
const log = room.getElementById('log');
const frame = () => new Promise((go) => {
    requestAnimationFrame(() => requestAnimationFrame(go));
});
const top = (item) => item.getBoundingClientRect().top;
const middle = () => Array.from(room.querySelectorAll('#list .message'))
    .find((item) => item.offsetParent
        && top(item) > top(log) + log.clientHeight / 2);

const isAtHole = () => Array.from(room.querySelectorAll('#list .note'))
    .some((note) => note.textContent.startsWith('Loading')
        && top(note) > top(log) - 2 * step);

window.walk = { moved: 0, most: 0, done: false };
(async () => {
    for (let count = 0; count < steps && log.scrollTop > 0; count += 1) {
        for (let nudge = 2; isAtHole(); nudge = -nudge) {
            log.scrollTop -= nudge;
            await frame();
        }
        const item = middle();
        const before = top(item) + log.scrollTop;
        const from = top(item);

        log.scrollTop -= step;
        const wanted = from + (before - top(item) - log.scrollTop)
            + (top(item) - from);

        log.dispatchEvent(new Event('scroll'));     // a reader's comes earlier
        await frame();
        const now = item.isConnected ? item : Array.from(
            room.querySelectorAll('#list .message'))
            .find((one) => one.dataset.id === item.dataset.id);

        walk.moved = Math.max(walk.moved, Math.abs(top(now) - wanted));
        walk.most = Math.max(walk.most,
            room.querySelectorAll('#list > *').length);
    }
    walk.done = true;
})();
'''
# The server's events come to the page one after the other, the first dozen in a
# frame each (SLOWLY), or so that they take longer than a history does (LATE).
SLOWLY = '''
{
    const Real = WebSocket;

    window.WebSocket = class extends Real {
        set onmessage(act) {
            let count = 0;
            let last = Promise.resolve();
            const pause = () => (++count > 20 ? null
                : new Promise(requestAnimationFrame));

            super.onmessage = (event) => {
                last = last.then(pause).then(() => act(event));
            };
        }
    };
}
'''
LATE = SLOWLY.replace('requestAnimationFrame',
                      '(go) => setTimeout(go, 100)')
HOME = '''
window.home ??= setInterval(() => {
    const log = room.getElementById('log');

    log.scrollTop = 0;
    log.dispatchEvent(new WheelEvent('wheel', { deltaY: -9 }));
}, 20);
'''


def fill(server, name, count, people=3, start=0):
    """Writes messages '0', '1', … into a room; each person says three in a
    row."""
    connection = http.client.HTTPConnection(server.host())
    for number in range(start, count):
        key = f'{number // 3 % people:032x}'
        connection.request('POST', f'/chat/{name}', json.dumps(
            {'type': 'message', 'text': str(number)}),
            {'Content-Type': 'application/json', 'X-Chatws-Key': key})
        answer = connection.getresponse()
        assert answer.status < 300, answer.read()
        answer.read()
    connection.close()


class Log:
    """The list of a Page.  Thousands of messages are work: a busy machine has
    minutes for them."""

    def __init__(self, page):
        self.page = page
        self.script = page.browser.script

    def ids(self):
        return self.script(IDS)

    def texts(self):
        return self.page.browser.texts('#list .text')

    def wait_last(self, text, seconds=600):
        wait_until(lambda: self.texts()[-1:] == [text], seconds,
                   f'{text} is the last one')

    def wait_first(self, text, seconds=600):
        """The reader scrolls to the top until it is there."""
        self.script(HOME)
        wait_until(lambda: self.texts()[:1] == [text], seconds,
                   f'{text} is the first one')
        self.script('clearInterval(home); window.home = null;')

    def walk(self, step, steps):
        """Scrolls up in steps of so many pixels; (moved, most built)."""
        self.script(WALK, step, steps)
        wait_until(lambda: self.script('return walk.done'), 600, 'walked')
        return self.script('return [walk.moved, walk.most]')

    def distance(self):
        """Pixels to the end."""
        return self.script(
            "const log = room.getElementById('log');"
            'return log.scrollHeight - log.scrollTop - log.clientHeight')

    def wait_frames(self):
        self.script(
            'window.drawn = 0;'
            'const draw = () => { drawn += 1; requestAnimationFrame(draw); };'
            'requestAnimationFrame(draw);')
        wait_until(lambda: self.script('return drawn > 3'), 20, 'frames')

    def place(self, text):
        """Of the message with this text: its middle, as a part of the
        log's height."""
        return self.script('''
            const log = room.getElementById('log').getBoundingClientRect();
            const item = Array.from(room.querySelectorAll('#list .message'))
                .find((one) => one.querySelector('.text').textContent
                    === arguments[0]).getBoundingClientRect();
            return (item.top + item.height / 2 - log.top) / log.height;
            ''', text)
