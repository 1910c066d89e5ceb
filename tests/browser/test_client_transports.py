"""chatws.js over each transport, and from one to the next."""
import gzip
import re

import pytest

from harness import SOURCE, at_most, wait_until

pytestmark = pytest.mark.engines(long=True)

TRANSPORTS = ('websocket', 'sse', 'longpoll', 'poll')
BUDGET = at_most(6)     # seconds that a blocked WebSocket may cost, once

# What is blocked, and what is left then.
BLOCKED = [
    ('websocket', {}),
    ('sse', {'websocket': 'refuse'}),
    ('sse', {'websocket': 'swallow'}),
    ('sse', {'websocket': 'strip'}),
    ('sse', {'websocket': 'plain'}),
    ('longpoll', {'websocket': 'error', 'sse': 'error'}),
    ('longpoll', {'websocket': 'swallow', 'sse': 'swallow'}),
    ('poll', {'websocket': 'refuse', 'sse': 'plain', 'longpoll': 'refuse'}),
]


@pytest.mark.parametrize('transport, rules', BLOCKED)
def test_two_pages_chat(ann, ben, barrier, path, transport, rules):
    barrier.rules = rules
    ann.hasty = (2200,)
    ben.enter(path)
    ben.call('send', 'before')
    ann.enter(path)
    ann.wait_transport(transport)
    assert ann.time_to('online') < BUDGET
    assert ann.states() == ['connecting', 'online']
    for client in (ann, ben):
        client.wait_texts('before')
    ann.call('send', 'one')
    ann.call('send', 'two 👋')
    ben.wait_texts('before', 'one', 'two 👋')
    ben.call('send', 'three')
    for client, own in ((ann, [False, True, True, False]),
                        (ben, [True, False, False, True])):
        client.wait_texts('before', 'one', 'two 👋', 'three')
        assert [message['own'] for message in client.messages()] == own
    assert ann.events('gap') == []
    assert ann.get('you') == ben.messages()[1]['from']


def test_browsers_agree_on_compression(ben, site, path):
    """Each engine offers it, takes the answer, and understands what comes."""
    ben.load().run('''
        window.opened = [];
        window.WebSocket = class extends WebSocket {
            constructor(...all) {
                super(...all);
                opened.push(this);
            }
        };''')
    ben.join(path)
    ben.wait_transport('websocket')
    agreed = ben.run('return opened.map(({ extensions }) => extensions)')
    assert len(agreed) == 1 and agreed[0].startswith('permessage-deflate')
    said, heard = 'said, and said again, ' * 40, 'heard, and heard again, ' * 40
    ben.call('send', said.strip())
    ben.wait_texts(said.strip())
    assert site.post(path, heard.strip(), 'text/plain').status == 201
    ben.wait_texts(said.strip(), heard.strip())


def test_block_costs_once_a_session(ann, barrier, path):
    barrier.rules = {'websocket': 'swallow'}
    ann.hasty = (2200,)
    ann.enter(path)
    assert barrier.count('websocket') == 1
    ann.enter(path)
    assert ann.time_to('online') < at_most(2)
    assert barrier.count('websocket') == 1
    barrier.rules = {}
    ann.wake()                  # another network, perhaps a free one
    ann.wait_transport('websocket')
    assert ann.states() == ['connecting', 'online']
    wait_until(lambda: barrier.open('sse') == 0, 5, 'the stream is closed')


def test_every_transport_resumes_after_a_restart(ann, site, path):
    """Nothing is lost or repeated, wherever a message falls."""
    tabs = {'websocket': ann}
    for transport in TRANSPORTS[1:]:
        tabs[transport] = ann.tab().load()
    try:
        for transport, tab in tabs.items():
            if tab is ann:
                tab.load()
            tab.join(path, transport=transport, share=False)
            tab.wait_transport(transport)
        texts = [f'text {n}' for n in range(30)]
        for n, text in enumerate(texts):
            if n in (10, 20):
                site.graceful()
            assert site.post(path, text, 'text/plain').status == 201
        for transport, tab in tabs.items():
            # A restart takes its time on a busy machine, and polls that find
            # nothing meanwhile come in intervals of up to 30 s.
            tab.wait_texts(*texts, seconds=45)
            assert tab.events('gap') == []
            assert tab.get('transport') in (transport, None)
    finally:
        for transport in TRANSPORTS[1:]:
            tabs[transport].close_tab()


def test_transport_changes_in_the_middle(ann, ben, barrier, path):
    ben.enter(path)
    ann.enter(path)
    ann.call('send', 'by websocket')
    sent = ['by websocket']
    for transport, blocked in (('sse', 'websocket'), ('longpoll', 'sse'),
                               ('poll', 'longpoll')):
        ben.wait_texts(*sent)
        barrier.rules = {**barrier.rules, blocked: 'refuse'}
        barrier.cut(blocked)
        ben.call('send', f'before {transport}')
        ann.wait_transport(transport, 15)
        ann.call('send', f'by {transport}')
        sent += [f'before {transport}', f'by {transport}']
        ann.wait_texts(*sent)
    barrier.rules = {}
    ann.wake()
    ann.wait_transport('websocket')
    ann.call('send', 'by websocket again')
    for client in (ann, ben):
        client.wait_texts(*sent, 'by websocket again')


def test_two_lines_say_it_once(ann, ben, barrier, path):
    """While one takes over from another both have the same message."""
    barrier.rules = {'websocket': 'refuse'}
    ben.enter(path)
    ann.enter(path)
    ann.call('send', 'before')
    ann.wait_texts('before')
    barrier.rules = {'websocket': 'late'}
    ann.wake()
    wait_until(lambda: barrier.count('websocket') == 2, 5, 'another trial')
    ben.call('send', 'between')
    ann.wait_texts('before', 'between')
    assert ann.get('transport') == 'sse'
    barrier.release()
    ann.wait_transport('websocket')
    ben.call('send', 'behind')
    ann.wait_texts('before', 'between', 'behind')


def loaded_with(path):
    """The module and all that it imports at once."""
    loaded = set()
    waiting = [path]
    while waiting:
        module = waiting.pop().resolve()
        if module not in loaded:
            loaded.add(module)
            waiting += [module.parent / name for name in re.findall(
                r"^(?:import|export) [^;]*from '(\./[^']*)';",
                module.read_text('utf-8'), re.MULTILINE)]
    return loaded


def weigh(modules):
    """Compressed together."""
    return len(gzip.compress(b''.join(
        module.read_bytes() for module in sorted(modules)), 9, mtime=0))


def test_client_is_small():
    """What every page loads, and what a tab loads where it was never before.
    Polls and tabs that share a stream are for those who need them."""
    htdocs = SOURCE / 'htdocs'
    always = loaded_with(htdocs / 'chatws.js')
    first = always | loaded_with(htdocs / 'client' / 'arrival.js') \
        | loaded_with(htdocs / 'client' / 'request.js')
    print(len(always), weigh(always), len(first), weigh(first))
    assert weigh(always) < 8 * 1024
    assert weigh(first) < 11 * 1024
    names = {module.name for module in first}
    assert not names & {'ladder.js', 'sse.js', 'polls.js', 'tabs.js'}
