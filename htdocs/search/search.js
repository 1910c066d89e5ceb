/* The search: a field, what was found, and the way from a message back to that.
 * Loaded by parts.js when it is first opened.
 *
 * It lies over the messages, which cannot be reached meanwhile.  While the reader
 * is at one that was found, a line above them leads back.  Nothing is asked
 * for while the reader types: each search costs the server. */

import { make, makeIcon } from '../element/markup.js';
import { addStyle } from '../element/styles.js';
import { Results } from './results.js';

const ICON_GLASS = 'M4.500 10.500a6 6 0 1 0 12 0 6 6 0 1 0-12 0M15 15l5 5';
const ICON_CLOSE = 'M6 6l12 12M18 6L6 18';
const ICON_BACK = 'M14.500 5.500L8 12l6.500 6.500';
const LONGEST = 200;            /* bytes; what is longer is refused anyway */
const PATIENCE = 60;            /* seconds that the server may want us to wait */
const MOMENT = 2;               /* seconds of that which nobody is told of */

function pause(seconds, signal) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, 1000 * seconds);

        signal.addEventListener('abort', () => {
            clearTimeout(timer);
            reject(signal.reason);
        });
    });
}

export class Search {
    #room;
    #strings;
    #button;
    #frame;                 /* the whole room */
    #view;
    #field;
    #status;
    #results;
    #more;
    #way;
    #ready;
    #words = '';
    #cursor;
    #told = '';             /* what was found */
    #at = null;             /* the id of the message that the reader goes to */
    #asking = new AbortController();

