"""ChatRecheck: whoever is here comes back in time, so that httpd is asked anew;
nobody notices, and what it may not do any more it cannot."""
import random
import time

import pytest

from harness import (Crowd, Httpd, Swarm, Talk, WsFailure, check_account,
                     location)
from harness.rooms import new_room

TIME = 10  # seconds, the shortest
MEMBERS = 12
STAYS = [('X-Stay', '1')]

CONFIG = (
    location('/chat', 'Chat rooms', 'ChatRate off',
             'ChatHistory 5000 1h', f'ChatRecheck {TIME}s',
             'ChatPollWait 10min',
             '<If "%{HTTP:X-Stay} == \'1\'">', 'ChatRecheck off', '</If>') +
    location('/people', 'Chat rooms', 'ChatRate off',
             'ChatUser "%{HTTP:X-User}"', f'ChatRecheck {TIME}s',
             'AuthGroupFile "@ROOT@/htdocs/groups"',
             'ChatModerators group staff', 'ChatSpeakers group staff members',
             'ChatGuests off'))
GROUPS = 'staff: ann\nmembers: ben\n'


@pytest.fixture(scope='module')
def server():
    with Httpd(config=CONFIG, files={'groups': GROUPS},
               modules=('authz_groupfile',)) as running:
        yield running


def test_nobody_notices(server):
    """Members that come back again and again while they talk: each message
    once and in order, no refused handshake, and who watches hears of nobody's
    leave or join."""
    room = new_room()
    swarm = Swarm(server.address())
    watch = swarm.add(room, STAYS)
    swarm.run(lambda: watch.events('hello'), 30, 'who watches is in')
    crowd = Crowd(swarm, MEMBERS, room, random.Random(11))
    crowd.greet()
    crowd.run(lambda: watch.events('presence')
              and watch.events('presence')[-1]['count'] == MEMBERS + 1, 30,
              'all are told of')
    seen = len(watch.events('presence'))
    talk = Talk(crowd, 20, 1 << 30)

    def twice():
        talk.proceed(time.monotonic())
        return all(len(m.byes) >= 2 for m in crowd.members)
    crowd.run(twice, 6 * TIME + 60, 'everybody comes back twice')
    crowd.settle(60)
    spoken = crowd.spoken()
    for member in crowd.members:
        assert check_account(member.account, spoken) == 0
        assert member.refused == [] and member.lost == 0
        assert {window[1:] for window in member.byes} == {(0, 1)}
        assert {code for _, code in member.closes} == {1012}
    # The spread: not all in one moment.
    first = sorted(m.byes[0][0] for m in crowd.members)
    assert first[-1] - first[0] > 0.2
    later = watch.events('presence')[seen:]
    assert not any(e.get('left') or e.get('joined') or 'list' in e
                   or e['count'] != MEMBERS + 1 for e in later), later
    assert [e['id'] for e in watch.events('message')] == \
        [identity for identity, _ in spoken]
    assert not watch.events('bye')


def test_rights_of_today(server):
    """Taken out of a group, somebody has the new rights once the time is over,
    and a POST has them at once. Who may not enter any more stays outside."""
    room = new_room('/people')
    staff = [('X-User', 'ann')]
    begun = time.monotonic()
    client = server.ws(room, headers=staff)
    rights = client.recv_event('hello')['rights']
    assert rights == {'speak': True, 'moderate': True}
    server.write_files({'groups': 'staff: cat\nmembers: ben\n'})
    assert server.post(room, '{"text":"no"}',
                       headers=staff).json()['code'] == 'read_only'
    client.send_text('{"type":"message","text":"still","ref":"r"}')
    client.recv_event('ack')
    bye = client.recv_event('bye', timeout=TIME + 20)
    assert (bye['code'], bye['retry']) == (1012, [0, 1])
    assert time.monotonic() - begun > TIME / 2 - 1
    client.disconnect()
    client = server.ws(room, headers=staff)
    assert client.recv_event('hello')['rights'] == \
        {'speak': False, 'moderate': False}
    client.disconnect()
    with pytest.raises(WsFailure):
        server.ws(room)
    server.write_files({'groups': GROUPS})


def test_event_stream(server):
    """It ends with a bye, and with what tells a browser to be back soon."""
    room = new_room()
    stream = server.sse(room)
    stream.recv_event('hello')
    bye = stream.recv_event('bye', timeout=TIME + 20)
    assert (bye['code'], bye['retry']) == (1012, [0, 1])
    assert 0 <= stream.parser.retry <= 1000
    stream.expect_end()
    stream.disconnect()


def test_a_held_poll(server):
    """It is answered before the time is over, however long it would wait."""
    room = new_room()
    cursor = server.get(room).json()['cursor']
    begun = time.monotonic()
    answer = server.request('GET', f'{room}?after={cursor}&wait=600',
                            timeout=500)
    assert answer.status == 200 and answer.json()['events'] == []
    assert time.monotonic() - begun < 300, 'it waits for ten minutes'
