"""A room in a Redis, worked on by the module's own scripts: what relay_room.c
asks for, without a module."""
import json
import re
from collections import namedtuple

from .ctl import ERASED
from .paths import SOURCE

SCRIPTS = SOURCE / 'modules' / 'relay' / 'script'
NOBODY = '0' * 16
HEADS = {'m': 'message', 'e': 'edited', 'd': 'deleted', 'c': 'cleared',
         'r': 'room'}
EPOCHS = iter(range(1, 10 ** 9))

Answer = namedtuple('Answer', 'status id wait state ack', defaults=['0'])
Page = namedtuple('Page', 'known epoch birth complete top lost state torn more '
                          'records kept', defaults=[None])
Record = namedtuple('Record', 'id value')


def script(name):
    """The text that make embeds."""
    return re.sub(r'^--include (\S+)\n',
                  lambda found: (SCRIPTS / found[1]).read_text(),
                  (SCRIPTS / f'{name}.lua').read_text(), flags=re.M)


def user(number):
    return f'{number:016x}'


def pairs(values):
    return zip(values[::2], values[1::2])


def parts(value):
    """The head and the body of a record, and its text as it is told."""
    head, body = value.split('\n', 1)
    kind, author, ref, at, size, flags, target = head.split(' ')
    if kind == 'r':
        state, body = body.split('\n', 1)
        topic = int(state.split(' ')[2])
        body = body.encode()[topic:].decode()
    at, size = int(at), int(size)
    text = body.encode()[at:at + size].decode()
    if size:
        assert json.loads(text) == json.loads(body)['text']
    return {'kind': kind, 'author': author, 'ref': ref, 'flags': flags,
            'target': target, 'text': json.loads(text) if size else None,
            'body': json.loads(body)}


