"""The engines by name, in the order in which the tests use them."""
from chromium import Chromium
from firefox import Firefox
from webkit import WebKit

ENGINES = {kind.engine: kind for kind in (Chromium, Firefox, WebKit)}


class Engines:
    """What a run of tests has started: one engine at a time."""

    def __init__(self):
        self._driver = None
        self._readers = {}

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self._stop()

    def _stop(self):
        driver, self._driver, self._readers = self._driver, None, {}
        if driver:
            driver.stop()

    def driver(self, name):
        """That of this engine; ends another one and its browsers."""
        if self._driver is None or self._driver.engine != name:
            self._stop()
            self._driver = ENGINES[name]()
        return self._driver

    def reader(self, name, purpose, kind=lambda browser: browser,
               language='en-GB'):
        """A browser that stays for this purpose, as a `kind`."""
        driver = self.driver(name)
        if purpose not in self._readers:
            self._readers[purpose] = kind(driver.browser(language))
        return self._readers[purpose]
