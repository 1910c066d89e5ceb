/* The server of peers.Uws: every message goes to all who are in the room that
 * its URL names, and in /echo back to its sender.
 *
 *     node uws.js PACKAGE PORT TLS-PORT CERTIFICATE KEY
 */
'use strict';

const [, , folder, port, tlsPort, certificate, key] = process.argv;
const uws = require(folder);

function serve(app, port) {
    app.ws('/*', {
        maxPayloadLength: 65536,
        maxBackpressure: 16 * 1024 * 1024,
        upgrade(response, request, context) {
            response.upgrade({ room: request.getUrl() },
                request.getHeader('sec-websocket-key'),
                request.getHeader('sec-websocket-protocol'),
                request.getHeader('sec-websocket-extensions'), context);
        },
        open(socket) {
            socket.subscribe(socket.getUserData().room);
        },
        message(socket, message, isBinary) {
            const room = socket.getUserData().room;
            if (room === '/echo') {
                socket.send(message, isBinary);
            } else {
                app.publish(room, message, isBinary);
            }
        },
    });
    app.listen('127.0.0.1', Number(port), (token) => {
        if (!token) {
            process.exit(1);
        }
    });
}

serve(uws.App(), port);
serve(uws.SSLApp({ cert_file_name: certificate, key_file_name: key }), tlsPort);
console.log('ready');
