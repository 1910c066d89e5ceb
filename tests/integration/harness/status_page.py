"""The status page, as a program asks it: who logs in, the lists, and deeds."""
import base64
import hashlib
import json

from .config import location
from .proc import wait_until

NAMES = ('ann', 'bob')
USERS = ''.join(
    name + ':{SHA}' + base64.b64encode(
        hashlib.sha1(name.encode()).digest()).decode() + '\n'
    for name in NAMES)
FILES = {'../users': USERS}
LOGIN = ('AuthType Basic', 'AuthName x', 'AuthUserFile "@ROOT@/users"',
         'Require valid-user')
PATH = '/chat-status'
# In the log, of a deed that has to be tried again.
BUSY = 'CW0601: refused POST .* with 503 unavailable: .* has much to do'
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


def connections(server, query='', headers=(*ANN,), path=PATH, **options):
    """The list of them once all children have answered, which takes one that
    has much to do longer than it is waited for."""
    found = {}

    def are_all():
        found.update(look(server, 'connections', query, headers, path,
                          **options))
        return found['silent'] == 0 and found['partial'] is False
    wait_until(are_all, 60, 'an answer of all children')
    return found['connection_list']


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


def close(server, connection, **options):
    """Ends a connection. A child that has much to do is asked again; it may
    have done it by then."""
    answers = []
    server.allow(BUSY)

    def has_answered():
        answers.append(do(server, type='close', connection=connection,
                          **options))
        return answers[-1].status != 503
    wait_until(has_answered, 60, 'an answer of its child')
    assert answers[-1].status == 200 or (
        len(answers) > 1 and answers[-1].status == 404), answers


def room_name(room):
    """The name that the page has for a room of the harness."""
    return 'localhost' + room
