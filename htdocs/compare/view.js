/* What the page shows of a run: four columns with charts, the sentence that
 * sums them up, and the table. Used by compare.js. */

import { Chart, axisSeconds, niceTop } from './chart.js';
import { WAYS } from './figures.js';

const WINDOW = 60;              /* seconds of which the sentence speaks */
const UNITS = [[1, 'B'], [1e3, 'KB'], [1e6, 'MB'], [1e9, 'GB']];

export function make(name, className, text, parent) {
    const made = document.createElement(name);

    made.className = className;
    made.textContent = text;
    parent?.append(made);
    return made;
}

/* Numbers as the reader's language writes them. */
export class Formats {
    #whole;
    #digits;

    constructor(locale) {
        this.#whole = new Intl.NumberFormat(locale,
            { maximumFractionDigits: 0 });
        this.#digits = new Intl.NumberFormat(locale,
            { maximumSignificantDigits: 3 });
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
            : this.#digits.format(value)} ${unit}`;
    }

    ratio(number) {
        return number >= 10 ? this.whole(number)
            : this.#digits.format(Math.round(number * 10) / 10);
    }

    delay(milliseconds) {
        if (milliseconds < 1000) {
            return `${milliseconds < 9.95 ? this.#digits.format(
                Math.round(milliseconds * 10) / 10)
                : this.whole(milliseconds)} ms`;
        }
        return `${this.#digits.format(milliseconds / 1000)} s`;
    }

    share(number) {
        return `${this.#digits.format(number * 100)} %`;
    }
}

/* Fills an element with a text in which *way:words* is coloured. */
function fillColoured(element, text) {
    element.replaceChildren(...text.split(/(\*\w+:[^*]*\*)/).map((part) => {
        const match = part.match(/^\*(\w+):([^*]*)\*$/);

        return match ? make('strong', `of-${match[1]}`, match[2])
            : document.createTextNode(part);
    }));
}

/* The rows of the table: name, and how a figure is written. */
const ROWS = [
    ['wire_sent', 'bytes'], ['wire_received', 'bytes'],
    ['packets_sent', 'whole'], ['packets_received', 'whole'],
    ['requests', 'whole'], ['empty', 'whole'], ['messages', 'whole'],
    ['each', 'bytes'], ['share', 'share'], ['delay', 'delay'],
];

export class View {
    #strings;
    #formats;
    #columns = {};
    #cells = new Map();

    constructor(strings, formats) {
        this.#strings = strings;
        this.#formats = formats;
        for (const way of WAYS) {
            this.#columns[way] = this.#makeColumn(way);
        }
        this.#makeTable();
    }

    #makeColumn(way) {
        const parent = document.getElementById('ways');
        const column = make('section', `way of-${way}`, '', parent);
        const head = make('div', 'way-head', '', column);
        const parts = { column };

        make('h2', '', this.#strings.ways[way], head);
        parts.how = make('p', 'how', '', head);
        parts.total = make('p', 'total', '', column);
        parts.times = make('p', 'times', '', column);
        parts.picture = make('div', 'picture', '', column);
        parts.picture.role = 'img';
        parts.top = make('span', 'top', '', parts.picture);
        parts.axis = make('span', 'axis', '', parts.picture);
        parts.chart = new Chart(parts.picture);
        parts.received = make('p', 'received', '', column);
        return parts;
    }

    #makeTable() {
        const table = document.getElementById('table');
        const part = (name, parent) => {
            const made = make(name, '', '', parent);

            made.role = name === 'tr' ? 'row' : 'rowgroup';
            return made;
        };
        const cell = (row, name, role, text) => {
            const made = make(name, '', text, row);

            made.role = role;
            return made;
        };
        const head = part('tr', part('thead', table));
        const body = part('tbody', table);

