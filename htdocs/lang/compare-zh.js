/* Chinese (simplified), of the comparison page. Loaded by
 * compare/strings.js. */

export default {
    lang: 'zh-CN',
    dir: 'ltr',
    units: ['B', 'KB', 'MB', 'GB', 'TB', 'PB'],
    delays: ['ms', 's'],
    title: '一条聊天消息要花多少流量？',
    lead: '同样的消息，同一时刻，用五种方式传输。每个字节都由服务器内核统计。',
    start: '开始',
    stop: '停止',
    skip: '下一步',
    takeOver: '自己动手',
    reset: '清零',
    guided: (n) => `演示（${n} 秒）`,

    ways: { poll: '轮询', longpoll: '长轮询', sse: '服务器推送事件（SSE）',
        websocket: 'WebSocket',
        deflate: 'WebSocket（压缩）' },
    short: { poll: '轮询', longpoll: '长轮询', sse: 'SSE',
        websocket: 'WebSocket', deflate: 'WS + deflate' },
    how: {
        poll: (seconds) => `每 ${seconds} 秒请求一次`,
        longpoll: () => '请求被挂起，有消息才响应',
        sse: () => '一个持续不断的响应',
        websocket: () => '一条长连接',
        deflate: () => '同上，启用 permessage-deflate',
    },
    lost: '连接已断开，正在重新连接',
    times: (ratio) => `WebSocket 的 ${ratio} 倍`,
    received: (n) => `${n} 条消息`,
    opened: (bytes) => `建立连接（一次性）：${bytes}`,
    openedRow: '建立连接（一次性）',
    chart: (name, bytes, seconds) => `${name}：${seconds} 秒内 ${bytes}`,
    legendArea: '实际传输的字节数（双向合计），五图刻度相同',
    legendEmpty: '空响应（无新消息）',
    legendFull: '收到消息',

    which: '数据范围',
    steps: { quiet: '无人说话', one: '一条消息', busy: '每秒一条',
        free: '自选', all: '全程' },
    left: (n) => `还剩 ${n} 秒`,

    measuring: '正在建立连接…',
    said: (n, seconds) => (n === 0 ? `${seconds} 秒内没有新消息。`
        : `${seconds} 秒内 ${n} 条消息。`),
    cost: (poll, socket, verdict) => `*poll:轮询传输了 ${poll}*，`
        + `*websocket:WebSocket ${socket}*${verdict}`,
    less: (ratio) => `：前者是后者的 ${ratio} 倍。`,
    same: '：两者差不多。',
    more: (ratio) => `：后者是前者的 ${ratio} 倍。`,
    noRatio: '。',
    late: (poll, socket) => `消息送达延迟（中位数）：轮询 ${poll}，`
        + `WebSocket ${socket}。`,

    pairTitle: '头部开销：每次都要，还是几乎没有',
    pairPolling: '轮询',
    bytes: (n) => `${n} 字节`,
    pairQuestion: '请求头，每次请求都要发送，无论有没有新消息',
    pairPacked: (n) => '请求头，每次请求都要发送，无论有没有新消息'
        + `（经 HTTP/2 压缩后约 ${n} 字节）`,
    pairMessage: '帧头，每条消息仅此而已',
    pairSilence: '没有新消息就没有流量',
    pairPost: (n) => `发送时：每条消息前有 ${n} 字节的请求头（POST）`,
    pairSent: (n) => `发送时：每条消息前有 ${n} 字节的帧头`,

    barsMessage: '平均每条消息的流量及其构成',
    barsSilence: (n) => `没有消息的 ${n} 秒：流量及其构成`,
    parts: { text: '正文', json: 'JSON', head: 'HTTP 头部或帧头', record: 'TLS',
        packet: 'TCP/IP 头部' },

    barsNote: 'HTTP/2：这几种方式共用一条连接。各自的字节都是实际统计的，'
        + 'TLS 与 TCP/IP 的部分按比例分摊，因此是估算值。',
    packedNever: '服务器与浏览器没有协商压缩，因此两个 WebSocket 的流量相同。',
    packedNot: (size, least) => `这里每条消息是 ${size} 字节的 JSON，而服务器从 ${least} `
        + '字节起才压缩，因此两个 WebSocket 的流量相同。'
        + '选择更长的正文即可看出差别。',
    packed: (size, least) => `这里每条消息是 ${size} 字节的 JSON，达到 ${least} 字节，`
        + '服务器会为 WS + deflate 压缩。正文与 JSON 是一起压缩的，'
        + '图中按压缩前的比例划分。',
    barsSend: '发送一条消息的流量',
    send: { post: 'POST', frame: '帧' },

    keep: '测量结果',
    share: '生成结果链接',
    picture: '保存图片',
    save: '保存 CSV',
    link: '链接',
    linkCopied: '已复制。',
    linkSelected: '已选中，请手动复制（Ctrl+C 或长按）。',
    linked: (when, protocol) => '以下数据来自你打开的链接，并非本次测量：'
        + `测于 ${when}，协议为 ${protocol}。`,
    pictureHeads: (question, frame) => `轮询每次请求的头部 ${question} 字节，`
        + `WebSocket 每条消息的头部 ${frame} 字节`,

    settings: '动手试试',
    interval: '轮询间隔',
    seconds: (n) => `${n} 秒`,
    rate: '消息频率',
    rates: { 0: '无', 1: '1 条/分', 10: '10 条/分', 60: '60 条/分',
        180: '繁忙' },
    size: '每条消息的正文长度',
    extra: '每个请求附带的 Cookie',

    visitorsTitle: '访客多了会怎样？',
    visitors: '同时在线的访客数',
    visitorsCount: (text) => `${text} 位访客`,
    visitorsNote: (text, n, pace) => `按 ${text} 位访客同处一个聊天室、`
        + `30 天全天在线计算，节奏与本次测量相同：${pace}。`
        + '由实测的字节数和请求数推算，连接保持不断。',
    pace: (n, seconds, interval) => (n === 0 ? `${seconds} 秒内没有消息`
        : `${seconds} 秒内 ${n} 条消息`) + `，每 ${interval} 秒轮询一次`,
    month: { bytes: '每月流量', requests: '每月请求数', second: '每秒请求数' },

    table: '本次测量的数据',
    rows: {
        wire_sent: '发往浏览器的字节数',
        wire_received: '来自浏览器的字节数',
        packets_sent: '发往浏览器的数据包',
        packets_received: '来自浏览器的数据包',
        requests: '已响应的请求数',
        empty: '其中空响应',
        messages: '送达的消息数',
        each: '平均每条消息的流量',
        share: '其中正文占比',
        delay: '延迟（中位数）',
    },

    noMeter: '这台服务器无法测量：_chatws/meter 没有响应。本页不做任何统计。',
    noPlace: '当前测量人数已满，请一分钟后再试。',
    noSocket: '当前网络无法建立 WebSocket 连接，没有可比较的内容。'
        + '本页不做任何统计。',
    noticeLink: '查看原因',
    hidden: '页面已转入后台，发送和统计均已停止，数据截至此刻。',

    handshake: 'WebSocket 如何建立连接：本次访问的真实报文',
    handshakeText: 'WebSocket 以一个普通的 HTTP 请求开始。服务器返回 101，'
        + '此后该连接只传输帧：下面的请求头只需发送一次，'
        + '而轮询每次请求都要重新发送。',
    once: (bytes) => `WebSocket：${bytes} 字节，只发送一次`,
    answerOnce: (bytes) => `服务器的响应：${bytes} 字节，只发送一次`,
    every: (bytes) => `轮询：${bytes} 字节，每次请求都要发送`,
    everyPacked: (bytes) => `轮询：每次请求 ${bytes} 字节，由 HTTP/2 压缩`,
    everyNote: '这是本页查询数据的请求到达服务器时的请求头；轮询请求与它只有地址'
        + '不同。敏感信息已隐藏。',
    accept: '服务器借此证明它理解了握手请求：将密钥与 RFC 规定的固定文本拼接后'
        + '再取 SHA-1，并以 base64 编码，即为 Sec-WebSocket-Accept。',
    acceptTrue: '本页用上面的密钥重新计算：结果一致。',
    acceptFalse: '本页用上面的密钥重新计算：结果不一致！',
    waitHandshake: 'WebSocket 建立连接后在此显示。',

    frame: '逐字节解析一个帧',
    frameText: (bytes, payload) => `本页将 ${payload} 字节的文本封装成 `
        + `${bytes} 字节的帧发出。这是它到达服务器时的样子：`,
    field: '字段',
    bits: '实际字节',
    meaning: '含义',
    fin: (set) => (set ? '这条消息的最后一帧' : '这条消息还有后续的帧'),
    rsv: '没有使用扩展',
    opcodes: { 1: '文本', 2: '二进制', 8: '关闭', 9: 'ping', 10: 'pong' },
    masked: '已加掩码，浏览器发出的帧都必须如此',
    unmasked: '未加掩码',
    length: '载荷长度',
    lengthMeans: (n) => `${n} 字节`,
    maskKey: '掩码密钥',
    keyMeans: '浏览器生成的 4 个随机字节，每帧不同',
    payload: '载荷',
    payloadMeans: '每个字节依次与密钥的一个字节异或：',
    unmaskTable: '去掩码：字节、密钥、结果、字符',
    serverFrame: (header, n, total) => `同样的 ${n} 字节由服务器发出时，`
        + `帧头只需 ${header}：FIN 与操作码，然后是长度；不加掩码。`
        + `共 ${total} 字节。`,
    serverMessage: (header, n, size) => `本次最后一条消息是 ${n} 字节的 JSON，`
        + `其中正文 ${size} 字节；它的帧以 ${header} 开头。`,

    counted: '统计口径',
    countedList: [
        '由服务器内核（TCP_INFO）按本次访问的每条连接、每个请求统计。'
            + '本页只统计消息数和延迟。',
        '建立连接的流量单独列出，不计入其他数据。运行中还要不断新建连接的方式'
            + '（有时包括 HTTP/1.1 上的长轮询），这部分流量算在它自己头上。',
        '计入的有 TCP 传输的字节（https 时包括 TLS），以及所有数据包的 IP 与 '
            + 'TCP 头部：确认包、建立和关闭连接的包、ping 也在内。'
            + '不含以太网或 Wi-Fi 的帧。',
        '发送消息的 POST 和本页查询数据的请求不计入任何一列。'
            + '在线状态和“正在输入”事件算流量，但不算消息。',
        '上面展示的 WebSocket 握手和帧来自本次访问的另一条连接，'
            + '它不计入任何一列。',
        'WebSocket 一列不请求压缩，以便区分正文、JSON 和头部；压缩的那一列除此之外'
            + '完全相同。消息由英文句子组成，同一条消息中没有重复的句子。',
        'POST 请求头的长度由上面的请求头推算：浏览器相同，地址不同，'
            + '再加上带正文的请求所需的几行。',
        '延迟是从发出 POST 之前到本页收到消息的时间，以浏览器的时钟为准。',
        '1 KB = 1,000 字节。',
    ],
    protocol: (name) => `本页使用 ${name}`,
    h1: 'HTTP/1.1：每次轮询都完整地发送头部，两次轮询之间连接保持打开。'
        + '挂起过的长轮询在响应后有时会关闭连接（TLS 下总是如此），'
        + '那时下一次要重新建立。',
    h2: 'HTTP/2：轮询、长轮询和事件流与本页的其他请求共用一条连接，'
        + '重复的头部只需几个字节（HPACK），所以轮询的开销比 HTTP/1.1 小。'
        + '每个流的帧都精确统计；共用的数据包中由 TLS 和 TCP/IP 增加的部分'
        + '按比例分摊。每个 WebSocket 使用自己的连接。',
    proxy: (hop) => `浏览器与中间的代理之间使用 ${hop}；`
        + '统计的是代理与服务器之间的流量。',
};
