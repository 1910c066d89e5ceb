"""What is done on the status page, by keyboard only, and what those see whom it
is about."""
import pytest

from barrier import Barrier
from harness import Httpd, wait_until
from harness.status_page import BUSY
from status_page import CONFIG, Status, answer_with
from webdriver import ESCAPE, TAB

NOT_NOW = answer_with('503 Busy', type='error', code='unavailable',
                      text='Not now.')
NOT_YOU = answer_with('403 Forbidden', type='error', code='forbidden',
                      text='Not you.')


@pytest.fixture(scope='module')
def site():
    with Httpd(config=CONFIG) as running:
        yield running


@pytest.fixture
def browser(engines, driver):
    yield engines.reader(driver.engine, 'status')


@pytest.fixture
def barrier(browser, site):
    """What is between the page and the site."""
    with Barrier(site.address()) as running:
        yield running
        browser.open('about:blank')
        browser.log()


@pytest.fixture
def status(browser, site):
    shown = Status(browser, site.host())
    yield shown
    assert shown.complaints() == []
    browser.open('about:blank')
    site.check_log()


@pytest.fixture
def ann(site, path):
    with site.ws(path) as client:
        client.you = client.recv_event('hello')['you']
        yield client


def about(status, client):
    """The focus on the button of a person's connection."""
    status.open('/chat-status#list=connections')
    status.focus('.acts button', client.you['name'])


@pytest.mark.engines(long=True)
def test_ban_and_pardon(status, site, ann, path):
    about(status, ann)
    status.choose('Ban…')
    status.tick('Delete all messages of this person')
    status.go(TAB, 'Reason (may be empty)')
    status.press(*'Rude')
    status.answer('Ban')
    status.wait_said('is banned')
    ann.recv_until(lambda event: event.get('code') == 'banned'
                   or event['type'] == 'bye', 20)
    status.show('sanctions')
    status.wait_row(ann.you['name'])
    row = next(row for row in status.rows() if ann.you['name'] in row)
    assert 'banned' in row and 'Rude' in row and path in row
    status.focus('.acts button', ann.you['name'])
    status.choose('Lift mute and ban')
    status.wait_said('may write and enter again')
    status.wait_no_row(ann.you['name'])


def test_mute(status, ann):
    about(status, ann)
    status.choose('Mute…')
    status.answer('Mute')
    status.wait_said('is muted')
    told = ann.recv_event('sanction')
    assert told['kind'] == 'mute' and 0 < told['for'] <= 86400
    wait_until(lambda: status.focused()
               == f"What to do about {ann.you['name']}", 10, 'the focus')


def test_kick(status, ann):
    about(status, ann)
    status.choose('Send out once…')
    status.answer('Send out')
    status.wait_said('has been sent out')
    ann.recv_until(lambda event: event.get('code') == 'kicked'
                   or event['type'] == 'bye', 20)


def test_close(status, site, ann):
    """The connection ends; whoever had it may come back."""
    site.allow(BUSY)

    def is_closed():
        about(status, ann)
        status.choose('Close this connection')
        return 'closed' in wait_until(
            lambda: status.browser.texts('#said')[0], 30, 'an answer')
    wait_until(is_closed, 60, 'the end of the connection')
    assert ann.recv_event('bye')['retry']
    status.wait_no_row(ann.you['name'])


def test_lock_and_change(status, ann, path):
    status.open()
    for item, said, locked in (
            ('Lock: only moderators write', 'is locked', True),
            ('Unlock: all may write', 'open to all', False)):
        status.focus('.acts button', path)
        status.choose(item)
        status.wait_said(said)
        assert ann.recv_event('room')['locked'] is locked
        wait_until(lambda: any(path in row and ('locked' in row) is locked
                               for row in status.rows()), 30, 'the row')
    status.focus('.acts button', path)
    status.choose('Topic and slow mode…')
    status.press(*'Tea at 4')
    status.answer('Save')
    status.wait_said('is changed')
    assert ann.recv_event('room')['topic'] == 'Tea at 4'
    status.wait_row('Tea at 4')


def test_clear_wants_the_name(status, ann, path):
    ann.say('soon gone')
    status.open()
    status.focus('.acts button', path)
    status.choose('Delete all messages…')
    status.answer('Delete')
    wait_until(lambda: 'not the name' in status.browser.text(
        '#order-ask .alert'), 10, 'a refusal')
    status.script("document.getElementById('ask-name').focus()")
    status.press(*path)
    status.answer('Delete')
    status.wait_said('are deleted')
    ann.recv_event('cleared')


def test_refused_stays_open(browser, barrier, ann):
    """The dialog says why, and goes only when the reader wants it."""
    status = Status(browser, barrier.host())
    about(status, ann)
    barrier.rules['post'] = NOT_NOW
    status.choose('Send out once…')
    status.answer('Send out')
    wait_until(lambda: browser.text('#order-ask .alert') == 'Not now.',
               10, 'the reason')
    status.press(ESCAPE)
    wait_until(lambda: not browser.count('#order-ask'), 10, 'no dialog')
    wait_until(lambda: status.focused()
               == f"What to do about {ann.you['name']}", 10, 'the focus')


def test_refused_is_not_asked_twice(browser, barrier, ann):
    """Who may not do it any more has no other token either."""
    status = Status(browser, barrier.host())
    about(status, ann)
    status.choose('Send out once…')
    barrier.rules.update(post=NOT_YOU, poll=answer_with(limited='Not you.'))
    status.answer('Send out')
    wait_until(lambda: browser.text('#order-ask .alert') == 'Not you.',
               10, 'the reason')
    assert barrier.count('post') == 1


def test_after_a_restart(browser):
    """The server of after a stop has other tokens: the page takes one."""
    server = Httpd(config=CONFIG).start()
    server.post('/chat/garden', 'hello', 'text/plain')
    with Barrier(server.address()) as barrier:
        try:
            status = Status(browser, barrier.host()).open()
            status.focus('.acts button', '/chat/garden')
            status.choose('Topic and slow mode…')
            server.stop(check=False)
            status.wait_live('lost')
            server.start()
            barrier.target = server.address()
            server.post('/chat/garden', 'hello again', 'text/plain')
            status.wait_live('live')
            status.press(*'Tea')
            status.answer('Save')
            status.wait_said('is changed')
            server.allow('CW0646')
            browser.open('about:blank')
        finally:
            server.stop()
