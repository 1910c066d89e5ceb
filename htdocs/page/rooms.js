/* The page that asks for a room and goes there.  Loaded by rooms.html. */

import { make } from '../element/markup.js';
import { loadStrings, translatePage } from '../lang/strings.js';
import { byteLength } from '../element/text.js';

const MOST_BYTES = 200;     /* of the whole path, decoded */
/* Rooms that the bundled pages make for themselves. */
const OURS = /\/(?:check|compare)-[0-9a-f]{8}$/;
const NO_ROOM = /[/\p{Cc}\p{Surrogate}]|^\.{1,2}$|^_chatws$/u;
const strings = await loadStrings(navigator.languages);
const prefix = decodeURIComponent(location.pathname);
const input = document.getElementById('name');
const error = document.getElementById('error');

function isRoom(name) {
    return !NO_ROOM.test(name) && byteLength(prefix + name) <= MOST_BYTES;
}

function enter(event) {
    const name = input.value.trim().normalize('NFC') || input.placeholder;

    event.preventDefault();
    error.textContent = isRoom(name) ? '' : strings.badRoom;
    if (error.textContent) {
        input.focus();
        return;
    }
    location.assign(new URL(encodeURIComponent(name),
        new URL('.', location.href)));
}

/* The rooms in use below this page, if the server lists them (ChatList). */
async function fetchRooms() {
    try {
        const answer = await fetch('?rooms',
            { headers: { Accept: 'application/json' } });
        const { rooms } = answer.ok ? await answer.json() : {};

        return Array.isArray(rooms)
            ? rooms.filter(({ room }) => !OURS.test(room)) : [];
    }
    catch {
        return [];
    }
}

function makeLink({ room, count }) {
    const path = room.split('/').map(encodeURIComponent).join('/');

    return make('li', {}, make('a', { href: path },
        make('bdi', {}, room.startsWith(prefix)
            ? room.slice(prefix.length) : room),
        make('span', {}, strings.people(count))));
}

async function listRooms() {
    const rooms = await fetchRooms();

    document.getElementById('open-list').replaceChildren(
        ...rooms.map(makeLink));
    document.getElementById('open').hidden = rooms.length === 0;
}

translatePage(strings);
document.title = strings.chooseRoom;
document.getElementById('choose').addEventListener('submit', enter);
if (matchMedia('(pointer: fine)').matches) {
    input.focus();
}
await listRooms();
