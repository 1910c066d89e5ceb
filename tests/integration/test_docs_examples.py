"""The examples of the documents, each as it stands there but for paths and
hosts of this machine: httpd, PHP, Node and whoever else they are meant for
takes them. tests/tools/docs_examples.py says what is not run here."""
import ast
import base64
import hashlib
import html.parser
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from harness import MODULE, SOURCE, Httpd, config_test, location
from harness.paths import free_port

sys.path.insert(0, str(SOURCE / 'tests' / 'tools'))
from docs_examples import ELSEWHERE, examples  # noqa: E402

DOCUMENTS = {path.relative_to(SOURCE).as_posix(): path.read_text()
             for folder in ('.', 'docs') for path in SOURCE.glob(f'{folder}/*.md')}
EXAMPLES = list(examples(DOCUMENTS))
# Of other modules of httpd that examples use.
MODULES = ('auth_form', 'authz_groupfile', 'headers', 'proxy', 'proxy_http',
           'remoteip', 'request', 'security2', 'session', 'session_cookie',
           'session_crypto', 'setenvif', 'unique_id')
ROOT = pytest.mark.skipif(os.getuid() != 0, reason='needs root')
SECRET = base64.b64encode(hashlib.sha1(b'b').digest()).decode()


def of_kind(kind):
    return pytest.mark.parametrize('example', [
        pytest.param(one.text, id=f'{one.document}: {one.heading} {number}')
        for number, one in enumerate(EXAMPLES) if one.kind == kind])


def rows(how):
    return pytest.mark.parametrize('example', [
        pytest.param(one.text, id=f'{one.document}: {one.heading}')
        for one in EXAMPLES
        if one.kind == 'sh' and ELSEWHERE.get(one.key) == how])


def run(*command, text=None, **options):
    done = subprocess.run(command, input=text, capture_output=True, text=True,
                          timeout=60, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def closed():
    """Files that only their owner and group read, as keys want it."""
    mask = os.umask(0o027)
    yield
    os.umask(mask)


@of_kind('apache')
def test_configuration(example, closed):
    """Also lines that are meant for a section of their own."""
    text = re.sub(r'/(?:etc/apache2|srv/example|var/lib/chatws)/', '', example)
    chat = 'LoadModule chatws_module' not in text
    text = re.sub(r'(LoadModule chatws_module) .*', rf'\1 {MODULE}', text)
    if re.match('Chat rooms', text):
        text = f'<Location "/chat">\n{text}</Location>\n'
    tries = [text]
    if text.count('ChatArchive') > 1:  # one or the other
        tries = text.splitlines(keepends=True)
    for one in tries:
        code, said = config_test(
            one, chat=chat, modules=MODULES,
            files={'chat.key': 'a' * 64 + '\n', 'chat.words': 'word\n',
                   'chatws-redis': 'SECRET\n'})
        assert code == 0 and 'Syntax OK' in said, said


# What stands for a value of some kind.
WORD = re.compile(r'("(?:[^"\\]|\\.)*")|\b[A-Z]+\b|(,?\s*\.\.\.)')


def shortened(found):
    before = found.string[:found.start()]
    if found[2] and (found[2][0] == ',' or before.endswith(('{', '['))):
        return ''
    return found[1] or 'null'


@of_kind('json')
def test_json(example):
    """One value after the other."""
    text, decoder = WORD.sub(shortened, example).strip(), json.JSONDecoder()
    while text:
        value, end = decoder.raw_decode(text)
        assert isinstance(value, dict) and value
        text = text[end:].lstrip()


def check_script(text, folder):
    """A method stands for the object in which it is."""
    if re.match(r'\w+\(.*\) \{\n', text):
        text = f'({{{text}}});'
    path = folder / 'script.mjs'
    path.write_text(text)
    run(shutil.which('node') or 'nodejs', '--check', path)


@of_kind('js')
def test_script(example, tmp_path):
    check_script(example, tmp_path)


class Page(html.parser.HTMLParser):
    """The scripts of a piece of HTML, in which each element ends."""

    def __init__(self, text):
        super().__init__()
        self.open, self.scripts = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs)
        if tag not in ('input', 'br', 'link', 'meta'):
            self.open.append(tag)
        if tag == 'script':
            self.scripts.append('')

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == 'script':
            self.scripts[-1] += data


