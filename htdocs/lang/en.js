/* English, and the list of what every language says: texts, or functions of
 * numbers and names that give a text.  Loaded by strings.js. */

export default {
    lang: 'en',
    dir: 'ltr',
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
    guestName: (tag) => `guest-${tag}`,

    connecting: 'Connecting…',
    online: 'Connected',
    waiting: 'Connection lost, trying again…',
    closed: 'Disconnected',
    people: (n) => (n === 1 ? '1 person here' : `${n} people here`),
    newMessages: (n) => (n === 1 ? '1 new message' : `${n} new messages`),
    newFromHere: 'New',
    renamed: (old, now) => `${old} is now ${now}`,
    typing: (names) => {
        if (names.length > 2) {
            return 'Several people are typing…';
        }
        return names.length === 1 ? `${names[0]} is typing…`
            : `${names[0]} and ${names[1]} are typing…`;
    },
    gap: 'Some messages are missing here.',
    gone: 'The linked message is no longer here.',
    loading: 'Loading older messages…',
    newest: 'To the newest message',
    guest: 'guest',
    verified: 'verified',
    moderator: 'moderator',

    askName: 'What may the others call you?',
    notNow: 'Not now',
    nameTaken: 'This name is taken or reserved, or looks like one that is.',
    nameRefused: (now) => 'The name that you chose is taken or reserved here.'
        + ` You are ${now}.`,
    nameLost: (old, now) => `${old} has logged in: the name is theirs.`
        + ` You are ${now} now.`,

    noNetwork: 'You are offline',
    restarting: 'The server restarts…',
    nextTry: (n) => `Trying again in ${n} s`,
    tryNow: 'Try now',
    reconnect: 'Try again',
    logInToJoin: 'Log in to take part',
    logInToWrite: 'Log in to write',
    testConnection: 'Test the connection',
    refusals: {
        login_required: 'This room is for people who have logged in.',
        forbidden: 'You may not enter this room.',
        not_found: 'There is no such room.',
        bad_room: 'There is no such room.',
    },

    notices: 'Notifications',
    noticesHint: 'While you are elsewhere, new messages',
    noticeTitle: 'are counted in the title',
    noticeSound: 'make a quiet sound',
    noticeDesktop: 'are shown by the system',
    noticeNever: 'never',
    noticeNamed: 'when I am named',
    noticeAll: 'always',
    noticeBlocked: 'The browser does not let this site show notifications.',
    noticeFrom: (name, room) => `${name} in ${room}`,

    chat: 'Chat',
    closeChat: 'Close the chat',
    notLoaded: 'The chat could not be loaded.',

    personMenu: (name) => `${name}, more`,
    mention: (name) => `Mention ${name}`,
    ignore: (name) => `Ignore ${name}`,
    stopIgnoring: (name) => `Stop ignoring ${name}`,
    ignored: 'Ignored in this browser',
    suggestions: 'Names',
    suggested: (n) => (n === 1 ? '1 name' : `${n} names`),

    emoji: 'Emoji',
    searchEmoji: 'Search emoji',
    recentEmoji: 'Recently used',
    noEmoji: 'Nothing found',
    emojiGroups: [
        'Faces', 'People', 'Animals and nature', 'Food', 'Travel',
        'Activities', 'Objects', 'Symbols', 'Flags',
    ],

    sending: 'Sending…',
    notSent: 'Not sent',
    tryAgain: 'Try again',
    remove: 'Remove',
    left: (n) => `${n} left`,
    tooMany: (n) => (n === 1 ? '1 character too many'
        : `${n} characters too many`),
    retryIn: (n) => `Too fast. Sending again in ${n} s.`,
    gaveUp: 'The server did not confirm this message.',

    chooseRoom: 'Choose a room',
    roomHint: 'Everybody who opens the same name meets in the same room.',
    roomName: 'Name of the room',
    enter: 'Enter',
    badRoom: 'This name cannot be a room. Use a short name without a slash.',
    openRooms: 'Rooms in use',
    emptyRooms: (n) => (n === 1 ? '1 empty room' : `${n} empty rooms`),
    check: 'Does the chat work from here?',

    errors: {
        bad_text: 'The text has characters that cannot be sent.',
        empty: 'There is nothing to send.',
        too_long: 'This message is too long.',
        bad_name: 'A name has 1 to 32 letters or digits.',
        name_taken: 'This name is taken or reserved.',
        rate_limited: 'Too fast. Please wait a moment.',
        read_only: 'You may read here, but not write.',
        forbidden: 'You may not do this.',
        not_found: 'There is no such room.',
        bad_room: 'There is no such room.',
        rooms_full: 'The server has no place for another room.',
        offline: 'There is no connection at the moment.',
    },
};
