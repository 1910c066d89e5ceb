"""The scripts by which hosts read a room from Redis, offer again what that has
lost, and delete all of one person."""
import pytest

from harness import wait_until
from harness.redis import Redis
from harness.redis_room import RedisRoom, heard, parts

FREE = ['0', '0', '']


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
    return RedisRoom(client).make()


def number(text):
    ms, n = text.split('-')
    return int(ms), int(n)


def clock_ms(client):
    seconds, micro = client.time()
    return seconds * 1000 + micro // 1000


def ids_of(page):
    return [each.id for each in page.records]


def test_a_room_that_nobody_knows_is_made_on_demand(client):
    room = RedisRoom(client)
    assert room.fetch() is None
    assert not client.keys('*')
    page = room.fetch(make=True, since=room.knows_since('5-5'))
    month = 29 * 86400000
    assert abs(number(page.birth)[0] - clock_ms(client)) < 5000
    assert abs(number(page.complete)[0] + month - clock_ms(client)) < 5000
    assert page.top == page.birth and page.lost == '0-0'
    assert page.state == FREE and not page.records and not page.torn
    assert int(page.epoch, 16) > 0
    assert room.fetch(make=True, since='5-5').epoch == page.epoch
    assert number(room.said('a')) > number(page.birth)


def test_a_fresh_room_is_behind_what_this_redis_knows(client):
    late = f'{clock_ms(client) + 9000000}-3'
    room = RedisRoom(client)
    page = room.fetch(make=True, since=room.knows_since(late))
    assert page.complete == late
    assert number(page.birth) > number(late)
    assert number(page.birth)[0] == number(late)[0]


def test_no_room_is_made_for_a_host_that_knows_another_redis(client):
    room = RedisRoom(client)
    since = room.hello()
    assert room.hello() == since
    client.flushall()
    assert room.fetch(make=True, since=since) is False
    assert room.fetch(since=since) is False
    assert room.fetch() is None
    assert not client.keys('*')
    # The snapshot of a Redis that ended, or what its replica had.
    client.set('chatws:since', f'{since} {"7" * 40}')
    assert room.fetch(make=True, since=since) is False
    wait_until(lambda: clock_ms(client) > number(since)[0])
    again = room.hello()
    assert number(again) > number(since)
    assert room.fetch(make=True, since=since) is False
    assert room.fetch(make=True, since=again).complete == again
    assert room.fetch(make=True, since=since)  # it is there


def test_what_an_empty_room_should_have_had_is_told_as_lost(room):
    room.said('a')
    last = room.said('b')
    before = room.fetch()
    room.client.delete(room.key('meta'))
    room.fetch(make=True, since=room.knows_since(before.birth))
    hearing = room.listen()
    assert room.restore(before)[2] == last
    assert heard(hearing, 1) == [f'L {last}']
    assert room.fetch().lost == last


def test_what_is_left_of_a_room_whose_meta_has_gone_is_no_part_of_it(redis,
                                                                     room):
    room.said('left over')
    room.client.delete(room.key('meta'))
    assert room.fetch() is None
    page = room.fetch(make=True, since=room.hello())
    assert not page.records
    assert 'left over' not in redis.everything()


def test_pages_are_as_large_as_is_wanted(room):
    ids = [room.said('x' * 1000) for _ in range(250)]
    found, after = [], ''
    pages = 0
    while True:
        page = room.fetch(after, most=30000)
        assert len(page.records) <= 30
        found += ids_of(page)
        pages += 1
        if not page.more:
            break
        after = found[-1]
    assert found == ids
    assert pages >= 9
    one = room.fetch(ids[0], most=0)
    assert ids_of(one) == [ids[1]] and one.more
    last = room.fetch(ids[-2], most=0)
    assert ids_of(last) == [ids[-1]] and not last.more
    assert not room.fetch(ids[-1]).records
    between = f'{number(ids[-1])[0] - 1}-{10 ** 12}'
    assert ids[-1] in ids_of(room.fetch(between))


def test_a_position_that_should_be_there_is_seen_to_be_torn(room):
    first, second = room.said('a'), room.said('b')
    page = room.fetch(first)
    assert not page.torn
    assert not room.fetch(page.birth).torn
    assert not room.fetch(second).torn
    ms, n = number(first)
    assert room.fetch(f'{ms}-{n + 70}').torn
    assert room.fetch(f'{number(second)[0] + 1}-0').torn
    # What was cleared is nowhere, and nobody misses it.
    assert room.clear().status == 'OK'
    assert not room.fetch(first).torn


def fill(room):
    """A room in which everything has happened; what a host has of it."""
    room.said('before the clear')
    room.clear()
    plain = room.said('plain', ref='r')
    edited = room.said('first secret')
    room.edit(edited, 'second secret')
    room.edit(edited, 'as edited')
    gone = room.said('third secret')
    room.edit(gone, 'fourth secret')
    room.delete(gone)
    room.state(FREE, ['30', '1', 'the topic'])
    return plain, room.fetch()


