/* A bar for each way: what its bytes consist of, on one scale. In a stretch
 * with messages it is a message's share, in silence all that was moved. Used
 * by view.js; picture.js draws the same. */

import { PARTS, WAYS } from './figures.js';
import { make } from './formats.js';
import { messagesOf, wireOf } from './result.js';

/* [{way, parts: [{part, bytes}], bytes}], and most: the longest of them. */
export function barsOf(stretch) {
    const shared = messagesOf(stretch) > 0;
    const bars = WAYS.map((way) => {
        const figures = stretch.ways[way];
        const each = shared ? figures.messages : 1;

        return { way, bytes: wireOf(figures) / each,
            parts: PARTS.map((part) => ({ part, bytes: figures[part] / each }))
                .filter(({ bytes }) => bytes > 0) };
    });

    return { shared, bars, most: Math.max(...bars.map(({ bytes }) => bytes)) };
}

export class Bars {
    #strings;
    #formats;
    #rows = {};

    constructor(strings, formats) {
        const list = document.getElementById('bars');
        const legend = document.getElementById('bars-legend');

        this.#strings = strings;
        this.#formats = formats;
        for (const way of WAYS) {
            const row = make('div', `bar-row of-${way}`, '', list);

            make('span', 'bar-name', strings.short[way], row);
            this.#rows[way] = { row,
                total: make('span', 'bar-total', '', row),
                track: make('div', 'bar-track', '', row) };
            this.#rows[way].track.role = 'img';
            this.#rows[way].bar = make('div', 'bar', '',
                this.#rows[way].track);
        }
        for (const part of PARTS) {
            const item = make('li', `key-${part}`, '', legend);

            make('span', `swatch part-${part}`, '', item);
            item.append(strings.parts[part]);
        }
    }

    show(stretch) {
        const { shared, bars, most } = barsOf(stretch);
        const seconds = this.#formats.whole(stretch.seconds);
        let secure = false;

        document.getElementById('bars-title').textContent = shared
            ? this.#strings.barsMessage : this.#strings.barsSilence(seconds);
        for (const { way, parts, bytes } of bars) {
            this.#showRow(way, parts, bytes, most);
            secure ||= parts.some(({ part }) => part === 'record');
        }
        document.querySelector('#bars-legend .key-record').hidden = !secure;
    }

    #showRow(way, parts, bytes, most) {
        const { total, track, bar } = this.#rows[way];
        const text = this.#formats.bytes(bytes);
        const words = parts.map((each) => this.#word(each));

        total.textContent = text;
        track.ariaLabel = `${this.#strings.ways[way]}, ${text}${words.length
            ? `: ${words.join(', ')}` : ''}`;
        bar.style.inlineSize = `${most ? (100 * bytes) / most : 0}%`;
        bar.replaceChildren(...parts.map((each) => {
            const piece = make('span', `part part-${each.part}`, '');

            piece.style.flexGrow = each.bytes;
            make('span', 'part-label', this.#word(each), piece);
            return piece;
        }));
    }

    #word({ part, bytes }) {
        return `${this.#strings.parts[part]} ${this.#formats.bytes(bytes)}`;
    }
}
