"""chatws.js and a server where somebody keeps order: on every transport."""
import pytest

from harness import in_soak, wait_until

pytestmark = pytest.mark.engines(long=True)

TRANSPORTS = ('websocket', in_soak('sse'), 'longpoll', in_soak('poll'))


@pytest.fixture
def kept(path):
    """A room with a moderator: whoever has the cookie."""
    return path.replace('/chat', '/kept')


@pytest.fixture
def mod(ben, kept):
    ben.load()
    ben.run("document.cookie = 'moderator=1; path=/'")
    ben.join(kept)
    ben.wait_state('online')
    yield ben
    for sanction in ben.outcome('sanctions'):
        ben.outcome('pardon', sanction['user']['id'])
    ben.run("document.cookie = 'moderator=1; path=/; max-age=0'")


def say(client, text):
    """Says something; its id."""
    client.call('send', text)
    wait_until(lambda: text in client.texts(), 10, f'{text!r} is there')
    return next(message['id'] for message in client.messages()
                if message['text'] == text)


def wait_event(client, kind, /, **members):
    """Until the last event of a kind has these members."""
    def is_there():
        found = client.events(kind)[-1:]
        return found and members.items() <= found[0].items() and found[0]
    return wait_until(is_there, 15, f'{kind} with {members}')


def newest(client):
    """What somebody sees who comes now."""
    return [(message['text'], message.get('deleted', False),
             message.get('edited', False)) for message in client.messages()]


@pytest.mark.parametrize('transport', TRANSPORTS)
def test_author(ann, mod, kept, transport):
    ann.enter(kept, transport=transport)
    first, second = say(ann, 'first'), say(ann, 'second')
    done = ann.outcome('edit', first, 'better')
    told = wait_event(mod, 'edited', target=first, text='better')
    assert done == {'id': told['id']}
    wait_event(ann, 'edited', id=told['id'], target=first, text='better')
    done = ann.outcome('delete', second)
    wait_event(mod, 'deleted', id=done['id'], target=second)
    wait_event(ann, 'deleted', id=done['id'], by=ann.get('you'))
    assert ann.outcome('delete', second) == {}
    assert ann.outcome('edit', second, 'x')['code'] == 'not_found'
    assert ann.outcome('edit', first, ' ')['code'] == 'empty'
    refused = ann.outcome('delete', say(mod, 'mine'))
    assert refused['code'] == 'forbidden' and refused['text']
    assert ann.outcome('clear')['code'] == 'forbidden'
    assert ann.events('error') == []
    ann.enter(kept, transport=transport)
    ann.wait_texts('better', '', 'mine')
    assert newest(ann)[:2] == [('better', False, True), ('', True, False)]
    page = ann.call('before', ann.messages()[2]['id'])['messages']
    assert [message['text'] for message in page] == ['better', '']


@pytest.mark.parametrize('transport', TRANSPORTS)
def test_moderator(ann, mod, kept, transport):
    """What the moderator does is known to those who are there, and to those
    who come."""
    ann.enter(kept, transport=transport)
    assert ann.get('rights') == {'speak': True, 'moderate': False}
    assert mod.get('rights') == {'speak': True, 'moderate': True}
    for state in ({'topic': 'Tea', 'slow': 0, 'locked': True},
                  {'topic': 'Tea', 'slow': 40, 'locked': False}):
        done = mod.outcome('setRoom', state)
        wait_event(ann, 'room', id=done['id'], **state)
        assert {name: ann.get('roomState')[name] for name in state} == state
    ann.enter(kept, transport=transport)
    assert {name: ann.get('roomState')[name] for name in state} == state
    gone = say(mod, 'gone')
    assert mod.outcome('delete', gone)['id']
    # Perhaps somebody still sees what the room no longer has.
    done = mod.outcome('delete', '1-1')
    wait_event(ann, 'deleted', id=done['id'], target='1-1')
    done = mod.outcome('clear')
    wait_event(ann, 'cleared', id=done['id'], by=mod.get('you'))
    assert mod.outcome('clear') == {}
    ann.enter(kept, transport=transport)
    assert ann.texts() == []
    say(mod, 'new')
    ann.wait_texts('new')


