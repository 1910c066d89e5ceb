/* Who is typing: the line above the composer, and telling the others that the
 * reader is.  Used by chat-room.js. */

import { shownName } from './guest.js';
import { isolate, makeSentence } from './text.js';

const TELL_EVERY = 3000;
const SHOWN_FOR = 4000;             /* a little longer than the next one takes */

export class Typing {
    #strings;
    #tell;
    #toldAt = -TELL_EVERY;
    #typists = new Map();
    #line;

    /* tell() sends it, and says whether it could. */
    constructor(root, strings, tell) {
        this.#line = root.getElementById('typing');
        this.#strings = strings;
        this.#tell = tell;
    }

    /* The reader has changed the text. */
    noteInput(text) {
        const now = performance.now();

        if (text && now - this.#toldAt >= TELL_EVERY
            && this.#tell()) {
            this.#toldAt = now;
        }
    }

    /* Whoever may only read need not tell again. */
    refuse(code) {
        if (code === 'read_only') {
            this.#toldAt = Infinity;
        }
    }

    /* A typing event's person. */
    show(person) {
        this.hide(person.id);
        this.#typists.set(person.id, {
            name: shownName(person, this.#strings),
            timer: setTimeout(() => this.hide(person.id), SHOWN_FOR),
        });
        this.#write();
    }

    hide(id) {
        clearTimeout(this.#typists.get(id)?.timer);
        if (this.#typists.delete(id)) {
            this.#write();
        }
    }

    /* A connection begins or ends. */
    clear() {
        this.#toldAt = -TELL_EVERY;
        for (const id of [...this.#typists.keys()]) {
            this.hide(id);
        }
    }

    /* Names are set apart: they may be written from right to left. */
    #write() {
        const names = Array.from(this.#typists.values(),
            ({ name }) => isolate(name));

        this.#line.hidden = names.length === 0;
        this.#line.replaceChildren(...this.#line.hidden ? []
            : makeSentence(this.#strings.typing(names)));
    }
}
