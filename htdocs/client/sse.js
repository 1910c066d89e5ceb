/* A room by an event stream. */

import { readEvents } from './eventstream.js';
import { PostingLine } from './posting.js';
import { request } from './request.js';

const CONNECT = 5000;       /* milliseconds, from the start to hello */
const PROBE = 3000;
const ANSWER = 10000;
const MINUTE = 60000;
const BRIEF = 1000;         /* what has ended sooner was not held */
const CUTS = 2;             /* in a row: this is no way for streams */

export class StreamLine extends PostingLine {
    async open() {
        const { room, start, line } = this.chat;
        const begun = Date.now();

        this.expect(line ? PROBE : CONNECT);
        const { body } = await request(room, start, {
            accept: 'text/event-stream', signal: this.signal });

        if (body) {
            await readEvents(body, (text) => this.take(text),
                () => this.#live());
        }
        this.#count(Date.now() - begun < BRIEF);
        this.fail();
    }

    /* A server without a free thread (HTTP/2) ends a stream at once, and one
     * after the other would end so. */
    #count(isBrief) {
        const { ladder } = this.chat;

        if (this.isOnline && ladder) {
            ladder.cuts = isBrief ? ladder.cuts + 1 : 0;
            if (ladder.cuts >= CUTS) {
                ladder.best = 'longpoll';
            }
        }
    }

    /* There is a comment every 25 s. */
    #live() {
        if (this.isOnline) {
            this.heard();
            this.expect(MINUTE, () => this.probe());
        }
    }

    /* A stream cannot be asked: another one takes over, or both end. */
    probe() {
        this.chat.ladder?.begin(this.kind);
    }

    hurry() {
        this.expect(ANSWER, () => this.probe());
    }
}
