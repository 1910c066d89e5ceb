/* What the page asks the server, and what it tells it to do.  Used by the
 * modules of the status page. */

import { parse } from '../client/room.js';

const LIST = '?format=json&';

/** Why it was not done: the server's own sentence, if it had one. */
export class Refusal extends Error {
    constructor({ status, headers }, { code, text } = {}) {
        super(text ?? '');
        this.status = status;
        this.code = code;
        this.again = Number(headers.get('Retry-After')) || 0;
    }

    /* The reader may not see this page any more. */
    get isDenied() {
        return [401, 403, 404].includes(this.status);
    }
}

async function check(answer) {
    if (!answer.ok) {
        throw new Refusal(answer, parse(await answer.text()));
    }
    return answer;
}

export class Server {
    #address = location.pathname;
    #token = '';

    /* The event stream, as an answer. */
    async stream(signal) {
        return check(await fetch(this.#address, { signal, cache: 'no-store',
            headers: { Accept: 'text/event-stream' } }));
    }

    /* Lists by their words; query: {room, q}, what is empty is not asked. */
    async lists(words, query = {}) {
        const asked = Object.entries(query).filter(([, value]) => value)
            .map(([key, value]) => `&${key}=${encodeURIComponent(value)}`);
        const answer = await check(await fetch(
            `${this.#address}${LIST}list=${words}${asked.join('')}`,
            { cache: 'no-store', headers: { Accept: 'application/json' } }));
        const told = await answer.json();

        this.#token = told.token ?? '';
        return told;
    }

    /* Does it.  A token of before a restart is another one now. */
    async act(deed) {
        try {
            return await this.#post(deed);
        }
        catch (refusal) {
            const old = this.#token;

            if (refusal.status !== 403) {
                throw refusal;
            }
            await this.lists('health');
            if (!this.#token || this.#token === old) {
                throw refusal;
            }
            return this.#post(deed);
        }
    }

    async #post(deed) {
        const answer = await check(await fetch(this.#address, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json',
                'X-Chat-Token': this.#token },
            body: JSON.stringify(deed),
        }));

        return answer.json();
    }
}
