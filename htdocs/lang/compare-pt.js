/* Portuguese (of Brazil), of the comparison page. Loaded by
 * compare/strings.js. */

const many = (n, one, more) => (n < 2 ? one : more);

export default {
    lang: 'pt',
    dir: 'ltr',
    units: ['B', 'KB', 'MB', 'GB', 'TB', 'PB'],
    delays: ['ms', 's'],
    title: 'Quanto custa uma mensagem de bate-papo?',
    lead: 'As mesmas mensagens, ao mesmo tempo, por cinco caminhos. O kernel '
        + 'do servidor conta cada byte.',
    start: 'Iniciar',
    stop: 'Parar',
    skip: 'Próxima etapa',
    takeOver: 'Testar por conta própria',
    reset: 'Recomeçar',
    guided: (n) => `Demonstração, ${n} s`,

    ways: { poll: 'Polling', longpoll: 'Long polling',
        sse: 'Server-Sent Events', websocket: 'WebSocket',
        deflate: 'WebSocket, comprimido' },
    short: { poll: 'Polling', longpoll: 'Long polling', sse: 'SSE',
        websocket: 'WebSocket', deflate: 'WS + deflate' },
    how: {
        poll: (seconds) => (seconds === 1 ? 'pergunta a cada segundo'
            : `pergunta a cada ${seconds} s`),
        longpoll: () => 'pergunta e espera a resposta',
        sse: () => 'uma resposta sem fim',
        websocket: () => 'uma conexão aberta',
        deflate: () => 'o mesmo, com permessage-deflate',
    },
    lost: 'sem conexão, tentando de novo',
    times: (ratio) => `${ratio} vezes o WebSocket`,
    received: (n) => `${n} ${many(n, 'mensagem', 'mensagens')}`,
    opened: (bytes) => `conexão, uma única vez: ${bytes}`,
    openedRow: 'Conexão, uma única vez',
    chart: (name, bytes, seconds) => `${name}: ${bytes} em ${seconds} s`,
    legendArea: 'Bytes transmitidos nos dois sentidos, mesma escala para todos',
    legendEmpty: 'uma resposta sem mensagem',
    legendFull: 'chega uma mensagem',

    which: 'A que se referem os números',
    steps: { quiet: 'Silêncio', one: 'Uma mensagem',
        busy: 'Uma por segundo',
        free: 'Sua escolha', all: 'Tudo' },
    left: (n) => `faltam ${n} s`,

    measuring: 'Abrindo as conexões…',
    said: (n, seconds) => (n === 0
        ? `Ninguém disse nada em ${seconds}\u00a0s. `
        : `${n === 1 ? 'Uma mensagem' : `${n} mensagens`} em ${seconds}\u00a0s. `),
    cost: (poll, socket, verdict) => `*poll:Polling:* *poll:${poll}.* `
        + `*websocket:WebSocket:* *websocket:${socket}*${verdict}`,
    less: (ratio) => `, ${ratio} vezes menos.`,
    same: ', mais ou menos o mesmo.',
    more: (ratio) => `, ${ratio} vezes mais.`,
    noRatio: '.',
    late: (poll, socket) => `Uma mensagem levou ${poll} para chegar com `
        + `polling e ${socket} com WebSocket (mediana).`,

    pairTitle: 'Cabeçalhos: toda vez, ou quase nunca',
    pairPolling: 'Polling',
    bytes: (n) => `${n} bytes`,
    pairQuestion: 'de cabeçalhos em cada requisição, com ou sem novidade',
    pairPacked: (n) => 'de cabeçalhos em cada requisição, com ou sem novidade; '
        + `o HTTP/2 os comprime para cerca de ${n}`,
    pairMessage: 'de cabeçalho em cada mensagem',
    pairSilence: 'enquanto ninguém diz nada',
    pairPost: (n) => `Para enviar: ${n} bytes antes de cada mensagem (POST)`,
    pairSent: (n) => `Para enviar: ${n} bytes antes de cada mensagem (frame)`,

    barsMessage: 'Quanto custa uma mensagem entregue, e do que isso é feito',
    barsSilence: (n) => `Quanto custam ${n} s de silêncio, e do que isso é `
        + 'feito',
    parts: { text: 'Texto', json: 'JSON', head: 'Cabeçalhos HTTP ou de frame',
        record: 'TLS', packet: 'Cabeçalhos TCP/IP' },
    barsNote: 'HTTP/2: estes caminhos dividem uma conexão. Os bytes de cada um '
        + 'são contados; o que TLS e TCP/IP acrescentam é rateado, portanto '
        + 'essa parte é uma estimativa.',
    packedNever: 'O servidor e o navegador não combinaram compressão, por '
        + 'isso os dois WebSockets transmitem o mesmo.',
    packedNot: (size, least) => `Aqui uma mensagem tem ${size} bytes de JSON, `
        + `e o servidor comprime a partir de ${least} bytes: os dois `
        + 'WebSockets transmitem o mesmo. Escolha um texto mais longo para '
        + 'ver a diferença.',
    packed: (size, least) => `Aqui uma mensagem tem ${size} bytes de JSON, `
        + `pelo menos ${least}: o servidor a comprime para WS + deflate. `
        + 'Texto e JSON são comprimidos juntos; estão desenhados na '
        + 'proporção que tinham antes.',
    barsSend: 'Quanto custa enviar uma mensagem',
    send: { post: 'POST', frame: 'Frame' },

    keep: 'O resultado',
    share: 'Link para este resultado',
    picture: 'Salvar imagem',
    save: 'Salvar CSV',
    link: 'Link',
    linkCopied: 'Copiado.',
    linkSelected: 'Selecionado: copie com Ctrl+C ou com um toque longo.',
    linked: (when, protocol) => 'Estes números vêm do link, não desta visita: '
        + `medidos em ${when} por ${protocol}.`,
    pictureHeads: (question, frame) => `${question} bytes de cabeçalhos em cada `
        + `requisição, ${frame} em cada mensagem WebSocket`,

    settings: 'Experimente',
    interval: 'O polling pergunta a cada',
    seconds: (n) => `${n} s`,
    rate: 'Mensagens',
    rates: { 0: 'nenhuma', 1: '1 / min', 10: '10 / min', 60: '60 / min',
        180: 'muitas' },
    size: 'Texto de uma mensagem',
    extra: 'Cookies em cada requisição',

    visitorsTitle: 'E com muitos visitantes?',
    visitors: 'Visitantes ao mesmo tempo',
    visitorsCount: (text, n) => `${text} ${many(n, 'visitante', 'visitantes')}`,
    visitorsNote: (text, n, pace) => `${text} `
        + `${many(n, 'visitante', 'visitantes')} em uma sala, dia e noite por `
        + `30 dias, no ritmo desta medição: ${pace}. Calculado a partir dos `
        + 'bytes e das requisições medidos; as conexões ficam abertas.',
    pace: (n, seconds, interval) => `${n === 0 ? 'nenhuma mensagem'
        : `${n} ${many(n, 'mensagem', 'mensagens')}`} em ${seconds} s, `
        + (interval === 1 ? 'uma requisição por segundo'
            : `uma requisição a cada ${interval} s`),
    month: { bytes: 'Tráfego por mês', requests: 'Requisições por mês',
        second: 'Requisições por segundo' },

    table: 'Os números desta medição',
    rows: {
        wire_sent: 'Bytes para o navegador',
        wire_received: 'Bytes vindos do navegador',
        packets_sent: 'Pacotes para o navegador',
        packets_received: 'Pacotes vindos do navegador',
        requests: 'Requisições respondidas',
        empty: 'delas, sem mensagem',
        messages: 'Mensagens entregues',
        each: 'Bytes por mensagem',
        share: 'disso, o texto em si',
        delay: 'Atraso, mediana',
    },

    noMeter: 'Este servidor não consegue medir: _chatws/meter não responde. '
        + 'Nada é contado aqui.',
    noPlace: 'Há tantos visitantes medindo agora que o servidor não tem mais '
        + 'lugar. Tente de novo daqui a um minuto.',
    noSocket: 'Daqui nenhum WebSocket passa, então não há o que comparar. Nada '
        + 'é contado.',
    noticeLink: 'Descobrir a causa',
    hidden: 'A página estava em segundo plano, por isso nada mais foi enviado '
        + 'nem contado. Os números terminam ali.',

    handshake: 'Como um WebSocket é aberto: as linhas reais desta visita',
    handshakeText: 'Um WebSocket começa como uma requisição HTTP comum. O '
        + 'servidor responde 101 e, dali em diante, a conexão só leva frames: '
        + 'os cabeçalhos abaixo são enviados uma única vez. No polling, eles '
        + 'vão em toda requisição.',
    once: (bytes) => `WebSocket: ${bytes} bytes, uma única vez`,
    answerOnce: (bytes) => `Resposta do servidor: ${bytes} bytes, uma única vez`,
    every: (bytes) => `Polling: ${bytes} bytes em cada requisição`,
    everyPacked: (bytes) => `Polling: ${bytes} bytes em cada requisição, que o `
        + 'HTTP/2 comprime',
    everyNote: 'Este é o cabeçalho da requisição com que esta página pede os '
        + 'números, como chegou ao servidor; o de um poll só muda no endereço. '
        + 'O que é secreto está oculto.',
    accept: 'O servidor prova que entendeu: Sec-WebSocket-Accept é o SHA-1 da '
        + 'chave seguida de um texto fixo da RFC, em base64.',
    acceptTrue: 'Esta página refez o cálculo com a chave acima: confere.',
    acceptFalse: 'Esta página refez o cálculo com a chave acima: NÃO confere.',
    waitHandshake: 'Aparece assim que um WebSocket é aberto.',

    frame: 'Um frame, byte a byte',
    frameText: (bytes, payload) => `A página enviou ${payload} bytes de texto `
        + `em um frame de ${bytes} bytes. Foi assim que ele chegou ao servidor:`,
    field: 'Campo',
    bits: 'Transmitido',
    meaning: 'Significado',
    fin: (set) => (set ? 'o último frame da mensagem'
        : 'vêm mais frames desta mensagem'),
    rsv: 'nenhuma extensão em uso',
    opcodes: { 1: 'texto', 2: 'binário', 8: 'fechamento', 9: 'ping',
        10: 'pong' },
    masked: 'mascarado, como tudo o que um navegador envia',
    unmasked: 'sem máscara',
    length: 'Tamanho dos dados',
    lengthMeans: (n) => `${n} bytes`,
    maskKey: 'Chave da máscara',
    keyMeans: 'quatro bytes aleatórios do navegador, novos a cada frame',
    payload: 'Dados',
    payloadMeans: 'cada byte XOR um byte da chave, em sequência:',
    unmaskTable: 'Remoção da máscara: byte, chave, resultado, caractere',
    serverFrame: (header, n, total) => `Para os mesmos ${n} bytes, o servidor `
        + `só precisa do cabeçalho ${header}: FIN e opcode, depois o tamanho; `
        + `sem máscara. ${total} bytes ao todo.`,
    serverMessage: (header, n, size) => 'A última mensagem desta medição teve '
        + `${n} bytes de JSON para ${size} bytes de texto; seu frame começava `
        + `com ${header}.`,

    counted: 'O que é contado, e por quem',
    countedList: [
        'Quem conta é o kernel do servidor (TCP_INFO), para cada conexão e cada '
            + 'requisição desta visita. A página só conta mensagens e atrasos.',
        'O custo de abrir uma conexão aparece à parte e não entra em nenhum '
            + 'outro número. Um caminho que abre outras conexões enquanto '
            + 'funciona, como às vezes o long polling em HTTP/1.1, paga '
            + 'por elas.',
        'São contados os bytes que o TCP leva (em https, com TLS) e os '
            + 'cabeçalhos IP e TCP de todos os pacotes: também de '
            + 'confirmações, da abertura e do fechamento de conexões e de '
            + 'pings. Ethernet e Wi-Fi ficam de fora.',
        'Os POSTs que enviam as mensagens e as requisições da página pelos '
            + 'números não estão em nenhuma coluna. Presença e avisos de '
            + 'digitação são tráfego, mas não mensagens.',
        'O handshake e o frame acima são de outra conexão desta visita, que não '
            + 'está em nenhuma coluna.',
        'O WebSocket não pede compressão, para que texto, JSON e cabeçalhos '
            + 'possam ser distinguidos; o comprimido é igual em todo o resto. '
            + 'As mensagens são frases em inglês, e nenhuma se repete em uma '
            + 'mesma mensagem.',
        'O cabeçalho de um POST é calculado a partir do que se vê acima: o '
            + 'mesmo navegador, outro endereço e o que um corpo exige.',
        'Um atraso vai de pouco antes do POST até a página ter a mensagem, pelo '
            + 'relógio do navegador.',
        '1 KB são 1.000 bytes.',
    ],
    protocol: (name) => `Esta página usa ${name}`,
    h1: 'HTTP/1.1: cada poll envia todos os cabeçalhos, por uma conexão que '
        + 'fica aberta entre um poll e outro. Um long poll que esperou às '
        + 'vezes fecha a conexão ao responder (com TLS, sempre), e então o '
        + 'próximo abre outra.',
    h2: 'HTTP/2: polls, long polls e o fluxo de eventos dividem uma conexão com '
        + 'todo o resto da página, e cabeçalhos repetidos viram poucos bytes '
        + '(HPACK); por isso o polling custa menos que em HTTP/1.1. Os frames '
        + 'de cada fluxo são contados com exatidão; o que TLS e TCP/IP '
        + 'acrescentam aos pacotes comuns é rateado. Cada WebSocket tem a '
        + 'própria conexão.',
    proxy: (hop) => `O navegador fala ${hop} com um proxy no caminho; é contado `
        + 'o que o proxy e o servidor trocam.',
};
