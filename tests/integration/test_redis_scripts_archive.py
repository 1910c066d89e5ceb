"""The scripts that Redis runs where a host has an archive: in a Redis, without
the module."""
import pytest

from harness.redis import Redis
from harness.redis_room import RedisRoom, heard, parts

DUE = 'chatws:due'
ARCHIVE = 'chatws:archive'
KEY = 'site\n/room'


@pytest.fixture(name='redis', scope='module')
def one_redis():
    with Redis() as running:
        yield running


@pytest.fixture(name='client')
def one_client(redis):
    with redis.client() as client:
        client.flushall()
        yield client


@pytest.fixture(name='room')
def one_room(client):
    """Archived for ever, by an archive for which acks wait; all that it has is
    there."""
    client.set(ARCHIVE, '1')
    room = RedisRoom(client, keep=-1)
    room.knows_since('0-0')
    page = room.fetch(make=True, since='0-0', asked=True)
    assert room.kept(page.top) is False
    assert not client.exists(DUE)
    return room


def listen(client, channel):
    hearing = client.pubsub(ignore_subscribe_messages=True)
    hearing.subscribe(channel)
    while not hearing.subscribed or hearing.get_message(timeout=5):
        pass
    return hearing


def number(text):
    ms, n = text.split('-')
    return int(ms), int(n)


def test_what_is_stored_is_due_and_its_ack_waits(room):
    hearing = listen(room.client, ARCHIVE)
    first = room.say('a', ref='r')
    assert (first.status, first.ack) == ('OK', '1')
    assert room.client.hgetall(DUE) == {KEY: room.settings()}
    assert 0 < room.client.pttl(DUE) <= 30 * 86400000
    room.said('b')
    again = room.say('a', ref='r')
    assert (again.status, again.ack) == ('REPEATED', '1')
    assert room.kept(first.id) is True
    assert room.say('a', ref='r').ack == '0'
    assert room.client.hexists(DUE, KEY)
    room.client.publish(ARCHIVE, 'end')
    assert heard(hearing, 2) == ['D', 'end']
    for answer in (room.delete(first.id), room.clear(),
                   room.state(['0', '0', ''], ['0', '1', ''])):
        assert (answer.status, answer.ack) == ('OK', '1')
    # Acks need not wait, but it is archived all the same.
    room.client.set(ARCHIVE, '0')
    assert room.say('c').ack == '0'
    assert room.kept(room.fetch().top) is False
    assert not room.client.exists(DUE)
    assert room.say('d').ack == '0' and room.client.hexists(DUE, KEY)


@pytest.mark.parametrize('archive, keep', [('1', 0), (None, -1), ('1', None)])
def test_without_an_archive_nothing_is_due(client, archive, keep):
    if archive:
        client.set(ARCHIVE, archive)
    room = RedisRoom(client, keep=keep, count=10).make()
    ids = [room.said(str(i)) for i in range(141)]
    assert room.say('x').ack == '0'
    assert not client.exists(DUE)
    page = room.fetch()
    assert page.kept is None and page.complete >= ids[20]
    assert room.clear().status == 'OK' and room.clear().status == 'SAME'


def test_the_writer_takes_what_is_behind_and_moves_kept(room):
    ids = [room.said(str(i)) for i in range(5)]
    page = room.fetch('kept')
    assert [each.id for each in page.records] == ids
    assert page.kept == (page.birth, '-1') and not page.torn
    hearing = room.listen()
    assert room.kept(ids[2]) is True
    assert [each.id for each in room.fetch('kept').records] == ids[3:]
    # It never goes back, and who hears it late hears it all the same.
    assert room.kept(ids[0]) is True
    assert room.fetch().kept == (ids[2], '-1')
    # What is refused is only told.
    assert room.kept(ids[4], refused=True) is True
    assert room.fetch().kept == (ids[2], '-1')
    assert room.kept(ids[4]) is False
    assert room.fetch('kept').records == []
    assert heard(hearing, 4) == [f'A {ids[2]}', f'A {ids[0]}',
                                 f'A {ids[4]} -', f'A {ids[4]}']
    assert not room.client.exists(DUE)


