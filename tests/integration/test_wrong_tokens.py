"""Tokens that must not count: each is refused with its code and its log line,
in every place and on every transport, and none is named in a log."""
import time
import uuid

import pytest

from harness import Httpd, location, wait_until
from harness.tokens import (OTHER, ROWS, SECRET, TOLD, Keys, bearer, check_bad,
                            cookie, encode, protocols, refused)

NOW = time.time


@pytest.fixture(scope='module')
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp('keys'))


@pytest.fixture(scope='module')
def server(keys):
    with Httpd(config=location(
            '/chat', 'Chat rooms', 'ChatRate off', 'ChatAddressRate off',
            *(f'ChatTokenKey "{keys.folder}/{name}"'
              for name in ('secret', 'rsa.pem', 'ec.pem')))) as running:
        running.allow('CW064[45]')
        yield running


@pytest.fixture
def name():
    return uuid.uuid4().hex


def hs(claims=(), **options):
    """A row of WRONG: made with the secret."""
    return lambda keys: keys.token(claims, **options)


def text(value):
    return lambda keys: value


def cut(change):
    """A good token, changed."""
    return lambda keys: change(keys.token())


def flip(token):
    """Another last bit of the claims."""
    header, claims, signature = token.split('.')
    other = 'B' if claims[8] != 'B' else 'C'
    return f'{header}.{claims[:8]}{other}{claims[9:]}.{signature}'


def unsigned(keys):
    header = encode(b'{"alg":"none"}')
    return f'{header}.{keys.token().split(".")[1]}.'


def stolen(keys):
    """The signature of another token."""
    return '.'.join(keys.token().split('.')[:2] +
                    keys.token({'sub': 'ben'}).split('.')[2:])


