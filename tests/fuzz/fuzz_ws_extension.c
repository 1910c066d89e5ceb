/* fuzz_ws_extension.c - what a client offers in Sec-WebSocket-Extensions.
 *
 * Input: the value of the field. What is agreed on is a value that a client
 * could offer, of which the same is agreed on again, and which stands in the
 * field.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "ws/ws_extension.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A text of its exact size, without bytes that httpd never lets through. */
static char *text_of(const void *data, size_t size)
{
    char *text = malloc(size + 1);

    BASE_CHECK(text != NULL);
    for (size_t i = 0; i < size; i++) {
        char byte = ((const char *)data)[i];

        text[i] = byte ? byte : ' ';
    }
    text[size] = '\0';
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *offers = text_of(data, size);
    ws_extension chosen = { 0xFF, true };
    ws_extension again = { 0xFF, true };
    char out[WS_EXTENSION_MAX];
    size_t written;

    ws_extension_choose(offers, &chosen);
    written = ws_extension_write(&chosen, out);
    BASE_CHECK(written <= WS_EXTENSION_MAX);
    BASE_CHECK((written == 0) == (chosen.window_bits == 0));
    if (written > 0) {
        char *answer = text_of(out, written);

        BASE_CHECK(chosen.window_bits >= WS_EXTENSION_BITS_LEAST
                   && chosen.window_bits <= WS_EXTENSION_BITS_MOST);
        BASE_CHECK(strstr(offers, "permessage-deflate") != NULL);
        BASE_CHECK(chosen.told == (strstr(answer, "window_bits=") != NULL));
        BASE_CHECK(!chosen.told || strstr(offers, "server_max_window_bits"));
        ws_extension_choose(answer, &again);
        BASE_CHECK(again.window_bits == chosen.window_bits
                   && again.told == chosen.told);
        free(answer);
    }
    else {
        BASE_CHECK(!chosen.told);
    }
    free(offers);
    return 0;
}
