"""A full segment: what exists goes on, what is new is refused, and quiet rooms
keep their messages."""
import os
import signal
import uuid

import pytest

from harness import (LONG, ONE_CHILD, Httpd, Swarm, WsFailure, kept, location,
                     wait_until)

CHAT = location('/chat', 'Chat rooms', 'ChatRate off', 'ChatMaxMessage 32K')


def post(server, room, text):
    return server.post(room, text, 'text/plain')


def texts(server, room):
    return [e['text'] for e in kept(server, room)]


def test_a_busy_room_evicts_no_quiet_one():
    """1 MB; one room says forty times as much."""
    with Httpd(config='ChatSharedMemory 1M\n' + CHAT) as server:
        for number in range(5):
            for turn in range(3):
                assert post(server, f'/chat/quiet{number}',
                            f'kept {turn}').status == 201
        for number in range(1400):
            answer = post(server, '/chat/busy', f'{number} ' + 'x' * 30000)
            assert answer.status == 201, f'{number}: {answer}'
        busy = texts(server, '/chat/busy')
        assert busy and busy[-1].startswith('1399 ')
        for number in range(5):
            assert texts(server, f'/chat/quiet{number}')[-1] == 'kept 2'


def test_more_rooms_than_there_are():
    with Httpd(config='ChatMaxRooms 4\n' + CHAT) as server:
        server.allow('refused .* with 503|CW0302')
        members = [server.ws(f'/chat/r{number}') for number in range(4)]
        for client in members:
            client.recv_event('hello')
        answer = post(server, '/chat/other', 'a')
        assert answer.status == 503
        assert answer.json()['code'] == 'rooms_full'
        assert int(answer.header('retry-after')) >= 1
        with pytest.raises(WsFailure) as refused:
            server.ws('/chat/other')
        answer = refused.value.response
        assert answer.status == 503, 'no place is told before the 101'
        assert answer.json()['code'] == 'rooms_full'
        assert int(answer.header('retry-after')) >= 1
        assert server.get('/alive.txt').status == 200
        again = server.ws('/chat/r1')
        again.recv_event('hello')
        again.say('still', ref='1')
        assert members[1].recv_event('message')['text'] == 'still'
        for client in [*members, again]:
            client.close()


def cursor_of(client):
    return client.recv_event('hello')['cursor']


@pytest.mark.children_die
def test_x4_segment_full():
    """SECURITY X4, 4 MB: names without end, a room with large messages, more
    members, and a child is killed meanwhile. What exists goes on, a new room
    is had at once, and the log stays short."""
    names = 20000 if LONG else 1500
    config = 'ChatSharedMemory 4M\n' + CHAT + \
        location('/chat-status', 'Chat status')
    with Httpd(config=config) as server:
        server.allow('CW030[34]: |exit signal Killed|AH10392: ')
        lived = server.ws('/chat/lived')
        cursor = cursor_of(lived)
        assert post(server, '/chat/lived', 'first').status == 201
        crowd = []
        for number in range(names):
            answer = post(server, f'/chat/name{number}', 'x' * 100)
            assert answer.status == 201, f'{number}: {answer}'
            if number % 5 == 0:
                assert post(server, '/chat/busy', 'y' * 30000).status == 201
            if number % 20 == 0:
                crowd.append(server.ws(f'/chat/crowd{number % 7}'))
                crowd[-1].recv_event('hello')
            if number == names // 2:
                os.kill(server.children()[0], signal.SIGKILL)
                lived.disconnect()
                lived = server.ws(f'/chat/lived?after={cursor}')
                assert lived.recv_event('hello')['gap'] is False
                assert lived.recv_event('message')['text'] == 'first'
        for client in crowd:
            client.disconnect()
        assert post(server, '/chat/lived', 'last').status == 201
        assert lived.recv_event('message')['text'] == 'last'
        lived.close()
        assert entered(server)
        now = server.get('/chat-status?format=json').json()
        assert now['rooms_full_total'] == 0
        assert now['rooms_evicted_total'] > names - now['rooms_limit'] - 100
        assert now['rooms'] <= now['rooms_limit']
        assert now['rooms_reset_total'] == 0
        lines = [x for x in server.log_lines()
                 if 'CW0' in x and ':info]' not in x]
        assert len(lines) <= 10, lines


def entered(server):
    """True when a room of a new name could be entered."""
    try:
        client = server.ws('/chat/' + uuid.uuid4().hex)
    except WsFailure as failure:
        assert failure.response.json()['code'] == 'rooms_full'
        return False
    event = client.recv_event()
    client.disconnect()
    return event['type'] == 'hello'


def test_rooms_come_and_go():
    """Far more names than rooms fit: who left makes room."""
    with Httpd(config='ChatMaxRooms 8\nChatSharedMemory 2M\n' + CHAT) \
            as server:
        server.allow('CW0302|refused .* with 503')
        for number in range(24):
            wait_until(lambda: entered(server), 10, f'room {number}')


def test_no_place_for_another_member():
    """It is told before the 101, and before the head of an event stream; who
    is a member has a place (in the same child: another one takes a cell)."""
    config = ('ChatSharedMemory 1M\n' + CHAT
              + location('/chat-status', 'Chat status'))
    key = [('X-Chatws-Key', 'f' * 32)]
    with Httpd(sizes=ONE_CHILD, config=config) as server, \
            Swarm(server.address()) as crowd:
        server.allow('refused .* with 503')
        member = server.ws('/chat/r1', headers=key)
        member.recv_event('hello')
        cells = server.get('/chat-status?format=json').json()['member_cells']
        made = crowd.connect([f'/chat/crowd{n % 10}'
                              for n in range(cells - 1)])
        crowd.run(lambda: all(c.count('hello') for c in made), 10, 'all enter')
        more = crowd.connect(['/chat/crowd1'] * 50)
        assert {client.status for client in more} == {503}
        assert crowd.open_count() == cells - 1
        with pytest.raises(WsFailure) as refused:
            server.ws('/chat/r1')
        answer = refused.value.response
        assert answer.status == 503
        assert answer.json()['code'] == 'rooms_full'
        assert answer.header('retry-after') == '10'
        assert server.sse('/chat/r1').response.status == 503
        again = server.ws('/chat/r1', headers=key)
        assert again.recv_event('hello')
        for client in (member, again):
            client.close()
