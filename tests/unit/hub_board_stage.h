/* hub_board_stage.h - a stage whose hubs have a board, and how a test asks. */
#ifndef CHATWS_UNIT_HUB_BOARD_STAGE_H
#define CHATWS_UNIT_HUB_BOARD_STAGE_H

#include "hub/board/hub_board_page.h"
#include "hub_peer.h"

#define HUB_BOARD_STAGE_PLACES 4

/* An answer. */
typedef struct {
    base_bytes bytes;
    const hub_board_row *rows;
    size_t count;
    hub_board_sum sum;
} hub_board_stage_list;

/* A list of all. */
extern const hub_board_question hub_board_stage_all;

/* Starts `hubs`; and the end, where no place is anybody's. */
void hub_board_stage_open(hub_stage *stage, int hubs);
void hub_board_stage_close(hub_stage *stage);

/* Asks until all have answered with all that they have; `bytes` of what is
 * given has to be freed. */
hub_board_stage_list hub_board_stage_ask(hub_stage *stage,
                                         const hub_board_question *question);

/* The same, just how many there are; all are listed. */
size_t hub_board_stage_count(hub_stage *stage,
                             const hub_board_question *question);

/* Asks until there are so many. */
#define HUB_BOARD_STAGE_EXPECT(stage, question, expected) \
    HUB_STAGE_WAIT(hub_board_stage_count(stage, question) == (expected))

/* The row of a user, which is there. */
const hub_board_row *hub_board_stage_row(const hub_board_stage_list *of,
                                         uint64_t user);

/* The room of this path, which is there. */
room_handle hub_board_stage_room(hub_stage *stage, const char *path);

/* Nothing of a question or an answer is left in the memory of all. */
bool hub_board_stage_is_clean(const hub_stage *stage);

#endif
