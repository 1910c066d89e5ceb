/* What the pages and the element say, and in which language.
 *
 * A new language is a file LANGUAGE.js like the others, a word in the
 * list below, and a line in files.am.  What a file lacks is said in
 * English.  Used by chat-room.js, room.js and rooms.js. */

import en from './en.js';

/* Each by name: so a bundler finds them. */
const LANGUAGES = {
    en: async () => ({ default: en }),
    ar: () => import('./ar.js'),
    de: () => import('./de.js'),
    es: () => import('./es.js'),
    fr: () => import('./fr.js'),
    ja: () => import('./ja.js'),
    pt: () => import('./pt.js'),
    ru: () => import('./ru.js'),
    zh: () => import('./zh.js'),
};

function languageOf(tag) {
    return tag.toLowerCase().split('-')[0];
}

/* The first of the tags (the wish, then less and less of one) whose language
 * we speak.  With a region it says how dates and times are written; a tag
 * without one takes that of the reader's browser. */
export function chooseLocale(tags) {
    const tag = tags.find(
        (wish) => wish && Object.hasOwn(LANGUAGES, languageOf(wish))) ?? 'en';
    const sameLanguage = (wish) => languageOf(wish) === languageOf(tag);

    return tag.includes('-') ? tag
        : navigator.languages.find(sameLanguage) ?? tag;
}

/* The table of the first language of the tags that we speak.  A language
 * that cannot be loaded is replaced by English. */
export async function loadStrings(tags) {
    const locale = chooseLocale(tags);

    try {
        const { default: table } = await LANGUAGES[languageOf(locale)]();

        return { ...en, ...table, locale,
            errors: { ...en.errors, ...table.errors },
            refusals: { ...en.refusals, ...table.refusals } };
    }
    catch {
        return { ...en, locale: 'en' };
    }
}

/* Puts the texts into a page: data-text names the content of an element,
 * data-label and data-placeholder its attributes. */
export function translatePage(strings) {
    const attributes = [['label', 'aria-label'], ['placeholder', 'placeholder']];

    document.documentElement.lang = strings.lang;
    document.documentElement.dir = strings.dir;
    for (const element of document.querySelectorAll('[data-text]')) {
        element.textContent = strings[element.dataset.text];
    }
    for (const [key, attribute] of attributes) {
        for (const element of document.querySelectorAll(`[data-${key}]`)) {
            element.setAttribute(attribute, strings[element.dataset[key]]);
        }
    }
}
