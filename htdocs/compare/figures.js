/* What one run has measured: the server's counters, read once a second, and
 * the page's own times. No DOM. Used by compare.js.
 *
 * What opening a connection costs is kept apart from what runs on it: it is
 * left out of every other figure, also that of a reconnection. A held long-poll
 * of HTTP/1.1 may end its connection, though, so this way needs one again and
 * again: its first one is left out, the others are what it costs as it runs.
 * Polls share the connections of the page, which the others keep open. */

/* In the order of the columns. The names are those of the server's meter; but
 * `deflate` is a WebSocket, too, with compression and a meter of its own. */
export const WAYS = ['poll', 'longpoll', 'sse', 'websocket', 'deflate'];
/* Those that the server's meter calls WebSockets. */
export const SOCKETS = ['websocket', 'deflate'];

/* Ways that need a new connection each time. */
const REOPENING = ['longpoll'];

/* What is counted beside them: the POSTs that publish the messages. */
const METERED = [...WAYS, 'post'];

/* Bytes and packets as the server sees them; plain_ is what TLS carries. */
const TRAFFIC = ['sent', 'received', 'packets_sent', 'packets_received',
    'wire_sent', 'wire_received', 'plain_sent', 'plain_received'];
const COUNTERS = ['requests', ...TRAFFIC];
const HEARD = ['messages', 'text', 'payload', 'empty'];

const UTF8 = new TextEncoder();

function forEach(ways, make) {
    return Object.fromEntries(ways.map((way) => [way, make(way)]));
}

function forWays(make) {
    return forEach(WAYS, make);
}

function bytesOf(text) {
    return UTF8.encode(text).length;
}

/* The same shape from every server: without TLS, plain is what is sent. */
function complete(traffic = {}) {
    const all = Object.fromEntries(COUNTERS.map((name) => [name, 0]));

    return { ...all, plain_sent: traffic.sent ?? 0,
        plain_received: traffic.received ?? 0, ...traffic };
}

function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;

    if (sorted.length === 0) {
        return null;
    }
    return sorted.length % 2 ? sorted[middle]
        : (sorted[middle - 1] + sorted[middle]) / 2;
}

export class Figures {
    /* {at, facts, traffic, opened, ways}, ascending. The last three have a part
     * for each way: what the meter says, how much of that opened it (the same
     * names and `connections`), and {messages, text, payload, empty}. */
    samples = [];
    /* For each way what arrived: {at, messages}, a mark in the chart. */
    arrivals = forWays(() => []);
    /* [{at, name}]: where a phase of the run began. */
    phases = [];
    /* Bytes of JSON from which on a message is compressed. */
    least = Infinity;

