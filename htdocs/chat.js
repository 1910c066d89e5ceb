/* The page of a room: joins the connection, the outbox and the view.
 * Loaded by room.html. */

import { Connection } from './connection.js';
import { Outbox } from './outbox.js';
import { Room } from './room.js';
import { chooseStrings, translatePage } from './strings.js';

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
    },

    ack(event) {
        confirm(event.ref);
    },

    error(event) {
        const text = strings.errors[event.code] ?? String(event.text);

        if (!outbox.refuse(event.ref, event.code, event.retry)) {
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
addEventListener('online', wake);
connection.open();
