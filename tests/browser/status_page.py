"""The status page in one browser.  Used by test_status_page.py,
test_status_deeds.py, test_axe.py and screenshots.py."""
import json

from harness import wait_until
from webdriver import DOWN, ENTER, TAB

# Rooms, a page that shows everything to everybody, one that shows figures, and
# one with a login.
CONFIG = '''
<Location "/chat">
    Chat rooms
    ChatRate off
</Location>
<Location "/chat-status">
    Chat status
    ChatModerators all granted
</Location>
<Location "/figures">
    Chat status
</Location>
<Location "/guests">
    Chat status
    AuthType Basic
    AuthName x
    AuthUserFile "@ROOT@/none"
    Require all granted
    ChatModerators valid-user
</Location>
<Location "/mine">
    Chat status
    Require expr "%{HTTP_COOKIE} =~ /staff=1/"
    ChatModerators all granted
</Location>
'''
# What the focus is on, also in a dialog.
FOCUS = '''
const { activeElement: at } = document;
return at.ariaLabel || at.labels?.[0]?.textContent || at.textContent;
'''


def answer_with(status='200 OK', **event):
    """A rule of a barrier: this instead of what the server answers."""
    body = json.dumps(event).encode()
    return (b'HTTP/1.1 %s\r\nContent-Type: application/json\r\n'
            b'Content-Length: %d\r\nConnection: close\r\n\r\n%s'
            % (status.encode(), len(body), body))


class Status:
    def __init__(self, browser, host):
        self.browser, self.host = browser, host
        self.script = browser.script

    def open(self, path='/chat-status', live=True):
        self.browser.log()
        self.browser.open(f'http://{self.host}{path}')
        if live:
            self.wait_live('live')
        return self

    def live(self):
        return self.script('return document.body.dataset.live')

    def wait_live(self, state, seconds=30):
        wait_until(lambda: self.live() == state, seconds, state)

    def rows(self):
        """The text of each row of the list, without its buttons."""
        return self.script(
            "return Array.from(document.querySelectorAll('#list tbody tr'),"
            " (row) => Array.from(row.cells, ({ textContent }) =>"
            " textContent.trim()).join('|'))")

    def wait_row(self, words, seconds=30):
        wait_until(lambda: any(words in row for row in self.rows()), seconds,
                   f'a row with {words}')

    def wait_no_row(self, words, seconds=30):
        wait_until(lambda: not any(words in row for row in self.rows()),
                   seconds, f'no row with {words}')

    def show(self, tab):
        self.browser.click(f'#tab-{tab}')

    def find(self, words):
        self.browser.fill('#words', words)

    def note(self):
        return self.browser.texts('#list .note')[0]

    def focused(self):
        return self.script(FOCUS).strip()

    def press(self, *keys):
        self.browser.press(*keys)

    def focus(self, selector, words):
        """On the first of those that has these words or this label, as who
        presses Tab comes there."""
        wait_until(lambda: self.script(
            'const [selector, words] = arguments;'
            'const found = Array.from(document.querySelectorAll(selector))'
            '.find((one) => (one.ariaLabel || one.textContent)'
            '.includes(words));'
            'found?.focus(); return found && document.activeElement === found;',
            selector, words), 30, f'the focus on {words}')

    def choose(self, item):
        """Of the menu of what the focus is on, by keys."""
        self.press(ENTER)
        wait_until(lambda: self.browser.count('.menu[open]'), 10, 'the menu')
        self.go(DOWN, item)
        self.press(ENTER)

    def go(self, key, label, most=12):
        """Presses a key until the focus is on what has this label."""
        for _ in range(most):
            if self.focused() == label:
                return
            self.press(key)
        raise AssertionError(f'{label}: the focus is on {self.focused()}')

    def tick(self, label):
        self.go(TAB, label)
        self.press(' ')

    def answer(self, verb):
        """Presses the button of the dialog."""
        self.go(TAB, verb)
        self.press(ENTER)

    def wait_said(self, words):
        wait_until(lambda: words in self.browser.texts('#said')[0], 30, words)

    def chart(self, name):
        """(what it shows, what it says, its line)."""
        return self.script(
            'const chart = document.querySelector('
            '`[data-chart="${arguments[0]}"]`);'
            "return [chart.querySelector('.value').textContent,"
            " chart.querySelector('.plot').getAttribute('aria-label'),"
            " chart.querySelector('.line').getAttribute('d')]", name)

    def complaints(self, allowed='favicon'):
        """What the console says, but for requests that were refused."""
        return [line['message'] for line in self.browser.log()
                if allowed not in line['message']]
