/* The dialog in which a guest chooses another name.  Used by chat-room.js. */

export class Rename {
    #strings;
    #onName;
    #dialog;
    #input;
    #error;

    /* onName(name) sends it, and says whether it could. */
    constructor(root, strings, onName) {
        this.#strings = strings;
        this.#onName = onName;
        this.#dialog = root.getElementById('rename');
        this.#input = root.getElementById('rename-name');
        this.#error = root.getElementById('rename-error');
        root.getElementById('rename-cancel')
            .addEventListener('click', () => this.close());
        root.getElementById('rename-form')
            .addEventListener('submit', (event) => this.#submit(event));
    }

    get isOpen() {
        return this.#dialog.open;
    }

    open(name) {
        this.#error.textContent = '';
        this.#input.value = name;
        this.#dialog.showModal();
        this.#input.select();
    }

    close() {
        this.#dialog.close();
    }

    fail(text) {
        this.#error.textContent = text;
        this.#input.focus();
    }

    #submit(event) {
        const name = this.#input.value.trim();
        const length = Array.from(name).length;

        event.preventDefault();
        this.#error.textContent = '';
        if (length < 1 || length > 32) {
            this.fail(this.#strings.errors.bad_name);
        }
        else if (!this.#onName(name)) {
            this.fail(this.#strings.errors.offline);
        }
    }
}
