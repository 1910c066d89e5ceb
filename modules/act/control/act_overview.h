/* act_overview.h - which rooms there are and who is in one, for an owner who
 * looks at all of them at once: the lists of the status page. On a thread that
 * may block.
 *
 * `about` is which rooms are meant (room, site) and, for some, which user;
 * `words` what is searched for (act_words.h). Each appends members of an
 * object, with a comma in front. A total is of what is meant and found.
 */
#ifndef CHATWS_ACT_OVERVIEW_H
#define CHATWS_ACT_OVERVIEW_H

#include "act/control/act_answer.h"

/* The most that is told of each list; and of how many members names are looked
 * at. */
#define ACT_OVERVIEW_ROOMS 500
#define ACT_OVERVIEW_MEMBERS 200
#define ACT_OVERVIEW_LOOKS 2000

/* Those with the most members:
 * ,"room_list":[{"room":"SITE/PATH","members":2,"kept":9,"newest":ID,
 *  "topic":"","slow":0,"locked":false},...],"room_total":N
 * `newest` of one that keeps nothing is left out. */
void act_overview_rooms(const act_answer *about, const base_bytes *words,
                        base_bytes *json);

/* Those of the first room that is meant, the latest comers first:
 * ,"member_list":[PERSON,...],"member_total":N
 * False: it cannot be read now, and nothing was appended. */
bool act_overview_members(const act_answer *about, const base_bytes *words,
                          base_bytes *json);

/* The room that is meant, the first one that is found. False: there is none. */
bool act_overview_room(const act_answer *about, room_handle *room);

/* The rooms with members whose names have the words in them, at most `most`, in
 * `rooms`; only those that are called so, if there are any. How many. */
size_t act_overview_found(const act_answer *about, const base_bytes *words,
                          room_handle *rooms, size_t most);

/* The members whose user is about->asked->command.user, or with none there
 * whose name has the words in it: at most `most`, in `users`; how many. */
size_t act_overview_users(const act_answer *about, const base_bytes *words,
                          uint64_t *users, size_t most);

#endif
