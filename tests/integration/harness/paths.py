"""Where the things under test and Debian's httpd are; all can be overridden
by the environment, so that an out-of-tree build runs the same tests."""
import os
import socket
import random
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]

MODULE = Path(os.environ.get(
    'CHATWS_MODULE', SOURCE.parent / 'build' / '.libs' / 'mod_chatws.so'))
if not MODULE.is_file() and 'CHATWS_MODULE' not in os.environ:
    MODULE = SOURCE / 'build' / '.libs' / 'mod_chatws.so'

# The long forms of the tests that have one: make check-soak.
LONG = os.environ.get('CHATWS_LONG', '') not in ('', '0')

ASSETS = Path(os.environ.get('CHATWS_ASSETS', SOURCE / 'htdocs'))

APACHE = os.environ.get('CHATWS_HTTPD', '/usr/sbin/apache2')
APACHE_MODULES = Path(os.environ.get('CHATWS_HTTPD_MODULES',
                                     '/usr/lib/apache2/modules'))
APACHE_STOCK = Path(os.environ.get('CHATWS_HTTPD_STOCK', '/etc/apache2'))


def environment():
    """The environment of httpd: CHATWS_PRELOAD names a sanitizer's library
    that has to be in the process before a module built with it."""
    variables = dict(os.environ)
    preload = variables.pop('CHATWS_PRELOAD', '')
    if preload:
        variables['LD_PRELOAD'] = preload
        variables.setdefault('ASAN_OPTIONS',
                             'detect_leaks=0:quarantine_size_mb=1')
        variables.setdefault('UBSAN_OPTIONS', 'print_stacktrace=1')
    return variables


def have_module():
    """True when the module has been built."""
    return MODULE.is_file()


def free_port():
    """A loopback port that nobody listens on, below the range from which the
    kernel takes the ports of outgoing connections: a swarm cannot take it."""
    picker = random.SystemRandom()
    while True:
        port = picker.randrange(18000, 32000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(('127.0.0.1', port))
            except OSError:
                continue
        return port
