"""The meter against a decrypted capture: what each way's heads, frames, records
and packets were, over HTTP/1.1, over HTTPS and over HTTP/2, and what of that
opened it. tshark reads the capture with the client's TLS keys."""
import json
import secrets
import time

import pytest

from harness import (ROOMS, Httpd, RawClient, WsClient, deadline_after,
                     wait_until)
from harness.http2 import Http2Client
from harness.capture import WHOLE, taken_anew
from harness.proof import COUNTERS, Proof, can_prove, frames_of, truth_of

pytestmark = pytest.mark.skipif(
    not can_prove(),
    reason='tcpdump needs root, and tshark reads what it has written')

CONFIG = 'KeepAlive On\nMaxKeepAliveRequests 0\nKeepAliveTimeout 60\n' + ROOMS
TOLERANCE = 0.02
EVENTS = ('accept', 'text/event-stream')
RECORD = {None: 0, '1.2': 29, '1.3': 22}


@pytest.fixture(scope='module')
def server():
    with Httpd(mpm='event', tls=True, modules=('http2',),
               config='Protocols h2 http/1.1\n' + CONFIG) as running:
        yield running


def meter(server, key):
    answer = server.get(f'/chat/_chatws/meter?meter={key}')
    assert answer.status == 200
    return answer.json()['traffic']


def minus(figures, before):
    return {name: figures[name] - before[name] for name in before
            if name in figures and isinstance(before[name], int)}


def running(figures):
    """All but the opening."""
    return minus(figures, {name: figures['opening'][name]
                           for name in COUNTERS + ('plain_sent',
                                                   'plain_received')})


def near(found, truth, slack=0):
    """Within 2 %, and `slack` more: an acknowledgement of what comes next."""
    return all(abs(found[name] - truth[name])
               <= TOLERANCE * truth[name] + slack for name in truth)


def same(told, truth, what, slack=0):
    """told() and truth() come to agree; what they were if they do not."""
    last = {}

    def agree():
        last.update(told=told(), truth=truth())
        return near(last['told'], last['truth'], slack)
    try:
        wait_until(agree, 30, what)
    except AssertionError as failure:
        raise AssertionError(f'{failure}: {last}') from None


def eventually(check):
    """What check() gives once it does not fail: the server settles just after
    the client has got something."""
    deadline = deadline_after(20)
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > deadline:
                raise


def port_of(client):
    return client.socket.getsockname()[1]


def get_bytes(server, path, *headers):
    lines = [f'GET {path} HTTP/1.1', f'Host: {server.host()}', *headers]
    return '\r\n'.join(lines + ['', '']).encode()


def new_run():
    return secrets.token_hex(8), f'/chat/proof{secrets.token_hex(4)}'


def say(server, room, number):
    text = f'{number} ' + 'x' * 100
    answer = server.post(room, json.dumps({'text': text}))
    assert answer.status == 201
    return text


def open_stream(server, proof, way, version, path):
    """A client that has had its hello."""
    context = proof.context(version)
    if way == 'websocket':
        client = WsClient(server.address(proof.tls), path, tls=context)
        client.recv_event('hello')
    else:
        client = RawClient(server.address(proof.tls), context)
        client.send(get_bytes(server, path, 'Accept: text/event-stream'))
        client.read_until(b'"hello"')
        client.read_until(b'\n\n')
    return client


@pytest.mark.parametrize('version', [None, '1.2', '1.3'])
@pytest.mark.parametrize('way', ['websocket', 'sse'])
@taken_anew
def test_stream(server, way, version):
    """Until its hello is acknowledged all is opening, and nothing after."""
    key, room = new_run()
    with Proof(server, version is not None) as proof:
        client = open_stream(server, proof, way, version,
                             f'{room}?history=0&meter={key}')
        ports = [port_of(client)]

        def told():
            return meter(server, key)[way]
        same(lambda: told()['opening'], lambda: proof.sums(ports), 'opening',
             slack=64)
        opened = proof.sums(ports)
        assert told()['opening']['connections'] == 1
        assert not any(running(told()).values()), told()
        for number in range(40):
            text = say(server, room, number)
            client.read_until(text.encode())
        same(lambda: running(told()),
             lambda: minus(proof.sums(ports), opened), 'running', slack=64)
        same(told, lambda: dict(zip(
            ('plain_sent', 'plain_received'),
            map(len, proof.plain(ports[0])))), 'what TLS carries')
        last, again = running(told()), proof.again(ports[0])
        client.disconnect()
    assert last['sent'] - last['plain_sent'] == pytest.approx(
        40 * RECORD[version], abs=again)


