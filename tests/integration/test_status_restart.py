"""The list of connections at a restart: children of both generations tell of
theirs, and what goes from one to the other is listed once."""
import pytest

from harness import Httpd, location, wait_until
from harness.status_page import close, connections

# The old children have some of theirs for a minute.
CONFIG = (
    'ChatDrain 10m 1/s\n' +
    location('/chat', 'Chat rooms', 'ChatRate off',
             'ChatUser "%{HTTP:X-User}"') +
    location('/local', 'Chat status', 'Require local',
             'ChatModerators all granted'))
PLAIN = {f'p{i}' for i in range(12)}
SECURE = {f's{i}' for i in range(50)}


def listed(server):
    """By name, but for those that have left."""
    rows = [row for row in connections(server, headers=(), path='/local')
            if row['name']]
    by_name = {row['name']: row for row in rows}
    assert len(by_name) == len(rows), rows
    return by_name


def enter(server, name, **options):
    client = server.ws('/chat/lobby', headers=[('X-User', name)], **options)
    client.recv_event('hello')
    return client


def all_of(server, names):
    """Their rows, once they are all listed."""
    found = {}

    def are_there():
        found.clear()
        found.update(listed(server))
        return names <= set(found)
    wait_until(are_there, 60)
    return found


@pytest.mark.children_die
def test_each_once():
    with Httpd(config=CONFIG, tls=True) as server:
        clients = {name: enter(server, name) for name in PLAIN}
        clients.update((name, enter(server, name, tls=True, host='localhost'))
                       for name in SECURE)
        before = all_of(server, set(clients))
        server.graceful()
        wait_until(lambda: server.get('/local?format=json').json()
                   ['moved_total'] == len(PLAIN), 60)
        after = all_of(server, PLAIN)
        for name, row in after.items():
            moved = row['connection'] != before[name]['connection']
            assert moved == (name in PLAIN), (name, row, before[name])
        assert len(after) > len(PLAIN)
        one = after['p0']['connection']
        close(server, one, path='/local', headers=())
        assert clients['p0'].recv_event('bye')['code'] == 1012
        for client in clients.values():
            client.disconnect()
