"""Three httpd with one Redis: who is there, what they are called, what they are
kept from, and what becomes of it when a host comes, goes or dies."""
import json
import uuid

import pytest

from harness import WsFailure, wait_until
from harness.hosts import (KILLED, TROUBLE, Hosts, alike, is_ready, kept,
                           messages, say)
from harness.moderator import CONFIG, enter, guest, new, post, user
from harness.redis import Redis


@pytest.fixture(scope='module')
def redis():
    with Redis() as running:
        yield running


@pytest.fixture(scope='module')
def hosts(redis):
    with Hosts(redis, 3, CONFIG, modules=('remoteip',)) as running:
        running.allow('CW070')
        yield running


def test_a_guest_is_the_same_one_everywhere(hosts):
    room, headers = new(), guest()
    people = [enter(server, room, headers) for server in hosts]
    assert len({hello['you']['id'] for _, hello in people}) == 1
    say(hosts[0], room, 'mine', headers)
    event = json.loads(messages(people[2][0], 1)[0])
    assert event['from']['id'] == people[1][1]['you']['id']
    for client, _ in people:
        client.disconnect()


def told_of(client, kind, person, seconds=10):
    """Reads presence until it says that of the person, alone or by a whole
    list."""
    def says(event):
        if event['type'] != 'presence':
            return False
        named = event.get(kind, event.get('list', []))
        there = {p['id']: p['name'] for p in named}
        if kind == 'left' and 'list' in event:
            return person['id'] not in there
        return there.get(person['id']) == person['name']
    return client.recv_until(says, seconds)[-1]


def members(server, room):
    page = server.get(f'{room}?members').json()
    assert page['count'] == len(page['list'])
    return {person['id']: person['name'] for person in page['list']}


def test_presence_and_names(hosts):
    room = new()
    zoe_key = guest()
    ann, _ = enter(hosts[0], room, user('ann'))
    zoe, hello = enter(hosts[1], room, zoe_key)
    you = hello['you']
    told_of(ann, 'joined', you)
    zoe.send_json(type='name', name='Zoe')
    zoe.recv_event('you')
    you = {**you, 'name': 'Zoe'}
    told_of(ann, 'renamed', you)
    for server in hosts:
        wait_until(lambda: members(server, room) == {
            'u-ann': 'ann', you['id']: 'Zoe'}, 10, 'both are there')
    late, hello = enter(hosts[2], room, guest())
    assert hello['members']['count'] == 3
    late.send_json(type='name', name='Zoe', ref='n')
    assert late.recv_event('error')['code'] == 'name_taken'
    # the same user once more, elsewhere, is no further member
    twin, hello = enter(hosts[2], room, zoe_key)
    assert hello['you'] == you
    zoe.disconnect()
    twin.say('here')
    ann.recv_event('message')
    twin.close()
    event = told_of(ann, 'left', you, 30)
    assert event['count'] == 2
    for client in (ann, late):
        client.disconnect()


def test_typing_is_passed_on(hosts):
    room = new()
    ann, hello = enter(hosts[0], room, user('ann'))
    others = [enter(server, room, guest())[0] for server in hosts]
    wait_until(lambda: len(members(hosts[0], room)) == 4, 10, 'all are there')
    ann.send_json(type='typing')
    for client in others:
        assert client.recv_event('typing')['from']['id'] == 'u-ann'
        client.disconnect()
    ann.disconnect()


# Sanctions

def refused(server, room, headers):
    try:
        server.ws(room, headers=headers).disconnect()
    except WsFailure as failure:
        return failure.response.json()['code'] == 'banned'
    return False


def test_a_ban_holds_on_all_hosts_until_the_pardon(hosts):
    room, other, eve = new(), new(), guest()
    ann, _ = enter(hosts[0], room, user('ann'))
    client, hello = enter(hosts[1], other, eve)
    person = hello['you']['id']
    ann.send_json(type='ban', user=person, reason='spam', ref='b',
                  **{'for': 600})
    ann.recv_event('ack')
    assert client.recv_event('bye')['reason'] == 'spam'
    client.expect_close(1008)
    for server in hosts:
        wait_until(lambda: refused(server, room, eve), 5, 'the ban is known')
        assert post(server, room, eve, text='x').json()['code'] == 'banned'
        listed = server.get(f'{room}?sanctions', user('ann')).json()
        assert [s['user']['id'] for s in listed['sanctions']] == [person]
    assert post(hosts[2], room, user('adam'), type='pardon',
                user=person).status in (200, 204)
    for server in hosts:
        wait_until(lambda: not refused(server, room, eve), 5, 'pardoned')
    ann.disconnect()


