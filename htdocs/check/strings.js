/* What the page that tests the way to the chat says, in the first of the
 * reader's languages that we have; the tables are lang/check-*.js, and only one
 * is loaded.  Used by check.js. */

import { chooseLocale } from '../lang/strings.js';

/* A language that cannot be loaded is replaced by English. */
export async function loadStrings(languages) {
    const locale = chooseLocale(languages);
    const language = locale.toLowerCase().split('-')[0];

    for (const [name, tag] of [[language, locale], ['en', 'en']]) {
        try {
            const { default: table } = await import(
                `../lang/check-${name}.js`);

            return { ...table, locale: tag };
        }
        catch {
            /* the next one */
        }
    }
    throw new Error('check: no language could be loaded');
}
