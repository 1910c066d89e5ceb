/* Messages around one from long ago, and those that are missing between them and
 * what is there.  Loaded by past.js when the reader goes to such a message.
 *
 * What the room does not have any more cannot be loaded: a remark stands there
 * in place of the hole. */

import { compareIds } from '../client/room.js';
import { makeEntry } from './entries.js';

const PAGE = 100;               /* messages, while the reader scrolls */
const AROUND = 50;              /* older than one that is looked for */
const LATEST = '999999999999999-0';

/* The position behind a message. */
function behind(id) {
    const [time, count] = id.split('-');

    return `${time}-${BigInt(count) + 1n}`;
}

const hasId = ({ id }) => id;

export class Around {
    #entries;
    #ask;
    #change;
    #gap;

    /* As past.js has them.  gap: the text of that remark. */
    constructor(entries, ask, change, gap) {
        this.#entries = entries;
        this.#ask = ask;
        this.#change = change;
        this.#gap = gap;
    }

    /* A promise of {oldest, more}: the oldest one that came, and whether there
     * are others before it; or of null: there is no such message. */
    async load(id) {
        const { messages, more } = await this.#ask.older(behind(id), AROUND);

        if (messages.at(-1)?.id !== id) {
            return null;
        }
        const after = await this.#ask.newer(id);

        this.#put(after.gap ? messages : [...messages, ...after.messages],
            { newer: !after.more && !after.gap });
        return { oldest: messages[0].id, more };
    }

    /* Loads some of those in the hole: such as are newer than the older piece,
     * or older than the newer one. */
    async fill(isNewer) {
        const [past, present] = this.#entries.pieces;

        if (isNewer && !this.#isBroken(past)) {
            const { messages, more, gap } = await this.#ask.newer(
                past.findLast(hasId).id);

            if (!gap) {
                this.#put(messages, { older: true, newer: !more });
                return;
            }
            this.#change(() => this.#entries.join(this.#end(past),
                this.#entries.pieces[1], false));
        }
        const { messages, more } = await this.#ask.older(
            present.find(hasId)?.id ?? LATEST, PAGE);

        this.#put(messages, { newer: true, isLast: !more });
    }

    /* True if what followed the piece of the past is gone. */
    #isBroken(past) {
        return past.at(-1)?.note === this.#gap;
    }

    /* The piece with the remark that says so. */
    #end(past) {
        return past.length === 0 || this.#isBroken(past) ? past
            : [...past, { note: this.#gap, nodes: null }];
    }

    #put(messages, joins) {
        this.#change(() => this.#join(messages, joins));
    }

    /* Messages of the past, in order and without gaps.  joins: older, newer:
     * true if nothing is missing between them and that piece; isLast: the room
     * has nothing older.  A piece of the past that they do not reach, and that
     * they part from the other, is dropped. */
    #join(messages, joins) {
        const entries = this.#entries;
        const [past, present] = entries.pieces;
        const first = present.find(hasId)?.id;
        const isKnownIn = (piece) => {
            const known = new Set(piece);

            return messages.some(({ id }) => known.has(entries.find(id)));
        };
        const joinsNewer = joins.newer || isKnownIn(present);
        const joinsOlder = joins.older || isKnownIn(past);
        const added = messages.filter(({ id }) => !entries.find(id)
            && (!first || compareIds(id, first) < 0))
            .map((message) => makeEntry(message, message.own === true));

        if (joinsOlder) {
            const oldest = past.find(hasId)?.id;
            const isOlder = ({ id }) => oldest && compareIds(id, oldest) < 0;

            entries.join([...added.filter(isOlder), ...past,
                ...added.filter((entry) => !isOlder(entry))],
            present, joinsNewer);
        }
        else if (joinsNewer) {
            entries.join(joins.isLast ? this.#end(past) : past,
                [...added, ...present], joins.isLast || past.length === 0);
        }
        else {
            entries.join(added, present, false);
        }
    }
}
