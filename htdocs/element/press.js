/* A long press of a finger.  Browsers that open a menu of their own then, or
 * mark a word, tell it by `contextmenu`; the others do not.  Used by
 * actions.js. */

const LONG = 500;           /* milliseconds */
const STILL = 10;           /* pixels: more is a scroll */
/* What has a use for it itself. */
const OTHERS = 'a[href]:not(.time, .quote), button, textarea';

export class Press {
    #act;
    #touch = null;          /* {target, x, y} of the finger that is down */
    #timer = 0;
    #isOver = false;        /* what follows is no click */

    /* act(target, place): a rectangle without a size. */
    constructor(list, act) {
        const listen = (types, handle, options) => types.forEach(
            (type) => list.addEventListener(type, handle, options));

        this.#act = act;
        listen(['pointerdown'], (event) => this.#begin(event));
        listen(['pointermove'], (event) => this.#move(event));
        listen(['pointerup', 'pointercancel'], () => this.#end());
        listen(['contextmenu'], (event) => this.#fire(event));
        listen(['touchend'], (event) => {
            if (this.#isOver && event.cancelable) {
                event.preventDefault();
            }
            this.#isOver = false;
        }, { passive: false });
    }

    #begin({ target, pointerType, isPrimary, clientX: x, clientY: y }) {
        this.#end();
        this.#isOver = false;
        if (pointerType === 'touch' && isPrimary && !target.closest(OTHERS)) {
            this.#touch = { target, x, y };
            this.#timer = setTimeout(() => this.#fire(), LONG);
        }
    }

    #move({ clientX, clientY }) {
        if (this.#touch && Math.hypot(clientX - this.#touch.x,
            clientY - this.#touch.y) > STILL) {
            this.#end();
        }
    }

    #end() {
        clearTimeout(this.#timer);
        this.#touch = null;
    }

    #fire(event) {
        if (!this.#touch) {
            if (this.#isOver) {
                event?.preventDefault();        /* it has opened already */
            }
            return;
        }
        const { target, x, y } = this.#touch;

        event?.preventDefault();
        this.#end();
        this.#isOver = true;
        this.#act(target, { left: x, right: x, top: y, bottom: y });
    }
}
