"""Row 7 without scripts: ?plain, a form and a frame that loads itself."""
import html.parser
import json
import urllib.parse
import uuid

import pytest

from harness import Httpd, is_made, key_of, location
from harness.paths import ASSETS

BROWSER = ('Accept', 'text/html,application/xhtml+xml,*/*;q=0.8')
FORM = 'application/x-www-form-urlencoded'
CONFIG = (location('/chat', 'Chat rooms', 'ChatRate off') +
          location('/readonly', 'Chat rooms', 'ChatGuests readonly',
                   'ChatUser "%{HTTP:X-User}"', 'ChatRate off') +
          location('/off', 'Chat rooms', 'ChatGuests off') +
          location('/kept', 'Chat rooms', 'ChatRate off',
                   'ChatUser "%{HTTP:X-User}"', 'ChatModerators user ann'))
ANN = ('X-User', 'ann')
HOSTILE = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>',
           '</ol></body><base href="//x.test/">', '&lt;b&gt; &amp; &#39;',
           "' onclick='alert(1)", '<meta http-equiv="refresh" content="0">',
           '<!-- ', ']]>', '\u202e<b>\u2028']
TAGS = {'html', 'head', 'meta', 'link', 'title', 'body', 'ol', 'li', 'p',
        'b', 'i', 'small', 'time', 'h1', 'iframe', 'form', 'label', 'input', 'button'}


@pytest.fixture(scope='module', params=['event', 'prefork'])
def server(request):
    with Httpd(mpm=request.param, config=CONFIG) as running:
        yield running


@pytest.fixture
def room():
    return '/chat/' + uuid.uuid4().hex


class Reader(html.parser.HTMLParser):
    """The tags of a page, and the text of its messages."""

    def __init__(self, answer):
        super().__init__()
        self.tags, self.texts, self.times, self.names = [], [], [], []
        self.into = None
        self.feed(answer.body.decode('utf-8'))
        self.close()

    def handle_starttag(self, tag, attrs):
        pairs = dict(attrs)
        self.tags.append((tag, pairs))
        self.into = {('p', 'text'): self.texts}.get(
            (tag, pairs.get('class')), self.into)
        if tag == 'b':
            self.into = self.names
        if tag == 'time':
            self.times.append(pairs['datetime'])
        if self.into is not None and tag in ('p', 'b'):
            self.into.append('')

    def handle_endtag(self, tag):
        if tag in ('p', 'b'):
            self.into = None

    def handle_data(self, data):
        if self.into is not None:
            self.into[-1] += data

    def all(self, tag):
        return [pairs for name, pairs in self.tags if name == tag]


def look(server, path, *headers):
    answer = server.get(path, [BROWSER, *headers])
    assert answer.status == 200, answer
    assert answer.header('content-type') == 'text/html; charset=utf-8'
    assert answer.header('cache-control') == 'no-store'
    assert answer.header('x-content-type-options') == 'nosniff'
    policy = dict(part.split(' ', 1) for part in
                  answer.header('content-security-policy').split('; '))
    assert policy.pop('default-src') == "'none'"
    assert policy.pop('base-uri') == "'none'"
    assert set(policy) == {'style-src', 'img-src', 'frame-src',
                           'form-action', 'frame-ancestors'}
    assert set(policy.values()) == {"'self'"}
    page = Reader(answer)
    assert {name for name, _ in page.tags} <= TAGS
    for _, pairs in page.tags:
        assert not any(name.startswith('on') or name == 'style'
                       for name in pairs)
    return page


def write(server, room, text, *headers):
    """What a browser does with the form of the page."""
    form = look(server, f'{room}?plain', *headers).all('form')[0]
    assert form['method'] == 'post'
    place = urllib.parse.urljoin(room, form['action'])
    answer = server.post(place, urllib.parse.urlencode({'text': text}), FORM,
                         [BROWSER, *headers])
    assert answer.status == 303, answer
    return urllib.parse.urljoin(f'http://{server.host()}{room}',
                                answer.header('location'))


def test_a_conversation(server, room):
    back = write(server, room, 'hello & welcome')
    assert back == f'http://{server.host()}{room}?plain'
    server.post(room, 'zwei\nüber', 'text/plain')
    page = look(server, f'{room}?plain')
    frame, = page.all('iframe')
    log = look(server, urllib.parse.urljoin(room, frame['src']))
    assert log.texts == ['hello & welcome', 'zwei\nüber']
    assert len(log.times) == 2 and all(len(name) == 10 for name in log.names)
    assert log.all('time')[0]['datetime'].endswith('Z')
    assert [m['content'] for m in log.all('meta')
            if m.get('http-equiv') == 'refresh'] == ['5']
    assert not [m for m in page.all('meta') if 'http-equiv' in m]
    for where in (page, log):
        for link in where.all('link'):
            version, _, name = link['href'].removeprefix(
                '_chatws/').partition('/')
            assert version.startswith('v-') and (ASSETS / name).exists()


def test_a_form_without_plain_goes_to_the_room(server, room):
    answer = server.post(room, 'text=x', FORM, [BROWSER])
    assert answer.header('location') == room


def test_nothing_is_markup(server, room):
    for text in HOSTILE:
        write(server, room, text)
    log = look(server, f'{room}?plain=log')
    assert log.texts == HOSTILE
    assert {name for name, _ in log.tags} == {
        'html', 'head', 'meta', 'link', 'title', 'body', 'ol', 'li', 'p', 'b', 'small',
        'time'}
    odd = urllib.parse.quote('/chat/"><script>alert(1)</script>', safe='/')
    for query in ('plain', 'plain=log'):
        page = look(server, f'{odd}?{query}')
        assert not page.all('script')


