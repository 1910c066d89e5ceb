/* Spanish, of the comparison page. Loaded by compare/strings.js. */

const many = (n, one, more) => (n === 1 ? one : more);

export default {
    lang: 'es',
    dir: 'ltr',
    units: ['B', 'kB', 'MB', 'GB', 'TB', 'PB'],
    delays: ['ms', 's'],
    title: '¿Cuánto cuesta un mensaje de chat?',
    lead: 'Los mismos mensajes, al mismo tiempo, por cinco vías. El núcleo '
        + 'del servidor cuenta cada byte.',
    start: 'Iniciar',
    stop: 'Detener',
    skip: 'Siguiente paso',
    takeOver: 'Probar por mi cuenta',
    reset: 'Empezar de cero',
    guided: (n) => `Demostración, ${n} s`,

    ways: { poll: 'Polling', longpoll: 'Long polling',
        sse: 'Server-Sent Events', websocket: 'WebSocket',
        deflate: 'WebSocket, comprimido' },
    short: { poll: 'Polling', longpoll: 'Long polling', sse: 'SSE',
        websocket: 'WebSocket', deflate: 'WS + deflate' },
    how: {
        poll: (seconds) => many(seconds, 'pregunta cada segundo',
            `pregunta cada ${seconds} s`),
        longpoll: () => 'pregunta y espera la respuesta',
        sse: () => 'una respuesta sin fin',
        websocket: () => 'una conexión abierta',
        deflate: () => 'lo mismo, con permessage-deflate',
    },
    lost: 'sin conexión, reintentando',
    times: (ratio) => `${ratio} veces WebSocket`,
    received: (n) => many(n, '1 mensaje', `${n} mensajes`),
    opened: (bytes) => `conexión, una sola vez: ${bytes}`,
    openedRow: 'Conexión, una sola vez',
    chart: (name, bytes, seconds) => `${name}: ${bytes} en ${seconds} s`,
    legendArea: 'Bytes transmitidos en ambos sentidos, misma escala para todos',
    legendEmpty: 'una respuesta sin mensaje',
    legendFull: 'llega un mensaje',

    which: 'A qué se refieren las cifras',
    steps: { quiet: 'Silencio', one: 'Un mensaje',
        busy: 'Uno por segundo',
        free: 'Tu elección', all: 'Todo' },
    left: (n) => `quedan ${n} s`,

    measuring: 'Abriendo las conexiones…',
    said: (n, seconds) => (n === 0
        ? `Nadie ha dicho nada en ${seconds}\u00a0s. `
        : `${many(n, 'Un mensaje', `${n} mensajes`)} en ${seconds}\u00a0s. `),
    cost: (poll, socket, verdict) => `*poll:Polling:* *poll:${poll}.* `
        + `*websocket:WebSocket:* *websocket:${socket}*${verdict}`,
    less: (ratio) => `, ${ratio} veces menos.`,
    same: ', más o menos lo mismo.',
    more: (ratio) => `, ${ratio} veces más.`,
    noRatio: '.',
    late: (poll, socket) => `Un mensaje tardó en llegar ${poll} con polling y `
        + `${socket} con WebSocket (mediana).`,

    pairTitle: 'Cabeceras: siempre, o casi nunca',
    pairPolling: 'Polling',
    bytes: (n) => `${n} bytes`,
    pairQuestion: 'de cabeceras en cada petición, haya novedades o no',
    pairPacked: (n) => 'de cabeceras en cada petición, haya novedades o no; '
        + `HTTP/2 las comprime a unos ${n}`,
    pairMessage: 'de cabecera en cada mensaje',
    pairSilence: 'mientras nadie dice nada',
    pairPost: (n) => `Para enviar: ${n} bytes delante de cada mensaje (POST)`,
    pairSent: (n) => `Para enviar: ${n} bytes delante de cada mensaje (trama)`,

    barsMessage: 'Lo que cuesta un mensaje entregado y de qué se compone',
    barsSilence: (n) => `Lo que cuestan ${n} s de silencio y de qué se compone`,
    parts: { text: 'Texto', json: 'JSON', head: 'Cabeceras HTTP o de trama',
        record: 'TLS', packet: 'Cabeceras TCP/IP' },
    barsNote: 'HTTP/2: estas vías comparten una conexión. Sus propios bytes '
        + 'están contados; lo que añaden TLS y TCP/IP se reparte en '
        + 'proporción, así que esa parte es una estimación.',
    packedNever: 'El servidor y el navegador no han acordado compresión, así '
        + 'que los dos WebSockets transmiten lo mismo.',
    packedNot: (size, least) => `Aquí un mensaje son ${size} bytes de JSON y `
        + `el servidor comprime a partir de ${least} bytes: los dos `
        + 'WebSockets transmiten lo mismo. Elige un texto más largo para ver '
        + 'la diferencia.',
    packed: (size, least) => `Aquí un mensaje son ${size} bytes de JSON, al `
        + `menos ${least}: el servidor lo comprime para WS + deflate. Texto `
        + 'y JSON se comprimen juntos; se dibujan en la proporción que '
        + 'tenían antes.',
    barsSend: 'Lo que cuesta enviar un mensaje',
    send: { post: 'POST', frame: 'Trama' },

    keep: 'El resultado',
    share: 'Enlace a este resultado',
    picture: 'Guardar imagen',
    save: 'Guardar CSV',
    link: 'Enlace',
    linkCopied: 'Copiado.',
    linkSelected: 'Seleccionado: cópialo con Ctrl+C o con una pulsación larga.',
    linked: (when, protocol) => 'Estas cifras vienen del enlace, no de esta '
        + `visita: se midieron el ${when} con ${protocol}.`,
    pictureHeads: (question, frame) => `${question} bytes de cabeceras en cada `
        + `petición, ${frame} en cada mensaje de WebSocket`,

    settings: 'Pruébalo',
    interval: 'El polling pregunta cada',
    seconds: (n) => `${n} s`,
    rate: 'Mensajes',
    rates: { 0: 'ninguno', 1: '1 / min', 10: '10 / min', 60: '60 / min',
        180: 'muchos' },
    size: 'Texto de un mensaje',
    extra: 'Cookies en cada petición',

    visitorsTitle: '¿Y con muchos visitantes?',
    visitors: 'Visitantes a la vez',
    visitorsCount: (text, n) => many(n, '1 visitante', `${text} visitantes`),
    visitorsNote: (text, n, pace) => many(n, '1 visitante',
        `${text} visitantes`) + ' en una sala, día y noche durante 30 días, '
        + `al ritmo de esta medición: ${pace}. Calculado a partir de los bytes `
        + 'y las peticiones medidos; las conexiones siguen abiertas.',
    pace: (n, seconds, interval) => `${n === 0 ? 'ningún mensaje'
        : many(n, '1 mensaje', `${n} mensajes`)} en ${seconds} s, `
        + many(interval, 'una petición cada segundo',
            `una petición cada ${interval} s`),
    month: { bytes: 'Tráfico al mes', requests: 'Peticiones al mes',
        second: 'Peticiones por segundo' },

    table: 'Las cifras de esta medición',
    rows: {
        wire_sent: 'Bytes hacia el navegador',
        wire_received: 'Bytes desde el navegador',
        packets_sent: 'Paquetes hacia el navegador',
        packets_received: 'Paquetes desde el navegador',
        requests: 'Peticiones respondidas',
        empty: 'de ellas, sin mensaje',
        messages: 'Mensajes entregados',
        each: 'Bytes por mensaje',
        share: 'de ellos, el texto en sí',
        delay: 'Retardo, mediana',
    },

    noMeter: 'Este servidor no puede medir: _chatws/meter no responde. Aquí no '
        + 'se cuenta nada.',
    noPlace: 'Hay tantos visitantes midiendo que al servidor no le queda sitio. '
        + 'Vuelve a intentarlo dentro de un minuto.',
    noSocket: 'Desde aquí no pasa ningún WebSocket, así que no hay nada que '
        + 'comparar. No se cuenta nada.',
    noticeLink: 'Averiguar la causa',
    hidden: 'La página estaba en segundo plano, así que dejó de enviar y de '
        + 'contar. Las cifras acaban ahí.',

    handshake: 'Cómo se abre un WebSocket: las líneas reales de esta visita',
    handshakeText: 'Un WebSocket empieza como una petición HTTP corriente. El '
        + 'servidor responde 101 y, desde entonces, la conexión solo lleva '
        + 'tramas: las cabeceras de abajo se envían una sola vez. Con polling '
        + 'van en cada petición.',
    once: (bytes) => `WebSocket: ${bytes} bytes, una sola vez`,
    answerOnce: (bytes) => `Respuesta del servidor: ${bytes} bytes, una sola vez`,
    every: (bytes) => `Polling: ${bytes} bytes en cada petición`,
    everyPacked: (bytes) => `Polling: ${bytes} bytes en cada petición, que `
        + 'HTTP/2 comprime',
    everyNote: 'Es la cabecera de la petición con la que esta página pide las '
        + 'cifras, tal como llegó al servidor; la de un poll solo se distingue '
        + 'en la dirección. Lo secreto está oculto.',
    accept: 'El servidor demuestra que ha entendido: Sec-WebSocket-Accept es el '
        + 'SHA-1 de la clave seguida de un texto fijo del RFC, en base64.',
    acceptTrue: 'Esta página lo ha vuelto a calcular con la clave de arriba: '
        + 'coincide.',
    acceptFalse: 'Esta página lo ha vuelto a calcular con la clave de arriba: '
        + 'NO coincide.',
    waitHandshake: 'Aparece en cuanto se abre un WebSocket.',

    frame: 'Una trama, byte a byte',
    frameText: (bytes, payload) => `La página ha enviado ${payload} bytes de `
        + `texto en una trama de ${bytes} bytes. Así llegó al servidor:`,
    field: 'Campo',
    bits: 'Transmitido',
    meaning: 'Significado',
    fin: (set) => (set ? 'la última trama de su mensaje'
        : 'siguen más tramas de este mensaje'),
    rsv: 'sin extensiones',
    opcodes: { 1: 'texto', 2: 'binario', 8: 'cierre', 9: 'ping', 10: 'pong' },
    masked: 'enmascarada, como todo lo que envía un navegador',
    unmasked: 'sin máscara',
    length: 'Longitud de los datos',
    lengthMeans: (n) => `${n} bytes`,
    maskKey: 'Clave de máscara',
    keyMeans: 'cuatro bytes al azar del navegador, nuevos en cada trama',
    payload: 'Datos',
    payloadMeans: 'cada byte XOR un byte de la clave, por turno:',
    unmaskTable: 'Desenmascarar: byte, clave, resultado, carácter',
    serverFrame: (header, n, total) => `Para los mismos ${n} bytes, al servidor `
        + `le basta la cabecera ${header}: FIN y opcode, luego la longitud; sin `
        + `máscara. ${total} bytes en total.`,
    serverMessage: (header, n, size) => 'El último mensaje de esta medición '
        + `ocupó ${n} bytes de JSON para ${size} bytes de texto; su trama `
        + `empezaba por ${header}.`,

    counted: 'Qué se cuenta y quién lo cuenta',
    countedList: [
        'Cuenta el núcleo del servidor (TCP_INFO), por cada conexión y cada '
            + 'petición de esta visita. La página solo cuenta mensajes y '
            + 'retardos.',
        'Lo que cuesta abrir una conexión va aparte y no entra en ninguna otra '
            + 'cifra. Una vía que abre más conexiones sobre la marcha, como a '
            + 'veces el long polling con HTTP/1.1, carga con ese coste.',
        'Se cuentan los bytes que lleva TCP (con https, TLS incluido) y las '
            + 'cabeceras IP y TCP de todos los paquetes: también las de '
            + 'confirmaciones, apertura y cierre de conexiones y pings. No se '
            + 'cuentan Ethernet ni Wi-Fi.',
        'Los POST que envían los mensajes y las peticiones con las que la '
            + 'página pide las cifras no están en ninguna columna. La '
            + 'presencia y los avisos de escritura son tráfico, pero no '
            + 'mensajes.',
        'El handshake y la trama de arriba son de otra conexión de esta '
            + 'visita, que no está en ninguna columna.',
        'El WebSocket no pide compresión, para poder distinguir texto, JSON y '
            + 'cabeceras; el comprimido es igual en todo lo demás. Los '
            + 'mensajes son frases en inglés, ninguna de ellas repetida en un mismo '
            + 'mensaje.',
        'La cabecera de un POST se calcula a partir de la que se ve arriba: el '
            + 'mismo navegador, otra dirección y lo que necesita un cuerpo.',
        'Un retardo va desde justo antes del POST hasta que la página tiene el '
            + 'mensaje, según el reloj del navegador.',
        '1 kB son 1000 bytes.',
    ],
    protocol: (name) => `Esta página usa ${name}`,
    h1: 'HTTP/1.1: cada poll envía todas sus cabeceras, por una conexión que '
        + 'sigue abierta entre un poll y otro. Un long poll que ha esperado '
        + 'a veces cierra su conexión al responder (con TLS, siempre), y '
        + 'entonces el siguiente abre otra.',
    h2: 'HTTP/2: polls, long polls y el flujo de eventos comparten una conexión '
        + 'con todo lo demás de la página, y las cabeceras que se repiten '
        + 'quedan en unos pocos bytes (HPACK); por eso el polling cuesta menos '
        + 'que con HTTP/1.1. Las tramas de cada flujo se cuentan con '
        + 'exactitud; lo que TLS y TCP/IP añaden a los paquetes comunes se '
        + 'reparte en proporción. Cada WebSocket tiene su conexión.',
    proxy: (hop) => `El navegador habla ${hop} con un proxy intermedio; se `
        + 'cuenta lo que intercambian el proxy y el servidor.',
};
