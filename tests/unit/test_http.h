/* test_http.h - what the tests of modules/http share. */
#ifndef CHATWS_TEST_HTTP_H
#define CHATWS_TEST_HTTP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guard_page.h"
#include "http/http_field.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The text without its NUL, in front of a page that nobody may touch; NULL is
 * the absent slice. guard_page_free_all frees it. */
static inline http_slice guarded(const char *text)
{
    if (!text) {
        return (http_slice){ NULL, 0 };
    }
    return (http_slice){ (char *)guard_page_copy(text, strlen(text)),
                         strlen(text) };
}

/* Fails unless the slice has exactly these bytes. */
static inline void check_slice(http_slice found, const char *expected)
{
    char copy[512];

    assert_non_null(found.data);
    assert_true(found.size < sizeof(copy));
    memcpy(copy, found.data, found.size);
    copy[found.size] = '\0';
    assert_string_equal(copy, expected);
    assert_int_equal(found.size, strlen(expected));
}

#endif
