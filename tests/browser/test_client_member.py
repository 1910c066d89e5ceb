"""chatws.js and a server that takes the site's tokens."""
import time

import pytest

from client import FILES, Client
from harness import Httpd, in_soak, location, wait_until
from harness.tokens import Keys

pytestmark = pytest.mark.engines(long=True)

# Seconds of a token that ends while its page is open: a busy machine may take
# the first ones to open it.
LIVES = (5, 20, 60)
TRANSPORTS = ('websocket', in_soak('sse'), 'longpoll', in_soak('poll'))
# A page that sets the cookie, as PHP does it.
PAGE = '''
<Location "/login.html">
    Header set Cache-Control no-store
    Header set Set-Cookie "expr=chatws_token=%{file:@ROOT@/htdocs/cookie}; path=/"
</Location>
'''
# The site makes a token whenever it is asked: the next of a list, in the end
# the last one.
JOIN = '''
const [path, tokens, options] = arguments;

window.asked = 0;
join(path, { ...options, token: async () => {
    asked += 1;
    return tokens[Math.min(asked, tokens.length) - 1];
} });
'''


@pytest.fixture(scope='module')
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp('keys'))


@pytest.fixture(scope='module')
def house(keys):
    config = location('/chat', 'Chat rooms', 'ChatRate 500/s 500',
                      f'ChatTokenKey "{keys.folder}/secret"')
    files = {**FILES, 'login.html': FILES['client.html'], 'cookie': ''}
    with Httpd(config=config + PAGE, files=files) as running:
        running.allow('CW064[45]')
        yield running


@pytest.fixture
def ann(engines, driver, house):
    client = Client(engines.reader(driver.engine, 'ann'), house.host())
    client.forget()
    yield client
    client.run("document.cookie = 'chatws_token=; path=/; max-age=0'")
    client.end()


@pytest.fixture
def ben(engines, driver, house):
    client = Client(engines.reader(driver.engine, 'ben'), house.host())
    client.forget()
    yield client
    client.end()


def enter(client, path, tokens, **options):
    client.load()
    client.browser.script(JOIN, path, tokens, options)
    client.wait_state('online')


def in_time(seconds):
    return int(time.time()) + seconds


def heads_of_page(house):
    return (house.root / 'logs' / 'access.log').read_text().count(
        'HEAD /login.html')


def set_cookie(client, token):
    client.browser.script(
        "document.cookie = `chatws_token=${arguments[0]}; path=/`", token)


def is_there(client, person):
    """What the presence events say of somebody, from the first one on that
    knows this person: there, or not."""
    told = []
    for event in client.events('presence'):
        ids = {kind: {each['id'] for each in event.get(kind, [])}
               for kind in ('list', 'joined', 'left')}
        if person in ids['joined'] | ids['left'] or 'list' in event:
            told.append(person in ids['joined'] | ids['list'])
    return told[told.index(True):] if True in told else []


@pytest.mark.parametrize('transport', TRANSPORTS)
def test_member(ann, ben, keys, path, transport):
    """Called as the site says, and moderating if it says so."""
    ben.enter(path)
    enter(ann, path, [keys.token(sub='7', name='Ann', role='moderator')],
          transport=transport)
    assert {**ann.get('you'), 'moderator': True} \
        == {'id': 'u-7', 'name': 'Ann', 'moderator': True}
    assert ann.get('rights') == {'speak': True, 'moderate': True}
    ann.call('send', 'hello')
    for client in (ann, ben):
        client.wait_texts('hello')
    assert ben.messages()[0]['from'] \
        == {'id': 'u-7', 'name': 'Ann', 'moderator': True}
    ben.call('send', 'advertising')
    ann.wait_texts('hello', 'advertising')
    assert ann.outcome('delete', ann.messages()[1]['id'])['id']
    wait_until(lambda: ben.events('deleted'), 10, 'it is gone')
    reader = keys.token(sub='8', role='reader')
    enter(ann, path, [reader], transport=transport)
    assert ann.get('canSpeak') is False