def test_only_the_newest_are_shown(server, room):
    for i in range(60):
        server.post(room, str(i), 'text/plain')
    assert look(server, f'{room}?plain=log').texts == \
        [str(i) for i in range(10, 60)]


def test_the_guest_stays_the_same(server, room):
    first = server.get(f'{room}?plain', [BROWSER])
    cookie = ('Cookie', first.header('set-cookie').split(';')[0])
    for text in 'ab':
        write(server, room, text, cookie)
    names = look(server, f'{room}?plain=log', cookie).names
    assert len(names) == 2 and len(set(names)) == 1
    assert server.get(f'{room}?plain', [BROWSER, cookie]) \
        .header('set-cookie') is None


def test_who_may_only_read_has_no_form(server):
    page = look(server, '/readonly/r?plain')
    assert not page.all('form') and page.all('iframe')
    write(server, '/readonly/r', 'x', ('X-User', 'ann'))


def order(server, room, **command):
    answer = server.post(room, json.dumps(command), headers=[ANN])
    assert answer.status in (200, 204), answer
    return answer


def test_outcomes(server):
    room = '/kept/' + uuid.uuid4().hex
    ids = [server.post(room, text, 'text/plain', [ANN]).json()['id']
           for text in ('first', 'second', 'third')]
    order(server, room, type='delete', id=ids[0])
    order(server, room, type='edit', id=ids[1], text='second & last')
    log = look(server, f'{room}?plain=log')
    assert log.texts == ['deleted \u00b7 \u5df2\u5220\u9664', 'second & last',
                         'third']
    body = server.get(f'{room}?plain=log', [BROWSER]).body.decode()
    assert body.count('(edited') == 1 and 'first' not in body
    assert not log.all('button') and not log.all('form')


def test_topic_and_lock(server):
    room = '/kept/' + uuid.uuid4().hex
    order(server, room, type='room', topic='Soup & <b>bread</b>', locked=True)
    page = look(server, f'{room}?plain')
    assert {'class': 'topic', 'dir': 'auto'} in page.all('p')
    body = server.get(f'{room}?plain', [BROWSER]).body.decode()
    assert 'Soup &amp; &lt;b&gt;bread' in body
    assert not page.all('form') and 'Only moderators write here' in body
    assert look(server, f'{room}?plain', ANN).all('form')
    order(server, room, type='room', topic='', locked=False)
    page = look(server, f'{room}?plain')
    assert not page.all('p') and page.all('form')


@pytest.fixture
def guest(server):
    """(headers of a guest, the guest's id) of one who is not here any more."""
    headers = key_of(uuid.uuid4().int >> 1)
    with server.ws('/kept/other', headers=headers) as client:
        return headers, client.recv_event('hello')['you']['id']


def post_form(server, room, headers):
    return server.post(f'{room}?plain', 'text=x', FORM, [BROWSER, *headers])


def test_muted(server, guest):
    headers, ident = guest
    room = '/kept/' + uuid.uuid4().hex
    order(server, room, type='mute', user=ident, **{'for': 600})
    page = look(server, f'{room}?plain', *headers)
    assert not page.all('form') and page.all('iframe')
    body = server.get(f'{room}?plain', [BROWSER, *headers]).body.decode()
    assert 'You are muted' in body
    answer = post_form(server, room, headers)
    assert answer.status == 403
    assert 'You are muted: you can read, but not write. It ends in 10 ' \
        'minutes.' in answer.body.decode()
    assert look(server, f'{room}?plain').all('form')


def test_banned(server, guest):
    headers, ident = guest
    room = '/kept/' + uuid.uuid4().hex
    order(server, room, type='ban', user=ident, **{'for': 7200},
          reason='No <b>soup</b>')
    for answer in (post_form(server, room, headers),
                   server.get(f'{room}?plain', [BROWSER, *headers]),
                   server.get(f'{room}?plain=log', [BROWSER, *headers])):
        assert answer.status == 403
        assert answer.header('content-type').startswith('text/html')
        body = answer.body.decode()
        assert 'banned you for ' in body and 'It ends' not in body
        assert 'No &lt;b&gt;soup' in body
    order(server, room, type='pardon', user=ident)
    assert post_form(server, room, headers).status == 303


def test_refusals(server):
    assert server.get('/off/r?plain', [BROWSER]).status == 403
    foreign = ('Origin', 'https://evil.test')
    assert server.get('/chat/r?plain', [BROWSER, foreign]).status == 403
    answer = server.post('/chat/r?plain', 'text=x', FORM,
                         [BROWSER, foreign])
    assert answer.status == 403
    answer = server.post('/chat/r?plain', 'text=', FORM, [BROWSER])
    assert answer.status == 400
    assert answer.header('content-type').startswith('text/html')


def test_looking_makes_no_room(server, room):
    assert look(server, f'{room}?plain=log').texts == []
    assert not is_made(server, room)


def test_other_askers_and_places(server, room):
    answer = server.get(f'{room}?plain')
    assert answer.header('content-type') == 'application/json'
    answer = server.get('/chat/?plain', [BROWSER])
    assert b'data-list="off"' in answer.body
    answer = server.get('/chat?plain', [BROWSER])
    assert answer.status == 302
    assert answer.header('location') == '/chat/?plain'
    head = server.request('HEAD', f'{room}?plain', [BROWSER])
    assert head.status == 200 and head.body == b''


def test_the_page_leads_there_without_scripts(server, room):
    page = server.get(room, [BROWSER]).body.decode()
    assert '<noscript><meta http-equiv="refresh" content="0; url=?plain">' \
        in page
