"""chatwsctl erase where several hosts are one chat: nothing is left of somebody,
on no host, nor in Redis, whatever becomes of hosts meanwhile."""
import contextlib
import subprocess
import threading
import uuid

import pytest

from harness import WsFailure, wait_until
from harness.badlink import BadLink
from harness.ctl import ERASED, PROGRAM, ask
from harness.hosts import KILLED, TROUBLE, Hosts, alike, kept, say
from harness.moderator import CONFIG, enter, guest, new, post, user
from harness.redis import Redis


class Site:
    """Three hosts; the last one has a way to Redis that can be cut."""

    def __init__(self, redis, link):
        self.redis, self.link = redis, link
        self.hosts = Hosts(redis, 3, CONFIG, modules=('remoteip',), lines=[
            redis.directive(), redis.directive(),
            redis.directive(port=link.port)])
        self.hosts.allow('CW070')
        self.hosts.allow(TROUBLE)


@pytest.fixture(scope='module')
def site():
    with Redis() as redis, BadLink(redis.port) as link:
        made = Site(redis, link)
        with made.hosts:
            yield made


@pytest.fixture(name='hosts')
def all_hosts(site):
    return site.hosts


def word():
    return uuid.uuid4().hex


def erase(server, who):
    out, _ = ask(server, 'erase', who)
    return int(out.removeprefix('erased: ').split()[0])


def chatwsctl(server, *args):
    return subprocess.run(
        [str(PROGRAM), '-s', f'{server.root}/chatws.sock', *args],
        capture_output=True, text=True, timeout=120, check=False)


def exported(server, room):
    """What the host has of the room in memory, as text; '': no such room."""
    done = chatwsctl(server, 'export', 'localhost' + room)
    assert done.returncode in (0, 66), done
    return done.stdout


def clean(hosts, rooms, *words):
    """Until no host has any of the words."""
    def is_clean(server, room):
        text = exported(server, room)
        return not any(each in text for each in words)
    for server in hosts:
        for room in rooms:
            wait_until(lambda: is_clean(server, room), 60,
                       'nothing is left in memory')


def without_tombs(redis):
    """What Redis has, but for who was erased, by which a host that is away
    learns it."""
    return '\n'.join(line for line in redis.everything().splitlines()
                     if not line.startswith('chatws:erased '))


# Who it is, and what was said

@pytest.mark.parametrize('who', ['guest', 'verified'])
def test_nothing_is_left_anywhere(site, hosts, who):
    name = word()[:20]
    headers = guest() if who == 'guest' else user(name)
    rooms = [new(), new('/side'), new()]
    here, _ = enter(hosts[0], rooms[0], headers)
    there, hello = enter(hosts[1], rooms[0], headers)
    readers = [enter(server, rooms[0], guest())[0] for server in hosts]
    you = hello['you']['id']
    if who == 'guest':
        here.send_json(type='name', name=name)
        here.recv_event('you')
    texts = [word() for _ in range(6)]
    ids = [say(hosts[n % 3], rooms[0], text, headers)
           for n, text in enumerate(texts[:4])]
    say(hosts[1], rooms[1], texts[4], headers)
    say(hosts[2], rooms[2], texts[5], headers)   # the others have not got it
    stays = say(hosts[1], rooms[0], f'{name} was here', guest())
    for change in ({'type': 'edit', 'id': ids[1], 'text': word()},
                   {'type': 'delete', 'id': ids[2]}):
        texts.append(change.get('text', name))
        assert post(hosts[2], rooms[0], headers, **change).status in (200, 204)
    for client in readers:
        client.recv_event('deleted')
    assert erase(hosts[0], you) == 8
    for client in (here, there):
        client.recv_event('bye')
    told = [[client.recv_event('deleted') for _ in range(3)]
            for client in readers]
    assert [event['target'] for event in told[0]] == [ids[0], ids[1], ids[3]]
    assert all(event['by'] == ERASED for event in told[0])
    assert told[0] == told[1] == told[2]
    everything = without_tombs(site.redis)
    assert everything.count(name) == 1      # what somebody else has written
    assert you.removeprefix('g-') not in everything
    assert not [text for text in texts[:7] if text in everything]
    clean(hosts, rooms, you, *texts[:7])
    events = alike(hosts, rooms[0])
    mine = [event for event in events if event['id'] in ids]
    assert mine == [{'type': 'message', 'id': each, 'text': '',
                     'from': ERASED, 'deleted': True} for each in ids]
    assert [e['text'] for e in events if e['id'] == stays] == \
        [f'{name} was here']
    assert erase(hosts[1], you) == 0
    for client in readers:
        client.disconnect()


