/* Who is spoken to: "@name" in a text.  Used by text.js, timeline.js and
 * those who tell the reader of it. */

const SPECIAL = /[\\^$.*+?()[\]{}|/]/g;
const WORD = /[\p{L}\p{N}\p{M}_]/u;
/* In front of an @ these make it part of a mail address or of a link. */
const JOINED = /[A-Za-z0-9_.+\-/]/;
/* What a name may be made of: "Ann-Marie" is not "Ann". */
const LINKS_ON = /^[-._]?[\p{L}\p{N}\p{M}_]/u;
/* Scripts that go on after a name without a space, or with a particle. */
const UNSPACED = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]/u;

function firstOf(text) {
    return String.fromCodePoint(text.codePointAt(0));
}

/* True if the name is over: nothing of a longer one follows. */
function isWhole(name, rest) {
    if (!LINKS_ON.test(rest)) {
        return true;
    }
    if (/^\p{M}/u.test(rest) || !WORD.test(firstOf(rest))) {
        return false;
    }
    return UNSPACED.test(Array.from(name).at(-1))
        || UNSPACED.test(firstOf(rest));
}

/* The places [start, end] where a text speaks to that name. */
export function findNames(text, name) {
    const found = [];

    if (!name || !/[@\uff20]/.test(text)) {
        return found;
    }
    const wanted = new RegExp(
        `[@\uff20]${name.replace(SPECIAL, '\\$&')}`, 'giu');

    for (const match of text.matchAll(wanted)) {
        const end = match.index + match[0].length;

        if (!JOINED.test(text[match.index - 1] ?? ' ')
            && isWhole(name, text.slice(end))) {
            found.push([match.index, end]);
        }
    }
    return found;
}

/* True if a text speaks to that name. */
export function names(text, name) {
    return findNames(text, name).length > 0;
}
