/* A short WebSocket beside the measured one: on it the server tells its own
 * handshake and a frame, so that the measured one need not pay for that. What
 * it costs is in no column. Used by compare.js. */

import { pause } from './sources.js';

const TRIES = 4;
const RETRY = 3000;
const PATIENCE = 20000;         /* until the server has told both */
const COMMAND = '{"type":"typing"}';    /* the frame to look at */

/* Tells tell() the `meter` events of room (a URL). The page works without
 * them: after a few failures, or when the signal aborts, it is quietly over. */
export async function look(room, key, tell, signal) {
    const url = new URL(room);

    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.search = `?meter=${key}&look&history=0`;
    for (let tries = 0; tries < TRIES && !signal.aborted; tries += 1) {
        if (await lookOnce(url, tell, signal)) {
            return;
        }
        await pause(RETRY, signal);
    }
}

/* True when both events have come. */
async function lookOnce(url, tell, signal) {
    const socket = new WebSocket(url, ['chatws.v1']);
    const done = await new Promise((resolve) => {
        socket.onclose = () => resolve(false);
        socket.onmessage = ({ data }) => {
            const event = JSON.parse(data);

            if (event.type === 'meter') {
                tell(event);
                if (event.frame) {
                    resolve(true);
                }
                else {
                    socket.send(COMMAND);
                }
            }
        };
        pause(PATIENCE, signal).then(() => resolve(false));
    });

    socket.onmessage = null;
    socket.close();
    return done;
}
