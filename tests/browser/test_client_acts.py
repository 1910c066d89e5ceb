"""chatws.js: what authors and moderators do, and what becomes of it here.  The
events are played: each is one that the server's own tests have it send."""
import pytest

from harness import wait_until

pytestmark = pytest.mark.engines(long=True)

ANN = {'id': 'u-ann', 'name': 'Ann', 'moderator': True}
# Keeps what is sent by WebSocket from the server, from now on.
KEEP = '''
window.kept = [];
WebSocket.prototype.send = (data) => kept.push(JSON.parse(data));
'''


def play(client, *events):
    """Events, as if they came by the line."""
    client.browser.script(
        'for (const event of arguments[0]) {'
        '    chat.line.take(JSON.stringify(event)); }', events)


def start(client, name, *arguments):
    """Begins a command; its outcome is put into the page."""
    client.browser.script(
        'window.outcome = null;'
        'chat[arguments[0]](...arguments[1]).then('
        '(done) => { outcome = { done }; },'
        '({ code, text, for: time, retry }) => {'
        ' outcome = { code, text, for: time, retry }; });', name, arguments)


def kept(client, kind):
    """The commands of a type that the page wanted to send."""
    return [command for command in client.run('return kept')
            if command['type'] == kind]


def wait_kept(client, kind, count=1):
    wait_until(lambda: len(kept(client, kind)) == count, 5, f'{kind} is sent')
    return kept(client, kind)[-1]


def wait_outcome(client, seconds=5):
    wait_until(lambda: client.run('return outcome'), seconds, 'an outcome')
    return {name: value for name, value in client.run('return outcome').items()
            if value is not None}


COMMANDS = {
    'delete': (['1-1'], {'id': '1-1'}),
    'edit': (['1-1', 'new'], {'id': '1-1', 'text': 'new'}),
    'report': (['1-1', 'spam'], {'id': '1-1', 'reason': 'spam'}),
    'mute': (['u-x', {'for': 600, 'reason': 'loud'}],
             {'user': 'u-x', 'for': 600, 'reason': 'loud'}),
    'ban': (['u-x', {'for': 9, 'address': True, 'purge': True}],
            {'user': 'u-x', 'for': 9, 'address': True, 'purge': True}),
    'kick': (['u-x'], {'user': 'u-x'}),
    'pardon': (['u-x'], {'user': 'u-x'}),
    'setRoom': ([{'slow': 30, 'topic': 'a'}], {'slow': 30, 'topic': 'a'}),
    'clear': ([], {}),
}


def test_commands_and_their_answers(ann, path):
    ann.enter(path)
    ann.run(KEEP)
    for name, (given, sent) in COMMANDS.items():
        kind = 'room' if name == 'setRoom' else name
        start(ann, name, *given)
        command = wait_kept(ann, kind)
        ref = command.pop('ref')
        assert command == {'type': kind, **sent}
        play(ann, {'type': 'ack', 'ref': ref, 'id': '5-5'})
        assert wait_outcome(ann) == {'done': {'id': '5-5'}}
    start(ann, 'edit', '1-1', 'newer')
    play(ann, {'type': 'error', 'ref': wait_kept(ann, 'edit', 2)['ref'],
               'code': 'muted', 'text': 'Not now', 'for': 900})
    assert wait_outcome(ann) \
        == {'code': 'muted', 'text': 'Not now', 'for': 900}
    assert ann.events('ack') == ann.events('error') == []
    assert 0 < ann.run('return chat.mutedUntil - Date.now()') <= 900e3


