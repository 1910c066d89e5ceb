"""Row 6: polls and pages of history, their refusals, and that one room's
messages never come out of another."""
import time
import uuid

import pytest

from harness import (Httpd, SseClient, is_made, location, new_room, order,
                     say, wait_until)

BROWSER = ('Accept', 'text/html,*/*;q=0.8')
NOWHERE = '0-0'
BIG = '18446744073709551615'
CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/small', 'Chat rooms', 'ChatRate off', 'ChatHistory 5') +
          location('/none', 'Chat rooms', 'ChatRate off', 'ChatHistory 0') +
          location('/off', 'Chat rooms', 'ChatGuests off'))


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, config=CONFIG) as running:
        yield running


def page(server, room, query):
    answer = server.get(f'{room}?{query}')
    assert answer.status == 200, answer
    return answer.json()


def texts(answer):
    return [event['text'] for event in answer['events']]


def test_after(server):
    room = new_room()
    ids = say(server, room, 'a', 'b', 'c')
    got = page(server, room, f'after={ids[0]}')
    assert texts(got) == ['b', 'c']
    assert got['cursor'] == ids[2] and got['gap'] is False
    assert 'more' not in got
    got = page(server, room, f'after={ids[2]}')
    assert got == {'cursor': ids[2], 'gap': False, 'events': []}
    say(server, room, 'd')
    assert texts(page(server, room, f'after={got["cursor"]}')) == ['d']


def test_the_bytes_are_those_of_the_whole(server):
    room = new_room()
    ids = say(server, room, 'ü <b>"\\', 'zwei\n')
    whole = server.get(room).body
    for query in (f'after={ids[0]}', f'before={BIG}-0&limit=1'):
        body = server.get(f'{room}?{query}').body
        one = body[body.index(b'[') + 1:body.rindex(b']')]
        assert one and one in whole


def test_too_old_and_from_the_future(server):
    room = new_room('/small')
    ids = say(server, room, *'abcdefgh')
    assert page(server, room, f'after={ids[2]}')['gap'] is False
    for cursor in (ids[0], ids[1], NOWHERE, f'{BIG}-{BIG}'):
        got = page(server, room, f'after={cursor}')
        assert got['gap'] is True
        assert texts(got) == list('defgh') and got['cursor'] == ids[-1]


def test_nothing_is_kept(server):
    room = new_room('/none')
    ids = say(server, room, 'a', 'b')
    assert page(server, room, f'after={ids[0]}') == \
        {'cursor': ids[1], 'gap': True, 'events': []}
    assert page(server, room, f'after={ids[1]}')['gap'] is False


def test_a_room_that_does_not_exist_is_not_made(server):
    room = new_room()
    for path, query, gap in ((room, '', False), (room, f'after={NOWHERE}',
                                                 False),
                             (room, f'before={BIG}-0', False),
                             (room, 'after=1-0', True),
                             (room, f'after={BIG}-0', True),
                             ('/chat/', 'after=1-0', True)):
        got = page(server, path, query)
        assert (got['gap'], got['events']) == (gap, []), query
        now = time.time() * 1000
        assert now - 20000 < order(got['cursor'])[0] <= now, query
    assert not is_made(server, room)
    client = server.ws(f'{room}?after={NOWHERE}')
    assert client.recv_event('hello')['gap'] is True
    client.close()


@pytest.mark.parametrize('query', ['', f'after={NOWHERE}', f'before={BIG}-0',
                                   'history=0', 'after=1-0'])
def test_a_position_of_before_is_exact(server, query):
    """On every row: nothing that is said once the room is made is missed, and
    no gap is told."""
    room = new_room()
    cursor = page(server, room, query)['cursor']
    got = page(server, room, f'after={cursor}')
    assert got == {'cursor': cursor, 'gap': False, 'events': []}
    say(server, room, 'first')
    got = page(server, room, f'after={cursor}')
    assert (got['gap'], texts(got)) == (False, ['first'])
    got = page(server, room, f'after={cursor}&wait=5')
    assert (got['gap'], texts(got)) == (False, ['first'])
    with server.ws(f'{room}?after={cursor}') as client:
        hello = client.recv_event('hello')
        assert (hello['resumed'], hello['gap']) == (True, False)
        assert client.recv_event('message')['text'] == 'first'
        client.close()
    with SseClient(server.address(), f'{room}?after={cursor}') as stream:
        assert stream.recv_event('hello')['resumed'] is True
        assert stream.recv_event('message')['text'] == 'first'


