"""A room whose server knows what authors and moderators do, played by events,
and the menu of a message.  Used by the tests test_order_*.py."""
import itertools
import time

from harness import wait_until
from webdriver import F10, SHIFT

ANN = {'id': 'g-00000000000000aa', 'name': 'Ann', 'guest': True}
BEN = {'id': 'u-ben', 'name': 'Ben'}
MAX = {'id': 'u-max', 'name': 'Max', 'moderator': True}
LOBBY = {'topic': '', 'slow': 0, 'locked': False}
# Where each message stands on the screen.
TOPS = '''
return Object.fromEntries(Array.from(room.querySelectorAll('#list .message'),
    (item) => [item.dataset.id, Math.round(item.getBoundingClientRect().top)]));
'''
# Each of them as [type, y].
PRESS = '''
const [selector, kinds] = arguments;
const item = room.querySelector(selector);
const { left, top } = item.getBoundingClientRect();

for (const [kind, y] of kinds) {
    item.dispatchEvent(new PointerEvent(kind, { bubbles: true, composed: true,
        cancelable: true, pointerType: 'touch', isPrimary: true,
        clientX: left + 30, clientY: top + y }));
}
'''


def begin(page, **state):
    """The Order of a room with two people, once the server has told of both:
    what is played from then on is all that happens."""
    page.wait_settled()
    page.wait_count()
    order = Order(page)
    order.hello(**state)
    return order


class Order:
    """What happens in the room of a Page."""

    uses_keys = False

    def __init__(self, page):
        self.page = page
        self.script = page.browser.script
        self.you = self.script(
            "return document.querySelector('chat-room').chat.you")
        self._next = itertools.count(int(time.time() * 1000))

    def hello(self, moderate=False, **state):
        self.page.receive(
            type='hello', room='/chat/lobby', you=self.you, cursor='0-0',
            resumed=True, gap=False, state={**LOBBY, **state},
            rights={'speak': True, 'moderate': moderate},
            limits={'message': 100, 'rate': 5, 'burst': 20},
            members={'count': 3, 'list': [self.you, ANN, BEN]})
        self.wait_frames()
        wait_until(lambda: not moderate or self.script(
            "return room.getElementById('moderation')?.hidden") is False, 10,
            'the panel of moderators')

    def id(self):
        return f'{next(self._next)}-0'

    def say(self, person, text, **more):
        """Plays a message; its id."""
        told = self.id()
        self.page.receive(type='message', id=told, text=text,
                          **{'from': person}, **more)
        wait_until(lambda: self.script(
            'return Boolean(room.querySelector('
            '`#list [data-id="${arguments[0]}"]`))', told), 10, text)
        return told

    def happen(self, kind, **event):
        """Plays an event that is stored."""
        self.page.receive(type=kind, id=self.id(), **event)
        self.wait_frames()

    def answer(self, kind, **event):
        """Plays what the last command is answered."""
        ref = self.wait_command()['ref']
        self.page.receive(type=kind, ref=ref, **event)

    def wait_frames(self):
        self.script(
            'window.drawn = 0;'
            'const draw = () => { drawn += 1; requestAnimationFrame(draw); };'
            'requestAnimationFrame(draw);')
        wait_until(lambda: self.script('return drawn > 2'), 10, 'frames')

    # Commands

    def hold(self):
        """Nothing of what is sent reaches the real server from now on."""
        self.script('spy.sockets.at(-1).swallows = false;'
                    'spy.sockets.at(-1).send = (data) =>'
                    ' spy.sent.push({ ...JSON.parse(data),'
                    ' at: performance.now() });')
        self.commands(forget=True)

    def commands(self, forget=False):
        """What was sent, but for that somebody is typing; `at` is when."""
        sent = self.script('return spy.sent' + ('.splice(0)' if forget else ''))
        return [one for one in sent if one['type'] != 'typing']

    def wait_command(self):
        wait_until(lambda: self.commands(), 20, 'a command')
        return self.commands()[-1]

    def said(self):
        """The last command, without its ref."""
        return {key: value for key, value in self.wait_command().items()
                if key not in ('ref', 'at')}

    # What the reader does

    def at(self, told):
        return f'#list [data-id="{told}"]'

    def focus(self, told):
        self.script('room.querySelector(arguments[0]).focus()',
                    f'{self.at(told)} .time')

    def open(self, told):
        """Opens the menu of a message by its button, or by keys; the
        items."""
        self.focus(told)
        self.wait_frames()          # it may have scrolled
        if self.uses_keys:
            self.page.browser.press(SHIFT, F10)
        else:
            self.page.browser.click(f'{self.at(told)} .act')
        return self.items()

    def is_open(self):
        return self.script(
            "return room.getElementById('menu')?.open ?? false")

    def items(self):
        wait_until(self.is_open, 5, 'the menu')
        return self.page.browser.texts('#menu [role="menuitem"]')

    def choose(self, told, text):
        """Opens the menu of a message and takes an item."""
        assert text in self.open(told)
        self.script(
            "Array.from(room.querySelectorAll('#menu [role=\"menuitem\"]'))"
            '.find((item) => item.textContent === arguments[0]).click()',
            text)

    def touch(self, told, *kinds):
        """What a finger does, one after the other and at once: who is slow
        presses long."""
        self.script(PRESS, f'{self.at(told)} .bubble', [
            kind if isinstance(kind, tuple) else (kind, 20)
            for kind in kinds])

    def focused(self):
        """The message in which the focus is, or the id of its element."""
        return self.script(
            'return room.activeElement?.closest(".message")?.dataset.id'
            ' ?? room.activeElement?.id')

    def tops(self):
        return self.script(TOPS)

    def assert_still(self, before):
        """What the reader sees is where it was, as tops() told."""
        after = self.tops()
        moved = {key: after[key] - top for key, top in before.items()
                 if 150 < top < 600}
        assert len(moved) > 3
        assert {by for by in moved.values() if abs(by) > 1} == set(), moved

    def toast(self):
        return self.script(
            "return room.querySelector('#toast [role=\"status\"]')"
            '.textContent')
