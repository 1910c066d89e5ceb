/* Offers names while the reader writes "@": of those who are here, and of
 * those who have written lately.  Loaded by parts.js with the first "@".
 *
 * The field stays a field of several lines, which no combobox may be: it names
 * its list and the chosen entry, and how many there are is read aloud. */

import { shownName } from './guest.js';
import { insertText } from './insert.js';
import { make } from './markup.js';

const MOST_OFFERED = 8;
const LONGEST = 32;         /* characters of a name */
const BEFORE = /[\p{L}\p{N}_.+\-/]$/u;      /* makes it an address */
/* What goes on without spaces: "你好@" begins a name. */
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}]$/u;

function fold(text) {
    return text.normalize('NFKC').toLowerCase();
}

/* What is being written at the caret: {from, query}, or null. */
function findQuery(text) {
    const at = Math.max(text.lastIndexOf('@'), text.lastIndexOf('\uff20'));
    const query = text.slice(at + 1);
    const before = text.slice(0, Math.max(at, 0));

    return at < 0 || query.includes('\n') || query.startsWith(' ')
        || Array.from(query).length > LONGEST
        || BEFORE.test(before) && !UNSPACED.test(before)
        ? null : { from: at, query: fold(query) };
}

export class Complete {
    #strings;
    #chat;
    #people;
    #field;
    #list;
    #status;
    #authors;
    #query = null;
    #offered = [];
    #active = -1;

    /* room: as parts.js says.  authors: persons by id. */
    constructor({ root, strings, people, chat }, authors) {
        const form = root.getElementById('composer');

        this.#strings = strings;
        this.#chat = chat;
        this.#people = people;
        this.#authors = authors;
        this.#field = root.getElementById('text');
        this.#list = make('ul', { id: 'names', class: 'suggestions',
            role: 'listbox', part: 'panel', hidden: true,
            'aria-label': strings.suggestions });
        this.#status = make('p', { class: 'unseen', role: 'status' });
        form.before(this.#list, this.#status);
        this.#field.setAttribute('aria-autocomplete', 'list');
        this.#field.setAttribute('aria-haspopup', 'listbox');
        for (const type of ['input', 'click']) {
            this.#field.addEventListener(type, () => this.look());
        }
        this.#field.addEventListener('blur', () => this.#close());
        /* Before the composer takes Enter. */
        form.addEventListener('keydown', (event) => this.#press(event), true);
        this.#list.addEventListener('pointerdown',
            (event) => event.preventDefault());
        this.#list.addEventListener('click', (event) => this.#click(event));
    }

    /* What is written may be a name now. */
    look() {
        const { value, selectionStart, selectionEnd } = this.#field;

        this.#query = selectionStart === selectionEnd
            ? findQuery(value.slice(0, selectionStart)) : null;
        if (this.#query) {
            this.#offer(this.#find(this.#query.query));
        }
        else {
            this.#close();
        }
    }

    /* The names that begin so come before those with a word that does. */
    #find(query) {
        const { compare } = new Intl.Collator(this.#strings.locale);
        const persons = new Map([...this.#authors,
            ...this.#people.persons.map((person) => [person.id, person])]);
        const rank = (person) => {
            const names = [person.name, shownName(person, this.#strings)]
                .map((name) => fold(String(name)));

            return names.some((name) => name.startsWith(query)) ? 0
                : names.some((name) => name.includes(` ${query}`)) ? 1 : 2;
        };

        persons.delete(this.#chat()?.you?.id);
        return Array.from(persons.values(),
            (person) => ({ person, rank: rank(person) }))
            .filter((found) => found.rank < 2)
            .sort((a, b) => a.rank - b.rank
                || compare(String(a.person.name), String(b.person.name)))
            .slice(0, MOST_OFFERED)
            .map((found) => found.person);
    }

    /* Enter takes the first one, but not in place of a name that is whole. */
    #offer(persons) {
        const { query } = this.#query;
        const isWhole = persons.some(
            (person) => fold(String(person.name)) === query);

        if (persons.length === 0) {
            this.#close();
            return;
        }
        this.#offered = persons;
        this.#list.replaceChildren(...persons.map((person, at) => make('li', {
            id: `name-${at}`, role: 'option', 'data-at': at,
        }, make('bdi', {}, shownName(person, this.#strings)))));
        this.#list.hidden = false;
        this.#status.textContent = this.#strings.suggested(persons.length);
        this.#field.setAttribute('aria-controls', 'names');
        this.#choose(query && !isWhole ? 0 : -1);
    }

    #choose(at) {
        this.#active = at;
        for (const [index, option] of [...this.#list.children].entries()) {
            option.ariaSelected = String(index === at);
        }
        if (at < 0) {
            this.#field.removeAttribute('aria-activedescendant');
        }
        else {
            this.#field.setAttribute('aria-activedescendant', `name-${at}`);
            this.#list.children[at].scrollIntoView({ block: 'nearest' });
        }
    }

    #close() {
        this.#query = null;
        this.#offered = [];
        this.#active = -1;
        this.#list.hidden = true;
        this.#status.textContent = '';
        this.#field.removeAttribute('aria-controls');
        this.#field.removeAttribute('aria-activedescendant');
    }

    #press(event) {
        const count = this.#offered.length;
        const steps = { ArrowDown: 1, ArrowUp: -1 };

        if (count === 0 || event.isComposing || event.keyCode === 229
            || event.shiftKey || event.ctrlKey || event.altKey
            || event.metaKey) {
            return;
        }
        if (event.key in steps) {
            const from = this.#active < 0 && event.key === 'ArrowUp'
                ? 0 : this.#active;

            this.#choose((from + steps[event.key] + count) % count);
        }
        else if (['Enter', 'Tab'].includes(event.key) && this.#active >= 0) {
            this.#take(this.#active);
        }
        else if (event.key === 'Escape') {
            this.#close();
        }
        else {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
    }

    #click(event) {
        const option = event.target.closest('[role="option"]');

        if (option) {
            this.#take(Number(option.dataset.at));
        }
    }

    #take(at) {
        const { name } = this.#offered[at];

        insertText(this.#field, `@${name} `, this.#query.from,
            this.#field.selectionEnd);
        this.#close();
    }
}
