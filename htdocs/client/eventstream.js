/* An event stream (WHATWG HTML 9.2). */

const LONGEST = 2 ** 24;    /* code units: what has more of them is no event */

/* A CR at the end may be the first half of CR LF. */
const LINE_END = /\r\n|\n|\r(?!$)/;

/** Reads it to its end.
 *  @param {ReadableStream<Uint8Array<ArrayBuffer>>} body
 *  @param {(text: string) => void} onData - for each event that has data
 *  @param {() => void} [onBytes] - whenever something came, be it a comment */
export async function readEvents(body, onData, onBytes = () => {}) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    let data = [];
    let size = 0;

    for (;;) {
        const { value, done } = await reader.read();

        if (done) {
            return;
        }
        /* A line that goes on and on is not looked through each time. */
        const isWithin = !/[\r\n]/.test(value) && !rest.endsWith('\r');
        const lines = isWithin ? [rest + value]
            : (rest + value).split(LINE_END);

        rest = lines.pop() ?? '';
        for (const line of lines) {
            if (line.startsWith('data:')) {
                size += line.length;
                data.push(line.slice(5).replace(/^ /, ''));
            }
            else if (line === '' && data.length > 0) {
                onData(data.join('\n'));
                data = [];
                size = 0;
            }
        }
        if (size + rest.length > LONGEST) {
            throw new Error('this is no event stream');
        }
        onBytes();
    }
}