@pytest.mark.parametrize('transport', TRANSPORTS)
def test_locked(ann, mod, kept, transport):
    """What is refused is not sent later."""
    ann.enter(kept, transport=transport)
    mod.outcome('setRoom', {'locked': True})
    wait_event(ann, 'room', locked=True)
    ref = ann.call('send', 'not now')
    wait_event(ann, 'pending', ref=ref, state='failed', code='locked')
    mod.outcome('setRoom', {'locked': False})
    wait_event(ann, 'room', locked=False)
    say(ann, 'now')
    assert ann.texts() == mod.texts() == ['now']
    ann.call('retry', ref)
    ann.wait_texts('now', 'not now')


@pytest.mark.parametrize('transport', TRANSPORTS)
def test_muted(ann, mod, kept, transport):
    """Told where it can be, known from what is refused, and from hello."""
    ann.enter(kept, transport=transport)
    own = say(ann, 'before')
    you = ann.get('you')['id']
    assert mod.outcome('mute', you, {'for': 3600, 'reason': 'Enough'}) == {}
    wait_event(mod, 'sanction', kind='mute', by=mod.get('you'))
    if transport in ('websocket', 'sse'):
        told = wait_event(ann, 'sanction', kind='mute', reason='Enough')
        assert 'by' not in told and 3000 < told['for'] <= 3600
    ref = ann.call('send', 'not now')
    failed = wait_event(ann, 'pending', ref=ref, state='failed', code='muted')
    left = 'return (chat.mutedUntil - Date.now()) / 1000'
    assert 3000 < failed['for'] <= 3600 and 3000 < ann.run(left) <= 3600
    assert ann.outcome('edit', own, 'x')['code'] == 'muted'
    assert ann.outcome('delete', own)['id']
    ann.enter(kept, transport=transport)
    assert 3000 < ann.run(left) <= 3600 and ann.get('canSpeak') is True
    mute, = mod.outcome('sanctions')
    assert (mute['kind'], mute['user']['id'], mute['reason']) \
        == ('mute', you, 'Enough')
    assert ann.outcome('sanctions')['code'] == 'forbidden'
    assert mod.outcome('pardon', you) == {}
    assert mod.outcome('sanctions') == []
    if transport in ('websocket', 'sse'):
        wait_event(ann, 'sanction', kind='pardon')
        assert ann.run(left) <= 0
    ann.enter(kept, transport=transport)
    assert ann.run(left) <= 0
    say(ann, 'and now')


@pytest.mark.parametrize('transport', TRANSPORTS)
def test_banned(ann, mod, kept, transport):
    """Out of the room with the reason, until the pardon; nothing is tried by
    itself meanwhile, and what was said is gone."""
    ann.enter(kept, transport=transport)
    said = say(ann, 'advertising')
    you = ann.get('you')['id']
    mod.outcome('ban', you, {'for': 3600, 'reason': 'Advertising',
                             'purge': True})
    wait_event(mod, 'deleted', target=said)
    ann.wait_state('closed', 60)
    refusal = ann.get('refusal')
    assert (refusal['code'], refusal['status'], refusal['login']) \
        == ('banned', 403, False)
    assert 3000 < refusal['for'] <= 3600
    assert refusal['reason'] == 'Advertising'
    states = ann.states()
    ann.show(False)
    ann.show()
    ann.wake()
    ann.call('reconnect')
    wait_until(lambda: ann.states()[len(states):] == ['connecting', 'closed'],
               20, 'refused again')
    refusal = ann.get('refusal')
    assert (refusal['code'], refusal['reason']) == ('banned', 'Advertising')
    mod.outcome('pardon', you)
    ann.call('reconnect')
    ann.wait_state('online')
    ref = ann.call('send', 'sorry')
    wait_event(ann, 'pending', ref=ref, state='sent')


@pytest.mark.parametrize('transport', ['websocket', in_soak('sse'),
                                       in_soak('longpoll')])
