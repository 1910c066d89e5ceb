/* relay_erase.h - somebody is taken out of Redis, and all hosts are told:
 * orders for act/. What a host does about it is relay_erased.h's.
 *
 * Pure but for malloc; any thread.
 */
#ifndef CHATWS_RELAY_ERASE_H
#define CHATWS_RELAY_ERASE_H

#include "relay/people/relay_sanction.h"

/* All hosts send the user out. */
relay_order *relay_erase_send_out(const relay_sanction_from *from,
                                  uint64_t user);

/* Lists rooms that Redis has: some from the place on, "0" at first. */
relay_order *relay_erase_list(const relay_settings *settings,
                              const char *place);

/* Visits their keys, "site\n/path". False: that was the last of them; else
 * `place` is where to go on. */
#define RELAY_ERASE_PLACE 24
bool relay_erase_listed(const relay_order *order,
                        const relay_settings *settings,
                        char place[RELAY_ERASE_PLACE],
                        void (*visit)(void *context, const char *key,
                                      size_t key_size),
                        void *context);

/* Takes the user out of a room, of what was said up to that time (Redis', in
 * ms): erase.lua. Some hundred records at a time, from behind `after` on; 0-0:
 * from the first. */
relay_order *relay_erase_room(const relay_settings *settings, const char *key,
                              size_t key_size, uint64_t user,
                              int64_t upto_ms, const room_id *after);

typedef enum {
    RELAY_ERASE_ALL,
    RELAY_ERASE_SOME, /* there may be more */
    RELAY_ERASE_BUSY  /* a host is just bringing back what Redis had lost */
} relay_erase_state;
/* Of RELAY_ERASE_SOME `after` is where to go on. */
relay_erase_state relay_erase_done(const relay_order *order, uint64_t *count,
                                   room_id *after);

/* When that is done in all rooms: sanctions, and the other hosts. */
relay_order *relay_erase_tell(const relay_sanction_from *from, uint64_t user,
                              int64_t upto_ms);

/* The same of the archive, whichever host writes it: what room_source.job gives
 * it. `name` is made, by which it is looked for. */
#define RELAY_ERASE_JOB 17
relay_order *relay_erase_job(const relay_settings *settings, const char *text,
                             char name[RELAY_ERASE_JOB]);

/* False: there is no archive, and nothing to look for. */
bool relay_erase_job_put(const relay_order *order);

/* Asks for how far it is: the answer's first item, a job like that; empty: it
 * is done. */
relay_order *relay_erase_look(const relay_settings *settings,
                              const char *name);

#endif
