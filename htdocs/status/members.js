/* Who is in a room, below its row: one room at a time.  Used by lists.js. */

import { make } from '../element/markup.js';

export class Members {
    #strings;
    #formats;
    #person;
    #open;
    #box = make('div', { class: 'members' });
    #row = make('tr', { role: 'row', class: 'more' },
        make('td', { role: 'cell', colspan: '6' }, this.#box));
    #shown = '';
    room = null;                /* the opened one */

    /* person(told): how one is shown; open(button, told, room): a menu. */
    constructor({ strings, formats }, { person, open }) {
        this.#strings = strings;
        this.#formats = formats;
        this.#person = person;
        this.#open = open;
    }

    /* True if it is open now. */
    toggle(room) {
        this.room = room === this.room ? null : room;
        this.#shown = '';
        this.#box.replaceChildren(this.#strings.loading);
        return this.room !== null;
    }

    /* Into the table of rooms; rowOf(room) is its row, if it is there. */
    place(table, rowOf) {
        table.setMore(this.room === null ? null : rowOf(this.room), this.#row);
    }

    show({ member_list: list, member_total: total = list.length }) {
        const shown = JSON.stringify([list, total]);

        if (shown === this.#shown || this.#box.contains(document.activeElement)
            || document.querySelector('dialog[open]')) {
            return;
        }
        this.#shown = shown;
        this.#box.replaceChildren(
            ...list.length ? [make('ul', {}, ...list.map((person) => make('li',
                {}, this.#chip(person))))] : [this.#strings.nobodyHere],
            ...total > list.length ? [make('p', {}, this.#strings.others(
                this.#formats.whole(total - list.length)))] : []);
    }

    #chip(person) {
        const { room } = this;
        const button = make('button', { class: 'chip', type: 'button',
            'aria-haspopup': 'menu' }, ...this.#person(person));

        button.addEventListener('click',
            () => this.#open(button, person, room));
        return button;
    }
}
