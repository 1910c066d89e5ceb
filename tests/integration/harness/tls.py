"""One self-signed certificate per test run, and client contexts."""
import atexit
import functools
import os
import shutil
import ssl
import subprocess
import tempfile
from pathlib import Path

NAMES = ('localhost', 'chat.test', 'other.test')


@functools.lru_cache(maxsize=None)
def server_certificate(names=NAMES, address='127.0.0.1', env=()):
    """(certificate file, key file); removed when the process ends. `env` are
    pairs of further environment variables for openssl."""
    folder = Path(tempfile.mkdtemp(prefix='chatws-cert-'))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    alt = ','.join(f'DNS:{name}' for name in names) + f',IP:{address}'
    subprocess.run(
        ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
         'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
         '-subj', '/CN=localhost', '-addext', f'subjectAltName={alt}',
         '-addext', 'basicConstraints=critical,CA:FALSE',
         '-keyout', folder / 'key.pem', '-out', folder / 'cert.pem'],
        check=True, capture_output=True, env={**os.environ, **dict(env)})
    folder.chmod(0o755)
    return folder / 'cert.pem', folder / 'key.pem'


@functools.lru_cache(maxsize=None)
def client_context(version=None, alpn=()):
    """A client's context for version '1.2', '1.3' or None (the best); it does
    not verify, because the certificate is our own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if version is not None:
        chosen = {'1.2': ssl.TLSVersion.TLSv1_2,
                  '1.3': ssl.TLSVersion.TLSv1_3}[version]
        context.minimum_version = chosen
        context.maximum_version = chosen
    return context
