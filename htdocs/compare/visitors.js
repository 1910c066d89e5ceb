/* How much of a month's traffic so many visitors are, at the pace that this
 * run has measured. A slider in steps of 1, 2, ... 9, 10, 20, ... and a field
 * for any number. Used by compare.js. */

import { WAYS } from './figures.js';
import { makePart } from './formats.js';
import { monthOf } from './result.js';

const MOST = 100000;
const STEPS = [1, 10, 100, 1000, 10000].flatMap((power) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => digit * power)).concat(MOST);
const COLUMNS = ['bytes', 'requests', 'second'];
const SECONDS = 30 * 86400;

const byId = (id) => document.getElementById(id);

export class Visitors {
    #strings;
    #formats;
    #count = 1000;
    #stretch = null;
    #pace = '';
    #cells = {};

    constructor(strings, formats) {
        const slider = byId('visitors');
        const field = byId('visitors-number');

        this.#strings = strings;
        this.#formats = formats;
        slider.max = STEPS.length - 1;
        slider.addEventListener('input', () => this.#choose(
            STEPS[slider.value]));
        field.max = MOST;
        field.addEventListener('input', () => this.#choose(
            field.valueAsNumber, field));
        field.addEventListener('change', () => { field.value = this.#count; });
        this.#makeTable();
        this.count = this.#count;
    }

    get count() {
        return this.#count;
    }

    set count(number) {
        this.#count = number;
        this.#showCount();
    }

    /* pace: what was said and asked in that stretch, in words. */
    show(stretch, pace) {
        this.#stretch = stretch;
        this.#pace = pace;
        this.#showMonth();
    }

    #choose(number, from = null) {
        if (Number.isInteger(number) && number >= 1 && number <= MOST) {
            this.#count = number;
            this.#showCount(from);
        }
    }

    /* from: the field that the reader is writing in, which stays as it is. */
    #showCount(from = null) {
        const text = this.#strings.visitorsCount(
            this.#formats.whole(this.#count), this.#count);
        const nearest = STEPS.findLastIndex((step) => step <= this.#count);

        byId('visitors').value = nearest;
        byId('visitors').ariaValueText = text;
        if (byId('visitors-number') !== from) {
            byId('visitors-number').value = this.#count;
        }
        this.#showMonth();
    }

    #makeTable() {
        const table = byId('month');
        const part = (name, parent) => makePart(name,
            name === 'tr' ? 'row' : 'rowgroup', '', parent);
        const head = part('tr', part('thead', table));
        const body = part('tbody', table);

        makePart('td', 'cell', '', head);
        for (const name of COLUMNS) {
            makePart('th', 'columnheader', this.#strings.month[name], head);
        }
        for (const way of WAYS) {
            const row = part('tr', body);

            row.className = `of-${way}`;
            makePart('th', 'rowheader', this.#strings.short[way], row);
            this.#cells[way] = {};
            for (const name of COLUMNS) {
                const cell = makePart('td', 'cell', '–', row);

                cell.className = `month-${name}`;
                this.#cells[way][name] = cell;
            }
        }
    }

    #showMonth() {
        byId('visitors-note').textContent = this.#stretch
            ? this.#strings.visitorsNote(this.#formats.whole(this.#count),
                this.#count, this.#pace) : '';
        for (const way of this.#stretch ? WAYS : []) {
            const { bytes, requests } = monthOf(this.#stretch, way,
                this.#count);
            const cells = this.#cells[way];

            cells.bytes.textContent = this.#formats.bytes(bytes);
            cells.bytes.dataset.value = bytes;
            cells.requests.textContent = this.#formats.count(requests);
            cells.requests.dataset.value = requests;
            cells.second.textContent = this.#formats.count(
                requests / SECONDS);
        }
    }
}
