/* A line over the end of the list: what was done, or what is about to be and
 * can still be undone.  Used by commands.js. */

import { make } from '../element/markup.js';
import { makeSentence } from '../element/text.js';

const TIME = 5;             /* seconds */
const LONGER = 15;          /* more, for whoever is at the button */

export class Toast {
    #line;
    #text;
    #rest;
    #button;
    #pending = null;        /* {act, undone} of what is to be done */
    #log;
    #left = 0;
    #held = 0;
    #timer = 0;

    /* signal: ends the listening to the document. */
    constructor(root, strings, signal) {
        this.#text = make('span', { role: 'status' });
        this.#rest = make('span', { class: 'toast-rest',
            'aria-hidden': 'true' });
        this.#button = make('button', { class: 'quiet', type: 'button',
            'aria-keyshortcuts': 'Control+Z', hidden: true }, strings.undo);
        this.#line = make('div', { id: 'toast', class: 'toast unseen',
            part: 'toast' }, this.#text, this.#rest, this.#button);
        root.getElementById('jump').before(this.#line);
        this.#log = root.getElementById('log');
        this.#button.addEventListener('click', () => this.#undo());
        this.#log.addEventListener('keydown', (event) => {
            const isUndo = event.key === 'z' && !event.shiftKey
                && (event.ctrlKey || event.metaKey);

            if (isUndo && this.#pending && !event.target.closest('textarea')) {
                event.preventDefault();
                this.#undo();
            }
        });
        addEventListener('pagehide', () => this.commit(true), { signal });
        document.addEventListener('visibilitychange',
            () => document.hidden && this.commit(true), { signal });
    }

    /* What is done already. */
    tell(text) {
        this.commit();
        this.#show(text);
    }

    /* act(isLast) is called after five seconds, or when the reader goes (isLast
     * is true then), or when something else is done; undone() if the reader
     * changes their mind. */
    later(text, act, undone) {
        this.commit();
        this.#pending = { act, undone };
        this.#show(text);
    }

    /* Does now what was to be done later. */
    commit(isLast = false) {
        const { act } = this.#pending ?? {};

        this.#hide();
        act?.(isLast);
    }

    #undo() {
        const { undone } = this.#pending;

        this.#hide();
        undone();
    }

    #show(text) {
        this.#text.replaceChildren(...makeSentence(text));
        this.#button.hidden = !this.#pending;
        this.#line.classList.remove('unseen');
        this.#left = TIME;
        this.#held = 0;
        this.#count();
    }

    #count() {
        const isHeld = this.#button.matches(':focus') && this.#held < LONGER;

        if (this.#left <= 0) {
            this.commit();
            return;
        }
        this.#rest.textContent = this.#pending ? String(this.#left) : '';
        this.#held += isHeld ? 1 : 0;
        this.#left -= isHeld ? 0 : 1;
        this.#timer = setTimeout(() => this.#count(), 1000);
    }

    #hide() {
        clearTimeout(this.#timer);
        if (this.#button.matches(':focus')) {
            this.#log.focus({ preventScroll: true });
        }
        this.#pending = null;
        this.#line.classList.add('unseen');
        this.#text.textContent = '';
        this.#rest.textContent = '';
        this.#button.hidden = true;
    }
}
