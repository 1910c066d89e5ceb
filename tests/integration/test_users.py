"""Who somebody is: guests and their key, verified names, who may enter and
write, and the rate that belongs to a user."""
import base64
import hashlib
import json
import uuid

import pytest

from harness import (TEXT, Httpd, WsFailure, encode_frame, location,
                     wait_until)
from harness.address import Allowance, until_refused

CONFIG = (
    location('/chat', 'Chat rooms', 'ChatRate off') +
    location('/rated', 'Chat rooms', 'ChatRate 2/s 3') +
    location('/named', 'Chat rooms', 'ChatRate off',
             'ChatUser "%{HTTP:X-User}"') +
    location('/auth', 'Chat rooms', 'ChatRate off', 'AuthType Basic',
             'AuthName chat', 'AuthUserFile "@ROOT@/htdocs/passwords"',
             'Require valid-user') +
    location('/readonly', 'Chat rooms', 'ChatRate off',
             'ChatGuests readonly', 'ChatUser "%{HTTP:X-User}"') +
    location('/members', 'Chat rooms', 'ChatRate off', 'ChatGuests off',
             'ChatUser "%{HTTP:X-User}"') +
    location('/denied', 'Chat rooms', 'Require all denied'))

SECRET = base64.b64encode(hashlib.sha1(b'secret').digest()).decode()
KEYS = [digit * 32 for digit in '123456']


@pytest.fixture(scope='module')
def server():
    with Httpd(tls=True, config=CONFIG,
               files={'passwords': f'Ann:{{SHA}}{SECRET}\n'}) as running:
        yield running


@pytest.fixture
def name():
    return uuid.uuid4().hex


@pytest.fixture
def join(server):
    opened = []

    def begin(path, **options):
        client = server.ws(path, **options)
        opened.append(client)
        client.hello = client.recv_event('hello')
        client.you = client.hello['you']
        return client
    yield begin
    for client in opened:
        client.disconnect()


def cookie(key):
    return [('Cookie', f'chatws={key}')]


def refused(server, path, status, **options):
    """The refusal of a join."""
    with pytest.raises(WsFailure) as failure:
        server.ws(path, **options)
    assert failure.value.response.status == status
    return failure.value.response


def set_cookie(answer):
    """(key, attributes in lower case) of the cookie that was set."""
    first, *rest = answer.header('set-cookie').split(';')
    name, _, key = first.partition('=')
    attributes = {part.strip().lower() for part in rest}
    assert name == ('__Host-chatws' if 'secure' in attributes else 'chatws')
    return key, attributes


@pytest.mark.parametrize('tls', [False, True])
def test_cookie_of_a_new_guest(server, join, name, tls):
    client = join(f'/chat/{name}', tls=tls)
    answers = [client.response, server.get(f'/chat/{name}', tls=tls),
               server.get(f'/chat/{name}', [('Accept', 'text/html')],
                          tls=tls),
               server.post(f'/chat/{name}', '{"text":"a"}', tls=tls)]
    keys = set()
    for answer in answers:
        key, attributes = set_cookie(answer)
        assert len(key) == 32 and set(key) <= set('0123456789abcdef')
        expected = {'path=/', 'httponly', 'samesite=lax'}
        assert attributes == (expected | {'secure'} if tls else expected)
        keys.add(key)
    assert len(keys) == len(answers), 'keys repeat'


def test_known_guest_keeps_the_cookie(server, join, name):
    client = join(f'/chat/{name}', headers=cookie(KEYS[0]))
    assert client.response.header('set-cookie') is None
    assert server.get(f'/chat/{name}',
                      cookie(KEYS[0])).header('set-cookie') is None


def test_refused_guest_gets_no_cookie(server, name):
    answer = server.post(f'/chat/{name}', '{"text":""}')
    assert answer.status == 400 and answer.header('set-cookie') is None
    answer = refused(server, '/chat/', 400)
    assert answer.header('set-cookie') is None


@pytest.mark.parametrize('value', [
    'x' * 32, '1' * 31, '1' * 33, 'A' * 32, '', '"' + '1' * 32 + '"'])
