/* German.  Loaded by strings.js. */

export default {
    lang: 'de',
    dir: 'ltr',
    otherRooms: 'Andere Räume',
    messages: 'Nachrichten',
    empty: 'Noch keine Nachrichten. Sag hallo!',
    yourMessage: 'Deine Nachricht',
    placeholder: 'Nachricht schreiben',
    send: 'Senden',
    changeName: 'Namen ändern',
    nameLabel: 'Der Name, den andere sehen',
    cancel: 'Abbrechen',
    save: 'Speichern',
    you: 'du',
    guestName: (tag) => `Gast-${tag}`,

    connecting: 'Verbindung wird hergestellt\u00a0…',
    online: 'Verbunden',
    waiting: 'Verbindung unterbrochen, neuer Versuch\u00a0…',
    closed: 'Getrennt',
    people: (n) => (n === 1 ? '1 Person hier' : `${n} Personen hier`),
    newMessages: (n) => (n === 1 ? '1 neue Nachricht' : `${n} neue Nachrichten`),
    newFromHere: 'Neu',
    renamed: (old, now) => `${old} heißt jetzt ${now}`,
    typing: (names) => {
        if (names.length > 2) {
            return 'Mehrere schreiben\u00a0…';
        }
        return names.length === 1 ? `${names[0]} schreibt\u00a0…`
            : `${names[0]} und ${names[1]} schreiben\u00a0…`;
    },
    gap: 'Hier fehlen einige Nachrichten.',
    gone: 'Die verlinkte Nachricht ist nicht mehr da.',
    loading: 'Ältere Nachrichten werden geladen\u00a0…',
    newest: 'Zur neuesten Nachricht',
    guest: 'Gast',
    verified: 'bestätigt',
    moderator: 'Moderation',

    askName: 'Wie dürfen die anderen dich nennen?',
    notNow: 'Jetzt nicht',
    nameTaken: 'Dieser Name oder ein zu ähnlicher ist vergeben oder reserviert.',
    nameRefused: (now) => 'Dein Name ist hier vergeben oder reserviert.'
        + ` Du heißt hier ${now}.`,
    nameLost: (old, now) => `${old} hat sich angemeldet, der Name gehört`
        + ` diesem Konto. Du heißt jetzt ${now}.`,

    noNetwork: 'Du bist offline',
    restarting: 'Der Server startet neu\u00a0…',
    nextTry: (n) => `Neuer Versuch in ${n} s`,
    tryNow: 'Jetzt versuchen',
    reconnect: 'Erneut versuchen',
    logInToJoin: 'Anmelden, um mitzumachen',
    logInToWrite: 'Anmelden, um zu schreiben',
    testConnection: 'Verbindung prüfen',
    refusals: {
        login_required: 'Dieser Raum ist für angemeldete Personen.',
        forbidden: 'Du darfst diesen Raum nicht betreten.',
        not_found: 'Diesen Raum gibt es nicht.',
        bad_room: 'Diesen Raum gibt es nicht.',
    },

    notices: 'Benachrichtigungen',
    noticesHint: 'Während du woanders bist: Neue Nachrichten',
    noticeTitle: 'im Titel zählen',
    noticeSound: 'mit leisem Ton melden',
    noticeDesktop: 'als Mitteilung zeigen',
    noticeNever: 'nie',
    noticeNamed: 'wenn ich genannt werde',
    noticeAll: 'immer',
    noticeBlocked: 'Der Browser erlaubt dieser Website keine Mitteilungen.',
    noticeFrom: (name, room) => `${name} in ${room}`,

    chat: 'Chat',
    closeChat: 'Chat schließen',
    notLoaded: 'Der Chat konnte nicht geladen werden.',

    personMenu: (name) => `${name}, weitere Optionen`,
    mention: (name) => `${name} erwähnen`,
    ignore: (name) => `${name} ignorieren`,
    stopIgnoring: (name) => `${name} nicht mehr ignorieren`,
    ignored: 'In diesem Browser ignoriert',
    suggestions: 'Namen',
    suggested: (n) => (n === 1 ? '1 Name' : `${n} Namen`),

    emoji: 'Emojis',
    searchEmoji: 'Emojis suchen',
    recentEmoji: 'Zuletzt verwendet',
    noEmoji: 'Nichts gefunden',
    emojiGroups: [
        'Gesichter', 'Menschen', 'Tiere und Natur', 'Essen und Trinken',
        'Reisen', 'Aktivitäten', 'Gegenstände', 'Symbole', 'Flaggen',
    ],

    sending: 'Wird gesendet\u00a0…',
    notSent: 'Nicht gesendet',
    tryAgain: 'Erneut versuchen',
    remove: 'Entfernen',
    left: (n) => `noch ${n} Zeichen`,
    tooMany: (n) => `${n} Zeichen zu viel`,
    retryIn: (n) => `Zu schnell. Wird in ${n} s gesendet.`,
    gaveUp: 'Der Server hat diese Nachricht nicht bestätigt.',

    chooseRoom: 'Raum wählen',
    roomHint: 'Wer denselben Namen öffnet, kommt in denselben Raum.',
    roomName: 'Name des Raums',
    enter: 'Eintreten',
    badRoom:
        'So kann kein Raum heißen. Nimm einen kurzen Namen ohne Schrägstrich.',
    openRooms: 'Aktive Räume',
    emptyRooms: (n) => (n === 1 ? '1 leerer Raum' : `${n} leere Räume`),
    check: 'Funktioniert der Chat von hier aus?',

    errors: {
        bad_text: 'Der Text enthält Zeichen, die nicht gesendet werden können.',
        empty: 'Es gibt nichts zu senden.',
        too_long: 'Diese Nachricht ist zu lang.',
        bad_name: 'Ein Name besteht aus 1 bis 32 Buchstaben oder Ziffern.',
        name_taken: 'Dieser Name ist vergeben oder reserviert.',
        rate_limited: 'Zu schnell. Bitte warte einen Moment.',
        read_only: 'Du darfst hier lesen, aber nicht schreiben.',
        forbidden: 'Das darfst du nicht.',
        not_found: 'Diesen Raum gibt es nicht.',
        bad_room: 'Diesen Raum gibt es nicht.',
        rooms_full: 'Auf dem Server ist kein Platz für einen weiteren Raum.',
        offline: 'Zurzeit besteht keine Verbindung.',
    },
};