    #began = performance.now();
    #sent = new Map();
    #delays = forEach(METERED, () => []);
    #totals = forEach(METERED,
        () => ({ messages: 0, text: 0, payload: 0, empty: 0 }));
    #first = {};

    /* Seconds since the run began. */
    now() {
        return (performance.now() - this.#began) / 1000;
    }

    /* A message is about to leave. */
    sent(ref) {
        this.#sent.set(ref, performance.now());
    }

    /* A message has been sent: bytes of its text, and of the JSON that the POST
     * and its answer had. */
    posted(text, size) {
        const totals = this.#totals.post;

        totals.messages += 1;
        totals.text += bytesOf(text);
        totals.payload += size;
    }

    /* Events of one answer or one frame, and the bytes of JSON they came as;
     * only messages are deliveries. A hello belongs to the opening. */
    heard(way, events, size = 0) {
        const totals = this.#totals[way];
        const messages = events.filter((event) => event.type === 'message'
            && this.#sent.has(event.ref));

        for (const message of messages) {
            totals.messages += 1;
            totals.text += bytesOf(message.text);
            this.#delays[way].push({ at: this.now(),
                delay: performance.now() - this.#sent.get(message.ref) });
        }
        if (!events.some((event) => event.type === 'hello')) {
            totals.payload += size;
        }
        if (events.length === 0) {
            totals.empty += 1;
        }
        if (events.length === 0 || messages.length > 0) {
            this.arrivals[way].push({ at: this.now(),
                messages: messages.length });
        }
    }

    beginPhase(name) {
        this.phases.push({ at: this.now(), name });
    }

    /* What the meter says now; facts are columns of the CSV. */
    sample(told, facts) {
        const traffic = forEach(METERED, (way) => complete(told[way]));

        this.samples.push({ at: this.now(), traffic, facts,
            opened: forEach(METERED,
                (way) => this.#opened(way, traffic[way])),
            ways: forEach(METERED, (way) => ({ ...this.#totals[way] })) });
    }

    /* What of a way's traffic is left out of its running. */
    #opened(way, { opening }) {
        const connections = opening?.connections ?? 0;

        if (connections === 0) {
            return Object.fromEntries(
                ['connections', ...TRAFFIC].map((name) => [name, 0]));
        }
        const all = { ...complete(opening), connections };

        if (!REOPENING.includes(way)) {
            return all;
        }
        /* Nearly always one; a second one before the first reading is like
         * it. */
        this.#first[way] ??= Object.fromEntries(Object.entries(all)
            .map(([name, value]) => [name, Math.round(value / connections)]));
        return this.#first[way];
    }

    get last() {
        return this.samples.at(-1);
    }

    /* Figures of a way, or of 'post', between two samples; the whole run
     * without them. All but `opened`, what opening the way has cost, are of its
     * running. */
    between(way, from = null, to = this.last) {
        const difference = (part, name) => (to[part][way][name] ?? 0)
            - (from?.[part][way][name] ?? 0);
        const figures = { opened: {} };

        for (const name of ['connections', ...TRAFFIC]) {
            figures.opened[name] = difference('opened', name);
        }
        figures.opened.wire = figures.opened.wire_sent
            + figures.opened.wire_received;
        for (const name of COUNTERS) {
            figures[name] = difference('traffic', name)
                - (figures.opened[name] ?? 0);
        }
        for (const name of HEARD) {
            figures[name] = difference('ways', name);
        }
        figures.seconds = to.at - (from?.at ?? 0);
        figures.wire = figures.wire_sent + figures.wire_received;
        figures.packets = figures.packets_sent + figures.packets_received;
        figures.each = figures.messages ? figures.wire / figures.messages
            : null;
        figures.compressed = way === 'deflate' && figures.messages > 0
            && figures.payload >= figures.messages * this.least;
        figures.share = figures.wire
            ? split(way, figures).text / figures.wire : null;
        figures.delay = median(this.#delays[way]
            .filter(({ at }) => at <= to.at && (!from || at > from.at))
            .map(({ delay }) => delay));
        return figures;
    }

    /* Figures of all ways over one and the same window: what a headline and
     * the cards below it show together. The last `seconds` of the run, or all
     * of it when it is younger. */
    recent(seconds = Infinity) {
        const from = this.ago(seconds);

        return { from, to: this.last,
            seconds: this.last.at - (from?.at ?? 0),
            ways: forWays((way) => this.between(way, from)) };
    }

    /* What opening each way has cost so far. */
    opened(to = this.last) {
        return forWays((way) => this.between(way, null, to).opened);
    }

    /* The newest sample that is at least so many seconds older than the last,
     * or null: the run is younger. */
    ago(seconds) {
        return this.samples.findLast(
            (sample) => sample.at <= this.last.at - seconds) ?? null;
    }

    /* The last sample up to a moment, or null. */
    at(moment) {
        return this.samples.findLast((sample) => sample.at <= moment) ?? null;
    }

    /* All samples, a line for each way of each: its running and, apart from
     * that, its opening since the run began. */
    csv() {
        const facts = Object.keys(this.samples[0]?.facts ?? {});
        const opening = ['connections', ...TRAFFIC];
        const lines = [['second', 'transport', ...facts, ...COUNTERS,
            ...opening.map((name) => `opening_${name}`), 'messages',
            'text_bytes', 'payload_bytes', 'empty_answers',
            'median_delay_ms']];

        for (const sample of this.samples) {
            for (const way of WAYS) {
                const figures = this.between(way, null, sample);
                const { opened, delay } = figures;

                lines.push([sample.at.toFixed(3), way,
                    ...facts.map((name) => sample.facts[name]),
                    ...COUNTERS.map((name) => figures[name]),
                    ...opening.map((name) => opened[name]),
                    ...HEARD.map((name) => figures[name]),
                    delay === null ? '' : delay.toFixed(1)]);
            }
        }
        return lines.map((line) => `${line.join(',')}\r\n`).join('');
    }
}

/* The parts of a bar, from the text outwards; see split(). */
export const PARTS = ['text', 'json', 'head', 'record', 'packet'];

/* What a way's bytes on the wire were, in both directions, as the parts of a
 * stacked bar, which add up to `figures.wire`:
 *     text      what somebody has written
 *     json      what our protocol wraps around it
 *     head      heads of HTTP, frames of HTTP/2 or WebSocket, lines of an event
 *               stream
 *     record    what TLS adds (with handshakes, where a way needs them again
 *               and again)
 *     packet    headers of TCP and IP, also of packets without payload
 * Compressed, text and JSON are one: they share what that is as they shared what
 * it was. figures are those of between(); `count` divides all: the messages of that
 * time for a bar of each, or 1. The server counts bytes and the page what it
 * has heard, half a second apart at most: no part is below 0. */
export function split(way, figures, count = 1) {
    const plain = figures.plain_sent + figures.plain_received;
    const stream = figures.sent + figures.received;
    const payload = Math.min(figures.payload, plain);
    const text = figures.compressed && payload < figures.payload
        ? figures.text * (payload / figures.payload)
        : Math.min(figures.text, payload);
    const parts = { text, json: payload - text, head: plain - payload,
        record: stream - plain, packet: figures.wire - stream };

    for (const part of PARTS) {
        parts[part] = Math.max(0, parts[part]) / count;
    }
    return parts;
}

const MASK = 4;                 /* bytes of a browser's frame, RFC 6455 5.3 */

/* Bytes of a WebSocket frame's header. */
export function frameHeader(size, masked) {
    const length = size < 126 ? 0 : size < 65536 ? 2 : 8;

    return 2 + length + (masked ? MASK : 0);
}

/* What one message costs that is sent as a frame, as the parts of split(), to
 * stand beside the POST of split('post', ...): `body` is the bytes of its JSON,
 * `text` those of the text in it, `answer` those of the JSON of its ack. `link`
 * is the meter's `connection`: what TLS adds to a frame and TCP/IP to a packet.
 * The frame and its answer are a packet each, and the answer's ACK is one. */
export function frame({ text, body, answer }, link) {
    return { text, json: body - text + answer,
        head: frameHeader(body, true) + frameHeader(answer, false),
        record: 2 * link.record, packet: 3 * link.packet };
}

const MONTH = 30 * 24 * 3600;   /* seconds */

/* What so many visitors who are there all the time cost in a month, from what
 * one has cost in a window (figures of between(), at least a second long):
 * bytes on the wire, requests, packets. Null: nothing has been measured. */
export function costs(figures, visitors, seconds = MONTH) {
    if (!(figures.seconds >= 1)) {
        return null;
    }
    const times = visitors * (seconds / figures.seconds);

    return { bytes: figures.wire * times,
        sent: figures.wire_sent * times,
        requests: figures.requests * times,
        packets: figures.packets * times };
}
