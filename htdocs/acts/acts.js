/* What can be done about a message: the items of its menu, an answer to it, and
 * changing it.  Loaded by actions.js when the reader comes near. */

import { shownName } from '../element/guest.js';
import { addStyle } from '../element/styles.js';
import { Answer } from './answer.js';
import { Commands } from './commands.js';
import { copyText } from './copy.js';
import { makeEditor } from './editor.js';
import { Menu } from './menu.js';

export class Acts {
    #root;
    #strings;
    #room;
    #timeline;
    #persons;
    #answer;
    #composer;
    #menu;
    #edited = null;

    /* room: as parts.js says. */
    constructor(room) {
        const { root, strings, signal, composer } = room;

        this.#root = root;
        this.#strings = strings;
        this.#room = room.room;
        this.#timeline = room.timeline;
        this.#persons = room.persons;
        this.#composer = composer;
        this.commands = new Commands(room);
        this.#answer = new Answer(root, strings, () => composer.focus());
        this.#menu = new Menu(root, signal);
        this.ready = addStyle(root, 'acts/acts.css');
    }

    /* What is quoted or edited may have changed, or be gone. */
    event({ type }) {
        if (['deleted', 'edited', 'cleared'].includes(type)) {
            this.#answer.refresh();
            if (this.#edited?.deleted) {
                this.#endEdit(this.#edited);
            }
        }
    }

    /* Options of the client's send(), for the message that is sent now. */
    outgoing() {
        return this.#answer.take();
    }

    leave() {
        this.commands.leave();
    }

    get isOpen() {
        return this.#menu.isOpen;
    }

    /* The menu of an entry, at a rectangle.  keys: events that came before. */
    open(entry, place, isTouch, keys) {
        if (!this.#menu.isOpen) {
            this.#menu.open(this.#strings.actions,
                this.#makeItems(entry, isTouch), place,
                () => this.#timeline.focus(entry));
            this.#menu.replay(keys);
        }
    }

    /* Items of a menu. */
    #makeItems(entry, isTouch) {
        const { toQuoted, copyText: copy, copyLink, personMenu }
            = this.#strings;
        const about = entry.own ? [] : this.commands.about(entry.from);

        return [
            ...this.#makeReply(entry),
            ...entry.re && !entry.deleted
                ? [[toQuoted, () => this.#timeline.goTo(entry.re)]] : [],
            ...isTouch && !entry.deleted
                ? [[copy, () => this.#copy(entry.text)]] : [],
            [copyLink, () => this.#copy(`${this.#room}#${entry.id}`)],
            ...this.#makeChanges(entry),
            ...entry.own ? [] : [[
                personMenu(shownName(entry.from, this.#strings)),
                () => this.#persons.openFor(entry.from)]],
            ...about.length ? [null, ...about] : [],
        ];
    }

    #makeReply(entry) {
        const { reply } = this.#strings;

        return this.commands.isKnown && !entry.deleted
            && !this.#composer.isShut
            ? [[reply, () => this.#answer.begin(entry)]] : [];
    }

    /* The server decides whether it is not too late. */
    #makeChanges(entry) {
        const { edit, delete: remove, report } = this.#strings;
        const { isKnown, moderates } = this.commands;

        if (!isKnown || entry.deleted || entry.isGoing) {
            return [];
        }
        return [
            ...entry.own && !this.#composer.isShut
                ? [[edit, () => this.edit(entry)]] : [],
            entry.own || moderates ? [remove, () => this.#delete(entry)]
                : [report, () => this.commands.askReport(entry)],
        ];
    }

    #delete(entry) {
        this.commands.delete(entry);
    }

    async #copy(text) {
        await copyText(this.#root, text);
        this.commands.tell(this.#strings.copied);
    }

    /* back() is where the reader goes then. */
    edit(entry, back = () => this.#timeline.focus(entry)) {
        if (this.#edited) {
            this.#endEdit(this.#edited);
        }
        this.#edited = entry;
        entry.editor = makeEditor(entry.text, this.#strings, {
            limit: this.#composer.limit,
            save: (text, alert) => this.commands.edit(entry, text, alert),
            end: () => {
                this.#endEdit(entry);
                back();
            },
        });
        this.#timeline.reveal(entry);
        this.#timeline.refresh(entry);
        entry.editor.querySelector('textarea').focus({ preventScroll: true });
    }

    #endEdit(entry) {
        this.#edited = null;
        entry.editor = null;
        this.#timeline.refresh(entry);
    }
}
