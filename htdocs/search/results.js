/* The list of what was found, the newest first: one stop of the Tab key, the arrow
 * keys go on from there.  Used by search.js. */

import { make } from '../element/markup.js';
import { FoundMaker, foldWords, makeExcerpt } from './found.js';

function isPlain(event) {
    return !(event.button || event.ctrlKey || event.metaKey || event.shiftKey
        || event.altKey);
}

export class Results {
    #maker;
    #words = [];
    #open;
    #back;

    /* open(id): the reader wants to see this one.  back(): to where the list
     * is left by its beginning. */
    constructor(strings, room, { open, back }) {
        this.#maker = new FoundMaker(strings, room);
        this.#open = open;
        this.#back = back;
        this.list = make('ol', { class: 'found-list',
            'aria-label': strings.search });
        this.list.addEventListener('click', (event) => this.#click(event));
        this.list.addEventListener('keydown', (event) => this.#press(event));
        this.list.addEventListener('focusin', (event) =>
            this.#setStop(event.target.closest('a')));
    }

    get count() {
        return this.list.children.length;
    }

    /* As the reader writes it. */
    formatTime(id) {
        return this.#maker.format(id);
    }

    /* text: what is looked for. */
    begin(text) {
        this.#words = foldWords(text);
        this.list.replaceChildren();
    }

    /* Messages that are older than those before, in order. */
    add(messages) {
        this.list.append(...[...messages].reverse().map((message) =>
            this.#maker.make(message, this.#words)));
        this.#keepStop();
    }

    /* A deleted, edited or cleared event. */
    amend({ type, target, text }) {
        const item = this.#find(target);

        if (type === 'cleared') {
            this.list.replaceChildren();
        }
        else if (type === 'deleted') {
            item?.remove();
        }
        else if (item && typeof text === 'string') {
            item.querySelector('.found-text').replaceChildren(
                ...makeExcerpt(text, this.#words));
        }
        this.#keepStop();
    }

    /* The reader goes on from this one, or from the first that is shown.
     * False: there is none. */
    focus(id) {
        const link = this.#find(id)?.querySelector('a') ?? this.#links[0];

        link?.focus();
        return Boolean(link);
    }

    /* The one with this number. */
    focusAt(index) {
        this.list.children[index]?.querySelector('a').focus();
    }

    /* The reader was at this one. */
    mark(id) {
        this.list.querySelector('[aria-current]')
            ?.removeAttribute('aria-current');
        this.#find(id)?.querySelector('a')
            .setAttribute('aria-current', 'true');
    }

    #find(id) {
        return Array.from(this.list.children)
            .find((item) => item.dataset.id === id);
    }

    /* But for those of somebody whom the reader ignores. */
    get #links() {
        return Array.from(this.list.querySelectorAll('a'))
            .filter((link) => link.offsetParent);
    }

    #keepStop() {
        if (!this.list.querySelector('[tabindex="0"]')) {
            this.#setStop(this.#links[0] ?? this.list.querySelector('a'));
        }
    }

    #setStop(link) {
        if (link) {
            this.list.querySelector('[tabindex="0"]')
                ?.setAttribute('tabindex', '-1');
            link.setAttribute('tabindex', '0');
        }
    }

    #click(event) {
        const item = event.target.closest('.found');

        if (item && isPlain(event)) {
            event.preventDefault();
            this.#open(item.dataset.id);
        }
    }

    #press(event) {
        const links = this.#links;
        const at = links.indexOf(event.target.closest('a'));
        const next = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0,
            End: links.length - 1 }[event.key];

        if (next === undefined || !isPlain(event)) {
            return;
        }
        event.preventDefault();
        if (next < 0) {
            this.#back();
        }
        else {
            links[next]?.focus();
        }
    }
}
