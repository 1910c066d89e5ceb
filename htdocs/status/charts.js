/* The four charts: the last two minutes of what is told once a second.  What
 * is not known is not drawn.  Used by status.js. */

import { roundRatio } from '../compare/formats.js';
import { make } from '../element/markup.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 1000;             /* of the drawing; the page stretches it */
const HEIGHT = 1000;
const SPAN = 120;               /* seconds */
const GAP = 8;                  /* seconds without a sample: a hole */
const STEPS = [1, 2, 5, 10];
/* By the name of the figure; a counter is shown as its rate. */
const CHARTS = [
    ['messages', 'messages_total'],
    ['opened', 'adopted_total'],
    ['open', 'connections'],
    ['deliveries', 'deliveries_total'],
];

function niceTop(value) {
    const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));

    return STEPS.map((step) => step * power).find((top) => top >= value);
}

function path(name, parent) {
    const made = document.createElementNS(SVG, 'path');

    made.setAttribute('class', name);
    parent.append(made);
    return made;
}

class Chart {
    #name;
    #figure;
    #strings;
    #formats;
    #points = [];               /* [second, value] */
    #last = null;               /* [second, count] of a counter */
    #value;
    #top;
    #plot;
    #area;
    #line;
    #end;

    constructor([name, figure], parent, { strings, formats }) {
        this.#name = name;
        this.#figure = figure;
        this.#strings = strings;
        this.#formats = formats;
        this.#value = make('p', { class: 'value' });
        this.#top = make('span', { class: 'highest' });
        this.#plot = document.createElementNS(SVG, 'svg');
        for (const [key, value] of Object.entries({ class: 'plot',
            viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none',
            role: 'img' })) {
            this.#plot.setAttribute(key, value);
        }
        path('grid', this.#plot).setAttribute('d',
            `M0 1H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}`);
        this.#area = path('area', this.#plot);
        this.#line = path('line', this.#plot);
        this.#end = path('end', this.#plot);
        parent.append(make('div', { class: 'chart', 'data-chart': name },
            make('h3', {}, strings.chartNames[name]),
            make('div', { class: 'now' }, this.#value, this.#top),
            this.#plot));
    }

    add(second, figures) {
        const count = figures[this.#figure];
        const isRate = this.#figure.endsWith('_total');
        const last = this.#last;

        this.#last = [second, count];
        if (last && (second < last[0] || (isRate && count < last[1]))) {
            this.#points = [];              /* a server that began anew */
        }
        else if (!isRate) {
            this.#points.push([second, count]);
        }
        else if (last && second > last[0] && second - last[0] <= GAP) {
            this.#points.push([second,
                (count - last[1]) / (second - last[0])]);
        }
        this.#points = this.#points.filter(([at]) => at >= second - SPAN);
        this.#draw(second);
    }

    #draw(now) {
        const highest = Math.max(0, ...this.#points.map(([, value]) => value));
        const top = niceTop(highest);
        const x = (at) => (WIDTH * (1 + (at - now) / SPAN)).toFixed(1);
        const y = (value) => (HEIGHT * (1 - value / top)).toFixed(1);
        const parts = [];
        let before = -Infinity;

        for (const [at, value] of this.#points) {
            if (at - before > GAP) {
                parts.push([]);
            }
            parts.at(-1).push([x(at), y(value)]);
            before = at;
        }
        const lines = parts.map((part) => part.map((at) => at.join(' '))
            .join('L'));
        const end = parts.at(-1)?.at(-1);

        this.#line.setAttribute('d', lines.map((line) => `M${line}`).join(''));
        this.#area.setAttribute('d', parts.map((part, index) =>
            `M${part[0][0]} ${HEIGHT}L${lines[index]}L${part.at(-1)[0]} `
            + `${HEIGHT}Z`).join(''));
        this.#end.setAttribute('d', end ? `M${end.join(' ')}h0` : '');
        this.#tell(highest);
    }

    #tell(highest) {
        const { chartNames, highestIs, chartSays, unknown } = this.#strings;
        const shown = (value) => this.#formats.count(roundRatio(value));
        const last = this.#points.at(-1);
        const value = last ? shown(last[1]) : unknown;

        this.#value.textContent = value;
        this.#top.textContent = last ? highestIs(shown(highest)) : '';
        this.#plot.setAttribute('aria-label', chartSays(chartNames[this.#name],
            value, shown(highest)));
    }
}

export class Charts {
    #charts;

    constructor(parent, page) {
        this.#charts = CHARTS.map((one) => new Chart(one, parent, page));
    }

    event({ now, figures }) {
        for (const chart of this.#charts) {
            chart.add(now / 1000, figures);
        }
    }
}
