/* relay_items.c - see relay_items.h. */
#include "relay_items.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void relay_items_check(const relay_order *order, unsigned index,
                       const char *expected)
{
    size_t size;
    const char *text = relay_order_argument(order, index, &size);

    assert_int_equal(size, strlen(expected));
    assert_memory_equal(text, expected, size);
}

void relay_items_check_all(const relay_order *order, unsigned first,
                           const char *const *expected, size_t count)
{
    assert_int_equal(order->count - first, count);
    for (unsigned i = 0; i < count; i++) {
        relay_items_check(order, first + i, expected[i]);
    }
}

relay_order *relay_items_answered(const char *items)
{
    relay_order *order = relay_order_create(NULL, NULL, NULL);
    const char *at = items;

    while (*at != '\0') {
        size_t size = strcspn(at, " ");

        relay_answer_add(&order->answer, at, *at == '_' ? 0 : size);
        at += size + (at[size] == ' ');
    }
    return order;
}
