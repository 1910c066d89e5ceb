/* The list of messages: what the server delivered, under it what is still
 * to be confirmed, and where the reader is in it.
 *
 * What comes is put into the data at once and shown once a frame, so that
 * thousands of messages cost one layout (entries.js, pane.js).  Used by
 * conversation.js. */

import { Entries } from './entries.js';
import { makeIcon } from './markup.js';
import { MessageMaker } from './message.js';
import { Moments } from './moment.js';
import { findNames } from './mention.js';
import { Outbox } from './outbox.js';
import { Pane } from './pane.js';
import { Past } from './past.js';
import { Reading } from './reading.js';

const HISTORY_TIME = 1000;          /* after hello, until it is read aloud */
const HISTORY_MOST = 10000;         /* if it takes longer to come */
const QUIET = 500;                  /* nothing came: it is complete */
const PAUSE = 200;                  /* where no frames are drawn */
const MANY = 150;                   /* messages: more than fit */
const UPWARD = ['ArrowUp', 'PageUp', 'Home'];
const ICON_DOWN = 'M12 5v14M5.500 12.500L12 19l6.500-6.500';

export class Timeline {
    #strings;
    #maker;
    #reading;
    #entries = new Entries();
    #pane;
    #outbox;
    #past;
    #moments;
    #log;
    #list;
    #empty;
    #jump;
    #life = new AbortController();
    #observer;
    #timer = 0;
    #due = null;
    #changed = new Set();
    #adjusted = new Set();              /* see pane.js */
    #armed = false;
    #newest = null;
    #unread = 0;
    #mark = null;
    #unseenMark = false;
    #target = null;
    #shown;

