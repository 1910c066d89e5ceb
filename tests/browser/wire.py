"""WebDriver over HTTP, as chromedriver and WebKitWebDriver speak it."""
import json
import urllib.error
import urllib.request

from webdriver import COMMAND_SECONDS, TIMEOUTS, WebDriverFailure

COMMANDS = {
    'CloseWindow': ('DELETE', '/window'),
    'DeleteAllCookies': ('DELETE', '/cookie'),
    'ElementClick': ('POST', '/element/{id}/click'),
    'ElementSendKeys': ('POST', '/element/{id}/value'),
    'ExecuteScript': ('POST', '/execute/sync'),
    'GetAlertText': ('GET', '/alert/text'),
    'GetCurrentURL': ('GET', '/url'),
    'GetElementText': ('GET', '/element/{id}/text'),
    'GetWindowHandle': ('GET', '/window'),
    'Navigate': ('POST', '/url'),
    'NewWindow': ('POST', '/window/new'),
    'PerformActions': ('POST', '/actions'),
    'SetWindowRect': ('POST', '/window/rect'),
    'SwitchToWindow': ('POST', '/window'),
    'TakeScreenshot': ('GET', '/screenshot'),
}


class Wire:
    """The commands of one session; `base` is the address of the driver."""

    def __init__(self, base, capabilities):
        self._base = base
        started = self.send('POST', '/session', {'capabilities': {
            'alwaysMatch': {'timeouts': TIMEOUTS, **capabilities}}})
        self._path = f"/session/{started['sessionId']}"

    def send(self, method, path, body=None):
        data = json.dumps(body or {}).encode() if method == 'POST' else None
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

    def call(self, command, **parameters):
        method, path = COMMANDS[command]
        if '{id}' in path:
            path = path.format(id=parameters.pop('id'))
        return self.send(method, self._path + path, parameters)

    def post(self, path, **parameters):
        """A command that only this driver has."""
        return self.send('POST', self._path + path, parameters)

    def end(self):
        self.send('DELETE', self._path)
