"""The scripts that Redis runs, in a Redis: what is stored, and when not.

Each answers as a room of one host does; the module is not needed for it."""
import json
import threading
import time

import pytest
from redis.exceptions import ResponseError

from harness import wait_until
from harness.redis import Redis
from harness.redis_room import RedisRoom, heard, parts, script

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


def test_a_message_gets_an_id_of_redis_clock_and_is_told(room):
    hearing = room.listen()
    before = clock_ms(room.client)
    first = room.said('grüß "dich"')
    second = room.said('b')
    assert before <= number(first)[0] <= clock_ms(room.client)
    assert number(second) > number(first)
    page = room.fetch()
    assert [each.id for each in page.records] == [first, second]
    assert page.top == second
    one = parts(page.records[0].value)
    assert one['body']['id'] == first
    assert one['text'] == 'grüß "dich"'
    assert heard(hearing, 2) == [
        f'E {page.epoch} {page.birth} {first}\n{page.records[0].value}',
        f'E {page.epoch} {first} {second}\n{page.records[1].value}']


def test_ids_rise_within_a_millisecond_and_when_the_clock_is_set_back(room):
    ids = [room.said(str(i)) for i in range(200)]
    assert sorted(ids, key=number) == ids
    assert len(set(ids)) == 200
    late = f'{clock_ms(room.client) + 3600000}-7'
    room.restore(room.fetch(), records=[], newest=late)
    after = room.said('x')
    last = room.said('y')
    assert {number(each)[0] for each in (after, last)} == {number(late)[0]}
    assert number(late) < number(after) < number(last)
    assert [each.id for each in room.fetch(late).records][0] == after


def test_huge_ids_of_clients_are_just_not_there(room):
    room.said('a')
    most = 2 ** 64 - 1
    for target in (f'{most}-{most}', f'{most}-0', '0-0'):
        assert room.delete(target, owner='-').status == 'ABSENT'
        assert room.edit(target, 'x').status == 'ABSENT'
    assert room.fetch(f'{most}-{most}').torn


def test_a_ref_comes_twice(room):
    first = room.said('a', ref='r1')
    assert room.say('a', ref='r1') == ('REPEATED', first, 0, [], '0')
    assert room.said('a', ref='r2') != first
    assert room.said('a', ref='r1', author=2) != first
    key = room.client.keys('*ref:m1r1')[0]
    assert 590000 < room.client.pttl(key) <= 600000
    deleted = room.delete(first, ref='r1')
    assert deleted.status == 'OK' and deleted.id != first
    assert room.delete(first, ref='r1') == ('REPEATED', deleted.id, 0, [], '0')
    assert room.say('a', ref='r1').status == 'REPEATED'


def test_a_ref_of_what_is_nowhere_counts_no_more(room):
    lost = room.said('acked', ref='r1')
    room.client.delete(room.key('meta'))
    room.make(since=f'{number(lost)[0] - 5}-0')
    again = room.said('acked', ref='r1')
    assert list(room.told()) == [again]
    assert room.say('acked', ref='r1') == ('REPEATED', again, 0, [], '0')
    # What was cleared was there, and so was what is kept no longer.
    room.clear()
    assert room.say('acked', ref='r1') == ('REPEATED', again, 0, [], '0')
    last = room.said('last', ref='r2')
    room.client.delete(room.key('log'), room.key('text'))
    assert room.say('last', ref='r2') == ('REPEATED', last, 0, [], '0')


def test_two_masters_give_one_id_to_nothing(room):
    """By a clock that stands still."""
    def said(text, **more):
        room.client.flushall()
        return room.make().said(text, **more)

    for name, micro in ('fetch', 0), ('store', 567890):
        room.texts[name] = room.client.register_script(script(name).replace(
            "redis.call('TIME')", f"{{ '1795321234', '{micro}' }}"))
    ids = [said('a'), said('b'), said('a', author=2), said('a', ref='r')]
    assert len(set(ids)) == 4
    assert {number(each)[0] for each in ids} == {1795321234567}


def test_two_masters_go_on_behind_one_record_differently(room):
    """By clocks that are behind it."""
    late = f'{clock_ms(room.client) + 3600000}-7'
    ids = []
    for author in range(1, 4):
        room.client.flushall()
        room.restore(room.make().fetch(), records=[], newest=late)
        ids.append(room.said('a', author=author))
    assert len(set(ids)) == 3
    assert {number(each)[0] for each in ids} == {number(late)[0]}


def test_a_locked_room_hears_moderators_only(room):
    assert room.state(FREE, ['0', '1', '']).status == 'OK'
    assert room.say('a', obeys=True).status == 'LOCKED'
    assert room.say('a').status == 'OK'
    assert room.state(['0', '1', ''], FREE).status == 'OK'
    assert room.say('a', obeys=True).status == 'OK'


