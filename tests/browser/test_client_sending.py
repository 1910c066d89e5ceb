"""chatws.js: what the reader sends."""
import pytest

from harness import wait_until

pytestmark = pytest.mark.engines(long=True)


def states(client, ref):
    return [event['state'] for event in client.events('pending')
            if event['ref'] == ref]


def test_lost_answer_to_a_post(ann, ben, barrier, path):
    """The server has it, but its answer was lost: one message, not two."""
    ben.enter(path)
    ann.enter(path, transport='poll')
    barrier.rules = {'post': 'lose', 'poll': 'hang'}
    ref = ann.call('send', 'once')
    ben.wait_texts('once')
    assert states(ann, ref) == ['sending']
    barrier.rules = {'poll': 'hang'}
    wait_until(lambda: barrier.count('post') == 2, 10, 'it is sent again')
    barrier.rules = {}
    barrier.cut('poll')
    ann.wait_texts('once')
    wait_until(lambda: states(ann, ref) == ['sending', 'sent'], 5, 'sent')
    ann.call('send', 'only once')
    for client in (ann, ben):
        client.wait_texts('once', 'only once')


@pytest.mark.parametrize('transport', ['websocket', 'sse'])
def test_too_fast_waits(ann, path, transport):
    ann.enter(path.replace('/chat', '/slow'), transport=transport)
    texts = [f'text {n}' for n in range(9)]
    for text in texts:
        ann.call('send', text)
    ann.wait_texts(*texts)
    waits = [event for event in ann.events('pending') if event.get('code')]
    assert waits and all(event['code'] == 'rate_limited'
                         and event['retry'] > 0 for event in waits
                         if event['state'] == 'sending')
    assert ann.events('error') == []


def test_refused_message_fails(ann, ben, path):
    ben.enter(path)
    ann.enter(path, transport='sse')
    ref = ann.call('send', 'x' * 9000)
    ann.call('send', 'the next one')
    ben.wait_texts('the next one')
    assert states(ann, ref) == ['sending', 'failed']
    assert ann.events('pending')[-1]['text'] == 'the next one'
    assert [event.get('code') for event in ann.events('pending')
            if event['ref'] == ref][-1] == 'too_long'
    ann.call('retry', ref)
    wait_until(lambda: states(ann, ref) == ['sending', 'failed'] * 2, 5,
               'refused again')
    ann.call('discard', ref)
    ann.call('retry', ref)
    ann.call('send', 'the last one')
    ben.wait_texts('the next one', 'the last one')
    assert states(ann, ref) == ['sending', 'failed'] * 2


def test_written_without_connection(ann, ben, barrier, path):
    ben.enter(path)
    ann.enter(path)
    barrier.rules = dict.fromkeys(('websocket', 'sse', 'poll'), 'refuse')
    before = ann.run('return Date.now()')
    barrier.cut('websocket')
    ann.wait_state('waiting')
    # The wait is random and may be over by now: it lies after the cut.
    assert before < ann.get('retryAt') < ann.run('return Date.now()') + 30000
    refs = [ann.call('send', text) for text in ('one', 'two')]
    assert barrier.count('post') == 0
    ben.call('send', 'meanwhile')
    ben.wait_texts('meanwhile')
    barrier.rules = {}
    ann.wake()
    for client in (ann, ben):
        client.wait_texts('meanwhile', 'one', 'two')
    for ref in refs:
        wait_until(lambda: states(ann, ref) == ['sending', 'sent'], 5, 'sent')


@pytest.mark.parametrize('transport', ['websocket', 'sse'])
def test_name_and_typing(ann, ben, path, transport):
    ben.enter(path)
    ann.enter(path, transport=transport)
    ann.call('type')
    wait_until(lambda: ben.events('typing'), 5, 'typing is told')
    assert ben.events('typing')[0]['from'] == ann.get('you')
    ann.call('rename', f'Zoe {transport}')
    wait_until(lambda: ann.get('you')['name'] == f'Zoe {transport}', 5,
               'the new name')
    assert ann.events('you')[0]['name'] == f'Zoe {transport}'
    ann.call('rename', 'a\u202eb')
    wait_until(lambda: ann.events('error'), 5, 'it is refused')
    assert ann.events('error')[0]['code'] == 'bad_name'
    assert ann.events('error')[0]['ref'] == 'name'


@pytest.mark.parametrize('transport', ['websocket', 'sse', 'poll'])
def test_page_of_another_site(ann, ben, barrier, site, path, transport):
    """Its guest is known by a key, on every transport the same."""
    ben.enter(path)
    address = f'http://{site.host()}{path}'
    ann.load(f'localhost:{barrier.port}')
    ann.join(address, key='0123456789abcdef' * 2, transport=transport)
    ann.wait_transport(transport)
    ann.call('send', 'from afar')
    ben.wait_texts('from afar')
    ann.wait_texts('from afar')
    assert ben.messages()[0]['from']['id'] == ann.get('you')['id']
    ann.call('send', 'again')
    ben.wait_texts('from afar', 'again')
    assert len({message['from']['id'] for message in ben.messages()}) == 1
