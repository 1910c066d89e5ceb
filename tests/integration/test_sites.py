"""Sites that share one virtual host have rooms, and users, of their own: what
the .htaccess of one guards cannot be reached through another's. Ordinary
virtual hosts have one site each, whatever they are asked by."""
import base64
import hashlib
import itertools
import json

import pytest

from harness import Httpd, WsFailure, config_test, location
from harness.address import Allowance
from harness.http2 import Http2Client

ROOMS = location('/chat', 'Chat rooms', 'ChatRate off', 'ChatList on')
SECRET = base64.b64encode(hashlib.sha1(b'b').digest()).decode()
GOOD = [('Authorization', 'Basic ' + base64.b64encode(b'a:b').decode())]
GUARD = ('AuthType Basic\nAuthName A\nAuthUserFile "@ROOT@/users"\n'
         'Require valid-user\n')
FOLDERS = ('<Directory "@ROOT@/vh">\nAllowOverride All\n'
           'Require all granted\n</Directory>\n')
NUMBERS = itertools.count(1)


def vhost(*lines, port='@PORT@'):
    return '<VirtualHost *:{}>\n{}\n</VirtualHost>\n'.format(
        port, '\n'.join(lines))


def hosting(*lines, **options):
    """A virtual host with a folder for each name. The first one answers the
    harness."""
    return FOLDERS + vhost('ServerName localhost', 'ServerAlias 127.0.0.1') + \
        vhost('ServerName hosting.test', *lines, **options)


def start(config, mpm='event', modules=('vhost_alias',), guarded=('a',),
          names=('b',)):
    """A server whose folders vh/NAME exist, some of them with a password."""
    running = Httpd(mpm=mpm, config=config + ROOMS, modules=modules)
    (running.root / 'users').write_text(f'a:{{SHA}}{SECRET}\n')
    (running.root / 'users').chmod(0o644)
    for name in (*guarded, *names):
        running.write_files({f'../vh/{name}/x.txt': 'x'})
    for name in guarded:
        running.write_files({f'../vh/{name}/.htaccess': GUARD.replace(
            '@ROOT@', str(running.root))})
    return running


def said(server, host, text, headers=(), room='/chat/lobby'):
    answer = server.post(room, text, 'text/plain',
                         [('Host', host), *headers])
    assert answer.status == 201, (host, answer)


def texts(server, host, headers=(), room='/chat/lobby'):
    answer = server.get(room, [('Host', host), *headers])
    assert answer.status == 200, (host, answer)
    return [event['text'] for event in answer.json()['events']]


def apart(server, one, other, headers=(), others=(), room='/chat/lobby'):
    """Two sites: neither reads what is said in the other, on any row."""
    text = f'secret {next(NUMBERS)}'
    said(server, one, text, headers, room)
    assert text in texts(server, one, headers, room)
    assert text not in texts(server, other, others, room)
    there = server.ws(room, host=one, headers=list(headers))
    here = server.ws(room, host=other, headers=list(others))
    assert here.recv_event('hello')['members']['count'] == 1
    there.recv_event('hello')
    there.say('over a socket', ref='1')
    there.recv_event('ack')
    said(server, other, f'here {text}', others, room)
    assert here.recv_until(lambda e: e.get('text') == f'here {text}')
    assert 'over a socket' not in [e.get('text') for e in here.events]
    listed = server.get('/chat/?rooms', [('Host', other), *others]).json()
    assert [row['count'] for row in listed['rooms']
            if row['room'] == room] == [1]
    there.close()
    here.close()


def together(server, *hosts):
    """One site by several names."""
    text = f'for all {next(NUMBERS)}'
    said(server, hosts[0], text)
    for host in hosts:
        assert text in texts(server, host), host


# A folder for each name

PLACES = {
    'plain': 'VirtualDocumentRoot "@ROOT@/vh/%0"',
    'case': 'virtualdocumentroot @ROOT@/vh/%1',
    'ifmodule': '<IfModule mod_vhost_alias.c>\n<IfDefine !NoSuch>\n'
                'VirtualDocumentRoot "@ROOT@/vh/%0"\n</IfDefine>\n</IfModule>',
    'include': 'Include "@ROOT@/hosting.inc"',
    'macro': 'Use Hosting vh',
    'variable': 'Define root @ROOT@/vh\nVirtualDocumentRoot "${root}/%0"',
    'continued': 'VirtualDocumentRoot \\\n  "@ROOT@/vh/%0"',
}


