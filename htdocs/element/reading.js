/* Up to where the reader has read each room, also after the page was closed.
 * Used by timeline.js. */

const KEY = 'chatws.read';
const MOST_ROOMS = 50;
const WRITE_AFTER = 500;

/* Orders two message ids, MILLISECONDS-N, as numbers. */
export function compareIds(a, b) {
    const [aTime, aCount] = a.split('-').map(Number);
    const [bTime, bCount] = b.split('-').map(Number);

    return aTime - bTime || aCount - bCount;
}

/* What is stored may be anything, and a browser may refuse to store. */
function load() {
    try {
        const rooms = JSON.parse(localStorage.getItem(KEY));

        return Array.isArray(rooms) ? rooms.filter(
            (entry) => Array.isArray(entry) && entry.every(
                (part) => typeof part === 'string')) : [];
    }
    catch {
        return [];
    }
}

export class Reading {
    #room;
    #id;
    #timer = 0;

    /* room: its address. */
    constructor(room) {
        this.#room = room;
        this.#id = load().find(([name]) => name === room)?.[1] ?? null;
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
        try {
            const others = load().filter(([name]) => name !== this.#room);

            localStorage.setItem(KEY, JSON.stringify(
                [[this.#room, this.#id], ...others].slice(0, MOST_ROOMS)));
        }
        catch {
            /* Then the next visit begins without a mark. */
        }
    }
}
