/* The fixed elements of a room; what is in them belongs to the parts of the
 * room (timeline.js, people.js, …), which find theirs by id.  Ids are the
 * shadow root's own.  Used by chat-room.js. */

import { make, makeIcon } from './markup.js';

const ICON_PEOPLE = 'M5.500 8.500a3.500 3.500 0 1 0 7 0 3.500 3.500 0 1 0-7 0'
    + 'M2.500 19.500c0-3.600 2.900-6 6.500-6s6.500 2.400 6.500 6M16 5.300a3.500'
    + ' 3.500 0 0 1 0 6.400M18 14.200c2.200.8 3.500 2.700 3.500 5.300';
const ICON_PEN = 'M4 20l1-4.500L16.500 4l3.500 3.500L8.500 19 4 20z';
const ICON_SEND = 'M12 19V5M5.500 11.500L12 5l6.500 6.500';
const ICON_BELL = 'M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 1.500h-15z'
    + 'M10 20.500a2.200 2.200 0 0 0 4 0';
const ICON_BELL_OFF = `${ICON_BELL}M3.500 3.500l17 17`;

/* Everything of a room, with its texts in place.  level: that of the title
 * among the headings of the page. */
export function makeRoom(strings, level) {
    return make('section', { id: 'room', class: 'room', part: 'room',
        lang: strings.lang, 'data-state': 'connecting',
        'aria-labelledby': 'title' },
    makeHeader(strings, level), makeLog(strings),
    make('div', { class: 'whisper' },
        make('p', { id: 'typing', class: 'typing', part: 'typing',
            hidden: true })),
    makeFooter(strings), makeDialog(strings, Math.min(level + 1, 6)));
}

function makeHeader(strings, level) {
    return make('header', { class: 'bar', part: 'header' },
        make('div', { class: 'column' },
            make('slot', { name: 'start' }),
            make('div', { class: 'place' },
                make(`h${level}`, { class: 'title', part: 'title' },
                    make('bdi', { id: 'title' })),
                make('p', { id: 'state', role: 'status', part: 'state' },
                    strings.connecting)),
            makeMembers(),
            makeNotices(strings),
            makeMe(strings),
            make('slot', { name: 'end' })),
        make('div', { id: 'trouble', class: 'trouble', part: 'trouble',
            hidden: true },
        make('span', { id: 'trouble-text' }),
        make('button', { id: 'trouble-now', class: 'quiet', type: 'button',
            part: 'button' }, strings.tryNow),
        make('a', { id: 'trouble-check', class: 'quiet', target: '_blank',
            hidden: true }, strings.testConnection)));
}

function makeMembers() {
    return make('details', { id: 'members', class: 'drop', hidden: true },
        make('summary', { class: 'quiet', part: 'button' },
            makeIcon(ICON_PEOPLE),
            make('span', { id: 'count', 'aria-hidden': 'true' }),
            make('span', { id: 'people', class: 'unseen' })),
        make('ul', { id: 'people-list', class: 'panel', part: 'panel' }));
}

function makeNotices(strings) {
    const choice = (id, text) => make('label', { class: 'choice' },
        make('input', { id, type: 'checkbox' }), make('span', {}, text));

    return make('details', { id: 'notices', class: 'drop' },
        make('summary', { class: 'quiet', part: 'button',
            title: strings.notices, 'aria-label': strings.notices },
        make('span', { class: 'on' }, makeIcon(ICON_BELL)),
        make('span', { class: 'off' }, makeIcon(ICON_BELL_OFF))),
        make('div', { class: 'panel', role: 'group', part: 'panel',
            'aria-labelledby': 'notices-hint' },
        make('p', { id: 'notices-hint', class: 'panel-head' },
            strings.noticesHint),
        choice('notice-title', strings.noticeTitle),
        choice('notice-sound', strings.noticeSound)));
}

function makeMe(strings) {
    return make('button', { id: 'me', class: 'quiet', type: 'button',
        part: 'button', title: strings.changeName, hidden: true },
    make('bdi', { id: 'my-name' }), makeIcon(ICON_PEN));
}

