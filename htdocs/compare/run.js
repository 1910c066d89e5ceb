/* A run: all ways in a room of their own, the messages in it, and the server's
 * meters once a second. It knows steps and stretches, but not how they
 * look. Used by compare.js. */

import { Figures, SOCKETS, WAYS } from './figures.js';
import { Guide } from './guide.js';
import { look } from './look.js';
import { Publisher } from './publish.js';
import { stretchOf } from './result.js';
import { longPoll, poll, serverSentEvents, webSocket } from
    './sources.js';
import { randomHex } from '../client/random.js';

const SOURCES = { poll, longpoll: longPoll, sse: serverSentEvents,
    websocket: webSocket, deflate: webSocket };
const OPENING = 20000;          /* until the WebSocket's hello */
const PATIENCE = 8;             /* seconds until the meter must have begun */
const LONGEST = 1800;           /* seconds: then a forgotten page stops */
const SETTLED = 2;              /* seconds: then all ways have opened */
const WINDOW = 60;              /* seconds that a free run looks back */

/* What the browser spoke with whoever answered last; its list of resources
 * ends at 250, so it is emptied each time. */
function nextHop() {
    const entry = performance.getEntriesByType('resource').findLast(
        ({ name }) => name.includes('/_chatws/')
            && name.includes('/meter?'));

    performance.clearResourceTimings();
    return entry?.nextHopProtocol ?? '';
}

export class Run {
    figures = new Figures();
    /* The guided run's clock; null when the reader has taken over. */
    guide = null;
    /* [{name, from, to}]: samples; to is null while it goes on. */
    stretches = [];
    answer = null;                  /* the meter's last one */
    hop = '';

    #key = randomHex(8);
    #deflateKey = randomHex(8);     /* both are WebSockets to the server */
    #extensions = null;             /* of that one; null: not open yet */
    #room;
    #settings;
    #tell;
    #stopper = new AbortController();
    #feeds = {};
    #publisher;
    #timer = 0;
    #reading = false;

