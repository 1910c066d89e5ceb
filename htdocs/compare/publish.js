/* Says the messages that all ways deliver: POST, at a rate that the
 * reader chooses. The POSTs are metered apart from the ways. Used by
 * compare.js. */

const FIRST = 1000;             /* the first message comes soon */
const BEFORE_RETRY = 2000;

export class Publisher {
    #url;
    #onSent;
    #onDone;
    #perMinute = 0;
    #size = 100;
    #number = 0;
    #timer = 0;
    #running = false;

    /* onSent(ref) is called just before a message leaves; onDone(text, size)
     * when it is there, with the bytes of JSON that were exchanged. */
    constructor(url, onSent, onDone = () => {}) {
        this.#url = url;
        this.#onSent = onSent;
        this.#onDone = onDone;
    }

    get perMinute() {
        return this.#perMinute;
    }

    /* Messages a minute, 0 for none; bytes of text of each. */
    set(perMinute, size) {
        const changed = perMinute !== this.#perMinute;

        this.#perMinute = perMinute;
        this.#size = size;
        if (changed && this.#running) {
            this.#plan(FIRST);
        }
    }

    /* One message, now. */
    once(size) {
        this.#number += 1;
        this.#send(this.#number, makeText(this.#number, size));
    }

    /* key: of the run's meter. */
    start(key) {
        const url = new URL(this.#url);

        url.searchParams.set('meter', key);
        this.#url = url.href;
        this.#running = true;
        this.#plan(FIRST);
    }

    stop() {
        this.#running = false;
        clearTimeout(this.#timer);
    }

    #plan(milliseconds) {
        clearTimeout(this.#timer);
        if (this.#running && this.#perMinute > 0) {
            this.#timer = setTimeout(() => this.#say(),
                Math.min(milliseconds, 60000 / this.#perMinute));
        }
    }

    /* Not quite regular: a poll must not always come just before or after. */
    #say() {
        this.#number += 1;
        this.#send(this.#number, makeText(this.#number, this.#size));
        this.#plan((60000 / this.#perMinute) * (0.6 + 0.8 * Math.random()));
    }

    /* A repeated ref is stored once, so a failed POST may be tried again. */
    async #send(number, text) {
        const ref = `c-${number}`;
        const body = JSON.stringify({ type: 'message', text, ref });

        this.#onSent(ref);
        while (this.#running) {
            const answer = await fetch(this.#url, {
                method: 'POST',
                headers: { 'Content-Type': 'application/json' },
                body,
            }).catch(() => null);

            if (answer?.ok) {
                const told = await answer.arrayBuffer().catch(() => null);

                this.#onDone(text, body.length + (told?.byteLength ?? 0));
                return;
            }
            const wait = Number(answer?.headers.get('Retry-After')) * 1000;

            await new Promise((resolve) => {
                setTimeout(resolve, wait || BEFORE_RETRY);
            });
        }
    }
}

/* What people write, for it matters how well that compresses: no sentence comes
 * twice in a message. ASCII, so that characters are bytes. */
const SENTENCES = [
    'The train was late again, so I walked the last mile through the park.',
    'Somebody had left a blue umbrella on the bench beside the pond.',
    'Do we still meet at seven, or shall we wait until Maria is off work?',
    'My neighbour says that the bakery around the corner closes in March.',
    'I have never understood why they stopped making that cake with plums.',
    'By the way, the printer on the second floor works if you kick it gently.',
    'Yesterday I finally finished the book you gave me two winters ago.',
    'Its ending is odd: nobody finds the letter, and her ship sails anyway.',
    'Please bring a few chairs, because six of ours went to the school fair.',
    'It should stay dry until midnight, at least the radio promised as much.',
    'Tom wants to grill vegetables only; Jack has ordered forty sausages.',
    'If you take the bus, get off one stop early and follow the smell of smoke.',
    'Half of the pictures from the lake are blurred, but yours is quite good.',
    'We could frame it, instead of that awful calendar in the kitchen.',
    'Write to me when you know more, and do not forget to feed the cat!',
];

export function makeText(number, size) {
    const first = number % SENTENCES.length;
    const words = [`Message ${number}:`, ...SENTENCES.slice(first),
        ...SENTENCES.slice(0, first)].join(' ');

    return words.slice(0, size).replace(/ $/, '.');
}
