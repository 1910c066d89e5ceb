"""What makes tokens for others: contrib/php with PHP's own server, and the
examples of docs/TOKENS.md as they stand there."""
import re
import shutil
import subprocess
import uuid

import pytest

from harness import SOURCE, Httpd, location, wait_until
from harness.paths import free_port
from harness.raw import RawClient
from harness.tokens import SECRET, Keys, bearer

PHP = SOURCE / 'contrib' / 'php' / 'chat-token.php'
KEY = '/etc/apache2/chat.key'


@pytest.fixture(scope='module')
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp('keys'))


@pytest.fixture(scope='module')
def server(keys):
    with Httpd(config=location('/chat', 'Chat rooms', 'ChatRate off',
                               f'ChatTokenKey "{keys.folder}/secret"')) \
            as running:
        yield running


def example(language, number=0):
    """A piece of code in the document."""
    text = (SOURCE / 'docs' / 'TOKENS.md').read_text()
    return re.findall(rf'^```{language}\n(.*?)^```$', text,
                      re.S | re.M)[number]


def you(server, headers):
    return server.get(f'/chat/{uuid.uuid4().hex}?members',
                      headers).json()['you']


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False,
                          **options)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def program(name):
    path = shutil.which(name)
    assert path, f'{name} is missing'
    return path


def test_shell(server, keys):
    script = example('sh').replace(KEY, str(keys.folder / 'secret'))
    token = run('/bin/sh', '-ec', script + 'printf %s "$token"')
    assert you(server, bearer(token)) == {'id': 'u-ann', 'name': 'ann'}


def test_python(server, keys):
    names = {}
    exec(example('python'), names)
    token = names['chat_token'](keys.folder / 'secret', '42', name='J\u00fcrg')
    assert you(server, bearer(token)) == {'id': 'u-42', 'name': 'J\u00fcrg'}


def test_node(server, keys, tmp_path):
    script = tmp_path / 'make.mjs'
    script.write_text(example('js') + f'''
process.stdout.write(chatToken('{keys.folder}/secret', '42',
                               {{ name: 'J\\u00fcrg', rooms: ['/chat/*'] }}));
''')
    token = run(program('node'), str(script))
    assert you(server, bearer(token)) == {'id': 'u-42', 'name': 'J\u00fcrg'}


def php(keys, code):
    return run(program('php'), '-n', '-d', 'display_errors=stderr', '-d',
               'error_reporting=-1', '-r', f'require "{PHP}"; $key = '
               f'"{keys.folder}/secret"; {code}')


@pytest.mark.parametrize('end', [b'', b'\n', b'\r\n'])
def test_php_token(server, keys, end):
    keys.write('secret', SECRET + end)
    token = php(keys, 'echo chat_token($key, "42", ["name" => "J\u00fcrg \'", '
                '"role" => "reader", "rooms" => ["/chat/*"]]);')
    answer = server.get(f'/chat/{uuid.uuid4().hex}?members',
                        bearer(token)).json()
    assert answer['you'] == {'id': 'u-42', 'name': "J\u00fcrg '"}


@pytest.mark.parametrize('code', [
    'chat_token("/none", "42")', 'chat_token($key . "2", "42")',
    'chat_token($key, "42", ["name" => "\\xff"])'])
def test_php_refuses(keys, code):
    keys.write('secret2', b'short')
    assert php(keys, f'try {{ {code}; }} catch (Exception $e) '
               '{ echo get_class($e); }').endswith('Exception')


def test_php_needs_little():
    lines = PHP.read_text().splitlines()
    assert len(lines) <= 80 and max(map(len, lines)) <= 80


def recipe(language):
    """A piece of code of the recipe."""
    text = (SOURCE / 'docs' / 'RECIPES.md').read_text() \
        .split('## Members of a PHP site\n', 1)[1]
    return re.search(rf'^```{language}\n(.*?)^```$', text, re.S | re.M)[1]


