/* What chatws.js loads where there is no WebSocket: long-polls, polls, and one
 * stream for all tabs of a browser, so that they leave its six connections to
 * the site.
 *
 * The tab that holds a lock leads: it has the stream, and tells the others each
 * event with the position before it.  The browser gives the lock to the next
 * one in the queue when the leader is gone. */

import { Line } from './lines.js';

const PROBE = 3000;
const REQUEST = 5000;
const HELD = 1000;          /* what was answered sooner was not held */
const FIRST = 2000;         /* the shortest interval of polls */
const CAP = 30000;
const MINUTE = 60000;
const HOLD = 25;            /* seconds, of a long-poll */
const ID = /^\d+-\d+$/;

const isHidden = () => document.visibilityState === 'hidden';

/* Who is there; polls are not told. */
async function askMembers(chat) {
    chat.listedAt = Date.now();
    try {
        const answer = await chat.request('members', {});

        chat.take({ ...await answer.json(), type: 'presence' });
    }
    catch {
        /* It is not told here (ChatPresence off), or the network is gone. */
    }
}

/* Asks for all that came after the cursor; resolves to the number of messages.
 * The first good answer is a line's hello. */
async function ask(line, wait, signal) {
    const { chat } = line;
    const { cursor: asked, start } = chat;
    const isFirst = !line.online;
    const answer = await chat.request(
        start + (asked && wait ? `&wait=${wait}` : ''), { signal });
    const { cursor, gap, more, events } = await answer.json();

    if (!ID.test(cursor)) {
        throw new Error('this is no answer of a room');
    }
    line.heard();
    if (isFirst) {
        chat.take({ type: 'hello', room: chat.room, you: chat.you,
            ...line.hello, cursor: asked ?? '0-0', resumed: Boolean(asked),
            gap: false }, line);
    }
    /* 0-0 is the cursor of a room that does not exist yet. */
    if (gap && asked && asked !== '0-0') {
        chat.take({ type: 'gap', after: asked,
            next: events[0]?.id ?? cursor });
    }
    events.forEach((event) => chat.take(event));
    if (chat.isNew(cursor)) {
        chat.cursor = cursor;
    }
    if (isFirst || (!isHidden() && Date.now() - chat.listedAt > MINUTE)) {
        askMembers(chat);
    }
    if (!more || !events.length || line.done) {
        return events.length;
    }
    line.expect(REQUEST);       /* a page is bounded: there is another one */
    return events.length + await ask(line, 0, signal);
}

/* Long-polls, or polls in an interval. */
class PollLine extends Line {
    #empty = 0;             /* answers without news, one after the other */
    #cuts = 0;              /* requests that were held and cut */
    #abort = () => {};
    #wake = () => {};

    async open() {
        let wait = 0;

        while (!this.done) {
            const asked = Date.now();
            const news = await this.#ask(wait);
            const isCut = news < 0;
            const isHeld = news > 0 || Date.now() - asked > HELD;

            this.#empty = isHeld ? 0 : this.#empty + 1;
            if (isCut && this.#cuts > 1 && this.chat.forced < 0) {
                this.kind = this.chat.best = 3;
            }
            /* A server without a free worker answers at once. */
            if (!this.done && (this.kind === 3 || (wait && !isHeld))) {
                await this.#pause();
            }
            wait = this.kind === 3 || isCut ? 0 : HOLD;
        }
    }

    /* The number of messages; -1 if something in between, or this client,
     * cut a request that was held. */
    async #ask(wait) {
        const asking = new AbortController();

        this.#abort = () => (wait || this.done) && asking.abort();
        this.expect(1000 * wait + REQUEST, wait ? this.#abort : undefined);
        try {
            const news = await ask(this, wait, asking.signal);

            this.#cuts = wait ? 0 : this.#cuts;
            return news;
        }
        catch (problem) {
            if (this.done || !wait || problem.status < 500) {
                throw problem;
            }
            this.#cuts += 1;
            return -1;
        }
    }

