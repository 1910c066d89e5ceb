/* Rows of strings that the browser keeps: one a room, or one a person.  Used by
 * desktop.js, draft.js, ignored.js and reading.js. */

import { load, save } from '../client/storage.js';

/* Those with so many strings; what is stored may be anything. */
export function readRows(key, width) {
    try {
        return JSON.parse(load(key)).filter((row) => Array.isArray(row)
            && row.length === width
            && row.every((part) => typeof part === 'string'));
    }
    catch {
        return [];
    }
}

export function writeRows(key, rows) {
    save(key, JSON.stringify(rows));
}
