/* test_archive_damage.c - what somebody else has written into the tables, or a
 * disk has lost: it harms nobody but itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "archive_stage.h"

#define ROOM "site\n/chat/lobby"

static int setup(void **state)
{
    static archive_stage stage;

    archive_stage_open(&stage);
    *state = &stage;
    return 0;
}

static int teardown(void **state)
{
    archive_stage_close(*state);
    return 0;
}

/* Does to the row of an event what an owner can do with SQL. */
static void change(archive_stage *stage, room_id id, const char *set)
{
    archive_db *db = archive_stage_connect(stage);
    char sql[512];

    snprintf(sql, sizeof(sql), "UPDATE chatws_events SET %s WHERE ms = %" PRIu64
             " AND n = %" PRIu64, set, id.ms, id.n);
    assert_int_equal(archive_db_command(db, sql, true), ARCHIVE_OK);
    archive_db_destroy(db);
}


/* Its row says that it was edited, and its body does not end so. */
static void a_short_body_is_deleted(void **state)
{
    archive_stage *stage = *state;
    room_handle room = archive_stage_room(stage, ROOM, 100);
    room_id none = archive_stage_say(stage, room, "SECRET", NULL);
    room_id within = archive_stage_say(stage, room, "SECRET", NULL);

    archive_stage_settle(stage, room);
    change(stage, none, "state = 1, text_at = 1, text_size = 2, body ="
                        " '{\"\":\"\"}'");
    change(stage, within, "state = 1, text_at = 1, text_size = 19, body ="
                          " '{\"\":\"\",\"edited\":true}'");
    archive_stage_erase(stage, room, none);
    archive_stage_erase(stage, room, within);
    archive_stage_say(stage, room, "and on", NULL);
    archive_stage_settle(stage, room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_short_body_is_deleted, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