    /* room: its address.  actions: those of MessageMaker and Past, and shown, a
     * promise: the element has its styles. */
    constructor(root, strings, room, actions) {
        this.#strings = strings;
        this.#shown = actions.shown;
        this.#reading = new Reading(room);
        this.#log = root.getElementById('log');
        this.#list = root.getElementById('list');
        this.#empty = root.getElementById('empty');
        this.#jump = root.getElementById('jump');
        this.#maker = new MessageMaker(strings,
            { addressOf: (id) => `${room}#${id}`,
                find: (id) => this.find(id), ...actions });
        this.#outbox = new Outbox(root.getElementById('pending'), this.#maker);
        this.#pane = new Pane(this.#log, this.#list, this.#entries,
            (index) => this.#build(index));
        this.#past = new Past(this.#list, strings, this.#entries, actions, {
            older: (older) => this.#takeOlder(older),
            change: (act) => this.#rebuild(act),
            keep: (act) => this.#pane.keep(act),
        });
        this.#moments = new Moments(this.#list, room,
            (id) => this.goTo(id), this.#life.signal);
        this.#listen();
    }

    /* True when the history is there: what comes now is news. */
    get isArmed() {
        return this.#armed;
    }

    /* True while the reader has the newest message before the eyes. */
    get isSeen() {
        return this.#pane.atEnd && !document.hidden && !this.#log.inert
            && this.#log.clientHeight > 0;
    }

    /* New messages are read aloud from now on, but not the history, which may
     * come slowly: what is missed of it would count as read otherwise.
     * hasMore: the room has an archive. */
    arm(hasMore) {
        if (hasMore) {
            this.#past.open();
        }
        const begun = performance.now();
        const look = (known) => {
            const { length } = this.#entries;

            if (length > known && performance.now() - begun < HISTORY_MOST) {
                this.#timer = setTimeout(look, QUIET, length);
                return;
            }
            this.#open(hasMore);
        };

        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
            this.#timer = setTimeout(look, QUIET, this.#entries.length);
        }, HISTORY_TIME - QUIET);
    }

    /* True for a while after the server could not be asked for messages. */
    get hasFailed() {
        return this.#past.hasFailed;
    }

    /* The entry of a message that is known here. */
    find(id) {
        return this.#entries.find(id);
    }

    /* The reader's last message that can be changed, or undefined. */
    get lastOwn() {
        for (let index = this.#entries.length - 1; index >= 0; index -= 1) {
            const entry = this.#entries.at(index);

            if (entry.own && !entry.deleted && !entry.isGoing) {
                return entry;
            }
        }
        return undefined;
    }

    /* A deleted, edited or cleared event. */
    amend(event) {
        const changed = this.#entries.amend(event);

        for (const entry of changed) {
            this.#changed.add(entry);
        }
        for (const entry of this.#entries.quoting(changed)) {
            this.#adjusted.add(entry);
        }
        if (changed.length) {
            this.#plan();
        }
    }

    /* What an entry looks like has changed. */
    refresh(entry) {
        if (this.#entries.find(entry.id) === entry) {
            this.#pane.keep(() =>
                this.#pane.renew(this.#entries.indexOf(entry)));
            this.#moments.moveStop();
        }
    }

    /* The reader, also one who does not see, goes on from this message. */
    focus(entry) {
        if (entry.nodes) {
            this.#moments.focus(entry.nodes.at(-1));
        }
    }

    /* Brings a message before the reader's eyes, if it is not there. */
    reveal(entry) {
        this.#flush();
        if (!this.#pane.isInView(entry)) {
            this.#pane.goTo(this.#entries.indexOf(entry));
            this.#showJump();
        }
    }

    /* Changes the size of the list; what the reader sees does not move. */
    keepPlace(change) {
        this.#pane.keepOnScreen(change);
        this.#showJump();
    }

    /* After a new layout, or in another place of the page. */
    settle() {
        this.#pane.settle();
        this.#showJump();
    }

    /* The reader has come to the page, or leaves it. */
    attend() {
        this.#noteRead();
        this.#reading.save();
    }

    end() {
        clearTimeout(this.#timer);
        clearTimeout(this.#due?.timer);
        this.#life.abort();
        this.#observer.disconnect();
        this.#reading.save();
    }

    /* A message event; own: the reader wrote it; quiet: the reader does not
     * want to know of it. */
    show(message, own, quiet = false) {
        if (this.find(message.id)) {
            return;             /* it was asked for just before it came */
        }
        const isMissed = !own && !quiet && this.#isMissed(message.id);
        const entry = this.#entries.add(message, own);

        this.#newest = message.id;
        if (isMissed) {
            this.#placeMark(entry);
        }
        if (!own && !quiet && (this.#armed || this.#unseenMark)) {
            this.#unread += 1;
        }
        this.#plan();
    }

    /* A remark of the page itself. */
    note(text) {
        this.#entries.addNote(text);
        this.#plan();
    }

    /* A message of the outbox, new or in a new state. */
    pend(entry) {
        this.#outbox.put(entry);
        this.#plan();
    }

    unpend(ref) {
        this.#outbox.remove(ref);
        this.#plan();
    }

    scrollToEnd() {
        this.#unseenMark = false;
        this.#pane.limit = null;
        this.#pane.goToEnd();
        this.#plan();
    }

    /* The reader's name, by which the others speak to the reader. */
    setReader(name) {
        const old = this.#maker.reader;

        this.#maker.reader = name;
        for (let index = 0; index < this.#entries.length; index += 1) {
            const { nodes, text = '' } = this.#entries.at(index);

            if (nodes && findNames(text, old).length
                !== findNames(text, name).length) {
                this.#pane.renew(index);
            }
        }
    }

    /* Goes to a message and marks it.  False: the room does not have it, or
     * cannot be asked. */
    async goTo(id) {
        await this.#shown;          /* before that nothing takes the focus */
        const entry = await this.#past.find(id);
        const { gone, errors } = this.#strings;

        if (!entry && !this.#life.signal.aborted) {
            this.note(this.hasFailed ? errors.offline : gone);
        }
        if (!entry || this.#life.signal.aborted) {
            return false;
        }
        this.#flush();
        this.#target?.nodes?.at(-1).classList.remove('target');
        this.#target = entry;
        this.#pane.goTo(this.#entries.indexOf(entry));
        entry.nodes.at(-1).classList.add('target');
        this.#pane.fill();
        this.#moments.focus(entry.nodes.at(-1));
        this.#showJump();
        return true;
    }

    async #open(hasMore) {
        this.#log.setAttribute('aria-live', 'polite');
        this.#armed = true;
        this.#noteRead();
        this.#moments.open();
        if (hasMore && this.#pane.isShort) {
            await this.#past.load();
        }
        this.#empty.hidden = this.#filled();
    }

    #listen() {
        const { signal } = this.#life;

        this.#log.addEventListener('scroll', () => this.#scrolled());
        this.#log.addEventListener('wheel', (event) => event.deltaY < 0
            && this.#reachUp(), { passive: true });
        this.#log.addEventListener('touchmove', () => this.#reachUp(),
            { passive: true });
        this.#log.addEventListener('keydown', (event) => UPWARD
            .includes(event.key) && this.#reachUp());
        this.#jump.addEventListener('click', () => {
            this.scrollToEnd();
            this.#log.focus({ preventScroll: true });
        }, { signal });
        addEventListener('beforeprint', () => this.#pane.showAll(),
            { signal });
        addEventListener('afterprint', () => this.#pane.showPart(),
            { signal });
        /* The window, the keyboard or the composer changes the room for it. */
        this.#observer = new ResizeObserver(() => this.settle());
        this.#observer.observe(this.#log);
        this.#observer.observe(this.#list.parentElement);
    }

    /* The elements of an entry, the lines in front of it included. */
    #build(index) {
        const entry = this.#entries.at(index);
        const nodes = [];

        if (entry.isHole) {
            return [this.#maker.makeLine('note', this.#strings.loading)];
        }
        if (entry.note !== undefined) {
            return [this.#maker.makeLine('note', entry.note)];
        }
        if (this.#entries.startsDay(index)) {
            nodes.push(this.#maker.makeLine('day',
                this.#maker.formatDay(entry.time)));
        }
        if (entry.isMarked) {
            nodes.push(this.#maker.makeLine('new',
                this.#strings.newFromHere));
        }
        nodes.push(this.#maker.makeMessage(entry,
            this.#entries.continues(index)));
        nodes.at(-1).classList.toggle('target', entry === this.#target);
        return nodes;
    }

    /* Shows what has come: at once, but not twice in a frame. */
    #plan() {
        this.#empty.hidden = true;
        if (this.#due) {
            this.#due.again = true;
            return;
        }
        this.#flush();
        const due = { again: false };
        const go = () => {
            clearTimeout(due.timer);
            if (this.#due === due) {
                this.#due = null;
                if (due.again) {
                    this.#plan();
                }
            }
        };

        this.#due = due;
        requestAnimationFrame(go);
        due.timer = setTimeout(go, PAUSE);
    }

    #flush() {
        this.#outbox.show();
        this.#pane.take();
        for (const entry of this.#changed) {
            this.#pane.renew(this.#entries.indexOf(entry));
        }
        for (const entry of this.#adjusted) {
            this.#pane.adjust(this.#entries.indexOf(entry));
        }
        this.#changed.clear();
        this.#adjusted.clear();
        this.#pane.settle();
        this.#pane.fill();
        this.#moments.moveStop();
        this.#noteRead();
        this.#showJump();
        this.#openEarly();
    }

    /* Goes to the message at which the page opens, before the history is
     * complete: once so much stands behind it that it is not at the end, or
     * when the history begins behind it. */
    #openEarly() {
        const { opening } = this.#moments;
        const entry = this.#entries.find(opening);

        if (entry ? this.#entries.length - this.#entries.indexOf(entry) > MANY
            : opening && this.#past.has(opening)) {
            this.#moments.open();
        }
    }

    /* Those that quote one of them can show it now. */
    #takeOlder(older) {
        this.#pane.takeOlder(older.length);
        this.#pane.keep(() => {
            for (const entry of this.#entries.quoting(older)) {
                this.#pane.adjust(this.#entries.indexOf(entry));
            }
        });
        this.#pane.fill();
    }

    #rebuild(act) {
        this.#pane.rebuild(act);
        this.#pane.fill();
        this.#moments.moveStop();
        this.#showJump();
    }

    #filled() {
        return this.#entries.length > 0 || this.#outbox.size > 0;
    }

    /* It came while the reader was away: before this visit, or now behind
     * another page. */
    #isMissed(id) {
        return !this.#unseenMark && (!this.#armed || document.hidden)
            && this.#reading.isNew(id);
    }

    /* The line at which the reader goes on. */
    #placeMark(entry) {
        if (this.#mark) {
            this.#mark.isMarked = false;
            this.#adjusted.add(this.#mark);
        }
        entry.isMarked = true;
        this.#mark = entry;
        this.#pane.limit = entry;
        this.#unseenMark = true;
        this.#unread = 0;
    }

    #showJump() {
        const { newMessages, newest } = this.#strings;

        this.#jump.hidden = this.#pane.atEnd || !this.#filled();
        if (this.#jump.hidden) {
            return;
        }
        this.#jump.classList.toggle('plain', this.#unread === 0);
        if (this.#unread > 0) {
            this.#jump.removeAttribute('aria-label');
            this.#jump.textContent = newMessages(this.#unread);
        }
        else if (!this.#jump.ariaLabel) {
            this.#jump.setAttribute('aria-label', newest);
            this.#jump.replaceChildren(makeIcon(ICON_DOWN));
        }
    }

    /* What the reader has before the eyes has been read. */
    #noteRead() {
        if (this.#armed && this.isSeen) {
            this.#unread = 0;
            this.#unseenMark = false;
            this.#pane.limit = null;
            if (this.#newest) {
                this.#reading.note(this.#newest);
            }
        }
    }

    #scrolled() {
        if (this.#pane.noteScroll()) {
            this.#pane.fill();
            this.#noteRead();
            if (this.#pane.isMoved) {
                this.#reachUp();
            }
        }
        this.#showJump();
    }

    /* The reader wants to see older messages, also where there are too few
     * to scroll; or comes to where some are missing. */
    #reachUp() {
        const side = this.#pane.sideOf(this.#entries.hole);

        if (side !== 0) {
            this.#past.fill(side > 0);
        }
        else if (this.#armed && this.#pane.hasOldest && this.#pane.isNearTop) {
            this.#past.load();
        }
    }
}
