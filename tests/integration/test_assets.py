"""The bundled files by version: what has a version in its URL never changes and
is kept for a year, what has none leads there. An upgrade is one step, and no
page ever gets modules of two versions."""
import base64
import hashlib
import os
import posixpath
import re
import threading
import time

import pytest

from harness import ONE_CHILD, Httpd, location, wait_until
from harness.paths import ASSETS

CHAT = location('/chat', 'Chat rooms', 'ChatRate off')
HTML = [('Accept', 'text/html'), ('Cookie', f'chatws={1:032x}')]
BASE = '/chat/_chatws/'
IMMUTABLE = 'public, max-age=31536000, immutable'
SECONDS = 20
# A static import of a file beside, wherever its statement begins and ends.
IMPORT = re.compile(
    r'''^(?:import|export)\s*(?:[\w*{][^;'"]*?from\s*)?['"](\.[^'"]+)['"]''',
    re.M)


def graph(folder, name, seen=None):
    """A module and all that it imports statically."""
    seen = [] if seen is None else seen
    if name not in seen:
        seen.append(name)
        for other in IMPORT.findall((folder / name).read_text()):
            graph(folder, posixpath.normpath(posixpath.join(
                posixpath.dirname(name), other)), seen)
    return seen


def version(server, path=BASE + 'chatws.js'):
    """The version that is served now."""
    answer = server.get(path, HTML)
    assert answer.status == 200, answer
    found = set(re.findall(r'v-[0-9a-f]{16}', answer.body.decode()))
    assert len(found) == 1, found
    return found.pop()


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, config=CHAT + location(
            '/listed', 'Chat rooms', 'ChatList on'),
            files={'x': 'x'}) as running:
        yield running


# What is served

def test_a_version_is_for_ever(server):
    now = version(server)
    for path in (p.relative_to(ASSETS).as_posix() for p in ASSETS.rglob('*')):
        if path.endswith(('.js', '.css', '.svg')):
            answer = server.get(f'{BASE}{now}/{path}')
            assert answer.status == 200, path
            assert answer.header('cache-control') == IMMUTABLE
            assert answer.header('access-control-allow-origin') == '*'
            assert answer.body == (ASSETS / path).read_bytes()
            assert len(answer.body) == int(answer.header('content-length'))


def test_what_has_no_version_leads_there(server):
    now = version(server)
    for path in (p.relative_to(ASSETS).as_posix() for p in ASSETS.rglob('*')):
        if not path.endswith(('.js', '.css', '.svg')):
            continue
        answer = server.get(BASE + path)
        assert answer.header('cache-control') == 'no-cache', path
        text = answer.body.decode()
        if not path.endswith('.js'):
            assert answer.body == (ASSETS / path).read_bytes()
            continue
        first = f"export * from '{'../' * path.count('/') or './'}{now}/{path}'"
        assert text.startswith(first), path
        assert ('{ default }' in text) == bool(
            re.search('^export default ', (ASSETS / path).read_text(), re.M))
        assert sorted(re.findall(f"^import '[./]+{now}/(.+)';$", text, re.M)) \
            == sorted(graph(ASSETS, path)), path


@pytest.mark.parametrize('path, entries', [
    ('/chat/lobby', ['page/room.js', 'chat-room.js']),
    ('/chat/', ['page/rooms.js']),
    (BASE + 'check.html', ['check/check.js']),
    (BASE + 'compare.html', ['compare/compare.js'])])
def test_pages_name_all_modules(server, path, entries):
    """The browser asks for all of them at once, and for nothing twice."""
    answer = server.get(path, HTML)
    text = answer.body.decode()
    now = version(server)
    assert answer.header('cache-control') == 'no-cache'
    assert '@' not in text
    wanted = {name for entry in entries for name in graph(ASSETS, entry)}
    named = re.findall(f'modulepreload" href="[^"]*{now}/([^"]+)"', text)
    assert sorted(named) == sorted(wanted)
    for link in re.findall('(?:href|src)="([^"]+)"', text):
        if '.' in link.rpartition('/')[2]:
            full = posixpath.normpath(posixpath.join(
                posixpath.dirname(path), link))
            assert server.get(full).status == 200, link


@pytest.mark.parametrize('name', ['chatws.js', 'chat-room.js',
                                  'chat-launcher.js'])
