"""Messages that are deleted and edited, rooms that are cleared and set up: what
each transport and each position is told of it, who may, and that nothing of the
old text is left in the segment of a running httpd."""
import json
import time
import uuid

import pytest

from harness import Httpd, key_of, location, wait_until
from harness.member import order

BOSS = [('X-User', 'boss')]
NAMED = ('ChatRate off', 'ChatUser "%{HTTP:X-User}"',
         'ChatModerators user boss')
CONFIG = (location('/chat', 'Chat rooms', *NAMED) +
          location('/three', 'Chat rooms', 'ChatHistory 3 1h', *NAMED) +
          location('/none', 'Chat rooms', 'ChatHistory 0 1h', *NAMED) +
          location('/late', 'Chat rooms', 'ChatAmend 1s', *NAMED) +
          location('/never', 'Chat rooms', 'ChatAmend off', *NAMED))
SIZES = ('StartServers 4\nServerLimit 4\nThreadsPerChild 10\n'
         'MinSpareThreads 5\nMaxSpareThreads 40\nMaxRequestWorkers 40\n')
ANN, BEN = key_of(1), key_of(2)


@pytest.fixture(scope='module')
def server():
    with Httpd(sizes=SIZES, config=CONFIG) as running:
        wait_until(lambda: len(running.children()) == 4, 10, 'four children')
        yield running


@pytest.fixture
def room():
    return '/chat/' + uuid.uuid4().hex


@pytest.fixture
def join(server):
    opened = []

    def begin(path, who=ANN):
        client = server.ws(path, headers=who)
        opened.append(client)
        client.hello = client.recv_event('hello')
        return client
    yield begin
    for client in opened:
        client.disconnect()


def post(server, room, who=ANN, status=(200, 201), **command):
    answer = server.post(room, json.dumps(command), headers=who)
    assert answer.status in status, answer.body
    return answer.json()['id'] if answer.body else None


def say(server, room, text, who=ANN, **more):
    return post(server, room, who, text=text, **more)


def refused(server, room, who, **command):
    answer = server.post(room, json.dumps(command), headers=who)
    return answer.status, answer.json()['code']


def events(server, room, query=''):
    answer = server.get(room + query)
    assert answer.status == 200
    return answer.json()['events']


def texts(server, room, query=''):
    return [e.get('text') for e in events(server, room, query)]


def segment_has(server, text):
    """Whether it stands in shared memory of any process of the server."""
    wanted = text.encode()
    for pid in server.children():
        with open(f'/proc/{pid}/maps') as maps, \
                open(f'/proc/{pid}/mem', 'rb', 0) as memory:
            for line in maps:
                span, rights, *rest = line.split()
                if 's' not in rights or 'r' not in rights:
                    continue
                begin, end = (int(x, 16) for x in span.split('-'))
                memory.seek(begin)
                try:
                    if wanted in memory.read(end - begin):
                        return True
                except OSError:     # a device
                    continue
    return False


def test_a4_text_is_overwritten_before_the_ack(server, room, join):
    """A4 and DESIGN 2.4: the message's record, and each earlier edited one."""
    words = [f'secret-{uuid.uuid4().hex}-{n}' for n in range(4)]
    mid = say(server, room, words[0])
    assert segment_has(server, words[0])
    for before, after in zip(words, words[1:]):
        post(server, room, type='edit', id=mid, text=after * 3)
        assert not segment_has(server, before)
        assert segment_has(server, after)
    client = join(room)
    client.recv_event('message')
    client.send_json(type='delete', id=mid, ref='r')
    ack = client.recv_event('ack')
    assert ack['ref'] == 'r' and order(ack['id']) > order(mid)
    assert not any(segment_has(server, word) for word in words)


def test_a8_c11_clear_overwrites_everything(server):
    room = '/three/' + uuid.uuid4().hex
    words = [f'secret-{uuid.uuid4().hex}' for _ in range(6)]
    for word in words:
        say(server, room, word)
    assert segment_has(server, words[0]), 'no transit'
    post(server, room, BOSS, type='clear')
    assert not any(segment_has(server, word) for word in words)


def test_a3_deleted_message_has_all_members(server, room):
    first = say(server, room, 'question')
    mid = say(server, room, 'answer', ref='r1', re=first)
    whole = events(server, room)[1]
    assert whole['re'] == first and whole['ref'] == 'r1'
    eid = post(server, room, type='delete', id=mid)
    message, event = events(server, room)[1:]
    assert message == {**whole, 'text': '', 'deleted': True}
    assert event == {'type': 'deleted', 'id': eid, 'target': mid,
                     'by': whole['from']}
    assert texts(server, room, '?before=99999999999999-0') == ['question', '']


