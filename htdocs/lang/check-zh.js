/* Chinese (simplified): what the check page says.  Loaded by
 * check/strings.js. */

const see = (section) => `见 docs/OPERATIONS.md 的 “${section}” 一节。`;
const PROXY = see('Behind a proxy');

export default {
    lang: 'zh-CN',
    dir: 'ltr',
    title: '聊天连接检测',
    lead: '逐一检测当前浏览器与服务器之间每种可用的连接方式。',
    again: '重新检测',
    copy: '复制结果',
    asText: '文本形式的结果',
    copied: '已复制。',
    selected: '已选中，请手动复制（Ctrl+C 或长按）。',
    running: (name) => `正在检测：${name}…`,
    waiting: '等待中',
    busy: '检测中…',
    works: (ms) => (ms === undefined ? '正常' : `正常（${ms} 毫秒）`),
    fails: '不可用',

    steps: {
        server: '服务器响应',
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
        spare: (broken) => '聊天可通过 WebSocket 正常使用，以下备用方式不可用：'
            + `${broken}。`,
        instead: (way, cause) => `聊天可通过${way}使用，但无法使用 WebSocket。`
            + cause,
        readable: (cause) => `当前网络可以接收消息，但不能发送。${cause}`,
        broken: (cause) => `当前网络无法使用聊天。${cause}`,
        cookie: (cause) => `消息可以正常收发。${cause}`,
    },

    causes: {
        offline: '本设备处于离线状态。',
        cut: '尚未收到响应，连接就被切断：可能是本设备上的杀毒软件或扩展程序、防火墙，'
            + '或与服务器失去联系的代理。请换一个网络再试；如果仍然如此，请查看代理的错误日志。',
        silent: '未能及时收到响应：中间设备丢弃了请求，或服务器过载。'
            + '请查看代理和服务器的错误日志。',
        login: '需要登录，而本页尚未登录：要求登录的可能是服务器对该地址的 Require，'
            + '也可能是前置代理。请先登录网站。',
        redirect: '响应是重定向，可能指向登录页或网站的另一个地址。'
            + '请先登录，或使用网站的主地址打开本页。',
        wall: '访问被拒绝，但不是被聊天拒绝：可能是网站防火墙（mod_security、CDN），'
            + '或服务器对该地址的 Require 或 Deny。',
        forbidden: '聊天拒绝了请求：不允许访客进入（ChatGuests），'
            + '或将本站视为外部网站（ChatOrigin）。',
        host: '代理修改了 Host，因此所有页面看起来都来自其他网站。'
            + '请让代理原样传递 Host（ProxyPreserveHost On），或在 ChatOrigin 中列出本站：'
            + PROXY,
        missing: '该地址由其他程序响应（404）：可能是网站的前端控制器，'
            + '或只转发部分聊天地址的代理。见 docs/SITE.md 的 '
            + '“.htaccess, rewriting and other modules” 一节，以及 '
            + 'docs/OPERATIONS.md 的 “Behind a proxy” 一节。',
        foreign: '返回的不是聊天的响应：可能是登录页、错误页、当前网络的认证页面，'
            + `或网站本身。${PROXY}`,
        method: `聊天的前置设备不允许此类请求（405）。${PROXY}`,
        size: '前置设备或聊天本身把短消息也当作过长而拒绝（413）：'
            + '请检查代理对请求体大小的限制、ChatMaxMessage 和 ChatMaxPayload。',
        rate: '请求过多（429）：请等一分钟后重新检测。如果仍然如此，'
            + '说明前置设备的限制、ChatRate 或针对地址的限制（ChatAddressRate）设得过低。',
        full: `聊天室或连接的数量已达上限：${see('Limits')}`,
        gateway: '代理有响应，但无法连接后端服务器：服务器未运行，或代理的目标地址有误。'
            + `请查看代理的错误日志；${PROXY}`,
        status: '服务器返回了错误，详情见其错误日志。',
        readOnly: '访客在这里只能阅读（ChatGuests readonly）：请登录网站后发言。',
        elsewhere: '消息已被接收，却不在聊天室中：该地址由两台服务器响应，聊天室互不相通。'
            + '请让代理把聊天的请求都转发到同一台服务器。',

        blocked: '浏览器不允许建立连接：可能是扩展程序、内容安全策略，'
            + '或页面只有部分内容使用 https。',
        stripped: '代理转发请求时去掉了 Upgrade 请求头，到达服务器的是普通请求。'
            + `代理需要设置 upgrade=websocket 或类似选项：${PROXY}`,
        refused: '握手在途中被拒绝或切断：可能是不传递 Upgrade 的代理'
            + '（docs/OPERATIONS.md 的 “Behind a proxy” 一节）、防火墙或杀毒软件，'
            + '也可能是服务器；如果是服务器，其错误日志中有一行带 CW 编号。',
        hung: '握手没有得到响应：被防火墙或代理丢弃。如果在任何网络中都如此，'
            + PROXY,
        swallowed: '服务器已同意建立连接，但其发送的数据没有到达：'
            + '被途中的杀毒软件、防火墙或代理拦截或缓存。聊天会改用其他方式；'
            + `如果是自己的网络，${PROXY}`,
        closed: '连接建立后立即被关闭：可能是检查流量的代理或防火墙，'
            + '也可能是服务器；如果是服务器，其错误日志会说明原因。',
        oneWay: '能收到服务器的事件，但本浏览器发送的内容没有得到回应：'
            + '杀毒软件、防火墙或代理拦截了一个方向的数据。',

        buffered: '没有收到事件流的第一个事件：代理或杀毒软件先缓存响应再转发。'
            + `请为聊天关闭缓冲：${PROXY}`,
        late: '事件流已开始，但新消息没有在一秒内到达：中间设备先缓存事件再转发'
            + `（缓冲或压缩）。请为聊天将其关闭：${PROXY}`,
        ended: '事件流被提前结束：可能是代理的超时时间过短，'
            + '或服务器在 HTTP/2 上只能容纳部分事件流'
            + '（docs/OPERATIONS.md 的 “Behind a proxy” 一节）。',

        early: '响应立即返回，没有被挂起：服务器已达上限（HTTP/2 上为线程数的四分之一）、'
            + '正在重启，或 ChatPollWait 过短。聊天会改用轮询。',
        held: '新消息没有在一秒内结束等待：中间设备缓存了响应。'
            + `请为聊天关闭缓冲：${PROXY}`,

        cookie: 'Cookie “chatws” 未随请求带回，因此每个请求都被当作另一位访客：'
            + '浏览器阻止了 Cookie，或代理将其删除。请允许本站使用 Cookie。',
    },

    facts: {
        browser: '浏览器端协议',
        server: '服务器端协议',
        via: '检测到的代理',
        host: '服务器收到的 Host',
        page: '本页协议',
        socket: 'WebSocket 地址',
        trip: '往返时间',
        cookie: 'Cookie “chatws”',
        skew: '浏览器时钟',
    },
    unknown: '未知',
    noMeter: '未知：计量接口没有响应',
    noVia: '无',
    kept: '正常',
    lost: '未随请求带回',
    signedIn: (name) => `不需要：已登录为 ${name}`,
    milliseconds: (ms) => `${ms} 毫秒`,
    skew: (seconds) => (seconds === 0 ? '与服务器一致'
        : `比服务器${seconds < 0 ? '快' : '慢'} ${Math.abs(seconds)} 秒`),
};
