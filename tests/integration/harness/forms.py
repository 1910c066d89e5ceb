"""The two forms of a test. `make check` has the short one of each; what is
marked with pytest.mark.long, and a number that is larger where LONG is true,
comes with `make check-soak` (CHATWS_LONG=1). Cases of a parameter:
    @pytest.mark.parametrize('tls', [False, in_soak(True)])
"""
import pytest

from .paths import LONG
from .proc import PATIENCE


def in_soak(*values):
    """The values of one case, in the long form only."""
    return pytest.param(*values, marks=pytest.mark.long)


def at_most(seconds):
    """How long something that has been promised may take. It is measured in the
    long form, where nothing else runs; the short one runs beside others, on
    whatever machine, and only finds what hangs."""
    return seconds if LONG else seconds + PATIENCE


def leave_out_long(config, items):
    """For pytest_collection_modifyitems."""
    if LONG:
        return
    gone = [item for item in items if item.get_closest_marker('long')]
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if item not in gone]