    /* A hidden tab that long-polls may lead tabs that are shown, and each
     * restart of the server answers it early: it must not sleep. */
    async #pause() {
        await new Promise((wake) => {
            this.#wake = wake;
            setTimeout(wake, this.kind === 3 && isHidden() ? MINUTE
                : Math.min(CAP, FIRST * 1.5 ** this.#empty));
        });
    }

    hurry() {
        this.#empty = 0;
        this.#wake();
    }

    probe() {
        this.#cuts -= 1;
        this.#abort();
        this.hurry();
    }

    stop() {
        super.stop();
        this.probe();
    }
}

/* The lock and the channel of a chat, as long as it is on SSE or polls. */
class Tabs {
    leads = false;
    #chat;
    #name;
    #channel;
    #turn = null;

    constructor(chat) {
        this.#chat = chat;
        this.#name = `chatws ${chat.url} ${chat.key} ${chat.forced}`;
        this.#channel = new BroadcastChannel(this.#name);
        this.#channel.onmessage = ({ data }) => this.#hear(data);
    }

    /* Queues for the lock, or takes it from a leader that sleeps. */
    join(steal) {
        const turn = new AbortController();
        const { signal } = turn;

        this.#turn?.abort();
        this.#turn = turn;
        navigator.locks.request(this.#name, steal ? { steal } : { signal },
            () => new Promise((release) => {
                if (signal.aborted) {
                    release();
                }
                else {
                    signal.addEventListener('abort', release);
                    this.#lead();
                }
            }))
            .catch(() => !signal.aborted && this.#lose());
    }

    leave() {
        this.leads = false;
        this.#turn?.abort();
        this.#channel.close();
    }

    ask() {
        this.#channel.postMessage({ ask: true });
    }

    /* Only the leader's words count.  Without words: how it is. */
    tell(words) {
        const { line, hello, you, cursor } = this.#chat;

        if (this.leads) {
            this.#channel.postMessage(words ?? {
                hello: line && { ...hello, you },
                cursor,
                asleep: line?.kind === 3 && isHidden(),
            });
        }
    }

    #hear(words) {
        if (words.ask) {
            this.tell();
        }
        else {
            this.#chat.find(4)?.hear(words);
        }
    }

    #lead() {
        const chat = this.#chat;
        const line = chat.find(4);

        this.leads = true;
        if (line) {
            chat.drop(line);
            if (!chat.line) {
                chat.become('connecting');
            }
            chat.climb(chat.forced > 0 ? chat.forced : chat.best || 1);
        }
    }

    /* Another tab took the lead. */
    #lose() {
        const chat = this.#chat;

        this.leads = false;
        this.#turn = null;
        if (chat.state !== 'waiting') {
            chat.halt();
            chat.become('connecting');
            chat.begin(1);
        }
    }
}

/* Fed by the tab that leads. */
class SharedLine extends Line {
    #again = false;
    #asking = false;

    async open() {
        this.chat.tabs ??= new Tabs(this.chat);
        this.chat.tabs.join(false);
        this.probe();
    }

    /* A leader that does not answer sleeps. */
    probe() {
        this.chat.tabs.ask();
        this.expect(PROBE, () => this.chat.tabs.join(true));
    }

    hear({ event, after, hello, cursor, asleep }) {
        const { chat } = this;

        this.heard();
        if (!event && hello) {
            this.hello = hello;
            if (!this.online || chat.isNew(cursor)) {
                this.hurry();
            }
        }
        else if (!event) {
            this.online = false;
            chat.line = null;
            chat.become('connecting');
        }
        else if (this.online) {
            this.#take(event, after);
        }
        if (asleep && !isHidden()) {
            chat.tabs.join(true);
        }
    }

    /* A message, or the gap before it, has to fit to the last one. */
    #take(event, after) {
        const { chat } = this;

        if (after === chat.cursor
            || !['message', 'gap'].includes(event.type)) {
            chat.take(event);
        }
        else if (chat.isNew(event.id)) {
            this.hurry();
        }
    }

    /* Asks the server for what the leader did not tell. */
    async hurry() {
        this.#again = true;
        if (this.#asking) {
            return;
        }
        this.#asking = true;
        try {
            while (this.#again && !this.done) {
                this.#again = false;
                await ask(this, 0, this.aborter.signal);
            }
        }
        catch (problem) {
            this.fail(problem);
        }
        finally {
            this.#asking = false;
        }
    }
}

export const KINDS = [, , PollLine, PollLine, SharedLine];
