/* A room that is closed for its reader, until something changes. */

import { delay, isHidden } from './line.js';
import { isGuest } from './room.js';
import { local } from './storage.js';

/** @import { Chat, Problem } from './types.js' */

const MOMENT = 1000;
const RECENT = 60000;
const PROBE = 3000;

const heardOf = new WeakMap();  /* by chat: the last login it has tried */
const visits = new WeakMap();   /* by chat: what its page was asked */

/* True once for each login of the last minute. */
function isNews(chat) {
    const loggedInAt = Number(local.load(chat.room.place('login')));
    const known = heardOf.get(chat) ?? Date.now() - RECENT;

    heardOf.set(chat, Math.max(loggedInAt, known));
    return loggedInAt > known;
}

/* The reader may have logged in elsewhere: in another tab, which leaves word in
 * the storage, or in another window.  One attempt each time. */
function watch(chat) {
    const { refusal } = chat;
    const watching = new AbortController();
    const attempt = () => {
        watching.abort();
        if (chat.refusal === refusal) {
            chat.reconnect();
        }
    };
    const listen = (target, type, matters) => target?.addEventListener?.(type,
        (event) => matters(event) && attempt(), { signal: watching.signal });

    listen(globalThis.document, 'visibilitychange', () => !isHidden());
    listen(globalThis, 'storage',
        ({ key }) => key === chat.room.place('login'));
    /* The word may have come while the refusal was on its way: nobody listened
     * then, and what a tab sees of the storage may be a moment old. */
    delay(() => {
        if (chat.refusal === refusal && refusal.status === 401
            && isNews(chat)) {
            attempt();
        }
    }, MOMENT);
}

async function visitPage() {
    try {
        const { ok } = await fetch(location.href, { method: 'HEAD',
            cache: 'no-store', redirect: 'manual',
            signal: AbortSignal.timeout(PROBE) });

        return ok;
    }
    catch {
        return false;
    }
}

/* Whose page has been open for long has an old token in the cookie.  Asked
 * again, once, the page sets another one if the reader is still logged in. */
async function renewsCookie(chat) {
    const visit = visits.get(chat) ?? { next: 0, answer: null };

    if (chat.token !== undefined || !chat.room.isOwn || !globalThis.document) {
        return false;
    }
    if (!visit.answer && Date.now() > visit.next) {
        visit.next = Date.now() + RECENT;
        visit.answer = visitPage().finally(() => {
            visit.answer = null;
        });
        visits.set(chat, visit);
    }
    return Boolean(await visit.answer);
}

function close(chat, problem) {
    const { code, reason, text = reason, status = 403, retry, login } = problem;
    const isVerified = chat.you && !isGuest(chat.you);

    chat.halt();
    chat.leave();
    const refusal = { code, text, status, for: problem.for, reason,
        login: Boolean(login) && !(status === 403 && isVerified) };

    chat.refusal = refusal;
    chat.call('onEvent', { type: 'error', code, text, status, retry,
        for: problem.for });
    chat.become('closed');
    chat.outbox.hold(code);
    if (refusal.login) {
        watch(chat);
    }
}

/** The room does not let its reader in, or no longer: `bye` has a reason.
 *  @param {Chat} chat
 *  @param {Problem} problem */
export async function refuse(chat, problem) {
    const { lines } = chat;
    const isRenewed = problem.code === 'bad_token' && await renewsCookie(chat);

    if (lines === chat.lines && isRenewed) {
        chat.ladder?.unblock();
        chat.open();
    }
    else if (lines === chat.lines) {
        close(chat, problem);
    }
}
