"""Tokens that a site signs for its users: the three ways in which they come,
and what they say."""
import base64
import hashlib
import json
import time
import uuid

import pytest

from harness import Httpd, location, wait_until
from harness.http2 import Http2Client
from harness.tokens import (OTHER, ROWS, SECRET, Keys, bearer, check_bad,
                            cookie, protocols, refused)

NOW = time.time


def keyed(path, *lines):
    return location(path, 'Chat rooms', 'ChatRate off',
                    'ChatAddressRate off', *lines)


ALL = ('ChatTokenKey "@KEYS@/secret"', 'ChatTokenKey "@KEYS@/rsa.pem"',
       'ChatTokenKey "@KEYS@/ec.pem"')
CONFIG = (
    keyed('/chat', *ALL) +
    keyed('/secret', ALL[0]) +
    keyed('/public', *ALL[1:]) +
    keyed('/ours', ALL[0], 'ChatTokenAudience ours') +
    keyed('/members', ALL[0], 'ChatGuests off') +
    keyed('/named', ALL[0], 'ChatUser "%{HTTP:X-User}"') +
    keyed('/listed', ALL[0], 'ChatList on') +
    keyed('/any', ALL[0], 'ChatOrigin any') +
    keyed('/abroad', ALL[0], 'ChatOrigin https://other.example') +
    keyed('/password', ALL[0], 'AuthType Basic', 'AuthName chat',
          'AuthUserFile "@ROOT@/htdocs/passwords"') +
    keyed('/plain'))
PASSWORD = base64.b64encode(hashlib.sha1(b'secret').digest()).decode()


@pytest.fixture(scope='module')
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp('keys'))


@pytest.fixture(scope='module')
def server(keys):
    with Httpd(config=CONFIG.replace('@KEYS@', str(keys.folder)), tls=True,
               modules=['http2'], vhost_config='Protocols h2 http/1.1\n',
               files={'passwords': f'cat:{{SHA}}{PASSWORD}\n'}) as running:
        running.allow('CW064[45]')
        yield running


@pytest.fixture
def name():
    return uuid.uuid4().hex


@pytest.fixture
def join(server):
    opened = []

    def begin(path, token=None, **options):
        if token:
            options['protocols'] = protocols(token)
        client = server.ws(path, **options)
        opened.append(client)
        client.hello = client.recv_event('hello')
        client.you = client.hello['you']
        return client
    yield begin
    for client in opened:
        client.disconnect()


@pytest.mark.parametrize('alg, key', [
    ('HS256', SECRET), ('RS256', 'rsa'), ('ES256', 'ec')])
def test_each_algorithm(server, join, keys, name, alg, key):
    token = keys.token({'sub': '42', 'name': 'Ann'}, alg=alg, key=key)
    client = join(f'/chat/{name}', token)
    assert client.you == {'id': 'u-42', 'name': 'Ann'}
    assert client.protocol == 'chatws.v1'
    assert client.response.header('set-cookie') is None
    assert client.hello['rights'] == {'speak': True, 'moderate': False}
    wrong = '/public' if alg == 'HS256' else '/secret'
    check_bad(refused(server, f'{wrong}/{name}', protocols=protocols(token)))


@pytest.mark.parametrize('claims', [
    {'nbf': 0}, {'exp': 4e9 + 0.5}, {'iat': 'x', 'iss': 7, 'jti': None},
    {'rooms': ['/x', '/chat/*']}, {'rooms': ['*']},
    {'sub': 'x' * 128}, {'name': 'x' * 128}, {'name': '\u202fa \u0301b'}])
def test_good_claims(join, keys, name, claims):
    token = keys.token(claims, header={'typ': 'JWT', 'kid': 'x', 'more': {}})
    assert join(f'/chat/{name}', token).you['id'] == \
        'u-' + claims.get('sub', 'ann')


def test_fast_clock(join, keys, name):
    """The host that makes the token may be ahead of ours by a minute."""
    assert join(f'/chat/{name}', keys.token(nbf=NOW() + 50)).you['id'] == \
        'u-ann'


def test_three_ways_are_one_person(server, join, keys, name):
    token, path = keys.token({'name': 'Ann A.'}), f'/chat/{name}'
    you = [join(path, token).you, join(path, headers=bearer(token)).you,
           join(path, headers=cookie(token)).you]
    reader = join(path)
    for headers in (bearer(token), cookie(token)):
        answer = server.post(path, '{"text":"hi"}', headers=headers)
        assert answer.status == 201
        assert answer.header('set-cookie') is None
        you.append(reader.recv_event('message')['from'])
        answer = server.get(path + '?members', headers).json()
        you.append(answer['you'])
    with server.sse(path, headers=cookie(token)) as stream:
        you.append(stream.recv_event('hello')['you'])
    assert all(one == {'id': 'u-ann', 'name': 'Ann A.'} for one in you), you


