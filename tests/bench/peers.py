"""The servers that are compared: httpd with mod_chatws, nginx with nchan, and
uWebSockets, of which `npm install --no-save --prefix build/npm uwebsockets@3`
gets a build for node.

Each gives URLs and message templates for the load generator, the pid of its
parent process, and stops what it started.
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / 'integration'))

from harness import Httpd, server_certificate, wait_until  # noqa: E402
from harness.paths import SOURCE, free_port  # noqa: E402

NGINX = '/usr/sbin/nginx'
NCHAN = '/usr/lib/nginx/modules/ngx_nchan_module.so'
DESCRIPTORS = 20000

# The log levels, .htaccess and logs of Debian's stock configuration, the latter
# buffered: nginx writes none here.
CHAT = '''
LogLevel warn
BufferedLogs On
<Directory "@ROOT@/htdocs">
    AllowOverride None
</Directory>
<Directory "/">
    AllowOverride None
</Directory>
ChatMaxConnections 16000
<Location "/chat">
    Chat rooms
    ChatRate off
    ChatOrigin any
</Location>
<Location "/chat/deep">
    ChatHistory 1000 24h
</Location>
<Location "/echo">
    Chat echo
</Location>
'''

# Two children, as nginx has two workers. `ThreadsPerChild` and the rest are
# the MPM's own defaults.
CHILDREN = '''
MaxKeepAliveRequests 0
StartServers %(children)d
ServerLimit %(children)d
ThreadsPerChild 25
MaxRequestWorkers %(workers)d
MinSpareThreads 25
MaxSpareThreads %(workers)d
MaxConnectionsPerChild 0
ListenBacklog 4096
'''


class Chat:
    """httpd, event MPM, with the module."""

    name = 'mod_chatws'
    message = '{"type":"message","text":"%t%p"}'
    ready = '{"type":"hello"'

    def __init__(self, more='', children=2):
        """`more`: further directives."""
        sizes = CHILDREN % {'children': children, 'workers': 25 * children}
        self.httpd = Httpd(config=CHAT + more, sizes=sizes, tls=True,
                           limits={'nofile': DESCRIPTORS})
        self.httpd.allow('AH00484|AH10159')  # a storm on 50 workers
        self.httpd.start()
        self.pid = self.httpd.process.pid

    def room_url(self, tls=False):
        if tls:
            return f'wss://127.0.0.1:{self.httpd.tls_port}/chat/r%r'
        return f'ws://127.0.0.1:{self.httpd.port}/chat/r%r'

    def deflate_url(self):
        """A room whose messages are compressed for whoever offers it."""
        return self.room_url()

    def echo_url(self):
        return f'ws://127.0.0.1:{self.httpd.port}/echo'

    def readers(self, transport, room):
        """Readers of a room over 'sse' or 'longpoll'. Its messages come over
        one WebSocket: under load httpd closes idle connections of HTTP, those
        of publishers as well. A room in deep/ keeps 1,000 messages."""
        url = f'http://127.0.0.1:{self.httpd.port}/chat/{room}'
        reader = {'sse': ['--url', url, '--ready', self.ready],
                  'longpoll': ['--url', url + '?wait=25',
                               '--echo', '"cursor"=>?after=0-0']}
        return ['--transport', transport, *reader[transport],
                '--publish', 'ws', '--msg', self.message,
                '--pub-url', url.replace('http:', 'ws:')]

    def page_url(self):
        return f'http://127.0.0.1:{self.httpd.port}/alive.txt'

    def arguments(self):
        """What the load generator must be told to talk to a room."""
        return ['--ready', self.ready, '--msg', self.message]

    def stop(self):
        self.httpd.stop()


class Nchan:
    """nginx with Debian's nchan, two workers, sharing memory; with the port of
    a Redis the messages of its channels come by there."""

    name = 'nchan'

    def __init__(self, redis=None):
        upstream = f'upstream redis {{ nchan_redis_server ' \
            f'redis://127.0.0.1:{redis}; }}' if redis else ''
        shared = 'nchan_redis_pass redis;' if redis else ''
        self.root = Path(tempfile.mkdtemp(prefix='chatws-nchan-'))
        self.root.chmod(0o755)
        self.port, self.tls_port = free_port(), free_port()
        cert, key = server_certificate()
        user = 'user root;' if os.getuid() == 0 else ''
        (self.root / 'nginx.conf').write_text(f'''
            load_module {NCHAN};
            {user}
            daemon off;
            worker_processes 2;
            worker_rlimit_nofile {DESCRIPTORS};
            pid {self.root}/pid;
            error_log {self.root}/error.log;
            events {{ worker_connections {DESCRIPTORS - 1000}; }}
            http {{
                access_log off;
                nchan_shared_memory_size 256M;
                client_body_temp_path {self.root}/body;
                {upstream}
                server {{
                    listen 127.0.0.1:{self.port} backlog=4096;
                    listen 127.0.0.1:{self.tls_port} ssl backlog=4096;
                    ssl_certificate {cert};
                    ssl_certificate_key {key};
                    location ~ ^/pubsub/(\\w+)$ {{
                        {shared}
                        nchan_pubsub websocket;
                        nchan_channel_id $1;
                        nchan_message_buffer_length 100;
                        nchan_message_timeout 24h;
                    }}
                    location ~ ^/packed/(\\w+)$ {{
                        nchan_pubsub websocket;
                        nchan_channel_id packed$1;
                        nchan_deflate_message_for_websocket on;
                        nchan_message_buffer_length 100;
                        nchan_message_timeout 24h;
                    }}
                    location ~ ^/deep/(\\w+)$ {{
                        nchan_pubsub websocket;
                        nchan_channel_id $1;
                        nchan_message_buffer_length 1000;
                        nchan_message_timeout 24h;
                    }}
                    location ~ ^/sub/(?:deep/)?(\\w+)$ {{
                        nchan_subscriber eventsource longpoll;
                        nchan_channel_id $1;
                    }}
                }}
            }}''')
        self.process = subprocess.Popen(
            [NGINX, '-p', str(self.root), '-c', str(self.root / 'nginx.conf'),
             '-e', str(self.root / 'error.log')], stdin=subprocess.DEVNULL)
        self.pid = self.process.pid
        wait_until(lambda: (self.root / 'pid').exists(), 10, 'nginx runs')

    def room_url(self, tls=False):
        if tls:
            return f'wss://127.0.0.1:{self.tls_port}/pubsub/r%r'
        return f'ws://127.0.0.1:{self.port}/pubsub/r%r'

    def deflate_url(self):
        return f'ws://127.0.0.1:{self.port}/packed/r%r'

    def echo_url(self):
        """It has no echo: a channel of one's own is the nearest thing."""
        return f'ws://127.0.0.1:{self.port}/pubsub/e%i'

    def readers(self, transport, room):
        """The cursor of its long-polls is a pair of headers."""
        reader = ['--transport', transport, '--url',
                  f'http://127.0.0.1:{self.port}/sub/{room}', '--publish',
                  'ws', '--pub-url', f'ws://127.0.0.1:{self.port}/' +
                  (room if '/' in room else f'pubsub/{room}')]
        if transport == 'longpoll':
            reader += ['--echo', 'Last-Modified=>If-Modified-Since',
                       '--echo', 'Etag=>If-None-Match']
        return reader

    def arguments(self):
        return []

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        shutil.rmtree(self.root, ignore_errors=True)


class Uws:
    """uWebSockets, which is one process."""

    name = 'uWebSockets'
    FOLDER = Path(os.environ.get('CHATWS_NPM', SOURCE / 'build' / 'npm')) \
        / 'node_modules' / 'uwebsockets'

    def __init__(self):
        self.port, self.tls_port = free_port(), free_port()
        program = Path(__file__).with_name('uws.js')
        self.process = subprocess.Popen(
            ['node', str(program), str(self.FOLDER), str(self.port),
             str(self.tls_port), *map(str, server_certificate())],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.pid = self.process.pid
        assert self.process.stdout.readline() == 'ready\n'

    def room_url(self, tls=False):
        if tls:
            return f'wss://127.0.0.1:{self.tls_port}/r%r'
        return f'ws://127.0.0.1:{self.port}/r%r'

    def echo_url(self):
        return f'ws://127.0.0.1:{self.port}/echo'

    def arguments(self):
        return []

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
