"""What an archive costs: those who read, those who speak, and the machine.

`latency`: the same rooms with and without an archive in turn, each time on a
fresh server; medians. `writing`: 20,000 messages a second into SQLite, beside
a PHP script that inserts each message by itself, on the same disk.
"""
import json
import resource
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import peers
from harness import wait_until

ARCHIVE = 'ChatArchive sqlite3 data/chat.db\n'
STATUS = '<Location "/status">\nChat status\n</Location>\n'
SIZE = 75     # bytes of a text
RATE = 20000  # messages a second
BEHIND = 60   # seconds that the database may take to have all
READERS = [(1, 100), (100, 50), (1000, 20)]  # how many, messages a second

# As a chat that polls does it. With `each` every message comes in a request of
# its own, which opens the database, and nothing was set; else one connection
# has the settings of ChatArchiveAck on.
PHP = '''<?php
[, $file, $each, $seconds, $size] = $argv;
$open = function () use ($file, $each) {
    $db = new PDO("sqlite:$file");
    $db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
    if (!$each) {
        $db->exec('PRAGMA journal_mode=WAL');
        $db->exec('PRAGMA synchronous=FULL');
    }
    return $db;
};
$sql = 'INSERT INTO messages (room, name, text, said) VALUES (?, ?, ?, ?)';
$db = $open();
$db->exec('CREATE TABLE messages (id INTEGER PRIMARY KEY, room TEXT,
                                  name TEXT, text TEXT, said INTEGER)');
$db->exec('CREATE INDEX place ON messages (room, id)');
$say = $db->prepare($sql);
$begun = microtime(true);
for ($count = 0; microtime(true) < $begun + $seconds; $count++) {
    if ($each) {
        $say = null;
        $db = $open();
        $say = $db->prepare($sql);
    }
    $say->execute(['r' . $count % 200, 'Guest', str_repeat('x', (int)$size),
                   time()]);
}
echo json_encode([$count, microtime(true) - $begun]);
'''


def show_row(what, *values):
    """Two figures and the first by the second."""
    cells = ''.join(f'{value:11.2f}' for value in values)
    ratio = f'{values[0] / values[1]:7.2f}' if len(values) == 2 and values[1] \
        else ''
    print(f'{what:48} {cells} {ratio}', flush=True)


def show_medians(figures, rows):
    """`rows`: of each side, a list of figures for each run."""
    for number, what in enumerate(figures):
        show_row(what, *(statistics.median(row[number] for row in rows[side])
                         for side in (True, False)))


def read(run, peer, readers, rate, seconds):
    """p50, p99 of what readers hear from another connection, in ms, and the
    server's CPU for each time that one hears something, in us."""
    url = peer.room_url()
    report = run('fanout', url, peer.pid, '--clients', readers, '--size', SIZE,
                 '--publish', 'ws', '--pub-url', url, '--rate', rate,
                 '--duration', seconds, *peer.arguments())
    return [report['latency_us']['p50'] / 1000,
            report['latency_us']['p99'] / 1000,
            report['server']['cpu_us_per_delivery']]


