/* Spans of time in the reader's language.  Used by whatever tells one. */

/* Each with its seconds, and the unit in which it is looked at: 23 hours and a
 * second are a day. */
const UNITS = [['day', 86400, 3600], ['hour', 3600, 60], ['minute', 60, 1],
    ['second', 1, 1]];

/* Seconds in the largest unit in which there are two of them, or exactly one,
 * once they are rounded up: what was said to last a day has a day left, and not
 * 24 hours, when a second is over. */
export function formatSpan(seconds, { locale }) {
    const whole = Math.max(0, Math.ceil(seconds));
    const [unit, size] = UNITS.find(([, span, step]) => {
        const rounded = step * Math.ceil(whole / step);

        return rounded >= 2 * span || rounded === span;
    }) ?? UNITS.at(-1);

    return new Intl.NumberFormat(locale, { style: 'unit', unit,
        unitDisplay: 'long' }).format(Math.ceil(whole / size));
}
