"""The status page, as a program asks it: who logs in, the lists, and deeds."""
import base64
import hashlib
import json

from .config import location

NAMES = ('ann', 'bob')
USERS = ''.join(
    name + ':{SHA}' + base64.b64encode(
        hashlib.sha1(name.encode()).digest()).decode() + '\n'
    for name in NAMES)
FILES = {'../users': USERS}
LOGIN = ('AuthType Basic', 'AuthName x', 'AuthUserFile "@ROOT@/users"',
         'Require valid-user')
PATH = '/chat-status'
STATUS = location(PATH, 'Chat status', *LOGIN, 'ChatModerators user ann')


def login(name):
    code = base64.b64encode(f'{name}:{name}'.encode()).decode()
    return [('Authorization', f'Basic {code}')]


ANN, BOB = login('ann'), login('bob')


def ask(server, lists, query='', headers=(*ANN,), path=PATH, **options):
    return server.get(f'{path}?format=json&list={lists}{query}',
                      list(headers), **options)


def look(server, lists, query='', headers=(*ANN,), path=PATH, **options):
    """The object of JSON."""
    answer = ask(server, lists, query, headers, path, **options)
    assert answer.status == 200, answer
    return answer.json()


def token(server, headers=(*ANN,), path=PATH):
    return look(server, 'health', headers=headers, path=path)['token']


def post(server, deed, headers, path=PATH, kind='application/json'):
    body = deed if isinstance(deed, (str, bytes)) else json.dumps(deed)
    more = [('Content-Type', kind)] if kind else []
    return server.request('POST', path, [*headers, *more], body)


def do(server, path=PATH, headers=(*ANN,), **deed):
    """A deed as the page does it."""
    more = [('X-Chat-Token', token(server, headers, path)),
            ('Origin', f'http://{server.host()}'),
            ('Sec-Fetch-Site', 'same-origin')]
    return post(server, deed, [*headers, *more], path)


def room_name(room):
    """The name that the page has for a room of the harness."""
    return 'localhost' + room