def test_a4_superseded_edit_has_no_text(server, room):
    mid = say(server, room, 'one')
    ids = [post(server, room, type='edit', id=mid, text=text)
           for text in ('two', 'three <&> "\u00e9"')]
    message, first, last = events(server, room)
    assert message['text'] == 'three <&> "\u00e9"' and message['edited'] is True
    assert first == {'type': 'edited', 'id': ids[0], 'target': mid}
    assert last == {'type': 'edited', 'id': ids[1], 'target': mid,
                    'text': 'three <&> "\u00e9"'}
    post(server, room, type='delete', id=mid)
    assert [e.get('text', None) for e in events(server, room)] == \
        ['', None, None, None]
    assert 'edited' not in events(server, room)[0]


def test_a5_what_each_position_sees(server, room):
    before = say(server, room, 'before')
    mid = say(server, room, 'old')
    between = say(server, room, 'between')
    eid = post(server, room, type='edit', id=mid, text='new')
    after = say(server, room, 'after')
    seen = {cursor: [e['id'] for e in events(server, room, f'?after={cursor}')]
            for cursor in (before, mid, between, eid, after)}
    assert seen == {before: [mid, between, eid, after],
                    mid: [between, eid, after], between: [eid, after],
                    eid: [after], after: []}
    assert texts(server, room, f'?after={before}') == \
        ['new', 'between', 'new', 'after']
    assert [e['id'] for e in events(server, room)] == \
        [before, mid, between, eid, after]


def test_a6_history_counts_messages(server):
    room = '/three/' + uuid.uuid4().hex
    ids = [say(server, room, f'm{n}') for n in range(3)]
    for n in range(60):
        post(server, room, type='edit', id=ids[1], text=f'edit {n}')
    assert texts(server, room, '?before=99999999999999-0&limit=2') == \
        ['edit 59', 'm2']
    assert len(texts(server, room, '?history=2')) == 2 + 60
    assert texts(server, room, '?history=1')[0] == 'm2'
    assert server.get(f'{room}?before={ids[2]}&limit=1').json()['more'] is True
    assert texts(server, room, f'?before={ids[0]}') == []
    client = server.ws(room + '?history=2', headers=ANN)
    assert client.recv_event('hello')['cursor'] == ids[0]
    assert client.recv_event()['text'] == 'edit 59'
    client.disconnect()


def test_a7_an_evicted_message(server):
    room = '/none/' + uuid.uuid4().hex
    client = server.ws(room, headers=ANN)
    client.recv_event('hello')
    mid = say(server, room, 'it is on every screen', BEN)
    assert client.recv_event('message')['id'] == mid
    # Nobody keeps it, but transit counts as there.
    assert refused(server, room, ANN, type='delete', id=mid) == \
        (403, 'forbidden')
    eid = post(server, room, BEN, type='delete', id=mid)
    assert client.recv_event('deleted')['id'] == eid
    gone = f'{int(mid.split("-")[0]) - 5}-0'
    assert refused(server, room, BEN, type='delete', id=gone) == \
        (404, 'not_found')
    client.disconnect()


def test_a8_a_clear_is_no_gap(server, room, join):
    ids = [say(server, room, f'm{n}') for n in range(3)]
    reader = join(room)
    assert [reader.recv_event('message')['id'] for _ in ids] == ids
    cid = post(server, room, BOSS, type='clear')
    event = reader.recv_event()
    assert event == {'type': 'cleared', 'id': cid,
                     'by': {'id': 'u-boss', 'name': 'boss',
                            'moderator': True}}
    for cursor in (ids[0], ids[2]):
        again = join(f'{room}?after={cursor}')
        assert again.hello['resumed'] is True and again.hello['gap'] is False
        assert again.recv_event()['id'] == cid
    assert [e['type'] for e in events(server, room)] == ['cleared']
    assert post(server, room, BOSS, type='clear', status=(204,)) is None
    # A ref of before is still known.
    room += '2'
    mid = say(server, room, 'once', ref='r')
    post(server, room, BOSS, type='clear')
    assert say(server, room, 'once', ref='r') == mid
    assert [e['type'] for e in events(server, room)] == ['cleared']


def test_a24_refs(server, room):
    mid = say(server, room, 'x', ref='r')
    ids = [post(server, room, type='edit', id=mid, text=text, ref='r')
           for text in ('y', 'z', 'y')]
    assert len(set(ids)) == 1
    did = post(server, room, type='delete', id=mid, ref='r')
    assert did == post(server, room, type='delete', id=mid, ref='r')
    assert len(events(server, room)) == 3


