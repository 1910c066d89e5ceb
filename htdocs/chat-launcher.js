/* <chat-launcher src="/chat/lobby">: a round button in a corner of any page
 * that opens a chat room; docs/LAUNCHER.md says what can be set.
 *
 * The page pays for a button: the room's files are loaded, and a connection
 * is opened, when the reader first wants the room.  Whoever has opened it in
 * this tab gets the number of unread messages on the next pages, too. */

import { makeButton, makePanel, makeStatus } from './element/launch.js';
import { adopt } from './element/markup.js';
import { addStyle } from './element/styles.js';
import { loadStrings } from './lang/strings.js';

/* What the room is given on. */
const PASSED = ['src', 'lang', 'dir', 'theme', 'transport', 'history', 'name',
    'label', 'heading', 'login', 'token'];
const TOLD = ['message', 'state', 'unread'];
const KEY = 'chatws.launcher';
const MOST_KEPT = 10;
const MOST_SHOWN = 99;
/* Where the room takes the whole screen. */
const SMALL = '(max-width: 32em), (max-height: 26em)';

/* A server that renders pages may load this: there it does nothing. */
const Element = globalThis.HTMLElement ?? class {};

/* What this tab knows of launchers: [address, {open, unread}]; it may be
 * anything, or refused. */
function readTab() {
    try {
        const entries = JSON.parse(sessionStorage.getItem(KEY));

        return Array.isArray(entries) ? entries.filter(Array.isArray) : [];
    }
    catch {
        return [];
    }
}

export class ChatLauncher extends Element {
    static observedAttributes = [...PASSED, 'corner'];

    #root = this.attachShadow({ mode: 'open' });
    #styled = addStyle(this.#root, 'element/launcher.css');
    #strings = null;
    #button = null;
    #panel = null;
    #room = null;
    #unread = 0;
    #due = false;
    #life = null;
    #token;                     /* that of the property */

    /* As that of the room. */
    get token() {
        return this.#token ?? this.getAttribute('token') ?? undefined;
    }

    set token(token) {
        this.#token = token ?? undefined;
        this.#passToken();
    }

    get isOpen() {
        return this.#panel?.open ?? false;
    }

    /* The <chat-room>, null while there is none. */
    get room() {
        return this.#room;
    }

    get chat() {
        return this.#room?.chat ?? null;
    }

    get unread() {
        return this.#unread;
    }

    connectedCallback() {
        adopt(this, 'token');
        this.#plan();
    }

    disconnectedCallback() {
        this.#leave();
    }

    attributeChangedCallback(name, old, value) {
        if (this.#room && PASSED.includes(name) && old !== value) {
            this.#pass(name);
        }
        else if (name === 'src' && old !== value) {
            this.#leave();
        }
        if (['src', 'lang', 'label'].includes(name)) {
            this.#plan();
        }
    }

    open() {
        this.#show(true);
    }

    close() {
        this.#panel?.close();
    }

    toggle() {
        if (this.isOpen) {
            this.close();
        }
        else {
            this.open();
        }
    }

