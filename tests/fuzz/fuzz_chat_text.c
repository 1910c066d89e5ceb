/* fuzz_chat_text.c - any bytes as the text of a message: what is accepted is
 * accepted again as it is and has nothing that is refused, and as a JSON
 * string it is one line without markup that means the same bytes. The first
 * two bytes are the limit.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <jansson.h>

#include "base/base_check.h"
#include "base/base_utf8.h"
#include "chat/chat_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_quoted(const uint8_t *data, size_t size)
{
    base_bytes out = BASE_BYTES_INIT;
    json_t *string;

    chat_text_quote(&out, data, size);
    BASE_CHECK(out.len <= 6 * size + 2);
    BASE_CHECK(!chat_text_has_control(out.data, out.len));
    for (size_t i = 0; i < out.len; i++) {
        BASE_CHECK(strchr("<>&", out.data[i]) == NULL);
    }
    string = json_loadb((const char *)out.data, out.len,
                        JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    BASE_CHECK(json_is_string(string) && json_string_length(string) == size);
    BASE_CHECK(size == 0 || memcmp(json_string_value(string), data, size) == 0);
    json_decref(string);
    base_bytes_free(&out);
}

static void check_accepted(base_bytes *text, size_t limit)
{
    size_t size = text->len;

    BASE_CHECK(size > 0 && size <= limit);
    BASE_CHECK(memchr(text->data, '\r', size) == NULL);
    BASE_CHECK(memchr(text->data, 0, size) == NULL);
    BASE_CHECK(base_utf8_valid(text->data, size));
    BASE_CHECK(chat_text_check(text, limit) == CHAT_OK && text->len == size);
    BASE_CHECK(chat_text_check(text, size - 1) == CHAT_TOO_LONG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    base_bytes text = BASE_BYTES_INIT;
    size_t limit;

    if (size < 2 || !base_utf8_valid(data + 2, size - 2)) {
        return 0;
    }
    limit = (size_t)data[0] << 8 | data[1];
    base_bytes_append(&text, data + 2, size - 2);
    if (chat_text_check(&text, limit) == CHAT_OK) {
        check_accepted(&text, limit);
    }
    check_quoted(data + 2, size - 2);
    base_bytes_free(&text);
    return 0;
}
