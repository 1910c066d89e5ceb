"""What one address can take of what all share: the members' table, refs, rates,
meters, rooms. Guests without a key, or with a new one for each request."""
import collections
import itertools
import time

import pytest

from harness import (LONG, ONE_CHILD, Swarm, hold, new_room, rss_bytes,
                     wait_until)
from harness.address import (ANN, BEN, Allowance, by, figures, serve,
                             until_refused)
from harness.poller import head_bytes


def members(server, room):
    return server.get(f'{room}?members').json()['count']


def flood(server, requests):
    """Sends the requests, many ahead of the answers; {status: count}. httpd
    ends the connection after a 503."""
    statuses = collections.Counter()
    waiting = collections.deque()
    while True:
        waiting += itertools.islice(requests, 200 - len(waiting))
        if not waiting:
            return statuses
        with server.raw(timeout=60) as client:
            while waiting and not client.eof:
                client.send(b''.join(waiting))
                answered = answer_all(client, waiting, statuses)
                if not answered:
                    break
                waiting += itertools.islice(requests, 200)


def answer_all(client, waiting, statuses):
    """False when the connection ended before all were answered."""
    while waiting:
        answer = client.read_response()
        statuses[answer.status] += 1
        waiting.popleft()
        if answer.header('connection') == 'close':
            return False
    return True


def key_header(number):
    return ('X-Chatws-Key', f'{number + 1:032x}')


def visits(server, room, count, keys, address=ANN):
    """Polls that are not held; each of a guest of its own."""
    return (head_bytes('GET', f'{room}?after=0-0&wait=0', server.host(),
                       by(address, *[key_header(n)] * keys))
            for n in range(count))


def posts(server, count, address, room=lambda n: '/chat/lobby', ref='r'):
    """Messages with a ref, each of a guest of its own."""
    return (head_bytes('POST', room(n), server.host(), by(
        address, key_header(n), ('Content-Type', 'application/json')),
        b'{"type":"message","text":"x","ref":"%s%d"}' % (ref.encode(), n))
        for n in range(count))


ENDLESS = 'KeepAlive On\nMaxKeepAliveRequests 0\n'
SMALL = ENDLESS + 'ChatSharedMemory 1M\n'


@pytest.mark.parametrize('keys,count', [(False, 3000),
                                        (True, 100000 if LONG else 10000)])
def test_visits_of_one_address_fill_nothing(keys, count):
    """Up to a hundred thousand guests; the table has about a thousand places.
    The list is not forged by more than the members without a connection that one
    address may have, and who comes is in at once."""
    with serve(config=SMALL, sizes=ONE_CHILD) as server:
        honest = server.ws('/chat/lobby', headers=by(BEN))
        begun = time.monotonic()
        statuses = flood(server, visits(server, '/chat/lobby', count, keys))
        print(f'{count / (time.monotonic() - begun):.0f} visits/s, '
              f'{members(server, "/chat/lobby")} members')
        assert statuses == {200: count}
        # 250 at once and 25 a second, each for ten seconds and until a child
        # looks who is over, here within another second.
        most = 1 + 250 + 11 * 25 if keys else 1
        assert 1 <= members(server, '/chat/lobby') <= most
        other = server.ws('/chat/lobby', headers=by('203.0.113.99'))
        assert other.recv_event()['type'] == 'hello'
        honest.disconnect()     # may have been asked for a pong meanwhile
        other.close()


def test_connections_that_come_and_go_fill_nothing():
    """A new guest each time, who enters and leaves."""
    with serve('ChatAddressConnections 20', config=SMALL,
               sizes=ONE_CHILD) as server, Swarm(server.address()) as swarm:
        entered = 0
        for number in range(400):
            client = swarm.add('/chat/lobby', by(ANN, key_header(number)))
            swarm.run(lambda: client.status, 5, 'an answer')
            entered += client.status == 101
            client.drop()
        assert entered > 50
        wait_until(lambda: figures(server)['connections'] == 0, 10, 'all left')
        print(f'{entered} entered, {members(server, "/chat/lobby")} stay')
        assert members(server, '/chat/lobby') <= 2 * 20


def test_a_full_table_of_visitors_gives_way():
    """From addresses that are not limited, so that the table is full of those
    who are not there any more: who comes gets a place all the same."""
    with serve('ChatAddressConnections off', sizes=ONE_CHILD,
               config=SMALL) as server:
        assert flood(server, visits(server, '/chat/lobby', 3000, True)) == \
            {200: 3000}
        assert figures(server)['member_cells_free'] < 10
        for number in range(20):
            client = server.ws(f'/chat/r{number % 3}', headers=by(BEN))
            assert client.recv_event()['type'] == 'hello'
            client.disconnect()


