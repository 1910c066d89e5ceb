/* One chart: bytes of a way over time as a growing area, and below it a mark
 * for each answer: tall and filled with a message, short and pale without.
 * All charts of the page share one scale, so areas can be compared by eye.
 * Used by view.js. */

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 1000;             /* of the drawing; the page stretches it */
const HEIGHT = 1000;
const MARKS = 100;
const POINTS = 300;
const SHORTEST = 60;            /* seconds on the time axis, */
const LONGER = 15;              /* which then grows by so many */

function element(name, attributes, parent) {
    const made = document.createElementNS(SVG, name);

    for (const [key, value] of Object.entries(attributes)) {
        made.setAttribute(key, value);
    }
    parent.append(made);
    return made;
}

function drawing(height, className, parent) {
    return element('svg', { viewBox: `0 0 ${WIDTH} ${height}`,
        preserveAspectRatio: 'none', class: className,
        'aria-hidden': 'true' }, parent);
}

/* The next of 1, 2, 5, 10, 20, ... from 1,000 bytes on. */
export function niceTop(bytes) {
    const power = 10 ** Math.floor(Math.log10(Math.max(bytes, 1000)));

    return [1, 2, 5, 10].map((step) => step * power)
        .find((top) => top >= bytes);
}

/* Seconds that the time axis shows after a run of so many. */
export function axisSeconds(seconds) {
    return Math.max(SHORTEST, Math.ceil(seconds / LONGER) * LONGER);
}

export class Chart {
    #area;
    #line;
    #phases;
    #empty;
    #full;

    /* Draws into an empty element. */
    constructor(parent) {
        const plot = drawing(HEIGHT, 'plot', parent);
        const strip = drawing(MARKS, 'marks', parent);

        for (const part of [1, 2, 3]) {
            element('path', { class: 'grid',
                d: `M0 ${(part * HEIGHT) / 4}H${WIDTH}` }, plot);
        }
        this.#phases = element('path', { class: 'phase' }, plot);
        this.#area = element('path', { class: 'area' }, plot);
        this.#line = element('path', { class: 'line' }, plot);
        this.#empty = element('path', { class: 'empty-mark' }, strip);
        this.#full = element('path', { class: 'full-mark' }, strip);
    }

    /* points: [{at, bytes}], arrivals and phases as Figures has them; axis
     * in seconds, top in bytes. */
    draw(points, arrivals, phases, axis, top) {
        const x = (at) => ((at / axis) * WIDTH).toFixed(1);
        const y = (bytes) => (HEIGHT * (1 - bytes / top)).toFixed(1);
        const step = Math.ceil(points.length / POINTS);
        const kept = points.filter((point, index) => index % step === 0
            || index === points.length - 1);
        const line = kept.map(({ at, bytes }) => `L${x(at)} ${y(bytes)}`)
            .join('');
        const end = kept.length ? x(kept.at(-1).at) : 0;
        const marks = (wanted, from) => arrivals.filter(wanted)
            .map(({ at }) => `M${x(at)} ${from}V${MARKS}`).join('');

        this.#line.setAttribute('d', `M0 ${HEIGHT}${line}`);
        this.#area.setAttribute('d',
            `M0 ${HEIGHT}${line}L${end} ${HEIGHT}Z`);
        this.#phases.setAttribute('d', phases.slice(1)
            .map(({ at }) => `M${x(at)} 0V${HEIGHT}`).join(''));
        this.#empty.setAttribute('d',
            marks(({ messages }) => messages === 0, MARKS * 0.55));
        this.#full.setAttribute('d', marks(({ messages }) => messages > 0, 0));
    }
}
