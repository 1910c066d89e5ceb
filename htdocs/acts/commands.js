/* What authors and moderators do, with what it is answered: said in a line
 * over the list, or as an error above the field.  What hurts can be undone for
 * five seconds, in which it is not sent.  Used by acts.js and panel.js. */

import { actLast } from '../client/acts.js';
import { shownName } from '../element/guest.js';
import { formatSpan } from '../element/times.js';
import { isolate } from '../element/text.js';
import { Toast } from './toast.js';

const MINUTES = [10, 60];           /* of a mute */
/* Of those who may not change what they wrote, most come too late. */
const OF_MESSAGES = { forbidden: 'tooLate', not_found: 'messageGone' };

export class Commands {
    #root;
    #strings;
    #chat;
    #timeline;
    #alert;
    #toast;

    constructor({ root, strings, signal, chat, timeline, composer }) {
        this.#root = root;
        this.#strings = strings;
        this.#chat = chat;
        this.#timeline = timeline;
        this.#toast = new Toast(root, strings, signal);
        /* Where there is no field there is no line above it. */
        this.#alert = (text) => (composer.isShut ? this.#toast.tell(text)
            : composer.alert(text));
    }

    /* The reader moderates this room, and can do so now. */
    get moderates() {
        return this.#chat()?.rights?.moderate === true;
    }

    /* The server has commands of this kind. */
    get isKnown() {
        return Boolean(this.#chat()?.roomState);
    }

    /* What is to be done later is done now. */
    leave() {
        this.#toast.commit(true);
    }

    tell(text) {
        this.#toast.tell(text);
    }

    /* entry: one of the list. */
    delete(entry) {
        const show = (isGoing) => {
            entry.isGoing = isGoing;
            this.#timeline.refresh(entry);
        };

        show(true);
        this.#later(this.#strings.deleting, async (isLast) => {
            await this.#try(this.#do(isLast, 'delete', entry.id), OF_MESSAGES);
            show(false);
        }, () => show(false));
    }

    /* A promise: true if the text is the message's now; else alert() is
     * told why not. */
    edit(entry, text, alert) {
        return this.#try(this.#chat().edit(entry.id, text), OF_MESSAGES,
            alert);
    }

    async report(entry, reason) {
        if (await this.#try(this.#chat().report(entry.id, reason),
            OF_MESSAGES)) {
            this.tell(this.#strings.reported);
        }
    }

    async mute(person, seconds) {
        if (await this.#try(this.#chat().mute(person.id, { for: seconds }))) {
            this.tell(this.#strings.mutedThem(this.#nameOf(person),
                formatSpan(seconds, this.#strings)));
        }
    }

    async kick(person) {
        if (await this.#try(this.#chat().kick(person.id))) {
            this.tell(this.#strings.kickedThem(this.#nameOf(person)));
        }
    }

    async pardon(person) {
        if (await this.#try(this.#chat().pardon(person.id))) {
            this.tell(this.#strings.pardonedThem(this.#nameOf(person)));
        }
    }

    /* options: those of the client's ban(). */
    ban(person, options) {
        const { banningThem, bannedThem, noAddress } = this.#strings;
        const name = this.#nameOf(person);

        this.#later(banningThem(name), async (isLast) => {
            const done = await this.#try(
                this.#do(isLast, 'ban', person.id, options));

            if (done) {
                this.tell(options.address && done.address === false
                    ? noAddress : bannedThem(name));
            }
        });
    }

    clear() {
        this.#later(this.#strings.clearing,
            (isLast) => this.#try(this.#do(isLast, 'clear')));
    }

    /* A promise: true if the room is so now. */
    setRoom(change) {
        return this.#try(this.#chat().setRoom(change));
    }

    /* What a moderator can do about somebody, as items of a menu. */
    about(person) {
        const { muteFor, kick, ban, pardon } = this.#strings;

        if (!this.moderates || person.moderator
            || person.id === this.#chat().you?.id) {
            return [];
        }
        return [
            ...MINUTES.map((minutes) => [
                muteFor(formatSpan(60 * minutes, this.#strings)),
                () => this.mute(person, 60 * minutes)]),
            [kick, () => this.kick(person)],
            [ban, () => this.#ask('askBan', person)],
            [pardon, () => this.pardon(person)],
        ];
    }

    askReport(entry) {
        this.#ask('askReport', entry);
    }

    #nameOf(person) {
        return isolate(shownName(person, this.#strings));
    }

    /* The dialogs are loaded when they are needed. */
    async #ask(dialog, about) {
        try {
            const dialogs = await import('../moderate/dialogs.js');

            await dialogs[dialog](this.#root, this.#strings, this, about);
        }
        catch {
            this.#alert(this.#strings.errors.offline);
        }
    }

    #later(text, doIt, undone = () => {}) {
        this.#toast.later(text, doIt, undone);
    }

    #do(isLast, name, ...given) {
        return isLast ? actLast(this.#chat(), name, given)
            : this.#chat()[name](...given);
    }

    /* What the server answers, or false. */
    async #try(promise, words = {}, alert = this.#alert) {
        try {
            return await promise ?? true;
        }
        catch (problem) {
            alert(this.#strings[words[problem.code]]
                ?? this.#strings.errors[problem.code]
                ?? String(problem.text ?? problem.message));
            return false;
        }
    }
}
