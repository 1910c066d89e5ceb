/* Tells a reader who is elsewhere of new messages: a number in the title and,
 * if wanted, a quiet sound.  Both are switched in the header and remembered.
 *
 * A document has one title, so its rooms share what is here.  Used by
 * chat-room.js. */

import { isElsewhere, readChoices, writeChoices } from './choices.js';

const SOUND_EVERY = 2000;
const TONES = [[660, 0], [880, 0.09]];      /* hertz, seconds from now */
const LOUD = 0.06;

/* The number in front of the document's title, whoever sets that. */
const title = {
    counts: new Map(),
    plain: '',
    written: '',

    show() {
        const counts = Array.from(this.counts.values());
        const total = counts.reduce((sum, count) => sum + count, 0);

        if (document.title !== this.written) {
            this.plain = document.title;
        }
        this.written = total ? `(${total}) ${this.plain}`.trim() : this.plain;
        if (document.title !== this.written) {
            document.title = this.written;
        }
    },
};

/* Made at a gesture of the reader: before, browsers keep it silent. */
const sound = {
    audio: null,
    playedAt: -SOUND_EVERY,

    prepare() {
        this.audio ??= new AudioContext();
        this.audio.resume();
    },

    play() {
        const now = performance.now();

        if (!this.audio || now - this.playedAt < SOUND_EVERY) {
            return;
        }
        this.playedAt = now;
        for (const [pitch, delay] of TONES) {
            this.playTone(pitch, this.audio.currentTime + delay);
        }
    },

    playTone(pitch, start) {
        const tone = this.audio.createOscillator();
        const volume = this.audio.createGain();

        tone.frequency.value = pitch;
        volume.gain.setValueAtTime(0, start);
        volume.gain.linearRampToValueAtTime(LOUD, start + 0.02);
        volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
        tone.connect(volume).connect(this.audio.destination);
        tone.start(start);
        tone.stop(start + 0.3);
    },
};

export class Notices {
    #title;
    #sound;
    #panel;

    /* signal: ends the listening to the document. */
    constructor(root, signal) {
        const prepare = () => readChoices().sound && sound.prepare();

        this.#panel = root.getElementById('notices');
        this.#title = root.getElementById('notice-title');
        this.#sound = root.getElementById('notice-sound');
        for (const box of [this.#title, this.#sound]) {
            box.addEventListener('change', () => this.#changed());
        }
        for (const gesture of ['pointerdown', 'keydown']) {
            document.addEventListener(gesture, prepare, { signal });
        }
        document.addEventListener('visibilitychange', () => this.attend(),
            { signal });
        addEventListener('focus', () => this.attend(), { signal });
        addEventListener('storage', () => this.#show(), { signal });
        this.#show();
    }

    /* Somebody else's new message, no history. */
    tell() {
        const choices = readChoices();

        if (!isElsewhere()) {
            return;
        }
        if (choices.title) {
            title.counts.set(this, (title.counts.get(this) ?? 0) + 1);
            title.show();
        }
        if (choices.sound) {
            sound.play();
        }
    }

    /* The reader is back. */
    attend() {
        if (!isElsewhere()) {
            this.end();
        }
    }

    end() {
        if (title.counts.delete(this)) {
            title.show();
        }
    }

    #changed() {
        writeChoices({ title: this.#title.checked, sound: this.#sound.checked });
        if (this.#sound.checked) {
            sound.prepare();
            sound.play();       /* so the reader knows what it is like */
        }
        if (!this.#title.checked) {
            this.end();
        }
        this.#show();
    }

    #show() {
        const choices = readChoices();

        this.#title.checked = choices.title;
        this.#sound.checked = choices.sound;
        this.#panel.classList.toggle('silent',
            !choices.title && !choices.sound);
    }
}