def test_a_slow_room_makes_each_wait_for_itself(room):
    room.said('before', author=1, obeys=True)
    assert room.state(FREE, ['30', '0', '']).status == 'OK'
    early = room.say('a', author=1, obeys=True)
    assert early.status == 'SLOW'
    assert 29000 < early.wait <= 30000
    assert room.say('a', author=2, obeys=True).status == 'OK'
    assert room.say('b', author=2, obeys=True).status == 'SLOW'
    assert room.say('b', author=2).status == 'OK'
    assert room.say('a', author=3).status == 'OK'
    assert room.say('b', author=3, obeys=True).status == 'OK'
    assert 0 < room.client.pttl(room.key('said')) <= 30000
    assert room.state(['30', '0', ''], FREE).status == 'OK'
    assert room.say('a', author=1, obeys=True).status == 'OK'
    assert not room.client.exists(room.key('said'))


def test_who_is_slow_waits_no_longer_than_that(room):
    assert room.state(FREE, ['1', '0', '']).status == 'OK'
    room.said('a', obeys=True)
    wait_until(lambda: room.say('b', obeys=True).status == 'OK', 5,
               'a second has passed')
    assert room.client.zcard(room.key('said')) == 1
    # The clock was set back since.
    room.client.zadd(room.key('said'), {
        f'{1:016x}': clock_ms(room.client) + 600000})
    assert room.say('c', obeys=True).status == 'OK'


def test_who_waits_waits_on_when_the_room_is_cleared_or_gets_a_topic(room):
    assert room.state(FREE, ['30', '0', '']).status == 'OK'
    room.said('a', obeys=True)
    assert room.clear().status == 'OK'
    assert room.say('b', obeys=True).status == 'SLOW'
    assert room.state(['30', '0', ''], ['20', '0', 'x']).status == 'OK'
    late = room.say('b', obeys=True)
    assert late.status == 'SLOW' and late.wait <= 20000


def test_a_ref_of_a_slow_room_is_repeated_and_what_is_refused_does_not_count(
        room):
    assert room.state(FREE, ['30', '0', '']).status == 'OK'
    first = room.said('a', ref='r', obeys=True)
    assert room.say('a', ref='r', obeys=True).id == first
    wait = room.say('b', obeys=True).wait
    assert room.say('b', obeys=True).wait <= wait


def test_a_state_is_set_from_the_one_that_was_seen(room):
    now = ['5', '1', 'Grüße "an alle"']
    hearing = room.listen()
    first = room.state(FREE, now)
    assert first.status == 'OK'
    stale = room.state(FREE, ['0', '0', 'x'])
    assert stale.status == 'STALE' and stale.state == now
    assert room.state(now, now).status == 'SAME'
    assert room.fetch().state == now
    value = heard(hearing, 1)[0].split('\n', 1)[1]
    assert value.split('\n')[1] == f'5 1 {len(now[2].encode())}'
    assert parts(value)['body']['topic'] == now[2]


def test_an_author_deletes_and_nobody_else(redis, room):
    mine = room.said('secret one', author=1)
    assert room.delete(mine, author=2).status == 'DENIED'
    assert room.delete(mine, window=-1).status == 'LATE'
    told = room.delete(mine)
    assert told.status == 'OK'
    assert room.delete(mine).status == 'SAME'
    assert room.edit(mine, 'x').status == 'ABSENT'
    assert room.delete(told.id).status == 'ABSENT'
    assert 'secret one' not in redis.everything()
    message, event = room.told()[mine], room.told()[told.id]
    assert message['text'] == '' and message['flags'] == 'd'
    assert message['body']['deleted'] is True and message['body']['n'] == 1
    assert event['target'] == mine and event['body']['target'] == mine
    assert event['kind'] == 'd'


def test_too_late_is_by_redis_clock(room):
    mine = room.said('a')
    wait_until(lambda: room.edit(mine, 'b', window=300).status == 'LATE', 5,
               'it is older than that')
    assert room.edit(mine, 'c', window=60000).status == 'OK'
    # Not for a moderator.
    assert room.delete(mine, author=2, owner='-', window=0).status == 'OK'


