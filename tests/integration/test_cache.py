"""Caches: the bundled pages and files behind mod_cache and asked for with
conditions. Everybody gets all of it, and nobody another visitor's cookie."""
import email.utils
import itertools
import re

import pytest

from harness import ECHO, Httpd, location, wait_until
from harness.paths import ASSETS

ROOMS = location('/chat', 'Chat rooms', 'ChatRate off', 'ChatList on')
PAGE, ASSET = '/chat/lobby', '/chat/_chatws/chatws.js'
HTML = [('Accept', 'text/html')]
KEYS = itertools.count(1)
STORES = {
    'disk': ('CacheRoot "@ROOT@/cache"\nCacheEnable disk /\n',
             ('cache', 'cache_disk')),
    'socache': ('CacheSocache shmcb\nCacheEnable socache /\n'
                'CacheSocacheMaxSize 1048576\n',
                ('cache', 'cache_socache', 'socache_shmcb'))}
# What an owner may have set, and must not need to.
EXTRA = ('CacheDefaultExpire 3600\nCacheHeader on\nCacheDetailHeader on\n'
         'CacheStoreExpired on\nCacheLock on\n')
CACHES = [(*store, quick, deflate) for store in STORES.items()
          for quick in ('on', 'off') for deflate in (False, True)]


@pytest.fixture(scope='module', params=CACHES,
                ids=lambda c: f'{c[0]}-quick-{c[2]}-deflate-{c[3]}')
def server(request):
    _, (config, modules), quick, deflate = request.param
    if deflate:
        config += 'SetOutputFilter DEFLATE\n'
        modules += ('deflate', 'filter')
    running = Httpd(config=f'CacheQuickHandler {quick}\n{config}{EXTRA}'
                    + ROOMS + ECHO, modules=modules)
    (running.root / 'cache').mkdir()
    (running.root / 'cache').chmod(0o777)
    with running:
        yield running


@pytest.fixture(scope='module')
def plain():
    """Without mod_cache; a header line that filters add to what passes them."""
    with Httpd(config=ROOMS + 'Header set Expires "0"\n', tls=True) as running:
        yield running


def visitor():
    """The header lines of one who has been here before."""
    return HTML + [('Cookie', f'chatws={next(KEYS):032x}')]


def room_page(answer):
    assert answer.status == 200, answer
    assert re.sub(b'v-[0-9a-f]{16}', b'@version@', answer.body).endswith(
        (ASSETS / 'room.html').read_bytes().rpartition(b'modulepreload')[2]
        .partition(b'\n')[2])
    assert answer.header('content-type') == 'text/html; charset=utf-8'
    return answer


def script(answer):
    assert answer.status == 200, answer
    assert re.match(rb"export \* from './v-[0-9a-f]{16}/chatws.js';\n",
                    answer.body)
    return answer


def test_everybody_gets_the_page(server):
    for _ in range(4):
        answer = room_page(server.get(PAGE, visitor()))
        assert answer.header('set-cookie') is None
        assert answer.header('cache-control') == 'no-cache'
        script(server.get(ASSET))


def test_nobody_gets_a_cookie_of_another(server):
    """New visitors and old ones, in every order."""
    seen = set()
    for _ in range(3):
        for _ in range(2):
            answer = room_page(server.get(PAGE, HTML))
            assert 'private' in answer.header('cache-control')
            key = re.match('chatws=([0-9a-f]{32});',
                           answer.header('set-cookie')).group(1)
            assert key not in seen
            seen.add(key)
        for _ in range(2):
            answer = room_page(server.get(PAGE, visitor()))
            assert answer.header('set-cookie') is None


def test_conditions_through_the_cache(server):
    for path, head in ((PAGE, visitor()), (ASSET, [])):
        first = server.get(path, head)
        for name, value in (('If-None-Match', first.header('etag')),
                            ('If-Modified-Since',
                             first.header('last-modified'))):
            again = server.get(path, head + [(name, value)])
            assert (again.status, again.body) == (304, b''), name
        assert server.get(path, head).body == first.body
        other = server.get(path, head + [('If-None-Match', '"other"')])
        assert other.status == 200 and other.body == first.body
        part = server.get(path, head + [('Range', 'bytes=0-99')])
        assert part.status in (200, 206)
        assert part.body in (first.body[:100], first.body)
        assert server.request('HEAD', path, head).status == 200


def test_the_chat_itself_is_not_cached(server):
    for number in range(3):
        assert server.post(PAGE, 'x', 'text/plain').status == 201
        listed = server.get(PAGE)
        assert listed.header('cache-control') == 'no-store'
        assert len(listed.json()['events']) >= number + 1
        room_page(server.get(PAGE, visitor()))
        client = server.ws(PAGE, headers=HTML)
        client.recv_event('hello')
        client.say('y', ref='1')
        client.recv_event('ack')
        client.close()
        with server.sse(PAGE) as stream:
            stream.recv_event('hello')
    echo = server.ws('/echo')
    echo.send_text('x')
    assert echo.recv_message()[1] == b'x'
    echo.close()


