/* hub_board_answer.h - a loop answers what stands on the board (hub_board.h).
 *
 * Private to modules/hub; loop thread only. A turn in which nobody asks costs
 * one look at a number. Whoever asks wakes the loop, which has nothing else to
 * do for it but to look again.
 */
#ifndef CHATWS_HUB_BOARD_ANSWER_H
#define CHATWS_HUB_BOARD_ANSWER_H

#include "hub/hub_core.h"

/* The loop begins: it takes a place at the board, if there is one; and ends. */
void hub_board_answer_begin(hub *core);
void hub_board_answer_end(hub *core);

/* Each sweep: tells that this child lives, and takes away what it has answered
 * when nobody has come for it. */
void hub_board_answer_sweep(hub *core);

/* Each turn, where nobody goes over the clients: answers. */
void hub_board_answer_run(hub *core);

#endif
