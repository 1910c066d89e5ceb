"""Sanctions: mute, ban, kick, pardon on every transport, by realm, address and
name; who is exempt; what those who are here are told."""
import json
import re

import pytest

from harness import Httpd, WsFailure, wait_until
from harness.address import ANN, BEN, CAT, figures
from harness.http2 import Http2Client
from harness.moderator import (CONFIG, SEVERAL, enter, guest, new, order, post,
                           user)


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    running = Httpd(mpm=request.param, config=CONFIG, modules=('remoteip',),
                    sizes=SEVERAL if request.param == 'event' else None)
    running.allow('CW070')
    with running:
        yield running


def refused(server, room, headers):
    """What all rows answer; each with 403 `banned`."""
    accept = [('Accept', 'application/json')]
    html = [('Accept', 'text/html')]
    events = [('Accept', 'text/event-stream')]
    try:
        server.ws(room, headers=headers).disconnect()
        raise AssertionError('let in')
    except WsFailure as failure:
        answers = [failure.response]
    answers += [server.get(room + query, headers + accept) for query in
                ('', '?after=0-0', '?after=0-0&wait=5', '?before=9-9',
                 '?members')]
    answers.append(server.get(room, headers + events))
    answers.append(post(server, room, headers, type='message', text='hi'))
    answers.append(post(server, room, headers, type='name', name='New'))
    for answer in answers:
        assert answer.status == 403, answer
        assert answer.json()['code'] == 'banned'
        assert answer.header('set-cookie') is None
    assert server.request('HEAD', room, headers + accept).status == 403
    page = server.get(room, headers + html)
    assert page.status == 403
    assert re.search('moderator has (banned you|sent you out) (for [0-9]+ '
                     '(second|minute|hour|day)s?|until a moderator pardons)',
                     page.body.decode())
    return answers[0].json()


def admitted(server, room, headers):
    client, hello = enter(server, room, headers)
    client.disconnect()
    return hello


def sent_out(client, reason=None, seconds=None):
    bye = client.recv_event('bye')
    assert bye == {k: v for k, v in {
        'type': 'bye', 'code': 1008, 'reason': reason, 'for': seconds
    }.items() if v is not None}
    return client.expect_close(1008)[1]


def test_a_ban_holds_on_every_row_and_in_the_whole_realm(server):
    room, other, side, inner = new(), new(), new('/side'), new('/chat/inner')
    eve = guest()
    ann, _ = enter(server, room, user('ann'))
    first, hello = enter(server, room, eve)
    second, _ = enter(server, other, eve)
    apart, _ = enter(server, side, eve)
    deep, _ = enter(server, inner, eve)
    you = hello['you']['id']
    order(ann, 'ban', you, reason='spam <b>', **{'for': 600})
    assert sent_out(first, 'spam <b>', 600) == 'spam <b>'
    assert sent_out(second, 'spam <b>', 600) == 'spam <b>'
    for path in (room, other, new()):
        told = refused(server, path, eve)
        assert 400 < told['for'] <= 600
    assert 'retry' not in told
    assert 'spam' in told['text']
    # two sections with equal lines are two realms, an inner one is its own
    for client in (apart, deep):
        client.say('still here', 'x')
        client.recv_event('ack')
    admitted(server, side, eve)
    ann.send_json(type='pardon', user=you)
    ann.recv_event('ack')
    admitted(server, room, eve)


def test_presence_says_that_the_banned_has_left(server):
    room, eve = new(), guest()
    ann, _ = enter(server, room, user('ann'))
    client, hello = enter(server, room, eve)
    ann.recv_until(lambda e: e['type'] == 'presence' and any(
        p['id'] == hello['you']['id']
        for p in e.get('joined', e.get('list', []))))
    order(ann, 'ban', hello['you']['id'])
    sent_out(client)
    ann.recv_until(lambda e: e['type'] == 'presence' and any(
        p['id'] == hello['you']['id'] for p in e.get('left', [])))


def test_streams_and_held_polls_end(server):
    room, eve = new(), guest()
    ann, _ = enter(server, room, user('ann'))
    hello = admitted(server, room, eve)
    you = hello['you']['id']
    stream = server.sse(room, headers=eve)
    stream.recv_event('hello')
    poll = server.raw()
    poll.send(f'GET {room}?after={hello["cursor"]}&wait=50 HTTP/1.1\r\nHost: x\r\n'
              f'X-Chatws-Key: {eve[0][1]}\r\n\r\n'.encode())
    wait_until(lambda: figures(server)['room_connections'] >= 3, 10, 'held')
    order(ann, 'ban', you, reason='enough')
    assert stream.recv_event('bye') == {'type': 'bye', 'code': 1008,
                                        'reason': 'enough'}
    stream.expect_end()
    answer = poll.read_response()
    assert answer.status == 403
    assert json.loads(answer.body or poll.read_eof())['code'] == 'banned'


