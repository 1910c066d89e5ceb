/* What the page that tests the way to the chat says, one table for each
 * language.  Used by check.js. */

const en = {
    lang: 'en',
    title: 'Does the chat work from here?',
    lead: 'From this browser to the server and back, in every way that the '
        + 'chat can take.',
    again: 'Test again',
    copy: 'Copy the result',
    asText: 'The result as text',
    copied: 'Copied.',
    selected: 'Selected: copy it with your device’s copy command.',
    running: (name) => `Testing: ${name}…`,
    waiting: 'waiting',
    busy: 'testing…',
    works: (ms) => (ms === undefined ? 'works' : `works (${ms} ms)`),
    fails: 'does not work',

    steps: {
        server: 'The server answers',
        posting: 'Posting a message',
        websocket: 'WebSocket',
        stream: 'Event stream (SSE)',
        longpoll: 'Long-poll',
        facts: 'What else is known',
    },
    ways: { websocket: 'WebSocket', stream: 'an event stream',
        longpoll: 'long-polls', server: 'polls' },

    verdicts: {
        works: () => 'Everything works: the chat uses WebSocket, and has '
            + 'three other ways in reserve.',
        spare: (broken) => 'The chat works over WebSocket. Of the ways in '
            + `reserve this one does not work: ${broken}.`,
        instead: (way, cause) => `The chat works over ${way}, but not over `
            + `WebSocket. ${cause}`,
        readable: (cause) => 'Messages can be read here, but not written. '
            + cause,
        broken: (cause) => `The chat does not work from here. ${cause}`,
        cookie: (cause) => `Messages come and go. ${cause}`,
    },

    causes: {
        offline: 'This device is offline.',
        cut: 'The connection was cut before anything was answered: by an '
            + 'antivirus or extension on this device, by a firewall, or by a '
            + 'proxy that lost the server. Try another network; if it is the '
            + 'same there, the proxy’s error log says more.',
        silent: 'No answer came in time: something between here and the '
            + 'server swallows the request, or the server is overloaded. See '
            + 'the proxy’s and the server’s error logs.',
        login: 'Something asks for a login that this page does not have: the '
            + 'server’s own Require for this address, or a proxy in front. '
            + 'Log in to the site first.',
        redirect: 'The answer is a redirect, probably to a login page or to '
            + 'another address of the site. Log in first, or open this page '
            + 'at the site’s main address.',
        wall: 'Access was refused, but not by the chat: by a firewall for '
            + 'websites (mod_security, a CDN), or by the server’s Require or '
            + 'Deny for this address.',
        forbidden: 'The chat itself refuses: guests may not enter here '
            + '(ChatGuests), or this site is foreign to it (ChatOrigin).',
        host: 'The proxy changes Host, so every page looks like that of '
            + 'another site. Let it pass Host on (ProxyPreserveHost On), or '
            + 'name the site in ChatOrigin: docs/OPERATIONS.md, “Behind a '
            + 'proxy”.',
        missing: 'Something else answers at this address (404): a front '
            + 'controller of the site, or a proxy that passes on only a part '
            + 'of the chat’s URLs. See docs/SITE.md, “.htaccess, rewriting '
            + 'and other modules”, and docs/OPERATIONS.md, “Behind a '
            + 'proxy”.',
        foreign: 'What answers is not the chat: a login or error page, a '
            + 'captive portal of this network, or the site itself. See '
            + 'docs/OPERATIONS.md, “Behind a proxy”.',
        method: 'Something in front of the chat does not let this kind of '
            + 'request through (405). See docs/OPERATIONS.md, “Behind a '
            + 'proxy”.',
        size: 'Something in front of the chat, or the chat, refuses even a '
            + 'short message as too long (413): look at the proxy’s limit '
            + 'for bodies, ChatMaxMessage and ChatMaxPayload.',
        rate: 'Too many requests (429): wait a minute and test again. If it '
            + 'stays, a limit in front of the server, ChatRate or one for the '
            + 'address (ChatAddressRate) is very low.',
        full: 'The chat has no place left, for a room or a connection: see '
            + 'docs/OPERATIONS.md, “Limits”.',
        gateway: 'A proxy answers, but cannot reach the server behind it: it '
            + 'is down, or the proxy’s target is wrong. See the proxy’s error '
            + 'log and docs/OPERATIONS.md, “Behind a proxy”.',
        status: 'The answer is an error. The server’s error log says more.',
        readOnly: 'Guests only read here (ChatGuests readonly): log in to '
            + 'the site to write.',
        elsewhere: 'The message was accepted but is not in the room: two '
            + 'servers answer at this address, and each has rooms of its '
            + 'own. Let the proxy send the chat’s URLs to one of them.',

        blocked: 'The browser itself does not allow the connection: an '
            + 'extension, a content security policy, or a page that is only '
            + 'partly https.',
        stripped: 'A proxy passes the request on without its Upgrade header: '
            + 'it arrived at the server as an ordinary one. The proxy needs '
            + 'upgrade=websocket or its like: docs/OPERATIONS.md, “Behind a '
            + 'proxy”.',
        refused: 'The handshake was refused or cut on its way: by a proxy '
            + 'without the Upgrade (docs/OPERATIONS.md, “Behind a proxy”), by '
            + 'a firewall or antivirus, or by the server, whose error log '
            + 'then has a line with a CW number.',
        hung: 'The handshake gets no answer: a firewall or proxy swallows it. '
            + 'If it is so in every network, see docs/OPERATIONS.md, “Behind '
            + 'a proxy”.',
        swallowed: 'The server said yes, but nothing of what it sends '
            + 'arrives: an antivirus, a firewall or a proxy between holds '
            + 'WebSocket traffic back. The chat does without; in a network '
            + 'of your own see docs/OPERATIONS.md, “Behind a proxy”.',
        closed: 'The connection opened and was closed at once: by a proxy '
            + 'or firewall that looks into it, or by the server, whose error '
            + 'log then says why.',
        oneWay: 'The server’s events arrive, but no answer to what this '
            + 'browser sends: an antivirus, a firewall or a proxy holds one '
            + 'direction back.',

        buffered: 'The stream’s first event does not arrive: a proxy or '
            + 'antivirus collects the answer before it passes it on. Switch '
            + 'its buffering off for the chat: docs/OPERATIONS.md, “Behind a '
            + 'proxy”.',
        late: 'The stream begins, but a new message does not arrive within a '
            + 'second: something between collects events before it passes '
            + 'them on (buffering or compression). Switch that off for the '
            + 'chat: docs/OPERATIONS.md, “Behind a proxy”.',
        ended: 'The stream was ended early: by a proxy with a short time '
            + 'limit, or by the server, which over HTTP/2 has a place for '
            + 'some streams only (docs/OPERATIONS.md, “Behind a proxy”).',

        early: 'The answer came at once instead of being held: the server '
            + 'has no place for another one (over HTTP/2 a quarter of the '
            + 'threads), it restarts, or ChatPollWait is very short. The chat '
            + 'polls instead.',
        held: 'A message does not end the wait within a second: something '
            + 'between holds the answer back. Switch buffering off for the '
            + 'chat: docs/OPERATIONS.md, “Behind a proxy”.',

        cookie: 'The cookie “chatws” does not come back, so that each request '
            + 'is another guest: this browser blocks cookies, or a proxy '
            + 'removes them. Allow cookies for this site.',
    },

    facts: {
        browser: 'Browser speaks',
        server: 'Server is asked in',
        via: 'Signs of a proxy',
        host: 'Host that arrives',
        page: 'This page',
        socket: 'WebSocket URL',
        trip: 'Round trip',
        cookie: 'Cookie “chatws”',
        skew: 'Browser’s clock',
    },
    unknown: 'not known',
    noMeter: 'not known: the meter does not answer',
    noVia: 'none',
    kept: 'kept',
    lost: 'does not come back',
    signedIn: (name) => `not needed: signed in as ${name}`,
    milliseconds: (ms) => `${ms} ms`,
    skew: (seconds) => (seconds === 0 ? 'agrees with the server’s'
        : `${Math.abs(seconds)} s ${seconds < 0 ? 'ahead of' : 'behind'} the `
            + 'server’s'),
};

