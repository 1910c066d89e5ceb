/* Spanish.  Loaded by strings.js. */

export default {
    lang: 'es',
    dir: 'ltr',
    otherRooms: 'Otras salas',
    messages: 'Mensajes',
    empty: 'Todavía no hay mensajes. ¡Saluda!',
    yourMessage: 'Tu mensaje',
    placeholder: 'Escribe un mensaje',
    send: 'Enviar',
    changeName: 'Cambiar nombre',
    nameLabel: 'El nombre que ven los demás',
    cancel: 'Cancelar',
    save: 'Guardar',
    you: 'tú',
    guestName: (tag) => `invitado-${tag}`,

    connecting: 'Conectando…',
    online: 'Conectado',
    waiting: 'Conexión perdida, reintentando…',
    closed: 'Desconectado',
    people: (n) => (n === 1 ? '1 persona aquí' : `${n} personas aquí`),
    newMessages: (n) => (n === 1 ? '1 mensaje nuevo' : `${n} mensajes nuevos`),
    newFromHere: 'Mensajes nuevos',
    renamed: (old, now) => `${old} ahora es ${now}`,
    typing: (names) => {
        if (names.length > 2) {
            return 'Varias personas están escribiendo…';
        }
        return names.length === 1 ? `${names[0]} está escribiendo…`
            : `${names[0]} y ${names[1]} están escribiendo…`;
    },
    gap: 'Aquí faltan algunos mensajes.',
    gone: 'Ese mensaje ya no está disponible.',
    loading: 'Cargando mensajes anteriores…',
    newest: 'Ir al último mensaje',
    guest: 'invitado',
    verified: 'verificado',
    moderator: 'moderador',

    askName: '¿Con qué nombre quieres aparecer?',
    notNow: 'Ahora no',
    nameTaken:
        'Este nombre, o uno demasiado parecido, está en uso o reservado.',
    nameRefused: (now) => 'El nombre que elegiste está en uso o reservado aquí.'
        + ` Aquí eres ${now}.`,
    nameLost: (old, now) => `${old} ha iniciado sesión y el nombre es suyo.`
        + ` Ahora eres ${now}.`,

    noNetwork: 'No tienes conexión',
    restarting: 'El servidor se está reiniciando…',
    nextTry: (n) => `Nuevo intento en ${n} s`,
    tryNow: 'Intentar ahora',
    reconnect: 'Intentar de nuevo',
    logInToJoin: 'Inicia sesión para participar',
    logInToWrite: 'Inicia sesión para escribir',
    testConnection: 'Probar la conexión',
    refusals: {
        login_required: 'Esta sala es para quienes han iniciado sesión.',
        forbidden: 'No puedes entrar en esta sala.',
        not_found: 'Esta sala no existe.',
        bad_room: 'Esta sala no existe.',
    },

    notices: 'Notificaciones',
    noticesHint: 'Mientras estás en otra parte, los mensajes nuevos',
    noticeTitle: 'se cuentan en el título',
    noticeSound: 'suenan con un tono suave',
    noticeDesktop: 'se muestran como notificación',
    noticeNever: 'nunca',
    noticeNamed: 'si me mencionan',
    noticeAll: 'siempre',
    noticeBlocked:
        'El navegador no permite que este sitio muestre notificaciones.',
    noticeFrom: (name, room) => `${name} en ${room}`,

    chat: 'Chat',
    closeChat: 'Cerrar el chat',
    notLoaded: 'No se pudo cargar el chat.',

    personMenu: (name) => `${name}, más opciones`,
    mention: (name) => `Mencionar a ${name}`,
    ignore: (name) => `Ignorar a ${name}`,
    stopIgnoring: (name) => `Dejar de ignorar a ${name}`,
    ignored: 'Ignorados en este navegador',
    suggestions: 'Nombres',
    suggested: (n) => (n === 1 ? '1 nombre' : `${n} nombres`),

    emoji: 'Emojis',
    searchEmoji: 'Buscar emojis',
    recentEmoji: 'Usados recientemente',
    noEmoji: 'No se encontró nada',
    emojiGroups: [
        'Caras', 'Personas', 'Animales y naturaleza', 'Comida y bebida',
        'Viajes', 'Actividades', 'Objetos', 'Símbolos', 'Banderas',
    ],

    sending: 'Enviando…',
    notSent: 'No enviado',
    tryAgain: 'Reintentar',
    remove: 'Quitar',
    left: (n) => (n === 1 ? 'Queda 1 carácter' : `Quedan ${n} caracteres`),
    tooMany: (n) => (n === 1 ? 'Sobra 1 carácter' : `Sobran ${n} caracteres`),
    retryIn: (n) => `Demasiado rápido. Se enviará en ${n} s.`,
    gaveUp: 'El servidor no ha confirmado este mensaje.',

    chooseRoom: 'Elige una sala',
    roomHint: 'Quienes abren el mismo nombre se encuentran en la misma sala.',
    roomName: 'Nombre de la sala',
    enter: 'Entrar',
    badRoom:
        'Este nombre no puede ser una sala. Usa un nombre corto sin barra.',
    openRooms: 'Salas activas',
    emptyRooms: (n) => (n === 1 ? '1 sala vacía' : `${n} salas vacías`),
    check: '¿Funciona el chat desde aquí?',

    errors: {
        bad_text: 'El texto contiene caracteres que no se pueden enviar.',
        empty: 'No hay nada que enviar.',
        too_long: 'Este mensaje es demasiado largo.',
        bad_name: 'Un nombre tiene de 1 a 32 letras o cifras.',
        name_taken: 'Este nombre está en uso o reservado.',
        rate_limited: 'Demasiado rápido. Espera un momento.',
        read_only: 'Aquí puedes leer, pero no escribir.',
        forbidden: 'No tienes permiso para hacer esto.',
        not_found: 'Esta sala no existe.',
        bad_room: 'Esta sala no existe.',
        rooms_full: 'En el servidor no caben más salas.',
        offline: 'Ahora mismo no hay conexión.',
    },
};
