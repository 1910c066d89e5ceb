"""What one address may do: ChatAddressRate, ChatAddressConnections,
ChatAddressRooms, and which addresses are limited at all. mod_remoteip gives the
clients addresses of the documentation (203.0.113.0/24, 2001:db8::/32)."""
import itertools
import time

import pytest

from harness import (ONE_CHILD, Httpd, Swarm, SwarmStream, WsFailure,
                     config_test, hold, in_soak, location, new_room,
                     wait_until)
from harness.address import (ANN, BEN, CAT, REFUSAL, Allowance, by, check_429,
                             figures, refusal, serve, until_refused)
from harness.poller import head_bytes

MPMS = ('event', in_soak('worker'), 'prefork')


def connect(server, address, count, path='/chat/lobby'):
    return [server.ws(path, headers=by(address)) for _ in range(count)]


def close(clients):
    for client in clients:
        client.close()


def exactly(server, address, count, seconds=10):
    """Waits until the address may have `count` connections, no more and no
    less."""
    def full():
        made = []
        try:
            while len(made) <= count:
                made.append(server.ws('/chat/x', headers=by(address)))
        except WsFailure:
            pass
        reached = len(made)
        close(made)
        return reached == count
    wait_until(full, seconds, f'{count} connections')


@pytest.mark.parametrize('mpm', MPMS)
def test_connections_of_all_kinds_and_rooms(mpm):
    with serve('ChatAddressConnections 6', 'ChatAddressRooms off',
               mpm=mpm) as server, Swarm(server.address()) as swarm:
        sockets = connect(server, ANN, 2) + connect(server, ANN, 1, '/echo')
        streams = [swarm.add(new_room(), by(ANN), kind=SwarmStream)
                   for _ in range(2)]
        swarm.run(lambda: all(s.state == 'open' for s in streams), 10, 'open')
        hold(swarm, ['/chat/poll?after=0-0&wait=60'], by(ANN))
        wait_until(lambda: figures(server)['connections'] == 6, 10, 'all held')
        check_429(refusal(server, ANN, new_room()))
        check_429(server.get('/chat/lobby', by(
            ANN, ('Accept', 'text/event-stream'))))
        check_429(server.get('/chat/empty?after=0-0&wait=20', by(ANN)))
        at_once = server.get('/chat/lobby?after=0-0&wait=0', by(ANN))
        assert at_once.status == 200, 'nothing is held'
        assert refusal(server, BEN) is None
        assert figures(server)['address_connections_refused_total'] == 3
        exactly(server, BEN, 6)
        close(sockets)
        for stream in streams:
            stream.drop()
        wait_until(lambda: figures(server)['connections'] == 1, 10, 'one left')
        exactly(server, ANN, 5)


@pytest.mark.children_die
@pytest.mark.parametrize('mpm', MPMS)
def test_connections_of_a_killed_child_count_no_more(mpm):
    with serve('ChatAddressConnections 20', mpm=mpm) as server, \
            Swarm(server.address()) as swarm:
        server.allow('AH00052|CW0303')
        clients = [swarm.add('/chat/lobby', by(ANN)) for _ in range(20)]
        swarm.run(lambda: all(c.state == 'open' for c in clients), 10, 'in')
        check_429(refusal(server, ANN))
        server.kill_child(server.children()[0])

        def fits():
            swarm.turn(0.05)
            alive = sum(c.state == 'open' for c in clients)
            made = []
            try:
                while len(made) + alive <= 20:
                    made.append(server.ws('/chat/x', headers=by(ANN)))
            except WsFailure:
                pass
            reached = len(made) + alive
            close(made)
            return reached == 20
        wait_until(fits, 15, 'the share of the dead is free')


@pytest.mark.parametrize('mpm', ['event', 'prefork'])
def test_connections_of_both_generations_count(mpm):
    """During a graceful restart the old children's connections count, and
    when they have gone the address has all its places."""
    with serve('ChatAddressConnections 12', config='ChatDrain 4s\n',
               mpm=mpm) as server:
        before = connect(server, ANN, 12)
        begun = time.monotonic()
        server.graceful()
        made = connect_most(server, ANN, 13)
        assert len(made) < 12 or time.monotonic() - begun > 2, \
            'those of before do not count'
        close(made)
        for client in before:
            client.disconnect()
        exactly(server, ANN, 12, 30)


