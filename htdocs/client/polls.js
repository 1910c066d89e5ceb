/* A room by long-polls, or by polls in an interval. */

import { isHidden } from './line.js';
import { PostingLine } from './posting.js';
import { request } from './request.js';
import { isId } from './room.js';

/** @import { Hello, Line } from './types.js' */

const REQUEST = 5000;
const MEMBERS = 2000;
const HELD = 1000;          /* what was answered sooner was not held */
const FIRST = 2000;         /* the shortest interval of polls */
const CAP = 30000;
const MINUTE = 60000;
const HOLD = 25;            /* seconds, of a long-poll */
const MEMBER = 8000;        /* so long after one, its client is in the room */
const CUTS = 2;             /* in a row: long-polls do not get through */

/* Who is there, and who asks; polls are not told.  Empty if it is not told at
 * all (ChatPresence off), or takes too long. */
async function askMembers(chat) {
    chat.listedAt = Date.now();
    try {
        const answer = await request(chat.room, 'members',
            { signal: AbortSignal.timeout(MEMBERS) });
        const { count, list, ...told } = await answer.json();

        return { ...told, members: { count, list } };
    }
    catch {
        return {};
    }
}

/* What a hello calls the room. */
export function pathOf({ url }) {
    const { pathname } = new URL(url);

    try {
        return decodeURIComponent(pathname);
    }
    catch {
        return pathname;
    }
}

async function tellMembers(chat) {
    const { members } = await askMembers(chat);

    if (members) {
        chat.take({ ...members, type: 'presence' });
    }
}

/* As a line's hello.  The tab that leads knows more than an answer does. */
async function greet(line, asked, answer) {
    const { chat } = line;
    const told = { ...answer, ...await askMembers(chat) };

    if (!line.isDone) {
        chat.take({
            type: 'hello',
            room: pathOf(chat.room),
            ...line.hello,
            you: line.hello?.you ?? told.you ?? chat.you,
            archive: (told.rights ? told : line.hello ?? chat.hello)?.archive,
            rights: line.hello?.rights ?? told.rights ?? chat.rights,
            state: told.state ?? line.hello?.state ?? (chat.roomState && { ...chat.roomState,
                muted: (chat.mutedUntil - Date.now()) / 1000 }),
            members: told.members,
            cursor: asked ?? '0-0',
            resumed: Boolean(asked),
            gap: false,
        }, line);
    }
}

/** Asks for all that came after the cursor; resolves to the number of messages.
 *  The first good answer is a line's hello.
 *  @param {Line & { hello?: Partial<Hello> }} line
 *  @param {number} wait - seconds that the server may hold the request
 *  @param {AbortSignal} signal
 *  @returns {Promise<number>} */
export async function ask(line, wait, signal) {
    const { chat } = line;
    const { cursor: asked, start } = chat;
    const isFirst = !line.isOnline;
    const answer = await request(chat.room,
        start + (asked && wait ? `&wait=${wait}` : ''), { signal });
    const { cursor, gap, more, events, ...told } = await answer.json();

    if (!isId(cursor) || !Array.isArray(events)) {
        throw new Error('this is no answer of a room');
    }
    line.heard();
    if (isFirst) {
        await greet(line, asked, told);
    }
    if (line.isDone) {
        return 0;
    }
    /* 0-0 is the cursor of a room that does not exist yet. */
    if (gap && asked && asked !== '0-0') {
        chat.take({ type: 'gap', after: asked,
            next: events[0]?.id ?? cursor }, line);
    }
    events.forEach((event) => chat.take(event, line));
    if (chat.isNew(cursor)) {
        chat.cursor = cursor;
    }
    if (!isHidden() && Date.now() - chat.listedAt > MINUTE) {
        tellMembers(chat);
    }
    /* What leads nowhere is no news, whoever answers so. */
    const news = chat.cursor === asked ? 0 : events.length;

    /* Nor would more be, but from the archive: whoever holds a request cannot
     * look there. */
    if (!more || !(news || wait)) {
        return news;
    }
    line.expect(REQUEST);       /* a page is bounded: there is another one */
    return news + await ask(line, 0, signal);
}

export class PollLine extends PostingLine {
    #empty = 0;             /* answers without news, one after the other */
    #cuts = 0;              /* requests that were held and cut */
    #memberAt = 0;
    #abort = () => {};
    #wake = () => {};

    async open() {
        let wait = 0;

        while (!this.isDone) {
            const asked = Date.now();
            const news = await this.#ask(wait);
            const isCut = news < 0;
            const isHeld = news > 0 || Date.now() - asked > HELD;

            this.#empty = isHeld ? 0 : this.#empty + 1;
            if (isCut && this.#cuts >= CUTS) {
                this.#settleForPolls();
            }
            /* A server without a free worker answers at once. */
            if (!this.isDone && (this.#isPoll || (wait && !isHeld))) {
                await this.#pause();
            }
            wait = this.#isPoll || isCut ? 0 : HOLD;
        }
    }

    get #isPoll() {
        return this.kind === 'poll';
    }

    #settleForPolls() {
        const { ladder, tabs } = this.chat;

        if (ladder && !ladder.forced) {
            this.kind = 'poll';
            ladder.best = 'poll';
            tabs?.tell();       /* a leader that polls and is hidden sleeps */
        }
    }

    /* The number of messages; -1 if something in between, or this client,
     * cut a request that was held. */
    async #ask(wait) {
        const asking = new AbortController();

        this.#abort = () => {
            if (wait || this.isDone) {
                asking.abort();
            }
        };
        this.expect(1000 * wait + REQUEST, wait ? this.#abort : undefined);
        try {
            const news = await ask(this, wait, asking.signal);

            if (wait) {
                this.#cuts = 0;
                this.#memberAt = Date.now();
            }
            return news;
        }
        catch (problem) {
            if (this.isDone || !wait || problem.status < 500) {
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
            this.#wake = () => wake(null);
            setTimeout(wake, this.#isPoll && isHidden() ? MINUTE
                : Math.min(CAP, FIRST * 1.5 ** this.#empty));
        });
    }

    /* Only who is in the room has a name there.  A long-poll that does not
     * wait makes its client a member for ten seconds. */
    async introduce({ type }) {
        const { chat } = this;
        const isNamed = type === 'name'
            || (type === 'message' && this.#isPoll && chat.name);

        if (!isNamed || Date.now() - this.#memberAt < MEMBER) {
            return;
        }
        try {
            await request(chat.room,
                `after=${chat.cursor ?? '0-0'}&wait=0`,
                { signal: AbortSignal.timeout(REQUEST) });
            this.#memberAt = Date.now();
            if (type === 'message') {
                await this.post({ type: 'name', name: chat.name,
                    ref: 'wish' });
            }
        }
        catch {
            /* Then it is said under another name. */
        }
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
        this.#abort();
        this.hurry();
    }
}