        cell(head, 'td', 'cell', '');
        for (const way of WAYS) {
            cell(head, 'th', 'columnheader', this.#strings.short[way])
                .className = `of-${way}`;
        }
        for (const [name] of ROWS) {
            const row = part('tr', body);

            cell(row, 'th', 'rowheader', this.#strings.rows[name]);
            row.className = `row-${name}`;
            for (const way of WAYS) {
                const made = cell(row, 'td', 'cell', '–');

                made.className = `of-${way}`;
                made.dataset.figure = `${way}.${name}`;
                this.#cells.set(`${way}.${name}`, made);
            }
        }
    }

    /* How a way works, or that it does not at the moment. */
    describe(way, interval, open) {
        const { column, how } = this.#columns[way];

        how.textContent = open ? this.#strings.how[way](interval)
            : this.#strings.lost;
        column.classList.toggle('lost', !open);
    }

    /* A message has arrived: the column says so at once. */
    arrived(way) {
        const { received } = this.#columns[way];

        received.classList.remove('fresh');
        void received.offsetWidth;          /* begins the animation anew */
        received.classList.add('fresh');
    }

    /* All figures of a run that has a sample. */
    show(figures, running) {
        const total = {};

        for (const way of WAYS) {
            total[way] = figures.between(way);
        }
        this.#showColumns(figures, total);
        this.#showTable(total);
        this.#showClaim(figures, running);
    }

    #showColumns(figures, total) {
        const axis = axisSeconds(figures.last.at);
        const top = niceTop(Math.max(...WAYS.map((way) => total[way].wire)));

        for (const way of WAYS) {
            const parts = this.#columns[way];
            const ratio = total[way].wire / total.websocket.wire;
            const bytes = this.#formats.bytes(total[way].wire);

            parts.total.textContent = bytes;
            parts.times.textContent = way === 'websocket'
                || !Number.isFinite(ratio) ? '\u00a0'
                : this.#strings.times(this.#formats.ratio(ratio));
            parts.received.textContent = this.#strings.received(
                total[way].messages);
            parts.top.textContent = this.#formats.bytes(top);
            parts.axis.textContent = this.#strings.seconds(axis);
            parts.picture.ariaLabel = this.#strings.chart(
                this.#strings.ways[way], bytes,
                this.#formats.whole(figures.last.at));
            parts.chart.draw(figures.samples.map(({ at, traffic }) => ({ at,
                bytes: traffic[way].wire_sent + traffic[way].wire_received })),
            figures.arrivals[way], figures.phases, axis, top);
        }
    }

    #showTable(total) {
        for (const [name, format] of ROWS) {
            for (const way of WAYS) {
                const cell = this.#cells.get(`${way}.${name}`);
                const value = name === 'empty' && way !== 'poll'
                    && way !== 'longpoll' ? null : total[way][name];

                cell.textContent = value === null ? '–'
                    : this.#formats[format](value);
                cell.dataset.value = value ?? '';
            }
        }
    }

    #showClaim(figures, running) {
        const from = running ? figures.ago(WINDOW) : null;
        const seconds = Math.round(figures.last.at - (from?.at ?? 0));
        const poll = figures.between('poll', from);
        const socket = figures.between('websocket', from);
        const second = document.getElementById('headline-2');
        let late = poll.delay === null || socket.delay === null ? ''
            : this.#strings.late(this.#formats.delay(poll.delay),
                this.#formats.delay(socket.delay));

        second.hidden = running || figures.phases.length < 2;
        if (second.hidden) {
            const when = running ? this.#strings.during(seconds)
                : this.#strings.overall(seconds);

            this.#say('headline', this.#strings.sum(when,
                this.#formats.bytes(poll.wire),
                this.#formats.bytes(socket.wire), socket.messages)
                + this.#verdict(poll.wire, socket.wire));
        }
        else {
            late += this.#showPhases(figures);
        }
        document.getElementById('late').textContent = late;
    }

    /* The guided run is over: a sentence for each of its phases. Gives one
     * about what came before them. */
    #showPhases(figures) {
        const [quiet, busy] = figures.phases;
        const opened = figures.at(quiet.at);
        const border = figures.at(busy.at);

        for (const [id, from, to, name] of [
            ['headline', opened, border, 'phaseQuiet'],
            ['headline-2', border, figures.last, 'phaseBusy'],
        ]) {
            const poll = figures.between('poll', from, to);
            const socket = figures.between('websocket', from, to);

            this.#say(id, this.#strings.phase(this.#strings[name](
                Math.round(to.at - from.at), socket.messages),
            this.#formats.bytes(poll.wire), this.#formats.bytes(socket.wire))
                + this.#verdict(poll.wire, socket.wire));
        }
        return this.#strings.opened(this.#formats.bytes(
            figures.between('websocket', null, opened).wire));
    }

    #verdict(poll, socket) {
        if (poll === 0 || socket === 0) {
            return this.#strings.noRatio;
        }
        if (poll > socket * 1.1) {
            return this.#strings.less(this.#formats.ratio(poll / socket));
        }
        return socket > poll * 1.1
            ? this.#strings.more(this.#formats.ratio(socket / poll))
            : this.#strings.same;
    }

    #say(id, text) {
        fillColoured(document.getElementById(id), text);
    }
}
