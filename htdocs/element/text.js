/* Text of messages: what may be sent, how long it is, and how it is shown.
 * Whatever others wrote becomes text nodes, never markup.
 * Used by composer.js, message.js and rooms.js. */

const encoder = new TextEncoder();
const FORBIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const LINK = /\bhttps?:\/\/[^\s<>"\u3000-\u303f\uff00-\uff65]+/giu;
const LINK_END = /[.,;:!?'*_~\]}…’”]$/u;

/* Length as the server counts it: bytes of UTF-8. */
export function byteLength(text) {
    return encoder.encode(text).length;
}

/* The text as it may be sent: the server refuses control characters and
 * lone surrogates, which come in with a paste and are never meant. */
export function cleanText(text) {
    const lines = text.replace(/\r\n?/g, '\n').replace(FORBIDDEN, '');

    return wellFormed(lines).replace(/^\s*\n/, '').trimEnd();
}

function wellFormed(text) {
    return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/* Appends text to an element, with its http and https links clickable. */
export function appendText(element, text) {
    let shown = 0;

    for (const match of text.matchAll(LINK)) {
        const address = trimLink(match[0]);

        if (!isWebAddress(address)) {
            continue;
        }
        element.append(text.slice(shown, match.index), makeLink(address));
        shown = match.index + address.length;
    }
    element.append(text.slice(shown));
}

/* Punctuation after a link belongs to the sentence, and so does a closing
 * parenthesis that the link did not open. */
function trimLink(address) {
    let link = address;

    for (;;) {
        if (LINK_END.test(link) || (link.endsWith(')')
            && link.split(')').length > link.split('(').length)) {
            link = link.slice(0, -1);
        }
        else {
            return link;
        }
    }
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
