"""Nothing between the room and its reader holds an event back: mod_deflate,
mod_brotli, mod_substitute, mod_filter, mod_buffer, mod_http2, mod_security2
with the OWASP core rules, a proxy. And those rules refuse nothing that is the
module's own."""
import contextlib
import gzip
import json
import os
import subprocess
import time
import urllib.parse

import pytest

from harness import (PATIENCE, Httpd, RawClient, SseClient, WsClient, at_most,
                     head_bytes, location, wait_until)
from harness.config import load
from harness.http2 import Http2Client
from harness.paths import free_port

MODULES = ('deflate', 'brotli', 'filter', 'substitute', 'buffer', 'http2',
           'unique_id', 'security2')
RULES = '/usr/share/modsecurity-crs/owasp-crs.load'

# As Debian's package installs it, but switched on. The harness's own requests
# are none of a browser: the rules would refuse them. Rule 10001 is that of
# docs/OPERATIONS.md.
SECURITY = f'''
SecDataDir "@ROOT@/data"
SecTmpDir "@ROOT@/tmp"
SecRuleEngine On
SecRequestBodyAccess On
SecRule REQUEST_HEADERS:Content-Type "^application/json" \\
    "id:200001,phase:1,t:none,t:lowercase,pass,nolog,\\
    ctl:requestBodyProcessor=JSON"
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 131072
SecRule REQBODY_ERROR "!@eq 0" \\
    "id:200002,phase:2,t:none,log,deny,status:400"
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html text/xml application/json \\
    text/event-stream
SecResponseBodyLimit 524288
SecAuditEngine Off
SecRule REQUEST_FILENAME "@rx ^/(alive|server-status|chat-status)" \\
    "id:1,phase:1,pass,nolog,ctl:ruleEngine=Off"
SecRule REQUEST_FILENAME "@beginsWith /open/" \
    "id:10001,phase:1,pass,nolog,\
    ctl:ruleRemoveTargetByTag=OWASP_CRS;ARGS:text,\
    ctl:ruleRemoveById=920420"
Include {RULES}
'''

# Every type that there is goes through every filter that there is.
FILTERS = '''
SetOutputFilter SUBSTITUTE;DEFLATE;BUFFER
AddOutputFilterByType BROTLI_COMPRESS text/event-stream application/json
AddOutputFilterByType BROTLI_COMPRESS text/html text/plain text/javascript
Substitute "s/never-said/said/"
BufferSize 131072
'''
PLAIN = (location('/chat', 'Chat rooms', 'ChatRate off', 'ChatList on') +
         location('/open', 'Chat rooms', 'ChatRate off') +
         location('/chat-status', 'Chat status'))
PROTOCOLS = 'Protocols h2 h2c http/1.1\n'
ROOM = '/chat/lobby'
BROWSER = [('User-Agent', 'Mozilla/5.0 (X11; Linux x86_64)'),
           ('Accept-Language', 'en')]
CODED = BROWSER + [('Accept-Encoding', 'gzip, br')]
PROMPT = 0.2            # seconds; who holds an event back does so for longer
TRIES = 3


@pytest.fixture(scope='module')
def server():
    assert os.path.exists(RULES), 'install modsecurity-crs'
    config = PROTOCOLS + SECURITY + PLAIN + location('/chat', FILTERS)
    running = Httpd(tls=True, modules=MODULES, config=config,
                    vhost_config=PROTOCOLS)
    for name in ('data', 'tmp'):
        (running.root / name).mkdir()
        (running.root / name).chmod(0o777)
    with running:
        yield running


def host_of(server, tls):
    """The rules mark a numeric Host as suspicious."""
    return f'localhost:{server.address(tls)[1]}'


def decoded(answer):
    if answer.header('content-encoding') == 'gzip':
        answer.body = gzip.decompress(answer.body)
    return answer


def ask(server, method, path, headers=(), body=b'', tls=False):
    """One request of a browser."""
    return decoded(server.request(method, path, [
        ('Host', host_of(server, tls)), *BROWSER, ('Accept-Encoding', 'gzip'),
        *headers], body, tls))


def say(server, text, tls=False):
    """The id of a message, and when its sender knew of it."""
    answer = ask(server, 'POST', ROOM, [
        ('Accept', '*/*'), ('Content-Type', 'application/json')],
        json.dumps({'text': text}), tls)
    told = time.monotonic()
    assert answer.status == 201, answer
    return answer.json()['id'], told


