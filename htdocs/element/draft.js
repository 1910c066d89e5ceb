/* What the reader has written and not sent, room by room: it is there again
 * after a reload, after Back and on another day.  Used by composer.js. */

import { readRows, writeRows } from './rows.js';

const KEY = 'chatws.drafts';
const MOST_ROOMS = 20;
const LONGEST = 20000;              /* characters: more is no message */
const WRITE_AFTER = 300;

/* [room, text] of each, the latest first. */
function loadAll() {
    return readRows(KEY, 2);
}

export class Draft {
    #room;
    #saved;
    #text;
    #timer = 0;

    /* room: its address; no other room ever gets this text. */
    constructor(room) {
        this.#room = room;
        this.#saved = loadAll().find(([name]) => name === room)?.[1] ?? '';
        this.#text = this.#saved;
    }

    get text() {
        return this.#text;
    }

    /* The field has this text now. */
    note(text) {
        this.#text = text.length > LONGEST ? '' : text;
        this.#timer ||= setTimeout(() => this.save(), WRITE_AFTER);
    }

    /* Writes it down now, as the page may be about to go.  What another tab
     * has written meanwhile is not taken away by an empty field. */
    save() {
        const text = this.#text.trim() ? this.#text : '';
        const stored = loadAll();
        const own = ([room, old]) => room === this.#room
            && (text || old === this.#saved);

        clearTimeout(this.#timer);
        this.#timer = 0;
        if (text === this.#saved) {
            return;
        }
        writeRows(KEY, [
            ...text ? [[this.#room, text]] : [],
            ...stored.filter((entry) => !own(entry)),
        ].slice(0, MOST_ROOMS));
        this.#saved = text;
    }
}
