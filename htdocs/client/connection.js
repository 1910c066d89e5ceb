/* The lines of a chat, and the waits between them. */

import { backoff, delay, isHidden } from './line.js';
import { Room } from './room.js';
import { session } from './storage.js';
import { WebSocketLine } from './websocket.js';

/** @import { Ladder, Line, Refusal, State, Tabs } from './types.js' */

const IMPATIENCE = 2200;    /* milliseconds */
const ANSWER = 10000;       /* heard of so lately, a line is alive */
const GRACE = 3000;         /* after a planned restart, until it is trouble */
const MINUTE = 60000;
const RESTART = [0, 10];    /* seconds, if the server did not say */
const LONGEST = 3600;

export class Connection {
    /** @type {State} */
    state = 'closed';
    /** @type {?Refusal} */
    refusal = null;
    planned = false;
    /** @type {number=} */
    retryAt = undefined;
    /** @type {?Line} The one in use. */
    line = null;
    /** @type {Set<Line>} Another Set with each attempt. */
    lines = new Set();
    /** @type {?Ladder} Chooses among transports. */
    ladder = null;
    /** @type {Tabs=} Those that share a line. */
    tabs = undefined;
    #failures = 0;
    #onlineAt = Infinity;
    #timer;
    #clock;
    /** @type {?number[]} When to come back, in seconds. */
    #bye = null;
    #plannedUntil = 0;
    #isPatient = false;     /* the server demands that it waits */
    #life = new AbortController();

    constructor(url, options) {
        this.options = options;
        this.token = options.token;
        this.room = new Room(url, options.key);
        this.blocked = session.load(this.room.place('blocked')) ?? '';
        this.#listen();
        this.#clock = setInterval(() => this.wake(), 5 * MINUTE);
    }

    get transport() {
        return this.line?.kind;
    }

    /* What looks open may be long dead. */
    wake() {
        const { line } = this;

        if (this.state === 'waiting' && !this.#isPatient) {
            this.#failures = 0;
            this.open();
        }
        else if (line) {
            if (line.kind === 'shared'
                || Date.now() - line.heardAt > ANSWER) {
                line.probe();
            }
            this.ladder?.improve(line);
        }
    }

    reconnect() {
        if (this.refusal || this.state === 'waiting') {
            this.refusal = null;
            this.#failures = 0;
            this.open();
        }
    }

