/* The page of a room: header, composer and alert; it owns the list of
 * messages, the list of people and the dialog.  Used by chat.js. */

import { People } from './people.js';
import { Rename } from './rename.js';
import { byteLength, cleanText } from './text.js';
import { Timeline } from './timeline.js';
import { Typing } from './typing.js';

const SHOW_SIZE = 0.8;      /* of the limit: from there on it is counted */

export class Room {
    timeline;
    people;
    typing;
    #rename;
    #strings;
    #onText;
    #limit = Infinity;
    #input = document.getElementById('text');
    #alert = document.getElementById('alert');
    #size = document.getElementById('size');
    #me = document.getElementById('me');
    #myName = document.getElementById('my-name');

    /* actions: text(text), name(name), again(ref), discard(ref), and
     * typing(command). */
    constructor(strings, actions) {
        this.#strings = strings;
        this.#onText = actions.text;
        this.timeline = new Timeline(strings, actions);
        this.people = new People(strings);
        this.typing = new Typing(strings, actions.typing);
        this.#rename = new Rename(strings, actions.name);
        this.#me.addEventListener('click',
            () => this.#rename.open(this.#myName.textContent));
        this.#input.addEventListener('input', () => {
            this.#measure();
            this.typing.noteInput(cleanText(this.#input.value));
        });
        this.#input.addEventListener('keydown', (event) => this.#typed(event));
        document.getElementById('composer')
            .addEventListener('submit', (event) => this.#submitted(event));
        if (matchMedia('(pointer: fine)').matches) {
            this.#input.focus();        /* it opens the keyboard of a phone */
        }
    }

    /* path: that of the room; its last part is shown as its name. */
    setTitle(path) {
        const title = path.slice(path.lastIndexOf('/') + 1);

        document.title = title;
        document.getElementById('title').textContent = title;
    }

    setState(state) {
        document.body.dataset.state = state;
        document.getElementById('state').textContent = this.#strings[state];
    }

    setLimit(bytes) {
        this.#limit = Number.isInteger(bytes) ? bytes : Infinity;
        this.#measure();
    }

    /* you: the PERSON that the reader is.  Only guests choose a name. */
    setYou(you) {
        this.#myName.textContent = String(you.name);
        this.#me.disabled = !you.guest;
        this.#me.hidden = false;
    }

    named() {
        this.#rename.close();
    }

    /* An error that belongs to no message: the dialog's, or of the page. */
    fail(text) {
        if (this.#rename.isOpen) {
            this.#rename.fail(text);
        }
        else {
            this.alert(text);
        }
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
        this.#onText(text);
        this.timeline.scrollToEnd();
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
