/* What a reader can do about somebody else: mention, ignore in this browser,
 * and what moderators can.  A click on a name or a face opens it, the button
 * beside a name in the list of people does, and the menu of a message.
 *
 * Messages of those who are ignored are hidden by a style sheet, so that they
 * are there again when the reader changes their mind.  Used by parts.js. */

import { shownName } from './guest.js';
import { Ignored } from './ignored.js';
import { insertText } from './insert.js';
import { make, makeIcon } from './markup.js';

const ICON_MORE = 'M5.500 12h.01M12 12h.01M18.500 12h.01';
const ICON_HIDDEN = 'M4 4l16 16M6.500 7.200C4.500 8.500 3.200 10.300 2.500 12c'
    + '1.500 3.500 5 6.500 9.500 6.500 1.700 0 3.300-.400 4.600-1.100M10 5.700c'
    + '.700-.1 1.300-.2 2-.2 4.500 0 8 3 9.500 6.500-.4.9-1 1.900-1.800 2.700';
const ICON_CLOSE = 'M6 6l12 12M18 6L6 18';

export class Persons {
    #root;
    #strings;
    #people;
    #typing;
    #chat;
    #actions;
    #ignored;
    #sheet;
    #dialog;
    #list;
    #person = null;

    constructor({ root, strings, room, signal, people, typing, chat,
        actions }) {
        this.#root = root;
        this.#strings = strings;
        this.#people = people;
        this.#typing = typing;
        this.#chat = chat;
        this.#actions = actions;
        this.#ignored = new Ignored(room);
        this.#sheet = new CSSStyleSheet();
        root.adoptedStyleSheets = [...root.adoptedStyleSheets, this.#sheet];
        this.#dialog = this.#makeDialog();
        this.#list = make('ul', { class: 'ignored', hidden: true });
        root.getElementById('room').append(this.#dialog);
        root.querySelector('#notices .panel').append(this.#list);
        this.#listen(root.getElementById('list'), signal);
        people.decorate((person) => this.#adorn(person));
        this.#show();
    }

    ignores(person) {
        return person.id !== this.#chat()?.you?.id
            && this.#ignored.has(person.id);
    }

    end() {
        this.#root.adoptedStyleSheets = this.#root.adoptedStyleSheets
            .filter((sheet) => sheet !== this.#sheet);
    }

    #listen(list, signal) {
        list.addEventListener('click', (event) => {
            if (event.target.closest('.name, .face')) {
                this.#open(event.target);
            }
        });
        addEventListener('storage', () => {
            this.#ignored.read();
            this.#show();
        }, { signal });
    }

    /* Opens the dialog for the author of the message around an element. */
    #open(element) {
        const message = element.closest('.message:not(.own)');
        const id = message?.dataset.from;

        if (id) {
            this.openFor({ id, name: this.#nameIn(message) });
        }
    }

    #nameIn(message) {
        return message.querySelector('.name').textContent;
    }

    /* person: as they were then; what they are now is known better. */
    openFor({ id, ...then }) {
        this.#openFor(this.#people.persons.find((one) =>
            String(one.id) === String(id)) ?? { id, ...then });
    }

    async #openFor(person) {
        const { mention, ignore, stopIgnoring } = this.#strings;
        const name = shownName(person, this.#strings);
        const isIgnored = this.#ignored.has(person.id);
        const set = (className, text) => {
            this.#dialog.querySelector(className).textContent = text;
        };

        const orders = await this.#actions.about(person);

        this.#person = person;
        this.#dialog.querySelector('.orders').replaceChildren(
            ...orders.map(([text, act]) =>
                this.#makeButton('quiet', act, text)));
        set('.person-name', name);
        set('.mention-them', mention(name));
        set('.ignore-them', isIgnored ? stopIgnoring(name) : ignore(name));
        this.#dialog.showModal();
    }

    #makeButton(className, act, text = '') {
        const made = make('button', { class: className, type: 'button' },
            text);

        made.addEventListener('click', () => {
            this.#dialog.close();
            act();
        });
        return made;
    }

    #makeDialog() {
        const button = (className, act) => this.#makeButton(className, act);
        const cancel = button('quiet', () => {});
        const dialog = make('dialog', { id: 'person', part: 'dialog',
            'aria-labelledby': 'person-title' },
        make('p', { id: 'person-title' },
            make('bdi', { class: 'person-name' })),
        button('quiet mention-them', () => this.#mention()),
        button('quiet ignore-them', () => this.#toggle(this.#person)),
        make('div', { class: 'orders' }),
        make('div', { class: 'choices' }, cancel));

        cancel.textContent = this.#strings.cancel;
        return dialog;
    }

    #mention() {
        const field = this.#root.getElementById('text');
        const before = field.value.slice(0, field.selectionStart);
        const gap = before && !/\s$/u.test(before) ? ' ' : '';

        insertText(field, `${gap}@${this.#person.name} `);
    }

    #toggle(person) {
        if (this.#ignored.has(person.id)) {
            this.#ignored.drop(person.id);
        }
        else {
            this.#ignored.add(person);
            this.#typing.hide(person.id);
        }
        this.#show();
        this.#root.getElementById('log').focus({ preventScroll: true });
    }

    /* After the name of somebody in the list of people. */
    #adorn(person) {
        const { personMenu, ignored } = this.#strings;
        const label = personMenu(shownName(person, this.#strings));
        const more = make('button', { class: 'quiet more', type: 'button',
            title: label, 'aria-label': label }, makeIcon(ICON_MORE));
        const sign = make('span', { class: 'mark', role: 'img',
            title: ignored, 'aria-label': ignored }, makeIcon(ICON_HIDDEN));

        if (person.id === this.#chat()?.you?.id) {
            return [];
        }
        more.addEventListener('click', () => this.#openFor(person));
        return this.#ignored.has(person.id) ? [sign, more] : [more];
    }

    /* Hides what is to be hidden, and lists who is ignored. */
    #show() {
        const persons = this.#ignored.list;
        const selectors = persons.flatMap(({ id }) =>
            ['.message:not(.own)', '.quote', '.found'].map((name) =>
                `${name}[data-from="${CSS.escape(id)}"]`));

        this.#sheet.replaceSync(persons.length
            ? `${selectors.join(',')} { display: none; }` : '');
        this.#people.refresh();
        this.#list.hidden = persons.length === 0;
        this.#list.replaceChildren(
            make('li', { class: 'panel-head' }, this.#strings.ignored),
            ...persons.map((person) => this.#makeItem(person)));
    }

    #makeItem(person) {
        const label = this.#strings.stopIgnoring(
            shownName({ ...person, guest: true }, this.#strings));
        const button = make('button', { class: 'quiet', type: 'button',
            title: label, 'aria-label': label }, makeIcon(ICON_CLOSE));

        button.addEventListener('click', () => this.#toggle(person));
        return make('li', {}, make('bdi', { class: 'person' },
            shownName({ ...person, guest: true }, this.#strings)), button);
    }
}
