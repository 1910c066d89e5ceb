"""Keeping order beside sanctions: reports, locked and slow rooms, what a ban with
`purge` takes, and the lines in the log."""
import pytest

from harness import Httpd, wait_until
from harness.address import ANN, BEN, figures
from harness.moderator import (CONFIG, SEVERAL, enter, guest, new, order, post,
                           user)


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    running = Httpd(mpm=request.param, config=CONFIG, modules=('remoteip',),
                    sizes=SEVERAL if request.param == 'event' else None)
    running.allow('CW070')
    with running:
        yield running


def test_what_moderators_do_to_a_room_is_logged(server):
    room = new()
    ann, _ = enter(server, room, user('ann'))
    ben, _ = enter(server, room, user('ben'))
    said = []
    for text in ('one', 'two'):
        ben.say(text, text)
        said.append(ben.recv_event('ack')['id'])
    ben.send_json(type='delete', id=said[0])  # one's own: no line
    ben.recv_event('ack')
    ann.send_json(type='delete', id=said[1])
    ann.send_json(type='room', topic='a "b"', slow=3, locked=True)
    ann.send_json(type='room', locked=True)  # changes nothing
    ann.send_json(type='clear', ref='c')
    ann.recv_until(lambda e: e['type'] == 'ack' and e.get('ref') == 'c')
    lines = [line.partition('CW0703: ')[2] for line in server.log_lines()
             if room in line]
    where = f'in "localhost{room}"'
    assert lines == [
        f'"u-ann" called "ann" deletes {said[1]} {where}',
        f'"u-ann" called "ann" sets topic "a \'b\'", slow 3, locked {where}',
        f'"u-ann" called "ann" clears the room {where}']


def test_reports_reach_the_moderators_of_the_room(server):
    room = new()
    ann, _ = enter(server, room, user('ann'))
    adam, _ = enter(server, new(), user('adam'))
    eve, hello = enter(server, room, guest())
    ben, you = enter(server, room, user('ben'))
    eve.say('a slip', 's')
    eve.send_json(type='delete', id=eve.recv_event('ack')['id'])
    eve.recv_event('ack')
    eve.say('something rude', 'r')
    said = eve.recv_event('ack')['id']
    ben.send_json(type='report', id=said, reason='rude "x"', ref='1')
    assert ben.recv_event('ack') == {'type': 'ack', 'ref': '1'}
    assert ann.recv_event('report') == {
        'type': 'report', 'target': said, 'by': you['you'],
        'reason': 'rude "x"'}
    lines = [line for line in server.log_lines() if room in line]
    assert len(lines) == 1 and 'CW0702' in lines[0]
    assert f'reports {said} in' in lines[0] and 'rude \'x\'' in lines[0]
    assert 'something' not in lines[0]
    # once: a second one is acked and does nothing; so is one by POST
    ben.send_json(type='report', id=said, ref='2')
    ben.recv_event('ack')
    assert post(server, room, user('ben'), type='report',
                id=said).status == 204
    for target, code in ((said, 'bad_request'), ('1-0', 'not_found'),
                         ('x', 'bad_request')):
        eve.send_json(type='report', id=target)
        assert eve.recv_event('error')['code'] == code
    ann.send_json(type='delete', id=said)
    ann.recv_event('ack')
    dan, _ = enter(server, room, user('dan'))
    dan.send_json(type='report', id=said)
    assert dan.recv_event('error')['code'] == 'not_found'
    assert not [e for e in ann.events if e['type'] == 'report']
    assert adam.silent()
    assert figures(server)['reports_total'] >= 1


def test_a_flood_of_reports(server):
    room = new('/side')
    ann, _ = enter(server, room, user('ann'))
    texts = []
    for i in range(9):
        ann.say(f'text {i}', f't{i}')
        texts.append(ann.recv_event('ack')['id'])
    eve = guest(BEN)
    answers = [post(server, room, eve, type='report', id=text)
               for text in texts]
    statuses = [answer.status for answer in answers]
    # one more for each ten seconds that this has taken
    assert statuses[:5] == [204] * 5 and 429 in statuses
    told = answers[statuses.index(429)].json()
    assert (told['code'], told['retry'] <= 10) == ('rate_limited', True)
    # another key from that address has no more; others have
    others = [post(server, room, guest(BEN), type='report', id=texts[0]).status
              for _ in range(3)]
    assert 429 in others
    assert post(server, room, guest(ANN), type='report',
                id=texts[0]).status == 204


