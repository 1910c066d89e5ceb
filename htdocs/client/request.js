/* Requests to a room, and what their answers mean. */

import { parse } from './room.js';

/** @import { Chat, Room, Trouble } from './types.js' */

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
    constructor({ code, text, status, retry, login, isTold, challenge }) {
        super(text ?? code);
        this.code = code;
        this.text = text;
        this.status = status;
        this.retry = retry;
        this.login = login;
        this.isTold = isTold;
        this.challenge = challenge;
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
    const { code, text, retry } = parse(await answer.text());
    const isTold = typeof code === 'string';

    return new Problem({
        code: isTold ? code : CODES[status]
            ?? (status < 500 ? 'forbidden' : 'unavailable'),
        text: isTold && text ? String(text) : undefined,
        status,
        retry: retry > 0 ? retry : secondsUntil(headers.get('Retry-After')),
        login: status === 401 || status === 403,
        isTold,
        challenge: headers.get('WWW-Authenticate'),
    });
}

/** Rejects with a Problem if there was an answer.  A redirect is none: it leads
 *  to a login.  No cache: a site's rules for it are not for us, and a stalled
 *  stream would hold up all other requests of its URL.
 *  @param {Room} room
 *  @param {string} query - without its question mark
 *  @param {RequestInit & { accept?: string }} options */
export async function request(room, query, { accept = 'application/json',
    headers, ...options } = {}) {
    const answer = await fetch(room.address(query), {
        cache: 'no-store',
        credentials: room.key || room.isOwn ? 'same-origin' : 'include',
        redirect: 'manual',
        ...options,
        headers: {
            Accept: accept,
            ...headers,
            ...(room.key && { 'X-Chatws-Key': room.key }),
        },
    });

    if (!answer.ok) {
        throw await problemOf(answer);
    }
    return answer;
}

/** Messages that are older than this one.  A page of the server is bounded.
 *  @param {Chat} chat
 *  @param {string} id
 *  @param {number} limit */
export async function requestBefore({ room, you }, id, limit = 50) {
    let messages = [];
    let isMore = true;

    while (isMore && messages.length < limit) {
        const from = encodeURIComponent(messages[0]?.id ?? id);
        const answer = await request(room,
            `before=${from}&limit=${limit - messages.length}`);
        const { events, more } = await answer.json();

        messages = [...events, ...messages];
        isMore = Boolean(more) && events.length > 0;
    }
    for (const message of messages) {
        message.own = message.from.id === you?.id;
    }
    return { messages, more: isMore };
}
