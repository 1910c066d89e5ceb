/* Properties of the elements.  Used by chat-room.js and chat-launcher.js. */

/* A page may have set one before its script had defined the element: then it
 * hides the one of the class. */
export function adopt(element, name) {
    if (Object.hasOwn(element, name)) {
        const value = element[name];

        delete element[name];
        element[name] = value;
    }
}
