"""The scripts for an owner, in a Redis: what is left of somebody who is erased,
and what others are told of it; and of lists. The module is not needed for it.
"""
import json

import pytest

from harness.ctl import ERASED
from harness.redis import Redis
from harness.redis_room import NOBODY, RedisRoom, heard, parts, script, user

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


def nothing_of(told, target):
    assert told == {
        'kind': 'm', 'author': NOBODY, 'ref': NOBODY, 'flags': 'd',
        'target': '-', 'text': '',
        'body': {'type': 'message', 'id': target, 'from': ERASED, 'text': '',
                 'deleted': True}}


def test_a_message_is_nobodys_and_others_are_told(room):
    mine = room.said('grüß "dich"', ref='r')
    other = room.said('stays', author=2)
    before = room.told()[other]
    hearing = room.listen()
    assert room.erase(1) == (1, 0)
    told = room.told()
    nothing_of(told[mine], mine)
    assert told[other] == before
    event = list(told)[-1]
    assert told[event] == {
        'kind': 'd', 'author': NOBODY, 'ref': NOBODY, 'flags': '-',
        'target': mine, 'text': None,
        'body': {'type': 'deleted', 'id': event, 'target': mine,
                 'by': ERASED}}
    page = room.fetch()
    assert heard(hearing, 1) == [
        f'E {page.epoch} {other} {event}\n{page.records[-1].value}']
    assert page.top == event
    assert room.erase(1) == (0, 0)
    assert room.fetch() == page
    # what follows has its place behind that
    room.said('on', author=2)
    assert len(room.fetch().records) == 4


def test_edits_deletions_and_states_are_nobodys(room):
    edited, deleted, others = (room.said(text, author=author) for text, author
                               in (('one', 1), ('two', 1), ('three', 2)))
    edit = room.edit(edited, 'SECRET').id
    gone = room.delete(deleted).id
    room.delete(others, author=1, owner='-')
    state = room.state(FREE, ['0', '0', 'a ",by": topic'])
    assert state.status == 'OK'
    # as chat_amend makes them: who it was is the last member
    for each in room.fetch().records:
        if each.value[0] in 'dr':
            value = each.value.replace('"by":{}}', '"by":{"id":"u-me"}}')
            room.client.hset(room.key('text'), each.id, value)
    assert room.erase(1) == (6, 0)
    told = room.told()
    for target in (edited, deleted):
        nothing_of(told[target], target)
    assert told[edit]['text'] is None and 'text' not in told[edit]['body']
    assert told[gone]['body']['by'] == ERASED
    assert told[state.id]['body'] == {
        'type': 'room', 'id': state.id, 'topic': 'a ",by": topic',
        'by': ERASED}
    assert told[others]['author'] == user(2)
    assert [each['target'] for each in told.values() if each['kind'] == 'd'] \
        == [deleted, others, edited]
    assert {each['author'] for each in told.values()} == {NOBODY, user(2)}
    everything = str(room.client.hgetall(room.key('text')))
    assert 'SECRET' not in everything and 'u-me' not in everything
    assert room.state(['0', '0', 'a ",by": topic'], FREE).status == 'OK'


def test_what_came_after_the_time_stays(room):
    def ms_of(one):
        return int(one.split('-')[0])
    old, late = room.said('old'), room.said('late')
    while ms_of(late) == ms_of(old):
        late = room.said('late')
    assert room.erase(1, ms_of(old))[0] >= 1
    told = room.told()
    nothing_of(told[old], old)
    assert (told[late]['author'], told[late]['text']) == (user(1), 'late')


def test_many_go_in_pieces_of_which_each_finds_less(room):
    ids = [room.said(f'm-{n}') for n in range(250)]
    assert room.erase(1, most=100) == (100, 1, ids[99])
    assert room.erase(1, most=100, after=ids[99]) == (100, 1, ids[199])
    assert room.erase(1, most=100, after=ids[199]) == (50, 0)
    told = room.told()
    assert {each['author'] for each in told.values()} == {NOBODY}
    assert [each['target'] for each in told.values() if each['kind'] == 'd'] \
        == ids


def test_who_is_there_and_who_has_spoken(room):
    assert room.state(FREE, ['30', '0', '']).status == 'OK'
    room.said('slowly', obeys=True)
    room.said('slowly', author=2, obeys=True)
    room.client.hset(room.key('people'), mapping={
        f'{user(7)}/{user(1)}': 'one', f'{user(8)}/{user(1)}': 'one',
        f'{user(7)}/{user(2)}': 'two'})
    room.erase(1)
    assert room.client.zrange(room.key('said'), 0, -1) == [user(2)]
    assert room.client.hkeys(room.key('people')) == [f'{user(7)}/{user(2)}']


def test_a_room_that_is_not_there_or_just_coming_back(client, room):
    there = room.fetch()
    nowhere = RedisRoom(client, '{site/nowhere}')
    assert nowhere.erase(1) == (0, 0)
    assert not client.exists(nowhere.key('meta'))
    mine = room.said('one')
    page = room.fetch()
    client.delete(room.key('log'), room.key('text'), room.key('meta'))
    room.restore(there, more=True)
    assert room.erase(1) == (0, 2)
    room.restore(page)
    assert room.erase(1) == (1, 0)
    nothing_of(room.told()[mine], mine)


