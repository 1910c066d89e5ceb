/* French, of the comparison page. Loaded by compare/strings.js. */

const many = (n, one, more) => (n < 2 ? one : more);

export default {
    lang: 'fr',
    dir: 'ltr',
    units: ['o', 'Ko', 'Mo', 'Go', 'To', 'Po'],
    delays: ['ms', 's'],
    title: 'Combien coûte un message de chat ?',
    lead: 'Les mêmes messages, au même moment, par cinq voies. Le noyau du '
        + 'serveur compte chaque octet.',
    start: 'Démarrer',
    stop: 'Arrêter',
    skip: 'Étape suivante',
    takeOver: 'À vous de jouer',
    reset: 'Recommencer',
    guided: (n) => `Démonstration, ${n} s`,

    ways: { poll: 'Polling', longpoll: 'Long polling',
        sse: 'Server-Sent Events', websocket: 'WebSocket',
        deflate: 'WebSocket, compressé' },
    short: { poll: 'Polling', longpoll: 'Long polling', sse: 'SSE',
        websocket: 'WebSocket', deflate: 'WS + deflate' },
    how: {
        poll: (seconds) => (seconds === 1 ? 'une requête par seconde'
            : `une requête toutes les ${seconds} s`),
        longpoll: () => 'une requête gardée en attente',
        sse: () => 'une réponse sans fin',
        websocket: () => 'une connexion ouverte',
        deflate: () => 'la même chose, avec permessage-deflate',
    },
    lost: 'connexion perdue, nouvel essai',
    times: (ratio) => `${ratio} fois WebSocket`,
    received: (n) => `${n} ${many(n, 'message', 'messages')}`,
    opened: (bytes) => `connexion, une seule fois : ${bytes}`,
    openedRow: 'Connexion, une seule fois',
    chart: (name, bytes, seconds) => `${name} : ${bytes} en ${seconds} s`,
    legendArea: 'Octets transmis dans les deux sens, même échelle pour tous',
    legendEmpty: 'une réponse sans message',
    legendFull: 'un message arrive',

    which: 'La période représentée',
    steps: { quiet: 'Silence', one: 'Un message',
        busy: 'Un par seconde',
        free: 'Votre choix', all: 'Le tout' },
    left: (n) => `encore ${n} s`,

    measuring: 'Ouverture des connexions…',
    said: (n, seconds) => (n === 0
        ? `Personne n’a rien dit depuis ${seconds}\u00a0s. `
        : `${n === 1 ? 'Un message' : `${n} messages`} en ${seconds}\u00a0s. `),
    cost: (poll, socket, verdict) => `*poll:Polling :* *poll:${poll}.* `
        + `*websocket:WebSocket :* *websocket:${socket}*${verdict}`,
    less: (ratio) => `, soit ${ratio} fois moins.`,
    same: ', à peu près autant.',
    more: (ratio) => `, soit ${ratio} fois plus.`,
    noRatio: '.',
    late: (poll, socket) => `Délai de livraison (médiane) : ${poll} avec `
        + `polling, ${socket} avec WebSocket.`,

    pairTitle: 'Les en-têtes : à chaque fois, ou presque jamais',
    pairPolling: 'Polling',
    bytes: (n) => `${n} octets`,
    pairQuestion: 'd’en-têtes à chaque requête, qu’il y ait du nouveau ou non',
    pairPacked: (n) => 'd’en-têtes à chaque requête, qu’il y ait du nouveau ou '
        + `non ; HTTP/2 les réduit à ${n} environ`,
    pairMessage: 'd’en-tête à chaque message',
    pairSilence: 'tant que personne ne dit rien',
    pairPost: (n) => `Pour envoyer : ${n} octets devant chaque message (POST)`,
    pairSent: (n) => `Pour envoyer : ${n} octets devant chaque message (trame)`,

    barsMessage: 'Ce que coûte un message livré, et de quoi c’est fait',
    barsSilence: (n) => `Ce que coûtent ${n} s de silence, et de quoi c’est `
        + 'fait',
    parts: { text: 'Texte', json: 'JSON', head: 'En-têtes HTTP ou de trame',
        record: 'TLS', packet: 'En-têtes TCP/IP' },
    barsNote: 'HTTP/2 : ces voies partagent une connexion. Leurs propres '
        + 'octets sont comptés ; ce qu’ajoutent TLS et TCP/IP est réparti en '
        + 'proportion : cette part est une estimation.',
    packedNever: 'Le serveur et le navigateur n’ont convenu d’aucune '
        + 'compression : les deux WebSockets transmettent autant.',
    packedNot: (size, least) => `Un message fait ici ${size} octets de JSON, `
        + `et le serveur compresse à partir de ${least} octets : les deux `
        + 'WebSockets transmettent autant. Choisissez un texte plus long '
        + 'pour voir une différence.',
    packed: (size, least) => `Un message fait ici ${size} octets de JSON, `
        + `donc au moins ${least} : le serveur le compresse pour WS + `
        + 'deflate. Le texte et le JSON sont compressés ensemble ; ils sont '
        + 'dessinés dans la proportion qu’ils avaient avant.',
    barsSend: 'Ce que coûte l’envoi d’un message',
    send: { post: 'POST', frame: 'Trame' },

    keep: 'Le résultat',
    share: 'Lien vers ce résultat',
    picture: 'Enregistrer l’image',
    save: 'Enregistrer en CSV',
    link: 'Lien',
    linkCopied: 'Copié.',
    linkSelected: 'Sélectionné : copiez-le avec Ctrl+C ou un appui long.',
    linked: (when, protocol) => 'Ces chiffres viennent du lien suivi, pas de '
        + `cette visite : mesurés le ${when} en ${protocol}.`,
    pictureHeads: (question, frame) => `${question} octets d’en-têtes à chaque `
        + `requête, ${frame} à chaque message WebSocket`,

    settings: 'À vous d’essayer',
    interval: 'Une requête de polling toutes les',
    seconds: (n) => `${n} s`,
    rate: 'Messages',
    rates: { 0: 'aucun', 1: '1 / min', 10: '10 / min', 60: '60 / min',
        180: 'beaucoup' },
    size: 'Texte d’un message',
    extra: 'Cookies dans chaque requête',

    visitorsTitle: 'Et avec beaucoup de visiteurs ?',
    visitors: 'Visiteurs simultanés',
    visitorsCount: (text, n) => `${text} ${many(n, 'visiteur', 'visiteurs')}`,
    visitorsNote: (text, n, pace) => `${text} `
        + `${many(n, 'visiteur', 'visiteurs')} dans un même salon, jour et `
        + `nuit pendant 30 jours, au rythme de cette mesure : ${pace}. Calculé `
        + 'à partir des octets et des requêtes mesurés ; les connexions '
        + 'restent ouvertes.',
    pace: (n, seconds, interval) => `${n === 0 ? 'aucun message'
        : `${n} ${many(n, 'message', 'messages')}`} en ${seconds} s, `
        + (interval === 1 ? 'une requête par seconde'
            : `une requête toutes les ${interval} s`),
    month: { bytes: 'Trafic par mois', requests: 'Requêtes par mois',
        second: 'Requêtes par seconde' },

    table: 'Les chiffres de cette mesure',
    rows: {
        wire_sent: 'Octets vers le navigateur',
        wire_received: 'Octets depuis le navigateur',
        packets_sent: 'Paquets vers le navigateur',
        packets_received: 'Paquets depuis le navigateur',
        requests: 'Requêtes traitées',
        empty: 'dont sans message',
        messages: 'Messages livrés',
        each: 'Octets par message',
        share: 'dont le texte lui-même',
        delay: 'Délai, médiane',
    },

    noMeter: 'Ce serveur ne peut pas mesurer : _chatws/meter ne répond pas. '
        + 'Rien n’est compté ici.',
    noPlace: 'Trop de visiteurs mesurent en ce moment, le serveur n’a plus de '
        + 'place. Réessayez dans une minute.',
    noSocket: 'Aucun WebSocket ne passe d’ici, il n’y a donc rien à comparer. '
        + 'Rien n’est compté.',
    noticeLink: 'En chercher la cause',
    hidden: 'La page était en arrière-plan : plus rien n’a été envoyé ni '
        + 'compté. Les chiffres s’arrêtent là.',

    handshake: 'Comment s’ouvre un WebSocket : les vraies lignes de cette visite',
    handshakeText: 'Un WebSocket commence par une requête HTTP ordinaire. Le '
        + 'serveur répond 101, et la connexion ne transporte plus que des '
        + 'trames : les en-têtes ci-dessous ne sont envoyés qu’une fois. Avec '
        + 'le polling, ils le sont à chaque requête.',
    once: (bytes) => `WebSocket : ${bytes} octets, une seule fois`,
    answerOnce: (bytes) => `Réponse du serveur : ${bytes} octets, une seule fois`,
    every: (bytes) => `Polling : ${bytes} octets à chaque requête`,
    everyPacked: (bytes) => `Polling : ${bytes} octets à chaque requête, que `
        + 'HTTP/2 compresse',
    everyNote: 'C’est l’en-tête de la requête par laquelle cette page demande '
        + 'les chiffres, tel qu’il est arrivé au serveur ; celui d’un poll n’en '
        + 'diffère que par l’adresse. Ce qui est secret est masqué.',
    accept: 'Le serveur prouve qu’il a compris : Sec-WebSocket-Accept est le '
        + 'SHA-1 de la clé suivie d’un texte fixé par la RFC, en base64.',
    acceptTrue: 'Recalculé par cette page à partir de la clé ci-dessus : '
        + 'identique.',
    acceptFalse: 'Recalculé par cette page à partir de la clé ci-dessus : '
        + 'DIFFÉRENT.',
    waitHandshake: 'S’affiche dès qu’un WebSocket est ouvert.',

    frame: 'Une trame, octet par octet',
    frameText: (bytes, payload) => `La page a envoyé ${payload} octets de texte `
        + `dans une trame de ${bytes} octets. La voici, telle qu’elle est `
        + 'arrivée au serveur :',
    field: 'Champ',
    bits: 'Transmis',
    meaning: 'Signification',
    fin: (set) => (set ? 'la dernière trame de son message'
        : 'd’autres trames de ce message suivent'),
    rsv: 'aucune extension utilisée',
    opcodes: { 1: 'texte', 2: 'binaire', 8: 'fermeture', 9: 'ping', 10: 'pong' },
    masked: 'masqué, comme tout ce qu’envoie un navigateur',
    unmasked: 'non masqué',
    length: 'Longueur des données',
    lengthMeans: (n) => `${n} octets`,
    maskKey: 'Clé de masquage',
    keyMeans: 'quatre octets aléatoires du navigateur, nouveaux à chaque trame',
    payload: 'Données',
    payloadMeans: 'chaque octet XOR un octet de la clé, tour à tour :',
    unmaskTable: 'Démasquage : octet, clé, résultat, caractère',
    serverFrame: (header, n, total) => `Pour les mêmes ${n} octets, le serveur `
        + `n’a besoin que de l’en-tête ${header} : FIN et opcode, puis la `
        + `longueur ; pas de masque. ${total} octets en tout.`,
    serverMessage: (header, n, size) => 'Le dernier message de cette mesure '
        + `faisait ${n} octets de JSON pour ${size} octets de texte ; sa trame `
        + `commençait par ${header}.`,

    counted: 'Ce qui est compté, et par qui',
    countedList: [
        'C’est le noyau du serveur qui compte (TCP_INFO), pour chaque connexion '
            + 'et chaque requête de cette visite. La page ne compte que les '
            + 'messages et les délais.',
        'Le coût d’ouverture d’une connexion est indiqué à part et n’entre dans '
            + 'aucun autre chiffre. Une voie qui en ouvre d’autres en chemin, '
            + 'comme parfois le long polling en HTTP/1.1, en supporte le coût.',
        'Sont comptés les octets que TCP transporte (TLS compris en https) et '
            + 'les en-têtes IP et TCP de tous les paquets : accusés de '
            + 'réception, ouverture et fermeture de connexions, pings. '
            + 'Ethernet et Wi-Fi ne le sont pas.',
        'Les POST qui envoient les messages et les requêtes de la page pour '
            + 'obtenir les chiffres ne figurent dans aucune colonne. Les '
            + 'présences et les saisies en cours sont du trafic, pas des '
            + 'messages.',
        'La poignée de main et la trame ci-dessus viennent d’une autre '
            + 'connexion de cette visite, qui ne figure dans aucune colonne.',
        'Le WebSocket ne demande pas de compression, pour que texte, JSON et '
            + 'en-têtes restent distincts ; celui qui est compressé est par '
            + 'ailleurs identique. Les messages sont des phrases anglaises, '
            + 'dont aucune ne revient dans un même message.',
        'L’en-tête d’un POST est calculé à partir de celui qui est affiché : '
            + 'même navigateur, autre adresse, plus ce qu’exige un corps.',
        'Un délai va de l’instant qui précède le POST jusqu’à l’arrivée du '
            + 'message dans la page, à l’horloge du navigateur.',
        '1 Ko = 1 000 octets.',
    ],
    protocol: (name) => `Cette page utilise ${name}`,
    h1: 'HTTP/1.1 : chaque poll envoie tous ses en-têtes, sur une connexion qui '
        + 'reste ouverte entre les polls. Un long poll qui a attendu ferme '
        + 'parfois sa connexion (en TLS, toujours) ; le suivant doit alors en '
        + 'ouvrir une autre.',
    h2: 'HTTP/2 : polls, long polls et flux d’événements partagent une '
        + 'connexion avec tout le reste de la page, et les en-têtes répétés se '
        + 'réduisent à quelques octets (HPACK) ; le polling coûte donc moins '
        + 'qu’en HTTP/1.1. Les trames de chaque flux sont comptées exactement ; '
        + 'ce que TLS et TCP/IP ajoutent aux paquets communs est réparti en '
        + 'proportion. Chaque WebSocket a sa connexion.',
    proxy: (hop) => `Le navigateur parle ${hop} à un proxy intermédiaire ; est `
        + 'compté ce qu’échangent le proxy et le serveur.',
};
