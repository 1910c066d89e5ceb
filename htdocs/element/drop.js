/* The panels that open below a button of the header: they close with Escape
 * and when the reader does something elsewhere.  Used by chat-room.js. */

/* signal: ends the listening to the document. */
export function watchDrops(root, signal) {
    const room = root.getElementById('room');
    const dropOf = ({ target }) => target.closest('details.drop[open]');

    room.addEventListener('keydown', (event) => {
        const drop = dropOf(event);

        if (event.key === 'Escape' && drop) {
            event.stopPropagation();
            drop.open = false;
            drop.querySelector('summary').focus();
        }
    });
    room.addEventListener('focusout', (event) => {
        const drop = dropOf(event);

        if (drop && event.relatedTarget
            && !drop.contains(event.relatedTarget)) {
            drop.open = false;
        }
    });
    document.addEventListener('click', (event) => {
        for (const drop of room.querySelectorAll('details.drop')) {
            if (!event.composedPath().includes(drop)) {
                drop.open = false;
            }
        }
    }, { signal });
}
