/* Portuguese: what the check page says.  Loaded by check/strings.js. */

const PROXY = 'docs/OPERATIONS.md, “Behind a proxy”';

export default {
    lang: 'pt',
    dir: 'ltr',
    title: 'O chat funciona daqui?',
    lead: 'Deste navegador ao servidor e de volta, por cada um dos caminhos que '
        + 'o chat pode usar.',
    again: 'Testar de novo',
    copy: 'Copiar o resultado',
    asText: 'O resultado em texto',
    copied: 'Copiado.',
    selected: 'Selecionado: copie manualmente (Ctrl+C ou toque longo).',
    running: (name) => `Testando: ${name}…`,
    waiting: 'aguardando',
    busy: 'testando…',
    works: (ms) => (ms === undefined ? 'funciona' : `funciona (${ms} ms)`),
    fails: 'não funciona',

    steps: {
        server: 'Resposta do servidor',
        posting: 'Envio de uma mensagem',
        websocket: 'WebSocket',
        stream: 'Fluxo de eventos (SSE)',
        longpoll: 'Long polling',
        facts: 'O que mais se sabe',
    },
    ways: { websocket: 'WebSocket', stream: 'um fluxo de eventos',
        longpoll: 'long polling', server: 'polling' },

    verdicts: {
        works: () => 'Tudo funciona: o chat usa WebSocket e tem outros três '
            + 'caminhos de reserva.',
        spare: (broken) => 'O chat funciona por WebSocket. Dos caminhos de '
            + `reserva, não funciona: ${broken}.`,
        instead: (way, cause) => `O chat funciona por ${way}, mas não por `
            + `WebSocket. ${cause}`,
        readable: (cause) => 'Aqui é possível ler mensagens, mas não escrever. '
            + cause,
        broken: (cause) => `O chat não funciona daqui. ${cause}`,
        cookie: (cause) => `As mensagens vão e vêm. ${cause}`,
    },

    causes: {
        offline: 'Este dispositivo está sem conexão.',
        cut: 'A conexão foi cortada antes de qualquer resposta: por um antivírus '
            + 'ou uma extensão neste dispositivo, por um firewall ou por um proxy '
            + 'que perdeu o servidor. Tente outra rede; se continuar, o log de '
            + 'erros do proxy diz mais.',
        silent: 'Nenhuma resposta chegou a tempo: algo no caminho descarta a '
            + 'requisição, ou o servidor está sobrecarregado. Veja os logs de '
            + 'erros do proxy e do servidor.',
        login: 'É pedido um login que esta página não tem: pelo Require do '
            + 'servidor para este endereço, ou por um proxy à frente. Faça login '
            + 'no site primeiro.',
        redirect: 'A resposta é um redirecionamento, provavelmente para uma '
            + 'página de login ou outro endereço do site. Faça login primeiro, ou '
            + 'abra esta página no endereço principal do site.',
        wall: 'O acesso foi negado, mas não pelo chat: por um firewall de '
            + 'aplicações (mod_security, uma CDN), ou pelo Require ou Deny do '
            + 'servidor para este endereço.',
        forbidden: 'O próprio chat recusa: convidados não entram aqui '
            + '(ChatGuests), ou este site lhe é estranho (ChatOrigin).',
        host: 'O proxy altera Host, e por isso toda página parece ser de outro '
            + 'site. Faça-o repassar Host (ProxyPreserveHost On), ou cite o site '
            + `em ChatOrigin: ${PROXY}.`,
        missing: 'Outra coisa responde neste endereço (404): um front controller '
            + 'do site, ou um proxy que repassa só parte dos endereços do chat. '
            + 'Veja docs/SITE.md, “.htaccess, rewriting and other modules”, e '
            + `${PROXY}.`,
        foreign: 'O que responde não é o chat: uma página de login ou de erro, o '
            + `portal desta rede, ou o próprio site. Veja ${PROXY}.`,
        method: 'Algo à frente do chat não deixa passar este tipo de requisição '
            + `(405). Veja ${PROXY}.`,
        size: 'Algo à frente do chat, ou o chat, recusa até uma mensagem curta '
            + 'como longa demais (413): veja o limite do proxy, ChatMaxMessage e '
            + 'ChatMaxPayload.',
        rate: 'Requisições demais (429): espere um minuto e teste de novo. Se '
            + 'continuar, um limite à frente do servidor, ChatRate ou o do '
            + 'endereço (ChatAddressRate) é muito baixo.',
        full: 'O chat não tem mais lugar, para uma sala ou uma conexão: veja '
            + 'docs/OPERATIONS.md, “Limits”.',
        gateway: 'Um proxy responde, mas não alcança o servidor atrás dele: ele '
            + 'está parado, ou o destino do proxy está errado. Veja o log de '
            + `erros do proxy e ${PROXY}.`,
        status: 'A resposta é um erro. O log de erros do servidor diz mais.',
        readOnly: 'Convidados só leem aqui (ChatGuests readonly): faça login no '
            + 'site para escrever.',
        elsewhere: 'A mensagem foi aceita, mas não está na sala: dois servidores '
            + 'respondem neste endereço, cada um com suas salas. O proxy deve '
            + 'enviar todos os endereços do chat a um só.',

        blocked: 'O próprio navegador não permite a conexão: uma extensão, uma '
            + 'Content Security Policy, ou uma página que só em parte é https.',
        stripped: 'Um proxy repassa a requisição sem o cabeçalho Upgrade: ela '
            + 'chegou ao servidor como uma requisição comum. O proxy precisa de '
            + `upgrade=websocket ou algo parecido: ${PROXY}.`,
        refused: 'O handshake foi recusado ou cortado no caminho: por um proxy '
            + `sem Upgrade (${PROXY}), por um firewall ou antivírus, ou pelo `
            + 'servidor, cujo log de erros tem então uma linha com um número CW.',
        hung: 'O handshake não recebe resposta: um firewall ou proxy o descarta. '
            + `Se for assim em toda rede, veja ${PROXY}.`,
        swallowed: 'O servidor aceitou, mas nada do que ele envia chega: um '
            + 'antivírus, um firewall ou um proxy retém os dados de WebSocket. O '
            + `chat passa sem isso; numa rede sua, veja ${PROXY}.`,
        closed: 'A conexão foi estabelecida e fechada em seguida: por um proxy '
            + 'ou firewall que a inspeciona, ou pelo servidor, cujo log de erros '
            + 'diz então o motivo.',
        oneWay: 'Os eventos do servidor chegam, mas nenhuma resposta ao que este '
            + 'navegador envia: um antivírus, um firewall ou um proxy retém um '
            + 'dos sentidos.',

        buffered: 'O primeiro evento do fluxo não chega: um proxy ou antivírus '
            + 'acumula a resposta antes de repassá-la. Desative esse buffer para '
            + `o chat: ${PROXY}.`,
        late: 'O fluxo começa, mas uma mensagem nova não chega em um segundo: '
            + 'algo no caminho acumula eventos (buffer ou compressão). '
            + `Desative-o para o chat: ${PROXY}.`,
        ended: 'O fluxo terminou antes da hora: por um proxy com limite de tempo '
            + 'curto, ou pelo servidor, que em HTTP/2 só tem lugar para alguns '
            + `fluxos (${PROXY}).`,

        early: 'A resposta veio na hora em vez de esperar: o servidor não tem '
            + 'lugar para mais uma (em HTTP/2, um quarto das threads), está '
            + 'reiniciando, ou ChatPollWait é muito curto. O chat usa polling no '
            + 'lugar.',
        held: 'Uma mensagem não encerra a espera em um segundo: algo no caminho '
            + `retém a resposta. Desative o buffer para o chat: ${PROXY}.`,

        cookie: 'O cookie “chatws” não volta, e por isso cada requisição é outro '
            + 'convidado: este navegador bloqueia cookies, ou um proxy os remove. '
            + 'Permita cookies deste site.',
    },

    facts: {
        browser: 'Protocolo do navegador',
        server: 'Protocolo que chega ao servidor',
        via: 'Sinais de um proxy',
        host: 'Host que chega',
        page: 'Esta página',
        socket: 'Endereço do WebSocket',
        trip: 'Ida e volta',
        cookie: 'Cookie “chatws”',
        skew: 'Relógio do navegador',
    },
    unknown: 'desconhecido',
    noMeter: 'desconhecido: a medição não responde',
    noVia: 'nenhum',
    kept: 'mantido',
    lost: 'não volta',
    signedIn: (name) => `desnecessário: login feito como ${name}`,
    milliseconds: (ms) => `${ms} ms`,
    skew: (seconds) => (seconds === 0 ? 'igual ao do servidor'
        : `${Math.abs(seconds)} s ${seconds < 0 ? 'adiantado' : 'atrasado'} em `
            + 'relação ao servidor'),
};
