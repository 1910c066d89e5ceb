"""A browser as the tests drive it, whichever its engine is.

A Driver starts Browsers of one engine; each is a browser of its own with a
fresh profile, so two of them are two people.  chromium.py, firefox.py and
webkit.py have the engines, engines.py their names.  The words of the W3C's
WebDriver are the same for all; what goes beyond them is a method of Browser
that each engine does in its own way, or refuses."""
import base64
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
ENTER = '\ue007'
TAB = '\ue004'
SPACE = ' '
ESCAPE = '\ue00c'
SHIFT = '\ue008'
PAGE_UP = '\ue00e'
END, HOME = '\ue010', '\ue011'
LEFT, UP, RIGHT, DOWN = '\ue012', '\ue013', '\ue014', '\ue015'
F10 = '\ue03a'
# Whoever takes longer hangs, however slow the machine is.
START_SECONDS = 300
COMMAND_SECONDS = 300
TIMEOUTS = {'script': 1000 * COMMAND_SECONDS,
            'pageLoad': 1000 * COMMAND_SECONDS}


class WebDriverFailure(AssertionError):
    """The browser or its driver refused a command."""


PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def end_with_parent():
    """In a child: tests that are killed leave no browser behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Group:
    """A process and what it starts, ended together."""

    def __init__(self, command, **options):
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=end_with_parent,
            **{'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL,
               **options})

    @property
    def stdout(self):
        return self._process.stdout

    def is_alive(self):
        return self._process.poll() is None

    def end(self):
        for ending in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, ending)
                self._process.wait(5)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self._process.wait(COMMAND_SECONDS)
        if self._process.stdout:
            self._process.stdout.close()


class Driver:
    """Starts browsers of one engine, and ends those that are left."""

    engine = ''

    def __init__(self):
        self._browsers = []

    def browser(self, language='en-GB'):
        """A new browser whose reader prefers this language."""
        self._browsers = [old for old in self._browsers if old.is_open]
        browser = self._start(language)
        self._browsers.append(browser)
        return browser

    def _start(self, language):
        raise NotImplementedError

    def stop(self):
        while self._browsers:
            self._browsers.pop().close()


class Browser:
    """One window of one browser with a profile of its own.

    Selectors are looked for in `room` first, the shadow root of the first
    <chat-room> (or what room_is says), then in the document; scripts know it
    by that name."""

    engine = ''
    room_is = "document.querySelector('chat-room')?.shadowRoot ?? document"

    def __init__(self):
        self.is_open = True
        self.profile = Path(tempfile.mkdtemp(prefix='chatws-browser-'))
        self.downloads = self.profile / 'downloads'
        self.downloads.mkdir()
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self):
        """Starts the browser."""
        raise NotImplementedError

    def _end(self):
        """Ends what of it has been started."""
        raise NotImplementedError

    def _call(self, command, **parameters):
        """One command of WebDriver by its name there, 'Element Click' as
        'ElementClick'; returns its value."""
        raise NotImplementedError

    def close(self):
        if self.is_open:
            self.is_open = False
            try:
                self._end()
            finally:
                shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, url):
        self._call('Navigate', url=url)

    @property
    def url(self):
        return self._call('GetCurrentURL')

    def delete_cookies(self):
        """Those that the page's site has set."""
        self._call('DeleteAllCookies')

    def window(self):
        """A handle of the window, or tab, that all this is about."""
        return self._call('GetWindowHandle')

    def switch(self, handle):
        self._call('SwitchToWindow', handle=handle)

    def new_window(self):
        """Opens a tab; the handle.  switch() goes there."""
        return self._call('NewWindow', type='tab')['handle']

    def close_window(self):
        """Closes the tab; switch() has to follow."""
        self._call('CloseWindow')

    def script(self, source, *arguments):
        """Runs JavaScript in the page; 'return' gives a value."""
        return self._call('ExecuteScript', args=arguments,
                          script=f'const room = {self.room_is};{source}')

    def has_dialog(self):
        """True while the page shows alert, confirm or prompt."""
        try:
            self._call('GetAlertText')
        except WebDriverFailure:
            return False
        return True

    def _find(self, selector):
        found = Browser.script(self, 'return room.querySelector(arguments[0])'
                               ' ?? document.querySelector(arguments[0])',
                               selector)
        if found is None:
            raise WebDriverFailure(f'there is no {selector}')
        return found[ELEMENT]

    def click(self, selector):
        self._call('ElementClick', id=self._find(selector))

    def type(self, selector, text):
        """Presses the keys of the text in an element."""
        self._call('ElementSendKeys', id=self._find(selector), text=text)

    def press(self, *keys):
        """Presses keys wherever the focus is, as a keyboard does; SHIFT holds
        for the key after it."""
        actions = []
        for before, key in zip(('', *keys), keys):
            actions.append({'type': 'keyDown', 'value': key})
            if key != SHIFT:
                actions.append({'type': 'keyUp', 'value': key})
            if before == SHIFT:
                actions.append({'type': 'keyUp', 'value': SHIFT})
        self._call('PerformActions', actions=[
            {'type': 'key', 'id': 'keyboard', 'actions': actions}])

    def fill(self, selector, text):
        """Puts a text in at once, as a paste does."""
        self.script(
            'const field = room.querySelector(arguments[0]);'
            'field.focus();'
            'field.value = arguments[1];'
            "field.dispatchEvent(new Event('input', { bubbles: true }));",
            selector, text)

    def text(self, selector):
        """The visible text of an element, '' when it is hidden."""
        return self._call('GetElementText', id=self._find(selector))

    def texts(self, selector):
        """textContent of every match."""
        return self.script(
            'return Array.from(room.querySelectorAll(arguments[0]),'
            ' (element) => element.textContent)', selector)

    def count(self, selector):
        return self.script(
            'return room.querySelectorAll(arguments[0]).length', selector)

    def is_still(self):
        """No animation is under way, but for those without end."""
        return self.script(
            'return [document, room].flatMap((root) => root.getAnimations())'
            '.every(({ effect }) =>'
            ' effect.getComputedTiming().endTime === Infinity)')

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self._call('TakeScreenshot')))

    # What WebDriver has no words for

    def add_script(self, source):
        """From now on this runs in every page of this window before its own
        scripts; returns what remove_script() wants."""
        raise NotImplementedError

    def remove_script(self, added):
        raise NotImplementedError

    def log(self):
        """Complaints of the console since the last call, as dicts with a
        message and a level, 'SEVERE' or 'WARNING'."""
        raise NotImplementedError

    def resize(self, width, height):
        """The size of the page itself."""
        raise NotImplementedError

    def set_theme(self, theme):
        """What the reader's system wants: 'light' or 'dark'."""
        raise NotImplementedError

    def set_motion(self, wanted):
        """False: the reader's system wants as little motion as can be."""
        raise NotImplementedError

    def set_scripts(self, allowed):
        """False: no page runs scripts of its own."""
        raise NotImplementedError
