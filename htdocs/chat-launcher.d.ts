/** Types of chat-launcher.js; see docs/LAUNCHER.md. */

export { ChatLauncherElement as ChatLauncher } from './chat-room.js';