@pytest.mark.parametrize('version', [None, '1.2', '1.3'])
@pytest.mark.parametrize('way', ['poll', 'longpoll'])
@taken_anew
def test_polls(server, way, version):
    """On one connection: what comes before the first request is opening, once.
    A long-poll that is answered at once is a request like others."""
    key, room = new_run()
    say(server, room, 0)
    wait = '&wait=20' if way == 'longpoll' else ''
    request = get_bytes(server, f'{room}?after=0-0{wait}&meter={key}')
    with Proof(server, version is not None) as proof:
        client = RawClient(server.address(proof.tls),
                           proof.context(version))
        port, count = port_of(client), 60

        def told():
            return meter(server, key)[way]
        opened = None
        for _ in range(count):
            if opened is None:
                wait_until(lambda: len(proof.packets({port})) >= 3, 20, 'SYN')
                wait_until(lambda: proof.quiet({port}), 20, 'tickets')
                opened = proof.sums({port})
            client.send(request)
            assert client.read_response().status == 200
        same(told, lambda: proof.sums({port}), 'all')
        same(lambda: running(told()),
             lambda: minus(proof.sums({port}), opened), 'running')
        same(lambda: told()['opening'], lambda: opened, 'opening', slack=64)
        found = told()
        sent, received = proof.plain(port)
        assert found['plain_sent'] == len(sent)
        assert found['plain_received'] == len(received) == \
            count * len(request)
        assert found['opening']['connections'] == 1
        assert found['requests'] == count
        client.disconnect()


@pytest.mark.parametrize('version', [None, '1.2', '1.3'])
@taken_anew
def test_held_long_polls(server, version):
    """Each has a connection of its own, and an opening. Its request is counted
    while it waits."""
    key, room = new_run()
    cursor = server.post(room, '{"text":"x"}').json()['id']
    ports, plain = [], [0, 0]
    with Proof(server, version is not None) as proof:
        def told():
            return meter(server, key)['longpoll']
        for number in range(6):
            client = RawClient(server.address(proof.tls),
                               proof.context(version))
            ports.append(port_of(client))
            request = get_bytes(server, f'{room}?after={cursor}&wait=20'
                                        f'&meter={key}')
            client.send(request)
            wait_until(lambda: told()['requests'] == number + 1, 20,
                       'a held request')
            same(told, lambda: proof.sums(ports), 'a held request')
            assert told()['plain_received'] == plain[1] + len(request)
            say(server, room, number)
            cursor = client.read_response().json()['cursor']
            client.disconnect()
            wait_until(lambda: proof.ended(ports), 30, 'the end')
            sent, received = proof.plain(ports[-1])
            plain = [plain[0] + len(sent), plain[1] + len(received)]
        same(told, lambda: proof.sums(ports), 'all')
        found = told()
    assert [found['plain_sent'], found['plain_received']] == plain
    assert found['opening']['connections'] == 6
    assert found['opening']['plain_received'] == 0
    if version is None:
        assert found['opening']['packets_received'] == 2 * 6
        assert found['opening']['sent'] == found['opening']['received'] == 0
    else:
        assert found['opening']['sent'] > 6 * 500


