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
    /** Whether logging in would help. */
    login: boolean;
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
    text: string;
    ref?: string;
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
    rights?: { speak: boolean; moderate: boolean };
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

/** A command, or the room itself, was refused. */
export interface ServerError {
    type: 'error';
    code: string;
    text?: string;
    /** 'name' or 'typing' for what rename() and type() sent. */
    ref?: string;
    /** Seconds. */
    retry?: number;
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
}

export type ChatEvent =
    Hello | Presence | Typing | You | Gap | ServerError | Ack | Pending;

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
    /** What the guest wants to be called here; '' if nobody said it. */
    readonly name: string;

    /** Queues a message, online or not; the result names it in `pending`. */
    send(text: string): string;
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
