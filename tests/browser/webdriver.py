"""A small W3C WebDriver client for Debian's chromium and chromium-driver.

One WebDriver is one chromedriver process; each of its Browsers is a chromium
of its own with a fresh profile, so two of them are two people.  Used by
conftest.py."""
import base64
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
ENTER = '\ue007'
TAB = '\ue004'
SPACE = ' '
ESCAPE = '\ue00c'
SHIFT = '\ue008'
PAGE_UP = '\ue00e'
FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic',
         '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync',
         '--disable-dev-shm-usage', '--window-size=1280,800']
START_SECONDS = 30
COMMAND_SECONDS = 60


class WebDriverFailure(AssertionError):
    """The browser or its driver refused a command."""


class WebDriver:
    """A chromedriver on a port that it chose; stop() ends its browsers too."""

    def __init__(self):
        self._process = subprocess.Popen(
            ['chromedriver', '--port=0'], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            start_new_session=True)
        self._lines = queue.Queue()
        self._browsers = []
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self._base = f'http://127.0.0.1:{self._find_port()}'
        except BaseException:
            self.stop()
            raise

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _find_port(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            line = self._lines.get(timeout=deadline - time.monotonic())
            if line is None:
                raise WebDriverFailure('chromedriver did not start')
            match = re.search(r'started successfully on port (\d+)', line)
            if match:
                return int(match.group(1))

    def call(self, method, path, body=None):
        """One command; returns its value."""
        data = None if method != 'POST' else json.dumps(body or {}).encode()
        request = urllib.request.Request(
            self._base + path, data, {'Content-Type': 'application/json'},
            method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=COMMAND_SECONDS) as answer:
                return json.load(answer)['value']
        except urllib.error.HTTPError as error:
            value = json.load(error)['value']
            raise WebDriverFailure(
                f"{path}: {value['error']}: {value['message']}") from None

    def browser(self, language='en-GB'):
        """A new browser whose reader prefers this language."""
        browser = Browser(self, language)
        self._browsers.append(browser)
        return browser

    def close_browsers(self):
        """Ends all browsers; the driver can start others."""
        while self._browsers:
            self._browsers.pop().close()

    def stop(self):
        try:
            self.close_browsers()
        finally:
            self._end_group()

    def _end_group(self):
        """Our process group is chromedriver and what it started."""
        for ending in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, ending)
                self._process.wait(5)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self._process.wait(5)
        self._process.stdout.close()


class Browser:
    """One window of one chromium with a profile of its own.

    Selectors are looked for in `room` first, the shadow root of the first
    <chat-room> (or what room_is says), then in the document; scripts know it
    by that name."""

    room_is = "document.querySelector('chat-room')?.shadowRoot ?? document"

    def __init__(self, driver, language):
        self._driver = driver
        self._profile = tempfile.mkdtemp(prefix='chatws-browser-')
        options = {
            'args': [*FLAGS, f'--user-data-dir={self._profile}'],
            'prefs': {'intl.accept_languages':
                      f"{language},{language.split('-')[0]}"},
        }
        wanted = {
            'browserName': 'chrome',
            'acceptInsecureCerts': True,
            'unhandledPromptBehavior': 'ignore',
            'goog:chromeOptions': options,
            'goog:loggingPrefs': {'browser': 'ALL'},
        }
        try:
            started = driver.call('POST', '/session',
                                  {'capabilities': {'alwaysMatch': wanted}})
        except BaseException:
            shutil.rmtree(self._profile, ignore_errors=True)
            raise
        self._path = f"/session/{started['sessionId']}"

    def close(self):
        try:
            self._driver.call('DELETE', self._path)
        finally:
            shutil.rmtree(self._profile, ignore_errors=True)

    def _post(self, path, **body):
        return self._driver.call('POST', self._path + path, body)

    def open(self, url):
        self._post('/url', url=url)

    @property
    def url(self):
        return self._driver.call('GET', self._path + '/url')

    def window(self):
        """A handle of the window, or tab, that all this is about."""
        return self._driver.call('GET', self._path + '/window')

    def switch(self, handle):
        self._post('/window', handle=handle)

    def new_window(self):
        """Opens a tab; the handle.  switch() goes there."""
        return self._post('/window/new', type='tab')['handle']

    def close_window(self):
        """Closes the tab; switch() has to follow."""
        self._driver.call('DELETE', self._path + '/window')

    def script(self, source, *arguments):
        """Runs JavaScript in the page; 'return' gives a value."""
        return self._post('/execute/sync', args=arguments,
                          script=f'const room = {self.room_is};{source}')

    def cdp(self, command, **parameters):
        """One command of the DevTools protocol."""
        return self._post('/goog/cdp/execute', cmd=command, params=parameters)

    def log(self):
        """Lines of the console since the last call, as dicts."""
        return self._post('/se/log', type='browser')

    def has_dialog(self):
        """True while the page shows alert, confirm or prompt."""
        try:
            self._driver.call('GET', self._path + '/alert/text')
        except WebDriverFailure:
            return False
        return True

    def _find(self, selector):
        found = self.script('return room.querySelector(arguments[0])'
                            ' ?? document.querySelector(arguments[0])',
                            selector)
        if found is None:
            raise WebDriverFailure(f'there is no {selector}')
        return f'/element/{found[ELEMENT]}'

    def click(self, selector):
        self._post(self._find(selector) + '/click')

    def type(self, selector, text):
        """Presses the keys of the text in an element."""
        self._post(self._find(selector) + '/value', text=text)

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
        self._post('/actions', actions=[
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
        return self._driver.call(
            'GET', self._path + self._find(selector) + '/text')

    def texts(self, selector):
        """textContent of every match."""
        return self.script(
            'return Array.from(room.querySelectorAll(arguments[0]),'
            ' (element) => element.textContent)', selector)

    def count(self, selector):
        return self.script(
            'return room.querySelectorAll(arguments[0]).length', selector)

    def resize(self, width, height):
        self.cdp('Emulation.setDeviceMetricsOverride', width=width,
                 height=height, deviceScaleFactor=1, mobile=width < 600)

    def set_theme(self, theme):
        """'light' or 'dark'."""
        self.cdp('Emulation.setEmulatedMedia', features=[
            {'name': 'prefers-color-scheme', 'value': theme}])

    def screenshot(self, path):
        picture = self._driver.call('GET', self._path + '/screenshot')
        path.write_bytes(base64.b64decode(picture))
