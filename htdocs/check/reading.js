/* Reads what is answered, until a deadline, and tells what is wrong with an
 * answer.  Used by probes.js. */

import { readEvents } from '../client/eventstream.js';

const SLOWEST_BODY = 5000;

/* What a status means when it is not the chat that says it. */
const STRANGE = { 401: 'login', 403: 'wall', 404: 'missing', 405: 'method',
    407: 'login', 413: 'size', 429: 'rate', 502: 'gateway', 503: 'gateway',
    504: 'gateway' };

/* What the chat's own refusals mean. */
const REFUSED = { read_only: 'readOnly', rate_limited: 'rate',
    rooms_full: 'full', forbidden: 'forbidden', too_long: 'size' };

/* code: a key of the causes in strings.js; detail: what helps somebody
 * who knows the server. */
export class Trouble extends Error {
    constructor(code, detail = '') {
        super(`${code} ${detail}`.trim());
        this.code = code;
        this.detail = detail;
    }
}

/* The promise's value, or Trouble when it comes too late. */
export function within(promise, milliseconds, code) {
    let timer = 0;
    const late = new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(new Trouble(code)), milliseconds);
    });

    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/* The object in a successful answer. */
export async function readJson(answer) {
    const body = answer.ok ? await readObject(answer) : null;

    if (!body) {
        throw await troubleOf(answer);
    }
    return body;
}

async function readObject(answer) {
    let text = '';

    try {
        text = await within(answer.clone().text(), SLOWEST_BODY, 'silent');
    }
    catch (error) {
        throw error instanceof Trouble ? error : new Trouble('cut');
    }
    try {
        const body = JSON.parse(text);

        return body && typeof body === 'object' ? body : null;
    }
    catch {
        return null;
    }
}

/* Why this answer is not the one that was asked for. */
export async function troubleOf(answer) {
    if (answer.type === 'opaqueredirect') {
        return new Trouble('redirect');
    }
    if (answer.ok) {
        return new Trouble('foreign', answer.headers.get('Content-Type')
            ?? `${answer.status}`);
    }
    const body = await readObject(answer);

    return body?.type === 'error'
        ? new Trouble(REFUSED[body.code] ?? 'status',
            `${answer.status} ${body.code}: ${body.text}`)
        : new Trouble(STRANGE[answer.status] ?? 'status', `${answer.status}`);
}

/* Events as they come, for whoever waits for one. */
export class Inbox {
    #events = [];
    #ended = null;
    #wake = () => {};

    putText(text) {
        try {
            this.#events.push(JSON.parse(text));
        }
        catch {
            this.#ended = new Trouble('foreign');
        }
        this.#wake();
    }

    end(trouble) {
        this.#ended ??= trouble;
        this.#wake();
    }

    /* The first event that is wanted, of all that came or come in time. */
    async take(isWanted, milliseconds, code) {
        const until = performance.now() + milliseconds;

        for (;;) {
            const found = this.#events.find(isWanted);
            const left = until - performance.now();

            if (found) {
                return found;
            }
            if (this.#ended || left <= 0) {
                throw this.#ended ?? new Trouble(code);
            }
            await new Promise((resolve) => {
                this.#wake = resolve;
                setTimeout(resolve, left);
            });
        }
    }
}

/* Fills the inbox from an event stream until that ends. */
export async function readStream(body, inbox) {
    try {
        await readEvents(body, (text) => inbox.putText(text));
    }
    catch {
        /* cut; the inbox says so below */
    }
    inbox.end(new Trouble('ended'));
}
