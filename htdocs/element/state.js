/* How the connection is: a word in the header, and, when it is gone for a
 * while, a line that counts down to the next attempt.  Used by
 * conversation.js. */

const TRANSPORTS = {
    websocket: 'WebSocket',
    sse: 'SSE',
    longpoll: 'Long polling',
    poll: 'Polling',
};
/* Before that, nobody is alarmed: a restart of the server takes about so
 * long, and most interruptions are shorter than a second. */
const QUIET = { planned: 3000, lost: 1000 };
/* Who has not been connected at all for so long learns where to find out why:
 * a browser does not tell a page that its site may not use the chat. */
const PUZZLED = 10000;
const LOOKS = { online: 'good', closed: 'bad' };

export class StateLine {
    #strings;
    #room;
    #word;
    #line;
    #log;
    #text;
    #check;
    #chat = null;
    #lostAt = 0;
    #planned = false;
    #known = false;             /* there was a connection */
    #timer = 0;

    /* address: the room's, a URL.  again() tries at once.  signal: ends the
     * listening to the window. */
    constructor(root, strings, address, signal, again) {
        this.#strings = strings;
        this.#room = root.getElementById('room');
        this.#word = root.getElementById('state');
        this.#line = root.getElementById('trouble');
        this.#log = root.getElementById('log');
        this.#text = root.getElementById('trouble-text');
        this.#check = root.getElementById('trouble-check');
        this.#check.href = new URL('_chatws/check.html', address).href;
        root.getElementById('trouble-now').addEventListener('click', again);
        for (const type of ['online', 'offline']) {
            addEventListener(type, () => this.#show(), { signal });
        }
    }

    show(state, chat) {
        const now = Date.now();

        this.#chat = chat;
        this.#room.dataset.state = state;
        if (state === 'online' || state === 'closed') {
            this.#lostAt = 0;
            this.#planned = false;
        }
        this.#known ||= state === 'online';
        if (state === 'waiting') {
            this.#lostAt ||= now;
            this.#planned ||= chat.planned === true;
        }
        this.#show();
    }

    end() {
        clearTimeout(this.#timer);
    }

    #show() {
        const state = this.#room.dataset.state;
        const lost = this.#lostAt ? Date.now() - this.#lostAt : -1;
        const quiet = QUIET[this.#planned ? 'planned' : 'lost'];
        const calm = this.#planned && lost < quiet;
        /* Or the server is on this very machine, and can be reached. */
        const off = navigator.onLine === false && state !== 'closed'
            && state !== 'online';

        clearTimeout(this.#timer);
        this.#put(this.#word, off ? this.#strings.noNetwork
            : calm ? this.#strings.online : this.#wordOf(state));
        this.#word.dataset.look = off ? 'wait'
            : calm ? 'good' : LOOKS[state] ?? 'wait';
        this.#word.title = state === 'online'
            ? TRANSPORTS[this.#chat?.transport] ?? '' : '';
        this.#hide(lost < quiet);
        this.#check.hidden = this.#known || lost < PUZZLED;
        if (lost >= 0) {
            this.#put(this.#text, this.#tellNext(state, off));
            this.#timer = setTimeout(() => this.#show(),
                lost < quiet ? quiet - lost : 500);
        }
    }

    /* A reader who was at its button is not left without a place. */
    #hide(hidden) {
        const { activeElement } = this.#line.getRootNode();
        const focused = hidden && this.#line.contains(activeElement);

        this.#line.hidden = hidden;
        if (focused) {
            this.#log.focus({ preventScroll: true });
        }
    }

    #wordOf(state) {
        const { waiting, restarting } = this.#strings;

        return state === 'waiting' ? this.#planned ? restarting : waiting
            : this.#strings[state] ?? waiting;
    }

    /* The live region says a thing once, and again only when it changes. */
    #put(element, text) {
        if (element.textContent !== text) {
            element.textContent = text;
        }
    }

    #tellNext(state, off) {
        const left = (this.#chat.retryAt - Date.now()) / 1000;

        if (off) {
            return this.#strings.noNetwork;
        }
        return state === 'waiting' && left > 0
            ? this.#strings.nextTry(Math.ceil(left))
            : this.#strings.connecting;
    }
}
