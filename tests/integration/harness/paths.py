"""Where the things under test and Debian's httpd are; all can be overridden
by the environment, so that an out-of-tree build runs the same tests."""
import contextlib
import os
import random
import socket
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


_reserved = []


def free_port():
    """A loopback port that nobody listens on, below the range from which the
    kernel takes the ports of outgoing connections: a swarm cannot take it. As
    long as this process lives no other one gets the same: a name in the
    abstract namespace says whose it is."""
    picker = random.SystemRandom()
    while True:
        port = picker.randrange(18000, 32000)
        with socket.socket() as probe, contextlib.ExitStack() as stack:
            mark = stack.enter_context(socket.socket(socket.AF_UNIX))
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                mark.bind(f'\0chatws-test-port-{port}')
                probe.bind(('127.0.0.1', port))
            except OSError:
                continue
            stack.pop_all()
        _reserved.append(mark)
        return port
