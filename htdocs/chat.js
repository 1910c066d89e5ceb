/* The page of a room: joins the connection, the outbox and the view.
 * Loaded by room.html. */

import { Connection } from './connection.js';
import { Outbox } from './outbox.js';
import { Room } from './room.js';
import { chooseStrings, translatePage } from './strings.js';
import { TYPING_REF } from './typing.js';

const strings = chooseStrings(navigator.languages);
let you = null;
let wantedName = null;

translatePage(strings);

const room = new Room(strings, {
    text: (text) => room.timeline.pend(outbox.add(text)),
    name: sendName,
    again: (ref) => {
        room.alert('');
        outbox.again(ref);
    },
    discard: (ref) => {
        outbox.discard(ref);
        room.timeline.unpend(ref);
    },
    typing: (command) => room.people.hasCompany && connection.send(command),
});
const connection = new Connection(location.href, changeState, handle);
const outbox = new Outbox((command) => connection.send(command), showEntry);

const handlers = {
    hello(event) {
        you = event.you;
        room.setTitle(event.room);
        room.setYou(you);
        room.setLimit(event.limits?.message);
        room.people.begin(event.members);
        room.typing.clear();
        if (event.gap) {
            room.timeline.note(strings.gap);
        }
        room.timeline.arm();
        restoreName();
        outbox.resume();
    },

    message(event) {
        const own = event.from.id === you.id;

        if (own && event.ref) {
            confirm(event.ref);
        }
        room.timeline.show(event, own);
        room.typing.hide(event.from.id);
    },

    ack(event) {
        confirm(event.ref);
    },

    error(event) {
        const text = strings.errors[event.code] ?? String(event.text);

        if (event.ref === TYPING_REF) {
            room.typing.refuse(event.code);
        }
        else if (!outbox.refuse(event.ref, event.code, event.retry)) {
            room.fail(text);
        }
        else if (event.code === 'rate_limited') {
            room.alert(strings.retryIn(Math.ceil(event.retry ?? 1)));
        }
    },

    you(event) {
        you = { ...you, ...event };
        wantedName = you.name;
        room.setYou(you);
        room.named();
    },

    presence(event) {
        for (const [old, now] of room.people.update(event)) {
            room.timeline.note(strings.renamed(old, now));
        }
        for (const person of event.left ?? []) {
            room.typing.hide(person.id);
        }
    },

    typing(event) {
        room.typing.show(event.from);
    },

    gap() {
        room.timeline.note(strings.gap);
    },
};

/* Types that this page does not know are of a later server: ignored. */
function handle(event) {
    if (Object.hasOwn(handlers, event.type)) {
        handlers[event.type](event);
    }
}

function changeState(state, code) {
    room.setState(state);
    if (state === 'waiting') {
        room.typing.clear();
        outbox.suspend(code);
    }
}

function showEntry(entry) {
    room.timeline.pend(entry);
    if (entry.state === 'failed') {
        room.alert(strings.errors[entry.code] ?? strings.gaveUp);
    }
}

/* The server has stored a message of ours: its event shows it. */
function confirm(ref) {
    if (outbox.settle(ref)) {
        room.timeline.unpend(ref);
        room.alert('');
    }
}

function sendName(name) {
    return connection.send({ type: 'name', name });
}

/* A server that was stopped has forgotten the name that a guest chose. */
function restoreName() {
    if (wantedName && you.guest && you.name !== wantedName) {
        sendName(wantedName);
    }
}

function wake() {
    if (document.visibilityState === 'visible') {
        connection.wake();
    }
}

room.setTitle(decodeURIComponent(location.pathname));
document.addEventListener('visibilitychange', wake);
addEventListener('pageshow', wake);
addEventListener('pagehide', () => connection.rest());
addEventListener('online', wake);
connection.open();
