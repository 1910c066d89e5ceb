/* The time of a message: a link to it, and its date for whoever touches or
 * focuses it.
 *
 * All times together are one stop of the Tab key; the arrow keys go on from
 * there.  On the room's own page the address names the message; elsewhere it
 * is the host's and stays as it is.  Used by timeline.js. */

import { make } from './markup.js';

const ID = /^#(\d+-\d+)$/;

function isPlain(event) {
    return !(event.button || event.ctrlKey || event.metaKey || event.shiftKey
        || event.altKey);
}

export class Moments {
    #list;
    #goTo;
    #ownsAddress;
    #stop = null;
    #isOpened = false;
    #date = make('span', { class: 'date', 'aria-hidden': 'true' });

    /* room: its address.  goTo(id) shows a message. */
    constructor(list, room, goTo, signal) {
        this.#list = list;
        this.#goTo = goTo;
        this.#ownsAddress = room === location.origin + location.pathname;
        list.addEventListener('click', (event) => this.#click(event));
        list.addEventListener('keydown', (event) => this.#press(event));
        list.addEventListener('focusin', (event) => this.#enter(event));
        list.addEventListener('focusout', () => this.#date.remove());
        addEventListener('hashchange', () => this.#follow(), { signal });
    }

    /* The id of the message at which the page opens, until it has. */
    get opening() {
        return this.#isOpened ? null : this.#named;
    }

    /* Goes to that message, once. */
    open() {
        if (!this.#isOpened) {
            this.#isOpened = true;
            this.#follow();
        }
    }

    /* The message that the address names, or null. */
    get #named() {
        return this.#ownsAddress ? ID.exec(location.hash)?.[1] ?? null : null;
    }

    #follow() {
        if (this.#named) {
            this.#goTo(this.#named);
        }
    }

    /* The newest message is what the Tab key reaches first. */
    moveStop() {
        const active = this.#list.getRootNode().activeElement;

        if (!this.#stop?.isConnected || active !== this.#stop) {
            this.#setStop(this.#list.lastElementChild
                ?.querySelector('.time') ?? null);
        }
    }

    /* The reader, also one who does not see, goes on from this message. */
    focus(item) {
        item.querySelector('.time')?.focus({ preventScroll: true });
    }

    #setStop(link) {
        if (link && link !== this.#stop) {
            this.#stop?.setAttribute('tabindex', '-1');
            link.setAttribute('tabindex', '0');
            this.#stop = link;
        }
    }

    #enter(event) {
        const link = event.target.closest('.time');

        if (link) {
            this.#setStop(link);
            this.#date.textContent = link.querySelector('time').title;
            link.parentElement.append(this.#date);
        }
    }

    #click(event) {
        const link = event.target.closest('.time');

        if (!link || !isPlain(event)) {
            return;
        }
        link.focus({ preventScroll: true });    /* not all browsers do */
        if (!this.#ownsAddress) {
            event.preventDefault();
            this.#goTo(ID.exec(link.hash)[1]);
        }
        else if (link.href === location.href) {
            this.#follow();
        }
    }

    #press(event) {
        const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        const link = event.target.closest('.time');

        if (!step || !link || !isPlain(event)) {
            return;
        }
        const links = Array.from(this.#list.querySelectorAll('.time'));

        event.preventDefault();
        links[links.indexOf(link) + step]?.focus();
    }
}