def test_a_new_page_is_seen(server):
    """An upgrade of the module changes the files."""
    path = server.root / 'assets' / 'chatws.js'
    old = path.read_text()
    before = script(server.get(ASSET)).body
    seen = []
    path.write_text(old + '// new\n')
    try:
        wait_until(lambda: seen.append(server.get(ASSET).body)
                   or seen[-1] != before, 20, 'the new page')
        version = re.search('v-[0-9a-f]{16}', seen[-1].decode()).group()
        new = ASSET.replace('chatws.js', f'{version}/chatws.js')
        # The other child may have looked 50 ms ago, when it was not whole.
        wait_until(lambda: server.get(new).body.endswith(b'// new\n'), 20,
                   'the new page of both children')
    finally:
        path.write_text(old)
    wait_until(lambda: server.get(ASSET).body == before, 20, 'the old page')


# A cache in a proxy in front, which cannot know more than the header says

@pytest.fixture(scope='module')
def front():
    config, modules = STORES['disk']
    running = Httpd(
        config='ProxyPass "/front" "http://127.0.0.1:@PORT@/chat"\n'
        + config.replace('disk /', 'disk /front') + EXTRA + ROOMS,
        modules=(*modules, 'proxy', 'proxy_http'))
    (running.root / 'cache').mkdir()
    (running.root / 'cache').chmod(0o777)
    with running:
        yield running


def test_everybody_gets_the_page_through_a_caching_proxy(front):
    for number in range(4):
        answer = room_page(front.get('/front/lobby', visitor()))
        assert answer.header('set-cookie') is None
        assert ('hit' in answer.header('x-cache-detail')) == (number > 0)
        script(front.get('/front/_chatws/chatws.js'))


def test_cookies_through_a_caching_proxy(front):
    seen = set()
    for number in range(12):
        if number % 3:
            room_page(front.get('/front/lobby', visitor()))
        else:
            answer = room_page(front.get('/front/lobby', HTML))
            seen.add(answer.header('set-cookie'))
    assert len(seen) == 4 and None not in seen


# Conditions without a cache in between

@pytest.mark.parametrize('path, head', [(PAGE, visitor()), (ASSET, [])])
def test_conditions(plain, path, head):
    first = plain.get(path, head)
    tag, date = first.header('etag'), first.header('last-modified')
    old = email.utils.formatdate(86400, usegmt=True)
    for lines, status in (
            ([('If-None-Match', tag)], 304), ([('If-None-Match', '*')], 304),
            ([('If-None-Match', f'"x", {tag}')], 304),
            ([('If-None-Match', '"x"')], 200),
            ([('If-Modified-Since', date)], 304),
            ([('If-Modified-Since', old)], 200),
            ([('If-Modified-Since', 'nonsense')], 200),
            ([('If-None-Match', '"x"'), ('If-Modified-Since', date)], 200),
            ([('If-Match', tag)], 200), ([('If-Match', '"x"')], 412),
            ([('If-Unmodified-Since', old)], 412)):
        for method in ('GET', 'HEAD'):
            answer = plain.request(method, path, head + lines)
            assert answer.status == status, (method, lines)
            assert answer.body == (first.body if method == 'GET'
                                   and status == 200 else b'')
            if status == 304:
                assert answer.header('etag') == tag
                assert answer.header('expires') == '0'
                assert answer.header('cache-control') == 'no-cache'
    assert plain.get(path, head + [('Range', 'bytes=10-19')]).body == \
        first.body[10:20]


def test_a_visitor_who_needs_a_cookie_gets_the_page(plain):
    """Whatever its browser has kept: the cookie belongs to one answer."""
    for tls in (False, True):
        first = room_page(plain.get(PAGE, visitor(), tls=tls))
        again = room_page(plain.get(PAGE, HTML + [
            ('If-None-Match', first.header('etag'))], tls=tls))
        assert again.header('set-cookie')
        assert again.header('cache-control') == 'private, no-cache'


def test_keep_alive_after_an_answer_without_body(plain):
    tag = plain.get(ASSET).header('etag')
    with plain.raw() as client:
        for line, status in ((f'If-None-Match: {tag}', 304),
                             ('If-Match: "x"', 412), ('X-Y: z', 200)):
            client.send(f'GET {ASSET} HTTP/1.1\r\nHost: localhost\r\n{line}'
                        '\r\n\r\n'.encode())
            assert client.read_response().status == status