class RedisRoom:
    """`count`, `age` (ms): what is kept. `newest` is what the host has; `keep`
    for how long it is archived (ms; below 0: for ever; None: it does not
    know)."""

    def __init__(self, client, name='{site/room}', count=100, age=86400000,
                 keep=None):
        self.client = client
        self.name = f'chatws:{name}'
        self.count = count
        self.age = age
        self.keep = keep
        self.texts = {each: client.register_script(script(each)) for each in
                      ('hello', 'store', 'fetch', 'restore', 'purge', 'kept',
                       'erase')}

    def key(self, part):
        return f'{self.name}:{part}'

    def greet(self, secret='', archive='', told=False, host='1' * 16):
        """What a host is told: secret, since when every room is known, run,
        archive. It has one, or `told` knows that there is one."""
        keys = [f'chatws:{each}' for each in ('secret', 'since', 'hosts',
                                              'archive')]
        return self.texts['hello'](keys=keys, args=[secret, host, archive,
                                               int(told)])

    def hello(self):
        """Since when the Redis knows every room, as a host is told."""
        return self.greet('0' * 32)[1]

    def knows_since(self, position):
        """As if it did; `position`."""
        run = self.client.info('server')['run_id']
        self.client.set('chatws:since', f'{position} {run}')
        return position

    def settings(self):
        return '' if self.keep is None else \
            f'{self.keep} {self.count} {self.age} {user(0xab)}'

    def run(self, name, args, *further):
        keys = [self.key(part) for part in ('log', 'text', 'meta', 'said')]
        return self.texts[name](keys=keys + [each for each in further if each],
                                args=[self.name, *args])

    def store(self, kind, head, tail, place=(0, 0), author=1, ref=None,
              newest='0-0', obeys=False, rest=(), rates=()):
        """`rates`: of the user and the address, KEY, INTERVAL (us), BURST
        each."""
        limits = [*rates, *[('', 0, 0)] * (2 - len(rates))]
        answer = self.run('store', [
            kind, user(author), f'{hash(ref) & (2 ** 64 - 1):016x}' if ref
            else NOBODY, *place, head, tail, newest, self.count, self.age,
            int(obeys), self.settings(),
            *[number for _, *each in limits for number in each], *rest],
            ref and self.key(f'ref:{kind}{author}{ref}'),
            *[key for key, *_ in limits])
        return Answer(answer[0], answer[1], int(answer[2]), answer[4:],
                      answer[3])

    def event(self, kind, tail, **more):
        return self.store(kind, f'{{"type":"{HEADS[kind]}","id":"', tail,
                          **more)

    def say(self, text, **more):
        quoted = json.dumps(text, ensure_ascii=False)
        front = '","from":{"id":"u-1","name":"Ann"},"text":'
        return self.event('m', f'{front}{quoted},"n":1}}',
                          place=(len(front), len(quoted.encode())), **more)

    def said(self, text, **more):
        """The id of a message that is stored."""
        answer = self.say(text, **more)
        assert answer.status == 'OK', answer
        return answer.id

    def edit(self, target, text, author=1, window=60000, known=False, **more):
        quoted = json.dumps(text, ensure_ascii=False)
        front = f'","target":"{target}","text":'
        return self.event('e', f'{front}{quoted}}}', author=author,
                          place=(len(front), len(quoted.encode())),
                          rest=[target, user(author), window, int(known)],
                          **more)

    def delete(self, target, author=1, owner=None, window=60000, known=False,
               **more):
        """`owner` '-': a moderator's. `known`: the archive has it, as it was
        when `newest` was the newest."""
        return self.event('d', f'","target":"{target}","by":{{}}}}',
                          author=author,
                          rest=[target, owner or user(author), window,
                                int(known)],
                          **more)

    def clear(self, **more):
        return self.event('c', '","by":{}}', **more)

    def state(self, was, now, **more):
        return self.event('r', f'","topic":{json.dumps(now[2])},"by":{{}}}}',
                          rest=[*was, *now], **more)

    def fetch(self, after='', make=False, most=1000000, since='', asked=False):
        """None: the room is not known; False: for another Redis than that of
        `since`; 'asked': the archive is asked for it."""
        answer = self.run('fetch', [after, int(make), most, since,
                                    user(next(EPOCHS)), 'site\n/room',
                                    self.settings(), int(asked)],
                          'chatws:since')
        if answer[0] == '0':
            return {'1': False, '2': 'asked'}[answer[1]] if len(answer) > 1 \
                else None
        return Page(*answer[:6], answer[6:9], answer[9] == '1',
                    answer[10] == '1',
                    [Record(*each) for each in pairs(answer[13:])],
                    tuple(answer[11:13]) if answer[11] else None)

    def kept(self, upto, refused=False):
        """True: there is more for the archive; None: no such room is known."""
        answer = self.run('kept', [upto, '-' if refused else ''])
        return None if answer == ['0'] else answer == ['1', '1']

    def make(self, since='0-0'):
        """Makes the room; itself."""
        assert self.fetch(make=True, since=self.knows_since(since))
        self.client.delete('chatws:since')
        return self

    def restore(self, page, records=None, newest=None, refs=(), host='one',
                more=False):
        """Offers what a host has, as it was fetched once; EPOCH, TOP, LOST,
        TAKEN. `more`: the rest follows."""
        rows = []
        for each in page.records if records is None else records:
            rows += [each.id, each.value, dict(refs).get(each.id, '-')]
        return self.run('restore', [
            user(next(EPOCHS)), page.birth, page.complete,
            newest or page.top, *page.state, self.count, self.age, host,
            self.settings(), *rows, *(['+'] if more else [])])

    def purge(self, author, by=9, most=200, after=None):
        return self.run('purge', [
            user(author), user(by), '{"type":"deleted","id":"', '","target":"',
            '","by":{}}', most, *([after] if after else [])])

    def erase(self, author, upto=None, most=200, after=''):
        """(COUNT, MORE); of more, behind which id to go on, too."""
        if upto is None:
            seconds, micro = self.client.time()
            upto = seconds * 1000 + micro // 1000
        answer = self.run('erase', [
            user(author), upto, json.dumps(ERASED, separators=(',', ':')),
            most, after], self.key('people'))
        return tuple(map(int, answer[:2])) + \
            ((answer[2],) if answer[1] == '1' else ())

    def told(self):
        """All that is told now, by id."""
        return {each.id: parts(each.value) for each in self.fetch().records}

    def listen(self):
        """What is published from now on, for heard()."""
        hearing = self.client.pubsub(ignore_subscribe_messages=True)
        hearing.subscribe(self.name)
        while not hearing.subscribed or hearing.get_message(timeout=5):
            pass
        return hearing


def heard(hearing, count):
    """So many messages."""
    found = []
    for message in hearing.listen():
        found.append(message['data'])
        if len(found) == count:
            return found
    raise AssertionError('the connection ended')
