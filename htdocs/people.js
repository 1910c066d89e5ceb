/* Who is here: the number in the header and the list behind it.  The server
 * sends the list only in small rooms, and differences to it; an event with
 * nothing but a number says that the room has grown too large for that.  Used
 * by room.js. */

export class People {
    #strings;
    #known = null;
    #count = 0;
    #panel = document.getElementById('members');
    #list = document.getElementById('people-list');

    constructor(strings) {
        this.#strings = strings;
        document.addEventListener('click', (event) => {
            if (!this.#panel.contains(event.target)) {
                this.#panel.open = false;
            }
        });
        this.#panel.addEventListener('keydown', (event) => {
            if (event.key === 'Escape') {
                this.#panel.open = false;
                this.#panel.querySelector('summary').focus();
            }
        });
    }

    /* True if others are here and the room is small enough to know them. */
    get hasCompany() {
        return this.#known !== null && this.#count > 1;
    }

    /* members: that of hello, or undefined if the server tells none. */
    begin(members) {
        this.#learn(members?.list);
        this.#show(members?.count);
    }

    /* A presence event.  Returns [old name, new name] of those renamed. */
    update(presence) {
        const renamed = [];

        if (presence.list
            || !(presence.joined || presence.left || presence.renamed)) {
            this.#learn(presence.list);
        }
        for (const person of presence.left ?? []) {
            this.#known?.delete(person.id);
        }
        for (const person of presence.renamed ?? []) {
            const old = this.#known?.get(person.id)?.name;

            if (old && old !== person.name) {
                renamed.push([old, person.name]);
            }
        }
        for (const person of [...presence.joined ?? [],
            ...presence.renamed ?? []]) {
            this.#known?.set(person.id, person);
        }
        this.#show(presence.count);
        return renamed;
    }

    #learn(list) {
        this.#known = Array.isArray(list)
            ? new Map(list.map((person) => [person.id, person])) : null;
    }

    #show(count) {
        const number = new Intl.NumberFormat(this.#strings.locale,
            { notation: 'compact' });

        this.#count = count;
        this.#panel.hidden = !Number.isInteger(count);
        if (this.#panel.hidden) {
            return;
        }
        document.getElementById('count').textContent = number.format(count);
        document.getElementById('people').textContent
            = this.#strings.people(count);
        this.#list.replaceChildren(...this.#makeItems(count));
    }

    #makeItems(count) {
        const names = Array.from(this.#known?.values() ?? [],
            (person) => String(person.name));
        const head = document.createElement('li');

        head.className = 'people-head';
        head.textContent = this.#strings.people(count);
        names.sort(new Intl.Collator(this.#strings.locale).compare);
        return [head, ...names.map((name) => {
            const item = document.createElement('li');

            item.dir = 'auto';
            item.textContent = name;
            return item;
        })];
    }
}
