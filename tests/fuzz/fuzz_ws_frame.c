/* fuzz_ws_frame.c - frame headers, masking.
 *
 * Input: the chunk size (0: all at once), the RSV bits that an
 * extension takes, then headers one after the other. Parsed whole and in
 * chunks, which must agree; what was parsed must be what a writer writes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"
#include "ws/ws_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feeds a copy of its exact size, so that a byte too far is seen. */
static ws_frame_result parse_copy(ws_frame_parser *parser, const uint8_t *data,
                                  size_t size, size_t *used)
{
    unsigned char *copy = malloc(size ? size : 1);
    ws_frame_result result;

    BASE_CHECK(copy != NULL);
    memcpy(copy, data, size);
    result = ws_frame_parse(parser, copy, size, used);
    free(copy);
    BASE_CHECK(*used <= size);
    return result;
}

static ws_frame_result parse_chunks(ws_frame_parser *parser,
                                    const uint8_t *data, size_t size,
                                    size_t chunk, size_t *used)
{
    ws_frame_result result = WS_FRAME_MORE;
    size_t one;

    *used = 0;
    while (*used < size && result == WS_FRAME_MORE) {
        size_t left = size - *used;

        result =
            parse_copy(parser, data + *used, left < chunk ? left : chunk, &one);
        BASE_CHECK(one > 0);
        *used += one;
    }
    return result;
}

static void check_header(const ws_frame_parser *parser, const uint8_t *data,
                         size_t used)
{
    unsigned char out[WS_FRAME_HEADER_MAX];
    size_t size = ws_frame_write_header(out, parser->first, parser->length);

    out[1] |= 0x80;
    BASE_CHECK(used == size + 4 && memcmp(out, data, size) == 0);
    BASE_CHECK(memcmp(parser->key, data + size, 4) == 0);
    BASE_CHECK(ws_frame_is_final(parser) || !ws_frame_is_control(parser));
    BASE_CHECK(!ws_frame_is_control(parser) || parser->length <= 125);
    BASE_CHECK(!(parser->first & WS_FRAME_RSV & ~parser->accepted_rsv));
}

/* Unmasks the rest in two pieces, against the formula of section 5.3. */
static void check_unmask(const unsigned char key[4], const uint8_t *data,
                         size_t size, size_t cut)
{
    unsigned char *copy = malloc(size ? size : 1);

    BASE_CHECK(copy != NULL);
    memcpy(copy, data, size);
    cut = cut < size ? cut : size;
    ws_frame_unmask(copy, cut, key, 0);
    ws_frame_unmask(copy + cut, size - cut, key, cut);
    for (size_t i = 0; i < size; i++) {
        BASE_CHECK(copy[i] == (data[i] ^ key[i % 4]));
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ws_frame_parser whole;
    ws_frame_parser parts;
    ws_frame_result result = WS_FRAME_HEADER;
    size_t chunk;

    if (size < 2) {
        return 0;
    }
    chunk = data[0] ? data[0] : size;
    ws_frame_init(&whole, data[1] & WS_FRAME_RSV);
    ws_frame_init(&parts, data[1] & WS_FRAME_RSV);
    data += 2;
    size -= 2;
    while (result == WS_FRAME_HEADER) {
        size_t used;
        size_t used_by_parts;

        result = parse_copy(&whole, data, size, &used);
        BASE_CHECK(result
                   == parse_chunks(&parts, data, size, chunk, &used_by_parts));
        BASE_CHECK(used == used_by_parts);
        if (result == WS_FRAME_HEADER) {
            check_header(&whole, data, used);
            check_header(&parts, data, used);
            check_unmask(whole.key, data + used, size - used, chunk);
        }
        data += used;
        size -= used;
    }
    BASE_CHECK(result != WS_FRAME_MORE || size == 0);
    BASE_CHECK(result == WS_FRAME_MORE || *ws_frame_reason(result) != '\0');
    return 0;
}
