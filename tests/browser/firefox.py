"""Debian's firefox-esr.

Marionette, its own form of WebDriver, does most; geckodriver, which Debian 12
has not, would only translate.  Scripts before a page's own and the console
need WebDriver BiDi; what the reader's system wants are settings."""
import json
import os
import socket
import time
from urllib.parse import urlsplit

from harness import WsClient, accept_for
from webdriver import (COMMAND_SECONDS, START_SECONDS, TIMEOUTS, Browser,
                       Driver, Group, WebDriverFailure)

PREFERENCES = {
    'marionette.port': 0,
    'dom.ipc.processPrelaunch.enabled': False,
    'browser.download.folderList': 2,
    'network.disable-localhost-when-offline': True,
    # A reader who looks at the page, whichever window is in front.
    'focusmanager.testmode': True,
}
# In the browser itself: a setting.
SET = '''
const [name, value] = arguments;
if (value === null) { Services.prefs.clearUserPref(name); }
else { Services.prefs.setIntPref(name, value); }
'''
# What broke a content security policy since the last time. BiDi's log has only
# some of these lines, and earlier or later than the console: they are not taken
# from there, as a test would be told twice.
POLICY = '''
const found = Services.console.getMessageArray().filter((entry) =>
    entry instanceof Ci.nsIScriptError && entry.category.startsWith('CSP')
    && !(entry.flags & Ci.nsIScriptError.infoFlag));
const lines = found.map((entry) => entry.errorMessage);
Services.console.reset();
return lines;
'''
# Marionette's own scripts have a Date and a JSON that are not the page's.
IN_PAGE = """function () {
    return Promise.resolve((function () {
        const room = %s;
        %s
    }).apply(null, JSON.parse(arguments[0])))
        .then((told) => JSON.stringify(told) ?? 'null');
}"""
POLICY_BEGINS = 'Content-Security-Policy: '
LEVELS = {'error': 'SEVERE', 'warn': 'WARNING'}
DARK, LIGHT = 0, 1


class Firefox(Driver):

    engine = 'firefox'

    def _start(self, language):
        return FirefoxBrowser(language)


class FirefoxBrowser(Browser):

    engine = 'firefox'

    def __init__(self, language):
        self._language = language
        self._runs = True
        self._group = self._marionette = self._bidi = None
        super().__init__()

    def _begin(self):
        short = self._language.split('-')[0]
        self._write_preferences({
            **PREFERENCES,
            'browser.download.dir': str(self.downloads),
            'intl.accept_languages': f'{self._language}, {short}'})
        self._group = Group(
            ['firefox-esr', '--headless', '--no-remote', '--marionette',
             '--remote-debugging-port=0', '--remote-allow-system-access',
             '--profile', str(self.profile)],
            env={**os.environ, 'HOME': str(self.profile),
                 'MOZ_HEADLESS_WIDTH': '1280', 'MOZ_HEADLESS_HEIGHT': '900',
                 'MOZ_CRASHREPORTER_DISABLE': '1'})
        self._marionette = Marionette(self._find_port())
        session = self._call('NewSession', acceptInsecureCerts=True,
                             unhandledPromptBehavior='ignore',
                             timeouts=TIMEOUTS,
                             webSocketUrl=True)
        self._bidi = Bidi(session['capabilities']['webSocketUrl'])
        self._bidi.call('session.subscribe', events=['log.entryAdded'])
        self._handle = self.window()
        self.resize(1280, 800)

    def _write_preferences(self, preferences):
        lines = [f'user_pref({json.dumps(name)}, {json.dumps(value)});\n'
                 for name, value in preferences.items()]
        (self.profile / 'user.js').write_text(''.join(lines))

    def _find_port(self):
        path = self.profile / 'MarionetteActivePort'
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._group.is_alive():
            if path.exists() and path.read_text():
                return int(path.read_text())
            time.sleep(0.05)
        raise WebDriverFailure('firefox-esr did not start')

    def _end(self):
        for part in (self._bidi, self._marionette, self._group):
            if part:
                part.end()

    def _call(self, command, **parameters):
        if command == 'TakeScreenshot':
            parameters['full'] = False
        return self._marionette.call(f'WebDriver:{command}', **parameters)

    def switch(self, handle):
        super().switch(handle)
        self._handle = handle

    def script(self, source, *arguments):
        if not self._runs:          # no promise of the page is ever kept
            return super().script(source, *arguments)
        answer = self._bidi.call(
            'script.callFunction', awaitPromise=True,
            functionDeclaration=IN_PAGE % (self.room_is, source),
            arguments=[{'type': 'string', 'value': json.dumps(arguments)}],
            target={'context': self._handle})
        if answer['type'] == 'exception':
            raise WebDriverFailure(answer['exceptionDetails']['text'])
        return json.loads(answer['result']['value'])

    def _chrome(self, source, *arguments):
        """Runs JavaScript in the browser itself."""
        self._marionette.call('Marionette:SetContext', value='chrome')
        try:
            return self._call('ExecuteScript', script=source, args=arguments)
        finally:
            self._marionette.call('Marionette:SetContext', value='content')

    def add_script(self, source):
        return self._bidi.call('script.addPreloadScript',
                               functionDeclaration=f'() => {{{source}}}')

    def remove_script(self, added):
        self._bidi.call('script.removePreloadScript', **added)

    def log(self):
        lines = [{'level': LEVELS[entry['level']], 'message': entry['text']}
                 for entry in self._bidi.entries()
                 if entry['level'] in LEVELS
                 and not entry['text'].startswith(POLICY_BEGINS)]
        return lines + [{'level': 'SEVERE', 'message': text}
                        for text in dict.fromkeys(self._chrome(POLICY))]

    def resize(self, width, height):
        self._bidi.call('browsingContext.setViewport', context=self._handle,
                        viewport={'width': width, 'height': height})

    def _set(self, name, value, query):
        """A setting that pages see in a media query, a moment later."""
        self._chrome(SET, name, value)
        deadline = time.monotonic() + COMMAND_SECONDS
        while not self.script('return matchMedia(arguments[0]).matches',
                              query):
            assert time.monotonic() < deadline, f'{name} = {value}'
            time.sleep(0.01)

    def set_theme(self, theme):
        self._set('layout.css.prefers-color-scheme.content-override',
                  DARK if theme == 'dark' else LIGHT,
                  f'(prefers-color-scheme: {theme})')

    def set_motion(self, wanted):
        self._set('ui.prefersReducedMotion', 0 if wanted else 1,
                  '(prefers-reduced-motion: '
                  f'{"no-preference" if wanted else "reduce"})')

    def set_scripts(self, allowed):
        self._chrome("Services.prefs.setBoolPref('javascript.enabled',"
                     ' arguments[0])', allowed)
        self._runs = allowed

    def set_offline(self, offline):
        """True: no request leaves the browser, and it knows."""
        self._chrome('Services.io.offline = arguments[0]', offline)


