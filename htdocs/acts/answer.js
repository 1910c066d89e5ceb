/* The message that the reader answers, above the field until it is sent.  Used
 * by acts.js. */

import { shownName } from '../element/guest.js';
import { make, makeIcon } from '../element/markup.js';
import { isolate, makeSentence, oneLine } from '../element/text.js';

const ICON_CLOSE = 'M6 6l12 12M18 6L6 18';

export class Answer {
    #strings;
    #focus;
    #bar;
    #name;
    #text;
    #entry = null;

    /* focus() puts the reader into the field. */
    constructor(root, strings, focus) {
        const close = make('button', { class: 'quiet', type: 'button',
            title: strings.cancel, 'aria-label': strings.cancel },
        makeIcon(ICON_CLOSE));

        this.#strings = strings;
        this.#focus = focus;
        this.#name = make('span', { class: 'who' });
        this.#text = make('span', { dir: 'auto' });
        this.#bar = make('div', { id: 'answer', class: 'answer',
            part: 'answer', hidden: true },
        make('p', {}, this.#name, ' ', this.#text), close);
        root.getElementById('composer').before(this.#bar);
        close.addEventListener('click', () => this.#cancel());
        root.getElementById('text').addEventListener('keydown', (event) => {
            if (event.key === 'Escape' && this.#entry && !event.isComposing) {
                event.preventDefault();
                event.stopPropagation();
                this.#cancel();
            }
        });
    }

    /* entry: one of the list. */
    begin(entry) {
        this.#entry = entry;
        this.refresh();
        this.#focus();
    }

    /* The message may have changed, or be gone. */
    refresh() {
        const { from, text, deleted } = this.#entry ?? {};

        if (!from || deleted) {
            this.take();
            return;
        }
        this.#name.replaceChildren(...makeSentence(this.#strings.replyTo(
            isolate(shownName(from, this.#strings)))));
        this.#text.textContent = oneLine(text);
        this.#bar.hidden = false;
    }

    /* Options of the client's send(); the next message is no answer. */
    take() {
        const options = this.#entry ? { re: this.#entry.id } : {};

        this.#entry = null;
        this.#bar.hidden = true;
        return options;
    }

    #cancel() {
        this.take();
        this.#focus();
    }
}
