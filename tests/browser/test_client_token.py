"""chatws.js: a token of the site's, as it is asked for and sent.  That the
server takes it: tests/integration/test_tokens.py."""
import base64
import json
import time

import pytest

from harness import wait_until

pytestmark = pytest.mark.engines(long=True)

# What goes out, and how often the page was asked.
SPY = '''
const { fetch, WebSocket } = window;

window.sent = [];
window.asked = 0;
window.fetch = (url, options) => {
    sent.push([options.method ?? 'GET', options.headers.Authorization ?? '']);
    return fetch(url, options);
};
window.WebSocket = class extends WebSocket {
    constructor(url, protocols) {
        super(url, protocols);
        sent.push(['WebSocket', protocols.join(' ')]);
    }
};
'''
JOIN = '''
const [path, tokens, options] = arguments;

window.tokens = tokens;
join(path, { ...options, token: async () => {
    const token = tokens[Math.min(asked, tokens.length - 1)];

    asked += 1;
    return token;
} });
'''
BAD_TOKEN = (b'HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n'
             b'WWW-Authenticate: Bearer error="invalid_token"\r\n'
             b'Connection: close\r\n\r\n'
             b'{"type":"error","code":"bad_token","text":"It is over."}')


def encode(value):
    text = base64.urlsafe_b64encode(json.dumps(value).encode())
    return text.rstrip(b'=').decode()


def token(sub='ann', lasts=3600, **claims):
    """One that nobody has signed."""
    claims = {'sub': sub, 'exp': int(time.time()) + lasts, **claims}
    return f"{encode({'alg': 'HS256'})}.{encode(claims)}.c2lnbg"


def enter(client, room, tokens, **options):
    client.load()
    client.run(SPY)
    client.browser.script(JOIN, room, tokens, options)
    client.wait_state('online')


def sent(client, kind):
    return [words for what, words in client.run('return sent') if what == kind]


def again(client, barrier, count):
    """Another connection, which is the count'th."""
    barrier.cut('websocket')
    client.wake()
    wait_until(lambda: len(sent(client, 'WebSocket')) == count
               and client.get('state') == 'online', 10, 'it is back')


def test_websocket(ann, barrier, path):
    """As a subprotocol, and not in the URL; asked for when it ends soon."""
    lasting, ending = token(), token(lasts=80)
    enter(ann, path, [ending, lasting, token()])
    assert sent(ann, 'WebSocket') == [f'chatws.v1 chatws.token.{ending}']
    assert set(sent(ann, 'GET')) <= {f'Bearer {ending}'}
    again(ann, barrier, 2)
    again(ann, barrier, 3)
    assert ann.run('return asked') == 2
    assert sent(ann, 'WebSocket')[1:] == [f'chatws.v1 chatws.token.{lasting}'] * 2
    assert ann.run('return JSON.stringify([{ ...sessionStorage },'
                   ' { ...localStorage }])').find(lasting[:20]) < 0


def test_clock_of_the_browser_is_wrong(ann, barrier, path):
    """Then it goes by how long a token lasts that has just been made."""
    made = int(time.time()) + 7200
    enter(ann, path, [token(iat=made, exp=made + 80), token()])
    again(ann, barrier, 2)
    assert ann.run('return asked') == 2


def test_guest(ann, barrier, path):
    """Whom the site does not know is asked about again at each connection."""
    given = token()
    enter(ann, path, [None, '', f' {given}\n'])
    again(ann, barrier, 2)
    assert sent(ann, 'WebSocket') == ['chatws.v1'] * 2
    again(ann, barrier, 3)
    assert sent(ann, 'WebSocket')[2] == f'chatws.v1 chatws.token.{given}'


def test_refused_token_is_replaced(ann, ben, barrier, path):
    """Once, if the fresh one is the same person's."""
    ben.enter(path)
    first, second = token(), token(lasts=7200)
    enter(ann, path, [first, second], transport='sse')
    barrier.rules = {'post': BAD_TOKEN}
    ref = ann.call('send', 'said once')
    wait_until(lambda: len(sent(ann, 'POST')) == 2, 5, 'it is sent again')
    assert sent(ann, 'POST') == [f'Bearer {first}', f'Bearer {second}']
    ann.wait_state('closed')
    assert ann.get('refusal')['code'] == 'bad_token'
    assert ann.get('refusal')['login'] is True
    error, = ann.events('error')
    assert (error['code'], error['text']) == ('bad_token', 'It is over.')
    assert [(event['ref'], event['code']) for event in ann.events('pending')
            if event['state'] == 'failed'] == [(ref, 'bad_token')]
    barrier.rules = {}
    ann.call('reconnect')
    ann.wait_state('online')
    assert ann.run('return asked') == 3
    ann.call('retry', ref)
    ben.wait_texts('said once')


def test_nothing_is_said_as_somebody_else(ann, ben, barrier, path):
    ben.enter(path)
    enter(ann, path, [token(), token('ben')], transport='sse')
    barrier.rules = {'post': BAD_TOKEN}
    ann.call('send', 'by ann')
    ann.call('send', 'by ann, too')
    ann.wait_state('closed')
    assert len(sent(ann, 'POST')) == 1
    assert [event['code'] for event in ann.events('pending')
            if event['state'] == 'failed'] == ['bad_token'] * 2
    barrier.rules = {}
    ann.call('reconnect')
    ann.wait_state('online')
    ben.call('send', 'and now')
    ben.wait_texts('and now')


def test_no_token(ann, path):
    """What can be none is not sent; another one may be set."""
    ann.load()
    ann.run(SPY)
    ann.join(path, token='a b')
    ann.wait_state('closed')
    assert ann.get('refusal')['code'] == 'bad_token'
    assert ann.run('return sent') == []
    given = token()
    ann.browser.script('chat.token = arguments[0]; chat.reconnect()', given)
    ann.wait_state('online')
    assert sent(ann, 'WebSocket') == [f'chatws.v1 chatws.token.{given}']


def test_page_that_cannot_tell(ann, path):
    """It is asked again, as after any trouble."""
    ann.load()
    ann.run(SPY)
    ann.browser.script('''join(arguments[0], { token: async () => {
        asked += 1;
        if (asked < 3) {
            throw new Error('no network');
        }
        window.early = sent.length;
        return '';
    } })''', path)
    ann.wait_state('online', 30)
    assert 'waiting' in ann.states()
    assert ann.run('return early') == 0
    assert ann.run('return asked') == 3