@pytest.mark.parametrize('version', [None, '1.3'])
@pytest.mark.parametrize('way', ['longpoll', 'sse'])
@taken_anew
def test_who_takes_a_connection_pays_for_it(server, way, version):
    """It was opened for a page, and nobody else can use it again."""
    key, room = new_run()
    cursor = server.post(room, '{"text":"x"}').json()['id']
    server.write_files({'page.txt': 'x' * 100000})
    query, *headers = {'longpoll': (f'after={cursor}&wait=20',),
                       'sse': ('history=0', 'Accept: text/event-stream')}[way]
    with Proof(server, version is not None) as proof:
        client = RawClient(server.address(proof.tls), proof.context(version))
        ports = {port_of(client)}
        wait_until(lambda: len(proof.packets(ports)) >= 3, 20, 'SYN')
        wait_until(lambda: proof.quiet(ports), 20, 'tickets')
        opened = proof.sums(ports)
        client.send(get_bytes(server, '/page.txt'))
        assert len(client.read_response().body) == 100000
        wait_until(lambda: proof.quiet(ports), 20, 'the page')
        before = proof.sums(ports)
        client.send(get_bytes(server, f'{room}?{query}&meter={key}', *headers))
        if way == 'sse':
            client.read_until(b'"hello"')

        def told():
            return meter(server, key)[way]
        wait_until(lambda: told()['requests'] == 1, 20, 'a request')
        same(told, lambda: {name: opened[name] + proof.sums(ports)[name]
                            - before[name] for name in opened}, 'all',
             slack=120)
        if way == 'longpoll':
            same(lambda: told()['opening'], lambda: opened, 'opening',
                 slack=64)
        client.disconnect()


def test_who_takes_a_connection_takes_its_opening(server):
    """A poll with the same key has paid first; a stranger's stays paid."""
    key, room = new_run()
    cursor = server.post(room, '{"text":"x"}').json()['id']
    for payer in (key, secrets.token_hex(8)):
        with RawClient(server.address(True), True) as client:
            client.send(get_bytes(server, f'{room}?after=0-0&meter={payer}'))
            assert client.read_response().status == 200
            wait_until(lambda: meter(server, payer)['poll']['opening']
                       ['connections'] == 1, 20, 'a poll that pays')
            paid = meter(server, payer)['poll']['opening']['sent']
            assert paid > 500
            before = meter(server, key)['longpoll']
            client.send(get_bytes(
                server, f'{room}?after={cursor}&wait=20&meter={key}'))
            wait_until(lambda: meter(server, key)['longpoll']['requests']
                       == before['requests'] + 1, 20, 'a held one')
            told = meter(server, payer)
            if payer == key:
                assert is_nothing(told['poll']['opening'])
                assert told['longpoll']['opening']['sent'] == paid
            else:
                assert told['poll']['opening']['sent'] == paid
                assert meter(server, key)['longpoll']['opening'] == \
                    before['opening']


def is_nothing(figures):
    return not any(figures.values())


def both(figures, name):
    return figures[f'{name}sent'] + figures[f'{name}received']


class Streams:
    """One connection of HTTP/2 on which all ways run at the same time; which
    stream was of which way."""

    def __init__(self, server, proof, room, key):
        self.server, self.room, self.key = server, room, key
        context = proof.context(alpn=('h2',))
        self.client = Http2Client(server, context=context)
        self.port = port_of(self.client.raw)
        self.numbers = {}

    def ask(self, way, query, method='GET', extra=(), body=None):
        stream = self.client.begin(
            f'{self.room}?{query}&meter={self.key}' if way else query, method,
            extra, body=body)
        number = max(self.client.streams)
        self.numbers.setdefault(way, []).append(number)
        return stream

    def until_ended(self, stream):
        self.client.until(lambda: stream.ended)
        assert stream.status in (200, 201)
        return json.loads(stream.body or b'{}')

    def turn(self, events, held, number):
        """A message, which comes on all ways; gives the next long-poll."""
        text = f'{number} ' + 'x' * 100
        body = json.dumps({'text': text}).encode()
        self.until_ended(self.ask('post', 'x', 'POST', (
            ('content-type', 'application/json'),), body))
        self.client.until(lambda: text.encode() in events.body)
        cursor = self.until_ended(held)['cursor']
        self.until_ended(self.ask('poll', f'after={cursor}'))
        return self.ask('longpoll', f'after={cursor}&wait=20')


