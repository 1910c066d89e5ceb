/* What is asked before somebody is reported or banned.  Loaded by commands.js
 * when it is first needed. */

import { shownName } from '../element/guest.js';
import { make } from '../element/markup.js';
import { addStyle } from '../element/styles.js';
import { byteLength, isolate, makeSentence } from '../element/text.js';
import { formatSpan } from '../element/times.js';

const REASON = 200;             /* bytes */
const DAY = 86400;
const TIMES = [3600, DAY, 7 * DAY, 30 * DAY, 0];    /* seconds; 0: no end */

const styled = new WeakMap();   /* root to promise */

function ask(root, strings, { title, fields, verb, act }) {
    const reason = make('input', { id: 'ask-reason', dir: 'auto',
        autocomplete: 'off', maxlength: String(REASON) });
    const alert = make('p', { class: 'alert', role: 'alert' });
    const cancel = make('button', { class: 'quiet', type: 'button' },
        strings.cancel);
    const dialog = make('dialog', { id: 'order-ask', part: 'dialog',
        'aria-labelledby': 'order-title' },
    make('form', { method: 'dialog' },
        make('p', { id: 'order-title' }, ...makeSentence(title)),
        ...fields,
        make('label', { for: 'ask-reason' }, strings.reason), reason, alert,
        make('div', { class: 'choices' }, cancel,
            make('button', { class: 'primary', type: 'submit' }, verb))));

    cancel.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => dialog.remove());
    dialog.querySelector('form').addEventListener('submit', (event) => {
        const text = reason.value.trim();

        if (byteLength(text) > REASON) {
            event.preventDefault();
            alert.textContent = strings.errors.too_long;
            reason.focus();
        }
        else {
            act(text || undefined);
        }
    });
    root.getElementById('room').append(dialog);
    dialog.showModal();
}

function addStyles(root) {
    if (!styled.has(root)) {
        styled.set(root, addStyle(root, 'moderate/moderate.css'));
    }
    return styled.get(root);
}

export async function askReport(root, strings, commands, entry) {
    await addStyles(root);
    ask(root, strings, {
        title: strings.reportTitle,
        fields: [make('p', { class: 'hint' }, strings.reportHint)],
        verb: strings.sendReport,
        act: (reason) => commands.report(entry, reason),
    });
}

export async function askBan(root, strings, commands, person) {
    const time = make('select', { id: 'ask-time' }, ...TIMES.map((seconds) =>
        make('option', { value: String(seconds), selected: seconds === DAY },
            seconds ? formatSpan(seconds, strings) : strings.forGood)));
    const check = (text) => make('label', { class: 'choice' },
        make('input', { type: 'checkbox' }), make('span', {}, text));
    const address = check(strings.banAddress);
    const purge = check(strings.banPurge);
    const isSet = (label) => label.firstChild.checked;

    await addStyles(root);
    ask(root, strings, {
        title: strings.banTitle(isolate(shownName(person, strings))),
        fields: [make('label', { for: 'ask-time' }, strings.howLong), time,
            ...person.guest ? [address] : [], purge],
        verb: strings.doBan,
        act: (reason) => commands.ban(person, {
            for: Number(time.value) || undefined,
            reason,
            address: isSet(address) || undefined,
            purge: isSet(purge) || undefined,
        }),
    });
}
