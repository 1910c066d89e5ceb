/* What the pages say, one table for each language.
 *
 * A new language is one more table here: the same keys, texts or functions
 * of numbers and names that give a text.  Used by chat.js and rooms.js. */

const en = {
    lang: 'en',
    otherRooms: 'Other rooms',
    messages: 'Messages',
    empty: 'No messages yet. Say hello!',
    yourMessage: 'Your message',
    placeholder: 'Write a message',
    send: 'Send',
    changeName: 'Change name',
    nameLabel: 'The name that others see',
    cancel: 'Cancel',
    save: 'Save',
    you: 'you',

    connecting: 'Connecting…',
    online: 'Connected',
    waiting: 'Connection lost, trying again…',
    people: (n) => (n === 1 ? '1 person here' : `${n} people here`),
    newMessages: (n) => (n === 1 ? '1 new message' : `${n} new messages`),
    renamed: (old, now) => `${old} is now ${now}`,
    typing: (names) => {
        if (names.length > 2) {
            return 'Several people are typing…';
        }
        return names.length === 1 ? `${names[0]} is typing…`
            : `${names[0]} and ${names[1]} are typing…`;
    },
    gap: 'Some messages are missing here.',

    sending: 'Sending…',
    notSent: 'Not sent',
    tryAgain: 'Try again',
    remove: 'Remove',
    size: (bytes, limit) => `${bytes} of ${limit} bytes`,
    retryIn: (n) => `Too fast. Sending again in ${n} s.`,
    gaveUp: 'The server did not confirm this message.',

    chooseRoom: 'Choose a room',
    roomHint: 'Everybody who opens the same name meets in the same room.',
    roomName: 'Name of the room',
    enter: 'Enter',
    badRoom: 'This name cannot be a room. Use a short name without a slash.',

    errors: {
        bad_text: 'The text has characters that cannot be sent.',
        empty: 'There is nothing to send.',
        too_long: 'This message is too long.',
        bad_name: 'A name has 1 to 32 letters or digits.',
        name_taken: 'Somebody else has this name.',
        rate_limited: 'Too fast. Please wait a moment.',
        read_only: 'You may read here, but not write.',
        forbidden: 'You may not do this.',
        rooms_full: 'The server has no place for another room.',
        offline: 'There is no connection at the moment.',
    },
};

const zh = {
    lang: 'zh-CN',
    otherRooms: '其他聊天室',
    messages: '消息',
    empty: '还没有消息，来打个招呼吧！',
    yourMessage: '你的消息',
    placeholder: '输入消息',
    send: '发送',
    changeName: '修改昵称',
    nameLabel: '其他人看到的昵称',
    cancel: '取消',
    save: '保存',
    you: '你',

    connecting: '正在连接…',
    online: '已连接',
    waiting: '连接已断开，正在重试…',
    people: (n) => `${n} 人在线`,
    newMessages: (n) => `${n} 条新消息`,
    renamed: (old, now) => `${old} 改名为 ${now}`,
    typing: (names) => (names.length > 2 ? '几个人正在输入…'
        : `${names.join('和')}正在输入…`),
    gap: '此处缺少部分消息。',

    sending: '正在发送…',
    notSent: '未发送',
    tryAgain: '重试',
    remove: '删除',
    size: (bytes, limit) => `${bytes} / ${limit} 字节`,
    retryIn: (n) => `发送太快，${n} 秒后自动重发。`,
    gaveUp: '服务器没有确认这条消息。',

    chooseRoom: '选择聊天室',
    roomHint: '输入相同名称的人会进入同一个聊天室。',
    roomName: '聊天室名称',
    enter: '进入',
    badRoom: '不能使用这个名称。请输入不含斜杠的短名称。',

    errors: {
        bad_text: '消息中含有无法发送的字符。',
        empty: '没有可发送的内容。',
        too_long: '消息太长。',
        bad_name: '昵称应为 1 到 32 个字。',
        name_taken: '这个昵称已被使用。',
        rate_limited: '操作太快，请稍候。',
        read_only: '你在这里只能阅读，不能发言。',
        forbidden: '你没有这个权限。',
        rooms_full: '服务器无法再开新的聊天室。',
        offline: '当前没有连接。',
    },
};

const tables = { en, zh };

/* The table of the first of the reader's languages that we have, and the
 * full language tag (with its region) for dates and times. */
export function chooseStrings(languages) {
    for (const locale of languages) {
        const table = tables[locale.toLowerCase().split('-')[0]];
        if (table) {
            return { ...table, locale };
        }
    }
    return { ...en, locale: 'en' };
}

/* Puts the texts into a page: data-text names the content of an element,
 * data-label, data-title and data-placeholder its attributes. */
export function translatePage(strings) {
    const attributes = [['label', 'aria-label'], ['title', 'title'],
        ['placeholder', 'placeholder']];

    document.documentElement.lang = strings.lang;
    for (const element of document.querySelectorAll('[data-text]')) {
        element.textContent = strings[element.dataset.text];
    }
    for (const [key, attribute] of attributes) {
        for (const element of document.querySelectorAll(`[data-${key}]`)) {
            element.setAttribute(attribute, strings[element.dataset[key]]);
        }
    }
}
