/* Whether all is well, and else what to do.  Used by status.js. */

import { make, makeIcon } from '../element/markup.js';

const ICONS = {
    ok: 'M5 13l4.500 4.500L19 7.500',
    warn: 'M12 4.500L2.500 20h19zM12 10v4.500M12 17.250v.5',
    bad: 'M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 7.500v5.500M12 16.250v.5',
};
const LEVELS = ['bad', 'warn', 'ok'];

const byId = (id) => document.getElementById(id);

function known(level) {
    return LEVELS.includes(level) ? level : 'warn';
}

export class Health {
    #strings;
    #said = '';
    #shown = '';

    constructor({ strings }) {
        this.#strings = strings;
    }

    /* Worst first, as the server has them. */
    show(findings) {
        const text = JSON.stringify(findings);

        if (text === this.#shown) {
            return;
        }
        const wrong = findings.filter(({ level }) => level !== 'ok');
        const passed = findings.filter(({ level }) => level === 'ok');

        this.#shown = text;
        byId('findings').replaceChildren(
            ...wrong.map((one) => this.#make(one)));
        byId('passed-list').replaceChildren(
            ...passed.map((one) => this.#make(one)));
        byId('passed-count').textContent = this.#strings.passed(passed.length);
        byId('passed').hidden = passed.length === 0;
        this.#sum(wrong);
    }

    /* It is a live region: written only when it says something else. */
    #sum(wrong) {
        const level = LEVELS.find((one) => one === 'ok'
            || wrong.some((finding) => known(finding.level) === one));
        const count = wrong.filter((one) => known(one.level) === level).length;
        const said = this.#strings.verdicts[level](count);

        if (said !== this.#said) {
            this.#said = said;
            byId('verdict').dataset.level = level;
            byId('verdict').replaceChildren(makeIcon(ICONS[level]),
                make('span', {}, said));
        }
    }

    #make({ code, level, text, doc }) {
        const { levels, findings, readMore } = this.#strings;
        const shown = known(level);

        return make('li', { 'data-level': shown, 'data-code': String(code) },
            makeIcon(ICONS[shown]),
            make('div', {},
                make('p', { class: 'finding' },
                    make('strong', {}, findings[code] ?? String(code)),
                    ...shown === 'ok' ? [] : [' ', make('span',
                        { class: 'level' }, levels[shown])]),
                make('p', { dir: 'auto' }, String(text)),
                ...shown === 'ok' || !doc ? [] : [make('p',
                    { class: 'doc' }, readMore, ' ',
                    make('code', {}, `docs/${doc}`))]));
    }
}