@pytest.mark.parametrize('mpm', ['event', 'prefork'])
@pytest.mark.parametrize('place', PLACES)
def test_a_folder_for_each_name(place, mpm):
    macro = ('<Macro Hosting $dir>\nVirtualDocumentRoot "@ROOT@/$dir/%0"\n'
             '</Macro>\n' if place == 'macro' else '')
    server = start(macro + hosting(PLACES[place], 'ServerAlias *'), mpm,
                   ('vhost_alias', 'macro'))
    server.write_files({'../hosting.inc': 'VirtualDocumentRoot '
                        f'"{server.root}/vh/%0"\n'})
    with server:
        answer = server.get('/chat/lobby', [('Host', 'a')])
        assert answer.status == 401
        apart(server, 'a', 'b', GOOD)
        apart(server, 'b', 'a', others=GOOD)


def test_without_an_alias():
    """The virtual host is chosen by its address alone."""
    config = FOLDERS + vhost('ServerName localhost',
                             'VirtualDocumentRoot "@ROOT@/vh/%0"')
    server = start(config, names=('b', 'localhost', '127.0.0.1'))
    server.write_files({'../vh/127.0.0.1/alive.txt': 'alive'})
    with server:
        apart(server, 'a', 'b', GOOD)
        apart(server, 'a', 'localhost', GOOD)
        together(server, 'b', 'B', 'b.', 'b:80', f'b:{server.port}', 'B.:99')


def test_in_the_main_server():
    """Virtual hosts inherit it, and can turn it off."""
    config = (FOLDERS + 'VirtualDocumentRoot "@ROOT@/vh/%0"\n'
              + vhost('ServerName localhost', 'ServerAlias 127.0.0.1',
                      'VirtualDocumentRoot none')
              + vhost('ServerName hosting.test', 'ServerAlias a b')
              + vhost('ServerName one.test', 'ServerAlias c d',
                      'VirtualDocumentRoot None'))
    with start(config) as server:
        apart(server, 'a', 'b', GOOD)
        together(server, 'c', 'd', 'one.test')


def test_the_port_chooses_a_folder():
    config = hosting('ServerAlias *', 'VirtualDocumentRoot "@ROOT@/vh/%0%p"')
    with start(config, guarded=('a81',), names=('a82',)) as server:
        apart(server, 'a:81', 'a:82', GOOD)


def test_the_address_chooses_a_folder():
    """Host does not choose, so it cannot name another customer's site."""
    config = hosting('ServerAlias *', 'VirtualDocumentRootIP "@ROOT@/vh/%0"')
    with start(config, guarded=(), names=('127.0.0.1',)) as server:
        together(server, 'a', 'b', 'hosting.test')


# Wildcards

def test_wildcards():
    config = (vhost('ServerName localhost', 'ServerAlias 127.0.0.1')
              + vhost('ServerName www.shop.test',
                      'ServerAlias shop.test old.shop.test *.shop.test '
                      'c?.test'))
    with start(config, modules=()) as server:
        together(server, 'www.shop.test', 'shop.test', 'OLD.shop.test:80')
        apart(server, 'www.shop.test', 'red.shop.test')
        apart(server, 'red.shop.test', 'blue.shop.test')
        apart(server, 'c1.test', 'c2.test')
        together(server, 'red.shop.test', 'RED.Shop.test', 'red.shop.test.',
                 'red.shop.test:8080')


