/* What the page around a room is told: events `message`, `state` and `unread`
 * of the element, and its property `unread`.
 *
 * They do not bubble: a page that listens to `message` of its window expects
 * those of postMessage() there.  Used by parts.js. */

import { Reading } from './reading.js';

/* What a page does to what it is told must not reach the room. */
function copyOf(value) {
    return JSON.parse(JSON.stringify(value));
}

export class HostEvents {
    #host;
    #timeline;
    #before;
    #unread = 0;
    #observer;

    constructor({ root, room, signal, timeline }) {
        const look = () => this.#look();

        this.#host = root.host;
        this.#timeline = timeline;
        this.#before = new Reading(room);
        root.getElementById('log').addEventListener('scroll', look);
        document.addEventListener('visibilitychange', look, { signal });
        addEventListener('focus', look, { signal });
        this.#observer = new ResizeObserver(look);
        this.#observer.observe(root.getElementById('log'));
    }

    get unread() {
        return this.#unread;
    }

    receive(message, news) {
        this.#dispatch('message', { ...copyOf(message), history: !news
            && !this.#timeline.isArmed });
        if (message.own) {
            this.#count(0);
        }
        else if (news || this.#before.isNew(message.id)) {
            this.#count(this.#unread + 1);
        }
        this.#look();
    }

    state(state, chat) {
        const told = { state, transport: chat.transport ?? null,
            planned: chat.planned === true };

        if (state === 'waiting') {
            told.retryAt = chat.retryAt;
        }
        if (chat.refusal) {
            told.refusal = copyOf(chat.refusal);
        }
        this.#dispatch('state', told);
    }

    end() {
        this.#observer.disconnect();
        this.#count(0);
    }

    /* What the reader sees is read; what came before the room was opened
     * counts until then. */
    #look() {
        if (this.#timeline.isArmed && this.#timeline.isSeen) {
            this.#count(0);
        }
    }

    #count(unread) {
        if (unread !== this.#unread) {
            this.#unread = unread;
            this.#dispatch('unread', { count: unread });
        }
    }

    /* An exception in a listener of the page is the page's alone:
     * dispatchEvent() reports it and goes on. */
    #dispatch(type, detail) {
        this.#host.dispatchEvent(new CustomEvent(type, { detail }));
    }
}