    /* room: as parts.js says.  button: that which opens it. */
    constructor(room, button) {
        const { root, strings } = room;

        this.#room = room;
        this.#strings = strings;
        this.#button = button;
        this.#frame = root.getElementById('room');
        this.#results = new Results(strings, room.room, {
            open: (id) => this.#go(id),
            back: () => this.#field.focus(),
        });
        this.#build();
        this.#listen();
        this.#ready = addStyle(root, 'search/search.css').then(() =>
            root.querySelector('header').append(this.#view, this.#way));
    }

    async toggle() {
        await this.#ready;
        if (this.#isOpen) {
            this.close();
            this.#button.focus();
        }
        else {
            this.#show(true, false);
            this.#field.select();
            this.#field.focus();
        }
    }

    close() {
        this.#asking.abort();
        this.#show(false, false);
    }

    /* One of the protocol. */
    event(event) {
        if (['deleted', 'edited', 'cleared'].includes(event.type)) {
            this.#results.amend(event);
        }
    }

    get #isOpen() {
        return !this.#view.hidden || !this.#way.hidden;
    }

    #build() {
        const { search, searchRoom, searchOlder, toResults, endSearch }
            = this.#strings;
        const button = (className, label, icon, ...text) => make('button', {
            class: `quiet ${className}`, type: 'button', part: 'button',
            title: label, 'aria-label': label }, makeIcon(icon), ...text);

        this.#field = make('input', { type: 'search', id: 'search-words',
            class: 'search-words', autocomplete: 'off', spellcheck: 'false',
            enterkeyhint: 'search', dir: 'auto', maxlength: LONGEST,
            part: 'input', 'aria-label': searchRoom,
            placeholder: searchRoom });
        this.#status = make('p', { class: 'search-status', role: 'status' });
        this.#more = make('button', { class: 'quiet search-more',
            type: 'button', part: 'button', hidden: true }, searchOlder);
        this.#view = make('section', { id: 'search', class: 'search-view',
            role: 'search', part: 'search', 'aria-label': search,
            hidden: true },
        make('form', { class: 'search-form' }, this.#field,
            make('button', { class: 'quiet', type: 'submit', part: 'button',
                title: search, 'aria-label': search }, makeIcon(ICON_GLASS)),
            button('search-close', endSearch, ICON_CLOSE)),
        this.#status,
        make('div', { class: 'search-list' }, this.#results.list,
            this.#more));
        this.#way = make('div', { id: 'search-way', class: 'search-way',
            role: 'group', 'aria-label': search, hidden: true },
        button('search-back', toResults, ICON_BACK,
            make('span', {}, toResults)),
        button('search-close', endSearch, ICON_CLOSE));
    }

    #listen() {
        const { root, signal } = this.#room;

        this.#view.querySelector('form').addEventListener('submit', (event) => {
            event.preventDefault();
            this.#begin(this.#field.value.trim());
        });
        this.#field.addEventListener('keydown', (event) => {
            if (event.key === 'ArrowDown' && this.#results.focus()) {
                event.preventDefault();
            }
        });
        this.#more.addEventListener('click', () => this.#lookOn());
        this.#way.querySelector('.search-back').addEventListener('click',
            () => this.#goBack());
        for (const part of [this.#view, this.#way]) {
            part.querySelector('.search-close').addEventListener('click',
                () => this.#leave());
            part.addEventListener('keydown', (event) => this.#press(event));
        }
        root.getElementById('log').addEventListener('keydown', (event) => {
            if (!event.defaultPrevented && !event.target.closest('textarea')) {
                this.#press(event);
            }
        });
        signal.addEventListener('abort', () => this.#asking.abort());
    }

    /* Escape leads back: from a message to the list, from there to the room. */
    #press(event) {
        if (event.key !== 'Escape' || !this.#isOpen) {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
        if (this.#way.hidden) {
            this.#leave();
        }
        else {
            this.#goBack();
        }
    }

    /* isList: over the messages; isWay: only the way back to it. */
    #show(isList, isWay) {
        const { root } = this.#room;

        this.#view.hidden = !isList;
        if (this.#way.hidden === isWay) {
            this.#room.timeline.keepPlace(() => {
                this.#way.hidden = !isWay;
            });
        }
        this.#frame.classList.toggle('searching', isList);
        this.#button.ariaExpanded = String(isList || isWay);
        for (const covered of [root.getElementById('log'),
            ...root.querySelectorAll('.whisper, footer')]) {
            covered.inert = isList;
        }
    }

    /* The reader stays at the message that was found, if at one. */
    #leave() {
        const wasAway = this.#view.hidden;

        this.close();
        if (wasAway) {
            this.#room.root.getElementById('log').focus(
                { preventScroll: true });
        }
        else {
            this.#button.focus();
        }
    }

    #begin(words) {
        if (words === this.#words && this.#view.ariaBusy) {
            return;             /* a key that is held down */
        }
        this.#results.begin(words);
        this.#words = words;
        this.#cursor = undefined;
        if (words) {
            this.#lookOn();
        }
        else {
            this.#asking.abort();
            this.#asking = new AbortController();
            this.#tell('');
            this.#more.hidden = true;
            this.#view.ariaBusy = null;
        }
    }

    #tell(text) {
        this.#status.textContent = text;
    }

    /* Until something older is found, or nothing is left. */
    async #lookOn() {
        const { count } = this.#results;
        const hadFocus = this.#more.matches(':focus');

        this.#asking.abort();
        this.#asking = new AbortController();
        const { signal } = this.#asking;
        let isMore = true;

        this.#tell(this.#strings.searching);
        this.#more.hidden = true;
        this.#view.ariaBusy = 'true';
        try {
            while (isMore && this.#results.count === count) {
                isMore = await this.#ask(signal);
            }
            this.#sum(isMore);
        }
        catch (problem) {
            if (signal !== this.#asking.signal) {
                return;         /* something else is looked for */
            }
            this.#fail(problem);
        }
        this.#view.ariaBusy = null;
        if (hadFocus) {
            this.#results.focusAt(count);
        }
    }

    /* One request; true if it is worth another one. */
    async #ask(signal) {
        const chat = this.#room.chat();

        try {
            const { messages, more, cursor } = await chat.search(this.#words,
                { before: this.#cursor, signal });

            signal.throwIfAborted();
            this.#results.add(messages);
            if (more && messages.length === 0) {
                this.#tell(this.#strings.searchedTo(
                    this.#results.formatTime(cursor)));
            }
            const isMore = more && cursor !== this.#cursor;

            this.#cursor = cursor;
            return isMore;
        }
        catch (problem) {
            if (problem.code !== 'rate_limited'
                || !(problem.retry <= PATIENCE)) {
                throw problem;
            }
            if (problem.retry > MOMENT) {
                this.#tell(this.#strings.errors.rate_limited);
            }
            await pause(problem.retry, signal);
            return true;
        }
    }

    #sum(isMore) {
        const { found, foundSoFar, nothingFound, searchOlder } = this.#strings;
        const { count } = this.#results;

        this.#told = count ? (isMore ? foundSoFar : found)(count)
            : nothingFound;
        this.#tell(this.#told);
        this.#more.textContent = searchOlder;
        this.#more.hidden = !isMore;
    }

    /* Also when it was closed meanwhile: it can be tried again then. */
    #fail({ code, name }) {
        const { errors, badSearch, tryAgain } = this.#strings;
        const isClosed = name === 'AbortError';

        this.#tell(code === 'bad_request' ? badSearch
            : isClosed ? '' : errors[code] ?? errors.offline);
        this.#more.textContent = tryAgain;
        this.#more.hidden = code === 'bad_request';
    }

    /* To a message that was found, as soon as it is there. */
    async #go(id) {
        const { timeline } = this.#room;
        const { errors, messageGone, loading } = this.#strings;

        this.#at = id;
        this.#results.mark(id);
        this.#tell(loading);
        const isThere = await timeline.goTo(id);

        if (this.#at !== id || this.#view.hidden) {
            return;             /* the reader does something else by now */
        }
        if (isThere) {
            this.#tell(this.#told);
            this.#show(false, true);
            timeline.goTo(id);      /* into the middle of what is left */
        }
        else {
            this.#tell(timeline.hasFailed ? errors.offline : messageGone);
        }
    }

    /* To the list, to where the reader was in it. */
    #goBack() {
        this.#show(true, false);
        if (!this.#results.focus(this.#at)) {
            this.#field.focus();
        }
    }
}
