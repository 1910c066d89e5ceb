/* Messages older than those that came by themselves: asked for when the
 * reader gets near to them or follows a link to one.  Used by timeline.js. */

import { make } from './markup.js';

const PAGE = 100;               /* messages, while the reader scrolls */
const PATIENCE = 3000;          /* after a failure */
const LATEST = '999999999999999-0';

export class Past {
    #entries;
    #ask;
    #take;
    #line;
    #isWhole;
    #gap;
    #isOver = false;        /* the server has nothing older */
    #around = null;
    #loading = null;
    #failedAt = -PATIENCE;

    /* ask: older(id, limit) and newer(id), promises of {messages, more, gap}, and
     * isWhole, true if the server tells everything that it has by itself.
     * take: older(entries), these were put in front of the entries;
     * change(act), where act() changes them elsewhere; keep(act), where it
     * changes what is shown above. */
    constructor(list, strings, entries, ask, take) {
        this.#entries = entries;
        this.#ask = ask;
        this.#isWhole = ask.isWhole ?? true;
        this.#take = take;
        this.#gap = strings.gap;
        this.#line = make('p', { class: 'note', 'aria-live': 'off',
            hidden: true }, strings.loading);
        list.before(this.#line);
    }

    /* True for a while after the server could not be asked. */
    get hasFailed() {
        return performance.now() - this.#failedAt < PATIENCE;
    }

    /* True if a message may be there that is older than all that is here. */
    has(id) {
        return !this.#isWhole && this.#entries.oldest !== null
            && this.#entries.lacks(id);
    }

    /* The room has an archive: more than it tells by itself. */
    open() {
        this.#isWhole = false;
    }

    /* Loads a page of what is older than all that is here.  Resolves when it
     * is there, or cannot be had. */
    load() {
        return this.#isWhole || this.#isOver ? Promise.resolve()
            : this.#once(() => this.#loadOlder(), this.#line);
    }

    /* Loads some of those that are missing in between: such as are newer than
     * the older ones, or older than the newer ones. */
    fill(isNewer) {
        return this.#once(async () => {
            await (await this.#loadParts()).fill(isNewer);
        });
    }

    /* A promise of the entry of a message, or of undefined. */
    async find(id) {
        while (this.#loading) {
            await this.#loading;
        }
        if (!this.#isWhole && this.#entries.lacks(id)) {
            this.#failedAt = -PATIENCE;
            await this.#once(() => this.#seek(id), this.#line);
        }
        return this.#entries.find(id);
    }

    /* One request after the other; line: shown meanwhile. */
    #once(act, line = null) {
        if (this.hasFailed) {
            return Promise.resolve();
        }
        this.#loading ??= this.#attempt(act, line).finally(() => {
            this.#loading = null;
        });
        return this.#loading;
    }

    async #attempt(act, line) {
        const show = (isShown) => line && this.#take.keep(() => {
            line.hidden = !isShown;
        });

        show(true);
        try {
            await act();
        }
        catch {
            this.#failedAt = performance.now();
        }
        show(false);
    }

    async #loadOlder() {
        const { messages, more } = await this.#ask.older(
            this.#entries.oldest ?? LATEST, PAGE);

        this.#isOver = !more;
        const older = this.#entries.prepend(messages);

        if (older.length) {
            this.#take.older(older);
        }
    }

    async #loadParts() {
        const { Around } = await import('./around.js');

        this.#around ??= new Around(this.#entries, this.#ask,
            this.#take.change, this.#gap);
        return this.#around;
    }

    async #seek(id) {
        const found = await (await this.#loadParts()).load(id);

        if (found && found.oldest === this.#entries.oldest) {
            this.#isOver = !found.more;
        }
    }
}