def test_a_kick_is_over_after_ten_seconds(server):
    room, other, eve = new(), new(), guest()
    ann, _ = enter(server, room, user('ann'))
    client, hello = enter(server, room, eve)
    tab, _ = enter(server, room, eve)
    elsewhere, _ = enter(server, other, eve)
    order(ann, 'kick', hello['you']['id'], reason='cool down')
    for one in (client, tab):
        assert sent_out(one, 'cool down', 10) == 'cool down'
    with pytest.raises(WsFailure) as failure:
        server.ws(room, headers=eve)
    told = failure.value.response.json()
    assert told['code'] == 'banned' and 1 <= told['for'] <= 10
    elsewhere.say('only there', 'x')
    elsewhere.recv_event('ack')

    def back():
        try:
            admitted(server, room, eve)
        except WsFailure:
            return False
        return True
    wait_until(back, 30, 'the kick is over')


def test_muted_reads_and_does_not_speak(server):
    room, eve = new(), guest()
    ann, _ = enter(server, room, user('ann'))
    client, hello = enter(server, room, eve)
    you = hello['you']['id']
    assert 'muted' not in hello['state']
    order(ann, 'mute', you, reason='calm', **{'for': 3600})
    told = client.recv_event('sanction')
    assert told == {'type': 'sanction', 'kind': 'mute', 'user': hello['you'],
                    'for': 3600, 'reason': 'calm'}
    for command in ({'type': 'message', 'text': 'x'}, {'type': 'typing'},
                    {'type': 'name', 'name': 'Ed'}):
        client.send_json(ref='m', **command)
        error = client.recv_event('error')
        assert (error['code'], error['ref']) == ('muted', 'm')
        assert 3000 < error['for'] <= 3600
        assert 'retry' not in error
        answer = post(server, room, eve, **command)
        assert answer.status == 403
        assert answer.json()['code'] == 'muted'
    ann.say('you can read', 'a')
    ann.recv_event('ack')
    assert client.recv_event('message')['text'] == 'you can read'
    assert 3000 < admitted(server, room, eve)['state']['muted'] <= 3600
    order(ann, 'mute', you)  # replaces it: without an end
    client.recv_event('sanction')
    client.say('x', 'm')
    assert 'for' not in client.recv_event('error')
    assert admitted(server, room, eve)['state']['muted'] == 315360000
    order(ann, 'pardon', you)
    assert client.recv_event('sanction')['kind'] == 'pardon'
    client.say('again', 'n')
    client.recv_event('ack')


def test_who_is_exempt(server):
    room = new()
    ann, hello = enter(server, room, user('ann'))
    adam, other = enter(server, room, user('adam'))
    for person in (hello['you']['id'], other['you']['id']):
        for kind in ('mute', 'ban', 'kick'):
            ann.send_json(type=kind, user=person, ref='e')
            error = ann.recv_event('error')
            assert (error['code'], error['ref']) == ('forbidden', 'e')
    # not here now: kept, and without effect while there is the right
    adam.close()
    elsewhere = new()
    boss, _ = enter(server, elsewhere, user('ann'))
    ben, _ = enter(server, elsewhere, user('ben'))
    order(boss, 'ban', 'u-cat')
    for kind in ('mute', 'ban', 'kick', 'pardon'):
        ben.send_json(type=kind, user='u-x', ref='f')
        assert ben.recv_event('error')['code'] == 'forbidden'
    with pytest.raises(WsFailure):
        server.ws(elsewhere, headers=user('cat'))
    admitted(server, new('/chat/inner'), user('cat'))


def test_a_banned_address(server):
    room, eve, dan = new(), guest(ANN), guest(ANN)
    ann, _ = enter(server, room, user('ann', ANN))
    client, hello = enter(server, room, eve)
    neighbour, _ = enter(server, room, dan)
    far, _ = enter(server, room, guest(BEN))
    login, _ = enter(server, room, user('ben', ANN))
    you = hello['you']['id']
    assert order(ann, 'ban', you, address=True)['address'] is True
    sent_out(client)
    sent_out(neighbour)
    refused(server, room, guest(ANN))
    # verified users and moderators never because of an address, nor others
    for one in (login, far, ann):
        one.say('here', 'h')
        one.recv_event('ack')
    admitted(server, room, user('dan', ANN))
    # the same one again, who is not here now: the address stays
    assert order(ann, 'ban', you, address=True)['address'] is True
    refused(server, room, guest(ANN))
    assert order(ann, 'pardon', you) == {'type': 'ack', 'ref': 'o'}
    admitted(server, room, guest(ANN))