def test_what_pages_name_is_promised(server, name):
    """v1/FILE is FILE, and leads to the same modules: none is loaded twice."""
    plain = server.get(BASE + name)
    answer = server.get(f'{BASE}v1/{name}')
    assert answer.status == 200
    assert answer.body == plain.body.replace(b"'./", b"'../")
    for field in ('content-type', 'cache-control', 'etag',
                  'access-control-allow-origin'):
        assert answer.header(field) == plain.header(field)
    assert len(answer.body) == int(answer.header('content-length'))
    again = server.get(f'{BASE}v1/{name}',
                       [('If-None-Match', answer.header('etag'))])
    assert again.status == 304


def test_a_page_is_found_from_a_version(server):
    for name in (version(server), 'v-' + '0' * 16):
        answer = server.get(f'{BASE}{name}/check.html?room=x')
        assert answer.status == 302
        assert answer.header('location') == '../check.html?room=x'
        assert server.get(f'{BASE}{name}/none.html').status == 404


@pytest.mark.parametrize('path', [
    'v-0000000000000000/chatws.js', 'v-@version@/chatws.js',
    '@version@/chatws.js', 'v-12/chatws.js', 'NOW/none.js', 'NOW/', 'NOW',
    'NOW/NOW/chatws.js', 'NOW/lang/../chatws.js/x', 'NOW/a/b/c.js',
    'NOW/.htaccess', 'NOW/files.am', 'V-NOW/chatws.js', 'v1/', 'v1',
    'v2/chatws.js', 'v1/client/chat.js', 'v1/check.html', 'v1/none.js',
    'v1/v1/chatws.js', 'v1/NOW/chatws.js', 'NOW/v1/chatws.js'])
def test_what_there_is_not(server, path):
    """Nothing else is answered instead, and nobody keeps the refusal."""
    answer = server.get(BASE + path.replace('NOW', version(server)))
    assert answer.status == 404
    assert answer.header('cache-control') == 'no-store'


def test_the_page_says_whether_rooms_are_listed(server):
    pages = {way: server.get(f'/{path}/', HTML) for path, way in
             (('chat', 'off'), ('listed', 'on'))}
    for way, answer in pages.items():
        assert f'data-list="{way}"' in answer.body.decode()
        for other, page in pages.items():
            again = server.get(f'/{"chat" if way == "off" else "listed"}/',
                               HTML + [('If-None-Match', page.header('etag'))])
            assert again.status == (304 if way == other else 200)


def test_files_behind_a_password_are_private():
    secret = base64.b64encode(hashlib.sha1(b'b').digest()).decode()
    basic = [('Authorization', 'Basic ' + base64.b64encode(b'a:b').decode())]
    with Httpd(config=location(
            '/chat', 'Chat rooms', 'AuthType Basic', 'AuthName Team',
            'AuthUserFile "@ROOT@/htdocs/users"', 'Require valid-user'),
            files={'users': f'a:{{SHA}}{secret}\n'}) as server:
        assert server.get(BASE + 'chatws.js').status == 401
        now = re.search('v-[0-9a-f]{16}', server.get(
            BASE + 'chatws.js', basic).body.decode()).group()
        answer = server.get(f'{BASE}{now}/chatws.js', basic)
        assert answer.status == 200
        assert answer.header('cache-control') == IMMUTABLE.replace(
            'public', 'private')


def test_what_sets_a_cookie_is_private():
    """A shared cache would give one visitor's cookie to all."""
    with Httpd(config=CHAT + 'CookieTracking on\n',
               modules=('usertrack',)) as server:
        answer = server.get(f'{BASE}{version(server)}/chatws.js')
        assert answer.header('set-cookie')
        assert answer.header('cache-control') == IMMUTABLE.replace(
            'public', 'private')


def test_what_httpd_must_not_read():
    """Also when its parent, who is root, could: a link may lead anywhere. All
    else is served, and seen when it changes."""
    server = Httpd(config=CHAT, sizes=ONE_CHILD)
    secret = server.root / 'secret'
    secret.write_text('{}')
    secret.chmod(0)
    with server:
        assets = server.root / 'assets'
        before = version(server)
        (assets / 'link.json').symlink_to(secret)
        (assets / 'closed.css').write_text('a {}')
        (assets / 'closed.css').chmod(0)
        server.allow('CW0643: .*/(closed.css|link.json) is not served')
        (assets / 'open.css').write_text('b {}')
        wait_until(lambda: version(server) != before,
                   SECONDS, 'the new version')
        assert any('CW0643' in line for line in server.log_lines())
        for _ in range(2):
            assert server.get(BASE + 'link.json').status == 404
            assert server.get(BASE + 'closed.css').status == 404
            assert server.get(BASE + 'open.css').body == b'b {}'
            server.graceful()
        (assets / 'closed.css').chmod(0o644)
        wait_until(lambda: server.get(BASE + 'closed.css').body == b'a {}',
                   SECONDS, 'it may be read now')


