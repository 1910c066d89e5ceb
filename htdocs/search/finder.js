/* The button that opens the search.  Loaded by parts.js where the room has an
 * archive; what it opens is loaded then. */

import { make, makeIcon } from '../element/markup.js';

const ICON_GLASS = 'M4.500 10.500a6 6 0 1 0 12 0 6 6 0 1 0-12 0M15 15l5 5';

export class Finder {
    #room;
    #button;
    #search = null;

    constructor(room) {
        const { root, strings } = room;

        this.#room = room;
        this.#button = make('button', { id: 'find', class: 'quiet',
            type: 'button', part: 'button', title: strings.search,
            'aria-label': strings.search, 'aria-expanded': 'false',
            hidden: true }, makeIcon(ICON_GLASS));
        root.getElementById('members').before(this.#button);
        this.#button.addEventListener('click', () => this.#toggle());
    }

    event(event) {
        if (event.type === 'hello') {
            this.#button.hidden = event.archive !== true;
        }
        this.#search?.event(event);
    }

    state(state) {
        if (state === 'closed') {
            this.#search?.close();
            this.#button.hidden = true;
        }
    }

    end() {
        this.#search?.close();
    }

    async #toggle() {
        const { signal, composer, strings } = this.#room;

        this.#button.ariaBusy = 'true';
        try {
            const { Search } = await import('./search.js');

            signal.throwIfAborted();
            this.#search ??= new Search(this.#room, this.#button);
            await this.#search.toggle();
        }
        catch (problem) {
            if (!signal.aborted) {
                console.error(problem);
                composer.alert(strings.errors.offline);
            }
        }
        this.#button.ariaBusy = null;
    }
}
