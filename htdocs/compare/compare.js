/* The comparison page: four ways deliver the same messages, and once a
 * second the server's meter is read. Loaded by compare.html. */

import { Figures, WAYS } from './figures.js';
import { look } from './look.js';
import { Publisher } from './publish.js';
import { Settings } from './settings.js';
import { longPoll, poll, serverSentEvents, webSocket } from
    './sources.js';
import { chooseTable } from './strings.js';
import { Formats, View } from './view.js';
import { Wire } from './wire.js';

const SOURCES = { poll, longpoll: longPoll, sse: serverSentEvents,
    websocket: webSocket };
const OPENING = 6000;           /* until the WebSocket's hello */
const PATIENCE = 4;             /* seconds until the meter must have begun */
const LONGEST = 1800;           /* seconds: then a forgotten page stops */
const OPENED = 2;               /* seconds: then the silence begins, */
const PHASE = 30;               /* and so long is each half of the guided run */
const BUSY = 60;                /* messages a minute in its second half */
const SPOKEN = 30;              /* seconds between two spoken sentences */

const byId = (id) => document.getElementById(id);
const strings = chooseTable(navigator.languages);
const formats = new Formats(strings.lang);
const room = new URL(`../compare-${randomHex(4)}`, location.href);

let figures = null;             /* of the run that is or was the last */
let run = null;                 /* {key, feeds, stopper, timer, guided} */

const view = new View(strings, formats);
const wire = new Wire(strings, formats);
const settings = new Settings(strings, formats, applySettings);
const publisher = new Publisher(room, (ref) => figures.sent(ref),
    (text, size) => figures.posted(text, size));

