"""Two httpd with one Redis: what an owner orders with chatwsctl, what becomes of
orders while Redis is away, and who has which name."""
import json

import pytest

from harness import location, wait_until
from harness.ctl import ask
from harness.hosts import TROUBLE, Hosts, kept, say
from harness.moderator import CONFIG, enter, guest, new, post, user
from harness.redis import Redis
from harness.status_page import do, room_name


@pytest.fixture(scope='module')
def redis():
    with Redis() as running:
        yield running


@pytest.fixture(scope='module')
def hosts(redis):
    deeds = location('/deeds', 'Chat status', 'Require local',
                     'ChatModerators all granted')
    with Hosts(redis, 2, CONFIG + deeds, modules=('remoteip',)) as running:
        running.allow(f'CW070|{TROUBLE}')
        yield running


def person(server, room, headers):
    client, hello = enter(server, room, headers)
    client.disconnect()
    return hello['you']['id']


def code(server, room, headers):
    done = post(server, room, headers, text='x')
    return 'ok' if done.status < 300 else done.json()['code']


def test_an_owners_orders_hold_on_all_hosts(hosts, redis):
    room, eve = new(), guest()
    text = 'what-eve-said'
    say(hosts[1], room, text, eve)
    eve_id = person(hosts[1], room, eve)
    say(hosts[0], room, 'here is the room, too', guest())
    ask(hosts[0], 'mute', eve_id, '--for', '10m')
    wait_until(lambda: code(hosts[1], room, eve) == 'muted', 5, 'muted')
    ask(hosts[0], 'ban', eve_id, '--purge')
    wait_until(lambda: code(hosts[1], room, eve) == 'banned', 5, 'banned')
    wait_until(lambda: not [e for e in kept(hosts[1], room)
                            if e.get('text') == text], 5, 'deleted')
    assert text not in redis.everything()
    ask(hosts[1], 'pardon', eve_id)
    for server in hosts:
        wait_until(lambda: code(server, room, eve) == 'ok', 5, 'pardoned')
    assert ask(hosts[0], 'pardon', eve_id)[0] == 'nothing to pardon\n'


def test_deeds_of_the_status_page(hosts):
    """They hold on all hosts, and what the room keeps stays kept."""
    room = new()
    name = room_name(room)
    eve, _ = enter(hosts[1], room, user('eve'))
    for i in range(3):
        say(hosts[0], room, f'm{i}', guest())
    done = do(hosts[0], '/deeds', (), type='room', room=name, topic='Tea')
    assert done.status == 200, done
    assert eve.recv_event('room')['topic'] == 'Tea'
    say(hosts[0], room, 'm3', guest())
    for server in hosts:
        wait_until(lambda: [e['text'] for e in kept(server, room)
                            if e['type'] == 'message']
                   == ['m0', 'm1', 'm2', 'm3'], 30, 'all messages')
    done = do(hosts[0], '/deeds', (), type='clear', room=name)
    assert done.status == 200, done
    assert eve.recv_event('cleared')['by']['name'] == 'administrator'
    for server in hosts:
        wait_until(lambda: not [e for e in kept(server, room)
                                if e['type'] == 'message'], 30, 'cleared')
    done = do(hosts[0], '/deeds', (), type='kick', room=name, user='u-eve')
    assert done.status == 200, done
    assert eve.recv_event('bye')['code'] == 1008


def test_a_message_is_reported_once(hosts):
    room, eve = new(), guest()
    ann, _ = enter(hosts[0], room, user('ann'))
    target = say(hosts[0], room, 'rude', guest())
    say(hosts[1], room, 'the room is here', guest())
    for server in (hosts[1], hosts[0], hosts[1]):
        done = post(server, room, eve, type='report', id=target, reason='r')
        assert done.status == 204
    say(hosts[0], room, 'the end', guest())
    events = ann.recv_until(lambda e: e.get('text') == 'the end')
    assert [e['type'] for e in events].count('report') == 1
    ann.disconnect()


def test_a_verified_name_is_taken_back_everywhere(hosts):
    room, headers = new(), guest()
    client, hello = enter(hosts[0], room, headers)
    client.send_json(type='name', name='Benno')
    client.recv_event('you')
    ben, hello_ben = enter(hosts[1], room, user('Benno'))
    assert hello_ben['you']['name'] == 'Benno'
    for server in hosts:
        wait_until(lambda: [p['name'] for p in server.get(
            f'{room}?members').json()['list']].count('Benno') == 1, 10,
            'the guest has another name')
    for one in (client, ben):
        one.disconnect()


def test_an_order_while_redis_is_away(hosts, redis):
    room, eve = new(), guest()
    for server in hosts:
        say(server, room, 'hello', eve)
    eve_id = person(hosts[0], room, eve)
    redis.kill()
    try:
        done = wait_until(lambda: refused_now(hosts[0], room, eve_id), 20,
                          'nobody else can be told')
        assert done.json()['code'] == 'unavailable'
        assert 'on this server' in done.json()['text']
        assert int(done.headers['retry-after'][0]) > 0
        assert code(hosts[0], room, eve) == 'banned'
        assert code(hosts[1], room, eve) != 'banned'
    finally:
        redis.start()
    hosts.wait_ready()
    # it is told by itself when there is a way again
    wait_until(lambda: code(hosts[1], room, eve) == 'banned', 20, 'banned')
    assert post(hosts[1], room, user('ann'), type='pardon',
                user=eve_id).status in (200, 204)


def refused_now(server, room, eve_id):
    done = post(server, room, user('ann'), type='ban', user=eve_id)
    return done if done.status == 503 else None


@pytest.mark.children_die
def test_a_reload_is_no_leaving(hosts):
    room = new()
    ann, _ = enter(hosts[0], room, user('ann'))
    zoe, hello = enter(hosts[1], room, guest())
    zoe_id = hello['you']['id']
    ann.recv_until(lambda e: zoe_id in json.dumps(e))
    hosts[0].graceful()
    hosts.wait_ready()
    # a new child of the same host, and a new reader
    again, hello = enter(hosts[0], room, user('adam'))
    assert zoe_id in [p['id'] for p in hello['members']['list']]
    zoe.send_json(type='name', name='Zora')
    zoe.recv_event('you')
    events = again.recv_until(lambda e: 'Zora' in json.dumps(e), 15)
    assert not [e for e in events if e['type'] == 'presence'
                and zoe_id in [p['id'] for p in e.get('left', [])]]
    for one in (ann, again, zoe):
        one.disconnect()