def connect_most(server, address, most):
    made = []
    try:
        while len(made) < most:
            made.append(server.ws('/chat/lobby', headers=by(address)))
    except WsFailure:
        pass
    return made


def events_until(client, *kinds):
    """The next event of one of these types."""
    while True:
        event = client.recv_event()
        if event['type'] in kinds:
            return event


def until_error(client):
    """Says something, as often as it may; what it is told then."""
    for number in itertools.count():
        client.say('over', f'more{number}')
        answer = events_until(client, 'ack', 'error')
        assert answer['ref'] == f'more{number}'
        if answer['type'] == 'error':
            return answer


@pytest.mark.parametrize('mpm', MPMS)
def test_rate_of_all_users_together(mpm):
    """Ten users of one address, by sockets and POST, verified ones too."""
    user = 'ChatUser "%{HTTP:X-User}"'
    with serve('ChatRate off', 'ChatAddressRate 2/s 10', user,
               mpm=mpm) as server:
        clients = [server.ws('/chat/lobby', headers=by(
            ANN, ('X-User', f'user{n}' if n % 2 else ''))) for n in range(10)]
        for number, client in enumerate(clients):
            client.say(f'm{number}', f'ref{number}')
        said = [events_until(client, 'ack', 'error') for client in clients]
        assert sum(e['type'] == 'ack' for e in said) == 10
        posted = until_refused(lambda: server.post(
            '/chat/lobby', 'x', 'text/plain', by(ANN, ('X-User', 'eve'))))
        check_429(posted[-1])
        answer = until_error(clients[0])
        assert answer['code'] == 'rate_limited'
        assert 0 < answer['retry'] <= 0.6
        assert server.post('/chat/lobby', 'x', 'text/plain',
                           by(BEN)).status == 201
        counted = figures(server)
        assert counted['address_rate_limited_total'] == 2
        assert counted['rate_limited_total'] == 2
        time.sleep(answer['retry'])  # the time that it names is enough
        clients[0].say('over', 'once more')
        assert events_until(clients[0], 'ack', 'error')['type'] == 'ack'
        close(clients)


def test_one_who_floods_leaves_the_rate_to_others():
    """What ChatRate refuses costs the address nothing."""
    with serve('ChatRate 1/s 5', 'ChatAddressRate 1/s 8',
               sizes=ONE_CHILD) as server:
        key = ('X-Chatws-Key', f'{1:032x}')
        allowance = Allowance(5)
        statuses = [server.post('/chat/lobby', f'm{number}', 'text/plain',
                                by(ANN, key)).status for number in range(40)]
        assert 5 <= statuses.count(201) <= allowance.most()
        assert statuses.count(429) == 40 - statuses.count(201)
        [quiet] = connect(server, ANN, 1)
        for number in range(2):
            quiet.say('hello', f'q{number}')
            assert events_until(quiet, 'ack', 'error')['type'] == 'ack'
        close([quiet])


def test_new_rooms():
    """By any row; rooms that exist cost nothing."""
    with serve('ChatAddressRooms 4/h', 'ChatRate off') as server, \
            Swarm(server.address()) as swarm:
        clients = connect(server, ANN, 2, '/chat/one')
        stream = swarm.add('/chat/two', by(ANN), kind=SwarmStream)
        swarm.run(lambda: stream.state == 'open', 5, 'a stream')
        hold(swarm, ['/chat/three?after=0-0&wait=60'], by(ANN))
        wait_until(lambda: figures(server)['rooms'] == 3, 5, 'a held poll')
        assert server.post('/chat/four', 'x', 'text/plain',
                           by(ANN)).status == 201
        check_429(refusal(server, ANN, '/chat/five'))
        check_429(server.get('/chat/five', by(
            ANN, ('Accept', 'text/event-stream'))))
        check_429(server.get('/chat/five?after=0-0&wait=9', by(ANN)))
        posted = server.post('/chat/five', 'x', 'text/plain', by(ANN))
        check_429(posted)
        assert int(posted.header('retry-after')) in range(800, 901)
        key = ('X-Chatws-Key', '0' * 31 + '1')
        polled = server.get('/chat/five?after=0-0&wait=0', by(ANN, key))
        assert polled.status == 200
        for path in ('/chat/one', '/chat/two', '/chat/three', '/chat/four'):
            assert server.post(path, 'x', 'text/plain',
                               by(ANN)).status == 201
        assert figures(server)['rooms'] == 4
        assert figures(server)['address_rooms_refused_total'] >= 4
        assert refusal(server, BEN, '/chat/five') is None
        assert refusal(server, ANN, '/chat/five') is None, 'it is there now'
        close(clients)


