/* Puts a text into a field where the caret is, as if it were typed: browsers
 * can undo that.  Used by complete.js, persons.js and picker.js. */

/* from, to: what it replaces; else the selection. */
export function insertText(field, text, from = field.selectionStart,
    to = field.selectionEnd) {
    field.focus();
    field.setSelectionRange(from, to);
    /* Old, and the only way that the browser's Undo knows. */
    if (!document.execCommand('insertText', false, text)) {
        field.setRangeText(text, from, to, 'end');
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
    }
}
