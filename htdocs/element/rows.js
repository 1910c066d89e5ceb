/* Rows of strings that the browser keeps: one a room, or one a person.  Used by
 * desktop.js, draft.js, ignored.js and reading.js. */

import { local } from '../client/storage.js';

/* Those with so many strings; what is stored may be anything. */
export function readRows(key, width) {
    try {
        return JSON.parse(local.load(key)).filter((row) => Array.isArray(row)
            && row.length === width
            && row.every((part) => typeof part === 'string'));
    }
    catch {
        return [];
    }
}

export function writeRows(key, rows) {
    local.save(key, JSON.stringify(rows));
}
