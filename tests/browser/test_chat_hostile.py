"""What others write, what they call themselves and their rooms stays text."""
import json
from urllib.parse import quote

import pytest
from harness import at_most, wait_until
from order_page import Order

pytestmark = pytest.mark.engines(long=True)

PAYLOADS = [
    '<script>window.hacked = 1</script>',
    '<img src=x onerror="window.hacked = 1; alert(1)">',
    '<svg onload=alert(1)><b>bold</b></svg>',
    '"><iframe src="javascript:alert(1)"></iframe>',
    "javascript:alert(1) data:text/html,<script>alert(1)</script>",
    '&lt;b&gt; &amp; {{7*7}} ${alert(1)} </textarea></ol></main>',
    'https://example.com/"onmouseover="alert(1)',
    '\u202etxt.exe \u2028 \u0661 A\u0301\u0302\u0303',
    '<a href="javascript:alert(1)">x</a><style>*{display:none}</style>',
    '<math><mi xlink:href="data:x,<script>alert(1)</script>"></mi></math>',
    '<details open ontoggle=alert(1)><template shadowrootmode=open><b>x',
    '</script><script src=//x.invalid></script>',
    '<chat-room src="/chat/other"></chat-room><slot name="start"></slot>',
    '<base href="//x.invalid/"><meta http-equiv="refresh" content="0;url=/">',
    '<form action="javascript:alert(1)"><button formaction="javascript:1">',
    'https://[::1]/<script>alert(1)</script> http://a.b/\'"><img src=x>',
    'https://user:pass@example.com:99999/ HTTPS:javascript:alert(1)',
    'java\tscript:alert(1) \u0130nner \ufffe\U0001f9d1\u200d\U0001f680',
]
LINKS = ['https://example.com/', 'https://[::1]/', 'http://a.b/']
ROOMS = ['<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>',
         'javascript:alert(1)', '{{7*7}}${alert(1)}', "';alert(1);'",
         '100% %41%3Cb%3E']
PERSON = {'id': 'u-x', 'name': '<img src=x onerror=alert(1)>'}
INJECTED = ('#log :is(img, script, svg, iframe, b, style, object, math, base,'
            ' meta, form, template, chat-room, slot):not(.mark svg, .act svg),'
            'header :is(img, script, iframe, b), footer :is(img, iframe, b),'
            'dialog :is(img, script, iframe, b, svg), .toast b, .answer b,'
            '[onerror], [onload], [onmouseover], [ontoggle], [href^=java]')
SCRIPTS = ("return new Set([...document.querySelectorAll('script'),"
           " ...room.querySelectorAll('script')]).size")


def assert_harmless(page):
    assert not page.browser.has_dialog()
    assert page.browser.script('return window.hacked') is None
    assert page.browser.count(INJECTED) == 0
    assert page.browser.script(SCRIPTS) == 1
    assert page.violations() == []


def test_text_stays_text(pages):
    ann, ben = pages
    for payload in PAYLOADS:
        ann.say(payload)
    ben.wait_texts(*PAYLOADS)
    ann.wait_texts(*PAYLOADS)
    assert_harmless(ann)
    assert_harmless(ben)
    assert ben.browser.script(
        'return Array.from(room.querySelectorAll("#log .text a"),'
        ' (link) => link.href)') == LINKS


def test_markup_cannot_be_set(pages):
    """Even a mistake in the page could not turn text into markup."""
    with pytest.raises(AssertionError, match='TrustedHTML|TypeError'):
        pages[0].browser.script(
            "room.getElementById('list').innerHTML = '<b>x</b>'")
    # Firefox tells its console, too, but later than us.
    lines = pages[0].browser.log()
    wait_until(lambda: pages[0].browser.engine != 'firefox' or lines
               or lines.extend(pages[0].browser.log()), 30, 'the report')


