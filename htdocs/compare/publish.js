/* Says the messages that all four ways deliver: POST, at a rate that the
 * reader chooses. POSTs are not metered. Used by compare.js. */

const FIRST = 1000;             /* the first message comes soon */
const BEFORE_RETRY = 2000;

export class Publisher {
    #url;
    #onSent;
    #perMinute = 0;
    #size = 100;
    #number = 0;
    #timer = 0;
    #running = false;

    /* onSent(ref) is called just before a message leaves. */
    constructor(url, onSent) {
        this.#url = url;
        this.#onSent = onSent;
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

    start() {
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

        this.#onSent(ref);
        while (this.#running) {
            const answer = await fetch(this.#url, {
                method: 'POST',
                headers: { 'Content-Type': 'application/json' },
                body: JSON.stringify({ type: 'message', text, ref }),
            }).catch(() => null);

            if (answer && answer.ok) {
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
