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
/* The server says in the page whether it lists rooms (ChatList). */
const isListed = document.documentElement.dataset.list !== 'off';
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

/* The rooms in use below this page.  A server that does not list them is not
 * asked. */
async function fetchRooms() {
    if (!isListed) {
        return [];
    }
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
        count > 0 ? make('span', {}, strings.people(count)) : ''));
}

/* Those with most people first, then those where somebody wrote last (a
 * server may tell that), then by name. */
function sortRooms(rooms) {
    const { compare } = new Intl.Collator(strings.locale, { numeric: true });
    const timeOf = ({ last }) => Number.parseInt(last, 10) || 0;

    return rooms.sort((a, b) => b.count - a.count || timeOf(b) - timeOf(a)
        || compare(a.room, b.room));
}

async function listRooms() {
    const rooms = sortRooms(await fetchRooms());
    const busy = rooms.filter(({ count }) => count > 0);
    const idle = rooms.slice(busy.length);

    document.getElementById('open-list').replaceChildren(
        ...busy.map(makeLink));
    document.getElementById('idle-list').replaceChildren(
        ...idle.map(makeLink));
    document.getElementById('idle-count').textContent
        = strings.emptyRooms(idle.length);
    document.getElementById('idle').hidden = idle.length === 0;
    document.getElementById('open').hidden = rooms.length === 0;
}

translatePage(strings);
document.title = strings.chooseRoom;
document.getElementById('choose').addEventListener('submit', enter);
input.addEventListener('input', () => { error.textContent = ''; });
if (top === self && matchMedia('(pointer: fine)').matches) {
    input.focus({ preventScroll: true });
}
await listRooms();