const zh = {
    lang: 'zh',
    title: '从这里能使用聊天吗？',
    lead: '从本浏览器到服务器再返回，逐一检测聊天可用的每种方式。',
    again: '重新检测',
    copy: '复制结果',
    asText: '文本形式的结果',
    copied: '已复制。',
    selected: '已选中，请用设备的复制命令复制。',
    running: (name) => `正在检测：${name}…`,
    waiting: '等待中',
    busy: '检测中…',
    works: (ms) => (ms === undefined ? '正常' : `正常（${ms} 毫秒）`),
    fails: '不可用',

    steps: {
        server: '服务器应答',
        posting: '发送消息',
        websocket: 'WebSocket',
        stream: '事件流（SSE）',
        longpoll: '长轮询',
        facts: '其他信息',
    },
    ways: { websocket: 'WebSocket', stream: '事件流', longpoll: '长轮询',
        server: '轮询' },

    verdicts: {
        works: () => '一切正常：聊天使用 WebSocket，另有三种备用方式。',
        spare: (broken) => '聊天可以通过 WebSocket 使用。备用方式中不可用的是：'
            + `${broken}。`,
        instead: (way, cause) => `聊天可以通过${way}使用，但不能使用 WebSocket。`
            + cause,
        readable: (cause) => `这里可以阅读消息，但不能发送。${cause}`,
        broken: (cause) => `从这里无法使用聊天。${cause}`,
        cookie: (cause) => `消息可以收发。${cause}`,
    },

    causes: {
        offline: '本设备处于离线状态。',
        cut: '连接在得到应答之前被切断：可能是本设备上的杀毒软件或扩展程序、防火墙，'
            + '或与服务器失去联系的代理。请换一个网络再试；如果仍然如此，请查看代理的错误日志。',
        silent: '没有及时得到应答：途中有设备吞掉了请求，或者服务器过载。'
            + '请查看代理和服务器的错误日志。',
        login: '有登录要求而本页没有登录：可能是服务器对该地址的 Require，或前面的代理。'
            + '请先登录网站。',
        redirect: '应答是重定向，可能转到登录页或网站的另一个地址。'
            + '请先登录，或用网站的主地址打开本页。',
        wall: '访问被拒绝，但不是聊天拒绝的：可能是网站防火墙（mod_security、CDN），'
            + '或服务器对该地址的 Require 或 Deny。',
        forbidden: '聊天本身拒绝了请求：这里不允许访客进入（ChatGuests），'
            + '或者它把本站视为外部网站（ChatOrigin）。',
        host: '代理改变了 Host，因此每个页面看起来都像来自其他网站。'
            + '请让代理原样传递 Host（ProxyPreserveHost On），或在 ChatOrigin 中写明本站：'
            + '见 docs/OPERATIONS.md 的 “Behind a proxy” 一节。',
        missing: '在该地址应答的是别的程序（404）：网站的前端控制器，'
            + '或只转发部分聊天地址的代理。见 docs/OPERATIONS.md 的 '
            + '“.htaccess, rewriting and other modules” 和 “Behind a proxy”。',
        foreign: '应答的不是聊天：可能是登录页、错误页、本网络的认证页面，或网站本身。'
            + '见 docs/OPERATIONS.md 的 “Behind a proxy” 一节。',
        method: '聊天前面有设备不允许这类请求（405）。'
            + '见 docs/OPERATIONS.md 的 “Behind a proxy” 一节。',
        size: '聊天前面的设备或聊天本身连短消息也以过长为由拒绝（413）：'
            + '请检查代理的请求体限制、ChatMaxMessage 和 ChatMaxPayload。',
        rate: '请求过多（429）：请等一分钟再检测。如果仍然如此，'
            + '说明服务器前面的限制或 ChatRate 设得很低。',
        full: '聊天没有空位容纳更多的房间或连接：见 docs/OPERATIONS.md 的 “Limits” 一节。',
        gateway: '代理有应答，但无法连接后面的服务器：服务器停止运行，或代理的目标有误。'
            + '请查看代理的错误日志和 docs/OPERATIONS.md 的 “Behind a proxy” 一节。',
        status: '应答是一个错误。服务器的错误日志有更多说明。',
        readOnly: '访客在这里只能阅读（ChatGuests readonly）：请登录网站后再发言。',
        elsewhere: '消息已被接受，却不在房间里：有两台服务器在该地址应答，各有各的房间。'
            + '请让代理把聊天的地址都转给同一台。',

        blocked: '浏览器本身不允许该连接：可能是扩展程序、内容安全策略，'
            + '或页面只有部分使用 https。',
        stripped: '代理转发请求时去掉了 Upgrade 头：它作为普通请求到达了服务器。'
            + '代理需要 upgrade=websocket 或类似设置：'
            + '见 docs/OPERATIONS.md 的 “Behind a proxy” 一节。',
        refused: '握手在途中被拒绝或切断：可能是不传递 Upgrade 的代理'
            + '（docs/OPERATIONS.md 的 “Behind a proxy” 一节）、防火墙或杀毒软件，'
            + '或服务器本身，这时其错误日志中有一行带 CW 编号。',
        hung: '握手没有应答：防火墙或代理吞掉了它。如果在任何网络中都如此，'
            + '见 docs/OPERATIONS.md 的 “Behind a proxy” 一节。',
        swallowed: '服务器已同意，但它发送的内容没有到达：'
            + '途中的杀毒软件、防火墙或代理扣住了 WebSocket 的数据。聊天会改用其他方式；'
            + '如果是自己的网络，见 docs/OPERATIONS.md 的 “Behind a proxy” 一节。',
        closed: '连接打开后立即被关闭：可能是检查内容的代理或防火墙，'
            + '或服务器本身，其错误日志说明了原因。',
        oneWay: '服务器的事件能到达，但本浏览器发送的内容没有回应：'
            + '杀毒软件、防火墙或代理扣住了一个方向。',

        buffered: '事件流的第一个事件没有到达：代理或杀毒软件先收集应答再转发。'
            + '请为聊天关闭缓冲：见 docs/OPERATIONS.md 的 “Behind a proxy” 一节。',
        late: '事件流已开始，但新消息没有在一秒内到达：途中有设备先收集事件再转发'
            + '（缓冲或压缩）。请为聊天关闭它：'
            + '见 docs/OPERATIONS.md 的 “Behind a proxy” 一节。',
        ended: '事件流被提前结束：代理的时限太短，或服务器在 HTTP/2 上只容纳一部分事件流'
            + '（docs/OPERATIONS.md 的 “Behind a proxy” 一节）。',

        early: '应答立即返回而没有等待：服务器没有空位（HTTP/2 上为四分之一的线程）、'
            + '正在重启，或 ChatPollWait 很短。聊天会改用轮询。',
        held: '新消息没有在一秒内结束等待：途中有设备扣住了应答。'
            + '请为聊天关闭缓冲：见 docs/OPERATIONS.md 的 “Behind a proxy” 一节。',

        cookie: 'Cookie “chatws” 没有返回，因此每个请求都像另一位访客：'
            + '浏览器阻止了 Cookie，或代理将其删除。请允许本站使用 Cookie。',
    },

    facts: {
        browser: '浏览器使用',
        server: '服务器收到',
        via: '代理的迹象',
        host: '到达的 Host',
        page: '本页',
        socket: 'WebSocket 地址',
        trip: '往返时间',
        cookie: 'Cookie “chatws”',
        skew: '浏览器的时钟',
    },
    unknown: '未知',
    noMeter: '未知：计量接口没有应答',
    noVia: '无',
    kept: '已保留',
    lost: '没有返回',
    signedIn: (name) => `不需要：已登录为 ${name}`,
    milliseconds: (ms) => `${ms} 毫秒`,
    skew: (seconds) => (seconds === 0 ? '与服务器一致'
        : `比服务器${seconds < 0 ? '快' : '慢'} ${Math.abs(seconds)} 秒`),
};

const tables = { en, zh };

/* The table of the first of the reader's languages that we have. */
export function chooseTable(languages) {
    const found = languages.map((language) => language.toLowerCase()
        .split('-')[0]).find((language) => language in tables);

    return tables[found ?? 'en'];
}
