/* A room as a page has it. */

import { Connection } from './connection.js';
import { Outbox, randomRef } from './outbox.js';
import { compareIds, isGuest, isId, STORED } from './room.js';
import { local } from './storage.js';

/** @import { Acts, Hello, Naming, Person, Unsure } from './types.js' */

const REPEAT = 600000;      /* milliseconds: a ref is one message's */
const MOST = 9999;

export class Chat extends Connection {
    /** @type {?string} */
    cursor = null;
    /** @type {?Person} */
    you = null;
    /** @type {?Hello} */
    hello = null;
    probeRef = randomRef();
    outbox = new Outbox(this);
    /** @type {?Naming} */
    naming = null;
    /** @type {?Acts} */
    acts = null;
    /** @type {?Unsure} */
    unsure = null;
    mutedUntil = 0;
    #readOnly = false;
    #shown = new Map();             /* id, or author and ref, to time */

    constructor(url, options) {
        super(url, options);
        this.given = String(options.name ?? '').trim().normalize();
        this.open();
    }

    /* The name that a guest chose, until the page gives another one. */
    get name() {
        const place = this.room.place('name');
        const [chosen, given] = (local.load(place) ?? '').split('\n');

        return chosen && (!this.given || given === this.given) ? chosen
            : this.given;
    }

    get canSpeak() {
        return !this.#readOnly && this.hello?.rights?.speak !== false;
    }

    get rights() {
        return this.hello?.rights ?? null;
    }

    get roomState() {
        return this.hello?.state ?? null;
    }

    /* The query with which a line begins. */
    get start() {
        const { history } = this.options;

        if (this.cursor) {
            return `after=${this.cursor}`;
        }
        return history >= 0 ? `history=${history}` : '';
    }

    send(text, options) {
        return this.outbox.send(String(text), options?.re);
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

    rename(name) {
        this.#loadNaming().then((naming) => naming.choose(name));
        return Boolean(this.line);
    }

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

    isNew(id) {
        return isId(id) && (!this.cursor || compareIds(id, this.cursor) > 0);
    }

    /* Whatever it has in it, the line goes on. */
    take(event, line) {
        const handle = Chat.#handlers[event.type] ?? Chat.#handlers.other;
        const { cursor: after } = this;

        if (typeof event.type !== 'string' || this.unsure?.hear(event)) {
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

    /* False: other tabs are not told. */
    static #handlers = {
        __proto__: null,

        hello(event, line) {
            this.#greet(event, line);
            return false;
        },

        bye(event) {
            if (event.code === 1008) {
                this.halt();
                this.giveUp(this.lines,
                    { ...event, code: 'banned', isFinal: true });
            }
            else {
                this.expectEnd(event.retry);
            }
            return false;
        },

        error(event) {
            const { code, ref } = event;

            this.#readOnly ||= code === 'read_only';
            if (code === 'muted') {
                this.#mute(event.for);
            }
            if (ref !== this.probeRef && ![this.acts, this.outbox,
                this.naming].some((part) => part?.refuse(event))) {
                this.call('onEvent', event);
            }
            return false;
        },

        message(event) {
            if (!this.isNew(event.id)) {
                return false;
            }
            const { id, ref, from, text } = event;

            this.cursor = id;
            if (typeof text !== 'string' || typeof from?.id !== 'string') {
                return false;
            }
            /* Polls may not tell. */
            if (!this.you && this.outbox.isFlying(ref)) {
                this.you = from;
            }
            event.own = from.id === this.you?.id;
            if (event.own) {
                this.outbox.settle(ref);
            }
            if (!this.#isShown(id, id)
                && !(ref && this.#isShown(`${from.id} ${ref}`, id))) {
                this.call('onMessage', event);
            }
            return true;
        },

        ack(event) {
            if (!this.acts?.settle(event)) {
                this.outbox.settle(event.ref);
                this.call('onEvent', event);
            }
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

        other(event) {
            const { type, id } = event;

            if (STORED.includes(type)) {
                if (!this.isNew(id)) {
                    return false;
                }
                this.cursor = id;
            }
            if (type === 'room') {
                Object.assign(this.hello, { state: event });
            }
            if (type === 'sanction' && event.user?.id === this.you?.id) {
                this.#mute(event.kind === 'pardon' ? 0 : event.for);
            }
            /* Without a text it is followed by another one. */
            if (type !== 'edited' || event.text !== undefined) {
                this.call('onEvent', event);
            }
            return true;
        },
    };

    #greet(hello, line) {
        const { you: before } = this;
        const you = hello.you ?? before;

        this.adopt(line);
        this.#place(hello);
        this.hello = { ...hello, members: undefined };
        this.#mute(hello.state?.muted ?? 0);
        this.you = you;
        if (hello.rights || you?.id !== before?.id) {
            this.#readOnly = false;
        }
        this.room.note(hello.you);
        this.outbox.restart();
        if (before && you.id !== before.id
            && !(isGuest(before) && isGuest(you))) {
            this.outbox.hold('unconfirmed');
        }
        this.become('online');
        this.call('onEvent', hello);
        this.tabs?.tell();
        if (line.kind !== 'shared') {
            this.naming?.give(you);
        }
        this.outbox.proceed();
        this.acts?.restart();
        if (hello.archive) {
            import('./unsure.js').then(({ Unsure }) => {
                this.unsure ??= new Unsure(this);
            }, () => {});
        }
    }

    /* Ten years are for ever. */
    #mute(seconds = 315360000) {
        this.mutedUntil = Date.now() + 1000 * seconds;
    }

    /* After a crash what was lost is said again. */
    #isShown(key, id) {
        const shown = this.#shown;
        const time = parseInt(id, 10);
        const isAgain = time - shown.get(key) < REPEAT;

        if (!isAgain && shown.set(key, time).size > MOST) {
            shown.delete(shown.keys().next().value);
        }
        return isAgain;
    }

    /* Where the messages that follow begin. */
    #place(hello) {
        const { cursor } = this;

        hello.gap = Boolean(hello.gap) && cursor !== '0-0';
        if (isId(hello.cursor) && (!cursor
            || (hello.gap && !this.isNew(hello.cursor)))) {
            this.cursor = hello.cursor;
        }
    }
}

/* What most readers never do. */
for (const name of ('after before search delete edit report mute ban kick'
    + ' pardon setRoom clear sanctions').split(' ')) {
    Chat.prototype[name] = async function act(...given) {
        return (await import('./acts.js')).act(this, name, given);
    };
}
