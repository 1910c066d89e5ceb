"""Fixtures of the browser test: one httpd, and browsers that look at it.
Debian's packages of chromium, Firefox ESR and WebKitGTK (bootstrap.sh has their
names); run with Debian's python3:
    CHATWS_MODULE=path/to/mod_chatws.so python3 -m pytest tests/browser

A test runs in Chromium, or in the engines that its mark names; `engines()`
without a name is all of them; `long`: make check runs it in the first of them,
make check-soak (CHATWS_LONG=1) in all. What is marked `long` itself runs in
check-soak only:
    @pytest.mark.engines('chromium', 'webkit')
    @pytest.mark.engines(long=True)
    @pytest.mark.long
"""
import re
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / 'integration'))

from harness import (LONG, MODULE, Httpd, have_module,  # noqa: E402
                     leave_out_long)
from harness.folder import tmp_path  # noqa: E402, F401
from barrier import Barrier  # noqa: E402
from client import CONFIG as CLIENT_CONFIG  # noqa: E402
from client import FILES, Client  # noqa: E402
from engines import ENGINES, Engines  # noqa: E402
from page import Page  # noqa: E402

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
<Location "/anew">
    Chat rooms
    ChatRecheck 10s
    ChatRate 500/s 500
</Location>
'''


def pytest_configure(config):
    config.addinivalue_line('markers', 'engines(*names, long=False): where a test runs')
    config.addinivalue_line('markers', 'long: make check-soak runs it')
    if not have_module():
        raise pytest.UsageError(f'no module at {MODULE}: build it, or set '
                                'CHATWS_MODULE')


def engines_of(item):
    """The engines that a test, or its file, names."""
    mark = item.get_closest_marker('engines')
    names = mark.args or tuple(ENGINES) if mark else ('chromium',)
    unknown = set(names) - set(ENGINES)
    if unknown:
        raise pytest.UsageError(f'{item.nodeid}: no engine {unknown}')
    return names[:1] if mark and mark.kwargs.get('long') and not LONG \
        else names


def pytest_generate_tests(metafunc):
    """The id of a test without a mark has no engine."""
    is_marked = metafunc.definition.get_closest_marker('engines')
    if is_marked and 'driver' in metafunc.fixturenames:
        metafunc.parametrize('driver', engines_of(metafunc.definition),
                             indirect=True, scope='session')


def engine_of(item):
    call = getattr(item, 'callspec', None)
    return call.params.get('driver', 'chromium') if call else 'chromium'


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """One engine after the other: only one is there at a time."""
    leave_out_long(config, items)
    order = list(ENGINES)
    items.sort(key=lambda item: order.index(engine_of(item)))


@pytest.fixture(scope='session')
def server():
    with Httpd(config=CONFIG) as running:
        yield running


@pytest.fixture(scope='session')
def engines():
    with Engines() as started:
        yield started


@pytest.fixture(scope='session')
def driver(engines, request):
    """That of the test's engine."""
    return engines.driver(getattr(request, 'param', 'chromium'))


@pytest.fixture
def people(engines, driver):
    """Two readers with a browser each."""
    return [engines.reader(driver.engine, name, Page)
            for name in ('first', 'second')]


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
def chinese(engines, driver, room):
    """A reader whose browser speaks Chinese."""
    page = engines.reader(driver.engine, 'chinese', Page, 'zh-CN')
    yield page.enter(room)
    complaints = page.complaints()
    page.browser.open('about:blank')
    assert complaints == []


@pytest.fixture(scope='session')
def site():
    """The httpd of the tests of chatws.js; it restarts within a second."""
    with Httpd(config=CLIENT_CONFIG, files=FILES) as running:
        yield running


@pytest.fixture
def barrier(site):
    """What is between ann and the site."""
    with Barrier(site.address()) as running:
        yield running
    site.check_log()


@pytest.fixture
def ann(engines, driver, barrier):
    """One person's tab, behind the barrier; nothing is remembered."""
    client = Client(engines.reader(driver.engine, 'ann'), barrier.host())
    client.forget()
    yield client
    client.end()


@pytest.fixture
def ben(engines, driver, site):
    """Another person's tab."""
    client = Client(engines.reader(driver.engine, 'ben'), site.host())
    client.forget()
    yield client
    client.end()


@pytest.fixture
def path(request):
    """A room of this test's own."""
    return '/chat/' + re.sub(r'\W+', '-', request.node.name)
