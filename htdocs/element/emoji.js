/* Texts that are nothing but a few emoji, which are shown large.  Used by
 * message.js. */

const MOST = 3;
const LONGEST = 100;            /* code units; families are long */
/* A picture by itself, or a sign that a selector or a skin makes one. */
const PICTURE = '(?:\\p{Emoji_Presentation}\\p{Emoji_Modifier}?'
    + '|\\p{Extended_Pictographic}(?:\\ufe0f|\\p{Emoji_Modifier}))';
const JOINED = '(?:\\u200d\\p{Extended_Pictographic}\\ufe0f?'
    + '\\p{Emoji_Modifier}?)*';
const EMOJI = '(?:\\p{Regional_Indicator}{2}|[0-9#*]\\ufe0f\\u20e3'
    + `|${PICTURE}(?:[\\u{e0020}-\\u{e007f}]+|${JOINED}))`;
const FEW = new RegExp(`^(?:${EMOJI}\\s?){1,${MOST}}$`, 'u');

export function isEmoji(text) {
    return text.length <= LONGEST && FEW.test(text);
}
