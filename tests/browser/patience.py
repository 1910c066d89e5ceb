"""A machine that is slow is no network that is bad: what the client waits for a
server, it waits twenty times as long in the pages of the tests.  Else a page on a
busy machine would go on over another transport, in the middle of a test that
plays what comes by WebSocket.  `hasty` has the times, in milliseconds, that are
as they are: a test in which somebody does not answer sets it."""
import json

WAITS = (2200, 3000, 5000, 10000)
# Whose timers are meant, and whose where line.js starts them.
FILES = ('connection', 'ladder', 'token')
LINES = ('websocket', 'sse', 'polls', 'tabs', 'acts')

# Timers that others start are not touched, nor pauses, nor attempts.
PATIENT = r'''
{
    const [waits, files, lines] = %s;
    const { setTimeout } = globalThis;
    const { timeout } = AbortSignal;
    const longer = (time) => (waits.includes(time) && !hasty.includes(time)
        ? 20 * time : time);
    const isWait = () => {
        const [file, from] = Array.from(new Error().stack.matchAll(
            /\/client\/(\w+)\.js/g), ([, name]) => name);

        return files.includes(file)
            || (file === 'line' && lines.includes(from));
    };

    globalThis.hasty = [];
    globalThis.setTimeout = (act, time, ...more) => setTimeout(act,
        longer(time) !== time && isWait() ? longer(time) : time, ...more);
    AbortSignal.timeout = (time) => timeout.call(AbortSignal, longer(time));
}
''' % json.dumps([WAITS, FILES, LINES])
