/* test_act_busy.c - somebody has a lock of the rooms for longer than anybody
 * waits: nothing is promised that was not looked at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "act/control/act_export.h"
#include "act/past/act_written.h"
#include "base/base_clock.h"
#include "room/archive/room_archive.h"
#include "room/archive/room_import.h"
#include "room/log/room_item.h"
#include "room/segment/room_layout.h"
#include "room_arena.h"

#define KEY "site\n/chat/lobby"

/* What comes before it, and what is sent. */
typedef struct {
    arena *a;
    room_handle room;
    bool lock; /* once the first line was sent */
    char text[4096];
    size_t size;
} sent;

static bool send_line(void *context, const base_bytes *line)
{
    sent *it = context;

    assert_true(it->size + line->len < sizeof(it->text));
    memcpy(it->text + it->size, line->data, line->len);
    it->size += line->len;
    if (it->lock) {
        assert_true(room_item_lock(it->a->store, it->room.index));
        it->lock = false;
    }
    return true;
}

static void export(sent *it, bool locked)
{
    static const char line[] = "{\"type\":\"export\",\"room\":"
                               "\"site/chat/lobby\"}";
    chat_control asked;
    act_answer answer = { .store = it->a->store, .slot = -1, .asked = &asked,
                          .send = send_line, .context = it };

    assert_true(chat_control_parse(line, sizeof(line) - 1, &asked));
    it->size = 0;
    it->lock = locked;
    act_export_room(&answer);
    it->text[it->size] = '\0';
    chat_control_destroy(&asked);
}

static void an_export_that_is_not_whole_says_so(void **state)
{
    arena a;
    sent it = { .a = &a };

    (void)state;
    arena_open(&a, 64, 4);
    it.room = arena_room(&a, KEY, 100);
    arena_say(&a, it.room, "one", ARENA_NOW);
    export(&it, false);
    assert_non_null(strstr(it.text, "one"));
    assert_non_null(strstr(it.text, "{\"end\":true,\"events\":1}"));
    export(&it, true);
    room_item_leave(a.store, it.room.index);
    assert_null(strstr(it.text, "\"end\""));
    assert_non_null(strstr(it.text, "\"error\":\"unavailable\""));
    assert_non_null(strstr(it.text, "this export is not complete"));
    arena_close(&a);
}

static void what_nobody_saw_is_not_acked(void **state)
{
    const act_room_key key = { .key = KEY, .key_size = sizeof(KEY) - 1 };
    const chat_command command = { .kind = CHAT_COMMAND_MESSAGE };
    act_result done = { .seq = 1 };
    act_call call = { .key = &key };
    room_handle room;
    arena a;

    (void)state;
    arena_open_archive(&a, 64, 4, NULL);
    call.store = a.store;
    room_archive_begin(a.store, NULL);
    /* It was archived before it was given away. */
    assert_int_equal(act_written(&call, &command, &done), CHAT_OK);
    room = arena_room(&a, KEY, 100);
    assert_int_equal(room_import_read(a.store, room, NULL, base_clock_now()),
                     ROOM_OK);
    arena_say(&a, room, "one", ARENA_NOW);
    assert_int_equal(room_lock_take(&a.store->header->table), ROOM_LOCK_TAKEN);
    assert_int_equal(act_written(&call, &command, &done), CHAT_UNAVAILABLE);
    room_lock_drop(&a.store->header->table);
    room_archive_done(a.store, room, 2);
    assert_int_equal(act_written(&call, &command, &done), CHAT_OK);
    arena_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_export_that_is_not_whole_says_so),
        cmocka_unit_test(what_nobody_saw_is_not_acked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
