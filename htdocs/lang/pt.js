/* Portuguese.  Loaded by strings.js. */

export default {
    lang: 'pt',
    dir: 'ltr',
    otherRooms: 'Outras salas',
    messages: 'Mensagens',
    empty: 'Ainda não há mensagens. Diga olá!',
    yourMessage: 'Sua mensagem',
    placeholder: 'Escreva uma mensagem',
    send: 'Enviar',
    changeName: 'Mudar o nome',
    nameLabel: 'O nome que os outros veem',
    cancel: 'Cancelar',
    save: 'Salvar',
    you: 'você',
    guestName: (tag) => `convidado-${tag}`,

    connecting: 'Conectando…',
    online: 'Conectado',
    waiting: 'Conexão perdida, tentando de novo…',
    closed: 'Desconectado',
    people: (n) => (n === 1 ? '1 pessoa aqui' : `${n} pessoas aqui`),
    newMessages: (n) => (n === 1 ? '1 mensagem nova' : `${n} mensagens novas`),
    newFromHere: 'Mensagens novas',
    renamed: (old, now) => `${old} agora é ${now}`,
    typing: (names) => {
        if (names.length > 2) {
            return 'Várias pessoas estão escrevendo…';
        }
        return names.length === 1 ? `${names[0]} está escrevendo…`
            : `${names[0]} e ${names[1]} estão escrevendo…`;
    },
    gap: 'Algumas mensagens estão faltando aqui.',
    gone: 'Essa mensagem não está mais disponível.',
    loading: 'Carregando mensagens anteriores…',
    newest: 'Ir para a mensagem mais recente',
    guest: 'convidado',
    verified: 'verificado',
    moderator: 'moderador',

    askName: 'Com que nome você quer aparecer?',
    notNow: 'Agora não',
    nameTaken: 'Este nome, ou um muito parecido, já está em uso ou reservado.',
    nameRefused: (now) => 'O nome que você escolheu está em uso ou reservado'
        + ` aqui. Aqui você é ${now}.`,
    nameLost: (old, now) => `${old} fez login e o nome é dessa pessoa.`
        + ` Agora você é ${now}.`,

    noNetwork: 'Você está sem conexão',
    restarting: 'O servidor está reiniciando…',
    nextTry: (n) => `Nova tentativa em ${n} s`,
    tryNow: 'Tentar agora',
    reconnect: 'Tentar de novo',
    logInToJoin: 'Faça login para participar',
    logInToWrite: 'Faça login para escrever',
    testConnection: 'Testar a conexão',
    refusals: {
        login_required: 'Esta sala é para quem fez login.',
        forbidden: 'Você não pode entrar nesta sala.',
        not_found: 'Esta sala não existe.',
        bad_room: 'Esta sala não existe.',
    },

    notices: 'Notificações',
    noticesHint: 'Quando você está em outro lugar, as mensagens novas',
    noticeTitle: 'são contadas no título',
    noticeSound: 'tocam um som suave',
    noticeDesktop: 'aparecem como notificação',
    noticeNever: 'nunca',
    noticeNamed: 'quando me mencionam',
    noticeAll: 'sempre',
    noticeBlocked: 'O navegador não permite que este site mostre notificações.',
    noticeFrom: (name, room) => `${name} em ${room}`,

    chat: 'Chat',
    closeChat: 'Fechar o chat',
    notLoaded: 'Não foi possível carregar o chat.',

    personMenu: (name) => `${name}, mais opções`,
    mention: (name) => `Mencionar ${name}`,
    ignore: (name) => `Ignorar ${name}`,
    stopIgnoring: (name) => `Deixar de ignorar ${name}`,
    ignored: 'Ignorados neste navegador',
    suggestions: 'Nomes',
    suggested: (n) => (n === 1 ? '1 nome' : `${n} nomes`),

    emoji: 'Emojis',
    searchEmoji: 'Pesquisar emojis',
    recentEmoji: 'Usados recentemente',
    noEmoji: 'Nada encontrado',
    emojiGroups: [
        'Rostos', 'Pessoas', 'Animais e natureza', 'Comida e bebida',
        'Viagens', 'Atividades', 'Objetos', 'Símbolos', 'Bandeiras',
    ],

    sending: 'Enviando…',
    notSent: 'Não enviada',
    tryAgain: 'Tentar de novo',
    remove: 'Remover',
    left: (n) => (n === 1 ? 'Resta 1 caractere' : `Restam ${n} caracteres`),
    tooMany: (n) => (n === 1 ? '1 caractere a mais'
        : `${n} caracteres a mais`),
    retryIn: (n) => `Rápido demais. Novo envio em ${n} s.`,
    gaveUp: 'O servidor não confirmou esta mensagem.',

    chooseRoom: 'Escolha uma sala',
    roomHint: 'Quem abre o mesmo nome se encontra na mesma sala.',
    roomName: 'Nome da sala',
    enter: 'Entrar',
    badRoom: 'Este nome não pode ser uma sala. Use um nome curto sem barra.',
    openRooms: 'Salas ativas',
    emptyRooms: (n) => (n === 1 ? '1 sala vazia' : `${n} salas vazias`),
    check: 'O chat funciona daqui?',

    errors: {
        bad_text: 'O texto contém caracteres que não podem ser enviados.',
        empty: 'Não há nada para enviar.',
        too_long: 'Esta mensagem é longa demais.',
        bad_name: 'Um nome tem de 1 a 32 letras ou números.',
        name_taken: 'Este nome está em uso ou reservado.',
        rate_limited: 'Rápido demais. Espere um momento.',
        read_only: 'Aqui você pode ler, mas não escrever.',
        forbidden: 'Você não tem permissão para isso.',
        not_found: 'Esta sala não existe.',
        bad_room: 'Esta sala não existe.',
        rooms_full: 'O servidor não comporta mais salas.',
        offline: 'No momento, não há conexão.',
    },
};
