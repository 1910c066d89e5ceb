"""The room as assistive technology gets it, and whether it can be read."""
import pytest
from harness import wait_until

pytestmark = pytest.mark.engines(long=True)

# Roles that a reader can act on, or is told of by name.
NAMED = {'button', 'checkbox', 'combobox', 'dialog', 'DisclosureTriangle',
         'heading', 'link', 'log', 'textbox'}
# Every text with its contrast to what is painted behind it; the texts of
# switched-off controls may be pale.
CONTRASTS = '''
const canvas = document.createElement('canvas').getContext('2d',
    { willReadFrequently: true });
const read = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return Array.from(canvas.getImageData(0, 0, 1, 1).data);
};
const light = (colour) => colour.slice(0, 3).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}).reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
const behind = (element) => {
    for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
        const colour = read(getComputedStyle(at).backgroundColor);
        if (colour[3] === 255) {
            return colour;
        }
    }
    return [255, 255, 255, 255];
};
const found = [];
for (const element of room.querySelectorAll('#room *, main *, footer *')) {
    const own = Array.from(element.childNodes).some((node) =>
        node.nodeType === 3 && node.data.trim());
    if (own && element.checkVisibility({ visibilityProperty: true })) {
        const pair = [light(read(getComputedStyle(element).color)),
            light(behind(element))].sort((a, b) => b - a);
        found.push([(pair[0] + 0.05) / (pair[1] + 0.05),
            element.textContent.trim().slice(0, 30)]);
    }
}
return found;
'''
BEA = {'id': 'u-Bea', 'name': 'Bea'}


def tree(page):
    """(role, name, properties) of everything that is not ignored."""
    page.browser.cdp('Accessibility.enable')
    nodes = page.browser.cdp('Accessibility.getFullAXTree')['nodes']
    found = []
    for node in nodes:
        if not node.get('ignored'):
            found.append((node['role']['value'],
                          node.get('name', {}).get('value', ''),
                          {entry['name']: entry['value'].get('value')
                           for entry in node.get('properties', ())}))
    return found


def names(page, role):
    return [name for kind, name, _ in tree(page) if kind == role]


def show_everything(ann, ben):
    """All that a room may show at once."""
    ann.say('mine')
    ben.say('yours https://example.com/')
    ann.wait_texts('mine', 'yours https://example.com/')
    ann.wait_settled()
    ann.leave()
    ben.say('missed')
    ann.wait_texts('mine', 'yours https://example.com/', 'missed')
    ann.come_back()
    ann.browser.script('spy.sockets.at(-1).swallows = true')
    ann.write('refused')
    ref = ann.browser.script('return spy.sent.at(-1).ref')
    ann.browser.script('spy.sockets.at(-1).swallows = false')
    ann.receive(type='error', code='bad_text', text='no', ref=ref)
    ann.wait_alert('cannot be sent')
    ann.receive(type='gap', after='1-0', next='2-0')
    ann.receive(**{'type': 'typing', 'from': BEA})
    wait_until(lambda: ann.browser.text('#typing'), 5, 'typing')


@pytest.mark.engines('chromium')     # whose tree of roles can be read
def test_everything_has_a_name_and_a_role(pages):
    ann, ben = pages
    show_everything(ann, ben)
    for selector in ('#members summary', '#notices summary', '#me'):
        ann.browser.click(selector)
        nameless = [(role, facts) for role, name, facts in tree(ann)
                    if role in NAMED and not name.strip()]
        assert nameless == []
    assert names(ann, 'dialog') == ['Change name']
    assert 'The name that others see' in names(ann, 'textbox')
    ann.browser.click('#rename-cancel')
    assert names(ann, 'log') == ['Messages']
    assert 'Your message' in names(ann, 'textbox')
    assert 'Other rooms' in names(ann, 'link')
    assert {'Send', 'Try again', 'Remove'} <= set(names(ann, 'button'))
    wait_until(lambda: any('2 people here' in name for name in
                           names(ann, 'DisclosureTriangle')), 10,
               'the number of people')
    live = {role: facts['live'] for role, _, facts in tree(ann)
            if 'live' in facts}
    assert live['log'] == 'polite' and live['alert'] == 'assertive'


@pytest.mark.engines('chromium')
def test_every_control_says_what_it_is(pages, server):
    """Elements that act on a click or a key have a role that says so."""
    ann, _ = pages
    focusable = {(role, facts.get('focusable')) for role, _, facts
                 in tree(ann) if facts.get('focusable')}
    assert {role for role, _ in focusable} <= NAMED | {'RootWebArea'}
    ann.browser.open(f'http://{server.host()}/chat/')
    nameless = [role for role, name, _ in tree(ann)
                if role in NAMED and not name.strip()]
    assert nameless == []


@pytest.mark.parametrize('theme', ('light', 'dark'))
def test_contrast(pages, server, theme):
    ann, ben = pages
    ann.browser.set_theme(theme)
    show_everything(ann, ben)
    ann.browser.click('#members summary')
    shown = ann.browser.script(CONTRASTS)
    assert len(shown) > 15
    assert [pair for pair in shown if pair[0] < 4.5] == []
    for colour in range(8):
        ann.browser.script(
            "for (const item of room.querySelectorAll('[class*=colour-]')) {"
            'item.className = item.className.replace(/colour-\\d/,'
            ' `colour-${arguments[0]}`); }', colour)
        assert [pair for pair in ann.browser.script(CONTRASTS)
                if pair[0] < 4.5] == [], f'colour {colour}'
    ann.browser.click('#notices summary')
    assert [pair for pair in ann.browser.script(CONTRASTS)
            if pair[0] < 4.5] == []
    ann.browser.open(f'http://{server.host()}/chat/')
    shown = ann.browser.script(CONTRASTS)
    assert len(shown) > 4
    assert [pair for pair in shown if pair[0] < 4.5] == []


def test_less_motion(pages, room):
    ann, _ = pages
    ann.browser.set_motion(False)
    try:
        ann.enter(room)
        ann.cut()
        assert ann.browser.script('return room.getAnimations().length') == 0
        ann.mend()
    finally:
        ann.browser.set_motion(True)