def test_malformed_key_is_none(join, name, value):
    client = join(f'/chat/{name}', headers=cookie(value))
    other = join(f'/chat/{name}', headers=cookie(value))
    assert client.response.header('set-cookie') is not None
    assert client.you['id'] != other.you['id']


def test_cookie_among_others(join, name):
    plain = join(f'/chat/{name}', headers=cookie(KEYS[0])).you
    for value in (f'a=b; chatws={KEYS[0]}; c=d', f'chatws={KEYS[0]};x=y',
                  f'xchatws={KEYS[1]}; chatws={KEYS[0]}',
                  f'chatwsx={KEYS[1]}; chatws={KEYS[0]}'):
        assert join(f'/chat/{name}',
                    headers=[('Cookie', value)]).you == plain, value


def test_same_key_is_same_guest(server, join, name):
    by_cookie = join(f'/chat/{name}', headers=cookie(KEYS[0])).you
    by_protocol = join(f'/chat/{name}', protocols=[
        'chatws.v1', f'chatws.key.{KEYS[0]}'])
    by_header = join(f'/chat/{name}', headers=[('X-Chatws-Key', KEYS[0])])
    assert by_protocol.you == by_header.you == by_cookie
    assert by_protocol.protocol == 'chatws.v1'
    assert join(f'/chat/{name}', headers=cookie(KEYS[1])).you != by_cookie
    server.post(f'/chat/{name}', '{"text":"posted"}',
                headers=cookie(KEYS[0]))
    assert by_header.recv_event('message')['from'] == by_cookie


def test_later_key_wins(join, name):
    you = [join(f'/chat/{name}', headers=cookie(key)).you
           for key in KEYS[:3]]
    client = join(f'/chat/{name}', headers=cookie(KEYS[0]),
                  protocols=['chatws.v1', f'chatws.key.{KEYS[1]}'])
    assert client.you == you[1]
    client = join(f'/chat/{name}', protocols=[f'chatws.key.{KEYS[1]}'],
                  headers=cookie(KEYS[0]) + [('X-Chatws-Key', KEYS[2])])
    assert client.you == you[2]
    client = join(f'/chat/{name}',
                  headers=cookie(KEYS[0]) + [('X-Chatws-Key', 'bad')])
    assert client.you == you[0], 'a malformed key counts as missing'


def test_key_is_never_shown_or_logged(server, join, name):
    key = uuid.uuid4().hex
    client = join(f'/chat/{name}', headers=cookie(key))
    client.say('hi', ref='x')
    shown = json.dumps([client.recv_event('message'),
                        client.recv_event('ack'), client.you])
    client.close()
    body = server.get(f'/chat/{name}', cookie(key)).body.decode()
    logs = '\n'.join(server.log_lines() + server.access_lines())
    for text in (shown, body, logs, str(client.response.headers)):
        assert key not in text


def test_verified_name(server, join, name):
    client = join(f'/named/{name}', headers=[('X-User', 'Ann')])
    assert client.you == {'id': 'u-Ann', 'name': 'Ann'}
    assert client.response.header('set-cookie') is None
    again = join(f'/named/{name}', headers=[('X-User', 'Ann')] +
                 cookie(KEYS[0]))
    assert again.you == client.you
    client.say('signed')
    assert again.recv_event('message')['from'] == client.you
    guest = join(f'/named/{name}')
    assert guest.you['guest'] is True
    server.post(f'/named/{name}', '{"text":"posted"}',
                headers=[('X-User', 'Bob')])
    event = guest.recv_until(lambda e: e.get('text') == 'posted')[-1]
    assert event['from'] == {'id': 'u-Bob', 'name': 'Bob'}


