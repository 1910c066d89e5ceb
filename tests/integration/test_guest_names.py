"""What guests are called: names that are the same, look the same or are kept;
and a guest gives a name back to whom it belongs. C4 and C5."""
import json
import threading
import uuid

import pytest

from harness import Httpd, key_of, location

CHILDREN = ('StartServers 4\nServerLimit 4\nThreadsPerChild 16\n'
            'MinSpareThreads 16\nMaxSpareThreads 64\nMaxRequestWorkers 64\n')
USER = 'ChatUser "%{HTTP:X-User}"'
CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off', USER) +
          location('/off', 'Chat rooms', 'ChatPresence off', USER) +
          location('/own', 'Chat rooms', 'ChatRate off', USER,
                   'ChatReservedNames "the boss" \u0430\u0434\u043c\u0438\u043d') +
          location('/none', 'Chat rooms', 'ChatReservedNames none'))
GOOD = ['Zo\xeb', '\u0391\u03bd\u03bd\u03b1', '\u0410\u043d\u043d\u0430',
        '\u0645\u062d\u0645\u062f', '\u0905\u092e\u093f\u0924',
        '\uae40\ubbfc\uc900', '\u5c71\u7530', '\U0001f600', '\u0130brahim']
BAD = ['', ' ', 'Ann ', 'An\u200bn', '\u202ennA', '\u2800', '\u3164',
       'x\u0300\u0301\u0302', '...', '\ue000', 'guest-7f3a',
       'gu\u0435st-7f3a', 'An\ufeffn', 'Ann\U000e0041']
TAKEN = ['Carlos', 'CARLOS', 'CarIos', 'C\u0430rlos', 'Car1os',
         '\uff23\uff41\uff52\uff4c\uff4f\uff53', 'C\u0430rl\u043e\u0455']
KEPT = ['admin', 'ADMIN', '\u0410dmin', 'adm1n', '@dmin', 'The Admin',
        'a.d.m.i.n', 'System', 'moderator', 'server 2', '\u7ba1\u7406\u5458']


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, config=CONFIG,
               **({'sizes': CHILDREN} if request.param == 'event' else {})
               ) as running:
        yield running


@pytest.fixture
def room():
    return f'/chat/{uuid.uuid4().hex}'


def user(name):
    return [('X-User', name.encode().decode('latin-1'))]


def enter(server, room, headers, kind='ws'):
    client = getattr(server, kind)(room, headers=headers)
    client.hello = client.recv_event('hello')
    client.you = client.hello['you']
    return client


def rename(client, name):
    """'ok', or the error's code."""
    client.send_json(type='name', name=name)
    event = client.recv_until(lambda e: e['type'] in ('you', 'error'))[-1]
    return 'ok' if event['type'] == 'you' else event['code']


def post_name(server, room, key, name):
    answer = server.post(room, json.dumps({'type': 'name', 'name': name}),
                         headers=key_of(key))
    return 'ok' if answer.status == 200 else answer.json()['code']


def members(server, room):
    return {person['id']: person['name'] for person in
            server.get(f'{room}?members').json()['list']}


def test_c4_names_over_every_way_in(server, room):
    """The same verdict over WebSocket and POST; and ?plain shows it."""
    with enter(server, room, key_of(1)) as carlos, \
            enter(server, room, key_of(2)) as guest:
        assert rename(carlos, 'Carlos') == 'ok'
        for name, verdict in ([(n, 'bad_name') for n in BAD] +
                              [(n, 'name_taken') for n in TAKEN + KEPT] +
                              [(n, 'ok') for n in GOOD]):
            assert rename(guest, name) == verdict, ascii(name)
            assert post_name(server, room, 2, name) == verdict, ascii(name)
        assert rename(carlos, 'CARLOS') == 'ok', 'the own old name'
        assert server.post(room, 'hi', 'text/plain',
                           headers=key_of(2)).status == 201
    page = server.get(f'{room}?plain=log',
                      [('Accept', 'text/html')]).body.decode()
    assert f'{GOOD[-1]}</b> <small>(guest \xb7 \u8bbf\u5ba2)</small>' in page


def test_reserved_words_of_the_site(server):
    with enter(server, f'/own/{uuid.uuid4().hex}', key_of(1)) as guest:
        for name in ('The B0ss', 'theboss', '\u0410\u0414\u041c\u0418\u041d'):
            assert rename(guest, name) == 'name_taken'
        assert rename(guest, 'admin') == 'ok'
    with enter(server, f'/none/{uuid.uuid4().hex}', key_of(1)) as guest:
        assert rename(guest, 'Administrator') == 'ok'


def test_a_verified_user_may_have_a_reserved_name(server, room):
    with enter(server, room, user('admin')) as client:
        assert client.you == {'id': 'u-admin', 'name': 'admin'}


def wait_named(client, identity, name):
    """Until a presence event calls the guest so. One who comes and is renamed
    between two of them is told as `joined` alone."""
    client.recv_until(lambda event: event['type'] == 'presence' and any(
        person['id'] == identity and person['name'] == name
        for kind in ('joined', 'renamed', 'list')
        for person in event.get(kind, [])))