    #plan() {
        if (!this.#due) {
            this.#due = true;
            queueMicrotask(() => {
                this.#due = false;
                this.#apply();
            });
        }
    }

    async #apply() {
        if (!this.isConnected) {
            return;
        }
        const wanted = this.getAttribute('lang');
        const strings = await loadStrings([wanted,
            document.documentElement.lang, ...navigator.languages]);

        await this.#styled;
        if (wanted !== this.getAttribute('lang')) {
            return;                 /* the other one comes, or is there */
        }
        this.#strings = strings;
        if (!this.#button) {
            this.#build();
        }
        this.#button.hidden = !this.hasAttribute('src');
        if (this.#button.hidden) {
            this.close();
        }
        this.#write();
        if (this.isConnected && !this.#life && !this.#button.hidden) {
            this.#begin();
        }
    }

    /* The document, or a room that has never been loaded. */
    #leave() {
        this.#life?.abort();
        this.#life = null;
    }

    #build() {
        this.#button = makeButton();
        this.#panel = makePanel();
        this.#root.append(this.#button, this.#panel, makeStatus());
        this.#button.addEventListener('click', () => this.toggle());
        this.#panel.addEventListener('close', () => this.#closed());
        this.#panel.addEventListener('keydown',
            (event) => this.#pressed(event));
    }

    /* Escape closes the room, unless a dialog of the room's is open. */
    #pressed(event) {
        const inDialog = event.composedPath().some((element) =>
            element.localName === 'dialog' && element !== this.#panel);

        if (event.key === 'Escape' && !event.defaultPrevented && !inDialog) {
            event.preventDefault();
            event.stopPropagation();
            this.close();
        }
    }

    /* The element is in a document, and has a room. */
    #begin() {
        const kept = readTab().find(([src]) => src === this.#address())?.[1];
        const small = matchMedia(SMALL);

        this.#life = new AbortController();
        small.addEventListener('change', () => this.#refit(),
            { signal: this.#life.signal });
        if (!this.#room) {
            this.#setUnread(Number(kept?.unread) || 0);
        }
        if (kept?.open && !small.matches) {
            this.#show(false);
        }
        else if (this.#connects(kept)) {
            this.#whenIdle(() => this.#load());
        }
    }

    /* Whether there is a connection while the room is closed. */
    #connects(kept) {
        const when = this.getAttribute('connect');

        return when === 'load' || (when !== 'open' && Boolean(kept));
    }

    /* The page comes first. */
    #whenIdle(act) {
        const { signal } = this.#life;
        const later = () => (globalThis.requestIdleCallback ?? setTimeout)(
            () => signal.aborted || act());

        if (document.readyState === 'complete') {
            later();
        }
        else {
            addEventListener('load', later, { once: true, signal });
        }
    }

    #address() {
        return new URL(this.getAttribute('src') ?? '', this.baseURI).href;
    }

    /* asked: by the reader, who then goes on in the room. */
    #show(asked) {
        if (!this.#panel || this.isOpen || !this.hasAttribute('src')) {
            return;
        }
        const focused = document.activeElement;

        this.#openPanel();
        this.#button.ariaExpanded = 'true';
        this.#load();
        if (asked) {
            this.#focusRoom();
        }
        else if (focused !== this) {
            this.#root.activeElement?.blur();       /* the dialog took it */
            focused?.focus({ preventScroll: true });
        }
        this.#keep();
        this.#tell('toggle', { open: true });
    }

    /* On a small screen the page behind the room is out of reach. */
    #openPanel() {
        if (matchMedia(SMALL).matches) {
            this.#panel.showModal();
        }
        else {
            this.#panel.show();
        }
    }

    #refit() {
        if (this.isOpen) {
            const field = this.#room.shadowRoot?.activeElement;

            this.#panel.close();
            this.#openPanel();
            field?.focus({ preventScroll: true });
        }
    }

    /* A dialog tells of its closing later: it may be open again by then. */
    #closed() {
        if (this.isOpen) {
            return;
        }
        this.#button.ariaExpanded = 'false';
        if ([document.body, this, null].includes(document.activeElement)) {
            this.#button.focus({ preventScroll: true });
        }
        this.#keep();
        if (this.getAttribute('connect') === 'open') {
            this.#dropRoom();
        }
        this.#tell('toggle', { open: false });
    }

    #focusRoom() {
        const room = this.#room;

        if (room.chat) {
            room.focus();
        }
        else {
            this.#panel.querySelector('.close').focus();
            room.addEventListener('ready', () => this.isOpen && room.focus(),
                { once: true });
        }
    }

    #load() {
        const failed = this.#panel.querySelector('.failed');

        if (!this.#room) {
            this.#makeRoom();
        }
        import('./chat-room.js').then(() => {
            failed.textContent = '';
        }, () => {
            failed.textContent = this.#strings.notLoaded;
        });
    }

    #makeRoom() {
        const close = this.#panel.querySelector('.close');

        this.#room = document.createElement('chat-room');
        this.#room.setAttribute('part', 'room');
        PASSED.forEach((name) => this.#pass(name));
        this.#passToken();
        close.slot = 'end';
        close.onclick = () => this.close();
        this.#room.append(close);
        for (const type of TOLD) {
            this.#room.addEventListener(type,
                (event) => this.#hear(type, event.detail));
        }
        this.#panel.append(this.#room);
    }

    #dropRoom() {
        this.#panel.prepend(this.#panel.querySelector('.close'));
        this.#room?.remove();
        this.#room = null;
        this.#setUnread(0);
    }

    #pass(name) {
        if (this.hasAttribute(name)) {
            this.#room.setAttribute(name, this.getAttribute(name));
        }
        else {
            this.#room.removeAttribute(name);
        }
    }

    #passToken() {
        if (this.#room) {
            this.#room.token = this.#token;
        }
    }

    #hear(type, detail) {
        if (type === 'unread') {
            this.#setUnread(detail.count);
            this.#keep();
        }
        this.#tell(type, detail);
    }

    #setUnread(count) {
        if (count > 0 && this.#unread === 0) {
            this.#root.querySelector('.status').textContent
                = this.isOpen ? '' : this.#strings.newMessages(count);
        }
        this.#unread = count;
        this.#write();
    }

    /* Everything on the button and the panel that a reader reads. */
    #write() {
        const { chat, closeChat, newMessages, locale, lang }
            = this.#strings;
        const label = this.getAttribute('label') || chat;
        const badge = this.#root.querySelector('.badge');
        const number = new Intl.NumberFormat(locale);

        this.#button.lang = lang;
        this.#button.title = label;
        this.#button.ariaLabel = this.#unread
            ? `${label}, ${newMessages(this.#unread)}` : label;
        badge.hidden = this.#unread === 0;
        badge.textContent = number.format(Math.min(this.#unread, MOST_SHOWN))
            + (this.#unread > MOST_SHOWN ? '+' : '');
        this.#panel.ariaLabel = label;
        this.#panel.lang = lang;
        this.#root.querySelector('.close').ariaLabel = closeChat;
    }

    #keep() {
        const address = this.#address();
        const others = readTab().filter(([src]) => src !== address);

        try {
            sessionStorage.setItem(KEY, JSON.stringify([[address,
                { open: this.isOpen, unread: this.#unread }],
            ...others].slice(0, MOST_KEPT)));
        }
        catch {
            /* Then the next page begins with a closed one. */
        }
    }

    /* An exception in a listener of the page is the page's alone. */
    #tell(type, detail) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }
}

if (globalThis.customElements && !customElements.get('chat-launcher')) {
    customElements.define('chat-launcher', ChatLauncher);
}
