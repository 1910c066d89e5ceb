/* relay_hello.h - what the reader asks a Redis that it has just connected to:
 * whether it is one that can keep rooms, the secret of all hosts, and since
 * when it knows everything.
 */
#ifndef CHATWS_RELAY_HELLO_H
#define CHATWS_RELAY_HELLO_H

#include "base/base_hash.h"
#include "relay/link/relay_link.h"
#include "room/log/room_id.h"
#include "room/segment/room_store.h"
#include "room/segment/room_store.h"

typedef struct {
    base_hash_key secret; /* of all hosts, */
    bool has_secret;      /* if there is one yet */
    uint64_t archive;     /* RELAY_WORD_ARCHIVE; before: what the host knows */
    uint64_t run;         /* this Redis, until it ends; 0: it does not tell */
    room_id since;        /* from this position on it knows every room */
} relay_hello;

/* Judges what INFO says. False: `why` is a sentence for the log. Pure. */
bool relay_hello_judge(const char *info, size_t size, char *why,
                       size_t why_size);

/* Asks; blocks up to twice RELAY_LINK_WAIT_US. `own` is this host's secret,
 * which becomes that of all when Redis has none; NULL: it must not yet. False:
 * it did not answer or cannot be used, `why` says so. */
bool relay_hello_ask(relay_link *link, const relay_settings *settings,
                     const char *host, const base_hash_key *own,
                     relay_hello *out, char *why, size_t why_size);

/* An order that asks whether Redis has lost anything since the reader asked it;
 * and what came of it: true when it has not, and all that it had lost before
 * has been given back by this host. Any thread. */
relay_order *relay_hello_again(const relay_settings *settings);
bool relay_hello_is_same(room_store *store, const relay_order *order);

/* Fills in what this host knows, for relay_hello_ask, and gives the secret that
 * it offers; NULL: the archive here may have one, which is to count, but has
 * not told it yet. */
const base_hash_key *relay_hello_begin(relay_hello *told,
                                       const relay_settings *settings,
                                       room_store *store);

/* What a script says of P archive, as a RELAY_WORD_ARCHIVE. */
uint64_t relay_hello_archive(const relay_answer *answer, size_t index);

/* Says it to a Redis that may have lost it; NULL: there is none. */
relay_order *relay_hello_keep(const relay_settings *settings,
                              uint64_t archive);

/* What was told is noted for all children; and logged when the rooms of this
 * host have another secret already: people are others here than there. False:
 * Redis has no secret, which is logged if that lasts; since `away_us` it cannot
 * be used. */
bool relay_hello_take(const relay_hello *told, room_store *store,
                      int64_t away_us);

#endif
