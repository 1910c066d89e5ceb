/* Where the reader writes: the field, how long the text has become, and what
 * went wrong.  Used by chat-room.js. */

import { Draft } from './draft.js';
import { byteLength, cleanText, countExcess, countLeft } from './text.js';
import { formatSpan } from './times.js';

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
    #remark = '';           /* what holds for every message here */
    #pausedUntil = 0;
    #timer = 0;
    #note;
    #button;

    /* room: its address.  actions: text(text); typed(text) while it is being
     * written; begun() when the reader turns to the field. */
    constructor(root, strings, room, actions) {
        this.#strings = strings;
        this.#actions = actions;
        this.#draft = new Draft(room);
        this.#input = root.getElementById('text');
        this.#alert = root.getElementById('alert');
        this.#size = root.getElementById('size');
        this.#note = root.getElementById('pace');
        this.#button = root.querySelector('#composer .send');
        this.#input.value = this.#draft.text;
        this.#measure();
        this.#input.addEventListener('input', () => this.#changed());
        this.#input.addEventListener('focus',
            () => this.#quiet || actions.begun());
        this.#input.addEventListener('keydown', (event) => this.#typed(event));
        root.getElementById('composer')
            .addEventListener('submit', (event) => this.#submitted(event));
    }

    /* Bytes of the longest message. */
    get limit() {
        return this.#limit;
    }

    /* The reader cannot write at the moment. */
    get isShut() {
        return this.#input.closest('.shut') !== null;
    }

    /* A sentence that stands below the field; '': none. */
    remark(text) {
        this.#remark = text;
        this.#showPace();
    }

    /* Nothing is sent for so many milliseconds, which are counted down. */
    pause(time) {
        this.#pausedUntil = Date.now() + time;
        this.#showPace();
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
        if (this.#pausedUntil > Date.now()) {
            this.alert(this.#note.textContent, 'pace');
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

    /* The button counts, too, for whoever looks there. */
    #showPace() {
        const left = Math.ceil((this.#pausedUntil - Date.now()) / 1000);
        const text = left > 0 ? this.#strings.slowLeft(
            formatSpan(left, this.#strings)) : this.#remark;

        clearTimeout(this.#timer);
        this.#note.hidden = text === '';
        this.#note.textContent = text;
        this.#button.dataset.left = left > 0 && left < 1000 ? left : '';
        this.#button.ariaDisabled = left > 0 ? 'true' : null;
        if (left > 0) {
            this.#timer = setTimeout(() => this.#showPace(), 500);
        }
        else {
            this.settle('pace');
        }
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