def test_command_is_sent_until_it_is_answered(ann, barrier, path):
    """With each connection; and again if the server asks for a moment."""
    ann.enter(path)
    ann.run(KEEP)
    start(ann, 'delete', '1-1')
    ref = wait_kept(ann, 'delete')['ref']
    barrier.cut('websocket')
    ann.wake()
    assert wait_kept(ann, 'delete', 2)['ref'] == ref
    ann.wait_state('online')
    play(ann, {'type': 'error', 'ref': ref, 'code': 'rate_limited',
               'retry': 0.1})
    assert wait_kept(ann, 'delete', 3)['ref'] == ref
    play(ann, {'type': 'ack', 'ref': ref})
    assert wait_outcome(ann) == {'done': {}}
    # Not if the moment is longer than anybody waits for it.
    start(ann, 'clear')
    play(ann, {'type': 'error', 'ref': wait_kept(ann, 'clear')['ref'],
               'code': 'slow', 'retry': 30})
    assert wait_outcome(ann) == {'code': 'slow', 'retry': 30}


def test_command_is_given_up(ann, barrier, path):
    ann.hasty = (10000,)
    ann.enter(path)
    ann.run(KEEP)
    start(ann, 'kick', 'u-x')
    assert wait_outcome(ann, 20) == {'code': 'unconfirmed'}
    barrier.rules = dict.fromkeys(('websocket', 'sse', 'poll'), 'refuse')
    barrier.cut('websocket')
    ann.wait_state('waiting')
    start(ann, 'kick', 'u-x')
    assert wait_outcome(ann, 20) == {'code': 'offline'}
    barrier.rules = {}
    ann.wake()
    ann.wait_state('online')
    assert len(kept(ann, 'kick')) == 1
    ann.call('close')
    start(ann, 'clear')
    assert wait_outcome(ann) == {'code': 'closed'}


def test_messages_that_change(ann, path):
    """Each event once and in its place; one that was replaced is not told."""
    ann.enter(path)
    first, new = {'type': 'deleted', 'id': '9000000000000-1', 'by': ANN,
                  'target': '1-1'}, \
        {'type': 'edited', 'id': '9000000000000-3', 'target': '1-2',
         'text': 'new'}
    replaced = {'type': 'edited', 'id': '9000000000000-2', 'target': '1-2'}
    cleared = {'type': 'cleared', 'id': '9000000000000-4', 'by': ANN}
    play(ann, first, replaced, new, first, cleared, new)
    wait_until(lambda: ann.events('cleared') == [cleared], 5, 'all events')
    assert ann.events('deleted') == [first] and ann.events('edited') == [new]
    assert ann.get('cursor') == cleared['id']
    play(ann, {'type': 'message', 'id': '9000000000000-5', 'from': ANN,
               'text': '', 'deleted': True, 're': '1-2'})
    wait_until(ann.messages, 5, 'the message')
    assert ann.messages()[0] == {
        'type': 'message', 'id': '9000000000000-5', 'from': ANN, 'text': '',
        'deleted': True, 're': '1-2', 'own': False}


def message(number, millisecond, ref, author='u-ann'):
    given = {'type': 'message', 'id': f'{millisecond}-{number}',
             'from': {'id': author, 'name': 'Ann'}, 'text': str(number)}
    return {**given, 'ref': ref} if ref else given


def test_message_that_comes_again_is_shown_once(ann, path):
    """As after a crash of the server: another id, the same author and ref.
    Ten minutes later a ref may be another message's."""
    ann.enter(path)
    now, later = 9000000000000, 9000000600000
    play(ann, message(1, now, 'a'), message(2, now + 1, 'a'),
         message(3, now + 2, 'a', 'u-ben'), message(4, now + 3, None),
         message(5, now + 4, None), message(6, later - 1, 'a'),
         message(7, later, 'a'), message(8, later + 1, 'a'))
    ann.wait_texts('1', '3', '4', '5', '7')
    assert ann.get('cursor') == f'{later + 1}-8'


