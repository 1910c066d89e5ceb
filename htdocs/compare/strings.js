/* What the comparison page says, one table for each language. In a text
 * *way:words* is set in the colour of that way. Used by compare*.js. */

const en = {
    lang: 'en',
    title: 'What does a chat message cost?',
    lead: 'The same messages, at the same time, over four ways. Every byte '
        + 'is counted by the server’s kernel.',
    start: 'Start',
    stop: 'Stop',
    reset: 'Reset',
    guided: 'Guided run, 60 s',
    save: 'Save as CSV',

    ways: { poll: 'Polling', longpoll: 'Long-polling',
        sse: 'Server-sent events', websocket: 'WebSocket' },
    short: { poll: 'Polling', longpoll: 'Long-poll', sse: 'SSE',
        websocket: 'WebSocket' },
    how: {
        poll: (seconds) => (seconds === 1 ? 'asks every second'
            : `asks every ${seconds} s`),
        longpoll: () => 'asks, and is kept waiting',
        sse: () => 'one answer without end',
        websocket: () => 'one open connection',
    },
    lost: 'not connected, trying again',
    times: (ratio) => `${ratio} × WebSocket`,
    received: (n) => (n === 1 ? '1 message' : `${n} messages`),
    chart: (name, bytes, seconds) => `${name}: ${bytes} in ${seconds} s`,
    legendArea: 'Bytes on the wire, both directions, one scale for all',
    legendEmpty: 'an answer without a message',
    legendFull: 'a message arrives',

    settings: 'Try it',
    interval: 'Polling asks every',
    seconds: (n) => `${n} s`,
    rate: 'Messages',
    rates: { 0: 'none', 1: '1 / min', 10: '10 / min', 60: '60 / min',
        180: 'busy' },
    size: 'Text of a message',
    bytes: (n) => `${n} bytes`,
    extra: 'Cookies in every request',

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

    measuring: 'Measuring…',
    noMeter: 'This server cannot measure: it does not answer at '
        + '_chatws/meter. Nothing is counted here.',
    noPlace: 'So many visitors measure at the moment that the server has no '
        + 'place for another one. Try again in a minute.',
    noSocket: 'A WebSocket does not get through from here, so there is '
        + 'nothing to compare. Nothing is counted.',
    ended: 'Stopped.',
    during: (n) => `In the last ${n} s`,
    overall: (n) => `In these ${n} s`,
    sum: (when, poll, socket, n) => (n === 0
        ? `${when} nobody said anything. *poll:Polling* has moved `
            + `*poll:${poll}* to find that out, *websocket:WebSocket* `
            + `*websocket:${socket}*`
        : `${when} *poll:polling* has moved *poll:${poll}* for ${n} `
            + `message${n === 1 ? '' : 's'}, *websocket:WebSocket* `
            + `*websocket:${socket}*`),
    less: (ratio) => `: ${ratio} times less.`,
    same: ': about the same.',
    more: (ratio) => `: ${ratio} times more.`,
    noRatio: '.',
    late: (poll, socket) => `A message was ${poll} on its way with polling, `
        + `${socket} with WebSocket (median).`,
    phaseQuiet: (seconds) => `${seconds} s of silence`,
    phaseBusy: (seconds, n) => `${seconds} s with ${n} messages`,
    phase: (name, poll, socket) => `${name}: *poll:polling* *poll:${poll}*, `
        + `*websocket:WebSocket* *websocket:${socket}*`,
    opened: (bytes) => ` Opening the WebSocket cost ${bytes}, once.`,
    quietNow: (n) => `Guided run: silence for ${n} s more`,
    busyNow: (n) => `Guided run: a message a second for ${n} s more`,

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
        'Counted are the bytes that TCP carries (over https this includes '
            + 'TLS) and the IP and TCP headers of all packets: also of '
            + 'acknowledgements, of opening and closing a connection, of '
            + 'pings. Not counted is Ethernet or Wi-Fi around them.',
        'The POSTs that say the messages and the page’s requests for the '
            + 'figures belong to no column. Presence and typing events are '
            + 'traffic, but no messages.',
        'The handshake of the WebSocket and the frame shown above are those '
            + 'of a further connection of this visit, which is in no column.',
        'A delay is the time from just before a POST until the page has the '
            + 'message, by the browser’s clock.',
        '1 KB is 1,000 bytes.',
    ],
    protocol: (name) => `This page uses ${name}`,
    h1: 'HTTP/1.1: every poll sends its headers in full, over a connection '
        + 'that stays open between polls. A long-poll that was held ends '
        + 'with its connection, so the next one opens a new one.',
    h2: 'HTTP/2: polls, long-polls and the event stream share one '
        + 'connection with everything else of the page, and headers that '
        + 'repeat are sent as a few bytes (HPACK). Polling costs less than '
        + 'over HTTP/1.1; a packet or acknowledgement that several of them '
        + 'share cannot be told apart and is counted with the one that was '
        + 'served first. The WebSocket has a connection of its own, and its '
        + 'column pays for opening it, with TLS; the others use the one that '
        + 'brought the page.',
    proxy: (hop) => `The browser itself speaks ${hop} with a proxy in between; `
        + 'counted is what the proxy and the server exchange.',
};

