/* <chat-room src="/chat/lobby">: a chat room as an element of any page.
 *
 * One script and one element are all that a page needs; docs/ELEMENT.md says
 * what can be set.  Its files lie beside this one, its elements in a shadow
 * root, and neither markup nor style is ever set from text, so that it runs
 * under "default-src 'self'". */

import { Conversation } from './element/conversation.js';
import { adopt } from './element/markup.js';
import { makeRoom } from './element/skeleton.js';
import { addStyle } from './element/styles.js';
import { loadStrings } from './lang/strings.js';

const STYLES = ['element/room.css', 'element/composer.css',
    'element/messages.css', 'element/extras.css'];
/* Whatever changes one of these begins the room anew. */
const ANEW = ['src', 'lang', 'transport', 'history', 'heading', 'login'];
const HEADING = 2;          /* below the h1 of the page */

/* A server that renders pages may load this: there it does nothing. */
const Element = globalThis.HTMLElement ?? class {};

export class ChatRoom extends Element {
    static observedAttributes = [...ANEW, 'theme', 'dir', 'label', 'name',
        'token'];

    #root = this.attachShadow({ mode: 'open' });
    #styled = Promise.all(STYLES.map((name) => addStyle(this.#root, name)));
    #key = null;
    #visit = null;          /* that which goes on, begun or about to */
    #room = null;
    #conversation = null;
    #strings = null;
    #due = false;
    #token;                 /* that of the property */
    /* In the next frame: who changes sizes at once is an error of the host. */
    #observer = new ResizeObserver(() =>
        requestAnimationFrame(() => this.#fit()));

    /* The client of the room, see chatws.d.ts; null while there is none. */
    get chat() {
        return this.#conversation?.chat ?? null;
    }

    /* Who the reader is: a token, or a function that gives a fresh one. */
    get token() {
        return this.#token ?? this.getAttribute('token') ?? undefined;
    }

    set token(token) {
        this.#token = token ?? undefined;
        this.#plan();
    }

    /* How many messages of others the reader has not seen. */
    get unread() {
        return this.#conversation?.unread ?? 0;
    }

    /* The reader can write at once.  options: those of any focus(). */
    focus(options) {
        this.#conversation?.focus(options);
    }

    /* Goes to the message with this id.  A promise: false if the room does
     * not have it. */
    async show(id) {
        return await this.#conversation?.show(String(id)) ?? false;
    }

    connectedCallback() {
        adopt(this, 'token');
        this.#plan();
    }

    disconnectedCallback() {
        this.#plan();
    }

    attributeChangedCallback(name, old, value) {
        if (old === value) {
            return;             /* a name that was chosen since stays */
        }
        if (ANEW.includes(name) || name === 'token') {
            this.#plan();
        }
        else if (name === 'label') {
            this.#relabel();
        }
        else if (name === 'name') {
            this.#conversation?.rename(value);
        }
        else {
            this.#dress();
        }
    }

    /* Several changes at once, or a move within the document, are one. */
    #plan() {
        if (!this.#due) {
            this.#due = true;
            queueMicrotask(() => {
                this.#due = false;
                this.#apply();
            });
        }
    }

    #apply() {
        const wanted = this.isConnected && this.hasAttribute('src');
        const key = wanted ? JSON.stringify([Boolean(this.token),
            ...ANEW.map((name) => this.getAttribute(name))]) : null;

        if (key !== this.#key) {
            this.#end();
            this.#key = key;
            if (wanted) {
                this.#begin();
            }
        }
        else {
            this.#conversation?.settle();
            this.#renew();
        }
    }

    /* Another token of the same reader counts from the next connection on. */
    #renew() {
        const { chat, token } = this;

        if (chat && token !== chat.token) {
            chat.token = token;
            if (chat.refusal?.code === 'bad_token') {
                chat.reconnect();
            }
        }
    }

    async #begin() {
        const visit = Symbol('visit');

        this.#visit = visit;
        const strings = await loadStrings([this.getAttribute('lang'),
            document.documentElement.lang, ...navigator.languages]);

        if (this.#visit !== visit) {
            return;             /* another one may have the same key */
        }
        this.#strings = strings;
        this.#room = makeRoom(strings, this.#level());
        this.#room.hidden = true;
        this.#root.append(this.#room);
        this.#dress();
        this.#observer.observe(this.#room);
        this.#conversation = new Conversation(this.#root, strings,
            this.#address(), this.#options(), this.#place());
        await this.#styled;
        if (this.#visit === visit) {
            this.#room.hidden = false;
            this.dispatchEvent(new Event('ready'));
        }
    }

    #end() {
        this.#visit = null;
        this.#observer.disconnect();
        this.#conversation?.end();
        this.#conversation = null;
        this.#room?.remove();
        this.#room = null;
    }

    /* An empty src is the page itself. */
    #address() {
        const address = new URL(this.getAttribute('src'), this.baseURI);

        address.search = '';
        address.hash = '';
        return address;
    }

    #options() {
        const options = {};
        const history = Number.parseInt(this.getAttribute('history'), 10);

        if (this.hasAttribute('transport')) {
            options.transport = this.getAttribute('transport');
        }
        if (history >= 0) {
            options.history = history;
        }
        if (this.getAttribute('name')) {
            options.name = this.getAttribute('name');
        }
        if (this.token) {
            options.token = this.token;
        }
        return options;
    }

    /* What the room has from the page around it. */
    #place() {
        const login = this.getAttribute('login');

        return {
            shown: this.#styled,
            label: this.getAttribute('label'),
            login: login && new URL(login, this.baseURI),
            anew: () => {
                this.#end();
                this.#key = null;
                this.#plan();
            },
        };
    }

    #level() {
        const level = Number.parseInt(this.getAttribute('heading'), 10);

        return level >= 1 && level <= 6 ? level : HEADING;
    }

    #relabel() {
        if (this.#conversation) {
            this.#conversation.label = this.getAttribute('label');
        }
    }

    /* The theme and the direction in which the room is laid out. */
    #dress() {
        const theme = this.getAttribute('theme');

        if (this.#room) {
            this.#room.dir = this.dir || this.#strings.dir;
            this.#room.dataset.theme = ['light', 'dark'].includes(theme)
                ? theme : this.#guessTheme();
        }
    }

    /* That of the page: the style sheet follows it, but browsers without
     * light-dark() have to be told which it is. */
    #guessTheme() {
        if (CSS.supports('color', 'light-dark(red, red)')) {
            return 'auto';
        }
        const schemes = getComputedStyle(this).colorScheme.split(' ');
        const isDark = matchMedia('(prefers-color-scheme: dark)').matches;

        return schemes.includes('dark')
            && (isDark || !schemes.includes('light')) ? 'dark' : 'light';
    }

    /* A host whose style leaves it no height gets our own. */
    #fit() {
        if (this.#room?.clientWidth > 0 && this.#room.clientHeight === 0) {
            this.#room.classList.add('loose');
        }
    }
}

if (globalThis.customElements && !customElements.get('chat-room')) {
    customElements.define('chat-room', ChatRoom);
}
