"""ChatRedis: what configtest takes, and with which sentence it refuses the
rest. Nothing is connected to."""
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness import config_test, paths
from harness.config import load, load_chat

SECRET = 'correct-horse'

GOOD = [
    'none', 'None', 'redis://127.0.0.1', 'redis://localhost:6379',
    'redis://chat@localhost:6379/3', 'redis://[::1]:6379/0',
    'unix:/run/redis/redis.sock', 'unix:/run/redis/redis.sock?2',
    'redis://127.0.0.1 prefix=site wait=1',
    'redis://127.0.0.1:26379,127.0.0.1:26380 sentinel=chat',
]
BAD = [
    '""', '127.0.0.1', 'redis:/127.0.0.1', 'http://127.0.0.1', 'redis://',
    'redis://127.0.0.1:0', 'redis://127.0.0.1:70000', 'redis://127.0.0.1/x',
    'unix:', 'unix:redis.sock', 'redis://127.0.0.1 prefix=',
    'redis://127.0.0.1 prefix=a:b', 'redis://127.0.0.1 wait=x',
    'redis://127.0.0.1 wait=-1', 'redis://127.0.0.1 sentinel=',
    'redis://127.0.0.1 pass=word', 'redis://127.0.0.1 none',
    'none redis://127.0.0.1', '/run/redis/redis.sock',
]


@pytest.fixture(name='folder')
def fixture_folder():
    path = Path(tempfile.mkdtemp(prefix='chatws-password-'))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def repr_of(data):
    return repr(data[:9])


def password_file(folder, data, mode=0o600):
    path = folder / 'password'
    path.write_bytes(data)
    path.chmod(mode)
    return path


def test_good_values():
    code, output = config_test('\n'.join(f'ChatRedis {value}'
                                         for value in GOOD))
    assert code == 0, output
    assert 'CW' not in output, output


@pytest.mark.parametrize('value', BAD)
def test_bad_values(value):
    code, output = config_test(f'ChatRedis {value}')
    assert code != 0, f'{value} passed'
    assert 'ChatRedis: ' in output, output
    assert 'redis://' in output or '=' in output or 'unix:/' in output, output


@pytest.mark.parametrize('url', [f'redis://chat:{SECRET}@127.0.0.1',
                                 f'redis://:{SECRET}@127.0.0.1:6379/1'])
def test_a_password_in_the_url_is_refused_and_not_shown(url):
    code, output = config_test(f'ChatRedis {url}')
    assert code != 0 and 'password=FILE' in output, output
    assert SECRET not in output


@pytest.mark.parametrize('data', [b'correct-horse', b'correct-horse\n',
                                  b' \xc3\xa4 ', b'x' * 512 + b'\n'],
                         ids=repr_of)
def test_a_password_file(folder, data):
    path = password_file(folder, data)
    code, output = config_test(f'ChatRedis redis://10.0.0.5 password={path}')
    assert code == 0, output
    assert 'CW0682' not in output, output


@pytest.mark.parametrize('data', [b'', b'\n', b'a\n\n', b'a\nb\n', b'a\0b\n',
                                  b'x' * 513, b'x' * 600],
                         ids=repr_of)
def test_a_file_that_is_no_password(folder, data):
    path = password_file(folder, data)
    code, output = config_test(f'ChatRedis redis://10.0.0.5 password={path}')
    assert code != 0 and f'{path} is ' in output, output
    assert 'xxx' not in output


@pytest.mark.parametrize('mode', [0o604, 0o602, 0o601, 0o644])
def test_a_password_file_is_not_for_everybody(folder, mode):
    path = password_file(folder, b'a\n', mode)
    code, output = config_test(f'ChatRedis redis://10.0.0.5 password={path}')
    assert code != 0 and f'chmod o= {path}' in output, output


def test_a_password_file_that_cannot_be_read(folder):
    for path in (folder, folder / 'none', '/dev/zero'):
        code, output = config_test(
            f'ChatRedis redis://10.0.0.5 password={path}')
        assert code != 0 and f'{path} cannot be read' in output, output


@pytest.mark.parametrize('value, warned', [
    ('redis://10.0.0.5', True), ('redis://redis.test', True),
    ('redis://127.0.0.1,10.0.0.5 sentinel=chat', True),
    ('redis://127.0.0.1', False), ('redis://[::1]', False),
    ('unix:/run/redis.sock', False)])
def test_an_open_redis_is_warned_of(value, warned):
    code, output = config_test(f'ChatRedis {value}')
    assert code == 0, output
    assert ('CW0682' in output) == warned, output


@pytest.mark.parametrize('redis, told', [(GOOD[2], True), ('none', False)])
def test_a_file_is_of_one_host(redis, told):
    code, output = config_test(f'ChatRedis {redis}\nChatArchive sqlite3 '
                               '/var/lib/chatws-none/chat.db\n')
    assert code == 0, output
    assert ('CW0683' in output) == told, output


SITE = '<VirtualHost *:80>\n{}</VirtualHost>\n'
NAMED, OTHER = 'ServerName one.test\n', 'ServerName two.test\n'


@pytest.mark.parametrize('config, told', [
    ('', 'the server has no ServerName'), (NAMED, None),
    (SITE.format(''), '<VirtualHost *:80> in '),
    (NAMED + SITE.format(''), None), (SITE.format(NAMED), None),
    (SITE.format(NAMED) + SITE.format(OTHER), None),
    (SITE.format(NAMED) + SITE.format('ServerAlias two.test\n'),
     '<VirtualHost *:80> in ')])
@pytest.mark.parametrize('redis', [True, False])
def test_who_is_called_as_the_machine_is_warned(folder, config, told, redis):
    """As Debian's site is: each machine would have other rooms."""
    path = folder / 'httpd.conf'
    path.write_text(
        load('mpm_event') + load_chat(folder) + 'Listen 127.0.0.1:80\n'
        f'ErrorLog {folder}/error.log\n' + config +
        ('ChatRedis unix:/run/redis.sock\n' if redis else ''))
    done = subprocess.run(
        [paths.APACHE, '-t', '-d', folder, '-f', path], text=True,
        env=paths.environment(), capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert ('CW0684' in done.stderr) == (redis and told is not None), \
        done.stderr
    assert not redis or not told or told in done.stderr