def test_names_and_errors_stay_text(pages):
    ann, _ = pages
    name = PERSON['name']
    ann.wait_count()
    ann.receive(type='message', id='99999999999999-0', text='hi',
                **{'from': PERSON})
    ann.receive(type='presence', count=2, joined=[PERSON], left=[])
    ann.receive(type='presence', count=2,
                renamed=[{'id': 'u-x', 'name': f'{name}2'}])
    ann.receive(type='error', code='other', text=name)
    ann.wait_texts('hi')
    assert ann.messages()[0]['name'] == name
    assert ann.browser.text('#alert') == name
    assert_harmless(ann)
    ann.receive(type='you', id='g-1', name=name, guest=True)
    assert ann.name() == name
    ann.receive(type='hello', room=f'/chat/{name}', cursor='1-0', limits={},
                you={'id': 'u-1', 'name': name},
                members={'count': 1, 'list': [PERSON]})
    assert ann.browser.text('#title') == name
    ann.browser.click('#members summary')
    assert name in ann.browser.text('#people-list')
    assert_harmless(ann)


SANCTIONS = '''
window.fetch = async () => new Response(JSON.stringify({ sanctions:
    arguments[0].map((text) => ({ kind: text, reason: text, for: 60,
        user: { id: text, name: text }, by: { id: text, name: text } })) }));
'''


def test_what_moderators_read_stays_text(pages):
    """Topics, quotations, reasons, reports, sanctions, and what is told of
    them."""
    ann, _ = pages
    order = Order(ann)
    for payload in PAYLOADS:
        order.hello(moderate=True, topic=payload)
        assert ann.browser.texts('#topic bdi') == [payload]
    told = [order.say({'id': 'u-x', 'name': payload}, payload)
            for payload in PAYLOADS]
    answers = [order.say(order.you, 'yes', re=one) for one in told]
    assert ann.browser.texts('.quote bdi') == PAYLOADS
    for one in told:
        order.choose(one, 'Reply')
    assert PERSON['name'][:4] not in ann.browser.text('#answer button')
    for payload, one in zip(PAYLOADS, told):
        ann.receive(type='report', target=one, reason=payload,
                    by={'id': 'u-y', 'name': payload})
        ann.receive(type='sanction', kind=payload, reason=payload,
                    user=PERSON, by=PERSON)
    order.script(SANCTIONS, PAYLOADS)
    ann.browser.click('#moderation summary')
    wait_until(lambda: len(ann.browser.texts('.orders .about'))
               == 2 * len(PAYLOADS), 10, 'reports and sanctions')
    assert ann.browser.count(
        '#moderation :is(img, script, iframe, b, style, math, base, meta,'
        ' template, slot, chat-room)') == 0
    ann.browser.click('#moderation summary')
    order.happen('cleared', by=PERSON)
    wait_until(lambda: any(PERSON['name'] in note for note in
                           ann.browser.texts('#list .note')), 10, 'the note')
    assert set(ann.browser.texts(', '.join(
        f'{order.at(one)} .quoted' for one in answers))) <= {'Deleted message'}
    assert_harmless(ann)


@pytest.mark.parametrize('name', ROOMS, ids=range(len(ROOMS)))
def test_name_of_the_room_stays_text(people, server, name):
    page = people[0].enter(f'http://{server.host()}/chat/{quote(name)}')
    assert page.browser.text('#title') == name
    assert page.browser.script('return document.title') == name
    page.say('hello')
    assert_harmless(page)
    page.browser.log()


def test_list_of_rooms_stays_text(people, server):
    page = people[0]
    rooms = [{'room': f'/chat/{name}', 'count': 1} for name in ROOMS]
    added = page.browser.add_script(
        'window.fetch = async () => new Response(JSON.stringify('
        f'{{ rooms: {json.dumps(rooms)} }}));')
    page.browser.open(f'http://{server.host()}/chat/')
    page.browser.remove_script(added)
    wait_until(lambda: sorted(page.browser.texts('#open bdi'))
               == sorted(ROOMS), 5, 'rooms')
    links = page.browser.script(
        'return Array.from(document.querySelectorAll("#open a"),'
        ' (link) => link.href)')
    assert sorted(links) == sorted(
        f'http://{server.host()}/chat/' + quote(name, "!'()*")
        for name in ROOMS)
    assert_harmless(page)
    assert page.browser.count('main :is(svg, script, iframe, b)') == 0


def test_links(pages):
    ann, ben = pages
    ann.say('See https://example.com/a_(b)?c=d#e, or (http://example.org).\n'
            'Not ftp://example.com nor javascript:alert(1) nor http://')
    wait_until(lambda: ben.browser.count("#log .text a") == 2, 10, 'links')
    links = ben.browser.script(
        'return Array.from(room.querySelectorAll("#log .text a"), (link) =>'
        ' [link.textContent, link.getAttribute("href"), link.rel])')
    rel = 'noopener nofollow ugc'
    assert links == [
        ['https://example.com/a_(b)?c=d#e', 'https://example.com/a_(b)?c=d#e',
         rel],
        ['http://example.org', 'http://example.org', rel]]


