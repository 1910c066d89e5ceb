/* All that the list of a room consists of, as data: messages and remarks of
 * the page, in their order; pane.js shows a part of it.
 *
 * It is in one piece, or in two: one of the past, around a message that the
 * reader has gone to, and what came by itself with all that was asked for since.
 * Between them is the hole, an entry of its own.  Only another piece of the past
 * makes it forget one.  Used by timeline.js and pane.js. */

import { compareIds, isId } from '../client/room.js';

const SAME_TURN = 5 * 60 * 1000;    /* one head for what follows so soon */

export function makeEntry(message, own) {
    const { id, from, text, re, deleted, edited } = message;

    return { id, from, text: String(text), own,
        re: isId(re) ? re : null, deleted: deleted === true,
        edited: edited === true, isGoing: false, editor: null,
        time: new Date(Number.parseInt(id, 10)), nodes: null };
}

function isSameDay(a, b) {
    return a.getDate() === b.getDate() && a.getMonth() === b.getMonth()
        && a.getFullYear() === b.getFullYear();
}

export class Entries {
    #all = [];
    #places = new Map();            /* id to entry */
    #quotes = new Map();            /* id to the entries that quote it */
    #hole = null;

    get length() {
        return this.#all.length;
    }

    at(index) {
        return this.#all[index];
    }

    /* Index of an entry that is in it; near the end it is found at once. */
    indexOf(entry) {
        return this.#all.lastIndexOf(entry);
    }

    find(id) {
        return this.#places.get(id);
    }

    /* The id of the oldest message. */
    get oldest() {
        return this.#all.find((entry) => entry.id)?.id ?? null;
    }

    /* A message event, the newest one. */
    add(message, own) {
        const entry = makeEntry(message, own);

        this.#all.push(entry);
        this.#place(entry);
        return entry;
    }

    /* A remark of the page itself. */
    addNote(note) {
        this.#all.push({ note, nodes: null });
    }

    /* What a deleted, edited or cleared event does.  Returns the entries that
     * it has changed; told twice it changes nothing. */
    amend({ type, id, target, text }) {
        const isEdited = type === 'edited';
        const meant = type !== 'cleared' ? [this.#places.get(target)]
            : this.#all.filter((one) => one.id
                && compareIds(one.id, id) < 0);
        const changed = meant.filter((one) => one && !one.deleted
            && (!isEdited || typeof text === 'string' && text !== one.text));

        for (const entry of changed) {
            entry.text = isEdited ? text : '';
            entry.edited = isEdited;
            entry.deleted = !isEdited;
        }
        return changed;
    }

    /* The entries that quote one of these. */
    quoting(entries) {
        return entries.flatMap(({ id }) => this.#quotes.get(id) ?? []);
    }

    /* Messages older than all others, with own; returns those that are new. */
    prepend(messages) {
        const older = messages.filter(({ id }) => !this.#places.has(id))
            .map((message) => makeEntry(message, message.own === true));

        older.forEach((entry) => this.#place(entry));
        this.#all = older.concat(this.#all);
        return older;
    }

    /* True if a message is not here that the room may have. */
    lacks(id) {
        return !this.#places.has(id) && (this.#hole !== null || !this.oldest
            || compareIds(id, this.oldest) < 0);
    }

    /* The entry that stands for those that are missing, or null. */
    get hole() {
        return this.#hole;
    }

    /* That of the past, which may have nothing, and the other one. */
    get pieces() {
        const at = this.#all.indexOf(this.#hole);

        return [this.#all.slice(0, Math.max(at, 0)), this.#all.slice(at + 1)];
    }

    /* isWhole: nothing is missing between them. */
    join(past, present, isWhole) {
        this.#hole = isWhole ? null
            : this.#hole ?? { isHole: true, nodes: null };
        this.#all = [...past, ...isWhole ? [] : [this.#hole], ...present];
        this.#places.clear();
        this.#quotes.clear();
        this.#all.filter(({ id }) => id).forEach((one) => this.#place(one));
    }

    #place(entry) {
        const { id, re } = entry;

        this.#places.set(id, entry);
        if (re) {
            this.#quotes.set(re, [...this.#quotes.get(re) ?? [], entry]);
        }
    }

    /* True if a message is the first one of its day. */
    startsDay(index) {
        const { time } = this.#all[index];
        let before = index - 1;

        while (before >= 0 && !this.#all[before].id) {
            before -= 1;
        }
        return Boolean(time) && (before < 0
            || !isSameDay(this.#all[before].time, time));
    }

    /* True if a message goes on from the one before: the same person, soon
     * after, with nothing in between. */
    continues(index) {
        const entry = this.#all[index];
        const before = this.#all[index - 1];

        return Boolean(before?.id) && !entry.isMarked
            && before.from.id === entry.from.id
            && before.from.name === entry.from.name
            && entry.time - before.time < SAME_TURN
            && isSameDay(before.time, entry.time);
    }
}
