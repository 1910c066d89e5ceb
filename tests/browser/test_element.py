"""<chat-room> in pages that are not ours: strict, hostile, several rooms."""
import pytest
from harness import wait_until

pytestmark = pytest.mark.engines(long=True)

SCRIPT = '<script type="module" src="/chat/_chatws/chat-room.js"></script>'
# A host that gives its room a box, whatever its other rules say, and a font,
# which is the one thing of its text style that the room would take over.
BOX = '''
html body #box {
    --chat-font: sans-serif;
    position: fixed !important; inset: 0 auto auto 0 !important;
    display: block !important; width: 480px !important;
    height: 400px !important; max-width: none !important;
    transform: none !important; padding: 0 !important;
    margin: 0 !important; border: 0 !important;
}
'''
SHEETS = {
    'unset': '* { all: unset }',
    'important': '* { all: unset !important }',
    'reset': '''
*, ::before, ::after { box-sizing: border-box; margin: 0; border: 0 solid red;
    padding: 0 }
html { line-height: 1.5; font-family: monospace; tab-size: 4 }
button, input, textarea { font: inherit; color: inherit; appearance: none;
    background: none; border-radius: 0 }
ol, ul { list-style: none } svg { display: block } a { color: inherit }
''',
    'loud': '''
html { font-size: 62.5% }
body, body * { color: red !important; background: lime !important; opacity: 1 !important;
    font: italic 40px/3 serif !important; letter-spacing: 1em !important;
    text-transform: uppercase !important; text-align: center !important;
    white-space: nowrap !important; word-spacing: 2em !important;
    text-indent: 3em !important; border: 9px solid blue !important;
    margin: 7px !important; pointer-events: none !important;
    user-select: none !important; cursor: wait !important }
.message, #log, button, .bar { display: none !important }
''',
}
# Every element of the room with its place and what its text looks like.
LOOKS = '''
const names = ['color', 'backgroundColor', 'fontFamily', 'fontSize',
    'fontStyle', 'letterSpacing', 'lineHeight', 'textAlign', 'textIndent',
    'textTransform', 'whiteSpace', 'wordSpacing', 'cursor', 'pointerEvents',
    'userSelect', 'visibility', 'direction'];
const frame = room.getElementById('room').getBoundingClientRect();
return Array.from(room.getElementById('room').querySelectorAll(
    ':not(slot)'), (element) => {
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);

        return [element.localName, element.id, box.x - frame.x,
            box.y - frame.y, box.width, box.height,
            ...names.map((name) => style[name])].join(' ');
    });
'''


@pytest.fixture
def host(server, request):
    """A function that writes a page of the site and returns its URL."""
    name = 'host-' + request.node.name.replace('[', '-').replace(']', '')

    def write(body, css='', head=SCRIPT):
        server.write_files({
            f'{name}.css': css,
            f'{name}.html': '<!doctype html>\n<html lang="en">\n'
                            '<meta charset="utf-8">\n<title>Host</title>\n'
                            '<link rel="icon" href="/chat/_chatws/icon.svg">\n'
                            f'<link rel="stylesheet" href="{name}.css">\n'
                            f'{head}\n{body}\n'})
        return f'http://{server.host()}/{name}.html'
    return write


def element(room, attributes=''):
    path = '/' + room.split('/', 3)[3]
    return f'<chat-room id="box" src="{path}" {attributes}></chat-room>'


def test_one_script_and_one_element(pages, host, room):
    """Under default-src 'self', which the server sends with host pages."""
    ann, ben = pages
    ann.enter(host('<h1>A site</h1>' + element(room)))
    ann.say('from another page')
    ben.wait_texts('from another page')
    ben.say('https://example.com/')
    ann.wait_texts('from another page', 'https://example.com/')
    assert ann.violations() == []
    assert ann.browser.script('return document.title') == 'Host'
    assert ann.browser.script(
        'return document.activeElement.localName') == 'chat-room'
    box = ann.browser.script(
        "const box = document.getElementById('box').getBoundingClientRect();"
        'return [box.width > 900, box.height]')
    assert box == [True, 28 * 16]
    assert ann.browser.script(
        "return document.querySelectorAll('[style]').length"
        " + room.querySelectorAll('[style], style').length") == 0
    assert ann.browser.count('slot a') == 0


def test_the_policy_of_the_host_is_strict(people, host):
    """What the test above relies on: there, inline style is a violation."""
    page = people[0]
    page.browser.open(host('<p id="p"></p>'))
    page.browser.script("document.getElementById('p')"
                        ".setAttribute('style', 'color: red')")
    wait_until(lambda: page.violations() == ['style-src-attr'], 5, 'report')
    page.browser.log()


@pytest.mark.parametrize('sheet', SHEETS)
def test_hostile_style(pages, host, room, sheet):
    ann, ben = pages
    ben.say('one\ntwo')
    ann.enter(host(element(room), BOX))
    ann.wait_texts('one\ntwo')
    ann.wait_settled()
    ann.wait_count()
    plain = ann.browser.script(LOOKS)
    ann.enter(host(element(room), SHEETS[sheet] + BOX))
    ann.wait_texts('one\ntwo')
    ann.wait_settled()
    ann.wait_count()
    assert len(plain) > 40
    assert ann.browser.script(LOOKS) == plain


