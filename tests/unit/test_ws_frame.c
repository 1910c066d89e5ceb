/* test_ws_frame.c - frame headers in and out, and masking. Headers are parsed
 * whole, byte by byte, cut at every place, and ending at a guard page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guard_page.h"
#include "ws/ws_frame.h"

#define BYTES(literal) literal, sizeof(literal) - 1

typedef struct {
    const char *bytes;
    size_t size;
    ws_frame_result result;
    size_t used;     /* bytes that the parser may need to see */
    uint64_t length; /* of a HEADER */
} header_row;

static ws_frame_result parse_pieces(ws_frame_parser *parser,
                                    const header_row *row, size_t head,
                                    size_t *used)
{
    ws_frame_result result;
    size_t consumed;

    result =
        ws_frame_parse(parser, guard_page_copy(row->bytes, head), head, used);
    if (result == WS_FRAME_MORE) {
        assert_int_equal(*used, head);
        result = ws_frame_parse(
            parser, guard_page_copy(row->bytes + head, row->size - head),
            row->size - head, &consumed);
        *used += consumed;
    }
    guard_page_free_all();
    return result;
}

static ws_frame_result parse_bytewise(ws_frame_parser *parser,
                                      const header_row *row, size_t *used)
{
    ws_frame_result result = WS_FRAME_MORE;
    size_t consumed;

    for (*used = 0; *used < row->size && result == WS_FRAME_MORE; ++*used) {
        result = ws_frame_parse(parser, guard_page_copy(row->bytes + *used, 1),
                                1, &consumed);
        assert_int_equal(consumed, 1);
    }
    guard_page_free_all();
    return result;
}

static void check_row(const header_row *row, unsigned accepted_rsv)
{
    for (size_t head = 0; head <= row->size + 1; head++) {
        ws_frame_parser parser;
        ws_frame_result result;
        size_t used;

        ws_frame_init(&parser, accepted_rsv);
        result = head > row->size ? parse_bytewise(&parser, row, &used)
                                  : parse_pieces(&parser, row, head, &used);
        assert_int_equal(result, row->result);
        assert_int_equal(used, row->used);
        if (result == WS_FRAME_HEADER) {
            assert_int_equal(parser.length, row->length);
            assert_int_equal(parser.first, (unsigned char)row->bytes[0]);
            assert_memory_equal(parser.key, row->bytes + used - 4, 4);
        }
    }
}