@pytest.mark.parametrize('transport', TRANSPORTS)
def test_cookie(ann, ben, keys, path, transport):
    """The client needs to know nothing of it."""
    ben.enter(path)
    ann.load()
    set_cookie(ann, keys.token(sub='7', name='Ann'))
    ann.join(path, transport=transport)
    ann.wait_state('online')
    assert ann.get('you') == {'id': 'u-7', 'name': 'Ann'}
    ann.call('send', 'hello')
    ben.wait_texts('hello')
    assert ben.messages()[0]['from'] == {'id': 'u-7', 'name': 'Ann'}


@pytest.mark.parametrize('transport', ['websocket', 'sse'])
def test_end_of_a_token_is_not_noticed(ann, ben, keys, path, transport):
    """The connection is another one, with the next token; nobody has left."""
    ben.enter(path)
    enter(ann, path, [keys.token(sub='7', exp=in_time(6)),
                      keys.token(sub='7')], transport=transport)
    wait_until(lambda: is_there(ben, 'u-7'), 10, 'ben knows of ann')
    wait_until(lambda: ann.run('return asked') == 2
               and ann.get('state') == 'online', 20, 'the second token')
    ben.call('send', 'still there?')
    ann.wait_texts('still there?')
    ann.call('send', 'yes')
    ben.wait_texts('still there?', 'yes')
    assert ben.messages()[1]['from']['id'] == 'u-7'
    assert all(is_there(ben, 'u-7'))
    assert 'closed' not in ann.states() and ann.events('error') == []


@pytest.mark.parametrize('transport', TRANSPORTS)
def test_cookie_that_is_over(ann, ben, keys, path, transport):
    """Nobody becomes a guest in the middle of a talk: the room is closed
    until there is another token, and what was not sent waits for its author."""
    ben.enter(path)
    for life in LIVES:
        ann.load()
        set_cookie(ann, keys.token(sub='7', exp=in_time(life)))
        ann.join(path, transport=transport)
        ann.wait_state('online')
        if ann.get('you')['id'] == 'u-7':
            break
    ann.wait_state('closed', 40 + life)
    refusal = ann.get('refusal')
    assert (refusal['code'], refusal['login']) == ('bad_token', True)
    assert [event['code'] for event in ann.events('error')] == ['bad_token']
    ref = ann.call('send', 'by me')
    assert ann.events('pending')[-1]['code'] == 'bad_token'
    set_cookie(ann, keys.token(sub='7'))
    ann.call('reconnect')
    ann.wait_state('online')
    ann.call('retry', ref)
    ben.wait_texts('by me')
    assert ben.messages()[0]['from']['id'] == 'u-7'


@pytest.mark.parametrize('transport', TRANSPORTS)
def test_page_sets_another_cookie(ann, ben, house, keys, path, transport):
    """A page that is open for longer than a token lasts is asked once more."""
    heads = heads_of_page(house)
    ben.enter(path)
    for life in LIVES:
        house.write_files({'cookie': keys.token(sub='7', exp=in_time(life))})
        ann.browser.open(f'http://{house.host()}/login.html')
        wait_until(lambda: ann.run('return Boolean(window.join)'), 10,
                   'its script')
        ann.join(path, transport=transport)
        ann.wait_state('online')
        if ann.get('you')['id'] == 'u-7':
            break
    house.write_files({'cookie': keys.token(sub='7')})
    wait_until(lambda: heads_of_page(house) > heads, 20 + life, 'its page')
    ref = ann.call('send', 'still me')
    ben.wait_texts('still me')
    assert ben.messages()[0]['from']['id'] == 'u-7'
    assert 'closed' not in ann.states() and ann.events('error') == []
    assert {event['state'] for event in ann.events('pending')
            if event['ref'] == ref} <= {'sending', 'sent'}


@pytest.mark.parametrize('transport', ['sse', 'poll'])
def test_posted_when_it_was_over(ann, ben, keys, path, transport):
    """A POST is refused while the line still lives: with a function it is
    posted once, by the same person."""
    ben.enter(path)
    spoilt = keys.token(sub='7')[:-2] + 'xx'
    fresh = keys.token(sub='7')
    enter(ann, path, [fresh], transport=transport)
    ann.browser.script('chat.room.token = arguments[0]', spoilt)
    ann.call('send', 'once')
    for client in (ann, ben):
        client.wait_texts('once')
    assert ben.messages()[0]['from']['id'] == 'u-7'
    assert ann.run('return asked') == 2
    assert [event['state'] for event in ann.events('pending')] \
        == ['sending', 'sent']
