/* A room of mod_chatws, for a page, a worker or a program; its parts are in
 * client/.  docs/CLIENT.md: how to use it, how it works and why ("Inside"). */

import { Chat } from './client/chat.js';

/** @type {typeof import('./chatws.d.ts').connect} */
export function connect(url, options = {}) {
    return new Chat(url, options);
}
