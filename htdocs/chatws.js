/* A room of mod_chatws: docs/CLIENT.md. */

import { Chat } from './client/chat.js';

/** @type {typeof import('./chatws.d.ts').connect} */
export function connect(url, options = {}) {
    return new Chat(url, options);
}
