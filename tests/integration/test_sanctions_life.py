"""Sanctions outlive reloads, another ChatSharedMemory, and children that are
killed or stopped while they change them."""
import json
import os
import signal
import uuid
from pathlib import Path

import pytest

from harness import MODULE, Httpd, WsFailure, location, paths, wait_until
from harness.address import ANN, PROXY, by

FAULTS = MODULE.with_name('mod_chatws_faults.so')
SIZES = ('StartServers 3\nServerLimit 6\nThreadsPerChild 10\n'
         'MinSpareThreads 10\nMaxSpareThreads 60\nMaxRequestWorkers 60\n')
CONFIG = PROXY + 'ChatSharedMemory 8M\n' + location(
    '/chat', 'Chat rooms', 'ChatRate off', 'ChatUser "%{HTTP:X-User}"',
    'ChatModerators user ann')
ROOM = '/chat/lobby'
BOSS = [('X-User', 'ann')]


def guest(*more):
    return [('X-Chatws-Key', uuid.uuid4().hex), *more]


def post(server, headers=BOSS, **members):
    return server.post(ROOM, json.dumps(members), headers=headers)


def identity(server, headers):
    return server.get(ROOM, headers).json()['you']['id']


def status(server, headers):
    return server.get(ROOM + '?after=0-0', headers).status


def test_reloads_and_another_size():
    banned, muted, near = guest(*by(ANN)), guest(), guest(*by(ANN))
    with Httpd(sizes=SIZES, config=CONFIG, modules=('remoteip',)) as server:
        client = server.ws(ROOM, headers=banned)
        client.recv_event('hello')
        assert post(server, type='ban', user=identity(server, banned),
                    address=True).json() == {'address': True}
        assert post(server, type='mute', user=identity(server, muted),
                    **{'for': 3600}).status == 204

        def check():
            assert status(server, banned) == 403
            assert status(server, near) == 403
            error = post(server, muted, type='message', text='x').json()
            assert error['code'] == 'muted' and error['for'] <= 3600
            listed = server.get(ROOM + '?sanctions', BOSS).json()['sanctions']
            assert [one['kind'] for one in listed] == ['mute', 'ban']
            assert listed[1]['address'] is True and listed[1]['by']['id'] == \
                'u-ann'
        check()
        server.graceful()
        check()
        path = server.config_path
        path.write_text(path.read_text().replace('Memory 8M', 'Memory 12M'))
        old = set(server.children())
        server.graceful()
        wait_until(lambda: not old & set(server.children()), 20,
                   'the old children are gone')
        check()
        assert post(server, type='pardon',
                    user=identity(server, muted)).status == 204
        assert post(server, muted, type='message', text='x').status == 201


@pytest.fixture
def faulty(monkeypatch):
    assert FAULTS.is_file(), 'make mod_chatws_faults.la'
    monkeypatch.setattr(paths, 'MODULE', FAULTS)
    server = Httpd(sizes=SIZES, config=CONFIG, modules=('remoteip',))
    folder = server.root / 'faults'
    folder.mkdir()
    folder.chmod(0o777)
    server.env['CHATWS_FAULT'] = str(folder / 'place')
    server.allow('exit signal Killed|AH10392: |CW0305: |CW0601: .* with 503')
    with server:
        yield server, folder


def spring(folder, text):
    fresh = folder / 'fresh'
    fresh.write_text(text)
    fresh.chmod(0o644)
    fresh.rename(folder / 'place')


@pytest.mark.children_die
@pytest.mark.parametrize('place', [143, 144, 145, 141, 142])
def test_a_child_is_killed_in_it(faulty, place):
    """Whoever was banned before is not free, nobody else is banned, and the
    next command does what this one was to do."""
    server, folder = faulty
    before, other, now = guest(), guest(), guest()
    now_id = identity(server, now)
    for one in (identity(server, before), now_id):
        assert post(server, type='ban', user=one).status == 204
    # 141 and 142 are where the ban before is dropped for the new one
    fresh = now_id if place < 143 else identity(server, guest())
    old = set(server.children())
    spring(folder, str(place))
    try:
        post(server, type='ban', user=fresh)
    except (AssertionError, OSError):
        pass
    wait_until(lambda: not (folder / 'place').exists(), 10, 'the child died')
    wait_until(lambda: set(server.children()) != old, 10, 'it is buried')
    assert status(server, before) == 403
    assert status(server, now) == 403
    assert status(server, other) == 200
    target = guest()
    assert post(server, type='ban',
                user=identity(server, target)).status == 204
    assert status(server, target) == 403


@pytest.mark.children_die
def test_a_child_is_stopped_in_it(faulty):
    """It holds the lock: who is banned or not is known without it, a moderator
    is told at once, and everybody else goes on."""
    server, folder = faulty
    banned, free, late = guest(), guest(), guest()
    late_id = identity(server, late)
    assert post(server, type='ban',
                user=identity(server, banned)).status == 204
    spring(folder, '145 stop')
    with server.raw() as hanging:
        body = json.dumps({'type': 'ban', 'user': late_id})
        hanging.send(f'POST {ROOM} HTTP/1.1\r\nHost: x\r\nX-User: ann\r\n'
                     'Content-Type: application/json\r\n'
                     f'Content-Length: {len(body)}\r\n\r\n{body}'.encode())

        def stopped():
            return [pid for pid in server.children()
                    if Path(f'/proc/{pid}/stat').read_text()
                    .rpartition(')')[2].split()[0] == 'T']
        wait_until(stopped, 10, 'a child is stopped')
        pid = stopped()[0]
        try:
            refused = None
            for _ in range(20):  # some fall to the child that stands still
                try:
                    refused = post(server, type='ban', user='u-x')
                    break
                except (AssertionError, OSError):
                    continue
            assert refused.status == 503 and refused.json()['retry'] > 0
        finally:
            os.kill(pid, signal.SIGCONT)
    wait_until(lambda: status(server, late) == 403, 20, 'it goes on')
    assert status(server, free) == 200
    with pytest.raises(WsFailure):
        server.ws(ROOM, headers=late)
