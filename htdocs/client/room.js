/* What this browser knows of a room. */

import { local, session } from './storage.js';

const ID = /^\d{1,15}-\d{1,20}$/;
const KEY = /^[0-9a-f]{32}$/;

export const isId = (id) => typeof id === 'string' && ID.test(id);
export const isGuest = (person) => person?.guest === true;

/* Events that have a place in the order of the room. */
export const STORED = ['message', 'deleted', 'edited', 'cleared', 'room'];

/* Ordered as numbers. */
export function compareIds(a, b) {
    const [[time, count], [otherTime, otherCount]]
        = [a, b].map((id) => id.split('-').map(Number));

    return time - otherTime || count - otherCount;
}

/* An object, empty if the text is none. */
export function parse(text) {
    try {
        return Object(JSON.parse(text));
    }
    catch {
        return {};
    }
}

/* Relative to the page.  A blob: document is no base, the module always is. */
function resolve(url) {
    const bases = [globalThis.document?.baseURI, globalThis.location?.href,
        import.meta.url];

    for (const base of bases) {
        try {
            const found = new URL(url, base);

            found.protocol = found.protocol.replace('ws', 'http');
            found.username = '';        /* fetch takes no URL with them */
            found.password = '';
            if (found.protocol.startsWith('http')) {
                return found;
            }
        }
        catch {
            /* The next one may do. */
        }
    }
    throw new TypeError(`This is no URL of a room: ${url}`);
}

export class Room {
    #address;

    constructor(url, key) {
        const { href, origin, search } = resolve(url);

        this.#address = href.replace(/#.*/, '') + (search ? '&' : '?');
        this.url = this.address('');
        this.origin = origin;
        this.isOwn = origin === globalThis.origin;
        this.key = key
            || KEY.exec(session.load(this.place('key')))?.[0] || '';
    }

    address(query) {
        return (this.#address + query).replace(/[?&]$/, '');
    }

    /* Where something is kept. */
    place(what, about = this.origin) {
        return `chatws ${what} ${about}`;
    }

    /* This tab has been here, and the browser has its cookie. */
    get isKnown() {
        return Boolean(session.load(this.place('open', this.url))
            && (this.key || session.load(this.place('visited'))));
    }

    /* Other tabs hear of a login by the event `storage`. */
    note(you) {
        session.save(this.place('open', this.url), '1');
        session.save(this.place('visited'), '1');
        if (you && !isGuest(you)) {
            local.save(this.place('login'), Date.now());
        }
    }
}
