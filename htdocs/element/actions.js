/* What can be done about a message: a menu, which a button at the message
 * opens that is there while the reader points or goes to it, a long press, and
 * the menu key.  Used by parts.js.
 *
 * There is one button, which goes to where the reader is: a list with a
 * button in each message would be read aloud with all of them. */

import { copyText } from './copy.js';
import { makeEditor } from './editor.js';
import { shownName } from './guest.js';
import { make, makeIcon } from './markup.js';
import { Menu } from './menu.js';
import { Press } from './press.js';

const ICON_MORE = 'M5.500 12h.01M12 12h.01M18.500 12h.01';

export class Actions {
    #root;
    #strings;
    #room;
    #timeline;
    #chat;
    #commands;
    #persons;
    #answer;
    #composer;
    #list;
    #menu;
    #button;
    #edited = null;

    constructor(room) {
        const { root, strings, signal } = room;

        this.#root = root;
        this.#strings = strings;
        this.#room = room.room;
        this.#timeline = room.timeline;
        this.#chat = room.chat;
        this.#commands = room.commands;
        this.#persons = room.persons;
        this.#answer = room.answer;
        this.#composer = room.composer;
        this.#list = root.getElementById('list');
        this.#menu = new Menu(root, signal);
        this.#button = make('button', { class: 'act', type: 'button',
            part: 'button', title: strings.actions,
            'aria-label': strings.actions, 'aria-haspopup': 'menu',
            'aria-live': 'off' }, makeIcon(ICON_MORE));
        this.#listen();
    }

    /* What is quoted or edited may have changed, or be gone. */
    event({ type }) {
        if (['deleted', 'edited', 'cleared'].includes(type)) {
            this.#answer.refresh();
            if (this.#edited?.deleted) {
                this.#endEdit(this.#edited);
            }
        }
        else if (type === 'hello' && !this.#commands.isKnown) {
            this.#answer.take();
        }
    }

    #listen() {
        const list = this.#list;

        this.#button.addEventListener('click', () =>
            this.#open(this.#button, this.#button.getBoundingClientRect()));
        list.addEventListener('pointermove', (event) => this.#point(event));
        list.addEventListener('pointerleave', () => this.#attend(null));
        list.addEventListener('focusin', (event) =>
            this.#attend(event.target));
        list.addEventListener('focusout', (event) =>
            list.contains(event.relatedTarget) || this.#attend(null));
        list.addEventListener('click', (event) => this.#click(event));
        list.addEventListener('keydown', (event) => this.#press(event));
        new Press(list, (target, place) => this.#open(target, place, true));
        this.#root.getElementById('text').addEventListener('keydown',
            (event) => this.#goUp(event));
    }

    /* The message around an element of the list, if it is one. */
    #entryAt(element) {
        return this.#timeline.find(element?.closest('.message')?.dataset.id);
    }

    /* A list that moves below a mouse that rests is no pointing. */
    #point({ target, pointerType, movementX, movementY }) {
        if (pointerType !== 'touch' && (movementX || movementY)) {
            this.#attend(target);
        }
    }

    /* The reader is at this element, or at none. */
    #attend(element) {
        const message = element?.closest('.message:not(.editing)');
        const focused = this.#root.activeElement?.closest('#list .message');
        const place = message ?? focused;

        if (this.#menu.isOpen || this.#button.matches(':focus') && !message) {
            return;
        }
        if (!place || place.classList.contains('editing')) {
            this.#button.remove();
        }
        else if (!place.contains(this.#button)) {
            place.querySelector('.bubble').append(this.#button);
        }
        place?.querySelector('.time')?.setAttribute('aria-keyshortcuts',
            'Shift+F10');
    }

    #click(event) {
        const quote = event.target.closest('.quote');

        if (quote && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
            event.preventDefault();
            this.#timeline.goTo(quote.hash.slice(1));
        }
        else {
            this.#attend(event.target);
        }
    }

    #press(event) {
        const isMenuKey = event.key === 'ContextMenu'
            || event.key === 'F10' && event.shiftKey;
        const message = event.target.closest('.message');

        if (isMenuKey && this.#entryAt(message)
            && !event.target.closest('textarea')) {
            event.preventDefault();
            this.#open(message,
                message.querySelector('.bubble').getBoundingClientRect());
        }
    }

    /* element: in the message; place: a rectangle. */
    #open(element, place, isTouch = false) {
        const entry = this.#entryAt(element);

        if (entry && !this.#menu.isOpen) {
            this.#menu.open(this.#strings.actions,
                this.#makeItems(entry, isTouch), place,
                () => this.#timeline.focus(entry));
        }
    }

    /* Items of a menu. */
    #makeItems(entry, isTouch) {
        const { toQuoted, copyText: copy, copyLink, personMenu }
            = this.#strings;
        const about = entry.own ? [] : this.#commands.about(entry.from);

        return [
            ...this.#makeReply(entry),
            ...entry.re && !entry.deleted
                ? [[toQuoted, () => this.#timeline.goTo(entry.re)]] : [],
            ...isTouch && !entry.deleted
                ? [[copy, () => this.#copy(entry.text)]] : [],
            [copyLink, () => this.#copy(`${this.#room}#${entry.id}`)],
            ...this.#makeChanges(entry),
            ...entry.own ? [] : [[
                personMenu(shownName(entry.from, this.#strings)),
                () => this.#persons.openFor(entry.from)]],
            ...about.length ? [null, ...about] : [],
        ];
    }

    #makeReply(entry) {
        const { reply } = this.#strings;

        return this.#commands.isKnown && !entry.deleted
            && !this.#composer.isShut
            ? [[reply, () => this.#answer.begin(entry)]] : [];
    }

    /* The server decides whether it is not too late. */
    #makeChanges(entry) {
        const { edit, delete: remove, report } = this.#strings;
        const { isKnown, moderates } = this.#commands;

        if (!isKnown || entry.deleted || entry.isGoing) {
            return [];
        }
        return [
            ...entry.own && !this.#composer.isShut
                ? [[edit, () => this.#edit(entry)]] : [],
            entry.own || moderates ? [remove, () => this.#delete(entry)]
                : [report, () => this.#commands.askReport(entry)],
        ];
    }

    #delete(entry) {
        this.#commands.delete(entry);
    }

    async #copy(text) {
        await copyText(this.#root, text);
        this.#commands.tell(this.#strings.copied);
    }

    /* Arrow up in the empty field: the last message of the reader's own. */
    #goUp(event) {
        const entry = event.key === 'ArrowUp' && !event.target.value
            && !event.isComposing && !event.shiftKey && !event.ctrlKey
            && !event.altKey && !event.metaKey && this.#commands.isKnown
            ? this.#timeline.lastOwn : null;

        if (entry) {
            event.preventDefault();
            this.#edit(entry, () => this.#composer.focus());
        }
    }

    /* back() is where the reader goes then. */
    #edit(entry, back = () => this.#timeline.focus(entry)) {
        if (this.#edited) {
            this.#endEdit(this.#edited);
        }
        this.#edited = entry;
        entry.editor = makeEditor(entry.text, this.#strings, {
            limit: this.#composer.limit,
            save: (text, alert) => this.#commands.edit(entry, text, alert),
            end: () => {
                this.#endEdit(entry);
                back();
            },
        });
        this.#timeline.reveal(entry);
        this.#timeline.refresh(entry);
        entry.editor.querySelector('textarea').focus({ preventScroll: true });
    }

    #endEdit(entry) {
        this.#edited = null;
        entry.editor = null;
        this.#timeline.refresh(entry);
    }
}
