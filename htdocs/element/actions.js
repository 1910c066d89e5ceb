/* What can be done about a message: a menu, which a button at the message
 * opens that is there while the reader points or goes to it, a long press, and
 * the menu key.  Used by parts.js.
 *
 * There is one button, which goes to where the reader is: a list with a
 * button in each message would be read aloud with all of them. */

import { make, makeIcon } from './markup.js';
import { Press } from './press.js';

const MENU_KEYS = ['ArrowDown', 'ArrowUp', 'Home', 'End', 'Enter', ' '];
const ICON_MORE = 'M5.500 12h.01M12 12h.01M18.500 12h.01';

export class Actions {
    #root;
    #room;
    #timeline;
    #chat;
    #list;
    #button;
    #acts = null;
    #loading = null;
    #early = null;          /* keys that came before the menu */

    constructor(room) {
        const { root, strings } = room;

        this.#root = root;
        this.#room = room;
        this.#timeline = room.timeline;
        this.#chat = room.chat;
        this.#list = root.getElementById('list');
        this.#button = make('button', { class: 'act', type: 'button',
            part: 'button', title: strings.actions,
            'aria-label': strings.actions, 'aria-haspopup': 'menu',
            'aria-live': 'off' }, makeIcon(ICON_MORE));
        this.#listen();
    }

    event(event) {
        this.#acts?.event(event);
    }

    outgoing() {
        return this.#acts?.outgoing();
    }

    leave() {
        this.#acts?.leave();
    }

    /* A promise of what does it all; see acts/acts.js. */
    load() {
        this.#loading ??= this.#load().catch((problem) => {
            this.#loading = null;
            throw problem;
        });
        return this.#loading;
    }

    /* A promise of what a moderator can do about somebody: items of a menu. */
    async about(person) {
        try {
            return this.#chat()?.rights?.moderate
                ? (await this.load()).commands.about(person) : [];
        }
        catch {
            return [];
        }
    }

    async #load() {
        const { Acts } = await import('../acts/acts.js');

        this.#room.signal.throwIfAborted();
        this.#acts = new Acts(this.#room);
        await this.#acts.ready;
        return this.#acts;
    }

    async #do(act) {
        try {
            act(await this.load());
        }
        catch (problem) {
            if (!this.#room.signal.aborted) {
                console.error(problem);
                this.#room.composer.alert(this.#room.strings.errors.offline);
            }
        }
    }

    #listen() {
        const list = this.#list;

        this.#button.addEventListener('click', () =>
            this.#open(this.#button, () => this.#button));
        list.addEventListener('pointermove', (event) => this.#point(event));
        list.addEventListener('pointerleave', () => this.#attend(null));
        list.addEventListener('focusin', (event) =>
            this.#attend(event.target));
        list.addEventListener('focusout', (event) =>
            list.contains(event.relatedTarget) || this.#attend(null));
        list.addEventListener('click', (event) => this.#click(event));
        list.addEventListener('keydown', (event) => this.#press(event));
        list.addEventListener('keydown', (event) => this.#hold(event), true);
        new Press(list, (target, place) => this.#open(target,
            () => ({ getBoundingClientRect: () => place }), true));
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

        if (this.#acts?.isOpen || this.#button.matches(':focus') && !message) {
            return;
        }
        if (!place || place.classList.contains('editing')) {
            this.#button.remove();
        }
        else if (!place.contains(this.#button)) {
            place.querySelector('.bubble').append(this.#button);
            this.load().catch(() => {});        /* then it is there */
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
            this.#open(message, (entry) =>
                entry.nodes.at(-1).querySelector('.bubble'));
        }
    }

    /* While a menu is being loaded, what is pressed is meant for it. */
    #hold(event) {
        if (this.#early && MENU_KEYS.includes(event.key)) {
            event.preventDefault();
            event.stopPropagation();
            if (!event.repeat) {
                this.#early.push(event);
            }
        }
        else if (event.key === 'Escape') {
            this.#early = null;         /* there will be none */
        }
    }

    /* element: in the message.  placeOf(entry): what the menu opens at, once
     * it is loaded. */
    async #open(element, placeOf, isTouch = false) {
        const entry = this.#entryAt(element);

        if (entry) {
            const early = [];

            this.#early = early;
            await this.#do((acts) => this.#early === early && entry.nodes
                && acts.open(entry, placeOf(entry).getBoundingClientRect(),
                    isTouch, early));
            if (this.#early === early) {
                this.#early = null;
            }
        }
    }

    /* Arrow up in the empty field: the last message of the reader's own. */
    #goUp(event) {
        const entry = event.key === 'ArrowUp' && !event.target.value
            && !event.isComposing && !event.shiftKey && !event.ctrlKey
            && !event.altKey && !event.metaKey && this.#chat()?.roomState
            ? this.#timeline.lastOwn : null;

        if (entry) {
            event.preventDefault();
            this.#do((acts) => acts.edit(entry,
                () => this.#room.composer.focus()));
        }
    }
}
