"""rediss:// is Redis by TLS: hosts chat through it, and a Redis that cannot
prove who it is gets no word."""
import contextlib

import pytest

from harness import location, wait_until
from harness.clock import LIBRARY
from harness.hosts import TROUBLE, Hosts, say
from harness.moderator import enter, guest, new
from harness.paths import free_port
from harness.redis import Redis
from harness.tls import server_certificate

CONFIG = location('/chat', 'Chat rooms', 'ChatRate off')
PASSWORD = 'correct-horse'
LONG_AGO = (('LD_PRELOAD', str(LIBRARY)), ('FAKETIME', '-10d'))


@contextlib.contextmanager
def redis_with(certificate):
    """A Redis that speaks TLS besides, at `tls_port`."""
    port = free_port()
    with Redis({'tls-port': port, 'tls-cert-file': certificate[0],
                'tls-key-file': certificate[1],
                'tls-auth-clients': 'no'}, PASSWORD) as redis:
        redis.tls_port = port
        yield redis


def line(redis, host='127.0.0.1'):
    plain = redis.directive(port=redis.tls_port)
    return plain.replace('redis://127.0.0.1', f'rediss://{host}')


def by_tls(redis):
    """How many connections Redis has at each of its ports: by TLS, plain."""
    ports = [client['laddr'].rpartition(':')[2]
             for client in redis.client().client_list()]
    return ports.count(str(redis.tls_port)), ports.count(str(redis.port))


def test_hosts_chat_by_tls():
    certificate = server_certificate()
    with redis_with(certificate) as redis, \
            Hosts(redis, config=CONFIG, env={'SSL_CERT_FILE': certificate[0]},
                  lines=[line(redis), line(redis, 'localhost')]) as hosts:
        room, text = new(), 'x' * 3000
        client, _ = enter(hosts[1], room, guest())
        ids = [say(hosts[0], room, f'{n} {text}', guest()) for n in range(50)]
        told = [client.recv_event('message') for _ in ids]
        assert [event['id'] for event in told] == ids
        assert [event['text'] for event in told] == \
            [f'{n} {text}' for n in range(50)]
        tls, plain = by_tls(redis)
        assert tls >= 4   # each host's sender and its reader's two
        assert plain == 1  # the tests' own


@pytest.mark.parametrize('certificate, trusted, reason', [
    ({}, False, 'self-signed certificate'),
    ({'names': ('other.test',), 'address': '127.0.0.9'}, True,
     'IP address mismatch'),
    ({'env': LONG_AGO}, True, 'certificate has expired'),
], ids=['unknown', 'another', 'expired'])
def test_who_proves_nothing_is_told_nothing(certificate, trusted, reason):
    certificate = server_certificate(**certificate)
    env = {'SSL_CERT_FILE': certificate[0]} if trusted else {}
    with redis_with(certificate) as redis:
        hosts = Hosts(redis, 1, CONFIG, [line(redis)], env=env)
        hosts.allow(TROUBLE)
        hosts.start(ready=False)
        try:
            hosts[0].wait_log(rf'CW1200: Redis is away: .*: TLS: {reason}')
            # Nobody has said AUTH, or anything else.
            assert redis.client().info('commandstats').get(
                'cmdstat_role') is None
        finally:
            hosts.stop()


def test_plain_bytes_are_no_tls():
    with Redis() as redis:
        hosts = Hosts(redis, 1, CONFIG, [
            redis.directive().replace('redis:', 'rediss:')])
        hosts.allow(TROUBLE)
        hosts.start(ready=False)
        try:
            hosts[0].wait_log('CW1200: Redis is away: .*: (TLS|no answer)')
            # It comes again and again, but keeps no connection.
            seen = connections(redis)
            wait_until(lambda: not seen & connections(redis), 10,
                       'they have left')
        finally:
            hosts.stop()


def connections(redis):
    with redis.client() as client:
        return {each['id'] for each in client.client_list()}