def test_what_an_owner_has_added():
    """Scripts that are no modules, and files that are not kept in memory."""
    with Httpd(config=CHAT, sizes=ONE_CHILD) as server:
        assets = server.root / 'assets'
        (assets / 'old.js').write_text('window.x = 1;\n')
        (assets / 'photo.png').write_bytes(os.urandom(3 << 20))
        (assets / 'photo.png').chmod(0o644)
        (assets / 'old.js').chmod(0o644)
        wait_until(lambda: server.get(BASE + 'photo.png').status == 200,
                   SECONDS, 'the photo')
        for path in ('old.js', 'photo.png', f'{version(server)}/photo.png'):
            answer = server.get(BASE + path)
            assert answer.body == (assets / path.rpartition('/')[2]) \
                .read_bytes()


# Conditions, and filters that mark the tag

FILTERS = {
    'deflate': ('gzip', 'SetOutputFilter DEFLATE\n', ('deflate', 'filter')),
    'deflate, tag as it is': (
        'gzip', 'SetOutputFilter DEFLATE\nDeflateAlterETag NoChange\n',
        ('deflate', 'filter')),
    'deflate, no tag': (
        'gzip', 'SetOutputFilter DEFLATE\nDeflateAlterETag Remove\n',
        ('deflate', 'filter')),
    'brotli': ('br', 'SetOutputFilter BROTLI_COMPRESS\n',
               ('brotli', 'filter')),
    'none': (None, '', ()),
}


@pytest.mark.parametrize('name', FILTERS)
def test_who_comes_again_is_not_sent_it_again(name):
    """mod_deflate puts "-gzip" behind the tag, and httpd compares it with its
    own: on stock Debian everything was sent with each visit."""
    coding, config, modules = FILTERS[name]
    with Httpd(config=config + CHAT, modules=modules) as server:
        accept = [('Accept-Encoding', 'gzip, br')]
        for path in ('/chat/lobby', '/chat/', BASE + 'chat-room.js',
                     BASE + 'page/chat.css', BASE + 'check.html',
                     f'{BASE}{version(server)}/chat-room.js'):
            first = server.get(path, HTML + accept)
            assert first.header('content-encoding') == coding
            tag = first.header('etag')
            if not tag:
                assert 'no tag' in name
                continue
            for line in (tag, f'W/{tag}', f'"x", {tag}', f'"x-gzip",{tag}'):
                again = server.get(path, HTML + accept
                                   + [('If-None-Match', line)])
                assert (again.status, again.body) == (304, b''), line
                assert again.header('etag') == tag
                assert again.header('cache-control') \
                    == first.header('cache-control')
            for line in ('"x"', '"x-gzip"', tag[:-2] + '"', '"-gzip"',
                         '-gzip"', '"'):
                assert server.get(path, HTML + accept + [
                    ('If-None-Match', line)]).status == 200, line


# Other files

def mark(assets, number, names=None, pause=0):
    """Replaces files as a package does: each at once, one after the other."""
    for path in sorted(assets.rglob('*.js')):
        if names and path.name not in names:
            continue
        text = re.sub(r'\n// mark \d+\n', '', path.read_text())
        new = path.with_name(path.name + '.dpkg-new')
        new.write_text(f'{text}\n// mark {number}\n')
        new.chmod(0o644)
        new.rename(path)
        time.sleep(pause)


def marks(server, now):
    """Which marks the modules of a page have; None for one that is gone."""
    found = set()
    for name in graph(ASSETS, 'chat-room.js'):
        answer = server.get(f'{BASE}{now}/{name}')
        if answer.status == 404:
            return None
        assert answer.header('content-type').startswith('text/javascript')
        mark_of = re.search(r'// mark (\d+)\n$', answer.body.decode())
        found.add(mark_of and int(mark_of.group(1)))
    return found


