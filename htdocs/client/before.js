/* What the room tells of its past when it is asked. */

import { request } from './request.js';

/** @import { Chat, Message } from './types.js' */

/* signal: an AbortSignal, or none. */
async function ask({ room }, query, signal) {
    const answer = await request(room, query, { signal });
    const { events, more, ...told } = await answer.json();

    return { events, more: Boolean(more), ...told };
}

/** @returns {Message[]} */
function messagesOf(events, { you }) {
    return events.filter(({ type }) => type === 'message')
        .map((message) => ({ ...message, own: message.from.id === you?.id }));
}

/** Messages that are older than this one.  A page of the server is bounded.
 *  @param {Chat} chat
 *  @param {string} id
 *  @param {number} limit */
export async function requestBefore(chat, id, limit = 50) {
    let found = [];
    let isMore = true;

    while (isMore && found.length < limit) {
        const from = encodeURIComponent(found[0]?.id ?? id);
        const { events, more } = await ask(chat,
            `before=${from}&limit=${limit - found.length}`);

        found = [...events, ...found];
        isMore = more && events.length > 0;
    }
    return { messages: messagesOf(found, chat), more: isMore };
}

/** Messages that are newer, as many as the server gives at once.  A gap: what
 *  followed is gone, and they are those that the room still has.
 *  @param {Chat} chat
 *  @param {string} id */
export async function requestAfter(chat, id) {
    let messages = [];
    let at = id;
    let isMore = true;
    let hasGap = false;

    while (isMore && messages.length === 0) {
        const { events, more, cursor, gap } = await ask(chat,
            `after=${encodeURIComponent(at)}`);

        messages = messagesOf(events, chat);
        isMore = more && cursor !== at;
        hasGap ||= Boolean(gap);
        at = cursor;
    }
    return { messages, more: isMore, gap: hasGap };
}

/** The newest messages that have all of the words.  `cursor`: where to look on,
 *  also if nothing was found so far.
 *  @param {Chat} chat
 *  @param {string} words
 *  @param {{ before?: string, limit?: number, signal?: AbortSignal }} options */
export async function requestSearch(chat, words, { before, limit, signal } = {}) {
    const query = Object.entries({ search: words, before, limit })
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
    const { events, more, cursor } = await ask(chat, query.join('&'), signal);

    return { messages: messagesOf(events, chat), more, cursor };
}
