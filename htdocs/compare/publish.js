/* Says the messages that all four ways deliver: POST, at a rate that the
 * reader chooses. The POSTs are metered apart from the ways. Used by
 * compare.js. */

const FIRST = 1000;             /* the first message comes soon */
const BEFORE_RETRY = 2000;

export class Publisher {
    #url;
    #onSent;
    #onDone;
    #perMinute = 0;
    #size = 100;
    #number = 0;
    #timer = 0;
    #running = false;

    /* onSent(ref) is called just before a message leaves; onDone(text, size)
     * when it is there, with the bytes of JSON that were exchanged. */
    constructor(url, onSent, onDone = () => {}) {
        this.#url = url;
        this.#onSent = onSent;
        this.#onDone = onDone;
    }

    get perMinute() {
        return this.#perMinute;
    }

    /* Messages a minute, 0 for none; bytes of text of each. */
    set(perMinute, size) {
        const changed = perMinute !== this.#perMinute;

        this.#perMinute = perMinute;
        this.#size = size;
        if (changed && this.#running) {
            this.#plan(FIRST);
        }
    }

    /* One message, now. */
    once(size) {
        this.#number += 1;
        this.#send(this.#number, makeText(this.#number, size));
    }

    /* key: of the run's meter. */
    start(key) {
        const url = new URL(this.#url);

        url.searchParams.set('meter', key);
        this.#url = url.href;
        this.#running = true;
        this.#plan(FIRST);
    }

    stop() {
        this.#running = false;
        clearTimeout(this.#timer);
    }

    #plan(milliseconds) {
        clearTimeout(this.#timer);
        if (this.#running && this.#perMinute > 0) {
            this.#timer = setTimeout(() => this.#say(),
                Math.min(milliseconds, 60000 / this.#perMinute));
        }
    }

    /* Not quite regular: a poll must not always come just before or after. */
    #say() {
        this.#number += 1;
        this.#send(this.#number, makeText(this.#number, this.#size));
        this.#plan((60000 / this.#perMinute) * (0.6 + 0.8 * Math.random()));
    }

    /* A repeated ref is stored once, so a failed POST may be tried again. */
    async #send(number, text) {
        const ref = `c-${number}`;
        const body = JSON.stringify({ type: 'message', text, ref });

        this.#onSent(ref);
        while (this.#running) {
            const answer = await fetch(this.#url, {
                method: 'POST',
                headers: { 'Content-Type': 'application/json' },
                body,
            }).catch(() => null);

            if (answer?.ok) {
                const told = await answer.arrayBuffer().catch(() => null);

                this.#onDone(text, body.length + (told?.byteLength ?? 0));
                return;
            }
            const wait = Number(answer?.headers.get('Retry-After')) * 1000;

            await new Promise((resolve) => {
                setTimeout(resolve, wait || BEFORE_RETRY);
            });
        }
    }
}

/* ASCII, so that characters are bytes. */
function makeText(number, size) {
    const words = `Message ${number} of this visit, the same for all four. `;

    return words.padEnd(size, 'The quick brown fox jumps over the lazy dog. ')
        .slice(0, size).replace(/ $/, '.');
}