def test_kept_of_what_this_redis_has_lost_counts_not(room):
    first = room.said('a')
    ahead = f'{number(first)[0] + 5}-0'
    between = f'{number(first)[0]}-{number(first)[1] - 1}'
    for position in ahead, between:
        assert room.kept(position) is True
    assert room.fetch().kept[0] != between
    assert room.kept(first) is False
    # What was trimmed or cleared since is known.
    second = room.said('b')
    cleared = room.clear().id
    assert room.kept(second) is True
    assert room.kept(cleared) is False
    room.client.flushall()
    assert room.kept(first) is None


def test_settings_that_change_are_told(client):
    client.set(ARCHIVE, '0')
    room = RedisRoom(client).make()
    room.said('a')
    assert not client.exists(DUE)
    # A host that knows them fetches: it was there before the archive.
    room.keep = -1
    page = room.fetch()
    assert client.hgetall(DUE) == {KEY: room.settings()}
    assert page.kept == ('0-0', '-1')
    assert room.kept(page.top) is False
    room.keep = 60000
    room.said('b')
    assert client.hget(DUE, KEY) == room.settings()
    assert room.fetch().kept == (page.top, '60000')
    room.keep = None
    room.said('c')
    assert client.hget(DUE, KEY).startswith('60000 ')
    room.keep = 0
    assert room.say('d').ack == '0'
    assert room.fetch().kept is None


def test_what_waits_for_the_archive_is_not_trimmed(client):
    client.set(ARCHIVE, '1')
    room = RedisRoom(client, keep=-1, count=10)
    room.knows_since('0-0')
    room.fetch(make=True, since='0-0', asked=True)
    ids = [room.said(str(i)) for i in range(300)]
    assert list(room.told()) == ids
    assert client.pttl(room.key('log')) > 29 * 86400000
    assert room.kept(ids[150]) is True
    assert list(room.told()) == ids[151:]
    assert room.fetch().complete == ids[150]
    # Nor longer than that, when it is there.
    assert room.kept(ids[-1]) is False
    assert list(room.told()) == ids[180:]
    assert 0 < client.pttl(room.key('log')) <= room.age + 10000
    assert 0 < client.pttl(room.key('text')) <= room.age + 10000
    room.age = 60000
    last = room.said('last')
    assert client.pttl(room.key('log')) > 29 * 86400000
    assert room.kept(last) is False
    assert 60000 < client.pttl(room.key('log')) <= 70000


def test_not_more_waits_than_there_is_room_for(client):
    client.set(ARCHIVE, '1')
    room = RedisRoom(client, keep=-1, count=0)
    room.knows_since('0-0')
    room.fetch(make=True, since='0-0', asked=True)
    page = room.fetch()
    ms = number(page.birth)[0]
    value = 'm ' + ' '.join(['0' * 16] * 2) + ' 1 2 - -\n{""}'
    rows = [each for n in range(10015)
            for each in (f'{ms}-{2000000 + n}', value, '-')]
    for at in range(0, len(rows), 3000):
        room.run('restore', ['a', page.birth, page.complete, page.top,
                             *page.state, 0, 86400000, 'one', room.settings(),
                             *rows[at:at + 3000]])
    assert client.xlen(room.key('log')) == 10015
    for _ in range(6):
        room.said('x')
    assert client.xlen(room.key('log')) == 10000
    first = client.xrange(room.key('log'), count=1)[0][0]
    gone = f'{ms}-{2000000 + 20}'
    assert first == f'{ms}-{2000000 + 21}'
    assert room.fetch('kept').complete == gone


def test_a_room_that_nobody_knows_is_asked_of_the_archive(client):
    client.set(ARCHIVE, '1')
    room = RedisRoom(client, keep=-1)
    room.knows_since('0-0')
    hearing = listen(client, ARCHIVE)
    # Who only looks changes nothing.
    assert room.fetch() is None and not client.exists(DUE)
    for _ in range(2):
        assert room.fetch(make=True, since='0-0') == 'asked'
    assert client.hgetall(DUE) == {KEY: room.settings()}
    assert not client.exists(room.key('meta'))
    client.publish(ARCHIVE, 'end')
    assert heard(hearing, 2) == ['D', 'end']
    assert room.fetch('kept') is None
    # It has none.
    page = room.fetch('kept', make=True, since='0-0', asked=True)
    assert page.records == [] and page.top == page.birth
    assert room.kept(page.top) is False
    assert not client.exists(DUE)
    assert room.fetch(make=True, since='0-0').epoch == page.epoch


