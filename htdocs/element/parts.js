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
import { Complete } from './complete.js';
import { Desktop } from './desktop.js';
import { HostEvents } from './events.js';
import { Order } from './order.js';
import { Persons } from './persons.js';
import { Picker } from './picker.js';

/* The button of the search, which is loaded where the room has an archive. */
class Search {
    #room;
    #finder = null;

    constructor(room) {
        this.#room = room;
    }

    async event(event) {
        if (event.type === 'hello' && event.archive === true) {
            await this.#load();
        }
        this.#finder?.event(event);
    }

    state(state) {
        this.#finder?.state(state);
    }

    end() {
        this.#finder?.end();
    }

    async #load() {
        try {
            const { Finder } = await import('../search/finder.js');

            this.#room.signal.throwIfAborted();
            this.#finder ??= new Finder(this.#room);
        }
        catch {
            /* The next hello tries again. */
        }
    }
}

const PARTS = [HostEvents, Desktop, Complete, Picker, Order, Search];

export function makeParts(room) {
    const shared = { ...room };

    shared.actions = new Actions(shared);
    shared.persons = new Persons(shared);
    return [shared.actions, shared.persons,
        ...PARTS.map((Part) => new Part(shared))];
}
