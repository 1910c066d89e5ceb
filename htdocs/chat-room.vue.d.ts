/** <chat-room> and <chat-launcher> in templates of Vue 3.  Put this file and
 *  the other .d.ts files of the chat into your project, and tell the compiler
 *  that they are no components of Vue: isCustomElement. */

import type { HTMLAttributes, PublicProps } from 'vue';
import type { ChatLauncherAttributes, ChatLauncherElement,
    ChatLauncherEventMap, ChatRoom, ChatRoomAttributes, ChatRoomEventMap,
    ChatRoomEvents } from './chat-room.js';

type Listeners<Events> = {
    [Type in keyof Events & string as `on${Capitalize<Type>}`]?:
        (event: Events[Type]) => void;
};

/** How Vue's tools know an element: by the type of its instances. */
type Tag<Element, Attributes, Events> = new () => Element & {
    $props: Attributes & Omit<HTMLAttributes, keyof Attributes
        | keyof Listeners<Events>> & Listeners<Events> & PublicProps;
};

declare module 'vue' {
    interface GlobalComponents {
        'chat-room': Tag<ChatRoom, ChatRoomAttributes,
            ChatRoomEvents & Pick<ChatRoomEventMap, 'ready'>>;
        'chat-launcher': Tag<ChatLauncherElement, ChatLauncherAttributes,
            ChatRoomEvents & Pick<ChatLauncherEventMap, 'toggle'>>;
    }
}
