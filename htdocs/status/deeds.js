/* What can be done about a person, a connection or a room, as items of a menu,
 * and what is asked before.  Used by lists.js. */

import { Menu } from '../acts/menu.js';
import { shownName } from '../element/guest.js';
import { make } from '../element/markup.js';
import { isolate, makeSentence } from '../element/text.js';
import { formatSpan } from '../element/times.js';
import { ask, makeChoice, makeTimes } from '../moderate/dialogs.js';
import { splitRoom } from './columns.js';

const SHOWN = 8000;             /* milliseconds: what was done */
const PAUSES = [0, 5, 10, 30, 60, 300, 900, 3600];      /* seconds */

export class Deeds {
    #strings;
    #server;
    #menu;
    #told;
    #timer = 0;

    /* told: changed(), find(words) and back(). */
    constructor({ strings, server }, told) {
        this.#strings = strings;
        this.#server = server;
        this.#told = told;
        this.#menu = new Menu(document, new AbortController().signal);
    }

    /* Nothing may move below it. */
    get isAsking() {
        return document.querySelector('dialog[open]') !== null;
    }

    open(button, items) {
        this.#menu.open(button.ariaLabel, items,
            button.getBoundingClientRect(), () => (button.isConnected
                ? button.focus() : this.#told.back()));
    }

    /* room: SITE/PATH. */
    person(person, room) {
        const { kick, mute, ban, pardon, findThem } = this.#strings;

        return [
            [kick, () => this.#kick(person, room)],
            [mute, () => this.#sanction('mute', person, room)],
            [ban, () => this.#sanction('ban', person, room)],
            [pardon, () => this.pardon(person, room)],
            null,
            [findThem, () => this.#told.find(person.id)],
        ];
    }

    connection({ connection, id, name, guest, room }) {
        const { closeIt, closed } = this.#strings;

        return [
            ...id && room ? [...this.person({ id, name, guest }, room), null] : [],
            [closeIt, () => this.#now({ type: 'close', connection }, closed)],
        ];
    }

    room(told) {
        const { room, locked } = told;
        const { findThem, openRoom, lock, unlock, change, clear, lockedIt,
            unlockedIt } = this.#strings;
        const [site, path] = splitRoom(room);

        return [
            [findThem, () => this.#told.find(room)],
            ...site === location.hostname ? [[openRoom,
                () => open(path.split('/').map(encodeURIComponent).join('/'),
                    '_blank', 'noopener')]] : [],
            null,
            [locked ? unlock : lock, () => this.#now(
                { type: 'room', room, locked: !locked },
                locked ? unlockedIt(isolate(path)) : lockedIt(isolate(path)))],
            [change, () => this.#change(told)],
            [clear, () => this.#clear(room, path)],
        ];
    }

    pardon(person, room) {
        this.#now({ type: 'pardon', room, user: person.id },
            this.#strings.pardoned(this.#nameOf(person)));
    }

    #kick(person, room) {
        const { kickTitle, doKick, kicked } = this.#strings;
        const name = this.#nameOf(person);

        this.#ask({ title: kickTitle(name, this.#placeOf(room)), fields: [],
            verb: doKick,
            act: (reason) => this.#do({ type: 'kick', room, user: person.id,
                reason }, kicked(name)) });
    }

    #sanction(type, person, room) {
        const { titles, verbs, done, howLong, banAddress, banPurge }
            = this.#strings;
        const name = this.#nameOf(person);
        const time = makeTimes(this.#strings);
        const [address, purge] = [banAddress, banPurge].map(makeChoice);
        const isBan = type === 'ban';

        this.#ask({
            title: titles[type](name, this.#placeOf(room)),
            fields: [make('label', { for: 'ask-time' }, howLong), time,
                ...isBan && person.guest ? [address] : [],
                ...isBan ? [purge] : []],
            verb: verbs[type],
            act: (reason) => this.#do({
                type, room, user: person.id, reason,
                for: Number(time.value) || undefined,
                address: address.firstChild.checked || undefined,
                purge: purge.firstChild.checked || undefined,
            }, done[type](name)),
        });
    }

    #clear(room, path) {
        const { clearTitle, clearHint, doClear, notTheName, cleared }
            = this.#strings;
        const name = make('input', { id: 'ask-name', dir: 'auto',
            autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' });

        this.#ask({
            title: clearTitle(isolate(path)), hasReason: false,
            fields: [make('label', { for: 'ask-name' },
                ...makeSentence(clearHint(isolate(path)))), name],
            verb: doClear,
            act: () => (name.value.trim() === path
                ? this.#do({ type: 'clear', room }, cleared(isolate(path)))
                : notTheName),
        });
    }

    #change({ room, topic, slow, locked }) {
        const strings = this.#strings;
        const [, path] = splitRoom(room);
        const text = make('input', { id: 'ask-topic', dir: 'auto',
            autocomplete: 'off', value: topic ?? '' });
        const pause = make('select', { id: 'ask-slow' },
            ...[...new Set([...PAUSES, slow])].sort((a, b) => a - b).map(
                (seconds) => make('option', { value: String(seconds),
                    selected: seconds === slow },
                seconds ? formatSpan(seconds, strings) : strings.none)));
        const lock = makeChoice(strings.onlyModerators);

        lock.firstChild.checked = locked;
        this.#ask({
            title: strings.changeTitle(isolate(path)), hasReason: false,
            fields: [make('label', { for: 'ask-topic' }, strings.topic), text,
                make('label', { for: 'ask-slow' }, strings.pauses), pause,
                lock],
            verb: strings.save,
            act: () => this.#do({ type: 'room', room,
                topic: text.value.replace(/\s+/gu, ' ').trim(),
                slow: Number(pause.value), locked: lock.firstChild.checked },
            strings.changed(isolate(path))),
        });
    }

    #ask(question) {
        ask(document, this.#strings, question);
    }

    async #now(deed, said) {
        const why = await this.#do(deed, said);

        if (why) {
            this.#say(why, true);
        }
    }

    /* Why not, or nothing. */
    async #do(deed, said) {
        try {
            await this.#server.act(deed);
        }
        catch (refusal) {
            return refusal.status ? refusal.message || this.#strings.refused
                : this.#strings.offline;
        }
        this.#say(said);
        this.#told.changed();
        return '';
    }

    #say(text, isBad = false) {
        const line = document.getElementById('said');

        clearTimeout(this.#timer);
        line.dataset.bad = String(isBad);
        line.replaceChildren(...makeSentence(text));
        this.#timer = setTimeout(() => line.replaceChildren(), SHOWN);
    }

    #nameOf(person) {
        return isolate(shownName(person, this.#strings));
    }

    #placeOf(room) {
        return isolate(splitRoom(room)[1]);
    }
}