def test_an_edit_is_seen():
    with Httpd(config=CHAT, sizes=ONE_CHILD) as server:
        before = version(server)
        (server.root / 'assets' / 'element' / 'room.css').write_text('a {}\n')
        wait_until(lambda: version(server) != before,
                   SECONDS, 'the new version')
        assert server.get(BASE + 'element/room.css').body == b'a {}\n'
        assert server.get(f'{BASE}{version(server)}/element/room.css').body \
            == b'a {}\n'
        assert server.get(f'{BASE}{before}/element/room.css').body \
            == (ASSETS / 'element/room.css').read_bytes()
        assert version(server, '/chat/lobby') == version(server)


def test_the_same_files_are_the_same_version():
    with Httpd(config=CHAT, sizes=ONE_CHILD) as server:
        assets = server.root / 'assets'
        before = version(server)
        for path in assets.rglob('*.css'):
            path.touch()
        mark(assets, 1)
        wait_until(lambda: version(server) != before,
                   SECONDS, 'the new version')
        other = version(server)
        for path in assets.rglob('*.js'):
            path.write_bytes((ASSETS / path.relative_to(assets)).read_bytes())
        wait_until(lambda: version(server) == before,
                   SECONDS, 'the old version again')
        assert marks(server, other) == {1}
    with Httpd(config=CHAT) as server:
        assert version(server) == before


@pytest.mark.parametrize('mpm', ['event', 'prefork'])
def test_an_upgrade_is_one_step(mpm):
    """While files are replaced, and httpd goes on with the old ones: each page
    has modules of one version."""
    with Httpd(mpm=mpm, config=CHAT) as server:
        assets = server.root / 'assets'
        seen, stop = [], threading.Event()

        def visit():
            while not stop.is_set():
                seen.append(marks(server, version(server, '/chat/lobby')))

        visitors = [threading.Thread(target=visit) for _ in range(2)]
        for thread in visitors:
            thread.start()
        try:
            mark(assets, 1, pause=0.02)
            wait_until(lambda: {1} in seen, SECONDS, 'a page of the new files')
        finally:
            stop.set()
            for thread in visitors:
                thread.join()
        assert {str(one) for one in seen} == {'{None}', '{1}'}


def test_a_reload_takes_the_new_files_and_keeps_the_old():
    """A page that is open goes on: what it loads later is of its version."""
    with Httpd(config=CHAT) as server:
        before = version(server)
        for number in (1, 2):
            mark(server.root / 'assets', number)
            server.graceful()
            wait_until(lambda: marks(server, version(server)) == {number},
                       SECONDS, 'the new files')
        assert marks(server, before) == {None}
        for number in (3, 4, 5):
            mark(server.root / 'assets', number)
            server.graceful()
            wait_until(lambda: marks(server, version(server)) == {number},
                       SECONDS, 'the new files')
        assert marks(server, before) is None


def test_a_version_that_another_process_has_named():
    """A child that has not seen the new files yet looks for them."""
    with Httpd(config=CHAT, sizes=ONE_CHILD) as server:
        version(server)
        with Httpd(config=CHAT) as other:
            mark(other.root / 'assets', 1)
            other.graceful()
            wait_until(lambda: marks(other, version(other)) == {1},
                       SECONDS, 'the new files')
            named = version(other)
        mark(server.root / 'assets', 1)
        wait_until(lambda: marks(server, named) == {1}, SECONDS,
                   'the new files')


def test_a_folder_that_is_gone_for_a_moment():
    with Httpd(config=CHAT) as server:
        assets = server.root / 'assets'
        before = version(server)
        assets.rename(assets.with_name('away'))
        end = time.monotonic() + 3      # it is looked for once a second
        while time.monotonic() < end:
            assert version(server, '/chat/lobby') == before
            assert marks(server, before) == {None}
            time.sleep(0.2)
        assets.with_name('away').rename(assets)
        assert version(server) == before


def test_a_file_that_is_made_with_a_tool(server):
    """Whoever has not got it reads what to install."""
    name = 'chat-room.bundle.js'
    answer = server.get(BASE + name)
    if (ASSETS / name).exists():
        assert answer.status == 302
    else:
        assert answer.status == 404 and b'install esbuild' in answer.body
    assert b'esbuild' not in server.get(BASE + 'none.js').body
