/** Types of chat-room.js and chat-launcher.js; see docs/ELEMENT.md and
 *  docs/LAUNCHER.md.  Those for React and Vue: chat-room.react.d.ts and
 *  chat-room.vue.d.ts. */

import type { Chat, Message, Refusal, State, Token, Transport }
    from './chatws.js';

/** What may be set on <chat-room>. */
export interface ChatRoomAttributes {
    /** The room's URL; an empty one is the page's. */
    src?: string;
    lang?: string;
    dir?: 'ltr' | 'rtl' | 'auto' | (string & {});
    theme?: 'light' | 'dark';
    transport?: Transport;
    /** The most messages to begin with. */
    history?: number | `${number}`;
    /** What a guest wants to be called. */
    name?: string;
    /** The title. */
    label?: string;
    /** The level of the title among the headings of the page. */
    heading?: number | `${number}`;
    /** The page where visitors log in. */
    login?: string;
    /** Who the reader is; a function only as a property. */
    token?: Token;
}

/** What may be set on <chat-launcher>. */
export interface ChatLauncherAttributes extends ChatRoomAttributes {
    corner?: 'bottom-end' | 'bottom-start' | 'top-end' | 'top-start';
    /** When there is a connection while the room is closed. */
    connect?: 'opened' | 'load' | 'open';
}

export interface MessageDetail extends Message {
    /** It is older than the visit. */
    history: boolean;
}

export interface StateDetail {
    state: State;
    transport: Transport | 'shared' | null;
    /** True while the server restarts, as it had announced. */
    planned: boolean;
    /** With 'waiting': when the next attempt is, as Date.now() counts. */
    retryAt?: number;
    /** With 'closed': why the server refused. */
    refusal?: Refusal;
}

export interface UnreadDetail {
    count: number;
}

export interface ToggleDetail {
    open: boolean;
}

export interface ChatRoomEvents {
    message: CustomEvent<MessageDetail>;
    state: CustomEvent<StateDetail>;
    unread: CustomEvent<UnreadDetail>;
}

export interface ChatRoomEventMap extends HTMLElementEventMap,
    ChatRoomEvents {
    /** The room is shown. */
    ready: Event;
}

export interface ChatLauncherEventMap
    extends Omit<HTMLElementEventMap, 'toggle'>, ChatRoomEvents {
    toggle: CustomEvent<ToggleDetail>;
}

export declare class ChatRoom extends HTMLElement {
    /** The client of the room, null while there is none. */
    readonly chat: Chat | null;
    /** How many messages of others the reader has not seen. */
    readonly unread: number;
    /** Undefined if the site does not say who the reader is. */
    token: Token | undefined;
    /** Goes to a message; false if the room does not have it. */
    show(id: string): Promise<boolean>;
    addEventListener<K extends keyof ChatRoomEventMap>(type: K,
        listener: (this: ChatRoom, event: ChatRoomEventMap[K]) => unknown,
        options?: boolean | AddEventListenerOptions): void;
    addEventListener(type: string,
        listener: EventListenerOrEventListenerObject,
        options?: boolean | AddEventListenerOptions): void;
    removeEventListener<K extends keyof ChatRoomEventMap>(type: K,
        listener: (this: ChatRoom, event: ChatRoomEventMap[K]) => unknown,
        options?: boolean | EventListenerOptions): void;
    removeEventListener(type: string,
        listener: EventListenerOrEventListenerObject,
        options?: boolean | EventListenerOptions): void;
}

/** Exported by chat-launcher.js. */
export declare class ChatLauncherElement extends HTMLElement {
    readonly isOpen: boolean;
    readonly unread: number;
    token: Token | undefined;
    /** Null before the room was first opened. */
    readonly room: ChatRoom | null;
    readonly chat: Chat | null;
    open(): void;
    close(): void;
    toggle(): void;
    addEventListener<K extends keyof ChatLauncherEventMap>(type: K,
        listener: (this: ChatLauncherElement,
            event: ChatLauncherEventMap[K]) => unknown,
        options?: boolean | AddEventListenerOptions): void;
    addEventListener(type: string,
        listener: EventListenerOrEventListenerObject,
        options?: boolean | AddEventListenerOptions): void;
    removeEventListener<K extends keyof ChatLauncherEventMap>(type: K,
        listener: (this: ChatLauncherElement,
            event: ChatLauncherEventMap[K]) => unknown,
        options?: boolean | EventListenerOptions): void;
    removeEventListener(type: string,
        listener: EventListenerOrEventListenerObject,
        options?: boolean | EventListenerOptions): void;
}

declare global {
    interface HTMLElementTagNameMap {
        'chat-room': ChatRoom;
        'chat-launcher': ChatLauncherElement;
    }
}
