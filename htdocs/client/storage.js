/* What the browser keeps for this site, or for one tab.  Where it keeps nothing
 * the page remembers: nothing throws. */

class Store {
    #name;
    #memory = new Map();

    constructor(name) {
        this.#name = name;
    }

    /* null if there is nothing. */
    load(key) {
        try {
            return this.#memory.get(key) ?? globalThis[this.#name].getItem(key);
        }
        catch {
            return null;
        }
    }

    save(key, value) {
        try {
            globalThis[this.#name].setItem(key, value);
            this.#memory.delete(key);
        }
        catch {
            this.#memory.set(key, String(value));
        }
    }

    drop(key) {
        this.#memory.delete(key);
        try {
            globalThis[this.#name].removeItem(key);
        }
        catch {
            /* There is none. */
        }
    }
}

export const local = new Store('localStorage');
/* That of this tab. */
export const session = new Store('sessionStorage');