def acked(peer, seconds):
    """p50, p99 of the time from a message to its ack, in ms: one sender, one
    message each 20 ms."""
    client = peer.httpd.ws('/chat/acks', protocols=['chatws.v1'],
                           headers=[('Origin', 'http://localhost')])
    client.recv_event('hello')
    times = []
    for number in range(50 * seconds):
        begun = time.perf_counter()
        client.say('x' * SIZE, ref=f'{number}')
        while b'"type":"ack"' not in client.recv_raw_event():
            continue
        times.append(1000 * (time.perf_counter() - begun))
        time.sleep(max(0, 0.02 - times[-1] / 1000))
    times.sort()
    return [times[len(times) // 2], times[len(times) * 99 // 100]]


def latency(run, options):
    figures = []
    for readers, rate in READERS:
        what = f'{readers:,} reader{"s" * (readers > 1)}, {rate}/s: '
        figures += [what + 'p50 latency, ms', '    p99 latency, ms',
                    '    us of CPU per delivery']
    figures += ['ack of a WebSocket, p50, ms', '    p99, ms']
    rows = {True: [], False: []}
    for turn in range(options.repeat):
        for side in ((True, False), (False, True))[turn % 2]:
            peer = peers.Chat(ARCHIVE if side else '')
            row = []
            try:
                for readers, rate in READERS:
                    row += read(run, peer, readers, rate, options.seconds)
                row += acked(peer, options.seconds)
            finally:
                peer.stop()
            rows[side].append(row)
    print(f'{"":48} {"archive":>11}{"without":>11} {"ratio":>7}')
    show_medians(figures, rows)


class Lag(threading.Thread):
    """Looks at how far the database is behind, all the time."""

    def __init__(self, httpd):
        super().__init__(daemon=True)
        self.httpd, self.most, self.ended = httpd, 0, threading.Event()

    def now(self):
        answer = self.httpd.get('/status?format=json', timeout=60)
        return json.loads(answer.body).get('archive_lag_messages', 0)

    def run(self):
        while not self.ended.wait(0.1):
            self.most = max(self.most, self.now())


def settled(peer):
    """Seconds until the database has all."""
    begun = time.monotonic()
    wait_until(lambda: Lag(peer.httpd).now() == 0, BEHIND, 'all is written')
    return time.monotonic() - begun


def speak(run, side, seconds):
    """Messages a second, us of CPU for each, p50 and p99 of delivery in ms, how
    many messages the database was behind at most, and the seconds that it
    needed at the end."""
    peer = peers.Chat(STATUS + (ARCHIVE if side else ''))
    try:
        lag = Lag(peer.httpd)
        lag.start()
        report = run('chat', peer.room_url(), peer.pid, '--clients', 400,
                     '--members', 2, '--inflight', 8, '--rate', RATE,
                     '--size', SIZE, '--duration', seconds,
                     *peer.arguments())
        lag.ended.set()
        lag.join(60)
        row = [report['sent_per_s'], report['server']['cpu_us_per_message'],
               report['latency_us']['p50'] / 1000,
               report['latency_us']['p99'] / 1000, lag.most,
               settled(peer) if side else 0]
        if side:
            file = f'file:{peer.httpd.root}/data/chat.db?mode=ro'
            with sqlite3.connect(file, uri=True) as db:
                rows = db.execute('SELECT count(*) FROM chatws_events')
                assert rows.fetchone()[0] == report['sent'], report
    finally:
        peer.stop()
    return row


def php(each, seconds):
    """Messages a second, and us of CPU for each."""
    folder = Path(tempfile.mkdtemp(prefix='chatws-php-'))
    try:
        (folder / 'say.php').write_text(PHP)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            ['php', 'say.php', 'chat.db', '1' if each else '', str(seconds),
             str(SIZE)], cwd=folder, capture_output=True, text=True,
            check=True, timeout=10 * seconds + 60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    finally:
        shutil.rmtree(folder)
    count, spent = json.loads(done.stdout)
    cpu = (after.ru_utime + after.ru_stime
           - before.ru_utime - before.ru_stime)
    return [count / spent, 1e6 * cpu / count]


def writing(run, options):
    figures = [f'{RATE:,} messages/s wanted: messages/s',
               '    us of CPU per message, 2 readers each',
               '    p50 latency, ms', '    p99 latency, ms',
               '    messages behind, at most', '    seconds behind, at the end']
    rows = {True: [], False: []}
    stock, same = [], []
    for _ in range(options.repeat):
        for side in (True, False):
            rows[side].append(speak(run, side, options.seconds))
        stock.append(php(True, options.seconds))
        same.append(php(False, options.seconds))
    print(f'{"":48} {"archive":>11}{"without":>11} {"ratio":>7}')
    show_medians(figures, rows)
    ours = [statistics.median(row[0] for row in rows[True]),
            statistics.median(with_it[1] - without[1] for with_it, without
                              in zip(rows[True], rows[False]))]
    print(f'{"":48} {"archive":>11}{"PHP":>11} {"ratio":>7}')
    for what, runs in (('a connection for each', stock),
                       ('one connection, WAL', same)):
        theirs = [statistics.median(row[number] for row in runs)
                  for number in (0, 1)]
        show_row(f'INSERT each, {what}: messages/s', ours[0], theirs[0])
        show_row('    us of CPU to write one', ours[1], theirs[1])


CASES = {'archive': latency, 'archive-writing': writing}
