/* The comparison page: five ways deliver the same messages, and once a second
 * the server's meter is read. It begins with a guided run, silence first.
 * Loaded by compare.html. */

import { WAYS } from './figures.js';
import { Formats, add } from './formats.js';
import { LENGTH, STEPS } from './guide.js';
import { drawPicture } from './picture.js';
import { readLink, saidIn, writeLink } from './result.js';
import { Run } from './run.js';
import { OFFERS, Settings } from './settings.js';
import { download, giveLink } from './share.js';
import { View } from './view.js';
import { Visitors } from './visitors.js';
import { Wire, pollHead, postHead } from './wire.js';
import { randomHex } from '../client/random.js';
import { make } from '../element/markup.js';
import { loadTable } from '../lang/tables.js';

const FIRST_SPOKEN = 5;         /* seconds: a stretch is spoken of then, */
const SPOKEN = 30;              /* and after so many again */
const UNSEEN = 10000;           /* so long may the page be hidden */

const byId = (id) => document.getElementById(id);
const strings = await loadTable('compare', navigator.languages);
const formats = new Formats(strings);
const room = new URL(`../compare-${randomHex(4)}`, location.href);
const linked = readLink(location.hash, OFFERS);

let run = null;                 /* the one that goes on, or was the last */
let result = null;              /* its plain numbers, or those of the link */
let shown = null;               /* the stretch that all figures are about */
let hidden = 0;                 /* timer while nobody looks */
let interrupted = false;        /* a guided run that nobody looked at */

translate();

const view = new View(strings, formats);
const wire = new Wire(strings, formats);
const settings = new Settings(strings, formats, change);
const visitors = new Visitors(strings, formats);

function translate() {
    document.documentElement.lang = strings.lang;
    document.documentElement.dir = strings.dir;
    document.title = strings.title;
    for (const element of document.querySelectorAll('[data-text]')) {
        element.textContent = strings[element.dataset.text];
    }
    byId('guided').textContent = strings.guided(LENGTH);
    byId('counted').replaceChildren(...strings.countedList.map(
        (text) => make('li', {}, text)));
    for (const name of [...STEPS.map((step) => step.name), 'free', 'all']) {
        const label = add(byId('which'), 'label');
        const input = add(label, 'input');

        input.type = 'radio';
        input.name = 'which';
        input.value = name;
        input.autocomplete = 'off';
        add(label, 'span', '', strings.steps[name]);
    }
}

/* state: starting, running, stopped or refused. */
function showState(state) {
    const going = state === 'running' || state === 'starting';
    const guided = going && run.guide !== null;
    const focused = document.activeElement;

    document.body.dataset.state = state;
    byId('toggle').textContent = going ? strings.stop : strings.start;
    byId('toggle').disabled = state === 'starting';
    byId('skip').hidden = !guided;
    byId('take-over').hidden = !guided;
    byId('skip').disabled = state === 'starting';
    byId('guided').hidden = guided;
    byId('guided').disabled = state === 'starting';
    byId('reset').disabled = state === 'starting';
    byId('reset').hidden = !going || guided;
    byId('which').disabled = state !== 'stopped';
    byId('keep').hidden = state !== 'stopped' || !result;
    byId('which').hidden = !guided && !(result?.stretches.length > 1
        && state === 'stopped');
    if (focused?.closest?.('.actions') && focused.hidden) {
        byId('toggle').focus();     /* not lost with its button */
    }
}

function say(sentence, link = false) {
    byId('notice-text').textContent = sentence;
    byId('notice-link').hidden = !link;
    byId('notice').hidden = sentence === '';
}

/* What the settings are while the guided run sends what it wants. */
function showSent() {
    const step = run.guide?.step;

    if (run.guide) {
        settings.show({ rate: step?.rate ?? 0 });
    }
}

/* The reader has chosen something else. */
function change(name) {
    describeWays();
    if (!run || run.over) {
        return;
    }
    if (name === 'extra') {
        settings.setCookies();
    }
    if (name === 'rate' && run.guide) {
        run.takeOver();
        showState('running');
        showStep();
    }
    else {
        run.renew();
    }
}