def test_an_edit_of_an_edit_leaves_the_last_text_only(redis, room):
    mine = room.said('first text')
    assert room.edit(mine, 'first text').status == 'SAME'
    one = room.edit(mine, 'second "text"')
    assert one.status == 'OK'
    assert room.edit(mine, 'second "text"').status == 'SAME'
    assert room.edit(mine, 'x', author=2).status == 'DENIED'
    assert room.told()[mine]['text'] == 'second "text"'
    two = room.edit(mine, 'third, a good deal longer than the others')
    told = room.told()
    assert told[mine]['text'] == 'third, a good deal longer than the others'
    assert told[mine]['body']['edited'] is True
    assert told[mine]['body']['n'] == 1
    assert told[mine]['flags'] == 'e'
    assert told[one.id]['text'] is None
    assert 'text' not in told[one.id]['body']
    assert told[one.id]['body']['target'] == mine
    assert told[two.id]['text'] == told[mine]['text']
    for text in ('first text', 'second'):
        assert text not in redis.everything()
    assert room.edit(mine, 'first text').status == 'OK'
    assert room.told()[mine]['body']['edited'] is True


def test_what_was_edited_is_deleted_whole(redis, room):
    mine = room.said('first text')
    room.edit(mine, 'second text')
    event = room.edit(mine, 'third text')
    assert room.delete(mine).status == 'OK'
    told = room.told()
    assert ' text"' not in redis.everything()
    assert told[mine]['body']['deleted'] is True
    assert 'edited' not in told[mine]['body']
    assert told[event.id]['text'] is None


def test_clear_takes_all_that_was_before(redis, room):
    assert room.clear().status == 'SAME'
    first = room.said('secret one', ref='r')
    room.edit(first, 'secret two')
    hearing = room.listen()
    cleared = room.clear()
    assert cleared.status == 'OK'
    assert 'secret' not in redis.everything()
    assert list(room.told()) == [cleared.id]
    page = room.fetch(first)
    assert not page.torn and number(page.complete) < number(first)
    assert [each.id for each in page.records] == [cleared.id]
    assert heard(hearing, 1)[0].startswith('E ')
    assert room.clear().status == 'SAME'
    assert room.say('x', ref='r').id == first
    assert room.delete(first).status == 'ABSENT'
    assert room.delete(first, owner='-').status == 'OK'
    room.said('b')
    assert room.clear().status == 'OK'


def test_a_moderator_deletes_what_may_have_been_there(redis, client):
    room = RedisRoom(client, count=1, age=86400000).make()
    old = room.said('old')
    for i in range(50):
        room.said(str(i))
    edit = room.edit(old, 'secret of old')
    for i in range(71):
        room.said(str(i))
    assert old not in room.told() and edit.id in room.told()
    assert room.delete(old).status == 'ABSENT'
    assert 'secret' in redis.everything()
    assert room.delete(old, owner='-').status == 'OK'
    assert 'secret' not in redis.everything()
    ids = list(room.told())
    ms, n = number(ids[-1])
    assert room.delete(f'{ms}-{n + 1}', owner='-').status == 'ABSENT'
    between = f'{number(ids[2])[0]}-{number(ids[2])[1] + 5}'
    if between not in ids:
        assert room.delete(between, owner='-').status == 'ABSENT'


def test_trimming_moves_complete_and_takes_the_texts(redis, client):
    room = RedisRoom(client, count=10).make()
    birth = room.fetch().complete
    ids = [room.said(f'word{i}') for i in range(140)]
    assert room.fetch().complete == birth
    ids.append(room.said('word140'))
    page = room.fetch()
    assert [each.id for each in page.records] == ids[21:]
    assert page.complete == ids[20]
    assert client.hlen(room.key('text')) == 120
    told = redis.everything()
    assert '"word20"' not in told and '"word21"' in told
    room.count = 0
    room.said('last')
    assert client.xlen(room.key('log')) == 100
    assert client.hlen(room.key('text')) == 100


def test_trimming_forgets_which_edit_was_the_newest(client):
    room = RedisRoom(client, count=0).make()
    edits = [room.edit(room.said(str(i)), f'e{i}').id for i in range(80)]
    ids = client.hvals(room.key('text'))
    kept = [each for each in edits if each in room.told()]
    assert 50 <= len(kept) < 65
    assert kept == [each for each in edits if each in ids]
    assert client.hlen(room.key('text')) == len(room.told()) + len(kept)


def test_what_is_too_old_goes_with_the_next_one(redis, client):
    room = RedisRoom(client, count=10, age=86400000).make()
    page = room.fetch()
    made = room.said('old words')
    old = f'{number(made)[0] - 3600000}-{number(made)[1]}'
    record = room.fetch().records[0]
    client.flushall()
    room.restore(page._replace(birth='1-0', complete='1-0', top='1-0'),
                 [record._replace(id=old,
                                  value=record.value.replace(made, old))],
                 newest=old)
    assert list(room.told()) == [old]
    room.said('new')
    assert list(room.told())[0] == old
    room.age = 1800000
    room.said('newer')
    assert len(room.told()) == 2
    assert room.fetch().complete == old
    assert 'old words' not in redis.everything()