def test_refused_handshakes_cost():
    """One each; over it 429 instead of the reason. What is in order is never
    refused because of the rate."""
    with serve('ChatAddressRate 1/s 5', 'ChatRate off',
               sizes=ONE_CHILD) as server:
        def attempt():
            head = head_bytes('GET', '/chat/lobby', server.host(), by(
                ANN, ('Upgrade', 'websocket'), ('Connection', 'Upgrade'),
                ('Sec-WebSocket-Version', '12'),
                ('Sec-WebSocket-Key', 'AAAAAAAAAAAAAAAAAAAAAA==')))
            with server.raw() as client:
                client.send(head)
                return client.read_response()
        answers = until_refused(attempt)
        assert len(answers) > 5
        assert {a.status for a in answers[:-1]} == {426}
        check_429(answers[-1])
        check_429(until_refused(lambda: server.post(
            '/chat/lobby', 'x', 'text/plain', by(ANN)))[-1])
        assert refusal(server, ANN) is None
        foreign = ('Origin', 'https://elsewhere.example')
        assert server.get('/chat/lobby?after=0-0', by(
            BEN, foreign)).status == 403


def test_a_foreign_page_costs_its_visitor_nothing():
    """Any page on the web can have its visitors' browsers try."""
    with serve('ChatAddressRate 1/s 5', 'ChatRate off',
               sizes=ONE_CHILD) as server:
        for _ in range(12):
            head = head_bytes('GET', '/chat/lobby', server.host(), by(
                ANN, ('Origin', 'https://elsewhere.example'),
                ('Upgrade', 'websocket'), ('Connection', 'Upgrade'),
                ('Sec-WebSocket-Version', '13'),
                ('Sec-WebSocket-Key', 'AAAAAAAAAAAAAAAAAAAAAA==')))
            with server.raw() as client:
                client.send(head)
                assert client.read_response().status == 403
        assert server.post('/chat/lobby', 'x', 'text/plain',
                           by(ANN)).status == 201


def allowed(server, headers_of, count):
    """How many of `count` posts at once are stored; `headers_of(n)` are those
    of the nth."""
    return sum(server.post('/chat/lobby', 'x', 'text/plain',
                           headers_of(n)).status == 201 for n in range(count))


def are_limited(server, headers_of, count):
    """Whether all of them share what `ChatAddressRate 1/s 3` lets through."""
    allowance = Allowance(3)
    stored = allowed(server, headers_of, count)
    return 3 <= stored <= allowance.most()


@pytest.mark.parametrize('first,second,same', [
    ('203.0.113.20', '203.0.113.20', True),
    ('203.0.113.20', '203.0.113.21', False),
    ('203.0.113.20', '::ffff:203.0.113.20', True),
    ('2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:fffe', True),
    ('2001:db8:1:2::1', '2001:db8:1:3::1', False),
    ('192.168.1.5', '192.168.1.5', True),  # mod_remoteip names it
])
def test_which_addresses_are_one(first, second, same):
    with serve('ChatAddressRate 1/s 3', 'ChatRate off', 'ChatAddressRooms off',
               sizes=ONE_CHILD) as server:
        addresses = (first, second)
        def headers(number):
            return by(addresses[number % 2])
        if same:
            assert are_limited(server, headers, 8)
        else:
            assert allowed(server, headers, 8) >= 6