    close() {
        this.halt();
        this.leave();
        this.#life.abort();
        clearInterval(this.#clock);
        this.refusal = null;
        this.become('closed');
    }

    /* Later, so that no mistake of the page's stops a line. */
    call(name, argument) {
        queueMicrotask(() => this.options[name]?.(argument, this));
    }

    become(state) {
        if (state !== this.state) {
            this.state = state;
            this.call('onState', state);
        }
    }

    /* False if there is no line to send it on. */
    command(command) {
        this.unsure?.note(command);
        this.line?.send(command);
        return Boolean(this.line);
    }

    async open() {
        this.halt();
        this.become('connecting');
        const { lines } = this;
        const needsLadder = this.blocked || this.options.transport;

        try {
            await Promise.all([this.arrive(), this.prepare(),
                needsLadder && this.#loadLadder()]);
            if (lines === this.lines) {
                this.#start();
            }
        }
        catch (problem) {
            this.giveUp(lines, problem);
        }
    }

    async arrive() {
        if (!this.room.isKnown || this.token !== undefined) {
            const { arrive } = await import('./arrival.js');

            await arrive(this);
        }
    }

    /* If nothing else has begun. */
    async giveUp(lines, problem) {
        const refusal = problem.isFinal
            && await import('./refusal.js').catch(() => null);

        if (lines === this.lines && refusal) {
            refusal.refuse(this, problem);
        }
        else if (lines === this.lines) {
            this.end(problem);
        }
    }

    #start() {
        if (this.ladder) {
            this.ladder.start();
        }
        else {
            this.begin(new WebSocketLine(this, 'websocket'));
            this.#timer = setTimeout(
                () => this.#useLadder((ladder) => ladder.climb('sse')),
                IMPATIENCE);
        }
    }

    begin(line) {
        this.lines.add(line);
        line.open().catch((problem) => line.fail(problem));
    }

    /* A line said hello. */
    adopt(line) {
        if (!this.line) {
            this.#onlineAt = Date.now();
        }
        clearTimeout(this.#timer);
        this.ladder?.settle(line);
        this.line = line;
        line.isOnline = true;
        this.planned = false;
        this.#plannedUntil = 0;
        if (line.kind === 'websocket') {
            this.leave();
        }
    }

    async #loadLadder() {
        const { Ladder } = await import('./ladder.js');

        this.ladder ??= new Ladder(this);
    }

    async #useLadder(act) {
        const { lines } = this;

        clearTimeout(this.#timer);
        try {
            await this.#loadLadder();
            if (lines === this.lines) {
                act(this.ladder);
            }
        }
        catch (problem) {
            /* One that is being opened may be good. */
            if (lines.size === 0) {
                this.giveUp(lines, problem);
            }
        }
    }

    fail(line, problem) {
        const wasCurrent = line === this.line;

        this.drop(line);
        if (this.ladder) {
            this.ladder.fail(line, problem, wasCurrent);
        }
        else if (line.isOnline) {
            this.end(problem);
        }
        else {
            this.#useLadder((ladder) => {
                ladder.plan(line.kind);
                ladder.fail(line, problem, wasCurrent);
            });
        }
    }

    drop(line) {
        line.stop();
        this.lines.delete(line);
        if (line === this.line) {
            this.line = null;
        }
    }

    halt() {
        clearTimeout(this.#timer);
        this.ladder?.stop();
        this.lines.forEach((line) => this.drop(line));
        this.lines = new Set();
    }

    leave() {
        this.tabs?.leave();
        this.tabs = undefined;
    }

    expectEnd(window) {
        const isValid = window?.length === 2
            && window.every?.((time) => time >= 0 && time <= LONGEST);

        this.#bye = isValid ? window : null;
    }

    /* All lines are gone. */
    end({ close, retry }) {
        if (close === 1009) {
            this.outbox.refuseFlying('too_long');
        }
        if (retry > 0) {
            const seconds = Math.min(retry, LONGEST);

            this.#wait([seconds, seconds + 1], true);
        }
        else {
            this.#wait(this.#bye ?? (close === 1012 ? RESTART : null), false);
        }
    }

    #wait(window, isPatient) {
        const now = Date.now();
        const [from, to] = window ?? [];
        let time = 1000 * (from + Math.random() * (to - from));

        this.halt();
        if (now - this.#onlineAt >= MINUTE) {
            this.#failures = 0;
        }
        if (!window) {
            time = backoff(this.#failures);
            this.#failures += 1;
        }
        else if (!isPatient) {
            this.#plannedUntil = now + time + GRACE;
        }
        this.planned = !isPatient && now < this.#plannedUntil;
        this.#bye = null;
        this.#onlineAt = Infinity;
        this.#isPatient = isPatient;
        this.retryAt = now + time;
        this.#timer = delay(() => this.open(), time);
        this.tabs?.tell();
        this.become('waiting');
    }

    #listen() {
        const { signal } = this.#life;
        const listen = (target, type, act) =>
            target?.addEventListener?.(type, act, { signal });

        listen(globalThis.document, 'visibilitychange', () => this.#look());
        listen(globalThis, 'pageshow', () => this.wake());
        listen(globalThis, 'pagehide', () => this.#rest());
        listen(globalThis, 'offline', () => this.#lose());
        listen(globalThis, 'online', () => {
            this.ladder?.unblock();
            this.wake();
        });
    }

    /* Or the server is on this very machine. */
    #lose() {
        if (navigator.onLine === false && this.line) {
            this.#wait(null, false);
        }
    }

    #look() {
        if (isHidden()) {
            this.ladder?.hide();
        }
        else {
            this.wake();
        }
    }

    /* A page that was left may be kept. */
    #rest() {
        if (this.state !== 'closed') {
            this.halt();
            this.leave();
            this.#isPatient = false;
            this.become('waiting');
        }
    }
}
