/* The stream of figures: one event a second, for as long as somebody looks.
 * Used by status.js. */

import { readEvents } from '../client/eventstream.js';
import { parse } from '../client/room.js';

const SILENCE = 10000;          /* milliseconds without an event: it is lost */
const SOON = 250;
const LATER = 5000;     /* a server that cannot hold the stream is asked so */
const LONGEST = 15000;

function pause(milliseconds, signal) {
    return new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds);

        signal.addEventListener('abort', () => {
            clearTimeout(timer);
            resolve();
        }, { once: true });
    });
}

export class Stream {
    #server;
    #told;
    #going = null;
    #failures = 0;

    /* told: event(event), lost() and denied(). */
    constructor(server, told) {
        this.#server = server;
        this.#told = told;
    }

    start() {
        if (!this.#going) {
            this.#going = new AbortController();
            this.#run(this.#going.signal);
        }
    }

    stop() {
        this.#going?.abort();
        this.#going = null;
    }

    async #run(signal) {
        while (!signal.aborted) {
            await pause(await this.#listen(signal), signal);
        }
    }

    /* One stream to its end: how long to wait for the next one. */
    async #listen(signal) {
        const call = new AbortController();
        const end = () => call.abort();
        let count = 0;
        let timer = setTimeout(end, SILENCE);

        signal.addEventListener('abort', end, { once: true });
        try {
            const { body } = await this.#server.stream(call.signal);

            await readEvents(body, (text) => {
                const event = parse(text);

                clearTimeout(timer);
                timer = setTimeout(end, SILENCE);
                if (event.type === 'status') {
                    count += 1;
                    this.#failures = 0;
                    this.#told.event(event);
                }
            });
            if (count === 0) {
                throw new Error('an empty stream');
            }
            return count === 1 ? LATER : SOON;
        }
        catch (problem) {
            return signal.aborted ? 0 : this.#fail(problem);
        }
        finally {
            clearTimeout(timer);
            signal.removeEventListener('abort', end);
        }
    }

    #fail(problem) {
        if (problem.isDenied) {
            this.stop();
            this.#told.denied();
            return 0;
        }
        this.#failures += 1;
        this.#told.lost();
        return Math.min(1000 * 2 ** this.#failures, LONGEST);
    }
}
