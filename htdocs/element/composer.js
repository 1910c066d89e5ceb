/* Where the reader writes: the field, how long the text has become, and what
 * went wrong.  Used by chat-room.js. */

import { byteLength, cleanText } from './text.js';

const SHOW_SIZE = 0.8;      /* of the limit: from there on it is counted */

export class Composer {
    #strings;
    #actions;
    #limit = Infinity;
    #input;
    #alert;
    #size;

    /* actions: text(text), and typed(text) while it is being written. */
    constructor(root, strings, actions) {
        this.#strings = strings;
        this.#actions = actions;
        this.#input = root.getElementById('text');
        this.#alert = root.getElementById('alert');
        this.#size = root.getElementById('size');
        this.#input.addEventListener('input', () => {
            this.#measure();
            actions.typed(cleanText(this.#input.value));
        });
        this.#input.addEventListener('keydown', (event) => this.#typed(event));
        root.getElementById('composer')
            .addEventListener('submit', (event) => this.#submitted(event));
    }

    setLimit(bytes) {
        this.#limit = Number.isInteger(bytes) ? bytes : Infinity;
        this.#measure();
    }

    focus() {
        this.#input.focus();
    }

    alert(text) {
        this.#alert.textContent = text;
    }

    #typed(event) {
        /* Enter also chooses a word in an input method: not ours then.
         * 229 is how Safari reports the last one of those. */
        if (event.key === 'Enter' && !event.shiftKey && !event.isComposing
            && event.keyCode !== 229) {
            this.#submitted(event);
        }
    }

    #submitted(event) {
        const text = cleanText(this.#input.value);

        event.preventDefault();
        if (!text) {
            return;
        }
        if (byteLength(text) > this.#limit) {
            this.alert(this.#strings.errors.too_long);
            return;
        }
        this.#input.value = '';
        this.#measure();
        this.alert('');
        this.#actions.text(text);
        this.#input.focus();
    }

    #measure() {
        const bytes = byteLength(cleanText(this.#input.value));
        const tooLong = bytes > this.#limit;

        this.#size.hidden = bytes < SHOW_SIZE * this.#limit;
        this.#size.textContent = this.#size.hidden
            ? '' : this.#strings.size(bytes, this.#limit);
        this.#size.classList.toggle('over', tooLong);
        this.#input.ariaInvalid = String(tooLong);
    }
}