def adopted(server):
    """How many connections the hub has had so far."""
    return server.get('/chat-status?format=json').json()['adopted_total']


def asked(server):
    """Grows with each poll that the hub has, also with one on a connection
    that a proxy has kept."""
    status = server.get('/chat-status?format=json').json()
    return status['adopted_total'] + status['received_bytes_total']


class Events:
    """An event stream over HTTP/1.1."""

    def __init__(self, server, tls):
        self.client = SseClient(server.address(tls), ROOM + '?history=0',
                                CODED, tls=tls, host=host_of(server, tls))
        self.headers = {name: values[0] for name, values
                        in self.client.response.headers.items()}
        self.client.recv_event('hello')

    def prepare(self, server, after):
        pass

    def texts(self):
        return self.client.recv_texts(1)

    def close(self):
        self.client.disconnect()


class CurlEvents(Events):
    """An event stream that curl reads and decodes."""

    def __init__(self, server, tls):
        self.client = subprocess.Popen(
            ['curl', '-skN', '--compressed', '-A', 'Mozilla/5.0', '-H',
             'Accept: text/event-stream', '--max-time', '300',
             f'{"https" if tls else "http"}://{host_of(server, tls)}{ROOM}'
             '?history=0'],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert self.next_event()['type'] == 'hello'

    def next_event(self):
        while True:
            line = self.client.stdout.readline()
            assert line, 'curl has ended'
            if line.startswith(b'data:'):
                return json.loads(line[5:])

    def texts(self):
        while True:
            event = self.next_event()
            if event['type'] == 'message':
                return [event['text']]

    def close(self):
        self.client.terminate()
        self.client.wait(PATIENCE)
        self.client.stdout.close()


class Poll:
    """Long-polls over HTTP/1.1."""

    def __init__(self, server, tls):
        self.server, self.tls, self.client = server, tls, None

    def path(self, after):
        return f'{ROOM}?after={after}&wait=20'

    def prepare(self, server, after):
        """Asks, and waits until the hub has the question."""
        self.close()
        before = asked(server)
        self.begin(after)
        wait_until(lambda: asked(server) > before, 10, 'a held poll')

    def begin(self, after):
        self.client = self.server.raw(self.tls)
        self.client.send(head_bytes(
            'GET', self.path(after), host_of(self.server, self.tls),
            [('Accept', 'application/json'), *BROWSER,
             ('Accept-Encoding', 'gzip')]))

    def texts(self):
        answer = decoded(self.client.read_response())
        return [e['text'] for e in answer.json()['events']]

    def close(self):
        if self.client:
            self.client.disconnect()


def lowered(headers, accept):
    return [(name.lower(), value)
            for name, value in [('Accept', accept), *headers]]


class Events2(Events):
    """An event stream over HTTP/2."""

    def __init__(self, server, tls):
        self.client = Http2Client(server, tls, host_of(server, tls))
        self.stream = self.client.begin(
            ROOM + '?history=0', extra=lowered(CODED, 'text/event-stream'))
        self.client.until(lambda: b'"hello"' in self.stream.body)
        self.headers = self.stream.headers

    def texts(self):
        self.stream.body.clear()
        self.client.until(lambda: b'"type":"message"' in self.stream.body
                          and self.stream.body.endswith(b'\n\n'))
        return [json.loads(line[5:])['text']
                for line in bytes(self.stream.body).split(b'\n')
                if line.startswith(b'data:') and b'"message"' in line]

    def close(self):
        self.client.raw.disconnect()


class Poll2(Poll):
    """Long-polls over HTTP/2."""

    def begin(self, after):
        self.client = Http2Client(self.server, self.tls,
                                  host_of(self.server, self.tls))
        self.stream = self.client.begin(self.path(after), extra=lowered(
            BROWSER + [('Accept-Encoding', 'gzip')], 'application/json'))

    def texts(self):
        self.client.until(lambda: self.stream.ended)
        body = bytes(self.stream.body)
        if self.stream.headers.get('content-encoding') == 'gzip':
            body = gzip.decompress(body)
        return [e['text'] for e in json.loads(body)['events']]

    def close(self):
        if self.client:
            self.client.raw.disconnect()


def delays(reader, server, tls):
    """How long after its sender a reader knows of each message."""
    found, (last, _) = [], say(server, 'before', tls)
    if isinstance(reader, Events):
        reader.texts()
    for number in range(TRIES):
        reader.prepare(server, last)
        last, told = say(server, f'number {number}', tls)
        assert reader.texts() == [f'number {number}']
        found.append(time.monotonic() - told)
    return found


@pytest.mark.parametrize('tls', [False, True], ids=['plain', 'tls'])
@pytest.mark.parametrize('kind', [Events, Poll, Events2, Poll2],
                         ids=lambda kind: kind.__name__)
def test_prompt(server, kind, tls):
    reader = kind(server, tls)
    with contextlib.closing(reader):
        found = delays(reader, server, tls)
    assert min(found) < at_most(PROMPT), found
    if isinstance(reader, Events):
        assert reader.headers['content-type'] == \
            'text/event-stream; charset=utf-8'
        assert 'no-transform' in reader.headers['cache-control']
        assert reader.headers['x-accel-buffering'] == 'no'
        assert 'content-encoding' not in reader.headers


@pytest.mark.parametrize('option', ['--http1.1', '--http2'])
@pytest.mark.parametrize('coding', ['br', 'gzip'])
def test_filters_are_there(server, option, coding):
    """Answers that wait for nobody are coded: the filters of this server do
    work. A foreign client decodes them."""
    say(server, 'coded')
    done = subprocess.run(
        ['curl', '-sk', option, '--compressed', '-D', '-', '-H',
         f'Accept-Encoding: {coding}', '-H', 'Accept: application/json',
         '-A', 'Mozilla/5.0', '--max-time', '60',
         f'https://{host_of(server, True)}{ROOM}?after=0-0&wait=20'],
        capture_output=True, check=True)
    head, _, body = done.stdout.partition(b'\r\n\r\n')
    assert f'content-encoding: {coding}' in head.decode().lower()
    assert json.loads(body)['events'][-1]['text'] == 'coded'


ATTACK = "'; select * from users where '1'='1' <script>alert(1)</script>"
REFUSED = (r'\[security2:error\].*(Inbound Anomaly|libinjection|XSS|SQL|'
           r'Remote Command|content type is not allowed)')


def post_kinds(server, prefix, text):
    """The statuses of a text in each form that a POST may have."""
    return [ask(server, 'POST', prefix + 'lobby', [
        ('Accept', 'application/json'), ('Content-Type', kind)], body).status
        for kind, body in (
            ('application/json', json.dumps({'text': text})),
            ('application/x-www-form-urlencoded',
             urllib.parse.urlencode({'text': text})),
            ('text/plain', text))]


def test_rules_are_there(server):
    """The core rules refuse what looks like an attack, and text/plain."""
    server.allow(REFUSED)
    assert post_kinds(server, '/chat/', ATTACK) == [403, 403, 403]
    assert post_kinds(server, '/chat/', "it's fine") == [201, 201, 403]


def test_rule_of_the_documents(server):
    """Who talks about code may: the chat's pages take no text for markup."""
    assert post_kinds(server, '/open/', ATTACK) == [201, 201, 201]
    page = ask(server, 'GET', '/open/lobby', JSON).json()
    assert [e['text'] for e in page['events']] == [ATTACK] * 3


PAGE = [('Accept', 'text/html,application/xhtml+xml,*/*;q=0.8')]
JSON = [('Accept', 'application/json')]
FORM = [*PAGE, ('Content-Type', 'application/x-www-form-urlencoded')]
ROWS = [
    ('GET', ROOM, PAGE, '', 200), ('GET', '/chat/', PAGE, '', 200),
    ('GET', ROOM, JSON, '', 200), ('GET', ROOM + '?members', JSON, '', 200),
    ('GET', '/chat/?rooms', JSON, '', 200),
    ('GET', ROOM + '?after=0-0', JSON, '', 200),
    ('GET', ROOM + '?before=9999999999999-0&limit=5', JSON, '', 200),
    ('POST', ROOM, FORM, 'text=hello+there', 303),
    ('POST', ROOM, [*JSON, ('Content-Type', 'application/json')],
     '{"type":"typing"}', 204),
    ('GET', '/chat/_chatws/chatws.js', [('Accept', '*/*')], '', 200),
    ('HEAD', ROOM, JSON, '', 200),
    ('OPTIONS', ROOM, [('Access-Control-Request-Method', 'POST')], '', 204),
]


@pytest.mark.parametrize('tls', [False, True], ids=['plain', 'tls'])
def test_rows(server, tls):
    """Every row's usual request passes the rules and the filters."""
    for method, path, headers, body, status in ROWS:
        answer = ask(server, method, path, headers, body, tls)
        assert answer.status == status, (method, path, answer)
        kind = answer.header('content-type', '')
        if status == 200 and method == 'GET' and headers is JSON:
            assert kind == 'application/json' and answer.json()
        if status == 200 and headers is PAGE:
            assert kind.startswith('text/html') and b'<html' in answer.body


@pytest.mark.parametrize('tls', [False, True], ids=['plain', 'tls'])
def test_websocket(server, tls):
    client = WsClient(server.address(tls), ROOM, tls=tls, headers=CODED,
                      host=host_of(server, tls))
    client.recv_event('hello')
    client.say("it's <b>bold</b> here; select * from users", ref='1')
    assert client.recv_event('ack')['ref'] == '1'
    client.close()


# Proxies in front

@contextlib.contextmanager
def nginx(server, *lines):
    """nginx as it comes, buffering, in front of the rooms; gives its
    address."""
    port = free_port()
    user = 'user root;' if os.getuid() == 0 else ''
    folder = server.root / f'nginx-{port}'
    folder.mkdir()
    inside = '\n'.join(lines)
    temporary = '\n'.join(f'{name}_temp_path {folder}/{name};' for name in (
        'client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
    (folder / 'nginx.conf').write_text(f'''
        {user}
        daemon off;
        pid {folder}/pid;
        error_log {folder}/error.log;
        events {{ }}
        http {{
            access_log off;
            gzip on;
            gzip_types *;
            {temporary}
            server {{
                listen 127.0.0.1:{port};
                location / {{
                    proxy_pass http://127.0.0.1:{server.port};
                    proxy_set_header Host $http_host;
                    {inside}
                }}
            }}
        }}''')
    process = subprocess.Popen(
        ['/usr/sbin/nginx', '-p', str(folder), '-e', str(folder / 'error.log'),
         '-c', str(folder / 'nginx.conf')], stdin=subprocess.DEVNULL)
    try:
        wait_until((folder / 'pid').exists, 10, 'nginx runs')
        yield Front(port)
    finally:
        process.terminate()
        process.wait(PATIENCE)


class Front:
    """The address of a proxy, for the readers."""

    def __init__(self, port):
        self.port = port

    def address(self, tls=False):
        return ('127.0.0.1', self.port)

    def raw(self, tls=False):
        return RawClient(self.address())


@contextlib.contextmanager
def mod_proxy(server, *lines):
    """Another httpd in front, with filters of its own."""
    config = (load('proxy') + load('proxy_http') +
              'ProxyPreserveHost On\n' + '\n'.join(lines) +
              f'\nProxyPass "/chat" "http://127.0.0.1:{server.port}/chat"\n')
    with Httpd(chat=False, config=config, modules=('deflate', 'filter')
               ) as front:
        yield front


HTTP11 = 'proxy_http_version 1.1;'


@pytest.mark.parametrize('front, lines', [
    (nginx, []), (nginx, [HTTP11]), (mod_proxy, []),
    (mod_proxy, ['SetOutputFilter DEFLATE'])],
    ids=['nginx', 'nginx-1.1', 'httpd', 'httpd-deflate'])
def test_behind(server, front, lines):
    """The room's own headers switch a proxy's buffering off."""
    with front(server, *lines) as proxy:
        for kind in (CurlEvents, Poll):
            with contextlib.closing(kind(proxy, False)) as reader:
                found = delays(reader, server, False)
            assert min(found) < at_most(PROMPT), (kind, found)


def test_nginx_would_buffer(server):
    """The same nginx, told to overlook the header, keeps everything: what
    test_behind shows is the header's doing."""
    with nginx(server, 'proxy_ignore_headers X-Accel-Buffering;') as proxy:
        client, before = proxy.raw(), adopted(server)
        client.send(head_bytes('GET', ROOM, host_of(proxy, False), [
            ('Accept', 'text/event-stream'), *BROWSER]))
        wait_until(lambda: adopted(server) > before, 10, 'it is there')
        say(server, 'kept')
        with pytest.raises(TimeoutError), client.exactly():
            client.read_until(b'kept', 3 * PROMPT)
        client.disconnect()