def test_kicked(ann, mod, kept, transport):
    ann.enter(kept, transport=transport)
    mod.outcome('kick', ann.get('you')['id'], {'reason': 'A pause'})
    ann.wait_state('closed', 30)
    assert ann.get('refusal')['code'] == 'banned'
    assert 0 < ann.get('refusal')['for'] <= 10
    assert ann.get('refusal')['reason'] == 'A pause'

    def is_in():
        if ann.get('state') == 'closed':
            ann.call('reconnect')
        return ann.get('state') == 'online'
    wait_until(is_in, 40, 'the pause is over')


def test_report(ann, mod, kept):
    """Only moderators hear of it."""
    ann.enter(kept)
    bad = say(mod, 'bad')
    assert ann.outcome('report', bad, 'Look') == {}
    wait_event(mod, 'report', target=bad, reason='Look', by=ann.get('you'))
    assert ann.events('report') == []
    refused = mod.outcome('report', bad)
    assert refused['code'] == 'bad_request'


@pytest.mark.parametrize('transport', ['websocket', in_soak('sse')])
def test_slow(ann, mod, kept, transport):
    """A short wait is waited for; a long one is the reader's to decide."""
    ann.enter(kept, transport=transport)
    mod.outcome('setRoom', {'slow': 5})
    wait_event(ann, 'room', slow=5)
    ref = ann.run("chat.send('one'); return chat.send('two')")
    ann.wait_texts('one', 'two', seconds=20)
    assert any(event.get('code') == 'slow' and event['state'] == 'sending'
               for event in ann.events('pending') if event['ref'] == ref)
    mod.outcome('setRoom', {'slow': 3600})
    wait_event(ann, 'room', slow=3600)
    ref = ann.call('send', 'three')
    wait_event(ann, 'pending', ref=ref, state='failed', code='slow')
    say(mod, 'moderators do not wait')
    say(mod, 'at all')


@pytest.mark.parametrize('transport', [in_soak('longpoll'), 'poll'])
def test_polls_know_as_much(ann, mod, kept, transport):
    """Also where nobody sees who is there."""
    unseen = kept.replace('/kept', '/kept/unseen')
    ann.enter(unseen, transport=transport)
    assert ann.get('rights') == {'speak': True, 'moderate': False}
    assert ann.get('you')['id'].startswith('g-')
    assert ann.get('roomState') == {'topic': '', 'slow': 0, 'locked': False}


def test_tabs_that_share_a_stream(ann, mod, kept):
    """Each event once in each tab, and nothing after it is missing."""
    ann.enter(kept, transport='sse')
    ann.wait_transport('sse')
    other = ann.tab()
    other.enter(kept, transport='sse')
    other.wait_transport('shared')
    first = say(mod, 'first')
    for client in (ann, other):
        client.wait_texts('first')
    mod.outcome('delete', first)
    mod.outcome('setRoom', {'topic': 'Tea'})
    say(mod, 'second')
    for client in (ann, other):
        client.wait_texts('first', 'second')
        assert [event['target'] for event in client.events('deleted')] \
            == [first]
        assert client.get('roomState')['topic'] == 'Tea'
    other.close_tab()


def test_after_a_break(ann, mod, barrier, kept):
    """What was missed comes once, and applies to what is shown."""
    ann.enter(kept)
    first, second = say(mod, 'first'), say(mod, 'second')
    ann.wait_texts('first', 'second')
    barrier.rules = dict.fromkeys(('websocket', 'sse', 'poll'), 'refuse')
    barrier.cut('websocket')
    ann.wait_state('waiting')
    mod.outcome('edit', first, 'better')
    mod.outcome('edit', first, 'best')
    mod.outcome('delete', second)
    say(mod, 'third')
    barrier.rules = {}
    ann.wake()
    ann.wait_texts('first', 'second', 'third')
    assert [(event['target'], event['text']) for event in
            ann.events('edited')] == [(first, 'best')]
    assert [event['target'] for event in ann.events('deleted')] == [second]


def test_answer(ann, mod, kept):
    ann.enter(kept)
    asked = say(mod, 'asked')
    ann.wait_texts('asked')
    ann.call('send', 'said', {'re': asked})
    mod.wait_texts('asked', 'said')
    assert mod.messages()[1]['re'] == asked
    ref = ann.call('send', 'bad', {'re': 'x'})
    wait_event(ann, 'pending', ref=ref, state='failed', code='bad_request')
