/* Who is here: the number in the header and the list behind it.  The server
 * sends the list only in small rooms, and differences to it.  Used by
 * room.js. */

export class People {
    #strings;
    #known = null;
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

    /* members: that of hello, or undefined if the server tells none. */
    begin(members) {
        this.#known = Array.isArray(members?.list)
            ? new Map(members.list.map((person) => [person.id, person]))
            : null;
        this.#show(members?.count);
    }

    /* A presence event.  Returns [old name, new name] of those renamed. */
    update(presence) {
        const renamed = [];

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

    #show(count) {
        const number = new Intl.NumberFormat(this.#strings.locale,
            { notation: 'compact' });

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
