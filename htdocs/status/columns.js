/* What the three tables show of what the server tells.  All of it is text.
 * Used by lists.js. */

import { shownName } from '../element/guest.js';
import { make } from '../element/markup.js';
import { formatSpan } from '../element/times.js';

const MINUTE = 60;
const LATE = 1;                 /* seconds behind that are worth a colour */

/* SITE/PATH as [site, path]. */
export function splitRoom(room) {
    const at = String(room).indexOf('/');

    return at < 0 ? ['', String(room)]
        : [room.slice(0, at), room.slice(at)];
}

export function makePlace(room) {
    const [site, path] = splitRoom(room);

    return [make('bdi', { class: 'path' }, path),
        make('bdi', { class: 'under' }, site)];
}

function makeMark(text, kind = 'mark') {
    return make('span', { class: kind }, text);
}

export class Columns {
    #strings;
    #formats;
    now = Date.now();           /* the server's clock */

    constructor({ strings, formats }) {
        this.#strings = strings;
        this.#formats = formats;
    }

    /* toggle(room, button): its members; isOpen(room): they are shown. */
    rooms(toggle, isOpen) {
        const button = (room) => {
            const made = make('button', { class: 'room-name', type: 'button',
                'aria-expanded': String(isOpen(room)) }, ...makePlace(room));

            made.addEventListener('click', () => toggle(room, made));
            return made;
        };

        return [
            this.#one('room', ({ room, topic }) => [button(room),
                ...topic ? [make('bdi', { class: 'topic' }, topic)] : []]),
            this.#number('members', ({ members }) => members),
            this.#number('kept', ({ kept }) => kept),
            this.#one('newest', ({ newest, kept }) => [
                this.#ago(kept > 0 ? newest : undefined)]),
            this.#one('state', ({ locked, slow }) => [
                ...locked ? [makeMark(this.#strings.locked)] : [],
                ...slow > 0 ? [makeMark(this.#strings.slowly(
                    formatSpan(slow, this.#strings)))] : []]),
        ];
    }

    connections(hasAddresses) {
        const { bytes } = this.#formats;
        const size = (name) => ({ ...this.#one(name, (told) =>
            [bytes.call(this.#formats, Number(told[name]))]), isNumber: true });

        return [
            this.#one('person', (told) => (told.id ? this.person(told)
                : [makeMark(this.#strings.nobody, 'none')])),
            this.#one('place', ({ room }) => (room ? makePlace(room) : [])),
            ...hasAddresses ? [this.#one('address', ({ address }) => (address
                ? [make('code', {}, address)] : []))] : [],
            this.#one('way', ({ transport, tls }) => [
                this.#strings.ways[transport] ?? String(transport),
                ...tls ? [makeMark('TLS', 'tag')] : []]),
            this.#one('age', ({ age }) => [formatSpan(age, this.#strings)]),
            this.#one('behind', (told) => this.#behind(told)),
            size('received'),
            size('sent'),
        ];
    }

    sanctions() {
        const { sanctionKinds, forGood } = this.#strings;

        return [
            this.#one('person', ({ user }) => this.person(user)),
            this.#one('kind', ({ kind }) => [
                makeMark(sanctionKinds[kind] ?? String(kind))]),
            this.#one('place', ({ room }) => (room ? makePlace(room)
                : [makeMark(this.#strings.unknown, 'none')])),
            this.#one('left', (told) => [told.for > 0
                ? formatSpan(told.for, this.#strings) : forGood]),
            this.#one('by', ({ by }) => (by
                ? [make('bdi', {}, shownName(by, this.#strings))] : [])),
            this.#one('reason', ({ reason }) => (reason
                ? [make('bdi', {}, String(reason))] : [])),
        ];
    }

    /* A name with its marks, and the id below it. */
    person(person) {
        const { guest, moderator } = this.#strings;

        return [make('bdi', { class: 'name' },
            shownName(person, this.#strings)),
        ...person.moderator ? [makeMark(moderator, 'rank')] : [],
        ...person.guest ? [makeMark(guest, 'tag')] : [],
        make('code', { class: 'under' }, String(person.id))];
    }

    #one(name, cell) {
        return { name, title: this.#strings.columns[name], cell };
    }

    #number(name, value) {
        return { ...this.#one(name, (told) =>
            [this.#formats.whole(Number(value(told)))]), isNumber: true };
    }

    /* An id begins with when it was. */
    #ago(id) {
        const seconds = (this.now - Number.parseInt(id ?? '', 10)) / 1000;

        if (Number.isNaN(seconds)) {
            return makeMark(this.#strings.unknown, 'none');
        }
        return seconds < MINUTE ? this.#strings.justNow
            : this.#strings.ago(formatSpan(seconds, this.#strings));
    }

    #behind({ lag, waiting }) {
        const { inTime, waits } = this.#strings;

        if (!(lag > 0) && !(waiting > 0)) {
            return [makeMark(inTime, 'none')];
        }
        return [makeMark(formatSpan(lag, this.#strings),
            lag >= LATE ? 'late' : 'soon'),
        ...waiting > 0 ? [make('span', { class: 'under' },
            waits(this.#formats.bytes(Number(waiting))))] : []];
    }
}