def test_first_place_decides(server, join, keys, name):
    """Authorization, then the subprotocol, then the cookie; a bad one does not
    fall through to the next, and other credentials are no token."""
    path = f'/chat/{name}'
    one, two, three = (keys.token(sub=sub) for sub in ('one', 'two', 'three'))
    bad = keys.token(key=OTHER)
    everything = bearer(one) + cookie(three)
    assert join(path, two, headers=everything).you['id'] == 'u-one'
    assert join(path, two, headers=cookie(three)).you['id'] == 'u-two'
    check_bad(refused(server, path, protocols=protocols(two),
                      headers=bearer(bad)))
    check_bad(refused(server, path, protocols=protocols(bad),
                      headers=cookie(three)))
    basic = [('Authorization', 'Basic YW5uOmFubg==')]
    assert join(path, two, headers=basic).you['id'] == 'u-two'


def test_first_cookie_that_verifies(server, join, keys, name):
    path = f'/chat/{name}'
    over, other = keys.token(exp=1), keys.token(key=OTHER)
    good, late = keys.token(sub='one'), keys.token(sub='two')

    def both(*tokens):
        return [('Cookie', '; '.join(f'chatws_token={token}'
                                     for token in tokens))]
    for tokens in ((good, late), (other, good), (over, good), ('x', good),
                   ('', good, over)):
        assert join(path, headers=both(*tokens)).you['id'] == 'u-one'
    check_bad(refused(server, path, headers=both(other, over)))
    assert join(path, headers=both(other, 'x')).you['guest'] is True
    assert join(path, headers=both('')).you['guest'] is True


def test_token_before_other_names(join, keys, name):
    """Above what ChatUser says, and a person by any way is the same one."""
    user = [('X-User', 'ann')]
    by_name = join(f'/named/{name}', headers=user).you
    assert by_name == {'id': 'u-ann', 'name': 'ann'}
    assert join(f'/named/{name}', keys.token(sub='ben'),
                headers=user).you['id'] == 'u-ben'
    assert join(f'/named/{name}', keys.token()).you == by_name
    assert join(f'/members/{name}', keys.token()).you == by_name


def test_beside_a_password(server, join, keys, name):
    """In an open room httpd may know somebody by a password: a token comes
    before that, and is no password."""
    path = f'/password/{name}'
    password = [('Authorization', 'Basic ' +
                 base64.b64encode(b'cat:secret').decode())]
    assert join(path, headers=password).you['id'] == 'u-cat'
    assert join(path, headers=bearer(keys.token())).you['id'] == 'u-ann'
    assert join(path, headers=password +
                cookie(keys.token())).you['id'] == 'u-ann'
    check_bad(refused(server, path, headers=bearer(keys.token(key=OTHER))))


def test_http2(server, keys, name):
    """Where a cookie may come in pieces."""
    path, token = f'/chat/{name}', keys.token()
    with Http2Client(server) as client:
        for headers, want in (
                ([('authorization', f'Bearer {token}')], 'u-ann'),
                ([('cookie', 'a=b'), ('cookie', f'chatws_token={token}'),
                  ('cookie', 'c=d')], 'u-ann'),
                ([('cookie', 'a=b')], 'g-')):
            body = client.request(f'{path}?members', extra=headers)[2]
            you = json.loads(body).get('you', {'id': 'g-'})
            assert you['id'].startswith(want)
        status, headers, _ = client.request(
            path, extra=[('authorization', 'Bearer x')])
        assert status == 401
        assert headers['www-authenticate'] == 'Bearer error="invalid_token"'


def test_no_key_no_token(server, join, keys, name):
    """Without ChatTokenKey they are somebody else's business."""
    token = keys.token(key=OTHER)
    client = join(f'/plain/{name}', token, headers=bearer(token) +
                  cookie(token))
    assert client.you['guest'] is True
    assert server.get(f'/plain/{name}', bearer('x')).status == 200


def test_audience(server, join, keys, name):
    path = f'/ours/{name}'
    for aud in ('ours', ['them', 'ours']):
        assert join(path, keys.token(aud=aud)).you['id'] == 'u-ann'
    for aud in (None, 'Ours', [], ['them']):
        check_bad(refused(server, path,
                          protocols=protocols(keys.token(aud=aud))))


def test_rooms(server, join, keys, name):
    """Other rooms are forbidden, by a cookie too, and not listed."""
    path = f'/listed/{name}'
    token = keys.token(rooms=[path])
    join(path, token)
    join(f'{path}2', keys.token())
    for headers in (bearer(token), cookie(token)):
        for row, ask in ROWS.items():
            if row != 'head':
                check_bad(ask(server, f'{path}2', headers), 'forbidden')
        rooms = server.get('/listed/?rooms', headers).json()['rooms']
        assert [room['room'] for room in rooms] == [path]
    check_bad(refused(server, path, protocols=protocols(
        keys.token(rooms=[]))), 'forbidden')
    everything = server.get('/listed/?rooms', bearer(keys.token())).json()
    assert {path, f'{path}2'} <= {room['room'] for room in
                                  everything['rooms']}


