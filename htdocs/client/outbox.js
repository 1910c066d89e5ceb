/* What the reader said, one message after the other, until the room has it.  Each
 * keeps its ref, so that it is stored once. */

import { backoff, delay } from './line.js';

const TRIES = 5;
const SOON = 60;                    /* seconds */
/* What is sent again, soon: nobody is to speak much later, unasked. */
export const AGAIN = ['rate_limited', 'slow', 'unavailable', 'rooms_full'];

export const randomRef = () =>
    crypto.getRandomValues(new Uint32Array(4)).join('-');

export class Outbox {
    #chat;
    #queue = [];
    failed = new Map();
    #flying = null;                 /* a ref */
    #tries = 0;
    #pause;

    constructor(chat) {
        this.#chat = chat;
    }

    isFlying(ref) {
        return Boolean(ref) && ref === this.#flying;
    }

    send(text, re, ref = randomRef()) {
        const entry = { ref, text, re, state: 'sending' };

        this.#queue.push(entry);
        this.#change(entry, {});
        if (this.#chat.state === 'closed') {
            this.hold(this.#chat.refusal?.code ?? 'closed');
        }
        else {
            this.proceed();
        }
        return ref;
    }

    retry(ref) {
        const entry = this.failed.get(ref);

        if (entry) {
            this.failed.delete(ref);
            this.send(entry.text, entry.re, ref);
        }
    }

    discard(ref) {
        this.failed.set(ref, null);
    }

    proceed() {
        const [entry] = this.#queue;

        if (!entry || this.#flying || this.#pause || !this.#chat.line) {
            return;
        }
        this.#tries += 1;
        if (this.#tries > TRIES) {
            this.#next({ state: 'failed', code: 'unconfirmed' });
        }
        else {
            const { ref, text, re } = entry;

            this.#flying = ref;
            this.#chat.command({ type: 'message', text, ref, re });
        }
    }

    /* Another connection: what was under way may be lost. */
    restart() {
        this.#flying = null;
    }

    /* The room has this message. */
    settle(ref) {
        const entry = this.failed.get(ref);

        if (ref && this.#queue[0]?.ref === ref) {
            this.#next({ state: 'sent' });
        }
        if (entry) {
            this.failed.delete(ref);
            this.#change(entry, { state: 'sent' });
        }
    }

    /* True if it was about the message that is under way. */
    refuse({ ref, code, retry, for: time }) {
        const isOurs = this.isFlying(ref);

        if (isOurs && AGAIN.includes(code) && !(retry > SOON)) {
            this.#tries = 0;
            this.#change(this.#queue[0], { code, retry });
            this.#wait(1000 * (Number(retry) || 1));
        }
        else if (isOurs) {
            this.#next({ state: 'failed', code, retry, for: time });
        }
        return isOurs;
    }

    /* Nobody said what became of it. */
    doubt(ref) {
        if (this.isFlying(ref)) {
            this.#wait(backoff(this.#tries));
        }
    }

    /* The connection ended with it. */
    refuseFlying(code) {
        if (this.#flying) {
            this.#next({ state: 'failed', code });
        }
    }

    /* Nothing of it is sent before the reader says so. */
    hold(code) {
        while (this.#queue.length > 0) {
            this.#drop({ state: 'failed', code });
        }
    }

    #next(change) {
        this.#drop(change);
        this.proceed();
    }

    #drop(change) {
        const entry = this.#queue.shift();

        clearTimeout(this.#pause);
        this.#pause = undefined;
        this.#flying = null;
        this.#tries = 0;
        if (change.state === 'failed') {
            this.failed.set(entry.ref, entry);
        }
        this.#change(entry, change);
    }

    #wait(time) {
        this.#flying = null;
        clearTimeout(this.#pause);
        this.#pause = delay(() => {
            this.#pause = undefined;
            this.proceed();
        }, time);
    }

    #change(entry, change) {
        Object.assign(entry, change);
        this.#chat.call('onEvent', { type: 'pending', ...entry });
    }
}