def test_later_servers_are_understood(pages):
    ann, _ = pages
    ann.receive(type='something-new', data=[1, 2])
    ann.receive(type='constructor')
    ann.receive(type='typing', **{'from': PERSON})
    ann.browser.script(
        'spy.sockets.at(-1).dispatchEvent('
        "new MessageEvent('message', { data: 'no json' }));")
    ann.say('still here')
    assert ann.texts() == ['still here']


def test_a_long_link_is_cheap(pages):
    """Eight kilobytes of what may stand behind a link, each time looked at."""
    ann, ben = pages
    texts = [f'https://example.com/({n}){")." * 4000}' for n in range(9)]
    took = ann.browser.script('''
        const texts = arguments[0];
        return import('/chat/_chatws/element/text.js').then(
            ({ appendText }) => {
                const start = performance.now();

                for (const text of texts) {
                    appendText(document.createElement('p'), text);
                }
                return performance.now() - start;
            });
    ''', texts)
    assert took < 1000 * at_most(0.2)
    ann.receive(type='message', id='99999999999999-0', text=texts[0],
                **{'from': PERSON})
    ann.wait_texts(texts[0])
    assert ann.browser.script(
        'return room.querySelector("#log .text a").href') \
        == 'https://example.com/(0)'


RUBBISH = [None, 5, True, 'x', {}, [None], [5], [{'id': None}], '__proto__']
NO_EVENTS = [
    *({'type': 'presence', 'count': 2, key: value} for value in RUBBISH
      for key in ('joined', 'left', 'renamed', 'list')),
    *({'type': 'typing', 'from': value} for value in RUBBISH),
    *({'type': 'pending', 'ref': value, 'state': 'failed'}
      for value in RUBBISH),
    *({'type': 'error', 'code': value, 'text': value} for value in RUBBISH),
    *({'type': 'hello', 'room': value, 'cursor': value, 'members': value,
       'limits': value, 'you': value} for value in RUBBISH),
    *({'type': 'message', 'id': value, 'text': 'x', 'from': PERSON}
      for value in [*RUBBISH, '9' * 400 + '-0', '99999999999999999-0']),
]


def test_rubbish_is_no_error_of_the_host(pages):
    """Something that is no chat answers; then it is the chat again."""
    ann, _ = pages
    ann.wait_count()
    ann.browser.script('''
        window.problems = [];
        addEventListener('error', ({ message }) => problems.push(message));
        addEventListener('unhandledrejection',
            ({ reason }) => problems.push(String(reason)));
    ''')
    for event in NO_EVENTS:
        ann.receive(**event)
    ann.receive(type='presence', count=1, list=[PERSON])
    ann.browser.click('#members summary')
    assert PERSON['name'] in ann.browser.text('#people-list')
    ann.browser.click('#members summary')
    ann.say('still here')
    assert ann.texts() == ['still here'] and ann.pending() == []
    assert ann.browser.script('return problems') == []
    assert_harmless(ann)
    ann.browser.log()


def test_a_text_of_nothing_but_names_and_links(pages):
    """Thousands of them are no thousands of elements."""
    ann, _ = pages
    ann.receive(type='you', id='g-9', name='n', guest=True)
    texts = ['@n ' * 2700, 'http://a @n ' * 600]
    for n, text in enumerate(texts):
        ann.receive(type='message', id=f'99999999999999-{n}', text=text,
                    **{'from': PERSON})
    ann.wait_texts(*texts)
    assert ann.browser.count('#log .text mark') == 2 * 20
    assert ann.browser.count('#log .text a') == 100


TOWER = 'a' + '\u0301' * 3000


def test_marks_are_not_drawn_over_others(pages):
    """A letter may carry so many marks that they reach to the top."""
    ann, _ = pages
    ann.receive(type='message', id='99999999999999-0', text=TOWER,
                **{'from': PERSON})
    ann.wait_texts(TOWER)
    assert ann.browser.script(
        'return ["text", "face"].map((name) => getComputedStyle('
        'room.querySelector(`#log .${name}`)).overflowY)') == ['clip'] * 2
