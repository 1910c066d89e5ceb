/** Types of chat-room.bundle.js; see docs/ELEMENT.md. */

export { ChatRoom, ChatLauncherElement as ChatLauncher } from './chat-room.js';
export { connect } from './chatws.js';
