/* What a page that is no chat says, in the first of the reader's languages that
 * we have; the tables are PAGE-LANGUAGE.js, and only one is loaded.  Used by
 * check.js and compare.js.
 *
 * Not in strings.js: a bundler would take all tables along with the chat. */

import { chooseLocale } from './strings.js';

/* A language that cannot be loaded is replaced by English. */
export async function loadTable(page, languages) {
    const locale = chooseLocale(languages);
    const language = locale.toLowerCase().split('-')[0];

    for (const [name, tag] of [[language, locale], ['en', 'en']]) {
        try {
            const { default: table } = await import(`./${page}-${name}.js`);

            return { ...table, locale: tag };
        }
        catch {
            /* The next one. */
        }
    }
    throw new Error(`${page}: no language could be loaded`);
}
