/* relay_crowd.c - who is in one room; see relay_crowd.h. */
#include "relay/people/relay_crowd.h"

#include <stdlib.h>
#include <string.h>

#include "base/base_check.h"

#define LEAST 8

/* The user's place, or the free one where it belongs; there is one. */
static relay_crowd_one *place_of(const relay_crowd *crowd, uint64_t user)
{
    /* User ids are hashes; an odd factor brings their upper bits in. */
    size_t at = (size_t)(user * UINT64_C(0x9e3779b97f4a7c15) >> 32);

    for (;; at++) {
        relay_crowd_one *one = &crowd->list[at & (crowd->most - 1)];

        if (!one->used || one->user == user) {
            return one;
        }
    }
}

static bool is_needed(const relay_crowd_one *one)
{
    return one->told != 0 || one->hosts != 0 || one->fresh != 0 || one->held
           || one->surplus;
}

/* Moves all, or those that are needed, to a list of `most` places. */
static void move(relay_crowd *crowd, size_t most, bool all)
{
    relay_crowd old = *crowd;

    crowd->list = calloc(most, sizeof(crowd->list[0]));
    BASE_CHECK(crowd->list != NULL);
    crowd->most = most;
    crowd->count = 0;
    for (size_t i = 0; i < old.most; i++) {
        if (old.list[i].used && (all || is_needed(&old.list[i]))) {
            *place_of(crowd, old.list[i].user) = old.list[i];
            crowd->count++;
        }
    }
    free(old.list);
}

relay_crowd_one *relay_crowd_find(const relay_crowd *crowd, uint64_t user)
{
    relay_crowd_one *one = crowd->most > 0 ? place_of(crowd, user) : NULL;

    return one && one->used ? one : NULL;
}

relay_crowd_one *relay_crowd_add(relay_crowd *crowd, uint64_t user)
{
    relay_crowd_one *one = relay_crowd_find(crowd, user);

    if (one) {
        return one;
    }
    if (crowd->count >= RELAY_CROWD_MOST) {
        return NULL;
    }
    /* At most three quarters are used. */
    if (4 * (crowd->count + 1) > 3 * crowd->most) {
        move(crowd, crowd->most > 0 ? 2 * crowd->most : LEAST, true);
    }
    one = place_of(crowd, user);
    *one = (relay_crowd_one){ .user = user, .used = true };
    crowd->count++;
    return one;
}

void relay_crowd_tidy(relay_crowd *crowd)
{
    size_t needed = 0;
    size_t most = LEAST;

    for (size_t i = 0; i < crowd->most; i++) {
        needed += crowd->list[i].used && is_needed(&crowd->list[i]);
    }
    if (needed == 0) {
        relay_crowd_free(crowd);
        return;
    }
    while (3 * most < 4 * (needed + 1)) {
        most *= 2;
    }
    if (needed < crowd->count) {
        move(crowd, most < crowd->most ? most : crowd->most, false);
    }
}

void relay_crowd_free(relay_crowd *crowd)
{
    free(crowd->list);
    *crowd = (relay_crowd)RELAY_CROWD_INIT;
}