function makeLog(strings) {
    return make('div', { id: 'log', role: 'log', part: 'log',
        'aria-live': 'off', 'aria-relevant': 'additions', tabindex: '0',
        'aria-label': strings.messages },
    make('div', { class: 'column' },
        make('p', { id: 'empty', class: 'empty', hidden: true },
            strings.empty),
        make('ol', { id: 'list', class: 'messages' }),
        make('ol', { id: 'pending', class: 'messages', 'aria-live': 'off' })));
}

function makeFooter(strings) {
    return make('footer', { class: 'bar', part: 'footer' },
        make('div', { class: 'column' },
            make('button', { id: 'jump', class: 'jump', type: 'button',
                part: 'jump', hidden: true }),
            makeGate(strings),
            makeAsk(strings),
            make('p', { id: 'alert', class: 'alert', role: 'alert',
                part: 'alert' }),
            make('form', { id: 'composer', part: 'composer' },
                make('div', { class: 'grow' },
                    make('textarea', { id: 'text', rows: '1', dir: 'auto',
                        enterkeyhint: 'send', autocomplete: 'off',
                        part: 'input', 'aria-label': strings.yourMessage,
                        'aria-describedby': 'size pace',
                        placeholder: strings.placeholder })),
                make('button', { class: 'send', type: 'submit', part: 'send',
                    'aria-label': strings.send }, makeIcon(ICON_SEND))),
            make('p', { id: 'size', class: 'size', hidden: true }),
            make('p', { id: 'pace', class: 'size', hidden: true })));
}

/* In place of the field; see gate.js. */
function makeGate(strings) {
    return make('div', { id: 'gate', class: 'gate', part: 'gate',
        hidden: true },
    make('div', { role: 'status' },
        make('p', { id: 'gate-text' }),
        make('p', { id: 'gate-more', class: 'hint', lang: 'en', dir: 'ltr' })),
    make('p', { id: 'gate-rest', class: 'hint', hidden: true }),
    make('div', { class: 'choices' },
        make('a', { id: 'gate-check', class: 'quiet', target: '_blank',
            hidden: true }, strings.testConnection),
        make('button', { id: 'gate-again', class: 'quiet', type: 'button',
            hidden: true }, strings.reconnect),
        make('a', { id: 'gate-login', class: 'primary', target: '_top',
            hidden: true })));
}

/* Above the field, once; see rename.js. */
function makeAsk(strings) {
    return make('div', { id: 'ask', class: 'ask', part: 'ask', hidden: true },
        make('form', { id: 'ask-form' },
            make('label', { for: 'ask-name' }, strings.askName),
            make('input', { id: 'ask-name', dir: 'auto',
                autocomplete: 'nickname', spellcheck: 'false',
                enterkeyhint: 'done', 'aria-describedby': 'ask-error' }),
            make('div', { class: 'choices' },
                make('button', { id: 'ask-skip', class: 'quiet',
                    type: 'button' }, strings.notNow),
                make('button', { class: 'quiet', type: 'submit' },
                    strings.save))),
        make('p', { id: 'ask-error', class: 'alert', role: 'alert' }));
}

function makeDialog(strings, level) {
    return make('dialog', { id: 'rename', part: 'dialog',
        'aria-labelledby': 'rename-title' },
    make('form', { id: 'rename-form', method: 'dialog' },
        make(`h${level}`, { id: 'rename-title' }, strings.changeName),
        make('label', { for: 'rename-name' }, strings.nameLabel),
        make('input', { id: 'rename-name', dir: 'auto',
            autocomplete: 'nickname', spellcheck: 'false',
            'aria-describedby': 'rename-error' }),
        make('p', { id: 'rename-error', class: 'alert', role: 'alert' }),
        make('div', { class: 'choices' },
            make('button', { id: 'rename-cancel', class: 'quiet',
                type: 'button' }, strings.cancel),
            make('button', { class: 'primary', type: 'submit' },
                strings.save))));
}
