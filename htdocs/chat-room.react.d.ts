/** <chat-room> and <chat-launcher> in JSX, for React 18 and 19.  Put this
 *  file and the other .d.ts files of the chat into your project. */

import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { ChatLauncherAttributes, ChatLauncherElement,
    ChatLauncherEventMap, ChatRoom, ChatRoomAttributes, ChatRoomEventMap,
    ChatRoomEvents } from './chat-room.js';

type Listeners<Events> = {
    [Type in keyof Events & string as `on${Type}`]?:
        (event: Events[Type]) => void;
};

/** React 19 listens to them; React 18 needs addEventListener() on a ref. */
type RoomListeners =
    Listeners<ChatRoomEvents & Pick<ChatRoomEventMap, 'ready'>>;
type LauncherListeners =
    Listeners<ChatRoomEvents & Pick<ChatLauncherEventMap, 'toggle'>>;

type Props<Tag, Attributes> = Attributes & Omit<
    DetailedHTMLProps<HTMLAttributes<Tag>, Tag>, keyof Attributes>
    /** React 18 sets class, not className, on elements like these. */
    & { class?: string };

interface Elements {
    'chat-room': Props<ChatRoom, ChatRoomAttributes> & RoomListeners;
    'chat-launcher':
        Props<ChatLauncherElement, ChatLauncherAttributes> & LauncherListeners;
}

declare module 'react' {
    namespace JSX {
        interface IntrinsicElements extends Elements {}
    }
}

declare global {
    namespace JSX {
        interface IntrinsicElements extends Elements {}
    }
}
