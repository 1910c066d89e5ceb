/* A room as a page has it.  What docs/CLIENT.md does not name is internal. */

import { Connection } from './connection.js';
import { Outbox, randomRef } from './outbox.js';
import { compareIds, isGuest, isId } from './room.js';
import { local } from './storage.js';

/** @import { Hello, Naming, Person } from './types.js' */

/* These have their place in the order of the room. */
const STORED = ['message', 'deleted', 'edited', 'cleared', 'room'];

/* Whether it can be shown. */
function isMessage({ type, id, from, text }) {
    return type === 'message' && isId(id) && typeof text === 'string'
        && typeof from?.id === 'string';
}

export class Chat extends Connection {
    /** @type {?string} */
    cursor = null;
    /** @type {?Person} */
    you = null;
    /** @type {?Hello} The last one. */
    hello = null;
    probeRef = randomRef();
    outbox = new Outbox(this);
    /** @type {?Naming} There is no need for it without a name. */
    naming = null;
    #readOnly = false;

    constructor(url, options) {
        super(url, options);
        this.given = String(options.name ?? '').trim().normalize();
        this.open();
    }

    /* What a guest wants to be called: the name that was chosen here counts
     * until the page gives another one. */
    get name() {
        const place = this.room.place('name');
        const [chosen, given] = (local.load(place) ?? '').split('\n');

        return chosen && (!this.given || given === this.given) ? chosen
            : this.given;
    }

    get canSpeak() {
        return !this.#readOnly && this.hello?.rights?.speak !== false;
    }

    /* The query with which a line begins. */
    get start() {
        const { history } = this.options;

        if (this.cursor) {
            return `after=${this.cursor}`;
        }
        return history >= 0 ? `history=${history}` : '';
    }

    send(text) {
        return this.outbox.send(String(text));
    }

    retry(ref) {
        this.outbox.retry(ref);
    }

    discard(ref) {
        this.outbox.discard(ref);
    }

    type() {
        return this.command({ type: 'typing', ref: 'typing' });
    }

    /* False if it has to wait for a connection. */
    rename(name) {
        this.#loadNaming().then((naming) => naming.choose(name));
        return Boolean(this.line);
    }

    /* What a line's hello may need. */
    async prepare() {
        if (this.name) {
            await this.#loadNaming();
        }
    }

    async #loadNaming() {
        const { Naming } = await import('./naming.js');

        this.naming ??= new Naming(this);
        return this.naming;
    }

    /* The messages that are older than this one, and whether there are more. */
    async before(id, limit) {
        const { requestBefore } = await import('./request.js');

        return requestBefore(this, id, limit);
    }

    isNew(id) {
        return isId(id) && (!this.cursor || compareIds(id, this.cursor) > 0);
    }

    /* An event of the server's.  Whatever it has in it, the line goes on. */
    take(event, line) {
        const handle = Object.hasOwn(Chat.#handlers, event.type)
            ? Chat.#handlers[event.type] : Chat.#handlers.other;
        const { cursor: after } = this;

        if (typeof event.type !== 'string') {
            return;
        }
        try {
            if (handle.call(this, event, line) !== false) {
                this.tabs?.tell({ event, after });
            }
        }
        catch (problem) {
            console.error(problem);
        }
    }

    /* Each says false if other tabs are not to be told. */
    static #handlers = {
        hello(event, line) {
            this.#greet(event, line);
            return false;
        },

        bye({ retry }) {
            this.expectEnd(retry);
            return false;
        },

        error(event) {
            const { code, ref } = event;

            if (code === 'read_only') {
                this.#readOnly = true;
            }
            if (ref !== this.probeRef && !this.outbox.refuse(event)) {
                const told = this.naming ? this.naming.refuse(event) : event;

                if (told) {
                    this.call('onEvent', told);
                }
            }
            return false;
        },

        message(event) {
            if (!this.isNew(event.id)) {
                return false;
            }
            const { id, ref, from } = event;

            this.cursor = id;
            if (!isMessage(event)) {
                return false;
            }
            /* Polls do not tell who the reader is; only we know this ref. */
            if (!this.you && this.outbox.isFlying(ref)) {
                this.you = from;
            }
            event.own = from.id === this.you?.id;
            if (event.own) {
                this.outbox.settle(ref);
            }
            this.call('onMessage', event);
            return true;
        },

        ack(event) {
            this.outbox.settle(event.ref);
            this.call('onEvent', event);
        },

        you(event) {
            const { id, name } = event;

            this.you = { ...this.you ?? { guest: true }, id, name };
            this.naming?.isNow(name);
            this.call('onEvent', event);
        },

        gap(event) {
            if (!isId(event.next)) {
                return false;
            }
            this.outbox.restart();
            /* If it leads back, the room began anew. */
            if (!this.isNew(event.next)) {
                this.cursor = '0-0';
            }
            this.call('onEvent', event);
            return true;
        },

        /* Also those of a later server. */
        other(event) {
            const isStored = STORED.includes(event.type);

            if (isStored && !this.isNew(event.id)) {
                return false;
            }
            if (isStored) {
                this.cursor = event.id;
            }
            this.call('onEvent', event);
            return true;
        },
    };

    #greet(hello, line) {
        const { you: before } = this;
        const you = hello.you ?? before;

        this.adopt(line);
        this.#place(hello);
        this.hello = { ...hello, members: undefined };
        this.you = you;
        if (hello.rights || you?.id !== before?.id) {
            this.#readOnly = false;
        }
        this.room.note(hello.you);
        this.outbox.restart();
        if (before && you.id !== before.id
            && !(isGuest(before) && isGuest(you))) {
            this.outbox.hold('unconfirmed');    /* said by somebody else */
        }
        this.become('online');
        this.call('onEvent', hello);
        this.tabs?.tell();
        if (line.kind !== 'shared') {
            this.naming?.give(you);
        }
        this.outbox.proceed();
    }

    /* Where the messages that follow begin. */
    #place(hello) {
        const { cursor } = this;

        hello.gap = Boolean(hello.gap) && cursor !== '0-0';
        if (isId(hello.cursor) && (!cursor
            || (hello.gap && compareIds(hello.cursor, cursor) < 0))) {
            this.cursor = hello.cursor;
        }
    }
}
