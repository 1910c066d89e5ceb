/* The panels that open below a button of the header: they close with Escape
 * and when the reader does something elsewhere.  Used by chat-room.js. */

/* signal: ends the listening to the document. */
export function watchDrops(root, signal) {
    const drops = root.querySelectorAll('details.drop');

    for (const drop of drops) {
        drop.addEventListener('keydown', (event) => {
            if (event.key === 'Escape' && drop.open) {
                event.stopPropagation();
                drop.open = false;
                drop.querySelector('summary').focus();
            }
        });
        drop.addEventListener('focusout', (event) => {
            if (event.relatedTarget && !drop.contains(event.relatedTarget)) {
                drop.open = false;
            }
        });
    }
    document.addEventListener('click', (event) => {
        for (const drop of drops) {
            if (!event.composedPath().includes(drop)) {
                drop.open = false;
            }
        }
    }, { signal });
}
