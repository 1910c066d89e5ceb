"""Who is here, over all children: tabs, reloads, graces, crowds, dead children
and silent clients; and who types."""
import json
import time

import pytest

from harness import (ONE_CHILD, TEXT, Httpd, Swarm, deadline_after, key_of,
                     location, wait_until)

GRACE = 10
CHILDREN = ('StartServers 4\nServerLimit 4\nThreadsPerChild 10\n'
            'MinSpareThreads 5\nMaxSpareThreads 40\nMaxRequestWorkers 40\n')
CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off')
          + location('/small', 'Chat rooms', 'ChatRate off',
                     'ChatPresence on 3')
          + location('/quick', 'Chat rooms',
                     '<If "%{HTTP:X-Patient} != \'1\'">', 'ChatPing 1s 1s',
                     '</If>')
          + location('/off', 'Chat rooms', 'ChatPresence off'))


@pytest.fixture(scope='module')
def server():
    with Httpd(sizes=CHILDREN, config=CONFIG) as running:
        yield running


def enter(server, room, number, **options):
    """A connection of that guest; what it is called and its hello."""
    client = server.ws(room, headers=key_of(number), **options)
    hello = client.recv_event('hello')
    return client, hello['you']['id'], hello


def ids(persons):
    return {person['id'] for person in persons}


class Known:
    """What a client knows of the members of its room."""

    def __init__(self, hello):
        self.events = []
        self.count = hello['members']['count']
        self.ids = ids(hello['members']['list'])

    def take(self, event):
        if event['type'] != 'presence':
            return
        self.events.append(event)
        self.count = event['count']
        if 'list' in event:
            self.ids = ids(event['list'])
        self.ids |= ids(event.get('joined', []))
        self.ids -= ids(event.get('left', []))

    def changes(self, kind):
        return [p['id'] for e in self.events for p in e.get(kind, [])]

    def read(self, client, condition, seconds=10):
        """Takes what comes until the condition holds."""
        deadline = deadline_after(seconds)
        while not condition():
            self.take(client.recv_event(timeout=deadline - time.monotonic()))


def test_tabs_and_reloads_are_no_news(server):
    """Three tabs of which two are closed, and a reload; when somebody's leave
    is told, whose grace began later, nothing was told of them."""
    room = '/chat/tabs'
    watcher, _, hello = enter(server, room, 1)
    known = Known(hello)
    tabs = [enter(server, room, 2)[0] for _ in range(3)]
    other, reloads, _ = enter(server, room, 3)
    last, leaves, _ = enter(server, room, 4)
    known.read(watcher, lambda: known.count == 4)
    assert sorted(known.changes('joined')) == sorted(set(
        known.changes('joined')))
    del known.events[:]
    tabs[0].close()
    tabs[1].disconnect()
    other.close()
    other, again, hello = enter(server, room, 3)
    assert again == reloads and hello['members']['count'] == 4
    begin = time.monotonic()
    last.close()
    known.read(watcher, lambda: known.count == 3, GRACE + 5)
    assert GRACE - 0.2 <= time.monotonic() - begin
    assert known.changes('left') == [leaves]
    assert known.changes('joined') == known.changes('renamed') == []
    assert enter(server, room, 1)[2]['members']['count'] == 3


def test_a_new_name_is_told(server):
    watcher, _, hello = enter(server, '/chat/names', 1)
    known = Known(hello)
    guest, who, _ = enter(server, '/chat/names', 2)
    known.read(watcher, lambda: known.count == 2)
    guest.send_json(type='name', name='Änne')
    known.read(watcher, lambda: known.changes('renamed'))
    assert known.events[-1] == {'type': 'presence', 'count': 2, 'renamed': [
        {'id': who, 'name': 'Änne', 'guest': True}]}
    listed = enter(server, '/chat/names', 3)[2]['members']['list']
    assert {'id': who, 'name': 'Änne', 'guest': True} in listed


