/* The moderators' panel: the room's state, reports of this visit, and who is
 * muted or banned.  Loaded by desk.js when it is first opened. */

import { shownName } from '../element/guest.js';
import { make } from '../element/markup.js';
import { byteLength, isolate, makeSentence, oneLine }
    from '../element/text.js';
import { formatSpan } from '../element/times.js';

const TOPIC = 200;                      /* bytes */
const PAUSES = [0, 5, 10, 30, 60, 300, 900, 3600];      /* seconds */

/* about: whom it is about, for those who do not see where it stands. */
function button(text, act, about = '') {
    const made = make('button', { class: 'quiet', type: 'button' }, text,
        ...about ? [make('span', { class: 'unseen' }, ` (${about})`)] : []);

    made.addEventListener('click', act);
    return made;
}

export class Panel {
    #strings;
    #chat;
    #timeline;
    #commands;
    #desk;
    #topic;
    #slow;
    #lock;
    #alert;
    #reports;
    #sanctions;

    /* desk: reports() and dismiss(report). */
    constructor(box, { strings, chat, timeline, commands }, desk) {
        this.#strings = strings;
        this.#chat = chat;
        this.#timeline = timeline;
        this.#commands = commands;
        this.#desk = desk;
        this.#reports = make('ul', { class: 'orders' });
        this.#sanctions = make('ul', { class: 'orders', 'aria-live': 'polite' });
        box.replaceChildren(
            make('p', { class: 'panel-head' }, strings.reports), this.#reports,
            make('p', { class: 'panel-head' }, strings.sanctions),
            this.#sanctions,
            make('p', { class: 'panel-head' }, strings.theRoom),
            this.#makeRoom());
    }

    async open() {
        this.#showRoom();
        this.#showReports();
        await this.#showSanctions();
    }

    /* Something of this type has happened. */
    note(type) {
        if (type === 'room') {
            this.#showRoom();
        }
        else if (['report', 'deleted', 'edited', 'cleared'].includes(type)) {
            this.#showReports();
        }
        else if (type === 'sanction') {
            this.#showSanctions();
        }
    }

    #makeRoom() {
        const { topic, slowMode, none, lock, save, clear } = this.#strings;
        const form = make('form', { class: 'room-form' },
            make('label', { for: 'room-topic' }, topic),
            this.#topic = make('input', { id: 'room-topic', dir: 'auto',
                autocomplete: 'off' }),
            make('label', { for: 'room-slow' }, slowMode),
            this.#slow = make('select', { id: 'room-slow' },
                ...PAUSES.map((seconds) => make('option',
                    { value: String(seconds) }, seconds
                        ? formatSpan(seconds, this.#strings) : none))),
            make('label', { class: 'choice' },
                this.#lock = make('input', { type: 'checkbox' }),
                make('span', {}, lock)),
            this.#alert = make('p', { class: 'alert', role: 'alert' }),
            make('div', { class: 'choices' },
                button(clear, () => this.#commands.clear()),
                make('button', { class: 'primary', type: 'submit' }, save)));

        form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.#save();
        });
        return form;
    }

    #save() {
        const topic = this.#topic.value.replace(/\s+/gu, ' ').trim();
        const isLong = byteLength(topic) > TOPIC;

        this.#alert.textContent = isLong ? this.#strings.errors.too_long : '';
        if (!isLong) {
            this.#commands.setRoom({ topic, slow: Number(this.#slow.value),
                locked: this.#lock.checked });
        }
    }

    /* A moderator who writes the topic goes on. */
    #showRoom() {
        const { topic = '', slow = 0, locked = false }
            = this.#chat()?.roomState ?? {};
        const value = String(slow);

        if (this.#topic !== this.#topic.getRootNode().activeElement) {
            this.#topic.value = topic;
        }
        if (!Array.from(this.#slow.options).some((one) => one.value === value)) {
            this.#slow.append(make('option', { value },
                formatSpan(slow, this.#strings)));
        }
        this.#slow.value = value;
        this.#lock.checked = locked;
    }

    #showReports() {
        const reports = this.#desk.reports();

        this.#reports.replaceChildren(...reports.length
            ? reports.map((report) => this.#makeReport(report))
            : [make('li', { class: 'none' }, this.#strings.noReports)]);
    }

    #makeReport(report) {
        const { showIt, delete: remove, ban, dismiss, olderMessage,
            reportedBy } = this.#strings;
        const entry = this.#timeline.find(report.target);
        const done = () => {
            this.#desk.dismiss(report);
            this.#showReports();
        };
        const item = make('li', {},
            make('p', { class: 'about' }, ...entry ? [
                make('bdi', { class: 'person' }, this.#nameOf(entry.from)),
                ' ', make('span', { dir: 'auto' }, oneLine(entry.text))]
                : [olderMessage]),
            ...this.#makeReason(report.reason),
            make('p', { class: 'hint' }, ...makeSentence(
                reportedBy(isolate(this.#nameOf(report.by))))),
            make('div', { class: 'choices' },
                button(showIt, () => this.#timeline.goTo(report.target)),
                ...entry ? [button(remove, () => {
                    this.#commands.delete(entry);
                    done();
                })] : [],
                ...entry ? this.#commands.about(entry.from)
                    .filter(([text]) => text === ban)
                    .map(([text, act]) => button(text, act)) : [],
                button(dismiss, done)));

        return item;
    }

    async #showSanctions() {
        const { noSanctions, errors } = this.#strings;

        try {
            const list = await this.#chat().sanctions();
            const items = list.map((one) => this.#makeSanction(one));

            this.#sanctions.replaceChildren(...items.length ? items
                : [make('li', { class: 'none' }, noSanctions)]);
        }
        catch (problem) {
            this.#sanctions.replaceChildren(make('li', { class: 'none' },
                errors[problem.code] ?? errors.offline));
        }
    }

    #makeSanction(sanction) {
        const { sanctionKinds, rest, forGood, withAddress, byWhom, pardon }
            = this.#strings;
        const { kind, user, by, for: seconds, reason, address } = sanction;
        const facts = [sanctionKinds[kind] ?? String(kind),
            seconds > 0 ? rest(formatSpan(seconds, this.#strings)) : forGood,
            ...address ? [withAddress] : [],
            ...by ? [byWhom(isolate(this.#nameOf(by)))] : []];

        return make('li', {},
            make('p', { class: 'about' },
                make('bdi', { class: 'person' }, this.#nameOf(user)), ' ',
                ...makeSentence(facts.join(' · '))),
            ...this.#makeReason(reason),
            make('div', { class: 'choices' }, button(pardon, async () => {
                await this.#commands.pardon(user);
                await this.#showSanctions();
            }, this.#nameOf(user))));
    }

    #makeReason(reason) {
        return reason ? [make('p', { class: 'hint', dir: 'auto' },
            this.#strings.reasonIs(String(reason)))] : [];
    }

    #nameOf(person) {
        return shownName(person, this.#strings);
    }
}