def test_a_site_is_no_other_virtual_host():
    """Who asks the catch-all for the name of another virtual host is not in
    that one's rooms."""
    for catch_all in ('ServerAlias *',
                      'ServerAlias *\nVirtualDocumentRoot "@ROOT@/vh/%0"'):
        config = FOLDERS + vhost('ServerName localhost',
                                 'ServerAlias 127.0.0.1') \
            + vhost('ServerName hosting.test', catch_all)
        with Httpd(config=config + ROOMS, tls=True, modules=('vhost_alias',),
                   vhost_config='ServerName a\n') as server:
            server.allow('AH01909')
            answer = server.post('/chat/lobby', 'secret', 'text/plain',
                                 [('Host', 'a')], tls=True)
            assert answer.status == 201
            assert texts(server, 'a') == [], catch_all


# Ordinary virtual hosts

def test_one_site_by_many_names():
    config = (vhost('ServerName localhost', 'ServerAlias 127.0.0.1 a b')
              + vhost('ServerName one.test', 'ServerAlias www.one.test'))
    with start(config, modules=()) as server:
        together(server, 'localhost', 'a', 'b', 'nobody.test', '127.0.0.1',
                 '[::1]', 'LOCALHOST:1', 'x' * 300, '1.2.3.4')
        together(server, 'one.test', 'www.one.test', 'ONE.test.')
        apart(server, 'localhost', 'one.test')


def test_http_and_https_are_one_site():
    config = vhost('ServerName localhost', 'ServerAlias 127.0.0.1 *.test')
    with Httpd(config=config + ROOMS, tls=True,
               vhost_config='ServerAlias *.test\n') as server:
        for host in ('localhost', 'red.test'):
            said(server, host, 'plain')
            answer = server.get('/chat/lobby', [('Host', host)], tls=True)
            assert [e['text'] for e in answer.json()['events']] == ['plain']


# Names that are no names

@pytest.mark.parametrize('config', [
    hosting('VirtualDocumentRoot "@ROOT@/vh/%0"', 'ServerAlias *'),
    vhost('ServerName localhost', 'ServerAlias 127.0.0.1')
    + vhost('ServerName hosting.test', 'ServerAlias *')])
def test_odd_hosts(config):
    long = ['.'.join(['x' * 60] * n) + end for n in (4, 6, 60)
            for end in ('', '.y', '.z')]
    hosts = ['[::1]', '[2001:db8::1]:80', '1.2.3.4', 'x_y', *long]
    with start(config) as server:
        server.allow('AH00127|AH00036')
        seen = 0
        for host in hosts:
            answer = server.post('/chat/lobby', host, 'text/plain',
                                 [('Host', host)])
            assert answer.status in (201, 403), (host, answer)
            if answer.status == 201:
                seen += 1
                assert texts(server, host) == [host], host
                assert texts(server, host.upper() + '.'
                             if host[-1] not in ']0123456789' else host) \
                    == [host]
        assert seen >= 8
        for host in ('a b', 'a,b', 'a/b', 'a..b', '\x01', 'a\tb', '*.test'):
            answer = server.get('/chat/lobby', [('Host', host)])
            assert answer.status in (200, 400), host


def test_no_host_at_all():
    config = FOLDERS + vhost('ServerName b', 'ServerAlias 127.0.0.1',
                             'VirtualDocumentRoot "@ROOT@/vh/%0"')
    server = start(config, names=('b', '127.0.0.1'))
    server.write_files({'../vh/127.0.0.1/alive.txt': 'alive'})
    with server:
        said(server, 'b', 'hello')
        said(server, 'a', 'secret', GOOD)
        for line in ('GET /chat/lobby HTTP/1.0\r\n\r\n',
                     'GET /chat/lobby HTTP/1.0\r\nHost:\r\n\r\n',
                     'GET http://b/chat/lobby HTTP/1.1\r\nHost: a\r\n'
                     'Connection: close\r\n\r\n'):
            with server.raw() as client:
                client.send(line.encode())
                answer = client.read_response()
            assert answer.status == 200, line
            assert [e['text'] for e in answer.json()['events']] == ['hello']


def test_authority_of_http2():
    config = 'Protocols h2c http/1.1\n' \
        + hosting('VirtualDocumentRoot "@ROOT@/vh/%0"', 'ServerAlias *')
    with start(config, modules=('vhost_alias', 'http2'),
               names=('b', 'c')) as server:
        said(server, 'b', 'x')
        for host, count in (('b', 1), ('B.:80', 1), ('c', 0), ('a', None)):
            client = Http2Client(server, tls=False, host=host)
            status, _, body = client.request('/chat/lobby')
            client.close()
            assert status == (401 if count is None else 200), host
            if count is not None:
                assert len(json.loads(body)['events']) == count, host


