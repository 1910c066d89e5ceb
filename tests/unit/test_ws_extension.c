/* test_ws_extension.c - what is agreed on in Sec-WebSocket-Extensions, row by
 * row. Each value ends, with its NUL, at a guard page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base_bytes.h"
#include "guard_page.h"
#include "ws/ws_extension.h"

#define PMD "permessage-deflate"
#define PLAIN PMD "; server_no_context_takeover; client_no_context_takeover"
#define BITS(n) PLAIN "; server_max_window_bits=" n
#define ASK PMD "; server_max_window_bits="

typedef struct {
    const char *offers;
    const char *answer; /* "": nothing is agreed on */
} row;

static void check(const char *offers, const char *answer)
{
    ws_extension chosen;
    char out[WS_EXTENSION_MAX];
    size_t size;

    memset(&chosen, 0xFF, sizeof(chosen));
    ws_extension_choose(offers ? guard_page_text(offers) : NULL, &chosen);
    guard_page_free_all();
    size = ws_extension_write(&chosen, out);
    if (size != strlen(answer) || memcmp(out, answer, size) != 0) {
        fail_msg("\"%s\": \"%.*s\", not \"%s\"", offers ? offers : "(none)",
                 (int)size, out, answer);
    }
}

/* Every beginning of every row ends, too. */
static void check_prefixes(const char *offers)
{
    ws_extension chosen;
    char out[WS_EXTENSION_MAX];

    for (size_t size = 0; size <= strlen(offers); size++) {
        char *prefix = strndup(offers, size);

        ws_extension_choose(guard_page_text(prefix), &chosen);
        assert_true(ws_extension_write(&chosen, out) <= WS_EXTENSION_MAX);
        guard_page_free_all();
        free(prefix);
    }
}

static void check_rows(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check(rows[i].offers, rows[i].answer);
        check_prefixes(rows[i].offers);
    }
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_nothing_offered(void **state)
{
    static const row rows[] = {
        { "", "" },
        { "x-webkit-deflate-frame", "" },
        { "foo; bar=1", "" },
        { "Permessage-Deflate", "" }, /* registered names have a case */
        { " , ,, ", "" },
    };

    (void)state;
    check(NULL, "");
    CHECK(rows);
}

static void test_accepted(void **state)
{
    static const row rows[] = {
        { PMD, PLAIN },
        { PMD "; client_max_window_bits", PLAIN },
        { PMD "; client_max_window_bits=8", PLAIN },
        { PMD "; client_max_window_bits=15", PLAIN },
        { PMD "; client_max_window_bits=\"10\"", PLAIN },
        { PMD "; server_no_context_takeover", PLAIN },
        { PMD "; client_no_context_takeover", PLAIN },
        { PLAIN, PLAIN },
        { ASK "9", BITS("9") },
        { ASK "10", BITS("10") },
        { ASK "11", BITS("11") },
        { ASK "12", BITS("12") },
        { ASK "13", BITS("13") },
        { ASK "14", BITS("14") },
        { ASK "15", BITS("15") },
        { ASK "\"10\"", BITS("10") },
        { ASK "\"1\\0\"", BITS("10") }, /* a quoted pair */
        { BITS("11") "; client_max_window_bits", BITS("11") },
        { ", ," PMD ",", PLAIN },
        { "\t" PMD "\t;\tclient_max_window_bits = 12 ", PLAIN },
        { PMD ";server_max_window_bits=9;client_max_window_bits", BITS("9") },
        { "foo; bar=\"a, b; c=\\\"\"," PMD, PLAIN },
        { "x-webkit-deflate-frame, " PMD, PLAIN },
    };

    (void)state;
    CHECK(rows);
}

/* An offer that cannot be kept is declined, and the next one looked at. */
static void test_declined(void **state)
{
    static const char *const bad[] = {
        ASK "8",
        PMD "; server_max_window_bits",
        ASK "7",
        ASK "16",
        ASK "08",
        ASK "015",
        ASK "+9",
        ASK "\"\"",
        ASK "\" 9\"",
        ASK "\"9 \"",
        ASK "\"1\\5 \"",
        ASK "150",
        ASK "9a",
        PMD "; server_no_context_takeover=1",
        PMD "; client_no_context_takeover=x",
        PMD "; client_no_context_takeover=\"\"",
        PMD "; client_max_window_bits=16",
        PMD "; client_max_window_bits=7",
        PMD "; client_max_window_bits=\"\"",
        PMD "; foo",
        PMD "; Server_max_window_bits=9",
        PMD "; client_max_window_bits; client_max_window_bits",
        ASK "9; server_max_window_bits=9",
        PMD "; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflat",
        "permessage-deflate2",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        base_bytes list = BASE_BYTES_INIT;

        check(bad[i], "");
        check_prefixes(bad[i]);
        base_bytes_append_format(&list, "%s, " ASK "12, " PMD, bad[i]);
        base_bytes_append(&list, "", 1);
        check((const char *)list.data, BITS("12"));
        base_bytes_free(&list);
    }
}

/* Where the grammar is broken nothing is agreed on, wherever that is. */
static void test_broken(void **state)
{
    static const char *const broken[] = {
        PMD ";",        ";",           "a b",         PMD "; a=\"x",
        "=x",           "a; =x",       PMD " foo",    ASK,
        ASK "9 9",      "\"" PMD "\"", PMD "; a=b=c", PMD "; a=\"b\"c",
        "a\x01" "b",    PMD "/1",      "a; b=\"\x01\"",
        PMD "; a=\"\\", "a; b=\"c\\",  "\xC3\xA9",    "a;;b",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        base_bytes list = BASE_BYTES_INIT;

        check(broken[i], "");
        base_bytes_append_format(&list, PMD ", %s", broken[i]);
        base_bytes_append(&list, "", 1);
        check((const char *)list.data, "");
        base_bytes_free(&list);
    }
}

/* The client's order counts, as far as it is looked at. */
static void test_order(void **state)
{
    base_bytes list = BASE_BYTES_INIT;

    (void)state;
    check(ASK "8, " PMD, PLAIN);
    check(PMD "; foo, " ASK "12, " PMD, BITS("12"));
    check(PMD ", " ASK "9", PLAIN);
    for (int i = 0; i < 31; i++) {
        base_bytes_append_text(&list, "x,");
    }
    base_bytes_append_text(&list, PMD ";client_max_window_bits");
    base_bytes_append(&list, "", 1);
    check((const char *)list.data, PLAIN);
    base_bytes_free(&list);
    for (int i = 0; i < 32; i++) {
        base_bytes_append_text(&list, "x,");
    }
    base_bytes_append_text(&list, PMD);
    base_bytes_append(&list, "", 1);
    check((const char *)list.data, "");
    base_bytes_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_offered),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_declined),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
