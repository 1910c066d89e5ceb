/* One message as it is shown, and the lines between them.  Used by
 * timeline.js and pane.js. */

import { isEmoji } from './emoji.js';
import { shownName } from './guest.js';
import { make } from './markup.js';
import { colourOf, initialsOf, makeMarks } from './marks.js';
import { findNames } from './mention.js';
import { appendText, makeSentence } from './text.js';

export class MessageMaker {
    #strings;
    #actions;
    #clock;
    #calendar;
    #reader = '';

    /* actions: again(ref) and discard(ref) for what could not be sent, and
     * addressOf(id), a message's own address. */
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
    makeMessage({ id, from, text, own, time }, same) {
        const name = shownName(from, this.#strings);
        const named = !own && findNames(text, this.#reader).length > 0;

        return make('li', {
            class: ['message', colourOf(from.id), own ? 'own' : '',
                same ? 'same' : '', named ? 'names-me' : '']
                .filter(Boolean).join(' '),
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
            this.#makeText(text, this.#clock.format(time),
                own ? '' : this.#reader),
            this.#makeTime(id, time)));
    }

    /* A message of the outbox: {ref, text, state}. */
    makePending(entry) {
        return make('li', { class: `message own ${entry.state}`,
            part: 'message message-own', 'data-ref': entry.ref },
        make('div', { class: 'bubble', part: 'bubble' },
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
     * key: moment.js. */
    #makeTime(id, time) {
        const clock = this.#clock.format(time);

        return make('a', {
            class: 'time',
            part: 'time',
            href: this.#actions.addressOf(id),
            tabindex: '-1',
        },
        make('time', {
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