    /* tell: {began, sampled, ended, refused(why), heard(way, events),
     * state(way, open), looked(event)}. */
    constructor(room, settings, tell) {
        this.#room = room;
        this.#settings = settings;
        this.#tell = tell;
        this.#publisher = new Publisher(room,
            (ref) => this.figures.sent(ref),
            (text, size) => this.figures.posted(text, size));
    }

    get key() {
        return this.#key;
    }

    get over() {
        return this.#stopper.signal.aborted;
    }

    get perMinute() {
        return this.#publisher.perMinute;
    }

    /* Bytes of JSON from which on a message is compressed; 0: none is. */
    get least() {
        return this.#extensions === '' ? 0 : this.answer.compression;
    }

    isOpen(way) {
        return this.#feeds[way]?.open ?? true;
    }

    /* The address of a poll, as the request's head has it. */
    get pollPath() {
        const { pathname, search } = new URL(this.#feeds.poll.url(
            { after: this.#feeds.poll.cursor }));

        return pathname + search;
    }

    /* And that of a POST. */
    get postPath() {
        return `${this.#room.pathname}?meter=${this.#key}`;
    }

    async start(guided) {
        let onHello = null;
        const hello = new Promise((resolve) => { onHello = resolve; });

        this.guide = guided ? new Guide() : null;
        for (const way of WAYS) {
            this.#feeds[way] = this.#makeFeed(way, way === 'websocket'
                ? onHello : () => {});
        }
        const meter = await this.#readMeter(this.#key);

        if (meter && !this.over) {
            webSocket(this.#feeds.websocket, this.#stopper.signal);
            look(this.#room, randomHex(8), this.#tell.looked,
                this.#stopper.signal);
            setTimeout(onHello, OPENING, false);
        }
        const open = meter && await hello;

        if (this.over) {
            return;
        }
        if (open) {
            this.#begin();
        }
        else {
            this.#refuse(meter ? 'noSocket' : 'noMeter');
        }
    }

    /* All ways begin at the same position of the room. */
    #begin() {
        for (const way of WAYS) {
            if (way !== 'websocket') {
                this.#feeds[way].cursor = this.#feeds.websocket.cursor;
                SOURCES[way](this.#feeds[way], this.#stopper.signal);
            }
        }
        this.#publisher.start(this.#key);
        this.#timer = setInterval(() => this.#measure(), 1000);
        this.#tell.began();
    }

    stop() {
        this.#publisher.stop();
        this.#stopper.abort();
        clearInterval(this.#timer);
    }

    /* A stop that the reader sees: with last figures. */
    async finish() {
        await this.#measure();
        this.#end();
    }

    /* The guided run's next step, before its time. */
    skip() {
        if (this.figures.last && this.guide?.step) {
            this.#step();
        }
    }

    /* The reader chooses from now on. */
    takeOver() {
        this.guide = null;
        this.renew();
    }

    /* Other settings: what was measured with the old ones is closed, or, in a
     * guided run, forgotten: the step begins anew. */
    renew() {
        const current = this.stretches.at(-1);

        if (!current) {
            return;                 /* all of it is still to come */
        }
        if (this.guide) {
            current.from = this.figures.last;
            this.guide.restart(current.from.at);
            this.#enter(this.guide.step);
        }
        else {
            this.#beginStretch('free');
            this.#speak();
        }
    }

    /* What headline and columns speak of, or null: nothing is settled yet. */
    get now() {
        const current = this.stretches.at(-1);

        if (!current || current.from === this.figures.last) {
            return null;
        }
        const recent = current.name === 'free' ? this.figures.ago(WINDOW)
            : null;

        return stretchOf(this.figures, current.name,
            recent && recent.at > current.from.at ? recent : current.from,
            current.to ?? this.figures.last);
    }

    /* What a link keeps: the steps, and the whole or what the reader chose
     * after them, as plain numbers. */
    measured() {
        const last = this.figures.last;
        const steps = this.stretches.filter(({ name, from, to }) =>
            name !== 'free' && (to ?? last) !== from);
        const shown = steps.map(({ name, from, to }) =>
            stretchOf(this.figures, name, from, to ?? last));

        if (this.stretches.at(-1)?.name === 'free') {
            return this.now ? [...shown, this.now] : shown;
        }
        return steps.length > 1 ? [...shown, stretchOf(this.figures, 'all',
            steps[0].from, steps.at(-1).to ?? last)] : shown;
    }

    #beginStretch(name) {
        const current = this.stretches.at(-1);

        if (current && !current.to) {
            current.to = this.figures.last;
        }
        this.stretches.push({ name, from: this.figures.last, to: null });
        this.figures.beginPhase(name);
    }

    #speak() {
        const step = this.guide ? this.guide.step : this.#settings;

        this.#publisher.set(step?.rate ?? 0, this.#settings.size);
    }

    #step() {
        const step = this.guide.next(this.figures.last.at);

        if (!step) {
            this.#end();
            return;
        }
        this.#beginStretch(step.name);
        this.#enter(step);
        this.#tell.stepped();
    }

    #enter(step) {
        this.#speak();
        if (step.single) {
            this.#publisher.once(this.#settings.size);
        }
    }

    #end() {
        const current = this.stretches.at(-1);

        if (this.over) {
            return;
        }
        if (current && !current.to) {
            current.to = this.figures.last;
        }
        this.stop();
        this.#tell.ended();
    }

    #refuse(why) {
        this.stop();
        this.#tell.refused(why);
    }

    /* The page's side of one way; see sources.js. Of the two WebSockets one is
     * not compressed, as the other ways are not: text, JSON and heads are told
     * apart by their sizes. */
    #makeFeed(way, onHello) {
        const run = this;
        const own = {
            meter: way === 'deflate' ? run.#deflateKey : run.#key,
            uncompressed: way === 'websocket' ? '' : null,
        };

        return {
            cursor: null,
            open: true,
            interval: () => run.#settings.interval * 1000,
            url({ after, wait }) {
                const url = new URL(run.#room);
                const query = { ...own, after, wait };

                if (after === null) {
                    query.history = 0;
                }
                for (const [name, value] of Object.entries(query)) {
                    if (value !== undefined && value !== null) {
                        url.searchParams.set(name, value);
                    }
                }
                return url.href;
            },
            heard(events, size) {
                run.figures.heard(way, events, size);
                onHello(true);
                run.#tell.heard(way, events);
            },
            agreed(extensions) {
                if (way === 'deflate') {
                    run.#extensions = extensions;
                }
            },
            state(open) {
                if (!open) {
                    onHello(false);
                }
                if (this.open !== open && !run.over) {
                    this.open = open;
                    run.#tell.state(way, open);
                }
            },
        };
    }

    /* The answer of a meter, or null. It is asked exactly as a poll asks, for
     * its head is shown as an example of theirs. */
    async #readMeter(key) {
        const url = new URL(`meter?meter=${key}`, location.href);
        const answer = await fetch(url, { signal: this.#stopper.signal })
            .catch(() => null);

        return answer?.ok ? answer.json().catch(() => null) : null;
    }

    async #measure() {
        if (this.#reading || this.over) {
            return;                 /* an answer that is late is not doubled */
        }
        this.#reading = true;
        const answer = await this.#readMeter(this.#key);
        const other = answer && await this.#readMeter(this.#deflateKey);

        this.#reading = false;
        if (this.over || !other) {
            return;
        }
        answer.traffic.deflate = other.traffic.websocket;
        if (SOCKETS.some((way) => answer.traffic[way].requests === 0
            && this.isOpen(way))) {
            if (this.figures.now() > PATIENCE) {
                this.#refuse('noPlace');
            }
            return;
        }
        this.#keep(answer);
        this.#tell.sampled();
        this.#proceed();
    }

    #keep(answer) {
        this.answer = answer;
        this.hop = nextHop();
        this.figures.least = this.least || Infinity;
        this.figures.sample(answer.traffic, {
            phase: this.stretches.at(-1)?.name ?? '',
            polling_s: this.#settings.interval,
            per_minute: this.perMinute,
            text_bytes: this.#settings.size,
            cookie_bytes: this.#settings.extra,
            compressed_from: this.least,
            protocol: answer.protocol,
            browser_protocol: this.hop,
        });
    }

    /* The guided run goes on or ends, and so does a forgotten one. */
    #proceed() {
        const { at } = this.figures.last;

        if (at >= LONGEST) {
            this.#end();
        }
        else if (this.stretches.length === 0 && at < SETTLED) {
            return;
        }
        else if (this.guide?.isDue(at)) {
            this.#step();
        }
        else if (!this.guide && this.stretches.length === 0) {
            this.#beginStretch('free');
            this.#speak();
        }
    }
}