def test_a_long_poll_of_a_position_of_before(server):
    """It is held: what it asks for comes."""
    room = new_room()
    cursor = page(server, room, '')['cursor']
    with server.raw() as client:
        client.send(f'GET {room}?after={cursor}&wait=20 HTTP/1.1\r\n'
                    f'Host: {server.host()}\r\n\r\n'.encode())
        wait_until(lambda: server.get(f'{room}?members').json()['count'] == 1,
                   10, 'it waits')
        say(server, room, 'first')
        got = client.read_response().json()
    assert (got['gap'], texts(got)) == (False, ['first'])


@pytest.mark.parametrize('row', ['get', 'before', 'plain', 'post', 'ws'])
def test_a_lowered_history_holds_at_the_next_request(row):
    """After a graceful restart with a lower ChatHistory, whatever comes
    next."""
    room = new_room()
    old, new = 'ChatHistory 50', 'ChatHistory 2'
    with Httpd(config=location('/chat', 'Chat rooms', old)) as server:
        ids = say(server, room, *'abcde')
        path = server.root / 'httpd.conf'
        path.write_text(path.read_text().replace(old, new))
        children = set(server.children())
        server.graceful()
        wait_until(lambda: not children & set(server.children()), 15)
        if row == 'get':
            assert texts(server.get(room).json()) == ['d', 'e']
        elif row == 'before':
            got = page(server, room, f'before={ids[-1]}')
            assert texts(got) == ['d'] and 'more' not in got
        elif row == 'plain':
            log = server.get(f'{room}?plain=log', [BROWSER]).body
            assert b'>e<' in log and b'>c<' not in log
        elif row == 'post':
            say(server, room, 'f')
            assert texts(server.get(room).json()) == ['e', 'f']
        else:
            with server.ws(room) as client:
                client.recv_event('hello')
                assert client.recv_event('message')['text'] == 'd'
                client.close()


def test_pages_back_to_the_first(server):
    room = new_room()
    ids = say(server, room, *(str(i) for i in range(60)))
    got = page(server, room, f'before={BIG}-0')
    assert texts(got) == [str(i) for i in range(10, 60)], '50 is the default'
    assert got['more'] is True and got['cursor'] == ids[-1]
    seen = []
    before = f'{BIG}-0'
    while True:
        got = page(server, room, f'before={before}&limit=7')
        seen = texts(got) + seen
        before = got['events'][0]['id']
        if 'more' not in got:
            break
        assert got['more'] is True and len(got['events']) == 7
    assert seen == [str(i) for i in range(60)]
    got = page(server, room, f'before={ids[0]}')
    assert got['events'] == [] and 'more' not in got
    assert texts(page(server, room, f'after={got["cursor"]}')) == seen
    got = page(server, room, f'before={ids[5]}&limit={BIG}0')
    assert texts(got) == list('01234')


def test_history_of_the_whole(server):
    room = new_room()
    ids = say(server, room, 'a', 'b', 'c')
    assert texts(page(server, room, 'history=2')) == ['b', 'c']
    got = page(server, room, 'history=0')
    assert got['events'] == [] and got['cursor'] == ids[-1]
    assert texts(page(server, room, f'history=1&after={ids[0]}')) == \
        ['b', 'c']


def test_a_cursor_is_answered_with_json_whatever_is_accepted(server):
    room = new_room()
    ids = say(server, room, 'a')
    for query in (f'after={ids[0]}', f'before={ids[0]}'):
        answer = server.get(f'{room}?{query}', [BROWSER])
        assert answer.header('content-type') == 'application/json'
    answer = server.get(f'{room}?history=1', [BROWSER])
    assert answer.header('content-type').startswith('text/html')


