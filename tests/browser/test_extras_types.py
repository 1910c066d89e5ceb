"""The types: TypeScript in its strictest mode, with React 18 and 19 and Vue.
The packages are those of tests/browser/package.json, which bootstrap.sh puts
into build/npm."""
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

pytestmark = pytest.mark.skipif(
    not (MODULES / 'typescript').is_dir() or shutil.which('node') is None,
    reason='npm ci was not run in build/npm')


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
    ran = subprocess.run(
        ['node', str(MODULES / 'typescript' / 'bin' / 'tsc'), *FLAGS,
         '--preserveSymlinks', *flags, *names],
        cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    return ran.stdout.strip()


def test_plain_react_and_vue(tmp_path):
    assert check(tmp_path, ['plain.ts', 'react.tsx', 'vue.ts'],
                 '--module', 'esnext', '--moduleResolution', 'bundler',
                 '--jsx', 'react-jsx') == ''


def test_node_and_react_18(tmp_path):
    assert check(tmp_path, ['plain.ts', 'react.tsx'],
                 '--module', 'nodenext', '--moduleResolution', 'nodenext',
                 '--jsx', 'react-jsx', react='react-18') == ''
