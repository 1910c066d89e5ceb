/* What one run has measured: the server's counters, read once a second, and
 * the page's own times. No DOM. Used by compare.js. */

/* In the order of the columns; the names are those of the server's meter. */
export const WAYS = ['poll', 'longpoll', 'sse', 'websocket'];

const COUNTERS = ['requests', 'sent', 'received', 'packets_sent',
    'packets_received', 'wire_sent', 'wire_received'];

function forWays(make) {
    return Object.fromEntries(WAYS.map((way) => [way, make(way)]));
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
    /* {at, traffic, facts, ways: {way: {messages, text, empty}}}, ascending. */
    samples = [];
    /* For each way what arrived: {at, messages}, a mark in the chart. */
    arrivals = forWays(() => []);
    /* [{at, name}]: where a phase of the run began. */
    phases = [];

    #began = performance.now();
    #sent = new Map();
    #delays = forWays(() => []);
    #totals = forWays(() => ({ messages: 0, text: 0, empty: 0 }));

    /* Seconds since the run began. */
    now() {
        return (performance.now() - this.#began) / 1000;
    }

    /* A message is about to leave. */
    sent(ref) {
        this.#sent.set(ref, performance.now());
    }

    /* Events of one answer or one frame; only messages are deliveries. */
    heard(way, events) {
        const totals = this.#totals[way];
        const messages = events.filter((event) => event.type === 'message'
            && this.#sent.has(event.ref));

        for (const message of messages) {
            totals.messages += 1;
            totals.text += message.text.length;
            this.#delays[way].push({ at: this.now(),
                delay: performance.now() - this.#sent.get(message.ref) });
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
    sample(traffic, facts) {
        this.samples.push({ at: this.now(), traffic, facts,
            ways: forWays((way) => ({ ...this.#totals[way] })) });
    }

    get last() {
        return this.samples.at(-1);
    }

    /* Figures of a way between two samples; the whole run without them. */
    between(way, from = null, to = this.last) {
        const difference = (part, name) => to[part][way][name]
            - (from ? from[part][way][name] : 0);
        const figures = {};

        for (const name of COUNTERS) {
            figures[name] = difference('traffic', name);
        }
        for (const name of ['messages', 'text', 'empty']) {
            figures[name] = difference('ways', name);
        }
        figures.wire = figures.wire_sent + figures.wire_received;
        figures.packets = figures.packets_sent + figures.packets_received;
        figures.each = figures.messages ? figures.wire / figures.messages
            : null;
        figures.share = figures.wire ? figures.text / figures.wire : null;
        figures.delay = median(this.#delays[way]
            .filter(({ at }) => at <= to.at && (!from || at > from.at))
            .map(({ delay }) => delay));
        return figures;
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

    /* All samples, a line for each way of each. */
    csv() {
        const facts = Object.keys(this.samples[0]?.facts ?? {});
        const lines = [['second', 'transport', ...facts, ...COUNTERS,
            'messages', 'text_bytes', 'empty_answers', 'median_delay_ms']];

        for (const sample of this.samples) {
            for (const way of WAYS) {
                const { messages, text, empty } = sample.ways[way];
                const delay = this.between(way, null, sample).delay;

                lines.push([sample.at.toFixed(3), way,
                    ...facts.map((name) => sample.facts[name]),
                    ...COUNTERS.map((name) => sample.traffic[way][name]),
                    messages, text, empty,
                    delay === null ? '' : delay.toFixed(1)]);
            }
        }
        return lines.map((line) => `${line.join(',')}\r\n`).join('');
    }
}
