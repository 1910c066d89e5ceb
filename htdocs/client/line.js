/* One way to the room; each transport is a kind. */

import { parse } from './room.js';

const ASLEEP = 1000;
const LONGEST = 3600000;    /* whoever demands more is asked once an hour */
const BACKOFF = 30000;

export const isHidden = () =>
    globalThis.document?.visibilityState === 'hidden';

/* Exponential with full jitter, in milliseconds. */
export function backoff(failures) {
    return Math.random() * Math.min(BACKOFF, 1000 * 2 ** failures);
}

/* A setTimeout of more than 2^31 ms would fire at once. */
export function delay(act, time) {
    return setTimeout(act, Math.min(time, LONGEST));
}

export class Line {
    isOnline = false;               /* its hello has come */
    heardAt = 0;
    #timer;
    #aborter = new AbortController();

    constructor(chat, kind) {
        /** @type {import('./types.js').Chat} */
        this.chat = chat;
        this.kind = kind;
    }

    get signal() {
        return this.#aborter.signal;
    }

    get isDone() {
        return this.signal.aborted;
    }

    get expects() {
        return this.#timer !== undefined;
    }

    /* Something has to arrive in time.  A timer that is late was asleep, as
     * the network may have been: it asks once more. */
    expect(time, act = () => this.fail()) {
        const due = Date.now() + time;

        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
            this.#timer = undefined;
            if (this.isOnline && Date.now() - due > ASLEEP) {
                this.probe();
            }
            else {
                act();
            }
        }, time);
    }

    heard() {
        this.heardAt = Date.now();
        clearTimeout(this.#timer);
        this.#timer = undefined;
    }

    take(text) {
        const event = parse(text);

        if (!this.isDone && (this.isOnline || event.type === 'hello')) {
            this.heard();
            this.chat.take(event, this);
        }
    }

    stop() {
        this.#aborter.abort();
        this.heard();
    }

    fail(problem = {}) {
        if (!this.isDone) {
            this.chat.fail(this, problem);
        }
    }
}
