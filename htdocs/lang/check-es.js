/* Spanish: what the check page says.  Loaded by check/strings.js. */

const PROXY = 'docs/OPERATIONS.md, «Behind a proxy»';

export default {
    lang: 'es',
    dir: 'ltr',
    title: '¿Funciona el chat desde aquí?',
    lead: 'De este navegador al servidor y de vuelta, por cada uno de los '
        + 'caminos que el chat puede tomar.',
    again: 'Probar otra vez',
    copy: 'Copiar el resultado',
    asText: 'El resultado como texto',
    copied: 'Copiado.',
    selected: 'Seleccionado: cópialo a mano (Ctrl+C o pulsación larga).',
    running: (name) => `Probando: ${name}…`,
    waiting: 'en espera',
    busy: 'probando…',
    works: (ms) => (ms === undefined ? 'funciona' : `funciona (${ms} ms)`),
    fails: 'no funciona',

    steps: {
        server: 'Respuesta del servidor',
        posting: 'Envío de un mensaje',
        websocket: 'WebSocket',
        stream: 'Flujo de eventos (SSE)',
        longpoll: 'Long polling',
        facts: 'Qué más se sabe',
    },
    ways: { websocket: 'WebSocket', stream: 'un flujo de eventos',
        longpoll: 'long polling', server: 'polling' },

    verdicts: {
        works: () => 'Todo funciona: el chat usa WebSocket y tiene otros tres '
            + 'caminos de reserva.',
        spare: (broken) => 'El chat funciona por WebSocket. De los caminos de '
            + `reserva no funciona: ${broken}.`,
        instead: (way, cause) => `El chat funciona por ${way}, pero no por `
            + `WebSocket. ${cause}`,
        readable: (cause) => 'Aquí se pueden leer mensajes, pero no escribirlos. '
            + cause,
        broken: (cause) => `El chat no funciona desde aquí. ${cause}`,
        cookie: (cause) => `Los mensajes van y vienen. ${cause}`,
    },

    causes: {
        offline: 'Este dispositivo no tiene conexión.',
        cut: 'La conexión se cortó antes de recibir respuesta: por un antivirus '
            + 'o una extensión de este dispositivo, por un cortafuegos o por un '
            + 'proxy que perdió el servidor. Prueba otra red; si pasa lo mismo, '
            + 'el registro de errores del proxy dice más.',
        silent: 'No llegó respuesta a tiempo: algo en el camino pierde la '
            + 'petición, o el servidor está sobrecargado. Mira los registros de '
            + 'errores del proxy y del servidor.',
        login: 'Se pide iniciar sesión y esta página no la tiene: lo pide el '
            + 'Require del servidor para esta dirección, o un proxy delante. '
            + 'Inicia sesión primero en el sitio.',
        redirect: 'La respuesta es una redirección, probablemente a una página '
            + 'de inicio de sesión o a otra dirección del sitio. Inicia sesión '
            + 'primero, o abre esta página en la dirección principal.',
        wall: 'Se denegó el acceso, pero no fue el chat: fue un cortafuegos web '
            + '(mod_security, una CDN), o el Require o Deny del servidor para '
            + 'esta dirección.',
        forbidden: 'El propio chat lo rechaza: aquí no entran invitados '
            + '(ChatGuests), o este sitio le es ajeno (ChatOrigin).',
        host: 'El proxy cambia Host, así que toda página parece de otro sitio. '
            + 'Haz que transmita Host (ProxyPreserveHost On), o nombra el sitio '
            + `en ChatOrigin: ${PROXY}.`,
        missing: 'En esta dirección responde otra cosa (404): un controlador '
            + 'frontal del sitio, o un proxy que solo transmite parte de las '
            + 'direcciones del chat. Véase docs/SITE.md, «.htaccess, rewriting '
            + `and other modules», y ${PROXY}.`,
        foreign: 'Lo que responde no es el chat: una página de inicio de sesión '
            + 'o de error, el portal cautivo de esta red, o el propio sitio. '
            + `Véase ${PROXY}.`,
        method: 'Algo delante del chat no deja pasar este tipo de petición '
            + `(405). Véase ${PROXY}.`,
        size: 'Algo delante del chat, o el chat, rechaza hasta un mensaje corto '
            + 'por demasiado largo (413): mira el límite del proxy, '
            + 'ChatMaxMessage y ChatMaxPayload.',
        rate: 'Demasiadas peticiones (429): espera un minuto y prueba otra vez. '
            + 'Si continúa, un límite delante del servidor, ChatRate o el de la '
            + 'dirección (ChatAddressRate) es muy bajo.',
        full: 'El chat no tiene más sitio, para una sala o una conexión: véase '
            + 'docs/OPERATIONS.md, «Limits».',
        gateway: 'Un proxy responde, pero no alcanza el servidor que hay detrás: '
            + 'está parado, o el destino del proxy es incorrecto. Véase el '
            + `registro de errores del proxy y ${PROXY}.`,
        status: 'La respuesta es un error. El registro de errores del servidor '
            + 'dice más.',
        readOnly: 'Los invitados aquí solo leen (ChatGuests readonly): inicia '
            + 'sesión en el sitio para escribir.',
        elsewhere: 'El mensaje se aceptó pero no está en la sala: dos servidores '
            + 'responden en esta dirección, cada uno con sus salas. El proxy '
            + 'debe enviar todas las direcciones del chat a uno solo.',

        blocked: 'El propio navegador no permite la conexión: una extensión, una '
            + 'Content Security Policy, o una página que solo en parte es https.',
        stripped: 'Un proxy transmite la petición sin su cabecera Upgrade: llegó '
            + 'al servidor como una petición normal. El proxy necesita '
            + `upgrade=websocket o algo similar: ${PROXY}.`,
        refused: 'La negociación se rechazó o se cortó en el camino: por un proxy '
            + `sin Upgrade (${PROXY}), por un cortafuegos o antivirus, o por el `
            + 'servidor, cuyo registro de errores tiene entonces una línea con un '
            + 'número CW.',
        hung: 'La negociación no recibe respuesta: un cortafuegos o un proxy la '
            + `pierde. Si pasa en todas las redes, véase ${PROXY}.`,
        swallowed: 'El servidor aceptó, pero nada de lo que envía llega: un '
            + 'antivirus, un cortafuegos o un proxy retiene los datos de '
            + 'WebSocket. El chat prescinde de ello; en una red propia, véase '
            + `${PROXY}.`,
        closed: 'La conexión se estableció y se cerró enseguida: por un proxy o '
            + 'un cortafuegos que la inspecciona, o por el servidor, cuyo '
            + 'registro de errores dice entonces por qué.',
        oneWay: 'Llegan los eventos del servidor, pero ninguna respuesta a lo que '
            + 'envía este navegador: un antivirus, un cortafuegos o un proxy '
            + 'retiene uno de los dos sentidos.',

        buffered: 'El primer evento del flujo no llega: un proxy o antivirus '
            + 'acumula la respuesta antes de transmitirla. Desactiva ese búfer '
            + `para el chat: ${PROXY}.`,
        late: 'El flujo empieza, pero un mensaje nuevo no llega en un segundo: '
            + 'algo en el camino acumula eventos (búfer o compresión). '
            + `Desactívalo para el chat: ${PROXY}.`,
        ended: 'El flujo terminó antes de tiempo: por un proxy con un límite de '
            + 'tiempo corto, o por el servidor, que en HTTP/2 solo tiene sitio '
            + `para algunos flujos (${PROXY}).`,

        early: 'La respuesta llegó enseguida en vez de esperar: el servidor no '
            + 'tiene sitio para otra (en HTTP/2, un cuarto de los hilos), se está '
            + 'reiniciando, o ChatPollWait es muy corto. El chat usa polling en '
            + 'su lugar.',
        held: 'Un mensaje no termina la espera en un segundo: algo en el camino '
            + `retiene la respuesta. Desactiva el búfer para el chat: ${PROXY}.`,

        cookie: 'La cookie «chatws» no vuelve, así que cada petición es otro '
            + 'invitado: este navegador bloquea las cookies, o un proxy las '
            + 'quita. Permite las cookies de este sitio.',
    },

    facts: {
        browser: 'Protocolo del navegador',
        server: 'Protocolo que recibe el servidor',
        via: 'Indicios de un proxy',
        host: 'Host que llega',
        page: 'Esta página',
        socket: 'Dirección de WebSocket',
        trip: 'Ida y vuelta',
        cookie: 'Cookie «chatws»',
        skew: 'Reloj del navegador',
    },
    unknown: 'desconocido',
    noMeter: 'desconocido: la medición no responde',
    noVia: 'ninguno',
    kept: 'se conserva',
    lost: 'no vuelve',
    signedIn: (name) => `no hace falta: sesión iniciada como ${name}`,
    milliseconds: (ms) => `${ms} ms`,
    skew: (seconds) => (seconds === 0 ? 'igual que el del servidor'
        : `${Math.abs(seconds)} s ${seconds < 0 ? 'adelantado' : 'atrasado'} `
            + 'respecto al servidor'),
};
