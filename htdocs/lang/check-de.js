/* German: what the check page says.  Loaded by check/strings.js. */

const PROXY = 'docs/OPERATIONS.md, „Behind a proxy“';

export default {
    lang: 'de',
    dir: 'ltr',
    title: 'Funktioniert der Chat von hier aus?',
    lead: 'Von diesem Browser zum Server und zurück, auf jedem Weg, den der '
        + 'Chat nehmen kann.',
    again: 'Noch einmal prüfen',
    copy: 'Ergebnis kopieren',
    asText: 'Das Ergebnis als Text',
    copied: 'Kopiert.',
    selected: 'Markiert: bitte von Hand kopieren (Strg+C oder lange tippen).',
    running: (name) => `Wird geprüft: ${name}\u00a0…`,
    waiting: 'wartet',
    busy: 'wird geprüft\u00a0…',
    works: (ms) => (ms === undefined ? 'funktioniert'
        : `funktioniert (${ms} ms)`),
    fails: 'funktioniert nicht',

    steps: {
        server: 'Der Server antwortet',
        posting: 'Senden einer Nachricht',
        websocket: 'WebSocket',
        stream: 'Ereignisstrom (SSE)',
        longpoll: 'Long-Polling',
        facts: 'Was sonst bekannt ist',
    },
    ways: { websocket: 'WebSocket', stream: 'einen Ereignisstrom',
        longpoll: 'Long-Polling', server: 'Polling' },

    verdicts: {
        works: () => 'Alles funktioniert: Der Chat nutzt WebSocket und hat drei '
            + 'weitere Wege in Reserve.',
        spare: (broken) => 'Der Chat funktioniert über WebSocket. Von den '
            + `Reservewegen funktioniert nicht: ${broken}.`,
        instead: (way, cause) => `Der Chat funktioniert über ${way}, aber nicht `
            + `über WebSocket. ${cause}`,
        readable: (cause) => 'Nachrichten lassen sich hier lesen, aber nicht '
            + `schreiben. ${cause}`,
        broken: (cause) => `Der Chat funktioniert von hier aus nicht. ${cause}`,
        cookie: (cause) => `Nachrichten kommen und gehen. ${cause}`,
    },

    causes: {
        offline: 'Dieses Gerät ist offline.',
        cut: 'Die Verbindung wurde getrennt, bevor eine Antwort kam: durch einen '
            + 'Virenscanner oder eine Erweiterung auf diesem Gerät, durch eine '
            + 'Firewall oder durch einen Proxy, der den Server verloren hat. '
            + 'Versuche es in einem anderen Netz. Ist es dort genauso, sagt '
            + 'das Fehlerprotokoll des Proxys mehr.',
        silent: 'Es kam keine rechtzeitige Antwort: Etwas auf dem Weg '
            + 'verschluckt die Anfrage, oder der Server ist überlastet. Sieh '
            + 'in die Fehlerprotokolle von Proxy und Server.',
        login: 'Es wird eine Anmeldung verlangt, die diese Seite nicht hat: vom '
            + 'Require des Servers für diese Adresse oder von einem Proxy davor. '
            + 'Melde dich zuerst auf der Website an.',
        redirect: 'Die Antwort ist eine Weiterleitung, wohl zu einer '
            + 'Anmeldeseite oder zu einer anderen Adresse der Website. Melde '
            + 'dich zuerst an, oder öffne diese Seite unter der Hauptadresse.',
        wall: 'Der Zugriff wurde verweigert, aber nicht vom Chat: von einer '
            + 'Firewall für Websites (mod_security, ein CDN) oder vom Require '
            + 'oder Deny des Servers für diese Adresse.',
        forbidden: 'Der Chat selbst lehnt ab: Gäste dürfen hier nicht hinein '
            + '(ChatGuests), oder diese Website ist ihm fremd (ChatOrigin).',
        host: 'Der Proxy ändert Host, so dass jede Seite von einer anderen '
            + 'Website zu kommen scheint. Lass ihn Host durchreichen '
            + '(ProxyPreserveHost On), oder nenne die Website in ChatOrigin: '
            + `${PROXY}.`,
        missing: 'Unter dieser Adresse antwortet etwas anderes (404): der '
            + 'Front-Controller der Website oder ein Proxy, der nur einen Teil '
            + 'der Adressen des Chats weitergibt. Siehe docs/SITE.md, '
            + `„.htaccess, rewriting and other modules“, und ${PROXY}.`,
        foreign: 'Was antwortet, ist nicht der Chat: eine Anmelde- oder '
            + 'Fehlerseite, die Anmeldung dieses Netzes oder die Website selbst. '
            + `Siehe ${PROXY}.`,
        method: 'Etwas vor dem Chat lässt diese Art von Anfrage nicht durch '
            + `(405). Siehe ${PROXY}.`,
        size: 'Etwas vor dem Chat oder der Chat selbst lehnt sogar eine kurze '
            + 'Nachricht als zu lang ab (413): Sieh nach der Grenze des '
            + 'Proxys, ChatMaxMessage und ChatMaxPayload.',
        rate: 'Zu viele Anfragen (429): Warte eine Minute, und prüfe '
            + 'noch einmal. Bleibt es so, ist eine Grenze vor dem Server, '
            + 'ChatRate oder die für die Adresse (ChatAddressRate) sehr niedrig.',
        full: 'Der Chat hat keinen Platz mehr, für einen Raum oder eine '
            + 'Verbindung: siehe docs/OPERATIONS.md, „Limits“.',
        gateway: 'Ein Proxy antwortet, erreicht aber den Server dahinter nicht: '
            + 'Er läuft nicht, oder das Ziel des Proxys stimmt nicht. Siehe das '
            + `Fehlerprotokoll des Proxys und ${PROXY}.`,
        status: 'Die Antwort ist ein Fehler. Das Fehlerprotokoll des Servers '
            + 'sagt mehr.',
        readOnly: 'Gäste lesen hier nur (ChatGuests readonly): Melde dich '
            + 'auf der Website an, um zu schreiben.',
        elsewhere: 'Die Nachricht wurde angenommen, ist aber nicht im Raum: Unter '
            + 'dieser Adresse antworten zwei Server, jeder mit eigenen Räumen. '
            + 'Lass den Proxy alle Adressen des Chats an einen senden.',

        blocked: 'Der Browser selbst lässt die Verbindung nicht zu: wegen einer '
            + 'Erweiterung, einer Content Security Policy oder einer Seite, die '
            + 'nur zum Teil https ist.',
        stripped: 'Ein Proxy gibt die Anfrage ohne Upgrade weiter: Sie kam als '
            + 'gewöhnliche beim Server an. Der Proxy braucht upgrade=websocket '
            + `oder Ähnliches: ${PROXY}.`,
        refused: 'Der Handshake wurde unterwegs abgelehnt oder getrennt: von '
            + `einem Proxy ohne Upgrade (${PROXY}), von einer Firewall oder einem `
            + 'Virenscanner oder vom Server, in dessen Fehlerprotokoll dann eine '
            + 'Zeile mit einer CW-Nummer steht.',
        hung: 'Der Handshake bekommt keine Antwort: Eine Firewall oder ein Proxy '
            + `verschluckt ihn. Ist es in jedem Netz so, siehe ${PROXY}.`,
        swallowed: 'Der Server hat zugestimmt, aber nichts von dem, was er '
            + 'sendet, kommt an: Ein Virenscanner, eine Firewall oder ein Proxy '
            + 'hält WebSocket-Daten zurück. Der Chat kommt ohne aus; für ein '
            + `eigenes Netz siehe ${PROXY}.`,
        closed: 'Die Verbindung kam zustande und wurde sofort geschlossen: von '
            + 'einem Proxy oder einer Firewall, die hineinsieht, oder vom Server, '
            + 'dessen Fehlerprotokoll dann den Grund nennt.',
        oneWay: 'Die Ereignisse des Servers kommen an, aber keine Antwort auf '
            + 'das, was dieser Browser sendet: Ein Virenscanner, eine Firewall '
            + 'oder ein Proxy hält eine Richtung zurück.',

        buffered: 'Das erste Ereignis des Stroms kommt nicht an: Ein Proxy oder '
            + 'Virenscanner sammelt die Antwort, bevor er sie weitergibt. '
            + `Schalte das für den Chat ab: ${PROXY}.`,
        late: 'Der Strom beginnt, aber eine neue Nachricht kommt nicht innerhalb '
            + 'einer Sekunde an: Etwas auf dem Weg sammelt Ereignisse (Pufferung '
            + `oder Kompression). Schalte das für den Chat ab: ${PROXY}.`,
        ended: 'Der Strom wurde vorzeitig beendet: von einem Proxy mit kurzer '
            + 'Zeitgrenze oder vom Server, der über HTTP/2 nur für einige Ströme '
            + `Platz hat (${PROXY}).`,

        early: 'Die Antwort kam sofort, statt zu warten: Der Server hat keinen '
            + 'Platz für eine weitere (über HTTP/2 ein Viertel der Threads), er '
            + 'startet neu, oder ChatPollWait ist sehr kurz. Der Chat nutzt '
            + 'stattdessen Polling.',
        held: 'Eine Nachricht beendet das Warten nicht innerhalb einer Sekunde: '
            + 'Etwas auf dem Weg hält die Antwort zurück. Schalte die '
            + `Pufferung für den Chat ab: ${PROXY}.`,

        cookie: 'Das Cookie „chatws“ kommt nicht zurück, so dass jede Anfrage '
            + 'ein anderer Gast ist: Dieser Browser blockiert Cookies, oder ein '
            + 'Proxy entfernt sie. Erlaube Cookies für diese Website.',
    },

    facts: {
        browser: 'Der Browser spricht',
        server: 'Beim Server kommt an',
        via: 'Anzeichen eines Proxys',
        host: 'Host, der ankommt',
        page: 'Diese Seite',
        socket: 'WebSocket-Adresse',
        trip: 'Hin und zurück',
        cookie: 'Cookie „chatws“',
        skew: 'Uhr des Browsers',
    },
    unknown: 'nicht bekannt',
    noMeter: 'nicht bekannt: Die Messung antwortet nicht',
    noVia: 'keine',
    kept: 'bleibt erhalten',
    lost: 'kommt nicht zurück',
    signedIn: (name) => `nicht nötig: angemeldet als ${name}`,
    milliseconds: (ms) => `${ms} ms`,
    skew: (seconds) => (seconds === 0 ? 'stimmt mit dem Server überein'
        : `${Math.abs(seconds)} s ${seconds < 0 ? 'vor' : 'hinter'} dem Server`),
};
