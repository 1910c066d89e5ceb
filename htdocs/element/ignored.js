/* Whom the reader ignores, in this browser: kept by the ids of persons, which
 * are those of the chat's site.  Used by persons.js. */

import { readRows, writeRows } from './rows.js';

const KEY = 'chatws.ignored';
const MOST = 200;

export class Ignored {
    #site;
    #entries = [];

    /* room: its address. */
    constructor(room) {
        this.#site = new URL(room).origin;
        this.read();
    }

    /* Another tab may have changed it. */
    read() {
        this.#entries = readRows(KEY, 3);
    }

    /* As {id, name}, those who were ignored last first. */
    get list() {
        return this.#entries.filter(([site]) => site === this.#site)
            .map(([, id, name]) => ({ id, name }));
    }

    has(id) {
        return this.list.some((person) => person.id === id);
    }

    add({ id, name }) {
        this.#write([[this.#site, String(id), String(name)],
            ...this.#without(id)].slice(0, MOST));
    }

    drop(id) {
        this.#write(this.#without(id));
    }

    #without(id) {
        this.read();
        return this.#entries.filter(([site, other]) =>
            site !== this.#site || other !== String(id));
    }

    #write(entries) {
        this.#entries = entries;
        writeRows(KEY, entries);
    }
}
