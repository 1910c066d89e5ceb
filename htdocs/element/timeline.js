/* The list of messages: what the server delivered, under it what is still
 * to be confirmed, and where the reader is in it.  Used by chat-room.js. */

import { make } from './markup.js';
import { MessageMaker } from './message.js';
import { Reading } from './reading.js';

const MOST_SHOWN = 1000;
const MOST_KEPT = 5000;             /* while the reader is above */
const SAME_TURN = 5 * 60 * 1000;    /* one head for what follows so soon */
const AT_END = 48;                  /* pixels */
const HISTORY_TIME = 1000;          /* after hello, until it is read aloud */

export class Timeline {
    #strings;
    #maker;
    #reading;
    #log;
    #list;
    #pending;
    #empty;
    #jump;
    #observer;
    #timer = 0;
    #armed = false;
    #previous = null;
    #newest = null;
    #atEnd = true;
    #extent = '';
    #unread = 0;
    #mark = null;
    #unseenMark = false;

    /* room: its address.  actions: those of MessageMaker. */
    constructor(root, strings, room, actions) {
        this.#strings = strings;
        this.#maker = new MessageMaker(strings, actions);
        this.#reading = new Reading(room);
        this.#log = root.getElementById('log');
        this.#list = root.getElementById('list');
        this.#pending = root.getElementById('pending');
        this.#empty = root.getElementById('empty');
        this.#jump = root.getElementById('jump');
        this.#log.addEventListener('scroll', () => this.#scrolled());
        this.#jump.addEventListener('click', () => {
            this.scrollToEnd();
            this.#log.focus({ preventScroll: true });
        });
        /* The window, the keyboard or the composer changes the room for it. */
        this.#observer = new ResizeObserver(() => this.#follow());
        this.#observer.observe(this.#log);
        this.#observer.observe(this.#list.parentElement);
    }

    /* True when the history is there: what comes now is news. */
    get isArmed() {
        return this.#armed;
    }

    /* True while the reader has the newest message before the eyes. */
    get isSeen() {
        return this.#atEnd && !document.hidden && this.#log.clientHeight > 0;
    }

    /* New messages are read aloud from now on, but not the history. */
    arm() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
            this.#log.setAttribute('aria-live', 'polite');
            this.#armed = true;
            this.#empty.hidden = this.#filled();
            this.#noteRead();
        }, HISTORY_TIME);
    }

    /* The reader has come to the page, or leaves it. */
    attend() {
        this.#noteRead();
        this.#reading.save();
    }

    end() {
        clearTimeout(this.#timer);
        this.#observer.disconnect();
        this.#reading.save();
    }

    /* A message event; own: the reader wrote it; quiet: the reader does not
     * want to know of it. */
    show(message, own, quiet = false) {
        const time = new Date(Number(message.id.split('-')[0]));
        const day = this.#maker.formatDay(time);

        if (this.#previous?.day !== day) {
            this.#addLine('day', day);
        }
        if (!own && !quiet && this.#isMissed(message.id)) {
            this.#placeMark();
        }
        this.#list.append(this.#maker.makeMessage(message, own,
            this.#continues(message.from, time), time));
        this.#previous = { day, time, from: message.from };
        this.#newest = message.id;
        this.#added(own || quiet ? 0 : 1);
    }

    /* A remark of the page itself. */
    note(text) {
        this.#addLine('note', text);
        this.#added(0);
    }

    /* A message of the outbox, new or in a new state. */
    pend(entry) {
        const item = this.#maker.makePending(entry);
        const old = this.#findPending(entry.ref);
        const again = old?.classList.contains('failed')
            && entry.state === 'sending';

        if (old && !again) {
            old.replaceWith(item);
        }
        else {
            old?.remove();
            this.#pending.append(item);
        }
        this.#added(0);
    }

    unpend(ref) {
        this.#findPending(ref)?.remove();
    }

    scrollToEnd() {
        this.#atEnd = true;
        this.#unseenMark = false;
        this.#follow();
        this.#noteRead();
    }

    #findPending(ref) {
        return Array.from(this.#pending.children)
            .find((item) => item.dataset.ref === ref);
    }

    #continues(from, time) {
        const before = this.#previous;

        return before !== null && before.from !== null
            && before.from.id === from.id && before.from.name === from.name
            && time - before.time < SAME_TURN;
    }

    #addLine(className, text) {
        const line = make('li', { class: className, part: className },
            make('span', {}, text));

        this.#list.append(line);
        this.#previous = this.#previous && { ...this.#previous, from: null };
        return line;
    }

    #filled() {
        return this.#list.children.length + this.#pending.children.length > 0;
    }

    /* It came while the reader was away: before this visit, or now behind
     * another page. */
    #isMissed(id) {
        return !this.#unseenMark && (!this.#armed || document.hidden)
            && this.#reading.isNew(id);
    }

    /* The line at which the reader goes on. */
    #placeMark() {
        this.#mark?.remove();
        this.#mark = this.#addLine('new', this.#strings.newFromHere);
        this.#unseenMark = true;
        this.#unread = 0;
    }

    #added(messages) {
        this.#empty.hidden = true;
        if (this.#armed || this.#unseenMark) {
            this.#unread += messages;
        }
        this.#trim();
        this.#follow();
        this.#noteRead();
        this.#showJump();
    }

    #trim() {
        const most = this.#atEnd ? MOST_SHOWN : MOST_KEPT;

        while (this.#list.children.length > most) {
            this.#list.firstElementChild.remove();
        }
    }

    /* Stays at the end, but not beyond the line where the reader left off
     * and has not been since. */
    #follow() {
        const log = this.#log;
        const end = log.scrollHeight - log.clientHeight;

        if (!this.#atEnd) {
            return;
        }
        log.scrollTop = this.#unseenMark
            ? Math.min(end, this.#mark.offsetTop) : end;
        this.#extent = `${log.scrollHeight} ${log.clientHeight}`;
        this.#atEnd = end - log.scrollTop < AT_END;
        this.#showJump();
    }

    #showJump() {
        this.#jump.hidden = this.#atEnd || this.#unread === 0;
        if (!this.#jump.hidden) {
            this.#jump.textContent = this.#strings.newMessages(this.#unread);
        }
    }

    /* What the reader has before the eyes has been read. */
    #noteRead() {
        if (this.#armed && this.isSeen) {
            this.#unread = 0;
            this.#unseenMark = false;
            if (this.#newest) {
                this.#reading.note(this.#newest);
            }
        }
    }

    /* A new layout scrolls too: only the reader's own scrolling counts. */
    #scrolled() {
        const log = this.#log;

        if (this.#atEnd
            && this.#extent !== `${log.scrollHeight} ${log.clientHeight}`) {
            this.#follow();
            return;
        }
        this.#atEnd = log.scrollHeight - log.scrollTop - log.clientHeight
            < AT_END;
        this.#noteRead();
        this.#showJump();
    }
}