@pytest.mark.parametrize('lines,limited', [
    ((), False), (('ChatAddressPrivate off',), False),
    (('ChatAddressPrivate on',), True),
])
def test_private_addresses(lines, limited):
    """The tests' own address is loopback."""
    with serve('ChatAddressRate 1/s 3', 'ChatAddressConnections 2',
               'ChatAddressRooms 3/h', 'ChatRate off', *lines,
               sizes=ONE_CHILD) as server:
        if limited:
            assert are_limited(server, lambda n: [], 8)
        else:
            assert allowed(server, lambda n: [], 8) == 8
        made = []
        try:
            for number in range(5):
                made.append(server.ws(f'/chat/r{number}'))
        except WsFailure as failure:
            check_429(failure.response)
        assert len(made) == (2 if limited else 5)
        close(made)


def test_off():
    with serve('ChatAddressRate off', 'ChatAddressConnections off',
               'ChatAddressRooms off', 'ChatRate off',
               sizes=ONE_CHILD) as server, Swarm(server.address()) as swarm:
        clients = [swarm.add(f'/chat/r{n % 70}', by(ANN)) for n in range(300)]
        swarm.run(lambda: all(c.state == 'open' for c in clients), 20, 'in')
        assert allowed(server, lambda n: by(ANN), 120) == 120


def test_sections_differ_and_virtual_hosts_count_alone():
    inner = location('/chat/free', 'ChatAddressRate off')
    other = ('<VirtualHost *:@PORT@>\nServerName one.example\n</VirtualHost>\n'
             '<VirtualHost *:@PORT@>\nServerName two.example\n</VirtualHost>\n')
    with serve('ChatAddressRate 1/s 3', 'ChatRate off', sizes=ONE_CHILD,
               config=inner + other) as server:
        def post(path, host):
            return server.post(path, 'x', 'text/plain', by(
                ANN, ('Host', host)))
        for host in ('one.example', 'two.example'):
            answers = until_refused(lambda: post('/chat/lobby', host))
            assert [a.status for a in answers[:3]] == [201] * 3
        assert {post('/chat/free/x', 'one.example').status
                for _ in range(9)} == {201}


# SECURITY R13: behind proxies


def test_r13_sixty_users_of_one_address():
    """A school: all enter, talk, and come back after a reload."""
    with serve(sizes=ONE_CHILD) as server, Swarm(server.address()) as swarm:
        def enter():
            clients = [swarm.add('/chat/lobby?history=0', by(
                ANN, ('Cookie', f'chatws={n:032x}'))) for n in range(60)]
            swarm.run(lambda: all(c.count('hello') for c in clients), 20,
                      'all are in')
            return clients
        clients = enter()
        for number, client in enumerate(clients):
            client.say(f'hello {number}', f'ref-{number}')
        swarm.run(lambda: all(c.count('ack') for c in clients), 20, 'all said')
        for client in clients:
            client.drop()
        clients = enter()
        # A slow machine may take longer than a member is waited for.
        assert max(c.events('hello')[0]['members']['count']
                   for c in clients) == 60
        assert figures(server)['rate_limited_total'] == 0


@pytest.mark.parametrize('header', ['X-Forwarded-For', 'Forwarded',
                                    'CF-Connecting-IP'])
def test_r13_forged_headers_change_nothing(header):
    """A peer that is no trusted proxy is who it is, whatever it sends."""
    proxy = ('RemoteIPHeader X-Forwarded-For\n'
             'RemoteIPInternalProxy 127.0.0.99\n')
    with serve('ChatAddressRate 1/s 3', 'ChatRate off',
               'ChatAddressPrivate on', proxy=proxy,
               sizes=ONE_CHILD) as server:
        value = 'for=203.0.113.{}' if header == 'Forwarded' else '203.0.113.{}'
        assert are_limited(server, lambda n: [(header, value.format(n))], 9)
        line = server.wait_log(REFUSAL)[0]
        assert '127.0.0.1 is at its limit' in line
        assert 'ChatAddressRate' in line and 'mod_remoteip' in line
        assert '203.0.113' not in line