@pytest.mark.parametrize('name', ['Ann', 'aNN', '\u0410nn',
                                  '\uff21\uff4e\uff4e'])
@pytest.mark.parametrize('kind', ['ws', 'sse'])
def test_a_guest_gives_a_verified_name_back(server, room, name, kind):
    """In whatever children: the guest's tabs are told by `you`, all by a
    `renamed` presence, and the next messages have the default name."""
    watcher = enter(server, room, key_of(9))
    tabs = [enter(server, room, key_of(1), kind) for _ in range(3)]
    identity, default = tabs[0].you['id'], tabs[0].you['name']
    assert post_name(server, room, 1, name) == 'ok'
    if kind == 'ws':
        tabs[0].say('before')
        assert tabs[1].recv_event('message')['from']['name'] == name
    wait_named(watcher, identity, name)
    with enter(server, room, user('Ann')) as ann:
        assert ann.you == {'id': 'u-Ann', 'name': 'Ann'}
        for tab in tabs:
            assert tab.recv_event('you') == {
                'type': 'you', 'id': identity, 'name': default}
        wait_named(watcher, identity, default)
        assert members(server, room) == {
            identity: default, 'u-Ann': 'Ann',
            watcher.you['id']: watcher.you['name']}
        server.post(room, 'after', 'text/plain', headers=key_of(1))
        message = ann.recv_until(lambda e: e.get('text') == 'after')[-1]
        assert message['from'] == {'id': identity, 'name': default,
                                   'guest': True}
        assert post_name(server, room, 1, name) == 'name_taken'
    for client in (watcher, *tabs):
        client.disconnect()


def test_a_guest_in_its_grace_gives_the_name_back(server, room):
    with enter(server, room, key_of(2)):
        guest = enter(server, room, key_of(1))
        assert rename(guest, 'Ann') == 'ok'
        guest.close()
        with enter(server, room, user('Ann')):
            with enter(server, room, key_of(1)) as again:
                assert again.you == guest.you


def test_a_verified_user_who_only_posts_takes_the_name(server, room):
    with enter(server, room, key_of(1)) as guest:
        assert rename(guest, 'Ann') == 'ok'
        server.post(room, 'I am Ann', 'text/plain', headers=user('Ann'))
        assert guest.recv_event('you')['name'] == guest.you['name']
        assert members(server, room)[guest.you['id']] == guest.you['name']


def test_without_presence_the_guest_is_told_too(server):
    room = f'/off/{uuid.uuid4().hex}'
    with enter(server, room, key_of(1)) as guest:
        assert rename(guest, 'Ann') == 'ok'
        with enter(server, room, user('Ann')):
            assert guest.recv_event('you')['name'] == guest.you['name']


def test_verified_users_keep_their_names_among_themselves(server, room):
    with enter(server, room, user('Ann')) as one, \
            enter(server, room, user('ann')) as two, \
            enter(server, room, user('\u0410nn')) as three:
        assert {'u-Ann', 'u-ann', 'u-\u0410nn'} == set(members(server, room))
        assert (one.you['name'], two.you['name'], three.you['name']) == \
            ('Ann', 'ann', '\u0410nn')


def test_c5_one_winner_of_fifty(server, room):
    """Fifty guests in all children ask for one name at once, in as many
    spellings."""
    spellings = ['Zorro', 'zorro', 'Z\u043err\u043e', '\uff3aorro', 'Z0rro']
    clients = [enter(server, room, key_of(100 + n)) for n in range(50)]
    verdicts = []
    barrier = threading.Barrier(len(clients))

    def ask(number, client):
        barrier.wait()
        verdicts.append(rename(client, spellings[number % len(spellings)]))
    threads = [threading.Thread(target=ask, args=pair)
               for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(verdicts) == ['name_taken'] * 49 + ['ok']
    named = [n for n in members(server, room).values()
             if not n.startswith('guest-')]
    assert len(named) == 1
    for client in clients:
        client.disconnect()


def test_default_names_are_unique(server, room):
    """Guests whose ids begin alike are called by more of the id, also one who
    only posts."""
    names, keys = {}, []
    for number in range(2000):
        server.post(room, 'x', 'text/plain', headers=key_of(5000 + number))
        event = server.get(f'{room}?history=1').json()['events'][0]
        name = event['from']['name']
        if name in names:
            keys = [names[name], number]
            break
        names[name] = number
    assert keys, 'no two alike'
    with enter(server, room, key_of(5000 + keys[0])) as one:
        server.post(room, 'y', 'text/plain', headers=key_of(5000 + keys[1]))
        posted = one.recv_until(lambda e: e.get('text') == 'y')[-1]['from']
        with enter(server, room, key_of(5000 + keys[1])) as two:
            assert one.you['id'][:6] == two.you['id'][:6]
            assert len(one.you['name']) == 10 and len(two.you['name']) == 14
            assert posted == two.you
