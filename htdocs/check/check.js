/* The page that tests, from the visitor's browser, each way that the chat can
 * take, and says what is in the way.  Loaded by check.html. */

import { Probes } from './probes.js';
import { loadTable } from '../lang/tables.js';
import { make, makeIcon } from '../element/markup.js';
import { randomHex } from '../client/random.js';

const MARKS = {
    waiting: 'M8 12h8',
    busy: 'M12 7v5l3 2M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18',
    ok: 'M5 13l4.5 4.5L19 7.5',
    bad: 'M6 6l12 12M18 6L6 18',
};
const WAYS = ['websocket', 'stream', 'longpoll', 'server'];
const NAMES = { 'http/1.1': 'HTTP/1.1', 'http/1.0': 'HTTP/1.0',
    h2: 'HTTP/2', h3: 'HTTP/3' };

const find = (id) => document.getElementById(id);
const strings = await loadTable('check', navigator.languages);

/* Where the result of a step stands; show() changes it. */
function makeStep(name) {
    const mark = make('span', { class: 'mark' });
    const result = make('span', { class: 'result' });
    const item = make('li', { 'data-step': name }, mark,
        make('span', { class: 'line' },
            make('span', { class: 'name' }, strings.steps[name]), result));

    find('steps').append(item);
    return {
        show(state, text, ...more) {
            item.dataset.state = state;
            mark.replaceChildren(makeIcon(MARKS[state]));
            result.textContent = text;
            while (item.childElementCount > 2) {
                item.lastChild.remove();
            }
            item.append(...more);
        },
        blame(cause) {
            item.dataset.cause = cause;
        },
    };
}

/* One step: {name, ok, ms, facts, trouble}. */
async function test(probes, name, step) {
    let found = {};

    find('verdict').textContent = strings.running(strings.steps[name]);
    step.show('busy', strings.busy);
    try {
        found = await probes[name]();
    }
    catch (error) {
        found = { trouble: error };
    }
    const result = { name, ok: !found.trouble, ...found };

    showResult(step, result);
    return result;
}

function showResult(step, { name, ok, ms, facts, trouble }) {
    const more = [];

    if (trouble) {
        step.blame(trouble.code ?? 'bug');
        more.push(make('span', { class: 'cause' }, causeOf(trouble)));
    }
    if (trouble?.detail) {
        more.push(make('bdi', { class: 'detail' }, trouble.detail));
    }
    if (facts) {
        more.push(make('dl', { class: 'known' }, ...describe(facts).flatMap(
            ([key, value]) => [make('dt', {}, strings.facts[key]),
                make('dd', { 'data-fact': key }, value)])));
    }
    step.show(ok ? 'ok' : 'bad', resultOf(name, ok, ms), ...more);
}

function resultOf(name, ok, ms) {
    if (ok) {
        return name === 'facts' ? ''
            : strings.works(ms === undefined ? ms : Math.round(ms));
    }
    return strings.fails;
}

function causeOf(trouble) {
    return strings.causes[trouble.code] ?? String(trouble);
}

/* The facts as pairs of a key of strings.facts and a text. */
function describe({ browser, server, proxy, host, page, socket, trip, who,
    skew }) {
    const told = (text, none) => (text === null ? strings.noMeter
        : text || none);

    return [
        ['browser', (NAMES[browser] ?? browser) || strings.unknown],
        ['server', server || strings.noMeter],
        ['via', told(proxy, strings.noVia)],
        ['host', told(host, strings.unknown)],
        ['page', page],
        ['socket', socket],
        ['trip', trip === null ? strings.unknown
            : strings.milliseconds(Math.round(trip))],
        ['cookie', describeCookie(who)],
        ['skew', skew === null ? strings.unknown
            : strings.skew(Math.round(skew / 1000))],
    ];
}

function describeCookie([person, ...others]) {
    if (!person) {
        return strings.unknown;
    }
    if (!person.guest) {
        return strings.signedIn(person.name);
    }
    return others.length > 0 ? strings.lost : strings.kept;
}

/* What it all means, in one sentence: a key of strings.verdicts, and what
 * that one is about. */
function judge(results) {
    const by = Object.fromEntries(results.map((one) => [one.name, one]));
    const way = WAYS.find((name) => by[name].ok);
    const broken = WAYS.filter((name) => !by[name].ok);
    const cause = ({ trouble }) => causeOf(trouble);

    if (!way) {
        return ['broken', cause(by.server)];
    }
    if (!by.posting.ok && (way !== 'websocket' || isPolicy(by.posting))) {
        return ['readable', cause(by.posting)];
    }
    if (way !== 'websocket') {
        return ['instead', strings.ways[way], cause(by.websocket)];
    }
    if (!by.posting.ok || broken.length > 0) {
        return ['spare', list([...by.posting.ok ? [] : ['posting'], ...broken]
            .map((name) => strings.steps[name]))];
    }
    return by.facts.ok ? ['works'] : ['cookie', cause(by.facts)];
}

function list(names) {
    return new Intl.ListFormat(strings.locale).format(names);
}

/* Who may not write may not on a WebSocket either. */
function isPolicy({ trouble }) {
    return trouble.code === 'readOnly';
}

function report(results, verdict) {
    const lines = [location.href, new Date().toISOString(),
        navigator.userAgent, '', verdict, ''];

    for (const { name, ok, ms, facts, trouble } of results) {
        lines.push(`${strings.steps[name]}: ${resultOf(name, ok, ms)}`
            .replace(/: $/, ''));
        if (trouble) {
            lines.push(`    [${trouble.code}] ${causeOf(trouble)}`);
        }
        if (trouble?.detail) {
            lines.push(`    ${trouble.detail}`);
        }
        for (const [key, value] of facts ? describe(facts) : []) {
            lines.push(`    ${strings.facts[key]}: ${value}`);
        }
    }
    return `${lines.join('\n')}\n`;
}

function setRunning(isRunning) {
    document.body.dataset.state = isRunning ? 'running' : 'done';
    find('again').disabled = isRunning;
    find('copy').disabled = isRunning;
    find('details').hidden = isRunning;
    find('copied').textContent = '';
}

async function run() {
    const probes = new Probes(new URL(`../check-${randomHex(4)}`,
        location.href));
    const results = [];

    setRunning(true);
    find('verdict').removeAttribute('data-verdict');
    find('steps').replaceChildren();
    const steps = Probes.STEPS.map((name) => [name, makeStep(name)]);

    steps.forEach(([, step]) => step.show('waiting', strings.waiting));
    for (const [name, step] of steps) {
        results.push(await test(probes, name, step));
    }
    const [verdict, ...about] = judge(results);
    const sentence = strings.verdicts[verdict](...about);

    find('verdict').dataset.verdict = verdict;
    find('verdict').textContent = sentence;
    find('report').textContent = report(results, sentence);
    setRunning(false);
}

/* Without https there is no clipboard: then the text is selected. */
async function copy() {
    try {
        await navigator.clipboard.writeText(find('report').textContent);
        find('copied').textContent = strings.copied;
    }
    catch {
        find('details').open = true;
        find('report').focus();
        getSelection().selectAllChildren(find('report'));
        find('copied').textContent = strings.selected;
    }
}

document.documentElement.lang = strings.lang;
document.documentElement.dir = strings.dir;
document.title = strings.title;
for (const element of document.querySelectorAll('[data-text]')) {
    element.textContent = strings[element.dataset.text];
}
find('again').addEventListener('click', run);
find('copy').addEventListener('click', copy);
await run();
