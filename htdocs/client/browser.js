/* What is asked of the browser; a worker or a program lacks some of it. */

const TRIAL = 'chatws-trial-';

/* Whether a cookie like that of the chat is kept and sent: not in a sandboxed
 * frame, in a frame of another site, or where the visitor forbids it. */
export function keepsCookies() {
    if (!globalThis.document) {
        return true;                /* a worker cannot find out */
    }
    try {
        /* A name of its own: another tab may be taking its one away. */
        const name = TRIAL + Math.random();

        document.cookie = `${name}=1; SameSite=Lax`;
        const isKept = document.cookie.includes(name);

        document.cookie = `${name}=; SameSite=Lax; Max-Age=0`;
        return isKept;
    }
    catch {
        return false;
    }
}

/* Tabs that share need both; whether they are also allowed turns out later. */
export function canShare() {
    return Boolean(globalThis.location && globalThis.navigator?.locks
        && globalThis.BroadcastChannel);
}
