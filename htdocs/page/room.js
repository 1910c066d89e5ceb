/* The page of a room: its language is the reader's, its title the room's.
 * Loaded by room.html; the room itself is chat-room.js. */

import { loadStrings, translatePage } from '../lang/strings.js';

const room = document.querySelector('chat-room');
const path = location.pathname;

function focusRoom() {
    if (matchMedia('(pointer: fine)').matches) {
        room.focus();               /* it opens the keyboard of a phone */
    }
}

document.title = decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
translatePage(await loadStrings(navigator.languages));
room.addEventListener('ready', focusRoom, { once: true });
await import('../chat-room.js');
