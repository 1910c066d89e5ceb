/* Older messages than those that came by themselves. */

import { request } from './request.js';

/** @import { Chat } from './types.js' */

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
