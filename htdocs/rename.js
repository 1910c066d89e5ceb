/* The dialog in which a guest chooses another name.  Used by room.js. */

export class Rename {
    #strings;
    #onName;
    #dialog = document.getElementById('rename');
    #input = document.getElementById('rename-name');
    #error = document.getElementById('rename-error');

    /* onName(name) sends it, and says whether it could. */
    constructor(strings, onName) {
        this.#strings = strings;
        this.#onName = onName;
        document.getElementById('rename-cancel')
            .addEventListener('click', () => this.close());
        document.getElementById('rename-form')
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
