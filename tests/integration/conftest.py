"""Fixtures of the integration tests; run with Debian's python3 and pytest:
    CHATWS_MODULE=path/to/mod_chatws.so python3 -m pytest tests/integration
"""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness import MODULE, Httpd, have_module, leave_out_long  # noqa: E402
from harness.folder import tmp_path  # noqa: E402, F401

MPMS = ('event', 'worker', 'prefork')


def pytest_collection_modifyitems(config, items):
    """Without the module only the harness's own tests can run: refuse to look
    green."""
    leave_out_long(config, items)
    if have_module():
        return
    for item in items:
        if 'no_module' not in item.keywords:
            raise pytest.UsageError(f'no module at {MODULE}: build it, or '
                                    'set CHATWS_MODULE')


def pytest_configure(config):
    config.addinivalue_line('markers', 'no_module: runs without the module')
    config.addinivalue_line('markers', 'children_die: the test kills some')
    config.addinivalue_line('markers', 'long: make check-soak runs it')
    config.addinivalue_line('markers', 'alone: it measures; nothing runs '
                            'beside it in check-soak (tests/tools/suite.py)')


@pytest.fixture
def start():
    """start(**options) gives a running Httpd, stopped and checked at the end
    of the test."""
    running = []

    def begin(**options):
        server = Httpd(**options)
        running.append(server)
        return server.start()
    yield begin
    failures = []
    for server in running:
        try:
            server.stop()
        except AssertionError as failure:
            failures.append(str(failure))
    assert not failures, '\n'.join(failures)


@pytest.fixture(autouse=True)
def watch(request):
    """After every test, for servers that live longer than it: the error log
    is clean and every child is still the same process."""
    dying = request.node.get_closest_marker('children_die') is not None
    before = {server: server.children() for server in Httpd.running}
    yield
    for server, pids in before.items():
        if server not in Httpd.running:
            continue
        server.check_log()
        gone = set(pids) - set(server.children())
        assert dying or not gone, f'children ended: {gone}'
