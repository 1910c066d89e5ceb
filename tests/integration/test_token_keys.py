"""ChatTokenKey and ChatTokenAudience: which files are keys, when they are read,
and where they count."""
import os
import re
import uuid

import pytest

from harness import WsFailure, config_test, location
from harness.tokens import Keys, openssl, protocols

NEW = b'the next secret of 33 bytes, new.'


@pytest.fixture(scope='module')
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp('keys'))


@pytest.fixture
def name():
    return uuid.uuid4().hex


def you(server, path, token):
    """The id of who comes with the token, or the status of the refusal."""
    try:
        client = server.ws(path, protocols=protocols(token))
    except WsFailure as failure:
        return failure.response.status
    with client:
        return client.recv_event('hello')['you']['id']


def rooms(path, *lines):
    return location(path, 'Chat rooms', 'ChatRate off', *lines)


def pair(keys, *arguments):
    keys.pair('other', *arguments)
    return keys.pem['other']


EC = ('-algorithm', 'EC', '-pkeyopt')


def certificate(keys):
    return openssl('req', '-x509', '-key', str(keys.folder / 'ec.key'),
                   '-subj', '/CN=x', '-days', '9')


def private(name):
    return lambda keys: (keys.folder / name).read_bytes()


# What is in a file, and what the sentence about it says.
BAD = {
    'nothing': (lambda keys: b'', 'at least 32 bytes'),
    '31 bytes': (lambda keys: b'x' * 31, 'at least 32 bytes'),
    '31 bytes and a line end': (lambda keys: b'x' * 31 + b'\n',
                                'at least 32 bytes'),
    '31 bytes and CR LF': (lambda keys: b'x' * 31 + b'\r\n',
                           'at least 32 bytes'),
    'too long': (lambda keys: b'x' * 65537, 'longer than 65536'),
    'a private RSA key': (private('rsa.key'), 'private key.*-pubout'),
    'a private EC key': (private('ec.key'), 'private key.*-pubout'),
    'a certificate': (certificate, 'certificate.*x509 -pubkey'),
    'RSA of 1024 bits': (lambda keys: pair(
        keys, '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'),
        'RSA of at least 2048'),
    'P-384': (lambda keys: pair(keys, *EC, 'ec_paramgen_curve:P-384'),
              'P-256'),
    'secp256k1': (lambda keys: pair(keys, *EC, 'ec_paramgen_curve:secp256k1'),
                  'P-256'),
    'Ed25519': (lambda keys: pair(keys, '-algorithm', 'ED25519'), 'P-256'),
    'a broken key': (lambda keys: keys.pem['rsa'].replace(b'M', b'', 9),
                     'no key that OpenSSL understands'),
    'RSA as PKCS 1': (lambda keys: openssl(
        'rsa', '-pubin', '-in', str(keys.folder / 'rsa.pem'),
        '-RSAPublicKey_out'), 'no PUBLIC KEY'),
    'a key of ssh': (lambda keys: b'ssh-rsa ' + b'A' * 300, 'ssh'),
}


@pytest.mark.parametrize('bad', BAD)
def test_bad_files(keys, bad):
    make, sentence = BAD[bad]
    path = keys.write('bad', make(keys))
    code, output = config_test(f'ChatTokenKey "{path}"')
    assert code != 0
    assert 'ChatTokenKey: ' in output and str(path) in output
    assert re.search(sentence, output, re.S), output


@pytest.mark.parametrize('mode', [0o644, 0o642, 0o641, 0o604, 0o777])
def test_open_to_everybody(keys, mode):
    path = keys.write('open', NEW, mode)
    code, output = config_test(f'ChatTokenKey "{path}"')
    assert code != 0 and f'chmod o= {path}' in output, output


@pytest.mark.parametrize('mode', [0o400, 0o600, 0o640, 0o660])
def test_closed_to_others(keys, mode):
    code, output = config_test(
        f'ChatTokenKey "{keys.write("closed", NEW, mode)}"')
    assert code == 0, output


def test_no_files(keys, tmp_path):
    os.mkfifo(tmp_path / 'pipe')
    for path in (tmp_path / 'missing', tmp_path, tmp_path / 'pipe'):
        code, output = config_test(f'ChatTokenKey "{path}"')
        assert code != 0 and f'{path} cannot be read' in output, output


