/* A page without a framework.  test_extras_types.py checks that this is
 * right, and that each line below a @ts-expect-error is wrong. */
import './chat-room.js';
import { ChatLauncher } from './chat-launcher.js';
import { connect as bundled } from './chat-room.bundle.js';
import { connect, type CommandError, type Message } from './chatws.js';

const room = document.createElement('chat-room');
const found = document.querySelector('chat-launcher');
const count: number = room.unread;

room.addEventListener('message', (event) => {
    const message: Message = event.detail;
    const old: boolean = event.detail.history;

    console.log(message.from.name, old);
});
room.addEventListener('state', ({ detail }) =>
    detail.refusal?.login === true && detail.state === 'closed');
room.addEventListener('unread', ({ detail }) => detail.count + count);
room.addEventListener('click', (event) => event.clientX);
room.addEventListener('ready', function () { this.focus(); });
room.chat?.send('hello');
found?.open();
found?.addEventListener('toggle', ({ detail }) => detail.open === true);
found?.room?.chat?.rename('Ursula');
if (found instanceof ChatLauncher) {
    found.close();
}
connect('/chat/lobby', { name: 'Ursula' }).close();
bundled('/chat/lobby').send('hello');
room.token = async () => (await fetch('/token')).text();

const chat = connect('/chat/lobby', {
    token: 'a.b.c',
    onEvent(event) {
        if (event.type === 'edited' || event.type === 'deleted') {
            console.log(event.target.length, event.id);
        }
        else if (event.type === 'sanction') {
            console.log(event.kind === 'mute', event.for ?? 0, event.by?.name);
        }
    },
});
const answer: string = chat.send('so it is', { re: '1795321234567-1' });

chat.ban('g-7f3a0c19d2e45b68', { for: 600, address: true, purge: true })
    .then(({ id, address }) => console.log(id?.length, address === false));
chat.setRoom({ slow: 30 }).catch(({ code }: CommandError) => code === answer);
chat.sanctions().then((all) => all.map(({ kind, user }) => kind + user.name));
chat.token = () => null;
chat.search('summer party', { limit: 10 })
    .then(({ messages, more, cursor }) => [messages[0]?.own, more, cursor]);
chat.after(answer).then(({ messages, gap }) => [messages.length, gap]);
console.log(chat.roomState?.topic.length, chat.rights?.moderate === true,
    chat.mutedUntil > Date.now());

// @ts-expect-error it is a number
room.unread.count;
// @ts-expect-error nobody else may set it
room.unread = 3;
// @ts-expect-error there may be no client yet
room.chat.send('hello');
// @ts-expect-error there is no such property
room.addEventListener('unread', ({ detail }) => detail.number);
// @ts-expect-error there is no such method
found?.show();
// @ts-expect-error it is the id
chat.kick({ id: 'u-ann', name: 'ann' });
// @ts-expect-error a kick has no end to choose
chat.kick('u-ann', { for: 600 });
// @ts-expect-error only the server says it
chat.mutedUntil = 0;
