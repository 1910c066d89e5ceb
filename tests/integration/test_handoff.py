"""The promise: thousands of connections on Debian's stock configuration hold
no worker and no connection slot of httpd, and live on in silence."""
import re
import time

import pytest

from harness import LONG, Httpd, Swarm, at_most, location, wait_until

SILENCE = 60 if LONG else 5
PLAIN, TLS = (5000, 1000) if LONG else (1000, 200)
CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/echo', 'Chat echo') +
          location('/chat-status', 'Chat status'))


def warm_up(server):
    """Opens everything that the children open once, in every child."""
    with Swarm(server.address()) as plain, \
            Swarm(server.address(True), True) as tls:
        for swarm in (plain, tls):
            swarm.connect(['/echo'] * 40, at_once=10)
            swarm.close_all()
    wait_until(lambda: quiet(server) and connections(server) == 0, 10,
               'quiet after the first clients')


def connections(server):
    """Those that the chat has: a client's end comes a moment before ours."""
    return server.get('/chat-status?format=json').json()['connections']


def quiet(server):
    """server-status shows nobody but the one who asks."""
    status = server.status()
    return int(status['BusyWorkers']) == 1 and \
        int(status.get('ConnsTotal', 0)) <= 1


def descriptors(server):
    return {pid: server.fds(pid) for pid in server.children()}


def fetch_quickly(server, tls=False):
    begun = time.monotonic()
    answer = server.get('/alive.txt', tls=tls)
    assert answer.status == 200 and answer.body == b'alive\n'
    assert time.monotonic() - begun < at_most(1)


def spread(server, before):
    """The connections are with the children; of very many each has some."""
    now = descriptors(server)
    extra = {pid: now[pid] - before.get(pid, 0) for pid in now}
    assert sum(count > 50 for count in extra.values()) >= 1 + LONG, extra


@pytest.mark.alone
def test_stock_debian():
    with Httpd(debian=True, tls=True, config=CONFIG) as server:
        warm_up(server)
        before = descriptors(server)
        with Swarm(server.address()) as plain, \
                Swarm(server.address(True), True) as tls:
            plain.connect(['/echo'] * PLAIN, at_once=15)
            assert plain.open_count() == PLAIN
            tls.connect(['/echo'] * TLS, at_once=10)
            assert tls.open_count() == TLS
            wait_until(lambda: quiet(server), 10, 'no busy workers')
            spread(server, before)
            assert connections(server) == PLAIN + TLS
            assert set(before) <= set(server.children())
            fetch_quickly(server)
            fetch_quickly(server, tls=True)
            silence(plain, tls, server)
            assert plain.echo_all(b'after the silence') == PLAIN
            assert tls.echo_all(b'after the silence') == TLS
            wait_until(lambda: quiet(server), 10, 'no busy workers')
            plain.close_all()
            tls.close_all()
            codes = {c.close_code for c in plain.clients + tls.clients}
            assert codes == {1000}
        returned(server, before)
        upgraded = sum('" 101 ' in line for line in server.access_lines())
        assert upgraded >= PLAIN + TLS


def silence(plain, tls, server):
    """Nothing is sent for a while (pings are answered)."""
    end = time.monotonic() + SILENCE
    while time.monotonic() < end:
        plain.run_for(0.2)
        tls.run_for(0.2)
    fetch_quickly(server)
    assert plain.open_count() == PLAIN, plain.summary()
    assert tls.open_count() == TLS, tls.summary()


def returned(server, before):
    """Every descriptor came back, in every child that was there."""
    def same():
        now = descriptors(server)
        return all(now.get(pid, 0) <= count for pid, count in before.items())
    wait_until(same, 10, f'descriptors as before: {before}')


@pytest.mark.parametrize('mpm', ['worker', 'prefork'])
def test_other_mpms(mpm):
    """More connections than the MPM has workers, all of them idle."""
    with Httpd(mpm=mpm, tls=True, config=CONFIG) as server:
        warm_up(server)
        before = descriptors(server)
        with Swarm(server.address()) as plain, \
                Swarm(server.address(True), True) as tls:
            plain.connect(['/echo'] * 500, at_once=4)
            tls.connect(['/echo'] * 200, at_once=4)
            assert plain.open_count() == 500 and tls.open_count() == 200
            wait_until(lambda: quiet(server), 10, 'no busy workers')
            fetch_quickly(server)
            assert plain.echo_all() == 500 and tls.echo_all() == 200
            plain.close_all()
            tls.close_all()
        returned(server, before)


def try_to_enter(server, tls):
    try:
        client = server.ws('/chat/lobby', tls=tls)
        client.recv_event('hello')
    except (AssertionError, OSError):
        return None
    return client


@pytest.mark.parametrize('tls', [False, True])
def test_reqtimeout_does_not_cut(tls):
    """mod_reqtimeout with limits far shorter than the silence."""
    config = CONFIG + ('RequestReadTimeout header=1 body=1\n'
                       'Timeout 1\nKeepAliveTimeout 1\n')
    with Httpd(tls=True, modules=('reqtimeout', 'deflate'),
               config=config) as server:
        # A slow machine may need more than that second for the handshake.
        client = wait_until(lambda: try_to_enter(server, tls), 10, 'a hello')
        assert client.silent(3)
        client.say('still here')
        assert client.recv_event('message')['text'] == 'still here'
        client.close()


@pytest.mark.parametrize('mpm', ['event', 'worker', 'prefork'])
@pytest.mark.parametrize('tls', [False, True])
def test_logs_of_a_connection(mpm, tls):
    """101 in the access log at once; the closing at info with code, reason,
    duration and bytes."""
    with Httpd(mpm=mpm, tls=True, config=CONFIG) as server:
        client = server.ws('/echo', tls=tls)
        entry = wait_until(
            lambda: [e for e in server.access_entries()
                     if e['status'] == '101'], 5, 'access log')[0]
        assert entry['request'] == 'GET /echo HTTP/1.1'
        client.send_text('x' * 1000)
        client.recv_message()
        client.close(1000, 'bye')
        line = server.wait_log(r'\[chatws:info\].*code=1000')[0]
        for pattern in (r'reason=', r'received=1\d\d\d\b',
                        r'sent=1\d\d\d\b', r'duration=\d'):
            assert re.search(pattern, line), f'{pattern} not in {line}'


def test_pages_while_clients_come_and_go():
    """500 connects and drops; every page in between is served at once."""
    with Httpd(debian=True, config=CONFIG) as server:
        with Swarm(server.address()) as swarm:
            for _ in range(10):
                made = swarm.connect(['/chat/lobby'] * 50, at_once=10)
                assert all(c.status == 101 for c in made)
                fetch_quickly(server)
                for client in made:
                    client.drop()
        wait_until(lambda: quiet(server), 10, 'no busy workers')
