"""The languages of the chat, read without a browser: each says everything that
English says, in its own plural forms and with its own quotes."""
import json
import re
import subprocess

import pytest

from harness.paths import ASSETS

LANGUAGES = sorted(path.stem for path in (ASSETS / 'lang').glob('??.js'))
COUNTS = [0, 1, 2, 3, 5, 11, 21, 22, 100, 101, 102, 111]


def run(script):
    """What the module script writes to its standard output, as JSON."""
    done = subprocess.run(
        ['node', '--input-type=module', '-e', script], cwd=ASSETS,
        capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def table(folder, name):
    """A language as (path, text): what is a function is called with numbers
    and names until it answers with a text."""
    return run(f'''
import {{ pathToFileURL }} from 'node:url';
const {{ default: table }} = await import(
    pathToFileURL('{folder}/{name}.js'));
const found = [];
const tries = [{COUNTS}.map((n) => [n, 100]), [['ab12', 'cd'], [['A']],
    [['A', 'B']], [['A', 'B', 'C']]]].flat();
function walk(value, path) {{
    if (typeof value === 'function') {{
        for (const given of tries) {{
            try {{
                found.push([path, String(value(...given)), true]);
            }}
            catch {{ /* it takes something else */ }}
        }}
    }}
    else if (value && typeof value === 'object') {{
        Object.entries(value).forEach(([key, inner]) =>
            walk(inner, path ? path + '.' + key : key));
    }}
    else {{
        found.push([path, String(value), false]);
    }}
}}
walk(table, '');
console.log(JSON.stringify(found));
''')


@pytest.fixture(scope='module', params=LANGUAGES)
def language(request):
    return request.param


def test_says_everything(language):
    english = {path for path, *_ in table('lang', 'en')}
    assert {path for path, *_ in table('lang', language)} == english


def test_typography(language):
    """One character for an ellipsis, quotes and apostrophes of print."""
    for path, text, _ in table('lang', language):
        assert '...' not in text, (path, text)
        assert not re.search('["\']', text), (path, text)
        assert text == text.strip() and '  ' not in text, (path, text)


@pytest.mark.parametrize('person, shown', [
    ({'name': 'guest-8bf3', 'guest': True}, '访客-8bf3'),
    ({'name': 'guest-8bf3a', 'guest': True}, '访客-8bf3a'),
    ({'name': 'Guest-8bf3', 'guest': True}, 'Guest-8bf3'),
    ({'name': 'guest-8bf3'}, 'guest-8bf3'),
    ({'name': 'guest-list', 'guest': True}, 'guest-list'),
    ({'name': 'Zoe', 'guest': True}, 'Zoe')])
def test_guest_names(person, shown):
    """Only the server's own names are translated, and only those of guests."""
    assert run(f'''
import {{ pathToFileURL }} from 'node:url';
const {{ shownName }} = await import(pathToFileURL('element/guest.js'));
const {{ default: zh }} = await import(pathToFileURL('lang/zh.js'));
console.log(JSON.stringify([shownName({json.dumps(person)}, zh),
    shownName({json.dumps(person)}, {{}})]));
''') == [shown, person['name']]
