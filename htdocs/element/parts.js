/* The parts of a room that stand on their own.  Used by conversation.js.
 *
 * A part is a class.  It is made with what it may use: root (the shadow
 * root), strings, room (its address), signal (ends with the room), timeline,
 * people, typing and chat(), the client.  It has those of these methods that
 * it needs:
 *   receive(message, news)   a message; news: it is no history, and another's
 *   state(state, chat)       that of the connection has changed
 *   event(event)             one of the protocol, after it was handled
 *   ignores(person)          true: nothing of this person concerns the reader
 *   end()                    the room is left */

import { Complete } from './complete.js';
import { Desktop } from './desktop.js';
import { HostEvents } from './events.js';
import { Persons } from './persons.js';
import { Picker } from './picker.js';

const PARTS = [HostEvents, Persons, Desktop, Complete, Picker];

export function makeParts(room) {
    return PARTS.map((Part) => new Part(room));
}
