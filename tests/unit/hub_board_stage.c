/* hub_board_stage.c - see hub_board_stage.h. */
#include "hub_board_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "room/table/room_table.h"

const hub_board_question hub_board_stage_all = { .kind = HUB_BOARD_LIST };

void hub_board_stage_open(hub_stage *stage, int hubs)
{
    hub_stage_open(stage, 0);
    stage->board = hub_board_create(HUB_BOARD_STAGE_PLACES);
    assert_non_null(stage->board);
    for (int i = 0; i < hubs; i++) {
        hub_stage_start(stage, i);
    }
}

void hub_board_stage_close(hub_stage *stage)
{
    hub_stage_close(stage);
    for (unsigned place = 0; place < HUB_BOARD_STAGE_PLACES; place++) {
        assert_int_equal(stage->board->page->heads[place].pid, 0);
    }
    hub_board_destroy(stage->board);
}

static bool try_once(hub_stage *stage, const hub_board_question *question,
                     hub_board_stage_list *got)
{
    got->bytes.len = 0;
    return hub_board_ask(stage->board, stage->store, question, &got->bytes,
                         &got->sum)
           && got->sum.silent == 0 && !got->sum.partial;
}

hub_board_stage_list hub_board_stage_ask(hub_stage *stage,
                                         const hub_board_question *question)
{
    hub_board_stage_list got = { .bytes = BASE_BYTES_INIT };

    HUB_STAGE_WAIT(try_once(stage, question, &got));
    got.rows = (const hub_board_row *)(const void *)got.bytes.data;
    got.count = got.bytes.len / sizeof(hub_board_row);
    return got;
}

size_t hub_board_stage_count(hub_stage *stage,
                             const hub_board_question *question)
{
    hub_board_stage_list got = hub_board_stage_ask(stage, question);

    assert_int_equal(got.count, got.sum.all);
    base_bytes_free(&got.bytes);
    return got.count;
}

const hub_board_row *hub_board_stage_row(const hub_board_stage_list *of,
                                         uint64_t user)
{
    for (size_t i = 0; i < of->count; i++) {
        if (of->rows[i].user == user) {
            return &of->rows[i];
        }
    }
    fail_msg("user %u is not listed", (unsigned)user);
    return NULL;
}

bool hub_board_stage_is_clean(const hub_stage *stage)
{
    const hub_board_page *page = stage->board->page;

    for (unsigned place = 0; place < HUB_BOARD_STAGE_PLACES; place++) {
        const unsigned char *bytes = (const unsigned char *)
            hub_board_page_entries(stage->board, place);

        for (size_t i = 0; i < HUB_BOARD_ROWS * sizeof(hub_board_entry); i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < HUB_BOARD_WORDS; i++) {
        if (page->question[i] != 0) {
            return false;
        }
    }
    return true;
}

room_handle hub_board_stage_room(hub_stage *stage, const char *path)
{
    char key[ACT_KEY_MOST];
    room_handle room;

    assert_int_equal(room_table_find(stage->store, key,
                                     hub_stage_key(key, path), &room),
                     ROOM_OK);
    return room;
}
