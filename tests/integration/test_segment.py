"""The shared memory's life: another size at a restart, too little of it, none
at all."""
import random
import threading
import time
from pathlib import Path

import pytest

from harness import (Crowd, Httpd, Swarm, Talk, check_account, fd_count,
                     kept, key_of, location, wait_until)

MEMBERS, MESSAGES, RATE = 30, 1200, 150
SIZES = {
    'event': 'StartServers 4\nServerLimit 8\nThreadsPerChild 10\n'
             'MinSpareThreads 5\nMaxSpareThreads 80\n'
             'MaxRequestWorkers 80\n',
    'prefork': 'StartServers 4\nMinSpareServers 4\nMaxSpareServers 8\n'
               'MaxRequestWorkers 16\n',
}
ROOMS = location('/chat', 'Chat rooms', 'ChatRate off',
                 'ChatHistory 100000 1h') + \
    location('/chat-status', 'Chat status')


def segment(size, rooms='auto', drain='2s'):
    """The directives that reconfigure() finds again."""
    return (f'ChatSharedMemory {size}\nChatMaxRooms {rooms}\n'
            f'ChatDrain {drain}\n')


def reconfigure(server, old, new):
    """A graceful restart with another segment."""
    path = server.root / 'httpd.conf'
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    server.graceful()


def reconfigure_alone(server, old, new):
    """The same with nobody connected: the old children are gone, too, which
    may accept a connection after the new ones are there."""
    before = set(server.children())
    reconfigure(server, old, new)
    wait_until(lambda: not before & set(server.children()), 15,
               'the old generation is gone')


def figures(server):
    return server.get('/chat-status?format=json').json()


def texts(server, room):
    return [e['text'] for e in kept(server, room)]


def shared_mappings(pid):
    """Anonymous shared memory of a process."""
    return [line for line in Path(f'/proc/{pid}/maps').read_text()
            .splitlines() if ' rw-s ' in line and '/dev/zero' in line]


