/* A component of React. */
import { createElement, useRef } from 'react';
import './chat-room.js';
import type { ChatRoom } from './chat-room.js';
import './chat-room.react.js';

export function Chat() {
    const room = useRef<ChatRoom>(null);

    return <div>
        <chat-room ref={room} src="/chat/lobby" theme="dark" history={50}
            id="room" lang="en" onunread={({ detail }) => detail.count} />
        <chat-launcher src="/chat/lobby" corner="top-end" label="Talk"
            onClick={() => room.current?.focus()}
            ontoggle={({ detail }) => detail.open} />
    </div>;
}

// @ts-expect-error there is no such theme
export const wrong = () => <chat-room theme="pink" />;
// @ts-expect-error there is no such corner
export const where = () => <chat-launcher src="/chat/x" corner="middle" />;
void createElement;
