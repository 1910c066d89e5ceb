/* test_hub_way.c - the tables of hub/way/: each has what its properties
 * promise, and what is around an event has the bytes of its specification.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "hub/way/hub_way.h"
#include "ws/ws_close.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const hub_way *const ways[] = {
    &hub_way_ws, &hub_way_ws_echo, &hub_way_sse, &hub_way_sse_plain,
    &hub_way_longpoll, &hub_way_status, &hub_way_status_plain,
};

/* What may be NULL, and when. */
static void test_what_each_has(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        const hub_way *way = ways[i];
        bool roomless = way == &hub_way_ws_echo || way == &hub_way_status
                        || way == &hub_way_status_plain;

        assert_non_null(way->name);
        assert_non_null(way->begin);
        assert_non_null(way->feed);
        assert_non_null(way->input_end);
        assert_non_null(way->bye);
        assert_int_equal(way->greet == NULL, roomless);
        assert_int_equal(way->refuse == NULL, roomless);
        assert_int_equal(way->deliver != NULL, way->single);
        assert_int_equal(way->frame == NULL, way->single);
        assert_int_equal(way->ping == NULL, way->single);
        assert_true(way->single || way->stream < HUB_STREAMS);
        assert_true(way->rest == NULL || !(way->one_way || roomless));
        assert_int_equal(way->unfinished == NULL, way->one_way);
        assert_int_equal(way->stop == NULL, way->one_way);
        assert_true(way->one_way || (way->close && way->destroy));
    }
}

/* Readers of one window are sent the same bytes. */
static void test_windows(void **state)
{
    (void)state;
    assert_int_not_equal(hub_way_ws.stream, hub_way_sse.stream);
    assert_int_not_equal(hub_way_sse.stream, hub_way_sse_plain.stream);
    assert_int_not_equal(hub_way_sse_plain.stream, hub_way_ws.stream);
}

/* An event of `size` bytes "x" in its frame, and the bytes in front of it. */
static void expect_frame(const hub_way *way, size_t size, const char *before,
                         size_t before_size, const char *after)
{
    const room_id id = { 17, 2 };
    base_bytes event = BASE_BYTES_INIT;
    base_bytes out = BASE_BYTES_INIT;

    base_bytes_reserve(&event, size);
    memset(event.data, 'x', size);
    event.len = size;
    base_bytes_append_text(&out, "begun");
    hub_way_event(way, &out, &event, &id);
    assert_int_equal(out.len, 5 + before_size + size + strlen(after));
    assert_memory_equal(out.data, "begun", 5);
    assert_memory_equal(out.data + 5, before, before_size);
    assert_memory_equal(out.data + 5 + before_size, event.data, size);
    assert_memory_equal(out.data + out.len - strlen(after), after,
                        strlen(after));
    base_bytes_free(&event);
    base_bytes_free(&out);
}

#define EXPECT_FRAME(way, size, before, after) \
    expect_frame(way, size, before, sizeof(before) - 1, after)

static void test_frames(void **state)
{
    (void)state;
    EXPECT_FRAME(&hub_way_ws, 125, "\x81\x7d", "");
    EXPECT_FRAME(&hub_way_ws, 126, "\x81\x7e\x00\x7e", "");
    EXPECT_FRAME(&hub_way_ws, 65536,
                 "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", "");
    EXPECT_FRAME(&hub_way_sse, 1, "12\r\nid: 17-2\ndata: ", "\n\n\r\n");
    EXPECT_FRAME(&hub_way_sse, 65536, "10011\r\nid: 17-2\ndata: ",
                 "\n\n\r\n");
    EXPECT_FRAME(&hub_way_sse_plain, 1, "id: 17-2\ndata: ", "\n\n");
}

static void expect_bytes(base_bytes *out, const char *bytes, size_t size)
{
    assert_int_equal(out->len, size);
    assert_memory_equal(out->data, bytes, size);
    base_bytes_free(out);
}

/* A Close has its code and a sentence, but none of a client's own codes. */
static void test_pings_and_ends(void **state)
{
    base_bytes out = BASE_BYTES_INIT;

    (void)state;
    hub_way_ws.ping(&out);
    expect_bytes(&out, "\x89\x00", 2);
    hub_way_sse.ping(&out);
    expect_bytes(&out, "3\r\n:\n\n\r\n", 8);
    hub_way_sse_plain.ping(&out);
    expect_bytes(&out, ":\n\n", 3);
    hub_way_ws.close(&out, WS_CLOSE_NO_STATUS, NULL);
    expect_bytes(&out, "\x88\x00", 2);
    hub_way_ws.close(&out, 4001, NULL);
    expect_bytes(&out, "\x88\x02\x0f\xa1", 4);
    hub_way_ws.close(&out, WS_CLOSE_RESTART, NULL);
    assert_true(out.len > 4 && out.data[1] == out.len - 2);
    assert_memory_equal(out.data + 2, "\x03\xf4", 2);
    base_bytes_free(&out);
    hub_way_sse.close(&out, WS_CLOSE_RESTART, NULL);
    expect_bytes(&out, "0\r\n\r\n", 5);
    assert_null(hub_way_sse_plain.close);
    assert_null(hub_way_longpoll.close);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_each_has),
        cmocka_unit_test(test_windows),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_pings_and_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
