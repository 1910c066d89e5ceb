/* Puts the style sheets into the bundle, before any element is made.  Only
 * esbuild reads this: a browser cannot import a style sheet as text. */

import { sheets } from '../element/styles.js';
import acts from '../acts/acts.css';
import composer from '../element/composer.css';
import extras from '../element/extras.css';
import launcher from '../element/launcher.css';
import messages from '../element/messages.css';
import room from '../element/room.css';
import moderate from '../moderate/moderate.css';
import search from '../search/search.css';

const texts = { composer, extras, launcher, messages, room };

for (const [name, text] of Object.entries(texts)) {
    sheets.set(`element/${name}.css`, text);
}
sheets.set('acts/acts.css', acts);
sheets.set('moderate/moderate.css', moderate);
sheets.set('search/search.css', search);