def long(size):
    """A signed token of so many bytes or some more."""
    return lambda keys: keys.token({'pad': 'x' * (size * 3 // 4)})


GOOD = '"sub":"ann","exp":2000000000'

# name: (a function that makes it of Keys, what the log says of it)
WRONG = {
    # its form
    'one part': (text('abcd'), 'three parts'),
    'two parts': (cut(lambda t: t.rpartition('.')[0]), 'three parts'),
    'four parts': (cut(lambda t: t + '.abcd'), 'three parts'),
    'five parts, as if encrypted': (
        cut(lambda t: t + '.abcd.abcd'), 'three parts'),
    'no header': (cut(lambda t: t[t.index('.'):]), 'base64url'),
    'no claims': (cut(lambda t: '{0}..{2}'.format(*t.split('.'))),
                  'base64url'),
    'padding': (cut(lambda t: t + '='), 'base64url'),
    'base64, not base64url': (
        cut(lambda t: t.rpartition('.')[0] + '.' + 'ab+/' * 10 + 'abc'),
        'base64url'),
    'a length that there is not': (cut(lambda t: t + 'AA'), 'base64url'),
    'header is not JSON': (hs(header='alg'), 'not JSON'),
    'header is a list': (hs(header='["HS256"]'), 'no JSON object'),
    'two objects in the header': (hs(header='{"alg":"HS256"}{}'), 'not JSON'),
    'longer than 4096': (long(4096), '4096'),
    'much longer': (long(6000), '4096'),
    # its algorithm
    'alg none': (unsigned, 'base64url|alg'),
    'alg none with a signature': (hs(header={'alg': 'none'}), 'alg'),
    'alg NONE': (hs(header={'alg': 'NONE'}), 'alg'),
    'alg nOnE': (hs(header={'alg': 'nOnE'}), 'alg'),
    'alg empty': (hs(header={'alg': ''}), 'alg'),
    'alg missing': (hs(header='{"typ":"JWT"}'), 'alg'),
    'alg a number': (hs(header={'alg': 256}), 'alg'),
    'alg null': (hs(header={'alg': None}), 'alg'),
    'alg a list': (hs(header={'alg': ['HS256']}), 'alg'),
    'alg in lower case': (hs(header={'alg': 'hs256'}), 'alg'),
    'alg with a space': (hs(header={'alg': 'HS256 '}), 'alg'),
    'HS384 with the secret': (hs(alg='HS384'), 'alg'),
    'HS512 with the secret': (hs(alg='HS512'), 'alg'),
    'RS512': (hs(alg='RS512', key='rsa'), 'alg'),
    'PS256': (hs(header={'alg': 'PS256'}), 'alg'),
    'EdDSA': (hs(header={'alg': 'EdDSA'}), 'alg'),
    'key confusion, RSA': (
        lambda keys: keys.token(key=keys.pem['rsa']), 'no key'),
    'key confusion, RSA without the line end': (
        lambda keys: keys.token(key=keys.pem['rsa'].rstrip()), 'no key'),
    'key confusion, EC': (
        lambda keys: keys.token(key=keys.pem['ec']), 'no key'),
    'the secret as RS256': (hs(header={'alg': 'RS256'}), 'no key'),
    'the secret as ES256': (hs(header={'alg': 'ES256'}), 'no key'),
    'RSA as ES256': (hs(header={'alg': 'ES256'}, alg='RS256', key='rsa'),
                     'no key'),
    # what else is in the header
    'crit': (hs(header={'crit': ['exp']}), 'crit'),
    'crit b64': (hs(header={'crit': ['b64'], 'b64': False}), 'crit'),
    'crit empty': (hs(header={'crit': []}), 'crit'),
    'alg twice': (hs(header='{"alg":"none","alg":"HS256"}'), 'twice'),
    # its signature
    'another secret': (hs(key=OTHER), 'no key'),
    'the secret with its line end': (hs(key=SECRET + b'\n'), 'no key'),
    'an empty secret': (hs(key=b''), 'no key'),
    'other claims': (cut(flip), 'no key|not JSON'),
    'another signature': (stolen, 'no key'),
    'a cut signature': (cut(lambda t: t[:-11]), 'no key'),
    'no signature': (cut(lambda t: t.rpartition('.')[0] + '.'), 'base64url'),
    # its claims
    'claims are not JSON': (hs('sub=ann'), 'not JSON|no key'),
    'claims are a list': (hs('["ann"]'), 'part of it is no JSON object'),
    'sub twice': (hs('{%s,"sub":"root"}' % GOOD), 'twice'),
    'exp twice': (hs('{%s,"exp":1}' % GOOD), 'twice'),
    'no sub': (hs(sub=None), 'sub is no string'),
    'sub a number': (hs(sub=42), 'sub is a number'),
    'sub empty': (hs(sub=''), 'sub is no string'),
    'sub a list': (hs(sub=['ann']), 'sub is no string'),
    'sub true': (hs(sub=True), 'sub is no string'),
    'sub of 129 bytes': (hs(sub='x' * 129), 'sub cannot be shown'),
    'sub with a control character': (hs(sub='a\nb'), 'sub cannot be shown'),
    'sub of nothing but invisible': (hs(sub='\u200b\u2060'),
                                     'sub cannot be shown'),
    'sub that turns the text': (hs(sub='ann\u202e'), 'sub cannot be shown'),
    'name a number': (hs(name=7), 'name is no string'),
    'name of 129 bytes': (hs(name='x' * 129), 'name cannot be shown'),
    'name of spaces': (hs(name='  '), 'name cannot be shown'),
    'name that turns the text': (hs(name='\u2067ann'),
                                 'name cannot be shown'),
    'no exp': (hs(exp=None), 'no exp'),
    'exp a string': (hs(exp='2000000000'), 'no number'),
    'exp a list': (hs(exp=[2000000000]), 'no number'),
    'expired': (hs(exp=1), 'exp is over'),
    'expired just now': (lambda keys: keys.token(exp=NOW()), 'exp is over'),
    'exp negative': (hs(exp=-2000000000), 'exp is over'),
    'nbf a string': (hs(nbf='now'), 'no number'),
    'not yet': (lambda keys: keys.token(nbf=NOW() + 600), 'nbf is still'),
    'aud of others': (hs(aud='them'), 'ChatTokenAudience'),
    'aud a number': (hs(aud=7), 'aud is no string'),
    'rooms a string': (hs(rooms='/chat/*'), 'rooms are no list'),
    'rooms of numbers': (hs(rooms=[1]), 'rooms are no list'),
    'a star in the middle': (hs(rooms=['/chat/*/a']), 'rooms are no list'),
    'an unknown role': (hs(role='admin'), 'role is not'),
    'role a list': (hs(role=['moderator']), 'role is not'),
    'role in capitals': (hs(role='Moderator'), 'role is not'),
}


# What is said of those that one of our keys has signed.
SIGNED = ('sub', 'name', 'exp', 'nbf', 'number', 'aud', 'Audience', 'rooms',
          'role', 'twice', 'part of it is no')


def check_logged(server, before, why):
    """A line of the log says why, since there were `before` lines."""
    wait_until(lambda: [line for line in server.log_lines()[before:]
                        if 'CW0644' in line and
                        any(part in line for part in why.split('|'))],
               10, f'a line about {why}')


@pytest.mark.parametrize('wrong', WRONG)
def test_wrong_tokens(server, keys, name, wrong):
    make, why = WRONG[wrong]
    token, path = make(keys), f'/chat/{name}'
    before = len(server.log_lines())
    for answer in [row(server, path, bearer(token)) for row in ROWS.values()]:
        check_bad(answer)
        assert token not in str(answer.headers) + answer.body.decode()
    answer = refused(server, path, protocols=protocols(token))
    check_bad(answer)
    assert token not in str(answer.headers)
    check_logged(server, before, why)
    parts = [part for part in token.split('.') if len(part) > 20]
    said = '\n'.join(server.log_lines()[before:] + server.access_lines())
    assert not any(part in said for part in [token, *parts])


@pytest.mark.parametrize('wrong', WRONG)
def test_wrong_cookies(server, keys, name, wrong):
    """One that nobody has signed is left out; a signed one is told, but for
    where it does no harm that a guest comes instead."""
    make, why = WRONG[wrong]
    token, path = make(keys), f'/chat/{name}'
    if ';' in token or len(token) > 7000:
        return
    signed = any(part in why for part in SIGNED) and wrong != 'alg twice'
    before = len(server.log_lines())
    for row, ask in ROWS.items():
        if row == 'websocket' and not signed:
            server.ws(path, headers=cookie(token)).disconnect()
            continue
        if row in ('stream', 'long-poll') and not signed:
            continue
        answer = ask(server, path, cookie(token))
        if signed and row in TOLD:
            check_bad(answer)
        else:
            assert answer.status in (200, 201), (row, answer)
    said = '\n'.join(server.log_lines()[before:])
    assert 'CW0645' in said and token not in said


@pytest.mark.parametrize('value', ['', ' ', 'a.b.c, Bearer d.e.f', '"a.b.c"'])
def test_malformed_field(server, name, value):
    before = len(server.log_lines())
    check_bad(server.get(f'/chat/{name}',
                         [('Authorization', f'Bearer{value and " "}{value}')]))
    check_logged(server, before, 'more than one')


def test_two_tokens_are_none(server, keys, name):
    token, path = keys.token(), f'/chat/{name}'
    check_bad(server.get(path, bearer(token) + bearer(token)))
    check_bad(refused(server, path, protocols=[
        'chatws.v1', f'chatws.token.{token}', f'chatws.token.{token}']))
    check_bad(refused(server, path,
                      protocols=['chatws.v1', 'chatws.token.']))
