/* A menu that opens beside what it is about: in the top layer, so that
 * nothing cuts it off and nothing below moves.  Used by acts.js. */

import { make } from '../element/markup.js';

const EDGE = 8;                 /* pixels between it and the window's sides */
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

export class Menu {
    #room;
    #dialog;
    #list;
    #place = null;
    #back = null;

    /* signal: ends the listening to the window. */
    constructor(root, signal) {
        this.#room = root.getElementById('room');
        this.#list = make('div', { role: 'menu' });
        this.#dialog = make('dialog', { id: 'menu', class: 'menu',
            part: 'menu' }, this.#list);
        this.#room.append(this.#dialog);
        this.#dialog.addEventListener('click', (event) => {
            if (event.target === this.#dialog) {
                this.#close();          /* beside it */
            }
        });
        /* By a gesture of the browser's own.  It is told later: the menu may
         * be open again by then. */
        this.#dialog.addEventListener('close',
            () => this.isOpen || this.#close());
        this.#dialog.addEventListener('contextmenu',
            (event) => event.preventDefault());
        this.#list.addEventListener('keydown', (event) => this.#press(event));
        addEventListener('resize', () => this.#put(), { signal });
    }

    get isOpen() {
        return this.#dialog.open;
    }

    /* items: [text, act] each, or null for a line between them.  place: what
     * it opens at, a rectangle of the window.  back() gives the focus back. */
    open(label, items, place, back) {
        this.#list.ariaLabel = label;
        this.#dialog.ariaLabel = label;
        this.#list.replaceChildren(...items.map((item) => (item
            ? this.#makeItem(...item)
            : make('div', { role: 'separator' }))));
        this.#place = place;
        this.#back = back;
        this.#dialog.showModal();
        this.#put();
        this.#items[0].focus({ preventScroll: true });
    }

    /* Events of keys that were pressed while it was loaded. */
    replay(events) {
        for (const event of events) {
            if (this.isOpen && ['Enter', ' '].includes(event.key)) {
                this.#focused.click();
            }
            else if (this.isOpen) {
                this.#press(event);
            }
        }
    }

    get #focused() {
        return this.#list.getRootNode().activeElement;
    }

    get #items() {
        return Array.from(this.#list.querySelectorAll('[role="menuitem"]'));
    }

    #close() {
        const back = this.#back;

        this.#place = null;
        this.#back = null;
        this.#dialog.close();
        back?.();
    }

    #makeItem(text, act) {
        const button = make('button', { type: 'button', role: 'menuitem',
            tabindex: '-1' }, text);

        button.addEventListener('click', () => {
            this.#close();
            act();
        });
        return button;
    }

    /* Below the place or above it, as there is room. */
    #put() {
        const { offsetWidth, offsetHeight, style } = this.#dialog;
        const { clientWidth } = document.documentElement;
        const clamp = (at, most) => `${Math.max(EDGE, Math.min(at, most))}px`;

        if (!this.#place) {
            return;
        }
        const { left, right, top, bottom } = this.#place;
        const isRight = getComputedStyle(this.#room).direction === 'rtl'
            ? right - offsetWidth >= EDGE
            : left + offsetWidth > clientWidth - EDGE;
        const isAbove = bottom + offsetHeight > innerHeight - EDGE
            && top - offsetHeight >= EDGE;

        style.left = clamp(isRight ? right - offsetWidth : left,
            clientWidth - offsetWidth - EDGE);
        style.top = clamp(isAbove ? top - offsetHeight : bottom,
            innerHeight - offsetHeight - EDGE);
    }

    #press(event) {
        const { key } = event;
        const items = this.#items;
        const at = items.indexOf(this.#focused);

        if (key in STEPS) {
            this.#go(items, at + STEPS[key]);
        }
        else if (key === 'Home' || key === 'End') {
            this.#go(items, key === 'Home' ? 0 : -1);
        }
        else if (key === 'Tab' || key === 'Escape') {
            event.stopPropagation();
            this.#close();
        }
        else if (key === ' ' || Array.from(key).length > 1
            || event.ctrlKey || event.metaKey || event.altKey) {
            return;
        }
        else {
            this.#find(items, at, key.toLowerCase());
        }
        event.preventDefault();
    }

    #go(items, at) {
        items[(at + items.length) % items.length].focus();
    }

    /* The next one that begins with this letter. */
    #find(items, at, letter) {
        [...items.slice(at + 1), ...items.slice(0, at + 1)].find((item) =>
            item.textContent.toLowerCase().startsWith(letter))?.focus();
    }
}
