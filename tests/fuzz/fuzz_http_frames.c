/* fuzz_http_frames.c - any bytes as frames of HTTP/2. Whatever pieces they come
 * in, every stream gets the same bytes, and all together are what has come, but
 * for a header at the end that is not complete.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/base_check.h"
#include "http/http_frames.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STREAMS = 16 };

typedef struct {
    size_t bytes[STREAMS]; /* by the last digits of their numbers */
    size_t all;
    unsigned frames;
} sums;

static sums feed(const uint8_t *data, size_t size, size_t piece)
{
    http_frames frames = { .skip = 3 };
    sums found = { { 0 }, 0, 0 };

    for (size_t at = 0; at < size;) {
        size_t most = size - at < piece ? size - at : piece;
        http_frames_step step = http_frames_take(&frames, data + at, most);

        BASE_CHECK(step.used > 0 && step.used <= most);
        found.bytes[step.stream % STREAMS] += step.size;
        found.all += step.size;
        found.frames += step.ends;
        at += step.used;
    }
    BASE_CHECK(found.all + frames.have == size);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sums whole = feed(data, size, size);
    sums single = feed(data, size, 1);

    BASE_CHECK(whole.frames == single.frames);
    for (unsigned i = 0; i < STREAMS; i++) {
        BASE_CHECK(whole.bytes[i] == single.bytes[i]);
    }
    return 0;
}
