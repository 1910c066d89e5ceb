/* The real bytes of this visit: both heads of the opening handshake, the
 * head that polling sends each time, and one frame taken apart. The server
 * tells them (docs/METER.md). Used by compare.js. */

import { add } from './formats.js';
import { make } from '../element/markup.js';

/* RFC 6455, 1.3: what the server adds to the client's key. */
const HANDSHAKE_TEXT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const OF_THE_HANDSHAKE = /^(upgrade|connection|origin|sec-websocket-.*)$/i;

const byId = (id) => document.getElementById(id);
const hex = (byte) => byte.toString(16).padStart(2, '0');
const bits = (byte) => byte.toString(2).padStart(8, '0');

/* Fills a <pre> with a head, one element a line; lines that belong to the
 * opening handshake stand out. */
function showHead(id, head) {
    byId(id).replaceChildren(...head.trimEnd().split('\r\n').flatMap(
        (line, index) => {
            const name = line.slice(0, Math.max(0, line.indexOf(':')));
            const special = index === 0 ? 'first-line'
                : OF_THE_HANDSHAKE.test(name) ? 'special' : '';

            return [make('span', { class: special }, line),
                document.createTextNode('\n')];
        }));
}

function header(head, name) {
    const match = head.match(new RegExp(`^${name}: *([^\\r\\n]*)`, 'im'));

    return match ? match[1].trim() : '';
}

/* True or false; null where the browser cannot compute it (plain http). */
async function isAccepted(request, response) {
    const key = header(request, 'Sec-WebSocket-Key') + HANDSHAKE_TEXT;

    if (!globalThis.crypto?.subtle) {
        return null;
    }
    const digest = await crypto.subtle.digest('SHA-1',
        new TextEncoder().encode(key));

    return btoa(String.fromCharCode(...new Uint8Array(digest)))
        === header(response, 'Sec-WebSocket-Accept');
}

/* The bytes in front of a server's frame with so much payload. */
export function serverHeader(length) {
    const first = 0x81;                 /* FIN, text */

    if (length < 126) {
        return [first, length];
    }
    if (length < 65536) {
        return [first, 126, length >> 8, length & 0xff];
    }
    return [first, 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map(
        (shift) => (length >>> shift) & 0xff)];
}

/* Bytes of the head of a poll, which differs from the head of the page's own
 * request for the figures in its address. */
export function pollHead(request, path) {
    return utf8Length(request) - utf8Length(request.split(' ')[1])
        + utf8Length(path);
}

/* Bytes of the head of the POST that says a message: the same browser, another
 * method and address, and what a body needs. */
export function postHead(request, path, size) {
    const added = 'Content-Type: application/json\r\n'
        + `Content-Length: ${size}\r\nOrigin: ${location.origin}\r\n`;

    return pollHead(request, path) + 'POST'.length - 'GET'.length
        + utf8Length(added);
}

function utf8Length(text) {
    return new TextEncoder().encode(text).length;
}

/* The parts of a frame: numbers, and arrays of bytes. */
export function takeApart(bytes) {
    const code = bytes[1] & 0x7f;
    const wide = code === 127 ? 8 : code === 126 ? 2 : 0;
    const length = wide ? bytes.slice(2, 2 + wide)
        .reduce((sum, byte) => sum * 256 + byte, 0) : code;
    const masked = (bytes[1] & 0x80) !== 0;
    const start = 2 + wide + (masked ? 4 : 0);
    const key = bytes.slice(2 + wide, start);
    const payload = bytes.slice(start);

    return {
        fin: bytes[0] >> 7, rsv: (bytes[0] >> 4) & 7, opcode: bytes[0] & 15,
        masked, length, lengthBytes: bytes.slice(1, 2 + wide), start, key,
        payload, plain: payload.map((byte, index) => (masked
            ? byte ^ key[index % 4] : byte)),
    };
}

export class Wire {
    #strings;
    #formats;
    #polled = '';
    /* Bytes in front of the last message of the server, and in front of what
     * this page has sent; 0 until known. */
    #frame = 0;
    #sent = 0;
    #message = 0;               /* bytes of JSON of that message */

    constructor(strings, formats) {
        this.#strings = strings;
        this.#formats = formats;
    }

    get frame() {
        return this.#frame;
    }

    get sent() {
        return this.#sent;
    }

    get message() {
        return this.#message;
    }

    /* A meter event: the heads of the opening, or a frame. */
    show(event) {
        if (event.frame) {
            this.#showFrame(event.frame);
        }
        else {
            this.#showHandshake(event.request, event.response);
        }
    }

    async #showHandshake(request, response) {
        const size = (head) => this.#formats.whole(utf8Length(head));