def test_answer_to_a_message(ann, ben, path):
    """`re` goes out with it, also when it is sent again."""
    ann.enter(path)
    ann.run(KEEP)
    ann.call('send', 'so it is', {'re': '1-7'})
    sent = wait_kept(ann, 'message')
    assert (sent['text'], sent['re']) == ('so it is', '1-7')
    play(ann, {'type': 'error', 'ref': sent['ref'], 'code': 'locked'})
    wait_until(lambda: ann.events('pending')[-1]['state'] == 'failed', 5,
               'it is refused')
    ann.call('retry', sent['ref'])
    assert wait_kept(ann, 'message', 2) == sent


def test_state_of_the_room(ann, path):
    """hello has it, `room` events keep it; mute and pardon are told."""
    ann.enter(path)
    by = {'by': ANN, 'user': ann.get('you'), 'type': 'sanction'}
    room = {'type': 'room', 'id': '9000000000000-1', 'topic': 'Tea',
            'slow': 30, 'locked': True, 'by': ANN}
    play(ann, room, {**by, 'kind': 'mute', 'for': 3600})
    wait_until(lambda: ann.events('sanction'), 5, 'the mute')
    assert ann.events('room') == [room]
    assert {name: ann.get('roomState')[name] for name in
            ('topic', 'slow', 'locked')} \
        == {'topic': 'Tea', 'slow': 30, 'locked': True}
    left = 'return (chat.mutedUntil - Date.now()) / 1000'
    assert 3000 < ann.run(left) <= 3600
    play(ann, {**by, 'kind': 'mute', 'user': ANN, 'for': 7})
    assert 3000 < ann.run(left) <= 3600
    play(ann, {**by, 'kind': 'mute'})
    assert ann.run(left) > 315e6
    play(ann, {**by, 'kind': 'pardon'})
    assert ann.run(left) <= 0
    assert ann.get('canSpeak') is True


@pytest.mark.parametrize('transport', ['websocket', 'sse'])
def test_sent_out(ann, path, transport):
    """The room is closed, and says why; the reader may try again."""
    ann.enter(path, transport=transport)
    play(ann, {'type': 'bye', 'code': 1008, 'reason': 'Enough', 'for': 10})
    ann.wait_state('closed')
    refusal = ann.get('refusal')
    assert {name: refusal[name] for name in ('code', 'text', 'for', 'login')} \
        == {'code': 'banned', 'text': 'Enough', 'for': 10, 'login': False}
    error, = ann.events('error')
    assert (error['code'], error['text'], error['for']) \
        == ('banned', 'Enough', 10)
    ann.show(False)
    ann.show()
    ref = ann.call('send', 'to nobody')
    assert ann.get('state') == 'closed'
    assert ann.events('pending')[-1]['ref'] == ref
    assert ann.events('pending')[-1]['code'] == 'banned'
    ann.call('reconnect')
    ann.wait_state('online')


def test_slow_room(ann, path):
    """What waits a moment is sent by itself; nobody speaks much later."""
    ann.enter(path)
    ann.run(KEEP)
    ref = ann.call('send', 'soon')
    wait_kept(ann, 'message')
    play(ann, {'type': 'error', 'ref': ref, 'code': 'slow', 'retry': 0.1})
    assert wait_kept(ann, 'message', 2)['ref'] == ref
    play(ann, {'type': 'error', 'ref': ref, 'code': 'slow', 'retry': 300})
    wait_until(lambda: ann.events('pending')[-1]['state'] == 'failed', 5,
               'it is given back')
    assert ann.events('pending')[-1]['retry'] == 300
    for trouble in ({'code': 'muted', 'for': 1}, {'code': 'banned', 'for': 1},
                    {'code': 'locked'}, {'code': 'filtered'}):
        ref = ann.call('send', trouble['code'])
        play(ann, {'type': 'error', 'ref': ref, **trouble})
        wait_until(lambda: ann.events('pending')[-1].get('code')
                   == trouble['code'], 5, 'it has failed')
        assert ann.events('pending')[-1]['state'] == 'failed'
    assert len(kept(ann, 'message')) == 6
