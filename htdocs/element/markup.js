/* Makes elements, and tells where they are: no text ever becomes markup, and
 * nothing is styled inline, as a strict content security policy demands.
 * Used by skeleton.js and the parts of the room. */

const SVG = 'http://www.w3.org/2000/svg';

/* An element with attributes (true: without a value; false: not at all) and
 * children, elements or texts. */
export function make(name, attributes, ...children) {
    const element = document.createElement(name);

    for (const [key, value] of Object.entries(attributes)) {
        if (value !== false) {
            element.setAttribute(key, value === true ? '' : value);
        }
    }
    element.append(...children);
    return element;
}

/* A picture drawn with one line, 24 units wide and high. */
export function makeIcon(line) {
    const picture = document.createElementNS(SVG, 'svg');
    const path = document.createElementNS(SVG, 'path');

    picture.setAttribute('viewBox', '0 0 24 24');
    picture.setAttribute('aria-hidden', 'true');
    path.setAttribute('d', line);
    picture.append(path);
    return picture;
}

/* Where an element's top is in a box that scrolls, as the reader sees it. */
export function topIn(box, element) {
    return element.getBoundingClientRect().top
        - box.getBoundingClientRect().top;
}

/* The reader sees all of an element. */
export function isInside(box, element) {
    const item = element.getBoundingClientRect();
    const { top, bottom } = box.getBoundingClientRect();

    return item.top >= top && item.bottom <= bottom;
}

/* The focus stays on an element, if it is still there, else it goes to the
 * item that was made instead of it. */
export function refocus(element, item) {
    (element.isConnected ? element : item.querySelector('.time'))
        ?.focus({ preventScroll: true });
}

/* A property of an element of ours: a page may have set it before there was
 * our class, whose own it hides then. */
export function adopt(element, name) {
    if (Object.hasOwn(element, name)) {
        const value = element[name];

        delete element[name];
        element[name] = value;
    }
}
