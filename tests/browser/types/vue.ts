/* What Vue's tools see of a template. */
import type { GlobalComponents } from 'vue';
import './chat-room.vue.js';

type RoomProps = InstanceType<GlobalComponents['chat-room']>['$props'];
type LauncherProps =
    InstanceType<GlobalComponents['chat-launcher']>['$props'];

export const room: RoomProps = {
    src: '/chat/lobby',
    class: 'wide',
    history: 50,
    onUnread: ({ detail }) => console.log(detail.count),
};
export const launcher: LauncherProps = {
    src: '/chat/lobby',
    corner: 'bottom-start',
    connect: 'load',
    onToggle: ({ detail }) => console.log(detail.open),
};
// @ts-expect-error there is no such theme
export const wrong: RoomProps = { theme: 'pink' };
