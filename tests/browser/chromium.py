"""Debian's chromium, by chromium-driver."""
import queue
import re
import threading
import time

from harness import wait_until
from webdriver import (START_SECONDS, Browser, Driver, Group,
                       WebDriverFailure)
from wire import Wire

FLAGS = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic',
         '--no-first-run', '--disable-background-networking',
         '--disable-component-update', '--disable-sync',
         '--disable-dev-shm-usage', '--window-size=1280,800']
FREE = {'latency': 0, 'downloadThroughput': -1, 'uploadThroughput': -1}


class Chromium(Driver):
    """A chromedriver on a port that it chose."""

    engine = 'chromium'

    def __init__(self):
        super().__init__()
        self._group = None
        self._said = []
        try:
            port = wait_until(self._begin, START_SECONDS, 'chromedriver')
        except Exception as failure:
            self.stop()
            raise WebDriverFailure(f'chromedriver: {self._said}') from failure
        self._base = f'http://127.0.0.1:{port}'

    def _begin(self):
        """Its port. None: it has ended at once, as it does where the port that
        it chose is taken in IPv4 or IPv6, and says so."""
        self._group = Group(['chromedriver', '--port=0'], stdout=-1, text=True)
        lines = queue.Queue()
        threading.Thread(target=self._read, args=[self._group.stdout, lines],
                         daemon=True).start()
        self._said = []
        deadline = time.monotonic() + START_SECONDS
        while True:
            line = lines.get(timeout=max(deadline - time.monotonic(), 0))
            if line is None:
                self._group.end()
                return None
            self._said.append(line)
            match = re.search(r'started successfully on port (\d+)', line)
            if match:
                return int(match.group(1))

    @staticmethod
    def _read(stdout, lines):
        for line in stdout:
            lines.put(line)
        lines.put(None)

    def _start(self, language):
        return ChromiumBrowser(self._base, language)

    def stop(self):
        try:
            super().stop()
        finally:
            if self._group:
                self._group.end()


class ChromiumBrowser(Browser):
    """Only here: cdp(), a command of the DevTools protocol."""

    engine = 'chromium'

    def __init__(self, base, language):
        self._base, self._language = base, language
        self._wire = None
        super().__init__()

    def _begin(self):
        short = self._language.split('-')[0]
        self._wire = Wire(self._base, {
            'browserName': 'chrome',
            'acceptInsecureCerts': True,
            'unhandledPromptBehavior': 'ignore',
            'goog:chromeOptions': {
                'args': [*FLAGS, f'--user-data-dir={self.profile}'],
                'prefs': {'intl.accept_languages': f'{self._language},{short}',
                          'download.default_directory': str(self.downloads)},
            },
            'goog:loggingPrefs': {'browser': 'ALL'},
        })
        self._media = {}

    def _end(self):
        if self._wire:
            self._wire.end()

    def _call(self, command, **parameters):
        return self._wire.call(command, **parameters)

    def cdp(self, command, **parameters):
        return self._wire.post('/goog/cdp/execute', cmd=command,
                               params=parameters)

    def add_script(self, source):
        return self.cdp('Page.addScriptToEvaluateOnNewDocument',
                        source=source)

    def remove_script(self, added):
        self.cdp('Page.removeScriptToEvaluateOnNewDocument', **added)

    def log(self):
        return self._wire.post('/se/log', type='browser')

    def resize(self, width, height):
        self.cdp('Emulation.setDeviceMetricsOverride', width=width,
                 height=height, deviceScaleFactor=1, mobile=width < 600)

    def _set_media(self, name, value):
        self._media[name] = value
        self.cdp('Emulation.setEmulatedMedia', features=[
            {'name': name, 'value': value}
            for name, value in self._media.items()])

    def set_theme(self, theme):
        self._set_media('prefers-color-scheme', theme)

    def set_motion(self, wanted):
        self._set_media('prefers-reduced-motion', '' if wanted else 'reduce')

    def set_scripts(self, allowed):
        self.cdp('Emulation.setScriptExecutionDisabled', value=not allowed)

    def set_forced_colors(self, forced):
        """True: the reader's system replaces all colours."""
        self._set_media('forced-colors', 'active' if forced else '')

    def set_offline(self, offline):
        """True: no request leaves the browser, and it knows."""
        self.cdp('Network.enable')
        self.cdp('Network.emulateNetworkConditions', offline=offline, **FREE)
