"""What the first visit of a page costs a browser, and each one after it: the
requests that the server logged, and the bytes that it sent for them."""
import pytest
from harness import Httpd, location, wait_until
from patience import PATIENT
from test_element import SCRIPT

pytestmark = pytest.mark.engines(long=True)

CONFIG = ('ChatArchive sqlite3 data/chat.db\n'
          'SetOutputFilter DEFLATE\n'
          'LogFormat "%m %O %U%q" weight\n'
          'CustomLog logs/weight.log weight\n'
          + location('/chat', 'Chat rooms', 'ChatList on',
                     'ChatArchiveKeep off')
          + location('/long', 'Chat rooms'))
EMBED = f'''<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Host</title>
<link rel="icon" href="/chat/_chatws/icon.svg">
{SCRIPT}
<chat-room src="/chat/lobby"></chat-room>
'''
ONLINE = ("document.querySelector('chat-room')?.shadowRoot"
          "?.getElementById('room')?.dataset.state === 'online'")
FINDER = ("document.querySelector('chat-room').shadowRoot"
          ".getElementById('find')?.hidden === false")
# With an archive the client loads these when it is online, the latter to ask
# for what is older than an empty log; whoever leaves before has them not in the
# cache.
LAST = ("['unsure.js', 'before.js'].every((last) => "
        "performance.getEntriesByType('resource')"
        ".some(({ name }) => name.endsWith(`/${last}`)))")
# Each with what says that it is ready, and the most that a first visit may
# cost: requests and bytes.
VISITS = {
    'room': ('/chat/lobby', ONLINE, 70, 120),
    'archived': ('/long/room', f'{ONLINE} && {FINDER} && {LAST}', 70, 125),
    'rooms': ('/chat/', "document.readyState === 'complete'", 15, 20),
    'compare': ('/chat/_chatws/compare.html',
                "document.body.dataset.state === 'running'", 40, 80),
    'embed': ('/embed.html', ONLINE, 70, 120),
}
LOADED = '''
return performance.getEntriesByType('resource')
    .map(({ name }) => new URL(name).pathname)
    .filter((path) => path.includes('/_chatws/') && !path.endsWith('/meter'));
'''
SECOND = (2, 3)
KB = 1024


@pytest.fixture(scope='module')
def weighed():
    with Httpd(config=CONFIG, modules=('deflate', 'filter'),
               files={'embed.html': EMBED}) as running:
        yield running


def loaded(server, page, since):
    """(bytes, path) of the files of a visit; what the chat itself says is not
    weighed, nor what the comparison measures."""
    lines = (server.root / 'logs' / 'weight.log').read_text() \
        .splitlines()
    found = []
    for line in lines[since:]:
        method, size, path = line.split(' ', 2)
        is_file = '/_chatws/' in path and not path.endswith('/meter')
        if method == 'GET' and (is_file or path == page):
            found.append((int(size), path))
    return found, len(lines)


def wait_logged(server, page, since, paths):
    """A line of the log is written once its answer was sent."""
    wait_until(lambda: set(paths) <= {path for _, path in
                                      loaded(server, page, since)[0]}, 20,
               'the lines of the log')


@pytest.mark.parametrize('what', VISITS)
def test_weight(weighed, driver, what):
    path, ready, *first = VISITS[what]
    browser, since = driver.browser(), loaded(weighed, path, 0)[1]
    browser.add_script(PATIENT)
    try:
        for which, (requests, size) in (('first', first), ('second', SECOND)):
            browser.open(f'http://{weighed.host()}{path}')
            wait_until(lambda: browser.script(f'return {ready}'), 20, what)
            if which == 'first':
                wait_logged(weighed, path, since, browser.script(LOADED))
            browser.open('about:blank')
            files, since = loaded(weighed, path, since)
            total = sum(bytes_ for bytes_, _ in files)
            print(f'{what} in {driver.engine}, {which} visit: {len(files)} '
                  f'requests, {total / KB:.1f} KB')
            assert len(files) <= requests, files
            assert total <= size * KB, files
    finally:
        browser.close()
