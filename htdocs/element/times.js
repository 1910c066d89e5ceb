/* Spans of time in the reader's language.  Used by whatever tells one. */

const UNITS = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];

/* Seconds in the largest unit in which there are two of them, or one if that
 * is exact. */
export function formatSpan(seconds, { locale }) {
    const whole = Math.max(0, Math.ceil(seconds));
    const [unit, size] = UNITS.find(([, span]) => whole >= 2 * span
        || whole === span) ?? UNITS.at(-1);

    return new Intl.NumberFormat(locale, { style: 'unit', unit,
        unitDisplay: 'long' }).format(Math.ceil(whole / size));
}
