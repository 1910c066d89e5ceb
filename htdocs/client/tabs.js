/* One stream for all tabs of a browser, where there is no WebSocket, so that
 * they leave its six connections to the site.
 *
 * The tab that holds a lock leads: it has the stream, and tells the others each
 * event with the position before it.  The browser gives the lock to the next
 * one in the queue when the leader is gone. */

import { isHidden } from './line.js';
import { ask } from './polls.js';
import { PostingLine } from './posting.js';
import { STORED } from './room.js';

const PROBE = 3000;

/* The lock and the channel of a chat, as long as it is on SSE or polls. */
export class Tabs {
    leads = false;
    #chat;
    #name;
    #channel;
    /** @type {?AbortController} */
    #turn = null;

    constructor(chat) {
        const { room, ladder } = chat;

        this.#chat = chat;
        this.#name = [`chatws ${room.url} ${room.key} ${ladder.forced}`,
            room.user].filter(Boolean).join(' ');
        this.#channel = new BroadcastChannel(this.#name);
        this.#channel.onmessage = ({ data }) => this.#hear(data);
    }

    /* Queues for the lock, or takes it from a leader that sleeps. */
    async join(steal) {
        const turn = new AbortController();
        const { signal } = turn;

        this.#turn?.abort();
        this.#turn = turn;
        try {
            await navigator.locks.request(this.#name,
                steal ? { steal } : { signal }, () => this.#hold(signal));
        }
        catch (problem) {
            if (!signal.aborted) {
                this.#lose(problem);
            }
        }
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
                asleep: line?.kind === 'poll' && isHidden(),
            });
        }
    }

    /* Until the turn is over. */
    #hold(signal) {
        return new Promise((release) => {
            const end = () => release(null);

            if (signal.aborted) {
                end();
            }
            else {
                signal.addEventListener('abort', end);
                this.#lead();
            }
        });
    }

    /* Any page of the site may say anything here. */
    #hear(said) {
        const words = Object(said);

        if (words.ask) {
            this.tell();
        }
        else if (words.event || words.hello !== undefined) {
            this.#chat.ladder.find('shared')?.hear(words);
        }
    }

    #lead() {
        const chat = this.#chat;
        const line = chat.ladder.find('shared');

        this.leads = true;
        if (line) {
            chat.drop(line);
            if (!chat.line) {
                chat.become('connecting');
            }
            chat.ladder.climb(chat.ladder.fallback);
        }
    }

    /* Another tab took the lead.  Any other reason is that this page may not
     * have locks at all, as in a sandboxed frame. */
    #lose({ name }) {
        const { ladder, state } = this.#chat;

        this.leads = false;
        this.#turn = null;
        if (name !== 'AbortError') {
            ladder.standAlone();
        }
        else if (state !== 'waiting') {
            this.#chat.halt();
            this.#chat.become('connecting');
            ladder.begin(ladder.fallback);
        }
    }
}

/* Fed by the tab that leads. */
export class SharedLine extends PostingLine {
    #again = false;
    #asking = false;

    async open() {
        try {
            this.chat.tabs ??= new Tabs(this.chat);
        }
        catch {
            this.chat.ladder?.standAlone();
            return;
        }
        this.chat.tabs?.join(false);
        this.probe();
    }

    /* A leader that does not answer sleeps. */
    probe() {
        this.chat.tabs?.ask();
        this.expect(PROBE, () => this.chat.tabs?.join(true));
    }

    hear({ event, after, hello, cursor, asleep }) {
        const { chat } = this;

        this.heard();
        if (event) {
            this.#take(event, after);
        }
        else if (hello) {
            this.hello = hello;
            if (!this.isOnline || chat.isNew(cursor)) {
                this.hurry();
            }
        }
        else {
            this.isOnline = false;
            chat.line = null;
            chat.become('connecting');
        }
        if (asleep && !isHidden()) {
            chat.tabs?.join(true);
        }
    }

    /* What is stored, or the gap before it, has to fit to the last one. */
    #take(event, after) {
        const { chat } = this;

        if (!this.isOnline) {
            this.#again = true;         /* it is not in the answer, perhaps */
            return;
        }
        if (after === chat.cursor || !(event.type === 'gap'
            || STORED.includes(event.type))) {
            chat.take(event, this);
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
            while (this.#again && !this.isDone) {
                this.#again = false;
                await ask(this, 0, this.signal);
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