def test_a_host_that_leaves_no_height(pages, host, room):
    ann, _ = pages
    ann.enter(host(f'<div>{element(room)}</div>', '* { all: unset }'))
    ann.say('to be seen')
    width, height = ann.browser.script(
        "const box = room.getElementById('room').getBoundingClientRect();"
        'return [box.width, box.height]')
    assert width > 1000 and height == 28 * 16


def test_two_rooms_on_a_page(pages, host, room):
    ann, ben = pages
    two = element(room) + element(room + '-2').replace('"box"', '"other"')
    ann.enter(host(two))
    other = ann.part("document.getElementById('other').shadowRoot")
    other.wait_state('online')
    ann.say('here')
    other.say('there')
    ben.wait_texts('here')
    ben.enter(room + '-2')
    ben.wait_texts('there')
    ben.say('and back')
    other.wait_texts('there', 'and back')
    ann.wait_texts('here')


def test_attributes_change_and_elements_move(pages, host, room):
    ann, ben = pages
    ann.enter(host(element(room)))
    ann.say('first room')
    ann.browser.script(
        "document.getElementById('box').setAttribute('src', arguments[0])",
        room + '-2')
    wait_until(lambda: ann.texts() == [], 5, 'the other room')
    ann.wait_state('online')
    ann.say('second room')
    ann.browser.script("document.getElementById('box').lang = 'zh'")
    wait_until(lambda: ann.state() == 'online'
               and ann.browser.text('#state') == '已连接', 10, 'Chinese')
    ann.wait_texts('second room')
    sockets = len(ann.urls())
    ann.browser.script(
        "const box = document.getElementById('box');"
        "document.body.append(document.createElement('div'), box);"
        "box.setAttribute('theme', 'dark');")
    assert ann.texts() == ['second room'] and len(ann.urls()) == sockets
    ann.browser.script("document.getElementById('box').remove()")
    wait_until(lambda: ann.browser.script(
        'return spy.sockets.every((socket) => socket.readyState > 1)'), 5,
        'all sockets closed')
    assert ben.texts() == ['first room']


USED = "return document.getElementById('box').chat?.room.token"


def test_token(people, host, room):
    """Attribute or property, also one that was set before there was a class;
    the first one enters the room anew, another one waits its turn."""
    ann, _ = people
    ann.browser.open(host('', head=''))
    ann.browser.script('''
        const box = document.createElement('chat-room');

        window.asked = 0;
        box.id = 'box';
        box.setAttribute('src', arguments[0]);
        box.token = () => {
            asked += 1;
            return 'by.the.function';
        };
        document.body.append(box);
        return import('/chat/_chatws/chat-room.js').then(() => null);''', room)
    ann.wait_state('online')
    assert ann.browser.script(USED) == 'by.the.function'
    assert ann.browser.script('return asked') == 1
    sockets = len(ann.urls())
    ann.browser.script('''
        const box = document.getElementById('box');

        box.setAttribute('token', 'an.other.one');
        box.token = null;''')
    wait_until(lambda: ann.browser.script(
        "return document.getElementById('box').chat.token")
        == 'an.other.one', 5, 'another token')
    assert len(ann.urls()) == sockets
    ann.cut()
    ann.mend()
    wait_until(lambda: ann.browser.script(USED) == 'an.other.one', 5,
               'it is used')
    ann.browser.script(
        "window.old = document.getElementById('box').chat;"
        "document.getElementById('box').removeAttribute('token');")
    wait_until(lambda: ann.browser.script(
        "return document.getElementById('box').chat !== old"), 5, 'anew')
    ann.wait_state('online')
    assert not ann.browser.script(USED)


def test_theme(pages, host, room):
    """It is the page's; only the attribute says otherwise."""
    ann, _ = pages
    colour = ("return getComputedStyle(room.getElementById('room'))"
              '.backgroundColor')
    attribute = ("document.getElementById('box').setAttribute('theme',"
                 ' arguments[0])')
    page = 'document.documentElement.className = arguments[0]'
    ann.enter(host(element(room),
                   '.both { color-scheme: light dark }'
                   '.dark { color-scheme: dark }'
                   'chat-room { --chat-own: rgb(1, 2, 3) }'
                   'chat-room::part(bubble) { border-radius: 3px }'))
    ann.say('own')
    light = ann.browser.script(colour)
    ann.browser.set_theme('dark')
    assert ann.browser.script(colour) == light, 'the page is light'
    ann.browser.script(page, 'both')
    dark = ann.browser.script(colour)
    assert light != dark
    ann.browser.set_theme('light')
    assert ann.browser.script(colour) == light
    ann.browser.script(page, 'dark')
    assert ann.browser.script(colour) == dark
    ann.browser.script(attribute, 'light')
    assert ann.browser.script(colour) == light
    ann.browser.script(page, '')
    ann.browser.script(attribute, 'dark')
    assert ann.browser.script(colour) == dark
    assert ann.browser.script(
        "const style = getComputedStyle(room.querySelector('.bubble'));"
        'return [style.backgroundColor, style.borderRadius]') == [
            'rgb(1, 2, 3)', '3px']


