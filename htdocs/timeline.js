/* The list of messages: what the server delivered, under it what is still
 * to be confirmed, and where the reader is in it.  Used by room.js. */

import { appendText } from './text.js';

const MOST_SHOWN = 1000;
const SAME_TURN = 5 * 60 * 1000;    /* one head for what follows so soon */
const AT_END = 48;                  /* pixels */
const HISTORY_TIME = 1000;          /* after hello, until it is read aloud */
const COLOURS = 8;

function make(name, className, text) {
    const element = document.createElement(name);

    element.className = className;
    element.append(text ?? '');
    return element;
}

/* A colour of a person, the same in every browser. */
function colourOf(id) {
    let sum = 0;

    for (const character of String(id)) {
        sum = (sum * 31 + character.codePointAt(0)) % 65521;
    }
    return `colour-${sum % COLOURS}`;
}

export class Timeline {
    #strings;
    #actions;
    #log = document.getElementById('log');
    #list = document.getElementById('list');
    #pending = document.getElementById('pending');
    #empty = document.getElementById('empty');
    #jump = document.getElementById('jump');
    #clock;
    #calendar;
    #previous = null;
    #atEnd = true;
    #extent = '';
    #unread = 0;

    /* actions: again(ref) and discard(ref) for what could not be sent. */
    constructor(strings, actions) {
        this.#strings = strings;
        this.#actions = actions;
        this.#clock = new Intl.DateTimeFormat(strings.locale,
            { timeStyle: 'short' });
        this.#calendar = new Intl.DateTimeFormat(strings.locale,
            { dateStyle: 'full' });
        this.#log.addEventListener('scroll', () => this.#scrolled());
        this.#jump.addEventListener('click', () => this.scrollToEnd());
        this.#observe();
    }

    /* New messages are read aloud from now on, but not the history. */
    arm() {
        setTimeout(() => {
            this.#log.setAttribute('aria-live', 'polite');
            this.#empty.hidden = this.#filled();
        }, HISTORY_TIME);
    }

    /* A message event; own: the reader wrote it. */
    show(message, own) {
        const time = new Date(Number(message.id.split('-')[0]));
        const day = this.#calendar.format(time);

        if (this.#previous?.day !== day) {
            this.#addLine('day', day);
        }
        this.#list.append(this.#makeMessage(message, own, time));
        this.#previous = { day, time, from: message.from };
        this.#added(own);
    }

    /* A remark of the page itself. */
    note(text) {
        this.#addLine('note', text);
        this.#added(true);
    }

    /* A message of the outbox, new or in a new state. */
    pend(entry) {
        const item = make('li', `message own ${entry.state}`);
        const bubble = make('div', 'bubble');
        const text = make('div', 'text');

        text.dir = 'auto';
        appendText(text, entry.text);
        bubble.append(text, this.#makeFate(entry));
        item.dataset.ref = entry.ref;
        item.append(bubble);
        this.unpend(entry.ref);
        this.#pending.append(item);
        this.#added(false);
    }

    unpend(ref) {
        for (const item of this.#pending.children) {
            if (item.dataset.ref === ref) {
                item.remove();
                return;
            }
        }
    }

    scrollToEnd() {
        this.#atEnd = true;
        this.#unread = 0;
        this.#jump.hidden = true;
        this.#follow();
    }

    #makeMessage(message, own, time) {
        const name = String(message.from.name);
        const item = make('li', `message ${colourOf(message.from.id)}`);
        const face = make('span', 'face', Array.from(name)[0]);
        const head = make('p', 'head');
        const bubble = make('div', 'bubble');
        const text = make('div', 'text');
        const clock = make('time', 'time', this.#clock.format(time));

        item.classList.toggle('own', own);
        item.classList.toggle('same', this.#continues(message.from, time));
        item.dataset.id = message.id;
        face.ariaHidden = 'true';
        head.append(make('bdi', 'name', name));
        if (own) {
            head.append(` (${this.#strings.you})`);
        }
        text.dir = 'auto';
        text.dataset.time = clock.textContent;
        appendText(text, message.text);
        clock.dateTime = time.toISOString();
        clock.title = `${this.#calendar.format(time)} ${clock.textContent}`;
        bubble.append(head, text, clock);
        item.append(face, bubble);
        return item;
    }

    /* What became of a pending message, with what can be done about it. */
    #makeFate(entry) {
        const failed = entry.state === 'failed';
        const fate = make('p', 'fate',
            failed ? this.#strings.notSent : this.#strings.sending);
        const choices = [['again', this.#strings.tryAgain],
            ['discard', this.#strings.remove]];

        if (failed) {
            for (const [action, label] of choices) {
                const button = make('button', 'link', label);

                button.type = 'button';
                button.addEventListener('click',
                    () => this.#actions[action](entry.ref));
                fate.append(' · ', button);
            }
        }
        return fate;
    }

    #continues(from, time) {
        const before = this.#previous;

        return before !== null && before.from !== null
            && before.from.id === from.id && before.from.name === from.name
            && time - before.time < SAME_TURN;
    }

    #addLine(className, text) {
        this.#list.append(make('li', className, make('span', '', text)));
        this.#previous = this.#previous && { ...this.#previous, from: null };
    }

    #filled() {
        return this.#list.children.length + this.#pending.children.length > 0;
    }

    #added(own) {
        this.#empty.hidden = true;
        if (this.#atEnd) {
            this.#trim();
            this.#follow();
        }
        else if (!own) {
            this.#unread += 1;
            this.#jump.textContent = this.#strings.newMessages(this.#unread);
            this.#jump.hidden = false;
        }
    }

    #trim() {
        while (this.#list.children.length > MOST_SHOWN) {
            this.#list.firstElementChild.remove();
        }
    }

    /* The window, the keyboard or the composer changes the room for it. */
    #observe() {
        const observer = new ResizeObserver(() => this.#follow());

        observer.observe(this.#log);
        observer.observe(this.#list.parentElement);
    }

    #follow() {
        const log = this.#log;

        if (this.#atEnd) {
            log.scrollTop = log.scrollHeight;
            this.#extent = `${log.scrollHeight} ${log.clientHeight}`;
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
        if (this.#atEnd) {
            this.#unread = 0;
            this.#jump.hidden = true;
        }
    }
}
