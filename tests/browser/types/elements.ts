/* The elements' modules are what their types say: test_extras_types.py gives
 * chat-room.d.ts another name, so that these are the modules themselves. */
import type { ChatLauncherElement, ChatRoom as Room } from './said.js';
import { ChatLauncher } from './chat-launcher.js';
import { ChatRoom } from './chat-room.js';

const room: Pick<Room, 'chat' | 'unread' | 'show'> = new ChatRoom();
const launcher: Pick<ChatLauncherElement, 'isOpen' | 'unread' | 'room' | 'chat'
    | 'open' | 'close' | 'toggle'> = new ChatLauncher();

export { launcher, room };
