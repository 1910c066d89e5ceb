/* Rooms with who is in them, connections, and who is muted or banned: three
 * tabs and a search over them.  Used by status.js. */

import { make } from '../element/markup.js';
import { isolate, makeSentence } from '../element/text.js';
import { shownName } from '../element/guest.js';
import { Columns, splitRoom } from './columns.js';
import { Deeds } from './deeds.js';
import { Members } from './members.js';
import { Table } from './table.js';
import { Tabs } from './tabs.js';

const BUSY = 2;                 /* seconds, if the server says nothing else */
/* What the server calls an entry of a list. */
const ENTRIES = { rooms: 'room', connections: 'connection',
    sanctions: 'sanction' };

const byId = (id) => document.getElementById(id);

function keyOf({ connection, room, user, kind }) {
    return connection ?? JSON.stringify([room, user?.id, kind]);
}

export class Lists {
    #strings;
    #formats;
    #server;
    #told;
    #columns;
    #deeds;
    #tabs;
    #members;
    #tables = {};
    #note = make('p', { class: 'note', role: 'status' });
    #hasAddresses = false;
    #asked = 0;                 /* how often */
    #isAsking = false;
    #isBusy = false;

    /* told: denied(), and you(name) of whoever is logged in. */
    constructor(page, told) {
        this.#strings = page.strings;
        this.#formats = page.formats;
        this.#server = page.server;
        this.#told = told;
        this.#columns = new Columns(page);
        this.#tabs = new Tabs(page, () => this.#choose());
        this.#deeds = new Deeds(page, {
            changed: () => this.refresh(),
            find: (words) => this.#tabs.find('connections', words),
            back: () => this.#tabs.focus(),
        });
        this.#members = new Members(page, {
            person: (person) => this.#columns.person(person),
            open: (button, person, room) => this.#deeds.open(button,
                this.#deeds.person(person, room)),
        });
        this.#choose();
    }

    /* One of the stream. */
    event({ now, figures }) {
        this.#columns.now = now;
        this.#tabs.count(figures);
    }

    /* Asks anew for what is shown, unless that has to wait. */
    renew() {
        if (!this.#isAsking && !this.#isBusy) {
            this.refresh();
        }
    }

    async refresh() {
        const { tab, words } = this.#tabs;
        const { room } = this.#members;

        this.#asked += 1;
        const asked = this.#asked;
        const isNewest = () => asked === this.#asked;

        this.#isAsking = true;
        try {
            const told = await this.#server.lists(tab, { q: words });
            const inside = room && tab === 'rooms' && !told.limited
                ? await this.#server.lists('members', { room }) : null;

            if (isNewest()) {
                this.#show(tab, told, inside);
            }
        }
        catch (problem) {
            if (isNewest()) {
                this.#fail(problem);
            }
        }
        if (isNewest()) {
            this.#isAsking = false;
        }
    }

    #choose() {
        byId('list').replaceChildren(this.#table.element, this.#note);
        this.#say('');
        this.#setBusy(false);
        this.refresh();
    }

    /* That of the chosen tab. */
    get #table() {
        const { tab } = this.#tabs;

        this.#tables[tab] ??= new Table(this.#strings.tabs[tab],
            this.#columnsOf(tab), {
                keyOf,
                /* Without a room a pardon would be one on all sites. */
                isFixed: ({ room }) => tab === 'sanctions' && !room,
                label: (one) => this.#strings.actsOn(this.#labelOf(one)),
                act: (one, button) => this.#deeds.open(button,
                    this.#itemsOf(tab, one)),
                isHeld: (body) => body.matches(':hover, :focus-within')
                    || this.#deeds.isAsking,
                lost: () => this.#tabs.focus(),
            });
        return this.#tables[tab];
    }

    #columnsOf(tab) {
        if (tab === 'connections') {
            return this.#columns.connections(this.#hasAddresses);
        }
        return tab === 'sanctions' ? this.#columns.sanctions()
            : this.#columns.rooms((room, button) => this.#toggle(room, button),
                (room) => room === this.#members.room);
    }

    #labelOf({ user, id, name, guest, room, connection }) {
        if (user ?? id) {
            return shownName(user ?? { name, guest }, this.#strings);
        }
        return room ? splitRoom(room)[1] : connection;
    }

    #itemsOf(tab, told) {
        if (tab === 'sanctions') {
            return [[this.#strings.pardon,
                () => this.#deeds.pardon(told.user, told.room)]];
        }
        return tab === 'rooms' ? this.#deeds.room(told)
            : this.#deeds.connection(told);
    }

    #toggle(room, button) {
        const isOpen = this.#members.toggle(room);

        for (const other of document.querySelectorAll('.room-name')) {
            other.ariaExpanded = String(isOpen && other === button);
        }
        this.#members.place(this.#table, (one) => keyOf({ room: one }));
        this.refresh();
    }

    #show(tab, told, inside) {
        const name = ENTRIES[tab];
        const list = told[`${name}_list`];
        const { limited, login, you } = told;

        byId('limited').hidden = !limited;
        byId('lists').hidden = Boolean(limited);
        byId('limited-why').textContent = limited ?? '';
        byId('login').hidden = !login;
        byId('limited-lines').hidden = !/add (ChatModerators|AuthType)/u
            .test(limited ?? '');
        this.#told.you(you);
        this.#setBusy(false);
        if (!list) {
            this.#say(limited ? '' : this.#strings.noBoard);
            return;
        }
        this.#widen(tab, list);
        this.#table.show(list);
        this.#table.element.hidden = list.length === 0;
        if (tab === 'rooms') {
            this.#members.place(this.#table, (one) => keyOf({ room: one }));
        }
        if (inside?.member_list) {
            this.#members.show(inside);
        }
        this.#explain(tab, list.length, told[`${name}_total`] ?? list.length,
            told);
    }

    /* Addresses are told where ChatStatusAddresses is on. */
    #widen(tab, list) {
        if (tab === 'connections' && !this.#hasAddresses
            && list.some(({ address }) => address !== undefined)) {
            this.#hasAddresses = true;
            delete this.#tables.connections;
            byId('list').replaceChildren(this.#table.element, this.#note);
        }
    }

    #explain(tab, shown, total, { silent, partial }) {
        const { nothingFound, empty, more, silentChildren, notAll }
            = this.#strings;
        const { words } = this.#tabs;

        this.#say([
            ...shown ? [] : [words ? nothingFound(isolate(words)) : empty[tab]],
            ...total > shown ? [more(this.#formats.whole(shown),
                this.#formats.whole(total))] : [],
            ...silent > 0 ? [silentChildren(silent)] : [],
            ...partial ? [notAll] : [],
        ].join(' '));
    }

    /* It is a live region: it is written only when it says something else. */
    #say(text) {
        if (this.#note.dataset.said !== text) {
            this.#note.dataset.said = text;
            this.#note.replaceChildren(...makeSentence(text));
        }
    }

    #fail(problem) {
        if (problem.isDenied) {
            this.#told.denied();
        }
        else if (problem.status === 503) {
            const seconds = problem.again || BUSY;

            this.#setBusy(true);
            this.#say(this.#strings.busy(seconds));
            setTimeout(() => {
                this.#isBusy = false;
                this.renew();
            }, 1000 * seconds);
        }
        else if (problem.status) {
            this.#table.element.hidden = true;
            this.#say(problem.message || this.#strings.refused);
        }
    }

    #setBusy(isBusy) {
        this.#isBusy = isBusy;
        byId('list').classList.toggle('busy', isBusy);
    }
}
