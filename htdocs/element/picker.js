/* The button that opens the emoji.  Nothing of them is loaded before: the
 * panel, its lists and the names in the reader's language lie in emoji/.
 * Used by parts.js. */

import { make, makeIcon } from './markup.js';
import { sheets } from './styles.js';

const ICON_FACE = 'M3.500 12a8.500 8.500 0 1 0 17 0 8.500 8.500 0 1 0-17 0M8.200'
    + ' 14.200c.9 1.300 2.200 2 3.800 2s2.900-.7 3.800-2M9 9.500v.01M15 9.500v.01';

export class Picker {
    #root;
    #strings;
    #signal;
    #button;
    #panel = null;

    constructor({ root, strings, signal }) {
        this.#root = root;
        this.#strings = strings;
        this.#signal = signal;
        this.#button = make('button', { id: 'emoji', class: 'quiet',
            type: 'button', part: 'button', title: strings.emoji,
            'aria-label': strings.emoji, 'aria-haspopup': 'dialog',
            'aria-expanded': 'false' }, makeIcon(ICON_FACE));
        /* The bundle of all files leaves the emoji out. */
        if (sheets.size === 0) {
            root.querySelector('#composer .send').before(this.#button);
            this.#button.addEventListener('click', () => this.#toggle());
        }
    }

    async #toggle() {
        this.#button.ariaBusy = 'true';
        try {
            const { Panel } = await import('../emoji/panel.js');

            if (this.#signal.aborted) {
                return;         /* the room was left meanwhile */
            }
            this.#panel ??= new Panel(this.#root, this.#strings, this.#button,
                this.#signal);
            await this.#panel.toggle();
        }
        catch {
            if (!this.#signal.aborted) {
                this.#tellFailure();
            }
        }
        this.#button.ariaBusy = null;
    }

    #tellFailure() {
        this.#root.getElementById('alert').textContent
            = this.#strings.errors.offline;
    }
}
