/* Four ways for a browser to hear of new messages, each as short as it gets. The
 * fifth is a WebSocket as well, and only its feed asks for something else.
 *
 * Each is a function of a feed and an AbortSignal, and runs until the signal
 * aborts. The feed is the page's side:
 *     feed.cursor             the last id that was seen; the way moves it on
 *     feed.url(query)         the room with this query, as text
 *     feed.interval()         milliseconds between two polls
 *     feed.heard(events, size)
 *                             what came, and the bytes of its JSON; an empty
 *                             answer has no events
 *     feed.state(open)        whether the way works at the moment
 *     feed.agreed(extensions) of a WebSocket, as it opens: `extensions` of it
 * Used by compare.js. */

const RETRY = 2000;
const LONGEST_WAIT = 25;        /* seconds that a long-poll asks for */
const SHORTEST_TURN = 500;      /* a server without a place answers at once */

/* Polling: ask, wait a while, ask again. */
export async function poll(feed, signal) {
    while (!signal.aborted) {
        const asked = performance.now();

        await ask(feed, { after: feed.cursor }, signal);
        /* In short steps: the reader may choose another interval. */
        while (!signal.aborted
            && performance.now() < asked + feed.interval()) {
            await pause(Math.min(200,
                asked + feed.interval() - performance.now()), signal);
        }
    }
}

/* Long-polling: ask, and let the server answer when there is something. */
export async function longPoll(feed, signal) {
    while (!signal.aborted) {
        const asked = performance.now();
        const count = await ask(feed, { after: feed.cursor,
            wait: LONGEST_WAIT }, signal);

        if (count === 0 && performance.now() - asked < SHORTEST_TURN) {
            await pause(RETRY, signal);
        }
    }
}

/* Server-sent events: one answer that does not end. The browser connects
 * again by itself, with the last id, unless the server refuses. */
export async function serverSentEvents(feed, signal) {
    while (!signal.aborted) {
        const source = new EventSource(feed.url({ after: feed.cursor }));

        source.onopen = () => feed.state(true);
        source.onmessage = ({ data }) => take(feed, [JSON.parse(data)],
            bytesOf(data));
        await new Promise((resolve) => {
            signal.addEventListener('abort', resolve, { once: true });
            source.onerror = () => {
                feed.state(false);
                if (source.readyState === EventSource.CLOSED) {
                    resolve();
                }
            };
        });
        source.close();
        await pause(RETRY, signal);
    }
}

/* WebSocket: one connection on which both sides speak when they like. */
export async function webSocket(feed, signal) {
    while (!signal.aborted) {
        const url = new URL(feed.url({ after: feed.cursor }));

        url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
        const socket = new WebSocket(url, ['chatws.v1']);

        socket.onopen = () => {
            feed.agreed(socket.extensions);
            feed.state(true);
        };
        socket.onmessage = ({ data }) => take(feed, [JSON.parse(data)],
            bytesOf(data));
        await new Promise((resolve) => {
            signal.addEventListener('abort', resolve, { once: true });
            socket.onclose = resolve;
        });
        socket.onmessage = null;
        socket.close();
        feed.state(false);
        await pause(RETRY, signal);
    }
}

/* One question and its answer, for both kinds of polls. Gives the number of
 * messages, or null after a failure and a pause. */
async function ask(feed, query, signal) {
    try {
        const answer = await fetch(feed.url(query), { signal });

        if (!answer.ok) {
            throw new Error(`status ${answer.status}`);
        }
        const body = await answer.arrayBuffer();
        const { cursor, events, more } = JSON.parse(
            new TextDecoder().decode(body));

        feed.state(true);
        take(feed, events, body.byteLength);
        feed.cursor = cursor;
        return events.length
            + (more && events.length && !signal.aborted
                ? await ask(feed, { after: cursor }, signal) : 0);
    }
    catch {
        feed.state(false);
        await pause(RETRY, signal);
        return null;
    }
}

/* Hands on what came; the cursor follows the messages, and hello sets it. */
function take(feed, events, size) {
    for (const event of events) {
        if (event.type === 'message') {
            feed.cursor = event.id;
        }
        else if (event.type === 'hello') {
            feed.cursor ??= event.cursor;
        }
    }
    feed.heard(events, size);
}

function bytesOf(text) {
    return new TextEncoder().encode(text).length;
}

/* Resolves after a while, and at once when the signal aborts. */
export function pause(milliseconds, signal) {
    return new Promise((resolve) => {
        if (signal.aborted) {
            resolve();
            return;
        }
        signal.addEventListener('abort', resolve, { once: true });
        setTimeout(() => {
            signal.removeEventListener('abort', resolve);
            resolve();
        }, Math.max(0, milliseconds));
    });
}
