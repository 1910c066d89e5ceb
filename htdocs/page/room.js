/* The page of a room: its language is the reader's, its title the room's.
 * Loaded by room.html; the room itself is chat-room.js. */

import { loadStrings, translatePage } from '../lang/strings.js';

const KEYBOARD = 100;           /* pixels: less is a bar of the browser */
const room = document.querySelector('chat-room');
const path = location.pathname;
const name = path.slice(path.lastIndexOf('/') + 1);

/* In a frame the page around it has the reader's attention, and a focus would
 * scroll it.  On a phone it would open the keyboard. */
function focusRoom() {
    if (top === self && matchMedia('(pointer: fine)').matches) {
        room.focus({ preventScroll: true });
    }
}

function readTitle() {
    try {
        return decodeURIComponent(name);
    }
    catch {
        return name;
    }
}

/* Safari lays the keyboard over the page, and pushes it up: header and
 * messages would be gone.  So the room takes what is left to be seen. */
function fitKeyboard() {
    const { height, offsetTop, scale } = visualViewport;
    const isCovered = scale < 1.05 && innerHeight - height > KEYBOARD;
    const { style } = document.body;

    style.height = isCovered ? `${height}px` : '';
    style.translate = isCovered && offsetTop ? `0 ${offsetTop}px` : '';
}

document.title = readTitle();
translatePage(await loadStrings(navigator.languages));
room.addEventListener('ready', focusRoom, { once: true });
if (globalThis.visualViewport && top === self) {
    visualViewport.addEventListener('resize', fitKeyboard);
    visualViewport.addEventListener('scroll', fitKeyboard);
}
await import('../chat-room.js');
