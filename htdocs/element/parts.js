/* The parts of a room that stand on their own.  Used by conversation.js.
 *
 * A part is a class.  It is made with what it may use: root (the shadow
 * root), strings, room (its address), signal (ends with the room), timeline,
 * people, typing, composer, gate and chat(), the client; actions and persons,
 * which are parts themselves.  It has those of these methods that it
 * needs:
 *   receive(message, news)   a message; news: it is no history, and another's
 *   state(state, chat)       that of the connection has changed
 *   event(event)             one of the protocol, after it was handled
 *   ignores(person)          true: nothing of this person concerns the reader
 *   outgoing()               options for the message that is sent now
 *   leave()                  the room is about to be left
 *   end()                    the room is left */

import { Actions } from './actions.js';
import { Desktop } from './desktop.js';
import { HostEvents } from './events.js';
import { make, makeIcon } from './markup.js';
import { Order } from './order.js';
import { Persons } from './persons.js';
import { Picker } from './picker.js';

const ICON_GLASS = 'M4.500 10.500a6 6 0 1 0 12 0 6 6 0 1 0-12 0M15 15l5 5';
const MOST_AUTHORS = 100;

/* The names that complete.js offers: it is loaded when one is written. */
class Names {
    #room;
    #field;
    #authors = new Map();       /* those who have written lately, by id */
    #complete = null;

    constructor(room) {
        this.#room = room;
        this.#field = room.root.getElementById('text');
        this.#field.addEventListener('input', () => this.#look());
    }

    receive({ from, own }) {
        if (!own) {
            this.#authors.delete(from.id);
            this.#authors.set(from.id, from);
            if (this.#authors.size > MOST_AUTHORS) {
                this.#authors.delete(this.#authors.keys().next().value);
            }
        }
    }

    async #look() {
        const { root, signal } = this.#room;

        if (this.#complete || !/[@\uff20]/u.test(this.#field.value)) {
            return;
        }
        try {
            const { Complete } = await import('./complete.js');

            signal.throwIfAborted();
            this.#complete ??= new Complete(this.#room, this.#authors);
            if (root.activeElement === this.#field) {
                this.#complete.look();
            }
        }
        catch {
            /* The next key tries again. */
        }
    }
}

/* The button that opens the search, where the room has an archive; what it opens
 * is loaded then. */
class Finder {
    #room;
    #button;
    #search = null;

    constructor(room) {
        const { root, strings: { search } } = room;

        this.#room = room;
        this.#button = make('button', { id: 'find', class: 'quiet',
            type: 'button', part: 'button', title: search,
            'aria-label': search, 'aria-expanded': 'false', hidden: true },
        makeIcon(ICON_GLASS));
        root.getElementById('members').before(this.#button);
        this.#button.addEventListener('click', () => this.#toggle());
    }

    event(event) {
        if (event.type === 'hello') {
            this.#button.hidden = event.archive !== true;
        }
        this.#search?.event(event);
    }

    state(state) {
        if (state === 'closed') {
            this.#search?.close();
            this.#button.hidden = true;
        }
    }

    end() {
        this.#search?.close();
    }

    async #toggle() {
        const { signal, composer, strings } = this.#room;

        this.#button.ariaBusy = 'true';
        try {
            const { Search } = await import('../search/search.js');

            signal.throwIfAborted();
            this.#search ??= new Search(this.#room, this.#button);
            await this.#search.toggle();
        }
        catch {
            if (!signal.aborted) {
                composer.alert(strings.errors.offline);
            }
        }
        this.#button.ariaBusy = null;
    }
}

const PARTS = [HostEvents, Desktop, Names, Picker, Order, Finder];

export function makeParts(room) {
    const shared = { ...room };

    shared.actions = new Actions(shared);
    shared.persons = new Persons(shared);
    return [shared.actions, shared.persons,
        ...PARTS.map((Part) => new Part(shared))];
}
