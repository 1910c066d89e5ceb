/* What the reader wants to be told while elsewhere, in this browser.  Used by
 * notices.js and desktop.js. */

import { local } from '../client/storage.js';

const KEY = 'chatws.notices';
const DEFAULTS = { title: true, sound: false, desktop: 'never' };

/* What is stored may be anything. */
export function readChoices() {
    try {
        return { ...DEFAULTS, ...JSON.parse(local.load(KEY)) };
    }
    catch {
        return { ...DEFAULTS };
    }
}

/* changes: some of them. */
export function writeChoices(changes) {
    local.save(KEY, JSON.stringify({ ...readChoices(), ...changes }));
}

/* The reader does not look at this tab. */
export function isElsewhere() {
    return document.hidden || !document.hasFocus();
}