static void test_headers(void **state)
{
    static const header_row rows[] = {
        { BYTES(""), WS_FRAME_MORE, 0, 0 },
        { BYTES("\x81"), WS_FRAME_MORE, 1, 0 },
        { BYTES("\x81\x80\x01\x02\x03"), WS_FRAME_MORE, 5, 0 },
        { BYTES("\x81\x80\x01\x02\x03\x04"), WS_FRAME_HEADER, 6, 0 },
        { BYTES("\x81\x80\0\0\0\0"), WS_FRAME_HEADER, 6, 0 },
        { BYTES("\x01\xFD\x01\x02\x03\x04zz"), WS_FRAME_HEADER, 6, 125 },
        { BYTES("\x80\x85kkkk"), WS_FRAME_HEADER, 6, 5 },
        { BYTES("\x00\x85kkkk"), WS_FRAME_HEADER, 6, 5 },
        { BYTES("\x82\xFE\x00\x7Ekkkk"), WS_FRAME_HEADER, 8, 126 },
        { BYTES("\x02\xFE\xFF\xFFkkkk"), WS_FRAME_HEADER, 8, 65535 },
        { BYTES("\x82\xFF\0\0\0\0\0\x01\0\0kkkk"), WS_FRAME_HEADER, 14, 65536 },
        { BYTES("\x82\xFF\0\0\0\0\x80\0\0\0kkkk"), WS_FRAME_HEADER, 14,
          UINT64_C(0x80000000) },
        { BYTES("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFFkkkk"),
          WS_FRAME_HEADER, 14, INT64_MAX },
        { BYTES("\x88\xFDkkkk"), WS_FRAME_HEADER, 6, 125 },
        { BYTES("\x89\x80kkkk"), WS_FRAME_HEADER, 6, 0 },
        { BYTES("\x8A\xFDkkkk"), WS_FRAME_HEADER, 6, 125 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_row(&rows[i], 0);
    }
}

/* Each is refused at the byte that shows it, whatever follows. */
static void test_violations(void **state)
{
    static const header_row rows[] = {
        { BYTES("\x81\x00zzzz"), WS_FRAME_UNMASKED, 2, 0 },
        { BYTES("\x89\x00"), WS_FRAME_UNMASKED, 2, 0 },
        { BYTES("\x82\x7E"), WS_FRAME_UNMASKED, 2, 0 },
        { BYTES("\x82\xFE\x00\x7D"), WS_FRAME_LENGTH_NOT_MINIMAL, 4, 0 },
        { BYTES("\x82\xFE\x00\x00kkkk"), WS_FRAME_LENGTH_NOT_MINIMAL, 4, 0 },
        { BYTES("\x82\xFF\0\0\0\0\0\0\0\0k"), WS_FRAME_LENGTH_NOT_MINIMAL, 10,
          0 },
        { BYTES("\x82\xFF\0\0\0\0\0\0\0\x7D"), WS_FRAME_LENGTH_NOT_MINIMAL, 10,
          0 },
        { BYTES("\x82\xFF\0\0\0\0\0\0\0\x7E"), WS_FRAME_LENGTH_NOT_MINIMAL, 10,
          0 },
        { BYTES("\x82\xFF\0\0\0\0\0\0\xFF\xFF"), WS_FRAME_LENGTH_NOT_MINIMAL,
          10, 0 },
        { BYTES("\x82\xFF\x80\0\0"), WS_FRAME_LENGTH_TOO_BIG, 3, 0 },
        { BYTES("\x82\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
          WS_FRAME_LENGTH_TOO_BIG, 3, 0 },
        { BYTES("\x89\xFE"), WS_FRAME_LONG_CONTROL, 2, 0 },
        { BYTES("\x88\xFF"), WS_FRAME_LONG_CONTROL, 2, 0 },
        { BYTES("\x0D\x0A\x0D\x0A"), WS_FRAME_BAD_OPCODE, 1, 0 },
        { BYTES("GET / HTTP/1.1"), WS_FRAME_BAD_OPCODE, 1, 0 },
        { BYTES("\x16\x03\x01"), WS_FRAME_BAD_OPCODE, 1, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_row(&rows[i], 0);
    }
}

static ws_frame_result expected_first(unsigned byte, unsigned accepted_rsv)
{
    unsigned opcode = byte & 0x0F;
    unsigned allowed = opcode == 1 || opcode == 2 ? accepted_rsv : 0;

    if ((opcode >= 3 && opcode <= 7) || opcode >= 11) {
        return WS_FRAME_BAD_OPCODE;
    }
    if (opcode >= 8 && byte < 0x80) {
        return WS_FRAME_SPLIT_CONTROL;
    }
    return byte & 0x70 & ~allowed ? WS_FRAME_BAD_RSV : WS_FRAME_MORE;
}

/* All 256 first bytes, without an extension and with one that takes RSV1 (on
 * the first frame of a data message only). */
static void test_first_byte(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte <= 0xFF; byte++) {
        char bytes[1] = { (char)byte };
        header_row plain = { bytes, 1, expected_first(byte, 0), 1, 0 };
        header_row extended = { bytes, 1, expected_first(byte, WS_FRAME_RSV1),
                                1, 0 };

        check_row(&plain, 0);
        check_row(&extended, WS_FRAME_RSV1);
    }
}

static void test_parts(void **state)
{
    static const struct {
        unsigned char bytes[6];
        ws_frame_opcode opcode;
        bool final;
        bool control;
    } rows[] = {
        { { 0x00, 0x80 }, WS_FRAME_CONTINUATION, false, false },
        { { 0x81, 0x80 }, WS_FRAME_TEXT, true, false },
        { { 0x02, 0x80 }, WS_FRAME_BINARY, false, false },
        { { 0x88, 0x80 }, WS_FRAME_CLOSE, true, true },
        { { 0x89, 0x80 }, WS_FRAME_PING, true, true },
        { { 0x8A, 0x80 }, WS_FRAME_PONG, true, true },
    };
    ws_frame_parser parser;
    size_t used;

    (void)state;
    assert_true(sizeof(parser) <= 24);
    ws_frame_init(&parser, 0);
    /* One parser reads one header after the other. */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(ws_frame_parse(&parser, rows[i].bytes, 6, &used),
                         WS_FRAME_HEADER);
        assert_int_equal(ws_frame_get_opcode(&parser), rows[i].opcode);
        assert_int_equal(ws_frame_is_final(&parser), rows[i].final);
        assert_int_equal(ws_frame_is_control(&parser), rows[i].control);
    }
    assert_int_equal(ws_frame_parse(&parser, NULL, 0, &used), WS_FRAME_MORE);
    assert_int_equal(used, 0);
}

static void test_reasons_differ(void **state)
{
    (void)state;
    for (int one = WS_FRAME_MORE; one <= WS_FRAME_LENGTH_TOO_BIG; one++) {
        const char *reason = ws_frame_reason((ws_frame_result)one);

        for (int two = WS_FRAME_BAD_OPCODE; two < one; two++) {
            assert_string_not_equal(reason,
                                    ws_frame_reason((ws_frame_result)two));
        }
    }
}

static void test_write(void **state)
{
    static const struct {
        uint64_t length;
        const char *header;
        size_t size;
    } rows[] = {
        { 0, BYTES("\x81\x00") },
        { 5, BYTES("\x81\x05") },
        { 125, BYTES("\x81\x7D") },
        { 126, BYTES("\x81\x7E\x00\x7E") },
        { 256, BYTES("\x81\x7E\x01\x00") },
        { 65535, BYTES("\x81\x7E\xFF\xFF") },
        { 65536, BYTES("\x81\x7F\0\0\0\0\0\x01\0\0") },
        { INT64_MAX, BYTES("\x81\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF") },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned char zeros[WS_FRAME_HEADER_MAX] = { 0 };
        unsigned char *out = guard_page_copy(zeros, sizeof(zeros));

        assert_int_equal(ws_frame_write_header(
                             out, WS_FRAME_FIN | WS_FRAME_TEXT, rows[i].length),
                         rows[i].size);
        assert_memory_equal(out, rows[i].header, rows[i].size);
        guard_page_free_all();
    }
}

/* Every size up to some words, every phase and alignment, against the formula
 * of RFC 6455 section 5.3; the bytes around stay as they are. */
static void test_unmask(void **state)
{
    static const unsigned char key[4] = { 0x37, 0xFA, 0x21, 0x3D };
    unsigned char plain[120];
    unsigned char want[sizeof(plain)];

    (void)state;
    for (size_t i = 0; i < sizeof(plain); i++) {
        plain[i] = (unsigned char)(i * 151 + 7);
    }
    for (size_t start = 0; start < 8; start++) {
        for (size_t end = start; end <= sizeof(plain); end++) {
            size_t phase = start + end;
            unsigned char *data = guard_page_copy(plain, end);

            for (size_t i = 0; i < end; i++) {
                want[i] = i < start ? plain[i]
                                    : plain[i] ^ key[(i - start + phase) % 4];
            }
            ws_frame_unmask(data + start, end - start, key, phase);
            assert_memory_equal(data, want, end);
            guard_page_free_all();
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_violations),
        cmocka_unit_test(test_first_byte),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_reasons_differ),
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_unmask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