def test_everything_ends_by_itself(client):
    room = RedisRoom(client, age=3600000).make()
    room.said('a', ref='r')
    # Up to ten seconds more, or each message would have to say it.
    for part, least, most in (('log', 3600000, 3610000),
                              ('text', 3600000, 3610000),
                              ('meta', 29 * 86400000, 30 * 86400000)):
        assert least < client.pttl(room.key(part)) <= most, part
    room.age = 5000
    room.said('b')
    assert 60000 < client.pttl(room.key('log')) <= 70000
    room.age = 2 ** 62
    room.said('c')
    assert client.pttl(room.key('meta')) > client.pttl(room.key('log'))
    assert client.pttl(room.key('log')) > 3000 * 86400000
    assert not [key for key in client.scan_iter() if client.pttl(key) < 0]


def test_when_the_records_have_ended_nothing_is_exact_before(room):
    last = room.said('a')
    room.client.delete(room.key('log'), room.key('text'))
    page = room.fetch(last)
    assert page.complete == last and page.top == last and not page.torn
    again = room.said('b')
    assert room.fetch().complete == last
    assert list(room.told()) == [again]
    room.client.hdel(room.key('text'), again)
    assert room.fetch().complete == again
    assert not room.fetch().records
    assert list(room.told()) == []
    assert room.said('c') in room.told()


def test_a_store_into_what_redis_has_lost_is_refused_and_told(room):
    kept = room.said('a')
    hearing = room.listen()
    ahead = f'{number(kept)[0] + 5}-0'
    assert room.say('b', newest=ahead).status == 'UNREAD'
    assert room.say('b', newest=kept).status == 'OK'
    top = room.fetch().top
    assert heard(hearing, 2)[0] == f'G {kept}'
    room.client.flushall()
    assert room.say('c', newest=top).status == 'UNREAD'
    assert heard(hearing, 1) == ['G 0-0']
    assert not room.client.keys('*')
    assert room.fetch(top) is None


def test_what_has_no_memory_leaves_nothing_half_done(redis, room):
    mine = room.said('a')
    room.edit(mine, 'b')
    before = redis.everything()
    room.client.config_set('maxmemory', 1)
    try:
        for order in (lambda: room.say('c', ref='r'),
                      lambda: room.edit(mine, 'c'),
                      lambda: room.delete(mine),
                      lambda: room.state(FREE, ['9', '0', 'x']),
                      lambda: room.purge(1)):
            with pytest.raises(ResponseError, match='OOM'):
                order()
        assert redis.everything() == before
        # What only frees some is done.
        assert room.clear().status == 'OK'
    finally:
        room.client.config_set('maxmemory', 0)
    assert room.say('c').status == 'OK'


def test_four_hosts_at_once_make_one_order(redis, room):
    hearing = room.listen()
    failures = []

    def talk(host):
        with redis.client() as client:
            own = RedisRoom(client)
            for i in range(100):
                answer = own.say(f'{host}-{i}', author=host, ref=f'{i}')
                if answer.status != 'OK':
                    failures.append(answer)

    hosts = [threading.Thread(target=talk, args=(host,)) for host in range(4)]
    for host in hosts:
        host.start()
    for host in hosts:
        host.join()
    assert not failures
    room.count = 1000
    page = room.fetch()
    records = heard(hearing, 400)
    before = page.birth
    for record in records:
        _, epoch, prev, own = record.split('\n')[0].split(' ')
        assert epoch == page.epoch and prev == before
        before = own
    kept = [record.split('\n', 1)[1] for record in records]
    assert [each.value for each in page.records] == kept[-len(page.records):]
    for host in range(4):
        said = [json.loads(each.split('\n', 1)[1])['text'] for each in kept]
        assert [text for text in said if text.startswith(f'{host}-')] == \
            [f'{host}-{i}' for i in range(100)]


def test_a_message_costs_redis_little(room):
    """So few commands, however much the room has."""
    for i in range(150):
        room.said(str(i))
    room.client.config_resetstat()
    began = time.process_time()
    for i in range(200):
        room.said(str(i), ref=str(i))
    assert time.process_time() > began
    stats = room.client.info('commandstats')
    calls = sum(each['calls'] for name, each in stats.items()
                if name not in ('cmdstat_evalsha', 'cmdstat_eval',
                                'cmdstat_config|resetstat', 'cmdstat_info'))
    spent = stats['cmdstat_evalsha']['usec_per_call']
    print(f'{calls / 200} commands, {spent} us of the server')
    assert calls / 200 <= 20
