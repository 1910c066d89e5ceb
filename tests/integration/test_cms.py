"""A site around the chat: rewriting, proxying, filters and access rules of
the document root do not swallow the chat's URL."""
import base64
import hashlib

import pytest

from harness import Httpd, WsFailure, location
from harness.paths import free_port

WORDPRESS = '''
<IfModule mod_rewrite.c>
RewriteEngine On
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.php [L]
</IfModule>
'''
FRONT = {'index.php': 'front controller\n'}
CHAT = (location('/chat', 'Chat rooms', 'ChatRate off') +
        location('/echo', 'Chat echo'))
GOOD = [('Authorization', 'Basic ' + base64.b64encode(b'a:b').decode())]
PASSWORDS = 'a:{SHA}' + base64.b64encode(
    hashlib.sha1(b'b').digest()).decode() + '\n'


def chats(server, tls=False, headers=()):
    """Both roles work at their URLs."""
    client = server.ws('/chat/lobby', tls=tls, headers=headers)
    assert client.recv_event('hello')['room'] == '/chat/lobby'
    client.say('hi', ref='1')
    assert client.recv_event('ack')
    client.close()
    client = server.ws('/echo', tls=tls, headers=headers)
    client.send_text('hi')
    assert client.recv_message()[1] == b'hi'
    client.close()
    answer = server.get('/chat/lobby', list(headers), tls=tls)
    assert answer.status == 200
    assert answer.json()['events'][-1]['text'] == 'hi'
    answer = server.post('/chat/lobby', '{"text":"x"}',
                         headers=list(headers), tls=tls)
    assert answer.status == 201


def test_wordpress():
    files = {'.htaccess': WORDPRESS, **FRONT}
    with Httpd(tls=True, config=CHAT, files=files) as server:
        assert server.get('/some/post').body == b'front controller\n'
        chats(server)
        chats(server, tls=True)
        page = server.get('/chat/', [('Accept', 'text/html')])
        assert page.status == 200 and b'front controller' not in page.body


# What other systems bring: a front controller, another spelling of URLs, and
# refusals of their own files.
OTHERS = {
    'laravel': '''
<IfModule mod_negotiation.c>
    Options -MultiViews -Indexes
</IfModule>
RewriteEngine On
RewriteCond %{HTTP:Authorization} .
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteCond %{REQUEST_FILENAME} !-d
RewriteCond %{REQUEST_URI} (.+)/$
RewriteRule ^ %1 [L,R=301]
RewriteCond %{REQUEST_FILENAME} !-d
RewriteCond %{REQUEST_FILENAME} !-f
RewriteRule ^ index.php [L]
''',
    'drupal': '''
Options -Indexes
ErrorDocument 404 /index.php
RewriteEngine on
RewriteRule "/\\.|^\\.(?!well-known/)" - [F]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteCond %{REQUEST_URI} !=/favicon.ico
RewriteRule ^ index.php [L]
''',
    'joomla': '''
Options +FollowSymlinks -Indexes
RewriteEngine On
RewriteCond %{QUERY_STRING} base64_encode[^(]*\\([^)]*\\) [OR]
RewriteCond %{QUERY_STRING} (<|%3C)([^s]*s)+cript.*(>|%3E) [NC]
RewriteRule .* index.php [F]
RewriteCond %{REQUEST_URI} !^/index\\.php
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule .* index.php [L]
''',
    'https': '''
RewriteEngine On
RewriteCond %{HTTP_HOST} !^www\\.
RewriteRule ^ https://www.%{HTTP_HOST}%{REQUEST_URI} [R=301,L]
'''}


@pytest.mark.parametrize('rules', OTHERS.values(), ids=OTHERS)
def test_other_systems(rules):
    files = {'.htaccess': rules, **FRONT}
    with Httpd(tls=True, config=CHAT, files=files) as server:
        other = server.get('/some/post')
        assert other.status == 301 or other.body == b'front controller\n'
        chats(server)
        chats(server, tls=True)
        page = server.get('/chat/', [('Accept', 'text/html')])
        assert page.status == 200 and b'front controller' not in page.body


def test_wordpress_with_folders_of_that_name():
    """The document root has a chat/ of its own, with rules in it."""
    files = {'.htaccess': WORDPRESS, **FRONT, 'chat/lobby': 'a file\n',
             'chat/.htaccess': WORDPRESS, 'echo/index.html': 'a page\n'}
    with Httpd(config=CHAT, files=files) as server:
        chats(server)


def test_rewrite_in_the_server():
    config = CHAT + ('RewriteEngine On\n'
                     'RewriteRule ^/old/(.*)$ /chat/$1 [PT]\n')
    with Httpd(config=config) as server:
        chats(server)
        client = server.ws('/old/lobby')
        client.recv_event('hello')
        client.close()