def test_sanctions_of_the_user_and_against(site, hosts):
    room, name = new(), word()[:20]
    ann, _ = enter(hosts[0], room, user('ann'))
    eve, hello = enter(hosts[1], room, user(name))
    zoe, other = enter(hosts[1], room, guest())
    post(hosts[1], room, user('ann'), type='mute', user=other['you']['id'])
    post(hosts[2], room, user('adam'), type='mute', user=hello['you']['id'])

    def sanctions(server):
        return ask(server, 'sanctions')[0]
    for server in hosts:
        wait_until(lambda: name in sanctions(server) and
                   'u-ann' in sanctions(server), 60, 'all know of them')
    erase(hosts[0], f'u-{name}')
    ann.disconnect()        # nobody sends a moderator out
    erase(hosts[2], 'u-ann')
    for server in hosts:
        wait_until(lambda: name not in sanctions(server) and
                   'u-ann' not in sanctions(server), 60, 'they are gone')
        assert other['you']['id'] in sanctions(server)
    assert name not in site.redis.everything()
    for client in (eve, zoe):
        client.disconnect()


@pytest.mark.children_die
def test_who_comes_again_has_said_nothing_yet(hosts):
    room, key = new(), guest()
    say(hosts[0], room, 'before', key)
    client, hello = enter(hosts[1], room, key)
    you = hello['you']['id']
    erase(hosts[0], you)
    client.recv_event('bye')
    client, hello = wait_until(lambda: comes(hosts[1], room, key), 60,
                               'it may come again')
    assert hello['you']['id'] == you
    after = say(hosts[1], room, 'after', key)
    # what was erased once is read by each host that comes back
    hosts[1].graceful()
    hosts.wait_ready()
    for server in hosts:
        wait_until(lambda: [e['text'] for e in kept(server, room)
                            if e['id'] == after] == ['after'], 60, 'it stays')
        assert 'before' not in exported(server, room)
    client.disconnect()


def comes(server, room, headers):
    try:
        return enter(server, room, headers)
    except WsFailure:
        return None


def test_who_talks_on_meanwhile(site, hosts):
    """What is said later stays, the same on all hosts, until it goes, too."""
    rooms, name = [new('/much') for _ in range(3)], word()[:20]
    key, over = user(name), threading.Event()
    ids, texts = [], []

    def talk(number):
        while not over.is_set():
            room = rooms[(len(ids) + number) % 3]
            texts.append(word())
            ids.append(say(hosts[number], room, texts[-1], key))
            texts.append(word())
            # it may be gone already
            post(hosts[number], room, key, type='edit', id=ids[-1],
                 text=texts[-1])
    talkers = [threading.Thread(target=talk, args=(n,)) for n in range(3)]
    for each in talkers:
        each.start()
    try:
        for n in range(5):
            wait_until(lambda: len(ids) > 40 * n, 120, 'somebody talks')
            erase(hosts[n % 3], f'u-{name}')
    finally:
        over.set()
        for each in talkers:
            each.join()
    for room in rooms:
        alike(hosts, room)
    erase(hosts[0], f'u-{name}')
    clean(hosts, rooms, name, *texts)
    everything = site.redis.everything()
    assert not [text for text in [name, *texts] if text in everything]
    found = [e for room in rooms for e in alike(hosts, room)
             if e['type'] == 'message']
    assert sorted(e['id'] for e in found) == sorted(ids)
    assert all(e['from'] == ERASED for e in found)


