/* The reader's own messages until the server has confirmed them.
 *
 * One is on its way at a time, so that they arrive in the order in which
 * they were written, also over reconnects and after "too fast".  A message
 * keeps its ref, so sending it again never stores it twice.  Used by
 * chat.js; no document in here. */

import { randomRef } from './connection.js';

const MOST_TRIES = 5;

/* An entry is {ref, text, state, code}; state is 'sending' or 'failed', code
 * the error code of a failure.  onChange(entry) is called when its state
 * changed. */
export class Outbox {
    #transmit;
    #onChange;
    #queue = [];
    #failed = new Map();
    #flying = null;
    #tries = 0;
    #timer = 0;

    /* transmit(command) sends, and says whether it could. */
    constructor(transmit, onChange) {
        this.#transmit = transmit;
        this.#onChange = onChange;
    }

    add(text) {
        const entry = { ref: randomRef(), text, state: 'sending', code: '' };

        this.#queue.push(entry);
        this.#proceed();
        return entry;
    }

    /* The connection is there again: what was on its way may be lost. */
    resume() {
        this.#flying = null;
        this.#proceed();
    }

    /* The connection has gone.  1009: the message itself was the reason. */
    suspend(code) {
        if (code === 1009 && this.#flying) {
            this.#fail('too_long');
        }
        this.#flying = null;
    }

    /* The server has it.  True if it was one of ours and still waiting. */
    settle(ref) {
        if (this.#failed.delete(ref)) {
            return true;
        }
        if (this.#queue.length === 0 || this.#queue[0].ref !== ref) {
            return false;
        }
        this.#next();
        return true;
    }

    /* The server refused it; seconds: when it may be tried again, or
     * undefined.  True if it was the one on its way. */
    refuse(ref, code, seconds) {
        if (this.#flying !== ref) {
            return false;
        }
        if (code === 'rate_limited') {
            this.#tries = 0;
            this.#wait(Number.isFinite(seconds) ? seconds : 1);
        }
        else {
            this.#fail(code);
        }
        return true;
    }

    again(ref) {
        const entry = this.#failed.get(ref);

        this.#failed.delete(ref);
        entry.state = 'sending';
        this.#queue.push(entry);
        this.#onChange(entry);
        this.#proceed();
    }

    discard(ref) {
        this.#failed.delete(ref);
    }

    #proceed() {
        const entry = this.#queue[0];

        if (!entry || this.#flying || this.#timer) {
            return;
        }
        if (this.#tries === MOST_TRIES) {
            this.#fail('unconfirmed');
            return;
        }
        if (this.#transmit({ type: 'message', text: entry.text,
            ref: entry.ref })) {
            this.#flying = entry.ref;
            this.#tries += 1;
        }
    }

    #next() {
        const entry = this.#queue.shift();

        clearTimeout(this.#timer);
        this.#timer = 0;
        this.#flying = null;
        this.#tries = 0;
        this.#proceed();
        return entry;
    }

    #fail(code) {
        const entry = this.#queue[0];

        entry.state = 'failed';
        entry.code = code;
        this.#failed.set(entry.ref, entry);
        this.#next();
        this.#onChange(entry);
    }

    #wait(seconds) {
        this.#flying = null;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
            this.#timer = 0;
            this.#proceed();
        }, 1000 * seconds);
    }
}
