/* The button of the moderators' panel, and how many reports wait there.  Loaded
 * by order.js for a moderator; the panel itself when it is first opened. */

import { make, makeIcon } from '../element/markup.js';
import { addStyle } from '../element/styles.js';

const ICON_SHIELD = 'M12 3.500l7 2.500v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500'
    + '-7-9V6z';
const MOST = 100;           /* reports: those who send more are muted by then */

export class Desk {
    #room;
    #strings;
    #drop;
    #box;
    #count;
    #label;
    #panel = null;
    #reports = [];

    constructor(room) {
        const { root, strings } = room;

        this.#room = room;
        this.#strings = strings;
        this.#count = make('span', { class: 'count', 'aria-hidden': 'true' });
        this.#label = make('span', { class: 'unseen' }, strings.moderation);
        this.#box = make('div', { class: 'panel', part: 'panel', role: 'group',
            'aria-label': strings.moderation });
        this.#drop = make('details', { id: 'moderation', class: 'drop',
            hidden: true },
        make('summary', { class: 'quiet', part: 'button',
            title: strings.moderation },
        makeIcon(ICON_SHIELD), this.#count, this.#label), this.#box);
        addStyle(root, 'moderate/moderate.css').then(
            () => root.getElementById('notices')?.before(this.#drop));
        this.#drop.addEventListener('toggle', () => this.#toggled());
    }

    set isHidden(isHidden) {
        this.#drop.hidden = isHidden;
    }

    /* One of the protocol. */
    event(event) {
        const { type, target, by } = event;

        if (type === 'report' && typeof target === 'string' && by) {
            this.#reports = [event, ...this.#reports].slice(0, MOST);
        }
        if (type === 'deleted') {
            this.#dismiss((report) => report.target !== target);
        }
        if (type === 'cleared') {
            this.#dismiss(() => false);
        }
        this.#show();
        if (this.#drop.open) {
            this.#panel?.note(type);
        }
    }

    async #toggled() {
        if (!this.#drop.open) {
            return;
        }
        try {
            const [{ Panel }, { commands }] = await Promise.all([
                import('./panel.js'), this.#room.actions.load()]);

            this.#panel ??= new Panel(this.#box, { ...this.#room, commands }, {
                reports: () => this.#reports,
                dismiss: (report) => {
                    this.#dismiss((one) => one !== report);
                    this.#show();
                },
            });
            this.#panel.open();
        }
        catch {
            this.#box.textContent = this.#strings.errors.offline;
        }
    }

    #dismiss(keep) {
        this.#reports = this.#reports.filter(keep);
    }

    #show() {
        const { length } = this.#reports;
        const { moderation, newReports } = this.#strings;

        this.#count.textContent = length ? String(length) : '';
        this.#label.textContent = length
            ? `${moderation}, ${newReports(length)}` : moderation;
    }
}
