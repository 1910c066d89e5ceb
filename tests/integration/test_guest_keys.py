"""A guest's key: which cookie carries it, and the id that is made of it."""
import re
import uuid

import pytest

from harness import Httpd, location, wait_until

CHAT = (location('/chat', 'Chat rooms', 'ChatRate off') +
        location('/named', 'Chat rooms', 'ChatRate off',
                 'ChatUser "%{HTTP:X-User}"') +
        location('/members', 'Chat rooms', 'ChatRate off', 'ChatGuests off',
                 'ChatUser "%{HTTP:X-User}"'))
KEY, OTHER = '1' * 32, '2' * 32


@pytest.fixture(scope='module')
def server():
    with Httpd(tls=True, config=CHAT) as running:
        yield running


def you(server, headers, tls=False, path='/chat/'):
    """Who enters with these headers, and whether a cookie was set."""
    with server.ws(path + uuid.uuid4().hex, tls=tls,
                   headers=headers) as client:
        hello = client.recv_event('hello')
        return hello['you'], client.response.header('set-cookie')


def guest(server, key, **options):
    found, cookie = you(server, [('X-Chatws-Key', key)], **options)
    assert cookie is None
    return found


@pytest.mark.parametrize('field', [
    f't=hello chatws={KEY} x', f'p=a,chatws={KEY}', f'p="a; chatws={KEY}"',
    f'p="a, chatws={KEY}"', f'p=a b, chatws={KEY}', f'Chatws={KEY}',
    f'chatws="{KEY}"', f'chatws={KEY}x', 'chatws=', f'=chatws={KEY}',
    f'__Host-chatws={KEY}'])
def test_no_key_in_there(server, field):
    found, cookie = you(server, [('Cookie', field)])
    assert cookie is not None
    assert found['id'] != guest(server, KEY)['id']


@pytest.mark.parametrize('fields', [
    [f'chatws={KEY}'], [f'a=b;chatws={KEY};c="d e"'], [f'chatws = {KEY}'],
    [f'chatws=; chatws={KEY}'], [f'chatws={KEY}; chatws={OTHER}'],
    [f'CHATWS={OTHER}; chatws={KEY}'], ['a=b', f'chatws={KEY}; c=d'],
    [f'chatws={KEY}', 'a=b'], [f'p=a, chatws={OTHER}; chatws={KEY}'],
    ['; '.join(f'chatws{n}={OTHER}' for n in range(100)) +
     f'; chatws={KEY}']])
def test_the_key_among_others(server, fields):
    found, cookie = you(server, [('Cookie', field) for field in fields])
    assert cookie is None and found == guest(server, KEY)


def test_over_tls_the_cookie_of_this_host_wins(server):
    both = [('Cookie', f'chatws={OTHER}; __Host-chatws={KEY}')]
    assert you(server, both, tls=True)[0] == guest(server, KEY)
    assert you(server, both)[0] == guest(server, OTHER)
    assert you(server, [('Cookie', f'chatws={OTHER}')], tls=True) == \
        (guest(server, OTHER), None), 'a released cookie goes on working'
    bad = [('Cookie', f'__Host-chatws=x; chatws={OTHER}')]
    assert you(server, bad, tls=True)[0] == guest(server, OTHER)


def test_the_cookie_that_was_set_is_the_key(server):
    for tls in (False, True):
        found, cookie = you(server, [], tls=tls)
        pair = cookie.partition(';')[0]
        assert you(server, [('Cookie', pair)], tls=tls) == (found, None)
        assert re.search(r'; *Path=/(;|$)', cookie)
        assert 'domain' not in cookie.lower()


@pytest.mark.parametrize('name, verified', [
    ('(null)', False), ('(NULL)', True), ('(null) ', False),
    ('(null)x', True), ('null', True), ('', False)])
def test_a_front_without_a_user_names_nobody(server, name, verified):
    """httpd itself takes the white space off."""
    first, _ = you(server, [('X-User', name)], path='/named/')
    second, _ = you(server, [('X-User', name)], path='/named/')
    assert ('guest' not in first) == verified
    assert (first['id'] == second['id']) == verified
    room = f'/members/{uuid.uuid4().hex}'
    answer = server.post(room, '{"text":"a"}', headers=[('X-User', name)])
    assert answer.status == (201 if verified else 403)


def test_ids_of_two_sites_cannot_be_compared(server):
    here = [guest(server, key)['id'] for key in (KEY, OTHER)]
    with Httpd(config=CHAT) as other:
        there = [guest(other, key)['id'] for key in (KEY, OTHER)]
    assert len(set(here + there)) == 4


def test_ids_of_two_virtual_hosts_cannot_be_compared():
    config = CHAT + ''.join(
        f'<VirtualHost *:*>\nServerName {name}.test\n</VirtualHost>\n'
        for name in 'ab')
    with Httpd(config=config) as running:
        ids = [you(running, [('X-Chatws-Key', KEY), ('Host', host)])[0]['id']
               for host in ('a.test', 'b.test', 'a.test')]
    assert ids[0] == ids[2] != ids[1]


def test_ids_are_of_no_use_to_a_hash_of_the_key(server):
    """A guest and a user of the same text are two."""
    found = guest(server, KEY)
    assert re.fullmatch('g-[0-9a-f]{16}', found['id'])
    assert int(found['id'][2:], 16) >> 31 & 1 == 0


@pytest.mark.children_die
def test_ids_last_as_long_as_the_segment():
    config = 'ChatSharedMemory 8M\nChatDrain 0\n' + CHAT
    with Httpd(config=config) as running:
        before = guest(running, KEY)
        for old, new in (('8M', '8M'), ('8M', '16M')):
            children = set(running.children())
            path = running.root / 'httpd.conf'
            path.write_text(path.read_text().replace(
                f'ChatSharedMemory {old}', f'ChatSharedMemory {new}'))
            running.graceful()
            wait_until(lambda was=children:
                       not was & set(running.children()), 15, 'old gone')
            assert guest(running, KEY) == before