/* The settings that the figures are about: the reader may have chosen others
 * for the next run. */
function inForce() {
    return run && !run.over ? settings.all : result?.settings ?? settings.all;
}

function describeWays() {
    for (const way of WAYS) {
        view.describe(way, inForce().interval, run?.isOpen(way) ?? true);
    }
}

/* Shows of the choices of a stretch only these. */
function offerStretches(names, chosen) {
    for (const input of byId('which').querySelectorAll('input')) {
        input.parentElement.hidden = !names.includes(input.value);
        input.checked = input.value === chosen;
    }
}

function start(guided) {
    quit();
    say('');
    result = null;
    shown = null;
    delete document.body.dataset.linked;
    const begun = new Run(room, settings, {
        began: () => { showState('running'); showSent(); describeWays(); },
        stepped: () => { showSent(); showStep(); },
        sampled: () => showSample(begun),
        ended: () => showEnd(),
        refused: (why) => refuse(strings[why], why === 'noSocket'),
        heard,
        state: () => describeWays(),
        looked: (event) => wire.show(event),
    });

    run = begun;
    byId('table').dataset.meter = run.key;
    byId('headline').textContent = strings.measuring;
    byId('late').textContent = '';
    settings.setCookies();
    showState('starting');
    if (guided) {
        settings.show({ rate: 0 });
    }
    run.start(guided);
    showState('starting');
    showStep();
}

function heard(way, events) {
    if (events.some((event) => event.type === 'message')) {
        view.arrived(way);
    }
    for (const event of way === 'websocket' ? events : []) {
        if (event.type === 'message') {
            wire.showMessage(event);
        }
    }
}

/* Ends a run without a word. */
function quit() {
    run?.stop();
    settings.removeCookies();
}

/* Nothing is counted here: no figures remain. */
function refuse(sentence, link) {
    settings.removeCookies();
    run = null;
    result = null;
    shown = null;
    say(sentence, link);
    byId('headline').textContent = '';
    showState('refused');
}

function opened(figures) {
    const each = figures.opened();

    return Object.fromEntries(WAYS.map((way) => [way, each[way].wire]));
}

/* Bytes of heads; packed: a question's over HTTP/2, as it was sent. */
function heads() {
    const { request, protocol } = run.answer;
    const { plain_received: asked, requests } = run.figures.between('poll');

    return {
        question: pollHead(request, run.pollPath),
        packed: protocol.startsWith('HTTP/2') && requests
            ? asked / requests : 0,
        frame: wire.frame,
        post: postHead(request, run.postPath, settings.size),
        sent: wire.sent,
        message: wire.message,
        least: run.least,
    };
}

function showSample(sampled) {
    const { figures, answer, hop } = sampled;

    view.showRun(figures, answer.connection);
    wire.showPoll(answer.request, answer.protocol.startsWith('HTTP/2'));
    showProtocol(answer.protocol, hop);
    if (sampled.now) {
        result = { at: Date.now(), protocol: answer.protocol,
            settings: settings.all, stretches: sampled.measured(),
            opened: opened(figures), heads: heads() };
        showStretch(sampled.now);
        speakAt(sampled.now.seconds);
    }
    else {
        view.showOpening(opened(figures));
        view.showHeads(heads(), true);
    }
    showStep();
}

/* Everything that has a figure, about one stretch. */
function showStretch(stretch) {
    shown = stretch;
    view.show(stretch, result.opened);
    view.showHeads(result.heads, saidIn(stretch) === 0);
    visitors.show(stretch, pace(stretch));
}

/* What was said and asked in a stretch, in words. */
function pace(stretch) {
    return strings.pace(saidIn(stretch), formats.whole(stretch.seconds),
        inForce().interval);
}

function showStep() {
    const going = run && !run.over;
    const step = run?.guide?.step;

    if (going && run.guide) {
        offerStretches(STEPS.map(({ name }) => name), step?.name);
    }
    byId('left').textContent = going && step ? strings.left(
        run.guide.left(run.figures.last?.at ?? 0)) : '';
}

