/* The order that moderators keep: the topic on top, whether only they write,
 * and how long the reader has to wait between two messages.  Used by
 * parts.js. */

import { shownName } from './guest.js';
import { make } from './markup.js';
import { isolate } from './text.js';
import { formatSpan } from './times.js';

export class Order {
    #strings;
    #chat;
    #timeline;
    #composer;
    #gate;
    #bar;
    #topic;
    #lock;
    #room;
    #desk = null;           /* a moderator's, or a promise of it */
    #early = [];            /* what it is to be told of */

    constructor(room) {
        const { root, strings, chat, timeline, composer, gate } = room;

        this.#room = room;
        this.#strings = strings;
        this.#chat = chat;
        this.#timeline = timeline;
        this.#composer = composer;
        this.#gate = gate;
        this.#topic = make('button', { id: 'topic', type: 'button',
            'aria-expanded': 'false' },
        make('span', { class: 'unseen' }, `${strings.topic}: `),
        make('bdi', {}));
        this.#lock = make('p', { id: 'lock', hidden: true }, strings.locked);
        this.#bar = make('div', { id: 'order', class: 'order', part: 'topic',
            hidden: true },
        make('div', { class: 'column' }, this.#topic, this.#lock));
        root.querySelector('header > .column').after(this.#bar);
        this.#topic.addEventListener('click', () => this.#toggle());
    }

    /* A message of the reader's own is where slow mode counts from. */
    receive({ own, id }) {
        const wait = 1000 * this.#slow;

        if (own && wait > 0) {
            const since = this.#timeline.isArmed ? 0
                : Date.now() - Number.parseInt(id, 10);

            /* Clocks differ: never more than the time itself. */
            this.#composer.pause(Math.min(wait, wait - since));
        }
    }

    event(event) {
        const { type, by, kind, user, reason } = event;

        if (type === 'hello') {
            this.#openDesk();
        }
        this.#tellDesk(event);
        if (type === 'sanction' && kind === 'mute'
            && user?.id === this.#chat()?.you?.id) {
            this.#gate.reason = String(reason ?? '');
        }
        if (['hello', 'room', 'sanction'].includes(type)) {
            this.#show();
        }
        else if (type === 'cleared' && by) {
            this.#timeline.note(this.#strings.clearedBy(
                isolate(shownName(by, this.#strings))));
        }
    }

    state() {
        this.#show();
    }

    end() {
        this.#composer.pause(0);
    }

    /* Seconds, for this reader. */
    get #slow() {
        const { rights, roomState } = this.#chat() ?? {};

        return rights?.moderate ? 0 : Number(roomState?.slow) || 0;
    }

    #show() {
        const chat = this.#chat();
        const { rights, roomState } = chat ?? {};
        const topic = String(roomState?.topic ?? '');
        const slow = this.#slow;

        if (!chat) {
            return;
        }
        this.#timeline.keepPlace(() => {
            this.#topic.lastChild.textContent = topic;
            this.#topic.hidden = !topic;
            this.#lock.hidden = !(roomState?.locked && rights?.moderate);
            this.#bar.hidden = this.#topic.hidden && this.#lock.hidden;
        });
        this.#composer.remark(slow > 0
            ? this.#strings.slow(formatSpan(slow, this.#strings)) : '');
        if (slow === 0) {
            this.#composer.pause(0);
        }
        this.#gate.show(chat);
    }

    /* Only moderators have one. */
    async #openDesk() {
        const { rights, roomState } = this.#chat();
        const moderates = Boolean(rights?.moderate && roomState);

        if (!this.#desk && moderates) {
            this.#early = [];
            this.#desk = import('../moderate/desk.js');
            try {
                const { Desk } = await this.#desk;

                this.#room.signal.throwIfAborted();
                this.#desk = new Desk(this.#room);
                this.#early.forEach((event) => this.#desk.event(event));
            }
            catch {
                this.#desk = null;      /* the next hello tries again */
            }
        }
        if (this.#desk && 'isHidden' in this.#desk) {
            this.#desk.isHidden = !this.#chat().rights?.moderate;
        }
    }

    #tellDesk(event) {
        if (this.#desk?.event) {
            this.#desk.event(event);
        }
        else if (this.#desk) {
            this.#early.push(event);
        }
    }

    /* One line of it, or all. */
    #toggle() {
        const isOpen = this.#topic.ariaExpanded === 'true';

        this.#timeline.keepPlace(() => {
            this.#topic.ariaExpanded = String(!isOpen);
        });
    }
}
