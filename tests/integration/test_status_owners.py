"""The status page names people of all sites, and an .htaccess is one site's: it
has no say in who sees them."""
import base64
import hashlib

import pytest

from harness import Httpd, location
from harness.status_page import ANN, FILES, LOGIN, ask, do, look

OPEN = ('Require local', 'ChatModerators all granted')
PAGE = ('Chat status', *LOGIN, 'ChatModerators user ann')
LISTS = 'rooms,connections,sanctions'
# What an .htaccess may have where AllowOverride is All, as in the harness.
HTACCESS = {
    # An <If> is merged behind a <Location>.
    'if': '<If "true">\nAuthUserFile "@ROOT@/customers"\n'
          'Require all granted\n</If>\n',
    # The page's own section has not said it.
    'provider': 'AuthBasicProvider anon\nAnonymous ann\n'
                'Anonymous_MustGiveEmail off\n',
    'headers': 'RequestHeader unset X-Forwarded-For\n'
               'RequestHeader unset Origin\nRequestHeader set Host localhost\n',
    'sent': 'RequestHeader unset X-Forwarded-For\nRewriteEngine on\n'
            'RewriteRule ^on$ /headers/x\n',
}
CONFIG = (
    location('/if', *PAGE) + location('/provider', *PAGE) +
    location('/headers', 'Chat status', *OPEN) +
    location('/old', 'Chat status') +
    location('/bare', 'Chat status', 'ChatModerators all granted') +
    '<Directory "@ROOT@/htdocs/folder">\n' + '\n'.join(PAGE) +
    '\n</Directory>\n' +
    ''.join(f'<Directory "@ROOT@/htdocs/{name}">\nRequire all denied\n'
            '</Directory>\n' for name in ('old', 'bare')))
# Ann's password of the customer's.
THEIRS = [('Authorization',
           'Basic ' + base64.b64encode(b'ann:eve').decode())]
CUSTOMERS = 'ann:{SHA}' + base64.b64encode(
    hashlib.sha1(b'eve').digest()).decode() + '\n'


@pytest.fixture(scope='module')
def server():
    files = {**FILES, '../customers': CUSTOMERS, 'folder/x': '', 'old/x': '',
             'bare/x': ''}
    with Httpd(config=CONFIG, modules=('authn_anon',), files=files) as running:
        running.write_files({
            f'{name}/.htaccess': text.replace('@ROOT@', str(running.root))
            for name, text in HTACCESS.items()})
        yield running


@pytest.mark.parametrize('path', ['/if', '/if/x', '/provider/x'])
def test_who_is_logged_in(server, path):
    """Is what the page's own section says."""
    server.allow('AH01617: |AH01618: |AH00127: ')
    assert ask(server, LISTS, headers=THEIRS, path=path).status == 401
    assert look(server, LISTS, path=path)['room_list'] == []
    assert do(server, path=path, type='close',
              connection='9999-1-2').status == 404


@pytest.mark.parametrize('path, header, cure', [
    ('/headers/x', ('X-Forwarded-For', '192.0.2.1'), 'mod_remoteip'),
    ('/headers/x', ('Host', 'evil.test'), 'ServerName'),
    ('/headers/x', ('Origin', 'http://evil.test'), 'another site'),
    ('/sent/on', ('X-Forwarded-For', '192.0.2.1'), '.htaccess'),
    ('/folder/x', ANN[0], '.htaccess'),
])
def test_numbers_only(server, path, header, cure):
    """Where an .htaccess has a say, or would like to."""
    found = look(server, LISTS, headers=[header], path=path)
    assert cure in found['limited'] and 'room_list' not in found, found
    assert found['up'] == 1


def test_no_harm(server):
    assert look(server, LISTS, headers=(), path='/headers/x')['room_list'] == []


def test_directory(server):
    """What it requires holds for a page without ChatModerators, as ever."""
    server.allow('AH01630: ')
    assert server.get('/old/x').status == 403
    assert server.get('/bare/x').status == 200
