"""A room with an archive that has much more than the room keeps.  Used by the
tests test_archive_*.py."""
from harness import location
from log_page import FILES

COUNT = 2600
CONFIG = ('ChatArchive sqlite3 data/chat.db\nChatArchiveAck off\n'
          + location('/chat', 'Chat rooms', 'ChatRate off',
                     'ChatHistory 30 24h')
          + location('/gone', 'Chat rooms', 'ChatRate off', 'ChatHistory 0'))
__all__ = ['CONFIG', 'COUNT', 'FILES', 'ASKED', 'DOWN']

# What the page asks of the room by requests of its own, from now on.
ASKED = '''
window.asked = [];
window.realFetch ??= window.fetch;
window.fetch = (address, options) => {
    const { search } = new URL(address, location.href);

    if (/before=|after=|search=/.test(search)) {
        asked.push(search);
    }
    return realFetch(address, options);
};
'''
# Scrolls from where the reader is to the end, and notes each message that has
# been built meanwhile, in the order in which they stand.  Where some are missing
# it waits for them, as a reader would.
DOWN = '''
const log = room.getElementById('log');
const frame = () => new Promise((go) => {
    requestAnimationFrame(() => requestAnimationFrame(go));
});
const order = (id) => id.split('-').map(Number);

const isAtHole = () => Array.from(room.querySelectorAll('#list .note'))
    .some((note) => note.textContent.startsWith('Loading')
        && note.getBoundingClientRect().top
            < log.getBoundingClientRect().bottom + 700);

window.down = { ids: new Set(), wrong: 0, done: false };
(async () => {
    while (!room.getElementById('jump').hidden) {
        const ids = Array.from(room.querySelectorAll('#list .message'),
            (item) => item.dataset.id);

        for (let at = 1; at < ids.length; at += 1) {
            const [[a, b], [c, d]] = [order(ids[at - 1]), order(ids[at])];

            down.wrong += a > c || a === c && b >= d;
        }
        ids.forEach((id) => down.ids.add(id));
        if (!isAtHole()) {
            log.scrollTop += 700;
        }
        await frame();
    }
    down.done = true;
})();
'''
