/* hub_home.h - the readers of a small room come together in one child.
 *
 * A message wakes each child that has readers of its room, and what a child
 * does to wake up is more than what it does for a few readers. httpd's children
 * take new connections as it happens, so that a small room would be read by all
 * of them. Here the members of a room that is small and talks go to its home
 * (room_home_find), each by the home's queue (hub_hands.h): they notice
 * nothing, and a message wakes one child.
 *
 * Private to modules/hub; loop thread only. What cannot go (hub_give.h) stays,
 * for every child can serve every room. Nobody goes to a child that has many
 * more connections than this one, or that takes none now.
 */
#ifndef CHATWS_HUB_HOME_H
#define CHATWS_HUB_HOME_H

#include "hub/hub_core.h"

/* In a larger room what is done for each member counts, and more than one child
 * can do it. */
#define HUB_HOME_MEMBERS 64

/* At the sweep, before that of the rooms: gives the members of those that are
 * apart (hub_core.h) to their homes. */
void hub_home_gather(hub *core);

/* At each sweep: has the own queue watched while this child may take something,
 * and takes what is in the queue of a child that takes nothing, as it has ended
 * meanwhile or is full. */
void hub_home_watch(hub *core);

/* There is something in the own queue: takes as many as fit into a slice of the
 * turn. */
void hub_home_ready(hub *core);

#endif
