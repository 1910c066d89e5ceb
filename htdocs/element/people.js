/* Who is here: the number in the header and the list behind it, the reader
 * first, then moderators, those who are logged in, and guests.  The server
 * sends the list only in small rooms, and differences to it; an event with
 * nothing but a number says that the room has grown too large for that.  Used
 * by chat-room.js. */

import { shownName } from './guest.js';
import { make } from './markup.js';
import { makeMarks } from './marks.js';

/* Moderators, those who are logged in, guests. */
function rankOf(person) {
    return person.moderator ? 0 : person.guest ? 2 : 1;
}

/* The PERSONs of a list, whatever else is in it. */
export function personsIn(list) {
    return Array.isArray(list)
        ? list.filter((person) => typeof person?.id === 'string') : [];
}

export class People {
    #strings;
    #known = null;
    #count;
    #own = null;
    #panel;
    #number;
    #label;
    #list;
    #adorn = () => [];

    constructor(root, strings) {
        this.#strings = strings;
        this.#panel = root.getElementById('members');
        this.#number = root.getElementById('count');
        this.#label = root.getElementById('people');
        this.#list = root.getElementById('people-list');
    }

    /* The id of the reader's own entry. */
    set own(id) {
        if (id !== this.#own) {
            this.#own = id;
            this.#show(this.#count);
        }
    }

    /* True if others are here and the room is small enough to know them. */
    get hasCompany() {
        return this.#known !== null && this.#count > 1;
    }

    /* Those that the server tells of: PERSONs. */
    get persons() {
        return Array.from(this.#known?.values() ?? []);
    }

    /* adorn(person) returns elements that are shown after the name. */
    decorate(adorn) {
        this.#adorn = adorn;
        this.refresh();
    }

    /* What adorn() returns has changed. */
    refresh() {
        this.#show(this.#count);
    }

    /* members: that of hello, or undefined if the server tells none. */
    begin(members) {
        this.#learn(members?.list);
        this.#show(members?.count);
    }

    /* A presence event.  Returns [old name, new name] of those renamed. */
    update(presence) {
        const renamed = [];

        if (presence.list
            || !(presence.joined || presence.left || presence.renamed)) {
            this.#learn(presence.list);
        }
        for (const person of personsIn(presence.left)) {
            this.#known?.delete(person.id);
        }
        for (const person of personsIn(presence.renamed)) {
            const old = this.#known?.get(person.id)?.name;

            if (old && old !== person.name) {
                renamed.push([{ ...person, name: old }, person].map(
                    (one) => shownName(one, this.#strings)));
            }
        }
        for (const person of [...personsIn(presence.joined),
            ...personsIn(presence.renamed)]) {
            this.#known?.set(person.id, person);
        }
        this.#show(presence.count);
        return renamed;
    }

    #learn(list) {
        this.#known = Array.isArray(list)
            ? new Map(personsIn(list).map((person) => [person.id, person]))
            : null;
    }

    #show(count) {
        const number = new Intl.NumberFormat(this.#strings.locale,
            { notation: 'compact' });

        this.#count = count;
        this.#panel.hidden = !Number.isInteger(count);
        if (this.#panel.hidden) {
            return;
        }
        this.#number.textContent = number.format(count);
        this.#label.textContent = this.#strings.people(count);
        this.#showList(count);
    }

    /* A reader who is at the button of somebody stays there. */
    #showList(count) {
        const { activeElement } = this.#list.getRootNode();
        const id = this.#list.contains(activeElement)
            ? activeElement.closest('li').dataset.id : undefined;

        this.#list.replaceChildren(...this.#makeItems(count));
        if (id !== undefined) {
            const item = Array.from(this.#list.children)
                .find((one) => one.dataset.id === id);

            (item?.querySelector('button')
                ?? this.#panel.querySelector('summary')).focus();
        }
    }

    #makeItems(count) {
        return [
            make('li', { class: 'panel-head' }, this.#strings.people(count)),
            ...this.#sort().map((person) => this.#makeItem(person)),
        ];
    }

    #sort() {
        const { compare } = new Intl.Collator(this.#strings.locale);
        const rank = (person) => (person.id === this.#own ? -1
            : rankOf(person));

        return this.persons.sort((a, b) => rank(a) - rank(b)
            || compare(shownName(a, this.#strings),
                shownName(b, this.#strings)));
    }

    #makeItem(person) {
        const own = person.id === this.#own;

        return make('li', { class: own ? 'member own' : 'member',
            'data-id': person.id },
            make('bdi', { class: 'person' }, shownName(person, this.#strings)),
            own ? make('span', { class: 'self' }, ` (${this.#strings.you})`)
                : '',
            ...makeMarks(person, this.#strings),
            ...this.#adorn(person));
    }
}
