/* One message that was found: who, when, and what stands around the words.  Used
 * by search.js. */

import { shownName } from '../element/guest.js';
import { make } from '../element/markup.js';

const AROUND = 60;              /* characters in front of the first word */
const MOST = 240;
const CLUSTER = /\P{M}\p{M}*|\p{M}+/gu;

/* As the server compares: NFKC and case folding. */
function fold(text) {
    return text.normalize('NFKC').toUpperCase().toLowerCase();
}

function clustersOf(text) {
    return text.match(CLUSTER) ?? [];
}

/* A text folded, and for each unit of that the cluster that it is from. */
function foldAll(text) {
    const clusters = clustersOf(text);
    const from = [];
    let folded = '';

    clusters.forEach((cluster, at) => {
        const one = fold(cluster);

        folded += one;
        from.push(...Array.from({ length: one.length }, () => at));
    });
    return { clusters, from, folded };
}

/* Which clusters of a text the words are in. */
function findWords({ clusters, from, folded }, words) {
    const isIn = clusters.map(() => false);

    for (const word of words) {
        for (let at = folded.indexOf(word); at >= 0;
            at = folded.indexOf(word, at + word.length)) {
            isIn.fill(true, from[at], from[at + word.length - 1] + 1);
        }
    }
    return isIn;
}

/* What is looked for, as foldAll() folds. */
export function foldWords(text) {
    return text.split(/\s+/u).filter(Boolean)
        .map((word) => foldAll(word).folded);
}

/* Nodes: a piece of the text with the words marked. */
export function makeExcerpt(text, words) {
    const all = foldAll(text.replace(/\s+/gu, ' '));
    const isIn = findWords(all, words);
    const start = Math.max(0, isIn.indexOf(true) - AROUND);
    const end = Math.min(all.clusters.length, start + MOST);
    const nodes = start > 0 ? ['…'] : [];

    for (let at = start; at < end;) {
        let next = at + 1;

        while (next < end && isIn[next] === isIn[at]) {
            next += 1;
        }
        const piece = all.clusters.slice(at, next).join('');

        nodes.push(isIn[at] ? make('mark', {}, piece) : piece);
        at = next;
    }
    return end < all.clusters.length ? [...nodes, '…'] : nodes;
}

/* Makes the items of a list. */
export class FoundMaker {
    #strings;
    #room;
    #moment;

    /* room: its address. */
    constructor(strings, room) {
        this.#strings = strings;
        this.#room = room;
        this.#moment = new Intl.DateTimeFormat(strings.locale,
            { dateStyle: 'medium', timeStyle: 'short' });
    }

    /* The time of an id, as the reader writes it. */
    format(id) {
        return this.#moment.format(Number.parseInt(id, 10));
    }

    make({ id, from, text, own }, words) {
        const time = new Date(Number.parseInt(id, 10));

        return make('li', { class: 'found', 'data-id': id,
            'data-from': from.id },
        make('a', { href: `${this.#room}#${id}`, tabindex: '-1' },
            make('span', { class: 'found-head' },
                make('bdi', { class: 'found-name' },
                    shownName(from, this.#strings)),
                own ? ` (${this.#strings.you})` : '', ' ',
                make('time', { datetime: time.toISOString() },
                    this.format(id))),
            ' ', make('span', { class: 'found-text', dir: 'auto' },
                ...makeExcerpt(text, words))));
    }
}
