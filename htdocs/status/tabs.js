/* Which of the lists is shown, and the words that are searched for in it; the
 * page's address keeps both.  Used by lists.js. */

import { make } from '../element/markup.js';

const TABS = ['rooms', 'connections', 'sanctions'];
const FIGURES = { rooms: 'rooms', connections: 'connections' };
const TYPING = 250;             /* milliseconds after the last key */
const MOST = 480;               /* bytes that the server reads */
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

const byId = (id) => document.getElementById(id);
const encoder = new TextEncoder();

export class Tabs {
    #formats;
    #changed;
    #buttons = new Map();
    #timer = 0;
    tab = 'rooms';
    words = '';

    constructor({ strings, formats }, changed) {
        this.#formats = formats;
        this.#changed = changed;
        for (const name of TABS) {
            const button = make('button', { type: 'button', role: 'tab',
                id: `tab-${name}`, 'aria-controls': 'list' },
            strings.tabs[name], make('span', { class: 'count' }));

            button.addEventListener('click', () => this.#select(name));
            this.#buttons.set(name, button);
        }
        byId('tabs').append(...this.#buttons.values());
        byId('tabs').addEventListener('keydown', (event) => this.#press(event));
        byId('words').addEventListener('input', () => {
            clearTimeout(this.#timer);
            this.#timer = setTimeout(() => this.#read(), TYPING);
        });
        byId('search').addEventListener('submit', (event) => {
            event.preventDefault();
            this.#read();
        });
        addEventListener('keydown', (event) => this.#shortcut(event));
        addEventListener('hashchange', () => {
            this.#follow();
            this.#changed();
        });
        this.#follow();
    }

    /* Shows a list, and in it what has these words. */
    find(tab, words) {
        this.tab = tab;
        this.#write(words);
        this.#show();
        this.focus();
        this.#changed();
    }

    focus() {
        this.#buttons.get(this.tab).focus();
    }

    count(figures) {
        for (const [name, figure] of Object.entries(FIGURES)) {
            const count = this.#buttons.get(name).querySelector('.count');
            const text = this.#formats.whole(figures[figure] ?? 0);

            if (count.textContent !== text) {
                count.textContent = text;
            }
        }
    }

    /* What the page's address says. */
    #follow() {
        const asked = new URLSearchParams(location.hash.slice(1));
        const tab = asked.get('list');

        this.tab = TABS.includes(tab) ? tab : TABS[0];
        this.#write(asked.get('q') ?? '');
        this.#show();
    }

    #select(tab) {
        if (tab !== this.tab) {
            this.tab = tab;
            this.#show();
            this.#changed();
        }
    }

    #write(words) {
        byId('words').value = words;
        this.#take();
    }

    #take() {
        this.words = byId('words').value.trim();
        while (encoder.encode(this.words).length > MOST) {
            this.words = Array.from(this.words).slice(0, -1).join('');
        }
    }

    #read() {
        const before = this.words;

        clearTimeout(this.#timer);
        this.#take();
        if (this.words !== before) {
            this.#show();
            this.#changed();
        }
    }

    #show() {
        for (const [name, button] of this.#buttons) {
            button.ariaSelected = String(name === this.tab);
            button.tabIndex = name === this.tab ? 0 : -1;
        }
        byId('list').setAttribute('aria-labelledby', `tab-${this.tab}`);
        history.replaceState(null, '', `#${new URLSearchParams({
            list: this.tab, ...this.words && { q: this.words } })}`);
    }

    #press(event) {
        const names = [...this.#buttons.keys()];
        const isRight = document.documentElement.dir !== 'rtl';
        const step = (STEPS[event.key] ?? 0) * (isRight ? 1 : -1);
        const at = { Home: 0, End: -1 }[event.key]
            ?? (step ? (names.indexOf(this.tab) + step) % names.length : null);

        if (at !== null) {
            event.preventDefault();
            this.#select(names.at(at));
            this.focus();
        }
    }

    /* "/" goes to the search, Escape empties it. */
    #shortcut(event) {
        const isText = event.target.closest?.('input, select, dialog');

        if (event.key === '/' && !isText && !event.ctrlKey && !event.metaKey
            && !event.altKey && !byId('lists').hidden) {
            event.preventDefault();
            byId('words').focus();
            byId('words').select();
        }
        else if (event.key === 'Escape' && event.target === byId('words')) {
            event.preventDefault();
            byId('words').value = '';
            this.#read();
        }
    }
}