def test_a_lost_room_comes_back_as_it_was(room):
    plain, page = fill(room)
    hearing = room.listen()
    room.client.flushall()
    epoch, top, lost, taken = room.restore(page, refs=[(plain, 'abc')])
    assert epoch != page.epoch and top == page.top and lost == '0-0'
    assert int(taken) == len(page.records)
    assert room.fetch() == page._replace(epoch=epoch)
    before = page.complete if number(page.complete) > number(page.birth) \
        else page.birth
    for record, told in zip(page.records, heard(hearing, len(page.records))):
        assert told == f'E {epoch} {before} {record.id}\n{record.value}'
        before = record.id
    assert room.client.get(room.key('ref:abc')) == plain
    assert 590000 < room.client.pttl(room.key('ref:abc')) <= 600000
    # Slow, and who has spoken is known.
    assert room.client.zscore(room.key('said'), f'{1:016x}')
    assert number(room.said('later')) > number(top)
    assert not [key for key in room.client.scan_iter()
                if room.client.pttl(key) < 0]


def test_who_comes_second_adds_what_the_first_did_not_have(room):
    _, page = fill(room)
    extra = [room.said('extra 1'), room.said('extra 2')]
    room.edit(extra[0], 'extra 1, edited')
    room.state(['30', '1', 'the topic'], FREE)
    full = room.fetch()
    room.client.flushall()
    epoch = room.restore(page)[0]
    assert room.restore(full)[1:] == [full.top, '0-0', '4']
    assert room.fetch() == full._replace(epoch=epoch)
    # And a third one nothing.
    hearing = room.listen()
    assert room.restore(page)[1:] == [full.top, '0-0', '0']
    assert room.restore(full)[3] == '0'
    assert room.fetch() == full._replace(epoch=epoch)
    assert hearing.get_message(timeout=0.2) is None


def test_events_that_come_back_change_what_is_there(redis, room):
    one, two, three = (room.said(f'secret {i}') for i in range(3))
    early = room.fetch()
    room.edit(one, 'new words')
    room.delete(two)
    late = room.fetch()
    room.client.flushall()
    # The newest is with a host that has forgotten what was before.
    epoch = room.restore(early)[0]
    events = [each for each in late.records if parts(each.value)['kind'] != 'm']
    assert room.restore(late, events)[3] == '2'
    assert room.fetch() == late._replace(epoch=epoch)
    told = redis.everything()
    assert 'secret 0' not in told and 'secret 1' not in told
    assert room.delete(one).status == 'OK'
    assert 'new words' not in redis.everything()
    cleared = room.clear()
    page = room.fetch()
    room.client.flushall()
    room.restore(late)
    room.restore(page)
    assert list(room.told()) == [cleared.id]
    assert 'secret' not in redis.everything()
    assert three not in room.told()


def test_what_cannot_come_back_in_order_is_told_as_lost(room):
    first = room.said('a')
    short = room.fetch()
    second = room.said('b')
    whole = room.fetch()
    room.client.flushall()
    epoch = room.restore(short)[0]
    hearing = room.listen()
    third = room.said('c', newest=first)
    assert room.fetch(second).torn or number(third) <= number(second)
    assert room.restore(whole) == [epoch, third, second, '0']
    assert heard(hearing, 2)[1] == f'L {second}'
    page = room.fetch()
    assert page.lost == second and ids_of(page) == [first, third]
    assert room.restore(whole) == [epoch, third, second, '0']
    assert hearing.get_message(timeout=0.2) is None
    room.restore(short)
    assert room.fetch().lost == second


def test_a_host_that_has_the_newest_only_leaves_no_hole_untold(redis, room):
    ids = [room.said(f'old {i}') for i in range(3)]
    short = room.fetch()
    ids += [room.said(f'new {i}') for i in range(4)]
    page = room.fetch()
    room.client.flushall()
    epoch = room.restore(short)[0]
    hearing = room.listen()
    # Of seven it has kept the last two; the fourth and the fifth are nowhere.
    answer = room.restore(page._replace(complete=ids[4]), page.records[5:])
    assert answer == [epoch, page.top, '0-0', '2']
    now = room.fetch(ids[2])
    assert now.complete == ids[4] and ids_of(now) == ids[5:]
    assert ids_of(room.fetch()) == ids[5:]
    assert '"old' not in redis.everything()
    assert [each.split(' ')[2] for each in heard(hearing, 2)] == \
        [ids[4], ids[5]]


