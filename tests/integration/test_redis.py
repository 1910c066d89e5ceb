"""Three httpd with one Redis are one chat: one order and the same ids for all
who read, wherever they read and however; positions of one host hold on all."""
import json
import threading
import uuid

import pytest

from harness import LONG, Poller, location, order, wait_until
from harness.hosts import Hosts, alike, kept, messages, say
from harness.moderator import CONFIG, enter, guest, new, post, user
from harness.redis import Redis

ROOMS = CONFIG + location('/few', 'Chat rooms', 'ChatRate off',
                          'ChatHistory 20')
SAID = 300 if LONG else 60


@pytest.fixture(scope='module')
def redis():
    with Redis() as running:
        yield running


@pytest.fixture(scope='module')
def hosts(redis):
    with Hosts(redis, 3, ROOMS, modules=('remoteip',)) as running:
        running.allow('CW070')
        yield running


def talk(hosts, room, each, way):
    """On each host at the same time somebody says so many things."""
    def run(number):
        server, headers = hosts[number], guest()
        if way == 'post':
            for n in range(each):
                ids[number].append(say(server, room, f'{number}-{n}', headers))
            return
        client, _ = enter(server, room, headers)
        for n in range(each):
            client.say(f'{number}-{n}', f'r-{n}')
        for n in range(each):
            ack = client.recv_event('ack')
            assert ack['ref'] == f'r-{n}'
            ids[number].append(ack['id'])
        client.disconnect()
    ids = [[] for _ in hosts]
    threads = [threading.Thread(target=run, args=(n,))
               for n in range(len(hosts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [len(found) for found in ids] == [each] * len(hosts)
    return ids


@pytest.mark.parametrize('way', ['websocket', 'post'])
def test_one_order_for_all_who_read(hosts, redis, way):
    room = new('/much')
    streams, polls = [], []
    for server in hosts:
        client, _ = enter(server, room, guest())
        streams += [client, server.sse(room, headers=guest())]
        streams[-1].recv_event('hello')
        cursor = server.get(room).json()['cursor']
        polls += [Poller(server.address(), room, cursor, guest(), wait=wait)
                  for wait in (25, 0)]
    ids = talk(hosts, room, SAID, way)
    told = [[json.loads(raw) for raw in messages(client, 3 * SAID)]
            for client in streams]
    for poller in polls:
        told.append(poller.until(3 * SAID, 20))
        assert poller.gaps == 0
        poller.close()
    for events in told[1:]:
        assert events == told[0]
    places = [event['id'] for event in told[0]]
    assert places == sorted(set(places), key=order)
    assert sorted(places) == sorted(sum(ids, []))
    for number, found in enumerate(ids):
        assert found == [i for i, e in zip(places, told[0])
                         if e['text'].startswith(f'{number}-')]
    stream, = [v for k, v in redis.streams().items() if room in k]
    assert stream == places
    for client in streams:
        client.disconnect()


def test_a_host_that_comes_later_has_the_history(hosts):
    room, headers = new(), guest()
    ids = [say(hosts[n % 2], room, f'm-{n}', headers) for n in range(30)]
    assert [e['id'] for e in kept(hosts[2], room)] == ids
    client, hello = enter(hosts[2], room, guest())
    assert hello['gap'] is False
    assert [json.loads(raw)['id'] for raw in messages(client, 30)] == ids
    page = hosts[2].get(f'{room}?before={ids[20]}&limit=5').json()
    assert [e['id'] for e in page['events']] == ids[15:20]
    client.disconnect()


def test_history_is_as_long_as_each_host_keeps_it(hosts):
    room, headers = new('/few'), guest()
    ids = [say(hosts[0], room, f'm-{n}', headers) for n in range(50)]
    for server in hosts:
        wait_until(lambda: server.get(room).json()['events'][-1]['id'] ==
                   ids[-1], 10, 'the newest')
        found = [e['id'] for e in server.get(room).json()['events']]
        assert found == ids[-20:]
        old = server.get(f'{room}?after={ids[5]}').json()
        assert old['gap'] is True
        exact = server.get(f'{room}?after={ids[35]}').json()
        assert exact['gap'] is False
        assert [e['id'] for e in exact['events']] == ids[36:]


@pytest.mark.parametrize('first', ['enter', 'ask'])
def test_a_position_of_one_host_is_exact_on_another(hosts, first):
    """Also that of a room that is empty, or is not there yet."""
    room = new()
    if first == 'enter':
        client, hello = enter(hosts[0], room, guest())
        client.disconnect()
        cursor = hello['cursor']
    else:
        cursor = hosts[0].get(room).json()['cursor']
    identity = say(hosts[1], room, 'first', guest())
    assert order(identity) > order(cursor)
    for server in (hosts[2], hosts[1], hosts[0]):
        assert [e['id'] for e in kept(server, room, cursor)] == [identity]
        client, hello = enter(server, f'{room}?after={cursor}', guest())
        assert hello['resumed'] is True and hello['gap'] is False
        assert json.loads(messages(client, 1)[0])['id'] == identity
        client.disconnect()


def test_an_empty_room_resumes_on_every_host(hosts):
    room = new()
    client, hello = enter(hosts[0], room, guest())
    for server in (hosts[2], hosts[1]):
        other, again = enter(server, f'{room}?after={hello["cursor"]}',
                             guest())
        assert again['resumed'] is True
        other.disconnect()
    client.disconnect()


def test_the_future_is_a_gap_everywhere(hosts):
    room = new()
    say(hosts[0], room, 'one', guest())
    for server in hosts:
        page = server.get(f'{room}?after=99999999999999-0').json()
        assert page['gap'] is True


def test_a_long_poll_waits_for_another_host(hosts):
    room = new()
    cursor = hosts[0].get(room).json()['cursor']
    with Poller(hosts[0].address(), room, cursor, guest()) as poller:
        poller.ask()
        identity = say(hosts[1], room, 'come', guest())
        _, events = poller.answer()
        assert [e['id'] for e in events] == [identity]


def test_a_ref_is_stored_once_on_all_hosts(hosts):
    room, headers = new(), guest()
    first = post(hosts[0], room, headers, text='once', ref='r')
    assert first.status == 201
    for server in (hosts[1], hosts[2], hosts[0]):
        again = post(server, room, headers, text='twice', ref='r')
        assert again.status == 200 and again.json() == first.json()
        client, _ = enter(server, room, headers)
        client.say('thrice', 'r')
        assert client.recv_event('ack')['id'] == first.json()['id']
        client.disconnect()
    other = post(hosts[1], room, guest(), text='mine', ref='r')
    assert other.status == 201
    assert [e['text'] for e in alike(hosts, room, 2)] == ['once', 'mine']


def test_a_ref_that_all_hosts_are_sent_at_once(hosts):
    room, headers = new(), guest()
    for number in range(20):
        answers = []
        threads = [threading.Thread(target=lambda s=server: answers.append(
            post(s, room, headers, text='x', ref=f'r-{number}')))
            for server in hosts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(a.status for a in answers) == [200, 200, 201]
        assert len({a.json()['id'] for a in answers}) == 1
    alike(hosts, room, 20)


def test_amendments_are_told_on_all_hosts(hosts, redis):
    room, ben = new(), guest()
    old, new_text = f'old-{uuid.uuid4().hex}', f'new-{uuid.uuid4().hex}'
    watchers = [enter(server, room, guest())[0] for server in hosts]
    target = say(hosts[0], room, old, ben)
    edit = post(hosts[1], room, ben, type='edit', id=target, text=new_text)
    assert edit.status == 200, edit
    for watcher in watchers:
        event = watcher.recv_event('edited')
        assert event['id'] == edit.json()['id']
        assert (event['target'], event['text']) == (target, new_text)
    assert old not in redis.everything()
    message, event = alike(hosts, room, 2)
    assert message['text'] == new_text and message['edited'] is True
    again = post(hosts[2], room, ben, type='edit', id=target, text=new_text)
    assert again.status == 204
    assert post(hosts[2], room, guest(), type='edit', id=target,
                text='mine').status == 403
    gone = post(hosts[2], room, user('ann'), type='delete', id=target)
    for watcher in watchers:
        assert watcher.recv_event('deleted')['id'] == gone.json()['id']
        watcher.disconnect()
    assert new_text not in redis.everything()
    message, event, deleted = alike(hosts, room, 3)
    assert message['text'] == '' and message['deleted'] is True
    assert 'text' not in event
    assert deleted['by']['id'] == 'u-ann'
    assert post(hosts[0], room, user('ann'), type='delete',
                id=target).status == 204
    assert post(hosts[0], room, ben, type='edit', id=target,
                text='back').status == 404


def test_clear_leaves_nothing(hosts, redis):
    room, ben = new(), guest()
    texts = [uuid.uuid4().hex for _ in range(5)]
    ids = [say(hosts[n % 3], room, text, ben) for n, text in enumerate(texts)]
    alike(hosts, room, 5)
    cleared = post(hosts[2], room, user('ann'), type='clear')
    assert cleared.status == 200
    event, = alike(hosts, room, 1)
    assert event['type'] == 'cleared' and event['id'] == cleared.json()['id']
    everything = redis.everything()
    assert not [text for text in texts if text in everything]
    for server in hosts:
        page = server.get(f'{room}?after={ids[2]}').json()
        assert page['gap'] is False and page['events'] == [event]


def test_the_rooms_state_is_one(hosts):
    room, ben = new(), guest()
    watcher, _ = enter(hosts[2], room, guest())
    done = post(hosts[0], room, user('ann'), type='room', topic='News',
                locked=True)
    assert done.status == 200
    assert watcher.recv_event('room')['topic'] == 'News'
    for server in hosts:
        wait_until(lambda: server.get(room).json()['state'] == {
            'topic': 'News', 'slow': 0, 'locked': True}, 10, 'the state')
        assert post(server, room, ben, text='hi').json()['code'] == 'locked'
    done = post(hosts[1], room, user('ann'), type='room', locked=False,
                slow=600)
    assert watcher.recv_event('room')['slow'] == 600
    assert post(hosts[0], room, ben, text='one').status == 201
    for server in hosts:
        answer = post(server, room, ben, text='two')
        assert answer.status == 429 and answer.json()['code'] == 'slow', answer
    watcher.disconnect()


def listed(server, prefix='/chat/'):
    page = server.get(f'{prefix}?rooms').json()
    return {room['room']: (room['count'], room.get('last'))
            for room in page['rooms']}


def test_lists_have_the_rooms_of_all_hosts(hosts):
    here, there, empty = new(), new(), new()
    mine = say(hosts[0], here, 'here', guest())
    last = say(hosts[1], there, 'there', guest())
    client, _ = enter(hosts[2], there, guest())
    hosts[1].get(empty)
    for server in hosts:
        def told():
            rooms = listed(server)
            return rooms.get(here) == (0, mine) and \
                rooms.get(there) == (1, last) and empty not in rooms
        wait_until(told, 60, 'both rooms are listed')
    assert there not in listed(hosts[0], '/side/')
    client.disconnect()
    wait_until(lambda: listed(hosts[0]).get(there) == (0, last), 60,
               'nobody is there any more')


@pytest.mark.parametrize('mpm', ['worker', 'prefork'])
def test_on_the_other_mpms(redis, mpm):
    """Also by a unix socket, and beside what event has said."""
    room = new()
    with Hosts(redis, 2, ROOMS, [redis.directive(),
                                 redis.directive(unix=True)], mpm=mpm,
               sizes=None, modules=('remoteip',)) as pair:
        pair.allow('CW070|AH00161')
        readers = [enter(server, room, guest())[0] for server in pair]
        ids = [say(pair[n % 2], room, f'p-{n}', guest()) for n in range(20)]
        for number, server in enumerate(pair):
            client, _ = enter(server, room, guest())
            client.say(f'w-{number}', 'r')
            ids.append(client.recv_event('ack')['id'])
            client.disconnect()
        for client in readers:
            assert [json.loads(raw)['id'] for raw in messages(client, 22)] \
                == ids
            client.disconnect()
        alike(pair, room, 22)
