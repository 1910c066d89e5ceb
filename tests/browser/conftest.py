"""Fixtures of the browser test: one httpd, and browsers that look at it.
Debian's packages chromium and chromium-driver; run with Debian's python3:
    CHATWS_MODULE=path/to/mod_chatws.so python3 -m pytest tests/browser
"""
import re
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / 'integration'))

from harness import Httpd, MODULE, have_module  # noqa: E402
from barrier import Barrier  # noqa: E402
from client import CONFIG as CLIENT_CONFIG  # noqa: E402
from client import FILES, Client  # noqa: E402
from page import Page  # noqa: E402
from webdriver import WebDriver  # noqa: E402

# In /chat the tests may write as fast as they like.  Pages of the site itself
# are named host-...
CONFIG = '''
<LocationMatch "^/host-">
    Header always set Content-Security-Policy "default-src 'self'"
</LocationMatch>
<Location "/chat">
    Chat rooms
    ChatRate 500/s 500
    ChatList on
</Location>
<Location "/slow">
    Chat rooms
</Location>
'''


def pytest_configure():
    if not have_module():
        raise pytest.UsageError(f'no module at {MODULE}: build it, or set '
                                'CHATWS_MODULE')


@pytest.fixture(scope='session')
def server():
    with Httpd(config=CONFIG) as running:
        yield running


@pytest.fixture(scope='session')
def driver():
    running = WebDriver()
    yield running
    running.stop()


@pytest.fixture(scope='session')
def people(driver):
    """Two readers with a browser each."""
    return [Page(driver.browser()), Page(driver.browser())]


@pytest.fixture
def room(server, request):
    """The URL of a room of this test's own."""
    name = request.node.name.replace('[', '-').replace(']', '')
    return f'http://{server.host()}/chat/{name}'


@pytest.fixture
def pages(people, server, room):
    """Both readers in the test's room; no browser may have complained, for
    instance about the content security policy, nor the server."""
    for page in people:
        page.enter(room)
    yield people
    complaints = []
    for page in people:
        complaints += page.complaints()
        page.browser.open('about:blank')
    assert complaints == []
    server.check_log()


@pytest.fixture
def chinese(driver, room):
    """A reader whose browser speaks Chinese."""
    page = Page(driver.browser('zh-CN'))
    yield page.enter(room)
    complaints = page.complaints()
    page.browser.close()
    assert complaints == []


@pytest.fixture(scope='session')
def site():
    """The httpd of the tests of chatws.js; it restarts within a second."""
    with Httpd(config=CLIENT_CONFIG, files=FILES) as running:
        yield running


@pytest.fixture(scope='session')
def browsers(driver):
    """Those of two people."""
    return [driver.browser(), driver.browser()]


@pytest.fixture
def barrier(site):
    """What is between the first of them and the site."""
    with Barrier(site.address()) as running:
        yield running
    site.check_log()


@pytest.fixture
def ann(browsers, barrier):
    """The first one's tab, behind the barrier; nothing is remembered."""
    client = Client(browsers[0], barrier.host())
    client.forget()
    yield client
    client.end()


@pytest.fixture
def ben(browsers, site):
    """The second one's tab."""
    client = Client(browsers[1], site.host())
    client.forget()
    yield client
    client.end()


@pytest.fixture
def path(request):
    """A room of this test's own."""
    return '/chat/' + re.sub(r'\W+', '-', request.node.name)
