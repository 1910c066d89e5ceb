/* What a guest wants to be called.  The server forgets it with the guest; the
 * browser keeps it, and it is given again at each hello. */

import { local } from './storage.js';

/* Code units of a name, which has 32 characters at most.  What is stored may be
 * anything, and the server ends a connection that says too much. */
const LONGEST = 64;
const DEFAULT = /^guest-[0-9a-f]+$/;
const WISH = 'wish';                /* the ref of what the reader did not do */

export class Naming {
    #chat;
    #place;
    /** @type {?{ name: string, ref: string }} What has no answer yet. */
    #asked = null;
    /** @type {?string=} Was taken away: not fought for. */
    #lost = null;
    /** @type {?string=} The reader knows that it is taken. */
    #told = null;

    constructor(chat) {
        this.#chat = chat;
        this.#place = chat.room.place('name');
    }

    choose(name) {
        this.#lost = null;
        this.#ask(String(name).trim().normalize(), 'name');
    }

    /* At hello.  Polls do not tell who the reader is: then it is tried. */
    give(you) {
        const { name = this.#chat.name, ref = WISH } = this.#asked ?? {};
        const isGuest = !you || you.guest === true;
        const isName = name && name.length <= LONGEST;

        this.#asked = null;
        if (isGuest && isName && name !== you?.name && name !== this.#lost) {
            this.#ask(name, ref);
        }
    }

    #ask(name, ref) {
        this.#asked = { name, ref };
        this.#chat.command({ type: 'name', name, ref });
    }

    /* The answer, or a verified user has come whose name it is. */
    isNow(name) {
        if (!this.#asked || DEFAULT.test(name)) {
            this.#lost = name === this.#chat.name ? null : this.#chat.name;
        }
        else if (this.#asked.ref === 'name') {
            local.save(this.#place, `${name}\n${this.#chat.given}`);
        }
        this.#asked = null;
    }

    /* True if the page is not told of an error: of what it did not ask for it
     * hears nothing but, once, that the name is somebody else's. */
    refuse(error) {
        const name = this.#asked?.name;

        if (![WISH, 'name'].includes(error.ref)) {
            return false;
        }
        this.#asked = null;
        if (error.ref === 'name') {
            return false;
        }
        if (error.code === 'bad_name') {
            this.#lost = name;
            local.drop(this.#place);
        }
        if (error.code !== 'name_taken' || this.#told === name) {
            return true;
        }
        this.#told = name;
        error.ref = 'name';
        return false;
    }
}
