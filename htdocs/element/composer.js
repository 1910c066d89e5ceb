/* Where the reader writes: the field, how long the text has become, and what
 * went wrong.  Used by chat-room.js. */

import { Draft } from './draft.js';
import { byteLength, cleanText, countExcess, countLeft } from './text.js';

const SHOW_SIZE = 0.8;      /* of the limit: from there on it is counted */
const GROWS_BY = 2000;      /* characters: more than the highest field shows */

export class Composer {
    #strings;
    #actions;
    #draft;
    #limit = Infinity;
    #cause = '';
    #quiet = false;
    #input;
    #alert;
    #size;

    /* room: its address.  actions: text(text); typed(text) while it is being
     * written; begun() when the reader turns to the field. */
    constructor(root, strings, room, actions) {
        this.#strings = strings;
        this.#actions = actions;
        this.#draft = new Draft(room);
        this.#input = root.getElementById('text');
        this.#alert = root.getElementById('alert');
        this.#size = root.getElementById('size');
        this.#input.value = this.#draft.text;
        this.#measure();
        this.#input.addEventListener('input', () => this.#changed());
        this.#input.addEventListener('focus',
            () => this.#quiet || actions.begun());
        this.#input.addEventListener('keydown', (event) => this.#typed(event));
        root.getElementById('composer')
            .addEventListener('submit', (event) => this.#submitted(event));
    }

    setLimit(bytes) {
        this.#limit = Number.isInteger(bytes) ? bytes : Infinity;
        this.#measure();
    }

    /* Not the reader's own doing: nothing begins by it. */
    focus(options) {
        this.#quiet = true;
        this.#input.focus(options);
        this.#quiet = false;
    }

    /* cause: what settle() names when it is over; 'text' is over as soon as
     * the reader goes on writing. */
    alert(text, cause = 'text') {
        this.#alert.textContent = text;
        this.#cause = text ? cause : '';
    }

    /* Takes back what was told because of this. */
    settle(...causes) {
        if (causes.includes(this.#cause)) {
            this.alert('');
        }
    }

    /* The reader may be about to go. */
    save() {
        this.#draft.save();
    }

    #changed() {
        this.#measure();
        this.#draft.note(this.#input.value);
        this.settle('text');
        this.#actions.begun();
        this.#actions.typed(cleanText(this.#input.value));
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
            this.alert(this.#strings.errors.too_long, 'length');
            return;
        }
        this.#input.value = '';
        this.#measure();
        this.#draft.note('');
        this.#draft.save();
        this.alert('');
        this.#actions.text(text);
        this.focus();
    }

    /* The field is as high as a copy of its text that the style sheet lays
     * out behind it: no script has to measure. */
    #measure() {
        const text = cleanText(this.#input.value);
        const bytes = byteLength(text);
        const tooLong = bytes > this.#limit;

        this.#input.parentElement.dataset.text
            = this.#input.value.slice(0, GROWS_BY);
        this.#size.hidden = bytes < SHOW_SIZE * this.#limit;
        this.#size.textContent = this.#size.hidden ? ''
            : tooLong ? this.#strings.tooMany(countExcess(text, this.#limit))
                : this.#strings.left(countLeft(text, this.#limit));
        this.#size.classList.toggle('over', tooLong);
        this.#input.ariaInvalid = String(tooLong);
        if (!tooLong) {
            this.settle('length');
        }
    }
}
