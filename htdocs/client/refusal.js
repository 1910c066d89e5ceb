/* A room that is closed for its reader, until something changes. */

import { isHidden } from './line.js';
import { isGuest } from './room.js';

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
}

export function refuse(chat, { code, text, status, retry, login }) {
    const isVerified = chat.you && !isGuest(chat.you);

    chat.halt();
    chat.leave();
    chat.refusal = { code, text, status,
        login: Boolean(login) && !(status === 403 && isVerified) };
    chat.call('onEvent', { type: 'error', code, text, status, retry });
    chat.become('closed');
    chat.outbox.hold(code);
    if (chat.refusal.login) {
        watch(chat);
    }
}
