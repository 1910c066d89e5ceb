"""The folder of a test, for whatever it starts as another user."""
import tempfile
from pathlib import Path

import pytest


@pytest.fixture
def tmp_path():
    """As pytest's own, whose folders lie in one that each start of pytest
    closes for other users: a server beside it suddenly could not reach its
    files."""
    with tempfile.TemporaryDirectory(prefix='chatws-test-') as folder:
        yield Path(folder)
