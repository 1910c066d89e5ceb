/* The name of a person as the reader's language shows it.  The server calls a
 * guest who has not chosen a name "guest-8bf3"; only that word is translated.
 * Commands, "@name" and the list of names go on with `person.name`.
 * Used by whatever shows a name. */

const UNNAMED = /^guest-([0-9a-f]{4,16})$/;

/* What the server put behind the word, for a guest who has not chosen a name;
 * else undefined. */
export function tagOf(name) {
    return UNNAMED.exec(name)?.[1];
}

export function shownName(person, strings) {
    const name = String(person.name);
    const tag = person.guest ? tagOf(name) : undefined;

    return tag && strings.guestName ? strings.guestName(tag) : name;
}
