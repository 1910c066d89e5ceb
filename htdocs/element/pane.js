/* The part of the list that is built, and where the reader is in it.
 *
 * Only what is near the reader's eyes has elements; the rest is data
 * (entries.js).  At its ends the part grows by some dozens and is cut at the
 * other one, so that a room of any length costs the same.  Whatever changes
 * above the reader, what is read stays where it is: browsers either do not
 * care for that (WebKit) or not when the list is at its top, so all of them
 * leave it to us (overflow-anchor: none).  Used by timeline.js. */

import { isInside, refocus, topIn } from './markup.js';
import { adapt } from './message.js';

const CHUNK = 60;               /* more than fits, built at once */
const MOST = 360;               /* built at the same time */
const AT_END = 48;              /* pixels */
const AHEAD = 2;                /* heights of the log that are built ahead */

export class Pane {
    #log;
    #list;
    #entries;
    #build;
    #first = 0;
    #last = 0;
    #known = 0;             /* of the data: what take() has told of */
    #atEnd = true;
    #whole = false;
    #extent = '';
    #anchor = null;
    #placed = -1;           /* where settle() has scrolled to */

    /* The entry that must not leave by the top while the reader is at the
     * end: the first one that was missed. */
    limit = null;

    /* build(index): the elements of an entry. */
    constructor(log, list, entries, build) {
        this.#log = log;
        this.#list = list;
        this.#entries = entries;
        this.#build = build;
    }

    /* True while the reader follows what comes. */
    get atEnd() {
        return this.#atEnd;
    }

    /* True if the newest entry is built, the oldest one. */
    get hasNewest() {
        return this.#last === this.#known;
    }

    get hasOldest() {
        return this.#first === 0;
    }

    /* The part above the reader is short. */
    get isNearTop() {
        return this.#log.scrollTop < AHEAD * this.#log.clientHeight;
    }

    /* True if the reader has scrolled to where the log is, false if only
     * settle() has, which follows what comes. */
    get isMoved() {
        return !this.#atEnd || this.#log.scrollTop !== this.#placed;
    }

    /* There is nothing to scroll. */
    get isShort() {
        return this.#end <= 0;
    }

