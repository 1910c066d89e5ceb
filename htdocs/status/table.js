/* A table that is told again and again what is in it.  Rows stay the elements
 * that they are, and nothing moves under the reader's pointer or focus.  Used
 * by lists.js. */

import { make, makeIcon } from '../element/markup.js';

const ICON_MORE = 'M5 12h.01M12 12h.01M19 12h.01';

function classOf(name, isNumber) {
    return `col-${name}${isNumber ? ' number' : ''}`;
}

class Row {
    #columns;
    #cells;
    #told = null;

    constructor(columns, { act, label, isFixed }) {
        const button = make('button', { class: 'icon-button', type: 'button',
            'aria-haspopup': 'menu' }, makeIcon(ICON_MORE));

        this.#columns = columns;
        this.#cells = columns.map(({ name, title, isNumber }, index) =>
            make(index ? 'td' : 'th', { role: index ? 'cell' : 'rowheader',
                class: classOf(name, isNumber),
                'data-title': title }));
        this.button = button;
        this.element = make('tr', { role: 'row' }, ...this.#cells,
            make('td', { role: 'cell', class: 'acts' }, button));
        button.addEventListener('click', () => act(this.#told, button));
        this.label = label;
        this.isFixed = isFixed;
    }

    /* A cell is touched only if it says something else. */
    fill(told) {
        this.#told = told;
        this.button.ariaLabel = this.label(told);
        this.button.hidden = this.isFixed(told);
        this.#columns.forEach(({ cell }, index) => {
            const shown = make('div', {}, ...cell(told));
            const old = this.#cells[index];

            if (old.firstChild?.outerHTML !== shown.outerHTML) {
                old.replaceChildren(shown);
            }
        });
    }
}

export class Table {
    #body;
    #columns;
    #options;
    #rows = new Map();
    #more = [null, null];       /* the key of a row, and what is below it */
    element;

    /* columns: {name, title, cell(told), isNumber} each; options: keyOf(told),
     * label(told) of the button that act(told, button) is for, isFixed(told):
     * there is none, isHeld(), and where the focus goes when the last row is
     * gone: lost(). */
    constructor(title, columns, options) {
        this.#columns = columns;
        this.#options = options;
        this.#body = make('tbody', { role: 'rowgroup' });
        this.element = make('table', { role: 'table', 'aria-label': title },
            make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' },
                ...columns.map(({ name, title: text, isNumber }) => make('th',
                    { role: 'columnheader', class: classOf(name, isNumber) },
                    text)),
                make('td', { role: 'cell' }))), this.#body);
    }

    /* An element goes below the row of this key, or nowhere. */
    setMore(key, element) {
        this.#more = [key, element];
        this.#place();
    }

    show(list) {
        const next = new Map();
        const old = [...this.#rows.keys()];

        for (const told of list) {
            const key = this.#options.keyOf(told);
            const row = this.#rows.get(key)
                ?? new Row(this.#columns, this.#options);

            row.fill(told);
            next.set(key, row);
        }
        const focused = old.findIndex((key) => this.#rows.get(key).element
            .contains(document.activeElement));
        const isHeld = this.#options.isHeld(this.#body);
        const keys = isHeld ? [...old.filter((key) => next.has(key)),
            ...[...next.keys()].filter((key) => !this.#rows.has(key))]
            : [...next.keys()];
        const heir = [...old.slice(focused), ...old.slice(0, focused).reverse()]
            .find((key) => next.has(key) && !next.get(key).button.hidden);

        this.#rows = new Map(keys.map((key) => [key, next.get(key)]));
        this.#place();
        if (focused >= 0 && !next.has(old[focused])) {
            (this.#rows.get(heir)?.button ?? this.#options.lost()).focus();
        }
    }

    /* No element is moved in vain: it would lose the focus. */
    #place() {
        const [below, more] = this.#more;
        const wanted = [...this.#rows].flatMap(([key, { element }]) =>
            (key === below ? [element, more] : [element]));

        for (const element of [...this.#body.children]) {
            if (!wanted.includes(element)) {
                element.remove();
            }
        }
        wanted.forEach((element, index) => {
            const there = this.#body.children[index];

            if (there !== element) {
                this.#body.insertBefore(element, there ?? null);
            }
        });
    }
}
