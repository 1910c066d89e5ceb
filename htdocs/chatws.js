/* A room of mod_chatws, for any page.  docs/CLIENT.md: how to use it, and how
 * it works and why ("Inside").  No document in here but its events. */

import { Line, SocketLine, StreamLine, parse } from './client/lines.js';
import { load, save } from './client/storage.js';

const KINDS = ['websocket', 'sse', 'longpoll', 'poll', 'shared'];
const SHARED = 4;           /* fed by the tab that leads */
const IMPATIENCE = 2200;    /* then the next kind is tried beside it */
const ANSWER = 10000;       /* also: heard of so lately, it is alive */
const MINUTE = 60000;
const ID = /^\d+-\d+$/;     /* MILLISECONDS-N, ordered as numbers */

const compare = (a, b) => parseInt(a, 10) - parseInt(b, 10)
    || a.split('-')[1] - b.split('-')[1];
const backoff = (failures) =>
    Math.random() * Math.min(30000, 1000 * 2 ** failures);
const randomRef = () => crypto.getRandomValues(new Uint32Array(4)).join('-');
const isHidden = () => document.visibilityState === 'hidden';

/* Storage may be forbidden to the page. */
function remember(key, value) {
    try { return sessionStorage[key] = value ?? sessionStorage[key] ?? ''; }
    catch { return ''; }
}

/* What docs/CLIENT.md does not name is internal. */
class Chat {
    state = '';
    cursor = null;
    you = null;
    line = null;            /* the one in use */
    lines = new Set();
    queue = [];             /* what the reader said, until it is confirmed */
    failed = new Map();
    tries = 0;
    failures = 0;
    onlineAt = Infinity;
    probeRef = randomRef();
    life = new AbortController();

    refusal = null;
    planned = false;

