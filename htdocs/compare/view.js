/* What the page shows of a run: the sentence that sums it up, five columns
 * with charts, and the table. Sentence, bars, columns and visitors always
 * speak of one and the same stretch of time. Used by compare.js. */

import { Bars } from './bars.js';
import { Chart, axisSeconds, niceTop } from './chart.js';
import { PARTS, WAYS } from './figures.js';
import { add, fillColoured, makePart, roundRatio } from './formats.js';
import { partsOf, saidIn, sendingOf, wireOf } from './result.js';

/* Rows of the table: name, and how a figure is written. */
const ROWS = [
    ['wire_sent', 'bytes'], ['wire_received', 'bytes'],
    ['packets_sent', 'whole'], ['packets_received', 'whole'],
    ['requests', 'whole'], ['empty', 'whole'], ['messages', 'whole'],
    ['each', 'bytes'], ['share', 'share'],
    ...PARTS.map((part) => [part, 'bytes']), ['delay', 'delay'],
];
const NEARLY = 1.1;             /* times as much is about the same */

const byId = (id) => document.getElementById(id);

/* How many times what a WebSocket has moved; null where that says nothing: of
 * zero, and for a way that is cheap only because it has yet to deliver what the
 * WebSocket has delivered. */
function ratioOf(way, socket) {
    const ratio = wireOf(way) / wireOf(socket);

    return Number.isFinite(ratio) && ratio > 0
        && (ratio >= 1 || way.messages >= socket.messages) ? ratio : null;
}

/* Bytes that a way has moved by then, without its opening. */
function wireAt({ traffic, opened }, way) {
    return traffic[way].wire_sent + traffic[way].wire_received
        - opened[way].wire_sent - opened[way].wire_received;
}

export class View {
    #strings;
    #formats;
    #bars;
    #columns = {};
    #cells = new Map();

    constructor(strings, formats) {
        this.#strings = strings;
        this.#formats = formats;
        this.#bars = new Bars(strings, formats);
        for (const way of WAYS) {
            this.#columns[way] = this.#makeColumn(way);
        }
        this.#makeTable();
    }

    #makeColumn(way) {
        const column = add(byId('ways'), 'section', `way of-${way}`);
        const head = add(column, 'div', 'way-head');
        const parts = { column };

        add(head, 'h2', '', this.#strings.ways[way]);
        parts.how = add(head, 'p', 'how');
        parts.total = add(column, 'p', 'total');
        parts.times = add(column, 'p', 'times');
        parts.picture = add(column, 'div', 'picture');
        parts.picture.role = 'img';
        parts.picture.ariaLabel = this.#strings.ways[way];
        parts.top = add(parts.picture, 'span', 'top');
        parts.axis = add(parts.picture, 'span', 'axis');
        parts.chart = new Chart(parts.picture);
        parts.received = add(column, 'p', 'received');
        parts.opened = add(column, 'p', 'opened');
        return parts;
    }

    #makeTable() {
        const table = byId('table');
        const part = (name, parent) => makePart(name,
            name === 'tr' ? 'row' : 'rowgroup', '', parent);
        const head = part('tr', part('thead', table));
        const body = part('tbody', table);

