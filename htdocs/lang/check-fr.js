/* French: what the check page says.  Loaded by check/strings.js. */

const PROXY = 'docs/OPERATIONS.md, «\u00a0Behind a proxy\u00a0»';

export default {
    lang: 'fr',
    dir: 'ltr',
    title: 'Le chat fonctionne-t-il chez vous\u202f?',
    lead: 'De ce navigateur au serveur et retour, par chacune des voies que le '
        + 'chat peut prendre.',
    again: 'Tester à nouveau',
    copy: 'Copier le résultat',
    asText: 'Le résultat sous forme de texte',
    copied: 'Copié.',
    selected: 'Sélectionné\u00a0: copiez-le à la main (Ctrl+C ou appui long).',
    running: (name) => `Test en cours\u00a0: ${name}…`,
    waiting: 'en attente',
    busy: 'test en cours…',
    works: (ms) => (ms === undefined ? 'fonctionne' : `fonctionne (${ms} ms)`),
    fails: 'ne fonctionne pas',

    steps: {
        server: 'Réponse du serveur',
        posting: 'Envoi d’un message',
        websocket: 'WebSocket',
        stream: 'Flux d’événements (SSE)',
        longpoll: 'Long polling',
        facts: 'Ce que l’on sait d’autre',
    },
    ways: { websocket: 'WebSocket', stream: 'un flux d’événements',
        longpoll: 'long polling', server: 'polling' },

    verdicts: {
        works: () => 'Tout fonctionne\u00a0: le chat utilise WebSocket et dispose '
            + 'de trois autres voies en réserve.',
        spare: (broken) => 'Le chat fonctionne par WebSocket. Parmi les voies de '
            + `réserve, ceci ne fonctionne pas\u00a0: ${broken}.`,
        instead: (way, cause) => `Le chat fonctionne par ${way}, mais pas par `
            + `WebSocket. ${cause}`,
        readable: (cause) => 'On peut lire les messages ici, mais pas en écrire. '
            + cause,
        broken: (cause) => `Le chat ne fonctionne pas d’ici. ${cause}`,
        cookie: (cause) => `Les messages passent. ${cause}`,
    },

    causes: {
        offline: 'Cet appareil est hors ligne.',
        cut: 'La connexion a été coupée avant toute réponse\u00a0: par un '
            + 'antivirus ou une extension de cet appareil, par un pare-feu, ou '
            + 'par un proxy qui a perdu le serveur. Essayez un autre réseau\u202f; '
            + 'si rien ne change, le journal d’erreurs du proxy en dit plus.',
        silent: 'Aucune réponse à temps\u00a0: quelque chose sur le trajet perd la '
            + 'requête, ou le serveur est surchargé. Consultez les journaux '
            + 'd’erreurs du proxy et du serveur.',
        login: 'Une identification est demandée\u00a0: par la directive Require du '
            + 'serveur pour cette adresse, ou par un proxy en amont. '
            + 'Identifiez-vous d’abord sur le site.',
        redirect: 'La réponse est une redirection, sans doute vers une page '
            + 'd’identification ou une autre adresse du site. Identifiez-vous '
            + 'd’abord, ou ouvrez cette page à l’adresse principale du site.',
        wall: 'L’accès est refusé, mais pas par le chat\u00a0: par un pare-feu '
            + 'applicatif (mod_security, un CDN), ou par les directives Require '
            + 'ou Deny du serveur pour cette adresse.',
        forbidden: 'Le chat lui-même refuse\u00a0: les invités n’entrent pas ici '
            + '(ChatGuests), ou ce site lui est étranger (ChatOrigin).',
        host: 'Le proxy change Host, si bien que chaque page semble venir d’un '
            + 'autre site. Faites-lui transmettre Host (ProxyPreserveHost On), ou '
            + `nommez le site dans ChatOrigin\u00a0: ${PROXY}.`,
        missing: 'Autre chose répond à cette adresse (404)\u00a0: un contrôleur '
            + 'frontal du site, ou un proxy qui ne transmet qu’une partie des '
            + 'adresses du chat. Voir docs/SITE.md, «\u00a0.htaccess, rewriting '
            + `and other modules\u00a0», et ${PROXY}.`,
        foreign: 'Ce qui répond n’est pas le chat\u00a0: une page '
            + 'd’identification ou d’erreur, le portail captif de ce réseau, ou '
            + `le site lui-même. Voir ${PROXY}.`,
        method: 'Quelque chose devant le chat ne laisse pas passer ce type de '
            + `requête (405). Voir ${PROXY}.`,
        size: 'Quelque chose devant le chat, ou le chat, refuse même un message '
            + 'court comme trop long (413)\u00a0: voyez la limite du proxy, '
            + 'ChatMaxMessage et ChatMaxPayload.',
        rate: 'Trop de requêtes (429)\u00a0: attendez une minute et testez à '
            + 'nouveau. Si cela persiste, une limite devant le serveur, ChatRate '
            + 'ou celle de l’adresse (ChatAddressRate) est très basse.',
        full: 'Le chat n’a plus de place, pour un salon ou une connexion\u00a0: '
            + 'voir docs/OPERATIONS.md, «\u00a0Limits\u00a0».',
        gateway: 'Un proxy répond, mais ne peut pas joindre le serveur\u00a0: '
            + 'celui-ci est arrêté, ou la cible du proxy est fausse. Voir le '
            + `journal d’erreurs du proxy et ${PROXY}.`,
        status: 'La réponse est une erreur. Le journal d’erreurs du serveur en '
            + 'dit plus.',
        readOnly: 'Les invités ne font que lire ici (ChatGuests readonly)\u00a0: '
            + 'identifiez-vous sur le site pour écrire.',
        elsewhere: 'Le message a été accepté mais n’est pas dans le salon\u00a0: '
            + 'deux serveurs répondent à cette adresse, chacun avec ses propres '
            + 'salons. Que le proxy envoie toutes les adresses du chat au même.',

        blocked: 'Le navigateur lui-même n’autorise pas la connexion\u00a0: une '
            + 'extension, une Content Security Policy, ou une page qui n’est '
            + 'https qu’en partie.',
        stripped: 'Un proxy transmet la requête sans son en-tête Upgrade\u00a0: '
            + 'elle est arrivée au serveur comme une requête ordinaire. Il faut '
            + `au proxy upgrade=websocket ou l’équivalent\u00a0: ${PROXY}.`,
        refused: 'La négociation a été refusée ou coupée en chemin\u00a0: par un '
            + `proxy sans Upgrade (${PROXY}), par un pare-feu ou un antivirus, ou `
            + 'par le serveur, dont le journal d’erreurs a alors une ligne avec un '
            + 'numéro CW.',
        hung: 'La négociation reste sans réponse\u00a0: un pare-feu ou un proxy '
            + `la perd. Si c’est le cas dans tous les réseaux, voir ${PROXY}.`,
        swallowed: 'Le serveur a accepté, mais rien de ce qu’il envoie '
            + 'n’arrive\u00a0: un antivirus, un pare-feu ou un proxy retient les '
            + 'données WebSocket. Le chat s’en passe\u202f; dans votre propre '
            + `réseau, voir ${PROXY}.`,
        closed: 'La connexion a été établie puis fermée aussitôt\u00a0: par un '
            + 'proxy ou un pare-feu qui l’inspecte, ou par le serveur, dont le '
            + 'journal d’erreurs dit alors pourquoi.',
        oneWay: 'Les événements du serveur arrivent, mais aucune réponse à ce que '
            + 'ce navigateur envoie\u00a0: un antivirus, un pare-feu ou un proxy '
            + 'retient un des deux sens.',

        buffered: 'Le premier événement du flux n’arrive pas\u00a0: un proxy ou un '
            + 'antivirus accumule la réponse avant de la transmettre. Désactivez '
            + `ce tampon pour le chat\u00a0: ${PROXY}.`,
        late: 'Le flux commence, mais un nouveau message n’arrive pas en une '
            + 'seconde\u00a0: quelque chose sur le trajet accumule les événements '
            + '(tampon ou compression). Désactivez-le pour le chat\u00a0: '
            + `${PROXY}.`,
        ended: 'Le flux a été interrompu\u00a0: par un proxy au délai trop court, '
            + 'ou par le serveur, qui n’a de place en HTTP/2 que pour quelques '
            + `flux (${PROXY}).`,

        early: 'La réponse est venue aussitôt au lieu d’être retenue\u00a0: le '
            + 'serveur n’a plus de place (en HTTP/2, un quart des threads), il '
            + 'redémarre, ou ChatPollWait est très court. Le chat utilise le '
            + 'polling à la place.',
        held: 'Un message ne met pas fin à l’attente en une seconde\u00a0: quelque '
            + 'chose sur le trajet retient la réponse. Désactivez le tampon pour '
            + `le chat\u00a0: ${PROXY}.`,

        cookie: 'Le cookie «\u00a0chatws\u00a0» ne revient pas, si bien que chaque '
            + 'requête est un autre invité\u00a0: ce navigateur bloque les '
            + 'cookies, ou un proxy les retire. Autorisez les cookies de ce site.',
    },

    facts: {
        browser: 'Protocole du navigateur',
        server: 'Protocole reçu par le serveur',
        via: 'Traces d’un proxy',
        host: 'Host reçu',
        page: 'Cette page',
        socket: 'Adresse WebSocket',
        trip: 'Aller-retour',
        cookie: 'Cookie «\u00a0chatws\u00a0»',
        skew: 'Horloge du navigateur',
    },
    unknown: 'inconnu',
    noMeter: 'inconnu\u00a0: la mesure ne répond pas',
    noVia: 'aucune',
    kept: 'conservé',
    lost: 'ne revient pas',
    signedIn: (name) => `inutile\u00a0: identifié comme ${name}`,
    milliseconds: (ms) => `${ms} ms`,
    skew: (seconds) => (seconds === 0 ? 'celle du serveur'
        : `${Math.abs(seconds)} s ${seconds < 0 ? 'd’avance' : 'de retard'} sur `
            + 'le serveur'),
};
