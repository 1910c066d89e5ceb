/* chatws.js: a room of mod_chatws, for any page; see docs/CLIENT.md.
 *
 *     import { connect } from './chatws.js';
 *     const chat = connect('/chat/lobby', { onMessage: (m) => show(m) });
 *     chat.send('hello');
 *
 * A Room runs lines, one for each transport that it tries.  They all go by the
 * room's cursor, so any of them may take over from another at any message. */

const KINDS = ['websocket', 'sse', 'longpoll', 'poll'];
const FOLLOWER = 4;             /* the kind of a tab that another one feeds */
const CONNECT = 5000;           /* milliseconds; from the start to hello */
const IMPATIENCE = 2500;        /* then the next kind is tried beside it */
const PROBE = 3000;
const ANSWER = 10000;
const QUIET = 10000;            /* heard of so lately, it is alive */
const CAP = 30000;
const MINUTE = 60000;
const HOLD = 25;                /* seconds, of a long-poll */
const ID = /^\d+-\d+$/;

/* Orders two positions, MILLISECONDS-N, as numbers. */
function compare(a, b) {
    const [aTime, aCount] = a.split('-').map(Number);
    const [bTime, bCount] = b.split('-').map(Number);
    return aTime - bTime || aCount - bCount;
}

/* 128 random bits as text; randomUUID is missing on plain http pages. */
const randomRef = () => Array.from(crypto.getRandomValues(new Uint8Array(16)),
    (byte) => byte.toString(16).padStart(2, '0')).join('');

/* An object, empty if it is none. */
function parse(text) {
    try {
        return Object(JSON.parse(text));
    }
    catch {
        return {};
    }
}

const backoff = (failures) =>
    Math.random() * Math.min(CAP, 1000 * 2 ** failures);
const isHidden = () => document.visibilityState === 'hidden';

/* One way to the room, from its start to its end. */
class Line {
    online = false;
    done = false;
    heardAt = 0;
    aborter = new AbortController();

    constructor(room, kind) {
        this.room = room;
        this.kind = kind;
    }

    get name() {
        return KINDS[this.kind];
    }

    /* Something has to arrive in so many milliseconds.  A timer that comes
     * much later than that was asleep, and so perhaps was the network:
     * then ask once more before giving the line up. */
    expect(time, act = () => this.fail()) {
        const due = Date.now() + time;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => {
            this.timer = 0;
            if (this.online && Date.now() - due > 1000) {
                this.probe();
            }
            else {
                act();
            }
        }, time);
    }

    heard() {
        this.heardAt = Date.now();
        clearTimeout(this.timer);
        this.timer = 0;
    }

    take(text) {
        const event = parse(text);
        if (!this.done && (this.online || event.type === 'hello')) {
            this.heard();
            this.room.take(event, this);
        }
    }

    stop() {
        this.heard();
        this.done = true;
        this.aborter.abort();
    }

    fail(problem = {}) {
        if (!this.done) {
            this.room.fail(this, problem);
        }
    }
}

class SocketLine extends Line {
    async open() {
        const { room: { key, start } } = this;
        const socket = new WebSocket(
            this.room.address(start).replace('http', 'ws'),
            ['chatws.v1', ...key ? [`chatws.key.${key}`] : []]);
        this.socket = socket;
        this.expect(CONNECT);
        socket.onmessage = ({ data }) => this.take(data);
        socket.onclose = ({ code }) => this.fail({ close: code });
    }

    /* All commands but typing are answered. */
    send(command) {
        this.socket.send(JSON.stringify(command));
        if (!this.timer && command.type !== 'typing') {
            this.expect(ANSWER);
        }
    }

    /* The protocol has no question without an effect, but an empty message
     * is always answered, with an error that names its ref. */
    probe() {
        this.send({ type: 'message', text: '', ref: this.room.probe });
        this.expect(PROBE);
    }

    /* The closing handshake of a dead connection takes minutes: let go. */
    stop() {
        super.stop();
        this.socket?.close();
    }
}

/* An event stream, by fetch: it sends headers and sees the status. */
class StreamLine extends Line {
    async open() {
        let rest = '';
        this.expect(this.room.line ? PROBE : CONNECT);
        const { body } = await this.room.request(this.room.start,
            { signal: this.aborter.signal }, 'text/event-stream');
        const reader = body.pipeThrough(new TextDecoderStream()).getReader();
        while (!this.done) {
            const { value, done } = await reader.read();
            if (done) {
                throw {};
            }
            const lines = (rest + value).split('\n');
            rest = lines.pop();
            for (const line of lines) {
                if (line.startsWith('data:')) {
                    this.take(line.slice(5));
                }
            }
            /* The server sends a comment every 25 s. */
            if (this.online && !this.done) {
                this.heard();
                this.expect(MINUTE, () => this.probe());
            }
        }
    }

    /* A stream cannot be asked: another one takes over, or both end. */
    probe() {
        this.room.begin(this.kind);
    }
}

/* Long-polls, or polls in an interval. */
class PollLine extends Line {
    empty = 0;
    cuts = 0;

    async open() {
        for (let wait = 0; !this.done;) {
            const asked = Date.now();
            const asking = new AbortController();
            let news = 0;
            let cut = 0;
            this.abort = () => asking.abort();
            this.expect(1000 * wait + CONNECT, wait ? this.abort : undefined);
            try {
                news = await this.chat.poll(this, wait, asking.signal);
                this.cuts = wait ? 0 : this.cuts;
            }
            catch (problem) {
                if (this.done || !wait || problem.status < 500) {
                    throw problem;
                }
                cut = 1;
            }
            await this.rest(wait, news || Date.now() - asked > 1000, cut);
            wait = this.kind === 3 || cut ? 0 : HOLD;
        }
    }

    /* Something in between may not let requests wait, and a server without a
     * free worker answers at once: then this is polling. */
    async rest(wait, held, cut) {
        this.empty = held ? 0 : this.empty + 1;
        this.cuts += cut;
        if (this.cuts > 1 && this.chat.forced < 0) {
            this.kind = this.chat.best = 3;
        }
        if (this.kind === 3 || (wait && !held)) {
            await new Promise((wake) => {
                this.wake = wake;
                setTimeout(wake, isHidden() ? MINUTE
                    : Math.min(CAP, 2000 * 1.5 ** this.empty));
            });
        }
    }

    hurry() {
        this.empty = 0;
        this.wake?.();
    }

    probe() {
        this.cuts -= 1;
        this.abort();
        this.hurry();
    }

    stop() {
        super.stop();
        this.abort();
        this.hurry();
    }
}

/* Is fed by the tab that leads. */
class FollowerLine extends Line {
    async open() {
        this.chat.join();
        this.probe();
    }

    get name() {
        return this.leader;
    }

    /* A leader that does not answer sleeps: its place is taken. */
    probe() {
        this.chat.post({ ask: true });
        this.expect(PROBE, () => this.chat.join(true));
    }

    /* A message that does not fit to the last one: some are missing. */
    hear({ here, hello, asleep, event, after }) {
        const { chat } = this;
        const fits = after === chat.cursor;
        this.heard();
        if (asleep && !isHidden()) {
            chat.join(true);
        }
        else if (event ? fits || (event.type !== 'gap'
            && !(event.type === 'message' && chat.isNew(event.id))) : !here) {
            ...
        }
    }
}
