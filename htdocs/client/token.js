/* Who the reader is, said by a token of the site's, and when another one is
 * needed.  The server sends a connection away in the last minute of its token:
 * what ends so soon is not used again. */

import { Problem } from './request.js';
import { parse } from './room.js';

/** @import { Connection } from './types.js' */

const SOON = 90000;         /* milliseconds */
const PATIENCE = 10000;     /* until the page's function has to answer */
const FORM = /^[\w.-]+$/;

/* What it says; who checks it is the server. */
function claimsOf(token) {
    const [, claims = ''] = token.split('.');

    try {
        return parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/')));
    }
    catch {
        return {};
    }
}

/* When it is no longer used.  The clock of the browser may be wrong: then it is
 * known how long a token lasts that has just been made. */
function endOf({ exp, iat }) {
    const ends = [1000 * exp, Date.now() + 1000 * (exp - iat)];

    return Math.min(...ends.filter(Number.isFinite)) - SOON;
}

/* The page's function may never answer. */
function ask(source) {
    return Promise.race([
        typeof source === 'function' ? source() : source,
        new Promise((_, reject) => {
            setTimeout(reject, PATIENCE, new Error('there is no token'));
        }),
    ]);
}

async function take(chat) {
    const { room, token: source } = chat;
    const token = String(await ask(source) ?? '').trim();
    const claims = claimsOf(token);

    if (token && !FORM.test(token)) {
        throw new Problem({ code: 'bad_token', status: 401, login: true,
            text: 'This is no token.' });
    }
    if (room.user !== claims.sub) {
        chat.leave();               /* tabs share what one person is told */
    }
    if (room.token !== token) {
        room.tokenEnds = endOf(claims);
    }
    room.token = token;
    room.source = source;
    room.user = claims.sub;
}

/* What was refused is asked for anew. */
async function attempt(room, go) {
    const { token } = room;

    try {
        return await go();
    }
    catch (problem) {
        if (problem.code === 'bad_token' && room.token === token) {
            room.tokenEnds = 0;
        }
        throw problem;
    }
}

/* A request, once more with another token if that was refused: one of the same
 * person, for nobody else says what this one wanted to say. */
async function renewing(chat, go) {
    const { room } = chat;
    const { token, user } = room;

    try {
        return await attempt(room, go);
    }
    catch (problem) {
        const isRefused = problem.code === 'bad_token'
            && typeof chat.token === 'function';

        if (isRefused && room.token === token) {
            room.taking ??= take(chat).finally(() => {
                room.taking = null;
            });
            await room.taking;
        }
        if (!isRefused || !room.token || room.token === token
            || room.user !== user) {
            throw problem;
        }
    }
    return attempt(room, go);
}

/** Before a connection.  Rejects if there is none to be had.
 *  @param {Connection} chat */
export async function bringToken(chat) {
    const { room } = chat;

    room.renewing = (go) => renewing(chat, go);
    if (!room.token || room.source !== chat.token
        || !(Date.now() < Number(room.tokenEnds))) {
        await take(chat);
    }
}