def test_another_redis_asks_no_archive(client):
    client.set(ARCHIVE, '1')
    room = RedisRoom(client, keep=-1)
    room.knows_since('5-0')
    assert room.fetch(make=True, since='4-0') is False
    assert not client.exists(DUE)


@pytest.mark.parametrize('archive, keep', [('1', 0), (None, -1), ('1', None)])
def test_a_room_without_an_archive_is_made(client, archive, keep):
    if archive:
        client.set(ARCHIVE, archive)
    room = RedisRoom(client, keep=keep)
    room.knows_since('0-0')
    assert room.fetch(make=True, since='0-0').top
    assert not client.exists(DUE)


def test_what_a_host_gives_back_is_due(room):
    ids = [room.said(str(i)) for i in range(3)]
    page = room.fetch()
    room.client.flushall()
    room.client.set(ARCHIVE, '1')
    room.restore(page, records=page.records[:2], more=True, newest=ids[1])
    assert room.client.hexists(DUE, KEY)
    # While the rest is under way nobody takes it for the whole.
    assert room.fetch('kept').torn and room.fetch().torn
    room.restore(page, records=page.records[2:])
    assert [each.id for each in room.fetch('kept').records] == ids
    assert not room.fetch('kept').torn
    assert room.client.hexists(DUE, KEY)
    assert room.kept(ids[-1]) is False


@pytest.fixture(name='left')
def one_left_room(room):
    """A host has died while it gave the room back; the page that it had."""
    ids = [room.said(str(i)) for i in range(4)]
    page = room.fetch()
    assert room.kept(ids[-1]) is False
    room.client.flushall()
    room.client.set(ARCHIVE, '1')
    room.restore(page, records=page.records[:2], more=True, newest=ids[1])
    room.client.delete(DUE)
    room.client.hset(room.key('meta'), 'filling', '1000 one')
    room.knows_since('0-0')
    return page


def test_what_was_given_back_in_part_is_had_from_the_archive(room, left):
    hearing = room.listen()
    for look in (lambda: room.say('x').status == 'UNREAD',
                 lambda: room.fetch(make=True, since='0-0') == 'asked',
                 lambda: room.fetch() is None,
                 lambda: room.purge(1) == ['0', '3']):
        room.client.delete(DUE)
        assert look()
        assert room.client.hexists(DUE, KEY)
    assert heard(hearing, 1) == ['G 0-0']
    # To its writer it is unknown; and whoever gives it back now may.
    assert room.fetch('kept', asked=True) is None
    room.restore(left, host='another')
    page = room.fetch()
    assert page.records == left.records and not page.torn
    assert room.say('x').status == 'OK'


def test_what_was_given_back_in_part_and_is_nowhere_else_stays(room, left):
    page = room.fetch('kept', make=True, since='0-0', asked=True)
    assert page.records == left.records[:2] and not page.torn
    assert room.say('x').status == 'OK'


def test_what_was_given_back_in_part_without_an_archive_stays(room, left):
    room.client.delete(ARCHIVE)
    assert room.fetch().records == left.records[:2]
    assert room.say('x').status == 'OK'


def test_a_room_that_is_made_anew_has_nothing_of_the_old_one(room):
    last = room.said('a')
    room.kept(last)
    room.client.hdel(room.key('meta'), 'topic')
    room.knows_since('0-0')
    room.keep = None
    assert room.fetch(make=True, since='0-0').kept is None
    room.keep = -1
    assert room.fetch().kept == ('0-0', '-1')


def test_a_purge_is_due(room):
    room.said('a')
    room.kept(room.said('b'))
    assert not room.client.exists(DUE)
    assert room.purge(1) == ['2', '0']
    assert room.client.hexists(DUE, KEY)


def test_a_full_redis_learns_what_the_archive_has(room):
    room.count = 0
    ids = [room.said(str(i)) for i in range(200)]
    room.client.config_set('maxmemory', 1)
    try:
        assert room.kept(ids[150]) is True
        assert room.client.xlen(room.key('log')) == 100
        assert room.kept(ids[-1]) is False
        assert not room.client.exists(DUE)
    finally:
        room.client.config_set('maxmemory', 0)
    assert room.fetch().kept == (ids[-1], '-1')