def test_an_address_that_is_not_known(server):
    room, eve = new(), guest()  # from 127.0.0.1
    ann, _ = enter(server, room, user('ann'))
    client, hello = enter(server, room, eve)
    assert order(ann, 'ban', hello['you']['id'],
                 address=True)['address'] is False
    sent_out(client)
    admitted(server, room, guest())
    assert order(ann, 'ban', 'u-login', address=True)['address'] is False
    answer = post(server, room, user('ann'), type='ban', user='u-login',
                  address=True)
    assert answer.status == 200
    assert answer.json() == {'address': False}
    assert post(server, room, user('ann'), type='mute',
                user='u-login').status == 204


def test_ipv6_is_the_network(server):
    room = new()
    ann, _ = enter(server, room, user('ann'))
    client, hello = enter(server, room, guest(CAT))
    assert order(ann, 'ban', hello['you']['id'], address=True)['address']
    sent_out(client)
    refused(server, room, guest('2001:db8:1:2:ffff::9'))
    admitted(server, room, guest('2001:db8:1:3::3'))


def test_moderators_are_told_and_see_a_list(server):
    room = new('/side')
    ann, _ = enter(server, room, user('ann'))
    adam, _ = enter(server, new('/side'), user('adam'))
    client, hello = enter(server, room, guest())
    by_ann = {'id': 'u-ann', 'name': 'ann', 'moderator': True}
    order(ann, 'mute', hello['you']['id'], reason='calm', **{'for': 60})
    expected = {'type': 'sanction', 'kind': 'mute', 'user': hello['you'],
                'by': by_ann, 'for': 60, 'reason': 'calm'}
    assert adam.recv_event('sanction') == expected
    order(ann, 'ban', 'u-zoe')
    assert adam.recv_event('sanction')['kind'] == 'ban'
    listed = server.get(room + '?sanctions', user('ann')).json()['sanctions']
    assert [one['user']['id'] for one in listed[:2]] == \
        ['u-zoe', hello['you']['id']]
    assert listed[0] == {'kind': 'ban', 'user': {'id': 'u-zoe', 'name': 'zoe'},
                         'by': by_ann}
    assert listed[1]['reason'] == 'calm'
    assert 1 <= listed[1]['for'] <= 60
    answer = server.get(room + '?sanctions', guest())
    assert answer.status == 403
    assert answer.json()['code'] == 'forbidden'
    assert client.recv_event('sanction')['kind'] == 'mute'


def test_the_list_of_rooms_leaves_it_out(server):
    room, eve = new('/side'), guest()
    ann, _ = enter(server, room, user('ann'))
    you = admitted(server, room, eve)['you']['id']
    path = room

    def rooms(headers):
        return [one['room'] for one in
                server.get('/side/?rooms', headers).json()['rooms']]
    assert path in rooms(eve)
    order(ann, 'ban', you)
    assert path not in rooms(eve)
    assert path in rooms(guest())


def test_only_who_is_refused_is_counted(server):
    room, eve = new('/much'), guest()
    ann, _ = enter(server, room, user('ann'))
    order(ann, 'ban', server.get(room, eve).json()['you']['id'])
    order(ann, 'ban', 'u-adam')  # who moderates, but is not here
    before = figures(server)['banned_total']
    server.get('/much/?rooms', eve)  # leaves the room out
    assert server.get(room, user('adam')).status == 200
    assert figures(server)['banned_total'] == before
    assert server.get(room, eve).status == 403
    assert figures(server)['banned_total'] == before + 1


def test_each_action_is_one_line(server):
    room = new()
    ann, _ = enter(server, room, user('ann'))
    order(ann, 'ban', 'u-"x" y', reason='a "b"', **{'for': 60})
    lines = [line for line in server.log_lines() if room in line]
    assert len(lines) == 1
    assert 'CW0700: "u-ann" called "ann" bans "u-\'x\' y" called ' in lines[0]
    assert f'in "localhost{room}" for 60 seconds: "a \'b\'"' in lines[0]


def test_over_http2():
    """There a worker waits for the answer, or passes on the stream."""
    with Httpd(config='Protocols h2c http/1.1\n' + CONFIG, sizes=SEVERAL,
               modules=('http2', 'remoteip')) as server:
        room, eve = new(), guest()
        ann, _ = enter(server, room, user('ann'))
        hello = admitted(server, room, eve)
        key = [('x-chatws-key', eve[0][1])]
        with Http2Client(server, tls=False) as client:
            poll = client.begin(f'{room}?after={hello["cursor"]}&wait=50',
                                extra=key)
            stream = client.begin(room, extra=key + [
                ('accept', 'text/event-stream')])
            client.until(lambda: b'"hello"' in stream.body)
            wait_until(lambda: figures(server)['room_connections'] == 3, 10,
                       'the poll is held')
            order(ann, 'ban', hello['you']['id'], reason='out',
                  **{'for': 600})
            client.until(lambda: poll.ended and stream.ended)
        assert poll.status == 403
        told = json.loads(poll.body)
        assert told['code'] == 'banned' and 400 < told['for'] <= 600
        assert b'{"type":"bye","code":1008,"reason":"out","for":600}' in \
            stream.body
