/* Asks the chat in every way that a client may, each with a deadline, and finds
 * out what is in the way.  Where the server's meter is to be had it tells what
 * of a request arrived there.  Used by check.js. */

import { Inbox, Trouble, readJson, readStream, troubleOf, within }
    from './reading.js';
import { randomHex } from '../client/random.js';

const ANSWER = 5000;            /* for anything that is answered at once */
const SOCKET = 5000;            /* until hello on a WebSocket, */
const HELLO = 3000;             /* on an event stream */
const PROMPT = 1000;            /* from a message's POST to its arrival, */
const TRIES = 2;                /* of which one may be late by chance */
const HOLD = 3;                 /* seconds that the empty long-poll asks for */
const SHORTEST = 2000;          /* held for less it was not held at all */
const ON_ITS_WAY = 200;         /* from a long-poll to the message for it */
const ROUNDS = 3;               /* of which the fastest is the round trip */

/* Who is refused for one of these is refused in every way. */
const CLOSED = ['forbidden', 'login'];

/* What proxies add to a request; the meter shows that they are there. */
const PROXY_HEADERS = ['Via', 'Forwarded', 'X-Forwarded-For', 'X-Real-IP',
    'X-Forwarded-Host', 'X-Forwarded-Proto', 'CF-Ray'];

const byId = (id) => (event) => event.type === 'message' && event.id === id;
const hello = (event) => event.type === 'hello';
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/* One run over a room of its own.  Each of STEPS is a method that gives
 * {ms, facts} or throws a Trouble. */
export class Probes {
    static STEPS = ['server', 'posting', 'websocket', 'stream', 'longpoll',
        'facts'];
    #room;
    #cursor = '0-0';
    #seen = null;               /* what the meter says of our requests */
    #canPost = false;
    #closed = null;             /* the chat's own reason to let nobody in */
    #who = new Map();           /* everybody whom the server took us for */
    #skew = null;               /* server's clock minus ours, milliseconds */

    constructor(room) {
        this.#room = room;
    }

    get socketUrl() {
        const url = new URL(this.#room);

        url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
        return url;
    }

    /* A GET of the room, as every client can. */
    async server() {
        const began = performance.now();
        const page = await this.#poll({}).catch((error) => {
            this.#closed = CLOSED.includes(error.code) ? error : null;
            throw error;
        });
        const ms = performance.now() - began;

