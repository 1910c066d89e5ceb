/* hub_stage.h - what the tests of hub/ play on: a segment in memory that forked
 * processes share, and one or more hubs over it, each for one child.
 */
#ifndef CHATWS_UNIT_HUB_STAGE_H
#define CHATWS_UNIT_HUB_STAGE_H

#include "act/act_count.h"
#include "act/act_obey.h"
#include "base/base_clock.h"
#include "hub/board/hub_board.h"
#include "hub/hub.h"
#include "stage_clock.h"

#define HUB_STAGE_MOST 2
#define HUB_STAGE_PATIENCE INT64_C(60000000) /* microseconds */

typedef struct {
    void *memory;
    size_t size;
    room_store *store;
    hub *hubs[HUB_STAGE_MOST]; /* NULL: not running */
    act_settings settings;     /* of connections made and messages published
                                  from now on */
    int64_t drain;             /* of hubs started from now on */
    unsigned drain_rate;
    unsigned max_connections;  /* the same */
    const hub_archive *archive; /* the same */
    struct relay *relay;        /* the same; also of what is published */
    bool (*stopping)(void *context); /* the same, see hub_options; the context
                                        is the stage */
    const hub_hands *hands;    /* the same */
    bool (*current)(void *context); /* the same, with the stage */
    bool (*give_back)(int fd); /* the same, see hub_options, */
    hub_board *board;          /* and the next one */
    void (*figures)(base_bytes *out);
    int descriptors;           /* open ones at the start */
} hub_stage;

/* Polls until the condition holds; fails the test when it never does. */
#define HUB_STAGE_WAIT(condition)                                         \
    do {                                                                  \
        int64_t wait_end = stage_clock_real() + HUB_STAGE_PATIENCE;       \
        while (!(condition)) {                                            \
            hub_stage_pause(wait_end, #condition, __FILE__, __LINE__);    \
        }                                                                 \
    } while (0)

/* One millisecond between two looks; fails the test after `end`, of
 * stage_clock_real. */
void hub_stage_pause(int64_t end, const char *what, const char *file,
                     int line);

/* A segment of 16 MB with default settings, but neither a rate nor presence;
 * starts `hubs`. */
void hub_stage_open(hub_stage *stage, int hubs);

/* The same with a segment whose rooms are archived; no hub. */
void hub_stage_open_archived(hub_stage *stage, const hub_archive *archive);

/* The same with one whose rooms go by a relay. */
void hub_stage_open_relayed(hub_stage *stage, struct relay *r);

/* Starts a hub and waits until it has its slot. */
void hub_stage_start(hub_stage *stage, int which);

/* Stops a hub and waits for its end, which has to come. */
void hub_stage_stop(hub_stage *stage, int which, bool graceful);

/* Stops all hubs. Every gauge has to be 0 before (all connections are closed),
 * the segment sound, and every descriptor given back. */
void hub_stage_close(hub_stage *stage);

/* A counter, summed over all hubs. */
uint64_t hub_stage_count(const hub_stage *stage, act_count which);

/* Members of "host\n" and the path, those with a connection: whoever is only
 * waited for goes. 0 also when there is no such room. */
uint32_t hub_stage_members(const hub_stage *stage, const char *path);


/* A command from outside of all hubs, as a POST brings it; waits for what a
 * relay does of it. */
act_result hub_stage_command(hub_stage *stage, const char *path,
                             uint64_t user, const char *json);

/* Publishes from outside of all hubs, as a POST does. `text` is put into JSON
 * as it is; `ref` may be NULL. */
act_result hub_stage_publish(hub_stage *stage, const char *path,
                             uint64_t user, const char *text,
                             const char *ref);

/* Publishes `count` messages "N xxx..." of `size` bytes of text, N counting
 * from `first` with eight digits. */
void hub_stage_flood(hub_stage *stage, const char *path, unsigned first,
                     unsigned count, size_t size);

/* Writes the room's key; returns its size. */
size_t hub_stage_key(char key[ACT_KEY_MOST], const char *path);

#endif
