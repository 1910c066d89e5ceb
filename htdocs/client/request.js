/* Requests to a room, and what their answers mean. */

import { parse } from './room.js';

/** @import { Room, Trouble } from './types.js' */

const TRANSIENT = [408, 425, 429];
const CODES = {
    401: 'login_required',
    404: 'not_found',
    429: 'rate_limited',
};

/** An answer that is none: what the error event says, and the status.
 *  @implements {Trouble} */
export class Problem extends Error {
    /** @param {Trouble & { code: string, status: number }} trouble */
    constructor(trouble) {
        super(trouble.text ?? trouble.code);
        Object.assign(this, trouble);
    }

    /* Trying again does not help. */
    get isFinal() {
        return this.status < 500 && !TRANSIENT.includes(this.status);
    }
}

/* Retry-After is a number of seconds or a date. */
function secondsUntil(time) {
    const seconds = Number(time ?? NaN);

    return seconds >= 0 ? seconds
        : Math.max(0, (Date.parse(time) - Date.now()) / 1000) || undefined;
}

async function problemOf(answer) {
    const { status, headers, type } = answer;

    if (type === 'opaqueredirect' || (status >= 300 && status < 400)) {
        return new Problem({ code: 'login_required', status: 302,
            login: true });
    }
    const { code, text, retry, ...told } = parse(await answer.text());
    const isTold = typeof code === 'string';

    return new Problem({
        code: isTold ? code : CODES[status]
            ?? (status < 500 ? 'forbidden' : 'unavailable'),
        text: isTold && text ? String(text) : undefined,
        status,
        retry: retry > 0 ? retry : secondsUntil(headers.get('Retry-After')),
        for: told.for > 0 ? told.for : undefined,
        reason: told.reason ? String(told.reason) : undefined,
        login: status === 401 || (status === 403 && code !== 'banned'),
        isTold,
        challenge: headers.get('WWW-Authenticate'),
    });
}

/* A redirect is none: it leads
 *  to a login.  No cache: a site's rules for it are not for us, and a stalled
 *  stream would hold up all other requests of its URL. */
async function ask(room, query, { accept = 'application/json',
    headers = {}, ...options }) {
    const answer = await fetch(room.address(query), {
        cache: 'no-store',
        credentials: room.key || room.token || room.isOwn ? 'same-origin' : 'include',
        redirect: 'manual',
        ...options,
        headers: {
            Accept: accept,
            ...headers,
            ...(room.key && { 'X-Chatws-Key': room.key }),
            ...(room.token && { Authorization: `Bearer ${room.token}` }),
        },
    });

    if (!answer.ok) {
        throw await problemOf(answer);
    }
    return answer;
}

/** Rejects with a Problem if there was an answer.
 *  @param {Room} room
 *  @param {string} query - without its question mark
 *  @param {RequestInit & { accept?: string }} options
 *  @returns {Promise<Response>} */
export async function request(room, query, options = {}) {
    const go = () => ask(room, query, options);

    return room.renewing ? room.renewing(go) : go();
}