def test_a_large_room_has_only_a_number(server):
    room = '/small/crowd'
    watcher, _, hello = enter(server, room, 1)
    known = Known(hello)
    guests = [enter(server, room, number)[0] for number in (2, 3)]
    known.read(watcher, lambda: known.count == 3)
    assert len(known.ids) == 3
    more, _, hello = enter(server, room, 4)
    assert hello['members'] == {'count': 4}
    known.read(watcher, lambda: known.count == 4)
    assert known.events[-1] == {'type': 'presence', 'count': 4}
    for client in [more, *guests]:
        client.close()
    known.read(watcher, lambda: known.count == 1, GRACE + 5)
    # Which of the three are gone by the first list is the machine's.
    assert any('list' in event for event in known.events)
    assert known.ids == {enter(server, room, 1)[1]}


def test_presence_may_be_off(server):
    watcher = server.ws('/off/room', headers=key_of(1))
    assert 'members' not in watcher.recv_event('hello')
    guest = server.ws('/off/room', headers=key_of(2))
    guest.recv_event('hello')
    guest.send_json(type='typing')
    guest.send_json(type='name', name='Somebody')
    guest.recv_event('you')
    guest.say('only this')
    assert watcher.recv_event()['type'] == 'message'
    assert watcher.silent(1.5)


def test_a_silent_client_goes(server):
    """It answers no ping, and no end of it is seen."""
    watcher = server.ws('/quick/room', headers=key_of(1) + [('X-Patient', '1')])
    known = Known(watcher.recv_event('hello'))
    begin = time.monotonic()
    silent, who, _ = enter(server, '/quick/room', 2, auto_pong=False)
    known.read(watcher, lambda: known.count == 2)
    known.read(watcher, lambda: known.changes('left') == [who], GRACE + 4)
    assert time.monotonic() - begin >= GRACE - 0.2
    silent.disconnect()


def upgrades(server, room):
    return [e['pid'] for e in server.access_entries()
            if e['status'] == '101' and f' {room} ' in e['request']]


def greeted(swarm, clients):
    swarm.run(lambda: all(c.count('hello') for c in clients), 20, 'hello')


def spread(server, swarm, room, first):
    """Guests on more than one child: a busy machine may give all that come at
    once to one."""
    clients = []
    while len(clients) < 24 or len(set(upgrades(server, room))) < 2:
        assert len(clients) < 240, 'two children'
        new = [swarm.add(room, key_of(first + n), tag=first + n)
               for n in range(len(clients), len(clients) + 24)]
        greeted(swarm, new)
        clients += new
        wait_until(lambda: len(upgrades(server, room)) == len(clients), 10,
                   'the access log')
    return clients


def you(client):
    return client.events('hello')[0]['you']


def test_typing(server):
    room = '/chat/typing'
    with Swarm(server.address()) as swarm:
        clients = spread(server, swarm, room, 100)
        typist = clients[0]
        tab = swarm.add(room, key_of(100))
        greeted(swarm, [tab])
        for _ in range(3):
            typist.send(TEXT, json.dumps({'type': 'typing'}))
        swarm.run(lambda: all(c.count('typing') for c in clients[1:]), 10,
                  'typing')
        typist.say('done')
        swarm.run(lambda: all(c.count('message') for c in clients), 10, 'text')
        for client in clients[1:]:
            assert client.events('typing') == [
                {'type': 'typing', 'from': you(typist)}]
        assert typist.count('typing') == tab.count('typing') == 0
        late = swarm.add(room, key_of(900))
        swarm.run(lambda: late.count('message'), 10, 'history')
        assert late.count('typing') == 0
    kept = server.get(room).json()['events']
    assert [e['type'] for e in kept] == ['message']


def test_typing_with_different_values():
    """The largest value of the members counts, as for the list: who typed came
    with one for which there are too many."""
    config = location('/chat', 'Chat rooms', 'ChatPresence on 1',
                      '<If "%{HTTP:X-Many} == \'1\'">', 'ChatPresence on 5',
                      '</If>')
    with Httpd(sizes=ONE_CHILD, config=config) as server:
        reader = server.ws(headers=key_of(1) + [('X-Many', '1')])
        reader.recv_event('hello')
        typist, who, _ = enter(server, '/chat/lobby', 2)
        typist.send_json(type='typing')
        assert reader.recv_event('typing')['from']['id'] == who
        reader.close()
        typist.close()


