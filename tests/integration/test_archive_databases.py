"""The archive's own test (tests/unit/test_archive) on PostgreSQL and MariaDB:
what it does with SQLite in a unit test, it does with them."""
import os
import subprocess

import pytest

from harness import MODULE
from harness.databases import database

PROGRAM = MODULE.parents[1] / 'tests' / 'unit' / 'test_archive'


@pytest.mark.parametrize('kind', ['pgsql', 'mysql'])
def test_archive_on(kind):
    if not PROGRAM.is_file():
        pytest.skip('the unit tests are not built')
    with database(kind) as db:
        environment = dict(os.environ, CHATWS_ARCHIVE_DRIVER=db.driver,
                           CHATWS_ARCHIVE_PARAMS=db.params)
        result = subprocess.run([PROGRAM], env=environment, text=True,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, timeout=300)
    assert result.returncode == 0, result.stdout[-4000:]
    assert 'CW' not in result.stdout, result.stdout[-4000:]
