/* Numbers as the reader's language writes them, and elements made from text.
 * Used by the modules of the comparison page and of the status page. */

import { make } from '../element/markup.js';

const FACTORS = [1, 1e3, 1e6, 1e9, 1e12, 1e15];

/* The new last child of an element. */
export function add(parent, name, className = '', ...children) {
    const made = make(name, { class: className || false }, ...children);

    parent.append(made);
    return made;
}

/* A row or a cell of a table that a narrow page lays out as a grid: then only
 * the role says what it is. */
export function makePart(name, role, text, parent) {
    const made = make(name, { role }, text);

    parent?.append(made);
    return made;
}

/* Fills an element with a text in which *way:words* is coloured. */
export function fillColoured(element, text) {
    element.replaceChildren(...text.split(/(\*\w+:[^*]*\*)/).map((part) => {
        const match = part.match(/^\*(\w+):([^*]*)\*$/);

        return match ? make('strong', { class: `of-${match[1]}` }, match[2])
            : document.createTextNode(part);
    }));
}

/* How many times as much, as it is shown. */
export function roundRatio(number) {
    return number >= 10 ? Math.round(number) : Math.round(number * 10) / 10;
}

export class Formats {
    #units;
    #delays;
    #whole;
    #digits;
    #moment;
    #compact;

    constructor({ locale, units, delays }) {
        this.#units = units;
        this.#delays = delays;
        /* The same digits as those of the texts' own numbers. */
        const form = (options) => new Intl.NumberFormat(locale,
            { numberingSystem: 'latn', ...options });

        this.#whole = form({ maximumFractionDigits: 0 });
        this.#digits = form({ maximumSignificantDigits: 3 });
        this.#compact = form({ notation: 'compact', compactDisplay: 'long',
            maximumSignificantDigits: 3 });
        this.#moment = new Intl.DateTimeFormat(locale,
            { dateStyle: 'medium', timeStyle: 'short',
                numberingSystem: 'latn' });
    }

    whole(number) {
        return this.#whole.format(number);
    }

    /* Three digits are enough for a glance: 41.2 KB. */
    bytes(number) {
        const index = Math.max(0, FACTORS.findLastIndex(
            (size) => number >= size * 0.9995));
        const value = number / FACTORS[index];

        return `${value >= 100 || index === 0 ? this.whole(value)
            : this.#digits.format(value)}\u00a0${this.#units[index]}`;
    }

    /* 1.3 billion; small numbers in full. */
    count(number) {
        if (number < 1e5) {
            return number < 100 ? this.#digits.format(number)
                : this.whole(number);
        }
        return this.#compact.format(number);
    }

    ratio(number) {
        return this.#digits.format(roundRatio(number));
    }

    delay(milliseconds) {
        const [short, long] = this.#delays;

        if (milliseconds < 1000) {
            return `${milliseconds < 9.95 ? this.#digits.format(
                Math.round(milliseconds * 10) / 10)
                : this.whole(milliseconds)}\u00a0${short}`;
        }
        return `${this.#digits.format(milliseconds / 1000)}\u00a0${long}`;
    }

    share(number) {
        return `${this.#digits.format(number * 100)}\u00a0%`;
    }

    moment(milliseconds) {
        return this.#moment.format(milliseconds);
    }
}
