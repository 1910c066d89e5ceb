/* What was said where the room has an archive, and is not acked.  A server that
 * crashes may lose its last messages, although they were seen: then they are
 * said again, with their refs, so that nothing is there twice.  Loaded where
 * there is an archive; chat.js tells it of all that comes and goes. */

import { delay } from './line.js';
import { AGAIN } from './outbox.js';

/** @import { Chat, Command } from './types.js' */

const REPEAT = 590000;      /* milliseconds: a ref is known a little longer */

export class Unsure {
    #chat;
    #sent = new Map();      /* by ref, the oldest first */

    /** @param {Chat} chat */
    constructor(chat) {
        this.#chat = chat;
    }

    /** @param {Command} command - that is sent */
    note(command) {
        const { type, ref } = command;

        if (type === 'message' && ref !== this.#chat.probeRef
            && !this.#sent.has(ref)) {
            this.#sent.set(ref, { command, at: Date.now() });
        }
    }

    drop(ref) {
        this.#sent.delete(ref);
    }

    /* True if nobody else is to hear of it. */
    hear({ type, ref, code, retry, gap }) {
        const isFlying = this.#chat.outbox.isFlying(ref);

        if (gap || type === 'gap') {
            delay(() => this.#sayAgain(), 0);   /* once it was handled */
        }
        if (type === 'ack') {
            this.drop(ref);
        }
        if (type !== 'error' || !this.#sent.has(ref)) {
            return false;
        }
        if (!AGAIN.includes(code)) {
            this.drop(ref);
        }
        else if (!isFlying && code !== 'unavailable') {
            delay(() => this.#say(ref), 1000 * (Number(retry) || 1));
        }
        /* The room has one that is not under way: it was seen. */
        return !isFlying && AGAIN.includes(code);
    }

    #sayAgain() {
        const { outbox } = this.#chat;

        for (const [ref, { at }] of this.#sent) {
            if (Date.now() - at > REPEAT) {
                this.drop(ref);
            }
            else if (!outbox.failed.has(ref) && !outbox.isFlying(ref)) {
                this.#say(ref);
            }
        }
    }

    #say(ref) {
        const sent = this.#sent.get(ref);

        if (sent) {
            this.#chat.command(sent.command);
        }
    }
}