        this.#cursor = page.cursor;
        this.#seen = await this.#readMeter(randomHex(8));
        return { ms };
    }

    /* Two messages, and both are in the room. */
    async posting() {
        const began = performance.now();

        try {
            const first = await this.#post();
            const ms = performance.now() - began;
            const second = await this.#post();
            const { cursor, events } = await this.#poll(
                { after: this.#cursor });

            for (const id of [first, second]) {
                const message = events.find(byId(id));

                if (!message) {
                    throw new Trouble('elsewhere', id);
                }
                this.#meet(message.from);
            }
            this.#cursor = cursor;
            this.#canPost = true;
            return { ms };
        }
        catch (error) {
            throw this.#knowBetter(error);
        }
    }

    async websocket() {
        const key = randomHex(8);
        const inbox = new Inbox();
        const began = performance.now();
        let socket = null;

        try {
            socket = this.#openSocket(key, inbox);
            this.#meet((await inbox.take(hello, SOCKET, 'swallowed')).you);

            const ms = performance.now() - began;
            const ref = randomHex(8);

            socket.send(JSON.stringify({ type: 'message', text: 'check',
                ref }));
            await inbox.take((event) => event.ref === ref, HELLO, 'oneWay');
            return { ms };
        }
        catch (error) {
            throw await this.#blameSocket(error, socket, key);
        }
        finally {
            socket?.close();
        }
    }

    async stream() {
        const stop = new AbortController();
        const inbox = new Inbox();
        const began = performance.now();

        try {
            const answer = await this.#ask(this.#url({ history: 0 }), {
                headers: { Accept: 'text/event-stream' },
                signal: stop.signal,
            }, HELLO, 'buffered');

            if (!/^text\/event-stream/.test(answer.headers
                .get('Content-Type'))) {
                throw await troubleOf(answer);
            }
            readStream(answer.body, inbox);
            this.#meet((await inbox.take(hello, HELLO, 'buffered')).you);

            const ms = performance.now() - began;

            if (this.#canPost) {
                await this.#expectMessage(inbox);
            }
            return { ms };
        }
        finally {
            stop.abort();
        }
    }

    async #expectMessage(inbox, tries = TRIES) {
        const id = await this.#post();

        try {
            await inbox.take(byId(id), PROMPT, 'late');
        }
        catch (error) {
            if (error.code !== 'late' || tries <= 1) {
                throw error;
            }
            await this.#expectMessage(inbox, tries - 1);
        }
    }

    /* One that is held until its time is over, and one that a message
     * answers. */
    async longpoll() {
        const stop = new AbortController();
        const { signal } = stop;

        try {
            const { cursor } = await this.#poll({ after: this.#cursor });
            const asked = performance.now();
            const first = await this.#poll({ after: cursor, wait: HOLD },
                signal, HOLD * 1000 + ANSWER);
            const held = performance.now() - asked;

            if (first.events.length === 0 && held < SHORTEST) {
                throw new Trouble('early', `${Math.round(held)} ms`);
            }
            return this.#canPost ? await this.#answerPoll(first.cursor, signal)
                : {};
        }
        finally {
            stop.abort();
        }
    }

    async #answerPoll(cursor, signal) {
        const asking = this.#poll({ after: cursor, wait: 2 * HOLD }, signal,
            2 * HOLD * 1000 + ANSWER);

        asking.catch(() => {});         /* if the POST fails we do not look */
        await pause(ON_ITS_WAY);

        const sent = performance.now();
        const id = await this.#post();
        const { events } = await within(asking, TRIES * PROMPT,
            'held');

        if (!events.some(byId(id))) {
            throw new Trouble('foreign');
        }
        return { ms: performance.now() - sent };
    }

    /* What is worth knowing whether or not something is broken. */
    async facts() {
        const facts = {
            browser: this.#protocol(),
            server: this.#seen?.protocol ?? '',
            proxy: this.#seen ? PROXY_HEADERS.filter(
                (name) => this.#header(name)).join(', ') : null,
            host: this.#seen ? this.#header('Host') : null,
            page: location.protocol.replace(':', ''),
            socket: this.socketUrl.href,
            trip: await this.#roundTrip(),
            who: Array.from(this.#who.values()),
            skew: this.#skew,
        };
        const forgotten = facts.who.length > 1;

        return { facts, ...forgotten && { trouble: new Trouble('cookie') } };
    }

    #url(query) {
        const url = new URL(this.#room);

        for (const [name, value] of Object.entries(query)) {
            url.searchParams.set(name, value);
        }
        return url;
    }

    async #ask(url, options, deadline = ANSWER, code = 'silent') {
        try {
            return await within(fetch(url, { redirect: 'manual',
                cache: 'no-store', ...options }), deadline, code);
        }
        catch (error) {
            throw error instanceof Trouble ? error
                : new Trouble(navigator.onLine ? 'cut' : 'offline');
        }
    }

    async #poll(query, signal, deadline = ANSWER) {
        const answer = await this.#ask(this.#url(query),
            { headers: { Accept: 'application/json' }, signal }, deadline);
        const page = await readJson(answer);

        if (typeof page.cursor !== 'string' || !Array.isArray(page.events)) {
            throw new Trouble('foreign');
        }
        return page;
    }

    /* The id of a new message. */
    async #post() {
        const sent = Date.now();
        const answer = await this.#ask(this.#room, {
            method: 'POST',
            headers: { Accept: 'application/json',
                'Content-Type': 'application/json' },
            body: JSON.stringify({ text: 'check', ref: randomHex(8) }),
        });
        const { id } = await readJson(answer);

        if (!/^\d+-\d+$/.test(id)) {
            throw new Trouble('foreign');
        }
        this.#skew ??= parseInt(id, 10) - (sent + Date.now()) / 2;
        return id;
    }

    #openSocket(key, inbox) {
        const url = this.socketUrl;
        let socket = null;

        /* Without its Upgrade this is a poll, and metered as one. */
        url.search = new URLSearchParams({ meter: key, after: this.#cursor });
        try {
            socket = new WebSocket(url, ['chatws.v1']);
        }
        catch (error) {
            throw new Trouble('blocked', error.name);
        }
        socket.onmessage = ({ data }) => inbox.putText(data);
        socket.onopen = () => { socket.onclose = end('closed'); };
        socket.onclose = end('refused');
        return socket;

        function end(code) {
            return (event) => inbox.end(new Trouble(code,
                `${event.code} ${event.reason}`.trim()));
        }
    }

    /* A browser does not say why a handshake failed. */
    async #blameSocket(error, socket, key) {
        const isOpen = socket?.readyState === WebSocket.OPEN;
        const code = error.code === 'swallowed' && !isOpen ? 'hung'
            : error.code;

        if (code !== 'refused' && code !== 'hung') {
            return error;
        }
        const known = this.#hostTrouble();
        const traffic = (await this.#readMeter(key))?.traffic;

        if (traffic?.poll.requests > 0) {
            return new Trouble('stripped');
        }
        if (traffic?.websocket.requests > 0) {
            return new Trouble('swallowed');
        }
        return this.#closed ?? known ?? new Trouble(code, error.detail);
    }

    /* "Foreign Origin" is mostly a proxy that changes Host. */
    #knowBetter(error) {
        return (error.code === 'forbidden' && this.#hostTrouble()) || error;
    }

    #hostTrouble() {
        const host = this.#header('Host');

        return host && host !== location.host
            ? new Trouble('host', `${host} ≠ ${location.host}`) : null;
    }

    /* A header of our request as it came to the server, or ''. */
    #header(name) {
        const start = `${name}:`.toLowerCase();
        const line = this.#seen?.request.split('\r\n').find(
            (text) => text.toLowerCase().startsWith(start));

        return line?.slice(name.length + 1).trim() ?? '';
    }

    #meet(person) {
        this.#who.set(person.id, person);
    }

    /* What the meter has of a key, or null where there is none. */
    async #readMeter(key) {
        try {
            return await readJson(await this.#ask(
                new URL(`_chatws/meter?meter=${key}`, this.#room), {}));
        }
        catch {
            return null;
        }
    }

    async #roundTrip() {
        const trips = [];

        for (let round = 0; round < ROUNDS; round++) {
            const began = performance.now();

            try {
                await this.#poll({ history: 0 });
            }
            catch {
                return null;
            }
            trips.push(performance.now() - began);
        }
        return Math.min(...trips);
    }

    /* What the browser spoke with whoever answered it. */
    #protocol() {
        return performance.getEntriesByType('resource').findLast(
            ({ name }) => name.startsWith(this.#room.href))?.nextHopProtocol
            ?? '';
    }
}