@pytest.mark.parametrize('query, code', [
    ('after=', 'bad_cursor'), ('after=x', 'bad_cursor'),
    ('after=1', 'bad_cursor'), ('after=1-', 'bad_cursor'),
    ('after=-1-0', 'bad_cursor'), ('after=01-0', 'bad_cursor'),
    ('after=1-0%00', 'bad_cursor'), ('after=%zz', 'bad_cursor'),
    ('after=1-0&after=1-0', 'bad_cursor'), ('after=1-0%20', 'bad_cursor'),
    (f'after={BIG}0-0', 'bad_cursor'), ('after=1-0,2-0', 'bad_cursor'),
    ('before=', 'bad_request'), ('before=x', 'bad_request'),
    ('before=1-0&before=2-0', 'bad_request'),
    ('after=1-0&before=2-0', 'bad_request'),
    ('before=1-0&limit=0', 'bad_request'), ('before=1-0&limit=', 'bad_request'),
    ('before=1-0&limit=-1', 'bad_request'), ('limit=x', 'bad_request'),
    ('before=1-0&limit=1&limit=1', 'bad_request'),
    ('after=1-0&wait=x', 'bad_request'), ('after=1-0&wait=1.5', 'bad_request'),
    ('wait=-1', 'bad_request'), ('after=1-0&wait=', 'bad_request'),
    ('history=x', 'bad_request'), ('history=-1', 'bad_request'),
    ('history=', 'bad_request')])
def test_refused(server, query, code):
    answer = server.get(f'{new_room()}?{query}')
    assert answer.status == 400, answer
    assert answer.json()['code'] == code


def test_unknown_parameters_are_ignored(server):
    room = new_room()
    ids = say(server, room, 'a', 'b')
    got = page(server, room, f'x=1&after={ids[0]}&&meter=0&AFTER=x')
    assert texts(got) == ['b']


def test_head_is_get_without_the_body(server):
    room = new_room()
    ids = say(server, room, 'a')
    for query in (f'after={ids[0]}', f'after={ids[0]}&wait=20',
                  f'before={ids[0]}', 'after=x'):
        get = server.get(f'{room}?{query}') if 'wait' not in query else None
        head = server.request('HEAD', f'{room}?{query}')
        assert head.body == b''
        if get:
            assert head.status == get.status
            assert head.header('content-length') == \
                str(len(get.body))


def test_guests_may_be_kept_out(server):
    for query in ('after=1-0', 'before=1-0', ''):
        assert server.get(f'/off/r?{query}').status == 403


def test_a_cookie_is_set_once(server):
    room = new_room()
    first = server.get(f'{room}?after={NOWHERE}')
    cookie = first.header('set-cookie').split(';')[0]
    again = server.get(f'{room}?after={NOWHERE}', [('Cookie', cookie)])
    assert again.header('set-cookie') is None


def test_no_cursor_reads_another_room(server):
    """A canary in one room; every cursor, also that room's own, is tried in
    others, by every row that takes one."""
    room, other = new_room(), new_room()
    canary = uuid.uuid4().hex
    secret = say(server, room, canary, canary)
    mine = say(server, other, 'mine')
    cursors = [*secret, *mine, NOWHERE, f'{BIG}-{BIG}', '1-0',
               secret[0].replace('-', '-1'), 'x' * 3000]
    for place in (other, new_room(), '/chat/'):
        for cursor in cursors:
            for query in (f'after={cursor}', f'before={cursor}',
                          f'after={cursor}&room={room}'):
                answer = server.get(f'{place}?{query}')
                assert answer.status in (200, 400)
                assert canary.encode() not in answer.body


def test_headers(server):
    room = new_room()
    say(server, room, 'a')
    for query in (f'after={NOWHERE}', f'before={BIG}-0', ''):
        answer = server.get(f'{room}?{query}')
        assert answer.header('content-type') == 'application/json'
        assert answer.header('cache-control') == 'no-store'
        assert answer.header('x-content-type-options') == 'nosniff'
        assert answer.header('vary') == 'Accept, Origin'


def test_no_cache_in_front_keeps_them():
    """mod_cache may keep everything that it is allowed to."""
    config = CONFIG + ('CacheEnable socache /\nCacheSocache shmcb\n'
                       'CacheDefaultExpire 3600\nCacheIgnoreQueryString On\n'
                       'CacheHeader on\n')
    with Httpd(config=config, modules=['cache', 'cache_socache',
                                       'socache_shmcb']) as server:
        wait_until(lambda: not server.get('/alive.txt').header('x-cache')
                   .startswith('MISS'), 10, 'that the cache works')
        room = new_room()
        ids = say(server, room, 'a')
        for query in ('', f'?after={NOWHERE}', f'?before={BIG}-0',
                      '?members'):
            for _ in range(2):
                answer = server.get(room + query)
                assert answer.status == 200
                assert answer.header('x-cache').startswith('MISS')
        ids += say(server, room, 'b')
        assert texts(page(server, room, f'after={ids[0]}')) == ['b']
        assert texts(page(server, room, '')) == ['a', 'b']
