/* test_base_list.c - base_list.h: order, and links that come and go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/base_list.h"

enum { MOST = 8 };

/* A member of two lists, with neither link at its beginning. */
typedef struct {
    char name;
    base_list link;
    base_list other;
} item;

static item *item_of(base_list *link)
{
    return BASE_LIST_OWNER(link, item, link);
}

/* The names in both directions have to be `expected` and its reverse. */
static void assert_names(const base_list *head, const char *expected)
{
    char names[MOST + 1] = "";
    size_t count = 0;
    base_list *back = head->prev;

    BASE_LIST_EACH(link, head) {
        assert_true(count < MOST);
        names[count++] = item_of(link)->name;
    }
    assert_string_equal(names, expected);
    assert_int_equal(base_list_empty(head), count == 0);
    while (count > 0) {
        assert_int_equal(item_of(back)->name, names[--count]);
        back = back->prev;
    }
    assert_ptr_equal(back, head);
}

static void test_keeps_the_order(void **state)
{
    item items[4] = {
        { .name = 'a' }, { .name = 'b' }, { .name = 'c' }, { .name = 'd' }
    };
    base_list head;

    (void)state;
    base_list_init(&head);
    assert_names(&head, "");
    base_list_add_last(&head, &items[1].link);
    assert_names(&head, "b");
    base_list_add_last(&head, &items[3].link);
    base_list_add_first(&head, &items[0].link);
    base_list_add_after(&items[1].link, &items[2].link);
    assert_names(&head, "abcd");
}

static void test_removes_at_both_ends_and_between(void **state)
{
    static const char *const left[] = { "bcd", "acd", "abd", "abc" };
    item items[4];
    base_list head;

    (void)state;
    for (size_t gone = 0; gone < 4; gone++) {
        base_list_init(&head);
        for (size_t i = 0; i < 4; i++) {
            items[i] = (item){ .name = (char)('a' + i) };
            assert_false(base_list_linked(&items[i].link));
            base_list_add_last(&head, &items[i].link);
        }
        base_list_remove(&items[gone].link);
        assert_names(&head, left[gone]);
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(base_list_linked(&items[i].link), i != gone);
        }
    }
}

static void test_takes_from_the_front(void **state)
{
    item a = { .name = 'a', .link = BASE_LIST_INIT };
    item b = { .name = 'b', .link = BASE_LIST_INIT };
    base_list head;

    (void)state;
    base_list_init(&head);
    assert_null(base_list_take_first(&head));
    base_list_add_last(&head, &a.link);
    base_list_add_last(&head, &b.link);
    assert_ptr_equal(item_of(base_list_take_first(&head)), &a);
    assert_false(base_list_linked(&a.link));
    assert_names(&head, "b");
    assert_ptr_equal(item_of(base_list_take_first(&head)), &b);
    assert_null(base_list_take_first(&head));
}

static void test_a_member_is_in_two_lists(void **state)
{
    item a = { .name = 'a' };
    item b = { .name = 'b' };
    base_list head;
    base_list others;

    (void)state;
    base_list_init(&head);
    base_list_init(&others);
    base_list_add_last(&head, &a.link);
    base_list_add_last(&head, &b.link);
    base_list_add_first(&others, &a.other);
    base_list_add_first(&others, &b.other);
    base_list_remove(&a.link);
    assert_names(&head, "b");
    assert_ptr_equal(BASE_LIST_OWNER(others.next, item, other), &b);
    assert_ptr_equal(BASE_LIST_OWNER(others.prev, item, other), &a);
}

static void test_a_loop_may_free_what_it_is_at(void **state)
{
    base_list head;
    size_t seen = 0;

    (void)state;
    base_list_init(&head);
    for (size_t i = 0; i < MOST; i++) {
        item *made = calloc(1, sizeof(*made));

        assert_non_null(made);
        base_list_add_last(&head, &made->link);
    }
    BASE_LIST_EACH(link, &head) {
        base_list_remove(link);
        free(item_of(link));
        seen++;
    }
    assert_int_equal(seen, MOST);
    assert_true(base_list_empty(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_the_order),
        cmocka_unit_test(test_removes_at_both_ends_and_between),
        cmocka_unit_test(test_takes_from_the_front),
        cmocka_unit_test(test_a_member_is_in_two_lists),
        cmocka_unit_test(test_a_loop_may_free_what_it_is_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
