/* Messages older than those that came by themselves: asked for when the
 * reader gets near to them or follows a link to one.  Used by timeline.js. */

import { compareIds } from '../client/room.js';
import { make } from './markup.js';

const PAGE = 100;               /* messages, while the reader scrolls */
const FAR = 1000;               /* while a message is looked for */
const PATIENCE = 3000;          /* after a failure */

export class Past {
    #entries;
    #older;
    #take;
    #line;
    #isOver;
    #loading = null;
    #failedAt = -PATIENCE;

    /* actions: older(id, limit), a promise of {messages, more}, and isWhole,
     * true if the server tells everything that it has by itself.
     * take(older): these were put in front of the entries. */
    constructor(list, strings, entries, { older, isWhole = true }, take) {
        this.#entries = entries;
        this.#older = older;
        this.#isOver = isWhole || !older;
        this.#take = take;
        this.#line = make('p', { class: 'note', 'aria-live': 'off',
            hidden: true }, strings.loading);
        list.before(this.#line);
    }

    /* True for a while after the server could not be asked. */
    get hasFailed() {
        return performance.now() - this.#failedAt < PATIENCE;
    }

    /* Loads a page.  Resolves when it is there, or cannot be had. */
    load(limit = PAGE) {
        const { oldest } = this.#entries;

        if (this.#isOver || !oldest || this.hasFailed) {
            return Promise.resolve();
        }
        this.#loading ??= this.#load(oldest, limit)
            .catch(() => {
                this.#failedAt = performance.now();
            })
            .finally(() => {
                this.#loading = null;
                this.#line.hidden = true;
            });
        return this.#loading;
    }

    /* A promise of the entry of a message, or of undefined. */
    async find(id) {
        let before = null;

        while (!this.#entries.find(id) && this.#entries.oldest !== before
            && compareIds(id, this.#entries.oldest ?? id) < 0) {
            before = this.#entries.oldest;
            await this.#loading;
            await this.load(FAR);
        }
        return this.#entries.find(id);
    }

    async #load(oldest, limit) {
        this.#line.hidden = false;
        const { messages, more } = await this.#older(oldest, limit);

        this.#isOver = !more;
        const older = this.#entries.prepend(messages);

        if (older.length) {
            this.#take(older);
        }
    }
}
