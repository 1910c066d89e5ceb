/* What the reader wrote and the server has not confirmed yet, below the
 * messages.  Used by timeline.js. */

export class Outbox {
    #list;
    #maker;
    #waiting = new Map();           /* ref to entry; null: it is to go */
    #items = new Map();             /* ref to element */

    constructor(list, maker) {
        this.#list = list;
        this.#maker = maker;
    }

    /* How many there are when show() has been called. */
    get size() {
        return this.#items.size;
    }

    /* Both hold from the next show() on: the message itself comes with it. */
    put(entry) {
        this.#waiting.delete(entry.ref);
        this.#waiting.set(entry.ref, entry);
    }

    remove(ref) {
        this.#waiting.delete(ref);
        this.#waiting.set(ref, null);
    }

    show() {
        for (const [ref, entry] of this.#waiting) {
            const old = this.#items.get(ref);

            if (entry) {
                this.#place(ref, this.#maker.makePending(entry), old, entry);
            }
            else {
                old?.remove();
                this.#items.delete(ref);
            }
        }
        this.#waiting.clear();
    }

    /* What is sent again is the last one now. */
    #place(ref, item, old, { state }) {
        this.#items.set(ref, item);
        if (old && !(old.classList.contains('failed')
            && state === 'sending')) {
            old.replaceWith(item);
        }
        else {
            old?.remove();
            this.#list.append(item);
        }
    }
}
