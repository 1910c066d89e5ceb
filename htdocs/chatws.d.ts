/** Types of chatws.js, a room of mod_chatws in a page, a worker or a program;
 *  see docs/CLIENT.md. */

export type Transport = 'websocket' | 'sse' | 'longpoll' | 'poll';

/**
 * `waiting`: there is no connection; `retryAt` says when the next attempt is.
 * `closed`: by close(), or because the server refused: then `refusal` says why.
 */
export type State = 'connecting' | 'online' | 'waiting' | 'closed';

export interface Person {
    id: string;
    name: string;
    /** The name was chosen, not verified. */
    guest?: boolean;
    moderator?: boolean;
}

/** Why the room is closed. */
export interface Refusal {
    /** As in the error event; 'login_required' if nobody gave one. */
    code: string;
    /** The server's own sentence, if it has one. */
    text?: string;
    /** That of the answer; 302 for a redirect. */
    status?: number;
    /** With 'banned': seconds; absent if it does not end. */
    for?: number;
    /** With 'banned': what the moderator has said, if anything. */
    reason?: string;
    /** Whether logging in would help. */
    login: boolean;
}

export interface Rights {
    speak: boolean;
    moderate: boolean;
    /** True of a guest who only reads where `?login` asks who it is. */
    login?: boolean;
}

export interface RoomState {
    /** '' if there is none. */
    topic: string;
    /** Seconds between two messages of one speaker, 0 if it is not slow. */
    slow: number;
    /** Only moderators may speak. */
    locked: boolean;
}

export interface Members {
    count: number;
    /** Absent in rooms with more members than ChatPresence says. */
    list?: Person[];
}

export interface Message {
    type: 'message';
    id: string;
    from: Person;
    /** '' if it was deleted. */
    text: string;
    ref?: string;
    /** The message that it answers, which may be gone. */
    re?: string;
    deleted?: true;
    /** The text is the newest one. */
    edited?: true;
    /** Whether the reader wrote it. */
    own: boolean;
}

/** On polls it is made by the client, and knows less. */
export interface Hello {
    type: 'hello';
    room: string;
    /** May be null on polls, until a message of the reader's has come back. */
    you: Person | null;
    cursor: string;
    resumed: boolean;
    /** Messages may be missing before those that follow. */
    gap: boolean;
    limits?: { message: number; rate: number | null; burst: number | null };
    members?: Members;
    /** What the reader may do; absent if the server is older. */
    rights?: Rights;
    /** How the room is now; absent if the server is older.  With `muted` the
     *  reader may not speak for so many seconds. */
    state?: RoomState & { muted?: number };
    /** The room has more than it tells by itself: before() and search(). */
    archive?: true;
}

export interface Presence {
    type: 'presence';
    count: number;
    /** All who are there; else what changed, if that is told. */
    list?: Person[];
    joined?: Person[];
    left?: Person[];
    renamed?: Person[];
}

export interface Typing {
    type: 'typing';
    from: Person;
}

export interface You {
    type: 'you';
    id: string;
    name: string;
}

/** The messages between these two positions are no longer there. */
export interface Gap {
    type: 'gap';
    after: string;
    next: string;
}

/** A message's text is gone.  The page may not have the message. */
export interface Deleted {
    type: 'deleted';
    id: string;
    /** The message's id. */
    target: string;
    by: Person;
}

/** A message has another text, by its author. */
export interface Edited {
    type: 'edited';
    id: string;
    target: string;
    text: string;
}

/** All messages so far are gone. */
export interface Cleared {
    type: 'cleared';
    id: string;
    by: Person;
}

/** The room is otherwise than before. */
export interface RoomChange extends RoomState {
    type: 'room';
    id: string;
    by: Person;
}

/** Told to moderators, and to the one it is about: 'mute' and 'pardon'. */
export interface Sanction {
    type: 'sanction';
    kind: 'mute' | 'ban' | 'kick' | 'pardon';
    user: Person;
    /** Told to moderators only. */
    by?: Person;
    /** Seconds; absent: until a pardon. */
    for?: number;
    reason?: string;
}

/** Somebody finds that a message should not be there; told to moderators. */
export interface Report {
    type: 'report';
    target: string;
    by: Person;
    reason?: string;
}

/** A command, or the room itself, was refused. */
export interface ServerError {
    type: 'error';
    code: string;
    text?: string;
    /** 'name' or 'typing' for what rename() and type() sent. */
    ref?: string;
    /** Seconds, after which the same may be sent again. */
    retry?: number;
    /** 'muted' and 'banned': seconds that are left; absent: no end. */
    for?: number;
    /** That of the answer, if it was one to a request. */
    status?: number;
}

export interface Ack {
    type: 'ack';
    ref: string;
    id: string;
}

/** What became of a message that send() was given. */
export interface Pending {
    type: 'pending';
    ref: string;
    text: string;
    state: 'sending' | 'sent' | 'failed';
    /** Why it failed; with 'sending', why it waits. */
    code?: string;
    /** Seconds that it waits, because there were too many. */
    retry?: number;
    /** Seconds that the reader is muted; absent: no end. */
    for?: number;
}

export type ChatEvent =
    Hello | Presence | Typing | You | Gap | ServerError | Ack | Pending
    | Deleted | Edited | Cleared | RoomChange | Sanction | Report;

/** What a sanction has of the moderator's. */
export interface SanctionOptions {
    /** Seconds, at most ten years; default: until a pardon. */
    for?: number;
    /** At most 200 bytes on one line; told to the one it is about. */
    reason?: string;
}

