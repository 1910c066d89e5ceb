"""The archive's own tests (tests/unit/test_archive*) on PostgreSQL and MariaDB:
what it does with SQLite in a unit test, it does with them."""
import os
import subprocess

import pytest

from harness import MODULE, in_soak
from harness.databases import database

FOLDER = MODULE.parents[1] / 'tests' / 'unit'
PROGRAMS = ('test_archive', 'test_archive_failure', 'test_archive_old',
            'test_archive_rows')
# How the writer goes on, whatever the database: one is enough in make check.
WRITER = ('test_archive_behind', 'test_archive_damage',
          'test_archive_refusal', 'test_archive_stream')


@pytest.fixture(scope='module')
def server(request):
    with database(request.param) as db:
        yield db


@pytest.mark.parametrize('server, name', [
    *(('pgsql', name) for name in PROGRAMS + WRITER),
    *(('mysql', name) for name in PROGRAMS),
    *(in_soak('mysql', name) for name in WRITER)], indirect=['server'])
def test_archive_on(server, name):
    program = FOLDER / name
    if not program.is_file():
        pytest.skip('the unit tests are not built')
    environment = dict(os.environ, CHATWS_ARCHIVE_DRIVER=server.driver,
                       CHATWS_ARCHIVE_PARAMS=server.params)
    result = subprocess.run([program], env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            timeout=900)
    assert result.returncode == 0, result.stdout[-4000:]
    assert 'CW' not in result.stdout, result.stdout[-4000:]
