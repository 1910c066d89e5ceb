/* What the comparison page says, in the first of the reader's languages that
 * we have; the tables are lang/compare-*.js, and only one is loaded. In a text
 * *way:words* is set in the colour of that way. Used by compare.js. */

import { chooseLocale } from '../lang/strings.js';

/* A language that cannot be loaded is replaced by English. */
export async function loadStrings(languages) {
    const locale = chooseLocale(languages);
    const language = locale.toLowerCase().split('-')[0];

    for (const [name, tag] of [[language, locale], ['en', 'en']]) {
        try {
            const { default: table } = await import(
                `../lang/compare-${name}.js`);

            return { ...table, locale: tag };
        }
        catch {
            /* the next one */
        }
    }
    throw new Error('compare: no language could be loaded');
}
