/* Numbers as the reader's language writes them, and elements made from text.
 * Used by the modules of the comparison page. */

const UNITS = [[1, 'B'], [1e3, 'KB'], [1e6, 'MB'], [1e9, 'GB'], [1e12, 'TB'],
    [1e15, 'PB']];

export function make(name, className, text, parent) {
    const made = document.createElement(name);

    made.className = className;
    made.textContent = text;
    parent?.append(made);
    return made;
}

/* Fills an element with a text in which *way:words* is coloured. */
export function fillColoured(element, text) {
    element.replaceChildren(...text.split(/(\*\w+:[^*]*\*)/).map((part) => {
        const match = part.match(/^\*(\w+):([^*]*)\*$/);

        return match ? make('strong', `of-${match[1]}`, match[2])
            : document.createTextNode(part);
    }));
}

export class Formats {
    #whole;
    #digits;
    #moment;
    #compact;

    constructor(locale) {
        this.#whole = new Intl.NumberFormat(locale,
            { maximumFractionDigits: 0 });
        this.#digits = new Intl.NumberFormat(locale,
            { maximumSignificantDigits: 3 });
        this.#compact = new Intl.NumberFormat(locale, { notation: 'compact',
            compactDisplay: 'long', maximumSignificantDigits: 3 });
        this.#moment = new Intl.DateTimeFormat(locale,
            { dateStyle: 'medium', timeStyle: 'short' });
    }

    whole(number) {
        return this.#whole.format(number);
    }

    /* Three digits are enough for a glance: 41.2 KB. */
    bytes(number) {
        const [factor, unit] = UNITS.findLast(
            ([size]) => number >= size * 0.9995) ?? UNITS[0];
        const value = number / factor;

        return `${value >= 100 || factor === 1 ? this.whole(value)
            : this.#digits.format(value)}\u00a0${unit}`;
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
        return number >= 10 ? this.whole(number)
            : this.#digits.format(Math.round(number * 10) / 10);
    }

    delay(milliseconds) {
        if (milliseconds < 1000) {
            return `${milliseconds < 9.95 ? this.#digits.format(
                Math.round(milliseconds * 10) / 10)
                : this.whole(milliseconds)}\u00a0ms`;
        }
        return `${this.#digits.format(milliseconds / 1000)}\u00a0s`;
    }

    share(number) {
        return `${this.#digits.format(number * 100)}\u00a0%`;
    }

    moment(milliseconds) {
        return this.#moment.format(milliseconds);
    }
}