def frames_must_agree(proof, streams, told):
    """The frames of each way's streams, to the byte; and, within 2 %, them
    with what TLS needs for them. Gives what the capture tells of packets."""
    sent, received = proof.plain(streams.port)
    out = frames_of(sent)
    into = frames_of(received, b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    ways = {number: way for way, numbers in streams.numbers.items()
            for number in numbers}
    truth = truth_of(proof, streams.port, ways)
    for way in set(ways.values()) - {None}:
        figures = told[way]
        # The first stream has the connection's preface and settings, too.
        own = figures['opening']['sent'] > 1000
        rest = out.get(0, 0) + into.get(0, 0) + 24 if own else 0
        frames = sum(side.get(number, 0) for number in streams.numbers[way]
                     for side in (out, into))
        assert frames <= both(figures, 'plain_') <= frames + rest, way
        assert own or both(figures, '') == pytest.approx(
            both(truth[way], ''), rel=TOLERANCE,
            abs=proof.again(streams.port)), way
    return truth


@taken_anew
def test_http2(server):
    """An event stream, polls, held long-polls, POSTs and a page on the same
    connection: each way gets the frames of its streams to the byte. Packets of
    several at once are not to be told apart so well."""
    key, room = new_run()
    server.write_files({'page.txt': 'x' * 300000})
    cursor = server.post(room, '{"text":"x"}').json()['id']
    with Proof(server, True, WHOLE) as proof:
        streams = Streams(server, proof, room, key)
        page = streams.ask(None, '/page.txt')
        streams.client.until(lambda: page.ended)
        events = streams.ask('sse', 'history=0', extra=(EVENTS,))
        streams.client.until(lambda: b'"hello"' in events.body)
        held = streams.ask('longpoll', f'after={cursor}&wait=20')
        wait_until(lambda: meter(server, key)['longpoll']['requests'] == 1, 5,
                   'a held request')
        for number in range(30):
            held = streams.turn(events, held, number)
        wait_until(lambda: meter(server, key)['longpoll']['requests'] == 31,
                   20, 'the last held one')
        truth = eventually(lambda: frames_must_agree(proof, streams,
                                                     meter(server, key)))
        found, again = meter(server, key), proof.again(streams.port)
        streams.client.raw.disconnect()
    assert found['sse']['opening']['connections'] == 1
    assert found['sse']['opening']['packets_sent'] <= 2
    for way in ('sse', 'longpoll', 'poll', 'post'):
        assert both(found[way], 'wire_') == pytest.approx(
            both(truth[way], 'wire_'), rel=0.1, abs=again), way
    assert sum(both(found[way], 'wire_') for way in truth if way) == \
        pytest.approx(sum(both(truth[way], 'wire_') for way in truth if way),
                      rel=TOLERANCE)


@pytest.mark.parametrize('way', ['sse', 'poll', 'longpoll'])
@taken_anew
def test_http2_alone(server, way):
    """One way on its connection: all of that is its, to 2 % of the packets,
    and what opened it is apart from what runs."""
    key, room = new_run()
    cursor = server.post(room, '{"text":"x"}').json()['id']
    with Proof(server, True) as proof:
        streams = Streams(server, proof, room, key)
        ports = {streams.port}
        wait_until(lambda: len(proof.packets(ports)) > 3
                   and proof.quiet(ports), 20, 'an open connection')
        opened = proof.sums(ports)
        events = None
        if way == 'sse':
            events = streams.ask(way, 'history=0', extra=(EVENTS,))
            streams.client.until(lambda: b'"hello"' in events.body)
            wait_until(lambda: proof.quiet(ports), 20, 'hello')
            opened = proof.sums(ports)
        for number in range(50):
            if way == 'poll':
                streams.until_ended(streams.ask(way, f'after={cursor}'))
                continue
            held = way == 'longpoll' and streams.ask(
                way, f'after={cursor}&wait=20')
            wait_until(lambda: meter(server, key)[way]['requests']
                       == (number + 1 if held else 1), 5, 'a request')
            text = say(server, room, number)
            if held:
                cursor = streams.until_ended(held)['cursor']
            else:
                streams.client.until(lambda: text.encode() in events.body)
        same(lambda: meter(server, key)[way], lambda: proof.sums(ports), 'all')
        eventually(lambda: frames_must_agree(proof, streams,
                                             meter(server, key)))
        told = meter(server, key)[way]
        everything = proof.sums(ports)
        streams.client.raw.disconnect()
    assert told['opening']['connections'] == 1
    for name in ('', 'wire_'):
        assert both(running(told), name) == pytest.approx(
            both(everything, name) - both(opened, name), rel=TOLERANCE), name