def test_basic_authentication(server, join, name):
    path = f'/auth/{name}'
    assert refused(server, path, 401).header('www-authenticate')
    good = [('Authorization', 'Basic ' +
             base64.b64encode(b'Ann:secret').decode())]
    client = join(path, headers=good)
    assert client.you == {'id': 'u-Ann', 'name': 'Ann'}
    assert server.get(path, good).status == 200
    assert server.get(path).status == 401
    assert server.post(path, '{"text":"a"}').status == 401
    server.allow('AH01617')
    bad = [('Authorization', 'Basic ' +
            base64.b64encode(b'Ann:wrong').decode())]
    refused(server, path, 401, headers=bad)


def test_require_is_obeyed(server, name):
    server.allow('AH01630')
    refused(server, f'/denied/{name}', 403)
    assert server.get(f'/denied/{name}').status == 403
    assert server.post(f'/denied/{name}', '{"text":"a"}').status == 403


def test_guests_readonly(server, join, name):
    path = f'/readonly/{name}'
    guest = join(path)
    guest.say('hi', ref='r')
    event = guest.recv_event('error')
    assert (event['code'], event['ref']) == ('read_only', 'r')
    ann = join(path, headers=[('X-User', 'Ann')])
    for reader, speaks, head in ((guest, False, []),
                                 (ann, True, [('X-User', 'Ann')])):
        rights = {'speak': speaks, 'moderate': False}
        assert reader.hello['rights'] == rights
        with server.sse(path, headers=head) as stream:
            assert stream.recv_event('hello')['rights'] == rights
        assert server.get(f'{path}?members', head).json()['rights'] == rights
    ann.say('from Ann')
    assert guest.recv_event('message')['text'] == 'from Ann'


def test_guests_off(server, join, name):
    path = f'/members/{name}'
    assert refused(server, path, 403).json()['code'] == 'forbidden'
    assert server.get(path).status == 403
    assert join(path, headers=[('X-User', 'Ann')]).you['name'] == 'Ann'


def burst(client, count, mark):
    """Sends so many messages at once; the errors that answer them."""
    client.send(b''.join(encode_frame(TEXT, json.dumps(
        {'type': 'message', 'text': 'x', 'ref': f'{mark}{number}'}).encode())
        for number in range(count)))
    seen, errors = 0, []
    while seen < count:
        event = client.recv_event()
        if event['type'] == 'ack':
            seen += 1
        elif event['type'] == 'error':
            seen += 1
            errors.append(event)
    return errors


def test_rate(server, join, name):
    path = f'/rated/{name}'
    client = join(path, headers=cookie(KEYS[0]))
    errors = burst(client, 6, 'a')
    # The later ones may have got the turns that a slow machine gave back.
    assert 1 <= len(errors) <= 3 and errors[0]['ref'] == 'a3'
    for event in errors:
        assert event['code'] == 'rate_limited'
        assert 0 < event['retry'] <= 2
    assert burst(join(path, headers=cookie(KEYS[1])), 3, 'o') == []


def test_rate_comes_back(join, name):
    client = join(f'/rated/{name}', headers=cookie(KEYS[2]))
    assert burst(client, 5, 'a')
    wait_until(lambda: burst(client, 1, 'again') == [], 10, 'a new token')


def test_rate_is_of_the_user(server, join, name):
    path = f'/rated/{name}'
    one = join(path, headers=cookie(KEYS[3]))
    two = join(path, headers=cookie(KEYS[3]))
    allowance = Allowance(3, 2)
    errors = burst(one, 4, 'a') + burst(two, 3, 'b')
    assert 7 - len(errors) <= allowance.most(), 'each has a rate of its own'
    answer = until_refused(lambda: server.post(
        path, '{"text":"a"}', headers=cookie(KEYS[3])))[-1]
    assert int(answer.header('retry-after')) >= 1
    assert answer.json()['code'] == 'rate_limited'
    answer = server.post(path, '{"text":"a"}', headers=cookie(KEYS[4]))
    assert answer.status == 201


def test_bad_commands_count(join, name):
    client = join(f'/rated/{name}', headers=cookie(KEYS[5]))
    codes = []
    while 'rate_limited' not in codes:
        client.send_text('no json')
        codes.append(client.recv_event('error')['code'])
    assert codes[:-1] == ['bad_json'] * (len(codes) - 1) and len(codes) > 3
