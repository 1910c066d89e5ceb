/* A room of mod_chatws, for a page, a worker or a program.
 *
 *     import { connect } from './chatws.js';
 *     const chat = connect('/chat/lobby', { onMessage: console.log });
 *     chat.send('Hello');
 *
 * docs/CLIENT.md says how to use it, and how it works and why ("Inside").  The
 * parts are in client/: those that a WebSocket does not need are loaded only
 * where there is none. */

import { Chat } from './client/chat.js';

export function connect(url, options = {}) {
    return new Chat(url, options);
}
