"""The types: TypeScript in its strictest mode, with React 18 and 19 and Vue.
The packages are those of tests/browser/package.json, which bootstrap.sh puts
into build/npm.

And whether the client is what its types say: tsc reads its JSDoc."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
NPM = Path(os.environ.get('CHATWS_NPM') or SOURCE / 'build' / 'npm')
MODULES = NPM / 'node_modules'
FLAGS = ['--strict', '--noEmit', '--exactOptionalPropertyTypes',
         '--noUncheckedIndexedAccess', '--noImplicitOverride',
         '--target', 'es2022', '--lib', 'es2022,dom,dom.iterable']

CLIENT = ['--checkJs', '--module', 'esnext', '--moduleResolution', 'bundler']
# What JavaScript has no room for.
CLIENT += [flag for name in (
    'noImplicitAny', 'noImplicitOverride', 'noUncheckedIndexedAccess',
    'exactOptionalPropertyTypes', 'useUnknownInCatchVariables')
    for flag in (f'--{name}', 'false')]

pytestmark = pytest.mark.skipif(
    not (MODULES / 'typescript').is_dir() or shutil.which('node') is None,
    reason='npm ci was not run in build/npm')


def tsc(folder, *arguments):
    """What TypeScript says of files in this folder."""
    ran = subprocess.run(
        ['node', str(MODULES / 'typescript' / 'bin' / 'tsc'), *FLAGS,
         *arguments], cwd=folder, capture_output=True, text=True, timeout=180,
        check=False)
    return ran.stdout.strip()


def check(folder, names, *flags, react='react'):
    """What tsc says of files in a project that has our types."""
    for path in (SOURCE / 'htdocs').glob('*.d.ts'):
        shutil.copy(path, folder)
    for name in names:
        shutil.copy(HERE / 'types' / name, folder)
    types = folder / 'node_modules' / '@types'
    types.mkdir(parents=True)
    (types / 'react').symlink_to(MODULES / '@types' / react)
    (types / 'prop-types').symlink_to(MODULES / '@types' / 'prop-types')
    for package in ('vue', '@vue', 'csstype', '@babel'):
        (folder / 'node_modules' / package).symlink_to(MODULES / package)
    return tsc(folder, '--preserveSymlinks', *flags, *names)


def test_plain_react_and_vue(tmp_path):
    assert check(tmp_path, ['plain.ts', 'react.tsx', 'vue.ts'],
                 '--module', 'esnext', '--moduleResolution', 'bundler',
                 '--jsx', 'react-jsx') == ''


def test_node_and_react_18(tmp_path):
    assert check(tmp_path, ['plain.ts', 'react.tsx'],
                 '--module', 'nodenext', '--moduleResolution', 'nodenext',
                 '--jsx', 'react-jsx', react='react-18') == ''


def test_elements(tmp_path):
    for name in ('chat-room.js', 'chat-launcher.js', 'chatws.js',
                 'chatws.d.ts'):
        shutil.copy(SOURCE / 'htdocs' / name, tmp_path)
    for name in ('client', 'element', 'lang', 'emoji'):
        shutil.copytree(SOURCE / 'htdocs' / name, tmp_path / name)
    shutil.copy(SOURCE / 'htdocs' / 'chat-room.d.ts', tmp_path / 'said.d.ts')
    shutil.copy(HERE / 'types' / 'elements.ts', tmp_path)
    said = tsc(tmp_path, *CLIENT, '--checkJs', 'false', '--allowJs',
               'elements.ts')
    # About their insides it says what is wrong with #private there.
    assert [line for line in said.splitlines() if line.startswith('elements')] \
        == []


# Each makes a part of the client something else than its types say, or than
# chatws.d.ts says; and what tsc says of it.
MISTAKES = [
    ('chat.js', 'rename(name) {', 'renamed(name) {', "'rename' is missing"),
    ('connection.js', "this.become('waiting')", "this.state = 'asleep'",
     """'"asleep"' is not assignable"""),
    ('connection.js', 'line.probe()', 'line.prob()', "'prob' does not exist"),
    ('posting.js', 'request(chat.room,', 'request(chat,',
     "to parameter of type 'Room'"),
    ('polls.js', 'ask(this, wait, asking', "ask(this, '5', asking",
     "'string' is not assignable to parameter of type 'number'"),
]



def check_client(folder):
    return tsc(folder, *CLIENT, 'chatws.js', *(
        path.relative_to(folder) for path in (folder / 'client').iterdir()))


def test_client():
    assert check_client(SOURCE / 'htdocs') == ''


def test_client_with_mistakes(tmp_path):
    for path in (SOURCE / 'htdocs').glob('chatws.*'):
        shutil.copy(path, tmp_path)
    shutil.copytree(SOURCE / 'htdocs' / 'client', tmp_path / 'client')
    for name, right, wrong, _ in MISTAKES:
        path = tmp_path / 'client' / name
        source = path.read_text()
        assert right in source
        path.write_text(source.replace(right, wrong))
    told = check_client(tmp_path)
    for *_, complaint in MISTAKES:
        assert complaint in told
