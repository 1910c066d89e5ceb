/* The page that asks for a room and goes there.  Loaded by rooms.html. */

import { chooseStrings, translatePage } from './strings.js';
import { byteLength } from './text.js';

const MOST_BYTES = 200;     /* of the whole path, decoded */
const NO_ROOM = /[/\p{Cc}\p{Surrogate}]|^\.{1,2}$|^_chatws$/u;
const strings = chooseStrings(navigator.languages);
const input = document.getElementById('name');
const error = document.getElementById('error');

function isRoom(name) {
    const prefix = decodeURIComponent(location.pathname);

    return !NO_ROOM.test(name) && byteLength(prefix + name) <= MOST_BYTES;
}

translatePage(strings);
document.title = strings.chooseRoom;
document.getElementById('choose').addEventListener('submit', (event) => {
    const name = input.value.trim().normalize('NFC') || input.placeholder;

    event.preventDefault();
    error.textContent = isRoom(name) ? '' : strings.badRoom;
    if (error.textContent) {
        input.focus();
        return;
    }
    location.assign(new URL(encodeURIComponent(name),
        new URL('.', location.href)));
});
input.focus();
