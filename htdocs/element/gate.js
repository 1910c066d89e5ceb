/* What stands in place of the field when the reader cannot write: the room
 * refused, or was closed, or this person only reads.  It says why, and what
 * can be done about it.  Used by conversation.js. */

import { isolate, makeSentence } from './text.js';
import { formatSpan } from './times.js';

/* Refusals of which our own sentence, in the reader's language, says as much
 * as the server's. */
const OURS = ['bad_room', 'banned', 'login_required', 'not_found'];
const KICK = 10;                    /* seconds: who is sent out may not enter */
const FOREVER = 9 * 365 * 86400;    /* seconds: a mute without end is told so */
/* Whoever runs the site finds the cause on the page that tests it. */
const WIRING = /\b(?:Host|Origin|ChatOrigin)\b/;

export class Gate {
    #root;
    #strings;
    #address;
    #login;
    #actions;
    #kind = '';
    #left = false;
    #timer = 0;
    #refusal = null;            /* the last one */
    #kicked = false;
    #until = 0;                 /* of the ban; 0: it does not end */
    #told = new Map();

    /* Why the reader is muted, if that was told. */
    reason = '';

    /* address: the room's, a URL.  login: that of the site's login, if it is
     * another one.  actions: again() tries once more, anew() enters the room
     * again as whoever the reader is now. */
    constructor(root, strings, { address, login }, signal, actions) {
        const back = () => this.#back();

        this.#root = root;
        this.#strings = strings;
        this.#address = address;
        this.#login = login;
        this.#actions = actions;
        this.#find('again').addEventListener('click', () => this.#retry());
        this.#find('login').addEventListener('click', () => {
            this.#left = true;
        });
        addEventListener('focus', back, { signal });
        addEventListener('pageshow', ({ persisted }) => persisted && back(),
            { signal });
        document.addEventListener('visibilitychange',
            () => document.hidden || back(), { signal });
    }

    /* True while the reader cannot write. */
    get isShut() {
        return this.#kind !== '';
    }

    show(chat) {
        clearTimeout(this.#timer);
        this.#shut(this.#kindOf(chat));
        this.#find('rest').hidden = true;
        this.#note(chat.refusal);
        if (this.#kind === 'muted') {
            this.#tellMuted(chat);
        }
        else if (this.#kind === 'refused' && this.#refusal.code === 'banned') {
            this.#tellBanned(chat);
        }
        else if (this.#kind === 'locked') {
            this.#tell({ text: this.#strings.locked });
        }
        else if (this.#kind === 'reader') {
            this.#tellReader(chat);
        }
        else if (chat.refusal) {
            this.#tellRefusal(chat.refusal);
        }
        else if (chat.state === 'closed') {
            this.#tell({ text: this.#strings.closed, again: true });
        }
    }

    /* While it connects, what was so is so. */
    #kindOf(chat) {
        if (chat.state === 'closed') {
            return chat.refusal ? 'refused' : 'closed';
        }
        if (chat.state !== 'online') {
            return this.#kind;
        }
        if (chat.canSpeak === false) {
            return 'reader';
        }
        if (chat.mutedUntil > Date.now()) {
            return 'muted';
        }
        return chat.roomState?.locked && !chat.rights?.moderate
            ? 'locked' : '';
    }

    end() {
        clearTimeout(this.#timer);
    }

    #find(name) {
        return this.#root.getElementById(`gate-${name}`);
    }

    #tellRefusal({ code, text = '', login }) {
        const { lang, logInToJoin, refusals } = this.#strings;
        const wired = WIRING.test(text);
        const helps = login && !wired;
        const ours = refusals[code === 'forbidden' && helps
            ? 'login_required' : code] ?? refusals.forbidden;
        const server = OURS.includes(code) ? '' : text;

        this.#tell({
            text: lang === 'en' && server ? server : ours,
            more: lang === 'en' ? '' : server,
            login: helps ? logInToJoin : '',
            again: true,
            check: wired,
        });
    }

    #tellMuted(chat) {
        this.#tell({ text: this.#reasoned(this.#strings.mutedHere,
            this.reason) });
        this.#tellRest(chat, (chat.mutedUntil - Date.now()) / 1000);
    }

    /* While it is tried again, the one before holds. */
    #note(refusal) {
        if (refusal && this.#refusal !== refusal) {
            this.#refusal = refusal;
            this.#kicked = refusal.for <= KICK;
            this.#until = refusal.for > 0
                ? Date.now() + 1000 * refusal.for : 0;
        }
    }

    /* A ban, or who was sent out once.  When it is over, trying again is what
     * is left to be said. */
    #tellBanned(chat) {
        const { banned, kicked } = this.#strings.refusals;

        this.#tell({ text: this.#reasoned(this.#kicked ? kicked : banned,
            this.#refusal.reason), again: true });
        this.#tellRest(chat, this.#until
            ? (this.#until - Date.now()) / 1000 : Infinity);
    }

    #reasoned(sentence, reason) {
        return reason ? `${sentence} ${this.#strings.reasonIs(
            isolate(String(reason)))}` : sentence;
    }

    /* left: seconds.  It is not read aloud each time it changes. */
    #tellRest(chat, left) {
        const { rest, forGood } = this.#strings;

        this.#find('rest').hidden = !(left > 0);
        if (left > 0) {
            this.#put('rest', left > FOREVER ? forGood
                : rest(formatSpan(left, this.#strings)));
            this.#timer = setTimeout(() => this.show(chat), 1000);
        }
    }

    /* What is the same is not told again. */
    #put(name, text) {
        if (this.#told.get(name) !== text) {
            this.#told.set(name, text);
            this.#find(name).replaceChildren(...makeSentence(text));
        }
    }

    /* Where neither the page names a login nor httpd has one, as with tokens,
     * a link would lead nowhere: then only the words are there. */
    #tellReader({ you, rights }) {
        const { errors, logInToWrite } = this.#strings;
        const guest = you?.guest !== false && !you?.id?.startsWith('u-');
        const link = guest && (this.#login || rights?.login);

        this.#tell({
            text: guest && !link ? logInToWrite : errors.read_only,
            login: link ? logInToWrite : '',
            place: rights?.login && new URL('?login', this.#address),
        });
    }

    #tell({ text, more = '', login = '', place, again = false,
        check = false }) {
        const link = this.#find('login');

        this.#put('text', text);
        this.#put('more', more);
        link.hidden = !login;
        link.textContent = login;
        link.href = (this.#login || place || this.#address).href;
        this.#find('again').hidden = !again;
        this.#find('check').hidden = !check;
        this.#find('check').href
            = new URL('_chatws/check.html', this.#address).href;
    }

    /* A reader who was in what goes is not left without a place. */
    #shut(kind) {
        const goes = this.#root.getElementById(kind ? 'composer' : 'gate');
        const focused = goes.contains(this.#root.activeElement);

        this.#kind = kind;
        this.#root.getElementById('gate').hidden = kind === '';
        this.#root.getElementById('room').classList.toggle('shut',
            kind !== '');
        if (focused) {
            this.#root.getElementById('log').focus({ preventScroll: true });
        }
    }

    /* The reader went to log in and comes back: one more attempt. */
    #back() {
        if (this.#left && this.isShut) {
            this.#left = false;
            this.#retry();
        }
    }

    /* Only a refusal is undone by trying again; who reads has to come in
     * anew, as somebody else. */
    #retry() {
        this.#actions[this.#kind === 'refused' ? 'again' : 'anew']();
    }
}
