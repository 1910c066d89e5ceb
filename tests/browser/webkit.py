"""WebKitGTK, the engine of Safari, by WebKitWebDriver in a screen of Xvfb.

Its browser is ours, webkit_window.py: that can do what WebDriver has no words
for."""
import json
import os
import re
import socket
from pathlib import Path

from harness import wait_until
from harness.paths import free_port
from webdriver import (COMMAND_SECONDS, ELEMENT, START_SECONDS, Browser,
                       Driver, Group)
from wire import Wire

WINDOW = Path(__file__).resolve().with_name('webkit_window.py')
# What newer engines understand (interactive-widget) is no fault of a page.
NEWER = 'Viewport argument key'
CONSOLE = re.compile(r'^(?:.*: )?CONSOLE (?:[A-Z]+ )?(ERROR|WARN) (.*)$')
TEXT = '''
const [element] = arguments;
return element.checkVisibility({ visibilityProperty: true })
    ? element.innerText.trim() : '';
'''
LEVELS = {'ERROR': 'SEVERE', 'WARN': 'WARNING'}


class WebKit(Driver):

    engine = 'webkit'

    def _start(self, language):
        return WebKitBrowser(language)


class WebKitBrowser(Browser):

    engine = 'webkit'

    def __init__(self, language):
        self._language = language
        self._screen = self._group = self._window = None
        self._read = 0
        super().__init__()

    def _begin(self):
        self._screen = Group(['Xvfb', '-displayfd', '1', '-nolisten', 'tcp',
                              '-screen', '0', '1400x1200x24'],
                             stdout=-1, text=True)
        display = self._screen.stdout.readline().strip()
        port = free_port()
        self._group = Group(
            ['WebKitWebDriver', f'--port={port}', '--host=127.0.0.1'],
            env={**os.environ, 'DISPLAY': f':{display}', 'GDK_BACKEND': 'x11',
                 'HOME': str(self.profile), 'NO_AT_BRIDGE': '1',
                 'LIBGL_ALWAYS_SOFTWARE': '1'})
        wait_until(lambda: answers(port), START_SECONDS, 'WebKitWebDriver')
        self._wire = Wire(f'http://127.0.0.1:{port}', {
            'acceptInsecureCerts': True,
            'unhandledPromptBehavior': 'ignore',
            'webkitgtk:browserOptions': {
                'binary': '/usr/bin/python3',
                'args': ['-B', str(WINDOW), str(self.profile),
                         self._language]}})
        self._window = socket.socket(socket.AF_UNIX)
        self._window.settimeout(COMMAND_SECONDS)
        self._window.connect(str(self.profile / 'control'))
        self._answers = self._window.makefile()

    def _end(self):
        if self._window:
            self._answers.close()
            self._window.close()
        for group in (self._group, self._screen):
            if group:
                group.end()

    def _call(self, command, **parameters):
        return self._wire.call(command, **parameters)

    def text(self, selector):
        """WebKitWebDriver leaves some elements out, <bdi> for one."""
        return self._call('ExecuteScript', script=TEXT,
                          args=[{ELEMENT: self._find(selector)}])

    def _tell(self, *words):
        """A command of webkit_window.py, and its answer."""
        self._window.sendall(json.dumps(words).encode() + b'\n')
        return json.loads(self._answers.readline())

    def add_script(self, source):
        return self._tell('add', source)

    def remove_script(self, added):
        self._tell('remove', added)

    def log(self):
        self.script('')             # what it says comes in front of this
        with open(self.profile / 'console', encoding='utf-8',
                  errors='replace') as lines:
            lines.seek(self._read)
            found = [CONSOLE.match(line) for line in lines.readlines()]
            self._read = lines.tell()
        return [{'level': LEVELS[match[1]],
                 'message': match[2]}
                for match in found if match and NEWER not in match[2]]

    def resize(self, width, height):
        self._call('SetWindowRect', width=width, height=height)

    def _wait(self, query):
        wait_until(lambda: self.script(
            'return matchMedia(arguments[0]).matches', query),
            COMMAND_SECONDS, query)

    def set_theme(self, theme):
        self._tell('dark', theme == 'dark')
        self._wait(f'(prefers-color-scheme: {theme})')

    def set_motion(self, wanted):
        self._tell('motion', wanted)
        self._wait('(prefers-reduced-motion: '
                   f'{"no-preference" if wanted else "reduce"})')


    def set_scripts(self, allowed):
        self._tell('scripts', allowed)


def answers(port):
    try:
        socket.create_connection(('127.0.0.1', port), 1).close()
    except OSError:
        return False
    return True
