/* What the reader can choose: how often polling asks, how much is said, and
 * how many bytes of cookies every request carries. Used by compare.js. */

import { add } from './formats.js';

const INTERVALS = [1, 2, 5, 10, 30];
const RATES = [0, 1, 10, 60, 180];
const SIZES = [10, 100, 1000];
const EXTRAS = Array.from({ length: 33 }, (none, step) => step * 128);
const COOKIE = 'chatws-demo';
const PIECE = 2048;             /* a browser keeps at most 4096 in one */
const PIECES = 2;

/* What each may be, for links. */
export const OFFERS = { interval: INTERVALS, rate: RATES, size: SIZES,
    extra: EXTRAS };

const byId = (id) => document.getElementById(id);

export class Settings {
    #strings;
    #formats;
    #path = new URL('..', location.href).pathname;

    constructor(strings, formats, onChange) {
        const form = byId('settings');

        this.#strings = strings;
        this.#formats = formats;
        this.#offer('interval', INTERVALS, 2, (n) => strings.seconds(n));
        this.#offer('rate', RATES, 10, (n) => strings.rates[n]);
        this.#offer('size', SIZES, 100, (n) => strings.bytes(
            formats.whole(n), n));
        form.addEventListener('submit', (event) => event.preventDefault());
        form.addEventListener('input', ({ target }) => {
            this.#showExtra();
            onChange(target.name || target.id);
        });
        this.#showExtra();
        this.removeCookies();
    }

    /* Seconds between polls. */
    get interval() {
        return this.#chosen('interval');
    }

    /* Messages a minute. */
    get rate() {
        return this.#chosen('rate');
    }

    /* Bytes of a message's text. */
    get size() {
        return this.#chosen('size');
    }

    /* Bytes of cookies that requests carry besides the visitor's own. */
    get extra() {
        return Number(byId('extra').value);
    }

    /* All of them, as a link keeps them. */
    get all() {
        return { interval: this.interval, rate: this.rate, size: this.size,
            extra: this.extra };
    }

    /* Shows what is in force; only values that are on offer. */
    show(values) {
        for (const [name, value] of Object.entries(values)) {
            if (name === 'extra') {
                byId('extra').value = value;
            }
            else {
                byId(name).querySelector(`[value="${value}"]`).checked = true;
            }
        }
        this.#showExtra();
    }

    /* Makes exactly so many bytes of the Cookie header, with what separates
     * the cookies in it. */
    setCookies() {
        this.removeCookies();
        for (let left = this.extra, piece = 0; left > 0; piece += 1) {
            const size = Math.min(left, PIECE);
            const start = `${COOKIE}-${piece}=`;
            const value = 'x'.repeat(size - start.length - '; '.length);

            document.cookie = `${start}${value}; Path=${this.#path}; `
                + 'SameSite=Strict';
            left -= size;
        }
    }

    removeCookies() {
        for (let piece = 0; piece < PIECES; piece += 1) {
            document.cookie = `${COOKIE}-${piece}=; Path=${this.#path}; `
                + 'Max-Age=0; SameSite=Strict';
        }
    }

    #chosen(name) {
        return Number(new FormData(byId('settings')).get(name));
    }

    #offer(name, values, chosen, text) {
        const group = add(byId(name), 'div', 'choice');

        for (const value of values) {
            const label = add(group, 'label');
            const input = add(label, 'input');

            input.type = 'radio';
            input.name = name;
            input.value = value;
            input.checked = value === chosen;
            input.autocomplete = 'off';
            add(label, 'span', '', text(value));
        }
    }

    #showExtra() {
        const text = this.#strings.bytes(this.#formats.whole(this.extra),
            this.extra);

        byId('extra-shown').textContent = text;
        byId('extra').ariaValueText = text;
    }
}
