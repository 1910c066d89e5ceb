"""chatws.js in several tabs of a browser, and in hidden ones."""
import pytest

from harness import wait_until

pytestmark = pytest.mark.engines(long=True)

# A long-poll that is answered early and without news, as at each restart.
EARLY = (b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
         b'Connection: close\r\n\r\n{"cursor":"0-0","events":[]}')
NO_LOCKS = "Object.defineProperty(navigator, 'locks', { value: undefined })"


@pytest.fixture
def tabs(ann, barrier, path, request):
    """Three tabs in a room, or as many as a test says, without WebSocket; the
    first one leads."""
    barrier.rules = {'websocket': 'refuse'}
    opened = [ann.enter(path)]
    for _ in range(getattr(request, 'param', 3) - 1):
        opened.append(ann.tab().enter(path))
    yield opened
    for tab in opened:
        if tab is not ann:
            tab.close_tab()


def leader(tabs):
    return [tab for tab in tabs if tab.get('transport') == 'sse']


@pytest.mark.parametrize('tabs', [8], indirect=True)
def test_tabs_share_a_stream(tabs, ann, barrier, ben, path):
    ben.enter(path)
    assert leader(tabs) == [ann] and barrier.open('sse') == 1
    assert {tab.get('transport') for tab in tabs[1:]} == {'shared'}
    ben.call('send', 'one')
    tabs[3].call('send', 'two')
    ben.wait_texts('one', 'two')
    for tab in tabs:
        tab.wait_texts('one', 'two')
        assert [message['own'] for message in tab.messages()] == [False, True]
        assert tab.get('you') == ben.messages()[1]['from']
        assert tab.events('hello')[0]['room'] == path
    # The site still has connections for an eighth page, and a ninth.
    other = ann.tab().load()
    other.close_tab()
    # A tab that is left takes its stream along; the next one leads.
    ann.end()
    ben.call('send', 'three')
    for tab in tabs[1:]:
        tab.wait_texts('one', 'two', 'three', seconds=3)
    assert len(leader(tabs[1:])) == 1


def test_follower_asks_for_what_it_missed(tabs, ben, path):
    """As if the channel had lost a word; and a leader that sleeps loses its
    place to the tab that is looked at."""
    ben.enter(path)
    tabs[1].run('hasty.push(3000)')
    tabs[0].run('''
        const post = BroadcastChannel.prototype.postMessage;
        BroadcastChannel.prototype.postMessage = function (words) {
            if (words.event?.text !== 'lost') { post.call(this, words); }
        };''')
    ben.call('send', 'lost')
    tabs[0].wait_texts('lost')
    ben.call('send', 'found')
    for tab in tabs:
        tab.wait_texts('lost', 'found')
    tabs[0].run('BroadcastChannel.prototype.postMessage = () => {};')
    ben.call('send', 'who hears this?')
    tabs[1].show()
    tabs[1].wait_texts('lost', 'found', 'who hears this?')


def test_hidden_tab_without_locks_polls(ann, ben, barrier, path):
    barrier.rules = {'websocket': 'refuse'}
    ben.enter(path)
    ann.load().run(NO_LOCKS)
    ann.join(path)
    ann.wait_transport('sse')
    ann.show(False)
    ann.wait_transport('poll')
    wait_until(lambda: barrier.open('sse') == 0, 5, 'the stream is closed')
    asked = barrier.count('poll')
    ben.call('send', 'while it was hidden')
    ben.wait_texts('while it was hidden')
    assert barrier.count('poll') == asked and ann.texts() == []
    ann.show()
    ann.wait_transport('sse')
    ann.wait_texts('while it was hidden')


@pytest.mark.parametrize('share', [False, True])
def test_hidden_long_poll_goes_on_soon(ann, ben, barrier, path, share):
    """The other tabs may be told by this one."""
    barrier.rules = {'longpoll': EARLY}
    ann.load().show(False)
    ann.join(path, transport='longpoll', share=share)
    wait_until(lambda: barrier.count('longpoll') == 1, 10, 'an early answer')
    shown = ann.tab().load()
    try:
        if share:
            shown.join(path, transport='longpoll')
            shown.wait_transport('shared')
        barrier.rules = {}
        ben.enter(path)
        ben.call('send', 'news')
        ann.wait_texts('news')
        if share:
            shown.wait_texts('news')
    finally:
        shown.close_tab()


def test_leader_that_falls_to_polls_says_that_it_sleeps(ann, ben, barrier,
                                                        path):
    """A hidden tab polls once a minute; those that are shown need more."""
    barrier.rules = {'websocket': 'refuse', 'sse': 'error'}
    ann.load().show(False)
    ann.join(path)
    ann.wait_transport('longpoll')
    shown = ann.tab().load()
    shown.show()
    shown.join(path)
    shown.wait_transport('shared')
    try:
        barrier.rules = {**barrier.rules, 'longpoll': 'refuse'}
        barrier.cut('longpoll')
        wait_until(lambda: shown.get('transport') != 'shared', 15,
                   'the tab that is shown leads')
        ben.enter(path)
        ben.call('send', 'news')
        shown.wait_texts('news')
        ann.wait_texts('news')
    finally:
        shown.close_tab()


def test_page_that_is_left_rests(ann, barrier, path):
    ann.enter(path)
    ann.run("dispatchEvent(new Event('pagehide'))")
    wait_until(lambda: barrier.open('websocket') == 0, 5, 'no connection')
    assert ann.get('state') == 'waiting'
    ann.run("dispatchEvent(new Event('pageshow'))")
    ann.wait_state('online')


def test_any_page_may_talk_on_the_channel(tabs, ann, ben, path):
    """What is none of the leader's words changes nothing."""
    tabs[1].run('''
        window.problems = [];
        addEventListener('error', ({ message }) => problems.push(message));
        addEventListener('unhandledrejection',
            ({ reason }) => problems.push(String(reason)));
    ''')
    ann.run('''
        const post = BroadcastChannel.prototype.postMessage;
        const channel = new BroadcastChannel(`chatws ${new URL(PATH,
            location.href).href}  undefined`);

        for (const words of [null, undefined, 'x', 5, [], {}, { event: null },
            { event: 5 }, { event: { type: ['message'] } },
            { event: { type: 'message', id: ['1-2'] }, after: [] },
            { hello: {}, cursor: ['1-2'] }, { hello: {}, cursor: {} }]) {
            channel.postMessage(words);
        }
    '''.replace('PATH', repr(path)))
    ben.enter(path)
    ben.call('send', 'one')
    for tab in tabs:
        tab.wait_texts('one')
    assert tabs[1].run('return problems') == []
    assert tabs[1].states() == ['connecting', 'online']