/** One that holds now. */
export interface SanctionEntry {
    kind: 'mute' | 'ban';
    user: Person;
    by?: Person;
    for?: number;
    reason?: string;
    /** Those who come from the same address are banned, too. */
    address?: boolean;
}

/** What a command was answered. */
export interface Done {
    /** The event's, if one was stored. */
    id?: string;
    /** False if a ban could not have the address. */
    address?: boolean;
}

/** Why a command was refused. */
export interface CommandError extends Error {
    /** As in the error event; 'offline', 'closed' or 'unconfirmed' if there
     *  was no connection, or no answer. */
    code: string;
    retry?: number;
    for?: number;
    status?: number;
}

export interface SearchOptions {
    /** Only what is older than this id, or cursor. */
    before?: string;
    /** Default 50, at most 200. */
    limit?: number;
    signal?: AbortSignal;
}

/** A JWT; or gives a fresh one whenever it is needed, or nothing for a guest. */
export type Token =
    string | (() => Awaitable<string | null | undefined>);

type Awaitable<T> = T | Promise<T>;

export interface Options {
    /** Each message once, in order. */
    onMessage?(message: Message, chat: Chat): void;
    /** Everything else.  Types that you do not know are of a later server. */
    onEvent?(event: ChatEvent, chat: Chat): void;
    onState?(state: State, chat: Chat): void;
    /** What a guest wants to be called, until another name is chosen. */
    name?: string;
    /** Default 'auto': the best one that works here. */
    transport?: 'auto' | Transport;
    /** Who the guest is: 32 lower-case hex digits, secret.  Default: a cookie. */
    key?: string;
    /** Who the reader is, said by the site: docs/TOKENS.md. */
    token?: Token;
    /** Another constructor than the global one, such as that of `ws`. */
    WebSocket?: new (url: string, protocols: string[]) => object;
    /** Default true: tabs share a stream when it is no WebSocket. */
    share?: boolean;
    /** The most old messages to begin with.  Default: all that are kept. */
    history?: number;
}

export interface Chat {
    readonly state: State;
    /** The one in use; 'shared' is that of another tab. */
    readonly transport: Transport | 'shared' | undefined;
    readonly you: Person | null;
    /** The position after the last message, null before the first hello. */
    readonly cursor: string | null;
    /** With 'waiting': when the next attempt is, as Date.now() counts. */
    readonly retryAt?: number;

    /** With 'waiting': true after the server said that it restarts. */
    readonly planned: boolean;
    /** With 'closed': why, null after close(). */
    readonly refusal: Refusal | null;
    /** False where the server says that this person only reads. */
    readonly canSpeak: boolean;
    /** Null before the first hello, and if the server is older. */
    readonly rights: Rights | null;
    /** Null before the first hello, and if the server is older. */
    readonly roomState: RoomState | null;
    /** Until then the reader must not speak, as Date.now() counts.  Without an
     *  end it is ten years. */
    readonly mutedUntil: number;
    /** May be set; used from the next connection on. */
    token: Token | undefined;
    /** What the guest wants to be called here; '' if nobody said it. */
    readonly name: string;

    /** Queues a message, online or not; the result names it in `pending`.
     *  `re`: the id of the message that it answers. */
    send(text: string, options?: { re?: string }): string;
    /** Sends one that failed again. */
    retry(ref: string): void;
    /** Forgets one that failed. */
    discard(ref: string): void;
    /** Tells the others that the reader writes; at most every 3 s.
     *  False if there is no connection. */
    type(): boolean;
    /** Guests only; answered by `you` or `error`.  False if it has to wait
     *  for a connection. */
    rename(name: string): boolean;
    /** The newest messages that are older than this one, in order. */
    before(id: string, limit?: number):
        Promise<{ messages: Message[]; more: boolean }>;
    /** Messages that are newer than this one, in order, as many as the server
     *  gives at once.  `gap`: what followed it is gone; they are those that
     *  the room still has. */
    after(id: string):
        Promise<{ messages: Message[]; more: boolean; gap: boolean }>;
    /** The newest messages whose text has all of the words (one to eight), in
     *  order.  `more`: ask again with `before: cursor`, also if nothing was
     *  found: one request looks through only so much. */
    search(words: string, options?: SearchOptions):
        Promise<{ messages: Message[]; more: boolean; cursor: string }>;

    /* Those that follow reject with a CommandError.  Authors may delete and
     * edit what they wrote a short time ago; moderators delete all. */
    delete(id: string): Promise<Done>;
    edit(id: string, text: string): Promise<Done>;
    /** Tells the moderators. */
    report(id: string, reason?: string): Promise<Done>;

    /* For moderators.  `user` is the id of a Person. */
    mute(user: string, options?: SanctionOptions): Promise<Done>;
    /** Also from the guest's address, also with all that was said. */
    ban(user: string, options?: SanctionOptions
        & { address?: boolean; purge?: boolean }): Promise<Done>;
    /** Sends somebody out, for ten seconds at least. */
    kick(user: string, options?: { reason?: string }): Promise<Done>;
    /** Ends mute and ban. */
    pardon(user: string): Promise<Done>;
    /** What is not named stays. */
    setRoom(change: Partial<RoomState>): Promise<Done>;
    /** Deletes all messages. */
    clear(): Promise<Done>;
    /** Those that hold now. */
    sanctions(): Promise<SanctionEntry[]>;

    /** Tries again now, when it waits or was refused. */
    reconnect(): void;
    /** Tries at once if it waits, and makes sure that the line is alive. */
    wake(): void;
    /** Ends it for good. */
    close(): void;
}

/** Opens a room: the URL of the page, or another one, of a location with
 *  `Chat rooms`. */
export function connect(url: string | URL, options?: Options): Chat;
