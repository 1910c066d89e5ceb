/* Where the author changes a message: in its place in the list.  Used by
 * actions.js. */

import { make } from '../element/markup.js';
import { byteLength, cleanText } from '../element/text.js';

/* limit: bytes.  save(text, alert) gives a promise, true if that is the text
 * now, else it has told alert() why not.  end() closes it.  The form is one
 * element, whatever is built around it. */
export function makeEditor(text, strings, { limit, save, end }) {
    const field = make('textarea', { rows: '1', dir: 'auto',
        enterkeyhint: 'done', autocomplete: 'off', part: 'input',
        'aria-label': strings.editMessage });
    const alert = make('p', { class: 'alert', role: 'alert' });
    const cancel = make('button', { class: 'quiet', type: 'button' },
        strings.cancel);
    const form = make('form', { class: 'editor' },
        make('div', { class: 'grow' }, field), alert,
        make('div', { class: 'choices' }, cancel, make('button',
            { class: 'quiet', type: 'submit' }, strings.save)));
    const grow = () => {
        field.parentElement.dataset.text = field.value;
        alert.textContent = '';
    };
    const submit = async (event) => {
        const now = cleanText(field.value);

        event.preventDefault();
        if (now === text) {
            end();
        }
        else if (!now || byteLength(now) > limit) {
            alert.textContent = strings.errors[now ? 'too_long' : 'empty'];
        }
        else if (await save(now, (why) => {
            alert.textContent = why;
        })) {
            end();
        }
    };

    field.value = text;
    grow();
    field.addEventListener('input', grow);
    form.addEventListener('submit', submit);
    cancel.addEventListener('click', end);
    form.addEventListener('keydown', (event) => {
        /* 229: as in composer.js. */
        const isWriting = event.isComposing || event.keyCode === 229;

        if (event.key === 'Escape' && !isWriting) {
            event.stopPropagation();
            end();
        }
        else if (event.key === 'Enter' && event.target === field
            && !event.shiftKey && !isWriting) {
            submit(event);
        }
    });
    return form;
}
