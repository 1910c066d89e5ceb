/* What is asked before somebody is reported or banned.  Loaded by commands.js
 * when it is first needed, and by the status page. */

import { shownName } from '../element/guest.js';
import { make } from '../element/markup.js';
import { addStyle } from '../element/styles.js';
import { byteLength, isolate, makeSentence } from '../element/text.js';
import { formatSpan } from '../element/times.js';

const REASON = 200;             /* bytes */
const DAY = 86400;
const TIMES = [3600, DAY, 7 * DAY, 30 * DAY, 0];    /* seconds; 0: no end */

const styled = new WeakMap();   /* root to promise */

/* A dialog over what has the id "room".  act(reason) may answer, or promise, a
 * sentence that says why it was not done: then it stays open. */
export function ask(root, strings,
    { title, fields, verb, act, hasReason = true }) {
    const reason = make('input', { id: 'ask-reason', dir: 'auto',
        autocomplete: 'off', maxlength: String(REASON) });
    const alert = make('p', { class: 'alert', role: 'alert' });
    let isSent = false;
    const cancel = make('button', { class: 'quiet', type: 'button' },
        strings.cancel);
    const dialog = make('dialog', { id: 'order-ask', part: 'dialog',
        'aria-labelledby': 'order-title' },
    make('form', { method: 'dialog' },
        make('p', { id: 'order-title' }, ...makeSentence(title)),
        ...fields,
        ...hasReason ? [make('label', { for: 'ask-reason' }, strings.reason),
            reason] : [], alert,
        make('div', { class: 'choices' }, cancel,
            make('button', { class: 'primary', type: 'submit' }, verb))));

    cancel.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => dialog.remove());
    dialog.querySelector('form').addEventListener('submit', async (event) => {
        const text = reason.value.trim();

        event.preventDefault();
        alert.textContent = '';
        if (byteLength(text) > REASON) {
            alert.textContent = strings.errors.too_long;
            reason.focus();
            return;
        }
        if (!isSent) {
            isSent = true;
            alert.textContent = await act(text || undefined) ?? '';
            isSent = false;
        }
        if (!alert.textContent && !isSent) {
            dialog.close();
        }
    });
    root.getElementById('room').append(dialog);
    dialog.showModal();
}

/* For how long. */
export function makeTimes(strings) {
    return make('select', { id: 'ask-time' }, ...TIMES.map((seconds) =>
        make('option', { value: String(seconds), selected: seconds === DAY },
            seconds ? formatSpan(seconds, strings) : strings.forGood)));
}

/* A box to tick: the label's first child. */
export function makeChoice(text) {
    return make('label', { class: 'choice' },
        make('input', { type: 'checkbox' }), make('span', {}, text));
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
        act: (reason) => { commands.report(entry, reason); },
    });
}

export async function askBan(root, strings, commands, person) {
    const time = makeTimes(strings);
    const address = makeChoice(strings.banAddress);
    const purge = makeChoice(strings.banPurge);
    const isSet = (label) => label.firstChild.checked;

    await addStyles(root);
    ask(root, strings, {
        title: strings.banTitle(isolate(shownName(person, strings))),
        fields: [make('label', { for: 'ask-time' }, strings.howLong), time,
            ...person.guest ? [address] : [], purge],
        verb: strings.doBan,
        act: (reason) => {
            commands.ban(person, {
                for: Number(time.value) || undefined,
                reason,
                address: isSet(address) || undefined,
                purge: isSet(purge) || undefined,
            });
        },
    });
}
