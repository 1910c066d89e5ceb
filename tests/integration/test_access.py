"""Access rules of folders hold for the chat whatever its URL looks like: long
paths and names, path info, encoded and doubled slashes, symbolic links, and
refusals of mod_rewrite in .htaccess."""
import base64
import hashlib

import pytest

from harness import Httpd, WsFailure, location

SECRET = base64.b64encode(hashlib.sha1(b'b').digest()).decode()
GOOD = [('Authorization', 'Basic ' + base64.b64encode(b'a:b').decode())]
HTML = [('Accept', 'text/html')]
UPGRADE = [('Connection', 'Upgrade'), ('Upgrade', 'websocket'),
           ('Sec-WebSocket-Version', '13'),
           ('Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==')]
ROLES = {'rooms': 'Chat rooms', 'echo': 'Chat echo', 'status': 'Chat status'}
FOLDERS = {'open': '', 'password': 'AuthType Basic\nAuthName site\n'
           'AuthUserFile "@ROOT@/htdocs/users"\nRequire valid-user\n',
           'denied': 'Require all denied\n'}
LONG_PATHS = {
    '201 bytes': 'x' * 150 + '/' + 'y' * 50,
    'a long name': 'x' * 256,
    'long names': '/'.join(['x' * 300] * 5),
    'longer than PATH_MAX': '/'.join(['x' * 200] * 25),
    'one name longer than PATH_MAX': 'x' * 5000,
    'many names': 'x/' * 2500 + 'x',
    'encoded': '%C3%BC' * 1200,
}


def config():
    """/ROLE/FOLDER/... of each role and folder."""
    return ''.join(location(f'/{role}', line, 'ChatRate off')
                   for role, line in ROLES.items())


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    running = Httpd(mpm=request.param, config=config())
    running.write_files({'users': f'a:{{SHA}}{SECRET}\n'})
    running.write_files({
        f'{role}/{name}/.htaccess': rules.replace('@ROOT@', str(running.root))
        for role in ROLES for name, rules in FOLDERS.items()})
    running.allow('AH01630')
    with running:
        yield running


def requests(role):
    """(method, query, headers, status when it is served, when its path is too
    long) for every row."""
    if role == 'echo':
        return [('GET', '', UPGRADE, 101), ('GET', '', [], 426)]
    if role == 'status':
        return [('GET', query, [], 200) for query in
                ('', '?format=json', '?format=prometheus')]
    return [('GET', '', UPGRADE, 414), ('GET', '', [], 414),
            ('GET', '', HTML, 414), ('GET', '?plain', HTML, 414),
            ('GET', '?members', [], 414), ('HEAD', '', [], 414),
            ('GET', '?after=0-0', [], 414), ('POST', '', [], 414),
            ('GET', '?after=0-0&wait=1', [], 414),
            ('GET', '', [('Accept', 'text/event-stream')], 414),
            ('OPTIONS', '', [], 414), ('PUT', '', [], 414),
            ('GET', '/?rooms', [], 414), ('GET', '/', HTML, 414),
            ('GET', '/_chatws/chatws.js', [], 414)]


def ask(server, method, path, headers):
    """The status of an answer, be it an upgrade."""
    with server.raw() as client:
        lines = [f'{method} {path} HTTP/1.1', f'Host: {server.host()}',
                 *(f'{name}: {value}' for name, value in headers)]
        if method == 'POST':
            lines += ['Content-Type: text/plain', 'Content-Length: 1']
        client.send(('\r\n'.join(lines) + '\r\n\r\n').encode()
                    + (b'x' if method == 'POST' else b''))
        return client.read_head().status


@pytest.mark.parametrize('path', LONG_PATHS.values(), ids=LONG_PATHS)
@pytest.mark.parametrize('role', ROLES)
def test_long_paths(server, role, path):
    for method, query, headers, served in requests(role):
        row = f'{method} {query} {headers}'
        url = f'/{role}/{{}}/{path}{query}'.format
        assert ask(server, method, url('open'), headers) == served, row
        assert ask(server, method, url('denied'), headers) == 403, row
        assert ask(server, method, url('password'), headers) == 401, row
        assert ask(server, method, url('password'), headers + GOOD) \
            == served, row


def test_long_paths_say_why_as_json(server):
    answer = server.get('/rooms/open/' + 'x' * 5000)
    assert answer.status == 414
    assert answer.json()['code'] == 'bad_room'


@pytest.mark.parametrize('role', ROLES)
def test_long_paths_of_a_role_in_htaccess(role):
    """httpd itself serves nothing under a name that no file can have."""
    server = Httpd()
    server.write_files({
        'users': f'a:{{SHA}}{SECRET}\n', 'talk/.htaccess': ROLES[role] + '\n'
        + FOLDERS['password'].replace('@ROOT@', str(server.root))})
    with server:
        server.allow('AH00036|AH00127')
        for size, status in ((1, 401), (255, 401), (256, 403), (5000, 403)):
            path = '/talk/' + 'x' * size
            head = UPGRADE if role == 'echo' else []
            assert ask(server, 'GET', path, head) == status, size
            served = ask(server, 'GET', path, head + GOOD)
            assert (served in (101, 200, 414)) == (status == 401), size