@pytest.fixture
def site(keys, tmp_path):
    """PHP's own web server: a page of one who edits, of one who does not, and of
    nobody."""
    shutil.copy(PHP, tmp_path)
    code = recipe('php').replace(KEY, str(keys.folder / 'secret'))
    for name, user in (
            ('ann', "(object) ['id' => 42, 'name' => 'Ann', 'edits' => true]"),
            ('ben', "(object) ['id' => 7, 'name' => 'Ben', 'edits' => false]"),
            ('odd', '(object) ["id" => 8, "name" => "J\\xf6rg", '
                    '"edits" => false]'),
            ('out', 'null')):
        (tmp_path / f'{name}.php').write_text(
            f"<?php\n$user = {user};\n{code}\necho 'page';\n")
    port = free_port()
    process = subprocess.Popen(
        [program('php'), '-d', f'error_log={tmp_path}/errors', '-d',
         'log_errors=1', '-S', f'127.0.0.1:{port}', '-t', str(tmp_path)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def get(path, cookie=''):
        more = f'Cookie: {cookie}\r\n' if cookie else ''
        with RawClient(('127.0.0.1', port)) as client:
            client.send(f'GET {path} HTTP/1.1\r\nHost: x\r\n{more}'
                        'Connection: close\r\n\r\n'.encode())
            return client.read_response()

    get.errors = tmp_path / 'errors'

    def answers():
        try:
            return get('/none').status
        except OSError:
            return None
    try:
        wait_until(answers, 20, 'PHP answers')
        yield get
    finally:
        process.terminate()
        process.wait(20)


def test_php_page(site, keys):
    """The recipe as it stands, with its page and its configuration."""
    keys.write('secret', SECRET)
    with Httpd(config=recipe('apache').replace(KEY, f'{keys.folder}/secret')) \
            as server:
        answers = []
        for page in ('/ann.php', '/ben.php'):
            answer = site(page)
            assert answer.status == 200 and answer.body == b'page'
            pair, *attributes = answer.header('set-cookie').split('; ')
            assert {part.lower() for part in attributes} == {
                'path=/', 'httponly', 'samesite=lax'}
            answers.append(server.get('/chat/lobby?members', [
                ('Cookie', f'a=b; {pair}')]).json())
        answers.append(server.get('/chat/lobby?members').json())
    assert answers[0]['you'] == {'id': 'u-42', 'name': 'Ann',
                                 'moderator': True}
    assert answers[1]['you'] == {'id': 'u-7', 'name': 'Ben'}
    assert [answer['rights'] for answer in answers] == [
        {'speak': True, 'moderate': True}, {'speak': True, 'moderate': False},
        {'speak': False, 'moderate': False}]
    assert site('/out.php').header('set-cookie') is None
    gone = site('/out.php', pair).header('set-cookie')
    assert gone.startswith('chatws_token=deleted; expires=Thu, 01-Jan-1970') \
        or gone.startswith('chatws_token=deleted; expires=Thu, 01 Jan 1970')


@pytest.mark.parametrize('page, secret, told', [
    ('odd', SECRET, r'no token for "8": Malformed UTF-8 .*mb_convert_encoding'),
    ('ben', b'short',
     r'\S+/secret is no secret: less than 32 bytes; openssl '),
    ('ben', None, r'PHP, as the user \S+, cannot read \S+/secret: .*No such '
                  r'file .*: chown root:[^ G]\S* \S+/secret; chmod 640 '),
])
def test_php_page_without_a_token(site, keys, page, secret, told):
    """The page is there, whoever was logged in before is not, and PHP's log
    says what to do."""
    keys.write('secret', secret or b'')
    if secret is None:
        (keys.folder / 'secret').unlink()
    answer = site(f'/{page}.php', 'chatws_token=abc')
    assert answer.status == 200 and answer.body == b'page'
    assert answer.header('set-cookie').startswith('chatws_token=deleted;')
    assert re.search('mod_chatws: ' + told, site.errors.read_text())
    assert site(f'/{page}.php').header('set-cookie') is None
