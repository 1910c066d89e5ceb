/* The WebSocket of one room: opens it, keeps it open, resumes where it was.
 *
 * No document in here.  The owner (chat.js) gives two functions:
 *   onState(state)  'connecting', 'online' (hello has come) or 'waiting'
 *   onEvent(event)  each event of the server, without repeated messages
 * and calls wake() when the page is shown again or the network came back, and
 * rest() when the page is left. */

const PROTOCOL = 'chatws.v1';
const CONNECT_TIMEOUT = 5000;       /* from the start to hello */
const PROBE_TIMEOUT = 3000;
const ANSWER_TIMEOUT = 10000;
const QUIET = 10000;                /* heard of so lately, it is alive */
const BACKOFF_FIRST = 1000;
const BACKOFF_CAP = 30000;
const STABLE = 60000;
const RESTART_WINDOW = [0, 10];     /* seconds, if a restart names none */
const ID = /^\d+-\d+$/;

/* Orders two message ids, MILLISECONDS-N, as numbers. */
export function compareIds(a, b) {
    const [aTime, aCount] = a.split('-').map(Number);
    const [bTime, bCount] = b.split('-').map(Number);

    return aTime - bTime || aCount - bCount;
}

/* 128 random bits as text; randomUUID is missing on plain http pages. */
export function randomRef() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));

    return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/* What a connection remembers of the room's order. */
class Position {
    last = null;

    /* hello's cursor is in front of what follows.  A gap that leads back
     * means that the room began anew: its ids are no repetitions. */
    begin(hello) {
        if (!ID.test(hello.cursor)) {
            return;
        }
        if (!this.last
            || (hello.gap && compareIds(hello.cursor, this.last) < 0)) {
            this.last = hello.cursor;
        }
    }

    /* True if the message is new, and it is then remembered. */
    advance(id) {
        if (!ID.test(id) || (this.last && compareIds(id, this.last) <= 0)) {
            return false;
        }
        this.last = id;
        return true;
    }
}

export class Connection {
    #page;
    #onState;
    #onEvent;
    #socket = null;
    #online = false;
    #position = new Position();
    #retryTimer = 0;
    #deadline = 0;
    #probe = null;
    #failures = 0;
    #window = null;
    #onlineSince = 0;
    #heardAt = 0;

    /* page: the URL of the room as text, http or https. */
    constructor(page, onState, onEvent) {
        this.#page = page;
        this.#onState = onState;
        this.#onEvent = onEvent;
    }

    open() {
        const socket = new WebSocket(this.#address(), [PROTOCOL]);
        const ifCurrent = (act) => (argument) => {
            if (this.#socket === socket) {
                act(argument);
            }
        };

        clearTimeout(this.#retryTimer);
        this.#retryTimer = 0;
        this.#socket = socket;
        socket.onmessage = ifCurrent((event) => this.#receive(event.data));
        socket.onclose = ifCurrent((event) => this.#ended(event.code));
        this.#expect(CONNECT_TIMEOUT);
        this.#onState('connecting');
    }

    /* Sends a command; false if there is no connection to send it on.  All but
     * typing are answered. */
    send(command) {
        if (!this.#online || this.#socket.readyState !== WebSocket.OPEN) {
            return false;
        }
        this.#socket.send(JSON.stringify(command));
        if (!this.#deadline && command.type !== 'typing') {
            this.#expect(ANSWER_TIMEOUT);
        }
        return true;
    }

    /* Tries at once if it was waiting.  A connection that looks open may be
     * long dead after a sleep, so it has to prove that it is not. */
    wake() {
        if (this.#retryTimer) {
            this.#failures = 0;
            this.open();
        }
        else if (this.#online && Date.now() - this.#heardAt > QUIET) {
            this.#sendProbe();
        }
    }

    /* A browser may keep a page that was left, and its connection with it: to
     * the others its reader would still be there.  No timer ends this rest,
     * wake() does. */
    rest() {
        if (this.#socket) {
            this.#abandon();
        }
        clearTimeout(this.#retryTimer);
    }

    #address() {
        const url = new URL(this.#page);

        url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
        url.hash = '';
        url.search = this.#position.last
            ? `?after=${this.#position.last}` : '';
        return url.href;
    }

    /* The protocol has no question without an effect, but an empty message
     * is always answered, with an error that names its ref. */
    #sendProbe() {
        this.#probe = randomRef();
        this.send({ type: 'message', text: '', ref: this.#probe });
        this.#expect(PROBE_TIMEOUT);
    }

    /* Something has to arrive in so many milliseconds.  A timer that comes
     * much later than that was asleep, and so perhaps was the network
     * stack: then ask once more before giving the connection up. */
    #expect(milliseconds) {
        const due = Date.now() + milliseconds;

        clearTimeout(this.#deadline);
        this.#deadline = setTimeout(() => {
            this.#deadline = 0;
            if (this.#online && Date.now() - due > 1000) {
                this.#sendProbe();
            }
            else {
                this.#abandon();
            }
        }, milliseconds);
    }

    #receive(data) {
        const event = parseEvent(data);

        this.#heardAt = Date.now();
        if (!event) {
            return;
        }
        if (this.#online || event.type === 'hello') {
            clearTimeout(this.#deadline);
            this.#deadline = 0;
        }
        if (event.type === 'hello') {
            this.#greeted(event);
        }
        else if (event.type === 'bye') {
            this.#window = readWindow(event.retry);
        }
        else if (event.type === 'error' && this.#probe
            && event.ref === this.#probe) {
            this.#probe = null;
        }
        else if (event.type !== 'message'
            || this.#position.advance(event.id)) {
            this.#onEvent(event);
        }
    }

    #greeted(hello) {
        this.#online = true;
        this.#onlineSince = Date.now();
        this.#position.begin(hello);
        this.#onState('online');
        this.#onEvent(hello);
    }

    /* The closing handshake of a dead connection takes minutes: let go. */
    #abandon() {
        const socket = this.#socket;

        this.#socket = null;
        socket.close();
        this.#ended(1006);
    }

    #ended(code) {
        const stable = this.#online
            && Date.now() - this.#onlineSince >= STABLE;

        clearTimeout(this.#deadline);
        this.#deadline = 0;
        this.#socket = null;
        this.#online = false;
        this.#probe = null;
        this.#failures = stable ? 0 : this.#failures;
        if (code === 1012 && !this.#window) {
            this.#window = RESTART_WINDOW;
        }
        this.#retryTimer = setTimeout(() => this.open(), this.#delay());
        this.#onState('waiting', code);
    }

    /* A restarting server tells when to come back, so that not everybody
     * does at once; after that, and else, exponential with full jitter. */
    #delay() {
        const window = this.#window;

        this.#window = null;
        if (window) {
            return 1000 * (window[0] + Math.random() * (window[1] - window[0]));
        }
        this.#failures += 1;
        return Math.random()
            * Math.min(BACKOFF_CAP, BACKOFF_FIRST * 2 ** (this.#failures - 1));
    }
}

function parseEvent(data) {
    try {
        const event = JSON.parse(data);

        return event && typeof event.type === 'string' ? event : null;
    }
    catch {
        return null;
    }
}

function readWindow(retry) {
    const valid = Array.isArray(retry) && retry.length === 2
        && retry.every((n) => Number.isFinite(n) && n >= 0);

    return valid ? retry : RESTART_WINDOW;
}