# Hosts that come and go

def test_a_host_that_was_cut_off_does_it_when_it_comes_back(site, hosts):
    room, key, texts = new(), guest(), [word() for _ in range(3)]
    for text, server in zip(texts, hosts):
        say(server, room, text, key)
    reader, _ = enter(hosts[2], room, guest())
    client, hello = enter(hosts[0], room, key)
    you = hello['you']['id']
    wait_until(lambda: all(text in exported(hosts[2], room)
                           for text in texts), 60, 'it is there')
    client.disconnect()
    site.link.refused = True
    site.link.drop()
    try:
        wait_until(lambda: erased_or_again(hosts[0], you), 150, 'it is done')
        assert you not in exported(hosts[0], room)
        assert texts[0] in exported(hosts[2], room)
    finally:
        site.link.refused = False
    hosts.wait_ready()
    clean(hosts, [room], you, *texts)
    assert [event['target'] for event in
            (reader.recv_event('deleted') for _ in texts)] == \
        [e['id'] for e in kept(hosts[2], room) if e['type'] == 'message']
    assert not [text for text in texts if text in site.redis.everything()]
    reader.disconnect()


def erased_or_again(server, you):
    """False: the members of a host that is away are not gone yet."""
    done = chatwsctl(server, 'erase', you)
    assert done.returncode in (0, 75), done
    return done.returncode == 0


@pytest.mark.children_die
def test_what_hosts_give_back_to_redis_is_erased(site, hosts):
    room, name = new(), word()[:20]
    key = user(name)
    ids = [say(server, room, word(), key) for server in [*hosts, *hosts]]
    post(hosts[0], room, key, type='edit', id=ids[0], text=word())
    post(hosts[1], room, key, type='delete', id=ids[1])
    say(hosts[2], room, 'stays', guest())
    before = alike(hosts, room, 9)
    erase(hosts[1], f'u-{name}')
    told = alike(hosts, room, len(before) + 5)
    clean(hosts, [room], name)
    site.redis.ask('FLUSHALL')
    stream = f'chatws:{{localhost{room}}}:log'
    wait_until(lambda: site.redis.ask('XLEN', stream) == len(told), 60,
               'it is given back')
    assert name not in site.redis.everything()
    hosts.wait_ready()
    assert alike(hosts, room) == told
    hosts.restart(2)
    hosts.wait_ready()
    assert alike(hosts, room) == told


@pytest.mark.children_die
def test_the_host_that_is_asked_dies(site, hosts):
    """What it has begun, another one ends."""
    hosts[0].allow(KILLED)
    key, rooms = guest(), [new('/much') for _ in range(4)]
    texts = [f'{word()} {n}' for n in range(160)]
    for n, text in enumerate(texts):
        say(hosts[n % 3], rooms[n % 4], text, key)
    _, hello = enter(hosts[1], rooms[0], key)
    you = hello['you']['id']

    def left():
        everything = site.redis.everything()
        return sum(text in everything for text in texts)
    with subprocess.Popen(
            [str(PROGRAM), '-s', f'{hosts[0].root}/chatws.sock', 'erase', you],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as asking:
        with contextlib.suppress(AssertionError):
            wait_until(lambda: left() < len(texts), 60, 'it has begun')
        hosts.kill_host(0)
        asking.wait(60)
    hosts.wait_ready()
    wait_until(lambda: erased_or_again(hosts[1], you), 150, 'it is done')
    assert left() == 0
    clean(hosts, rooms, you, *texts)


def test_without_redis_nothing_is_erased(site, hosts):
    room, key = new(), guest()
    say(hosts[2], room, 'stays', key)
    client, hello = enter(hosts[2], room, key)
    site.link.refused = True
    site.link.drop()
    try:
        _, err = ask(hosts[2], 'erase', hello['you']['id'], status=75)
        assert 'nothing was erased' in err
    finally:
        site.link.refused = False
    hosts.wait_ready()
    assert 'stays' in exported(hosts[2], room)
    client.disconnect()
