/* One room while it is open: joins the client and what is shown.  Used by
 * chat-room.js. */

import { connect } from '../chatws.js';
import { Composer } from './composer.js';
import { watchDrops } from './drop.js';
import { Gate } from './gate.js';
import { shownName, tagOf } from './guest.js';
import { Notices } from './notices.js';
import { makeParts } from './parts.js';
import { People, personsIn } from './people.js';
import { Ask, Rename } from './rename.js';
import { StateLine } from './state.js';
import { isolate } from './text.js';
import { Timeline } from './timeline.js';
import { Typing } from './typing.js';

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
    #ask;
    #state;
    #gate;
    #notices;
    #parts;
    #title;
    #label = null;
    #name = '';                 /* the reader's */

    /* root: where makeRoom's elements are.  address: a URL.  options: those
     * of connect().  place: label and login, as the attributes say, and
     * anew(), which enters the room again. */
    constructor(root, strings, address, options, place) {
        const { signal } = this.#life;
        const attend = () => {
            this.#timeline.attend();
            this.#composer.save();
        };
        /* The client may still have something to tell when this has ended, and
         * whatever a server says, nothing of it is an error of the host. */
        const whileAlive = (act) => (...told) => {
            try {
                if (!signal.aborted) {
                    act(...told);
                }
            }
            catch (problem) {
                console.error(problem);
            }
        };

        this.#root = root;
        this.#strings = strings;
        this.#title = decode(lastOf(address.pathname));
        this.#makeFrame(address, signal, place);
        this.#makeParts(address.href, signal, options, place.shown);
        this.label = place.label;
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

    /* The title; null: that of the room. */
    set label(text) {
        this.#label = text;
        this.#root.getElementById('title').textContent
            = this.#label || this.#title;
    }

    /* options: those of any element's focus(). */
    focus(options) {
        if (!this.#gate.isShut) {
            this.#composer.focus(options);
        }
    }

    /* Only guests have a choice. */
    rename(name) {
        if (name && this.#chat.you?.guest) {
            this.#chat.rename(name);
        }
    }

    /* Goes to a message.  A promise: false if the room does not have it. */
    show(id) {
        return this.#timeline.goTo(id);
    }

    /* The element was moved: browsers forget how far its log was scrolled. */
    settle() {
        this.#timeline.settle();
    }

    /* The element leaves its document, or shows another room. */
    end() {
        this.#tell('leave');
        this.#life.abort();
        this.#composer.save();
        this.#chat.close();
        this.#state.end();
        this.#gate.end();
        this.#timeline.end();
        this.#typing.clear();
        this.#notices.end();
        this.#tell('end');
    }

    #makeParts(room, signal, options, shown) {
        const root = this.#root;
        const strings = this.#strings;
        const me = root.getElementById('me');

        this.#timeline = new Timeline(root, strings, room, {
            shown,
            again: (ref) => {
                this.#composer.settle(ref);
                this.#chat.retry(ref);
                this.#composer.focus();
            },
            discard: (ref) => {
                this.#chat.discard(ref);
                this.#forget(ref);
                this.#composer.focus();
            },
            older: (id, limit) => this.#chat.before(id, limit),
            newer: (id) => this.#chat.after(id),
            /* Else the room has more than it tells by itself. */
            isWhole: !(options.history >= 0),
        });
        this.#people = new People(root, strings);
        this.#typing = new Typing(root, strings,
            () => this.#people.hasCompany && this.#chat.type() !== false);
        this.#composer = new Composer(root, strings, room, {
            text: (text) => {
                this.#ask.end();
                this.#chat.send(text, this.#outgoing());
                this.#timeline.scrollToEnd();
            },
            typed: (text) => this.#typing.noteInput(text),
            begun: () => this.#ask.begin(),
        });
        this.#makeNames(root, strings, me);
        this.#notices = new Notices(root, signal);
        this.#parts = makeParts({
            root,
            strings,
            room,
            signal,
            timeline: this.#timeline,
            people: this.#people,
            typing: this.#typing,
            composer: this.#composer,
            gate: this.#gate,
            chat: () => this.#chat,
        });
        watchDrops(root, signal);
    }

    #makeNames(root, strings, me) {
        const onName = (name) => this.#chat.rename(name) !== false;

        this.#rename = new Rename(root, strings, onName);
        this.#ask = new Ask(root, strings, onName,
            () => this.#composer.focus());
        me.addEventListener('click', () => {
            this.#composer.settle('name');
            this.#rename.open(this.#name);
        });
    }

    /* What is there also without a connection. */
    #makeFrame(address, signal, { login, anew }) {
        const again = () => this.#chat.reconnect();

        this.#state = new StateLine(this.#root, this.#strings, address, signal,
            again);
        this.#gate = new Gate(this.#root, this.#strings, { address, login },
            signal, { again, anew });
    }

    /* Tells the parts that have such a method: see parts.js. */
    #tell(method, ...told) {
        for (const part of this.#parts) {
            part[method]?.(...told);
        }
    }

    /* Options of the client's send(). */
    #outgoing() {
        return Object.assign({},
            ...this.#parts.map((part) => part.outgoing?.()));
    }

    /* Some part keeps this person from the reader's eyes. */
    #isIgnored(person) {
        return this.#parts.some((part) => part.ignores?.(person));
    }

    #receive(message) {
        const quiet = this.#isIgnored(message.from);
        const news = this.#timeline.isArmed && !message.own && !quiet
            && !message.deleted;

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
        this.#state.show(state, chat);
        this.#gate.show(chat);
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
                this.#title = lastOf(event.room);       /* polls lack it */
                this.label = this.#label;
            }
            this.#setYou(event.you);
            this.#gate.show(this.#chat);
            this.#composer.settle('text');
            this.#composer.setLimit(event.limits?.message);
            this.#people.begin(event.members);
            this.#typing.clear();
            if (event.gap) {
                this.#timeline.note(this.#strings.gap);
            }
            this.#timeline.arm(event.archive === true);
        },

        /* The client's own; a server has none to tell. */
        pending(event) {
            if (typeof event.text === 'string') {
                this.#showPending(event);
            }
        },

        error(event) {
            if (event.ref === 'typing') {
                this.#typing.refuse(event.code);
            }
            else if (event.ref === 'name') {
                this.#refuseName(event);
            }
            else if (event.status === undefined || !this.#chat.refusal) {
                this.#composer.alert(this.#strings.errors[event.code]
                    ?? String(event.text));
            }
            this.#gate.show(this.#chat);
        },

        you(event) {
            this.#noteLoss(event.name);
            this.#setYou(event);
            this.#rename.close();
            this.#ask.end();
            this.#composer.settle('name');
        },

        presence(event) {
            for (const [old, now] of this.#people.update(event)) {
                this.#timeline.note(this.#strings.renamed(
                    isolate(old), isolate(now)));
            }
            for (const person of personsIn(event.left)) {
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

        deleted(event) {
            this.#timeline.amend(event);
        },

        edited(event) {
            this.#timeline.amend(event);
        },

        cleared(event) {
            this.#timeline.amend(event);
        },
    };

    /* The dialog or the line that asked tells it; else it was the name of an
     * earlier visit. */
    #refuseName({ code, text }) {
        const { errors, nameRefused } = this.#strings;
        const form = [this.#rename, this.#ask].find((each) => each.isOpen);

        if (form) {
            form.fail(code, String(text));
        }
        else {
            this.#composer.alert(code === 'name_taken'
                ? nameRefused(this.#shown(this.#name))
                : errors[code] ?? String(text), 'name');
        }
    }

    /* Nobody chooses a default name: it is given back when somebody comes
     * whose name that of the reader is, or looks like. */
    #noteLoss(name) {
        if (tagOf(name) && this.#name && !tagOf(this.#name)) {
            this.#timeline.note(this.#strings.nameLost(
                this.#shown(this.#name), this.#shown(name)));
        }
    }

    /* The name of a guest in a sentence, set apart: it may be written from
     * right to left. */
    #shown(name) {
        return isolate(shownName({ name, guest: true }, this.#strings));
    }

    /* A message of the reader's own that the server has not stored yet. */
    #showPending(entry) {
        const { errors, retryIn, gaveUp } = this.#strings;

        if (entry.state === 'sent') {
            this.#forget(entry.ref);
        }
        else if (['rate_limited', 'slow'].includes(entry.code)
            && entry.state === 'sending') {
            this.#composer.alert(retryIn(Math.ceil(entry.retry ?? 1)),
                entry.ref);
        }
        else {
            this.#timeline.pend(entry);
            /* A room that is closed has told why already. */
            if (entry.state === 'failed' && this.#chat.state !== 'closed') {
                this.#composer.alert(errors[entry.code] ?? gaveUp, entry.ref);
                this.#gate.show(this.#chat);
            }
        }
    }

    #forget(ref) {
        this.#timeline.unpend(ref);
        this.#composer.settle(ref);
    }

    /* you: the PERSON that the reader is.  Only guests choose a name. */
    #setYou(you) {
        const me = this.#root.getElementById('me');
        const guest = Boolean(you?.guest ?? this.#chat?.you?.guest);

        me.hidden = !you;
        this.#timeline.setReader(String(you?.name ?? ''));
        this.#people.own = you?.id ?? null;
        if (you) {
            this.#name = String(you.name);
            this.#root.getElementById('my-name').textContent
                = shownName({ ...you, guest }, this.#strings);
            me.disabled = !guest;
            this.#ask.consider({ ...you, guest }, this.#chat.name);
        }
    }
}
