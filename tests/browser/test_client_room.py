"""chatws.js: what it knows of a room, and of its reader there."""
import pytest

from harness import in_soak, wait_until


def rename(client, name):
    client.call('rename', name)
    wait_until(lambda: client.get('you')['name'] == name, 5, f'name {name}')


def test_name_is_kept(ann, ben, path):
    """By the browser, for each room of the site."""
    ann.enter(path, name='Ursula')
    wait_until(lambda: ann.get('you')['name'] == 'Ursula', 5, 'option name')
    rename(ann, 'Uschi')
    ann.enter(path + '-other', name='Ursula')
    wait_until(lambda: ann.get('you')['name'] == 'Uschi', 5, 'the chosen name')
    ann.run('localStorage.clear()')


@pytest.mark.parametrize('transport', [
    'websocket', in_soak('sse'), in_soak('longpoll'), 'poll'])
def test_name_comes_before_what_is_said(ann, ben, path, transport):
    """On every transport; a client that polls is not in the room by itself."""
    ben.enter(path)
    ann.load().join(path, transport=transport, name='Ursula')
    ann.call('send', 'at once')
    ben.wait_texts('at once')
    ann.call('send', 'later')
    ben.wait_texts('at once', 'later')
    assert [message['from']['name'] for message in ben.messages()] \
        == ['Ursula'] * 2
    ann.wait_texts('at once', 'later')
    assert ann.events('error') == []


def test_refused_room_is_tried_again_when_asked(ann, path):
    ann.load().join('/closed/room')
    ann.wait_state('closed')
    refusal = ann.get('refusal')
    assert (refusal['code'], refusal['status']) == ('forbidden', 403)
    assert refusal['login'] is True and 'log in' in refusal['text']
    ann.call('reconnect')
    wait_until(lambda: ann.states() == ['connecting', 'closed'] * 2, 5,
               'refused again')
    ann.enter(path)
    assert ann.get('refusal') is None and ann.get('canSpeak') is True


@pytest.mark.parametrize('transport', ['websocket', 'poll'])
def test_older_messages(ann, ben, site, path, transport):
    ben.enter(path)
    ben.call('send', 'older')
    ben.wait_texts('older')
    for text in ('old', 'new'):
        site.post(path, text, 'text/plain')
    ann.enter(path, history=1, transport=transport)
    ann.wait_texts('new')
    newest = ann.messages()[0]['id']
    page = ann.call('before', newest, 1)
    assert [message['text'] for message in page['messages']] == ['old']
    assert page['more'] is True and page['messages'][0]['own'] is False
    page = ann.call('before', page['messages'][0]['id'])
    assert [message['text'] for message in page['messages']] == ['older']
    assert page['more'] is False


@pytest.mark.parametrize('transport', ['websocket', 'poll'])
def test_bounded_pages_are_followed(ann, site, path, transport):
    """An answer has at most 256K."""
    texts = [f'{n} '.ljust(7000, 'x') for n in range(50)]
    for text in texts:
        site.post(path, text, 'text/plain')
    ann.enter(path, transport=transport)
    ann.wait_texts(*texts)
    page = ann.call('before', ann.get('cursor'), 49)
    assert [message['text'] for message in page['messages']] == texts[:49]
    assert page['more'] is False


def test_own_message_without_ref(ann, ben, path):
    """As a program of the same person posts it: shown once, to all."""
    ann.enter(path)
    ben.enter(path)
    ann.run("""return fetch(chat.room.url, { method: 'POST',
        headers: { 'Content-Type': 'text/plain' }, body: 'by curl' })
        .then(() => null)""")
    for client in (ann, ben):
        client.wait_texts('by curl')
    assert [message['own'] for message in ann.messages()] == [True]
    ann.call('send', 'by the page')
    for client in (ann, ben):
        client.wait_texts('by curl', 'by the page')