def test_a_locked_and_a_slow_room(server):
    room, eve = new(), guest()
    ann, _ = enter(server, room, user('ann'))
    client, hello = enter(server, room, eve)
    client.say('first', 'r1')
    first = client.recv_event('ack')['id']
    ann.send_json(type='room', locked=True, slow=3600)
    client.recv_event('room')
    for command in ({'type': 'message', 'text': 'x'}, {'type': 'typing'},
                    {'type': 'edit', 'id': first, 'text': 'x'}):
        client.send_json(**command)
        error = client.recv_event('error')
        assert error['code'] == 'locked'
        assert 'retry' not in error and 'for' not in error
        answer = post(server, room, eve, **command)
        assert (answer.status, answer.json()['code']) == (403, 'locked')
    client.say('first', 'r1')  # was stored before
    assert client.recv_event('ack')['id'] == first
    client.send_json(type='name', name='Ed')
    client.recv_event('you')
    ann.say('a moderator', 'a')
    ann.recv_event('ack')
    ann.say('is exempt', 'b')
    ann.recv_event('ack')
    ann.send_json(type='room', locked=False)
    client.recv_event('room')
    client.say('too early', 'r0')  # what was said before the room was slow counts
    assert client.recv_event('error')['code'] == 'slow'
    eve = guest()
    client, _ = enter(server, room, eve)
    client.say('one', 'r2')
    stored = client.recv_event('ack')['id']
    client.say('two', 'r3')
    error = client.recv_event('error')
    assert (error['code'], error['ref']) == ('slow', 'r3')
    assert 3000 < error['retry'] <= 3600
    assert round(error['retry'] * 10, 6) == round(error['retry'] * 10)
    answer = post(server, room, eve, type='message', text='three')
    assert (answer.status, answer.json()['code']) == (429, 'slow')
    assert 3000 < int(answer.header('retry-after')) <= 3600
    client.say('one', 'r2')  # a repeat is acked and does not count
    assert client.recv_event('ack')['id'] == stored
    client.send_json(type='edit', id=stored, text='an edit does not count')
    client.recv_event('ack')
    other, _ = enter(server, room, guest())
    other.say('another one', 'o')
    other.recv_event('ack')
    ann.send_json(type='room', slow=0)
    client.recv_until(lambda e: e['type'] == 'room' and e['slow'] == 0)
    client.say('quick again', 'r4')
    client.recv_event('ack')


def texts_of(server, room, headers):
    events = server.get(f'{room}?after=0-0', headers).json()['events']
    return [event['text'] for event in events if event['type'] == 'message']


def test_a_ban_with_purge_takes_what_was_said_in_the_realm(server):
    rooms, side = [new(), new()], new('/side')
    eve, ann = guest(), user('ann')
    for room in rooms + [side]:
        for text in ('one', 'two'):
            post(server, room, eve, type='message', text=text)
        post(server, room, user('ben'), type='message', text='ben')
    client, hello = enter(server, rooms[0], ann)
    reader, _ = enter(server, rooms[1], user('ben'))
    you = enter(server, side, eve)[1]['you']['id']
    order(client, 'ban', you, purge=True)
    deleted = [reader.recv_event('deleted') for _ in range(2)]
    assert [event['by']['id'] for event in deleted] == ['u-ann'] * 2
    for room in rooms:
        assert texts_of(server, room, ann) == ['', '', 'ben']
    assert texts_of(server, side, ann) == ['one', 'two', 'ben']


def test_a_long_purge_goes_on(server):
    """More than one turn takes, by WebSocket and by POST."""
    for posted in (False, True):
        room, eve = new('/much'), guest()
        writer, hello = enter(server, room, eve)
        for i in range(1200):
            writer.say(f'text {i}')
        wait_until(lambda: len(server.get(
            f'{room}?before=99999999999999-0&limit=1000',
            user('ann')).json()['events']) == 1000, 30, 'all are stored')
        writer.recv_until(lambda e: e['type'] == 'message'
                          and e['text'] == 'text 1199', 30)
        ann, _ = enter(server, room, user('ann'))
        if posted:
            answer = post(server, room, user('ann'), type='ban',
                          user=hello['you']['id'], purge=True)
            assert answer.status == 204
        else:
            order(ann, 'ban', hello['you']['id'], purge=True)

        def gone():
            newest = server.get(f'{room}?before=99999999999999-0&limit=1000',
                                user('ann')).json()['events']
            return not any(event['text'] for event in newest) and \
                not any(texts_of(server, room, user('ann')))
        wait_until(gone, 30, 'all are gone')