def test_what_is_due_is_marked_again_when_redis_has_lost_it(room):
    first = room.said('a', ref='r')
    for look in (room.fetch, lambda: room.say('a', ref='r')):
        room.client.delete(DUE)
        look()
        assert room.client.hexists(DUE, KEY)
    room.client.delete(DUE)
    room.fetch('kept')
    assert not room.client.exists(DUE)
    room.kept(first)
    room.fetch()
    room.say('a', ref='r')
    assert not room.client.exists(DUE)


def test_a_full_redis_is_read_all_the_same(room):
    mine = room.said('a')
    room.kept(mine)
    room.keep = 60000
    room.client.config_set('maxmemory', 1)
    try:
        assert [each.id for each in room.fetch().records] == [mine]
    finally:
        room.client.config_set('maxmemory', 0)


def test_what_only_the_archive_has_is_changed(room):
    old = f'{number(room.fetch().birth)[0] - 1000}-0'
    room.said('a')
    top = room.said('b')
    assert room.delete(old).status == 'ABSENT'
    assert room.edit(old, 'x', known=True, newest=top,
                     window=500).status == 'LATE'
    told = room.edit(old, 'x', known=True, newest=top)
    assert (told.status, told.ack) == ('OK', '1')
    # The archive may have been asked before that.
    stale = room.delete(old, known=True, newest=top)
    assert stale.status == 'STALE' and stale.state == ['0', '0', '']
    assert room.edit(old, 'y', known=True, newest=top).status == 'STALE'
    assert room.delete(old, known=True, newest=told.id).status == 'OK'
    event = room.fetch(told.id).records[0]
    assert parts(event.value)['target'] == old
    other = f'{number(old)[0]}-1'
    assert room.delete(other, known=True, newest=top).status == 'OK'


def test_what_was_cleared_or_went_since_the_archive_was_asked(room):
    old = f'{number(room.fetch().birth)[0] - 1000}-0'
    top = room.said('a')
    cleared = room.clear().id
    assert room.delete(old, owner='-', known=True, newest=top).status == \
        'STALE'
    assert room.delete(old, owner='-', known=True,
                       newest=cleared).status == 'OK'
    for i in range(150):
        last = room.said(str(i))
    room.count = 0
    room.kept(last)
    room.kept(room.said('x'))
    assert room.fetch().complete > cleared
    assert room.edit(old, 'x', known=True, newest=cleared).status == 'STALE'


def test_clear_reaches_what_only_the_archive_has(room):
    assert room.clear().status == 'SAME'
    assert room.state(['0', '0', ''], ['0', '1', '']).status == 'OK'
    assert room.clear().status == 'OK'
    assert room.clear().status == 'SAME'
    room.said('a')
    assert room.clear().status == 'OK'
    room.state(['0', '1', ''], ['0', '0', ''])
    assert room.clear().status == 'SAME'


def test_a_host_without_its_archives_secret_offers_none(client):
    room = RedisRoom(client)
    answer = room.greet()
    assert answer[0] == '' and answer[1] and answer[3] == ''
    assert not client.exists('chatws:secret')
    room.greet('a' * 32)
    assert room.greet()[0] == 'a' * 32
    assert not client.exists('chatws:archive')


@pytest.mark.parametrize('ack', ['0', '1'])
def test_where_there_is_an_archive_the_secret_is_that_of_who_has_it(client,
                                                                    ack):
    room = RedisRoom(client)
    assert room.greet('', ack)[0] == ''
    assert client.get('chatws:archive') == ack
    assert client.pttl('chatws:archive') > 29 * 86400000
    assert room.greet('a' * 32)[0] == ''
    assert room.greet('b' * 32, ack)[0] == 'b' * 32
    assert room.greet('a' * 32)[0] == 'b' * 32


def test_who_was_told_of_an_archive_tells_a_redis_that_has_lost_it(client):
    room = RedisRoom(client)
    answer = room.greet('b' * 32, '1', told=True)
    assert answer[0] == 'b' * 32 and answer[3] == '1'
    assert client.get('chatws:archive') == '1'
    assert room.greet('b' * 32, '0', told=True)[3] == '1'
    assert room.greet('b' * 32, '0')[3] == '0'
    client.delete('chatws:archive')     # it was taken out
    assert room.greet('b' * 32, '0', told=True)[3] == ''
    client.delete('chatws:since')
    assert room.greet('b' * 32, '1', told=True)[3] == '1'
