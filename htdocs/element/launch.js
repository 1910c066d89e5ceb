/* The fixed elements of a launcher.  Used by chat-launcher.js. */

import { make, makeIcon } from './markup.js';

const ICON_CHAT = 'M7 4h10a3.500 3.500 0 0 1 3.500 3.500v6A3.500 3.500 0 0 1'
    + ' 17 17h-5l-5 4v-4a3.500 3.500 0 0 1-3.500-3.500v-6A3.500 3.500 0 0 1 7'
    + ' 4zM8 8.700h8M8 12.300h5';
const ICON_DOWN = 'M5.500 9.500L12 16l6.500-6.500';
const ICON_CLOSE = 'M6 6l12 12M18 6L6 18';

export function makeButton() {
    return make('button', { id: 'button', type: 'button', part: 'button',
        'aria-expanded': 'false', 'aria-haspopup': 'dialog' },
    make('span', { class: 'shut' }, makeIcon(ICON_CHAT)),
    make('span', { class: 'opened' }, makeIcon(ICON_DOWN)),
    make('span', { class: 'badge', part: 'badge', 'aria-hidden': 'true',
        hidden: true }));
}

export function makePanel() {
    return make('dialog', { id: 'panel', part: 'panel' },
        make('button', { class: 'close', type: 'button', part: 'close' },
            makeIcon(ICON_CLOSE)),
        make('p', { class: 'failed', role: 'alert' }));
}

/* Read aloud, never seen. */
export function makeStatus() {
    return make('p', { class: 'status', role: 'status' });
}