        makePart('td', 'cell', '', head);
        for (const way of WAYS) {
            makePart('th', 'columnheader', this.#strings.short[way], head)
                .className = `of-${way}`;
        }
        for (const [name] of ROWS) {
            const row = part('tr', body);

            makePart('th', 'rowheader', this.#strings.rows[name]
                ?? this.#strings.parts[name], row);
            row.className = `row-${name}`;
            for (const way of WAYS) {
                const made = makePart('td', 'cell', '–', row);

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

    /* A stretch of a run; opened: {way: bytes}. */
    show(stretch, opened) {
        this.#bars.show(stretch);
        this.#showColumns(stretch, opened);
        fillColoured(byId('headline'), this.sentence(stretch));
        byId('late').textContent = this.delays(stretch);
    }

    /* Before the first stretch: only what opening has cost. */
    showOpening(opened) {
        for (const way of WAYS) {
            this.#columns[way].opened.textContent = this.#strings.opened(
                this.#formats.bytes(opened[way]));
        }
    }

    #showColumns(stretch, opened) {
        this.showOpening(opened);
        for (const way of WAYS) {
            const column = this.#columns[way];
            const wire = wireOf(stretch.ways[way]);
            const ratio = ratioOf(stretch.ways[way], stretch.ways.websocket);

            column.total.textContent = this.#formats.bytes(wire);
            column.total.dataset.value = wire;
            column.times.textContent = way === 'websocket' || ratio === null
                ? '\u00a0' : this.#strings.times(this.#formats.ratio(ratio));
            column.received.textContent = this.#strings.received(
                stretch.ways[way].messages);
        }
    }

    /* The charts and the table, which are about the run as a whole. */
    showRun(figures, link) {
        const total = {};

        for (const way of WAYS) {
            const between = figures.between(way);

            total[way] = { ...between, ...partsOf(way, between) };
        }
        this.#bars.showSending(sendingOf(figures, link));
        this.#showCharts(figures, total);
        this.#showTable(total);
    }

    #showCharts(figures, total) {
        const axis = axisSeconds(figures.last.at);
        const top = niceTop(Math.max(...WAYS.map((way) => total[way].wire)));

        for (const way of WAYS) {
            const column = this.#columns[way];

            column.top.textContent = this.#formats.bytes(top);
            column.axis.textContent = this.#strings.seconds(axis);
            column.picture.ariaLabel = this.#strings.chart(
                this.#strings.ways[way], this.#formats.bytes(total[way].wire),
                this.#formats.whole(figures.last.at));
            column.chart.draw(figures.samples.map(
                (sample) => ({ at: sample.at, bytes: wireAt(sample, way) })),
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

    /* What was said, and what that has cost, with marks of colour. */
    sentence(stretch) {
        const seconds = Math.round(stretch.seconds);
        const poll = wireOf(stretch.ways.poll);
        const socket = wireOf(stretch.ways.websocket);

        return this.#strings.said(saidIn(stretch), seconds)
            + this.#strings.cost(this.#formats.bytes(poll),
                this.#formats.bytes(socket),
                this.#verdict(stretch));
    }

    delays({ ways: { poll, websocket } }) {
        return poll.delay < 0 || websocket.delay < 0 ? ''
            : this.#strings.late(this.#formats.delay(poll.delay),
                this.#formats.delay(websocket.delay));
    }

    /* How many times as much. */
    #verdict({ ways: { poll, websocket } }) {
        const ratio = ratioOf(poll, websocket);

        if (ratio === null) {
            return this.#strings.noRatio;
        }
        if (ratio < NEARLY && ratio > 1 / NEARLY) {
            return this.#strings.same;
        }
        const more = Math.max(ratio, 1 / ratio);

        return this.#strings[ratio > 1 ? 'less' : 'more'](
            this.#formats.ratio(more), roundRatio(more));
    }

    /* What heads weigh: with every question, and with every message. */
    showHeads(heads, silent) {
        const bytes = (number) => this.#strings.bytes(
            this.#formats.whole(number), number);
        const { question, packed, frame, post, sent } = heads;

        if (question) {
            byId('pair-question').textContent = bytes(question);
            byId('pair-every').textContent = packed
                ? this.#strings.pairPacked(this.#formats.whole(packed))
                : this.#strings.pairQuestion;
            byId('pair-post').textContent = this.#strings.pairPost(
                this.#formats.whole(post));
        }
        byId('pair-frame').textContent = bytes(silent || !frame ? 0 : frame);
        byId('pair-message').textContent = silent || !frame
            ? this.#strings.pairSilence : this.#strings.pairMessage;
        byId('pair-sent').textContent = sent ? this.#strings.pairSent(
            this.#formats.whole(sent)) : '';
        byId('packed').textContent = this.#compression(heads, silent);
    }

    /* Why the two WebSockets are the same, or are not. */
    #compression({ message, least }, silent) {
        const [size, from] = [message, least].map(
            (bytes) => this.#formats.whole(bytes));

        if (least === 0) {
            return this.#strings.packedNever;
        }
        if (silent || !message) {
            return '';
        }
        return this.#strings[message < least ? 'packedNot' : 'packed'](
            size, from);
    }

    /* The stretches of a run that is over, side by side. Roles: a narrow page
     * lays the rows out as grids. */
    showStretches({ stretches, opened }) {
        const table = byId('stretches');
        const row = (name, value) => {
            const made = makePart('tr', 'row', '');

            makePart('th', 'rowheader', name, made);
            for (const way of WAYS) {
                makePart('td', 'cell', this.#formats.bytes(value(way)), made)
                    .className = `of-${way}`;
            }
            return made;
        };
        const head = makePart('tr', 'row', '');

        makePart('td', 'cell', '', head);
        for (const way of WAYS) {
            makePart('th', 'columnheader', this.#strings.short[way], head)
                .className = `of-${way}`;
        }
        table.replaceChildren(head, ...stretches.map((stretch) => row(
            this.#strings.said(saidIn(stretch),
                Math.round(stretch.seconds)),
            (way) => wireOf(stretch.ways[way]))),
        row(this.#strings.openedRow, (way) => opened[way]));
    }
}
