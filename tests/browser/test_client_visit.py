"""chatws.js: whoever comes for the first time is one guest."""
import pytest

from harness import wait_until


def forget_cookie(client):
    """As a browser that has just been started."""
    client.load()
    client.run('sessionStorage.clear(); localStorage.clear()')
    client.browser.delete_cookies()


@pytest.mark.engines(long=True)
@pytest.mark.parametrize('wait', ['', 'late'])
def test_two_elements_are_one_guest(ann, barrier, path, wait):
    """Also when the handshake is so slow that a stream is opened beside it."""
    ann.hasty = (2200,) if wait else ()
    forget_cookie(ann)
    barrier.rules = {'websocket': wait} if wait else {}
    ann.join(path)
    ann.run('window.first = chat')
    ann.join(path + '-other')
    if wait:
        wait_until(lambda: barrier.count('sse') > 0, 10, 'a stream')
        barrier.release()
    wait_until(lambda: ann.run('return [first, chat].every('
                               "({ state }) => state === 'online')"), 10,
               'both are online')
    ids = ann.run('return [first.you?.id, chat.you?.id]')
    assert ids[0] == ids[1] and ids[0].startswith('g-')
    ann.run('first.close()')


@pytest.mark.engines(long=True)
def test_two_tabs_are_one_guest(ann, path):
    forget_cookie(ann)
    other = ann.tab().load()
    for tab in (ann, other):
        tab.join(path)
    for tab in (ann, other):
        tab.wait_state('online')
    assert ann.get('you')['id'] == other.get('you')['id']
    other.close_tab()


def test_two_tabs_try_at_once_whether_cookies_are_kept(ann):
    """One of them would have a key for itself, and be another guest."""
    ann.load()
    assert ann.run('''
return import('/chat/_chatws/client/browser.js').then(({ keepsCookies }) => {
    const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype,
        'cookie');
    let isOther = false;

    Object.defineProperty(document, 'cookie', {
        get: () => get.call(document),
        set: (value) => {
            set.call(document, value);
            if (!isOther) {
                isOther = true;
                keepsCookies();
            }
        },
    });
    return [keepsCookies(), get.call(document).includes('trial')];
});''') == [True, False]


def test_known_visitor_is_not_asked(ann, barrier, path):
    """A tab that was here connects with its first request."""
    ann.enter(path)
    assert barrier.count('poll') == 2       # without credentials, and with
    ann.enter(path)
    assert barrier.count('poll') == 2
    assert barrier.count('websocket') == 2
    ann.enter(path, key='0123456789abcdef' * 2)
    assert barrier.count('poll') == 2
