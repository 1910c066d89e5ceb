/* The status page: whether all is well, what goes on, who is here, and what
 * moderators of the server do about it.  Loaded by status.html. */

import { Formats } from '../compare/formats.js';
import { formatSpan } from '../element/times.js';
import { translatePage } from '../lang/strings.js';
import { loadTable } from '../lang/tables.js';
import { Charts } from './charts.js';
import { Health } from './health.js';
import { Lists } from './lists.js';
import { Server } from './server.js';
import { Stream } from './stream.js';

const EVERY = 3;                /* events: the lists are asked for anew */
/* What gives a location the lists. */
const LINES = ['AuthType Basic', 'AuthName "Chat"',
    'AuthUserFile /etc/apache2/chatws.users', 'Require valid-user',
    'ChatModerators valid-user'].join('\n');

const byId = (id) => document.getElementById(id);
const strings = await loadTable('status', navigator.languages);
const formats = new Formats(strings);
const page = { strings, formats, server: new Server() };
const rows = new Map(Array.from(document.querySelectorAll('#counters tr'),
    ({ cells: [name, value] }) => [name.textContent, value]));

let events = 0;
let you = null;

translatePage(strings);
document.title = strings.title;
byId('limited-lines').textContent = LINES;
byId('live-part').hidden = false;

const health = new Health(page);
const charts = new Charts(byId('charts'), page);
const lists = new Lists(page, { denied, you: (name) => { you = name; } });
const stream = new Stream(page.server, { event, lost, denied });

function setLive(state) {
    if (document.body.dataset.live !== state) {
        document.body.dataset.live = state;
        byId('live').textContent = strings.live[state];
    }
}

function event(told) {
    const { now, version, uptime, figures, health: findings } = told;

    setLive('live');
    byId('about').textContent = [`mod_chatws ${version}`,
        strings.upFor(formatSpan(uptime, strings)),
        ...you ? [strings.signedIn(you)] : []].join(' · ');
    health.show(findings);
    charts.event({ now, figures });
    lists.event({ now, figures });
    showCounters(figures);
    events += 1;
    if (events % EVERY === 0) {
        lists.renew();
    }
}

/* Those of the table that the server has put into the page. */
function showCounters(figures) {
    if (byId('counters').open) {
        for (const [name, value] of Object.entries(figures)) {
            const cell = rows.get(name);

            if (cell && cell.textContent !== String(value)) {
                cell.textContent = String(value);
            }
        }
    }
}

function lost() {
    setLive('lost');
}

function denied() {
    stream.stop();
    setLive('denied');
    byId('notice-text').textContent = strings.denied;
    byId('notice').hidden = false;
    byId('live-part').hidden = true;
    byId('counters').hidden = true;
}

/* Nobody looks: nothing is asked. */
document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
        stream.stop();
    }
    else if (document.body.dataset.live !== 'denied') {
        stream.start();
        lists.renew();
    }
});
byId('reload').addEventListener('click', () => location.reload());
byId('live').textContent = strings.live.starting;
if (!document.hidden) {
    stream.start();
}