@of_kind('html')
def test_page(example, tmp_path):
    """What it loads is what there is."""
    for script in Page(example).scripts:
        check_script(script, tmp_path)
    for file in re.findall(r'/chat/_chatws/([\w.-]+)', example):
        assert (SOURCE / 'htdocs' / file).is_file()


@of_kind('php')
def test_php(example):
    """A method stands for the class in which it is."""
    if example.startswith('public '):
        example = f'class Example {{\n{example}}}\n'
    if '<?php' not in example:
        example = f'<?php\n{example}'
    run('php', '-l', text=example)


@of_kind('python')
def test_python(example):
    ast.parse(example)


@of_kind('css')
def test_style(example):
    assert 'WARNING' not in run('esbuild', '--loader=css', text=example)


@of_kind('haproxy')
def test_haproxy(example, tmp_path):
    if 'frontend' not in example:
        example += ('frontend site\n    bind 127.0.0.1:80\n'
                    '    default_backend chat\n'
                    'backend chat\n    server a 192.0.2.1:80\n')
    path = tmp_path / 'haproxy.cfg'
    path.write_text(example)
    run('haproxy', '-c', '-f', path)


@of_kind('nginx')
def test_nginx(example, tmp_path):
    if example.startswith('location'):
        example = ('upstream backend { server 192.0.2.1; }\n'
                   f'server {{\nlisten 80;\n{example}}}\n')
    port = free_port()
    example = example.replace('listen 80;', f'listen 127.0.0.1:{port};')
    path = tmp_path / 'nginx.conf'
    path.write_text(f'pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n'
                    f'http {{\naccess_log off;\n{example}}}\n')
    run('nginx', '-t', '-p', tmp_path, '-c', path)


@of_kind('sh')
def test_shell(example):
    run('bash', '-n', text=example)


@ROOT
@rows('run')
def test_shell_runs(example, tmp_path):
    """For who is root, with another folder."""
    text = example.replace('/etc/apache2/', f'{tmp_path}/').replace('sudo ', '')
    run('bash', '-euo', 'pipefail', text=text, cwd=tmp_path)
    made = [path for path in tmp_path.iterdir() if path.stat().st_size]
    assert made
    for path in made:
        assert path.stat().st_mode & 0o007 == 0, path.name


@pytest.fixture(scope='module')
def server():
    with Httpd(config=location(
            '/chat', 'Chat rooms', 'ChatRate off', 'AuthType Basic',
            'AuthName "Chat"', 'AuthUserFile "@ROOT@/htdocs/users"',
            'ChatModerators user ann'), files={
                'users': f'ann:{{SHA}}{SECRET}\n'}) as running:
        running.allow('CW070')
        yield running


@rows('curl')
def test_curl(server, example):
    """Each answers as it should: a stream with its first event."""
    text = example.replace('\\\n', ' ').replace('-u ann', '-u ann:b').replace(
        'https://www.example.org', f'http://127.0.0.1:{server.port}')
    for line in text.splitlines():
        assert line.startswith('curl ')
        if ' -N ' in line:
            with subprocess.Popen(['bash', '-c', f'exec {line} -sS -m 30'],
                                  stdout=subprocess.PIPE) as curl:
                heard = curl.stdout.readline()
                while heard and b'"type":"hello"' not in heard:
                    heard = curl.stdout.readline()
                curl.kill()
            assert heard, line
        else:
            run('bash', '-c', f'{line} -sSf')


def test_log_line(server):
    """What a connection that ends leaves in the log has these members."""
    [line] = [one.text for one in EXAMPLES
              if one.key == ('docs/LOG.md', 'Log lines', 1)]
    shape = re.sub(r'=[a-z]+_[a-z_]+|=[a-z]+', r'=[a-z_]+', line.strip())
    shape = re.sub(r'=[\d.]+', lambda _: r'=[\d.]+', shape)
    with server.ws('/chat/lobby') as client:
        client.recv_event('hello')
    server.wait_log(shape + '$', 60)
