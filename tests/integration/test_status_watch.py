"""The stream of the status page: the numbers once a second."""
import pytest

from harness import ONE_CHILD, Httpd, location, wait_until

CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/chat-status', 'Chat status', 'Require local',
                   'ChatRecheck 10s') +
          location('/closed', 'Chat status', 'Require all denied'))
PATH = '/chat-status'


@pytest.fixture(scope='module', params=['event', 'worker', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, config=CONFIG) as running:
        yield running


def numbers(server):
    return server.get(PATH + '?format=json').json()


def test_events(server):
    """The same numbers as ?format=json, each second anew."""
    with server.sse(PATH) as watching:
        first = watching.recv_event('status')
        assert first['version'] == first['figures']['version']
        assert set(first['figures']) == set(numbers(server))
        assert {one['level'] for one in first['health']} <= {'ok', 'warn',
                                                             'bad'}
        client = server.ws('/chat/canary')
        client.recv_event('hello')
        told = first
        while told['figures']['room_connections'] == 0:
            later = watching.recv_event('status')
            assert later['now'] > told['now']
            assert 'canary' not in str(later)
            told = later
        assert told['now'] - first['now'] >= 500
        client.close()


def test_who_may_not(server):
    server.allow('AH01630: client denied')
    assert server.get('/closed', [('Accept', 'text/event-stream')]
                      ).status == 403


def test_head(server):
    answer = server.request('HEAD', PATH, [('Accept', 'text/event-stream')])
    assert answer.status == 200 and answer.body == b''
    assert answer.header('content-type').startswith('text/event-stream')


def test_a_format_is_no_stream(server):
    answer = server.get(PATH + '?format=json',
                        [('Accept', 'text/event-stream')])
    assert answer.header('content-type') == 'application/json'


def test_only_some_watch():
    """Of one child; who comes then gets one event, and asks again later."""
    with Httpd(config=ONE_CHILD + CONFIG) as running:
        watching = [running.sse(PATH) for _ in range(8)]
        for one in watching:
            one.recv_event('status')
        late = running.sse(PATH)
        late.recv_event('status')
        late.expect_end(30)
        watching.pop().disconnect()
        wait_until(lambda: goes_on(running), 30)
        running.graceful()
        for one in watching:
            assert one.recv_event('bye', timeout=30)['code'] == 1012
            one.disconnect()


def test_it_ends_with_the_rights():
    """After ChatRecheck, so that Require is asked anew."""
    with Httpd(config=CONFIG) as running, running.sse(PATH) as watching:
        assert watching.recv_event('bye', timeout=30)['code'] == 1012


def goes_on(running):
    """Whether another one finds a place."""
    one = running.sse(PATH)
    one.recv_event('status')
    try:
        one.recv_event('status')
        return True
    except AssertionError:
        return False
    finally:
        one.disconnect()
