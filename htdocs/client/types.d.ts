/** Types of the client's parts, for whoever changes them: tsc --checkJs reads
 *  them (tests/browser/test_extras_types.py), no page does. */

import type { Outbox } from './outbox.js';
import type { Unsure } from './unsure.js';
import type { Chat as PublicChat, ServerError, Token } from '../chatws.js';

export type { Hello, Message, Person, Refusal, State } from '../chatws.js';
export type { Acts } from './acts.js';
export type { Connection } from './connection.js';
export type { Chat } from './chat.js';
export type { Ladder } from './ladder.js';
export type { Line } from './line.js';
export type { Naming } from './naming.js';
export type { Problem } from './request.js';
export type { Room } from './room.js';
export type { Tabs } from './tabs.js';
export type { Unsure } from './unsure.js';

/** What the reader does, as it is sent. */
export interface Command {
    type: string;
    ref?: string;
    text?: string;
    name?: string;
}

/** Why a line ended, or a room could not be had. */
export interface Trouble extends Partial<Omit<ServerError, 'type'>> {
    /** The code with which a WebSocket was closed. */
    close?: number;
    /** Trying again does not help. */
    isFinal?: boolean;
    /** The chat said it, not a proxy. */
    isTold?: boolean;
    /** Whether logging in would help. */
    login?: boolean;
    /** A moderator's. */
    reason?: string;
    /** WWW-Authenticate: a password would do. */
    challenge?: string | null;
}

declare module './connection.js' {
    /** What a Chat adds, and a Connection uses. */
    interface Connection {
        outbox: Outbox;
        unsure: Unsure | null;
        start: string;
        prepare(): Promise<void>;
    }
}

declare module './chat.js' {
    interface Chat extends Pick<PublicChat, 'after' | 'before' | 'search' | 'delete' | 'edit' | 'report'
        | 'mute' | 'ban' | 'kick' | 'pardon' | 'setRoom' | 'clear'
        | 'sanctions'> {
        /** When polls asked who is there. */
        listedAt: number;
    }
}

declare module './request.js' {
    interface Problem extends Trouble {
        code: string;
        status: number;
    }
}

declare module './room.js' {
    /** What token.js adds. */
    interface Room {
        token?: string;
        /** Where it is from. */
        source?: Token | undefined;
        /** Whose it is. */
        user?: string;
        /** Until then it is used, as Date.now() counts. */
        tokenEnds?: number;
        /** Another one is being asked for. */
        taking?: Promise<void> | null;
        /** Makes a request, again if the token was refused. */
        renewing?(go: () => Promise<Response>): Promise<Response>;
    }
}

declare module './line.js' {
    /** What each kind of a line has. */
    interface Line {
        open(): Promise<void>;
        send(command: Command): void;
        /** Makes sure that it is alive: else it fails soon. */
        probe(): void;
        /** What was posted has to come soon. */
        hurry?(): void;
    }
}
