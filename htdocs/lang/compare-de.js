/* German, of the comparison page. Loaded by compare/strings.js. */

const many = (n, one, more) => (n === 1 ? one : more);

export default {
    lang: 'de',
    dir: 'ltr',
    units: ['B', 'kB', 'MB', 'GB', 'TB', 'PB'],
    delays: ['ms', 's'],
    title: 'Was kostet eine Chatnachricht?',
    lead: 'Dieselben Nachrichten, zur selben Zeit, auf fünf Wegen. Der Kernel '
        + 'des Servers zählt jedes Byte.',
    start: 'Start',
    stop: 'Stopp',
    skip: 'Weiter',
    takeOver: 'Selbst ausprobieren',
    reset: 'Von vorn',
    guided: (n) => `Vorführung, ${n} s`,

    ways: { poll: 'Polling', longpoll: 'Long Polling',
        sse: 'Server-Sent Events', websocket: 'WebSocket',
        deflate: 'WebSocket, komprimiert' },
    short: { poll: 'Polling', longpoll: 'Long Polling', sse: 'SSE',
        websocket: 'WebSocket', deflate: 'WS + deflate' },
    how: {
        poll: (seconds) => many(seconds, 'fragt jede Sekunde',
            `fragt alle ${seconds} s`),
        longpoll: () => 'fragt und wartet auf die Antwort',
        sse: () => 'eine Antwort ohne Ende',
        websocket: () => 'eine offene Verbindung',
        deflate: () => 'dasselbe, mit permessage-deflate',
    },
    lost: 'nicht verbunden, neuer Versuch',
    times: (ratio) => `${ratio} × WebSocket`,
    received: (n) => many(n, '1 Nachricht', `${n} Nachrichten`),
    opened: (bytes) => `Aufbau, einmalig: ${bytes}`,
    openedRow: 'Verbindungsaufbau, einmalig',
    chart: (name, bytes, seconds) => `${name}: ${bytes} in ${seconds} s`,
    legendArea: 'Übertragene Bytes in beiden Richtungen, ein Maßstab für alle',
    legendEmpty: 'eine Antwort ohne Nachricht',
    legendFull: 'eine Nachricht kommt an',

    which: 'Worum es in den Zahlen geht',
    steps: { quiet: 'Stille', one: 'Eine Nachricht',
        busy: 'Eine pro Sekunde',
        free: 'Eigene Wahl', all: 'Alles' },
    left: (n) => `noch ${n} s`,

    measuring: 'Verbindungen werden aufgebaut…',
    said: (n, seconds) => (n === 0
        ? `Seit ${seconds}\u00a0s hat niemand etwas gesagt. `
        : `${many(n, 'Eine Nachricht', `${n} Nachrichten`)} in ${seconds}\u00a0s. `),
    cost: (poll, socket, verdict) => `*poll:Polling:* *poll:${poll}.* `
        + `*websocket:WebSocket:* *websocket:${socket}*${verdict}`,
    less: (ratio) => `, ${ratio}-mal weniger.`,
    same: ', etwa gleich viel.',
    more: (ratio) => `, ${ratio}-mal mehr.`,
    noRatio: '.',
    late: (poll, socket) => `Eine Nachricht war mit Polling ${poll} unterwegs, `
        + `mit WebSocket ${socket} (Median).`,

    pairTitle: 'Header: jedes Mal, oder fast nie',
    pairPolling: 'Polling',
    bytes: (n) => `${n} Byte`,
    pairQuestion: 'Header bei jeder Anfrage, auch wenn es nichts Neues gibt',
    pairPacked: (n) => 'Header bei jeder Anfrage, auch wenn es nichts Neues gibt; '
        + `mit HTTP/2 auf etwa ${n} komprimiert`,
    pairMessage: 'Header bei jeder Nachricht',
    pairSilence: 'solange niemand etwas sagt',
    pairPost: (n) => `Beim Senden: ${n} Byte vor jeder Nachricht (POST)`,
    pairSent: (n) => `Beim Senden: ${n} Byte vor jeder Nachricht (Frame)`,

    barsMessage: 'Was eine zugestellte Nachricht kostet, und woraus das besteht',
    barsSilence: (n) => `Was ${n} s Stille kosten, und woraus das besteht`,
    parts: { text: 'Text', json: 'JSON', head: 'HTTP- oder Frame-Header',
        record: 'TLS', packet: 'TCP/IP-Header' },
    barsNote: 'HTTP/2: Diese Wege teilen sich eine Verbindung. Ihre eigenen '
        + 'Bytes sind gezählt; was TLS und TCP/IP hinzufügen, ist anteilig '
        + 'aufgeteilt und damit eine Schätzung.',
    packedNever: 'Server und Browser haben keine Komprimierung vereinbart, '
        + 'deshalb übertragen beide WebSockets gleich viel.',
    packedNot: (size, least) => `Eine Nachricht ist hier ${size} Byte JSON, `
        + `und der Server komprimiert erst ab ${least} Byte: Beide `
        + 'WebSockets übertragen gleich viel. Den Unterschied zeigt ein '
        + 'längerer Text.',
    packed: (size, least) => `Eine Nachricht ist hier ${size} Byte JSON, also `
        + `mindestens ${least}: Für WS + deflate komprimiert sie der Server. `
        + 'Text und JSON werden zusammen komprimiert; gezeichnet sind sie in '
        + 'dem Verhältnis, das sie vorher hatten.',
    barsSend: 'Was es kostet, eine Nachricht zu senden',
    send: { post: 'POST', frame: 'Frame' },

    keep: 'Das Ergebnis',
    share: 'Link zum Ergebnis',
    picture: 'Als Bild speichern',
    save: 'Als CSV speichern',
    link: 'Link',
    linkCopied: 'Kopiert.',
    linkSelected: 'Markiert: mit Strg+C oder langem Drücken kopieren.',
    linked: (when, protocol) => 'Diese Zahlen stammen aus dem Link, nicht aus '
        + `diesem Besuch: gemessen am ${when} über ${protocol}.`,
    pictureHeads: (question, frame) => `${question} Byte Header bei jeder `
        + `Anfrage, ${frame} bei jeder WebSocket-Nachricht`,

    settings: 'Ausprobieren',
    interval: 'Polling fragt alle',
    seconds: (n) => `${n} s`,
    rate: 'Nachrichten',
    rates: { 0: 'keine', 1: '1 / min', 10: '10 / min', 60: '60 / min',
        180: 'viele' },
    size: 'Text einer Nachricht',
    extra: 'Cookies in jeder Anfrage',

    visitorsTitle: 'Und mit vielen Besuchern?',
    visitors: 'Gleichzeitige Besucher',
    visitorsCount: (text, n) => many(n, '1 Besucher', `${text} Besucher`),
    visitorsNote: (text, n, pace) => `${text} Besucher in einem Raum, 30 Tage `
        + `rund um die Uhr, so wie in dieser Messung: ${pace}. Hochgerechnet `
        + 'aus den gemessenen Bytes und Anfragen; die Verbindungen bleiben '
        + 'offen.',
    pace: (n, seconds, interval) => `${n === 0 ? 'keine Nachricht'
        : many(n, '1 Nachricht', `${n} Nachrichten`)} in ${seconds} s, `
        + many(interval, 'jede Sekunde eine Anfrage',
            `alle ${interval} s eine Anfrage`),
    month: { bytes: 'Datenmenge im Monat', requests: 'Anfragen im Monat',
        second: 'Anfragen pro Sekunde' },

    table: 'Die Zahlen dieser Messung',
    rows: {
        wire_sent: 'Bytes zum Browser',
        wire_received: 'Bytes vom Browser',
        packets_sent: 'Pakete zum Browser',
        packets_received: 'Pakete vom Browser',
        requests: 'Beantwortete Anfragen',
        empty: 'davon ohne Nachricht',
        messages: 'Zugestellte Nachrichten',
        each: 'Bytes pro Nachricht',
        share: 'davon der Text selbst',
        delay: 'Verzögerung, Median',
    },

    noMeter: 'Dieser Server kann nicht messen: _chatws/meter antwortet nicht. '
        + 'Hier wird nichts gezählt.',
    noPlace: 'Im Moment messen so viele Besucher, dass der Server keinen Platz '
        + 'mehr hat. Bitte in einer Minute noch einmal versuchen.',
    noSocket: 'Von hier kommt kein WebSocket durch, es gibt also nichts zu '
        + 'vergleichen. Es wird nichts gezählt.',
    noticeLink: 'Woran es liegt',
    hidden: 'Die Seite war im Hintergrund, deshalb wurde nichts mehr gesendet '
        + 'und gezählt. Die Zahlen enden dort.',

    handshake: 'Wie ein WebSocket entsteht: die echten Zeilen dieses Besuchs',
    handshakeText: 'Ein WebSocket beginnt als gewöhnliche HTTP-Anfrage. Der '
        + 'Server antwortet mit 101, danach überträgt die Verbindung nur noch '
        + 'Frames: Die Header unten werden ein einziges Mal gesendet. Beim '
        + 'Polling gehören sie zu jeder Anfrage.',
    once: (bytes) => `WebSocket: ${bytes} Byte, ein einziges Mal`,
    answerOnce: (bytes) => `Antwort des Servers: ${bytes} Byte, ein einziges Mal`,
    every: (bytes) => `Polling: ${bytes} Byte bei jeder Anfrage`,
    everyPacked: (bytes) => `Polling: ${bytes} Byte bei jeder Anfrage, von `
        + 'HTTP/2 komprimiert',
    everyNote: 'So kam die Anfrage dieser Seite nach den Zahlen beim Server an; '
        + 'ein Poll unterscheidet sich davon nur in der Adresse. Geheimes ist '
        + 'überdeckt.',
    accept: 'Der Server beweist, dass er verstanden hat: '
        + 'Sec-WebSocket-Accept ist der SHA-1-Wert des Schlüssels mit einem '
        + 'festen Text aus dem RFC, in Base64.',
    acceptTrue: 'Diese Seite hat es aus dem Schlüssel oben nachgerechnet: Es '
        + 'stimmt.',
    acceptFalse: 'Diese Seite hat es aus dem Schlüssel oben nachgerechnet: Es '
        + 'stimmt NICHT.',
    waitHandshake: 'Erscheint, sobald ein WebSocket offen ist.',

    frame: 'Ein Frame, Byte für Byte',
    frameText: (bytes, payload) => `Die Seite hat ${payload} Byte Text als `
        + `Frame von ${bytes} Byte gesendet. So kam er beim Server an:`,
    field: 'Feld',
    bits: 'Übertragen',
    meaning: 'Bedeutung',
    fin: (set) => (set ? 'der letzte Frame seiner Nachricht'
        : 'weitere Frames dieser Nachricht folgen'),
    rsv: 'keine Erweiterung in Gebrauch',
    opcodes: { 1: 'Text', 2: 'binär', 8: 'Schließen', 9: 'Ping', 10: 'Pong' },
    masked: 'maskiert, wie alles, was ein Browser sendet',
    unmasked: 'nicht maskiert',
    length: 'Länge der Nutzdaten',
    lengthMeans: (n) => `${n} Byte`,
    maskKey: 'Maskierungsschlüssel',
    keyMeans: 'vier zufällige Bytes vom Browser, für jeden Frame neue',
    payload: 'Nutzdaten',
    payloadMeans: 'jedes Byte XOR ein Byte des Schlüssels, der Reihe nach:',
    unmaskTable: 'Demaskieren: Byte, Schlüssel, Ergebnis, Zeichen',
    serverFrame: (header, n, total) => `Dieselben ${n} Byte brauchen vom `
        + `Server her nur den Header ${header}: FIN und Opcode, dann die `
        + `Länge; keine Maske. Zusammen ${total} Byte.`,
    serverMessage: (header, n, size) => `Die letzte Nachricht dieser Messung `
        + `war ${n} Byte JSON für ${size} Byte Text; ihr Frame begann mit `
        + `${header}.`,

    counted: 'Was gezählt wird, und von wem',
    countedList: [
        'Der Kernel des Servers zählt (TCP_INFO), für jede Verbindung und jede '
            + 'Anfrage dieses Besuchs. Die Seite selbst zählt nur Nachrichten '
            + 'und Verzögerungen.',
        'Was der Aufbau einer Verbindung kostet, steht für sich und in keiner '
            + 'anderen Zahl. Ein Weg, der unterwegs weitere Verbindungen '
            + 'aufbaut, wie bisweilen Long Polling über HTTP/1.1, trägt deren '
            + 'Kosten.',
        'Gezählt werden die Bytes, die TCP überträgt (bei https samt TLS), und '
            + 'die IP- und TCP-Header aller Pakete: auch der Bestätigungen, '
            + 'des Auf- und Abbaus von Verbindungen und der Pings. Nicht '
            + 'gezählt wird Ethernet oder WLAN darum herum.',
        'Die POSTs, die die Nachrichten senden, und die Anfragen der Seite '
            + 'nach den Zahlen gehören zu keiner Spalte. Wer da ist und wer '
            + 'gerade schreibt, ist Datenverkehr, aber keine Nachricht.',
        'Der Handshake und der Frame oben stammen von einer weiteren '
            + 'Verbindung dieses Besuchs, die in keiner Spalte steht.',
        'Der WebSocket verzichtet auf Komprimierung, damit sich Text, JSON und '
            + 'Header unterscheiden lassen; der komprimierte ist sonst '
            + 'derselbe. Die Nachrichten sind englische Sätze, von denen in '
            + 'einer Nachricht keiner zweimal vorkommt.',
        'Der Kopf eines POST ist aus dem Kopf oben berechnet: derselbe '
            + 'Browser, eine andere Adresse, und was ein Rumpf braucht.',
        'Eine Verzögerung reicht von kurz vor dem POST bis die Seite die '
            + 'Nachricht hat, nach der Uhr des Browsers.',
        '1 kB sind 1.000 Byte.',
    ],
    protocol: (name) => `Diese Seite benutzt ${name}`,
    h1: 'HTTP/1.1: Jeder Poll sendet seine Header vollständig, über eine '
        + 'Verbindung, die zwischen den Polls offen bleibt. Ein Long Poll, der '
        + 'gewartet hat, beendet manchmal seine Verbindung (über TLS immer); '
        + 'dann baut der nächste eine neue auf.',
    h2: 'HTTP/2: Polls, Long Polls und der Event-Stream teilen sich eine '
        + 'Verbindung mit allem anderen dieser Seite, und wiederholte Header '
        + 'werden zu wenigen Bytes (HPACK); deshalb kostet Polling weniger '
        + 'als über HTTP/1.1. Die Frames jedes Streams sind genau gezählt; '
        + 'was TLS und TCP/IP zu gemeinsamen Paketen hinzufügen, ist anteilig '
        + 'aufgeteilt. Jeder WebSocket hat eine eigene '
        + 'Verbindung.',
    proxy: (hop) => `Der Browser spricht ${hop} mit einem Proxy dazwischen; `
        + 'gezählt wird, was Proxy und Server austauschen.',
};
