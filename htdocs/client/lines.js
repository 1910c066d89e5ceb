/* The ways to a room that chatws.js tries first. */

const CONNECT = 5000;       /* milliseconds, from the start to hello */
const PROBE = 3000;
const ANSWER = 10000;
const MINUTE = 60000;

/* An object, empty if the text is none. */
export function parse(text) {
    try { return Object(JSON.parse(text)); } catch { return {}; }
}

/* One way to the room, from its start to its end. */
export class Line {
    heardAt = 0;
    aborter = new AbortController();

    constructor(chat, kind) { Object.assign(this, { chat, kind }); }
    get done() { return this.aborter.signal.aborted; }

    /* Something has to arrive in time.  A timer that comes much later was
     * asleep, and so perhaps was the network: then ask once more. */
    expect(time, act = () => this.fail({})) {
        const due = Date.now() + time;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => {
            this.timer = 0;
            (this.online && Date.now() - due > 1000) ? this.probe() : act();
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
            this.chat.take(event, this);
        }
    }

    stop() {
        this.aborter.abort();
        this.heard();
    }

    fail(problem) { if (!this.done) { this.chat.fail(this, problem); } }
}

export class SocketLine extends Line {
    async open() {
        const { key, start } = this.chat;
        const socket = new WebSocket(
            this.chat.address(start).replace('http', 'ws'),
            ['chatws.v1', ...key ? [`chatws.key.${key}`] : []]);
        this.expect(CONNECT);
        this.socket = socket;
        socket.onmessage = ({ data }) => this.take(data);
        socket.onclose = ({ code }) => this.fail({ close: code });
    }

    /* All commands but typing are answered. */
    send(command) {
        this.socket.send(JSON.stringify(command));
        if (!this.timer && command.type !== 'typing') { this.expect(ANSWER); }
    }

    /* An empty message has no effect, and is answered with an error. */
    probe() {
        this.send({ type: 'message', text: '', ref: this.chat.probeRef });
        this.expect(PROBE);
    }

    /* The closing handshake of a dead one takes minutes: let go. */
    stop() {
        super.stop();
        this.socket?.close();
    }
}

export class StreamLine extends Line {
    async open() {
        let rest = '';
        this.expect(this.chat.line ? PROBE : CONNECT);
        const { body } = await this.chat.request(this.chat.start,
            { signal: this.aborter.signal }, 'text/event-stream');
        const reader = body.pipeThrough(new TextDecoderStream()).getReader();
        for (;;) {
            const { value, done } = await reader.read();
            const lines = (rest + value).split('\n');
            if (done) { throw {}; }
            rest = lines.pop();
            lines.filter((line) => line.startsWith('data:'))
                .forEach((line) => this.take(line.slice(5)));
            if (this.online) {
                this.heard();       /* also of a comment, every 25 s */
                this.expect(MINUTE, () => this.probe());
            }
        }
    }

    /* A stream cannot be asked: another one takes over, or both end. */
    probe() { this.chat.begin(this.kind); }
    hurry() { this.expect(ANSWER, () => this.probe()); }
}
