/* One room while it is open: joins the client and what is shown.  Used by
 * chat-room.js. */

import { connect } from '../chatws.js';
import { Composer } from './composer.js';
import { watchDrops } from './drop.js';
import { Notices } from './notices.js';
import { makeParts } from './parts.js';
import { People } from './people.js';
import { Rename } from './rename.js';
import { isolate } from './text.js';
import { Timeline } from './timeline.js';
import { Typing } from './typing.js';

const TRANSPORTS = {
    websocket: 'WebSocket',
    sse: 'SSE',
    longpoll: 'Long polling',
    poll: 'Polling',
};

/* The last part of a path. */
function lastOf(path) {
    return path.slice(path.lastIndexOf('/') + 1);
}

/* As a reader reads what stands in an address. */
function decode(text) {
    try {
        return decodeURIComponent(text);
    }
    catch {
        return text;
    }
}

export class Conversation {
    #root;
    #strings;
    #chat;
    #life = new AbortController();
    #timeline;
    #people;
    #typing;
    #composer;
    #rename;
    #notices;
    #parts;

    /* root: where makeRoom's elements are.  address: a URL.  options: those
     * of connect(). */
    constructor(root, strings, address, options) {
        const { signal } = this.#life;
        const attend = () => this.#timeline.attend();
        /* The client may still have something to tell when this has ended. */
        const whileAlive = (act) => (...told) => signal.aborted
            || act(...told);

        this.#root = root;
        this.#strings = strings;
        this.#makeParts(address.href, signal, options);
        this.#setTitle(decode(lastOf(address.pathname)));
        document.addEventListener('visibilitychange', attend, { signal });
        addEventListener('pagehide', attend, { signal });
        this.#chat = connect(address.href, {
            ...options,
            onMessage: whileAlive((message) => this.#receive(message)),
            onState: whileAlive((state, chat) => this.#showState(state, chat)),
            onEvent: whileAlive((event) => this.#handle(event)),
        });
    }

    get chat() {
        return this.#chat;
    }

    /* How many messages of others the reader has not seen. */
    get unread() {
        return this.#parts.find((part) => 'unread' in part).unread;
    }

    focus() {
        this.#composer.focus();
    }

    /* Goes to a message.  A promise: false if the room does not have it. */
    show(id) {
        return this.#timeline.goTo(id);
    }

    /* The element leaves its document, or shows another room. */
    end() {
        this.#life.abort();
        this.#chat.close();
        this.#timeline.end();
        this.#typing.clear();
        this.#notices.end();
        this.#tell('end');
    }

    #makeParts(room, signal, options) {
        const root = this.#root;
        const strings = this.#strings;
        const me = root.getElementById('me');

        this.#timeline = new Timeline(root, strings, room, {
            again: (ref) => {
                this.#composer.alert('');
                this.#chat.retry(ref);
                this.#composer.focus();
            },
            discard: (ref) => {
                this.#chat.discard(ref);
                this.#timeline.unpend(ref);
                this.#composer.focus();
            },
            older: (id, limit) => this.#chat.before(id, limit),
            /* Else the room has more than it tells by itself. */
            isWhole: !(options.history >= 0),
        });
        this.#people = new People(root, strings);
        this.#typing = new Typing(root, strings,
            () => this.#people.hasCompany && this.#chat.type() !== false);
        this.#composer = new Composer(root, strings, {
            text: (text) => {
                this.#chat.send(text);
                this.#timeline.scrollToEnd();
            },
            typed: (text) => this.#typing.noteInput(text),
        });
        this.#rename = new Rename(root, strings,
            (name) => this.#chat.rename(name) !== false);
        me.addEventListener('click', () => this.#rename.open(
            root.getElementById('my-name').textContent));
        this.#notices = new Notices(root, signal);
        this.#parts = makeParts({
            root,
            strings,
            room,
            signal,
            timeline: this.#timeline,
            people: this.#people,
            typing: this.#typing,
            chat: () => this.#chat,
        });
        watchDrops(root, signal);
    }

    /* Tells the parts that have such a method: see parts.js. */
    #tell(method, ...told) {
        for (const part of this.#parts) {
            part[method]?.(...told);
        }
    }

    /* Some part keeps this person from the reader's eyes. */
    #isIgnored(person) {
        return this.#parts.some((part) => part.ignores?.(person));
    }

    #receive(message) {
        const quiet = this.#isIgnored(message.from);
        const news = this.#timeline.isArmed && !message.own && !quiet;

        this.#timeline.show(message, message.own, quiet);
        this.#typing.hide(message.from.id);
        if (news) {
            this.#notices.tell();
        }
        if (!quiet) {
            this.#tell('receive', message, news);
        }
    }

    #showState(state, chat) {
        const line = this.#root.getElementById('state');

        this.#root.getElementById('room').dataset.state = state;
        line.textContent = this.#strings[state] ?? this.#strings.waiting;
        line.title = state === 'online'
            ? TRANSPORTS[chat.transport] ?? '' : '';
        if (state !== 'online') {
            this.#typing.clear();
        }
        this.#tell('state', state, chat);
    }

    /* Types that are not known here are of a later server: ignored. */
    #handle(event) {
        if (Object.hasOwn(Conversation.#handlers, event.type)) {
            Conversation.#handlers[event.type].call(this, event);
        }
        this.#tell('event', event);
    }

    static #handlers = {
        hello(event) {
            if (event.room) {
                this.#setTitle(lastOf(event.room));     /* polls lack it */
            }
            this.#setYou(event.you);
            this.#composer.setLimit(event.limits?.message);
            this.#people.begin(event.members);
            this.#typing.clear();
            if (event.gap) {
                this.#timeline.note(this.#strings.gap);
            }
            this.#timeline.arm();
        },

        pending(event) {
            this.#showPending(event);
        },

        error(event) {
            const text = this.#strings.errors[event.code]
                ?? String(event.text);

            if (event.ref === 'typing') {
                this.#typing.refuse(event.code);
            }
            else if (this.#rename.isOpen) {
                this.#rename.fail(text);
            }
            else {
                this.#composer.alert(text);
            }
        },

        you(event) {
            this.#setYou(event);
            this.#rename.close();
        },

        presence(event) {
            for (const [old, now] of this.#people.update(event)) {
                this.#timeline.note(this.#strings.renamed(
                    isolate(old), isolate(now)));
            }
            for (const person of event.left ?? []) {
                this.#typing.hide(person.id);
            }
        },

        typing(event) {
            if (!this.#isIgnored(event.from)) {
                this.#typing.show(event.from);
            }
        },

        gap() {
            this.#timeline.note(this.#strings.gap);
        },
    };

    /* A message of the reader's own that the server has not stored yet. */
    #showPending(entry) {
        const { errors, retryIn, gaveUp } = this.#strings;

        if (entry.state === 'sent') {
            this.#timeline.unpend(entry.ref);
            this.#composer.alert('');
        }
        else if (entry.code === 'rate_limited' && entry.state === 'sending') {
            this.#composer.alert(retryIn(Math.ceil(entry.retry ?? 1)));
        }
        else {
            this.#timeline.pend(entry);
            if (entry.state === 'failed') {
                this.#composer.alert(errors[entry.code] ?? gaveUp);
            }
        }
    }

    #setTitle(name) {
        this.#root.getElementById('title').textContent = name;
    }

    /* you: the PERSON that the reader is.  Only guests choose a name. */
    #setYou(you) {
        const me = this.#root.getElementById('me');

        me.hidden = !you;
        this.#timeline.setReader(String(you?.name ?? ''));
        if (you) {
            this.#root.getElementById('my-name').textContent
                = String(you.name);
            me.disabled = !(you.guest ?? this.#chat?.you?.guest);
        }
    }
}