def test_right_to_left(pages, host, room):
    ann, ben = pages
    ben.say('שלום')
    ben.say('hello')
    ann.enter(host(element(room, 'lang="ar"')))
    ann.wait_texts('שלום', 'hello')
    assert ann.browser.text('#state') == 'متصل'
    left = ('return Array.from(arguments, (selector) =>'
            ' room.querySelector(selector).getBoundingClientRect().x)')
    send, text, me, title = ann.browser.script(
        left, '.send', '#text', '#me', '.place')
    assert send < text and me < title
    face, bubble = ann.browser.script(left, '.face', '.bubble')
    assert bubble < face
    directions = ("return Array.from(room.querySelectorAll('#list .text'),"
                  ' (text) => getComputedStyle(text).direction)')
    assert ann.browser.script(directions) == ['rtl', 'ltr']
    ann.browser.script("document.getElementById('box').dir = 'ltr'")
    send, text = ann.browser.script(left, '.send', '#text')
    assert text < send


def test_languages(people, host, room):
    page = people[0]
    page.enter(host(element(room)))
    for wanted, words in (('de-AT', 'Verbunden'), ('es', 'Conectado'),
                          ('fr', 'Connecté'), ('pt-BR', 'Conectado'),
                          ('ja', '接続済み'), ('ru', 'Подключено'),
                          ('xx', 'Connected')):
        page.browser.script("document.getElementById('box').lang"
                            ' = arguments[0]', wanted)
        wait_until(lambda: page.state() == 'online'
                   and page.browser.text('#state') == words, 10, wanted)
    assert page.complaints() == []


# Added, removed and added again before its language has arrived.
FICKLE = '''
const element = document.createElement('chat-room');

element.setAttribute('src', arguments[0]);
element.lang = 'fr';
window.readies = 0;
element.addEventListener('ready', () => { window.readies += 1; });
const change = async () => {
    for (const act of ['append', 'removeChild', 'append']) {
        document.body[act](element);
        for (let turns = 0; turns < 9; turns += 1) {
            await null;
        }
    }
};

change();
'''


def test_added_twice_while_it_loads(pages, host, room):
    ann = pages[0]
    ann.browser.open(host(''))
    wait_until(lambda: ann.browser.script(
        "return Boolean(customElements.get('chat-room'))"), 10, 'the element')
    ann.browser.script(FICKLE, room)
    ann.wait_state('online')
    assert ann.browser.script(
        "return document.querySelector('chat-room').shadowRoot"
        ".querySelectorAll('.room').length") == 1
    assert len(ann.urls()) == 1
    assert ann.browser.script('return readies') == 1


def test_left_while_the_emoji_load(pages, host, room):
    ann = pages[0]
    ann.browser.open(host(element(room)))
    ann.wait_state('online')
    ann.browser.script(
        "room.getElementById('emoji').click();"
        "document.querySelector('chat-room').setAttribute('src',"
        " arguments[0])", f'{room}-2')
    wait_until(lambda: any(url.endswith('-2') for url in ann.urls()), 10,
               'the other room')
    ann.wait_state('online')
    wait_until(lambda: ann.browser.script(
        "return performance.getEntriesByType('resource')"
        ".some(({ name }) => name.endsWith('/emoji/panel.js'))"), 10,
        'the panel came')
    ann.browser.script("room.getElementById('emoji').click()")
    wait_until(lambda: ann.browser.script(
        "return room.getElementById('emoji-panel')?.hidden === false"), 10,
        'the panel of the other room')
    assert ann.browser.script(
        "return room.querySelectorAll('#emoji-panel').length") == 1


def test_a_room_that_is_moved_stays_where_it_was(pages, host, room):
    """A browser forgets how far a list was scrolled that leaves its place."""
    ann = pages[0]
    ann.browser.open(host(f'{element(room)}<div id="other"></div>'))
    ann.wait_state('online')
    for number in range(60):
        ann.receive(type='message', id=f'{1895321234567 + number}-0',
                    text=str(number), **{'from': {'id': 'g-1', 'name': 'Eve',
                                                  'guest': True}})
    wait_until(lambda: '59' in ann.texts(), 10, 'all of them')
    top = "Math.round(room.getElementById('log').scrollTop)"
    move = ("document.getElementById(arguments[0]).append("
            "document.querySelector('chat-room'));")
    end = ann.browser.script(f'return {top}')
    assert end > 100
    ann.browser.script("document.body.id = 'body';" + move, 'other')
    wait_until(lambda: ann.browser.script(f'return {top}') == end, 5,
               'at the end')
    # Also a reader who has scrolled up.
    ann.browser.script("room.getElementById('log').scrollTop = 100")
    wait_until(lambda: ann.browser.count('#jump[hidden]') == 0, 5, 'away')
    ann.browser.script(move, 'body')
    wait_until(lambda: ann.browser.script(f'return {top}') == 100, 5,
               'where it was')
