/* The first request to a room, before its first line.
 *
 * A visitor without a cookie gets one with each answer: two elements, two tabs
 * or two transports at once would be as many guests.  So one request is alone,
 * until the browser has the cookie.  And it has to be one that raises no
 * dialog: a browser asks for a password on any fetch with credentials. */

import { keepsCookies } from './browser.js';
import { randomHex } from './random.js';
import { request } from './request.js';
import { local, session } from './storage.js';

/** @import { Connection, Room } from './types.js' */

const REQUEST = 5000;
const TYPING = 120000;      /* whoever is asked for a password may take that */
const HOUR = 3600000;
const KEY = 16;             /* bytes */

const underway = new Map();     /* by origin: the last arrival of this page */

function wasLoggedIn(room) {
    return Date.now() - Number(local.load(room.place('login'))) < HOUR;
}

/* To the room, or to a page of the site that asks for the same password. */
async function isLoggedIn(room, challenge) {
    const { isRemembered } = await import('./login.js');

    return wasLoggedIn(room) || isRemembered(challenge);
}

/** It did not answer as it should: a login may be over.
 *  @param {Room} room */
export function doubt(room) {
    if (wasLoggedIn(room)) {
        session.drop(room.place('open', room.url));
    }
}

/* Where there are no cookies each request would be another guest's: in a
 * sandboxed frame, whose origin is 'null', or in a program, which has none. */
function drawKey(room) {
    const isForeign = globalThis.location && globalThis.origin !== 'null'
        && !room.isOwn;

    if (!room.key && !isForeign && !(room.isOwn && keepsCookies())) {
        room.key = randomHex(KEY);
        session.save(room.place('key'), room.key);
    }
}

/* The bundled page of the room: it was let in already. */
function isPage({ isOwn, url }) {
    return isOwn && new URL(url).pathname === location.pathname;
}

/* Without credentials there is no dialog.  True if a password is asked for, and
 * the browser has it. */
async function hasPassword(room) {
    if (isPage(room) || session.load(room.place('open', room.url))) {
        return false;
    }
    try {
        await request(room, 'history=0', { credentials: 'omit',
            signal: AbortSignal.timeout(REQUEST) });
        return false;
    }
    catch (problem) {
        const { status, challenge } = problem;

        /* Without an answer it is not known whether there would be a dialog. */
        if (!status || (challenge && !await isLoggedIn(room, challenge))) {
            throw problem;
        }
        return Boolean(challenge);
    }
}

async function ask(room) {
    const isAsked = await hasPassword(room);

    try {
        await request(room, 'history=0', {
            signal: AbortSignal.timeout(isAsked ? TYPING : REQUEST) });
        room.note(null);
    }
    catch (problem) {
        if (problem.status === 401) {
            local.drop(room.place('login'));
        }
        /* What is wrong with the server the lines will find out. */
        if (!problem.status || problem.isFinal || problem.retry) {
            throw problem;
        }
    }
}

/* Alone among the tabs of this browser, where that can be had. */
async function alone(room, act) {
    let outcome;
    const once = () => {
        outcome ??= act();
        return outcome;
    };

    try {
        await navigator.locks.request(room.place('arrival'),
            { signal: AbortSignal.timeout(REQUEST) }, once);
    }
    catch {
        /* There are no locks, this page may not have them, or somebody holds
         * it for too long; what act() says is said below. */
    }
    return once();
}

/** Rejects with a Problem if the room refuses.
 *  @param {Connection} chat */
export async function arrive(chat) {
    const { room } = chat;

    if (chat.token !== undefined) {
        const { bringToken } = await import('./token.js');

        await bringToken(chat);
    }
    drawKey(room);
    if (!room.isOwn || room.isKnown) {
        return;
    }
    const before = underway.get(room.origin);
    const now = (async () => {
        await before?.catch(() => {});
        if (!room.isKnown) {
            await (room.key ? ask(room) : alone(room, () => ask(room)));
        }
    })();

    underway.set(room.origin, now);
    await now;
}