function showEnd() {
    settings.removeCookies();
    if (result) {
        result.stretches = run.measured();
        showResult();
        speak();
    }
    showState('stopped');
    byId('save').disabled = !run.figures.last;
    showStep();
}

/* A run that is over, or what a link says of one. */
function showResult() {
    const last = result.stretches.at(-1);

    offerStretches(result.stretches.map(({ name }) => name), last.name);
    view.showStretches(result);
    showStretch(last);
}

/* Once in a while, not each second: for those who hear the page. */
function speakAt(seconds) {
    const second = Math.round(seconds);

    if (second === FIRST_SPOKEN || second % SPOKEN === 0) {
        speak();
    }
}

function speak() {
    byId('spoken').textContent = ['headline', 'late']
        .map((id) => byId(id).textContent).join(' ');
}

function showProtocol(protocol, hop) {
    const second = protocol.startsWith('HTTP/2');
    const name = second ? 'HTTP/2' : protocol;

    byId('bars-note').hidden = !second;
    if (byId('chip').textContent === name) {
        return;                     /* a selected text stays selected */
    }
    byId('chip').textContent = name;
    byId('protocol').textContent = strings.protocol(name);
    byId('protocol-text').textContent = (second ? strings.h2 : strings.h1)
        + (/^h[23]/.test(hop) && !second ? ` ${strings.proxy(hop)}` : '');
}

async function savePicture() {
    const { question, frame } = result.heads;
    const picture = await drawPicture(shown, {
        sentence: view.sentence(shown),
        heads: question ? strings.pictureHeads(formats.whole(question),
            formats.whole(frame)) : null,
        bars: byId('bars-title').textContent,
        packed: byId('packed').textContent,
        facts: [location.hostname, result.protocol,
            formats.moment(result.at)].join(' · '),
    }, strings, formats);

    download(picture, 'chatws-compare.png');
}

/* Nobody looks: nothing is sent and nothing is counted. */
function hide() {
    if (run && !run.over) {
        interrupted = run.guide !== null;
        run.stop();
        showEnd();
        say(strings.hidden);
    }
}

function onVisibility() {
    clearTimeout(hidden);
    if (document.hidden) {
        hidden = setTimeout(hide, UNSEEN);
    }
    else if (interrupted) {
        interrupted = false;
        start(true);
    }
}

function showLinked() {
    result = { ...linked.result, settings: linked.settings };
    document.body.dataset.linked = '';
    say(strings.linked(formats.moment(result.at), result.protocol));
    showProtocol(result.protocol, '');
    showResult();
    showState('stopped');
    byId('save').disabled = true;
}

byId('toggle').addEventListener('click', () => {
    if (run && !run.over) {
        run.finish();
    }
    else {
        start(false);
    }
});
byId('skip').addEventListener('click', () => run.skip());
byId('take-over').addEventListener('click', () => {
    settings.show({ rate: settings.rate || OFFERS.rate[2] });
    change('rate');
});
byId('guided').addEventListener('click', () => start(true));
byId('reset').addEventListener('click', () => start(false));
byId('save').addEventListener('click', () => download(new Blob(
    [run.figures.csv()], { type: 'text/csv' }), 'chatws-compare.csv'));
byId('picture').addEventListener('click', savePicture);
byId('share').addEventListener('click', () => giveLink(
    writeLink(inForce(), visitors.count, result), strings));
byId('which').addEventListener('input', ({ target }) => showStretch(
    result.stretches.find(({ name }) => name === target.value)));
document.addEventListener('visibilitychange', onVisibility);
/* A page that was left counts nothing and leaves no cookies behind. */
addEventListener('pagehide', () => {
    if (run && !run.over) {
        quit();
        showEnd();
    }
});

if (linked.settings) {
    settings.show(linked.settings);
}
if (linked.visitors) {
    visitors.count = linked.visitors;
}
describeWays();
if (linked.result) {
    showLinked();
}
else if (document.hidden) {
    interrupted = true;             /* begins when it is seen */
}
else {
    start(true);
}
