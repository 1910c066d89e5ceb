/* New messages as notifications of the reader's system: never, those that
 * name the reader, or all.  Used by parts.js.
 *
 * The browser is asked for its permission when the reader chooses, and only
 * then.  Where it never gives one (a page without https, a frame of another
 * site) there is no choice.  A room has one notification, which the next
 * message replaces; of several tabs one shows it, and none if the reader looks
 * at one of them. */

import { compareIds } from '../client/room.js';
import { isElsewhere, readChoices, writeChoices } from './choices.js';
import { shownName } from './guest.js';
import { make } from './markup.js';
import { names } from './mention.js';
import { readRows, writeRows } from './rows.js';

const KEY = 'chatws.notified';
const MOST_ROOMS = 50;
const MOST_TEXT = 200;      /* characters: systems show less */
const FIRST_LOOK = 500;     /* milliseconds for a tab at which one looks */
const HOLD = 10000;         /* that a tab may be late */
const AGAIN = 5000;         /* until the system makes a noise again */
const MODES = ['never', 'named', 'all'];

function isPossible() {
    try {
        return isSecureContext && 'Notification' in globalThis
            && origin !== 'null' && Boolean(top.document);
    }
    catch {
        return false;       /* in a frame of another site */
    }
}

export class Desktop {
    #strings;
    #host;
    #title;
    #room;
    #chat;
    #timeline;
    #select;
    #hint;
    #shown = null;
    #loudAt = -AGAIN;
    #signal;

    constructor({ root, strings, room, signal, timeline, chat }) {
        this.#strings = strings;
        this.#host = root.host;
        this.#title = root.getElementById('title');
        this.#room = room;
        this.#chat = chat;
        this.#timeline = timeline;
        this.#signal = signal;
        if (isPossible()) {
            this.#build(root.getElementById('notice-sound').closest('label'));
            this.#listen(signal);
        }
    }

    receive(message, news) {
        if (news && this.#wants(message)) {
            this.#consider(message);
        }
    }

    end() {
        this.#shown?.close();
    }

    #build(before) {
        const { noticeDesktop, noticeNever, noticeNamed, noticeAll }
            = this.#strings;
        const texts = [noticeNever, noticeNamed, noticeAll];

        this.#select = make('select', { id: 'notice-desktop' },
            ...MODES.map((value, at) => make('option', { value }, texts[at])));
        this.#hint = make('p', { class: 'blocked', role: 'alert' });
        before.after(make('label', { class: 'choice pick' },
            make('span', {}, noticeDesktop), this.#select), this.#hint);
        this.#select.addEventListener('change', () => this.#choose());
        this.#show();
    }

    #listen(signal) {
        const attend = () => isElsewhere() || this.#shown?.close();

        document.addEventListener('visibilitychange', attend, { signal });
        addEventListener('focus', attend, { signal });
        addEventListener('storage', () => this.#show(), { signal });
    }

    #mode() {
        const { desktop } = readChoices();

        return this.#select && Notification.permission === 'granted'
            && MODES.includes(desktop) ? desktop : 'never';
    }

    #show() {
        this.#select.value = this.#mode();
        this.#select.closest('.drop').classList.toggle('desktop',
            this.#mode() !== 'never');
    }

    async #choose() {
        const desktop = this.#select.value;

        this.#hint.textContent = '';
        if (desktop !== 'never' && await this.#ask() !== 'granted') {
            this.#refuse();
            return;
        }
        writeChoices({ desktop });
        this.#show();
    }

    /* A browser that refuses to ask has refused. */
    async #ask() {
        try {
            return await Notification.requestPermission();
        }
        catch {
            return 'denied';
        }
    }

    #refuse() {
        writeChoices({ desktop: 'never' });
        this.#show();
        this.#hint.textContent = this.#strings.noticeBlocked;
    }

    #wants(message) {
        const mode = this.#mode();
        const name = String(this.#chat()?.you?.name ?? '');

        return mode === 'all' || mode === 'named' && names(message.text, name);
    }

    /* A tab at which the reader looks takes it for itself, at once. */
    async #consider(message) {
        if (isElsewhere()) {
            await new Promise((resolve) => setTimeout(resolve, FIRST_LOOK));
        }
        if (await this.#take(message.id) && isElsewhere()
            && !this.#signal.aborted) {
            this.#notify(message);
        }
    }

    /* True for the first of all tabs.  Another tab sees late what this one
     * has stored, but at once that it has the lock. */
    async #take(id) {
        const hold = () => new Promise(
            (resolve) => setTimeout(resolve, HOLD));

        try {
            return await new Promise((resolve, reject) => {
                navigator.locks.request(`${KEY} ${this.#room} ${id}`,
                    { ifAvailable: true }, (lock) => {
                        resolve(lock !== null && this.#isFirst(id));
                        return lock && hold();
                    }).catch(reject);
            });
        }
        catch {
            return this.#isFirst(id);   /* then the tag makes one of two */
        }
    }

    #isFirst(id) {
        /* [room, id] of what was notified or seen. */
        const others = readRows(KEY, 2);
        const last = others.find(([room]) => room === this.#room)?.[1];

        if (last && compareIds(id, last) <= 0) {
            return false;
        }
        writeRows(KEY, [[this.#room, id],
            ...others.filter(([room]) => room !== this.#room)]
            .slice(0, MOST_ROOMS));
        return true;
    }

    #notify(message) {
        const now = performance.now();
        const isLoud = now - this.#loudAt >= AGAIN;
        const name = shownName(message.from, this.#strings);

        try {
            this.#shown = new Notification(
                this.#strings.noticeFrom(name, this.#title.textContent), {
                    body: Array.from(message.text).slice(0, MOST_TEXT).join(''),
                    tag: `chatws ${this.#room}`,
                    lang: this.#strings.lang,
                    renotify: isLoud,
                    silent: readChoices().sound || !isLoud,
                });
        }
        catch {
            this.#refuse();     /* phones have them for service workers only */
            return;
        }
        this.#loudAt = isLoud ? now : this.#loudAt;
        this.#shown.onclick = () => this.#open(message.id);
    }

    #open(id) {
        window.focus();
        this.#shown?.close();
        this.#host.scrollIntoView({ block: 'nearest' });
        this.#timeline.goTo(id);
    }
}
