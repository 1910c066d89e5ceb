/* A bar for each way: what its bytes consist of, on one scale. In a stretch
 * with messages it is a message's share, in silence all that was moved. Used
 * by view.js; picture.js draws the same. */

import { PARTS, WAYS } from './figures.js';
import { add } from './formats.js';
import { messagesOf, wireOf } from './result.js';
import { make } from '../element/markup.js';

/* How a message is sent, and in whose colour it is drawn. */
const SEND = [['post', 'poll'], ['frame', 'websocket']];

const byId = (id) => document.getElementById(id);

function barOf(figures, count) {
    return { bytes: wireOf(figures) / count,
        parts: PARTS.map((part) => ({ part, bytes: figures[part] / count }))
            .filter(({ bytes }) => bytes > 0) };
}

/* [{way, parts: [{part, bytes}], bytes}], and most: the longest of them. */
export function barsOf(stretch) {
    const shared = messagesOf(stretch) > 0;
    const bars = WAYS.map((way) => ({ way, ...barOf(stretch.ways[way],
        shared ? stretch.ways[way].messages : 1) }));

    return { shared, bars, most: Math.max(...bars.map(({ bytes }) => bytes)) };
}

/* One line: a name, a bar in parts, and how much that is. */
class Row {
    #strings;
    #formats;
    #name;
    #total;
    #track;
    #bar;

    constructor(parent, { name, long = name, className }, strings, formats) {
        const row = add(parent, 'div', `bar-row ${className}`);

        this.#strings = strings;
        this.#formats = formats;
        this.#name = long;
        add(row, 'span', 'bar-name', name);
        this.#total = add(row, 'span', 'bar-total');
        this.#track = add(row, 'div', 'bar-track');
        this.#track.role = 'img';
        this.#track.ariaLabel = long;
        this.#bar = add(this.#track, 'div', 'bar');
    }

    show({ parts, bytes }, most) {
        const text = this.#formats.bytes(bytes);
        const words = parts.map((each) => this.#word(each));

        this.#total.textContent = text;
        this.#track.ariaLabel = `${this.#name}, ${text}${words.length
            ? `: ${words.join(', ')}` : ''}`;
        this.#bar.style.inlineSize = `${most ? (100 * bytes) / most : 0}%`;
        this.#bar.replaceChildren(...parts.map((each) => {
            const piece = make('span', { class: `part part-${each.part}` });

            piece.style.flexGrow = each.bytes;
            add(piece, 'span', 'part-label', this.#word(each));
            return piece;
        }));
    }

    #word({ part, bytes }) {
        return `${this.#strings.parts[part]} ${this.#formats.bytes(bytes)}`;
    }
}

export class Bars {
    #strings;
    #formats;
    #rows = {};
    #send = {};

    constructor(strings, formats) {
        const row = (parent, about) => new Row(byId(parent), about, strings,
            formats);

        this.#strings = strings;
        this.#formats = formats;
        for (const way of WAYS) {
            this.#rows[way] = row('bars', { name: strings.short[way],
                long: strings.ways[way], className: `of-${way}` });
        }
        for (const [name, way] of SEND) {
            this.#send[name] = row('send', { name: strings.send[name],
                className: `of-${way}` });
        }
        for (const part of PARTS) {
            const item = add(byId('bars-legend'), 'li', `key-${part}`);

            add(item, 'span', `swatch part-${part}`);
            item.append(strings.parts[part]);
        }
    }

    show(stretch) {
        const { shared, bars, most } = barsOf(stretch);

        byId('bars-title').textContent = shared ? this.#strings.barsMessage
            : this.#strings.barsSilence(this.#formats.whole(stretch.seconds));
        for (const bar of bars) {
            this.#rows[bar.way].show(bar, most);
        }
        document.querySelector('#bars-legend .key-record').hidden
            = !bars.some(({ parts }) => parts.some(
                ({ part }) => part === 'record'));
    }

    /* What sending one message costs, {post, frame} in parts, or null. */
    showSending(sending) {
        byId('sending').hidden = !sending;
        if (sending) {
            const bars = SEND.map(([name]) => [name, barOf(sending[name], 1)]);
            const most = Math.max(...bars.map(([, { bytes }]) => bytes));

            for (const [name, bar] of bars) {
                this.#send[name].show(bar, most);
            }
        }
    }
}