@pytest.mark.parametrize('path', ['f/x', 'f/' + 'x' * 300, 'f', '%66/x',
                                  './f', 'x/../f', '/f', '//f//x'])
@pytest.mark.parametrize('role', ROLES)
def test_spellings_of_a_folder(role, path):
    """A file with path info behind it, and other ways to say its URL."""
    served = {'rooms': (200, 414), 'echo': (101,), 'status': (200,)}[role]
    head = UPGRADE if role == 'echo' else []
    files = {'rooms/f': 'a file', 'echo/f': 'a file', 'status/f': 'a file',
             '.htaccess': '<Files "f">\nRequire all denied\n</Files>\n'}
    with Httpd(config=config(), files=files) as server:
        server.allow('AH01630')
        assert ask(server, 'GET', f'/{role}/{path}', head) == 403
        assert ask(server, 'GET', f'/{role}/g', head) in served


def test_doubled_slashes_are_kept():
    """MergeSlashes Off: the folder is the same, and so are its rules."""
    files = {'status/denied/.htaccess': 'Require all denied\n'}
    with Httpd(config='MergeSlashes Off\n' + config(), files=files) as server:
        server.allow('AH01630')
        for path in ('/status/denied', '/status//denied', '//status/denied/x',
                     '/status///denied//' + 'x' * 4500):
            assert ask(server, 'GET', path, []) == 403, path
        assert ask(server, 'GET', '/status//open', []) == 200


@pytest.mark.parametrize('slashes', ['Off', 'On', 'NoDecode'])
def test_encoded_slashes(slashes):
    files = {'status/denied/.htaccess': 'Require all denied\n',
             'rooms/denied/.htaccess': 'Require all denied\n'}
    with Httpd(config=f'AllowEncodedSlashes {slashes}\n' + config(),
               files=files) as server:
        server.allow('AH01630')
        allowed = {'Off': (404,), 'On': (403,), 'NoDecode': (200,)}[slashes]
        for path in ('/status/denied%2f', '/status%2Fdenied/x'):
            assert ask(server, 'GET', path, []) in (*allowed, 404), path
        for path in ('/rooms/a%2fb', '/rooms/denied%2fx'):
            assert ask(server, 'GET', path, []) in (400, 403, 404), path


@pytest.mark.parametrize('options', ['+FollowSymLinks', '-FollowSymLinks'])
def test_symbolic_links(options):
    server = Httpd(config=config() + '<Directory "@ROOT@/htdocs">\n'
                   f'Options {options}\n</Directory>\n')
    server.write_files({'elsewhere/.htaccess': 'Require all denied\n',
                        'open/x': 'x'})
    (server.root / 'htdocs' / 'status').mkdir()
    for name in ('elsewhere', 'open'):
        (server.root / 'htdocs' / 'status' / name).symlink_to(
            server.root / 'htdocs' / name)
    with server:
        server.allow('AH01630|AH00037')
        closed = ask(server, 'GET', '/status/elsewhere/' + 'x' * 300, [])
        assert closed == 403
        assert ask(server, 'GET', '/status/open/' + 'x' * 300, []) == \
            (200 if options[0] == '+' else 403)


def test_alias_and_long_paths():
    """A folder outside of the document root is walked as well."""
    server = Httpd(config=config()
                   + 'Alias "/status/there" "@ROOT@/else"\n'
                   '<Directory "@ROOT@/else">\nAllowOverride All\n'
                   'Require all granted\n</Directory>\n')
    (server.root / 'else').mkdir()
    server.write_files({'../else/.htaccess': 'Require all denied\n'})
    with server:
        server.allow('AH01630')
        for size in (1, 300, 4000, 5000):
            path = '/status/there/' + 'x' * size
            assert ask(server, 'GET', path, []) in (403,), size


def test_error_document_and_includes():
    """A role that is reached by an internal redirect or a subrequest opens
    nothing."""
    files = {'.htaccess': 'ErrorDocument 404 /status/x\n',
             'status/.htaccess': 'Require all denied\n',
             'page.shtml': '<!--#include virtual="/echo/x" -->\n'}
    with Httpd(config=config() + 'AddOutputFilter INCLUDES shtml\n'
               '<Directory "@ROOT@/htdocs">\nOptions +Includes\n'
               '</Directory>\n', files=files, modules=('include',)) as server:
        server.allow('AH01630|unable to include')
        missing = server.get('/missing')
        assert missing.status == 404 and b'messages_total' not in missing.body
        page = server.get('/page.shtml')
        assert page.status == 200 and b'an error occurred' in page.body


# mod_rewrite in .htaccess

def status_of(server, path='/rooms/lobby', headers=()):
    try:
        client = server.ws(path, headers=list(headers))
    except WsFailure as failure:
        return failure.response.status
    client.close()
    return 101


@pytest.mark.parametrize('rule, status', [
    ('RewriteRule ^ - [F]', 403), ('RewriteRule ^ - [G]', 410),
    ('RewriteRule ^ - [R=404]', 404), ('RewriteRule ^ - [R=503,L]', 503),
    ('RewriteRule ^(rooms|echo|status)/ - [F,END]', 403)])