class Watch(threading.Thread):
    """Reads the counters all the time; `fallen` is what it saw fall, `lost`
    counts the answers that never came, as that of a child which is killed."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.ended, self.looks = server, False, 0
        self.totals, self.fallen = {}, []
        self.lost, self.failure = 0, None

    def run(self):
        try:
            self.watch()
        except Exception as failure:
            self.failure = failure

    def watch(self):
        while not self.ended:
            try:
                answer = self.server.get('/chat-status?format=json')
            except AssertionError as ended:
                if 'ended before' not in str(ended):
                    raise
                self.lost += 1
                continue
            if answer.status == 503:
                assert answer.header('retry-after') == '1'
                continue
            self.looks += 1
            for name, value in answer.json().items():
                if not name.endswith('_total'):
                    continue
                if value < self.totals.get(name, 0):
                    self.fallen.append((name, self.totals[name], value))
                self.totals[name] = value

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.ended = True
        self.join(20)


@pytest.mark.children_die
@pytest.mark.parametrize('mpm', ['event', 'prefork'])
def test_counters_only_grow(mpm):
    """Over other sizes, a killed child, and readers that do not keep up."""
    steps = [segment('8M'), segment('16M'), segment('8M')]
    with Httpd(mpm=mpm, sizes=SIZES[mpm], config=steps[0] + ROOMS) as server, \
            Swarm(server.address()) as swarm, Watch(server) as watch:
        server.allow('refused GET /chat-status with 503|exit signal|CW0303|'
                     'AH00485')
        crowd = Crowd(swarm, 10, '/chat/room', random.Random(1))
        crowd.greet()
        talk = Talk(crowd, 400, 2400)
        for number in range(1, len(steps) + 1):
            crowd.run(lambda n=800 * number: talk.proceed(crowd.turn(0))
                      is not None and talk.said >= n, 30, 'a part is said')
            if number < len(steps):
                reconfigure(server, steps[number - 1], steps[number])
            else:
                assert watch.lost == 0  # by a restart
                server.kill_child(server.children()[0])
        crowd.run(lambda: talk.proceed(crowd.turn(0)) is not None
                  and talk.over(), 60, 'all is said')
        watch.__exit__()
        assert not watch.is_alive() and watch.failure is None, watch.failure
        assert watch.lost <= 1  # it was the killed child's
        assert watch.looks > 50 and watch.totals['deliveries_total'] > 2400
        assert not watch.fallen, watch.fallen[:5]


@pytest.mark.children_die
@pytest.mark.parametrize('mpm', ['event', 'prefork'])
def test_another_size_under_load(mpm):
    """Three changes while all talk: nothing is lost or repeated, and the
    parent keeps one segment."""
    steps = [segment('8M'), segment('16M'), segment('4M', 50),
             segment('8M', 500)]
    with Httpd(mpm=mpm, sizes=SIZES[mpm], config=steps[0] + ROOMS) as server, \
            Swarm(server.address()) as swarm:
        crowd = Crowd(swarm, MEMBERS, '/chat/room', random.Random(1))
        crowd.greet()
        mappings = len(shared_mappings(server.process.pid))
        fds = fd_count(server.process.pid)
        talk = Talk(crowd, RATE, MESSAGES)
        for number in range(1, len(steps)):
            share = MESSAGES * number // len(steps)
            crowd.run(lambda n=share: talk.proceed(crowd.turn(0)) is not None
                      and talk.said >= n, 30, 'a part is said')
            old = server.children()
            reconfigure(server, steps[number - 1], steps[number])
            crowd.run(lambda g=old: talk.proceed(crowd.turn(0)) is not None
                      and not set(g) & set(server.children()), 20,
                      'the old generation is gone')
        crowd.run(lambda: talk.proceed(crowd.turn(0)) is not None
                  and talk.over(), 60, 'all is said')
        crowd.settle(30)
        spoken = crowd.spoken()
        assert len(spoken) == MESSAGES
        for member in crowd.members:
            check_account(member.account, spoken)
        found = kept(server, '/chat/room')
        assert [(e['id'], e['ref']) for e in found] == spoken
        assert len(server.wait_log('CW0623: moved 1 rooms')) == 3
        assert figures(server)['memory_bytes'] == 8 << 20
        assert figures(server)['rooms_limit'] == 500
        assert figures(server)['messages_total'] <= MESSAGES
        assert len(shared_mappings(server.process.pid)) == mappings
        assert fd_count(server.process.pid) <= fds


@pytest.mark.children_die
def test_who_speaks_in_the_old_segment_is_sent_to_the_new():
    steps = [segment('8M', drain='10s'), segment('9M', drain='10s')]
    with Httpd(tls=True, config=steps[0] + ROOMS) as server:
        first = server.ws('/chat/room', tls=True, headers=key_of(1))
        first.recv_event('hello')
        first.say('before', 'r-1')
        before = first.recv_event('ack')['id']
        reconfigure(server, *steps)
        first.say('after', 'r-2')
        bye = first.recv_event('bye')
        assert bye['code'] == 1012 and bye['retry'] == [0, 1]
        first.expect_close(1012)
        assert not [e for e in first.events if e['type'] == 'ack']
        first.disconnect()
        again = server.ws(f'/chat/room?after={before}', headers=key_of(1))
        hello = again.recv_event('hello')
        assert hello['resumed'] and not hello['gap']
        again.say('before', 'r-1')
        assert again.recv_event('ack')['id'] == before
        again.say('after', 'r-2')
        again.recv_event('ack')
        assert texts(server, '/chat/room') == ['before', 'after']
        again.close()


@pytest.mark.children_die
def test_a_smaller_one_keeps_the_newest():
    """What does not fit is counted and told, and the cursor of before is a
    gap; a quiet room keeps all."""
    steps = [segment('8M'), segment('1M')]
    server = Httpd(config=steps[0] + ROOMS)
    server.allow('CW0628: ')
    with server:
        quiet = server.ws('/chat/quiet')
        loud = server.ws('/chat/loud')
        for number in range(3):
            quiet.say(f'q-{number}', f'q-{number}')
            quiet.recv_event('ack')
        for number in range(1500):
            loud.say(f'{number} ' + 'x' * 900, f'l-{number}')
        loud.recv_until(lambda e: e.get('ref') == 'l-1499'
                        and e['type'] == 'ack', 30)
        oldest = server.get('/chat/loud').json()['events'][0]['id']
        assert figures(server)['evicted_messages_total'] == 0
        quiet.close()
        loud.close()
        reconfigure_alone(server, *steps)
        assert texts(server, '/chat/quiet') == ['q-0', 'q-1', 'q-2']
        numbers = [int(text.split()[0]) for text in texts(server, '/chat/loud')]
        assert numbers == list(range(1500 - len(numbers), 1500))
        assert 300 < len(numbers) < 800
        lost = 1500 - len(numbers)
        assert figures(server)['evicted_messages_total'] == lost
        server.wait_log(f'CW0628: 0 rooms and {lost} messages')
        back = server.ws(f'/chat/loud?after={oldest}')
        assert back.recv_event('hello')['gap'] is True
        back.close()


@pytest.mark.children_die
def test_fewer_rooms_keep_those_used_last():
    steps = [segment('8M', 20), segment('8M', 4)]
    server = Httpd(config=steps[0] + ROOMS)
    server.allow('CW0628: |CW0304: ')
    with server:
        for number in range(8):
            answer = server.post(f'/chat/r{number}', '{"text":"here"}')
            assert answer.status == 201
            used = int(answer.json()['id'].split('-')[0])
            wait_until(lambda ms=used: time.time() * 1000 > ms + 1)
        reconfigure_alone(server, *steps)
        server.wait_log('CW0628: 4 rooms and 4 messages')
        found = [texts(server, f'/chat/r{n}') for n in range(8)]
        assert found == [[]] * 4 + [['here']] * 4
        answer = server.post('/chat/r0', '{"text":"anew"}')
        assert answer.status == 201
        found = [texts(server, f'/chat/r{n}') for n in range(8)]
        assert found == [['anew']] + [[]] * 4 + [['here']] * 3


@pytest.mark.children_die
def test_no_memory_and_some_again():
    """Chat answers 503 with Retry-After and pages are served; a graceful
    restart with a size that can be had repairs it; one with a size that cannot
    leaves the rooms where they are."""
    steps = [segment('4G'), segment('8M'), segment('5G')]
    server = Httpd(config=steps[0] + ROOMS, limits={'as': 2 << 30})
    server.allow('CW0621: |CW0626: |CW0601: .* with 503')
    with server:
        assert server.get('/alive.txt').body == b'alive\n'
        for answer in (server.get('/chat/room'),
                       server.post('/chat/room', '{"text":"no"}')):
            assert answer.status == 503
            assert int(answer.header('retry-after')) > 0
        with pytest.raises(AssertionError) as refused:
            server.ws('/chat/room')
        assert refused.value.response.status == 503
        assert refused.value.response.header('retry-after')
        assert figures(server)['up'] == 0
        assert len(server.wait_log('CW0621: ')) == 1
        reconfigure_alone(server, *steps[:2])
        client = server.ws('/chat/room')
        client.recv_event('hello')
        client.say('at last', 'r')
        client.recv_event('ack')
        assert figures(server)['up'] == 1
        client.close()
        reconfigure_alone(server, *steps[1:])
        server.wait_log('CW0626: the rooms keep their 8388608 bytes')
        assert texts(server, '/chat/room') == ['at last']
        assert figures(server)['memory_bytes'] == 8 << 20
        assert len(server.wait_log('CW0621: ')) == 1
        assert wait_until(lambda: server.get('/alive.txt').status == 200)
