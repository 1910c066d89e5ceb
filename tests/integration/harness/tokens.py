"""Tokens as a site makes them, and as nobody should: JSON Web Tokens (RFC 7519)
with keys made by the openssl program."""
import base64
import hashlib
import hmac
import json
import subprocess
import time

import pytest

from .wsclient import WsFailure

SECRET = b'0123456789abcdef0123456789abcdef'
OTHER = b'another secret of thirty-two bytes'


def encode(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def openssl(*arguments, data=b''):
    return subprocess.run(['openssl', *arguments], input=data, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60).stdout


def raw_of_der(der):
    """The two numbers of an ECDSA signature, 32 bytes each (RFC 7518 3.4)."""
    numbers, at = [], 2
    while at < len(der):
        size = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2:at + 2 + size], 'big'))
        at += 2 + size
    return b''.join(number.to_bytes(32, 'big') for number in numbers)


class Keys:
    """A secret and two key pairs as files in a folder, closed to others."""

    def __init__(self, folder):
        self.folder = folder
        self.pem = {}
        self.write('secret', SECRET + b'\n')
        self.pair('rsa', '-algorithm', 'RSA', '-pkeyopt',
                  'rsa_keygen_bits:2048')
        self.pair('ec', '-algorithm', 'EC', '-pkeyopt',
                  'ec_paramgen_curve:P-256')

    def write(self, name, data, mode=0o640):
        path = self.folder / name
        path.write_bytes(data)
        path.chmod(mode)
        return path

    def pair(self, name, *arguments):
        """NAME.pem, the public key, beside NAME.key."""
        private = openssl('genpkey', *arguments)
        path = self.write(f'{name}.key', private, 0o600)
        self.pem[name] = openssl('pkey', '-in', str(path), '-pubout')
        return self.write(f'{name}.pem', self.pem[name])

    def sign(self, text, alg, key):
        """The signature by `key`: a secret, or the name of a pair."""
        if isinstance(key, bytes):
            name = {'HS384': 'sha384', 'HS512': 'sha512'}.get(alg, 'sha256')
            return hmac.new(key, text, getattr(hashlib, name)).digest()
        made = openssl('dgst', '-sha256', '-sign',
                       str(self.folder / f'{key}.key'), data=text)
        return raw_of_der(made) if alg.startswith('ES') else made

    def token(self, claims=(), header=(), key=SECRET, alg='HS256', **more):
        """A token for an hour. `claims` and `header` are JSON as text, or
        members that are added to what is usual; None leaves one out."""
        if not isinstance(header, str):
            header = json.dumps({'alg': alg, **dict(header)})
        if not isinstance(claims, str):
            members = {'sub': 'ann', 'exp': int(time.time()) + 3600,
                       **dict(claims), **more}
            claims = json.dumps({name: value for name, value
                                 in members.items() if value is not None})
        text = f'{encode(header.encode())}.{encode(claims.encode())}'
        return f'{text}.{encode(self.sign(text.encode(), alg, key))}'


def bearer(token):
    return [('Authorization', f'Bearer {token}')]


def cookie(token):
    return [('Cookie', f'chatws_token={token}')]


def protocols(token):
    return ['chatws.v1', f'chatws.token.{token}']


def refused(server, path, **options):
    """The answer to a WebSocket that does not come about."""
    with pytest.raises(WsFailure) as failure:
        server.ws(path, **options)
    return failure.value.response


def check_bad(answer, code='bad_token'):
    """The code as JSON, or on a page."""
    status = 403 if code == 'forbidden' else 401
    assert answer.status == status, answer
    if status == 401:
        assert answer.header('www-authenticate') == \
            'Bearer error="invalid_token"'
    if answer.body and answer.header('content-type') == 'application/json':
        assert answer.json()['code'] == code


# Every row of a room, by any headers; each gives the answer that refuses.
ROWS = {
    'websocket': lambda s, path, h: refused(s, path, headers=h),
    'stream': lambda s, path, h:
        s.get(path, [*h, ('Accept', 'text/event-stream')]),
    'long-poll': lambda s, path, h: s.get(path + '?after=1-0&wait=9', h),
    'poll': lambda s, path, h: s.get(path + '?after=1-0', h),
    'before': lambda s, path, h: s.get(path + '?before=1-0', h),
    'first poll': lambda s, path, h: s.get(path, h),
    'head': lambda s, path, h: s.request('HEAD', path, h),
    'members': lambda s, path, h: s.get(path + '?members', h),
    'page': lambda s, path, h: s.get(path, [*h, ('Accept', 'text/html')]),
    'post': lambda s, path, h: s.post(path, '{"text":"hi"}', headers=h),
}

# Where somebody could be taken for another in the middle of a talk.
TOLD = {'websocket', 'stream', 'long-poll', 'poll', 'before', 'head', 'post'}