def test_a25_acks(server, room, join):
    """The event comes before the ack; nothing is stored twice."""
    client = join(room)
    client.say('x', 'r1')
    mid = client.recv_event('ack')['id']
    client.send_json(type='edit', id=mid, text='y', ref='r2')
    kinds = [client.recv_event() for _ in range(2)]
    assert [e['type'] for e in kinds] == ['edited', 'ack']
    assert kinds[1] == {'type': 'ack', 'ref': 'r2', 'id': kinds[0]['id']}
    client.send_json(type='edit', id=mid, text='y', ref='r3')
    assert client.recv_event() == {'type': 'ack', 'ref': 'r3'}
    client.send_json(type='delete', id=mid)
    assert client.recv_event('deleted') and \
        set(client.recv_event('ack')) == {'type', 'id'}
    client.send_json(type='delete', id=mid)
    assert client.recv_event() == {'type': 'ack'}
    client.send_json(type='edit', id=mid, text='z', ref='r4')
    error = client.recv_event()
    assert error['code'] == 'not_found' and error['ref'] == 'r4'
    assert client.silent()


def test_who_may(server, room):
    mid = say(server, room, 'mine')
    for command in ({'type': 'edit', 'text': 'x'}, {'type': 'delete'}):
        assert refused(server, room, BEN, id=mid, **command) == \
            (403, 'forbidden')
        assert refused(server, room, ANN, id='1-0', **command) == \
            (404, 'not_found')
        for bad in ('', '1', 'x-1', '01-2', '1-2 '):
            assert refused(server, room, ANN, id=bad, **command) == \
                (400, 'bad_request')
    assert refused(server, room, BOSS, type='edit', id=mid, text='x') == \
        (403, 'forbidden')
    assert refused(server, room, ANN, type='clear') == (403, 'forbidden')
    assert refused(server, room, ANN, type='room', slow=3) == \
        (403, 'forbidden')
    event = post(server, room, BOSS, type='delete', id=mid)
    assert refused(server, room, BOSS, type='delete', id=event) == \
        (404, 'not_found')


def test_b15_rules_of_a_text(server, room):
    mid = say(server, room, 'x')
    for text, code in (('', 'empty'), ('x' * 9000, 'too_long'),
                       ('\u0007', 'bad_text')):
        assert refused(server, room, ANN, type='edit', id=mid, text=text)[1] \
            == code


def test_b16_chat_amend(server):
    room = '/never/x'
    mid = say(server, room, 'x')
    for command in ({'type': 'edit', 'text': 'y'}, {'type': 'delete'}):
        assert refused(server, room, ANN, id=mid, **command) == \
            (403, 'forbidden')
    post(server, room, BOSS, type='delete', id=mid)
    room = '/late/x'

    def amended():
        """What was edited, unless the machine took a second for that."""
        said = say(server, room, 'x')
        answer = server.post(room, json.dumps(
            {'type': 'edit', 'id': said, 'text': 'y'}), headers=ANN)
        return answer.status == 200 and said
    mid = wait_until(amended, 10, 'an edit in time')
    born = int(mid.split('-')[0]) / 1000
    wait_until(lambda: time.time() > born + 1.1, 10, 'it is late')
    assert refused(server, room, ANN, type='edit', id=mid, text='z') == \
        (403, 'forbidden')
    assert texts(server, room)[-2:] == ['y', 'y']


def test_b17_the_author(server, room, join):
    """The same key on another connection, under another name."""
    client = join(room)
    client.say('x')
    mid = client.recv_event('ack')['id']
    client.send_json(type='name', name='Ann')
    client.recv_event('you')
    other = join(room)
    other.send_json(type='edit', id=mid, text='y')
    other.recv_event('ack')
    assert events(server, room)[0]['text'] == 'y'
    assert refused(server, room, [('X-User', 'ann')], type='delete', id=mid) \
        == (403, 'forbidden')


def test_b18_re(server, room):
    mid = say(server, room, 'x')
    late = f'{int(mid.split("-")[0]) + 99999}-0'
    for bad in (late, 'x', '', 7, None):
        assert refused(server, room, ANN, text='y', re=bad) == \
            (400, 'bad_request')
    eid = say(server, room, 'y', re=mid)
    post(server, room, type='edit', id=eid, text='z')
    assert [e.get('re') for e in events(server, room)] == [None, mid, None]


