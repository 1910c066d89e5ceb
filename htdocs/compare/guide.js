/* The guided run: silence, one message, then talk. It says which step it is
 * and what is sent in it; the page reads it once a second. No DOM, no clock.
 * Used by compare.js. */

/* name, as strings.steps has it; seconds; messages a minute; and whether the
 * step begins with a single message. */
export const STEPS = [
    { name: 'quiet', seconds: 12, rate: 0, single: false },
    { name: 'one', seconds: 8, rate: 0, single: true },
    { name: 'busy', seconds: 20, rate: 60, single: false },
];

/* Seconds of the whole. */
export const LENGTH = STEPS.reduce((sum, { seconds }) => sum + seconds, 0);

export class Guide {
    #index = -1;
    #began = 0;

    /* The step, or null before the first and after the last one. */
    get step() {
        return STEPS[this.#index] ?? null;
    }

    get over() {
        return this.#index >= STEPS.length;
    }

    /* Whole seconds of the step that are left at a moment of the run. */
    left(at) {
        return this.step
            ? Math.max(0, Math.ceil(this.#began + this.step.seconds - at)) : 0;
    }

    /* True when the step is over and next() is due. */
    isDue(at) {
        return !this.step || at >= this.#began + this.step.seconds;
    }

    /* The step begins anew. */
    restart(at) {
        this.#began = at;
    }

    next(at) {
        this.#index += 1;
        this.#began = at;
        return this.step;
    }
}