@pytest.mark.parametrize('place', ['config', 'htaccess'])
def test_fallback_resource(place):
    files = dict(FRONT)
    config = CHAT
    if place == 'config':
        config += '<Directory "@ROOT@/htdocs">\nFallbackResource ' \
                  '/index.php\n</Directory>\n'
    else:
        files['.htaccess'] = 'FallbackResource /index.php\n'
    with Httpd(config=config, files=files) as server:
        assert server.get('/some/post').body == b'front controller\n'
        chats(server)


@pytest.mark.parametrize('order', ['before', 'after'])
def test_proxied_site(order):
    """ProxyPass of everything, to a port where nobody listens."""
    proxy = f'ProxyPass / http://127.0.0.1:{free_port()}/\n'
    config = proxy + CHAT if order == 'before' else CHAT + proxy
    with Httpd(tls=True, config=config,
               modules=('proxy', 'proxy_http')) as server:
        server.allow('AH00957|AH01114')
        assert server.get('/some/post').status == 503
        chats(server)
        chats(server, tls=True)


@pytest.mark.parametrize('filter_', ['deflate', 'brotli'])
def test_output_filters(filter_):
    name = {'deflate': 'DEFLATE', 'brotli': 'BROTLI_COMPRESS'}[filter_]
    config = CHAT + f'SetOutputFilter {name}\n'
    headers = [('Accept-Encoding', 'gzip, deflate, br')]
    with Httpd(tls=True, config=config,
               modules=(filter_, 'filter')) as server:
        for tls in (False, True):
            client = server.ws('/echo', tls=tls, headers=headers)
            assert client.response.header('content-encoding') is None
            client.send_text('a' * 5000)
            assert client.recv_message()[1] == b'a' * 5000
            client.close()
        answer = server.get('/chat/lobby', headers)
        assert answer.status == 200


def test_more_filters():
    """Filters that look at bytes or at time, around the whole site."""
    config = CHAT + ('SetOutputFilter RATE_LIMIT;SUBSTITUTE\n'
                     'SetEnv rate-limit 1\nSubstitute s/hi/ho/\n')
    with Httpd(config=config, modules=('ratelimit', 'substitute', 'filter',
                                       'reqtimeout')) as server:
        client = server.ws('/echo')
        client.send_text('hi' * 10000)
        assert client.recv_message(10)[1] == b'hi' * 10000
        client.close()


def status_of(server, path='/chat/lobby', headers=()):
    try:
        client = server.ws(path, headers=headers)
    except WsFailure as failure:
        return failure.response.status
    client.close()
    return 101


@pytest.mark.parametrize('place', ['.htaccess', 'section'])
def test_denied_document_root(place):
    """Who may enter is what Apache says of the URL."""
    files, config = {}, CHAT
    if place == '.htaccess':
        files['.htaccess'] = 'Require all denied\n'
    else:
        config += '<Location "/">\nRequire all denied\n</Location>\n' \
                  '<Location "/chat/open">\nRequire all granted\n' \
                  '</Location>\n'
    with Httpd(config=config, files=files) as server:
        server.allow('AH01630')
        assert status_of(server) == 403
        assert server.get('/chat/lobby').status == 403
        if place == 'section':
            assert status_of(server, '/chat/open') == 101


def test_password_in_htaccess():
    files = {'.htaccess': 'AuthType Basic\nAuthName site\n'
                          'AuthUserFile "@FILE@"\nRequire valid-user\n',
             'passwords': PASSWORDS}
    server = Httpd(config=CHAT)
    files['.htaccess'] = files['.htaccess'].replace(
        '@FILE@', str(server.root / 'htdocs' / 'passwords'))
    server.write_files(files)
    with server:
        assert status_of(server) == 401
        assert server.get('/chat/lobby').status == 401
        chats(server, headers=GOOD)
        client = server.ws('/chat/lobby', headers=GOOD)
        assert client.recv_event('hello')['you'] == \
            {'id': 'u-a', 'name': 'a'}
        client.close()


def test_role_in_a_directory_and_htaccess():
    config = '<Directory "@ROOT@/htdocs/one">\nChat rooms\n</Directory>\n'
    files = {'one/x.txt': 'x', 'two/.htaccess': 'Chat rooms\n'}
    with Httpd(config=config, files=files) as server:
        for folder in ('one', 'two'):
            client = server.ws(f'/{folder}/lobby')
            assert client.recv_event('hello')['room'] == f'/{folder}/lobby'
            client.close()


def test_alias_in_front():
    config = CHAT + 'Alias "/chat" "@ROOT@/htdocs/else"\n'
    with Httpd(config=config, files={'else/lobby': 'a file\n'}) as server:
        chats(server)
