/* One message as it is shown.  Used by timeline.js. */

import { make } from './markup.js';
import { appendText } from './text.js';

const COLOURS = 8;

/* A colour of a person, the same in every browser. */
function colourOf(id) {
    let sum = 0;

    for (const character of String(id)) {
        sum = (sum * 31 + character.codePointAt(0)) % 65521;
    }
    return `colour-${sum % COLOURS}`;
}

function makeText(text) {
    const element = make('div', { class: 'text', dir: 'auto', part: 'text' });

    appendText(element, text);
    return element;
}

export class MessageMaker {
    #strings;
    #actions;
    #clock;
    #calendar;

    /* actions: again(ref) and discard(ref) for what could not be sent. */
    constructor(strings, actions) {
        this.#strings = strings;
        this.#actions = actions;
        this.#clock = new Intl.DateTimeFormat(strings.locale,
            { timeStyle: 'short' });
        this.#calendar = new Intl.DateTimeFormat(strings.locale,
            { dateStyle: 'full' });
    }

    formatDay(time) {
        return this.#calendar.format(time);
    }

    /* A message event; own: the reader wrote it; same: its head is that of
     * the message before. */
    makeMessage(message, own, same, time) {
        const name = String(message.from.name);
        const text = makeText(message.text);
        const clock = this.#clock.format(time);

        text.dataset.time = clock;
        return make('li', {
            class: ['message', colourOf(message.from.id), own ? 'own' : '',
                same ? 'same' : ''].join(' ').trim(),
            part: own ? 'message message-own' : 'message',
            'data-id': message.id,
            'data-from': message.from.id,
        },
        make('span', { class: 'face', part: 'face', 'aria-hidden': 'true' },
            Array.from(name)[0] ?? ''),
        make('div', { class: 'bubble', part: 'bubble' },
            make('p', { class: 'head' },
                make('bdi', { class: 'name', part: 'name' }, name),
                own ? ` (${this.#strings.you})` : ''),
            text,
            make('time', {
                class: 'time',
                part: 'time',
                datetime: time.toISOString(),
                title: `${this.formatDay(time)} ${clock}`,
            }, clock)));
    }

    /* A message of the outbox: {ref, text, state}. */
    makePending(entry) {
        return make('li', { class: `message own ${entry.state}`,
            part: 'message message-own', 'data-ref': entry.ref },
        make('div', { class: 'bubble', part: 'bubble' },
            makeText(entry.text), this.#makeFate(entry)));
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
