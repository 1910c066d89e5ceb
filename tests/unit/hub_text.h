/* hub_text.h - reading what a hub sends that is no WebSocket. */
#ifndef CHATWS_UNIT_HUB_TEXT_H
#define CHATWS_UNIT_HUB_TEXT_H

#include "hub_peer.h"

/* Waits until everything that came since the last call contains `needle`, and
 * takes all up to its end: a text that ends with a NUL, until the next call. */
const char *hub_text_until(hub_peer *peer, const char *needle);

/* Nothing comes but the end of the connection, and if there are chunks the last
 * one before it. */
void hub_text_expect_end(hub_peer *peer);

/* The same, but the last chunk is missing if there are chunks: it was cut. */
void hub_text_expect_cut(hub_peer *peer);

#endif