class Marionette:
    """Commands and answers as JSON, each behind its length."""

    def __init__(self, port):
        self._socket = socket.create_connection(('127.0.0.1', port),
                                                COMMAND_SECONDS)
        self._file = self._socket.makefile('rb')
        self._number = 0
        self._receive()             # who it is

    def _receive(self):
        size = b''
        while (byte := self._file.read(1)) != b':':
            if not byte:
                raise WebDriverFailure('firefox-esr has ended')
            size += byte
        return json.loads(self._file.read(int(size)))

    def call(self, command, **parameters):
        self._number += 1
        data = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(b'%d:%s' % (len(data), data))
        kind, number, error, result = self._receive()
        assert (kind, number) == (1, self._number)
        if error:
            raise WebDriverFailure(
                f"{command}: {error['error']}: {error['message']}")
        is_value = isinstance(result, dict) and list(result) == ['value']
        return result['value'] if is_value else result

    def end(self):
        self._file.close()
        self._socket.close()


class Line(WsClient):
    """A WebSocket to somebody who is less strict than our server."""

    def _check_upgrade(self, key):
        assert self.response.header('sec-websocket-accept') == accept_for(key)


class Bidi:
    """WebDriver BiDi over its WebSocket."""

    def __init__(self, url):
        parts = urlsplit(url)
        self._client = Line((parts.hostname, parts.port), parts.path,
                            timeout=COMMAND_SECONDS)
        self._number = 0
        self._entries = []

    def call(self, method, **parameters):
        self._number += 1
        self._client.send_json(id=self._number, method=method,
                               params=parameters)
        while True:
            answer = json.loads(self._client.recv_message()[1])
            if answer.get('method') == 'log.entryAdded':
                self._entries.append(answer['params'])
            if answer.get('id') == self._number:
                break
        if answer['type'] == 'error':
            raise WebDriverFailure(
                f"{method}: {answer['error']}: {answer['message']}")
        return answer['result']

    def entries(self):
        """The lines of the console since the last call."""
        self.call('session.status')     # they come in front of its answer
        entries, self._entries = self._entries, []
        return entries

    def end(self):
        self._client.disconnect()
