/* Up to where the reader has read each room, also after the page was closed.
 * Used by timeline.js. */

import { compareIds } from '../client/room.js';
import { readRows, writeRows } from './rows.js';

const KEY = 'chatws.read';
const MOST_ROOMS = 50;
const WRITE_AFTER = 500;

export class Reading {
    #room;
    #id;
    #timer = 0;

    /* room: its address. */
    constructor(room) {
        this.#room = room;
        this.#id = this.#read().find(([name]) => name === room)?.[1] ?? null;
    }

    /* True if the reader was here before, and not yet at this message. */
    isNew(id) {
        return this.#id !== null && compareIds(id, this.#id) > 0;
    }

    /* Everything up to this message has been read.  A room that began anew
     * may have smaller ids than before. */
    note(id) {
        if (id !== this.#id) {
            this.#id = id;
            this.#timer ||= setTimeout(() => this.save(), WRITE_AFTER);
        }
    }

    /* Writes it down now, as the page may be about to go. */
    save() {
        if (!this.#timer) {
            return;
        }
        clearTimeout(this.#timer);
        this.#timer = 0;
        writeRows(KEY, [[this.#room, this.#id], ...this.#read().filter(
            ([name]) => name !== this.#room)].slice(0, MOST_ROOMS));
    }

    /* [room, id] of each, the latest first. */
    #read() {
        return readRows(KEY, 2);
    }
}