def test_a_room_comes_back_in_pieces_and_waits_for_the_last(room):
    plain, page = fill(room)
    room.client.flushall()
    pieces = [page.records[i:i + 2] for i in range(0, len(page.records), 2)]
    assert len(pieces) > 3
    for piece in pieces[:-1]:
        epoch, top, lost, taken = room.restore(page, piece, more=True)
        assert (top, lost, taken) == (piece[-1].id, '0-0', str(len(piece)))
        # Who does not know of the rest says nothing in front of it.
        assert room.say('too early', newest=top).status == 'UNREAD'
        assert room.fetch().torn and not room.fetch(top).torn
        assert room.restore(page, host='two') == ['BUSY']
        assert room.purge(1) == ['0', '3']
    assert room.restore(page, pieces[-1])[1:3] == [page.top, '0-0']
    assert room.fetch() == page._replace(epoch=epoch)
    assert room.client.zscore(room.key('said'), f'{1:016x}')
    assert room.restore(page, host='two')[1:] == [page.top, '0-0', '0']
    assert room.say('now', newest=page.top, author=2).status == 'OK'
    assert plain in room.told()


def test_a_host_that_ends_in_between_is_not_waited_for(room):
    ids = [room.said(str(i)) for i in range(4)]
    page = room.fetch()
    room.client.flushall()
    room.restore(page, page.records[:2], more=True)
    until, host = room.client.hget(room.key('meta'), 'filling').split(' ')
    assert host == 'one'
    assert 0 < int(until) - clock_ms(room.client) <= 5000
    room.client.hset(room.key('meta'), 'filling', f'{int(until) - 5001} one')
    assert room.restore(page, host='two')[1:] == [page.top, '0-0', '2']
    assert ids_of(room.fetch()) == ids and not room.fetch().torn
    assert room.say('now', newest=page.top).status == 'OK'


def test_what_was_cleared_or_let_go_is_not_lost(client):
    room = RedisRoom(client, count=0).make()
    for i in range(60):
        room.said(str(i))
    early = room.fetch()
    room.clear()
    assert room.restore(early)[2:] == ['0-0', '0']
    for i in range(130):
        room.said(str(i))
    assert room.restore(early)[2:] == ['0-0', '0']
    late = room.fetch()
    for i in range(60):
        room.said(str(i))
    assert room.restore(late)[2:] == ['0-0', '0']
    assert room.fetch().lost == '0-0'


def test_a_host_whose_newest_has_gone_keeps_ids_rising(client):
    room = RedisRoom(client).make()
    page = room.fetch()
    client.flushall()
    newest = f'{clock_ms(client) + 60000}-4'
    epoch, top, _, taken = room.restore(page, records=[], newest=newest)
    assert (top, taken) == (newest, '0')
    assert not room.fetch(newest).torn
    assert number(room.said('a', newest=newest)) > number(newest)
    assert not room.fetch(newest).torn
    assert room.fetch().epoch == epoch


def test_a_purge_deletes_all_of_one_person(redis, room):
    theirs = [room.said(f'secret {i}', author=7) for i in range(120)]
    others = [room.said(f'fine {i}') for i in range(50)]
    room.edit(theirs[0], 'secret edit', author=7)
    room.delete(theirs[1], author=7)
    hearing = room.listen()
    assert room.purge(7, most=100) == ['100', '1', theirs[100]]
    assert room.purge(7, most=100, after=theirs[100]) == ['19', '0']
    assert room.purge(7) == ['0', '0']
    assert 'secret' not in redis.everything()
    told = room.told()
    assert all(told[each]['flags'] == 'd' for each in theirs)
    assert all(told[each]['flags'] == '-' for each in others)
    events = [parts(each.split('\n', 1)[1]) for each in heard(hearing, 119)]
    assert {each['target'] for each in events} == set(theirs) - {theirs[1]}
    assert {each['author'] for each in events} == {f'{9:016x}'}
    for each in events:
        assert each == told[each['body']['id']]
        assert each['body']['target'] == each['target']


def test_a_purge_changes_nothing_else(client):
    """Who asks for it need not know how long the room is kept."""
    room = RedisRoom(client, count=1000, age=10 ** 9).make()
    room.said('secret', author=7)
    others = [room.said(str(i)) for i in range(30)]
    assert room.purge(7) == ['1', '0']
    assert len(room.told()) == 32
    assert all(each in room.told() for each in others)
    for part in 'log', 'text':
        assert client.pttl(f'{room.name}:{part}') > 10 ** 9 - 10 ** 6


def test_a_purge_finds_an_edit_whose_message_has_gone(redis, client):
    room = RedisRoom(client, count=1).make()
    old = room.said('old', author=7)
    for i in range(50):
        room.said(str(i))
    room.edit(old, 'secret', author=7)
    for i in range(71):
        room.said(str(i))
    assert old not in room.told() and 'secret' in redis.everything()
    assert room.purge(7) == ['1', '0']
    assert 'secret' not in redis.everything()


def test_a_purge_of_a_lost_room_has_to_come_again(client):
    room = RedisRoom(client)
    hearing = room.listen()
    assert room.purge(7) == ['0', '2']
    assert heard(hearing, 1) == ['G 0-0']