def test_r13_chains_and_hop_by_hop():
    """The last address that a trusted proxy names counts; what stands in front
    of it is the client's own invention, and a Connection header takes
    nothing away."""
    with serve('ChatAddressRate 1/s 3', 'ChatRate off',
               'ChatAddressRooms off', sizes=ONE_CHILD) as server:
        assert are_limited(server, lambda n: by(f'198.51.100.{n}, {ANN}'), 9)
        assert are_limited(server, lambda n: by(
            BEN, ('Connection', 'close, X-Forwarded-For')), 9)
        assert allowed(server, lambda n: by('203.0.113.30'), 3) == 3


def test_r13_trusted_proxy_and_private_addresses():
    """RemoteIPTrustedProxy does not believe in private addresses: the peer
    stays who it is, which is not limited; RemoteIPInternalProxy does."""
    for kind, limited in (('TrustedProxy', False), ('InternalProxy', True)):
        proxy = (f'RemoteIPHeader X-Forwarded-For\nRemoteIP{kind} '
                 '127.0.0.1\n')
        with serve('ChatAddressRate 1/s 3', 'ChatRate off', proxy=proxy,
                   sizes=ONE_CHILD) as server:
            if limited:
                assert are_limited(server, lambda n: by('10.1.2.3'), 8), kind
            else:
                assert allowed(server, lambda n: by('10.1.2.3'), 8) == 8, kind


def test_the_log_line_comes_once_and_tells_only_what_helps():
    with serve('ChatAddressRate 1/s 3', 'ChatAddressConnections 1',
               'ChatRate off', sizes=ONE_CHILD) as server:
        client = server.ws('/chat/lobby', headers=by(CAT))
        for _ in range(30):
            check_429(refusal(server, CAT))
        lines = [x for x in server.log_lines() if REFUSAL in x]
        assert len(lines) == 1
        assert '2001:db8:1:2::/64 is at its limit' in lines[0]
        assert 'ChatAddressConnections' in lines[0]
        assert 'mod_remoteip' not in lines[0], 'it has named this one'
        client.close()


@pytest.mark.parametrize('line,right', [
    ('ChatAddressRate 20/s', 'RATE/s and BURST'),
    ('ChatAddressRate 0/s 5', 'RATE/s and BURST'),
    ('ChatAddressRate on', 'RATE/s and BURST'),
    ('ChatAddressConnections 0', 'off or a number'),
    ('ChatAddressConnections -1', 'off or a number'),
    ('ChatAddressConnections 5 5', 'off or a number'),
    ('ChatAddressRooms 60', '60/h'),
    ('ChatAddressRooms 0/h', '60/h'),
    ('ChatAddressRooms 60/', '60/h'),
    ('ChatAddressRooms 60/2h', '60/h'),
    ('ChatAddressRooms 60/ms', '60/h'),
    ('ChatAddressRooms h', '60/h'),
    ('ChatAddressPrivate maybe', 'on or off'),
    ('ChatAddressPrivate', 'on or off'),
])
def test_a_bad_value_stops_configtest(line, right):
    code, output = config_test(location('/chat', 'Chat rooms', line))
    assert code != 0
    assert right in output and line.split()[0] in output


def test_where_they_may_stand():
    good = ('ChatAddressRate 20/s 100\nChatAddressConnections off\n'
            + location('/a', 'ChatAddressRooms 5/min', 'ChatAddressRate off')
            + '<Directory />\nChatAddressPrivate on\n</Directory>\n'
            + '<VirtualHost *:1>\nChatAddressRooms off\n</VirtualHost>\n')
    code, output = config_test(good)
    assert code == 0, output
    for line in ('ChatAddressRate off', 'ChatAddressConnections off',
                 'ChatAddressRooms off', 'ChatAddressPrivate off'):
        with Httpd(config='<Location "/t">\nChat rooms\n</Location>',
                   files={'t/.htaccess': line + '\n'}) as server:
            server.allow('not allowed here')
            assert server.get('/t/x').status == 500
            server.wait_log(f'{line.split()[0]} not allowed here')
