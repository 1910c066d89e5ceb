/* A room by WebSocket. */

import { Line } from './line.js';

const CONNECT = 5000;       /* milliseconds, from the start to hello */
const PROBE = 3000;
const ANSWER = 10000;

export class WebSocketLine extends Line {
    #socket;

    async open() {
        const { room, start, options } = this.chat;
        const WebSocket = options.WebSocket ?? globalThis.WebSocket;
        const protocols = ['chatws.v1', room.key && `chatws.key.${room.key}`,
            room.token && `chatws.token.${room.token}`].filter(Boolean);

        this.expect(CONNECT);
        this.#socket = new WebSocket(
            room.address(start).replace('http', 'ws'), protocols);
        this.#socket.onmessage = ({ data }) => this.take(data);
        this.#socket.onclose = ({ code }) => this.fail({ close: code });
        /* Some insist that somebody listens. */
        this.#socket.onerror = () => {};
    }

    /* All commands but typing are answered. */
    send(command) {
        this.#socket.send(JSON.stringify(command));
        if (!this.expects && command.type !== 'typing') {
            this.expect(ANSWER);
        }
    }

    /* Has no effect, and is answered. */
    probe() {
        this.send({ type: 'message', text: '', ref: this.chat.probeRef });
        this.expect(PROBE);
    }

    /* That of a dead one takes minutes. */
    stop() {
        super.stop();
        this.#socket?.close();
    }
}
