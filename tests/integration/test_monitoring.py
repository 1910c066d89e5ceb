"""What Prometheus reads, and what contrib/ has for it and for Grafana: its own
tool, promtool, has nothing to say against it, and no name is asked for that
there is not."""
import json
import re
import shutil
import subprocess

import pytest

from harness import ROOMS, SOURCE, Httpd, location
from harness.redis import Redis

# Installed, or unpacked by bootstrap.sh.
PROMTOOL = shutil.which('promtool') \
    or SOURCE / 'build/unpacked/prometheus/usr/bin/promtool'
needs_promtool = pytest.mark.skipif(
    not shutil.which(PROMTOOL), reason='needs promtool, of prometheus')

CONFIG = ROOMS + location('/chat-status', 'Chat status', 'Require local')
PATH = '/chat-status?format=prometheus'
ARCHIVE = 'ChatArchive sqlite3 data/chat.db\n'
PROMETHEUS = SOURCE / 'contrib/prometheus'
DASHBOARD = SOURCE / 'contrib/grafana/chatws.json'
NAME = re.compile(r'\bchatws_[a-z_]+\b')


def promtool(*words, text=None):
    done = subprocess.run([PROMTOOL, *words], input=text, timeout=120,
                          capture_output=True, text=True, cwd=PROMETHEUS)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope='module')
def texts():
    """What servers of four kinds tell."""
    found = {}
    with Redis() as redis:
        for kind, lines, limits in (
                ('plain', '', {}), ('archive', ARCHIVE, {}),
                ('all', ARCHIVE + redis.directive(), {}),
                ('no memory', 'ChatSharedMemory 4G\n', {'as': 2 << 30})):
            server = Httpd(config=lines + CONFIG, limits=limits)
            if limits:
                server.allow(r'CW0621: ')
            with server:
                found[kind] = server.get(PATH).body.decode()
    return found


def metrics(text):
    """{name: kind} of what is told."""
    return dict(re.findall(r'^# TYPE (\w+) (\w+)$', text, re.M))


@needs_promtool
@pytest.mark.parametrize('kind', ['plain', 'archive', 'all', 'no memory'])
def test_metrics(texts, kind):
    assert promtool('check', 'metrics', text=texts[kind]) == ''


def test_each_kind_is_what_it_is(texts):
    assert 'chatws_up 0\n' in texts['no memory']
    assert 'chatws_archive_' not in texts['plain']
    assert 'chatws_relay_' not in texts['archive']
    assert 'chatws_archive_' in texts['all']
    assert re.search(r'^chatws_relay_lag_seconds \d+\.\d{3}$', texts['all'],
                     re.M)


def expressions(what):
    """All that the dashboard asks for, with its variables filled in."""
    if isinstance(what, dict):
        for key, value in what.items():
            if key == 'expr':
                yield value.replace('$__rate_interval', '5m').replace(
                    '$instance', '.*')
            yield from expressions(value)
    elif isinstance(what, list):
        for value in what:
            yield from expressions(value)


@pytest.mark.parametrize('path', [
    'contrib/prometheus/alerts.yml', 'contrib/prometheus/alerts_test.yml',
    'contrib/grafana/chatws.json', 'docs/STATUS.md'])
def test_names_exist(texts, path):
    asked = set(NAME.findall((SOURCE / path).read_text()))
    assert asked and asked <= set(metrics(texts['all'])), \
        asked - set(metrics(texts['all']))


@pytest.mark.parametrize('label, values', [
    ('reason', {'full', 'address', 'slow', 'ping', 'protocol', 'flood',
                'descriptors', 'upload'}),
    ('transport', {'websocket', 'sse', 'longpoll', 'poll'})])
def test_labels_exist(texts, label, values):
    told = set(re.findall(rf'\b{label}="(\w+)"', texts['all']))
    assert told == values
    for path in (PROMETHEUS / 'alerts.yml', DASHBOARD):
        assert set(re.findall(rf'\b{label}=\\?"(\w+)',
                              path.read_text())) <= told


def test_dashboard_is_an_import():
    """The model that Grafana takes: panels that do not lie on each other."""
    board = json.loads(DASHBOARD.read_text())
    assert board['uid'] == 'chatws' and 'id' not in board
    places = set()
    for panel in board['panels']:
        at = panel['gridPos']
        cells = {(x, y) for x in range(at['x'], at['x'] + at['w'])
                 for y in range(at['y'], at['y'] + at['h'])}
        assert not cells & places and at['x'] + at['w'] <= 24, panel['title']
        places |= cells
        assert panel['targets'], panel['title']
        assert len({one['refId'] for one in panel['targets']}) == \
            len(panel['targets'])
    ids = [panel['id'] for panel in board['panels']]
    assert len(set(ids)) == len(ids)


@needs_promtool
def test_dashboard_asks_in_promql(tmp_path):
    asked = list(expressions(json.loads(DASHBOARD.read_text())))
    assert len(asked) > 8
    rules = [{'record': f'x:{n}', 'expr': one} for n, one in enumerate(asked)]
    path = tmp_path / 'rules.yml'  # JSON is YAML
    path.write_text(json.dumps({'groups': [{'name': 'x', 'rules': rules}]}))
    assert 'SUCCESS' in promtool('check', 'rules', path)


@needs_promtool
def test_alerts():
    assert 'SUCCESS: 3 rules' in promtool('check', 'rules', 'alerts.yml')
    assert 'SUCCESS' in promtool('test', 'rules', 'alerts_test.yml')


@needs_promtool
def test_scraping(tmp_path):
    """With the user's password, as the file asks for it."""
    for name in ('chatws.yml', 'alerts.yml'):
        shutil.copy(PROMETHEUS / name, tmp_path)
    (tmp_path / 'chatws.password').write_text('x')
    assert 'SUCCESS' in promtool('check', 'config', tmp_path / 'chatws.yml')