# What belongs to a name

def test_a_name_has_a_rate_in_each_site():
    """ann of one customer is not ann of another."""
    config = vhost('ServerName one.test',
                   'ServerAlias www.one.test 127.0.0.1') \
        + hosting('VirtualDocumentRoot "@ROOT@/vh/%0"', 'ServerAlias *') \
        + location('/rated', 'Chat rooms', 'ChatRate 1/s 3',
                   'ChatUser "%{HTTP:X-User}"')
    with start(config, guarded=()) as server:
        def stored(host):
            """How many at once are let through, if there are turns left."""
            return sum(server.post(
                '/rated/x', 'x', 'text/plain',
                [('Host', host), ('X-User', 'ann')]).status == 201
                for _ in range(3))
        allowance = Allowance(3)
        assert stored('a') == 3
        assert stored('a') + 3 <= allowance.most()
        assert stored('b') == 3
        assert stored('hosting.test') == 3
        allowance = Allowance(3)
        assert stored('one.test') == 3
        assert stored('www.one.test') + 3 <= allowance.most()


def test_a_guest_is_another_one_in_each_site():
    """With the same key, which a client of its own may send everywhere."""
    config = vhost('ServerName one.test',
                   'ServerAlias www.one.test 127.0.0.1') \
        + hosting('VirtualDocumentRoot "@ROOT@/vh/%0"', 'ServerAlias *') \
        + location('/rated', 'Chat rooms', 'ChatRate 1/s 3')
    key = [('X-Chatws-Key', 'a1' * 16)]
    with start(config, names=('b', 'c')) as server:
        ids = {}
        for host in ('one.test', 'www.one.test', 'b', 'B.', 'c'):
            again = host in ('www.one.test', 'B.')
            allowance = allowance if again else Allowance(3)
            stored = sum(server.post('/rated/x', 'x', 'text/plain',
                                     [('Host', host), *key]).status == 201
                         for _ in range(3))
            assert stored + 3 <= allowance.most() if again else stored == 3, \
                host
            client = server.ws('/rated/x', host=host, headers=key)
            ids[host] = client.recv_event('hello')['you']['id']
            client.close()
        assert ids['one.test'] == ids['www.one.test']
        assert ids['b'] == ids['B.']
        assert len(set(ids.values())) == 3


def test_a_name_is_the_same_in_one_site():
    """Two connections of one user are one member; the id does not change."""
    config = hosting('VirtualDocumentRoot "@ROOT@/vh/%0"', 'ServerAlias *') \
        + location('/named', 'Chat rooms', 'ChatUser "%{HTTP:X-User}"')
    with start(config) as server:
        clients = []
        for host in ('b', 'b:80', 'B'):
            clients.append(server.ws('/named/x', host=host,
                                     headers=[('X-User', 'ann')]))
            hello = clients[-1].recv_event('hello')
            assert hello['you']['id'] == 'u-ann'
            assert hello['members']['count'] == 1
        for client in clients:
            client.close()


def test_rooms_survive_a_restart_in_their_sites():
    config = hosting('VirtualDocumentRoot "@ROOT@/vh/%0"', 'ServerAlias *')
    with start(config, names=('b', 'c')) as server:
        for host in ('b', 'c', 'hosting.test'):
            said(server, host, host)
        server.graceful()
        for host in ('b', 'c', 'hosting.test'):
            assert texts(server, host) == [host]


def test_refused_upgrades_in_another_site():
    config = hosting('VirtualDocumentRoot "@ROOT@/vh/%0"', 'ServerAlias *')
    with start(config) as server:
        with pytest.raises(WsFailure) as failure:
            server.ws('/chat/lobby', host='a')
        assert failure.value.response.status == 401


def test_without_mod_vhost_alias():
    code, output = config_test('VirtualDocumentRoot /vh/%0\n')
    assert code != 0 and 'VirtualDocumentRoot' in output
