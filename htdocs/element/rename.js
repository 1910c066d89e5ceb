/* Where a guest says what to be called: a dialog, and, before the first
 * message, a line above the field.  Used by chat-room.js. */

import { local } from '../client/storage.js';
import { tagOf } from './guest.js';

const ASKED = 'chatws.asked';

/* A form with one field for a name.  It finds its elements by the id it is
 * given and endings of it. */
class NameForm {
    #strings;
    #onName;
    #error;

    /* onName(name) sends it, and says whether it could. */
    constructor(root, id, strings, onName) {
        this.#strings = strings;
        this.#onName = onName;
        this.input = root.getElementById(`${id}-name`);
        this.#error = root.getElementById(`${id}-error`);
        this.input.addEventListener('input', () => this.show(''));
        root.getElementById(`${id}-form`)
            .addEventListener('submit', (event) => this.#submit(event));
    }

    /* What is wrong with the name; '': nothing. */
    show(text) {
        this.#error.textContent = text;
        this.input.ariaInvalid = String(text !== '');
    }

    fail(code, text) {
        const { errors, nameTaken } = this.#strings;

        this.show(code === 'name_taken' ? nameTaken : errors[code] ?? text);
        this.input.focus();
    }

    #submit(event) {
        const name = this.input.value.trim();
        const length = Array.from(name).length;

        event.preventDefault();
        this.show('');
        if (length < 1 || length > 32) {
            this.fail('bad_name');
        }
        else if (!this.#onName(name)) {
            this.fail('offline');
        }
    }
}

export class Rename {
    #dialog;
    #form;

    constructor(root, strings, onName) {
        this.#dialog = root.getElementById('rename');
        this.#form = new NameForm(root, 'rename', strings, onName);
        root.getElementById('rename-cancel')
            .addEventListener('click', () => this.close());
    }

    get isOpen() {
        return this.#dialog.open;
    }

    open(name) {
        this.#form.show('');
        this.#form.input.value = tagOf(name) ? '' : name;
        this.#dialog.showModal();
        this.#form.input.select();
    }

    close() {
        this.#dialog.close();
    }

    fail(code, text) {
        this.#form.fail(code, text);
    }
}

/* Asked once in a browser, when the reader first turns to the field, and
 * never in the way: one may simply go on writing. */
export class Ask {
    #line;
    #form;
    #back;
    #begun = false;
    #nameless = false;
    #over;

    /* back() puts the reader into the field again. */
    constructor(root, strings, onName, back) {
        this.#line = root.getElementById('ask');
        this.#form = new NameForm(root, 'ask', strings, onName);
        this.#back = back;
        this.#over = local.load(ASKED) !== null;
        root.getElementById('ask-skip')
            .addEventListener('click', () => this.#leave());
        this.#form.input.addEventListener('keydown', (event) => {
            if (event.key === 'Escape') {
                event.stopPropagation();
                this.#leave();
            }
        });
    }

    get isOpen() {
        return !this.#line.hidden;
    }

    /* The reader turns to the field. */
    begin() {
        this.#begun = true;
        this.#show();
    }

    /* you: the PERSON that the reader is.  wish: the name that is asked for
     * already, as a page or an earlier visit has it. */
    consider(you, wish) {
        this.#nameless = you.guest && Boolean(tagOf(you.name)) && !wish;
        this.#show();
        if (!this.#nameless && this.isOpen) {
            this.end();
        }
    }

    fail(code, text) {
        this.#form.fail(code, text);
    }

    /* There is a name, or the reader does without. */
    end() {
        const { activeElement } = this.#line.getRootNode();
        const focused = this.#line.contains(activeElement);

        this.#over = true;
        if (this.isOpen) {
            local.save(ASKED, '1');
            this.#line.hidden = true;
        }
        if (focused) {
            this.#back();
        }
    }

    #show() {
        if (this.#begun && !this.#over && this.#nameless) {
            this.#line.hidden = false;
        }
    }

    #leave() {
        this.end();
        this.#back();
    }
}
