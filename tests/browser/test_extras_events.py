"""What a host page is told by <chat-room>: message, state and unread."""
from harness import wait_until

# Keeps what the first room of the page tells, and throws while it is told.
LISTEN = '''
window.told = [];
const element = document.querySelector('chat-room');
for (const type of ['message', 'state', 'unread']) {
    element.addEventListener(type, (event) => {
        told.push([type, JSON.parse(JSON.stringify(event.detail))]);
        if (event.detail.from) {
            event.detail.from.name = 'changed by the host';
        }
        throw new Error('a fault of the host');
    });
    addEventListener(type, () => told.push(['bubbled', type]));
}
'''


def told(page, kind):
    return [detail for type_, detail in
            page.browser.script('return told') if type_ == kind]


def listen(page):
    page.browser.script(LISTEN)
    page.wait_settled()


def test_messages(pages, people):
    ann, ben = pages
    listen(ann)
    ben.say('hello, page')
    wait_until(lambda: told(ann, 'message'), 10, 'message event')
    ann.say('mine')
    first, second = told(ann, 'message')
    assert first['text'] == 'hello, page' and not first['own']
    assert not first['history'] and first['from']['name'] == ben.name()
    assert second['text'] == 'mine' and second['own']
    assert told(ann, 'bubbled') == []
    # The host changed and threw; the reader sees no harm.
    assert [message['name'] for message in ann.messages()] == [
        ben.name(), ann.name()]
    faults = ann.browser.log()
    assert faults and all('a fault of the host' in line['message']
                          for line in faults)


def test_history_is_told_as_such(pages, room):
    ann, ben = pages
    ben.say('before')
    ann.browser.open('about:blank')
    ann.enter(room)
    ann.browser.script(LISTEN.replace('throw', ''))
    ann.browser.script("document.querySelector('chat-room')"
                       ".setAttribute('history', '10')")
    wait_until(lambda: told(ann, 'message'), 10, 'message event')
    assert told(ann, 'message')[0]['history'] is True


def test_state(pages):
    ann, _ = pages
    ann.browser.script(LISTEN.replace('throw', ''))
    ann.cut()
    ann.mend()
    states = [detail['state'] for detail in told(ann, 'state')]
    assert states[0] == 'waiting' and states[-1] == 'online'
    assert told(ann, 'state')[0]['retryAt'] > 0
    # On a slow machine the client has given up on sockets meanwhile.
    assert told(ann, 'state')[-1]['transport'] in ('websocket', 'sse')
    ann.browser.log()


def test_unread(pages):
    ann, ben = pages
    ann.browser.script(LISTEN.replace('throw', ''))
    ann.wait_settled()
    ben.say('seen at once')
    ann.wait_texts('seen at once')
    ann.leave()
    ben.say('one')
    ben.say('two')
    wait_until(lambda: ann.browser.script(
        "return document.querySelector('chat-room').unread") == 2, 10,
        'two unread messages')
    ann.come_back()
    wait_until(lambda: ann.browser.script(
        "return document.querySelector('chat-room').unread") == 0, 10,
        'none unread')
    counts = [detail['count'] for detail in told(ann, 'unread')]
    assert counts[-3:] == [1, 2, 0]


def test_what_is_hidden_is_not_read(pages):
    """A host may fold the room away: that is no reading."""
    ann, ben = pages
    listen(ann)
    ann.browser.log()
    ann.browser.script("document.querySelector('chat-room').hidden = true")
    ben.say('unseen')
    wait_until(lambda: told(ann, 'unread')[-1:] == [{'count': 1}], 10, 'one')
    ann.browser.script("document.querySelector('chat-room').hidden = false")
    wait_until(lambda: told(ann, 'unread')[-1:] == [{'count': 0}], 10, 'none')
    ann.browser.log()
