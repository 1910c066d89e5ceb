/* English, of the comparison page. Loaded by compare/strings.js. */

const many = (n, one, more) => (n === 1 ? one : more);

export default {
    lang: 'en',
    dir: 'ltr',
    units: ['B', 'KB', 'MB', 'GB', 'TB', 'PB'],
    delays: ['ms', 's'],
    title: 'What does a chat message cost?',
    lead: 'The same messages, at the same time, over five ways. Every byte '
        + 'is counted by the server’s kernel.',
    start: 'Start',
    stop: 'Stop',
    skip: 'Next step',
    takeOver: 'Choose yourself',
    reset: 'Reset',
    guided: (n) => `Guided run, ${n} s`,

    ways: { poll: 'Polling', longpoll: 'Long-polling',
        sse: 'Server-sent events', websocket: 'WebSocket',
        deflate: 'WebSocket, compressed' },
    short: { poll: 'Polling', longpoll: 'Long-poll', sse: 'SSE',
        websocket: 'WebSocket', deflate: 'WS + deflate' },
    how: {
        poll: (seconds) => many(seconds, 'asks every second',
            `asks every ${seconds} s`),
        longpoll: () => 'asks, and is kept waiting',
        sse: () => 'one answer without end',
        websocket: () => 'one open connection',
        deflate: () => 'the same, with permessage-deflate',
    },
    lost: 'not connected, trying again',
    times: (ratio) => `${ratio} × WebSocket`,
    received: (n) => many(n, '1 message', `${n} messages`),
    opened: (bytes) => `opened once: ${bytes}`,
    openedRow: 'Opened, once',
    chart: (name, bytes, seconds) => `${name}: ${bytes} in ${seconds} s`,
    legendArea: 'Bytes on the wire, both directions, one scale for all',
    legendEmpty: 'an answer without a message',
    legendFull: 'a message arrives',

    which: 'What the figures are about',
    steps: { quiet: 'Silence', one: 'One message',
        busy: 'A message a second',
        free: 'Your own', all: 'All of it' },
    left: (n) => `${n} s left`,

    measuring: 'Opening the connections…',
    said: (n, seconds) => (n === 0
        ? `Nobody has said anything for ${seconds}\u00a0s. `
        : `${many(n, 'One message', `${n} messages`)} in ${seconds}\u00a0s. `),
    cost: (poll, socket, verdict) => `*poll:Polling:* *poll:${poll}.* `
        + `*websocket:WebSocket:* *websocket:${socket}*${verdict}`,
    less: (ratio) => `, ${ratio} times less.`,
    same: ', about the same.',
    more: (ratio) => `, ${ratio} times more.`,
    noRatio: '.',
    late: (poll, socket) => `A message was ${poll} on its way with polling, `
        + `${socket} with WebSocket (median).`,

    pairTitle: 'Headers, each time or hardly any',
    pairPolling: 'Polling',
    bytes: (n) => `${n} bytes`,
    pairQuestion: 'with every question, news or no news',
    pairPacked: (n) => 'with every question, news or no news; '
        + `HTTP/2 packs them into about ${n}`,
    pairMessage: 'with every message',
    pairSilence: 'while nobody says anything',
    pairPost: (n) => `To send: ${n} bytes in front of every message `
        + '(a POST)',
    pairSent: (n) => `To send: ${n} bytes in front of every message `
        + '(a frame)',

    barsMessage: 'What a delivered message costs, and what that consists of',
    barsSilence: (n) => `What ${n} s of silence cost, and what that consists `
        + 'of',
    parts: { text: 'Text', json: 'JSON', head: 'HTTP or frame headers',
        record: 'TLS', packet: 'TCP/IP headers' },

    barsNote: 'HTTP/2: these ways share a connection. Their own bytes are '
        + 'counted; what TLS and TCP/IP add is shared out in proportion, so '
        + 'that part is an estimate.',
    packedNever: 'Server and browser have agreed on no compression, so both '
        + 'WebSockets move the same.',
    packedNot: (size, least) => `A message is ${size} bytes of JSON here, and `
        + `the server compresses from ${least} bytes on: both WebSockets `
        + 'move the same. Choose a longer text to see a difference.',
    packed: (size, least) => `A message is ${size} bytes of JSON here, at `
        + `least ${least}, so the server compresses it for WS + deflate. `
        + 'Text and JSON are compressed together; they are drawn in the '
        + 'proportion that they had before.',
    barsSend: 'What it costs to send one message',
    send: { post: 'POST', frame: 'Frame' },

    keep: 'The result',
    share: 'Link to this result',
    picture: 'Save as picture',
    save: 'Save as CSV',
    link: 'Link',
    linkCopied: 'Copied.',
    linkSelected: 'Selected: copy it with Ctrl+C, or press and hold.',
    linked: (when, protocol) => 'These figures come from the link that you '
        + `followed, not from this visit: measured on ${when} over `
        + `${protocol}.`,
    pictureHeads: (question, frame) => `${question} bytes of headers with `
        + `every question, ${frame} with every WebSocket message`,

    settings: 'Try it',
    interval: 'Polling asks every',
    seconds: (n) => `${n} s`,
    rate: 'Messages',
    rates: { 0: 'none', 1: '1 / min', 10: '10 / min', 60: '60 / min',
        180: 'busy' },
    size: 'Text of a message',
    extra: 'Cookies in every request',

    visitorsTitle: 'And with many visitors?',
    visitors: 'Visitors at the same time',
    visitorsCount: (text, n) => many(n, '1 visitor', `${text} visitors`),
    visitorsNote: (text, n, pace) => many(n, '1 visitor',
        `${text} visitors`) + ' in one room, day and night for 30 days, as '
        + `in this run: ${pace}. Computed from the measured bytes and `
        + 'requests; connections stay open.',
    pace: (n, seconds, interval) => `${n === 0 ? 'no message'
        : many(n, '1 message', `${n} messages`)} in ${seconds} s, ${many(interval,
        'a poll every second', `a poll every ${interval} s`)}`,
    month: { bytes: 'Traffic a month', requests: 'Requests a month',
        second: 'Requests a second' },

    table: 'The figures of this run',
    rows: {
        wire_sent: 'Bytes to the browser',
        wire_received: 'Bytes from the browser',
        packets_sent: 'Packets to the browser',
        packets_received: 'Packets from the browser',
        requests: 'Requests answered',
        empty: 'of them without a message',
        messages: 'Messages delivered',
        each: 'Bytes per message',
        share: 'of that the text itself',
        delay: 'Delay, median',
    },

    noMeter: 'This server cannot measure: it does not answer at '
        + '_chatws/meter. Nothing is counted here.',
    noPlace: 'So many visitors measure at the moment that the server has no '
        + 'place for another one. Try again in a minute.',
    noSocket: 'A WebSocket does not get through from here, so there is '
        + 'nothing to compare. Nothing is counted.',
    noticeLink: 'Find out why',
    hidden: 'The page was hidden, so nothing was sent or counted any more. '
        + 'The figures end there.',

    handshake: 'How a WebSocket opens: the real lines of this visit',
    handshakeText: 'A WebSocket begins as an ordinary HTTP request. The '
        + 'server answers 101, and from then on the connection carries '
        + 'frames: the headers below are paid once. Polling pays them with '
        + 'every question.',
    once: (bytes) => `WebSocket: ${bytes} bytes, once`,
    answerOnce: (bytes) => `The server’s answer: ${bytes} bytes, once`,
    every: (bytes) => `Polling: ${bytes} bytes, with every question`,
    everyPacked: (bytes) => `Polling: ${bytes} bytes with every question, `
        + 'which HTTP/2 packs',
    everyNote: 'This is the head of the page’s own request for the figures, '
        + 'as it reached the server; a poll differs from it in the address. '
        + 'Secrets are masked.',
    accept: 'The server proves that it understood: Sec-WebSocket-Accept is '
        + 'the base64 form of SHA-1 over the key and a fixed text of the '
        + 'RFC.',
    acceptTrue: 'Computed again by this page from the key above: it is the '
        + 'same.',
    acceptFalse: 'Computed again by this page from the key above: it is NOT '
        + 'the same.',
    waitHandshake: 'Shown as soon as a WebSocket is open.',

    frame: 'A frame, byte by byte',
    frameText: (bytes, payload) => `The page has sent ${payload} bytes of `
        + `text as a frame of ${bytes} bytes. This is the frame as it `
        + 'reached the server:',
    field: 'Field',
    bits: 'On the wire',
    meaning: 'Meaning',
    fin: (set) => (set ? 'the last frame of its message'
        : 'more frames of this message follow'),
    rsv: 'no extension is in use',
    opcodes: { 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' },
    masked: 'masked, as everything from a browser is',
    unmasked: 'not masked',
    length: 'Payload length',
    lengthMeans: (n) => `${n} bytes`,
    maskKey: 'Masking key',
    keyMeans: 'four random bytes of the browser, new for each frame',
    payload: 'Payload',
    payloadMeans: 'each byte XOR a byte of the key, in turn:',
    unmaskTable: 'Unmasking: byte, key, result, character',
    serverFrame: (header, n, total) => `The same ${n} bytes from the server `
        + `need a header of ${header}: FIN and opcode, then the length; no `
        + `mask. ${total} bytes in all.`,
    serverMessage: (header, n, size) => `The last message of this run was `
        + `${n} bytes of JSON for ${size} bytes of text; its frame began `
        + `with ${header}.`,

    counted: 'What is counted, and by whom',
    countedList: [
        'The server’s kernel counts (TCP_INFO), for each connection or '
            + 'request of this visit. The page counts nothing but messages '
            + 'and delays.',
        'What opening a connection costs stands alone, and in no other '
            + 'figure. A way that opens further connections as it runs, as '
            + 'long-polling may over HTTP/1.1, pays for those.',
        'Counted are the bytes that TCP carries (over https this includes '
            + 'TLS) and the IP and TCP headers of all packets: also of '
            + 'acknowledgements, of opening and closing a connection, of '
            + 'pings. Not counted is Ethernet or Wi-Fi around them.',
        'The POSTs that send the messages and the page’s requests for '
            + 'the figures belong to no column. Presence and typing events are '
            + 'traffic, but no messages.',
        'The handshake of the WebSocket and the frame shown above are those '
            + 'of a further connection of this visit, which is in no column.',
        'The WebSocket asks for no compression, so that text, JSON and '
            + 'headers can be told apart; the compressed one differs in '
            + 'nothing else. The messages are English sentences, none of '
            + 'which comes twice in one message.',
        'The head of a POST is computed from the head shown above: the same '
            + 'browser, another address, and what a body needs.',
        'A delay is the time from just before a POST until the page has the '
            + 'message, by the browser’s clock.',
        '1 KB is 1,000 bytes.',
    ],
    protocol: (name) => `This page uses ${name}`,
    h1: 'HTTP/1.1: every poll sends its headers in full, over a connection '
        + 'that stays open between polls. A long-poll that was held may end '
        + 'its connection (over TLS it does); then the next one opens a new '
        + 'one.',
    h2: 'HTTP/2: polls, long-polls and the event stream share one '
        + 'connection with everything else of the page, and headers that '
        + 'repeat are sent as a few bytes (HPACK), so polling costs less '
        + 'than over HTTP/1.1. The frames of each stream are counted '
        + 'exactly; what TLS and TCP/IP add to the packets that they share '
        + 'is shared out in proportion. Each WebSocket has a connection '
        + 'of its own.',
    proxy: (hop) => `The browser itself speaks ${hop} with a proxy in between; `
        + 'counted is what the proxy and the server exchange.',
};
