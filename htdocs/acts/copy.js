/* Puts a text into the clipboard.  Used by acts.js. */

import { make } from '../element/markup.js';

/* The modern way exists only with https; the old one is everywhere. */
export async function copyText(root, text) {
    try {
        await navigator.clipboard.writeText(text);
    }
    catch {
        const field = make('textarea', { class: 'unseen',
            'aria-hidden': 'true' });
        const { activeElement } = root;

        field.value = text;
        root.append(field);
        field.select();
        document.execCommand('copy');
        field.remove();
        activeElement?.focus({ preventScroll: true });
    }
}
