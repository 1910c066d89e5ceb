/* Reads an event stream (WHATWG HTML 9.2) to its end.
 *
 * onData(text) is called for each event that has data, onBytes() whenever
 * something came, be it a comment. */

export async function readEvents(body, onData, onBytes = () => {}) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    let data = [];

    for (;;) {
        const { value, done } = await reader.read();

        if (done) {
            return;
        }
        /* A CR at the end may be the first half of CR LF. */
        const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);

        rest = lines.pop();
        for (const line of lines) {
            if (line.startsWith('data:')) {
                data.push(line.slice(5).replace(/^ /, ''));
            }
            else if (line === '' && data.length > 0) {
                onData(data.join('\n'));
                data = [];
            }
        }
        onBytes();
    }
}
