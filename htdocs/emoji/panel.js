/* The emoji to choose from: groups, the ones used lately, and a search by
 * names in the reader's language.  Loaded by picker.js when the reader first
 * opens it. */

import { local } from '../client/storage.js';
import { insertText } from '../element/insert.js';
import { make } from '../element/markup.js';
import { addStyle } from '../element/styles.js';
import { groups, regions } from './list.js';

const KEY = 'chatws.emoji';
const MOST_RECENT = 16;
const NAMES = {
    ar: () => import('./ar.js'),
    de: () => import('./de.js'),
    en: () => import('./en.js'),
    es: () => import('./es.js'),
    fr: () => import('./fr.js'),
    ja: () => import('./ja.js'),
    pt: () => import('./pt.js'),
    ru: () => import('./ru.js'),
    zh: () => import('./zh.js'),
};

/* "é" is found by "e". */
function fold(text) {
    return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function flagOf(region) {
    return Array.from(region, (letter) => String.fromCodePoint(
        letter.codePointAt(0) - 0x41 + 0x1f1e6)).join('');
}

/* Browsers know the names of countries in every language. */
function makeFlags(locale) {
    const names = new Intl.DisplayNames(locale, { type: 'region' });

    return regions.map((region) => ({ emoji: flagOf(region),
        name: names.of(region), words: fold(`${names.of(region)} ${region}`) }));
}

/* [[{emoji, name, words}]], by groups. */
async function loadGroups({ lang, locale }) {
    const language = lang.split('-')[0];
    const { default: names } = await (NAMES[language] ?? NAMES.en)();
    let at = 0;
    const all = groups.map((group) => group.map((emoji) => {
        const [name, ...words] = names[at].split('|');

        at += 1;
        return { emoji, name, words: fold([name, ...words].join(' ')) };
    }));

    all.at(-1).push(...makeFlags(locale));
    return all;
}

/* What is stored may be anything. */
function readRecent() {
    try {
        return JSON.parse(local.load(KEY)).filter(
            (emoji) => typeof emoji === 'string').slice(0, MOST_RECENT);
    }
    catch {
        return [];
    }
}

export class Panel {
    #root;
    #strings;
    #button;
    #panel;
    #search;
    #list;
    #none;
    #all = [];
    #ready;

    constructor(root, strings, button, signal) {
        this.#root = root;
        this.#strings = strings;
        this.#button = button;
        this.#build();
        this.#listen(signal);
        this.#ready = Promise.all([addStyle(root, 'emoji/emoji.css'),
            this.#load()]);
    }

    async toggle() {
        await this.#ready;
        if (this.#panel.hidden) {
            this.#panel.hidden = false;
            this.#button.ariaExpanded = 'true';
            this.#search.value = '';
            this.#showAll();
            this.#search.focus({ preventScroll: true });
        }
        else {
            this.#close(true);
        }
    }

    async #load() {
        this.#all = await loadGroups(this.#strings);
    }

    #build() {
        const { emoji, searchEmoji, noEmoji } = this.#strings;

        this.#search = make('input', { type: 'search', class: 'search',
            autocomplete: 'off', spellcheck: 'false', dir: 'auto',
            'aria-controls': 'emoji-list', 'aria-label': searchEmoji,
            placeholder: searchEmoji });
        this.#list = make('div', { id: 'emoji-list', role: 'listbox',
            'aria-label': emoji });
        this.#none = make('p', { class: 'none', role: 'status' });
        this.#none.dataset.text = noEmoji;
        this.#panel = make('div', { id: 'emoji-panel', role: 'dialog',
            part: 'panel', 'aria-label': emoji, hidden: true },
        this.#search, this.#none, this.#list);
        this.#root.querySelector('#composer').before(this.#panel);
    }

    #listen(signal) {
        this.#search.addEventListener('input', () => this.#find());
        this.#panel.addEventListener('keydown', (event) => this.#press(event));
        this.#list.addEventListener('click', (event) => {
            const option = event.target.closest('[role="option"]');

            if (option) {
                this.#take(option, event.shiftKey);
            }
        });
        document.addEventListener('click', (event) => {
            const path = event.composedPath();

            if (!path.includes(this.#panel) && !path.includes(this.#button)) {
                this.#close(false);
            }
        }, { signal });
    }

    #close(back) {
        if (!this.#panel.hidden) {
            this.#panel.hidden = true;
            this.#button.ariaExpanded = 'false';
            if (back) {
                this.#button.focus({ preventScroll: true });
            }
        }
    }

    #showAll() {
        const { emojiGroups, recentEmoji } = this.#strings;
        const byEmoji = new Map(this.#all.flat()
            .map((entry) => [entry.emoji, entry]));
        const recent = readRecent().map((emoji) => byEmoji.get(emoji))
            .filter(Boolean);

        this.#show([[recentEmoji, recent],
            ...this.#all.map((group, at) => [emojiGroups[at], group])]);
    }

    /* Every word has to be there; a short one at the beginning of a word. */
    #find() {
        const words = fold(this.#search.value).split(/\s+/).filter(Boolean);
        const matches = (entry, word) => ` ${entry.words}`.includes(
            /^[a-z]{1,2}$/.test(word) ? ` ${word}` : word);

        if (words.length === 0) {
            this.#showAll();
            return;
        }
        this.#show([['', this.#all.flat().filter(
            (entry) => words.every((word) => matches(entry, word)))]]);
    }

    #show(shown) {
        const filled = shown.filter(([, entries]) => entries.length > 0);

        this.#none.textContent = filled.length ? '' : this.#none.dataset.text;
        this.#list.replaceChildren(...filled.map(([title, entries]) =>
            make('div', { role: 'group', class: 'group',
                'aria-label': title || this.#strings.emoji },
            title ? make('p', { class: 'panel-head', 'aria-hidden': 'true' },
                title) : '',
            ...entries.map(({ emoji, name }) => make('span', {
                role: 'option', tabindex: '-1', title: name,
                'aria-label': name, 'aria-selected': 'false',
            }, emoji)))));
        this.#list.scrollTop = 0;
        this.#options()[0]?.setAttribute('tabindex', '0');
    }

    #options() {
        return Array.from(this.#list.querySelectorAll('[role="option"]'));
    }

    #press(event) {
        const option = this.#root.activeElement?.closest('[role="option"]');

        if (event.key === 'Escape') {
            this.#close(true);
        }
        else if (event.isComposing || event.ctrlKey || event.altKey
            || event.metaKey) {
            return;
        }
        else if (option) {
            if (!this.#pressOn(event, option)) {
                return;
            }
        }
        else if (event.key === 'ArrowDown') {
            this.#focus(this.#options()[0]);
        }
        else if (event.key === 'Enter') {
            this.#take(this.#search.value && this.#options()[0], false);
        }
        else {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
    }

    /* True if the key meant something there. */
    #pressOn({ key, shiftKey }, option) {
        const forward = getComputedStyle(option).direction === 'rtl' ? -1 : 1;
        const steps = { ArrowRight: forward, ArrowLeft: -forward };
        const options = this.#options();
        const at = options.indexOf(option);

        if (key in steps) {
            this.#focus(options[at + steps[key]]);
        }
        else if (key === 'ArrowDown' || key === 'ArrowUp') {
            this.#focus(this.#neighbour(options, at,
                key === 'ArrowDown' ? 1 : -1) ?? (key === 'ArrowUp'
                ? this.#search : null));
        }
        else if (key === 'Home' || key === 'End') {
            this.#focus(options.at(key === 'Home' ? 0 : -1));
        }
        else if (key === 'Enter' || key === ' ') {
            this.#take(option, shiftKey);
        }
        else {
            return false;
        }
        return true;
    }

    /* That of the next line which is nearest to this one. */
    #neighbour(options, at, step) {
        const own = options[at].getBoundingClientRect();
        let line = null;
        let best = null;

        for (let i = at + step; i >= 0 && i < options.length; i += step) {
            const box = options[i].getBoundingClientRect();
            const far = Math.abs(box.left - own.left);

            if (Math.abs(box.top - own.top) < 2) {
                continue;
            }
            line ??= box.top;
            if (Math.abs(box.top - line) > 2) {
                break;
            }
            if (!best || far < best.far) {
                best = { far, option: options[i] };
            }
        }
        return best?.option;
    }

    #focus(element) {
        if (!element) {
            return;
        }
        if (element !== this.#search) {
            this.#list.querySelector('[tabindex="0"]')
                ?.setAttribute('tabindex', '-1');
            element.setAttribute('tabindex', '0');
        }
        element.focus();
        element.scrollIntoView({ block: 'nearest' });
    }

    /* more: the reader goes on choosing. */
    #take(option, more) {
        const field = this.#root.getElementById('text');

        if (!option) {
            return;
        }
        insertText(field, option.textContent);
        local.save(KEY, JSON.stringify([option.textContent,
            ...readRecent().filter((emoji) => emoji !== option.textContent)]
            .slice(0, MOST_RECENT)));
        if (more) {
            option.focus({ preventScroll: true });
        }
        else {
            this.#close(false);
        }
    }
}
