"""A server whose wall clock goes wrong."""
from pathlib import Path

LIBRARY = next(Path('/usr/lib').glob('*/faketime/libfaketimeMT.so.1'), None)


class Clock:
    """A server whose wall clock, and only that, can be set."""

    def __init__(self, server):
        assert LIBRARY, 'the package libfaketime is missing'
        self.server = server
        self.path = server.root / 'clock'
        self.set('+0')
        server.env.update({
            'LD_PRELOAD': str(LIBRARY), 'FAKETIME_NO_CACHE': '1',
            'FAKETIME_TIMESTAMP_FILE': str(self.path),
            'FAKETIME_DONT_FAKE_MONOTONIC': '1',
            'FAKETIME_FORCE_MONOTONIC_FIX': '0'})

    def set(self, offset):
        fresh = self.path.with_name('fresh')
        fresh.write_text(offset + '\n')
        fresh.chmod(0o644)
        fresh.rename(self.path)
