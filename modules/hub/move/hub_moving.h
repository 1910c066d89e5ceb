/* hub_moving.h - the ways whose clients go from one process to another, by
 * numbers that are the same in all of them.
 *
 * Private to modules/hub. Pure.
 */
#ifndef CHATWS_HUB_MOVING_H
#define CHATWS_HUB_MOVING_H

#include "hub/way/hub_way.h"

/* The way with this number; NULL: there is none. */
const hub_way *hub_moving_way(uint8_t number);

/* The number of a way; 0: it has none. */
uint8_t hub_moving_number(const hub_way *way);

#endif