        showHead('request', request);
        showHead('response', response);
        byId('request-size').textContent = this.#strings.once(size(request));
        byId('response-size').textContent = this.#strings.answerOnce(
            size(response));
        const accepted = await isAccepted(request, response);

        byId('accepted').textContent = accepted === null ? ''
            : this.#strings[accepted ? 'acceptTrue' : 'acceptFalse'];
        byId('accepted').dataset.value = accepted ?? '';
    }

    /* The head of a request of this page over plain HTTP; packed: HTTP/2. */
    showPoll(request, packed) {
        const size = utf8Length(request);

        if (request === this.#polled) {
            return;                 /* a selected text stays selected */
        }
        this.#polled = request;
        byId('poll-size').textContent = this.#strings[
            packed ? 'everyPacked' : 'every'](this.#formats.whole(size));
        showHead('poll-request', request);
    }

    /* A frame that the page has sent, as hex digits. */
    #showFrame(digits) {
        const bytes = digits.match(/../g).map((pair) => parseInt(pair, 16));
        const frame = takeApart(bytes);
        const head = serverHeader(frame.length);

        this.#sent = frame.start;
        byId('frame-text').textContent = this.#strings.frameText(
            this.#formats.whole(frame.start + frame.length),
            this.#formats.whole(frame.length));
        byId('frame-hex').replaceChildren(...bytes.flatMap((byte, index) => [
            make('span', { class: this.#partOf(frame, index) }, hex(byte)),
            document.createTextNode(' ')]));
        this.#showFields(bytes, frame);
        this.#showUnmasking(frame);
        byId('server-frame').textContent = this.#strings.serverFrame(
            head.map(hex).join(' '), this.#formats.whole(frame.length),
            this.#formats.whole(head.length + frame.length));
    }

    /* The newest message, and how a server's frame with it begins. */
    showMessage(event) {
        const length = utf8Length(JSON.stringify(event));

        this.#message = length;
        this.#frame = serverHeader(length).length;
        byId('server-message').textContent = this.#strings.serverMessage(
            serverHeader(length).map(hex).join(' '),
            this.#formats.whole(length),
            this.#formats.whole(event.text.length));
    }

    #partOf(frame, index) {
        const keyStart = frame.start - frame.key.length;

        if (index === 0) {
            return 'part-opcode';
        }
        if (index < keyStart) {
            return 'part-length';
        }
        return index < frame.start ? 'part-key' : 'part-payload';
    }

    #showFields(bytes, frame) {
        const strings = this.#strings;
        const first = bits(bytes[0]);
        const table = byId('frame');
        const rows = [
            ['part-opcode', 'FIN', first[0], strings.fin(frame.fin === 1)],
            ['part-opcode', 'RSV', first.slice(1, 4), strings.rsv],
            ['part-opcode', 'opcode', first.slice(4),
                `${frame.opcode}: ${strings.opcodes[frame.opcode] ?? ''}`],
            ['part-length', 'MASK', bits(bytes[1])[0],
                frame.masked ? strings.masked : strings.unmasked],
            ['part-length', strings.length, [bits(bytes[1]).slice(1),
                ...frame.lengthBytes.slice(1).map(hex)].join(' '),
            strings.lengthMeans(this.#formats.whole(frame.length))],
            ['part-key', strings.maskKey, frame.key.map(hex).join(' '),
                strings.keyMeans],
            ['part-payload', strings.payload, '↓', strings.payloadMeans],
        ];
        const head = make('tr', {});

        for (const name of ['field', 'bits', 'meaning']) {
            add(head, 'th', '', strings[name]).scope = 'col';
        }
        table.replaceChildren(head);
        for (const [part, name, wire, meaning] of rows) {
            const row = add(table, 'tr', part);

            add(row, 'th', '', name).scope = 'row';
            add(row, 'td', 'wire', wire);
            add(row, 'td', '', meaning);
        }
        table.hidden = false;
    }

    /* A column of four for each byte: masked, key, plain, character. */
    #showUnmasking(frame) {
        const list = byId('unmask');
        const text = new TextDecoder().decode(new Uint8Array(frame.plain));

        list.role = 'img';
        list.ariaLabel = `${this.#strings.unmaskTable}: ${text}`;
        list.replaceChildren(...frame.payload.map((byte, index) => {
            const cell = make('span', { class: 'byte' });
            const plain = frame.plain[index];

            add(cell, 'span', 'part-payload', hex(byte));
            add(cell, 'span', 'part-key', `⊕ ${hex(frame.key[index % 4])}`);
            add(cell, 'span', '', `= ${hex(plain)}`);
            add(cell, 'span', 'plain', plain > 32 && plain < 127
                ? String.fromCharCode(plain) : '·');
            return cell;
        }));
        list.dataset.text = text;
        list.hidden = false;
    }
}
