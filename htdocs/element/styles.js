/* The style sheets of a shadow root.  Used by chat-room.js and
 * chat-launcher.js.
 *
 * They are files of their own, or, in the bundle of all files, texts that it
 * has put here: constructed style sheets, as inline styles are refused by a
 * strict content security policy. */

export const sheets = new Map();        /* file to text */

/* Resolves when it is there, or will never be. */
export function addStyle(root, name) {
    if (sheets.has(name)) {
        const sheet = new CSSStyleSheet();

        sheet.replaceSync(sheets.get(name));
        root.adoptedStyleSheets.push(sheet);
        return Promise.resolve();
    }
    return addLink(root, new URL(`../${name}`, import.meta.url).href);
}

function addLink(root, address) {
    const link = document.createElement('link');

    link.rel = 'stylesheet';
    link.href = address;
    root.append(link);
    return new Promise((resolve) => {
        link.onload = resolve;
        link.onerror = resolve;
    });
}