    get #end() {
        return this.#log.scrollHeight - this.#log.clientHeight;
    }

    get #isNearEnd() {
        return this.#end - this.#log.scrollTop
            < AHEAD * this.#log.clientHeight;
    }

    /* New entries stand at the end of the data. */
    take() {
        const from = this.#known;
        const missed = this.limit ? this.#entries.indexOf(this.limit) : -1;

        this.#known = this.#entries.length;
        if (this.#last !== from) {
            return;             /* the reader is far above */
        }
        if (this.#atEnd && missed >= 0 && !this.limit.nodes) {
            this.#show(Math.max(0, missed - CHUNK / 2),
                Math.min(this.#known, missed + CHUNK));
        }
        else if (this.#atEnd && missed < 0 && this.#known - from >= CHUNK) {
            this.#show(this.#known - CHUNK, this.#known);
        }
        else if (this.#atEnd || this.#whole
            || this.#last - this.#first < MOST) {
            this.#growDown(Math.min(this.#known, from + CHUNK), true);
        }
    }

    /* So many entries were put in front of the data. */
    takeOlder(count) {
        this.#first += count;
        this.#last += count;
        this.#known += count;
        if (this.#last > this.#first) {
            this.#anchor = this.#atEnd ? null : this.#findLasting(this.#first);
            this.keep(() => this.adjust(this.#first));
        }
    }

    /* change() puts entries into the data, or takes some out, elsewhere: all
     * is built anew, and what the reader reads does not move. */
    rebuild(change) {
        const { activeElement } = this.#list.getRootNode();
        const focused = this.#list.contains(activeElement)
            ? this.#entries.find(activeElement.closest('li').dataset.id) : null;
        const anchor = this.#atEnd ? null : this.#findLasting();

        this.#show(0, 0);
        change();
        this.#known = this.#entries.length;
        const index = anchor ? this.#entries.indexOf(anchor.entry) : -1;

        this.#bring(index < 0 ? this.#known - 1 : index);
        this.#anchor = index < 0 ? null : anchor;
        this.settle();
        if (focused?.nodes) {
            refocus(activeElement, focused.nodes.at(-1));
        }
    }

    /* Where an entry is for the reader: -1 above, 1 below; 0: not near. */
    sideOf(entry) {
        const item = entry?.nodes?.at(-1);
        const height = this.#log.clientHeight;
        const top = item ? topIn(this.#log, item) : Infinity;

        if (top < -AHEAD * height || top > (1 + AHEAD) * height) {
            return 0;
        }
        return top < height / 2 ? -1 : 1;
    }

    /* Builds an entry anew, as what it looks like has changed. */
    renew(index) {
        const { nodes } = this.#entries.at(index) ?? {};
        const { activeElement } = this.#list.getRootNode();

        if (nodes) {
            const next = nodes.at(-1).nextSibling;
            const hadFocus = nodes.some((node) => node.contains(activeElement));

            this.#remove(index);
            this.#list.insertBefore(this.#make(index, index + 1), next);
            if (hadFocus) {
                refocus(activeElement, this.#itemOf(index));
            }
        }
    }

    /* What stands around an entry or what it quotes has changed: its item
     * stays, with what the reader points at, has marked or presses. */
    adjust(index) {
        const entry = this.#entries.at(index);

        if (entry?.editor) {
            this.renew(index);          /* there is only one of that */
        }
        else if (entry?.nodes) {
            const lines = entry.nodes.slice(0, -1);
            const item = entry.nodes.at(-1);
            const fragment = this.#make(index, index + 1);

            item.setAttribute('aria-live', 'off');
            adapt(item, entry.nodes.pop());
            lines.forEach((line) => line.remove());
            fragment.lastElementChild.remove();
            item.before(fragment);
            entry.nodes.push(item);
        }
    }

    /* Shows the newest entries, and follows what comes. */
    goToEnd() {
        if (!this.hasNewest) {
            this.#show(Math.max(0, this.#known - CHUNK), this.#known);
        }
        this.#atEnd = true;
        this.#anchor = null;
        this.#extent = '';      /* what scrolls until then is this change */
    }

    /* Puts an entry in the middle of what the reader sees. */
    goTo(index) {
        const log = this.#log;

        this.#bring(index);
        const item = this.#itemOf(index);
        const room = Math.max(0, (log.clientHeight - item.offsetHeight) / 2);

        this.#atEnd = false;
        log.scrollTop = item.offsetTop - room;
        this.noteScroll();
    }

    /* Everything, for paper; then a part again. */
    showAll() {
        this.keep(() => {
            this.#whole = true;
            this.#growUp(0);
            this.#growDown(this.#known);
        });
    }

    showPart() {
        this.keep(() => {
            const length = this.#known;
            const place = this.#atEnd ? length
                : this.#entries.indexOf(this.#anchor.entry);

            this.#whole = false;
            this.#cut(Math.max(0, place - CHUNK),
                Math.min(length, place + CHUNK));
        });
    }

    /* The reader has scrolled; a new layout scrolls too, and does not count
     * while the reader is at the end.  True if it counts. */
    noteScroll() {
        if (!this.#log.clientHeight) {
            return false;
        }
        if (this.#atEnd && this.#extent !== this.#measure()) {
            this.settle();
            return false;
        }
        this.#atEnd = this.hasNewest
            && this.#end - this.#log.scrollTop < AT_END;
        /* What settle() did itself is no other place: browsers round it, and
         * many roundings would be seen. */
        if (this.#log.scrollTop !== this.#placed) {
            this.#placed = -1;          /* to come back there is a move, too */
        }
        if (this.#atEnd || !this.#anchor || this.#placed < 0) {
            this.#anchor = this.#atEnd ? null : this.#findAnchor();
        }
        return true;
    }

    /* Builds more at both ends, where the reader comes near to them. */
    fill() {
        const missesAbove = !this.hasOldest && this.isNearTop;
        const missesBelow = !this.hasNewest && this.#isNearEnd;

        if (missesAbove || missesBelow) {
            this.keep(() => {
                if (missesAbove) {
                    this.#growUp(Math.max(0, this.#first - CHUNK));
                }
                if (missesBelow) {
                    this.#growDown(Math.min(this.#known, this.#last + CHUNK));
                }
            });
        }
        this.#trim();
    }

    /* Changes something; what the reader reads does not move. */
    keep(change) {
        this.#hold();
        change();
        this.settle();
    }

    /* Changes the size of the log itself: the reader's place stays on the
     * screen. */
    keepOnScreen(change) {
        const topOf = () => this.#log.getBoundingClientRect().top;
        const top = topOf();

        this.#hold();
        change();
        if (this.#anchor) {
            this.#anchor.top -= topOf() - top;
        }
        this.settle();
    }

    /* Remembers where a reader is who is not at the end. */
    #hold() {
        if (!this.#atEnd && !this.#anchor) {
            this.#anchor = this.#findAnchor();
        }
    }

    /* True if the reader sees all of an entry. */
    isInView({ nodes }) {
        return Boolean(nodes) && isInside(this.#log, nodes.at(-1));
    }

    /* After a new layout: at the end again, or where the reader was.  A room
     * that the host hides has no layout, and stays where it was. */
    settle() {
        const log = this.#log;

        if (!log.clientHeight) {
            return;
        }
        if (this.#atEnd) {
            const end = this.#end;
            /* The line "New" is in front of the message. */
            const line = this.limit?.nodes?.at(-2);

            log.scrollTop = line ? Math.min(end, line.offsetTop) : end;
            this.#placed = log.scrollTop;
            this.#extent = this.#measure();
            this.#atEnd = this.hasNewest && end - log.scrollTop < AT_END;
            this.#anchor = this.#atEnd ? null : this.#findAnchor();
            return;
        }
        const item = this.#anchor?.entry.nodes?.at(-1);

        if (item && !item.offsetParent) {
            this.#anchor = this.#findAnchor();      /* it has been hidden */
        }
        else if (item) {
            const moved = topIn(this.#log, item) - this.#anchor.top;

            if (Math.abs(moved) >= 0.5) {
                log.scrollTop += moved;
                this.#placed = log.scrollTop;
            }
        }
    }

    #measure() {
        return `${this.#log.scrollHeight} ${this.#log.clientHeight}`;
    }

    /* The first entry that the reader sees, or null. */
    #findAnchor() {
        let low = this.#first;
        let high = this.#last - 1;

        while (low < high) {
            const middle = (low + high) >> 1;
            const seen = this.#findSeen(middle, 1, high);

            if (seen < 0 || this.#isBelowTop(seen)) {
                high = middle;
            }
            else {
                low = seen + 1;
            }
        }
        return this.#anchorAt(this.#findSeen(low, 1, this.#last - 1));
    }

    /* An entry, and where it is; -1: none. */
    #anchorAt(index) {
        return index < 0 ? null : { entry: this.#entries.at(index),
            top: topIn(this.#log, this.#itemOf(index)) };
    }

    /* The same, but neither the hole, which goes, nor what may lose its head
     * then: the one behind it, or `first`. */
    #findLasting(first = -1) {
        const anchor = this.#findAnchor();
        const changes = (at) => at === first
            || this.#entries.at(at).isHole
            || (at > 0 && this.#entries.at(at - 1).isHole);
        let at = anchor ? this.#entries.indexOf(anchor.entry) : -1;

        while (at >= 0 && changes(at)) {
            at = this.#findSeen(at + 1, 1, this.#last - 1);
        }
        return this.#anchorAt(at) ?? anchor;
    }

    #isBelowTop(index) {
        const item = this.#itemOf(index);

        return item.offsetTop + item.offsetHeight > this.#log.scrollTop;
    }

    /* The first entry from here on, to this end, that is not hidden, as the
     * messages of somebody may be; or -1. */
    #findSeen(index, step, end) {
        for (let at = index; step > 0 ? at <= end : at >= end; at += step) {
            if (this.#itemOf(at).offsetParent) {
                return at;
            }
        }
        return -1;
    }

    /* Builds what is around an entry, if it is not built. */
    #bring(index) {
        if (index < this.#first || index >= this.#last) {
            this.#show(Math.max(0, index - CHUNK / 2),
                Math.min(this.#known, index + CHUNK));
        }
    }

    #show(first, last) {
        for (let index = this.#first; index < this.#last; index += 1) {
            this.#entries.at(index).nodes = null;
        }
        this.#list.replaceChildren(this.#make(first, last));
        this.#first = first;
        this.#last = last;
        this.#anchor = null;
    }

    #growUp(first) {
        this.#list.prepend(this.#make(first, this.#first));
        this.#first = first;
    }

    #growDown(last, isNews = false) {
        this.#list.append(this.#make(this.#last, last, isNews));
        this.#last = last;
    }

    /* What is no news is not read aloud when it is built. */
    #make(first, last, isNews = false) {
        const fragment = document.createDocumentFragment();

        for (let index = first; index < last; index += 1) {
            const nodes = this.#build(index);

            this.#entries.at(index).nodes = nodes;
            for (const node of nodes) {
                if (!isNews) {
                    node.setAttribute('aria-live', 'off');
                }
                fragment.append(node);
            }
        }
        return fragment;
    }

    /* Cuts what is far from the reader. */
    #trim() {
        const excess = this.#last - this.#first - MOST;

        if (excess < CHUNK || this.#whole) {
            return;
        }
        if (this.#isFarAbove(this.#first + excess)) {
            this.keep(() => this.#cut(this.#first + excess, this.#last));
        }
        else if (this.#isFarBelow(this.#last - excess)) {
            this.keep(() => this.#cut(this.#first, this.#last - excess));
        }
    }

    #isFarAbove(index) {
        const { scrollTop, clientHeight } = this.#log;
        const seen = this.#findSeen(index, 1, this.#last - 1);

        return seen >= 0 && this.#itemOf(seen).offsetTop
            < scrollTop - 2 * AHEAD * clientHeight;
    }

    #isFarBelow(index) {
        const { scrollTop, clientHeight } = this.#log;
        const seen = this.#findSeen(index, -1, this.#first);

        return !this.#atEnd && seen >= 0 && this.#itemOf(seen).offsetTop
            > scrollTop + (1 + 2 * AHEAD) * clientHeight;
    }

    /* Leaves only these. */
    #cut(first, last) {
        for (; this.#first < first; this.#first += 1) {
            this.#remove(this.#first);
        }
        while (this.#last > last) {
            this.#last -= 1;
            this.#remove(this.#last);
        }
    }

    #itemOf(index) {
        return this.#entries.at(index).nodes.at(-1);
    }

    #remove(index) {
        const entry = this.#entries.at(index);

        entry.nodes.forEach((node) => node.remove());
        entry.nodes = null;
    }
}
