/* English: what the check page says.  Loaded by check/strings.js. */

export default {
    lang: 'en',
    dir: 'ltr',
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
