/* Who a person is, beyond the name: a word or a sign after it, and the face
 * in front of it.  No difference is one of colour alone.  Used by message.js
 * and people.js. */

import { tagOf } from './guest.js';
import { make, makeIcon } from './markup.js';

const COLOURS = 8;
const ICONS = {
    verified: 'M5 12.500l4.700 4.700L19.200 7.500',
    moderator: 'M12 3.500l7 2.500v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z',
};

/* A colour of a person, the same in every browser. */
export function colourOf(id) {
    let sum = 0;

    for (const character of String(id)) {
        sum = (sum * 31 + character.codePointAt(0)) % 65521;
    }
    return `colour-${sum % COLOURS}`;
}

/* What stands in the face.  The names that the server gives all begin with
 * the same letter: there it is their end that differs. */
export function initialsOf({ name, guest }) {
    const tag = guest ? tagOf(name) : undefined;

    return tag?.slice(-2) ?? firstOf(String(name));
}

/* The first character as a reader counts them: an emoji may be many. */
function firstOf(name) {
    if (!Intl.Segmenter) {
        return Array.from(name)[0] ?? '';
    }
    const [first] = new Intl.Segmenter().segment(name);

    return first?.segment ?? '';
}

/* The marks of a PERSON, in their order.  Whoever is named guest-7f3a by the
 * server needs no word that says "guest". */
export function makeMarks(person, strings) {
    const marks = [];

    if (person.moderator === true) {
        marks.push(makeSign('moderator', strings.moderator));
    }
    else if (person.guest !== true) {
        marks.push(makeSign('verified', strings.verified));
    }
    if (person.guest === true && !tagOf(person.name)) {
        marks.push(make('span', { class: 'mark guest', part: 'mark' },
            strings.guest));
    }
    return marks;
}

function makeSign(kind, label) {
    return make('span', { class: `mark ${kind}`, part: 'mark', role: 'img',
        'aria-label': label, title: label }, makeIcon(ICONS[kind]));
}
