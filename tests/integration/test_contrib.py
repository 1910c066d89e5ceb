"""What contrib/ has for PHP: valid, the same where it is there twice, and
silent when somebody asks for it by its address."""
import re
import shutil
import subprocess

import pytest

from harness import SOURCE

CONTRIB = SOURCE / 'contrib'
PLUGIN = CONTRIB / 'wordpress' / 'mod-chatws'
PHP = sorted(CONTRIB.rglob('*.php'))


def name_of(path):
    return path.relative_to(CONTRIB).as_posix()


@pytest.mark.parametrize('path', PHP, ids=name_of)
def test_valid_php(path):
    done = subprocess.run(['php', '-l', path], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize('path', PHP, ids=name_of)
def test_asked_for_by_its_address(path):
    done = subprocess.run(['php', path], capture_output=True, text=True,
                          timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')


@pytest.mark.parametrize('path', sorted(PLUGIN.rglob('*.js')), ids=name_of)
def test_valid_javascript(path):
    node = shutil.which('node') or 'nodejs'
    done = subprocess.run([node, '--check', path], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_one_maker_of_tokens():
    """The plugin is a folder that one copies: it has its own."""
    assert (PLUGIN / 'includes' / 'chat-token.php').read_bytes() == \
        (CONTRIB / 'php' / 'chat-token.php').read_bytes()


def test_one_version():
    places = {'mod-chatws.php': r'Version: +([\d.]+)|VERSION\', \'([\d.]+)',
              'block/editor.asset.php': r"'version' +=> '([\d.]+)'",
              'readme.txt': r'Stable tag: ([\d.]+)'}
    found = {version for name, form in places.items()
             for match in re.findall(form, (PLUGIN / name).read_text())
             for version in ([match] if isinstance(match, str) else match)
             if version}
    assert len(found) == 1, found


def texts_of(source):
    """What is said to people, and the domain of each."""
    form = r"(?:__|esc_html__)\(\s*'((?:[^'\\]|\\.)*)'\s*(?:,\s*'([^']*)')?"
    return re.findall(form, source)


def test_every_text_can_be_translated():
    template = (PLUGIN / 'languages' / 'mod-chatws.pot').read_text()
    known = {text.replace('\\"', '"').replace('"\n"', '') for text in
             re.findall(r'^msgid "(.*?)"\nmsgstr', template, re.M | re.S)}
    count = 0
    for path in [*PLUGIN.rglob('*.php'), *PLUGIN.rglob('*.js')]:
        for text, domain in texts_of(path.read_text()):
            assert domain == 'mod-chatws', f'{name_of(path)}: {text}'
            assert text.removeprefix('\n') in known, f'{name_of(path)}: {text}'
            count += 1
    assert count > 20
