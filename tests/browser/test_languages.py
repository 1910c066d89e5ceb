"""The languages of the chat, read without a browser: each says everything that
English says, in its own plural forms and with its own quotes."""
import functools
import json
import re
import subprocess

import pytest

from harness.paths import ASSETS

LANGUAGES = sorted(path.stem for path in (ASSETS / 'lang').glob('??.js'))
COUNTS = [0, 1, 2, 3, 5, 11, 21, 22, 100, 101, 102, 111]
# What a printer would not set, and in Chinese what is word for word English.
WRONG = {
    'fr': re.compile('[^\u202f\u00a0][!?;:](?!\\w)| [!?;:]'),
    'de': re.compile('\\w…'),
    'zh': re.compile('回答|询问|付一次|吞掉|[\u4e00-\u9fff][,;:!?]'
                     '|[,;:!?][\u4e00-\u9fff]'),
    'ja': re.compile('[\u3040-\u30ff][,;:!?]'),
    'ar': re.compile('[\u0621-\u064a][,;?]'),
}


def run(script):
    """What the module script writes to its standard output, as JSON."""
    done = subprocess.run(
        ['node', '--input-type=module', '-e', script], cwd=ASSETS,
        capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@functools.cache
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


@pytest.fixture(scope='module', params=[
    (kind, name) for kind in ('', 'check-', 'status-')
    for name in LANGUAGES],
    ids=''.join)
def which(request):
    return request.param


def test_says_everything(which):
    kind, language = which
    english = {path for path, *_ in table('lang', f'{kind}en')}
    assert {path for path, *_ in table('lang', kind + language)} == english


def test_typography(which):
    """One character for an ellipsis, quotes and apostrophes of print."""
    kind, language = which
    for path, text, _ in table('lang', kind + language):
        assert '...' not in text, (path, text)
        assert not re.search('["\']', text), (path, text)
        assert text == text.strip() and '  ' not in text, (path, text)
        assert not WRONG.get(language, re.compile('$^')).search(text), \
            (path, text)


def test_no_language_is_another(which):
    """What a new key says in English is not left so in the other tables."""
    kind, language = which
    english = {path: text for path, text, called in table('lang', f'{kind}en')
               if not called}
    same = [path for path, text, called in table('lang', kind + language)
            if language != 'en' and english.get(path) == text
            and len(text) > 16]
    assert same == []


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


# Seconds, and what is said of them in English.
SPANS = [(0, '0 seconds'), (1, '1 second'), (59, '59 seconds'),
         (60, '1 minute'), (61, '61 seconds'), (119, '119 seconds'),
         (120, '2 minutes'), (540, '9 minutes'), (540.1, '10 minutes'),
         (599, '10 minutes'), (600, '10 minutes'), (3540, '59 minutes'),
         (3541, '1 hour'), (3599.5, '1 hour'), (3600, '1 hour'),
         (3601, '61 minutes'), (7140, '119 minutes'), (7199, '2 hours'),
         (82800, '23 hours'), (82801, '1 day'), (86380, '1 day'),
         (86400, '1 day'), (86401, '25 hours'), (169199, '47 hours'),
         (172799, '2 days'), (172800, '2 days'), (604799, '7 days')]


@functools.cache
def spans():
    """What is said of them, by language."""
    return run(f'''
import {{ pathToFileURL }} from 'node:url';
const {{ formatSpan }} = await import(pathToFileURL('element/times.js'));
console.log(JSON.stringify(Object.fromEntries({LANGUAGES}.map((locale) =>
    [locale, {[seconds for seconds, _ in SPANS]}.map((seconds) =>
        formatSpan(seconds, {{ locale }}))]))));
''')


@pytest.mark.parametrize('language', LANGUAGES)
def test_spans(language):
    """What lasts a day has a day left while less than an hour of it is over,
    and so for all units: whoever reads it some seconds later reads the same."""
    english, said = [text for _, text in SPANS], spans()[language]
    assert spans()['en'] == english
    # The same where English says the same, and only there.
    assert [english.index(text) for text in english] \
        == [said.index(text) for text in said]