def test_refusals_of_htaccess(rule, status):
    files = {'.htaccess': f'RewriteEngine On\n{rule}\n'}
    with Httpd(config=config()) as server:
        server.write_files(files)
        for path in ('/rooms/lobby', '/echo/x'):
            assert status_of(server, path) == status
        for path in ('/rooms/lobby', '/rooms/', '/rooms/_chatws/chatws.js',
                     '/status/x', '/rooms/lobby?members', '/rooms/?rooms'):
            assert server.get(path).status == status, path
        assert server.post('/rooms/lobby', '{"text":"x"}').status == status


def test_conditions_of_htaccess():
    """Conditions see the request as for any URL of the folder: who asks, from
    where, with which cookies and to which file."""
    files = {'.htaccess': '''
RewriteEngine On
RewriteCond %{HTTP_COOKIE} !member=1
RewriteCond %{REQUEST_FILENAME} !-f
RewriteRule ^rooms/closed - [F]
RewriteCond %{HTTP_USER_AGENT} evil
RewriteRule ^ - [F]
'''}
    with Httpd(config=config(), files=files) as server:
        assert status_of(server, '/rooms/closed') == 403
        assert status_of(server, '/rooms/closed',
                         [('Cookie', 'member=1')]) == 101
        assert status_of(server, '/rooms/open') == 101
        assert status_of(server, '/rooms/open',
                         [('User-Agent', 'evil')]) == 403


def test_nothing_stays_of_rules_that_refuse_nothing():
    """Redirects, cookies, header lines and other handlers of a folder's rules
    change nothing."""
    files = {'index.php': 'front\n', '.htaccess': '''
RewriteEngine On
RewriteRule ^ - [CO=seen:1:localhost,E=who:cms]
RewriteCond %{HTTP:X-Anything} !x
RewriteCond %{QUERY_STRING} slash
RewriteRule ^(.*)/$ /$1 [R=301,L]
RewriteRule ^ index.php [T=text/plain,H=server-status,QSA,END]
'''}
    with Httpd(config=config() + 'Header set X-Who "%{who}e"\n',
               files=files) as server:
        assert status_of(server) == 101
        answer = server.get('/rooms/lobby')
        assert answer.status == 200 and answer.json()['events'] == []
        assert 'seen' not in str(answer.headers)
        assert answer.header('x-who') == '(null)'
        assert answer.header('location') is None
        page = server.get('/rooms/?slash', HTML)
        assert page.status == 200
        assert page.header('content-type') == 'text/html; charset=utf-8'


def test_a_location_with_rules_of_its_own():
    """They replace those of the folder, as httpd merges them."""
    files = {'.htaccess': 'RewriteEngine On\nRewriteRule ^ - [F]\n'}
    rules = (location('/rooms/free', 'RewriteEngine Off')
             + location('/rooms/red', 'RewriteEngine On',
                        'RewriteRule "x$" "/there" [R]'))
    with Httpd(config=config() + rules, files=files) as server:
        assert status_of(server, '/rooms/lobby') == 403
        assert status_of(server, '/rooms/free/lobby') == 101
        assert status_of(server, '/rooms/red/x') == 302
        assert status_of(server, '/rooms/red/y') == 101


def test_refused_rooms_are_not_listed():
    rules = ('RewriteEngine On\nRewriteCond %{HTTP_COOKIE} !in\n'
             'RewriteRule ^rooms/secret - [F]\n')
    with Httpd(config=config() + location('/rooms', 'ChatList on'),
               files={'.htaccess': rules}) as server:
        for room in ('secret', 'open'):
            assert server.post(f'/rooms/{room}', 'x', 'text/plain',
                               [('Cookie', 'in')]).status == 201
        for headers, names in (([], ['open']),
                               ([('Cookie', 'in')], ['open', 'secret'])):
            listed = server.get('/rooms/?rooms', headers).json()['rooms']
            assert [row['room'] for row in listed] == \
                [f'/rooms/{name}' for name in names]


def test_stock_debian():
    """Debian's own configuration, with .htaccess allowed in the site."""
    more = ('LoadModule rewrite_module '
            '/usr/lib/apache2/modules/mod_rewrite.so\n'
            '<Directory "@ROOT@/htdocs">\nAllowOverride All\n</Directory>\n')
    server = Httpd(debian=True, config=more + config())
    rules = FOLDERS['password'].replace('@ROOT@', str(server.root))
    server.write_files({
        'users': f'a:{{SHA}}{SECRET}\n', 'status/.htaccess': rules,
        'rooms/.htaccess': 'RewriteEngine On\nRewriteRule closed - [F]\n'})
    with server:
        for size in (1, 255, 256, 5000):
            path = '/status/' + 'x' * size
            assert ask(server, 'GET', path, []) == 401, size
            assert ask(server, 'GET', path, GOOD) == 200, size
            assert ask(server, 'GET', '/rooms/' + 'x' * size, []) == \
                (200 if size == 1 else 414), size
        assert server.get('/rooms/closed').status == 403
        assert server.get('/rooms/open').status == 200
