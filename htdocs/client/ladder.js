/* Which transport it is, where it is not simply WebSocket.  A kind is tried when
 * the one before it has failed, or beside it when that is silent; the best one
 * that says hello stays. */

import { doubt } from './arrival.js';
import { canShare } from './browser.js';
import { isHidden } from './line.js';
import { request } from './request.js';
import { session } from './storage.js';
import { WebSocketLine } from './websocket.js';

/* From the best to the last resort.  'shared' is fed by the tab that leads. */
const KINDS = ['websocket', 'sse', 'longpoll', 'poll', 'shared'];
const LAST = KINDS.indexOf('longpoll');     /* it falls to polls by itself */
const LOAD = {
    websocket: async () => WebSocketLine,
    sse: async () => (await import('./sse.js')).StreamLine,
    longpoll: async () => (await import('./polls.js')).PollLine,
    poll: async () => (await import('./polls.js')).PollLine,
    shared: async () => (await import('./tabs.js')).SharedLine,
};
const IMPATIENCE = 2200;    /* milliseconds; then the next kind is tried too */
const PROBE = 3000;
const MINUTE = 60000;

const rank = (kind) => KINDS.indexOf(kind);

export class Ladder {
    forced;                 /* the only kind, if the page named one */
    share;                  /* whether tabs may share a stream */
    best = 'websocket';     /* what worked in this session */
    cuts = 0;               /* streams that ended at once, in a row */
    #blocked = 0;           /* until then, WebSocket is not tried */
    #chat;
    /** @type {?string} The kind that comes after this one. */
    #next = null;
    #timer;
    #loading = 0;

    constructor(chat) {
        const { transport, share = true } = chat.options;
        const [best, blocked] = chat.blocked.split(' ');

        this.#chat = chat;
        this.share = share;
        if (KINDS.includes(transport) && transport !== 'shared') {
            this.forced = transport;
        }
        if (KINDS.includes(best)) {
            this.best = best;
            this.#blocked = Number(blocked);
        }
    }

    /* What it is without WebSocket. */
    get fallback() {
        return [this.forced, this.best].find((kind) => rank(kind) > 0)
            ?? 'sse';
    }

    start() {
        this.climb(this.forced
            ?? (Date.now() < this.#blocked ? this.best : 'websocket'));
    }

    /* Tries this kind, and soon the next one beside it. */
    climb(kind) {
        this.plan(kind);
        this.begin(kind);
    }

    plan(kind) {
        const current = rank(this.#chat.transport);
        const next = rank(kind) + 1;
        const isLast = this.forced || next > LAST
            || (current >= 0 && current <= next);

        clearTimeout(this.#timer);
        this.#next = isLast ? null : KINDS[next];
        if (this.#next) {
            this.#timer = setTimeout(() => this.climb(KINDS[next]),
                IMPATIENCE);
        }
    }

    async begin(wanted) {
        const chat = this.#chat;
        const kind = this.#shareable(wanted);
        const { lines } = chat;

        this.#loading += 1;
        try {
            const Kind = await LOAD[kind]();
            const isThere = ['websocket', 'shared'].includes(kind)
                && this.find(kind);

            if (lines === chat.lines && !isThere) {
                chat.begin(new Kind(chat, kind));
            }
        }
        catch (problem) {
            chat.giveUp(lines, problem);
        }
        finally {
            this.#loading -= 1;
        }
    }

    /* A line said hello: those that are no better end. */
    settle(line) {
        const chat = this.#chat;

        for (const other of chat.lines) {
            if (other !== line && (other === chat.line
                || rank(other.kind) >= rank(line.kind))) {
                chat.drop(other);
            }
        }
        this.stop();
        if (!this.forced) {
            this.#remember(line.kind);
        }
    }

    #remember(kind) {
        if (rank(kind) <= LAST) {
            this.best = kind;
        }
        if (kind === 'websocket') {
            this.unblock();
        }
        else {
            this.#block(1);
        }
    }

    find(kind) {
        return [...this.#chat.lines].find((line) => line.kind === kind);
    }

    stop() {
        clearTimeout(this.#timer);
        this.#next = null;
    }

    /* Another network, perhaps, or it works. */
    unblock() {
        this.#blocked = 0;
        this.#block(0);
    }

    /* An occasion for a better kind than this one. */
    improve({ kind }) {
        if (this.forced || kind === 'websocket') {
            return;
        }
        if (Date.now() >= this.#blocked && !this.find('websocket')) {
            this.climb('websocket');
        }
        else if (kind === 'poll' && rank(this.best) < rank('poll')) {
            this.climb(this.best);
        }
    }

    /* The page is hidden: its stream is for those that are shown. */
    hide() {
        const { tabs, transport } = this.#chat;

        if (tabs) {
            tabs.tell();
        }
        else if (this.share && ['sse', 'longpoll'].includes(transport)) {
            this.begin(transport);
        }
    }

    /* The line is gone already. */
    fail({ kind, isOnline }, problem, wasCurrent) {
        const chat = this.#chat;
        const isIdle = !this.#next && chat.lines.size + this.#loading === 0;

        if (kind === 'websocket' && !isOnline) {
            this.#block(this.best === 'websocket' ? 1 : 5);
            doubt(chat.room);
        }
        if (problem.isFinal && this.#decides(kind, problem)) {
            chat.giveUp(chat.lines, problem);
        }
        else if (wasCurrent || kind === chat.transport
            || (!chat.line && isIdle)) {
            this.#finish(kind, isOnline, problem);
        }
        else if (this.#next && rank(kind) + 1 === rank(this.#next)) {
            this.#climbOn();
        }
    }

    /* Tabs cannot be told apart here: this one has a stream of its own. */
    standAlone() {
        this.share = false;
        this.#chat.leave();
        this.#chat.halt();
        this.#chat.become('connecting');
        this.climb(this.fallback);
    }

    /* A proxy may refuse an event stream; then polls have to say it, too. */
    #decides(kind, { isTold, status }) {
        return isTold || status === 401 || kind !== 'sse';
    }

    async #climbOn() {
        const chat = this.#chat;
        const { lines } = chat;
        const next = this.#next;

        clearTimeout(this.#timer);
        try {
            await chat.arrive();
            if (lines === chat.lines && next === this.#next) {
                this.climb(next);
            }
        }
        catch (problem) {
            chat.giveUp(lines, problem);
        }
    }

    /* A WebSocket does not tell why it was refused. */
    async #finish(kind, isOnline, problem) {
        const { lines, room, cursor, start } = this.#chat;
        let reason = problem;

        if (kind === 'websocket' && !isOnline) {
            try {
                await request(room, cursor ? start : 'history=0',
                    { signal: AbortSignal.timeout(PROBE) });
            }
            catch (answer) {
                reason = answer;
            }
        }
        this.#chat.giveUp(lines, reason);
    }

    #shareable(kind) {
        const isAlone = kind === 'websocket' || !this.share
            || this.#chat.tabs?.leads;

        if (isAlone) {
            return kind;
        }
        if (canShare()) {
            return 'shared';
        }
        return isHidden() ? 'poll' : kind;
    }

    #block(minutes) {
        this.#blocked = Math.max(this.#blocked,
            Date.now() + minutes * MINUTE);
        this.#chat.blocked = `${this.best} ${this.#blocked}`;
        session.save(this.#chat.room.place('blocked'), this.#chat.blocked);
    }
}
