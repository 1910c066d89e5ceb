/* fuzz_relay_resp.c - any bytes as answers of Redis, in pieces of three sizes.
 * However they are cut, the answers are the same; and each is a sound list.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/base_check.h"
#include "relay/link/relay_resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(const relay_answer *answer, base_bytes *seen)
{
    size_t total = 0;

    for (size_t i = 0; i < relay_answer_count(answer); i++) {
        size_t size;
        const char *text = relay_answer_text(answer, i, &size);

        base_bytes_append(seen, text, size);
        base_bytes_append_text(seen, "|");
        (void)relay_answer_number(answer, i);
        total += size;
    }
    BASE_CHECK(total == answer->bytes.len);
    BASE_CHECK(!answer->failed || relay_answer_count(answer) == 1);
    base_bytes_append_text(seen, answer->failed ? "!\n" : "\n");
}

static void read_all(const uint8_t *data, size_t size, size_t step,
                     base_bytes *seen)
{
    relay_resp *resp = relay_resp_create();
    relay_answer answer = RELAY_ANSWER_INIT;
    relay_resp_result result = RELAY_RESP_MORE;

    for (size_t at = 0; at < size && result != RELAY_RESP_BAD; at += step) {
        BASE_CHECK(relay_resp_feed(resp, data + at,
                                   size - at < step ? size - at : step));
        while ((result = relay_resp_next(resp, &answer))
               == RELAY_RESP_ANSWER) {
            check_answer(&answer, seen);
        }
    }
    base_bytes_append_text(seen, result == RELAY_RESP_BAD ? "bad" : "more");
    relay_answer_free(&answer);
    relay_resp_free(resp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t steps[] = { 1, 7, 65536 };
    base_bytes seen[3] = { BASE_BYTES_INIT, BASE_BYTES_INIT,
                           BASE_BYTES_INIT };

    if (size > 65536) {
        return 0;
    }
    for (size_t i = 0; i < 3; i++) {
        read_all(data, size, steps[i], &seen[i]);
        BASE_CHECK(seen[i].len == seen[0].len
                   && memcmp(seen[i].data, seen[0].data, seen[0].len) == 0);
    }
    for (size_t i = 0; i < 3; i++) {
        base_bytes_free(&seen[i]);
    }
    return 0;
}
