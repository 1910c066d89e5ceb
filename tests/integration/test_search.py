"""?search=WORDS: what is found, page by page, and what is refused."""
import urllib.parse

import pytest

from harness import Httpd, is_made, location, new_room, say
from harness.address import check_429, until_refused

CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/slow', 'Chat rooms', 'ChatRate 1/s 2') +
          location('/closed', 'Chat rooms', 'ChatGuests off') +
          location('/kept', 'Chat rooms', 'ChatRate off', 'ChatHistory 3 1h'))


@pytest.fixture(scope='module')
def server():
    with Httpd(config=CONFIG) as running:
        yield running


@pytest.fixture
def room():
    return new_room()


def ask(server, room, words, **parameters):
    query = urllib.parse.urlencode({'search': words, **parameters})
    return server.get(f'{room}?{query}')


def found(server, room, words, **parameters):
    """The texts of one answer."""
    answer = ask(server, room, words, **parameters)
    assert answer.status == 200, answer
    return [event['text'] for event in answer.json()['events']]


def refused(answer, status, code):
    assert answer.status == status, answer
    assert answer.json()['code'] == code
    return answer.json()


TEXTS = ('Hello, World', 'hello again', 'CAFÉ im Grünen', 'Straße 100%',
         'a_b\\c', '消息 你好', 'ｆｕｌｌ ｗｉｄｔｈ', "it's \"<b>\" & more",
         'Ω 🙂 end')


@pytest.mark.parametrize('words, texts', [
    ('hello', TEXTS[:2]),
    ('HELLO', TEXTS[:2]),
    ('world hello', TEXTS[:1]),
    ('hello\t\u3000world', TEXTS[:1]),
    ('ello', TEXTS[:2]),
    ('hello mars', ()),
    ('cafe\u0301', TEXTS[2:3]),
    ('cafe', ()),
    ('GRÜN', TEXTS[2:3]),
    ('strasse', TEXTS[3:4]),
    ('%', TEXTS[3:4]),
    ('0%', TEXTS[3:4]),
    ('_', TEXTS[4:5]),
    ('a_b', TEXTS[4:5]),
    ('axb', ()),
    ('\\', TEXTS[4:5]),
    ('息', TEXTS[5:6]),
    ('full width', TEXTS[6:7]),
    ('<b>', TEXTS[7:8]),
    ("it's \"", TEXTS[7:8]),
    ('ω', TEXTS[8:]),
    ('🙂', TEXTS[8:]),
    ('a b c d e f g h', ()),
    ("' OR 1=1 --", ()),
    ('*', ()),
])
def test_words(server, words, texts):
    room = '/chat/words'
    if not server.get(room).json()['events']:
        say(server, room, *TEXTS)
    assert found(server, room, words) == list(texts)


@pytest.mark.parametrize('query', [
    'search=', 'search', 'search=%20%09', 'search=%E2%80%8B',
    'search=1+2+3+4+5+6+7+8+9', 'search=' + 'x' * 201, 'search=a%00b',
    'search=%FF', 'search=%', 'search=a%07', 'search=a&search=b',
    'search=a&limit=0', 'search=a&limit=x', 'search=a&before=x',
    'search=a&before=', 'search=a&after=1-0', 'search=a&before=1-0&after=1-0',
])
def test_bad_requests(server, room, query):
    refused(server.get(f'{room}?{query}'), 400, 'bad_request')


def test_pages(server, room):
    """Oldest first, the newest of them, and on from the cursor."""
    ids = say(server, room, *[f'{"even" if n % 2 == 0 else "odd"} {n}'
                              for n in range(100)])
    evens = ids[::2]
    answer = ask(server, room, 'even', limit=30).json()
    assert [event['id'] for event in answer['events']] == evens[-30:]
    assert answer['more'] is True and answer['gap'] is False
    rest = ask(server, room, 'even', before=answer['cursor']).json()
    assert [event['id'] for event in rest['events']] == evens[:-30]
    assert 'more' not in rest
    assert len(found(server, room, 'e', limit=99)) == 50
    assert found(server, room, 'even', limit=2, before=ids[96]) == \
        ['even 92', 'even 94']


def test_limit_is_clamped():
    with Httpd(config=location('/chat', 'Chat rooms', 'ChatRate off',
                               'ChatHistory 2000')) as server:
        say(server, '/chat/a', *['same'] * 205)
        assert len(found(server, '/chat/a', 'same', limit=999999)) == 200
        page = server.get('/chat/a?before=99999999999999-0&limit=99999')
        assert len(page.json()['events']) == 205


def test_amendments(server, room):
    """Deleted: never; edited: by the new text."""
    key = [('X-Chatws-Key', '0123456789abcdef' * 2)]
    old, gone, _ = say(server, room, 'one apple', 'two apples', 'apple pie',
                       headers=key)

    def command(body):
        assert server.post(room, body, headers=key).status == 200
    command(f'{{"type":"edit","id":"{old}","text":"one pear"}}')
    command(f'{{"type":"delete","id":"{gone}"}}')
    assert found(server, room, 'apple') == ['apple pie']
    assert found(server, room, 'pear') == ['one pear']
    assert found(server, room, 'guest') == []


def test_it_makes_nothing(server, room):
    answer = ask(server, room, 'x')
    assert answer.json()['events'] == [] and 'more' not in answer.json()
    assert answer.header('cache-control') == 'no-store'
    assert not is_made(server, room)


def test_it_costs_a_command(server):
    key = [('X-Chatws-Key', 'fedcba9876543210' * 2)]
    *good, limited = until_refused(
        lambda: server.get('/slow/a?search=x', key))
    assert len(good) >= 2 and {answer.status for answer in good} == {200}
    check_429(limited)


def test_who_may_not_read(server):
    refused(server.get('/closed/a?search=x'), 403, 'forbidden')
    refused(server.get('/chat/?search=x'), 400, 'bad_room')
    answer = server.get('/chat/a?search=x', [('Origin', 'https://x.example')])
    refused(answer, 403, 'forbidden')


def test_what_is_kept(server):
    """Without an archive, no more than that."""
    room = new_room('/kept')
    say(server, room, 'a 1', 'a 2', 'a 3', 'a 4')
    assert found(server, room, 'a') == ['a 2', 'a 3', 'a 4']
