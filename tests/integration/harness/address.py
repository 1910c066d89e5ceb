"""Clients with addresses of their own: mod_remoteip believes the tests, which
come from 127.0.0.1, and gives each the address that its header names."""
import time

from .config import ECHO, location
from .httpd import Httpd
from .proc import deadline_after
from .wsclient import WsFailure

ANN, BEN, CAT = '203.0.113.7', '203.0.113.8', '2001:db8:1:2::3'
PROXY = ('RemoteIPHeader X-Forwarded-For\n'
         'RemoteIPInternalProxy 127.0.0.1\n')
REFUSAL = 'CW0511'


def by(address, *more):
    """The headers of a client that the proxy names so."""
    return [('X-Forwarded-For', address), *more]


def serve(*lines, config='', proxy=PROXY, **options):
    """An httpd whose rooms in /chat have these lines."""
    options.setdefault('modules', ('remoteip',))
    server = Httpd(config=proxy + location('/chat', 'Chat rooms', *lines)
                   + location('/status', 'Chat status') + ECHO + config,
                   **options)
    server.allow(REFUSAL)
    return server


def figures(server):
    return server.get('/status?format=json').json()


def refusal(server, address, path='/chat/lobby', **options):
    """The answer to a handshake that is refused; None when it is not."""
    try:
        client = server.ws(path, headers=by(address), **options)
    except WsFailure as failure:
        return failure.response
    client.close()
    return None


def check_429(answer):
    assert answer is not None, 'let in beyond the limit'
    assert answer.status == 429, answer
    assert int(answer.header('retry-after')) >= 1
    assert answer.json()['code'] == 'rate_limited'


class Allowance:
    """A limit of so many at once, and of so many a second, from now on."""

    def __init__(self, burst, rate=1):
        self.burst, self.rate = burst, rate
        self.begun = time.monotonic()

    def most(self):
        """What it has let through by now, at most."""
        passed = time.monotonic() - self.begun
        return self.burst + int(passed * self.rate) + 1


def until_refused(ask):
    """Asks as often as it may: the slower the machine is, the more turns come
    back meanwhile. All answers; the last one is the refusal."""
    answers, deadline = [], deadline_after(10)
    while not answers or answers[-1].status != 429:
        assert time.monotonic() < deadline, 'never refused'
        answers.append(ask())
    return answers