def test_rooms_are_decoded(join, keys, name):
    token = keys.token(rooms=[f'/chat/caf\u00e9 {name}'])
    assert join(f'/chat/caf%C3%A9%20{name}', token).you['id'] == 'u-ann'


def test_origin_comes_first(server, join, keys, name):
    """A token lets in no page that ChatOrigin does not; and to one that it
    does, only what the page itself has sent counts."""
    token, far = keys.token(), [('Origin', 'https://other.example')]
    answer = refused(server, f'/chat/{name}', headers=far,
                     protocols=protocols(keys.token(key=OTHER)))
    check_bad(answer, 'forbidden')
    assert refused(server, f'/chat/{name}', headers=far,
                   protocols=protocols(token)).status == 403
    assert join(f'/any/{name}', headers=far + cookie(token)).you['guest']
    assert join(f'/any/{name}', token, headers=far).you['id'] == 'u-ann'
    assert join(f'/abroad/{name}', headers=far +
                cookie(token)).you['id'] == 'u-ann'
    answer = server.request('OPTIONS', f'/abroad/{name}', far + bearer('x'))
    assert answer.status == 204
    assert 'Authorization' in answer.header('access-control-allow-headers')


def test_files_and_preflight_look_at_none(server):
    bad = bearer('x')
    assert server.get('/chat/_chatws/chatws.js', bad).status == 200
    assert server.request('OPTIONS', '/chat/lobby', bad).status == 204


def test_end_in_mid_sentence(server, join, keys, name):
    """A cookie that ends does not turn somebody into a guest unseen."""
    path = f'/chat/{name}'
    reader = join(path)
    over = cookie(keys.token(exp=NOW() - 1))
    check_bad(server.post(path, '{"text":"still me?"}', headers=over))
    page = server.get(path, over + [('Accept', 'text/html')])
    assert page.status == 200 and page.header('set-cookie')
    server.post(path, '{"text":"last"}', headers=bearer(keys.token()))
    assert reader.recv_event('message')['text'] == 'last'


def test_names_are_told_apart(server, join, keys, name):
    """Two of the site's people with one name, and a guest with it."""
    path = f'/chat/{name}'
    guest = join(path)
    guest.send_json(type='name', name='Ann')
    guest.recv_event('you')
    one = join(path, keys.token({'sub': '1', 'name': 'Ann'}))
    assert one.you == {'id': 'u-1', 'name': 'Ann'}
    assert guest.recv_event('you')['name'].startswith('guest-')
    two = join(path, keys.token({'sub': '2', 'name': 'ANN'}))
    assert two.you == {'id': 'u-2', 'name': 'ANN (2)'}
    assert join(path, keys.token({'sub': '2', 'name': 'ANN'})).you == two.you
    two.say('hi')
    assert one.recv_event('message')['from'] == two.you
    server.post(path, '{"text":"by post"}',
                headers=bearer(keys.token({'sub': '3', 'name': 'ann'})))
    event = one.recv_until(lambda e: e.get('text') == 'by post')[-1]
    assert event['from'] == {'id': 'u-3', 'name': 'ann (3)'}


def test_nothing_but_the_user_is_logged(server, keys, name):
    """The reason and, of one that is signed, whose it is."""
    sub = f'"{uuid.uuid4().hex}"'
    token = keys.token(sub=sub, exp=5)
    check_bad(server.get(f'/chat/{name}', bearer(token)))
    line = server.wait_log(f'CW0644.*{sub[1:-1]}')[0]
    assert 'exp is over' in line and f' {sub}' not in line, 'not escaped'
    unknown = f'forged-{uuid.uuid4().hex}'
    check_bad(server.get(f'/chat/{name}',
                         bearer(keys.token(sub=unknown, key=OTHER))))
    assert unknown not in '\n'.join(server.log_lines())


def test_a_bad_token_costs_the_address(start, keys, name):
    server = start(config=location('/chat', 'Chat rooms', 'ChatRate off',
                                   'ChatAddressPrivate on',
                                   'ChatAddressRate 1/s 3',
                                   f'ChatTokenKey "{keys.folder}/secret"'))
    server.allow('CW064|CW0511')

    def ask():
        return server.get(f'/chat/{name}', bearer('x')).status
    assert ask() == 401
    wait_until(lambda: [ask() for _ in range(20)][-1] == 429, 60,
               'the address has had enough')


def test_body_of_the_refusal(server, name):
    answer = server.get(f'/chat/{name}', bearer('x'))
    assert json.loads(answer.body) == {
        'type': 'error', 'code': 'bad_token', 'text': answer.json()['text']}
