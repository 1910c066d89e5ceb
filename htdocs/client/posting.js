/* A way to the room on which the server only speaks: what the reader says is
 * posted. */

import { Line } from './line.js';
import { request } from './request.js';
import { isId, parse } from './room.js';

const ANSWER = 10000;
/* It is not only this command that is refused. */
const CLOSED = ['bad_token', 'banned'];
/* A page that is left may finish small requests. */
const SMALL = 9999;

export class PostingLine extends Line {
    #before = Promise.resolve();

    /* One after the other: a name is there before what is said under it. */
    send(command) {
        if (command.type === 'typing') {
            this.post(command);
        }
        else {
            this.#before = this.#before.then(async () => {
                await this.introduce(command);
                await this.post(command);
            });
        }
    }

    /* Where one has to be in the room first. */
    async introduce(_command) {}

    async post(command) {
        const { chat } = this;
        const { type, ref, text = '' } = command;

        try {
            const answer = await request(chat.room, '', {
                method: 'POST',
                headers: { 'Content-Type': 'application/json' },
                body: JSON.stringify(command),
                signal: AbortSignal.timeout(ANSWER),
                keepalive: text.length < SMALL,
            });
            const event = parse(await answer.text());

            if (type === 'name') {
                chat.take(event, this);
            }
            else if (type === 'message') {
                this.#confirm(ref, event.id);
            }
            else if (type !== 'typing') {
                chat.take({ ...event, type: 'ack', ref }, this);
            }
        }
        catch (problem) {
            this.#refuse(command, problem);
        }
    }

    /* A new one is confirmed when it comes: the line has to live. */
    #confirm(ref, id) {
        const { chat } = this;

        if (!isId(id)) {
            chat.outbox.doubt(ref);
            return;
        }
        chat.unsure?.drop(ref);
        if (chat.isNew(id)) {
            chat.line?.hurry?.();
        }
        else {
            chat.outbox.settle(ref);
        }
    }

    #refuse({ ref }, problem) {
        const { chat } = this;
        const { code, text, retry, status } = problem;

        if (CLOSED.includes(code)) {
            chat.giveUp(chat.lines, problem);
        }
        else if (status < 500 || retry) {
            chat.take({ type: 'error', code, text, ref, retry, status,
                for: problem.for }, this);
        }
        else {
            chat.acts?.doubt(ref);
            chat.outbox.doubt(ref);
        }
    }
}