const zh = {
    lang: 'zh-CN',
    title: '一条聊天消息要花多少流量？',
    lead: '同样的消息，同一时刻，四种方式传送。每个字节都由服务器内核计数。',
    start: '开始',
    stop: '停止',
    reset: '清零',
    guided: '演示 60 秒',
    save: '保存 CSV',

    ways: { poll: '轮询', longpoll: '长轮询', sse: '服务器推送事件 SSE',
        websocket: 'WebSocket' },
    short: { poll: '轮询', longpoll: '长轮询', sse: 'SSE',
        websocket: 'WebSocket' },
    how: {
        poll: (seconds) => `每 ${seconds} 秒询问一次`,
        longpoll: () => '询问后等待回答',
        sse: () => '一个不结束的回答',
        websocket: () => '一条保持打开的连接',
    },
    lost: '连接中断，正在重试',
    times: (ratio) => `WebSocket 的 ${ratio} 倍`,
    received: (n) => `${n} 条消息`,
    chart: (name, bytes, seconds) => `${name}：${seconds} 秒内 ${bytes}`,
    legendArea: '线路上的字节数，双向合计，四图同一刻度',
    legendEmpty: '没有消息的回答',
    legendFull: '消息到达',

    settings: '动手试试',
    interval: '轮询间隔',
    seconds: (n) => `${n} 秒`,
    rate: '消息频率',
    rates: { 0: '无', 1: '1 条/分', 10: '10 条/分', 60: '60 条/分',
        180: '繁忙' },
    size: '每条消息的文字',
    bytes: (n) => `${n} 字节`,
    extra: '每个请求附带的 Cookie',

    table: '本次测量的数据',
    rows: {
        wire_sent: '发往浏览器的字节',
        wire_received: '来自浏览器的字节',
        packets_sent: '发往浏览器的数据包',
        packets_received: '来自浏览器的数据包',
        requests: '已回答的请求',
        empty: '其中没有消息的',
        messages: '送达的消息',
        each: '每条消息的字节',
        share: '其中文字本身占',
        delay: '延迟（中位数）',
    },

    measuring: '正在测量…',
    noMeter: '这台服务器不能测量：_chatws/meter 没有回答。这里不做任何计数。',
    noPlace: '此刻测量的访客太多，服务器没有空位。请一分钟后再试。',
    noSocket: '从这里无法建立 WebSocket 连接，没有可比较的内容。'
        + '这里不做任何计数。',
    ended: '已停止。',
    during: (n) => `最近 ${n} 秒`,
    overall: (n) => `在这 ${n} 秒里`,
    sum: (when, poll, socket, n) => (n === 0
        ? `${when}没有人说话。*poll:轮询*为了得知这一点传送了 *poll:${poll}*，`
            + `*websocket:WebSocket* 传送了 *websocket:${socket}*`
        : `${when}*poll:轮询*为 ${n} 条消息传送了 *poll:${poll}*，`
            + `*websocket:WebSocket* 传送了 *websocket:${socket}*`),
    less: (ratio) => `：前者是后者的 ${ratio} 倍。`,
    same: '：两者差不多。',
    more: (ratio) => `：后者是前者的 ${ratio} 倍。`,
    noRatio: '。',
    late: (poll, socket) => `一条消息从发出到收到：轮询 ${poll}，`
        + `WebSocket ${socket}（中位数）。`,
    phaseQuiet: (seconds) => `安静的 ${seconds} 秒`,
    phaseBusy: (seconds, n) => `有 ${n} 条消息的 ${seconds} 秒`,
    phase: (name, poll, socket) => `${name}：*poll:轮询* *poll:${poll}*，`
        + `*websocket:WebSocket* *websocket:${socket}*`,
    opened: (bytes) => `打开 WebSocket 用了 ${bytes}，仅一次。`,
    quietNow: (n) => `演示：无人说话，还有 ${n} 秒`,
    busyNow: (n) => `演示：每秒一条消息，还有 ${n} 秒`,

    handshake: 'WebSocket 如何打开：本次访问的真实内容',
    handshakeText: 'WebSocket 以一个普通的 HTTP 请求开始。服务器回答 101，'
        + '此后这条连接只传送帧：下面的头部只付一次。'
        + '轮询则每次询问都要付一次。',
    once: (bytes) => `WebSocket：${bytes} 字节，仅一次`,
    answerOnce: (bytes) => `服务器的回答：${bytes} 字节，仅一次`,
    every: (bytes) => `轮询：${bytes} 字节，每次询问都有`,
    everyPacked: (bytes) => `轮询：每次询问 ${bytes} 字节，由 HTTP/2 压缩`,
    everyNote: '这是本页查询数据的请求到达服务器时的头部；轮询请求与它只有地址'
        + '不同。秘密内容已遮盖。',
    accept: '服务器证明它理解了请求：Sec-WebSocket-Accept 是密钥与 RFC 规定的'
        + '固定文本连接后的 SHA-1 值的 base64 形式。',
    acceptTrue: '本页用上面的密钥重新计算：结果一致。',
    acceptFalse: '本页用上面的密钥重新计算：结果不一致！',
    waitHandshake: 'WebSocket 打开后在此显示。',

    frame: '逐字节看一个帧',
    frameText: (bytes, payload) => `本页把 ${payload} 字节的文字作为 `
        + `${bytes} 字节的帧发出。这是到达服务器时的样子：`,
    field: '字段',
    bits: '线路上',
    meaning: '含义',
    fin: (set) => (set ? '这条消息的最后一帧' : '这条消息还有后续的帧'),
    rsv: '没有使用扩展',
    opcodes: { 1: '文本', 2: '二进制', 8: '关闭', 9: 'ping', 10: 'pong' },
    masked: '有掩码，浏览器发出的帧都必须有',
    unmasked: '没有掩码',
    length: '负载长度',
    lengthMeans: (n) => `${n} 字节`,
    maskKey: '掩码密钥',
    keyMeans: '浏览器的四个随机字节，每帧不同',
    payload: '负载',
    payloadMeans: '每个字节依次与密钥的一个字节异或：',
    unmaskTable: '去掩码：字节、密钥、结果、字符',
    serverFrame: (header, n, total) => `同样的 ${n} 字节从服务器发出只需要帧头 `
        + `${header}：FIN 与操作码，然后是长度；没有掩码。共 ${total} 字节。`,
    serverMessage: (header, n, size) => `本次最后一条消息是 ${n} 字节的 JSON，`
        + `其中文字 ${size} 字节；它的帧以 ${header} 开头。`,

    counted: '计了什么，由谁来计',
    countedList: [
        '由服务器的内核（TCP_INFO）按本次访问的每条连接、每个请求计数。'
            + '本页自己只数消息和延迟。',
        '计入的有 TCP 传送的字节（https 时包括 TLS），以及所有数据包的 IP 与 '
            + 'TCP 头部：确认包、建立和关闭连接的包、ping 也在内。'
            + '不计以太网或 Wi-Fi 的部分。',
        '发送消息的 POST 和本页查询数据的请求不计入任何一列。'
            + '在线状态和正在输入的事件算流量，但不算消息。',
        '上面展示的 WebSocket 握手和帧来自本次访问的另一条连接，'
            + '它不计入任何一列。',
        '延迟是从 POST 之前到本页收到消息的时间，以浏览器的时钟为准。',
        '1 KB 为 1,000 字节。',
    ],
    protocol: (name) => `本页使用 ${name}`,
    h1: 'HTTP/1.1：每次轮询都完整地发送头部，轮询之间连接保持打开。'
        + '等待过的长轮询在回答后关闭连接，下一次要重新建立。',
    h2: 'HTTP/2：轮询、长轮询和事件流与本页的其他请求共用一条连接，'
        + '重复的头部只需几个字节（HPACK）。轮询比在 HTTP/1.1 上便宜；'
        + '几个请求共用的数据包或确认包无法分开，计入当时正在处理的那一个。'
        + 'WebSocket 使用自己的连接，建立连接（包括 TLS）的流量计入它那一列；'
        + '其他方式使用加载本页时已有的连接。',
    proxy: (hop) => `浏览器与中间的代理使用 ${hop}；`
        + '计数的是代理与服务器之间的流量。',
};

const tables = { en, zh };

/* The table of the first of the reader's languages that we have. */
export function chooseTable(languages) {
    const found = languages.map((language) => language.toLowerCase()
        .split('-')[0]).find((language) => language in tables);

    return tables[found ?? 'en'];
}