def test_nobody_is_never_erased(room):
    room.said('one')
    assert room.erase(1) == (1, 0)
    assert room.erase(0) == (0, 0)


# What is no room's

REALM = user(5)


def sanction(kind, whom, by):
    return (f'{REALM}/{user(whom)}/{kind}',
            f'1700000000000 0 {{"kind":"{kind}","realm":"{REALM}",'
            f'"reason":"by u-{whom}","user":{{"n":"Name {whom}",'
            f'"u":"{user(whom)}"}},"by":{{"n":"Name {by}","i":"i{by}",'
            f'"u":"{user(by)}"}}}}')


def tell(client, author, upto=1700000000000):
    client.register_script(script('erased'))(
        keys=['erased', 'sanctions'],
        args=['hosts', user(9), user(author), upto])


def test_sanctions_end_or_are_nobodys(client):
    client.hset('sanctions', mapping=dict([
        sanction('mute', 1, 2), sanction('ban', 1, 2),
        sanction('ban', 2, 1), sanction('mute', 3, 2)]))
    before = client.hgetall('sanctions')
    tell(client, 1)
    left = client.hgetall('sanctions')
    pardon = left.pop(f'{REALM}/{user(1)}/pardon')
    assert int(pardon) > 1700000000000
    assert set(left) == {f'{REALM}/{user(2)}/ban', f'{REALM}/{user(3)}/mute'}
    assert left[f'{REALM}/{user(3)}/mute'] == \
        before[f'{REALM}/{user(3)}/mute']
    was, now = (each[f'{REALM}/{user(2)}/ban'] for each in (before, left))
    assert now == was[:was.index(',"by"')] + ',"by":{"n":"erased","g":1}}'
    assert json.loads(now.split(' ', 2)[2])['by'] == {'n': 'erased', 'g': 1}
    assert 'Name 1' not in str(left)


def test_hosts_are_told_and_who_is_away_finds_it(client):
    hearing = client.pubsub(ignore_subscribe_messages=True)
    hearing.subscribe('hosts')
    while not hearing.subscribed or hearing.get_message(timeout=5):
        pass
    client.zadd('erased', {f'{user(4)} 5': 1700000000000})  # long ago
    tell(client, 1, 7)
    tell(client, 1, 8)
    tell(client, 2, 9)
    assert heard(hearing, 3) == [f'Y {user(9)} {user(n)} {upto}'
                                 for n, upto in ((1, 7), (1, 8), (2, 9))]
    assert client.zrange('erased', 0, -1) == [
        f'{user(1)} 7', f'{user(1)} 8', f'{user(2)} 9']


def test_a_job_is_for_who_has_an_archive(client):
    put = client.register_script(script('job'))
    asked = {'keys': ['archive', 'jobs'], 'args': ['archive', 'one', 'what']}
    assert put(**asked) == ['0'] and not client.exists('jobs')
    client.set('archive', '0')
    hearing = client.pubsub(ignore_subscribe_messages=True)
    hearing.subscribe('archive')
    while not hearing.subscribed or hearing.get_message(timeout=5):
        pass
    assert put(**asked) == ['1']
    assert client.hgetall('jobs') == {'one': 'what'}
    assert heard(hearing, 1) == ['D']
    before = client.time()[0]
    asked['args'] = ['archive', 'one', f'{user(1)} {user(2)} 0 0 0']
    put(**asked)
    *rest, upto = client.hget('jobs', 'one').split(' ', 3)[:3]
    assert rest == [user(1), user(2)]
    assert before * 1000 <= int(upto) <= client.time()[0] * 1000 + 999
    asked['args'][2] = f'{user(1)} {user(0)} 5 0 0'
    put(**asked)
    assert client.hget('jobs', 'one') == asked['args'][2]


# Lists of rooms

def test_rooms_of_a_realm_are_listed_once(client):
    find = client.register_script(script('rooms'))

    def listed(sets, start='(site\n/chat/', most=10):
        last, *rows = find(keys=sets, args=[
            start, b'(site\n/chat/\xff', most, 'chatws:'])
        return last, list(zip(*[iter(rows)] * 3))
    names = [f'site\n/chat/{n}' for n in 'abcd']
    rooms = [RedisRoom(client, f'{{site/chat/{n}}}').make() for n in 'abc']
    said = rooms[1].said('one')
    rooms[2].clear()
    client.hset(rooms[0].key('people'), mapping={'x/1': '', 'y/2': ''})
    client.zadd('now', {name: 0 for name in [*names, 'site\n/other',
                                             'site\n/chat/']})
    client.zadd('before', {names[1]: 0})
    assert listed(['now']) == ('', [
        (names[0], '2', '0-0'), (names[1], '0', said),
        (names[2], '0', '0-0')])
    assert listed(['before', 'now']) == ('', [])
    last, rows = listed(['now'], most=2)
    assert last == names[1] and len(rows) == 2
    assert listed(['now'], f'({last}', 2) == \
        (names[3], [(names[2], '0', '0-0')])
    assert listed(['now'], f'({names[3]}', 2) == ('', [])
