"""What a page weighs on stock Debian with mod_deflate: the first visit, and each
one after it. A client that follows what the page and its modules name, and
keeps what it may keep, as a browser does."""
import gzip
import posixpath
import re

import pytest

from harness import Httpd, location

CONFIG = ('SetOutputFilter DEFLATE\n'
          + location('/chat', 'Chat rooms', 'ChatList on'))
IMPORT = re.compile(
    r'''^(?:import|export)\s*(?:[\w*{][^;'"]*?from\s*)?['"](\.[^'"]+)['"]''',
    re.M)
# What is loaded only where it is needed.
LAZY = re.compile(r'/emoji/|/(?:ladder|polls|sse|tabs)\.js'
                  r'|/(?:ar|de|es|fr|ja|pt|ru|zh)\.js')
KB = 1024


class Visitor:
    """A browser's cache, and what came over the line in this visit."""

    def __init__(self, server):
        self.server = server
        self.kept = {}
        self.requests, self.bytes, self.names = 0, 0, []

    def begin(self):
        self.requests, self.bytes, self.names = 0, 0, []

    def get(self, path, accept='*/*'):
        """The text of a file, from the cache or the server."""
        tag, text, is_fresh = self.kept.get(path, (None, None, False))
        if is_fresh:
            return text
        answer = self.server.get(path, [
            ('Accept', accept), ('Accept-Encoding', 'gzip'),
            ('Cookie', f'chatws={7:032x}'),
            *([('If-None-Match', tag)] if tag else [])])
        assert answer.status == (304 if tag else 200), (path, answer)
        self.requests += 1
        self.names.append(path)
        self.bytes += len(answer.body) + sum(
            len(f'{name}: {value}\r\n') for name, values
            in answer.headers.items() for value in values) + 19
        if answer.status == 200:
            text = (gzip.decompress(answer.body) if answer.header(
                'content-encoding') == 'gzip' else answer.body).decode()
        self.kept[path] = (answer.header('etag'), text, 'immutable'
                           in answer.header('cache-control'))
        return text

    def load(self, path):
        """A module and all that it imports, once."""
        todo, seen = [path], set()
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += [posixpath.normpath(posixpath.join(
                    posixpath.dirname(name), other))
                    for other in IMPORT.findall(self.get(name))]
        return seen

    def visit(self, path):
        """A page with its styles, its icon and its modules."""
        text = self.get(path, 'text/html')
        loaded = set()
        for link in re.findall('<(?:link|script|img) [^>]*>', text):
            name = posixpath.join(posixpath.dirname(path), re.search(
                '(?:href|src)="([^"]+)"', link).group(1))
            if name.endswith('.js'):
                loaded |= self.load(name)
            else:
                self.get(name)
        return loaded


@pytest.fixture(scope='module')
def server():
    with Httpd(config=CONFIG, modules=('deflate', 'filter')) as running:
        yield running


def weigh(server, what, visit, first, again):
    """Two visits within these bounds: (requests, bytes)."""
    visitor = Visitor(server)
    for which, (requests, size) in (('first', first), ('second', again)):
        visitor.begin()
        visit(visitor)
        print(f'{what}, {which} visit: {visitor.requests} requests, '
              f'{visitor.bytes / KB:.1f} KB')
        assert not [name for name in visitor.names if LAZY.search(name)]
        assert visitor.requests <= requests
        assert visitor.bytes <= size


@pytest.mark.parametrize('path, first', [
    ('/chat/lobby', (65, 110 * KB)), ('/chat/', (20, 20 * KB)),
    ('/chat/_chatws/check.html', (20, 35 * KB)),
    ('/chat/_chatws/compare.html', (40, 80 * KB))])
def test_pages(server, path, first):
    """The first visit is bounded; the second asks for the page alone."""
    weigh(server, path, lambda visitor: visitor.visit(path), first,
          (1, KB))


@pytest.mark.parametrize('name, first', [
    ('chat-room.js', (60, 100 * KB)), ('chatws.js', (12, 18 * KB))])
def test_scripts_of_other_pages(server, name, first):
    """A page of the site that has the element or the client."""
    weigh(server, name, lambda visitor: visitor.load(f'/chat/_chatws/{name}'),
          first, (1, KB))


def test_the_page_and_another_room_share_their_files(server):
    visitor = Visitor(server)
    visitor.visit('/chat/lobby')
    visitor.begin()
    visitor.visit('/chat/other')
    assert visitor.requests == 1
