/* What authors and moderators do.  A command is answered by an ack or an error
 * with its ref, which settles its promise.  It is sent again with each
 * connection until then, for the server does nothing twice; but what nobody
 * answers in time is given up: a ban is not to come minutes later, unasked. */

import { requestAfter, requestBefore, requestSearch } from './before.js';
import { delay } from './line.js';
import { AGAIN, randomRef } from './outbox.js';
import { Problem, request } from './request.js';

/** @import { Chat, Command } from './types.js' */

const PATIENCE = 10000;     /* milliseconds */
const PAUSE = 1000;

/* What a chat has under way. */
export class Acts {
    #chat;
    #open = new Map();      /* by ref */

    constructor(chat) {
        this.#chat = chat;
    }

    /** @param {Command} command */
    run(command) {
        const { state, refusal } = this.#chat;
        const ref = randomRef();

        return new Promise((resolve, reject) => {
            const act = { command: { ...command, ref }, resolve, reject,
                due: Date.now() + PATIENCE, isSent: false, again: 0,
                patience: delay(() => this.#give(ref, act.isSent
                    ? 'unconfirmed' : 'offline'), PATIENCE) };

            this.#open.set(ref, act);
            if (state === 'closed') {
                this.#give(ref, refusal?.code ?? 'closed');
            }
            else {
                this.#send(act);
            }
        });
    }

    /* True if it was one of these. */
    settle({ type, ref, ...done }) {
        const act = this.#open.get(ref);

        if (act) {
            this.#end(act);
            act.resolve(done);
        }
        return Boolean(act);
    }

    refuse(error) {
        const act = this.#open.get(error.ref);
        const time = 1000 * error.retry;

        if (act && AGAIN.includes(error.code)
            && Date.now() + time < act.due) {
            this.#sendLater(act, time);
        }
        else if (act) {
            this.#end(act);
            act.reject(new Problem(error));
        }
        return Boolean(act);
    }

    /* Nobody said what became of it. */
    doubt(ref) {
        const act = this.#open.get(ref);

        if (act) {
            this.#sendLater(act, PAUSE);
        }
    }

    /* Another connection: what was under way may be lost. */
    restart() {
        this.#open.forEach((act) => this.#send(act));
    }

    #send(act) {
        clearTimeout(act.again);
        act.isSent = this.#chat.command(act.command) || act.isSent;
    }

    #sendLater(act, time) {
        clearTimeout(act.again);
        act.again = delay(() => this.#send(act), time);
    }

    #give(ref, code) {
        this.refuse({ type: 'error', ref, code });
    }

    #end(act) {
        clearTimeout(act.again);
        clearTimeout(act.patience);
        this.#open.delete(act.command.ref);
    }
}

const REQUESTS = { after: requestAfter, before: requestBefore,
    search: requestSearch };

/* Each as a method of Chat. */
const COMMANDS = {
    delete: (id) => ({ id }),
    edit: (id, text) => ({ id, text: String(text) }),
    report: (id, reason) => ({ id, reason }),
    mute: (user, options) => ({ ...options, user }),
    ban: (user, options) => ({ ...options, user }),
    kick: (user, options) => ({ ...options, user }),
    pardon: (user) => ({ user }),
    setRoom: (change) => change,
    clear: () => ({}),
};

/** The same while the page goes, when a WebSocket may lose what it is given;
 *  what it is answered is nobody's concern any more.
 *  @param {Chat} chat
 *  @param {string} name - of a method that needs no `room`
 *  @param {any[]} given */
export function actLast(chat, name, given) {
    return request(chat.room, '', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ ...COMMANDS[name](...given), type: name }),
        keepalive: true,
    });
}

/** @param {Chat} chat
 *  @param {string} name - of the method
 *  @param {any[]} given */
export async function act(chat, name, given) {
    if (Object.hasOwn(REQUESTS, name)) {
        return REQUESTS[name](chat, ...given);
    }
    if (name === 'sanctions') {
        const answer = await request(chat.room, name);

        return (await answer.json()).sanctions;
    }
    chat.acts ??= new Acts(chat);
    return chat.acts.run({ ...COMMANDS[name](...given),
        type: name === 'setRoom' ? 'room' : name });
}
