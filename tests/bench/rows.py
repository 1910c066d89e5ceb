"""A room of millions of messages, which came over a WebSocket as all do: how
long a page of it takes, and a search.

The times are those of a client on the same machine, over a connection that
stays open. They are printed as the half and 99 of 100 of them took at most.
"""
import http.client
import json
import os
import random
import tempfile
import threading
import time

import peers
from harness import TEXT, encode_frame, wait_until
from harness.databases import database

ROWS = {'sqlite3': 10_000_000, 'pgsql': 1_000_000, 'mysql': 1_000_000}
ROOM = '/chat/large'
WINDOW = 16384    # messages that were not acked yet
BLOCK = 512       # sent at once
RARE = 10         # messages that have RARE_WORD, all over the room
RARE_WORD, ABSENT_WORD = 'Xylophonzebra', 'Quittengelee'
FRESH = 20000     # that many, at most, are in no index
INDEXING = 3600   # seconds that the index may take
PAGES, SEARCHES = 500, 40


def vocabulary(draw):
    """5,000 words: the first one is the most frequent."""
    letters = 'etaoinshrdlucmfwypvbgkjqxz'
    weights = [1 / (3 + rank) for rank in range(len(letters))]
    words = {}
    while len(words) < 5000:
        size = 2 + min(len(words) // 50, 2) + draw.randrange(6)
        words[''.join(draw.choices(letters, weights, k=size))] = True
    return list(words)


def frame(text):
    """A message; a mask of zeros lets the bytes be as they are."""
    body = json.dumps({'type': 'message', 'text': text}).encode()
    return encode_frame(TEXT, body, mask=bytes(4))


def talk(draw, words):
    """100,000 different messages of 4 to 17 words (Zipf's law)."""
    weights = [1 / (1 + rank) for rank in range(len(words))]
    return [frame(' '.join(draw.choices(words, weights,
                                        k=4 + draw.randrange(14))))
            for _ in range(100_000)]


class Acks(threading.Thread):
    """Reads what the sender is sent, and counts its acks."""

    def __init__(self, socket):
        super().__init__(daemon=True)
        self.socket, self.count, self.error = socket, 0, None
        self.moved = threading.Condition()

    def run(self):
        mark, rest = b'{"type":"ack"', b''
        while True:
            try:
                data = rest + self.socket.recv(1 << 18)
            except OSError as error:
                data, self.error = b'', error
            if len(data) == len(rest) or b'"type":"error"' in data:
                self.error = self.error or data[-500:] or 'the end'
            with self.moved:
                self.count += data.count(mark)
                self.moved.notify()
            if self.error:
                return
            rest = data[1 - len(mark):]

    def wait(self, count):
        """Until so many are there."""
        with self.moved:
            while self.count < count:
                assert self.moved.wait(60) and not self.error, self.error


def fill(peer, draw, words, rows):
    """Says so many messages; seconds until the last one is acked."""
    frames = talk(draw, words)
    rare = {rows * part // RARE + 777 for part in range(RARE)}
    client = peer.httpd.ws(ROOM + '?history=0', protocols=['chatws.v1'],
                           headers=[('Origin', 'http://localhost')])
    client.recv_event('hello')
    client.socket.settimeout(None)
    acks = Acks(client.socket)
    acks.start()
    begun = time.monotonic()
    for sent in range(0, rows, BLOCK):
        block = draw.choices(frames, k=min(BLOCK, rows - sent))
        for number in rare & set(range(sent, sent + len(block))):
            block[number - sent] = frame(f'{RARE_WORD} {number} is rare')
        acks.wait(sent - WINDOW)
        client.socket.sendall(b''.join(block))
    acks.wait(rows)
    return time.monotonic() - begun


class Reader:
    """A connection that stays open."""

    def __init__(self, peer):
        self.connection = http.client.HTTPConnection(
            '127.0.0.1', peer.httpd.port, timeout=60)

    def get(self, query):
        """(the page, milliseconds)"""
        begun = time.perf_counter()
        self.connection.request('GET', f'{ROOM}?{query}')
        answer = self.connection.getresponse()
        body = answer.read()
        spent = 1000 * (time.perf_counter() - begun)
        assert answer.status == 200, (query, answer.status, body[:500])
        return json.loads(body), spent


def show(what, times, more=''):
    times = sorted(times)
    print(f'{what:48} {times[len(times) // 2]:11.2f} '
          f'{times[len(times) * 99 // 100]:11.2f}  {more}', flush=True)


def show_pages(reader, draw, span, file):
    """Pages that begin anywhere in the room."""
    def place():
        return f'{draw.randrange(*span)}-0'

    def read(query, count, cold=False):
        times = []
        for _ in range(PAGES // (5 if cold else 1)):
            if cold:
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            page, spent = reader.get(query.format(place()))
            assert len(page['events']) == count, page
            times.append(spent)
        return times
    show('50 messages, ?before', read('before={}&limit=50', 50))
    if file is not None:
        show('    and the file is not in memory',
             read('before={}&limit=50', 50, cold=True))
    show('1,000 messages, ?before', read('before={}&limit=1000', 1000))
    show('1,000 messages, ?after', read('after={}', 1000))


def search_all(reader, words):
    """The times of all requests of one search to the beginning of the room, or
    to the 1,000th message, and how many were found."""
    times, found, before = [], 0, ''
    while True:
        page, spent = reader.get(f'search={words}&limit=50{before}')
        times.append(spent)
        found += len(page['events'])
        if not page.get('more') or found >= 1000:
            return times, found
        before = f'&before={page["cursor"]}'


def show_searches(reader, words):
    for what, asked in (('a frequent word', words[0]),
                        ('one of the 1,000th rank', words[1000]),
                        (f'a word of {RARE} messages', RARE_WORD),
                        ('a word of no message', ABSENT_WORD),
                        ('two words', f'{words[300]}+{words[400]}'),
                        ('two, never together', f'{RARE_WORD}+{words[2]}')):
        times, found = search_all(reader, asked)
        if asked == RARE_WORD:
            assert found == RARE, found
        first = [reader.get(f'search={asked}&limit=50')[1]
                 for _ in range(SEARCHES)]
        show(f'search, {what}: the first answer', first)
        show('    each until all, or 1,000, are found', times,
             f'{found} found in {len(times)} requests, {sum(times):.0f} ms')


def indexed(db):
    """True when the index of words has all that it is to have."""
    (left,), = db.query('SELECT max(top - indexed) FROM chatws_rooms')
    return int(left) < FRESH


def size_of(db):
    """Bytes of the database."""
    if db.driver == 'mysql':
        db.query('ANALYZE TABLE chatws_events')  # else it is guessed
    sql = {'sqlite3': "SELECT page_count * page_size FROM pragma_page_count, "
                      "pragma_page_size",
           'pgsql': "SELECT pg_database_size('chat')",
           'mysql': 'SELECT sum(data_length + index_length) FROM '
                    "information_schema.tables WHERE table_name LIKE "
                    "'chatws%'"}
    return int(db.query(sql[db.driver])[0][0])


def measure(peer, db, rows):
    draw = random.Random(12)
    words = vocabulary(draw)
    spent = fill(peer, draw, words, rows)
    print(f'{db.driver}: {rows:,} messages in one room in {spent:.0f} s, '
          f'{rows / spent:,.0f} a second', flush=True)
    if db.driver == 'sqlite3':
        begun = time.monotonic()
        wait_until(lambda: time.sleep(1) or indexed(db), INDEXING, 'an index')
        print(f'    in the index {time.monotonic() - begun:.0f} s later')
    (count, first, last), = db.query(
        'SELECT count(*), min(ms), max(ms) FROM chatws_events')
    assert int(count) == rows, count
    print(f'    {size_of(db) / rows:.0f} bytes for each message')
    print(f'{"":48} {"p50, ms":>11} {"p99, ms":>11}')
    # Neither the newest, which are in memory, nor the oldest.
    eighth = (int(last) - int(first)) // 8
    file = None
    if db.driver == 'sqlite3':
        file = os.open(db.params, os.O_RDONLY)
    reader = Reader(peer)
    show_pages(reader, draw, (int(first) + eighth, int(last) - eighth), file)
    show_searches(reader, words)
    if file is not None:
        os.close(file)


def show_room(kind):
    """A case: as many messages as ROWS says, or the option."""
    def case(options):
        with tempfile.TemporaryDirectory(prefix='chatws-rows-') as folder, \
                database(kind, folder) as db:
            os.chmod(folder, 0o777)  # SQLite is opened by httpd's children
            peer = peers.Chat(f'ChatArchive {kind} "{db.params}"\n'
                              'ChatArchiveKeep forever\n')
            try:
                measure(peer, db, options.rows or ROWS[kind])
            finally:
                peer.stop()
    return case


CASES = {'archive-rows' + suffix: show_room(kind) for suffix, kind in (
    ('', 'sqlite3'), ('-pgsql', 'pgsql'), ('-mysql', 'mysql'))}