def test_who_brings_a_key_is_a_visitor_for_the_grace():
    """A poll that is not held makes its asker a member; without a key it does
    not, and a held one only while it is there."""
    with serve(sizes=ONE_CHILD) as server, Swarm(server.address()) as swarm:
        room = new_room()
        server.get(f'{room}?after=0-0&wait=0', by(ANN))
        assert members(server, room) == 0
        server.get(f'{room}?after=0-0&wait=0', by(
            ANN, ('X-Chatws-Key', f'{5:032x}')))
        assert members(server, room) == 1
        cursor = server.get(room).json()['cursor']
        held = hold(swarm, [f'{room}?after={cursor}&wait=60'], by(ANN))
        wait_until(lambda: members(server, room) == 2, 5, 'held')
        held[0].drop()
        wait_until(lambda: members(server, room) == 1, 5, 'gone')


def test_long_polls_of_one_address_stay_members():
    """A school where no WebSocket gets through. Each message answers all of
    them, and nobody leaves the room because they come back so often."""
    with serve('ChatAddressConnections 20', 'ChatRate off',
               sizes=ONE_CHILD) as server, Swarm(server.address()) as swarm:
        room = new_room()
        cursor = server.get(room).json()['cursor']
        for number in range(6):
            held = [hold(swarm, [f'{room}?after={cursor}&wait=60'],
                         by(ANN, key_header(n)))[0] for n in range(15)]
            wait_until(lambda: figures(server)['connections'] == 15, 5, 'in')
            cursor = server.post(room, f'{number}', 'text/plain',
                                 by(BEN)).json()['id']
            swarm.run(lambda: all(c.answer for c in held), 10, 'answers')
            for client in held:
                client.drop()
            wait_until(lambda: figures(server)['connections'] == 0, 5, 'left')
            assert members(server, room) == 15, number


OFF = ('ChatRate off', 'ChatAddressRate off', 'ChatAddressRooms off')


def test_refs_of_one_address_push_out_its_own():
    """Three times as many as the table has, from an address that nothing
    limits: what others have sent is still known when they send it again."""
    with serve(*OFF, config=SMALL, sizes=ONE_CHILD) as server:
        honest = [BEN, '203.0.113.9', '2001:db8::9']
        for address in honest:
            assert flood(server, posts(server, 20, address, ref=address)) == \
                {201: 20}
        assert flood(server, posts(server, 12000, ANN)) == {201: 12000}
        for address in honest:
            again = flood(server, posts(server, 20, address, ref=address))
            assert again == {200: 20}, again


def test_rates_of_one_address_do_not_give_others_their_turns_back():
    with serve('ChatRate 1/s 3', 'ChatAddressRate off', config=SMALL,
               sizes=ONE_CHILD) as server:
        def post():
            return server.post('/chat/lobby', 'x', 'text/plain', by(
                BEN, key_header(99999)))
        answers = until_refused(post)
        since = Allowance(0)
        assert [answer.status for answer in answers[:3]] == [201] * 3
        statuses = flood(server, posts(server, 4000, ANN))
        assert statuses[201] == 4000
        at_once = Allowance(3)
        more = sum(post().status == 201 for _ in range(8))
        assert more <= min(since.most(), at_once.most())


def test_meters_of_one_address_leave_some_for_others():
    with serve(*OFF, config=ENDLESS, sizes=ONE_CHILD) as server:
        def polls(count, address, first):
            return (head_bytes(
                'GET', f'/chat/lobby?after=0-0&meter={n:016x}', server.host(),
                by(address, key_header(n)))
                for n in range(first, first + count))

        def known(number):
            answer = server.get(f'/chat/_chatws/meter?meter={number:016x}')
            return answer.json()['traffic']['poll']['requests']
        assert flood(server, polls(300, ANN, 1)) == {200: 300}
        assert flood(server, polls(4, BEN, 5000)) == {200: 4}
        assert [known(n) for n in range(5000, 5004)] == [1] * 4
        assert 100 < sum(known(n) for n in range(1, 301)) < 150


@pytest.mark.parametrize('addresses', [1, 300])
def test_r8_new_rooms(addresses):
    """SECURITY R8: 3,000 names from one address, then from hundreds. Rooms
    that somebody is in are as before, and memory does not grow."""
    with serve('ChatAddressRate off', 'ChatRate off', config=SMALL,
               sizes=ONE_CHILD) as server:
        server.allow('CW0302|CW0304|refused .* with 503')
        client = server.ws('/chat/home', headers=by(BEN))
        client.recv_event()
        client.say('mine', 'ref')
        child = server.children()[0]

        def names(first, count):
            return itertools.chain.from_iterable(
                posts(server, 1, f'198.51.{n % addresses // 256}.'
                      f'{n % addresses % 256}', lambda _, n=n: f'/chat/n{n}')
                for n in range(first, first + count))
        flood(server, names(0, 500))
        before = rss_bytes(child)
        statuses = flood(server, names(500, 2500))
        assert rss_bytes(child) - before < 2 << 20
        if addresses == 1:
            assert statuses[429] >= 2490, statuses
            assert figures(server)['rooms'] <= 62
            assert server.ws('/chat/new', headers=by(BEN))
        texts = [e['text'] for e in server.get('/chat/home').json()['events']]
        assert texts == ['mine']
        client.say('again', 'ref2')
        wait_until(lambda: client.recv_event()['type'] == 'ack', 5, 'stored')
        client.close()
