/* French.  Loaded by strings.js. */

export default {
    lang: 'fr',
    dir: 'ltr',
    otherRooms: 'Autres salons',
    messages: 'Messages',
    empty: 'Pas encore de message. Dites bonjour\u202f!',
    yourMessage: 'Votre message',
    placeholder: 'Écrire un message',
    send: 'Envoyer',
    changeName: 'Changer de nom',
    nameLabel: 'Le nom que les autres voient',
    cancel: 'Annuler',
    save: 'Enregistrer',
    you: 'vous',
    guestName: (tag) => `invité-${tag}`,

    connecting: 'Connexion…',
    online: 'Connecté',
    waiting: 'Connexion perdue, nouvelle tentative…',
    closed: 'Déconnecté',
    people: (n) => (n < 2 ? `${n} personne ici` : `${n} personnes ici`),
    newMessages: (n) => (n < 2 ? `${n} nouveau message`
        : `${n} nouveaux messages`),
    newFromHere: 'Nouveaux messages',
    renamed: (old, now) => `${old} s’appelle maintenant ${now}`,
    typing: (names) => {
        if (names.length > 2) {
            return 'Plusieurs personnes écrivent…';
        }
        return names.length === 1 ? `${names[0]} écrit…`
            : `${names[0]} et ${names[1]} écrivent…`;
    },
    gap: 'Il manque des messages ici.',
    gone: 'Ce message n’est plus disponible.',
    loading: 'Chargement des messages précédents…',
    newest: 'Aller au dernier message',
    guest: 'invité',
    verified: 'vérifié',
    moderator: 'modération',

    askName: 'Quel nom souhaitez-vous afficher\u202f?',
    notNow: 'Pas maintenant',
    nameTaken: 'Ce nom, ou un nom trop proche, est déjà pris ou réservé.',
    nameRefused: (now) => 'Le nom choisi est déjà pris ou réservé ici.'
        + ` Vous êtes ${now}.`,
    nameLost: (old, now) => `${old} s’est identifié\u00a0: ce nom lui appartient.`
        + ` Vous êtes maintenant ${now}.`,

    noNetwork: 'Vous êtes hors ligne',
    restarting: 'Le serveur redémarre…',
    nextTry: (n) => `Nouvelle tentative dans ${n} s`,
    tryNow: 'Essayer maintenant',
    reconnect: 'Réessayer',
    logInToJoin: 'S’identifier pour participer',
    logInToWrite: 'S’identifier pour écrire',
    testConnection: 'Tester la connexion',
    refusals: {
        login_required: 'Ce salon est réservé aux personnes identifiées.',
        forbidden: 'Vous ne pouvez pas entrer dans ce salon.',
        not_found: 'Ce salon n’existe pas.',
        bad_room: 'Ce salon n’existe pas.',
    },

    notices: 'Notifications',
    noticesHint: 'Quand vous êtes ailleurs, les nouveaux messages',
    noticeTitle: 'sont comptés dans le titre',
    noticeSound: 'sont signalés par un léger son',
    noticeDesktop: 's’affichent en notification',
    noticeNever: 'jamais',
    noticeNamed: 'si quelqu’un me mentionne',
    noticeAll: 'toujours',
    noticeBlocked:
        'Le navigateur n’autorise pas ce site à afficher des notifications.',
    noticeFrom: (name, room) => `${name} dans ${room}`,

    chat: 'Chat',
    closeChat: 'Fermer le chat',
    notLoaded: 'Le chat n’a pas pu être chargé.',

    personMenu: (name) => `${name}, plus d’options`,
    mention: (name) => `Mentionner ${name}`,
    ignore: (name) => `Ignorer ${name}`,
    stopIgnoring: (name) => `Ne plus ignorer ${name}`,
    ignored: 'Ignorés dans ce navigateur',
    suggestions: 'Noms',
    suggested: (n) => (n < 2 ? `${n} nom` : `${n} noms`),

    emoji: 'Émojis',
    searchEmoji: 'Rechercher un émoji',
    recentEmoji: 'Récents',
    noEmoji: 'Aucun résultat',
    emojiGroups: [
        'Visages', 'Personnes', 'Animaux et nature',
        'Nourriture et boissons', 'Voyages', 'Activités', 'Objets',
        'Symboles', 'Drapeaux',
    ],

    sending: 'Envoi…',
    notSent: 'Non envoyé',
    tryAgain: 'Réessayer',
    remove: 'Retirer',
    left: (n) => (n < 2 ? `${n} caractère restant`
        : `${n} caractères restants`),
    tooMany: (n) => (n === 1 ? '1 caractère de trop'
        : `${n} caractères de trop`),
    retryIn: (n) => `Trop vite. Nouvel envoi dans ${n} s.`,
    gaveUp: 'Le serveur n’a pas confirmé ce message.',

    chooseRoom: 'Choisir un salon',
    roomHint: 'Ceux qui ouvrent le même nom se retrouvent dans le même salon.',
    roomName: 'Nom du salon',
    enter: 'Entrer',
    badRoom:
        'Ce nom ne convient pas. Choisissez un nom court sans barre oblique.',
    openRooms: 'Salons actifs',
    emptyRooms: (n) => (n < 2 ? `${n} salon vide` : `${n} salons vides`),
    check: 'Le chat fonctionne-t-il chez vous\u202f?',

    errors: {
        bad_text:
            'Le texte contient des caractères qui ne peuvent pas être envoyés.',
        empty: 'Il n’y a rien à envoyer.',
        too_long: 'Ce message est trop long.',
        bad_name: 'Un nom comporte de 1 à 32 lettres ou chiffres.',
        name_taken: 'Ce nom est déjà pris ou réservé.',
        rate_limited: 'Trop de messages d’affilée. Attendez un instant.',
        read_only: 'Vous pouvez lire ici, mais pas écrire.',
        forbidden: 'Vous n’en avez pas le droit.',
        not_found: 'Ce salon n’existe pas.',
        bad_room: 'Ce salon n’existe pas.',
        rooms_full: 'Le serveur n’a plus de place pour un autre salon.',
        offline: 'Il n’y a pas de connexion pour le moment.',
    },
};