LOOK = 1.25  # seconds between two presence events of a room, at least


def begin_to_count(swarm, clients):
    """The time, and how many presence events each client has: those that come
    later were sent later, as the pong came in between."""
    begin = time.monotonic()
    swarm.ping_all()
    return begin, [c.count('presence') for c in clients]


def most_since(begin):
    """Presence events that may have been sent, and so come, by now."""
    return 1 + int((time.monotonic() - begin) / LOOK)


def test_a_thousand_joins(server):
    """Within 5 s: at most five presence events for anybody."""
    joins = 1000
    with Swarm(server.address()) as swarm:
        early = spread(server, swarm, '/chat/joins', 1000)
        wanted = len(early) + joins
        begin, before = begin_to_count(swarm, early)
        late = []
        for part in range(20):
            late += swarm.connect(['/chat/joins'] * (joins // 20))
            swarm.run_for(max(0, begin + 0.24 * (part + 1)
                              - time.monotonic()))
        everybody = [*early, *late]
        swarm.run(lambda: all(last_count(c) == wanted for c in everybody), 20,
                  'the last number')
        most = most_since(begin)
        assert max(c.count('presence') - n
                   for c, n in zip(early, before)) <= most
        assert max(c.count('presence') for c in late) <= most
        assert all('joined' not in e for c in late
                   for e in c.events('presence')[-1:])


def test_r9_who_comes_and_goes_costs_the_others_little(server):
    """SECURITY R9: a hundred a second come and go in a large room. Whoever
    stays gets a number a comparison, however many they are."""
    room = '/small/churn'
    with Swarm(server.address()) as swarm:
        staying = spread(server, swarm, room, 3000)
        begin, before = begin_to_count(swarm, staying)
        for part in range(16):
            guests = [swarm.add(room, key_of(4000 + 25 * part + n))
                      for n in range(25)]
            greeted(swarm, guests)
            for guest in guests:
                guest.close()
            swarm.run_for(max(0, begin + 0.25 * (part + 1)
                              - time.monotonic()))
        most = most_since(begin)
        for client, count in zip(staying, before):
            new = client.raw_events('presence')[count:]
            assert 1 <= len(new) <= most
            assert max(map(len, new)) <= len('{"type":"presence","count":999}')
        wait_until(lambda: swarm.turn()
                   or last_count(staying[0]) == len(staying),
                   GRACE + 10, 'all have gone')


def last_count(client):
    events = [e for e in client.events() if e['type'] in ('hello', 'presence')]
    if not events:
        return 0
    return events[-1].get('members', events[-1])['count']


@pytest.mark.children_die
def test_a_child_dies(server):
    """Of its members those that come back in time never left; the others are
    gone within 30 s."""
    room = '/chat/dying'
    server.allow(r'CW\d+: .*(child|died|dead|owner|repair)')
    with Swarm(server.address()) as swarm:
        clients = spread(server, swarm, room, 2000)
        known = {c: Known(c.events('hello')[0]) for c in clients}
        read = dict.fromkeys(clients, 0)
        server.kill_child(max(server.children(), key=server.fds))
        swarm.run(lambda: any(c.state == 'closed' for c in clients), 10, 'cut')
        swarm.run_for(0.5)
        cut = [c for c in clients if c.state == 'closed']
        rest = [c for c in clients if c.state == 'open']
        assert len(cut) > 1 and rest
        back, gone = cut[::2], cut[1::2]
        again = [swarm.add(room, key_of(c.tag)) for c in back]
        greeted(swarm, again)
        wanted = {you(c)['id'] for c in clients} - {you(c)['id'] for c in gone}

        def told():
            for client in rest:
                for event in client.events()[read[client]:]:
                    known[client].take(event)
                read[client] = len(client.parsed)
            return all(known[c].ids == wanted for c in rest)
        swarm.run(told, 30, 'who is gone')
        for client in rest:
            assert not set(known[client].changes('left')) \
                & {you(c)['id'] for c in back}