function randomHex(count) {
    return Array.from(crypto.getRandomValues(new Uint8Array(count)),
        (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/* The half of the guided run: 1 or 2; 0 while the connections open. */
function half() {
    return figures.phases.length;
}

function applySettings() {
    publisher.set(run?.guided ? [0, 0, BUSY][half()] : settings.rate,
        settings.size);
    describeWays();
    if (run) {
        settings.setCookies();
    }
}

function describeWays() {
    for (const way of WAYS) {
        view.describe(way, settings.interval, run?.feeds[way].open ?? true);
    }
}

/* state: starting, running, stopped or refused. */
function showState(state) {
    document.body.dataset.state = state;
    byId('toggle').textContent = state === 'running' ? strings.stop
        : strings.start;
    byId('toggle').disabled = state === 'starting';
    byId('guided').disabled = state === 'starting';
    byId('reset').disabled = state !== 'running';
    byId('save').disabled = !figures?.last;
    byId('phase').textContent = '';
}

/* The page's side of one way; see sources.js. */
function makeFeed(way, key, { onEvents, onLost } = {}) {
    return {
        cursor: null,
        open: true,
        interval: () => settings.interval * 1000,
        url({ after, wait }) {
            const url = new URL(room);
            const query = { meter: key, after, wait };

            if (after === null) {
                query.history = 0;
            }
            for (const [name, value] of Object.entries(query)) {
                if (value !== undefined && value !== null) {
                    url.searchParams.set(name, value);
                }
            }
            return url.href;
        },
        heard(events, size) {
            figures.heard(way, events, size);
            if (events.some((event) => event.type === 'message')) {
                view.arrived(way);
            }
            onEvents?.(events);
        },
        state(open) {
            if (!open) {
                onLost?.();
            }
            if (this.open !== open) {
                this.open = open;
                describeWays();
            }
        },
    };
}

/* The answer of the meter, or null. */
async function readMeter(key) {
    const url = new URL(`meter?meter=${key}`, location.href);
    const answer = await fetch(url).catch(() => null);

    return answer?.ok ? answer.json() : null;
}

/* What the browser spoke with whoever answered last; its list of resources
 * ends at 250, so it is emptied each time. */
function nextHop() {
    const entry = performance.getEntriesByType('resource').findLast(
        ({ name }) => name.includes('/_chatws/meter?'));

    performance.clearResourceTimings();
    return entry?.nextHopProtocol ?? '';
}

/* guided: half a minute of silence, then half a minute of talk. */
async function start(guided) {
    const key = randomHex(8);
    const stopper = new AbortController();
    const feeds = {};
    let onHello = null;
    const hello = new Promise((resolve) => { onHello = resolve; });

    stop();
    showState('starting');
    byId('notice').hidden = true;
    figures = new Figures();
    run = { key, feeds, stopper, guided, timer: 0 };
    byId('table').dataset.meter = key;
    settings.setCookies();
    for (const way of WAYS) {
        feeds[way] = makeFeed(way, key, way === 'websocket' ? {
            onEvents(events) {
                showMessages(events);
                onHello(true);
            },
            onLost: () => onHello(false),
        } : {});
    }
    const meter = await readMeter(key);

    if (meter) {
        webSocket(feeds.websocket, stopper.signal);
        setTimeout(onHello, OPENING, false);
    }
    const open = meter && await hello;

    if (run?.key !== key) {
        return;                     /* the page was left meanwhile */
    }
    if (open) {
        begin();
    }
    else {
        refuse(meter ? strings.noSocket : strings.noMeter);
    }
}

/* All ways begin at the same position of the room. */
function begin() {
    const { feeds, stopper } = run;

    for (const way of WAYS) {
        if (way !== 'websocket') {
            feeds[way].cursor = feeds.websocket.cursor;
            SOURCES[way](feeds[way], stopper.signal);
        }
    }
    showState('running');
    applySettings();
    publisher.start(run.key);
    look(room, randomHex(8), (event) => wire.show(event), stopper.signal);
    run.timer = setInterval(measure, 1000);
}

/* Nothing is counted here: no figures remain. */
function refuse(sentence) {
    stop();
    figures = null;
    byId('notice').textContent = sentence;
    byId('notice').hidden = false;
    byId('headline').textContent = '';
    showState('refused');
}

function stop() {
    publisher.stop();
    run?.stopper.abort();
    clearInterval(run?.timer);
    run = null;
    settings.removeCookies();
}

/* A stop that the reader sees: with last figures. */
async function finish() {
    const finished = run;

    await measure();
    if (run === finished) {
        stop();
        showState('stopped');
        if (figures.last) {
            view.show(figures, false);
            speak();
        }
    }
}

async function measure() {
    const measured = run;
    const answer = await readMeter(measured.key);

    if (run !== measured || !answer) {
        return;
    }
    if (answer.traffic.websocket.requests === 0) {
        if (figures.now() > PATIENCE) {
            refuse(strings.noPlace);
        }
        return;
    }
    const hop = nextHop();

    figures.sample(answer.traffic, {
        phase: figures.phases.at(-1)?.name ?? '',
        polling_s: settings.interval,
        per_minute: publisher.perMinute,
        text_bytes: settings.size,
        cookie_bytes: settings.extra,
        protocol: answer.protocol,
        browser_protocol: hop,
    });
    view.show(figures, true);
    wire.showPoll(answer.request, answer.protocol.startsWith('HTTP/2'));
    showProtocol(answer.protocol, hop);
    byId('save').disabled = false;
    if (Math.floor(figures.last.at) % SPOKEN === 0) {
        speak();
    }
    proceed();
}

/* The guided run goes on or ends, and so does a forgotten one. */
function proceed() {
    const { at } = figures.last;
    const began = figures.phases.at(-1)?.at ?? at;
    const left = Math.ceil(began + PHASE - at);

    if (run.guided && half() === 0 && at >= OPENED) {
        figures.beginPhase('quiet');
    }
    else if (half() === 1 && left <= 0) {
        figures.beginPhase('busy');
        applySettings();
    }
    else if (at >= LONGEST || (half() === 2 && left <= 0)) {
        stop();
        showState('stopped');
        view.show(figures, false);
        speak();
        return;
    }
    byId('phase').textContent = ['', strings.quietNow(left),
        strings.busyNow(left > 0 ? left : PHASE)][half()];
}

/* Once in a while, not each second: for those who hear the page. */
function speak() {
    byId('spoken').textContent = ['headline', 'headline-2', 'late']
        .filter((id) => !byId(id).hidden)
        .map((id) => byId(id).textContent).join(' ');
}

function showMessages(events) {
    for (const event of events) {
        if (event.type === 'message') {
            wire.showMessage(event);
        }
    }
}

function showProtocol(protocol, hop) {
    const second = protocol.startsWith('HTTP/2');
    const name = second ? 'HTTP/2' : protocol;

    if (byId('chip').textContent === name) {
        return;                     /* a selected text stays selected */
    }
    byId('chip').textContent = name;
    byId('protocol').textContent = strings.protocol(name);
    byId('protocol-text').textContent = (second ? strings.h2 : strings.h1)
        + (/^h[23]/.test(hop) && !second ? ` ${strings.proxy(hop)}` : '');
}

function showCounted() {
    byId('counted').replaceChildren(...strings.countedList.map((text) => {
        const item = document.createElement('li');

        item.textContent = text;
        return item;
    }));
}

function save() {
    const url = URL.createObjectURL(new Blob([figures.csv()],
        { type: 'text/csv' }));
    const link = document.createElement('a');

    link.href = url;
    link.download = 'chatws-compare.csv';
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
}

document.documentElement.lang = strings.lang;
document.title = strings.title;
for (const element of document.querySelectorAll('[data-text]')) {
    element.textContent = strings[element.dataset.text];
}
byId('headline').textContent = strings.measuring;
describeWays();
showCounted();
byId('toggle').addEventListener('click', () => (run ? finish()
    : start(false)));
byId('guided').addEventListener('click', () => start(true));
byId('reset').addEventListener('click', () => start(false));
byId('save').addEventListener('click', save);
/* A page that was left counts nothing and leaves no cookies behind. */
addEventListener('pagehide', () => {
    stop();
    showState('stopped');
});
start(false);
