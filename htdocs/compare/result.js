/* What a run has found out, as plain numbers: for stretches of it, what each
 * way has moved and what that consists of. The view, the picture, the visitors
 * and the link all speak of these numbers. No DOM. Used by compare.js. */

import { PARTS, SOCKETS, WAYS, frame, frameHeader, split } from
    './figures.js';

/* What else a stretch knows of a way; delay is -1 when nothing arrived. */
const OTHERS = ['messages', 'requests', 'delay'];
const FIELDS = [...PARTS, ...OTHERS];
/* Of what is said once of a run: bytes of heads, 0 when not known; the JSON of a
 * message, and from how many bytes on that is compressed, 0 when never. */
export const HEADS = ['question', 'packed', 'frame', 'post', 'sent', 'message',
    'least'];
export const NAMES = ['quiet', 'one', 'busy', 'free', 'all'];

const VERSION = '2';
const LONGEST = 4000;           /* characters of a link's hash */
const MOST = 1e12;              /* of any number in it */
const PROTOCOLS = ['HTTP/1.0', 'HTTP/1.1', 'HTTP/2'];

export function wireOf(way) {
    return PARTS.reduce((sum, part) => sum + way[part], 0);
}

/* Messages that all ways have brought: 0 when one has none yet. */
export function messagesOf(stretch) {
    return Math.min(...WAYS.map((way) => stretch.ways[way].messages));
}

/* Messages that have arrived anywhere: the slower ways may still lack some. */
export function saidIn(stretch) {
    return Math.max(...WAYS.map((way) => stretch.ways[way].messages));
}

/* The page has heard of a message up to a second before the server's counters
 * tell of its bytes, and a head of 4 bytes is less than that: what is known to
 * be in front of each message is taken from what would look like JSON. */
export function partsOf(way, between) {
    const parts = split(way, between);
    const { messages } = between;
    const each = messages ? (parts.text + parts.json) / messages : 0;
    const least = messages * (way === 'sse' ? 'id: \ndata: \n\n'.length
        : SOCKETS.includes(way) ? frameHeader(each, false) : 0);
    const missing = Math.min(parts.json, Math.max(0, least - parts.head));

    parts.json -= missing;
    parts.head += missing;
    return parts;
}

/* The stretch between two samples of Figures. */
export function stretchOf(figures, name, from, to = figures.last) {
    const ways = {};

    for (const way of WAYS) {
        const between = figures.between(way, from, to);
        const { requests, messages, delay } = between;

        ways[way] = { ...partsOf(way, between), messages, requests,
            delay: delay === null ? -1 : delay };
    }
    return { name, seconds: to.at - (from?.at ?? 0), ways };
}

/* What one message costs to send, as a POST and as a frame, in parts; null
 * while none has been sent and counted. link: the meter's `connection`. */
export function sendingOf(figures, link) {
    const posts = figures.last ? figures.between('post') : null;

    if (!link || !posts?.messages || !posts.requests) {
        return null;
    }
    const text = posts.text / posts.messages;
    const body = text + JSON.stringify({ type: 'message', text: '',
        ref: `c-${posts.messages}` }).length;

    return { post: split('post', posts, posts.messages),
        frame: frame({ text, body,
            answer: posts.payload / posts.messages - body }, link) };
}

/* A month of visitors who all stay in one room day and night, at the pace of
 * a stretch: bytes and requests of a way. */
export function monthOf(stretch, way, visitors) {
    const times = stretch.seconds > 0
        ? (30 * 86400 * visitors) / stretch.seconds : 0;

    return { bytes: wireOf(stretch.ways[way]) * times,
        requests: stretch.ways[way].requests * times };
}

function writeStretch({ name, seconds, ways }) {
    return [name, Math.round(seconds * 10), ...WAYS.flatMap((way) =>
        FIELDS.map((field) => Math.round(ways[way][field])))].join('.');
}

/* A whole number from a link, or NaN. */
function readNumber(text, least = 0, most = MOST) {
    const number = /^-?\d{1,13}$/.test(text ?? '') ? Number(text) : NaN;

    return number >= least && number <= most ? number : NaN;
}

function readStretch(text) {
    const [name, seconds, ...rest] = text.split('.');
    const numbers = rest.map((number) => readNumber(number, -1));
    const ways = {};

    if (!NAMES.includes(name) || !(readNumber(seconds, 1, 1e6) > 0)
        || numbers.length !== WAYS.length * FIELDS.length
        || numbers.some((number, index) => Number.isNaN(number)
            || (number < 0 && FIELDS[index % FIELDS.length] !== 'delay'))) {
        return null;
    }
    for (const [index, way] of WAYS.entries()) {
        ways[way] = Object.fromEntries(FIELDS.map((field, place) =>
            [field, numbers[index * FIELDS.length + place]]));
    }
    return { name, seconds: Number(seconds) / 10, ways };
}

/* The hash of a link: settings (of whole numbers), visitors, and a result or
 * null. */
export function writeLink(settings, visitors, result) {
    const query = new URLSearchParams({ v: VERSION,
        set: Object.values(settings).join('.'), n: visitors });

    if (result) {
        query.set('on', `${PROTOCOLS.indexOf(result.protocol)}.`
            + `${Math.round(result.at / 1000)}`);
        query.set('once', WAYS.map((way) =>
            Math.round(result.opened[way])).join('.'));
        query.set('head', HEADS.map((name) =>
            Math.round(result.heads[name])).join('.'));
        query.set('run', result.stretches.map(writeStretch).join('!'));
    }
    return `#${query}`;
}

/* What a hash says: { settings, visitors, result }, each null unless all of it
 * is sound; offers has the values that each setting may have. Whoever made the
 * link is a stranger. */
export function readLink(hash, offers) {
    const query = new URLSearchParams(hash.slice(0, LONGEST).slice(1));
    const nothing = { settings: null, visitors: null, result: null };
    const numbers = (name) => (query.get(name) ?? '').split('.')
        .map((text) => readNumber(text));

    if (query.get('v') !== VERSION || hash.length > LONGEST) {
        return nothing;
    }
    const chosen = numbers('set');
    const names = Object.keys(offers);
    const sound = chosen.length === names.length && names.every(
        (name, index) => offers[name].includes(chosen[index]));
    const visitors = readNumber(query.get('n'), 1, 100000);

    return {
        settings: sound ? Object.fromEntries(names.map((name, index) =>
            [name, chosen[index]])) : null,
        visitors: Number.isNaN(visitors) ? null : visitors,
        result: sound ? readResult(query, numbers) : null,
    };
}

function readResult(query, numbers) {
    const [protocol, at] = numbers('on');
    const opened = numbers('once');
    const heads = numbers('head');
    const stretches = (query.get('run') ?? '').split('!').map(readStretch);

    if (!(protocol in PROTOCOLS) || !(at > 0 && at < 1e10)
        || opened.length !== WAYS.length || heads.length !== HEADS.length
        || [...opened, ...heads].some(Number.isNaN)
        || stretches.length > NAMES.length || stretches.includes(null)) {
        return null;
    }
    return { at: at * 1000, protocol: PROTOCOLS[protocol], stretches,
        opened: Object.fromEntries(WAYS.map((way, index) =>
            [way, opened[index]])),
        heads: Object.fromEntries(HEADS.map((name, index) =>
            [name, heads[index]])) };
}