@pytest.mark.parametrize('line', [
    'ChatTokenKey', 'ChatTokenKey ""', 'ChatTokenKey a b',
    'ChatTokenAudience', 'ChatTokenAudience ""', 'ChatTokenAudience a b'])
def test_bad_lines(line):
    code, output = config_test(line)
    assert code != 0 and f'{line.split()[0]}:' in output, output


@pytest.mark.parametrize('line', ['ChatTokenKey none',
                                  'ChatTokenAudience ours'])
def test_not_in_htaccess(start, name, line):
    server = start(config=location('/chat', 'Chat rooms'),
                   files={'chat/.htaccess': f'{line}\n',
                          'chat/index.html': ''})
    server.allow('not allowed here')
    assert server.get('/chat/index.html').status == 500


@pytest.mark.parametrize('end', [b'', b'\n', b'\r\n'])
def test_line_end_is_no_part(start, keys, name, end):
    path = keys.write('ended', NEW + end)
    server = start(config=rooms('/chat', f'ChatTokenKey "{path}"'))
    assert you(server, f'/chat/{name}', keys.token(key=NEW)) == 'u-ann'


def test_any_bytes(start, keys, name):
    secret = bytes(range(256))[::-1]
    path = keys.write('bytes', secret)
    server = start(config=rooms('/chat', f'ChatTokenKey "{path}"'))
    server.allow('CW064')
    assert you(server, f'/chat/{name}', keys.token(key=secret)) == 'u-ann'
    assert you(server, f'/chat/{name}', keys.token(key=secret[:255])) == 401


def test_only_one_line_end(start, keys, name):
    path = keys.write('ended', NEW + b'\n\n')
    server = start(config=rooms('/chat', f'ChatTokenKey "{path}"'))
    assert you(server, f'/chat/{name}', keys.token(key=NEW + b'\n')) == 'u-ann'


def test_sections(start, keys, name):
    """Of the server, of a virtual host and of a section; an inner one that has
    any has its own only."""
    secret, new = keys.folder / 'secret', keys.write('new', NEW)
    server = start(tls=True, config=(
        f'ChatTokenKey "{secret}"\n' + rooms('/chat') +
        rooms('/new', f'ChatTokenKey "{new}"') +
        rooms('/both', f'ChatTokenKey "{new}"', f'ChatTokenKey "{secret}"') +
        rooms('/none', 'ChatTokenKey none')),
        vhost_config=f'ChatTokenKey "{new}"\n')
    server.allow('CW064')
    old, young = keys.token(), keys.token(key=NEW)
    assert you(server, f'/chat/{name}', old) == 'u-ann'
    assert you(server, f'/chat/{name}', young) == 401
    assert you(server, f'/new/{name}', old) == 401
    assert you(server, f'/new/{name}', young) == 'u-ann'
    assert you(server, f'/both/{name}', old) == 'u-ann'
    assert you(server, f'/both/{name}', young) == 'u-ann'
    assert you(server, f'/none/{name}', old).startswith('g-')
    with server.ws(f'/chat/{name}', tls=True,
                   protocols=protocols(young)) as client:
        assert client.recv_event('hello')['you']['id'] == 'u-ann'


def test_read_as_root_and_at_each_restart(start, keys, name):
    """The children could not read it. A removed key ends with the restart; who
    came by it stays."""
    path = keys.write('turning', NEW, 0o600)
    server = start(config=rooms('/chat', f'ChatTokenKey "{path}"'))
    server.allow('CW064')
    old = keys.token(key=NEW)
    with server.ws(f'/chat/{name}', protocols=protocols(old)) as client:
        client.recv_event('hello')
        keys.write('turning', NEW[::-1], 0o600)
        assert you(server, f'/chat/{name}', old) == 'u-ann'
    server.graceful()
    assert you(server, f'/chat/{name}', old) == 401
    assert you(server, f'/chat/{name}',
               keys.token(key=NEW[::-1])) == 'u-ann'
    path.unlink()
    code, output = server.control('graceful')
    assert code != 0 and f'{path} cannot be read' in output
    assert you(server, f'/chat/{name}',
               keys.token(key=NEW[::-1])) == 'u-ann', 'it runs on'
