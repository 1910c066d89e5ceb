/* mod_chatws: the room, the launcher and the client, all in one file.  Made of
 * the files of htdocs by make, with esbuild.  docs/ELEMENT.md says how to use
 * it. */

import './styles.js';

export { ChatRoom } from '../chat-room.js';
export { ChatLauncher } from '../chat-launcher.js';
export { connect } from '../chatws.js';
