/* Text of messages: what may be sent, how long it is, and how it is shown.
 * Whatever others wrote becomes text nodes, never markup.
 * Used by composer.js, message.js and rooms.js. */

import { make } from './markup.js';
import { findNames } from './mention.js';

const encoder = new TextEncoder();
const FORBIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const LINK = /\bhttps?:\/\/[^\s<>"\u3000-\u303f\uff00-\uff65]+/giu;
const LINK_END = /[.,;:!?'*_~\]}…’”]/u;
const ROUGHLY = 5000;               /* characters */
const LINE = 200;                   /* characters: more than fit in one */
/* A text may consist of nothing else: what comes after so many stays text. */
const MOST_LINKS = 100;
const MOST_MARKS = 20;
const MOST_EMOJI = 3;               /* that are shown large */
const LONGEST_EMOJI = 100;          /* code units; families are long */
/* A picture by itself, or a sign that a selector or a skin makes one. */
const PICTURE = '(?:\\p{Emoji_Presentation}\\p{Emoji_Modifier}?'
    + '|\\p{Extended_Pictographic}(?:\\ufe0f|\\p{Emoji_Modifier}))';
const JOINED = '(?:\\u200d\\p{Extended_Pictographic}\\ufe0f?'
    + '\\p{Emoji_Modifier}?)*';
const EMOJI = '(?:\\p{Regional_Indicator}{2}|[0-9#*]\\ufe0f\\u20e3'
    + `|${PICTURE}(?:[\\u{e0020}-\\u{e007f}]+|${JOINED}))`;
const FEW = new RegExp(`^(?:${EMOJI}\\s?){1,${MOST_EMOJI}}$`, 'u');

/* Length as the server counts it: bytes of UTF-8. */
export function byteLength(text) {
    return encoder.encode(text).length;
}

/* Characters as people count them.  Long texts are counted roughly: nobody
 * reads thousands of flags and families one by one. */
function countCharacters(text) {
    if (text.length > ROUGHLY || !Intl.Segmenter) {
        return Array.from(text).length;
    }
    return [...new Intl.Segmenter().segment(text)].length;
}

/* How many characters at the end are beyond so many bytes. */
export function countExcess(text, bytes) {
    const { read } = encoder.encodeInto(text, new Uint8Array(bytes));

    return countCharacters(text.slice(read));
}

/* About how many more characters like those of the text have place in so many
 * bytes: other letters take more or less of them. */
export function countLeft(text, bytes) {
    const length = byteLength(text);

    return Math.floor((bytes - length) * countCharacters(text) / length);
}

/* The text as it may be sent: the server refuses control characters and
 * lone surrogates, which come in with a paste and are never meant. */
export function cleanText(text) {
    const lines = text.replace(/\r\n?/g, '\n').replace(FORBIDDEN, '');

    return wellFormed(lines).replace(/^\s*\n/, '').trimEnd();
}

/* As much of a text as has place in one line. */
export function oneLine(text) {
    return wellFormed(text.slice(0, LINE).replace(/\s+/gu, ' '));
}

function wellFormed(text) {
    return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/* Appends text to an element, with its http and https links clickable, and
 * with the name marked where it speaks to the reader. */
export function appendText(element, text, name = '') {
    let shown = 0;
    let links = 0;
    let marks = 0;

    for (const match of text.matchAll(LINK)) {
        const address = trimLink(match[0]);

        if (links === MOST_LINKS) {
            break;
        }
        if (!isWebAddress(address)) {
            continue;
        }
        marks += appendNamed(element, text.slice(shown, match.index), name,
            MOST_MARKS - marks);
        element.append(makeLink(address));
        shown = match.index + address.length;
        links += 1;
    }
    appendNamed(element, text.slice(shown), name, MOST_MARKS - marks);
}

/* Returns how often the name was marked, `most` times at most. */
function appendNamed(element, text, name, most) {
    const found = findNames(text, name).slice(0, most);
    let shown = 0;

    for (const [start, end] of found) {
        element.append(text.slice(shown, start), make('mark',
            { class: 'mention', part: 'mention' }, text.slice(start, end)));
        shown = end;
    }
    element.append(text.slice(shown));
    return found.length;
}

/* A name within a sentence of ours: it may run from right to left. */
export function isolate(name) {
    return `\u2068${name}\u2069`;
}

/* The nodes of a sentence with names that were isolated: they stand in
 * elements, so that nothing unseen is copied with them. */
export function makeSentence(text) {
    return text.split(/\u2068(.*?)\u2069/su).map(
        (part, index) => (index % 2 ? make('bdi', {}, part) : part));
}

/* Punctuation after a link belongs to the sentence, and so does a closing
 * parenthesis that the link did not open.  There may be thousands: each is
 * looked at once. */
function trimLink(address) {
    let excess = address.split(')').length - address.split('(').length;
    let end = address.length;

    for (; end > 0; end -= 1) {
        const last = address[end - 1];

        if (!LINK_END.test(last) && !(last === ')' && excess > 0)) {
            break;
        }
        excess -= last === ')';
    }
    return address.slice(0, end);
}

function isWebAddress(address) {
    try {
        return ['http:', 'https:'].includes(new URL(address).protocol);
    }
    catch {
        return false;
    }
}

function makeLink(address) {
    const link = document.createElement('a');

    link.href = address;
    link.rel = 'noopener nofollow ugc';
    link.target = '_blank';
    link.textContent = address;
    return link;
}

/* True for nothing but a few emoji, which are shown large. */
export function isEmoji(text) {
    return text.length <= LONGEST_EMOJI && FEW.test(text);
}
