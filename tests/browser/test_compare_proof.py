"""The comparison page's figures over HTTP/2, against what Chromium has really
sent: a capture that is decrypted with the browser's own TLS keys."""
import pytest

from engines import Engines
from harness import ROOMS, Httpd, wait_until
from harness.capture import WHOLE
from harness.proof import Proof, can_prove
from test_compare import Visit

pytestmark = pytest.mark.skipif(not can_prove(),
                                reason='needs root, tcpdump and tshark')

FIELDS = ('tcp.stream', 'tcp.srcport', 'http2.streamid', 'http2.length',
          'http2.headers.method', 'http2.headers.path',
          'http2.headers.accept')


def way_of(method, path, accept):
    if method == 'POST':
        return 'post'
    if 'wait=' in path:
        return 'longpoll'
    return 'sse' if 'event-stream' in accept else 'poll'


def frames_by_way(proof, key):
    """{(way, sent?): bytes} of all frames of the run's streams."""
    options = [part for name in FIELDS for part in ('-e', name)]
    ways, found = {}, {}
    for line in proof.tshark('-Y', 'http2.streamid', '-T', 'fields', *options):
        tcp, source, numbers, sizes, method, path, accept = \
            (line.split('\t') + [''] * len(FIELDS))[:len(FIELDS)]
        sent = int(source) == proof.port
        for number, size in zip(numbers.split(','), sizes.split(',')):
            if f'meter={key}' in path and '/meter?' not in path \
                    and number != '0':
                ways.setdefault((tcp, number), way_of(method, path, accept))
            way = ways.get((tcp, number))
            if way:
                found[way, sent] = found.get((way, sent), 0) + int(size) + 9
    return found


def test_frames_of_a_browser(tmp_path, monkeypatch):
    """What the server sends to the byte; what it gets but for frames of the
    connection itself, a window's update of 13 bytes now and then."""
    keys = tmp_path / 'keys'
    keys.touch()
    monkeypatch.setenv('SSLKEYLOGFILE', str(keys))
    with Engines() as engines, \
            Httpd(config='Protocols h2 http/1.1\n' + ROOMS, tls=True,
                  modules=('http2',)) as server, \
            Proof(server, True, WHOLE) as proof:
        proof.keys = keys
        visit = Visit(engines.driver('chromium').browser(), server)
        visit.url = f'https://{server.host(True)}/chat/_chatws/compare.html'
        visit.open()
        visit.take_over(1, 60)
        wait_until(lambda: all(visit.meter()[way]['requests'] >= 8
                               for way in ('poll', 'longpoll', 'post')), 40,
                   'eight of each')
        key = visit.browser.script(
            "return document.getElementById('table').dataset.meter")
        visit.stop()

        def truth():
            visit.told = visit.meter()
            found = frames_by_way(proof, key)
            return found if all(
                visit.told[way]['plain_sent'] == found[way, True]
                for way in ('poll', 'longpoll', 'sse', 'post')) else None
        found = wait_until(truth, 30, 'the frames that were sent')
        for way in ('poll', 'longpoll', 'sse', 'post'):
            told = visit.told[way]
            assert 0 <= told['plain_received'] - found[way, False] <= 13 * 12
            assert told['plain_received'] < 1.05 * found[way, False] + 13
            assert told['sent'] > told['plain_sent']
        assert visit.told['websocket']['opening']['connections'] == 1
        visit.browser.close()
