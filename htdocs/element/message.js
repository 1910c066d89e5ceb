/* One message as it is shown, and the lines between them.  Used by
 * timeline.js and pane.js. */

import { shownName } from './guest.js';
import { make } from './markup.js';
import { colourOf, initialsOf, makeMarks } from './marks.js';
import { findNames } from './mention.js';
import { appendText, isEmoji, makeSentence, oneLine } from './text.js';

/* Makes the head and the quotation of an item those of another; all else of it
 * stays as it is. */
export function adapt(item, other) {
    item.className = other.className;
    for (const part of ['.head', '.bubble > .quote']) {
        const old = item.querySelector(part);
        const now = other.querySelector(part);

        if (old && now && !old.isEqualNode(now)) {
            old.replaceChildren(...now.childNodes);
            delete old.dataset.from;
            Object.assign(old.dataset, now.dataset);
        }
    }
}

export class MessageMaker {
    #strings;
    #actions;
    #clock;
    #calendar;
    #reader = '';

    /* actions: again(ref) and discard(ref) for what could not be sent,
     * addressOf(id), a message's own address, and find(id), its entry. */
    constructor(strings, actions) {
        this.#strings = strings;
        this.#actions = actions;
        this.#clock = new Intl.DateTimeFormat(strings.locale,
            { timeStyle: 'short' });
        this.#calendar = new Intl.DateTimeFormat(strings.locale,
            { dateStyle: 'full' });
    }

    /* The name by which the others speak to the reader. */
    get reader() {
        return this.#reader;
    }

    set reader(name) {
        this.#reader = name;
    }

    formatDay(time) {
        return this.#calendar.format(time);
    }

    /* A line between messages. */
    makeLine(className, text) {
        return make('li', { class: className, part: className },
            make('span', {}, ...makeSentence(text)));
    }

    /* An entry of entries.js; same: its head is that of the one before. */
    makeMessage(entry, same) {
        const { id, from, own } = entry;
        const name = shownName(from, this.#strings);

        return make('li', {
            class: this.#classOf(entry, same),
            part: own ? 'message message-own' : 'message',
            'data-id': id,
            'data-from': from.id,
        },
        make('span', { class: 'face', part: 'face', 'aria-hidden': 'true' },
            initialsOf(from)),
        make('div', { class: 'bubble', part: 'bubble' },
            make('div', { class: 'head' },
                make('bdi', { class: 'name', part: 'name' }, name),
                ...own || same ? [] : makeMarks(from, this.#strings)
                    .flatMap((mark) => [' ', mark]),
                own ? ` (${this.#strings.you})` : ''),
            ...this.#makeBody(entry)));
    }

    #classOf({ from, text, own, deleted, editor, isGoing }, same) {
        const named = !own && findNames(text, this.#reader).length > 0;

        return ['message', colourOf(from.id), own && 'own', same && 'same',
            named && 'names-me', deleted && 'deleted', editor && 'editing',
            isGoing && 'going'].filter(Boolean).join(' ');
    }

    /* What is below the head. */
    #makeBody({ id, text, own, time, re, deleted, edited, editor }) {
        const mark = edited ? `${this.#strings.edited} ` : '';
        const clock = mark + this.#clock.format(time);

        if (deleted) {
            return [make('div', { class: 'text', part: 'text',
                'data-time': clock }, this.#strings.deleted),
            this.#makeTime(id, time, '')];
        }
        return [
            ...re ? [this.#makeQuote(re)] : [],
            editor ?? this.#makeText(text, clock, own ? '' : this.#reader),
            this.#makeTime(id, time, mark)];
    }

    /* One line of the message that is answered; it leads there. */
    #makeQuote(id) {
        const { replyTo, deleted, olderMessage } = this.#strings;
        const entry = this.#actions.find(id);
        const link = make('a', { class: 'quote', part: 'quote', tabindex: '-1',
            href: this.#actions.addressOf(id) });

        if (!entry || entry.deleted) {
            link.append(make('span', { class: 'quoted' },
                entry ? deleted : olderMessage));
            return link;
        }
        const name = shownName(entry.from, this.#strings);

        link.dataset.from = entry.from.id;
        link.append(make('span', { class: 'unseen' }, `${replyTo(name)} `),
            make('bdi', { 'aria-hidden': 'true' }, name), ' ',
            make('span', { class: 'quoted', dir: 'auto' },
                oneLine(entry.text)));
        return link;
    }

    /* A message of the outbox: {ref, text, state}. */
    makePending(entry) {
        return make('li', { class: `message own ${entry.state}`,
            part: 'message message-own', 'data-ref': entry.ref },
        make('div', { class: 'bubble', part: 'bubble' },
            ...entry.re ? [this.#makeQuote(entry.re)] : [],
            this.#makeText(entry.text, false), this.#makeFate(entry)));
    }

    #makeText(text, clock, reader = '') {
        const element = make('div', {
            class: isEmoji(text) ? 'text emoji' : 'text',
            dir: 'auto',
            part: 'text',
            'data-time': clock,
        });

        appendText(element, text, reader);
        return element;
    }

    /* The time is the link to the message.  The list is one stop of the Tab
     * key: moment.js.  mark: said before it. */
    #makeTime(id, time, mark) {
        const clock = this.#clock.format(time);

        return make('a', {
            class: 'time',
            part: 'time',
            href: this.#actions.addressOf(id),
            tabindex: '-1',
        },
        mark, make('time', {
            datetime: time.toISOString(),
            title: `${this.formatDay(time)} ${clock}`,
        }, clock));
    }

    /* What became of a pending message, with what can be done about it. */
    #makeFate(entry) {
        const failed = entry.state === 'failed';
        const fate = make('p', { class: 'fate' },
            failed ? this.#strings.notSent : this.#strings.sending);
        const choices = [['again', this.#strings.tryAgain],
            ['discard', this.#strings.remove]];

        for (const [action, label] of failed ? choices : []) {
            const button = make('button', { class: 'link', type: 'button' },
                label);

            button.addEventListener('click',
                () => this.#actions[action](entry.ref));
            fate.append(' · ', button);
        }
        return fate;
    }
}