def test_b9_state(server, room, join):
    usual = {'topic': '', 'slow': 0, 'locked': False}
    reader = join(room)
    assert reader.hello['state'] == usual
    post(server, room, BOSS, type='room', topic='Tea & "cake"', slow=30)
    event = reader.recv_event('room')
    assert {k: event[k] for k in ('topic', 'slow', 'locked')} == \
        {'topic': 'Tea & "cake"', 'slow': 30, 'locked': False}
    assert event['by']['id'] == 'u-boss'
    assert post(server, room, BOSS, type='room', slow=30, status=(204,)) is None
    post(server, room, BOSS, type='room', locked=True)
    state = {'topic': 'Tea & "cake"', 'slow': 30, 'locked': True}
    event = reader.recv_event('room')
    assert {k: event[k] for k in state} == state
    assert join(room, BEN).hello['state'] == state
    stream = server.sse(room, headers=BEN)
    assert stream.recv_event('hello')['state'] == state
    stream.disconnect()
    for query in ('', '?members'):      # B1
        answer = server.get(room + query, headers=ANN).json()
        assert answer['state'] == state
        assert answer['you'] == reader.hello['you']
        assert answer['rights'] == {'speak': True, 'moderate': False}
    assert 'state' not in server.get(f'{room}?after=0-0').json()
    post(server, room, BOSS, type='room', topic='', slow=0, locked=False)
    assert join(room, BEN).hello['state'] == usual


def test_b13_b14_every_transport(server, room):
    mid = say(server, room, 'x')
    stream = server.sse(f'{room}?after={mid}', headers=BEN)
    stream.recv_event('hello')
    with server.poller(room, cursor=mid, headers=ANN) as poller:
        for command in ({'type': 'edit', 'id': mid, 'text': 'y'},
                        {'type': 'delete', 'id': mid},
                        {'type': 'room', 'topic': 'Tea'}, {'type': 'clear'}):
            who = ANN if 'id' in command else BOSS
            poller.ask()
            eid = post(server, room, who, **command)
            told = poller.answer()[1]
            assert [e['id'] for e in told] == [eid]
            assert poller.cursor == eid and poller.gaps == 0
            assert stream.recv_event(told[0]['type']) == told[0]
            assert stream.last_id == eid
    stream.disconnect()


def test_children(server, room):
    """Every child tells the same, whoever was told first."""
    clients = []

    def everywhere():
        clients.append(server.ws(room, headers=key_of(20 + len(clients))))
        clients[-1].recv_event('hello')
        return len({entry['pid'] for entry in server.access_entries()
                    if room in entry['request']}) == 4
    wait_until(everywhere, 30, 'a reader in each child')
    mid = say(server, room, 'x')
    heard = [client.recv_event('message') for client in clients]
    assert {e['id'] for e in heard} == {mid}
    for who, command in ((ANN, {'type': 'edit', 'id': mid, 'text': 'y'}),
                         (ANN, {'type': 'delete', 'id': mid}),
                         (BOSS, {'type': 'clear'})):
        eid = post(server, room, who, **command)
        heard = [client.recv_until(lambda e: e.get('id') == eid)[-1]
                 for client in clients]
        assert all(event == heard[0] for event in heard)
    for client in clients:
        client.disconnect()


def test_restarts(tmp_path):
    """Graceful, and with another ChatSharedMemory: amendments, state, refs and
    authors are as they were."""
    with Httpd(sizes=SIZES, config='ChatSharedMemory 8M\n' + CONFIG) as server:
        room = '/chat/kept'
        ids = [say(server, room, f'word {n}') for n in range(5)]
        words = [f'secret-{uuid.uuid4().hex}' for _ in range(3)]
        post(server, room, type='edit', id=ids[0], text=words[0])
        post(server, room, type='edit', id=ids[1], text=words[1])
        post(server, room, type='edit', id=ids[0], text=words[2], ref='r')
        post(server, room, type='delete', id=ids[2])
        post(server, room, BOSS, type='room', slow=5, topic='Tea')
        was = server.get(room).json()
        server.graceful()
        assert server.get(room).json()['events'] == was['events']
        path = server.config_path
        path.write_text(path.read_text().replace('Memory 8M', 'Memory 12M'))
        old = set(server.children())
        server.graceful()
        wait_until(lambda: not old & set(server.children()), 20,
                   'the old children are gone')
        now = server.get(room).json()
        assert now['events'] == was['events'] and now['state'] == was['state']
        assert not segment_has(server, words[0])
        repeated = post(server, room, type='edit', id=ids[0], text='other',
                        ref='r')
        assert repeated in [e['id'] for e in was['events']]
        post(server, room, type='edit', id=ids[1], text='again')
        assert not segment_has(server, words[1])
        post(server, room, type='delete', id=ids[0])
        assert not segment_has(server, words[2])
        assert texts(server, room, '?before=99999999999999-0') == \
            ['', 'again', '', 'word 3', 'word 4']