def test_mute_and_kick(hosts):
    room, eve = new(), guest()
    ann, _ = enter(hosts[0], room, user('ann'))
    client, hello = enter(hosts[1], room, eve)
    person = hello['you']['id']
    ann.send_json(type='mute', user=person, ref='m', **{'for': 600})
    ann.recv_event('ack')
    told = client.recv_event('sanction')
    assert told['kind'] == 'mute' and 'by' not in told
    for server in hosts:
        wait_until(lambda: post(server, room, eve, text='x').status == 403,
                   5, 'muted')
    ann.send_json(type='kick', user=person, ref='k')
    ann.recv_event('ack')
    client.recv_event('bye')
    client.expect_close(1008)
    wait_until(lambda: refused(hosts[2], room, eve), 5, 'sent out')
    wait_until(lambda: not refused(hosts[2], room, eve), 20, 'let in again')
    ann.disconnect()


def test_purge_takes_all_that_somebody_said(hosts, redis):
    rooms, eve = [new(), new()], guest()
    texts = [uuid.uuid4().hex for _ in range(6)]
    for n, text in enumerate(texts):
        say(hosts[n % 3], rooms[n % 2], text, eve)
    stays = say(hosts[0], rooms[0], 'stays', guest())
    client, hello = enter(hosts[1], rooms[0], eve)
    done = post(hosts[2], rooms[0], user('ann'), type='ban', purge=True,
                user=hello['you']['id'])
    assert done.status in (200, 204), done
    for room in rooms:
        wait_until(lambda: all(
            e['text'] == '' or e['id'] == stays
            for e in alike(hosts, room) if e['type'] == 'message'),
            10, 'all is deleted')
    everything = redis.everything()
    assert not [text for text in texts if text in everything]
    client.disconnect()


def test_a_report_reaches_moderators_elsewhere(hosts):
    room = new()
    ann, _ = enter(hosts[0], room, user('ann'))
    target = say(hosts[1], room, 'rude', guest())
    answer = post(hosts[2], room, guest(), type='report', id=target,
                  reason='rude')
    assert answer.status == 204, answer
    told = ann.recv_event('report')
    assert (told['target'], told['reason']) == (target, 'rude')
    ann.disconnect()


# Hosts that come and go

@pytest.mark.children_die
def test_a_host_that_starts_knows_all_of_it(hosts):
    room, ben, eve = new(), guest(), guest()
    ids = [say(hosts[0], room, f'm-{n}', ben) for n in range(5)]
    before = enter(hosts[0], room, ben)[1]['you']['id']
    banned = enter(hosts[1], room, eve)[1]['you']['id']
    post(hosts[0], room, user('ann'), type='ban', user=banned)
    hosts.restart(2)
    hosts.wait_ready()
    assert refused(hosts[2], room, eve)
    assert [e['id'] for e in kept(hosts[2], room)] == ids
    client, hello = enter(hosts[2], f'{room}?after={ids[2]}', ben)
    assert hello['resumed'] is True and hello['you']['id'] == before
    assert [json.loads(raw)['id'] for raw in messages(client, 2)] == ids[3:]
    client.disconnect()


@pytest.mark.children_die
def test_members_of_a_killed_host_leave(hosts):
    room = new()
    ann, _ = enter(hosts[0], room, user('ann'))
    zoe, hello = enter(hosts[1], room, guest())
    told_of(ann, 'joined', hello['you'])
    hosts[1].allow(f'{TROUBLE}|{KILLED}|CW0303')
    hosts.kill_host(1)
    told_of(ann, 'left', hello['you'], 90)
    wait_until(lambda: is_ready(hosts[1]), 20, 'the host is back')
    ann.disconnect()
    zoe.disconnect()


@pytest.mark.children_die
def test_a_reload_keeps_the_chat(hosts):
    room, headers = new(), guest()
    client, hello = enter(hosts[1], room, guest())
    for server in hosts:
        server.graceful()
        say(server, room, 'during', headers)
    say(hosts[2], room, 'after', headers)
    hosts.wait_ready()
    assert len(alike(hosts, room, 4)) == 4
    client.disconnect()