    constructor(url, { key = '', share = true, ...options }) {
        const { href, origin, pathname, search }
            = new URL(url, document.baseURI);
        const listen = (type, act, target = window) =>
            target.addEventListener(type, act, { signal: this.life.signal });
        this.url = href.replace(/#.*/, '') + (search ? '&' : '?');
        this.room = decodeURIComponent(pathname);
        this.key = key;
        this.credentials = key || origin === location.origin
            ? 'same-origin' : 'include';
        this.options = options;
        this.forced = KINDS.indexOf(options.transport) % SHARED;
        this.share = share;
        this.memory = `chatws ${origin}`;
        this.nameKey = `chatws name ${origin}`;
        [this.best, this.blocked = 0]
            = remember(this.memory).split(' ').map(Number);
        listen('visibilitychange', () => this.look(), document);
        listen('pageshow', () => this.wake());
        listen('pagehide', () => this.rest());
        listen('online', () => this.wake(this.blocked = 0));
        this.clock = setInterval(() => this.wake(), 5 * MINUTE);
        this.open();
    }

    get transport() { return KINDS[this.line?.kind]; }

    get start() {
        const { history } = this.options;
        if (this.cursor) { return `after=${this.cursor}`; }
        return history >= 0 ? `history=${history}` : '';
    }

    send(text, ref = randomRef()) {
        const entry = { ref, text, state: 'sending' };
        this.queue.push(entry);
        this.change(entry);
        this.proceed();
        return ref;
    }

    retry(ref) {
        const entry = this.failed.get(ref);
        if (this.failed.delete(ref)) { this.send(entry.text, ref); }
    }

    discard(ref) { this.failed.delete(ref); }
    type() { return this.command({ type: 'typing', ref: 'typing' }); }

    /* What the guest is to be called, '' if nobody has said it. */
    get name() {
        return load(this.nameKey) || (this.options.name ?? '');
    }

    get canSpeak() {
        return this.hello?.rights?.speak ?? !this.readOnly;
    }

    /* Tries again now, also when the room was refused. */
    reconnect() {
        if (this.refusal || this.state === 'waiting') {
            this.refusal = null;
            this.failures = 0;
            this.open();
        }
    }

    /* Older messages than this one, in order. */
    async before(id, limit = 50) {
        const answer = await this.request(
            `before=${encodeURIComponent(id)}&limit=${limit}`,
            { cache: 'no-store' });
        const { events = [], more = false } = await answer.json();
        const messages = events.filter(({ type }) => type === 'message');
        for (const message of messages) {
            message.own = message.from.id === this.you?.id;
        }
        return { messages, more };
    }

    rename(name) {
        this.wanted = name;
        return this.command({ type: 'name', name, ref: 'name' });
    }

    close() {
        this.halt();
        this.leave();
        this.life.abort();
        clearInterval(this.clock);
        this.become('closed');
    }

    /* Later, so that no mistake of the page's stops a line. */
    call(name, argument) {
        queueMicrotask(() => this.options[name]?.(argument, this));
    }

    become(state) {
        if (state !== this.state) { this.call('onState', this.state = state); }
    }

    change(entry, change) {
        Object.assign(entry, change);
        this.call('onEvent', { type: 'pending', ...entry });
    }

    /* One at a time, so that they stay in order; it keeps its ref, so that
     * it is not stored twice when it is sent again. */
    proceed() {
        const [entry] = this.queue;
        if (!entry || this.flying || this.pausing || !this.line) { return; }
        this.tries += 1;
        if (this.tries > 5) {
            this.next({ state: 'failed', code: 'unconfirmed' });
        } else {
            const { ref, text } = entry;
            this.command({ type: 'message', text, ref: this.flying = ref });
        }
    }

    next(change) {
        const entry = this.queue.shift();
        clearTimeout(this.pausing);
        this.flying = this.pausing = null;
        this.tries = 0;
        if (change.code) { this.failed.set(entry.ref, entry); }
        this.change(entry, change);
        this.proceed();
    }

    settle(ref) {
        const entry = this.failed.get(ref);
        if (!ref) { return; }
        if (this.queue[0]?.ref === ref) { this.next({ state: 'sent' }); }
        if (this.failed.delete(ref)) { this.change(entry, { state: 'sent' }); }
    }

    /* True if it was the one on its way. */
    refuse({ ref, code, retry }) {
        if (code === 'read_only') { this.readOnly = true; }
        const ours = ref && ref === this.flying;
        if (ours && (retry || code === 'rate_limited')) {
            this.tries = 0;
            this.change(this.queue[0], { code, retry });
            this.pause(1000 * (retry || 1));
        } else if (ours) { this.next({ state: 'failed', code }); }
        return ours;
    }

    pause(time) {
        this.flying = null;
        this.pausing = setTimeout(() => {
            this.proceed(this.pausing = null);
        }, time);
    }

    /* False if there is no line to send it on. */
    command(command) {
        const { line } = this;
        if (line) { line.send ? line.send(command) : this.post(command); }
        return Boolean(line);
    }

    async post(command) {
        const { type, ref } = command;
        try {
            const answer = await this.request('', { method: 'POST',
                headers: { 'Content-Type': 'application/json' },
                body: JSON.stringify(command),
                signal: AbortSignal.timeout(ANSWER),
                keepalive: command.text?.length < 9999 });
            const event = parse(await answer.text());
            if (type === 'name') { this.take(event); }
            if (type === 'message' && !ID.test(event.id)) { throw {}; }
            /* A new one is confirmed when it comes: the line has to live. */
            this.isNew(event.id) ? this.line?.hurry() : this.settle(ref);
        } catch (problem) {
            if (problem.status < 500 || problem.retry) {
                this.take({ ...problem, type: 'error', ref });
            } else if (ref === this.flying) { this.pause(backoff(this.tries)); }
        }
    }

    address(query) { return (this.url + query).replace(/[?&]$/, ''); }

    /* Rejects with what the error event says, and the status. */
    async request(query, options, accept = 'application/json') {
        const answer = await fetch(this.address(query), {
            credentials: this.credentials, ...options, headers: {
                Accept: accept, ...options.headers,
                ...this.key && { 'X-Chatws-Key': this.key } },
        });
        if (answer.ok) { return answer; }
        const { status, headers } = answer;
        throw { code: status === 404 ? 'not_found' : 'forbidden',
            retry: Number(headers.get('Retry-After')),
            ...parse(await answer.text()), status };
    }

    isNew(id) {
        return ID.test(id) && (!this.cursor || compare(id, this.cursor) > 0);
    }

    take(event, line) {
        const { type, ref, id, from, name } = event;
        const { cursor: after, you } = this;
        if (type === 'hello') { return this.greet(event, line); }
        if (type === 'bye') { this.spread = event.retry; return; }
        if (type === 'message' && !this.isNew(id)) { return; }
        if (type !== 'error') { this.tabs?.tell({ event, after }); }
        else if (ref === this.probeRef || this.refuse(event)) { return; }
        if (type === 'ack') { this.settle(ref); }
        if (type === 'message') {
            this.cursor = id;
            /* Polls do not tell who the reader is; only we know this ref. */
            this.you ??= ref && ref === this.flying ? from : null;
            event.own = from.id === this.you?.id;
            if (event.own) { this.settle(ref); }
        }
        if (type === 'you') { this.you = { ...you, id, name }; }
        if (type === 'you' && name === this.wanted) { save(this.nameKey, name); }
        if (type === 'you' || ref === 'name') { this.wanted = name; }
        if (type === 'gap') {
            this.flying = null;
            /* If it leads back, the room began anew. */
            if (!this.isNew(event.next)) { this.cursor = '0-0'; }
        }
        this.call(type === 'message' ? 'onMessage' : 'onEvent', event);
    }

    greet(hello, line) {
        const { cursor, line: old } = this;
        const wanted = this.wanted ?? this.name;
        for (const other of this.lines) {
            const isWorse = other === old || other.kind >= line.kind;
            if (isWorse && other !== line) { this.drop(other); }
        }
        clearTimeout(this.ladder);
        this.rung = 0;
        this.onlineAt = old ? this.onlineAt : Date.now();
        this.line = line;
        line.online = true;
        if (line.kind < 3) { this.best = line.kind; }
        if (line.kind === 0) { this.leave(this.blocked = 0); }
        this.block(Math.sign(line.kind));
        hello.gap &&= cursor !== '0-0';     /* that is before the room was */
        if (ID.test(hello.cursor) && (!cursor
            || (hello.gap && compare(hello.cursor, cursor) < 0))) {
            this.cursor = hello.cursor;
        }
        this.you = hello.you ?? this.you;
        this.hello = { ...hello, members: undefined };
        this.flying = null;
        this.become('online');
        this.call('onEvent', hello);
        this.tabs?.tell();
        this.planned = false;
        if (wanted && this.you?.guest && this.you.name !== wanted) {
            this.rename(wanted);
        }
        this.proceed();
    }

    open() {
        this.halt();
        this.become('connecting');
        this.climb(this.forced >= 0 ? this.forced
            : Date.now() < this.blocked ? this.best : 0);
    }

    /* Tries this kind, and soon the next one beside it. */
    climb(kind) {
        const next = kind + 1;
        const isLast = this.forced >= 0 || kind > 1 || this.line?.kind <= next;
        clearTimeout(this.ladder);
        this.rung = isLast ? 0 : next;
        this.ladder = isLast || setTimeout(() => this.climb(next), IMPATIENCE);
        this.begin(kind);
    }

    async begin(wanted) {
        const { lines } = this;
        const kind = !wanted || !this.share || this.tabs?.leads ? wanted
            : navigator.locks && globalThis.BroadcastChannel ? SHARED
                : isHidden() ? 3 : wanted;
        let Kind = [SocketLine, StreamLine][kind];
        try {
            Kind ??= (await import('./client/fallback.js')).KINDS[kind];
        } catch { return this.end({}); }
        if (lines === this.lines && (kind % SHARED || !this.find(kind))) {
            const line = new Kind(this, kind);
            lines.add(line);
            line.open().catch((problem) => line.fail(problem));
        }
    }

    block(minutes) {
        this.blocked = Math.max(this.blocked, Date.now() + minutes * MINUTE);
        remember(this.memory, `${this.best} ${this.blocked}`);
    }

    find(kind) { return [...this.lines].find((line) => line.kind === kind); }

    drop(line) {
        line.stop();
        this.lines.delete(line);
        if (line === this.line) { this.line = null; }
    }

    halt() {
        clearTimeout(this.ladder);
        clearTimeout(this.timer);
        this.lines.forEach((line) => this.drop(line));
        this.lines = new Set();
    }

    leave() { this.tabs = this.tabs?.leave(); }

    fail(line, problem) {
        const { line: old } = this;
        const { status, type, close } = problem;
        this.drop(line);
        if (line.kind === 0 && !line.online) {
            this.block(this.best ? 5 : 1);
            if (this.forced === 0) { this.diagnose(); }
        }
        if (close === 1009 && this.flying) {
            this.next({ state: 'failed', code: 'too_long' });
        }
        if (status < 500 && status !== 429 && (type || line.kind > 1)) {
            const { code, text, retry } = problem;
            this.call('onEvent', { ...problem, type: 'error' });
            this.refusal = { code, text, status, retry,
                login: status === 401 || status === 403 };
            this.halt();
            this.leave();
            this.become('closed');
        } else if (line.kind === old?.kind
            || !(old || this.lines.size || this.rung)) {
            this.end(problem);
        } else if (line.kind + 1 === this.rung) { this.climb(this.rung); }
    }

    /* A WebSocket does not tell why it was refused. */
    diagnose() {
        this.request('history=0', {}).catch((problem) =>
            problem.status && this.fail(new Line(this, 2), problem));
    }

    end({ close, retry }) {
        const now = Date.now();
        const [from, to] = retry ? [retry, retry + 1]
            : this.spread ?? (close === 1012 ? [0, 10] : []);
        let wait = 1000 * (from + Math.random() * (to - from));
        this.halt();
        this.failures *= now - this.onlineAt < MINUTE;
        if (!(wait >= 0)) { wait = backoff(this.failures++); }
        this.planned = Boolean(this.spread);
        this.spread = null;
        this.onlineAt = Infinity;
        this.patient = retry;
        this.retryAt = now + wait;
        this.timer = setTimeout(() => this.open(), wait);
        this.tabs?.tell();
        this.become('waiting');
    }

    /* At once if it was waiting; and what looks open may be long dead. */
    wake() {
        const { line, state } = this;
        if (state === 'waiting' && !this.patient) {
            this.failures = 0;
            this.open();
        } else if (line && !this.refusal) {
            if (line.kind === SHARED || Date.now() - line.heardAt > ANSWER) {
                line.probe();
            }
            if (this.forced >= 0 || !line.kind) { return; }
            const { best, blocked } = this;
            if (Date.now() >= blocked && !this.find(0)) { this.climb(0); }
            else if (line.kind === 3 && best < 3) { this.climb(best); }
        }
    }

    look() {
        const { line, tabs } = this;
        if (!isHidden()) { this.wake(); }
        else if (tabs) { tabs.tell(); }
        else if (this.share && line?.kind % 3) { this.begin(line.kind); }
    }

    /* A page that was left may be kept: its reader is no longer here. */
    rest() {
        this.halt();
        this.leave();
        if (this.refusal) { return; }
        this.patient = 0;
        this.become('waiting');
    }
}

export const connect = (url, options = {}) => new Chat(url, options);
